"""What goes wrong with payments, as the house has to bear it: the cases of docs/reference/payment-failures.md."""

from __future__ import annotations

import itertools

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.cantine import Cantine
from cantinekit.errors import AccountError, GatewayError
from cantinekit.money import Money
from cantinekit.urls import Secret
from support.houses.edges import Between, Killed, accounts, charge_of, die
from support.houses.small_house import journal, open_house, period, records, snapshot
from support.laws import house_laws


def card_house(*outcomes, refunds=("settled",), storage="memory://"):
    """A house whose card gateway signs webhooks."""
    card = FakeGateway(outcomes or ("settled",), refunds=refunds, secrets=[Secret("whsec")])
    house = open_house(storage, card=card)
    card._clock = house.clock
    return house


def book(house, account="card"):
    return house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account=account)
    ).value


def attempt_of(house, booking):
    return house.get(m.Attempt, charge_of(house, booking).attempt_ids[-1])


def webhook(house, *seen, account="card"):
    """Hand over a webhook about what was seen: it is signed when it is delivered."""
    return house.cantine.receive(account, *house.card.webhook(*seen, now=house.clock.now()))


def state(house, booking):
    return house.get(m.Booking, booking.id).state


def lawful(house):
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def taken(house):
    return sum(one.captured for one in house.card.charges), sum(one.refunded for one in house.card.charges)


# --- answers that were lost ---


def test_a_charge_that_was_taken_and_not_answered_is_taken_once():
    """The card was charged and the answer lost: the key is looked up, the room is had, the money was taken once."""
    house = card_house("lost")
    booking = book(house)
    assert state(house, booking) == "held"
    house.wait(minutes=1)
    house.cantine.run_due()
    assert (state(house, booking), taken(house), len(house.card.charges)) == ("confirmed", (1500, 0), 1)
    lawful(house)


def test_a_refund_that_was_made_and_not_answered_is_made_once():
    """Money was given back and the answer lost: the same key again, and it went back once."""
    house = card_house("settled", refunds=("lost",))
    booking = book(house)
    house.do(c.CancelBooking(booking.id))
    assert [one.state for one in house.all(m.Refund)] == ["started"]
    house.wait(minutes=1)
    house.cantine.run_due()
    assert ([one.state for one in house.all(m.Refund)], taken(house)) == (["settled"], (1500, 1500))
    assert accounts(house) == {}
    lawful(house)


@pytest.mark.parametrize("effects", ["all", "none"])
def test_a_process_that_dies_after_the_charge_is_made_good(effects):
    """Between the provider's answer and our record the process is killed: another finds the charge by its key."""
    store = Between()
    house = card_house("settled", storage=store)

    store.before_change(die, when=lambda change: bool(house.card.charges) and any(e.type for e in change.events))
    with pytest.raises(Killed):
        book(house)
    assert taken(house) == (1500, 0)
    (booking,) = house.all(m.Booking)
    assert booking.state == "held"
    other = Cantine(house.storage, gateways=house.cantine._gateways, clock=house.clock, effects=effects)
    assert other.run_due().done == 0  # the lease of the dead process stands
    house.wait(minutes=3)
    other.run_due()
    assert (state(house, booking), taken(house), len(house.card.charges)) == ("confirmed", (1500, 0), 1)
    lawful(house)


def test_without_the_lookup_the_money_is_taken_twice():
    """The control: a gateway that forgets keys and has no lookup takes the money again after such a death."""

    class Forgets(FakeGateway):
        count = 0

        def charge(self, request):
            self.count += 1
            return super().charge(attrs.evolve(request, key=f"{request.key}-{self.count}"))

        def lookup(self, key):
            return None

    store, card = Between(), Forgets()
    house = open_house(store, card=card)

    store.before_change(die, when=lambda change: bool(card.charges) and any(e.type for e in change.events))
    with pytest.raises(Killed):
        book(house)
    house.wait(minutes=3)
    house.cantine.run_due()
    assert taken(house) == (3000, 0)


# --- webhooks ---


def test_a_webhook_that_is_faster_than_the_answer_counts_once():
    """The webhook comes while the charge is still being answered: both say the same, and the money is recorded once."""

    class Slow(FakeGateway):
        def charge(self, request):
            result = super().charge(request)
            seen = self.lookup(request.key)
            assert house.cantine.receive("card", *self.webhook(seen, now=house.clock.now())) == ("recorded",)
            return result

    house = open_house(card=Slow(secrets=[Secret("whsec")]))
    booking = book(house)
    assert state(house, booking) == "confirmed"
    assert accounts(house)["account/card"] == 1500
    lawful(house)


def test_webhooks_come_twice_reversed_and_late():
    """Every order of four webhooks, each twice, some three days late, ends in one and the same house."""
    ends = set()
    for order in itertools.permutations(range(4)):
        house = card_house("pending")
        booking = book(house)
        key = attempt_of(house, booking).id
        seen = [house.card.lookup(key), house.card.settle(key)]
        house.cantine.receive("card", *house.card.webhook(seen[1], now=house.clock.now()))
        charge = charge_of(house, booking)
        for amount in (400, 100):
            house.do(c.RefundCharge(charge.id, amount=Money(amount, "EUR"), reason="partly"))
            seen.append(house.card.lookup(key))
        for place in order:
            assert webhook(house, seen[place], seen[place]) == ("recorded", "recorded")
            house.wait(days=1)
        charge = charge_of(house, booking)
        ends.add((charge.state, charge.paid, charge.refunded, tuple(sorted(accounts(house).items()))))
        assert house.cantine.read.quarantine() == ()
        lawful(house)
    assert len(ends) == 1


def test_a_webhook_that_nobody_signed_changes_nothing():
    """A forged, altered or old webhook raises and leaves every row as it was."""
    house = card_house("pending")
    booking = book(house)
    paid = attrs.evolve(house.card.lookup(attempt_of(house, booking).id), captured=1500)
    body, headers = house.card.webhook(paid, now=house.clock.now())
    before = records(house.storage)
    forged = house.card.headers(body, [Secret("other")], house.clock.now())
    for given in ((body, {}), (body, forged), (body.replace(b"1500", b"1501"), headers)):
        with pytest.raises(GatewayError) as caught:
            house.cantine.receive("card", *given)
        assert not caught.value.retryable
    house.wait(minutes=6)
    with pytest.raises(GatewayError):
        house.cantine.receive("card", body, headers)
    assert records(house.storage) == before


@pytest.mark.parametrize("change", [{"amount": 1499}, {"currency": "USD"}, {"captured": 1501}])
def test_another_amount_is_listed_and_never_confirmed(change):
    """Another amount or currency than was asked for is listed, tried again, given up, and confirms nothing."""
    house = card_house("pending")
    booking = book(house)
    seen = attrs.evolve(house.card.lookup(attempt_of(house, booking).id), captured=1499)
    assert webhook(house, attrs.evolve(seen, **change)) == ("quarantined",)
    house.card.decline(attempt_of(house, booking).id)
    for _ in range(14):
        house.wait(hours=6)
        house.cantine.run_due()
    assert [task.work for task in house.cantine.read.tasks("dead")] == ["quarantine"]
    assert len(house.cantine.read.quarantine()) == 1
    assert state(house, booking) == "expired"
    assert charge_of(house, booking).paid.amount == 0
    lawful(house)


def test_an_unknown_key_is_believed_once_it_is_known():
    """A webhook about a charge that is not here yet is kept, and recorded when the charge has come."""
    house = card_house("pending")
    other = card_house("pending")
    early = attempt_of(other, book(other)).id
    seen = other.card.settle(early)
    assert webhook(house, seen) == ("quarantined",)
    booking = book(house)
    assert attempt_of(house, booking).id == early
    house.wait(minutes=1)
    house.cantine.run_due()
    assert (state(house, booking), house.cantine.read.quarantine()) == ("confirmed", ())
    lawful(house)


def test_a_payment_of_another_account_is_not_believed():
    """A webhook that one account sends about a charge of another is quarantined, though it is signed."""
    house = card_house("pending")
    booking = book(house)
    till = FakeGateway(secrets=[Secret("whsec")])
    for engine in (house.cantine._gateways, house.cantine._outbox.gateways):
        engine["till"] = till
    assert webhook(house, house.card.settle(attempt_of(house, booking).id), account="till") == ("quarantined",)
    assert state(house, booking) == "held"
    assert house.cantine.read.quarantine()[0].account == "till"


def test_another_entitys_account_is_refused():
    """Money for one legal entity is not taken through the account of another, at booking or later."""
    house = card_house()
    with pytest.raises(AccountError, match="asso may not take money through the account 'till'"):
        book(house, "till")
    assert house.all(m.Booking) == []
    booking = book(house, None)
    with pytest.raises(AccountError):
        house.do(c.Pay(charge_of(house, booking).id, account="till"))
    assert charge_of(house, booking).attempt_ids == ()
    assert house.do(c.CheckIn(place_id="nantes", product_id="coop-day", account="till")).charges[0].state == "settled"


# --- money back ---


@pytest.mark.parametrize("end", ["settled", "declined"])
def test_a_refund_that_takes_days_is_followed(end):
    """A refund that is pending is asked for again until it is there or has failed; then money is owed or not."""
    house = card_house("settled", refunds=("pending",))
    booking = book(house)
    house.do(c.CancelBooking(booking.id))
    assert accounts(house) == {"account/card": 1500, "refunds payable": -1500}
    for _ in range(4):
        house.wait(days=1)
        house.cantine.run_due()
    (refund,) = house.all(m.Refund)
    assert refund.state == "started"
    house.card.settle(refund.id) if end == "settled" else house.card.decline(refund.id)
    house.wait(days=1)
    house.cantine.run_due()
    assert house.get(m.Refund, refund.id).state == end
    assert accounts(house) == ({} if end == "settled" else {"account/card": 1500, "revenue/room": -1500})
    lawful(house)


def test_a_refund_in_the_dashboard_is_listed():
    """Money that somebody gave back at the provider is listed, and leaves no more than the rest to be given back."""
    house = card_house()
    booking = book(house)
    key = attempt_of(house, booking).id
    assert webhook(house, house.card.refund_elsewhere(key, 500)) == ("quarantined",)
    (kept,) = house.cantine.read.quarantine()
    assert kept.why == "a refund that was not asked for here"
    house.do(c.RefundCharge(charge_of(house, booking).id, amount=charge_of(house, booking).amount, reason="gone"))
    assert taken(house) == (1500, 500)  # all of it again would be more than is left
    assert [one.state for one in house.all(m.Refund)] == ["declined"]
    lawful(house)


def test_a_dispute_is_listed_until_it_is_won():
    """What a bank took back is listed; the charge stays paid; when the dispute is won it is listed no longer."""
    house = card_house()
    booking = book(house)
    key = attempt_of(house, booking).id
    assert webhook(house, house.card.dispute(key)) == ("quarantined",)
    house.wait(minutes=1)
    assert house.cantine.run_due().retried == 1
    (kept,) = house.cantine.read.quarantine()
    assert kept.why == "money that the payer's bank took back"
    assert (state(house, booking), charge_of(house, booking).paid.amount) == ("confirmed", 1500)
    with house.card._ledger.open() as book_:
        won = house.card._change(book_, key, disputed=-1500)
    assert webhook(house, won) == ("recorded",)
    house.wait(minutes=5)
    house.cantine.run_due()
    assert house.cantine.read.quarantine() == ()
    lawful(house)


def test_a_direct_debit_comes_back_after_weeks():
    """Seven weeks after a payment its bank takes it back, though some had been refunded: listed, and nothing undone."""
    house = card_house()
    booking = book(house)
    house.do(c.RefundCharge(charge_of(house, booking).id, amount=Money(500, "EUR"), reason="late"))
    house.wait(weeks=7)
    seen = house.card.dispute(attempt_of(house, booking).id)
    assert (seen.disputed, seen.refunded) == (1000, 500)
    assert webhook(house, seen) == ("quarantined",)
    assert charge_of(house, booking).held == Money(1000, "EUR")
    assert len(house.cantine.read.quarantine()) == 1
    lawful(house)


# --- a provider that is away ---


def test_no_seat_is_lost_while_the_provider_is_away():
    """While the provider does not answer the last seat is held for who asked first, and had when it is back."""
    house = card_house("outage", "outage", "settled")
    house.do(c.Register(session_id="paid", person_id="bob", account="desk"))
    seat = house.do(c.Register(session_id="paid", person_id="zoe", account="card")).value
    assert seat.state == "held"
    waiting = house.do(c.Register(session_id="paid", person_id="eve", account="desk")).value
    assert waiting.state == "waiting"
    for _ in range(3):
        house.wait(minutes=3)
        house.cantine.run_due()
    assert house.get(m.Registration, seat.id).state == "confirmed"
    assert house.get(m.Registration, waiting.id).state == "waiting"
    assert taken(house)[0] == charge_of(house, seat).amount.amount
    lawful(house)


def test_a_provider_that_never_comes_back_ends_in_a_decline():
    """A provider that stays away is asked ten times; then the charge is declined, and the hold has ended before."""
    house = card_house("outage")
    booking = book(house)
    for _ in range(14):
        house.wait(hours=6)
        house.cantine.run_due()
    assert (state(house, booking), taken(house)) == ("expired", (0, 0))
    assert attempt_of(house, booking).state == "declined"
    lawful(house)


# --- the desk ---


def test_the_desk_is_marked_and_reversed_with_who_did_it():
    """Cash that was marked by mistake is taken back by another person: both stand in the journal, with their names."""
    house = card_house()
    sold = house.do(
        c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"), actor="desk:ana"
    ).value
    charge = charge_of(house, sold)
    house.do(c.RefundCharge(charge.id, amount=charge.amount, reason="marked by mistake"), actor="desk:bob")
    told = [(entry.type, entry.actor) for entry in journal(house.storage)]
    assert [actor for type, actor in told if type == "ChargePaid"] == ["desk:ana"]
    assert [actor for type, actor in told if type == "RefundAsked"] == ["desk:bob"]
    assert [one.reason for one in house.all(m.Refund)] == ["marked by mistake"]
    assert accounts(house).get("account/desk", 0) == 0
    lawful(house)


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "\0"},
        {"key": "\ud800"},
        {"key": "x" * 5_000},
        {"reference": "a\nb"},
        {"event_id": "x" * 5_000},
        {"declined": "\x07"},
        {"currency": "E" * 1_000_000},
        {"next_url": "\0"},
        {"amount": 10**5_000},
        {"captured": -1},
        {"refunded": True},
        {"disputed": 2**70},
        {"at": None},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_signed_webhook_that_tells_what_cannot_be(changed):
    """What any gateway reads from a webhook, signed as it is, and no charge can have, is a GatewayError for good, and
    nothing is recorded; the one that is as it was sent is recorded (the control)."""

    class Reads(FakeGateway):
        odd = True

        def read_webhook(self, body, headers, now):
            found = super().read_webhook(body, headers, now)
            return [attrs.evolve(one, **changed) for one in found] if self.odd else found

    card = Reads(["pending"], secrets=[Secret("whsec")])
    house = open_house(card=card)
    card._clock = house.clock
    booking = book(house)
    card.settle(attempt_of(house, booking).id)
    seen = card.lookup(attempt_of(house, booking).id)
    before = snapshot(house.storage)
    with pytest.raises(GatewayError) as caught:
        webhook(house, seen)
    assert not caught.value.retryable
    assert len(str(caught.value)) < 200
    assert snapshot(house.storage) == before
    card.odd = False
    assert webhook(house, seen) == ("recorded",)
    assert state(house, booking) == "confirmed"
