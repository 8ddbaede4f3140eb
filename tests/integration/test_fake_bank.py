"""``cantinekit fake-bank``: pages to pay on, as a process of its own, behind ``fake://`` and ``stripe://``."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import random_ids
from cantinekit.cli import main
from cantinekit.clock import Period
from cantinekit.errors import UrlError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest
from cantinekit.testing.fakebank import STYLES, FakeBank, Style, _pages
from cantinekit.testing.fakebank._bank import LONGEST_PAUSE
from cantinekit.testing.fakebank._notebook import Notebook
from cantinekit.testing.fakebank._resting import Resting
from support.houses.edges import neighbour
from support.houses.small_house import House, installed, open_house
from support.laws import house_laws
from support.servers.bank_process import LONG, Application, BankProcess, browse
from support.servers.free_ports import free_port

BACK = "http://127.0.0.1:8000/thanks?form=1"
HOLD_OVER = timedelta(minutes=20)


@attrs.frozen
class Street:
    """A bank, an application that takes its webhooks, and a house with a room to let."""

    bank: BankProcess
    application: Application
    house: House

    def booked(self) -> m.Booking:
        noon = (self.house.clock.now() + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
        asked = c.Book(
            space_id="b",
            product_id="room",
            period=Period(noon, noon + timedelta(hours=1)),
            person_id="zoe",
            account="card",
            return_url=BACK,
        )
        made = self.house.do(asked)
        assert made.next_url == self.page(made.value)
        return made.value

    def charge(self, booking: m.Booking) -> m.Charge:
        return self.house.get(m.Charge, booking.charge_id or "")

    def attempt(self, booking: m.Booking) -> m.Attempt:
        return self.house.get(m.Attempt, self.charge(booking).attempt_ids[-1])

    def page(self, booking: m.Booking) -> str:
        found = self.attempt(booking).next_url
        assert found is not None
        assert found.startswith(f"{self.bank.page}/pay/")
        return found

    def state(self, booking: m.Booking) -> str:
        return self.house.get(m.Booking, booking.id).state

    def choose(self, page: str, do: str, **more: str) -> None:
        """Press a button of a page, which sends the payer back."""
        answer = browse(page, do=do, **more)
        assert (answer.status, answer.headers["location"]) == (303, BACK)

    def until(self, booking: m.Booking, state: str) -> None:
        self.application.until(lambda: self.state(booking) == state)


@pytest.fixture(scope="module", params=STYLES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    application = Application()
    state = tmp_path_factory.mktemp("bank") / "bank state.json"
    bank = BankProcess(request.param, state, free_port(), application.url)
    yield Street(bank, application, None)  # type: ignore[arg-type]
    bank.close()
    application.close()


@pytest.fixture
def street(running: Street) -> Iterator[Street]:
    card = installed().gateway(running.bank.url)
    house = open_house(card=card, now=datetime.now(UTC), ids=random_ids)
    running.application.house = house.cantine
    yield attrs.evolve(running, house=house)
    house_laws.hold(house.storage, house.clock.now())


def test_a_room_is_paid_on_the_page(street: Street) -> None:
    """The page says what it is for; who pays is sent back, the webhook confirms, and the page can be paid no more."""
    booking = street.booked()
    page = street.page(booking)
    opened = browse(page)
    assert (opened.status, opened.headers["cache-control"]) == (200, "no-store")
    assert b"<h1>Pay 15.00 EUR</h1>" in opened.body
    street.choose(page, "pay")
    street.until(booking, "confirmed")
    assert (street.charge(booking).paid, street.attempt(booking).captured) == (Money(1500, "EUR"), 1500)
    after = browse(page)  # the back button: the page is read anew
    assert b"<form" not in after.body
    assert b"paid" in after.body
    street.choose(page, "pay")
    street.choose(page, "decline")
    street.house.wait(minutes=1)
    street.house.cantine.run_due()
    assert street.charge(booking).paid == Money(1500, "EUR")
    assert (street.state(booking), street.house.cantine.read.quarantine()) == ("confirmed", ())


@pytest.mark.parametrize("how", ["decline", "close"])
def test_a_card_is_declined_and_another_is_taken(street: Street, how: str) -> None:
    """The attempt is declined and says why; the charge is due, and another attempt has another page."""
    booking = street.booked()
    page = street.page(booking)
    street.choose(page, how)
    street.application.until(lambda: street.attempt(booking).state == "declined")
    declined = street.attempt(booking)
    assert (bool(declined.reason), declined.next_url, street.charge(booking).state) == (True, None, "due")
    assert b"declined" in browse(page).body
    street.house.do(c.Pay(street.charge(booking).id, account="card", return_url=BACK))
    assert street.page(booking) != page
    street.choose(street.page(booking), "pay")
    street.until(booking, "confirmed")


def test_who_goes_back_has_not_paid(street: Street) -> None:
    """The tab is left without paying: nothing has happened, and the page may be opened again and paid."""
    booking = street.booked()
    page = street.page(booking)
    street.choose(page, "back")
    assert (street.state(booking), street.attempt(booking).state) == ("held", "pending")
    street.choose(page, "late", seconds="0")
    street.until(booking, "confirmed")
    answer = browse(page, do="late", seconds="soon")
    assert answer.status == 400


def test_a_payment_after_the_hold_goes_back(street: Street) -> None:
    """Somebody pays when the room is not held any more: the money is taken, told by webhook, and given back."""
    booking = street.booked()
    page = street.page(booking)
    neighbour(street.house, street.house.clock.now() + HOLD_OVER).cantine.run_due()
    assert street.state(booking) == "expired"
    street.choose(page, "pay")
    street.application.until(lambda: street.charge(booking).refunded.amount == 1500)
    assert (street.state(booking), street.charge(booking).paid.amount) == ("expired", 1500)


def test_nothing_is_lost_when_it_is_killed(street: Street) -> None:
    """Killed after somebody has paid and before the webhook was taken: started again, it brings the webhook."""
    waits = street.booked()
    page = street.page(waits)
    street.application.away.set()
    street.application.refused.clear()
    street.choose(page, "pay")
    assert street.application.refused.wait(30)
    street.bank.kill()
    street.application.away.clear()
    assert street.state(waits) == "held"
    street.bank.start()
    street.until(waits, "confirmed")
    assert b"paid" in browse(page).body


def test_the_control_forgets(street: Street, tmp_path: Path) -> None:
    """The control: a bank with another state knows nothing of the payment."""
    page = street.page(street.booked()).removeprefix(street.bank.page)
    style = "stripe" if street.bank.style == "stripe" else "fake"
    with FakeBank(style, tmp_path / "other.json") as other:
        assert browse(other.page + page).status == 404
    assert browse(street.bank.page + page).status == 200


# --- the server, in this process -------------------------------------------------------------------------------------


def asked(bank: FakeBank, text: str = "A day", back: str | None = BACK) -> str:
    """The page of a payment that a gateway of its own asked for."""
    gateway = installed().gateway(bank.url)
    made = gateway.charge(ChargeRequest(random_ids("att"), Money(700, "EUR"), "chg_1", "asso", text, back))
    assert (made.status, (made.next_url or "")[: len(bank.page)]) == ("pending", bank.page)
    return made.next_url or ""


def test_a_page_shows_texts_as_they_are(tmp_path: Path) -> None:
    """What a payment is for is no markup, and nobody is sent to what is no address of the web."""
    with FakeBank("fake", tmp_path / "state.json") as bank:
        page = asked(bank, "<script>alert(1)</script>", "javascript:alert(1)")
        for shown in (browse(page), browse(bank.page + "/")):
            assert b"<script" not in shown.body
            assert b"&lt;script&gt;" in shown.body
        assert browse(page, do="pay").headers["location"] == f"{page}?lang=en"
        assert b"javascript" not in browse(page).body
        assert browse(bank.page + "/pay/ch_nothing").status == 404
        assert browse(page, do="something else").status == 400


class Marks(HTMLParser):
    """What a page says to a reader, and the languages of its root and of its links."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.words, self.langs = list[str](), list[str]()
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.langs += [value or "" for name, value in attrs if name == "lang"]

    def handle_data(self, data: str) -> None:
        self.words += [data.strip()] if data.strip() and not data.startswith(":root") else []


def test_pages_are_in_two_languages(tmp_path: Path) -> None:
    """In that of the browser, else in the one that was chosen, which stays through the form; each page leads to itself
    in the other. Nothing of a page is left in the other language.
    """
    with FakeBank("fake", tmp_path / "state.json") as bank:
        page, gone = asked(bank, "Salle B", None), bank.page + "/pay/ch_nothing"
        french = Marks(browse(page, "fr-CA,en;q=0.8").body)
        assert french.langs == ["fr", "en"]
        assert "Payer 7,00\u00a0€" in french.words
        english = Marks(browse(page, "de,en;q=0.5,fr;q=0.4").body)
        assert (english.langs, "Pay 7.00 EUR" in english.words) == (["en", "fr"], True)
        assert Marks(browse(f"{page}?lang=fr", "en").body).langs[0] == "fr"
        for opened in (page, bank.page + "/", gone):
            both = [set(Marks(browse(f"{opened}?lang={lang}").body).words) for lang in ("fr", "en")]
            assert both[0] & both[1] <= {"Salle B"}, opened
        where = browse(f"{page}?lang=fr", do="decline").headers["location"]
        assert where == f"{page}?lang=fr"
        assert "7,00\u00a0€\u00a0: refusé" in Marks(browse(where).body).words


def test_a_checkout_says_its_language(tmp_path: Path) -> None:
    """The language with which a Checkout session of Stripe was made comes before that of the browser."""
    with FakeBank("stripe", tmp_path / "state.json") as bank:
        page = asked(bank)
        assert Marks(browse(page, "en").body).langs[0] == "en"
        for session in bank._provider._book.sessions.values():  # type: ignore[attr-defined]
            session["locale"] = "fr-CA"
        assert Marks(browse(page, "en").body).langs[0] == "fr"
        assert Marks(browse(f"{page}?lang=en", "fr").body).langs[0] == "en"


@pytest.mark.parametrize(
    ("accepts", "lang"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR-fr", "fr"),
        ("en, fr", "en"),
        ("fr;q=0.2, en;q=0.9", "en"),
        ("fr;q=0, de", "en"),
        ("*", "en"),
        ("de;q=x,fr;q=0.1", "fr"),
        (",;q=,fr", "fr"),
        ("f" * 5000, "en"),
        ("fr;q=2", "en"),
    ],
)
def test_what_a_browser_likes(accepts: str, lang: str) -> None:
    """The header is read by its weights; what is no language, and what is not liked at all, does not count."""
    assert _pages.language(None, None, accepts) == lang
    assert _pages.language("xx", "auto", accepts) == lang
    assert _pages.language("fr", "en", accepts) == "fr"


@pytest.mark.parametrize("style", STYLES)
def test_a_key_is_one_payment_over_a_restart(style: Style, tmp_path: Path) -> None:
    """A charge whose answer was lost when the bank was killed is the same one when it is asked for again."""
    asks = ChargeRequest("att_1", Money(700, "EUR"), "chg_1", "asso", "A day", BACK)
    port, seen = free_port(), []
    for _ in range(2):
        with FakeBank(style, tmp_path / "state.json", port=port) as bank:
            gateway = installed().gateway(bank.url)
            made = gateway.charge(asks)
            found = gateway.lookup("att_1")
            assert found is not None
            seen.append((made.reference, made.next_url, found.next_url))
            assert browse(bank.page + "/").body.count(b"/pay/") == 1
    assert seen[0] == seen[1]
    assert seen[0][1] == seen[0][2]


def test_the_bank_goes_on_after_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written down for a moment is told, and brought once it can be."""
    said, stumbled = list[str](), threading.Event()

    def say(line: str) -> None:
        said.append(line)
        stumbled.set()

    def full(notes: Notebook, now: datetime) -> list[str]:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(Notebook, "late", full)
        bank = FakeBank("fake", tmp_path / "state.json", said=say)
        page = asked(bank)
        assert stumbled.wait(30)
    with Application() as application:
        application.house = open_house(card=installed().gateway(bank.url), now=datetime.now(UTC)).cantine
        bank._webhook = application.url
        browse(page, do="pay")
        assert application.taken.get(timeout=30) == ("quarantined",)
        bank.close()
    assert "the bank cannot go on for now: OSError" in said


class Picky(Application):
    """Takes every webhook but those that say one word, which it refuses, and remembers what came."""

    def __init__(self, word: str) -> None:
        self.word, self.came = word, list[bool]()
        super().__init__()

    def _receive(self, body: bytes, headers: dict[str, str]) -> int:
        refused = bool(self.word) and self.word.encode() in body
        self.came.append(refused)
        return 400 if refused else 200

    def round(self, bank: FakeBank) -> list[bool]:
        """What a round of the courier brings: whether each webhook is refused."""
        self.came.clear()
        bank._bring(self.url)
        return list(self.came)


@pytest.mark.parametrize("style", STYLES)
def test_a_webhook_that_is_refused_keeps_no_other(style: Style, tmp_path: Path) -> None:
    """One that is refused for ever is brought again after pauses that grow to a bound; those behind it are taken at
    once, those that come later too, and it once it is accepted, after a restart as well."""
    now = [0.0]
    state = tmp_path / "state.json"
    with FakeBank(style, state) as bank:
        bank._ticks = lambda: now[0]
        first, *others = [asked(bank) for _ in range(3)]
        with Picky(first.rpartition("/")[2]) as application:
            for page in (first, *others):
                browse(page, do="pay")
            came = application.round(bank)
            refused = [True] * came.count(True)
            assert refused
            assert came.index(True) < len(came) - len(others)
            assert not any(came[-len(others) :])
            assert application.round(bank) == []
            waited = list[float]()
            for _ in range(9):
                waited.append(bank._resting.ends_in(now[0]))
                now[0] += waited[-1]
                assert application.round(bank) == refused
                assert application.round(bank) == []
            assert waited == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
            browse(asked(bank), do="pay")
            assert set(application.round(bank)) == {False}
            application.word = ""
            with FakeBank(style, state) as again:
                assert len(application.round(again)) == len(refused)
            now[0] += 30
            assert application.round(bank) == [False] * len(refused)
            assert application.round(bank) == []
            assert bank._resting.ends_in(now[0]) == float("inf")


@pytest.mark.parametrize("stuck", [False, True], ids=["rests", "control"])
def test_a_webhook_without_an_answer_lets_others_by(stuck: bool, tmp_path: Path, monkeypatch: Any) -> None:
    """Where one is never answered the round ends, and the next one begins with the others, also once its pause is over.

    Control: if none rested, and each kept its place, the others would never be brought.
    """
    now = [0.0]
    take = FakeBank._take
    with FakeBank("fake", tmp_path / "state.json") as bank:
        bank._ticks = lambda: now[0]
        pages = [asked(bank) for _ in range(3)]
        hangs = pages[0].rpartition("/")[2]
        monkeypatch.setattr(
            FakeBank, "_take", lambda self, to, due: None if hangs in due.token else take(self, to, due)
        )
        if stuck:
            monkeypatch.setattr(Resting, "lay", lambda *_: None)
        with Picky("") as application:
            for page in pages:
                browse(page, do="pay")
            assert application.round(bank) == []
            now[0] += LONGEST_PAUSE
            assert application.round(bank) == ([] if stuck else [False, False])


@pytest.mark.parametrize("style", STYLES)
def test_what_is_paid_later_is_paid_after_a_restart(style: Style, tmp_path: Path) -> None:
    """A payment that was put off is in the file, and is made by whoever opens it when its time has come."""
    state = tmp_path / "state.json"
    with FakeBank(style, state) as bank:
        page = asked(bank)
        browse(page, do="late", seconds="3600")
        assert b"<form" in browse(page).body
    notes = state.with_name("state.json.bank")
    kept = json.loads(notes.read_text())
    kept["late"] = dict.fromkeys(kept["late"], "2026-01-01T00:00:00.000000Z")
    notes.write_text(json.dumps(kept))
    said: list[str] = []
    with Application() as application, FakeBank(style, state, webhook=application.url, said=said.append) as again:
        gateway = installed().gateway(again.url)
        application.house = open_house(card=gateway, now=datetime.now(UTC)).cantine
        application.until(lambda: application.house.read.quarantine() != ())
        (kept,) = {one.why for one in application.house.read.quarantine()}
        assert kept == "no charge with this key"
    assert {line.rpartition(" ")[2] for line in said} == {"200"}


@pytest.mark.parametrize("url", ["fake://?page=nowhere", "fake://?page=http://x/y", "fake://?page="])
def test_an_address_of_no_bank_is_refused(url: str) -> None:
    """``page`` of ``fake://`` is the address of a server."""
    with pytest.raises(UrlError, match="the address of a fake bank"):
        installed().gateway(url)


def test_webhooks_go_to_an_address(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command says so before it serves anything."""
    where = ["--port", "0", "--state", str(tmp_path / "state.json"), "--webhook", "localhost:8000"]
    assert main(["fake-bank", *where]) == 2
    assert "not 'localhost:8000'" in capsys.readouterr().err


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command names the port that another server has, and the way out."""
    with FakeBank("fake", tmp_path / "one.json") as bank:
        port = bank.page.rpartition(":")[2]
        assert main(["fake-bank", "--port", port, "--state", str(tmp_path / "other.json")]) == 2
    assert f"port {port} is taken; --port names another one" in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--attended",), ()], ids=["attended", "control"])
def test_a_bank_ends_with_what_started_it(tmp_path, options):
    """Attended, it ends when the pipe that it reads from does, as when its parent is killed; otherwise it goes on."""
    command = [sys.executable, "-m", "cantinekit", "fake-bank", "--port", "0", "--state", str(tmp_path / "bank.json")]
    with subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bank:
        try:
            page = bank.stdout.readline().partition(" at ")[2].partition(": ")[0]
            assert browse(page).status == 200
            bank.stdin.close()
            if options:
                assert bank.wait(LONG) == 0
            else:
                assert browse(page).status == 200
        finally:
            bank.kill()
