"""What a document states of its amounts: lines, and the tax of each rate, in whole minor units.

The tax is taken out of the whole of each rate (see ``pricing.tax``); what EN 16931 forbids to issue is refused.
A credit note takes back a part of what each rate comes to. A bill of several charges is taxed as a whole, and each
charge has its share of every rate, so that it can be corrected by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import cast

import attrs

from cantinekit import pricing
from cantinekit.clock import local
from cantinekit.domain.documents.records import Document, DocumentLine, DocumentPart, DocumentTax
from cantinekit.domain.payments.records import Charge, ChargeLine
from cantinekit.domain.sales.item_moves import owner_of
from cantinekit.domain.sales.past import past_order, priced_again, tax_class_of
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale
from cantinekit.errors import TaxUnknownError, UnsuitableError
from cantinekit.money import Money, Rounding, allocate, parse_rate
from cantinekit.pricing.tax import Mention, TaxDocument, TaxedLine, TaxError, Treatment, tax_document
from cantinekit.pricing.tax.document import Policy, obstacles
from cantinekit.pricing.tax.records import Basis, Role

PAID_BEFORE = "paid before"
"""What a line says that takes off what was paid before: its word, or its text where it is of before words were kept."""
_NO_TAX_KNOWN = Treatment("unknown", "", None)
_NO_RATE = ("not subject", "outside scope")
OUTSIDE = "O"
"""The category of what is outside the scope of VAT: EN 16931 wants a document of its own for it (BR-O-11)."""


OF_A_SPONSOR = Treatment(
    "outside scope",
    OUTSIDE,
    None,
    Mention(
        None,
        "Part du prix prise en charge par un tiers : la taxe est sur la facture du client / Share of a price that a"
        " third party pays: the tax is on the invoice of the customer",
        "VATEX-EU-O",
        "CGI, art. 266, 1, a; Directive 2006/112/EC, art. 73",
    ),
)
"""What a document of a sponsor says instead of a tax."""


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


@lru_cache(maxsize=256)
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
    return charge.amount - Money.sum(other, charge.amount.currency) if other else charge.amount


Priced = tuple[Sale, str]
"""A sale, and the text of the version of the price list that made it."""


@attrs.frozen
class Taxed:
    """A charge with the tax of its lines.

    Attributes:
        charge: the charge.
        found: its lines with their taxes, as far as they stand.
        tariff: the version of the price list that made it.
    """

    charge: Charge
    found: _Found
    tariff: pricing.Tariff

    @property
    def gross(self) -> int:
        """What it comes to, in minor units."""
        return sum(line.amount.amount for _, line, _ in self.found.lines)

    @property
    def days(self) -> tuple[date, ...]:
        """The first and the last day of what it is for; none where these are not known."""
        return _days(self.found.sale, self.tariff.zone) if self.found.sale is not None else ()

    @property
    def outside(self) -> bool:
        """Whether it is outside the scope of VAT."""
        return any(tax.category == OUTSIDE for _, _, tax in self.found.lines)


def state_charge(charge: Charge, sales: Sequence[Priced], tariff: pricing.Tariff, dropped: Money) -> Stated:
    """What the receipt or the invoice of a charge states: see ``tax_charge``.

    Args:
        charge: the charge.
        sales: the sales of its subject.
        tariff: the version of the price list that made the charge.
        dropped: what was dropped of the charge: no longer owed, and never paid.

    Raises:
        TaxUnknownError: the price list does not say the tax of a line.
        UnsuitableError: no document of the law can be made of it.
    """
    return state_one(tax_charge(charge, sales, tariff, dropped))


def state_one(taxed: Taxed) -> Stated:
    """What a document of one charge states.

    Raises:
        UnsuitableError: no document of the law can be made of it.
    """
    head, charge = taxed.tariff.parts.head, taxed.charge
    whole = _taxed_whole([taxed], head.rounding, _policy(taxed.tariff))
    (lines,) = _lines([taxed], whole)
    return attrs.evolve(_stated(whole, lines, charge.amount.currency), days=taxed.days)


def state_bill(several: Sequence[Taxed]) -> tuple[Stated, tuple[DocumentPart, ...]]:
    """What an invoice of several charges of one currency states, and what of it is of each charge.

    The tax of each rate is taken out of all charges together. A charge has the nets of its lines, and the tax that is
    left of what is paid for them.

    Args:
        several: the charges, at least one.

    Raises:
        UnsuitableError: no document of the law can be made of them.
    """
    head, currency = several[-1].tariff.parts.head, several[0].charge.amount.currency
    whole = _taxed_whole(several, head.rounding, _policy(several[-1].tariff))
    by_charge = _lines(several, whole)
    stated = _stated(whole, [line for lines in by_charge for line in lines], currency)
    every = sorted(day for one in several for day in one.days)
    known = bool(every) and all(one.days for one in several)
    parts = _parts(several, by_charge, stated.taxes)
    return attrs.evolve(stated, days=(every[0], every[-1]) if known else ()), parts


def _policy(tariff: pricing.Tariff) -> Policy:
    """What becomes of a sum that no net amount reaches. What a list refuses to sell was not sold: a document states a
    part of a price, a fee or several of them, for which nobody can be sent away any more.
    """
    found = tariff.parts.head.unreachable
    return cast(Policy, "residual" if found == "refuse" else found)


def state_part(charge: Charge, stated: Stated, paid: Money) -> DocumentPart:
    """What an invoice of one charge states of it: all.

    Args:
        charge: the charge.
        stated: what the invoice states.
        paid: what of that is paid.
    """
    days = stated.days or (None, None)
    return DocumentPart(charge.id, 0, stated.gross, paid, stated.taxes, days[0], days[-1])


def paid_of(charge: Charge, gross: Money) -> Money:
    """What was paid of what a document states of a charge.

    Args:
        charge: the charge.
        gross: what the document states.
    """
    return min(charge.paid - charge.paid_deposit, gross)


def sponsored_of(charges: Iterable[Charge], paid: Money) -> Money:
    """What of an amount that a document states as paid sponsors took over. What went back since is for a credit note.

    Args:
        charges: the charges that it states.
        paid: what it states as paid.
    """
    shares = sum(share.amount for charge in charges for share in charge.sponsors)
    return min(Money(shares, paid.currency), paid)


def _firsts(several: Sequence[Taxed]) -> Iterator[int]:
    """The position of the first line of each of several charges."""
    first = 0
    for one in several:
        yield first
        first += len(one.charge.lines)


def _lines(several: Sequence[Taxed], whole: TaxDocument) -> list[list[DocumentLine]]:
    """The lines of each charge; those of which nothing stands are left out."""
    nets = iter(whole.line_nets)
    found = list[list[DocumentLine]]()
    for one, first in zip(several, _firsts(several), strict=True):
        units, mine = one.found.units, list[DocumentLine]()
        for n, (number, line, tax) in enumerate(one.found.lines):
            net = next(nets)
            if line.amount:
                mine.append(_line(first + number, line, tax, net or 0, units.get(n, "")))
        found.append(mine)
    return found


def _parts(
    several: Sequence[Taxed], by_charge: Sequence[Sequence[DocumentLine]], taxes: Sequence[DocumentTax]
) -> tuple[DocumentPart, ...]:
    """What of a bill is of each charge. What is left over of a rate is of the first charge that has the rate."""
    over = {(tax.category, tax.rate): tax.residual.amount for tax in taxes}
    rates = list(over)
    found = list[DocumentPart]()
    for one, first, lines in zip(several, _firsts(several), by_charge, strict=True):
        currency, own = one.charge.amount.currency, list[DocumentTax]()
        sums: dict[tuple[str, str], tuple[int, int]] = {}
        for line in lines:
            net, whole = sums.get(key := _rate_of(line), (0, 0))
            sums[key] = net + line.net.amount, whole + line.gross.amount
        for key in (key for key in rates if key in sums):
            net, whole = sums[key]
            residual = over.pop(key, 0)
            amounts = (net, whole - net - residual, residual, whole)
            own.append(DocumentTax(*key, *(Money(amount, currency) for amount in amounts)))
        gross, days = Money(one.gross, currency), one.days or (None, None)
        paid = paid_of(one.charge, gross)
        found.append(DocumentPart(one.charge.id, first, gross, paid, tuple(own), days[0], days[-1]))
    return tuple(found)


def _rate_of(line: DocumentLine) -> tuple[str, str]:
    """The category and the rate of a line, as the taxes of its document name them."""
    return line.category, line.rate or percent(Fraction(0))


def tax_charge(charge: Charge, sales: Sequence[Priced], tariff: pricing.Tariff, dropped: Money) -> Taxed:
    """The lines of a charge with their taxes.

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
    found = _as_raised(charge, *newest[0]) or _as_priced(charge, newest) or _as_difference(charge, newest)
    unknown = [line.text for _, line, tax in found.lines if tax.kind == "unknown"]
    if unknown:
        raise TaxUnknownError(unknown)
    return Taxed(charge, _standing(found, charge, dropped) if dropped else found, tariff)


def is_whole_sale(charge: Charge, sale: Sale) -> bool:
    """Whether a charge is the price of a sale and nothing else, so that no other sale is needed to tax it.

    Args:
        charge: the charge.
        sale: the sale.
    """
    alone = sale.paid_before is None and not any(PAID_BEFORE in (one.said, one.text) for one in charge.lines)
    same = sale.tariff_version == charge.tariff_version and sale.at <= charge.raised_at
    return alone and same and sale.total == turnover(charge)


@attrs.frozen
class _Found:
    """What is known of the tax of a charge.

    Attributes:
        lines: its lines with their numbers, each with its tax. What was paid before at several rates is several lines.
        nets: the nets of the first of them, as the price list prints them.
        units: the units in which the price list counts, by the place among the lines.
        sale: the sale that it is of; ``None``: it is the share of a sponsor, which is the price of none.
    """

    lines: Sequence[tuple[int, ChargeLine, Treatment]]
    nets: Sequence[Money | None]
    units: Mapping[int, str]
    sale: Sale | None


def tax_claim(charge: Charge, tariff: pricing.Tariff, dropped: Money) -> Taxed:
    """The lines of what a sponsor owes, outside the scope of VAT: the tax of the price is on the document of whoever
    bought, who is supplied; what somebody else pays of it is a part of its base.

    Args:
        charge: the charge of the sponsor.
        tariff: the version of the price list that made the charge of which it is a share.
        dropped: what was dropped of it: no longer owed, and never paid.
    """
    lines = [(number, line, OF_A_SPONSOR) for number, line in stated_lines(charge)]
    found = _Found(lines, [None] * len(lines), {}, None)
    return Taxed(charge, _standing(found, charge, dropped) if dropped else found, tariff)


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


def _taxed(sale: Sale, text: str, *, free: bool = False) -> list[tuple[pricing.Line, Treatment]]:
    """The lines of a price that a charge has, each with its tax; with ``free`` those that cost nothing as well."""
    order = past_order(sale)
    quote = priced_again(sale, text, order)
    both = zip(quote.lines, read_tariff(text).treatments(order, quote), strict=True)
    return [(line, tax) for line, tax in both if (free or line.amount) and line.kind in ("revenue", "penalty")]


def _as_raised(charge: Charge, sale: Sale, text: str) -> _Found | None:
    """The taxes of a charge that names the sale whose price it is, by the tax classes of its own lines.

    It is what ``_as_priced`` comes to, without pricing again; ``None`` where its lines do not tell all of that: the
    nets of a list without tax, several items, a charge of before lines had classes and units.

    Args:
        charge: the charge.
        sale: the latest sale of its subject.
        text: the version of the price list that made it.
    """
    lines, tariff = stated_lines(charge), read_tariff(text)
    own = charge.sale_id == sale.id and is_whole_sale(charge, sale) and sale.semantics == pricing.SEMANTICS
    if not own or tariff.parts.head.prices == "excl" or not all(_tells_all(line) for _, line in lines):
        return None
    taxes = tariff.treatments_alone(past_order(sale), [line.tax_class for _, line in lines])
    if taxes is None:
        return None
    taxed = [(number, line, tax) for (number, line), tax in zip(lines, taxes, strict=True)]
    return _Found(taxed, [None] * len(lines), {n: line.unit for n, (_, line) in enumerate(lines)}, sale)


def _tells_all(line: ChargeLine) -> bool:
    """Whether a line of a charge tells the tax class, and a number of units that is no part of one."""
    part = line.quantity == 1 and line.text.endswith(f" {line.unit})")
    return bool(line.amount and line.tax_class and line.unit) and not part


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
        parts = _before(line, newest) if PAID_BEFORE in (line.said, line.text) else _shared(line, _alike(line, newest))
        lines += [(number, *part) for part in parts]
    return _Found(lines, [None] * len(lines), {}, newest[0][0])


_Weighed = Sequence[tuple[int, Treatment]]
"""Amounts in minor units, each with its tax."""


def _alike(line: ChargeLine, newest: Sequence[Priced]) -> _Weighed:
    """What a line is taxed as: what the latest sale has of its tax class, or all of that sale. What was free has a tax
    too; a class of which nothing was sold is taxed as the item would be in it.
    """
    for free in (False, True):
        for one in newest:
            both = _taxed(*one, free=free)
            if found := [(sold.amount.amount, tax) for sold, tax in both if line.tax_class in ("", sold.tax_class)]:
                return found
    sale, text = newest[0]
    alone = read_tariff(text).treatments_alone(past_order(sale), [line.tax_class or tax_class_of(sale, text)])
    return [(0, tax) for tax in alone or (_NO_TAX_KNOWN,)]


def _shared(line: ChargeLine, alike: _Weighed) -> list[tuple[ChargeLine, Treatment]]:
    """A line as one for each tax of what it belongs to, by what that came to: it is accessory to all of it. Where that
    cannot be weighed it is taxed as the first of it.
    """
    sums: dict[Treatment, int] = {}
    for amount, tax in alike:
        sums[tax] = sums.get(tax, 0) + amount
    if len(sums) == 1 or not any(sums.values()) or min(sums.values()) < 0:
        return [(line, alike[0][1])]
    parts = line.amount.allocate(list(sums.values()))
    return [(attrs.evolve(line, amount=part), tax) for tax, part in zip(sums, parts, strict=True) if part]


def _before(line: ChargeLine, newest: Sequence[Priced]) -> list[tuple[ChargeLine, Treatment]]:
    """What was paid before, as a line for each tax that it had: as the sale before it came to by each.

    Args:
        line: the line of the charge.
        newest: the sale of the charge, and those before it.
    """
    if len(newest) == 1:
        return _shared(line, _alike(line, newest))
    ids = {one.label or str(number) for number, one in enumerate(newest[0][0].items, 1)}
    old = _taxed(*newest[1])
    mine = [(one, tax) for one, tax in old if owner_of(one.item) in ids] or old
    return _shared(line, [(one.amount.amount, tax) for one, tax in mine] or _alike(line, newest))


def _taxed_whole(several: Sequence[Taxed], mode: Rounding, policy: Policy) -> TaxDocument:
    """The tax of charges. On a list without tax the nets are as it prints them, if they come to what was charged."""
    gross = sum(one.gross for one in several)
    for printed in (True, False) if any(_is_printed(one) for one in several) else (False,):
        whole = _issuable([line for n, one in enumerate(several) for line in _to_tax(n, one, printed)], mode, policy)
        if whole.gross == gross and (len(several) == 1 or not printed or _comes_out(several, whole)):
            return whole
    named = ", ".join(one.charge.id for one in several)
    raise UnsuitableError(f"the lines of charge {named} do not come to its amount")


def _is_printed(one: Taxed) -> bool:
    """Whether a price list without tax prints the nets of a charge."""
    return one.tariff.parts.head.prices == "excl" and None not in one.found.nets


def _to_tax(number: int, one: Taxed, printed: bool) -> Iterator[TaxedLine]:
    """The lines of a charge as they are taxed: by their printed nets, or by what is paid for them."""
    nets = one.found.nets if printed and _is_printed(one) else ()
    for n, (_, line, tax) in enumerate(one.found.lines):
        net = nets[n] if n < len(nets) else None
        amount, basis = line.amount.amount, "incl"
        if net is not None or tax.kind == "reverse":  # who owes the tax pays the net: the amount has none in it
            amount, basis = (net or line.amount).amount, "excl"
        role = "line" if line.amount.amount > 0 else "allowance"
        yield TaxedLine(f"{number}|{n}", amount, cast(Basis, basis), tax, cast(Role, role))


def _comes_out(several: Sequence[Taxed], whole: TaxDocument) -> bool:
    """Whether each rate comes to what is paid for its lines, so that it can be told which charge has what of it."""
    sums: dict[tuple[str, Fraction], int] = {}
    for one in several:
        for _, line, tax in one.found.lines:
            key = tax.category, tax.rate or Fraction(0)
            sums[key] = sums.get(key, 0) + line.amount.amount
    return all(sums.get((group.category, group.rate)) == group.gross for group in whole.breakdown)


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
        TaxedLine(str(line.position), -share, "excl" if line.treatment == "reverse" else "incl", treatment_of(line))
        for line, share in shares
    ]
    found = _issuable(taxed, tariff.parts.head.rounding, _policy(tariff))
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


def treatment_of(line: DocumentLine) -> Treatment:
    """The tax of a line of a document.

    Args:
        line: the line.
    """
    mention = Mention(None, line.mention, line.code) if line.mention else None
    rate = None if line.treatment in _NO_RATE else parse_rate(line.rate)
    return Treatment(line.treatment, line.category, rate, mention)  # type: ignore[arg-type]


def state_lines(lines: Sequence[tuple[ChargeLine, Treatment]], days: tuple[date, ...]) -> Stated:
    """What a document states that is of no charge.

    Args:
        lines: what it is for, at least one line, with the tax of each; all are more than nothing, or all less. The
            amounts have the tax in them, but where who buys owes it.
        days: the first and the last day of the supply.

    Raises:
        UnsuitableError: no document of the law can be made of it.
    """
    taxed = [
        TaxedLine(str(number), line.amount.amount, "excl" if tax.kind == "reverse" else "incl", tax)
        for number, (line, tax) in enumerate(lines)
    ]
    found = _issuable(taxed, "half_up", "residual")
    both = zip(lines, found.line_nets, strict=True)
    stated = [_line(number, line, tax, net or 0, "") for number, ((line, tax), net) in enumerate(both)]
    return attrs.evolve(_stated(found, stated, lines[0][0].amount.currency), days=days)


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
