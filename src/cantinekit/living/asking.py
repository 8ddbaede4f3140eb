"""From a worked example to what is done in a house: what is had before, which command asks for it, what happens later.

Nothing here knows a list. What the list says of itself (what a product sells, whether visits are merged, how a delay is
counted) picks the command and the instants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import attrs

from cantinekit.calendar import add_days, wall_instant
from cantinekit.clock import Period, local
from cantinekit.errors import InputError
from cantinekit.pricing import Agreement, Cancel, Item, Order, Product, Quote, State, Tariff
from cantinekit.pricing.answers import wanted_of
from cantinekit.pricing.engine.ask import delay_in
from cantinekit.pricing.format.kinds_time import moment
from cantinekit.pricing.model.cancel import AFTER_START
from cantinekit.pricing.model.examples import BEGINS, NO_SHOW, Example, Held
from cantinekit.pricing.terms import Delay
from cantinekit.pricing.values import Fact

Way = Literal["booking", "visit", "pass", "sale"]
"""The command that fits: a booking of a space, a visit by the clock, a pass, or a sale of whatever it is."""
Happening = Literal["cancelled", "cancelled after the start", "no show", "moved", "overrun", "ended early"]
"""What happens to something that was sold."""

TERMS = ("last_notice", "earliest_end", "next_units", "owed")
"""Answers about a contract that was bought."""
_AFTERWARDS = ("fee", "refund")
_NOON = 12 * 60
_MORNING = 9 * 60
_ENDS = 17 * 60
_MINUTE = timedelta(minutes=1)
_ALWAYS_KNOWN = frozenset(("holds", "day", "as_of"))
"""What a question may leave out, and a sale never does."""
_ANY_DAY = date(2026, 1, 5)
"""When something is bought whose price depends on no day, since the example says none."""
_SEARCHED = 200
"""How many business days before a start an instant is looked for."""


@attrs.frozen
class Later:
    """What happens to what was sold.

    Attributes:
        what: what happens.
        at: when, in UTC; ``None`` where nothing but the running of time does it.
        minutes: how much longer somebody stays ("overrun").
        periods: how many periods are left ("ended early").
    """

    what: Happening
    at: datetime | None = None
    minutes: int = 0
    periods: int = 0


@attrs.frozen
class Lasts:
    """What is asked of the terms of something that lasts.

    Attributes:
        notice: the day on which notice is given; ``None``: the first day.
        leaves: the last day of the customer; ``None``: that is not asked.
        left: how many units are left when they are given again, in the unit of the list.
    """

    notice: date | None = None
    leaves: date | None = None
    left: Fraction = Fraction(0)


@attrs.frozen
class Plan:
    """What is done in a house to live an example.

    Attributes:
        way: the command that fits.
        at: when it is bought, in UTC.
        items: what is bought, as the list is asked; without the facts of the customer.
        facts: what is known of the customer.
        holds: what the customer has of the list: ids of products.
        learnt: what the customer has learnt: what conditions ask for and no product of the list sells.
        held: the units that the customer has, in the order in which they were bought.
        codes: the codes that are given.
        units_due: what the list asks for in units that are no money, which the customer is given: (unit, number) pairs.
        later: what happens afterwards; ``None``: nothing.
        wanted: the answers to compare, by their keys in the file.
        instead: what is bought in another house, where what is saved is asked.
        lasts: what is asked of its terms; ``None``: nothing.
    """

    way: Way
    at: datetime
    items: tuple[Item, ...]
    facts: Mapping[str, Fact]
    holds: tuple[str, ...]
    learnt: tuple[str, ...]
    held: tuple[Held, ...]
    codes: tuple[str, ...]
    units_due: tuple[tuple[str, Fraction], ...]
    later: Later | None
    wanted: dict[str, Any]
    instead: Plan | None = None
    lasts: Lasts | None = None


@attrs.frozen
class NoSale:
    """An example that asks for no sale.

    Attributes:
        why: what it asks instead: "advice", or "terms" of what nobody holds; or what a house cannot do without: it
            always knows the day and what the customer holds, and it sells nothing for which the list does not say what
            the customer pays.
    """

    why: Literal["advice", "terms", "what a house always knows is not said", "the list says no price"]


def plan(example: Example, tariff: Tariff) -> Plan | NoSale:
    """What is done in a house to live an example of a list.

    Args:
        example: the worked example.
        tariff: its list.

    Raises:
        InputError: what is asked could not have been so: called off before it is bought, or a delay that no instant
            has.
    """
    wanted = wanted_of(example.expected)
    if example.later.need:
        return NoSale("advice")
    asked, lasts = dict(wanted), _lasts(example, wanted)
    if lasts is not None and ("refused" in wanted or not _is_held(example, tariff)):
        return NoSale("terms")
    order, price = _priced(example, tariff)
    codes = {stop.code for stop in price.refusals}
    facets = {facet for stop in price.refusals for facet in stop.facets}
    if facets & _ALWAYS_KNOWN:
        return NoSale("what a house always knows is not said")
    if codes and not asked.keys() & {"gross", "refused"}:
        return NoSale("the list says no price")
    if codes == {"tax_unknown"} and asked.get("refused") in codes:
        asked = {"refused": "tax_unknown"}
    instead = None
    if example.instead_of:
        other = attrs.evolve(example, buy=example.instead_of, instead_of=())
        instead = _sale(other, tariff, {"gross": 0}, *_priced(other, tariff))
    return attrs.evolve(_sale(example, tariff, asked, order, price), instead=instead, lasts=lasts)


def _lasts(example: Example, wanted: Mapping[str, Any]) -> Lasts | None:
    """What is asked of the terms of what is bought; ``None``: nothing."""
    later = example.later
    if later.notice is None and later.leaves is None and not any(name in wanted for name in TERMS):
        return None
    return Lasts(later.notice, later.leaves, later.left or Fraction(0))


def _is_held(example: Example, tariff: Tariff) -> bool:
    """Whether one thing is bought that is held, so that it has terms."""
    products = [tariff.products.get(one.product) for one in example.buy]
    return len(products) == 1 and products[0] is not None and bool(products[0].sells or products[0].grant)


def _priced(example: Example, tariff: Tariff) -> tuple[Order, Quote]:
    """The question of an example and the answer of its list."""
    order, _ = example.order(tariff.zone)
    return order, tariff.quote(order, State(lots=example.lots(tariff.zone, tariff.smallest)))


def _sale(example: Example, tariff: Tariff, wanted: dict[str, Any], order: Order, price: Quote) -> Plan:
    items = _taking_place(example, tariff, order)
    at = _bought(example, tariff, items)
    way = _way(tariff, items, at)
    later = _later(example, tariff, items, at, wanted)
    if later is not None and later.at is not None and later.at < at:
        if example.setting.as_of is not None:
            raise InputError("it is called off or moved before it is bought")
        at = later.at
    holds = sorted(example.holds or ())
    known = _of_customer(example, items)
    return Plan(
        way=way,
        at=at,
        items=tuple(_without(item, known) for item in items),
        facts=known,
        holds=tuple(name for name in holds if name in tariff.products),
        learnt=tuple(name for name in holds if name not in tariff.products),
        held=example.setting.held,
        codes=example.setting.codes,
        units_due=tuple((unit, Fraction(number)) for unit, number in sorted(price.in_units.items()) if number),
        later=later,
        wanted=wanted,
    )


def _happens(example: Example, wanted: dict[str, Any]) -> bool:
    later = example.later
    said = (later.cancelled, later.moved, later.overrun, later.periods_left)
    return any(one is not None for one in said) or any(name in wanted for name in _AFTERWARDS)


def _way(tariff: Tariff, items: Sequence[Item], at: datetime) -> Way:
    """The command that fits what is asked."""
    products = [tariff.products.get(item.product) for item in items]
    first = products[0]
    if first is None or any(one is not first for one in products):
        return "sale"
    stays = all(item.period is not None and item.until is None for item in items)
    if stays and _together(first) and _are_visits(items, at, tariff.zone):
        return "visit"
    if len(items) > 1:
        return "sale"
    if stays and not first.sells and not first.grant and not items[0].also:
        return "booking"
    return "pass" if (first.sells or first.grant) and items[0].period is None else "sale"


def _of_customer(example: Example, items: Sequence[Item]) -> dict[str, Fact]:
    """What is known of a customer who is somebody: words and yes/no that hold for all that is bought.

    Numbers and amounts measure what is bought, and are said with it.
    """
    if not (example.setting.customer or example.holds):
        return {}
    first, *rest = (item.facts for item in items)
    shared = {name: value for name, value in first.items() if all(one.get(name) == value for one in rest)}
    return {name: value for name, value in shared.items() if isinstance(value, str | bool)}


def _without(item: Item, known: Mapping[str, Fact]) -> Item:
    if not known:
        return item
    return attrs.evolve(item, facts={name: value for name, value in item.facts.items() if name not in known})


def _are_visits(items: Sequence[Item], at: datetime, zone: str) -> bool:
    """Whether somebody may just come: one person, on the day on which it is bought, one time after the other."""
    stretches = [one for item in items for one in item.stretches]
    if any(after.start < before.end for before, after in pairwise(stretches)):
        return False
    days = {local(one.start, zone).date() for one in stretches}
    return all(item.count == 1 for item in items) and days == {local(at, zone).date()}


def _together(product: Product) -> bool:
    """Whether visits are priced together with others of the same scope: of a person and a day, for instance."""
    scopes = (product.merge, product.measure, product.choose)
    return any(scope is not None and scope.same for scope in scopes)


def _taking_place(example: Example, tariff: Tariff, order: Order) -> tuple[Item, ...]:
    """The items; what is called off or moved begins at an instant, in the place of a day alone.

    A day is from 9 to 17, or the hour from 9 on where the list would ask another price for eight hours.
    """
    items = tuple(_begun(example, tariff, item) for item in order.items)
    if not _happens(example, wanted_of(example.expected)) or example.later.periods_left is not None:
        return items
    return tuple(_with_period(tariff, order, item) for item in items)


def _begun(example: Example, tariff: Tariff, item: Item) -> Item:
    """Something of which only the length is said begins at nine."""
    if item.minutes is None:
        return item
    said = example.setting.as_of
    start = wall_instant(said or _ANY_DAY, BEGINS, tariff.zone)
    if isinstance(said, datetime):
        start = moment(said, tariff.zone)
    return attrs.evolve(item, period=Period(start, start + timedelta(minutes=item.minutes)), minutes=None)


def _with_period(tariff: Tariff, order: Order, item: Item) -> Item:
    product = tariff.products.get(item.product)
    if item.period is not None or item.day is None or item.until or item.minutes or not product or product.sells:
        return item
    total = _total(tariff, order, item)
    for ends in (_ENDS, _MORNING + 60):
        period = Period(wall_instant(item.day, _MORNING, tariff.zone), wall_instant(item.day, ends, tariff.zone))
        begun = attrs.evolve(item, period=period, day=None)
        if _total(tariff, order, begun) == total:
            return begun
    return item


def _total(tariff: Tariff, order: Order, item: Item) -> Any:
    found = tariff.quote(attrs.evolve(order, items=(item,)))
    return found.total, [stop.code for stop in found.refusals]


def _begins(items: Sequence[Item], zone: str) -> datetime | None:
    """When the first of the items begins, of those that say when."""
    starts = [item.period.start for item in items if item.period is not None]
    starts += [wall_instant(item.day, BEGINS, zone) for item in items if item.period is None and item.day is not None]
    return min(starts, default=None)


def _bought(example: Example, tariff: Tariff, items: Sequence[Item]) -> datetime:
    """When it is bought: a day is its noon, but never after something of it has begun on the same day."""
    said = example.setting.as_of
    if isinstance(said, datetime):
        return moment(said, tariff.zone)
    starts = [item.period.start for item in items if item.period is not None]
    first = min(starts, default=None)
    day = said or next((one.day for one in example.buy if one.day), _ANY_DAY)
    noon = wall_instant(day, _NOON, tariff.zone)
    if first is not None and first < noon and local(first, tariff.zone).date() == day:
        return first
    return noon


def _later(
    example: Example, tariff: Tariff, items: Sequence[Item], bought: datetime, wanted: dict[str, Any]
) -> Later | None:
    said = example.later
    if not _happens(example, wanted):
        return None
    if said.periods_left is not None:
        return Later("ended early", bought, periods=said.periods_left)
    if said.overrun is not None:
        return Later("overrun", minutes=said.overrun)
    start = _begins(items, tariff.zone)
    if start is None:
        raise InputError("it does not say when it begins")
    if said.moved is not None:
        return Later("moved", _moved_at(tariff, items[0], start, said.moved))
    if said.cancelled == NO_SHOW:
        return Later("no show")
    if said.cancelled == AFTER_START:
        return Later("cancelled after the start", start + _MINUTE)
    if not isinstance(said.cancelled, int):
        return Later("cancelled", bought)
    return Later("cancelled", _cancelled_at(tariff, items[0], start, said.cancelled))


def _moved_at(tariff: Tariff, item: Item, start: datetime, ahead: int) -> datetime:
    product = tariff.products[item.product]
    rule = product.move.delay if product.move is not None else None
    return _ahead(rule or Delay("day"), start, ahead, tariff.zone)


def _cancelled_at(tariff: Tariff, item: Item, start: datetime, ahead: int) -> datetime:
    """An instant that is so long before the start, as the rule counts that decides."""
    rules = {rule.delay[0]: rule for rule in tariff.products[item.product].cancel}
    found = [_ahead(delay, start, ahead, tariff.zone) for delay in rules] or [
        _ahead(Delay("day"), start, ahead, tariff.zone)
    ]
    if len(found) > 1 and item.period is not None:
        order = Order((item,), as_of=found[0], holds=frozenset())
        price = tariff.quote(order, State())
        if price.ok:
            agreed = Agreement.of(order, price)
            meant = tariff.change(agreed, Cancel(delay=ahead))
            found = [at for at in found if tariff.change(agreed, Cancel(at=at)).fee == meant.fee] or found
    return found[0]


def _ahead(rule: Delay, start: datetime, ahead: int, zone: str) -> datetime:
    """An instant that a rule counts as so long before a start."""
    begins = local(start, zone)
    for at in _instants(rule, begins.date(), start, ahead, zone):
        if at <= start and delay_in(rule, begins, at) == ahead:
            return at
    raise InputError(f"no instant is {ahead} {rule.unit}s before it begins")


def _instants(rule: Delay, day: date, start: datetime, ahead: int, zone: str) -> Iterator[datetime]:
    """Instants that may be so long before a start, those first at which an office is open."""
    if rule.unit == "hour":
        yield start - max(timedelta(hours=ahead), _MINUTE)
        return
    for back in range(ahead, ahead + (_SEARCHED if rule.unit == "business day" else 2)):
        morning = wall_instant(add_days(day, -back), _MORNING, zone)
        yield morning if morning < start else start - _MINUTE
        yield min(morning, start)
