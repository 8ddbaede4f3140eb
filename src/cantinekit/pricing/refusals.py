"""The texts of refusals, in French and in English: for the customer, and for the reader of the price list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cantinekit.common.typography import french, french_words

_ENGLISH = {
    "on_quote": "price on request",
    "from": "the list only says “from {low}”",
    "about": "the list only says “about {low}”",
    "between": "the list only says “between {low} and {high}”",
    "unpublished": "no published price",
    "not_for": "not for this customer",
    "not_at": "not at this time",
    "missing": "needed, and not held",
    "not_sold": "not sold like this",
    "over_capacity": "over capacity",
    "limit_reached": "not enough left",
    "expired": "what was held has expired",
    "unstated": "the tariff does not say",
    "tax_unknown": "the tax is not known",
    "incomplete": "to be asked first",
}
_FRENCH = {
    "on_quote": "sur devis",
    "from": "le tarif indique seulement « à partir de {low} »",
    "about": "le tarif indique seulement « environ {low} »",
    "between": "le tarif indique seulement « entre {low} et {high} »",
    "unpublished": "aucun prix publié",
    "not_for": "ce tarif ne s’adresse pas à cette personne",
    "not_at": "pas à ce moment-là",
    "missing": "nécessaire, mais non détenu",
    "not_sold": "pas vendu ainsi",
    "over_capacity": "capacité dépassée",
    "limit_reached": "le solde ne suffit pas",
    "expired": "les droits détenus ont expiré",
    "unstated": "le tarif ne le précise pas",
    "tax_unknown": "le taux de taxe n’est pas connu",
    "incomplete": "il manque une information",
}
REASONS: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "fr": french_words(_FRENCH)}
"""The reason alone, by language and code; with the amounts that the list prints."""
_BEFORE = ("missing", "limit_reached", "expired", "unstated", "incomplete")
"""Reasons that stand before what they are about."""
_COLON = {"en": ": ", "fr": french(" : ")}

_FACETS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "day": "the day",
        "as_of": "the moment of purchase",
        "at": "the moment of the change",
        "period": "the beginning and the end",
        "until": "the last day",
        "item": "which item",
        "holds": "what the customer holds",
    },
    "fr": {
        "day": "le jour",
        "as_of": "le moment de l’achat",
        "at": "le moment du changement",
        "period": "l’heure de début et de fin",
        "until": "le dernier jour",
        "item": "quel article",
        "holds": "ce que la personne détient",
    },
}


def asked(facet: str, lang: str) -> str:
    """What has to be asked first; a fact by its name."""
    return _FACETS[lang].get(facet, facet)


_LIMITED = {
    "en": "at most {limit} × {unit}{scope}, and not enough of it is left",
    "fr": french("au plus {limit} × {unit}{scope}, et il n’en reste pas assez"),
}
_SCOPES: Mapping[str, Mapping[str, str]] = {
    "en": {"day": " a day", "week": " a week", "month": " a month", "year": " a year", "person": " for each person"},
    "fr": {
        "day": " par jour",
        "week": " par semaine",
        "month": " par mois",
        "year": " par an",
        "person": " par personne",
    },
}


def limited(lang: str, limit: str, unit: str, same: Sequence[str]) -> str:
    """How many may be used in a scope; a fact in it by its name."""
    words = _SCOPES[lang]
    scope = "".join(sorted((words.get(name, f" ({name})") for name in same), key=lambda word: "person" in word))
    return _LIMITED[lang].format(limit=limit, unit=unit, scope=scope)


def sentence(code: str, lang: str, what: str, low: str = "", high: str = "", reason: str = "") -> str:
    """A refusal with its subject; ``reason`` replaces the words of the code."""
    reason = reason or REASONS[lang][code].format(low=low, high=high)
    return _COLON[lang].join((reason, what) if code in _BEFORE else (what, reason))
