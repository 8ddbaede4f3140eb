"""The oracle of tax documents: the rules of EN 16931 on amounts, strictly in integers, and some that it lacks.

The official schematron tolerates a tax that is wrong by 99 cents (BR-CO-17, BR-S-09) and does not multiply quantity
by price; here both are exact. Nothing is taken from the module that makes documents: each amount is summed up anew.
Own rules begin with CK.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any
from unittest import mock

import attrs

from cantinekit.domain.documents import amounts
from cantinekit.money import Rounding, exponent, round_ratio
from cantinekit.pricing.tax import TaxDocument, TaxedLine, TaxGroup, Untaxed, reachable
from cantinekit.pricing.tax.document import obstacles
from cantinekit.pricing.tax.records import Role

_NO_REASON = ("S", "Z", "")
"""The categories that say no reason why they bear no tax (BR-S-10, BR-Z-10)."""
_MAX_DECIMALS = 2
_MAX_DRIFT = 5
"""How far inclusive lines may be from the gross of their net, in minor units: the residual and the taxes of the group
and of its exclusive lines are worth one each, the net of its allowances less than two."""


@attrs.frozen
class Violation:
    """A rule that a document breaks.

    Attributes:
        rule: its name in EN 16931, or one of our own (CK-...).
        message: what is wrong.
    """

    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


def check_document(
    doc: TaxDocument, lines: Sequence[TaxedLine], *, currency: str | None = None
) -> tuple[Violation, ...]:
    """All rules that the document breaks, beside the lines that it was made of; none: the document is right.

    Where the tax is unknown, only what is known is checked.

    Args:
        doc: the document.
        lines: the lines that it was made of, in order.
        currency: ISO 4217 code: its decimals are checked too. EN 16931 takes at most two (BR-DEC), which 0.001 dinar
            does not fit.

    Raises:
        CurrencyError: the currency is unknown.
    """
    if len(doc.line_nets) != len(lines):
        return (Violation("CK-LINES", f"{len(lines)} lines, but {len(doc.line_nets)} line nets"),)
    found = list(_integers(doc))
    if found:
        return tuple(found)
    for part in (_lines, _totals, _breakdown, _groups, _shares, _outside):
        found += part(doc, lines)
    if currency is not None:
        found += _decimals(doc, exponent(currency))
    return tuple(found)


@contextmanager
def stated_documents() -> Iterator[list[TaxDocument]]:
    """All documents that are stated in the meantime; it fails at its end if the amounts of one break a rule.

    At the end, because a worker keeps the error of a task to itself. What the library refuses to issue is no fault.
    """
    made: list[TaxDocument] = []
    wrong: list[tuple[Violation, TaxDocument]] = []
    real = amounts.tax_document

    def watched(lines: Sequence[TaxedLine], **more: Any) -> TaxDocument:
        doc = real(lines, **more)
        made.append(doc)
        refused = obstacles(doc)
        wrong.extend((each, doc) for each in check_document(doc, lines) if str(each) not in refused)
        return doc

    with mock.patch.object(amounts, "tax_document", watched):
        yield made
    assert not wrong, wrong


def _tax_of(net: int, rate: Fraction, mode: Rounding) -> int:
    due = net * rate
    return round_ratio(due.numerator, due.denominator, mode)


def _amounts(doc: TaxDocument) -> Iterator[tuple[str, str, int | None]]:
    """Every amount: its rule on decimals, what it is called, the amount."""
    yield "BR-DEC-09", "sum of lines (BT-106)", doc.line_total
    yield "BR-DEC-10", "sum of allowances (BT-107)", doc.allowance_total
    yield "BR-DEC-12", "net (BT-109)", doc.net
    yield "BR-DEC-13", "tax (BT-110)", doc.tax
    yield "BR-DEC-17", "residual (BT-114)", doc.residual
    yield "BR-DEC-18", "amount due (BT-115)", doc.gross
    for group in doc.groups:
        yield "BR-DEC-19", f"net of {_name(group)} (BT-116)", group.net
        yield "BR-DEC-20", f"tax of {_name(group)} (BT-117)", group.tax
        yield "CK-GROUP", f"gross of {_name(group)}", group.gross
        yield "CK-GROUP", f"residual of {_name(group)}", group.residual
    for each in doc.untaxed:
        yield "BR-DEC-19", f"net of {each.category} (BT-116)", each.amount
    for number, net in enumerate(doc.line_nets):
        yield "BR-DEC-23", f"net of line {number} (BT-131)", net


def _integers(doc: TaxDocument) -> Iterator[Violation]:
    for _, name, amount in _amounts(doc):
        if amount is not None and type(amount) is not int:
            yield Violation("CK-INTEGER", f"{name} is {amount!r}, no integer of minor units")
    for group in doc.groups:
        if not isinstance(group.rate, Fraction) or not 0 <= group.rate <= 1:
            yield Violation("CK-INTEGER", f"the rate {group.rate!r} is no fraction between 0 and 1")


def _decimals(doc: TaxDocument, digits: int) -> Iterator[Violation]:
    step = 10 ** max(digits - _MAX_DECIMALS, 0)
    for rule, name, amount in _amounts(doc):
        if amount is not None and amount % step:
            yield Violation(rule, f"{name} has more than two decimals: {amount} at {digits} decimals")


def _name(group: TaxGroup) -> str:
    return f"{group.category} {group.rate * 100} %"


def _reason(category: str) -> str:
    return f"BR-{'IC' if category == 'K' else category}"


def _lines(doc: TaxDocument, lines: Sequence[TaxedLine]) -> Iterator[Violation]:
    if not lines:
        yield Violation("BR-16", "a document has a line")
    for line, net in zip(lines, doc.line_nets, strict=True):
        hidden = line.tax.kind == "unknown" and line.basis == "incl"
        if (net is None) != hidden:
            yield Violation("CK-UNKNOWN", f"{line.id}: the net is {net}, the tax {line.tax.kind}, {line.basis}")
        elif net is not None and net != line.amount and (line.basis == "excl" or not line.tax.taxed):
            yield Violation("CK-NET", f"{line.id}: the net {net} is not the amount {line.amount}")
        if line.amount and (line.amount < 0) != (doc.credit == (line.role == "line")):
            yield Violation("CK-SIGN", f"{line.id}: {line.amount} in {'a credit note' if doc.credit else 'an invoice'}")
        if line.unit_price is not None and line.unit_price < 0:
            yield Violation("BR-27", f"{line.id}: the unit price is negative")
        if line.unit_price is not None and line.quantity is not None:
            product = line.quantity * line.unit_price
            if line.amount != round_ratio(product.numerator, product.denominator, doc.mode):
                yield Violation("CK-PRICE", f"{line.id}: quantity times price is {product}, the amount {line.amount}")


def _sum(nets: Sequence[int | None]) -> int | None:
    known = [net for net in nets if net is not None]
    return sum(known) if len(known) == len(nets) else None


def _totals(doc: TaxDocument, lines: Sequence[TaxedLine]) -> Iterator[Violation]:
    pairs = list(zip(lines, doc.line_nets, strict=True))
    charged = _sum([net for line, net in pairs if line.role == "line"])
    taken = _sum([net for line, net in pairs if line.role == "allowance"])
    if doc.line_total != charged:
        yield Violation("BR-CO-10", f"the lines are {charged}, not {doc.line_total}")
    if doc.allowance_total != (None if taken is None else -taken):
        yield Violation("BR-CO-11", f"the allowances are {taken}, not {doc.allowance_total} taken off")
    both = _sum([doc.line_total, None if doc.allowance_total is None else -doc.allowance_total])
    if doc.net != both:
        yield Violation("BR-CO-13", f"lines less allowances are {both}, not {doc.net}")
    unknown = [line for line in lines if line.tax.kind == "unknown"]
    tax = None if unknown else sum(group.tax for group in doc.groups)
    if doc.tax != tax:
        yield Violation("BR-CO-14", f"the taxes are {tax}, not {doc.tax}")
    if doc.residual != sum(group.residual for group in doc.groups):
        yield Violation("CK-RESIDUAL", f"the residuals of the groups are not {doc.residual}")
    if not unknown and (doc.total is None or doc.gross is None or doc.total + doc.residual != doc.gross):
        yield Violation("BR-CO-16", f"{doc.net} + {doc.tax} + {doc.residual} is not {doc.gross}")
    shown: int | None = sum(group.gross for group in doc.groups) + sum(each.amount for each in doc.untaxed)
    shown = _sum([shown, *(line.amount if line.basis == "incl" else None for line in unknown)])
    if doc.gross != shown:
        yield Violation("BR-CO-15", f"the groups and what bears no tax are {shown}, not {doc.gross}")


def _breakdown(doc: TaxDocument, lines: Sequence[TaxedLine]) -> Iterator[Violation]:
    """Each category and rate of the lines has its group, and no other; it says what it must."""
    wanted = {(line.tax.category, line.tax.rate) for line in lines if line.tax.taxed}
    if sorted((g.category, g.rate) for g in doc.groups) != sorted(wanted, key=lambda key: (key[0], key[1] or 0)):
        yield Violation("BR-CO-18", "the groups are not those of the categories and rates of the lines")
    bare = sorted({line.tax.category for line in lines if line.tax.kind in ("not subject", "outside scope")})
    if [each.category for each in doc.untaxed] != bare:
        yield Violation("BR-CO-18", "what bears no tax is not what the lines say")
    said = {line.tax.mention for line in lines if line.tax.mention is not None}
    if set(doc.mentions) != said or len(doc.mentions) != len(said):
        yield Violation("CK-MENTIONS", "the mentions are not those of the lines")
    rows: tuple[TaxGroup | Untaxed, ...] = (*doc.groups, *doc.untaxed)
    for each in rows:
        rule = f"{_reason(each.category)}-10"
        if each.category in _NO_REASON:
            if each.mentions:
                yield Violation(rule, f"category {each.category} says why it bears no tax")
        elif not each.mentions:
            yield Violation(rule, f"category {each.category} does not say why it bears no tax")
    for group in doc.breakdown:
        own = {line.tax.mention for line in lines if line.tax.category == group.category and line.tax.mention}
        if group.category not in _NO_REASON and set(group.mentions) != own:
            yield Violation("CK-MENTIONS", f"the mentions of category {group.category} are not those of its lines")


def _groups(doc: TaxDocument, lines: Sequence[TaxedLine]) -> Iterator[Violation]:
    for group in doc.groups:
        own = [
            (line, net or 0)
            for line, net in zip(lines, doc.line_nets, strict=True)
            if line.tax.taxed and (line.tax.category, line.tax.rate) == (group.category, group.rate)
        ]
        yield from _group(doc, group, own)


def _group(doc: TaxDocument, group: TaxGroup, own: Sequence[tuple[TaxedLine, int]]) -> Iterator[Violation]:
    name, rule = _name(group), _reason(group.category)
    net = sum(net for _, net in own)
    if group.net != net:
        yield Violation(f"{rule}-08", f"{name}: the lines are {net}, not {group.net}")
    if group.net and (group.net < 0) != doc.credit:
        yield Violation("CK-SIGN", f"{name}: the net {group.net} has the wrong sign")
    strict = _tax_of(group.net, group.rate, doc.mode)
    off = group.tax - strict
    if not (abs(off) == 1 if group.adjusted else off == 0):
        rules = ("BR-CO-17", "BR-S-09") if group.category == "S" else (f"{rule}-09",)
        for each in rules:
            yield Violation(each, f"{name}: the tax on {group.net} is {strict}, not {group.tax}")
    if group.net + group.tax + group.residual != group.gross:
        yield Violation("CK-GROUP", f"{name}: {group.net} + {group.tax} + {group.residual} is not {group.gross}")
    if group.category in ("AE", "K", "G"):
        if group.residual or group.adjusted:
            yield Violation("CK-RESIDUAL", f"{name}: nothing is due but the net")
        return
    excl = sum(line.amount for line, _ in own if line.basis == "excl")
    shown = sum(line.amount for line, _ in own if line.basis == "incl") + excl + _tax_of(excl, group.rate, doc.mode)
    if group.gross != shown:
        yield Violation("CK-SHOWN", f"{name}: the customer was shown {shown}, not {group.gross}")
    hit = reachable(shown, group.rate, doc.mode)
    if (abs(group.residual) + group.adjusted) != (0 if hit else 1):
        yield Violation("CK-RESIDUAL", f"{name}: {shown} has {'a' if hit else 'no'} net of its own")


def _shares(doc: TaxDocument, lines: Sequence[TaxedLine]) -> Iterator[Violation]:
    """Inclusive lines share what they have together by largest remainder, ties to the first."""
    parts: dict[tuple[str, Fraction | None, Fraction | None, Role], list[tuple[TaxedLine, int]]] = {}
    for line, net in zip(lines, doc.line_nets, strict=True):
        if line.tax.taxed and line.basis == "incl" and net is not None:
            key = (line.tax.category, line.tax.rate, line.tax.contained, line.role)
            parts.setdefault(key, []).append((line, net))
    for (category, due, contained, _), part in parts.items():
        whole, net = sum(line.amount for line, _ in part), sum(net for _, net in part)
        exact = [Fraction(net * line.amount, whole) if whole else Fraction(0) for line, _ in part]
        shares = [abs(share) // 1 for share in exact]
        first = sorted(range(len(part)), key=lambda i: (shares[i] - abs(exact[i]), i))
        for i in first[: abs(net) - sum(shares)]:
            shares[i] += 1
        for (line, own), share in zip(part, shares, strict=True):
            if own != (-share if line.amount < 0 else share):
                yield Violation("CK-SHARE", f"{line.id}: {own} is not its share of {net}")
        rate = (due if contained is None else contained) or Fraction(0)
        if abs(net * (1 + rate) - whole) > _MAX_DRIFT:
            yield Violation("CK-SHARE", f"category {category}: {net} is not the net of {whole} at {rate * 100} %")


def _outside(doc: TaxDocument, lines: Sequence[TaxedLine]) -> Iterator[Violation]:
    for each in doc.untaxed:
        kind = "outside scope" if each.category == "O" else "not subject"
        amount = sum(line.amount for line in lines if line.tax.kind == kind)
        if each.amount != amount:
            yield Violation(f"{_reason(each.category)}-08", f"{kind}: the lines are {amount}, not {each.amount}")
    categories = {line.tax.category for line in lines}
    if "O" in categories and len(categories) > 1:
        yield Violation("BR-O-11", "what is outside the scope goes into a document of its own")
