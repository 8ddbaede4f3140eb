"""``change``: the fee of cancelling, moving, ending early, staying longer or measuring afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction

import attrs

from cantinekit.calendar import add_days
from cantinekit.clock import Period, instant, local
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money, round_ratio
from cantinekit.pricing.engine.ask import Ask, RefusedItem, delay_in
from cantinekit.pricing.engine.held import bought, with_before
from cantinekit.pricing.engine.lines import line_of
from cantinekit.pricing.engine.tax import tax_lines, treatment
from cantinekit.pricing.format.kinds import show_percent
from cantinekit.pricing.format.read import span
from cantinekit.pricing.model.cancel import CancelCost, Keep
from cantinekit.pricing.model.later import EndEarly, MoveCost
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.once import times
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.quote import Quote, Refusal
from cantinekit.pricing.terms import Delay, business_days_between, pick
from cantinekit.pricing.values import Fact, FrozenMap, Item, Order, frozen


@attrs.frozen
class Agreement:
    """What was agreed before.

    Attributes:
        item: the item as it was asked for; of several items the first.
        total: what it came to; of several items the sum.
        tariff_version: the version of the tariff that priced it.
        order: the order that it was a part of.
        parts: the agreement about each item, where there are several.
    """

    item: Item
    total: Money
    tariff_version: str
    order: Order
    parts: tuple[Agreement, ...] = ()

    @classmethod
    def of(cls, order: Order | Item, quote: Quote, item: str | None = None) -> Agreement:
        """The agreement about a quoted order.

        Args:
            order: what was asked for.
            quote: the answer, without refusals.
            item: id of the one item that it is about; ``None``: all items.

        Raises:
            InputError: the order has no such item, or something of it was refused.
        """
        whole = order if isinstance(order, Order) else Order((order,))
        asked = dict(whole.named())
        if item is not None and item not in asked:
            raise InputError(f"the order has no item {shown(item)}")
        names = list(asked) if item is None else [item]
        refused = [stop for stop in quote.refusals if stop.item in names and stop.code != "tax_unknown"]
        if refused:
            raise InputError(f"nothing was agreed: {refused[0].text('en')}")
        each = [cls(asked[name], _charged(quote, name), quote.tariff_version, whole) for name in names]
        if len(each) == 1:
            return each[0]
        named = tuple(
            attrs.evolve(one, item=attrs.evolve(one.item, id=name)) for one, name in zip(each, names, strict=True)
        )
        return attrs.evolve(named[0], total=Money.sum((one.total for one in each), quote.total.currency), parts=named)


def _charged(quote: Quote, item: str) -> Money:
    lines = [line.amount for line in quote.lines if line.item == item and line.kind in ("revenue", "penalty")]
    return Money.sum(lines, quote.total.currency)


@attrs.frozen
class Cancel:
    """Called off at an instant; or so long before the start, in the unit in which the tariff counts it.

    A ``delay`` below 0: nobody came, and nobody called off. ``after_start``: called off when it had begun, as an
    instant ``at`` after the start says too.
    """

    at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    delay: int | None = None
    after_start: bool = False


@attrs.frozen
class Move:
    """Moved to another time.

    Attributes:
        to: the new period; ``None``: not known yet.
        at: when the move is asked for; ``None``: ``delay`` says it.
        delay: how long before the start it is asked for, in the unit of the list's rule.
    """

    to: Period | None = None
    at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    delay: int | None = None


@attrs.frozen
class EndNow:
    """Ended before the agreed end.

    Attributes:
        periods_left: how many agreed periods are still to come.
        price: the price of one period, where the tariff publishes none.
    """

    periods_left: int
    price: Money | None = None


@attrs.frozen
class Overstay:
    """Stayed longer than agreed.

    Attributes:
        minutes: how much longer.
    """

    minutes: int


@attrs.frozen
class MeasuredNow:
    """Facts that are measured after use are now known.

    Attributes:
        facts: their values.
    """

    facts: Mapping[str, Fact] = attrs.field(factory=FrozenMap, converter=frozen)


Event = Cancel | Move | EndNow | Overstay | MeasuredNow


@attrs.frozen
class Change:
    """What a change comes to.

    Attributes:
        fee: what is kept or charged for the change.
        refund: what is given back.
        due: what is still to be paid.
        why: the code of the rule that decided.
        values: what the fee was computed from.
        quote: the price of the changed item; ``None`` if it is not priced again.
        refusals: why there is no answer, or a part of it is missing.
        parts: the change of each item, where the agreement has several; ``refund`` and ``due`` are then what remains of
            theirs.
    """

    fee: Money
    refund: Money
    due: Money
    why: str
    values: Mapping[str, str | int] = attrs.field(factory=FrozenMap, converter=frozen)
    quote: Quote | None = None
    refusals: tuple[Refusal, ...] = ()
    parts: tuple[Change, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.refusals


def find_change(parts: Parts, ask: Callable[[Order], Quote], agreement: Agreement, event: Event) -> Change:
    """What an event does to an agreement. Pure; the clock is in the event."""
    if agreement.parts:
        return _of_each(parts, ask, agreement, event)
    product = parts.products.get(agreement.item.product)
    nothing = Money(0, parts.currency)
    try:
        if product is None:
            raise RefusedItem("unpublished", agreement.item.product)
        if isinstance(event, Cancel):
            return _cancel(parts, product, agreement, event)
        if isinstance(event, Move):
            return _move(parts, product, agreement, event, ask)
        if isinstance(event, EndNow):
            return _end(parts, product, agreement, event)
        if isinstance(event, Overstay):
            return _overstay(parts, product, agreement, event, ask)
        return _measured(parts, agreement, event, ask)
    except RefusedItem as stop:
        refusal = Refusal(stop.code, stop.what, agreement.item.id, **stop.more)
        return Change(nothing, nothing, nothing, "refused", refusals=(refusal,))


def _of_each(parts: Parts, ask: Callable[[Order], Quote], agreement: Agreement, event: Event) -> Change:
    """Each item by its own rules, and the sum; what happens to one item only is not said of all."""
    nothing = Money(0, parts.currency)
    alike = isinstance(event, Cancel) or (isinstance(event, Move) and event.to is None)
    if not alike and not (isinstance(event, EndNow) and event.price is None):
        stop = Refusal("incomplete", "item", facets=("item",))
        return Change(nothing, nothing, nothing, "refused", refusals=(stop,))
    found = tuple(find_change(parts, ask, part, event) for part in agreement.parts)
    refusals = tuple(stop for change in found for stop in change.refusals)
    if refusals:
        return Change(nothing, nothing, nothing, "refused", refusals=refusals, parts=found)
    back = Money.sum((change.refund - change.due for change in found), parts.currency)
    fee = Money.sum((change.fee for change in found), parts.currency)
    why = next((change.why for change in found if change.why != "free"), "free")
    return Change(fee, max(nothing, back), max(nothing, nothing - back), why, {"items": len(found)}, parts=found)


def _taxed(product: Product, asked: Ask, minor: int) -> Money:
    """What the customer pays of an amount that the product prints: with its basis, its tax class and its day.

    Where the tax is not known it stays as it is printed, as the agreement itself does.
    """
    currency = asked.parts.currency
    if not minor:
        return Money(0, currency)
    gross = tax_lines([line_of(asked.id, product, minor)], [treatment(asked, product.tax)], asked).grosses[0]
    return Money(minor if gross is None else gross, currency)


def _asked(parts: Parts, agreement: Agreement) -> Ask:
    """The item as it was in its order: it holds what the items before it sold, and what it needed and received
    there.
    """
    order, mine = agreement.order, agreement.item
    items = list(with_before(parts, order))
    places = [place for place, (_, item, _) in enumerate(items) if item is mine]
    places += [place for place, (id, item, _) in enumerate(items) if mine.id == id or item == mine]
    place = next(iter(places), len(items))
    ask = Ask.of("1", mine, parts, order, items[place][2] if places else ())
    others = [item for number, (_, item, _) in enumerate(items) if number != place]
    sold = [one for item in others for one in bought(parts, order, item, needed=True)]
    product = parts.products.get(mine.product)
    got: set[str] = set()
    for need in product.needs if product else ():
        if ask.decide(need.when) is True:
            got |= {need.product} if need.add else {name for name in need.names if ask.has((name,), sold) is True}
    return attrs.evolve(ask, held=ask.held | got)


def _again(parts: Parts, agreement: Agreement, item: Item) -> Order:
    """The item alone, for a customer who now holds what was bought before it, and what it needed and received."""
    order, asked = agreement.order, _asked(parts, agreement)
    if order.holds is None:
        return attrs.evolve(order, items=(item,))
    sold = {one.product for one in asked.before if Ask.of("1", item, parts, order).has((one.product,), (one,)) is True}
    return attrs.evolve(order, items=(item,), holds=asked.held | sold)


def _delay(parts: Parts, agreement: Agreement, rule: Delay, at: datetime | None, given: int | None) -> int:
    if given is not None:
        return given
    if at is None:
        raise RefusedItem("incomplete", "at", facets=("at",))
    if agreement.item.period is None:
        raise RefusedItem("incomplete", "period", facets=("period",))
    return delay_in(rule, local(agreement.item.period.start, parts.head.zone), at)


def _cancel(parts: Parts, product: Product, agreement: Agreement, event: Cancel) -> Change:
    total, asked, pieces = agreement.total, _asked(parts, agreement), agreement.item.count
    rule = next((rule for rule in product.cancel if asked.holds(rule.when)), None)
    if rule is None:
        raise RefusedItem("unstated", f"{product.id}: what calling off costs")
    nothing = Money(0, parts.currency)
    if rule.free and asked.holds(rule.free):
        return Change(nothing, total, nothing, "free")
    delay, row = _row(parts, agreement, rule, asked, event)
    if row.refuse:
        raise RefusedItem(row.refuse, product.id, why=row.why)
    values: dict[str, str | int] = {"delay": delay, "unit": rule.unit_of(row)}
    if row.percent is not None:
        kept = total.times(row.percent, parts.head.rounding)
        values["percent"] = show_percent(row.percent)
    else:
        kept = min(max(nothing, total), _taxed(product, asked, (row.price or 0) * times(row.once_per, pieces)))
        values["keep"] = str(kept)
    if row.fee is not None:
        kept += _taxed(product, asked, row.fee * times(row.once_per, pieces))
    elif row.keeps:
        kept += _taxed(product, asked, rule.fee * times(rule.once_per, pieces))
    refund = max(nothing, total - kept)
    return Change(kept, refund, max(nothing, kept - total), "kept", values)


def _row(parts: Parts, agreement: Agreement, rule: CancelCost, asked: Ask, event: Cancel) -> tuple[int, Keep]:
    """The delay and the row that applies; in a table of days and business days the first row that is reached."""
    delay = -1 if event.after_start else _delay(parts, agreement, rule.delay[0], event.at, event.delay)
    if delay < 0 and (late := rule.after_start(came=event.delay is None)) is not None:
        return delay, late
    if not rule.mixed:
        row = pick([(row.delay.n, row) for row in rule.keep], max(delay, 0))
        assert row is not None
        return delay, row
    other = _business_days(parts, agreement, rule.delay[1], asked, event)
    counted: dict[str, int] = {rule.delay[0].unit: delay, rule.delay[1].unit: other}
    for row in (row for row in rule.keep if not row.delay.is_after):
        if max(counted[rule.unit_of(row)], 0) >= row.delay.n:
            return counted[rule.unit_of(row)], row
    raise AssertionError


def _business_days(parts: Parts, agreement: Agreement, rule: Delay, asked: Ask, event: Cancel) -> int:
    """The same delay in business days; a delay that is given in days ends on the day of the start."""
    if event.delay is None:
        return _delay(parts, agreement, rule, event.at, None)
    day = asked.need_day()
    assert rule.workdays is not None
    try:
        notice = add_days(day, -max(event.delay, 0))
        return business_days_between(notice, day, rule.workdays, count_first=rule.notice_day == "counts")
    except InputError as error:
        raise RefusedItem("unstated", str(error)) from None


def _move(parts: Parts, product: Product, agreement: Agreement, event: Move, ask: Callable[[Order], Quote]) -> Change:
    rule = product.move
    if rule is None:
        raise RefusedItem("unstated", f"{product.id}: what moving costs")
    if not rule.allowed:
        raise RefusedItem("not_sold", f"{product.id}: it cannot be moved")
    fee, nothing = _fee_of_move(parts, product, rule, agreement, event), Money(0, parts.currency)
    if event.to is None:
        return Change(fee, nothing, fee, "moved")
    item = attrs.evolve(agreement.item, period=event.to, day=None, also=(), minutes=None)
    return _anew(agreement, ask(_again(parts, agreement, item)), fee, "moved")


def _anew(agreement: Agreement, price: Quote, fee: Money, why: str) -> Change:
    """What another price and a fee come to beside what was agreed."""
    nothing = Money(0, fee.currency)
    if price.refusals:
        return Change(nothing, nothing, nothing, "refused", quote=price, refusals=price.refusals)
    more = price.total + fee - agreement.total
    return Change(fee, max(nothing, nothing - more), max(nothing, more), why, quote=price)


def _fee_of_move(parts: Parts, product: Product, rule: MoveCost, agreement: Agreement, event: Move) -> Money:
    """The fee of moving at a delay before the start.

    Raises:
        RefusedItem: it is too late, or the list does not say.
    """
    asked, count = _asked(parts, agreement), agreement.item.count
    whole = rule.fee * times(rule.once_per, count)
    if rule.delay is None:
        return _taxed(product, asked, whole)
    delay = _delay(parts, agreement, rule.delay, event.at, event.delay)
    if not rule.rows:
        if delay < rule.at_least:
            raise RefusedItem("not_at", f"{product.id}: too late to move")
        return _taxed(product, asked, whole)
    row = pick([(row.delay.n, row) for row in rule.rows], delay)
    if row is None:
        raise RefusedItem("not_at", f"{product.id}: too late to move")
    if row.refuse:
        raise RefusedItem(row.refuse, product.id, why=row.why)
    share = agreement.total.times(row.percent, parts.head.rounding) if row.percent else Money(0, parts.currency)
    return share + _taxed(product, asked, (row.fee or 0) * times(row.once_per, count))


def _end(parts: Parts, product: Product, agreement: Agreement, event: EndNow) -> Change:
    rule: EndEarly | None = product.end_early
    if rule is None:
        raise RefusedItem("unstated", f"{product.id}: what ending early costs")
    price = event.price or agreement.total
    if event.periods_left < 0:
        raise InputError("the periods that are left are not negative")
    remaining = price.amount * event.periods_left
    amounts = []
    for row in rule.smaller_of:
        if row.periods is not None:
            amounts.append(price.amount * row.periods)
        else:
            share = row.share or Fraction(0)
            amounts.append(round_ratio(remaining * share.numerator, share.denominator, parts.head.rounding))
    fee = Money(min(amounts), parts.currency)
    values: dict[str, str | int] = {"remaining": str(Money(remaining, parts.currency)), "price": str(price)}
    return Change(fee, Money(0, parts.currency), fee, "ended", values)


def _overstay(
    parts: Parts, product: Product, agreement: Agreement, event: Overstay, ask: Callable[[Order], Quote]
) -> Change:
    rule, nothing = product.overrun, Money(0, parts.currency)
    if event.minutes < 1:
        raise InputError("an overrun has at least one minute")
    if rule is None or (rule.product and agreement.item.period is None):
        raise RefusedItem("unstated", f"{product.id}: what staying longer costs")
    if rule.price is not None:
        length = span(rule.per) or 60
        minor = rule.price * -(-event.minutes // length) * times(rule.once_per, agreement.item.count)
        fee = _taxed(product, _asked(parts, agreement), minor)
        return Change(fee, nothing, fee, "overrun", {"minutes": event.minutes})
    assert agreement.item.period is not None
    beyond = Period(agreement.item.period.end, agreement.item.period.end + timedelta(minutes=event.minutes))
    item = attrs.evolve(agreement.item, product=rule.product, period=beyond, day=None, also=())
    price = ask(_again(parts, agreement, item))
    return Change(price.total, nothing, price.total, "overrun", {"minutes": event.minutes}, price, price.refusals)


def _measured(parts: Parts, agreement: Agreement, event: MeasuredNow, ask: Callable[[Order], Quote]) -> Change:
    facts = FrozenMap({**agreement.item.facts, **event.facts})
    price = ask(_again(parts, agreement, attrs.evolve(agreement.item, facts=facts)))
    return _anew(agreement, price, Money(0, parts.currency), "measured")
