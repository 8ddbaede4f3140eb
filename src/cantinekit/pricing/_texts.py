"""The words of an explanation, in French and in English. The engine gives codes and values; this makes sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cantinekit.errors import InputError

if TYPE_CHECKING:
    from cantinekit.money import Money
    from cantinekit.pricing._quote import Quote, Refusal, Step

LANGUAGES = ("fr", "en")

_REFUSALS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "on_quote": "{what}: price on request",
        "from": "{what}: the list only says “from {low}”",
        "about": "{what}: the list only says “about {low}”",
        "between": "{what}: the list only says “between {low} and {high}”",
        "unpublished": "{what}: no published price",
        "not_for": "{what}: not for this customer",
        "not_at": "{what}: not at this time",
        "missing": "nothing held to cover it: {what}",
        "not_sold": "{what}: not sold in this length",
        "over_capacity": "{what}: over capacity",
        "limit_reached": "not enough left: {what}",
        "expired": "what was held has expired: {what}",
        "unstated": "the tariff does not say: {what}",
        "tax_unknown": "{what}: the tax is not known",
        "incomplete": "to be asked first: {what}",
    },
    "fr": {
        "on_quote": "{what} : prix sur devis",
        "from": "{what} : le tarif indique seulement « à partir de {low} »",
        "about": "{what} : le tarif indique seulement « environ {low} »",
        "between": "{what} : le tarif indique seulement « entre {low} et {high} »",
        "unpublished": "{what} : aucun prix publié",
        "not_for": "{what} : ce tarif ne s’adresse pas à cette personne",
        "not_at": "{what} : pas à ce moment-là",
        "missing": "aucun droit d’accès ne couvre la demande : {what}",
        "not_sold": "{what} : cette durée n’est pas proposée",
        "over_capacity": "{what} : capacité dépassée",
        "limit_reached": "le solde ne suffit pas : {what}",
        "expired": "les droits détenus ont expiré : {what}",
        "unstated": "le tarif ne le précise pas : {what}",
        "tax_unknown": "{what} : le taux de taxe n’est pas connu",
        "incomplete": "il manque une information : {what}",
    },
}

_FACETS: Mapping[str, Mapping[str, str]] = {
    "en": {"day": "the day", "as_of": "the moment of purchase", "period": "the beginning and the end"},
    "fr": {"day": "le jour", "as_of": "le moment de l’achat", "period": "l’heure de début et de fin"},
}

_STEPS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "measured": "counted: {count} × {quantity} {unit}",
        "covered": "account {account}: {units} {unit} used, {left} were left",
        "partly_covered": "account {account}: {units} of {needed} {unit} covered, no more were left",
        "nothing_to_cover": "account {account}: not needed",
        "too_few": "account {account}: {left} {unit} left, {needed} needed, and a part is not enough",
        "nothing_left": "account {account}: nothing usable left",
        "no_lot": "account {account}: nothing held",
        "all_covered": "not needed: everything is covered",
        "rest_at_rate": "what is not covered is charged",
        "condition": "does not apply here",
        "earlier_rule": "an earlier price applies",
        "not_reached": "not come to",
        "priced": "{quantity} {unit}{at}: {amount}{since}",
        "capped": "at most {limit} {period}, {used} so far: reduced",
        "within": "at most {limit} {period}, {used} so far: not reached",
        "capped_alone": "at most {limit} {period}: reduced (no name given, so this order alone counts)",
        "within_alone": "at most {limit} {period}: not reached (no name given, so this order alone counts)",
        "not_in_force": "not in force yet",
    },
    "fr": {
        "measured": "décompte : {count} × {quantity} {unit}",
        "covered": "compte {account} : {units} {unit} utilisé(s) sur {left}",
        "partly_covered": "compte {account} : {units} {unit} sur {needed} couvert(s), le solde est épuisé",
        "nothing_to_cover": "compte {account} : pas nécessaire",
        "too_few": "compte {account} : il reste {left} {unit}, il en faut {needed}, une partie ne suffit pas",
        "nothing_left": "compte {account} : il ne reste rien d’utilisable",
        "no_lot": "compte {account} : aucun droit",
        "all_covered": "sans objet : tout est couvert",
        "rest_at_rate": "le reste est facturé",
        "condition": "ne s’applique pas ici",
        "earlier_rule": "un prix précédent s’applique",
        "not_reached": "non examiné",
        "priced": "{quantity} {unit}{at} : {amount}{since}",
        "capped": "plafond de {limit} {period}, déjà {used} : montant réduit",
        "within": "plafond de {limit} {period}, déjà {used} : non atteint",
        "capped_alone": "plafond de {limit} {period} : montant réduit (sans nom, seule cette commande compte)",
        "within_alone": "plafond de {limit} {period} : non atteint (sans nom, seule cette commande compte)",
        "not_in_force": "pas encore en vigueur",
    },
}

_LOTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "last_usable": "{lot}: {units} used, the only one left to use",
        "priority": "{lot}: {units} used, it has priority",
        "expires_first": "{lot}: {units} used, it expires first",
        "bought_first": "{lot}: {units} used, it was bought first",
        "id": "{lot}: {units} used, first by its number",
        "expired": "{lot}: expired",
        "empty": "{lot}: used up",
        "not_needed": "{lot}: not needed, others come first",
        "too_few": "{lot}: {left} left, too few",
    },
    "fr": {
        "last_usable": "{lot} : {units} utilisé(s), le seul encore utilisable",
        "priority": "{lot} : {units} utilisé(s), il est prioritaire",
        "expires_first": "{lot} : {units} utilisé(s), il expire en premier",
        "bought_first": "{lot} : {units} utilisé(s), il a été acheté en premier",
        "id": "{lot} : {units} utilisé(s), premier par son numéro",
        "expired": "{lot} : expiré",
        "empty": "{lot} : épuisé",
        "not_needed": "{lot} : pas nécessaire, d’autres passent avant",
        "too_few": "{lot} : il en reste {left}, trop peu",
    },
}

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "total": "Total: {total}",
        "known": "Known part: {total}",
        "no_price": "No price",
        "since": " (list of {day})",
        "at": " at {price}",
        "piece": "×",
        "minute": "min",
        "": "in all",
        "day": "a day",
        "week": "a week",
        "month": "a month",
        "year": "a year",
        "line": "{text}: {amount}",
        "use": "covered by {lot} ({units})",
        "colon": ": ",
    },
    "fr": {
        "total": "Total : {total}",
        "known": "Part connue : {total}",
        "no_price": "Pas de prix",
        "since": " (tarif du {day})",
        "at": " à {price}",
        "piece": "×",
        "minute": "min",
        "": "en tout",
        "day": "par jour",
        "week": "par semaine",
        "month": "par mois",
        "year": "par an",
        "line": "{text} : {amount}",
        "use": "couvert par {lot} ({units})",
        "colon": " : ",
    },
}


def _check(lang: str) -> None:
    if lang not in LANGUAGES:
        raise InputError(f"no texts in {lang!r}; there are {', '.join(LANGUAGES)}")


def _money(amount: Money | str | None, lang: str) -> str:
    """An amount as text; a French reader sees a comma."""
    text = str(amount or "")
    return text.replace(".", ",") if lang == "fr" else text


def refusal(refusal: Refusal, lang: str) -> str:
    """One refusal as a sentence."""
    _check(lang)
    what = ", ".join(_FACETS[lang].get(facet, facet) for facet in refusal.facets) or refusal.what
    low, high = _money(refusal.low, lang), _money(refusal.high, lang)
    text = _REFUSALS[lang][refusal.code].format(what=what, low=low, high=high)
    return text + (f" ({refusal.why})" if refusal.why else "")


def step(step: Step, lang: str) -> list[str]:
    """One step as lines: the sentence, then one for each lot that was looked at."""
    words, values = _WORDS[lang], dict(step.values)
    if step.status == "refused":
        return []
    for key in ("amount", "limit", "used"):
        values[key] = _money(values.get(key), lang)
    printed, since = values.get("printed"), values.get("since")
    values["at"] = words["at"].format(price=_money(printed, lang)) if printed else ""
    values["since"] = words["since"].format(day=since) if since else ""
    values["period"] = words[values.get("period", "")]
    unit = values.get("unit", "")
    values["unit"] = f"× {unit}" if unit[:1].isdigit() else words.get(unit, unit)
    out = [_STEPS[lang][step.why].format_map(values)]
    lots: tuple[Mapping[str, Any], ...] = values.get("lots", ())
    return out + ["  " + _LOTS[lang][lot["why"]].format_map(lot) for lot in lots]


def quote(quote: Quote, lang: str) -> str:
    """A quote as text: for each item what every rule did, then its lines; at the end the total or the refusals."""
    _check(lang)
    words, out = _WORDS[lang], []
    for item in dict.fromkeys(entry.item for entry in quote.trace):
        out.append(f"[{item}]")
        for entry in quote.trace:
            if entry.item == item:
                for text in step(entry, lang):
                    out.append(f"  {entry.rule}{words['colon']}{text}" if not text.startswith("  ") else f"    {text}")
        for line in quote.lines:
            if line.item == item:
                out.append("  = " + words["line"].format(text=line.text, amount=_money(line.amount, lang)))
        for use in quote.uses:
            if use.item == item:
                out.append("  = " + words["use"].format(lot=use.lot, units=use.units))
        for stop in quote.refusals:
            if stop.item == item:
                out.append(f"  ! {words['no_price']}{words['colon']}{refusal(stop, lang)}")
    return "\n".join([*out, words["total" if quote.ok else "known"].format(total=_money(quote.total, lang))])
