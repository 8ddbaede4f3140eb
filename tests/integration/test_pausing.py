"""Pauses and free days in a house: their limits, what they move, what they refuse, and two who are at it at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from support.houses.clock_house import local
from support.houses.lasting_house import subscribe
from support.houses.one_list import eur, left, place, sell
from support.houses.small_house import open_house
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions

MARCH = date(2026, 3, 16)
CLUB = """
[product.club]
sells = "membership"
rate = { price = 60.00 }
pause = { at_most = "1 month", times = 2, ahead = "3 days" }
prorate = { rule = "both ends", of = "days of the period" }
valid = { lasts = "1 month", ends = "the day before" }
end_early = { smaller_of = [{ periods = 1 }, { share = "50%" }] }
[product.club.term]
period = "1 month"
minimum = 1
renewal = "monthly"
ends = "period end"
notice = "14 days"
notice_day = "does not count"
"""
WHY = {"reason": "she travels"}


@pytest.fixture
def house():
    """The place of one list, on 16 March at ten."""
    with place(CLUB, local(10, day=MARCH)) as found:
        yield found


def on(house, day: date, hour: int = 9) -> None:
    """Let the clock run to an hour of a day, and do what has become due."""
    house.clock.set(local(hour, day=day))
    house.cantine.run_due()


def charged(house, person: str = "zoe") -> list[int]:
    """What was charged to somebody and still stands, in cents, the oldest first."""
    return [one.billed.amount for one in house.cantine.read.statement(person) if one.state != "void"]


def test_the_list_says_how_long_how_often_and_how_early(house):
    """One month at most, twice a year, three days before: each is refused with its reason; staff may override."""
    club = sell(house, "club").value.id
    for more, said in (
        ({"first_day": date(2026, 3, 18)}, "said 3 days before"),
        ({"first_day": date(2026, 3, 20), "until": date(2026, 4, 20)}, "at most 1 month"),
    ):
        with pytest.raises(e.NotForSaleError, match=said):
            house.do(c.PausePass(club, **more, **WHY))
    for month in (4, 6):
        house.do(c.PausePass(club, first_day=date(2026, month, 1), until=date(2026, month, 30), **WHY))
    with pytest.raises(e.NotForSaleError, match="at most 2 begin within a year"):
        house.do(c.PausePass(club, first_day=date(2027, 3, 31), until=date(2027, 4, 2), **WHY))
    house.do(c.PausePass(club, first_day=date(2027, 4, 1), until=date(2027, 4, 2), **WHY))
    assert house.all(m.Override) == []


def test_without_an_end_it_lasts_as_long_as_the_list_lets_it(house):
    """Who says no end has the longest pause of the list; where staff override it, it lasts until it is resumed."""
    club = sell(house, "club").value.id
    assert house.do(c.PausePass(club, first_day=date(2026, 4, 1), **WHY)).value.pauses[0].last_day == date(2026, 4, 30)
    house.do(c.ResumePass(club, day=date(2026, 4, 1)))
    open_ended = house.do(c.PausePass(club, first_day=date(2026, 4, 1), override="ill", **WHY)).value
    assert (open_ended.open_pause.first_day, open_ended.held_until) == (date(2026, 4, 1), None)


def test_what_cannot_be_paused(house):
    """A day that is past, before it begins or after it ends; beside another pause; and what is over."""
    club = sell(house, "club").value.id
    house.do(c.PausePass(club, first_day=date(2026, 4, 1), until=date(2026, 4, 9), override="o", **WHY))
    for first, until in ((date(2026, 4, 9), date(2026, 4, 12)), (date(2026, 3, 20), date(2026, 4, 1))):
        with pytest.raises(e.WrongStateError, match="paused from 2026-04-01"):
            house.do(c.PausePass(club, first_day=first, until=until, override="o", **WHY))
    with pytest.raises(e.WrongStateError, match="paused"):
        house.do(c.PausePass(club, first_day=date(2026, 3, 20), override="o", **WHY))
    with pytest.raises(e.InputError):
        house.do(c.PausePass(club, first_day=date(2026, 5, 2), until=date(2026, 5, 1), **WHY))
    with pytest.raises(e.InputError, match="reason"):
        c.PausePass(club, reason=" ")
    ahead = sell(house, "club", "bob", first_day=date(2026, 5, 1)).value.id
    with pytest.raises(e.InputError, match="2026-05-01"):
        house.do(c.PausePass(ahead, first_day=date(2026, 4, 30), override="o", **WHY))
    house.do(c.GiveNotice(ahead))
    with pytest.raises(e.WrongStateError, match="ending on 2026-05-31"):
        house.do(c.PausePass(ahead, first_day=date(2026, 6, 1), override="o", **WHY))


def test_resumed_before_the_day_that_was_said(house):
    """Back after five of twenty days: fifteen days earlier than it was told; not later than it goes on by itself."""
    club = sell(house, "club").value.id
    house.do(c.PausePass(club, first_day=date(2026, 3, 20), until=date(2026, 4, 8), **WHY))
    assert house.get(m.Pass, club).last_day == date(2026, 5, 5)
    with pytest.raises(e.InputError, match="2026-04-08"):
        house.do(c.ResumePass(club, day=date(2026, 4, 10)))
    on(house, date(2026, 3, 25))
    assert house.do(c.ResumePass(club)).value.last_day == date(2026, 4, 20)
    on(house, date(2026, 4, 21), 0)
    assert charged(house) == [6000, 6000]
    with pytest.raises(e.WrongStateError, match="not paused"):
        house.do(c.ResumePass(club))


def test_resumed_on_the_day_on_which_its_next_period_would_have_begun(house):
    """Paused from the first day of a period on, and given up on that day: the period begins, and is charged."""
    club = sell(house, "club").value.id
    house.do(c.PausePass(club, first_day=date(2026, 4, 16), until=date(2026, 5, 9), **WHY))
    on(house, date(2026, 4, 16))
    assert charged(house) == [6000]
    house.do(c.ResumePass(club))
    house.cantine.run_due()
    assert (charged(house), house.get(m.Pass, club).last_day) == ([6000, 6000], date(2026, 5, 15))


def test_the_end_that_notice_fixed_moves(house):
    """Notice, then a pause of ten days: it ends ten days later; withdrawn, it goes on with the days that came back."""
    club = sell(house, "club").value.id
    assert house.do(c.GiveNotice(club)).value.end == date(2026, 4, 15)
    moved = house.do(c.PausePass(club, first_day=date(2026, 3, 20), until=date(2026, 3, 29), **WHY)).value
    assert (moved.end, moved.last_day) == (date(2026, 4, 25), date(2026, 4, 25))
    assert house.do(c.WithdrawNotice(club)).value.last_day == date(2026, 4, 25)
    told = house.cantine.read.timeline(club)
    assert (told.earliest_end, told.last_notice) == (date(2026, 4, 25), date(2026, 4, 11))
    assert told.periods[1].first_day == date(2026, 4, 26)


def test_notice_while_nobody_knows_when_it_goes_on(house):
    """While it is paused until it is resumed no end can be told, but it can be ended on a day."""
    club = sell(house, "club").value.id
    house.do(c.PausePass(club, first_day=date(2026, 3, 26), override="ill", **WHY))
    told = house.cantine.read.timeline(club)
    assert (told.end, told.earliest_end, told.deadlines, len(told.periods)) == (None, None, (), 1)
    with pytest.raises(e.WrongStateError, match="paused until it is resumed"):
        house.do(c.GiveNotice(club))
    with pytest.raises(e.WrongStateError, match="paused until it is resumed"):
        house.do(c.ExtendPass(club, days=3, reason="a gift"))
    on(house, date(2026, 5, 20))
    ended = house.do(c.EndPass(club, reason="she does not come back"))
    assert (ended.afterwards.refund, ended.afterwards.fee) == (eur(6000 - 1935), eur(0))
    assert (ended.value.end, ended.value.held_until) == (date(2026, 5, 20), date(2026, 5, 20))
    assert ended.value.pauses[0].last_day == date(2026, 5, 20)
    on(house, date(2026, 7, 1))
    assert charged(house) == [1935]


def test_a_pause_is_not_earned(house):
    """What is paid for a month is earned by the days that are had; what was owed on a day before stays so."""
    club = sell(house, "club").value.id
    on(house, date(2026, 3, 25))

    def owed(day: date) -> int:
        return -dict(house.cantine.read.trial_balance("asso", day)).get("deferred/list/club", eur(0)).amount

    before = owed(date(2026, 3, 24))
    house.do(c.PausePass(club, first_day=date(2026, 3, 26), override="ill", **WHY))
    house.do(c.ResumePass(club, day=date(2026, 3, 26)))
    house.do(c.ExtendPass(club, days=5, reason="a gift"))
    house.do(c.PausePass(club, first_day=date(2026, 3, 26), override="ill", **WHY))
    assert owed(date(2026, 3, 24)) == before
    on(house, date(2026, 4, 20))
    assert owed(date(2026, 4, 20)) == owed(date(2026, 3, 25)) == 6000 - 1935
    house.do(c.ResumePass(club))
    assert owed(date(2026, 4, 20)) == 6000 - 1935 - 194
    assert owed(date(2026, 5, 10)) == 0


def test_what_was_given_is_paused_and_extended_too():
    """A membership that was given, and a carnet of hours: their last day, and their units, move."""
    house = open_house()
    until = house.clock.now().date() + timedelta(days=10)
    gift = house.do(
        c.GrantUnits(
            account="carnet", units=4, pricelist_id="net", place_id="paris", holder_id="zoe", reason="a gift",
            last_day=until,
        )
    ).value.id  # fmt: skip
    house.do(c.PausePass(gift, until=until, override="agreed", **WHY))
    assert house.get(m.Pass, gift).last_day == until + timedelta(days=11)
    house.do(c.ExtendPass(gift, days=2, reason="a gift"))
    last = until + timedelta(days=13)
    house.clock.set(local(23, day=last))
    house.cantine.run_due()
    assert left(house, "carnet") == 4
    house.clock.set(local(0, day=last + timedelta(days=1)))
    house.cantine.run_due()
    assert left(house, "carnet") == 0


# --- at once ---------------------------------------------------------------------------------------------------------

DECEMBER = timedelta(days=30)


def prepared() -> tuple[MemoryStorage, str]:
    """A house in which somebody has a locker since today, 24 November: it is renewed on 24 December."""
    storage = MemoryStorage()
    return storage, subscribe(open_house(storage=storage), "locker")


def raced(fault: type[Around]) -> set[tuple[object, ...]]:
    """What comes of a pause that is said on the day of a renewal, at the same time, in every order of their calls."""
    storage, locker = prepared()
    renew = c.Expire(m.Subject("pass", locker))
    pause = c.PausePass(locker, until=date(2027, 1, 9), override="ill", **WHY)
    found = set()
    for _, results, store in both_at_once(storage, [renew, pause], fault, after=(DECEMBER, DECEMBER)):
        assert fault is WithoutVersions or not any(isinstance(one, Exception) for one in results)
        after = later(store, DECEMBER)
        run_all(after)
        sold = after.get(m.Pass, locker)
        charges = [one for one in after.all(m.Charge) if one.subject.id == locker and one.state != "void"]
        found.add((len(charges), len(sold.periods), sold.last_day, len(sold.pauses), sold.next_at))
        if fault is Around:
            house_laws.hold(store, after.clock.now())
            house_laws.folds(store)
    return found


def test_a_pause_against_a_renewal():
    """The period has begun by the clock, whoever comes first: it is charged once, and its days come back after."""
    assert {one[:4] for one in raced(Around)} == {(2, 1, date(2027, 2, 9), 1)}
    assert len(raced(Around)) == 1


def test_a_pause_against_a_renewal_on_a_store_without_versions():
    """The control: on a store that compares no versions the pause or the renewal is lost."""
    assert len(raced(WithoutVersions)) > 1
