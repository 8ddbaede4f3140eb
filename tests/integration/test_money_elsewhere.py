"""What happened to money elsewhere: refunds that somebody made by hand, and what banks took back for good."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import pairwise

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.errors import CurrencyError, DuplicateError, GatewayError, InputError, StorageError, WrongStateError
from cantinekit.money import Money
from cantinekit.runtime import outbox
from cantinekit.runtime.gateway_observations import unexplained
from cantinekit.urls import Secret
from support.houses.edges import accounts, capped, charge_of
from support.houses.small_house import TODAY, open_house, period
from support.laws import house_laws

DATE = TODAY + timedelta(days=2)


def eur(cents):
    return Money(cents, "EUR")


@pytest.fixture
def house():
    """A house whose laws hold in the end."""
    card = FakeGateway(["settled"], secrets=[Secret("whsec")])
    house = open_house(card=card)
    card._clock = house.clock
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


@pytest.fixture
def booking(house):
    """A room that was booked for 15.00 by card."""
    return house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    ).value


@pytest.fixture
def attempt(house, booking):
    """The id of the attempt that took its money."""
    return charge_of(house, booking).attempt_ids[0]


def told(house, *seen):
    return house.cantine.receive("card", *house.card.webhook(*seen, now=house.clock.now()))


def listed(house):
    """What stays in quarantine after it was tried again."""
    house.wait(minutes=5)
    house.cantine.run_due()
    return [kept.why for kept in house.cantine.read.quarantine()]


def test_a_refund_from_the_dashboard_is_recorded(house, booking, attempt):
    """It is listed until it is recorded; then the ledger has it, the payer was told, and only the rest can go back."""
    assert told(house, house.card.refund_elsewhere(attempt, 500)) == ("quarantined",)
    assert len(listed(house)) == 1
    done = house.do(c.RecordRefund(attempt_id=attempt, amount=eur(500), reason="too cold", reference="re_7"))
    assert (done.value.state, done.value.reference, done.value.amount) == ("settled", "re_7", eur(500))
    assert ("refund settled", "zoe") in done.messages
    assert listed(house) == []
    assert accounts(house) == {"account/card": 1000, "revenue/room": -1000}
    house.do(c.CancelBooking(booking.id))
    assert [one.amount for one in house.all(m.Refund)] == [eur(500), eur(1000)]
    assert house.card.lookup(attempt).refunded == 1500
    assert accounts(house) == {}


def crash(*args, **options):
    raise StorageError("the process dies here", retryable=True)


@pytest.mark.parametrize("how", ["refund", "dispute"])
def test_what_left_before_the_first_look_is_listed(house, how, monkeypatch):
    """What was paid, and left again before the house looked, is recorded and listed once, also after a crash."""
    house.card.play(charges=["pending"])
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    ).value
    (attempt,) = charge_of(house, booking).attempt_ids
    house.card.settle(attempt)
    lost = house.card.dispute(attempt) if how == "dispute" else house.card.refund_elsewhere(attempt, 1500)
    house.wait(minutes=5)
    with monkeypatch.context() as patch:
        patch.setattr(house.cantine._engine, "run", crash)
        with pytest.raises(StorageError):
            house.cantine.run_due()
    house.wait(minutes=5)
    house.cantine.run_due()
    assert house.get(m.Booking, booking.id).state == "confirmed"
    assert len(house.cantine.read.quarantine()) == 1
    told(house, lost)
    why = "seen in the dashboard"
    lost_for_good = c.RecordChargeback(attempt, lost=eur(1500), reason=why)
    given_back = c.RecordRefund(attempt_id=attempt, amount=eur(1500), reason=why)
    house.do(lost_for_good if how == "dispute" else given_back)
    assert listed(house) == []


def test_a_dispute_that_is_lost_is_a_loss(house, booking, attempt):
    """It is listed until it is recorded as lost: the money is gone, the booking and what it earned stay."""
    assert told(house, house.card.dispute(attempt)) == ("quarantined",)
    assert len(listed(house)) == 1
    done = house.do(c.RecordChargeback(attempt, lost=eur(1500), reason="dispute lost"))
    charge = done.charges[0]
    assert (charge.state, charge.held, charge.outstanding) == ("settled", eur(0), eur(0))
    assert house.get(m.Booking, booking.id).state == "confirmed"
    assert listed(house) == []
    assert accounts(house) == {"lost": 1500, "revenue/room": -1500}
    day = house.cantine.read.takings("paris", house.clock.now().date())
    assert (day.lost, day.total) == ((("card", eur(1500)),), eur(0))


def test_what_is_lost_does_not_go_back_again(house, booking, attempt):
    """After a loss of a part, cancelling gives back only what is still there, and a refund of more is refused."""
    house.do(c.RecordChargeback(attempt, lost=eur(600), reason="returned debit"))
    with pytest.raises(WrongStateError, match=r"9\.00"):
        house.do(c.RefundCharge(charge_of(house, booking).id, amount=eur(901), reason="all of it"))
    house.do(c.CancelBooking(booking.id))
    assert [one.amount for one in house.all(m.Refund)] == [eur(900)]
    assert accounts(house) == {"lost": 600, "revenue/room": -600}


def test_a_sum_is_recorded_once(house, attempt):
    """The same sum twice is one loss, a lower one says that some came back, and nothing is left when all did."""
    for lost, rest in ((600, 900), (600, 900), (1100, 400), (200, 1300), (0, 1500)):
        house.do(c.RecordChargeback(attempt, lost=eur(lost), reason="so says the bank"))
        assert accounts(house).get("account/card") == rest
        assert accounts(house).get("lost", 0) == lost
    entries = [one.what for one in house.all(m.LedgerEntry)]
    assert entries.count("charged back") == 4


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (lambda id: c.RecordChargeback(id, lost=eur(1501), reason="x"), WrongStateError),
        (lambda id: c.RecordChargeback(id, lost=eur(-1), reason="x"), InputError),
        (lambda id: c.RecordChargeback(id, lost=Money(5, "USD"), reason="x"), CurrencyError),
        (lambda id: c.RecordRefund(attempt_id=id, amount=eur(1501), reason="x"), WrongStateError),
        (lambda id: c.RecordRefund(attempt_id=id, amount=eur(0), reason="x"), InputError),
        (lambda id: c.RecordRefund(attempt_id=id, amount=Money(5, "USD"), reason="x"), CurrencyError),
    ],
)
def test_what_never_came_in_cannot_have_left(house, attempt, command, error):
    """More than came through the attempt, less than nothing, another currency: refused, and nothing is stored."""
    before = accounts(house)
    with pytest.raises(error):
        house.do(command(attempt))
    assert (accounts(house), house.all(m.Refund)) == (before, [])


@pytest.mark.parametrize("first", ["refund", "dispute"])
def test_more_can_leave_than_came_in(house, booking, attempt, first):
    """A bank takes all of a payment back of which 10.00 were refunded, or somebody refunds what it took: the books say
    so, the list is empty again, and nothing more goes back of the charge."""
    steps = {
        "refund": lambda: (
            house.do(c.RefundCharge(charge_of(house, booking).id, amount=eur(1000), reason="kind")),
            all_disputed(house, attempt),
        ),
        "dispute": lambda: (house.card.dispute(attempt), told(house, house.card.refund_elsewhere(attempt, 1000))),
    }
    steps[first]()
    told(house, house.card.lookup(attempt))
    assert listed(house)
    house.do(c.RecordChargeback(attempt, lost=eur(1500), reason="the bank took all of it"))
    if first == "dispute":
        assert listed(house), "the refund is still unexplained"
        house.do(c.RecordRefund(attempt_id=attempt, amount=eur(1000), reason="in the dashboard", reference="re_1"))
    house.wait(minutes=30)
    assert listed(house) == []
    assert charge_of(house, booking).held == eur(-1000)
    assert accounts(house) == {"account/card": -1000, "lost": 1500, "revenue/room": -500}
    house.do(c.CancelBooking(booking.id))
    assert [one.amount for one in house.all(m.Refund)] == [eur(1000)]
    with pytest.raises(WrongStateError, match="what is left to refund"):
        house.do(c.RefundCharge(charge_of(house, booking).id, amount=eur(1), reason="x"))
    with pytest.raises(WrongStateError, match=r"5\.00"):
        house.do(c.RecordRefund(attempt_id=attempt, amount=eur(501), reason="x"))


def all_disputed(house, attempt):
    """The bank takes all that was paid, whatever was given back before."""
    with house.card._ledger.open() as book:
        house.card._change(book, attempt, disputed=1500)


@pytest.fixture
def partly(house):
    """A room of which a card has paid 6.00 of 15.00, and the attempt."""
    house.card.play(charges=["pending"])
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    ).value
    (attempt,) = charge_of(house, booking).attempt_ids
    assert told(house, attrs.evolve(house.card.lookup(attempt), captured=600, event_id="some")) == ("recorded",)
    return booking, attempt


def test_a_part_of_a_price_is_not_given_back_while_the_rest_is_due(house, partly):
    """A refund of a charge that is due is refused, also one that was made elsewhere: what it is for is cancelled."""
    booking, attempt = partly
    with pytest.raises(WrongStateError, match="due"):
        house.do(c.RecordRefund(attempt_id=attempt, amount=eur(600), reason="by hand"))
    assert (house.all(m.Refund), charge_of(house, booking).state) == ([], "due")


def test_what_was_lost_of_a_part_stays_earned(house, partly):
    """A part that a bank took back was earned: dropping the rest owes nobody anything, and gives nothing back."""
    booking, attempt = partly
    house.do(c.RecordChargeback(attempt, lost=eur(600), reason="dispute lost"))
    charge = house.do(c.CancelBooking(booking.id)).charges[0]
    assert (charge.state, charge.billed, charge.outstanding) == ("void", eur(600), eur(0))
    assert accounts(house) == {"lost": 600, "revenue/room": -600}


def test_a_date_gives_back_what_is_there_of_several_payments(house):
    """Of two payments of a series of which the first was lost, a date that is cancelled goes back by the second."""
    house.card.play(charges=["pending", "settled"])
    wanted = c.BookSeries(
        space_id="a",
        product_id="room",
        day=DATE,
        starts=time(10),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=4",
        person_id="zoe",
        account="card",
    )
    series = house.do(wanted).value
    (first,) = house.get(m.Charge, series.charge_id).attempt_ids
    told(house, attrs.evolve(house.card.lookup(first), captured=1000, event_id="some"))
    house.wait(minutes=14)
    house.card.decline(first)
    house.wait(minutes=0)
    house.do(c.Pay(series.charge_id, account="card"))
    second = house.get(m.Charge, series.charge_id).attempt_ids[1]
    house.do(c.RecordChargeback(first, lost=eur(1000), reason="dispute lost"))
    house.do(c.CancelBooking(house.all(m.Booking)[0].id))
    assert {one.attempt_id for one in house.all(m.Refund)} == {second}


def test_a_longer_stay_does_not_ask_for_what_was_lost(house):
    """What a bank took back is not owed again: a longer stay costs the difference, as it does without the loss."""
    stay = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="card")).value
    paid = house.get(m.Charge, stay.charge_ids[0])
    house.do(c.RecordChargeback(paid.attempt_ids[0], lost=paid.amount, reason="dispute lost"))
    longer = house.do(c.UpgradeVisit(stay.id, product_id="day", account="card")).value
    whole = house.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="card")).charges[0].amount
    assert [house.get(m.Charge, id).amount for id in longer.charge_ids] == [paid.amount, whole - paid.amount]


def test_a_longer_stay_that_costs_less_gives_back_what_is_there():
    """Of 7.00, 6.00 were lost: a whole for 5.00 gives 1.00 back and not 2.00."""
    house = capped()
    stay = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="card")).value
    (attempt,) = house.get(m.Charge, stay.charge_ids[0]).attempt_ids
    house.do(c.RecordChargeback(attempt, lost=eur(600), reason="dispute lost"))
    house.do(c.UpgradeVisit(stay.id, product_id="cheap-day", account="card"))
    assert [one.amount for one in house.all(m.Refund)] == [eur(100)]
    assert house.get(m.Attempt, attempt).left == eur(0)
    house_laws.hold(house.storage, house.clock.now())


def test_a_longer_stay_that_costs_less_gives_back_no_more_than_is_held():
    """A stay of 7.00 is paid twice; the second payment goes back, and then a bank takes it, too. Nothing is there any
    more of what was paid for the stay: a whole for 5.00 gives nothing back, though 7.00 are left of one payment."""
    house = capped(outcomes=["pending", "settled"])
    stay = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="card")).value
    (first,) = house.get(m.Charge, stay.charge_ids[0]).attempt_ids
    house.cantine._outbox.observe("card", attrs.evolve(house.card.lookup(first), declined="expired"))
    house.do(c.Pay(stay.charge_ids[0], account="card"))
    house.cantine._outbox.observe("card", house.card.settle(first))
    house.do(c.RecordChargeback(first, lost=eur(700), reason="dispute lost"))
    paid = house.get(m.Charge, stay.charge_ids[0])
    assert (paid.paid, paid.refunded, paid.held) == (eur(1400), eur(700), eur(0))
    house.do(c.UpgradeVisit(stay.id, product_id="cheap-day", account="card"))
    assert [one.amount for one in house.all(m.Refund)] == [eur(700)]
    house_laws.hold(house.storage, house.clock.now())


def test_a_second_payment_is_noticed_while_the_first_is_recorded(house, monkeypatch):
    """Two payments of one attempt that are told at the same time: one is recorded, the other is listed."""
    house.card.play(charges=["pending"])
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    ).value
    first = house.card.settle(charge_of(house, booking).attempt_ids[0])
    outcomes = []

    def slow(attempt, seen):
        monkeypatch.undo()
        outcomes.extend(told(house, first))
        return fits(attempt, seen)

    fits = outbox.fits
    monkeypatch.setattr(outbox, "fits", slow)
    outcomes.extend(told(house, attrs.evolve(first, reference="another", event_id="other")))
    assert outcomes == ["recorded", "quarantined"]
    assert listed(house) == ["a second payment for the same charge"], "a look by the key tells of the first"


@pytest.mark.parametrize(("first", "again", "why"), [("", "re_1", ""), ("re_1", "", ""), ("re_1", "re_2", "a second")])
def test_a_payment_without_a_reference_is_no_second_one(house, attempt, first, again, why):
    """Only two references that differ are two payments: where one of the two was not told, nothing is known of it."""
    known = attrs.evolve(house.get(m.Attempt, attempt), reference=first)
    seen = attrs.evolve(house.card.lookup(attempt), reference=again)
    assert unexplained(known, seen)[:8] == why


def test_one_silence_does_not_end_the_look_at_a_payment_that_waits(house, monkeypatch):
    """However long a charge is pending, a gateway that is away once is asked again: nothing has failed before."""
    house.card.play(charges=["pending"])
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    ).value
    attempt = charge_of(house, booking).attempt_ids[0]
    for _ in range(15):
        house.wait(hours=6)
        house.cantine.run_due()

    def away(key):
        raise GatewayError("nobody answers", retryable=True)

    with monkeypatch.context() as patch:
        patch.setattr(house.card, "lookup", away)
        house.wait(hours=6)
        assert house.cantine.run_due().dead == 0
    house.card.settle(attempt)
    house.wait(hours=6)
    house.cantine.run_due()
    assert house.get(m.Attempt, attempt).state == "settled"


def test_the_longer_a_payment_waits_the_rarer_it_is_looked_at(house, monkeypatch):
    """Twice as long each time, up to six hours: some fifteen looks in two days, the last of them not long ago."""
    house.card.play(charges=["pending"])
    house.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card"))
    begun, looks, lookup = house.clock.now(), [], house.card.lookup

    def seen(key):
        looks.append(house.clock.now())
        return lookup(key)

    monkeypatch.setattr(house.card, "lookup", seen)
    for _ in range(96):
        house.wait(minutes=30)
        house.cantine.run_due()
    gaps = [later - earlier for earlier, later in pairwise([begun, *looks])]
    assert len(gaps) in range(10, 18)
    assert max(gaps) <= timedelta(hours=6, minutes=30)
    assert gaps[-3:] == [timedelta(hours=6)] * 3


def test_a_refund_that_the_provider_names_is_recorded_once(house, attempt):
    """The same reference of an account a second time is refused, whoever sends it; another one is another refund."""
    given = c.RecordRefund(attempt_id=attempt, amount=eur(300), reason="too cold", reference="re_7")
    house.do(given)
    with pytest.raises(DuplicateError):
        house.do(given)
    house.do(c.RecordRefund(attempt_id=attempt, amount=eur(300), reason="too cold", reference="re_8"))
    house.do(c.RecordRefund(attempt_id=attempt, amount=eur(300), reason="in cash"))
    house.do(c.RecordRefund(attempt_id=attempt, amount=eur(300), reason="in cash"))
    assert accounts(house)["account/card"] == 300
