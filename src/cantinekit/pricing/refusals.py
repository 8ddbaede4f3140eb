"""The texts of refusals, in French and in English: for the customer, and for the reader of the price list."""

from __future__ import annotations

from collections.abc import Sequence

from cantinekit.common.typography import french, in_languages

REASONS = in_languages(
    {
        "on_quote": ("price on request", "sur devis"),
        "from": ("the list only says “from {low}”", "le tarif indique seulement « à partir de {low} »"),
        "about": ("the list only says “about {low}”", "le tarif indique seulement « environ {low} »"),
        "between": (
            "the list only says “between {low} and {high}”",
            "le tarif indique seulement « entre {low} et {high} »",
        ),
        "unpublished": ("no published price", "aucun prix publié"),
        "not_for": ("not for this customer", "ce tarif ne s’adresse pas à cette personne"),
        "not_at": ("not at this time", "pas à ce moment-là"),
        "missing": ("needed, and not held", "nécessaire, mais non détenu"),
        "not_sold": ("not sold like this", "pas vendu ainsi"),
        "over_capacity": ("over capacity", "capacité dépassée"),
        "limit_reached": ("not enough left", "le solde ne suffit pas"),
        "expired": ("what was held has expired", "les droits détenus ont expiré"),
        "unstated": ("the tariff does not say", "le tarif ne le précise pas"),
        "tax_unknown": ("the tax is not known", "le taux de taxe n’est pas connu"),
        "incomplete": ("to be asked first", "il manque une information"),
    }
)
"""The reason alone, by language and code; with the amounts that the list prints."""
_BEFORE = ("missing", "limit_reached", "expired", "unstated", "incomplete")
"""Reasons that stand before what they are about."""
_COLON = {"en": ": ", "fr": french(" : ")}

_FACETS = in_languages(
    {
        "day": ("the day", "le jour"),
        "as_of": ("the moment of purchase", "le moment de l’achat"),
        "at": ("the moment of the change", "le moment du changement"),
        "period": ("the beginning and the end", "l’heure de début et de fin"),
        "until": ("the last day", "le dernier jour"),
        "item": ("which item", "quel article"),
        "holds": ("what the customer holds", "ce que la personne détient"),
    }
)


def asked(facet: str, lang: str) -> str:
    """What has to be asked first; a fact by its name."""
    return _FACETS[lang].get(facet, facet)


_LIMITED = {
    "en": "at most {limit} × {unit}{scope}, and not enough of it is left",
    "fr": french("au plus {limit} × {unit}{scope}, et il n’en reste pas assez"),
}
_SCOPES = in_languages(
    {
        "day": (" a day", " par jour"),
        "week": (" a week", " par semaine"),
        "month": (" a month", " par mois"),
        "year": (" a year", " par an"),
        "person": (" for each person", " par personne"),
    }
)


def limited(lang: str, limit: str, unit: str, same: Sequence[str]) -> str:
    """How many may be used in a scope; a fact in it by its name."""
    words = _SCOPES[lang]
    scope = "".join(sorted((words.get(name, f" ({name})") for name in same), key=lambda word: "person" in word))
    return _LIMITED[lang].format(limit=limit, unit=unit, scope=scope)


def sentence(code: str, lang: str, what: str, low: str = "", high: str = "", reason: str = "") -> str:
    """A refusal with its subject; ``reason`` replaces the words of the code."""
    reason = reason or REASONS[lang][code].format(low=low, high=high)
    return _COLON[lang].join((reason, what) if code in _BEFORE else (what, reason))
