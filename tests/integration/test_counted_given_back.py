"""What a sale counts under limits, allowances and ranks goes back when what was sold does, with a charge or without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.bookings import ending as booking_ending
from cantinekit.domain.payments import charging
from cantinekit.money import Money
from cantinekit.plugins.ports import Change
from cantinekit.runtime import codec
from support.houses.counting_house import COUNTED, counted, counted_house
from support.houses.small_house import House, period, records
from support.laws import house_laws

FREE = date(2026, 11, 26)
PAID_LATE = timedelta(minutes=16)


@pytest.fixture
def house():
    """A house whose laws hold in the end."""
    house = counted_house()
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def room(house: House, hours: int, account: str | None = "desk", space: str = "b", day: int = 26):
    asked = period(10, 10 + hours, date(2026, 11, day))
    return house.do(c.Book(space_id=space, product_id="c-room", period=asked, person_id="zoe", account=account)).value


def seat(house: House, number: int = 0, account: str | None = "desk", **more):
    return house.do(c.Register(session_id=f"etching-{number}", person_id="zoe", account=account, **more)).value


def card(house: House, account: str | None = "desk"):
    return house.do(c.SellPass(product_id="c-card", place_id="paris", holder_id="zoe", account=account)).value


def stay(house: House, account: str | None = "desk", product: str = "c-stay"):
    return house.do(c.CheckIn(place_id="paris", product_id=product, person_id="zoe", account=account)).value


def series(house: House, hours: int, account: str | None = "desk", count: int = 3):
    rule = f"FREQ=WEEKLY;COUNT={count}"
    starts, ends = time(10), time(10 + hours)
    asked = c.BookSeries(
        space_id="b",
        product_id="c-room",
        day=date(2026, 12, 1),
        starts=starts,
        ends=ends,
        rule=rule,
        person_id="zoe",
        account=account,
    )
    return house.do(asked).value


def lapse(house: House, _: object) -> None:
    """Nobody pays: the hold ends."""
    house.wait(minutes=16)
    house.cantine.run_due()


def request(house: House, hours: int):
    return room(house, hours, None, "studio")


def approved(house: House, hours: int):
    asked = request(house, hours)
    house.do(c.ApproveBooking(asked.id))
    return asked


def offered(house: House):
    """A seat that is offered from the waiting list and taken, and held for its payment where it costs something."""
    house.do(c.ChangeSeats("etching-0", seats=0))
    waiting = seat(house)
    house.do(c.ChangeSeats("etching-0", seats=1))
    return house.do(c.TakeSeat(waiting.id)).value


def used_up(house: House) -> None:
    """All that is free of the month is used, so that the next costs something."""
    room(house, 5, day=28)
    for number in (2, 3):
        seat(house, number)
    card(house)


Case = tuple[Callable[[House], object], Callable[[House, object], object]]

CASES: dict[str, Case] = {
    "a booking cancelled": (lambda h: room(h, 2), lambda h, one: h.do(c.CancelBooking(one.id))),
    "a booking partly free": (lambda h: room(h, 7), lambda h, one: h.do(c.CancelBooking(one.id))),
    "a hold that lapsed": (lambda h: room(h, 7, None), lapse),
    "a request declined": (lambda h: request(h, 2), lambda h, one: h.do(c.DeclineBooking(one.id, reason="no"))),
    "a request approved": (lambda h: approved(h, 2), lambda h, one: h.do(c.CancelBooking(one.id))),
    "a request approved, not paid": (lambda h: approved(h, 7), lambda h, one: h.wait(days=2) or lapse(h, one)),
    "a series cancelled": (lambda h: series(h, 1), lambda h, one: h.do(c.CancelSeries(one.id))),
    "a series partly free": (lambda h: series(h, 3), lambda h, one: h.do(c.CancelSeries(one.id))),
    "a series that lapsed": (lambda h: series(h, 3, None), lapse),
    "a seat given back": (lambda h: seat(h), lambda h, one: h.do(c.CancelRegistration(one.id))),
    "seats partly free": (lambda h: seat(h, seats=2), lambda h, one: h.do(c.CancelRegistration(one.id))),
    "a session cancelled": (
        lambda h: seat(h),
        lambda h, one: h.do(c.CancelSession(one.session_id, reason="rain")) and h.cantine.run_due(),
    ),
    "an offer taken and given back": (offered, lambda h, one: h.do(c.CancelRegistration(one.id))),
    "a pass taken back": (lambda h: card(h), lambda h, one: h.do(c.CancelPass(one.id))),
}


@pytest.mark.parametrize("before", [lambda house: None, used_up], ids=["free", "paid"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_given_back_counts_no_more(house, name, before):
    """Whatever was sold and however it ends: meters and units are as before, whether it cost something or was free."""
    before(house)
    sell, end = CASES[name]
    kept = counted(house)
    sold = sell(house)
    if "request declined" not in name:
        assert counted(house) != kept
    end(house, sold)
    assert counted(house) == kept


@pytest.mark.parametrize("mended", [True, False])
def test_free_hours_are_free_again(house, mended, monkeypatch):
    """Five free hours are booked and cancelled, and are free when they are booked again.

    The control: where only charges give back what was counted they cost 25.00, and the law of meters sees it.
    """
    with monkeypatch.context() as patch:
        if not mended:
            patch.setattr(booking_ending, "return_meters", lambda draft, moves: None)
        first = room(house, 5)
        assert first.charge_id is None
        house.do(c.CancelBooking(first.id))
        again = house.do(
            c.Book(space_id="b", product_id="c-room", period=period(10, 15, FREE), person_id="zoe", account="desk")
        )
        assert [charge.amount for charge in again.charges] == ([] if mended else [Money(2500, "EUR")])
    if not mended:
        with pytest.raises(AssertionError):
            house_laws.hold(house.storage, house.clock.now())
        house.cantine._engine.storage._rows.clear()  # nothing of it is held against the laws in the end
        house.cantine._engine.storage._journal.clear()


def test_a_date_gives_its_own_free_hours_back(house):
    """Of three dates of two hours five hours were free: the third had one, and gives one back when it is cancelled."""
    asked = series(house, 2)
    first, second, third = (house.get(m.Booking, id) for id in asked.booking_ids)
    hours = [next(move.delta for move in one.meters if "/hours/" in move.meter_id) for one in (first, second, third)]
    assert hours == [2, 2, 1]
    before = counted(house)[0]
    house.do(c.CancelBooking(third.id))
    after = counted(house)[0]
    key = next(id for id in before if "/hours/" in id)
    assert (before[key], after[key]) == (5, 4)
    house.do(c.CancelBooking(first.id))
    assert counted(house)[0][key] == 2


def test_a_date_without_free_hours_gives_none_back(house):
    """Of three dates of three hours five hours were free: three, two and none; each gives back what was free on it."""
    asked = series(house, 3)
    key = "free/counted/room/hours/person=zoe/month=2026-12"
    left = []
    for id in reversed(asked.booking_ids):
        house.do(c.CancelBooking(id))
        left.append(counted(house)[0].get(key, 0))
    assert left == [5, 3, 0]


def test_a_stay_that_lapses_counts_no_more(house):
    """A stay that is not paid, and a longer one that is not, count as if they had not been; units are back as well."""
    stay(house)  # the free one of the day
    house.do(c.CheckOut(house.all(m.Visit)[0].id))
    kept = counted(house)
    stay(house, None)
    assert counted(house) != kept
    lapse(house, None)
    assert counted(house) == kept
    first = stay(house)
    kept = counted(house)
    house.do(c.UpgradeVisit(first.id, product_id="c-long"))
    assert counted(house) != kept
    lapse(house, None)
    assert counted(house) == kept


def test_a_longer_stay_counts_as_the_longer_one(house):
    """A free stay that becomes a longer one is free no more: the free one of the day is there again."""
    first = stay(house)
    assert [id.split("/")[0] for id in counted(house)[0]] == ["free"]
    longer = house.do(c.UpgradeVisit(first.id, product_id="c-long", account="desk")).value
    assert [id.split("/")[0] for id in counted(house)[0]] == ["rank"]
    house.do(c.CheckOut(longer.id))
    assert house.do(c.CheckIn(place_id="paris", product_id="c-stay", person_id="zoe")).charges == ()


def test_a_longer_stay_is_priced_without_the_first(house):
    """The free stay of the day becomes a longer one that is free once a day too: it is still the only one of the day,
    so it costs nothing and counts once."""
    house.do(
        c.AddProduct(
            name="whole",
            entity_id="asso",
            pricelist_id="counted",
            tariff_product="stay",
            sells="visit",
            id="c-whole",
        )
    )
    first = stay(house)
    kept = counted(house)
    longer = house.do(c.UpgradeVisit(first.id, product_id="c-whole"))
    assert (longer.charges, longer.value.product_id) == ((), "c-whole")
    assert counted(house) == kept


def test_a_stay_on_a_limited_carnet_lapses_and_gives_entry_and_limit_back(house):
    """A longer stay drops what the first spent on a carnet and counted under its limit; one that is unpaid does not."""
    card(house)
    house.do(c.CheckOut(stay(house).id))
    second = stay(house)
    assert second.spends
    kept = counted(house)
    assert any(id.startswith("limit/") for id in kept[0])
    house.do(c.UpgradeVisit(second.id, product_id="c-long"))
    lapse(house, None)
    assert counted(house) == kept
    house.do(c.UpgradeVisit(second.id, product_id="c-long", account="desk"))
    assert not any(id.startswith("limit/") for id in counted(house)[0])


def test_a_course_cut_short_keeps_what_took_place(house):
    """A free course that is called off after half of its meetings: half of what it counted stays."""
    days = [date(2026, 12, 1) + timedelta(weeks=n) for n in range(4)]
    house.do(
        c.AddCourse(workshop_id="pottery", meetings=[(day, time(18), time(20), "b") for day in days], seats=4, id="crs")
    )
    mine = house.do(c.Register(session_id="crs", person_id="zoe", seats=1)).value
    key = next(iter(counted(house)[0]))
    assert (mine.charge_id, counted(house)[0][key]) == (None, 1)
    house.clock.set(house.clock.now() + timedelta(days=9))
    house.do(c.CancelSession("crs", reason="nobody teaches"))
    house.cantine.run_due()
    ended = house.get(m.Registration, mine.id)
    assert ended.state == "cancelled"
    assert sum(move.delta for move in ended.meters) == counted(house)[0].get(key, 0)


def test_of_free_seats_on_a_course_cut_short_the_share_stays(house):
    """Four free seats of a course of which half of the meetings took place: two of what they counted stay."""
    house.do(c.PublishTariff(COUNTED.replace('id = "courses", free = 1', 'id = "courses", free = 4')))
    days = [date(2026, 12, 1) + timedelta(weeks=n) for n in range(4)]
    house.do(
        c.AddCourse(workshop_id="pottery", meetings=[(day, time(18), time(20), "b") for day in days], seats=4, id="crs")
    )
    mine = house.do(c.Register(session_id="crs", person_id="zoe", seats=4)).value
    assert (mine.charge_id, [move.delta for move in mine.meters]) == (None, [4])
    house.clock.set(house.clock.now() + timedelta(days=15))
    house.do(c.CancelSession("crs", reason="nobody teaches"))
    house.cantine.run_due()
    assert [move.delta for move in house.get(m.Registration, mine.id).meters] == [2]
    assert counted(house)[0] == {mine.meters[0].meter_id: 2}


def test_a_seat_that_is_given_up_after_the_beginning_keeps_what_it_counted(house):
    """Who leaves a free course after its first meeting gives nothing back: the free course of the year was had."""
    days = [date(2026, 12, 1) + timedelta(weeks=n) for n in range(4)]
    house.do(
        c.AddCourse(workshop_id="pottery", meetings=[(day, time(18), time(20), "b") for day in days], seats=4, id="crs")
    )
    mine = house.do(c.Register(session_id="crs", person_id="zoe")).value
    kept = counted(house)
    assert kept[0] == {mine.meters[0].meter_id: 1}
    house.clock.set(house.clock.now() + timedelta(days=9))
    house.do(c.CancelRegistration(mine.id))
    assert counted(house) == kept
    assert house.get(m.Registration, mine.id).meters == mine.meters


def test_a_payment_that_comes_too_late_counts_nothing(house):
    """A hold under a cap that was paid when another had the room: the money and what was counted are back."""
    used_up(house)
    kept = counted(house)
    mine = room(house, 2, None)
    house.wait(minutes=16)
    house.do(c.Book(space_id="b", product_id="c-room", period=period(10, 12, FREE), person_id="bob", account="desk"))
    house.cantine.run_due()
    assert house.get(m.Booking, mine.id).state == "expired"
    assert {id: used for id, used in counted(house)[0].items() if "zoe" in id} == kept[0]


# --- what an earlier version stored ----------------------------------------------------------------------------------


def test_what_an_earlier_version_counted_on_a_charge_goes_back():
    """A booking of before, whose moves are on its charge, gives them back when it is cancelled, once."""
    house = counted_house()
    used_up(house)
    kept = counted(house)
    sold = room(house, 2)
    moved = sold.meters
    assert moved
    older(house, attrs.evolve(sold, meters=()), attrs.evolve(house.get(m.Charge, sold.charge_id), meters=moved))
    house_laws.hold(house.storage, house.clock.now())
    house.do(c.CancelBooking(sold.id))
    assert counted(house) == kept
    house_laws.hold(house.storage, house.clock.now())


def test_a_date_of_an_earlier_version_gives_its_part_back():
    """A series of before, whose moves are on its charge and in the parts of its dates: each date gives its own back."""
    house = counted_house()
    used_up(house)
    kept = counted(house)
    sold = series(house, 2)
    dates = [house.get(m.Booking, id) for id in sold.booking_ids]
    moves = tuple(move for one in dates for move in one.meters)
    sums = {id: sum(move.delta for move in moves if move.meter_id == id) for id in {move.meter_id for move in moves}}
    charge = house.get(m.Charge, sold.charge_id)
    older(
        house,
        attrs.evolve(charge, meters=tuple(m.MeterMove(id, delta) for id, delta in sorted(sums.items()))),
        *(attrs.evolve(one, meters=(), part=attrs.evolve(one.part, meters=one.meters)) for one in dates),
    )
    house.do(c.CancelBooking(dates[1].id))
    assert counted(house) != kept
    house.do(c.CancelSeries(sold.id))
    assert counted(house) == kept


def test_a_stay_of_an_earlier_version_can_be_made_longer():
    """A paid stay of before, whose moves are on its charge: the longer one counts in its place."""
    house = counted_house()
    house.do(c.PublishTariff(paid_stays()))
    first = stay(house, product="c-long")
    moved = first.meters
    assert moved
    older(house, attrs.evolve(first, meters=()), attrs.evolve(house.get(m.Charge, first.charge_ids[0]), meters=moved))
    house.do(
        c.AddProduct(
            name="other",
            entity_id="asso",
            pricelist_id="counted",
            tariff_product="stay",
            sells="visit",
            id="c-other",
        )
    )
    house.do(c.UpgradeVisit(first.id, product_id="c-other", account="desk"))
    assert not any(id.startswith("rank/") for id in counted(house)[0])
    house_laws.meters(records(house.storage))


def paid_stays() -> str:
    """The list without free stays, and with stays of a whole day."""
    no_free = COUNTED.replace('{ id = "stays", free = 1, unit = "entry", same = ["person", "day"] },', "")
    return no_free.replace('stay = "half-day"\n', "")


def older(house: House, *changed: m.Record) -> None:
    """Store records as an earlier version would have them."""
    rows = []
    for record in changed:
        key = codec.key_of(m.Subject(record.kind, record.id))
        (row,) = house.storage.load([key])
        rows.append(codec.encode(record, row.version + 1))
    house.storage.apply(Change(rows=tuple(rows)))


def test_a_new_charge_carries_no_moves(house):
    """What was sold has them, so that there is one place to give them back from."""
    used_up(house)
    assert [charge.meters for charge in house.all(m.Charge)] == [()] * len(house.all(m.Charge))
    assert charging.back_moves([m.MeterMove("x", 2)]) == (m.MeterMove("x", -2),)
