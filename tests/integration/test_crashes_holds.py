"""A hold that ends while the card is being charged: it is claimed again or the money goes back, never neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.cantine import Cantine
from cantinekit.commands import Expire
from cantinekit.errors import GatewayError
from cantinekit.plugins.ports import ChargeResult
from cantinekit.urls import Secret
from support.houses.small_house import House, open_house, period
from support.laws import house_laws

Act = Callable[[House], Any]
AFTERNOON = period(13, 17)


class SlowCard(FakeGateway):
    """A gateway whose first charge takes its time: ``meanwhile`` happens before it answers, or fails to.

    ``answer`` is ``settled`` or ``pending``; ``lost``: the money is taken and the answer never comes; ``outage``: no
    money is taken, and no answer comes either.
    """

    def __init__(self, answer: str, clock: Any) -> None:
        self.answer = answer
        self.meanwhile: list[Callable[[], Any]] = []
        script = ("pending",) if answer == "pending" else ("settled",)
        super().__init__(script, clock=clock, secrets=[Secret("whsec")])

    def charge(self, request):
        acts, self.meanwhile = self.meanwhile, []
        if acts and self.answer == "outage":
            for act in acts:
                act()
            raise GatewayError("away")
        result = super().charge(request)
        for act in acts:
            act()
        if acts and self.answer == "lost":
            raise GatewayError("no answer")
        return result


@attrs.frozen
class Case:
    """Something that is held while the card is charged: how it is asked for, and what takes it away."""

    fill: Act
    ask: Act
    take: Act
    had: Callable[[House], bool]


def fill_nothing(house: House) -> None:
    """There is one anyway."""


def seats_for_one(house: House) -> None:
    house.do(c.Register(session_id="paid", person_id="eve", account="desk"))


def desks_for_one(house: House) -> None:
    for _ in range(2):
        house.do(c.CheckIn(place_id="paris", product_id="day", account="desk"))


def stay_in_a_full_afternoon(house: House) -> None:
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"))
    house.do(c.Book(space_id="open", product_id="desk", period=AFTERNOON, units=2, person_id="ida", account="desk"))


def stay_longer(house: House) -> Any:
    return house.do(c.UpgradeVisit(visit(house).id, product_id="day", account="card"))


def visit(house: House) -> m.Visit:
    (found,) = [one for one in house.all(m.Visit) if one.person_id == "zoe"]
    return found


def has(house: House, cls: Any, state: str) -> bool:
    return [one.state for one in house.all(cls) if one.person_id == "zoe"] == [state]


CASES = {
    "booking": Case(
        fill_nothing,
        lambda house: house.do(
            c.Book(space_id="b", product_id="room", period=AFTERNOON, person_id="zoe", account="card")
        ),
        lambda house: house.do(
            c.Book(space_id="b", product_id="room", period=period(14, 15), person_id="bob", account="desk")
        ),
        lambda house: has(house, m.Booking, "confirmed"),
    ),
    "seat": Case(
        seats_for_one,
        lambda house: house.do(
            c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="card")
        ),
        lambda house: house.do(c.Register(session_id="paid", person_id="bob", account="desk")),
        lambda house: has(house, m.Registration, "confirmed"),
    ),
    "visit": Case(
        desks_for_one,
        lambda house: house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="card")),
        lambda house: house.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk")),
        lambda house: has(house, m.Visit, "open"),
    ),
    "longer stay": Case(
        stay_in_a_full_afternoon,
        stay_longer,
        lambda house: house.do(
            c.Book(space_id="open", product_id="desk", period=period(14, 15), person_id="bob", account="desk")
        ),
        lambda house: visit(house).product_id == "day",
    ),
}
MEANWHILE = ("in time", "late", "a worker comes by", "ended", "taken", "ended and taken")
ANSWERS = ("settled", "lost", "outage", "pending")
LATE_AND_HAD = ("settled", "pending")


def lapse(house: House, worker: Cantine, case: Case, meanwhile: str) -> list[Callable[[], Any]]:
    """What happens while the gateway is busy."""
    acts: list[Callable[[], Any]] = [lambda: house.wait(minutes=1 if meanwhile == "in time" else 16)]
    if meanwhile == "a worker comes by":
        acts.append(worker.run_due)
    if meanwhile.startswith("ended"):
        acts.append(lambda: end_hold(house))
    if meanwhile.endswith("taken"):
        acts.append(lambda: case.take(house))
    return acts


def end_hold(house: House) -> None:
    """End what is held, as whoever comes next does; the task of the charge is left alone."""
    for cls in (m.Booking, m.Registration, m.Visit):
        for one in house.all(cls):
            if one.person_id == "zoe":
                house.cantine._engine.run(Expire(m.Subject(cls.kind, one.id)), "system")


def held_up(subject: str, meanwhile: str, answer: str, card_type: type[SlowCard] = SlowCard) -> tuple[House, Case]:
    """A house in which the charge of something was held up, some time later, when all that was due is done."""
    case, house = CASES[subject], open_house()
    card = card_type(answer, house.clock)
    for engine in (house.cantine._gateways, house.cantine._outbox.gateways):
        engine["card"] = card
    house = attrs.evolve(house, card=card)
    worker = Cantine(
        house.storage, gateways=house.cantine._gateways, clock=house.clock, notifiers=[house.mail], effects="all"
    )
    case.fill(house)
    card.meanwhile = lapse(house, worker, case, meanwhile)
    case.ask(house)
    if answer == "pending":
        (attempt,) = [one for one in house.all(m.Attempt) if one.account == "card"]
        webhook = card.webhook(card.settle(attempt.id), now=house.clock.now())
        for _ in range(2):  # a gateway says it again
            assert house.cantine.receive("card", *webhook) == ("recorded",)
    for minutes in (0, 5, 30, 60):
        house.wait(minutes=minutes)
        house.cantine.run_due()
    return house, case


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("subject", CASES)
def test_a_hold_that_ends_during_the_charge_is_claimed_again_or_paid_back(subject, meanwhile, answer):
    """Whatever happens while the gateway is busy, who paid has it, or has the money back; both are never missing."""
    house, case = held_up(subject, meanwhile, answer)
    had = case.had(house)
    (charge,) = [
        one for one in house.all(m.Charge) if one.payer_id == "zoe" and one.attempt_ids and on_card(house, one)
    ]
    captured = sum(one.captured for one in house.card.charges)
    refunded = sum(one.refunded for one in house.card.charges)
    assert captured - refunded == (charge.amount.amount if had else 0)
    assert charge.held.amount == captured - refunded
    assert charge.state == "settled" or (charge.state == "void" and not had)
    assert had == expected(meanwhile, answer)
    if captured and not had:
        assert {"paid too late", "refund settled"} <= {message.template for message in house.mail.messages}
    assert house.cantine.read.tasks("dead") == ()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def on_card(house: House, charge: m.Charge) -> bool:
    return any(house.get(m.Attempt, id).account == "card" for id in charge.attempt_ids)


def expected(meanwhile: str, answer: str) -> bool:
    """Whether the person has it in the end: in time, or late when nobody else had a say."""
    if meanwhile == "in time":
        return True
    if meanwhile == "late":  # the charge that is repeated comes after the hold, and so does its end
        return answer in LATE_AND_HAD
    return meanwhile == "a worker comes by" and answer != "pending"


def test_the_cases_end_in_both_ways():
    """The table of cases has reclaims and refunds for each thing, so that neither is proved by nothing."""
    ends = Counter(expected(meanwhile, answer) for meanwhile in MEANWHILE for answer in ANSWERS)
    assert ends[True] >= 4
    assert ends[False] >= 4


# --- what gateways say -------------------------------------------------------------------------------------------


def waiting_card() -> tuple[House, m.Attempt]:
    """A room that is held while a person is at the gateway's page."""
    house = open_house(card=FakeGateway(("pending",), secrets=[Secret("whsec")]))
    CASES["booking"].ask(house)
    (attempt,) = house.all(m.Attempt)
    return house, attempt


def receive(house: House, *seen: Any) -> tuple[str, ...]:
    return house.cantine.receive("card", *house.card.webhook(*seen, now=house.clock.now()))


def test_what_is_paid_twice_goes_back_once():
    """Paid at the desk after the gateway was silent, and by the gateway in the end: the second payment goes back."""
    house, attempt = waiting_card()
    house.wait(minutes=16)
    house.do(c.Pay(attempt.charge_id, account="desk"))
    assert receive(house, house.card.settle(attempt.id)) == ("recorded",)
    house.cantine.run_due()
    charge = house.get(m.Charge, attempt.charge_id)
    assert (charge.state, charge.held) == ("settled", charge.amount)
    assert [(one.captured, one.refunded) for one in house.card.charges] == [(6000, 6000)]
    assert "paid twice" in {message.template for message in house.mail.messages}
    assert has(house, m.Booking, "confirmed")
    house_laws.hold(house.storage, house.clock.now())


@pytest.mark.parametrize("change", [{"key": "other"}, {"amount": 1}, {"currency": "USD"}, {"captured": 9000}])
def test_a_webhook_that_fits_nothing_changes_nothing(change):
    """An unknown key, or another amount or currency than was asked for, goes to quarantine; no money is believed."""
    house, attempt = waiting_card()
    before = house.get(m.Charge, attempt.charge_id), house.all(m.Attempt), house.all(m.Booking)
    seen = attrs.evolve(attrs.evolve(house.card.lookup(attempt.id), captured=6000), **change)
    assert receive(house, seen) == receive(house, seen) == ("quarantined",)
    assert (house.get(m.Charge, attempt.charge_id), house.all(m.Attempt), house.all(m.Booking)) == before
    assert len(house.cantine.read.quarantine()) == 1
    assert receive(house, house.card.settle(attempt.id)) == ("recorded",)
    assert has(house, m.Booking, "confirmed")


def test_an_outage_is_made_good_within_the_hold():
    """A gateway that is away and comes back is asked again, with the same key, and takes the money once."""
    house = open_house(outcomes=("outage", "outage", "settled"))
    CASES["booking"].ask(house)
    assert has(house, m.Booking, "held")
    for _ in range(3):
        house.wait(minutes=3)
        house.cantine.run_due()
    assert has(house, m.Booking, "confirmed")
    assert [one.key for one in house.card.charges] == [one.id for one in house.all(m.Attempt)]
    assert [task.work for task in house.cantine.read.tasks()] == ["expire"]


# --- control -----------------------------------------------------------------------------------------------------


class KeepsMoney(SlowCard):
    """Says that it gives money back, and keeps it."""

    def refund(self, request):
        return ChargeResult("settled", "kept")


@pytest.mark.parametrize("subject", CASES)
def test_a_gateway_that_keeps_the_money_is_seen(subject):
    """Control: where a refund is answered and not done, the figures of the test above show that neither is there."""
    house, case = held_up(subject, "taken", "settled", KeepsMoney)
    assert not case.had(house)
    assert sum(one.captured - one.refunded for one in house.card.charges) > 0
