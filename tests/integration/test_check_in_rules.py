"""Checking in goes by the openings and the terms of the open space, and staff may break them with a reason."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import ClosedError, InputError, SoldOutError, TermsError, UnsuitableError
from cantinekit.scheduling.availability import NeedsApproval, NotTrained, NotYours
from support.houses import small_house
from support.races import read_before

AFTERNOON = m.OpenHours.weekly(range(7), time(14), time(17))
MORNING = m.OpenHours.weekly(range(7), time(9), time(13))


def comes(house, person="zoe", product="day", **rest):
    return house.do(c.CheckIn(place_id="paris", product_id=product, person_id=person, account="desk", **rest)).value


def broken(house):
    return [(one.rule, one.reason, one.subject, one.actor) for one in house.cantine.read.find(m.Override, "all")]


@pytest.fixture
def house():
    """A furnished house; it is half past nine in Paris, where it is open from nine to six."""
    return small_house.open_house()


def test_the_hours_of_the_open_space_count(house):
    """An open space that opens in the afternoon only: in the morning nobody checks in, whatever its place says."""
    house.do(c.ChangeOpenings(place_id="paris", hours=AFTERNOON, space_id="open"))
    with pytest.raises(ClosedError, match="Open space"):
        comes(house)
    house.wait(hours=5)
    assert comes(house).until == small_house.utc(16)


def test_a_stay_ends_when_the_open_space_closes(house):
    """A day lasts to the closing time of the open space, and a half-day is half of its hours."""
    house.do(c.ChangeOpenings(place_id="paris", hours=MORNING, space_id="open"))
    assert comes(house, "zoe", "day").until == small_house.utc(12)
    assert comes(house, "bob", "half-day").until == small_house.utc(10, 30)


def test_a_longer_stay_ends_when_the_open_space_closes(house):
    """An upgrade to a day goes by the open space too."""
    house.do(c.ChangeOpenings(place_id="paris", hours=MORNING, space_id="open"))
    visit = comes(house, "zoe", "half-day")
    assert house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk")).value.until == small_house.utc(12)


def test_an_override_lets_in_before_the_opening(house):
    """Who is let in early stays as long as if they had come at the opening, and the reason is kept."""
    house.do(c.ChangeOpenings(place_id="paris", hours=AFTERNOON, space_id="open"))
    visit = comes(house, override="the heating is checked")
    assert (visit.opened_at, visit.until) == (house.clock.now(), small_house.utc(16))
    subject = m.Subject("visit", visit.id)
    assert broken(house) == [("opening hours", "the heating is checked", subject, "desk:ana")]
    half = comes(house, "bob", "half-day", override="helps with it")
    assert half.until == small_house.utc(14, 30)


def test_who_was_let_in_early_can_stay_longer(house):
    """A half-day that began before the opening becomes a day: it lasts as a day that began so, to closing time."""
    house.do(c.ChangeOpenings(place_id="paris", hours=AFTERNOON, space_id="open"))
    half = comes(house, product="half-day", override="helps with the heating")
    assert half.until == small_house.utc(14, 30)
    longer = house.do(c.UpgradeVisit(half.id, product_id="day", account="desk")).value
    assert (longer.product_id, longer.until) == ("day", small_house.utc(16))


def test_an_override_lets_in_on_a_closed_day(house):
    """On a closed day, and after closing time, the stay lasts to midnight."""
    closed = m.Openings(closed=(m.ClosedDays.on("closure", "stocktaking", small_house.TODAY),))
    house.do(c.ChangeOpenings(place_id="paris", hours=small_house.HOURS, openings=closed))
    with pytest.raises(ClosedError, match="stocktaking"):
        comes(house)
    assert comes(house, override="counts too").until == small_house.utc(23)
    house.clock.advance(timedelta(days=1, hours=10))
    late = comes(house, "bob", override="forgot a coat")
    assert late.until == small_house.utc(23, day=date(2026, 11, 25))
    assert [one[0] for one in broken(house)] == ["opening hours", "opening hours"]


def test_an_override_lets_in_to_a_midnight_that_is_on_another_day_of_utc(house):
    """In New York the open space is closed while its place is open: the stay lasts to midnight there, which is
    tomorrow in UTC, and no desk too many is taken then."""
    house.do(
        c.AddPlace(
            name="New York",
            entity_id="asso",
            zone="America/New_York",
            currency="EUR",
            hours=small_house.HOURS,
            open_space_id="ny-open",
            id="ny",
        )
    )
    house.do(c.AddSpace(place_id="ny", name="Open space", use="desks", capacity=1, id="ny-open"))
    house.do(c.ChangeOpenings(place_id="ny", hours=m.OpenHours.weekly((5,), time(9), time(18)), space_id="ny-open"))
    house.wait(hours=7)
    visit = house.do(
        c.CheckIn(place_id="ny", product_id="day", person_id="zoe", account="desk", override="counts")
    ).value
    assert visit.until == small_house.utc(5, day=date(2026, 11, 25))
    with pytest.raises(SoldOutError):
        house.do(c.CheckIn(place_id="ny", product_id="day", person_id="bob", account="desk", override="counts too"))


def test_an_override_that_breaks_nothing_is_not_noted(house):
    """Within the hours and the terms there is nothing to keep."""
    comes(house, override="to be sure")
    assert broken(house) == []


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (m.Terms(audience={"members"}), NotYours(("members",))),
        (m.Terms(trainings={"talk"}), NotTrained(("talk",))),
        (m.Terms(approval=True), NeedsApproval()),
    ],
)
def test_the_terms_that_say_who_count(house, terms, reason):
    """An audience, trainings and an approval bind visitors as they bind who books; an override is kept for each."""
    house.do(c.ChangeTerms("open", terms=terms))
    with pytest.raises(TermsError) as refused:
        comes(house)
    assert refused.value.reason == reason
    with pytest.raises(TermsError):
        comes(house, None)
    visit = comes(house, override="a guest")
    assert [(rule, of.id) for rule, _, of, _ in broken(house)] == [(reason.code, visit.id)]


def test_who_is_meant_comes_in(house):
    """A member, and somebody who has learnt it, check in without anybody's leave."""
    house.do(c.ChangeTerms("open", terms=m.Terms(audience={"members"}, trainings={"talk"})))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="was there last year"))
    comes(house, groups=("members",))
    assert broken(house) == []
    with pytest.raises(TermsError):
        comes(house, "bob", groups=("members",))


def test_the_terms_that_say_when_are_for_bookings(house):
    """Notice, grid and lengths are about bookings: a visit begins now, and is as long as its product says."""
    hour = timedelta(hours=1)
    house.do(
        c.ChangeTerms("open", terms=m.Terms(notice=2 * hour, shortest=hour, longest=hour, grid=hour, horizon=3 * hour))
    )
    assert comes(house).until == small_house.utc(17)


def test_an_override_does_not_close_a_closure_or_make_room(house):
    """A closure of the space itself is no rule that staff may break, and an override needs a reason."""
    house.do(c.CloseSpace("open", period=small_house.period(0, 23), reason="water on the floor"))
    with pytest.raises(ClosedError, match="water"):
        comes(house, override="with boots")
    with pytest.raises(InputError):
        c.CheckIn(place_id="paris", product_id="day", override="")
    with pytest.raises(UnsuitableError):
        house.do(c.CheckIn(place_id="nuit", product_id="day", override="at night"))


def test_a_promised_price_holds_for_an_override(house):
    """A quote of a check-in outside the hours is what it costs, and what is promised is kept."""
    house.do(c.ChangeOpenings(place_id="paris", hours=AFTERNOON, space_id="open"))
    command = c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="desk", override="early")
    quote = house.cantine.quote(command)
    promised = {"account": "desk", "override": "early", "quote": quote}
    done = house.cantine.check_in("paris", "day", actor="ana", person_id="zoe", **promised)
    assert done.charges[0].amount == quote.price.total


def test_it_opens_while_rows_are_read(house):
    """Somebody asks a moment before it opens, and the rows are there when it is open: the refusal is that of the moment
    of asking, by its opening hours."""
    opens = small_house.utc(8, day=small_house.TODAY + timedelta(days=1))
    house.cantine._engine.clock = read_before.Waits(opens - timedelta(milliseconds=1), opens)
    with pytest.raises(ClosedError, match="closed: outside its opening hours"):
        house.cantine._engine.run(
            c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"), "ana"
        )
    assert (
        house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value.state
        == "open"
    )
