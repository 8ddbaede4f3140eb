"""Laws of orders over random price lists and random baskets: what is sold, cancelled and measured adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import time, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.sales.past import explain_sale, past_order, whole_sale
from cantinekit.errors import InputError, NotForSaleError, RefusedError
from cantinekit.money import Money
from cantinekit.pricing import Agreement, Item, Lot, MeasuredNow, Order, Quote, State, Tariff
from cantinekit.pricing.calls.change import find_change
from support.houses.small_house import House, open_house
from support.laws import house_laws
from support.run.soak import half
from support.tariffs import chance as ch
from support.tariffs.strategies import DAY, EPOCH, any_item, load, spell, tariffs

SLOW = settings(max_examples=half(60), deadline=None, suppress_health_check=list(HealthCheck))
BEFORE = EPOCH - timedelta(days=1)


ALL: dict[str, Any] = {
    "category": "member",
    "place": "red",
    "night": False,
    "persons": 2,
    "weight": 2,
    "word": "hello",
    "tools": ("saw",),
    "gift": Money(1000, "EUR"),
}
"""What is said where a draw says nothing: a list that misses a fact sells nothing."""


@ch.composite
def any_basket(draw: ch.Draw) -> list[c.SellLine]:
    """Lines whose time is to come."""
    return [_line(draw(any_item())) for _ in range(draw(ch.sampled_from([1, 2, 2, 3, 3, 4])))]


def _line(item: Item) -> c.SellLine:
    day = None if item.period is not None else item.day or DAY
    facts = {**ALL, **item.facts} if item.count < 3 else dict(item.facts)
    until = item.until if item.until is None or day is None or item.until >= day else None
    return c.SellLine(
        item.product, count=item.count, period=item.period, day=day, until=until, facts=facts, also=item.also
    )


baskets = ch.strategy(any_basket())
picks = st.sets(st.integers(0, 3), max_size=3)
"""Which lines of a basket are seats at a session, where the product can be sold as one."""


def seated(
    house: House, basket: Sequence[c.SellLine], picked: AbstractSet[int]
) -> tuple[list[c.SellLine | c.Register], list[c.SellLine]]:
    """The lines by the names of the list, some of them seats; and the same as the engine is asked for them."""
    lines: list[c.SellLine | c.Register] = list(named(basket))
    asked = list(basket)
    for place in sorted(picked):
        if place >= len(basket):
            continue
        line, id = basket[place], f"seat{place}"
        try:
            house.do(c.AddWorkshop(place_id="paris", title=id, product_id=f"t/{line.product_id}", id=id))
        except RefusedError as refused:
            note(f"no seat: {refused}")
            continue
        at = {"day": DAY, "starts": time(10 + place), "ends": time(12 + place)}
        session = house.do(c.AddSession(workshop_id=id, seats=10, id=id, **at)).value
        person = ("zoe", "bob")[place % 2]
        if line.count <= 10:
            lines[place] = c.Register(session_id=id, person_id=person, seats=line.count, facts=dict(line.facts))
            asked[place] = c.SellLine(line.product_id, count=line.count, period=session.period, facts=dict(line.facts))
    return lines, asked


def seats_of(house: House, order: m.Order) -> list[m.Registration]:
    """The registrations of an order."""
    return [house.get(m.Registration, id) for id in order.registration_ids]


def silent(data: dict[str, Any]) -> dict[str, Any]:
    """The price list without what it says about calling off."""
    products = {
        name: {key: value for key, value in product.items() if key != "cancel"}
        for name, product in data["product"].items()
    }
    return {**data, "product": products}


def opened(data: dict[str, Any]) -> tuple[House, Tariff]:
    """A house that sells by a random list, to a person who has some units."""
    tariff = load(data)
    house = open_house(now=BEFORE)
    try:
        house.do(c.PublishTariff(spell(data), override="a law"))
        house.do(c.ChangePlace("paris", name="Paris", pricelist_id="t"))
        sold(house, ["t/pack"], facts={"persons": 2})
    except (RefusedError, InputError):
        reject()
    return house, tariff


def sold(house: House, lines: Sequence[Any], **more: Any) -> m.Order | None:
    """The order of a basket; ``None``: it is refused, and then nothing is stored of it."""
    try:
        return house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk", **more)).value
    except RefusedError as refused:
        note(f"refused: {refused}")
        return None


def named(lines: Sequence[c.SellLine]) -> list[c.SellLine]:
    """The lines by the names of the list, which nothing of the catalogue has."""
    return [attrs.evolve(line, product_id=f"t/{line.product_id}") for line in lines]


def asked(house: House, tariff: Tariff, lines: Sequence[c.SellLine], holds: Sequence[str]) -> Quote:
    """What the engine says of a basket, with what the person has."""
    items = [
        Item(line.product_id, line.period, line.count, line.day, dict(line.facts), str(number), line.also, line.until)
        for number, line in enumerate(lines, 1)
    ]
    lots = tuple(
        Lot(one.id, one.account, one.left, one.bought_at, one.expires, one.priority, value=one.value)
        for one in house.all(m.Entitlement)
        if one.left and one.active
    )
    meters = {one.id: one.used for one in house.all(m.Meter)}
    order = Order(items, "zoe", BEFORE, frozenset(holds))
    return tariff.quote(order, State(meters=meters, lots=lots))


def kept(house: House) -> int:
    """What is in the till."""
    return sum(one.captured - one.refunded for one in house.all(m.Attempt) if one.account == "desk")


def stands(house: House, order: m.Order) -> int:
    """What of the charges of an order was taken and not given back, or is still owed."""
    charges = [house.get(m.Charge, id) for id in house.get(m.Order, order.id).charge_ids]
    return sum(charge.billed.amount for charge in charges if charge.state != "void")


@SLOW
@given(tariffs(), baskets, picks)
def test_the_amounts_are_those_of_the_engine(
    data: dict[str, Any], basket: list[c.SellLine], picked: AbstractSet[int]
) -> None:
    """The sale, the charge, the lines and the units of an order, of seats among others, are what the engine answers to
    the same question; what it refuses the house does not sell; and the parts of the lines and seats are the charge.
    """
    house, tariff = opened(data)
    lines, basket = seated(house, basket, picked)
    holds = [one.tariff_product for one in house.all(m.Pass) if one.sells in ("membership", "plan")]
    found = asked(house, tariff, basket, holds)
    before = {one.id for one in house.all(m.Pass)}
    order = sold(house, lines)
    if order is None:
        assert not found.ok or found.in_units
        return
    sale = house.get(m.Sale, order.sale_id)
    assert found.ok
    assert (sale.total, dict(house_units(house, order))) == (found.total, dict(engine_units(found, before)))
    due = found.total + found.held + found.debt
    charges = [house.get(m.Charge, id) for id in order.charge_ids]
    assert sum(charge.amount.amount for charge in charges) == max(0, due.amount)
    amounts = [line.amount for line in found.lines if line.amount]
    assert not charges or [line.amount for line in charges[0].lines] == amounts
    parts = [one.part.amount.amount for one in (*order.lines, *seats_of(house, order)) if one.part is not None]
    whole = sum(charge.amount.amount for charge in charges)
    assert sum(parts) + (beside_seats(house, order, found) if parts else 0) == whole
    house_laws.hold(house.storage, house.clock.now())


def beside_seats(house: House, order: m.Order, found: Quote) -> int:
    """What of a price is for deposits of seats and for what they need, which is no part of theirs."""
    items = {item for one in seats_of(house, order) for item in one.items}
    return sum(
        line.amount.amount
        for line in found.lines
        if line.item.partition("+")[0] in items and (line.kind == "held" or line.item not in items)
    )


def house_units(house: House, order: m.Order) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in (*order.lines, *seats_of(house, order)):
        for spend in line.spends:
            units[house.get(m.Entitlement, spend.entitlement_id).account] += spend.units
    return units


def engine_units(found: Quote, before: set[str]) -> Counter[str]:
    units: Counter[str] = Counter()
    for use in found.uses:
        units[use.account] += use.units
    for name, number in found.in_units.items():
        units[name] += int(number * 10)
    return +units


@SLOW
@given(tariffs(), baskets, picks)
def test_cancelling_all_gives_back_what_the_sale_moved(
    data: dict[str, Any], basket: list[c.SellLine], picked: AbstractSet[int]
) -> None:
    """Where the list is silent and nothing has begun: units, meters and money are as before, but for what the list
    added since a line needs it, which stays.
    """
    house, _ = opened(silent(data))
    before = state_of(house)
    order = sold(house, seated(house, basket, picked)[0])
    if order is None or order.state != "sold":
        reject()
    mine = m.Subject("order", order.id)
    stay = [one for one in house.all(m.Pass) if one.with_order == mine and "+" in one.item]
    charge = house.get(m.Charge, order.charge_ids[0]) if order.charge_ids else None
    added = sum(paid_for(house, order, one).amount for one in stay) if charge else 0
    for one in seats_of(house, order):
        house.do(c.CancelRegistration(one.id))
    if any(not line.is_apart for line in order.lines):
        done = house.do(c.CancelOrder(order.id))
        note(repr(done.afterwards))
        assert done.value.state == ("sold" if order.registration_ids else "cancelled")
    assert stands(house, order) == added
    units, meters = state_of(house, {id for one in stay for id in one.entitlement_ids})
    assert (units, meters) == before
    live = {one.id for one in house.all(m.Pass) if one.state == "active" and one.with_order == mine}
    assert live == {one.id for one in stay}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def paid_for(house: House, order: m.Order, given: m.Pass) -> Money:
    """What an item of an order cost, as its sale says."""
    sale = house.get(m.Sale, order.sale_id)
    lines = explain_sale(whole_sale(sale, None), house.get(m.TariffText, sale.tariff_version).text).lines
    return Money.sum((line.amount for line in lines if line.item == given.item and line.kind != "held"), "EUR")


def state_of(house: House, without: AbstractSet[str] = frozenset()) -> tuple[dict[str, int], dict[str, int]]:
    """The units that are left, and how far meters are moved."""
    units = {one.id: one.left for one in house.all(m.Entitlement) if one.left and one.id not in without}
    return units, {one.id: one.used for one in house.all(m.Meter) if one.used}


@SLOW
@given(tariffs(), baskets, picks, st.integers(0, 4), st.sampled_from([0, 3, 400]))
def test_what_is_taken_is_earned_deferred_held_or_given_back(
    data: dict[str, Any], basket: list[c.SellLine], picked: AbstractSet[int], line: int, days: int
) -> None:
    """Whatever becomes of a basket, the till has what is earned, deferred, held and on vouchers, less what is owed."""
    house, _ = opened(data)
    order = sold(house, seated(house, basket, picked)[0])
    if order is None:
        reject()
    house.wait(days=days)
    house.cantine.run_due()
    if order.state == "sold" and line < len(order.lines):
        seat = order.lines[line].registration_id
        try:
            house.do(c.CancelRegistration(seat) if seat else c.CancelOrder(order.id, line=line + 1))
        except RefusedError as refused:
            note(f"not cancelled: {refused}")
    sums: Counter[str] = Counter()
    for entry in house.all(m.LedgerEntry):
        for one in entry.lines:
            sums[one.account.partition("/")[0]] += one.amount
    assert sums["account"] == kept(house)
    liabilities = sums["revenue"] + sums["deferred"] + sums["deposits"] + sums["vouchers"] + sums["refunds payable"]
    assert kept(house) + sums["receivable"] == -liabilities
    taken = sum(one.captured for one in house.all(m.Attempt) if one.account == "desk")
    refunded = sum(one.amount.amount for one in house.all(m.Refund) if one.account == "desk")
    assert taken - refunded == kept(house)
    house_laws.hold(house.storage, house.clock.now())


MEASURED = {"afterwards": ["weight"]}


@SLOW
@given(tariffs(), baskets, ch.strategy(ch.integers(0, 4_000)))
def test_what_is_measured_costs_what_the_engine_says(
    data: dict[str, Any], basket: list[c.SellLine], grams: int
) -> None:
    """The difference that is charged or given back is the engine's, with the meters as the sale left them."""
    data = {**data, "product": {**data["product"], "desk": weighed()}}
    house, tariff = opened(data)
    desk = c.SellLine("desk", day=DAY, facts={"category": "member"})
    order = sold(house, named([*basket, desk]))
    if order is None or order.state != "sold":
        reject()
    number, before = len(order.lines), stands(house, order)
    quote = asked_again(house, tariff, order)
    whole = whole_sale(house.get(m.Sale, order.sale_id), None)
    meters = Counter({one.meter_id: one.used for one in whole.meters})
    for line in order.lines[:-1]:
        meters.update({move.meter_id: move.delta for move in line.meters})
    agreed, event = Agreement.of(past_order(whole), quote, str(number)), MeasuredNow({"weight": grams})
    change = find_change(tariff.parts, lambda one: tariff.quote(one, State(meters=meters)), agreed, event)
    measure = c.MeasureOrder(order.id, line=number, facts={"weight": grams})
    if not change.ok:
        with pytest.raises(NotForSaleError):
            house.do(measure)
        return
    done = house.do(measure)
    assert stands(house, order) - before == change.due.amount - change.refund.amount
    assert done.value.lines[number - 1].measures == ()
    house_laws.hold(house.storage, house.clock.now())


def weighed() -> dict[str, Any]:
    """A desk that costs 1.00, and 2.00 for each unit of weight once that is known."""
    return {"rate": {"flat": 1, "price": 2, "per": "weight"}, **MEASURED}


def asked_again(house: House, tariff: Tariff, order: m.Order) -> Quote:
    sale = house.get(m.Sale, order.sale_id)
    return explain_sale(whole_sale(sale, None), house.get(m.TariffText, sale.tariff_version).text)


def test_most_baskets_are_sold() -> None:
    """The laws are about something: at least a third of the random baskets is sold, and some of them with seats."""
    counts, seats = Counter[bool](), Counter[bool]()

    @SLOW
    @given(tariffs(), baskets, picks)
    def sell(data: dict[str, Any], basket: list[c.SellLine], picked: AbstractSet[int]) -> None:
        house = opened(data)[0]
        order = sold(house, seated(house, basket, picked)[0])
        counts[order is not None] += 1
        seats[order is not None and bool(order.registration_ids)] += 1

    sell()
    assert counts[True] * 3 >= sum(counts.values()) > 0
    assert seats[True]
