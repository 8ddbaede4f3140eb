"""Bookings that are asked for first: kept until somebody answers, and then sold, free again, or run out."""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import (
    ConflictError,
    NotForSaleError,
    NotOverError,
    SeriesClashError,
    TermsError,
    TooLateError,
    WrongStateError,
)
from cantinekit.pictures._gather import _Gathered
from cantinekit.pictures._words import PictureWords
from cantinekit.scheduling.availability import Filter, NeedsApproval, Question
from support.houses import small_house
from support.houses.small_house import House, open_house, period
from support.laws import house_laws

DAY = date(2026, 11, 26)
HOUR = timedelta(hours=1)
ASKED = c.Book(space_id="b", product_id="room", period=period(10, 12, DAY), person_id="zoe")


@pytest.fixture
def house() -> House:
    """A house in which room b is asked for, with an hour to clean it, and answered within a day."""
    made = open_house()
    made.do(c.ChangeTerms("b", terms=m.Terms(after=HOUR, approval=True, answer_within=timedelta(days=1))))
    return made


def told(house: House) -> list[str]:
    tasks = [task for task in house.all(m.Task) if task.work == "message"]
    return [task.template for task in sorted(tasks, key=lambda task: int(task.id.rpartition("_")[2]))]


def texts(house: House) -> list[str]:
    return [message.text for message in house.mail.received]


def test_a_request_keeps_its_time_and_costs_nothing(house):
    """It is kept with its buffers, told to whoever asked, and neither priced nor charged; nobody else gets the room."""
    outcome = house.do(attrs.evolve(ASKED, account="card"))
    booking = outcome.value
    assert (booking.state, booking.expires) == ("requested", house.clock.now() + timedelta(days=1))
    assert outcome.charges == ()
    assert house.all(m.Sale) == house.all(m.Charge) == []
    assert house.card.charges == ()
    assert told(house) == ["booking requested"]
    assert "2026-11-25 09:30" in texts(house)[-1]
    with pytest.raises(ConflictError):
        house.do(c.Book(space_id="b", product_id="room", period=period(12, 13, DAY), person_id="bob"))
    house_laws.hold(house.storage, house.clock.now())


def test_the_price_is_shown_before_anybody_asks(house):
    """A quote of a request is its price; what has no price, and what is closed or taken, cannot be asked for."""
    assert house.cantine.quote(ASKED).total.amount == 3000
    without = small_house.TARIFF.replace("[product.room]", "[product.hall]")
    house.do(c.PublishTariff(without, override="the room is not let any more"))
    with pytest.raises(NotForSaleError):
        house.do(ASKED)


@pytest.mark.parametrize("account", ["desk", "card"])
def test_approved_and_paid_it_is_confirmed(house, account):
    """Approving prices it and takes the money like the confirmation of a hold."""
    booking = house.do(ASKED).value
    outcome = house.do(c.ApproveBooking(booking.id, account=account))
    assert house.get(m.Booking, booking.id).state == "confirmed"
    assert [charge.amount.amount for charge in house.all(m.Charge)] == [3000]
    assert outcome.quote.total.amount == 3000
    assert told(house)[-1] == "booking confirmed"
    assert ("booking approved" in told(house)) is (account == "card")
    (claim,) = {one for page in house.all(m.OccupancyPage) for one in page.claims if one.id == booking.id}
    assert (claim.expires, claim.booked) == (None, booking.period)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_approved_and_not_paid_it_is_held_for_as_long_as_an_answer_takes(house):
    """Without an account it waits for its payment, is told so, and runs out when nobody pays."""
    for paid in (True, False):
        booking = house.do(ASKED).value
        approved = house.do(c.ApproveBooking(booking.id)).value
        assert (approved.state, approved.expires) == ("held", house.clock.now() + timedelta(days=1))
        assert told(house)[-1] == "booking approved"
        if paid:
            house.wait(hours=23)
            house.do(c.Pay(approved.charge_id, account="desk"))
            assert house.get(m.Booking, booking.id).state == "confirmed"
            house.do(c.CancelBooking(booking.id))
    house.wait(hours=24)
    house.cantine.run_due()
    assert house.get(m.Booking, booking.id).state == "expired"
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())


def test_it_is_priced_by_the_facts_that_it_was_asked_with(house):
    """Facts travel with the request: the price is that of what was asked for."""
    tea = 'adjust = [{ id = "tea", add = 5.00, when = { tea = true } }]'
    told_tea = f'15.00, per = "1h" }}\n{tea}\n[facts]\ntea = "yes/no"\n[product.other]\nrate = {{ price = 1.00 }}'
    house.do(c.PublishTariff(small_house.TARIFF.replace('15.00, per = "1h" }', told_tea)))
    booking = house.do(attrs.evolve(ASKED, facts={"tea": True})).value
    assert booking.facts == (("tea", True),)
    house.do(c.ApproveBooking(booking.id, account="desk"))
    assert [charge.amount.amount for charge in house.all(m.Charge)] == [3500]


def test_declined_it_is_free_again_and_the_reason_is_told(house):
    """Whoever asked gets the reason; the room can be asked for by the next."""
    booking = house.do(ASKED).value
    declined = house.do(c.DeclineBooking(booking.id, reason="The floor is waxed.")).value
    assert (declined.state, declined.reason, declined.expires) == ("declined", "The floor is waxed.", None)
    assert told(house) == ["booking requested", "booking declined"]
    assert "The floor is waxed." in texts(house)[-1]
    assert house.do(attrs.evolve(ASKED, person_id="bob")).value.state == "requested"
    for late in (
        c.ApproveBooking(booking.id, account="desk"),
        c.DeclineBooking(booking.id),
        c.CancelBooking(booking.id),
    ):
        with pytest.raises(WrongStateError):
            house.do(late)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


@pytest.mark.parametrize("tidy", [True, False], ids=["run due", "late tasks"])
def test_unanswered_it_runs_out(house, tidy):
    """Past its time it is free for others at once, cannot be approved any more, and is told when it is ended."""
    booking = house.do(ASKED).value
    house.wait(hours=24)
    if tidy:
        house.cantine.run_due()
        assert house.get(m.Booking, booking.id).state == "expired"
        assert told(house)[-1] == "booking expired"
    other = house.do(attrs.evolve(ASKED, person_id="bob")).value
    with pytest.raises(WrongStateError if tidy else TooLateError):
        house.do(c.ApproveBooking(booking.id, account="desk"))
    house.do(c.ApproveBooking(other.id, account="desk"))
    house.cantine.run_due()
    assert {one.id: one.state for one in house.all(m.Booking)} == {booking.id: "expired", other.id: "confirmed"}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())


def test_a_request_is_never_kept_beyond_the_time_that_it_is_for(house):
    """Asked for an hour before, it waits for an answer until it would be over, and not longer."""
    booking = house.do(c.Book(space_id="b", product_id="room", period=period(9.5, 10.5))).value
    assert booking.expires == booking.period.end
    house.wait(hours=2)
    with pytest.raises(TooLateError):
        house.do(c.ApproveBooking(booking.id, account="desk"))


def test_whoever_asked_may_cancel_and_is_not_forgotten_before(house):
    """A request is given up like a hold; while it waits, its person has something open."""
    booking = house.do(ASKED).value
    with pytest.raises(NotOverError):
        house.do(c.ForgetPerson("zoe"))
    assert house.do(c.CancelBooking(booking.id)).value.state == "cancelled"
    assert house.do(c.ForgetPerson("zoe")).value is not None


def test_nothing_goes_around_the_approval(house):
    """Neither a hold nor a series: each is refused with the reason, and booked by staff with one that is kept."""
    series = c.BookSeries(space_id="b", product_id="room", day=DAY, starts=time(14), ends=time(15), account="desk")
    with pytest.raises(TermsError) as caught:
        house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11, DAY)))
    assert caught.value.reason == NeedsApproval()
    with pytest.raises(SeriesClashError) as clashed:
        house.do(series)
    assert (clashed.value.clashes[0].why, clashed.value.clashes[0].nearest) == ("terms", ())
    house.do(attrs.evolve(series, override="the mayor asks"))
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11, DAY), override="the mayor asks"))
    assert [one.rule for one in house.all(m.Override)] == ["approval", "approval"]


def test_a_question_shows_what_can_be_asked_for(house):
    """A room for which one has to ask is free while nobody has it, and taken once it is requested."""
    question = Question(period(10, 12, DAY), filter=Filter(space_ids=("b",)))
    assert house.cantine.find_free(question).free
    house.do(ASKED)
    assert not house.cantine.find_free(question).free
    agenda = house.cantine.read.agenda("paris", DAY)
    assert [(one.kind, one.state, one.period) for one in agenda] == [("booking", "requested", period(10, 12, DAY))]


def test_equipment_that_needs_approval_makes_a_request(house):
    """Where the pool asks for it, the booking of the room with it is a request; the first to run out counts."""
    house.do(c.AddSpace(place_id="paris", name="Crane", use="equipment", id="crane"))
    house.do(c.ChangeTerms("crane", terms=m.Terms(approval=True, answer_within=HOUR)))
    booking = house.do(
        c.Book(space_id="a1", product_id="room", period=period(10, 11, DAY), with_units={"crane": 1})
    ).value
    assert (booking.state, booking.expires) == ("requested", house.clock.now() + HOUR)
    approved = house.do(c.ApproveBooking(booking.id, account="desk")).value
    assert approved.state == "confirmed"


class Between:
    """A store in which, before an approval is stored, somebody else answers."""

    def __init__(self, house: House, answer: c.Command, *, guarded: bool) -> None:
        self.inner, self.house, self.answer, self.guarded, self.done = house.storage, house, answer, guarded, False

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def apply(self, change):
        if not self.done and any(event.type == "BookingApproved" for event in change.events):
            self.done = True
            self.house.do(self.answer)
            if not self.guarded:
                found = self.inner.load([row.key for row in change.rows])
                versions = [old.version + 1 if old else 1 for old in found]
                rows = [attrs.evolve(row, version=n) for row, n in zip(change.rows, versions, strict=True)]
                change = attrs.evolve(change, rows=tuple(rows), guards=())
        self.inner.apply(change)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
@pytest.mark.parametrize("answer", [c.DeclineBooking, c.CancelBooking], ids=lambda cls: cls.__name__)
def test_two_answers_at_once_are_one(house, answer, guarded):
    """Approved by one while another declines it, or whoever asked gives it up: the first stands, no money is taken for
    what is free again. Control: a store that does not compare versions takes both."""
    booking = house.do(ASKED).value
    between = Between(house, answer(booking.id), guarded=guarded)
    other = open_house(between, furnished=False, ids=lambda prefix: f"{prefix}_x")
    if guarded:
        with pytest.raises(WrongStateError):
            other.do(c.ApproveBooking(booking.id, account="desk"))
        assert house.all(m.Charge) == []
        assert house.get(m.Booking, booking.id).state in ("declined", "cancelled")
        house_laws.hold(house.storage, house.clock.now())
        house_laws.folds(house.storage)
    else:
        other.do(c.ApproveBooking(booking.id, account="desk"))
        assert house.get(m.Booking, booking.id).state == "confirmed"
        assert {"BookingEnded", "BookingApproved"} <= {entry.type for entry in small_house.journal(house.storage)}


def test_pictures_show_a_request_as_uncertain_and_no_buffer(house):
    """On the picture of a week a request is drawn like a hold, for the booked time; so is what is taken of the room."""
    house.do(ASKED)
    found = _Gathered(house.cantine.read, "paris", [DAY], ["b"], PictureWords("en"))
    assert [(one.period, one.held) for one in found.blocks(None)] == [(ASKED.period, True)]
    (use,) = found.uses()
    assert (ASKED.period, 1) in use.taken
