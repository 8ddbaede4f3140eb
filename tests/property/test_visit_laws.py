"""Whatever the order in which the same sightings arrive, a day of a person comes to the same sum.

The sum is that of the price list alone: all stays of the day as one order, asked of the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.visits import deriving, handlers
from cantinekit.pricing import Item, Lot, Order, State, Tariff
from support.houses.clock_house import CLOCK, clock_house, earned, local
from support.houses.small_house import House
from support.laws import house_laws
from support.run.soak import scaled

QUARTER = timedelta(minutes=15)
ZONES = ("open", "lab", "box")
HOW = ("late", "pair", "short", "long", "twice", "reopened")
"""How a stay is noted: at once when it was over; coming and leaving; with an end that is too early or too late and then
corrected; under a beginning that is corrected twice; with an end that is undone."""
LIST = Tariff.load(CLOCK)


class Stay(NamedTuple):
    """A stay in quarters of an hour after nine, and how it is noted."""

    zone: str
    product: str
    start: int
    length: int
    how: str

    @property
    def period(self) -> Period:
        return Period(local(9) + self.start * QUARTER, local(9) + (self.start + self.length) * QUARTER)


@st.composite
def days(draw: st.DrawFn) -> tuple[Stay, ...]:
    """The stays of a day: in one zone they do not overlap, and keep a quarter of an hour apart."""
    found = []
    for zone in draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True)):
        at = 1
        for _ in range(draw(st.integers(1, 3))):
            start, length = at + draw(st.integers(0, 6)), draw(st.integers(2, 10))
            if start + length > 34:
                break
            product = draw(st.sampled_from(["hour", "booth", "half", "session"]))
            found.append(Stay(zone, product, start, length, draw(st.sampled_from(HOW))))
            at = start + length + 2
    return tuple(found)


Step = Callable[[House, dict[int, str]], None]


def steps(number: int, stay: Stay) -> list[Step]:
    """The steps in which a stay is noted. Others may be noted between them; the last one leaves the stay as it was."""
    came, left = stay.period.start, stay.period.end

    def note(house: House, ids: dict[int, str], first=came, last=left) -> None:
        ids[number] = house.do(
            c.CheckIn(
                place_id="paris", product_id=stay.product, person_id="zoe", space_id=stay.zone, at=first, left_at=last,
                account="desk" if number % 2 else None,
            )
        ).value.id  # fmt: skip

    def pair(house: House, ids: dict[int, str]) -> None:
        ids[number] = house.do(
            c.CheckIn(place_id="paris", product_id=stay.product, person_id="zoe", space_id=stay.zone, at=came)
        ).value.id
        house.do(c.CheckOut(ids[number], at=left, account="desk"))

    def correct(**to) -> Step:
        return lambda house, ids: house.do(c.CorrectVisit(ids[number], reason="as it was", **to))

    def reopen(house: House, ids: dict[int, str]) -> None:
        house.do(c.ReopenVisit(ids[number], reason="undone"))
        house.do(c.CheckOut(ids[number], at=left))

    return {
        "late": [note],
        "pair": [pair],
        "short": [lambda house, ids: note(house, ids, last=came + QUARTER), correct(closed_at=left)],
        "long": [lambda house, ids: note(house, ids, last=left + QUARTER), correct(closed_at=left)],
        "twice": [
            lambda house, ids: note(house, ids, first=came + QUARTER),
            correct(opened_at=came - QUARTER),
            correct(opened_at=came),
        ],
        "reopened": [lambda house, ids: note(house, ids, last=left - QUARTER), reopen],
    }[stay.how]


def lived(stays: Sequence[Stay], order: Sequence[int], units: bool) -> House:
    """A house in which these stays were noted in an order: numbers of stays, each as often as it has steps."""
    house = clock_house(local(17, 45))
    if units:
        house.do(c.SellPass(product_id="sessions", place_id="paris", holder_id="zoe"))
        (charge,) = house.all(m.Charge)
        house.do(c.Pay(charge.id, account="desk"))
    todo, ids = [steps(number, stay) for number, stay in enumerate(stays)], dict[int, str]()
    for number in order:
        todo[number].pop(0)(house, ids)
    return house


def expected(stays: Sequence[Stay], units: bool) -> tuple[int, int]:
    """What the price list alone says of the day: the sum, and the units that it takes."""
    ordered = sorted(stays, key=lambda stay: stay.period)
    items = tuple(Item(stay.product, stay.period, id=str(n)) for n, stay in enumerate(ordered))
    lots = (Lot("lot", "sessions", 10, local(8)),) if units else ()
    quote = LIST.quote(Order(items, "zoe", as_of=ordered[0].period.start), State(lots=lots))
    assert quote.ok, quote.refusals
    return quote.total.amount, sum(use.units for use in quote.uses)


def sums(house: House) -> tuple[int, int]:
    """What stands as earned for visits, and the units that they took."""
    passes = sum(one.billed.amount for one in house.all(m.Charge) if one.subject.kind == "pass")
    return earned(house) - passes, sum(one.used for one in house.all(m.Entitlement))


def orders(stays: Sequence[Stay]) -> st.SearchStrategy[list[int]]:
    """The orders in which the steps of these stays may come."""
    return st.permutations([number for number, stay in enumerate(stays) for _ in steps(number, stay)])


SEEN: Counter[str] = Counter()


def test_any_order_of_arrival_ends_in_the_same_sum() -> None:
    """Stays that are noted in any order, late, corrected and undone, come to what the price list says of the day."""
    SEEN.clear()

    @settings(max_examples=scaled(40), deadline=None)
    @given(st.data(), days(), st.booleans())
    def law(data: st.DataObject, stays: tuple[Stay, ...], units: bool) -> None:
        if not stays:
            return
        house = lived(stays, data.draw(orders(stays)), units)
        assert sums(house) == expected(stays, units)
        house_laws.hold(house.storage, house.clock.now())
        SEEN.update(stay.how for stay in stays)
        SEEN.update(stay.product for stay in stays)
        SEEN["several"] += len(stays) > 2

    law()
    assert all(SEEN[word] for word in (*HOW, "hour", "booth", "half", "session", "several")), SEEN


CORRECTED = (Stay("open", "hour", 0, 12, "short"), Stay("lab", "hour", 14, 12, "late"))
"""Three hours that are noted as a quarter of one and corrected, and three hours more, under a cap of sixteen."""


def alone(draft, change, visit, *rest) -> None:
    """A wrong derivation: a stay is priced for itself, on top of the meters, and the rest of the tab is left alone."""
    tab = deriving.tab_of(draft.state, change.tab_id)
    others = [stay for stay in tab.stays if stay.visit_id != visit.id]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deriving.TabChange, "stays", lambda *_: (change.put,))
        if others:
            patch.setattr(deriving, "minus", lambda _: ())
        RIGHT(draft, change, visit, *rest)


RIGHT = deriving.derive


def test_the_law_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where each stay is priced for itself, two orders of the same sightings end in different sums."""
    ends = {sums(lived(CORRECTED, order, False)) for order in ([0, 0, 1], [0, 1, 0], [1, 0, 0])}
    assert ends == {expected(CORRECTED, False)} == {(1600, 0)}
    monkeypatch.setattr(handlers, "derive", alone)
    wrong = {sums(lived(CORRECTED, order, False)) for order in ([0, 0, 1], [0, 1, 0], [1, 0, 0])}
    assert len(wrong) > 1
