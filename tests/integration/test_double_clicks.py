"""The second click of a double click, the back button, and the page to which somebody comes back from paying."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.cantine import Cantine, random_ids
from cantinekit.clock import Clock, ManualClock
from cantinekit.errors import InputError
from cantinekit.plugins.ports import ChargeRequest, ChargeResult
from cantinekit.runtime import awaiting
from cantinekit.runtime.engine import LEASE
from cantinekit.runtime.outcome import Outcome
from cantinekit.urls import Secret
from support.houses.edges import Killed
from support.houses.small_house import START, furnish, installed, open_house, period

BACK = "https://place.example/thanks"
LONG = 30.0
BOOK = c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card", return_url=BACK)


class Slow(FakeGateway):
    """A gateway that was asked, and answers when it is told to."""

    def __init__(self, *outcomes: Any, clock: Clock) -> None:
        super().__init__(outcomes, secrets=[Secret("whsec")], clock=clock)
        self.asked, self.answers = threading.Event(), threading.Event()

    def charge(self, request: ChargeRequest) -> ChargeResult:
        self.asked.set()
        assert self.answers.wait(LONG)
        return super().charge(request)


class Browser:
    """Two processes of an application: each has an engine and a connection to one store, and one gateway."""

    def __init__(self, url: str, *outcomes: Any, patience: timedelta = timedelta(seconds=LONG)) -> None:
        self.clock = ManualClock(START)
        self.card = Slow(*outcomes, clock=self.clock)
        self.houses = [self._house(url, patience) for _ in range(2)]
        furnish(self.houses[0], START)
        self._pool = ThreadPoolExecutor(2)

    def _house(self, url: str, patience: timedelta) -> Cantine:
        gateways = {"desk": ManualGateway(), "card": self.card}
        storage = installed().storage(url)
        return Cantine(storage, gateways=gateways, clock=self.clock, ids=random_ids, patience=patience)

    def click(self, house: int = 0) -> Future[Outcome[m.Booking]]:
        cantine = self.houses[house]
        return self._pool.submit(lambda: cantine.execute(BOOK, actor="web", idempotency_key="form-1"))

    def close(self) -> None:
        self.card.answers.set()
        self._pool.shutdown()
        for house in self.houses:
            house.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    found: str = f"sqlite:///{tmp_path}/house.db" if request.param == "sqlite" else request.getfixturevalue("pg_url")
    return found


@contextmanager
def browser(url: str, *outcomes: Any, **options: Any) -> Iterator[Browser]:
    opened = Browser(url, *(outcomes or ("pending",)), **options)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set once a repeat waits."""
    event, rest = threading.Event(), awaiting.rest

    def told(seconds: float) -> None:
        event.set()
        rest(seconds)

    monkeypatch.setattr(awaiting, "rest", told)
    return event


@pytest.mark.parametrize("house", [0, 1], ids=["one process", "two processes"])
def test_the_second_click_waits_for_the_page(url: str, house: int, waits: threading.Event) -> None:
    """Clicked again while the gateway is being asked: both get the page to pay on, and one payment was asked for."""
    with browser(url) as twice:
        first = twice.click()
        assert twice.card.asked.wait(LONG)
        second = twice.click(house)
        assert waits.wait(LONG)
        assert not first.done()
        assert not second.done()
        twice.card.answers.set()
        one, other = first.result(LONG), second.result(LONG)
        assert (one.replayed, other.replayed, other.value) == (False, True, one.value)
        assert one.next_url is not None
        assert (other.next_url, other.pending, len(twice.card.charges)) == (one.next_url, True, 1)


def test_the_control_has_no_page(url: str) -> None:
    """The control: who does not wait is told at once that it is pending, and where to pay is known later."""
    with browser(url, patience=timedelta()) as twice:
        first = twice.click()
        assert twice.card.asked.wait(LONG)
        second = twice.click(1).result(LONG)
        assert (second.replayed, second.pending, second.next_url, first.done()) == (True, True, None, False)
        read = twice.houses[1].read
        assert read.payment_page(second.charges[0].id).state == "waiting"
        twice.card.answers.set()
        page = read.payment_page(first.result(LONG).charges[0].id)
        assert (page.state, page.next_url) == ("open", first.result(LONG).next_url)


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    """A gateway that does not answer holds the second click for as long as the house says, and no longer."""
    with browser(f"sqlite:///{tmp_path}/house.db", patience=timedelta(seconds=0.05)) as twice:
        first = twice.click()
        assert twice.card.asked.wait(LONG)
        second = twice.click().result(LONG)
        assert (second.pending, second.next_url, first.done()) == (True, None, False)


def test_the_second_click_hears_of_a_card_that_is_declined(tmp_path: Path, waits: threading.Event) -> None:
    """What the gateway answers to the first is what the second is told: declined, with the reason."""
    with browser(f"sqlite:///{tmp_path}/house.db", "declined") as twice:
        first = twice.click()
        assert twice.card.asked.wait(LONG)
        second = twice.click()
        assert waits.wait(LONG)
        twice.card.answers.set()
        for outcome in (first.result(LONG), second.result(LONG)):
            assert (outcome.pending, [one.reason for one in outcome.declined]) == (False, ["declined by the script"])


def test_patience_is_not_less_than_nothing() -> None:
    """A house that is to wait for less than no time is not opened."""
    with pytest.raises(InputError, match="patience"):
        Cantine(MemoryStorage(), patience=timedelta(seconds=-1))


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a repeat rested between its looks; no other time passes for it, however busy the machine is."""
    rests = list[float]()
    monkeypatch.setattr(awaiting, "rest", rests.append)
    monkeypatch.setattr(awaiting, "time", SimpleNamespace(monotonic=lambda: sum(rests)))
    return rests


# --- nobody is at work, and nobody waits ----------------------------------------------------------------------------


def never(seconds: float) -> None:
    raise AssertionError("nobody is asking the gateway")


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A house whose payers pay on a page, and in which a repeat that waits is an error."""
    monkeypatch.setattr(awaiting, "rest", never)
    opened = open_house(outcomes=("pending",))
    opened.card._secrets = (Secret("whsec"),)
    return opened


def again(house: Any) -> Outcome[Any]:
    """The same form, sent by the same person: what the back button and a reload do."""
    outcome: Outcome[Any] = house.do(BOOK, key="form-1")
    return outcome


def tell(house: Any, seen: Any) -> None:
    assert house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now())) == ("recorded",)


def test_the_back_button_after_a_payment(house: Any) -> None:
    """Sent again after it was paid: it is the same booking, confirmed, with nowhere to go and nothing to pay."""
    first = again(house)
    assert (first.pending, again(house).next_url) == (True, first.next_url)
    tell(house, house.card.settle(house.card.charges[0].key))
    back = again(house)
    assert (back.replayed, back.value.id, back.value.state) == (True, first.value.id, "confirmed")
    assert (back.next_url, back.pending, back.declined, len(house.card.charges)) == (None, False, (), 1)
    assert house.cantine.read.payment_page(first.charges[0].id).state == "paid"


def test_who_closed_the_tab_is_sent_to_pay_again(house: Any) -> None:
    """The page of the gateway is known for as long as it can be paid, also after looks that say nothing new."""
    first = again(house)
    for _ in range(3):
        house.wait(minutes=2)
        house.cantine.run_due()
        page = house.cantine.read.payment_page(first.charges[0].id)
        assert (page.state, page.next_url, page.can_pay) == ("open", first.next_url, False)
    house.wait(minutes=20)
    house.cantine.run_due()
    assert house.cantine.read.payment_page(first.charges[0].id).state == "over"
    assert again(house).next_url is None


def test_money_that_comes_too_late_is_told(house: Any) -> None:
    """Paid when the hold had run out: what was for sale is not had, the page says so, and the money goes back."""
    first = again(house)
    house.wait(minutes=20)
    house.cantine.run_due()
    tell(house, house.card.settle(house.card.charges[0].key))
    page = house.cantine.read.payment_page(first.charges[0].id)
    assert (page.state, page.next_url, page.charge.refunded.amount) == ("over", None, 1500)


def test_who_comes_back_too_late_is_told_that_the_money_goes_back(house: Any) -> None:
    """Paid when the hold had run out, and nobody has told the house: coming back asks the gateway, and the money goes
    back at once."""
    first = again(house)
    house.wait(minutes=20)
    house.cantine.run_due()
    house.card.settle(house.card.charges[0].key)
    charge = first.charges[0].id
    assert house.cantine.read.payment_page(charge).charge.refunded.amount == 0, "the control: what is known"
    for _ in range(2):
        page = house.cantine.check_payment(charge)
        assert (page.state, page.charge.refunded.amount) == ("over", 1500)
    assert [one.amount.amount for one in house.cantine.read.refunds(charge)] == [1500]


def test_a_card_that_is_declined_later_is_told(house: Any) -> None:
    """Declined by webhook, after the request: the page says why, a repeat too, and ``Pay`` begins another try."""
    first = again(house)
    tell(house, house.card.decline(house.card.charges[0].key, "insufficient_funds"))
    page = house.cantine.read.payment_page(first.charges[0].id)
    assert (page.state, page.next_url, page.can_pay) == ("declined", None, True)
    assert page.declined is not None
    assert page.declined.reason == "insufficient_funds"
    back = again(house)
    assert (back.pending, back.next_url, [one.id for one in back.declined]) == (False, None, [page.declined.id])
    tried = house.do(c.Pay(page.charge.id, account="card", return_url=BACK), key="again")
    assert (tried.pending, tried.declined) == (True, ())
    now = house.cantine.read.payment_page(first.charges[0].id)
    assert (now.state, now.next_url, now.declined) == ("open", tried.next_url, None)
    assert house.mail.messages[-1].template == "payment declined"


def test_who_comes_back_before_the_webhook_is_told(house: Any) -> None:
    """What is recorded says nothing yet; the gateway is asked, and what it says is recorded, once."""
    first = again(house)
    house.card.settle(house.card.charges[0].key)
    charge = first.charges[0].id
    assert house.cantine.read.payment_page(charge).state == "open", "the control: nobody has told the house"
    for _ in range(2):
        assert house.cantine.check_payment(charge).state == "paid"
    assert house.get(m.Booking, first.value.id).state == "confirmed"
    assert house.cantine.read.quarantine() == ()


def test_a_gateway_that_is_away_when_somebody_comes_back(house: Any) -> None:
    """The page says what is known; once there is an answer, it says why the card was declined."""
    first = again(house)
    house.card.decline(house.card.charges[0].key, "insufficient_funds")
    house.card.play(looks="outage")
    charge = first.charges[0].id
    assert house.cantine.check_payment(charge).state == "open"
    house.card.play(looks="answered")
    page = house.cantine.check_payment(charge)
    assert page.declined is not None
    assert (page.state, page.declined.reason) == ("declined", "insufficient_funds")


def test_a_bill_is_asked_for_as_one(house: Any) -> None:
    """Who comes back from paying several charges at once is told of each of them."""
    owed = [house.do(attrs.evolve(BOOK, account=None, period=period(hour, hour + 1))) for hour in (12, 14)]
    ids = [one.charges[0].id for one in owed]
    house.do(c.PayTogether(charge_ids=ids, account="card", return_url=BACK))
    assert [house.cantine.check_payment(id).state for id in ids] == ["open", "open"]
    house.card.settle(house.card.charges[0].key)
    assert house.cantine.check_payment(ids[1]).state == "paid"
    assert house.cantine.read.payment_page(ids[0]).state == "paid"


def test_the_page_to_come_back_to_names_the_charge(house: Any) -> None:
    """``{charge_id}`` in the address is the id of the charge, for the gateway; another brace stays as it is."""
    outcome = house.do(attrs.evolve(BOOK, return_url="https://place.example/paid/{charge_id}?a={b}"))
    assert house.card.charges[0].return_url == f"https://place.example/paid/{outcome.charges[0].id}?a={{b}}"


def test_what_was_never_asked_for_can_be_paid(house: Any) -> None:
    """A charge without an account is unpaid: ``Pay`` asks for it."""
    seat = house.do(c.Register(session_id="paid", person_id="zoe"))
    assert (seat.pending, seat.next_url) == (False, None)
    page = house.cantine.read.payment_page(seat.charges[0].id)
    assert (page.state, page.can_pay) == ("unpaid", True)
    assert house.cantine.check_payment(seat.charges[0].id) == page


def test_a_gateway_that_is_away_is_pending() -> None:
    """Nobody is asking, and nobody knows: the outcome says that it is pending, and the next look finds the page."""
    house = open_house(outcomes=("outage", "pending"))
    for _ in range(2):
        outcome = house.do(BOOK, key="form-1")
        assert (outcome.pending, outcome.next_url, outcome.declined) == (True, None, ())
    house.wait(minutes=1)
    house.cantine.run_due()
    page = house.cantine.read.payment_page(outcome.charges[0].id)
    assert page.state == "open"
    assert house.do(BOOK, key="form-1").next_url == page.next_url


def test_whoever_died_while_asking_is_waited_for_until_the_lease_is_over(
    monkeypatch: pytest.MonkeyPatch, looked: list[float]
) -> None:
    """The process of the first click is gone. A repeat waits as long as another may be at it; then it is told at once.

    It looks soon at first and less and less often. ``run_due`` takes the task over, and the person gets the page.
    """
    house = open_house(outcomes=("pending",))
    house.cantine._patience = timedelta(seconds=2)

    def dies(request: ChargeRequest) -> ChargeResult:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(house.card, "charge", dies)
        with pytest.raises(Killed):
            house.do(BOOK, key="form-1")
    assert house.do(BOOK, key="form-1").pending
    assert looked == pytest.approx([0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5, 0.38])
    looked.clear()
    house.clock.advance(LEASE)
    assert house.do(BOOK, key="form-1").pending
    assert looked == []
    house.cantine.run_due()
    assert house.do(BOOK, key="form-1").next_url is not None


def test_a_payment_of_several_charges_is_waited_for(monkeypatch: pytest.MonkeyPatch, looked: list[float]) -> None:
    """A bill is one payment at the gateway: its second click waits for that one, and gets its page."""
    house = open_house(outcomes=("pending",))
    owed = [house.do(attrs.evolve(BOOK, account=None, period=period(hour, hour + 1))) for hour in (12, 14)]
    pay = c.PayTogether(charge_ids=[one.charges[0].id for one in owed], account="card", return_url=BACK)
    before = house.card.charge
    second: list[Outcome[Any]] = []

    def asked(request: ChargeRequest) -> ChargeResult:
        house.cantine._patience = timedelta(seconds=0.001)
        second.append(house.do(pay, key="bill"))
        return before(request)

    monkeypatch.setattr(house.card, "charge", asked)
    first = house.do(pay, key="bill")
    assert looked
    assert (second[0].pending, second[0].next_url, first.pending) == (True, None, True)
    assert first.next_url == house.do(pay, key="bill").next_url is not None
