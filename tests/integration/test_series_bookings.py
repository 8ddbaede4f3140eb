"""Bookings that repeat, from the clash to the consent: what is told, what is stored, and what is not."""

from __future__ import annotations

import pickle
from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import (
    ConflictError,
    IncompleteError,
    InputError,
    NotFoundError,
    NotOverError,
    RuleError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Key
from cantinekit.runtime import codec
from support.houses import issuing_house, small_house
from support.houses.small_house import period
from support.houses.thursdays import THURSDAY, refused, week
from support.laws import house_laws

SERIES = c.BookSeries(
    space_id="a",
    product_id="room",
    day=THURSDAY,
    starts=time(10),
    ends=time(12),
    rule="FREQ=WEEKLY;COUNT=4",
    person_id="zoe",
    account="desk",
)


@pytest.fixture
def house():
    opened = small_house.open_house()
    yield opened
    house_laws.hold(opened.storage, opened.clock.now())
    house_laws.folds(opened.storage)


def take(house, number, space="a1"):
    """Somebody else has the room in that week, from ten to eleven."""
    return house.do(c.Book(space_id=space, product_id="room", period=period(9, 10, week(number)), account="desk")).value


# --- clashes and consent ---------------------------------------------------------------------------------------------


def test_every_taken_date_is_named_with_why_and_what_is_free(house):
    """A half that is booked, a closure, a public holiday: each date with its reason and the nearest free times."""
    take(house, 1)
    house.do(c.CloseSpace("a2", period=period(8, 17, week(2)), reason="paint"))
    holiday = m.ClosedDays.on("public holiday", "Day of the room", week(3))
    house.do(c.ChangeOpenings(place_id="paris", hours=small_house.HOURS, openings=m.Openings(closed=[holiday])))
    clash = refused(house, SERIES)
    taken, closed, holiday = clash.clashes
    assert (taken.day, taken.why, taken.reason) == (week(1), "taken", "Grande salle is taken")
    assert taken.period == period(9, 11, week(1))
    assert taken.clashes == (period(9, 10, week(1)),)
    assert taken.nearest == tuple(period(hour, hour + 2, week(1)) for hour in (10, 12, 14))
    assert (closed.day, closed.why, "paint" in closed.reason, closed.nearest) == (week(2), "closed", True, ())
    assert (holiday.day, holiday.why, "Day of the room" in holiday.reason) == (week(3), "closed", True)
    assert clash.free == (week(0),)
    assert clash.unexpected == clash.skip == (week(1), week(2), week(3))
    assert clash.freed == ()
    assert "2026-12-03 taken" in str(clash)
    again = pickle.loads(pickle.dumps(clash))
    assert (again.clashes, again.free, again.skip, str(again)) == (clash.clashes, clash.free, clash.skip, str(clash))


def test_dates_outside_the_hours_are_told_the_times_inside(house):
    """From half past five to half past seven is outside the hours; the last two hours before six are proposed."""
    clash = refused(house, attrs.evolve(SERIES, starts=time(17, 30), ends=time(19, 30)))
    assert {one.why for one in clash.clashes} == {"outside hours"}
    assert [one.nearest[0] for one in clash.clashes] == [period(15, 17, week(number)) for number in range(4)]
    assert clash.free == ()


def test_the_terms_of_the_space_bind_each_date(house):
    """Dates beyond the horizon are clashes that can be left out, and had once their time has come; groups and an
    override count as for a single booking."""
    house.do(c.ChangeTerms("a", terms=m.Terms(horizon=timedelta(days=10), audience=["members"])))
    assert {one.why for one in refused(house, SERIES).clashes} == {"terms"}
    members = attrs.evolve(SERIES, groups=["members"])
    clash = refused(house, members)
    assert [(one.day, one.why) for one in clash.clashes] == [(week(2), "terms"), (week(3), "terms")]
    series = house.do(attrs.evolve(members, skip=clash.skip)).value
    house.wait(days=7)
    house.do(c.RetrySkipped(series.id, dates=[week(2)], account="desk", groups=["members"]))
    refused(house, c.RetrySkipped(series.id, dates=[week(3)], account="desk", groups=["members"]))
    house.do(c.RetrySkipped(series.id, dates=[week(3)], account="desk", override="a promise"))
    assert {one.rule for one in house.all(m.Override)} == {"horizon", "not yours"}


def test_the_buffers_of_the_space_are_claimed_on_each_date(house):
    """Nobody has a half of the room within the buffers of a date, over midnight too; once cancelled they can."""
    house.do(c.ChangeTerms("a", terms=m.Terms(before=timedelta(hours=10), after=timedelta(minutes=30))))
    series = house.do(SERIES).value
    for number in (0, 3):
        for near in (period(11, 12, week(number)), period(8, 9, week(number))):
            refused(house, c.Book(space_id="a1", product_id="room", period=near, account="desk"), ConflictError)
    house.do(c.CancelSeries(series.id))
    house.do(c.Book(space_id="a1", product_id="room", period=period(11, 12, week(0)), account="desk"))
    house.do(c.Book(space_id="a1", product_id="room", period=period(8, 9, week(3)), account="desk"))


def test_desks_that_are_sold_out_on_a_day_are_told_so(house):
    """Two of three desks are wanted where one is left: sold out on that date, not elsewhere."""
    house.do(c.Book(space_id="open", product_id="desk", period=period(9, 11, week(2)), units=2, account="desk"))
    clash = refused(house, attrs.evolve(SERIES, space_id="open", product_id="desk", units=2))
    assert [(one.day, one.why, one.nearest[0]) for one in clash.clashes] == [
        (week(2), "sold out", period(11, 13, week(2)))
    ]


def test_a_date_that_is_over_is_a_clash_and_all_of_them_too_late(house):
    """A series that began last week can be had from now on, with consent; one that is over cannot be had at all."""
    begun = attrs.evolve(SERIES, day=week(-1))
    clash = refused(house, begun)
    assert [(one.day, one.why) for one in clash.clashes] == [(week(-1), "over")]
    assert house.do(attrs.evolve(begun, skip=clash.skip)).value.booking_ids
    refused(house, attrs.evolve(SERIES, space_id="b", day=week(-5)), TooLateError)


def test_a_time_that_the_clock_change_skips_is_a_clash(house):
    """Half past two to a quarter past three on the last Sunday of March: there is no such time; it can be left out."""
    night = c.BookSeries(
        space_id="n",
        product_id="room",
        day=date(2027, 3, 27),
        starts=time(2, 30),
        ends=time(3, 15),
        rule="FREQ=DAILY;COUNT=3",
    )
    clash = refused(house, night)
    assert [(one.day, one.why, one.period) for one in clash.clashes] == [(date(2027, 3, 28), "no such time", None)]
    made = house.do(attrs.evolve(night, skip=clash.skip, account="desk")).value
    assert [one.why for one in made.dates] == ["", "no such time", ""]
    refused(house, c.RetrySkipped(made.id))


def test_dates_that_reach_into_each_other_are_not_both_had(house):
    """From three to half past two the next day: in March one date reaches into the next, which is told."""
    nights = c.BookSeries(
        space_id="n",
        product_id="room",
        day=date(2027, 3, 26),
        starts=time(3),
        ends=time(2, 30),
        rule="FREQ=DAILY;COUNT=4",
        account="desk",
    )
    clash = refused(house, nights)
    assert [(one.day, one.why, one.period.start - one.clashes[0].end) for one in clash.clashes] == [
        (date(2027, 3, 28), "taken", -timedelta(minutes=30))
    ]
    assert len(house.do(attrs.evolve(nights, skip=clash.skip)).value.booking_ids) == 3


def test_the_terms_of_a_space_bind_each_date(house):
    """A horizon, a notice and buffers: each date that they refuse is told, staff override them, buffers are claimed."""
    hour = timedelta(hours=1)
    house.do(c.ChangeTerms("a", terms=m.Terms(before=hour, after=hour, horizon=timedelta(days=20))))
    take(house, 1)
    late = attrs.evolve(SERIES, starts=time(11, 30), ends=time(13))
    clash = refused(house, late)
    assert [(one.day, one.why) for one in clash.clashes] == [(week(1), "taken"), (week(3), "terms")]
    assert "buffers" in clash.clashes[0].reason
    assert clash.clashes[0].nearest[0] == Period(small_house.utc(11, day=week(1)), small_house.utc(12, 30, week(1)))
    staff = attrs.evolve(late, override="the mayor asks")
    assert refused(house, staff).skip == (week(1),)
    before = [page for page in house.all(m.OccupancyPage) if page.claims]
    series = house.do(attrs.evolve(staff, skip=(week(1),))).value
    assert [(kept.rule, kept.subject.id) for kept in house.all(m.Override)] == [("horizon", series.id)]
    booking = house.get(m.Booking, series.booking_ids[0])
    assert {(one.claim.start, one.claim.end) for one in booking.placed} == {
        (booking.period.start - hour, booking.period.end + hour)
    }
    house.do(c.ChangeTerms("a", terms=m.Terms()))  # what is booked keeps its buffers, and gives them back
    house.do(c.CancelSeries(series.id))
    assert [page for page in house.all(m.OccupancyPage) if page.claims] == before


def test_buffers_of_one_date_may_not_reach_the_next(house):
    """Whole days with half an hour after them: every second one can be had, as each needs time of the next."""
    half = timedelta(minutes=30)
    house.do(c.ChangeTerms("n", terms=m.Terms(after=half)))
    days = c.BookSeries(
        space_id="n",
        product_id="room",
        day=THURSDAY,
        starts=time(10),
        ends=time(10),
        rule="FREQ=DAILY;COUNT=4",
        account="desk",
    )
    assert [one.day for one in refused(house, days).clashes] == [THURSDAY + timedelta(days=n) for n in (1, 3)]


@pytest.mark.parametrize("wrong", [(), (1,), (2,), (0, 1, 2), (1, 2, 3)], ids=str)
def test_consent_to_other_dates_stores_nothing(house, wrong):
    """One date too few or one too many: refused, with the difference named, and nothing is stored."""
    take(house, 1)
    take(house, 2)
    named = tuple(map(week, wrong))
    clash = refused(house, attrs.evolve(SERIES, skip=named))
    assert set(clash.unexpected) == {week(1), week(2)} - set(named)
    assert set(clash.freed) == set(named) - {week(1), week(2)}
    for day in clash.freed:
        assert f"{day.isoformat()} is free" in str(clash)


def test_consent_holds_for_the_dates_as_they_are_when_it_is_stored(house):
    """A date that was taken and has come free in between is not left out by an old consent; the new one is right."""
    taken = take(house, 1)
    consent = attrs.evolve(SERIES, skip=refused(house, SERIES).skip)
    assert house.cantine.preview(consent, actor="ana").value.of_state("skipped")
    house.do(c.CancelBooking(taken.id))
    assert refused(house, consent).freed == (week(1),)
    take(house, 2)
    assert refused(house, SERIES).unexpected == (week(2),)
    assert house.do(attrs.evolve(SERIES, skip=(week(2),))).value.state == "confirmed"


def test_with_nothing_left_to_book_nothing_is_booked(house):
    """Consent to leave every date out is no booking."""
    for number in range(4):
        take(house, number)
    every = tuple(map(week, range(4)))
    assert "no date" in str(refused(house, attrs.evolve(SERIES, skip=every)))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"space_id": "nowhere"}, NotFoundError),
        ({"product_id": "half-day"}, UnsuitableError),
        ({"units": 2}, UnsuitableError),
        ({"rule": "FREQ=WEEKLY"}, RuleError),
        ({"rule": "FREQ=WEEKLY;COUNT=401"}, RuleError),
        ({"skip": (THURSDAY + timedelta(days=1),)}, InputError),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_for_all_dates_at_once(house, changed, error):
    """What is wrong with the whole is no clash of dates."""
    refused(house, attrs.evolve(SERIES, **changed), error)


# --- what is stored --------------------------------------------------------------------------------------------------


def test_one_record_one_event_one_message_one_charge(house):
    """Three dates of four are one record and one event, one message names them, one charge has a line for each."""
    take(house, 1)
    told = len(house.mail.received)
    done = house.do(attrs.evolve(SERIES, skip=(week(1),)))
    series = done.value
    assert (series.state, series.zone, series.starts, series.ends) == ("confirmed", "Europe/Paris", time(10), time(12))
    assert [(one.day, one.state, one.why) for one in series.dates] == [
        (week(0), "booked", ""), (week(1), "skipped", "taken"), (week(2), "booked", ""), (week(3), "booked", ""),
    ]  # fmt: skip
    assert [entry.type for entry in done.events if "Book" in entry.type or "Series" in entry.type] == ["SeriesBooked"]
    assert done.messages == (("series booked", "zoe"),)
    (sent,) = house.mail.received[told:]
    for day in (week(0), week(2), week(3)):
        assert f"{day.isoformat()} 10:00" in sent.text
    assert f"left out: {week(1).isoformat()} 10:00" in sent.text
    (charge,) = done.charges
    assert (charge.amount, charge.state) == (Money(9000, "EUR"), "settled")
    assert [line.text for line in charge.lines] == [f"room, {week(n).isoformat()}" for n in (0, 2, 3)]
    assert all(f"[{week(number).isoformat()}]" in done.quote.explain() for number in (0, 2, 3))
    (explained,) = house.cantine.read.explain(m.Subject("booking_series", series.id))
    assert explained.explain() == done.quote.explain()


def test_each_date_is_a_booking_like_any_other(house):
    """It is in the agenda, belongs to the person, has its own claims, and is seen when the hours change."""
    series = house.do(SERIES).value
    bookings = house.cantine.read.bookings("zoe")
    assert [booking.id for booking in bookings] == list(series.booking_ids)
    assert [booking.period for booking in bookings] == [period(9, 11, week(number)) for number in range(4)]
    assert {(booking.series_id, booking.state, booking.part.amount.amount) for booking in bookings} == {
        (series.id, "confirmed", 3000)
    }
    items = house.cantine.read.agenda("paris", week(2))
    assert [(one.kind, one.id) for one in items] == [("booking", bookings[2].id)]
    for leaf in ("a1", "a2"):
        page = house.get(m.OccupancyPage, m.page_id(leaf, week(1)))
        assert [claim.id for claim in page.claims] == [bookings[1].id]
    closed = m.ClosedDays.on("closure", "works", week(3))
    house.do(c.ChangeOpenings(place_id="paris", hours=small_house.HOURS, openings=m.Openings(closed=[closed])))
    until = small_house.utc(0, day=week(5))
    ((found, _),) = house.cantine.read.booked_outside("paris", Period(house.clock.now(), until))
    assert found == bookings[3]
    assert [entry.type for entry in house.cantine.read.history(m.Booking, found.id)] == ["SeriesBooked"]


def test_an_override_counts_for_all_dates_and_is_kept_once(house):
    """Staff book an evening outside the hours with a reason, which is kept with the series."""
    evening = attrs.evolve(SERIES, starts=time(19), ends=time(21), override="choir")
    series = house.do(evening).value
    (kept,) = house.all(m.Override)
    assert (kept.subject, kept.reason) == (m.Subject("booking_series", series.id), "choir")
    assert len(series.booking_ids) == 4


def test_the_index_that_the_journal_feeds_sees_each_step(house):
    """Held, confirmed, one date cancelled, the rest cancelled: the index in memory has the claims of the pages."""
    house.do(attrs.evolve(SERIES, space_id="b", account=None, person_id=None))
    made = house.do(attrs.evolve(SERIES, account="card")).value
    for step in (
        None,
        c.CancelBooking(made.booking_ids[1]),
        c.CancelSeries(made.id, from_date=week(3)),
        c.CancelSeries(made.id),
    ):
        if step is not None:
            house.do(step)
        index = house.cantine.read.busy_index()
        for space in ("a1", "a2", "b"):
            pages = [page for page in house.all(m.OccupancyPage) if page.space_id == space]
            wanted = {claim for page in pages for claim in page.claims if claim.live(house.clock.now())}
            found = {one.claim for claim in wanted for one in index.claims(claim.id) if one.space_id == space}
            assert found == wanted
            for booking in made.booking_ids:
                assert bool(index.claims(booking)) == any(claim.id == booking for page in house.all(m.OccupancyPage)
                                                          for claim in page.claims)  # fmt: skip


def test_a_promised_price_holds_for_all_dates(house):
    """The quote of a series is what is charged; after the list has changed it is no longer."""
    promise = house.cantine.quote(SERIES).promise
    assert promise.total == Money(12_000, "EUR")
    assert house.do(attrs.evolve(SERIES, quote=promise)).charges[0].amount == promise.total


def test_a_person_with_dates_to_come_is_not_forgotten(house):
    """The dates stand in the way of forgetting somebody; once they are cancelled, the series names nobody."""
    series = house.do(SERIES).value
    with pytest.raises(NotOverError):
        house.do(c.ForgetPerson("zoe"))
    house.do(c.CancelSeries(series.id))
    erasure = house.do(c.ForgetPerson("zoe")).value
    assert ("booking_series", 1) in {(one.kind, one.count) for one in erasure.kept}


# --- paying ----------------------------------------------------------------------------------------------------------


def test_what_is_never_paid_expires_as_one(house):
    """Fifteen minutes after, all dates are free again; one event, one message, nothing owed."""
    series = house.do(attrs.evolve(SERIES, account=None)).value
    assert series.state == "held"
    assert {booking.state for booking in house.all(m.Booking)} == {"held"}
    house.wait(minutes=14)
    assert house.cantine.run_due().done == 0
    assert refused(house, attrs.evolve(SERIES, person_id="bob")).unexpected == tuple(map(week, range(4)))
    house.wait(minutes=1)
    before = len(small_house.journal(house.storage))
    house.cantine.run_due()
    ended = [entry.type for entry in small_house.journal(house.storage)[before:]]
    assert ended.count("SeriesEnded") == 1
    assert "BookingEnded" not in ended
    after = house.get(m.BookingSeries, series.id)
    assert (after.state, {one.state for one in after.dates}) == ("expired", {"cancelled"})
    assert house.all(m.Charge)[-1].state == "void"
    assert [sent.template for sent in house.mail.received if sent.template.startswith("series")] == ["series expired"]
    assert house.do(attrs.evolve(SERIES, person_id="bob")).value.state == "confirmed"
    refused(house, c.RetrySkipped(series.id), WrongStateError)
    refused(house, c.CancelSeries(series.id), WrongStateError)


def test_a_payment_confirms_all_dates(house):
    """The charge of a held series is paid at the desk: all dates are confirmed by one event and told in one message."""
    series = house.do(attrs.evolve(SERIES, account=None)).value
    paid = house.do(c.Pay(series.charge_id, account="desk"))
    assert [entry.type for entry in paid.events][-1] == "SeriesConfirmed"
    assert paid.messages == (("series booked", "zoe"),)
    assert house.get(m.BookingSeries, series.id).state == "confirmed"
    assert {booking.state for booking in house.all(m.Booking)} == {"confirmed"}
    house.wait(hours=1)
    house.cantine.run_due()
    assert house.get(m.BookingSeries, series.id).state == "confirmed"


def test_a_late_payment_is_for_all_dates_or_for_none():
    """Paid after the hold, and still free: had. With one date gone: nothing is had, and all the money goes back."""
    for gone in (False, True):
        house = small_house.open_house(outcomes=("pending",))
        series = house.do(attrs.evolve(SERIES, account="card")).value
        attempt = house.get(m.Charge, series.charge_id).attempt_ids[0]
        house.wait(minutes=20)
        if gone:
            take(house, 2)
        house.cantine._engine.run(c.ObserveCharge(attempt, state="settled", captured=12_000), "system")
        house.cantine.run_due()
        after, charge = house.get(m.BookingSeries, series.id), house.get(m.Charge, series.charge_id)
        assert after.state == ("expired" if gone else "confirmed")
        assert charge.held == Money(0 if gone else 12_000, "EUR")
        house_laws.hold(house.storage, house.clock.now())
        house_laws.folds(house.storage)


def test_documents_state_each_date(house):
    """The receipt of a series has a line for each date; what one date gives back has a credit note of its own."""
    issuing_house.taxed(issuing_house.described(house))
    series = house.do(attrs.evolve(SERIES, product_id="t-room")).value
    invoice = house.do(
        c.IssueDocument(charge_id=series.charge_id, series="invoices", addressee=issuing_house.ZOE)
    ).value
    assert [line.text.rpartition(", ")[2] for line in invoice.lines] == [week(n).isoformat() for n in range(4)]
    house.do(c.CancelBooking(series.booking_ids[2]))
    (refund,) = house.cantine.read.refunds(series.charge_id)
    note = house.do(c.IssueCreditNote(charge_id=series.charge_id, series="credits", refund_id=refund.id)).value
    assert note.gross == -house.get(m.Booking, series.booking_ids[2]).part.amount
    assert invoice.gross == house.get(m.Charge, series.charge_id).amount


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_one_date_is_cancelled_by_itself(house):
    """Its part of the charge goes back, its claims go, the series knows; the other dates stay."""
    series = house.do(SERIES).value
    done = house.do(c.CancelBooking(series.booking_ids[1]))
    assert done.messages[0] == ("booking cancelled", "zoe")
    assert house.get(m.Charge, series.charge_id).held == Money(9000, "EUR")
    after = house.get(m.BookingSeries, series.id)
    assert [one.state for one in after.dates] == ["booked", "cancelled", "booked", "booked"]
    assert (
        house.do(c.Book(space_id="a1", product_id="room", period=period(9, 10, week(1)), account="desk")).value.state
        == "confirmed"
    )
    refused(house, c.CancelBooking(series.booking_ids[1]), WrongStateError)
    for id in (series.booking_ids[0], *series.booking_ids[2:]):
        house.do(c.CancelBooking(id))
    assert house.get(m.BookingSeries, series.id).state == "cancelled"
    assert house.get(m.Charge, series.charge_id).held == Money(0, "EUR")


def test_what_is_not_paid_is_one_unit(house):
    """While the payment is awaited no date goes by itself; all of it can go."""
    series = house.do(attrs.evolve(SERIES, account=None)).value
    refused(house, c.CancelBooking(series.booking_ids[1]), WrongStateError)
    refused(house, c.ConfirmBooking(series.booking_ids[1]), WrongStateError)
    refused(house, c.CancelSeries(series.id, from_date=week(2)), WrongStateError)
    done = house.do(c.CancelSeries(series.id))
    assert (done.value.state, done.charges[0].state) == ("cancelled", "void")
    house.wait(hours=1)
    house.cantine.run_due()
    assert house.get(m.BookingSeries, series.id).state == "cancelled"


def test_the_rest_of_a_series_is_cancelled_from_a_day_on(house):
    """Two dates of four and the one that was left out: one event, one refund of both parts, one message about dates."""
    take(house, 3)
    series = house.do(attrs.evolve(SERIES, skip=(week(3),), account="card")).value
    done = house.do(c.CancelSeries(series.id, from_date=week(1), reason="the course is over"))
    assert [one.state for one in done.value.dates] == ["booked", "cancelled", "cancelled", "cancelled"]
    assert done.value.state == "confirmed"
    assert [entry.type for entry in done.events].count("SeriesEnded") == 1
    (refund,) = house.cantine.read.refunds(series.charge_id)
    assert (refund.amount, refund.reason) == (Money(6000, "EUR"), "the course is over")
    assert [name for name, _ in done.messages if name.startswith("series")] == ["series cancelled"]
    refused(house, c.CancelSeries(series.id, from_date=week(1)), TooLateError)


def test_dates_that_are_over_stay(house):
    """After the second date the rest can be cancelled; what took place is neither given back nor free."""
    series = house.do(SERIES).value
    house.wait(days=9, hours=4)
    after = house.do(c.CancelSeries(series.id)).value
    assert [one.state for one in after.dates] == ["booked", "booked", "cancelled", "cancelled"]
    assert house.get(m.Charge, series.charge_id).held == Money(6000, "EUR")
    refused(house, c.CancelSeries(series.id), TooLateError)
    refused(house, c.CancelBooking(series.booking_ids[0]), TooLateError)


def test_money_that_went_back_before_does_not_go_back_twice(house):
    """After a gesture of 100.00 of 120.00 all dates are cancelled: what is left goes back, and no more."""
    series = house.do(SERIES).value
    house.do(c.RefundCharge(series.charge_id, amount=Money(10_000, "EUR"), reason="goodwill"))
    house.do(c.CancelBooking(series.booking_ids[0]))
    charge = house.get(m.Charge, series.charge_id)
    assert charge.held == Money(0, "EUR")
    house.do(c.CancelSeries(series.id))
    assert house.get(m.Charge, series.charge_id).refunded == Money(12_000, "EUR")


# --- what was left out -----------------------------------------------------------------------------------------------


def test_a_skipped_date_is_booked_later_for_its_own_price(house):
    """It stays in the series; once it is free it is booked, charged and told by itself, and cancelled like others."""
    taken = take(house, 1)
    series = house.do(attrs.evolve(SERIES, skip=(week(1),))).value
    refused(house, c.RetrySkipped(series.id))
    house.do(c.CancelBooking(taken.id))
    done = house.do(c.RetrySkipped(series.id, dates=(week(1),), account="card"))
    assert [one.state for one in done.value.dates] == ["booked"] * 4
    assert done.charges[0].amount == Money(3000, "EUR")
    assert done.charges[0].id != series.charge_id
    assert done.messages == (("series booked", "zoe"),)
    refused(house, c.RetrySkipped(series.id), WrongStateError)
    refused(house, c.RetrySkipped(series.id, dates=(week(0),)), WrongStateError)
    refused(house, c.RetrySkipped(series.id, dates=(week(0) + timedelta(days=1),)), InputError)
    after = house.do(c.CancelSeries(series.id)).value
    assert after.state == "cancelled"
    assert {charge.held.amount for charge in house.all(m.Charge)} == {0}


BY_SIZE = """
[tariff]
id = "sizes"
name = "Sizes"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[facts]
layout = ["small", "large"]
[product.sized]
rate = [{ price = 20.00, when = { layout = "small" } }, { price = 50.00, when = { layout = "large" } }]
"""


@pytest.fixture
def sized(house):
    """A series of a product whose price asks for a size, without its second date, which is free by now."""
    house.do(c.PublishTariff(BY_SIZE))
    house.do(
        c.AddProduct(
            name="sized", entity_id="asso", pricelist_id="sizes", tariff_product="sized", sells="booking", id="sized"
        )
    )
    taken = take(house, 1)
    series = house.do(attrs.evolve(SERIES, product_id="sized", facts={"layout": "large"}, skip=(week(1),))).value
    house.do(c.CancelBooking(taken.id))
    return series


def test_a_skipped_date_has_the_facts_of_its_series(house, sized):
    """It is priced by what the series was priced by; other facts may be given with it."""
    assert sized.facts == (("layout", "large"),)
    preview = house.cantine.preview(c.RetrySkipped(sized.id, facts={"layout": "small"}), actor="ana")
    assert preview.charges[0].amount == Money(2000, "EUR")
    assert house.do(c.RetrySkipped(sized.id, account="desk")).charges[0].amount == Money(5000, "EUR")


def test_a_series_without_kept_facts_is_asked_for_them(house, sized):
    """One that was stored before its facts were kept is read, and its dates are priced by the facts that are given."""
    row = small_house.rows(house.storage)[Key("booking_series", sized.id)]
    bare = attrs.evolve(house.get(m.BookingSeries, sized.id), facts=())
    assert '"facts"' not in codec.encode(bare, 1).body
    house.storage.apply(Change(rows=(codec.encode(bare, row.version + 1),)))
    refused(house, c.RetrySkipped(sized.id, account="desk"), IncompleteError)
    done = house.do(c.RetrySkipped(sized.id, account="desk", facts={"layout": "large"}))
    assert done.charges[0].amount == Money(5000, "EUR")
    house.storage.apply(Change(rows=(codec.encode(attrs.evolve(done.value, facts=sized.facts), row.version + 3),)))


def test_a_date_that_cannot_be_tried_again_says_how_it_stands(house):
    """A date that is booked, and one that was given up, are told as that, and not as if they had to be left out."""
    take(house, 1)
    series = house.do(attrs.evolve(SERIES, skip=(week(1),))).value
    booked = refused(house, c.RetrySkipped(series.id, dates=(week(0),)), WrongStateError)
    assert str(booked) == f"the date {week(0)} is booked"
    house.do(c.CancelSeries(series.id, from_date=week(1)))
    given_up = refused(house, c.RetrySkipped(series.id, dates=(week(1),)), WrongStateError)
    assert str(given_up) == f"the date {week(1)} is cancelled"


def test_all_or_nothing_of_what_is_tried_again(house):
    """Of two skipped dates one is free: both together are refused and the free one is named; it alone is booked."""
    first, _ = take(house, 1), take(house, 2)
    series = house.do(attrs.evolve(SERIES, skip=(week(1), week(2)))).value
    house.do(c.CancelBooking(first.id))
    clash = refused(house, c.RetrySkipped(series.id))
    assert (clash.free, clash.unexpected) == ((week(1),), (week(2),))
    assert house.do(c.RetrySkipped(series.id, dates=clash.free, account="desk")).value.of_state("skipped")[
        0
    ].day == week(2)
    house.wait(days=30)
    refused(house, c.RetrySkipped(series.id), TooLateError)


def test_a_retry_that_is_never_paid_is_skipped_again(house):
    """The date that was held runs out by itself; the series stays as it was, and can be tried once more."""
    taken = take(house, 1)
    series = house.do(attrs.evolve(SERIES, skip=(week(1),))).value
    house.do(c.CancelBooking(taken.id))
    held = house.do(c.RetrySkipped(series.id)).value
    assert [one.state for one in held.dates] == ["booked"] * 4
    refused(house, c.CancelSeries(series.id, from_date=week(9)), TooLateError)
    house.wait(minutes=15)
    house.cantine.run_due()
    after = house.get(m.BookingSeries, series.id)
    assert (after.state, after.dates[1]) == ("confirmed", m.SeriesDate(week(1), "skipped", None, "expired"))
    assert house.do(c.RetrySkipped(series.id, account="desk")).value.dates[1].state == "booked"
    house.do(c.CancelSeries(series.id, from_date=week(1)))
    assert house.get(m.Charge, series.charge_id).held == Money(3000, "EUR")
