"""The words of an explanation, in French and in English. The engine gives codes and values; this makes sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.common.typography import LANGUAGES as LANGUAGES
from cantinekit.common.typography import check_lang, in_languages, money, number
from cantinekit.pricing.format.kinds import show_number
from cantinekit.pricing.quote import NO_NAMES, Names
from cantinekit.pricing.refusals import asked, limited, sentence

if TYPE_CHECKING:
    from cantinekit.pricing.quote import Quote, Refusal, Step

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_STEPS = {
    "measured": ("{count} × {quantity} {unit}", "{count} × {quantity} {unit}"),
    "covered": (
        "account {account}: {units} {unit} taken, out of {left}",
        "compte {account} : on prend {units} {unit} sur un solde de {left}",
    ),
    "partly_covered": (
        "account {account}: {units} {unit} taken of the {needed} needed, nothing is left",
        "compte {account} : on prend {units} {unit} sur {needed} nécessaires, le solde est épuisé",
    ),
    "partly_limited": (
        "account {account}: {units} {unit} taken of the {needed} needed, at most {limit} may be",
        "compte {account} : on prend {units} {unit} sur {needed} nécessaires, au plus {limit}",
    ),
    "nothing_to_cover": ("account {account}: not needed", "compte {account} : inutile ici"),
    "too_few": (
        "account {account}: {left} left, {needed} needed, and a part is not enough",
        "compte {account} : le solde est de {left}, il en faut {needed}, une partie ne suffit pas",
    ),
    "nothing_left": (
        "account {account}: nothing left that can be used",
        "compte {account} : il ne reste rien d’utilisable",
    ),
    "no_lot": ("account {account}: nothing held", "compte {account} : aucun droit détenu"),
    "all_covered": ("not needed, everything is covered", "sans objet, tout est couvert"),
    "rest_at_rate": ("what is not covered is charged", "ce qui n’est pas couvert est facturé"),
    "condition": ("does not apply here", "ne s’applique pas ici"),
    "earlier_rule": ("not needed, an earlier price applies", "sans objet, un prix précédent s’applique"),
    "not_reached": ("not come to", "non examiné"),
    "priced": ("{quantity} {unit}{at}: {amount}{since}", "{quantity} {unit}{at} : {amount}{since}"),
    "capped": (
        "at most {limit} {period}, {used} so far: reduced",
        "plafond de {limit} {period}, déjà {used} : le montant est réduit",
    ),
    "within": (
        "at most {limit} {period}, {used} so far: not reached",
        "plafond de {limit} {period}, déjà {used} : non atteint",
    ),
    "capped_item": ("at most {limit}: reduced", "plafond de {limit} : le montant est réduit"),
    "within_item": ("at most {limit}: not reached", "plafond de {limit} : non atteint"),
    "capped_alone": (
        "at most {limit} {period}: reduced (no name given, so this order alone counts)",
        "plafond de {limit} {period} : le montant est réduit (sans nom, seule cette commande compte)",
    ),
    "within_alone": (
        "at most {limit} {period}: not reached (no name given, so this order alone counts)",
        "plafond de {limit} {period} : non atteint (sans nom, seule cette commande compte)",
    ),
    "not_in_force": ("not in force then", "pas en vigueur à cette date"),
    "held": ("{id}: held", "{id} : détenu"),
    "added_product": ("{id}: missing, added to the order", "{id} : manque, ajouté à la commande"),
    "merged": (
        "stays that are one: {stays} in all, {before} before this one",
        "passages comptés ensemble : {stays} en tout, {before} avant celui-ci",
    ),
    "split": ("cut at the bands of time: {bands}", "découpé selon les plages horaires : {bands}"),
    "free": ("{units} {unit} for nothing", "{units} {unit} sans frais"),
    "partly_free": (
        "{units} {unit} of the {needed} needed for nothing, no more are free",
        "{units} {unit} sur {needed} sans frais, il n’y en a pas davantage",
    ),
    "used_up": ("nothing is free any more", "la franchise est épuisée"),
    "too_few_free": (
        "{free} {unit} for nothing, {needed} needed, and a part is not enough",
        "{free} {unit} sans frais, il en faut {needed}, une partie ne suffit pas",
    ),
    "limited": (
        "account {account}: not more than {limit} may be used now",
        "compte {account} : on ne peut pas en utiliser plus de {limit} maintenant",
    ),
    "count_only": (
        "what is not covered is counted and not charged",
        "ce qui n’est pas couvert est compté sans être facturé",
    ),
    "owed": ("what is missing is owed: {debt}", "ce qui manque est dû : {debt}"),
    "tie": (
        "{quantity} {unit}{at}: {amount}{since} (another offer costs the same)",
        "{quantity} {unit}{at} : {amount}{since} (une autre offre coûte autant)",
    ),
    "dearer": ("would be {cost}; “{other}” is taken", "coûterait {cost} ; « {other} » est retenu"),
    "same_price": ("would be {cost} as well; “{other}” is taken", "coûterait aussi {cost} ; « {other} » est retenu"),
    "percent": ("{percent}", "{percent}"),
    "added": ("{add}", "{add}"),
    "rounded": ("rounded to {step}", "arrondi à {step}"),
    "raised": ("at least {limit}: raised", "minimum de {limit} : le montant est relevé"),
    "above": ("at least {limit}: reached", "minimum de {limit} : atteint"),
    "replaced": ("{limit} instead", "{limit} à la place"),
    "free_of_charge": ("for nothing", "sans frais"),
    "form": (
        "“{form}” (version {version}): {before} becomes {after}",
        "« {form} » (version {version}) : {before} devient {after}",
    ),
    "other_rule": ("not together with “{other}”", "ne se cumule pas avec « {other} »"),
    "no_lines": ("nothing here that it bears on", "rien ici n’est concerné"),
    "taxed": ("tax: {before} becomes {after}", "taxe : {before} devient {after}"),
    "charged_before": (
        "the whole is priced, {paid} of it was charged before",
        "le tout est compté, dont {paid} déjà facturés",
    ),
    "prorated": ("a part of the period: {share}", "une partie de la période : {share}"),
    "below_minimum": ("from {minimum} on only", "seulement à partir de {minimum}"),
    "no_more_uses": (
        "used as often as it may be: {most} ×",
        "déjà utilisé autant de fois qu’il peut l’être : {most} ×",
    ),
    "larger_than_total": ("larger than the total: ignored", "supérieur au total : ignoré"),
}

_LOTS = {
    "last_usable": (
        "lot {lot}: {units}, the only one left to use",
        "lot {lot} : {units}, c’est le seul encore utilisable",
    ),
    "priority": ("lot {lot}: {units}, because it has priority", "lot {lot} : {units}, car il est prioritaire"),
    "expires_first": ("lot {lot}: {units}, because it expires first", "lot {lot} : {units}, car il expire en premier"),
    "bought_first": (
        "lot {lot}: {units}, because it was bought first",
        "lot {lot} : {units}, car il a été acheté en premier",
    ),
    "id": (
        "lot {lot}: {units}, because its number comes first",
        "lot {lot} : {units}, car son numéro vient en premier",
    ),
    "expired": ("lot {lot}: expired", "lot {lot} : expiré"),
    "not_yet": ("lot {lot}: not valid yet", "lot {lot} : pas encore valable"),
    "bought_later": ("lot {lot}: bought after this was paid", "lot {lot} : acheté après ce paiement"),
    "empty": ("lot {lot}: used up", "lot {lot} : épuisé"),
    "not_needed": ("lot {lot}: not needed, others come first", "lot {lot} : inutile, d’autres passent avant"),
    "too_few": ("lot {lot}: {left} left, too few", "lot {lot} : il en reste {left}, ce n’est pas assez"),
}

_WORDS = {
    "total": ("Total: {total}", "Total : {total}"),
    "known": ("Known part: {total}", "Part connue : {total}"),
    "no_price": ("No price", "Pas de prix"),
    "since": (", list of {day:%Y-%m-%d}", ", tarif du {day:%d/%m/%Y}"),
    "at": (" at {price}", " à {price}"),
    "piece": ("×", "×"),
    "minute": ("min", "min"),
    "": ("", ""),
    "day": ("a day", "par jour"),
    "week": ("a week", "par semaine"),
    "month": ("a month", "par mois"),
    "year": ("a year", "par an"),
    "line": ("{text}: {amount}", "{text} : {amount}"),
    "use": ("covered by lot {lot} ({units})", "couvert par le lot {lot} ({units})"),
    "colon": (": ", " : "),
    "phase eligible": ("Condition", "Condition"),
    "phase gather": ("Stays", "Passages"),
    "phase measure": ("Count", "Décompte"),
    "phase cover": ("Entitlements", "Droits"),
    "phase rate": ("Price", "Prix"),
    "phase adjust": ("Adjustment", "Ajustement"),
    "phase order": ("Order", "Commande"),
    "phase tax": ("Tax", "Taxe"),
    "phase settle": ("Payment", "Règlement"),
    "named": ("{phase} “{id}”", "{phase} « {id} »"),
}

_CHARGED = {
    "paid before": ("paid before", "déjà facturé"),
    "moved": ("fee for moving", "frais de modification"),
    "cancelled": ("fee for cancelling", "frais d’annulation"),
    "not come": ("fee for not coming", "frais d’absence"),
    "came after all": ("came after all", "présence constatée après coup"),
    "ended early": ("fee for ending early", "frais de fin anticipée"),
    "stayed longer": ("stayed {detail} minutes longer", "{detail} min de plus que prévu"),
    "release undone": ("release undone", "réservation rétablie"),
    "together": ("priced together with it", "facturé ensemble"),
    "units used": ("units used: {detail}", "unités utilisées : {detail}"),
    "units run out": ("units that ran out: {detail}", "unités expirées : {detail}"),
}

_TABLES = tuple(map(in_languages, (_STEPS, _LOTS, _WORDS, _CHARGED)))
_SET: Mapping[str, tuple[Mapping[str, str], ...]] = {
    lang: tuple(words[lang] for words in _TABLES) for lang in LANGUAGES
}
"""The sentences of the steps, those of the lots, the other words and what is charged, set as the language is."""
_AMOUNTS = ("amount", "limit", "used", "debt", "cost", "add", "step", "minimum", "paid")
_NUMBERS = ("count", "quantity", "units", "needed", "left", "free", "limit", "stays", "percent")

_RULES = ("not_for", "unstated")
"""Refusals of several rules, which have names of their own."""


def _called(label: str, names: Names) -> str:
    """Products by their names, where the whole text is a list of products; anything else is left as it is."""
    if label in names:
        return names[label]
    parts, rest = [], label
    while rest:
        known = [id for id in names if rest == id or rest.startswith(f"{id}, ")]
        if not known:
            return label
        parts.append(max(known, key=len))
        rest = rest[len(parts[-1]) + 2 :]
    return ", ".join(names[id] for id in parts)


def _about(refusal: Refusal, names: Names) -> str:
    """The subject of a refusal: a product, products, or a product and its facts: "room: red, evening"."""
    for colon in (": ", ", "):
        head, found, tail = refusal.what.partition(colon)
        if found and head in names and (colon == ": " or _DAY.fullmatch(tail)):
            return f"{names[head]}{colon}{tail}"
    return refusal.what if ", " in refusal.what and refusal.code in _RULES else _called(refusal.what, names)


def refusal(refusal: Refusal, lang: str, names: Names = NO_NAMES) -> str:
    """One refusal as a sentence."""
    check_lang(lang)
    about = ", ".join(asked(facet, lang) for facet in refusal.facets) or _about(refusal, names)
    reason = "" if refusal.limit is None else limited(lang, number(refusal.limit, lang), refusal.unit, refusal.same)
    text = sentence(refusal.code, lang, about, money(refusal.low, lang), money(refusal.high, lang), reason)
    return text + (f" ({refusal.why})" if refusal.why else "")


def _step(step: Step, lang: str, names: Names) -> list[str]:
    """One step as lines: the sentence, then one for each lot that was looked at."""
    sentences, of_lots, words, _ = _SET[lang]
    values = dict(step.values)
    if step.status == "refused":
        return []
    if step.why not in ("covered", "partly_covered", "partly_limited", "limited"):
        values |= {key: money(values[key], lang) for key in _AMOUNTS if key in values}
    values |= {key: number(values[key], lang) for key in _NUMBERS if key in values}
    held = _called(step.id, names) if step.phase == "eligible" else step.id
    values |= {"id": held} | ({} if step.why == "merged" else {"before": money(step.before, lang)})
    values |= {"after": money(step.after, lang)}
    printed, since, unit = values.get("printed"), values.get("since"), values.get("unit", "")
    values["at"] = words["at"].format(price=money(printed, lang)) if printed else ""
    values["since"] = words["since"].format(day=date.fromisoformat(since)) if since else ""
    values["period"] = words[values.get("period", "")]
    values["unit"] = f"× {unit}" if unit[:1].isdigit() else words.get(unit, unit)
    label = words[f"phase {step.phase}"]
    if step.id and step.phase in ("rate", "adjust", "order"):
        label = words["named"].format(phase=label, id=step.id)
    lots: tuple[Mapping[str, Any], ...] = values.get("lots", ())
    counted = [{**lot, "left": number(lot["left"], lang), "units": number(lot["units"], lang)} for lot in lots]
    notes = [of_lots[lot["why"]].format_map(lot) for lot in counted]
    return [f"{label}{words['colon']}{sentences[step.why].format_map(values)}", *notes]


@attrs.frozen
class ItemText:
    """One item of a quote in words: its price, and the result of every rule with the values behind it."""

    item: str
    product: str
    results: tuple[str, ...]
    refusals: tuple[str, ...]
    steps: tuple[tuple[str, ...], ...]


def blocks(quote: Quote, lang: str, names: Names = NO_NAMES) -> list[ItemText]:
    """The items of a quote in words."""
    check_lang(lang)
    (_, _, words, _), trace = _SET[lang], quote.trace
    parts = {step.values["account"]: step.values["part"] for step in trace if "part" in step.values}
    out: list[ItemText] = []
    for item, product in dict.fromkeys((step.item, step.product) for step in trace):
        steps = [tuple(_step(step, lang, names)) for step in trace if step.item == item]
        lines = [line for line in quote.lines if line.item == item]
        results = [words["line"].format(text=line.text, amount=money(line.amount, lang)) for line in lines]
        uses = [(use.lot, use.units * Fraction(parts.get(use.account, 1))) for use in quote.uses if use.item == item]
        results += [words["use"].format(lot=lot, units=number(show_number(units), lang)) for lot, units in uses]
        stops = [refusal(stop, lang, names) for stop in quote.refusals if stop.item == item]
        refused = tuple(f"{words['no_price']}{words['colon']}{stop}" for stop in stops)
        out.append(ItemText(item, names.get(product, product), tuple(results), refused, tuple(filter(None, steps))))
    return out


def total(quote: Quote, lang: str) -> str:
    """The last line: the total, or the part that is known."""
    check_lang(lang)
    return _SET[lang][2]["total" if quote.ok else "known"].format(total=money(quote.total, lang))


def quote(quote: Quote, lang: str, names: Names = NO_NAMES) -> str:
    """A quote as text: for each item what every rule did, then its lines; at the end the total or the known part."""
    out = []
    for block in blocks(quote, lang, names):
        out.append(f"[{block.item}] {block.product}")
        for step, *notes in block.steps:
            out += [f"  {step}", *(f"    {note}" for note in notes)]
        out += [f"  = {result}" for result in block.results]
        out += [f"  ! {refused}" for refused in block.refusals]
    return "\n".join([*out, total(quote, lang)])


def charged(said: str, lang: str, detail: str = "") -> str:
    """What a line says of a charge that no price list wrote, such as what was paid before.

    Args:
        said: the word for it, one of ``LineWord``.
        lang: "fr" or "en".
        detail: what the sentence tells of, such as a number of minutes.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return _SET[lang][3][said].format(detail=number(detail, lang))
