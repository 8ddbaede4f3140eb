"""What a document states of its amounts: lines, and the tax of each rate, in whole minor units.

The tax is taken out of the whole of each rate (see ``pricing.tax``); what EN 16931 forbids to issue is refused.
A credit note takes back a part of what each rate comes to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import cast

import attrs

from cantinekit import pricing
from cantinekit.clock import local
from cantinekit.domain.documents.records import Document, DocumentLine, DocumentTax
from cantinekit.domain.payments.records import Charge, ChargeLine
from cantinekit.domain.sales.item_moves import owner_of
from cantinekit.domain.sales.past import explain_sale, past_order
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale
from cantinekit.errors import TaxUnknownError, UnsuitableError
from cantinekit.money import Money, Rounding, allocate, parse_rate
from cantinekit.pricing.tax import Mention, TaxDocument, TaxedLine, TaxError, Treatment, tax_document
from cantinekit.pricing.tax.document import Policy, obstacles
from cantinekit.pricing.tax.records import Basis, Role

PAID_BEFORE = "paid before"
"""What a line says that takes off what was paid before: its word, or its text where it is of before words were kept."""
_NO_RATE = ("not subject", "outside scope")


@attrs.frozen
class Stated:
    """The amounts of a document.

    Attributes:
        lines: what was sold, line by line.
        taxes: the tax of each rate.
        net: the sum without tax.
        tax: the sum of the taxes.
        residual: rounding amount (BT-114 of EN 16931).
        gross: the sum with tax.
        mentions: what the law wants to be said, such as why there is no tax.
        days: the days of the supply.
    """

    lines: tuple[DocumentLine, ...]
    taxes: tuple[DocumentTax, ...]
    net: Money
    tax: Money
    residual: Money
    gross: Money
    mentions: tuple[str, ...]
    days: tuple[date, ...] = ()


def percent(rate: Fraction) -> str:
    """A rate as it is printed: ``"5.5%"``."""
    exact = (Decimal(rate.numerator * 100) / Decimal(rate.denominator)).normalize()
    return f"{exact:f}%"


def stated_lines(charge: Charge) -> list[tuple[int, ChargeLine]]:
    """The lines of a charge that documents state, with their numbers: a deposit or a debt is no part of the price."""
    return [(number, line) for number, line in enumerate(charge.lines) if line.kind in ("revenue", "penalty")]


def turnover(charge: Charge) -> Money:
    """What a charge comes to in documents: its amount without deposits and debts."""
    other = [line.amount for line in charge.lines if line.kind in ("held", "debt")]
    return charge.amount - Money.sum(other, charge.amount.currency)


Priced = tuple[Sale, str]
"""A sale, and the text of the version of the price list that made it."""


def state_charge(charge: Charge, sales: Sequence[Priced], tariff: pricing.Tariff, dropped: Money) -> Stated:
    """What the receipt or the invoice of a charge states.

    A charge that a sale comes to is stated as that sale was priced: on a list without tax the nets are those of the
    list. Any other charge is a difference, a fee or a part of a price, and each of its lines is taxed as its tax class
    was in the latest of the sales. What was paid before is taken off as an allowance, as one for each tax that it had.
    What was dropped of the charge before it was paid is off the lines that lost it.

    Args:
        charge: the charge.
        sales: the sales of its subject.
        tariff: the version of the price list that made the charge.
        dropped: what was dropped of the charge: no longer owed, and never paid.

    Raises:
        TaxUnknownError: the price list does not say the tax of a line.
        UnsuitableError: no document of the law can be made of it.
    """
    newest = sorted((one for one in sales if one[0].at <= charge.raised_at), key=_age, reverse=True)
    if not newest:
        raise UnsuitableError(f"no price that was made comes to the amount of charge {charge.id}")
    found = _as_priced(charge, newest) or _as_difference(charge, newest)
    unknown = [line.text for _, line, tax in found.lines if tax.kind == "unknown"]
    if unknown:
        raise TaxUnknownError(unknown)
    found = _standing(found, charge, dropped) if dropped else found
    taxed = _taxed_whole(charge, found, tariff)
    lines = [
        _line(number, line, tax, net or 0, found.units.get(n, ""))
        for n, ((number, line, tax), net) in enumerate(zip(found.lines, taxed.line_nets, strict=True))
        if line.amount
    ]
    return attrs.evolve(_stated(taxed, lines, charge.amount.currency), days=_days(found.sale, tariff.zone))


@attrs.frozen
class _Found:
    """What is known of the tax of a charge.

    Attributes:
        lines: its lines with their numbers, each with its tax. What was paid before at several rates is several lines.
        nets: the nets of the first of them, as the price list prints them.
        units: the units in which the price list counts, by the place among the lines.
        sale: the sale that it is of.
    """

    lines: Sequence[tuple[int, ChargeLine, Treatment]]
    nets: Sequence[Money | None]
    units: Mapping[int, str]
    sale: Sale


def _standing(found: _Found, charge: Charge, dropped: Money) -> _Found:
    """The lines with what stands of each once something was dropped. Nobody printed their nets."""
    numbers, named = [number for number, _ in stated_lines(charge)], charge.earned_by_line()
    gone = [charge.lines[number].amount.amount - named[number] for number in numbers]
    if min(gone, default=0) < 0 or not any(gone):
        gone = [max(0, charge.lines[number].amount.amount) for number in numbers]
    off = dict(zip(numbers, dropped.allocate(gone), strict=True))
    lines = list[tuple[int, ChargeLine, Treatment]]()
    for number, line, tax in found.lines:
        less = line.amount - off[number] if line.amount.amount > 0 else line.amount
        lines.append((number, attrs.evolve(line, amount=less), tax))
    return attrs.evolve(found, lines=lines, nets=[None] * len(lines))


def _age(one: Priced) -> tuple[datetime, str]:
    return one[0].at, one[0].id


def _taxed(sale: Sale, text: str) -> list[tuple[pricing.Line, Treatment]]:
    """The lines of a price that a charge has, each with its tax."""
    quote = explain_sale(sale, text)
    both = zip(quote.lines, read_tariff(text).treatments(past_order(sale), quote), strict=True)
    return [(line, tax) for line, tax in both if line.amount and line.kind in ("revenue", "penalty")]


def _as_priced(charge: Charge, newest: Sequence[Priced]) -> _Found | None:
    """The taxes of a charge that is the whole of a sale, less what was paid before; ``None`` if it is of none."""
    charged = stated_lines(charge)
    for n, (sale, text) in enumerate(newest):
        due = sale.total if sale.paid_before is None else sale.total - sale.paid_before
        if sale.tariff_version != charge.tariff_version or due != turnover(charge):
            continue
        priced = _taxed(sale, text)
        if [line.amount for line, _ in priced] != [line.amount for _, line in charged[: len(priced)]]:
            continue
        lines = [(number, line, tax) for (number, line), (_, tax) in zip(charged, priced, strict=False)]
        for number, line in charged[len(priced) :]:
            lines += [(number, *part) for part in _before(line, newest[n:])]
        units = {n: line.unit for n, (line, _) in enumerate(priced) if isinstance(line.quantity, int)}
        return _Found(lines, [line.net for line, _ in priced], units, sale)
    return None


def _as_difference(charge: Charge, newest: Sequence[Priced]) -> _Found:
    """The taxes of a charge that no sale comes to: each line is taxed as its tax class was sold last."""
    lines: list[tuple[int, ChargeLine, Treatment]] = []
    for number, line in stated_lines(charge):
        if PAID_BEFORE in (line.said, line.text):
            lines += [(number, *part) for part in _before(line, newest)]
            continue
        classed = (_treatments([one], line.tax_class) for one in newest)
        of_class = next((found for found in classed if found), []) if line.tax_class else _treatments(newest)
        lines.append((number, line, _of_all(line, of_class)))
    return _Found(lines, [None] * len(lines), {}, newest[0][0])


def _treatments(sales: Sequence[Priced], tax_class: str | None = None) -> list[Treatment]:
    """How the lines of sales were taxed; those of one tax class, or all."""
    both = [one for sale, text in sales for one in _taxed(sale, text)]
    return [tax for line, tax in both if tax_class is None or line.tax_class == tax_class]


def _before(line: ChargeLine, newest: Sequence[Priced]) -> list[tuple[ChargeLine, Treatment]]:
    """What was paid before, as a line for each tax that it had: as the sale before it came to by each.

    Args:
        line: the line of the charge.
        newest: the sale of the charge, and those before it.
    """
    if len(set(_treatments(newest))) == 1 or len(newest) == 1:
        return [(line, _of_all(line, _treatments(newest)))]
    ids = {one.label or str(number) for number, one in enumerate(newest[0][0].items, 1)}
    old = _taxed(*newest[1])
    mine = [(one, tax) for one, tax in old if owner_of(one.item) in ids] or old
    sums: dict[Treatment, int] = {}
    for one, tax in mine:
        sums[tax] = sums.get(tax, 0) + one.amount.amount
    if not any(sums.values()) or min(sums.values()) < 0:
        return [(line, _of_all(line, [tax for _, tax in mine]))]
    parts = line.amount.allocate(list(sums.values()))
    return [(attrs.evolve(line, amount=part), tax) for tax, part in zip(sums, parts, strict=True) if part]


def _taxed_whole(charge: Charge, found: _Found, tariff: pricing.Tariff) -> TaxDocument:
    """The tax of a charge. On a list without tax the nets are as it prints them, if they come to what was charged."""
    head, nets = tariff.parts.head, found.nets
    gross = sum(line.amount.amount for _, line, _ in found.lines)
    for printed in (True, False) if head.prices == "excl" and None not in nets else (False,):
        taxed = []
        for n, (_, line, tax) in enumerate(found.lines):
            net = nets[n] if printed and n < len(nets) else None
            amount, basis = line.amount.amount, "incl"
            if net is not None or tax.kind == "reverse":  # who owes the tax pays the net: the amount has none in it
                amount, basis = (net or line.amount).amount, "excl"
            role = "line" if line.amount.amount > 0 else "allowance"
            taxed.append(TaxedLine(str(n), amount, cast(Basis, basis), tax, cast(Role, role)))
        whole = _issuable(taxed, head.rounding, cast(Policy, head.unreachable))
        if whole.gross == gross:
            return whole
    raise UnsuitableError(f"the lines of charge {charge.id} do not come to its amount")


def _of_all(line: ChargeLine, treatments: Sequence[Treatment]) -> Treatment:
    """The one treatment that all of it has."""
    every = set(treatments)
    if len(every) != 1:
        raise UnsuitableError(
            f"{line.text}: the tax of this line is not known, as what it belongs to was not taxed alike"
        )
    return every.pop()


def _days(sale: Sale, zone: str) -> tuple[date, ...]:
    """The first and the last local day of what was sold, where all of it has one."""
    days: list[date] = []
    for item in sale.items:
        if item.period is not None:
            last = item.period.end - timedelta(microseconds=1)
            days += [local(item.period.start, zone).date(), local(last, zone).date()]
        elif item.day is not None:
            days.append(item.day)
        else:
            return ()
    return (min(days), max(days)) if days else ()


def state_credit(
    invoice: Document,
    credited: Sequence[int],
    amount: Money,
    tariff: pricing.Tariff,
    of_lines: Mapping[int, int] | None = None,
) -> Stated:
    """What a credit note of an amount states, once ``credited`` was taken back of each line, by position.

    All of a document that nothing was taken back from is mirrored. A part is of the lines in ``of_lines``, in minor
    units by their position; without these it is spread over the rates by what is left of each, and within a rate over
    its lines in the same way.

    Raises:
        UnsuitableError: no document of the law can be made of it.
    """
    before = {line.position: credited[line.position] if credited else 0 for line in invoice.lines}
    if amount == invoice.gross and not any(before.values()):
        return _mirrored(invoice)
    shares = _named(invoice, of_lines) if of_lines else _spread(invoice, before, amount)
    taxed = [
        TaxedLine(str(line.position), -share, "excl" if line.treatment == "reverse" else "incl", _treatment(line))
        for line, share in shares
    ]
    policy = "residual" if tariff.parts.head.unreachable == "refuse" else tariff.parts.head.unreachable
    found = _issuable(taxed, tariff.parts.head.rounding, cast(Policy, policy))
    lines = [
        attrs.evolve(
            line, quantity=1, unit="", net=Money(net or 0, amount.currency), gross=Money(-share, amount.currency)
        )
        for (line, share), net in zip(shares, found.line_nets, strict=True)
    ]
    return _stated(found, lines, amount.currency)


def _named(invoice: Document, of_lines: Mapping[int, int]) -> list[tuple[DocumentLine, int]]:
    """The lines that a refund names, with how much of each goes back."""
    return [(line, of_lines[line.position]) for line in invoice.lines if line.position in of_lines]


def _spread(invoice: Document, before: Mapping[int, int], amount: Money) -> list[tuple[DocumentLine, int]]:
    """An amount spread over the rates of a document, and within a rate over its lines, by what is left of each."""
    rates: dict[tuple[str, str, str], list[DocumentLine]] = {}
    for line in invoice.lines:
        rates.setdefault((line.treatment, line.category, line.rate), []).append(line)
    groups = list(rates.values())
    left = [sum(line.gross.amount - before[line.position] for line in group) for group in groups]
    shares: list[tuple[DocumentLine, int]] = []
    for group, part in zip(groups, allocate(amount.amount, left), strict=True):
        charged = [line for line in group if line.gross.amount > 0]
        weights = [line.gross.amount - before[line.position] for line in charged]
        parts = allocate(part, weights) if part else [0] * len(charged)
        shares += [(line, share) for line, share in zip(charged, parts, strict=True) if share]
    return sorted(shares, key=lambda share: share[0].position)


def _mirrored(invoice: Document) -> Stated:
    lines = tuple(attrs.evolve(line, net=-line.net, gross=-line.gross) for line in invoice.lines)
    taxes = tuple(
        attrs.evolve(each, net=-each.net, tax=-each.tax, residual=-each.residual, gross=-each.gross)
        for each in invoice.taxes
    )
    said = tuple(dict.fromkeys(line.mention for line in lines if line.mention))
    return Stated(lines, taxes, -invoice.net, -invoice.tax, -invoice.residual, -invoice.gross, said)


def _treatment(line: DocumentLine) -> Treatment:
    mention = Mention(None, line.mention, line.code) if line.mention else None
    rate = None if line.treatment in _NO_RATE else parse_rate(line.rate)
    return Treatment(line.treatment, line.category, rate, mention)  # type: ignore[arg-type]


def _issuable(taxed: Sequence[TaxedLine], mode: Rounding, policy: Policy) -> TaxDocument:
    try:
        found = tax_document(taxed, mode=mode, unreachable=policy)
    except TaxError as error:
        raise UnsuitableError(f"no document can be made of it: {error}") from None
    forbidden = obstacles(found)
    if forbidden:
        raise UnsuitableError("no document can be made of it: " + "; ".join(forbidden))
    return found


def _line(position: int, line: ChargeLine, tax: Treatment, net: int, unit: str) -> DocumentLine:
    currency = line.amount.currency
    return DocumentLine(
        position=position,
        product_id=line.product_id,
        text=line.text,
        quantity=line.quantity,
        net=Money(net, currency),
        gross=line.amount,
        treatment=tax.kind,
        category=tax.category,
        rate="" if tax.rate is None else percent(tax.rate),
        mention=tax.mention.text if tax.mention else "",
        code=tax.mention.code if tax.mention else "",
        unit=unit,
        said=line.said,
        detail=line.detail,
        person_id=line.person_id,
    )


def _stated(found: TaxDocument, lines: Sequence[DocumentLine], currency: str) -> Stated:
    def money(amount: int | None) -> Money:
        return Money(amount or 0, currency)

    taxes = tuple(
        DocumentTax(
            group.category,
            percent(group.rate),
            money(group.net),
            money(group.tax),
            money(group.residual),
            money(group.gross),
        )
        for group in found.breakdown
    )
    said = tuple(mention.text for mention in found.mentions)
    return Stated(
        tuple(lines), taxes, money(found.net), money(found.tax), money(found.residual), money(found.gross), said
    )
