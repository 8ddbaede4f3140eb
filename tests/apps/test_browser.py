"""The example application in a real browser: each page by the rules of accessibility, each form, what people do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from cantinekit.records import Pass, SessionSeries
from cantinekit.testing.fakebank import FakeBank
from support.pages.chromium import NARROW, WIDE, Served, Windows, chromium, needs_chromium, picture, violations
from support.pages.tiers_lieu_site import MORNING, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = needs_chromium
EVERY = {"resultTypes": ["violations"]}
"""All rules of axe-core, without what they find right."""
COLOURS = {**EVERY, "runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules of axe-core that look at colours: no other can differ between light and dark."""


class Street:
    """The application, served, and people with browsers of their own."""

    def __init__(self, served: Served, windows: Windows, at: datetime = MORNING, card: str = "fake://") -> None:
        self._windows = windows
        self.address = served.address
        self.site = Site(card, at=at, address=self.address)
        served.app = self.site.app

    def visitor(self, person: str | None = None, lang: str = "en", *, scripts: bool = True) -> Page:
        """A browser of its own, signed in where a person is named."""
        page = self._windows.lend(lang, scripts=scripts)
        if person:
            self.sign_in(page, person)
        return page

    def sign_in(self, page: Page, person: str) -> None:
        """Let a browser be that of somebody."""
        page.context.add_cookies([{"name": "session", "value": self.site.session_of(person), "url": self.address}])

    def session(self, workshop: str, day: date) -> str:
        """The session of a workshop on a day."""
        series = self.site.house.read.need(SessionSeries, workshop)
        return next(one.session_id for one in series.dates if one.day == day)

    def states(self, session_id: str, person: str) -> list[str]:
        """The states of what a person has at a session."""
        return [one.state for one in self.site.house.read.registrations(session_id) if one.person_id == person]

    def close(self) -> None:
        self._windows.take_back()
        self.site.house.close()


Opened = Callable[..., AbstractContextManager[Street]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens streets, one after the other: the windows and the port are the same for all."""
    with closing(Served()) as served:
        windows = Windows(browser, served.address)
        yield lambda *given, **named: closing(Street(served, windows, *given, **named))


@pytest.fixture
def street(opened: Opened) -> Iterator[Street]:
    with opened() as made:
        yield made


def told(page: Page, text: str) -> None:
    """Wait until a page says something at its top."""
    page.wait_for_selector(f"main > .flash >> text={text}")


def act_for(page: Page, person: str, button: str) -> None:
    """Find somebody at the desk, to book for them."""
    page.goto("/desk?place=nantes&q=" + person.split()[0])
    page.check(f"#people >> text={person}")
    page.click(f"button:has-text('{button}')")
    page.wait_for_url("**/rooms")


# --- each page ---

PAGES = {
    "programme": (None, "/?place=nantes"),
    "programme-full": ("malo", "/?place=rennes"),
    "session": ("malo", "session"),
    "session-mine": ("zoe", "session"),
    "rooms": (None, "/rooms?place=nantes&day=2026-12-01"),
    "room": ("malo", "/rooms/nantes.ada?day=2026-12-01&starts=10:00&ends=11:30"),
    "room-taken": ("malo", "/rooms/nantes.ada?day=2026-12-01&starts=14:00&ends=15:00"),
    "sign-in": (None, "/sign-in"),
    "nothing": (None, "/nothing"),
    "me": ("zoe", "/me"),
    "me-plan": ("nadia", "/me"),
    "cancel": ("zoe", "cancel"),
    "give-back": ("zoe", "give-back"),
    "notice": ("nadia", "notice"),
    "document": ("zoe", "document"),
    "pay": ("zoe", "pay"),
    "desk": ("ana", "/desk?place=nantes&q=mar"),
    "desk-change": ("ana", "change"),
    "programme-empty": (None, "/?place=nantes&week=2027-W40"),
    "me-new": ("yann", "/me"),
    "acting": ("acting", "/rooms/nantes.ada?day=2026-12-01&starts=10:00&ends=11:30"),
    "admin-week": ("karim", "/admin/week?place=nantes"),
    "admin-prices": ("karim", "/admin/prices"),
    "admin-closures": ("karim", "/admin/closures?place=nantes"),
    "admin-figures": ("karim", "/admin/figures?place=nantes"),
    "admin-bills": ("karim", "/admin/bills"),
}


@attrs.frozen
class Look:
    """The application with somebody at the desk, and a browser in French that becomes that of one person or another.

    Attributes:
        street: the application.
        page: the browser.
        acting: the cookies of somebody at the desk who acts for somebody else.
        errors: what the page logged as an error.
    """

    street: Street
    page: Page
    acting: list[Any]
    errors: list[str] = attrs.field(factory=list)

    def open(self, person: str | None, url: str) -> None:
        """Open a page as somebody."""
        self.page.context.clear_cookies()
        if person == "acting":
            self.page.context.add_cookies(self.acting)
        elif person:
            self.street.sign_in(self.page, person)
        self.errors.clear()
        self.page.goto(url)


@pytest.fixture(scope="module")
def look(browser: Browser) -> Iterator[Look]:
    with closing(Served()) as served, closing(Street(served, Windows(browser, served.address))) as street:
        house = street.site.house
        house.check_in("nantes", "half-day", person_id="malo", account="desk", actor="desk")
        house.check_in("nantes", "day", account="desk", actor="desk")
        page = street.visitor("ana", "fr")
        act_for(page, "Zoé Marchand", "Réserver ou inscrire")
        found = Look(street, page, page.context.cookies())
        page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
        yield found


def url_of(street: Street, name: str) -> str:
    """The address of a page that is about a record."""
    read = street.site.house.read
    return {
        "session": lambda: f"/sessions/{street.session('soudure', date(2026, 11, 30))}",
        "change": lambda: f"/desk?place=nantes&change={next(one.id for one in read.here('nantes') if one.person_id)}",
        "cancel": lambda: f"/me/cancel/booking/{read.bookings('zoe')[0].id}",
        "give-back": lambda: f"/me/cancel/pass/{next(one.id for one in read.find(Pass, 'holder', 'zoe|', 'zoe}'))}",
        "notice": lambda: f"/me/notice/{next(one.id for one in read.find(Pass, 'holder', 'nadia|', 'nadia}'))}",
        "document": lambda: f"/me/documents/{read.documents('reseau', 'receipts')[0].id.replace('|', '~')}",
        "pay": lambda: f"/pay/{read.statement('zoe')[0].id}",
    }.get(name, lambda: name)()


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible(look, name):
    """Each page is without a violation of the rules of axe-core, in a wide window and on a telephone, light and dark.

    All rules are asked in both widths, and those that look at colours in both schemes of each. It is no wider than the
    window, and logs no error. Screenshots are kept.
    """
    page = look.page
    person, url = PAGES[name]
    look.open(person, url_of(look.street, url))
    looks = (("wide", WIDE, "light", "dark"), ("narrow", NARROW, "dark", "light"))
    for shape, (width, height), first, second in looks:
        page.set_viewport_size({"width": width, "height": height})
        for scheme, asked in ((first, EVERY), (second, COLOURS)):
            page.emulate_media(color_scheme=scheme)
            if asked is EVERY:
                picture(page, f"{name}-{shape}")
            assert violations(page, asked) == []
        root = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert root[0] <= root[1]
    assert [text for text in look.errors if "the server responded with a status of 4" not in text] == []


def test_axe_finds_what_is_wrong(street):
    """The rules are asked: a picture without a text, and grey on white, are found."""

    def wrong(options: Mapping[str, object]) -> set[str]:
        return {one.partition(":")[0] for one in violations(page, options)}

    page = street.visitor()
    page.goto("/")
    page.evaluate("""() => {
        document.querySelector('main').insertAdjacentHTML('beforeend', '<img src="/static/icon.svg">')
        document.querySelector('h1').style.color = '#cccccc'
    }""")
    assert wrong(EVERY) == {"image-alt", "color-contrast"}
    page.evaluate("document.querySelector('h1').style.color = '#333333'")
    for scheme, found in (("light", set()), ("dark", {"color-contrast"})):
        page.emulate_media(color_scheme=scheme)
        assert wrong(COLOURS) == found


def test_by_the_keyboard(street):
    """The first key leads to a link that leads to the content."""
    page = street.visitor()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def reach(page: Page, text: str) -> None:
    """Press the key for the next field until a link, a field or a button says something."""
    for _ in range(120):
        page.keyboard.press("Tab")
        said = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText ?? ''")
        if said.startswith(text):
            return
    raise AssertionError(f"no key leads to {text}")


def test_a_booking_by_the_keyboard(street):
    """A room is booked with keys alone, from the first page to the confirmation: signing in, grid, price, booking."""
    page = street.visitor()
    page.goto("/")
    reach(page, "Rooms")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms")
    reach(page, "Next day")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms?*")
    reach(page, "10:00")
    page.keyboard.press("Enter")
    page.wait_for_url("**starts=10:00**")
    reach(page, "Sign in to book")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in**")
    reach(page, "Malo Kerbrat")
    page.keyboard.press("Enter")
    page.wait_for_url("**starts=10:00**")
    reach(page, "Why this price?")
    page.keyboard.press("Enter")
    page.wait_for_selector("details[open]")
    reach(page, "Book and pay")
    page.keyboard.press("Enter")
    told(page, "Your booking is confirmed.")
    assert [one.state for one in street.site.house.read.bookings("malo")] == ["confirmed"]


# --- what the public and members do ---


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_programme(street, scripts):
    """The programme is filtered by city and week, with a script and without; the address is that of what is shown."""
    page = street.visitor(scripts=scripts)
    page.goto("/")
    page.select_option("#place", "rennes")
    if not scripts:
        page.click("text=Show")
    page.wait_for_selector("h2:has-text('Rennes')")
    assert "place=rennes" in page.url
    page.click("text=Next week")
    page.wait_for_selector("text=Week of Monday 7 December 2026")
    page.go_back()
    page.wait_for_selector("text=Week of Monday 30 November 2026")
    assert page.locator("h2").first.inner_text().startswith("Rennes")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_seat(street, scripts):
    """Somebody signs in from a session, registers with an option, and gives the seat up, with a script and without."""
    id = street.session("soudure", date(2026, 12, 7))
    page = street.visitor(scripts=scripts)
    page.goto(f"/sessions/{id}")
    page.click("text=Sign in to register")
    page.click("text=Malo Kerbrat")
    page.check("text=Fournitures")
    page.click("button:has-text('Register')")
    told(page, "Your seat is confirmed.")
    page.click("main >> text=Cancel")
    page.click("text=Confirm the cancellation")
    told(page, "It is cancelled.")
    assert street.states(id, "malo") == ["cancelled"]


def test_a_room(street):
    """Somebody chooses a time on the grid, changes it, sees the price, and books."""
    page = street.visitor("malo")
    page.goto("/rooms?place=nantes&day=2026-12-02")
    page.select_option("#length", "2:00")
    page.wait_for_selector("#list a:has-text('36.00 EUR')")
    page.click("li.room:has-text('Salle Ada') >> a:has-text('10:00')")
    assert page.input_value("#ends") == "12:00"
    page.fill("#ends", "11:00")
    page.click("text=See the price")
    assert page.locator("main >> text='18.00 EUR'").count() == 1
    page.click("text=Why this price?")
    page.wait_for_selector("text=2 × 30min at 9.00 EUR: 18.00 EUR")
    page.click("text=Book and pay")
    told(page, "Your booking is confirmed.")
    (booking,) = street.site.house.read.bookings("malo")
    assert booking.period.start == datetime(2026, 12, 2, 9, tzinfo=UTC)


def test_a_room_without_scripts(at_the_bank):
    """Without a script somebody finds a room, signs in, books it, and pays at the bank."""
    page = at_the_bank.visitor(scripts=False)
    page.goto("/rooms?place=nantes&day=2026-12-02")
    page.select_option("#length", "2:00")
    page.click("main >> text=Show")
    page.click("li.room:has-text('Salle Ada') >> a:has-text('10:00')")
    page.click("text=Sign in to book")
    page.click("text=Malo Kerbrat")
    page.click("text=Book and pay")
    page.click("button >> text='Pay'")
    page.wait_for_selector("text=It is paid.")
    (booking,) = at_the_bank.site.house.read.bookings("malo")
    assert (booking.state, booking.period.start) == ("confirmed", datetime(2026, 12, 2, 9, tzinfo=UTC))


def test_a_double_click(street):
    """Two clicks on the button of a form are one seat, and one payment."""
    id = street.session("soudure", date(2026, 12, 7))
    page = street.visitor("malo")
    page.goto(f"/sessions/{id}")
    page.dblclick("button:has-text('Register')")
    page.wait_for_selector("text=You are registered")
    assert street.states(id, "malo") == ["confirmed"]
    assert len([one for one in street.site.house.read.statement("malo") if one.amount.localized("en") == "€12.00"]) == 1


def test_the_back_button(street):
    """Who goes back after registering and sends the form again has the seat that there is, once."""
    id = street.session("soudure", date(2026, 12, 7))
    page = street.visitor("malo")
    page.goto(f"/sessions/{id}")
    page.click("button:has-text('Register')")
    page.wait_for_selector("text=You are registered")
    page.go_back()
    if page.locator("button:has-text('Register')").count():  # the browser kept the form
        page.click("button:has-text('Register')")
    page.wait_for_selector("text=You are registered")
    assert street.states(id, "malo") == ["confirmed"]


def test_the_last_seat(street):
    """Of two who see the last seat, one has it and the other waits, and each is told."""
    id = street.session("couture", date(2026, 12, 9))
    malo, zoe = street.visitor("malo"), street.visitor("elsa")
    for page in (malo, zoe):
        page.goto(f"/sessions/{id}")
        assert page.locator("text=Seats left: 1").count() == 1
    malo.click("button:has-text('Register')")
    zoe.click("button:has-text('Register')")
    told(malo, "Your seat is confirmed.")
    told(zoe, "You are on the waiting list")
    assert (street.states(id, "malo"), street.states(id, "elsa")) == (["confirmed"], ["waiting"])


def test_the_last_room(street):
    """Of two who see a free room, one has it; the other is told at the form, in their language, when it is free."""
    url = "/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:00"
    malo, elsa = street.visitor("malo"), street.visitor("elsa", "fr")
    for page in (malo, elsa):
        page.goto(url)
    malo.click("text=Book and pay")
    elsa.click("text=Réserver et payer")
    told(malo, "Your booking is confirmed.")
    elsa.wait_for_selector(".problem >> text=Salle Ada est déjà pris")


def test_the_day_on_which_the_clocks_change(opened):
    """On the days around the end of summer time the times are those of the wall, whatever instant they are."""
    with opened(datetime(2026, 10, 20, 8, 30, tzinfo=UTC)) as street:
        page = street.visitor("malo")
        for day, hour in (("2026-10-24", 8), ("2026-10-25", 9)):
            page.goto(f"/rooms?place=nantes&day={day}")
            page.click("li.room:has-text('Salle Ada') >> a:has-text('10:00')")
            page.click("text=Book and pay")
            told(page, "Your booking is confirmed.")
            booking = next(
                one for one in street.site.house.read.bookings("malo") if one.period.start.day == int(day[-2:])
            )
            assert booking.period.start.hour == hour
        assert page.locator("text=10:00 – 11:00").count() == 2


def test_a_plan(street):
    """A subscription is bought and ended, with what that comes to said before."""
    page = street.visitor("malo")
    page.goto("/me")
    page.click("[aria-label='Buy Abonnement nomade']")
    told(page, "It is bought.")
    page.click("a:has-text('Give notice')")
    assert "The last day would be" in page.inner_text("main")
    page.click("button:has-text('Give notice')")
    told(page, "Your notice is recorded.")
    page.click("text=Withdraw the notice")
    assert page.locator("text=goes on until notice").count() == 1


def test_language_and_leaving(street):
    """The language is chosen by a link that keeps the page, and who signs out is out."""
    page = street.visitor("malo", "fr")
    page.goto("/rooms?place=rennes")
    page.click("text=English")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "place=rennes" in page.url
    page.click("text=Sign out")
    page.goto("/me")
    assert "/sign-in" in page.url


# --- paying at a bank ---


@pytest.fixture
def at_the_bank(opened: Opened, tmp_path: Path) -> Iterator[Street]:
    """The application with a bank that has pages to pay on, and tells nothing by itself."""
    with FakeBank("fake", tmp_path / "bank.json") as bank, opened(card=bank.url) as street:
        yield street


def to_the_bank(street: Street, *, clicks: int = 1, scripts: bool = True) -> tuple[Page, str]:
    """Somebody registers and stands on the page of the bank."""
    id = street.session("soudure", date(2026, 12, 7))
    page = street.visitor("malo", scripts=scripts)
    page.goto(f"/sessions/{id}")
    page.click("button:has-text('Register')", click_count=clicks)
    page.wait_for_url("**/pay/**")
    page.wait_for_selector("button:has-text('Decline the card')")
    return page, id


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_paying_at_the_bank(at_the_bank, scripts):
    """Somebody is sent to the bank, pays there, comes back, and has the seat: the gateway is asked, no webhook came."""
    page, id = to_the_bank(at_the_bank, scripts=scripts)
    assert at_the_bank.states(id, "malo") == ["held"]
    page.click("button >> text='Pay'")
    page.wait_for_selector("text=It is paid.")
    assert page.url.startswith(at_the_bank.address)
    assert at_the_bank.states(id, "malo") == ["confirmed"]


def test_a_double_click_leads_to_one_bank(at_the_bank):
    """After a double click there is one seat with one payment, and the page of the bank is that of it."""
    page, id = to_the_bank(at_the_bank, clicks=2)
    page.click("button >> text='Pay'")
    page.wait_for_selector("text=It is paid.")
    assert at_the_bank.states(id, "malo") == ["confirmed"]


def test_a_card_that_is_declined(at_the_bank):
    """Who is declined is told so, in words of the application and not of the bank, pays again, and has the seat."""
    page, id = to_the_bank(at_the_bank)
    page.click("text=Decline the card")
    page.wait_for_selector("text=The payment was declined. Try again")
    assert "card_declined" not in page.content()
    page.click("text=Try again to pay")
    page.click("button >> text='Pay'")
    page.wait_for_selector("text=It is paid.")
    assert at_the_bank.states(id, "malo") == ["confirmed"]


def test_turning_round(at_the_bank):
    """Who goes back without paying finds the way to the bank again, from the page of the charge and of the session."""
    page, id = to_the_bank(at_the_bank)
    page.click("text=Go back without paying")
    page.wait_for_selector("text=It is not paid yet.")
    page.goto(f"/sessions/{id}")
    page.click("main >> text=Payment")
    page.click("text=Pay 12.00 EUR")
    page.click("button >> text='Pay'")
    page.wait_for_selector("text=It is paid.")


def test_a_payment_that_comes_late(at_the_bank):
    """Who pays after the hold ran out has no seat, is told so, and gets the money back."""
    page, id = to_the_bank(at_the_bank)
    at_the_bank.site.clock.advance(timedelta(hours=1))
    at_the_bank.site.house.run_due()
    page.click("button >> text='Pay'")
    page.wait_for_selector("text=The time to pay is over")
    at_the_bank.site.clock.advance(timedelta(hours=1))
    at_the_bank.site.house.run_due()  # the next look at the gateway
    assert at_the_bank.states(id, "malo") == ["expired"]
    (charge,) = [one for one in at_the_bank.site.house.read.statement("malo") if one.amount.localized("en") == "€12.00"]
    assert charge.refunded == charge.amount


# --- the desk and administration ---


def test_a_day_at_the_desk(street):
    """A name is found as it is written; somebody comes, stays longer, goes; a mistake is undone."""
    page = street.visitor("ana")
    page.goto("/desk?place=nantes")
    page.locator("#q").press_sequentially("zoe")
    page.check("#people >> text=Zoé Marchand")
    page.select_option(".card #product", "half-day")
    page.click(".card >> button:has-text('Check in')")
    told(page, "Checked in.")
    page.click("a:has-text('Stay longer')")
    page.click("main >> button:has-text('Included')")
    told(page, "Upgraded.")
    page.click("text=Check out")
    told(page, "Checked out.")
    page.click(".card >> button:has-text('Check in')")
    page.click("text=Undo the check-in")
    told(page, "The check-in is undone.")
    page.click("[aria-label='Check in, Adèle Fournier']")
    told(page, "Checked in.")


def test_on_the_telephone(street):
    """Somebody at the desk books for a person who calls, to be paid later, and then acts for themselves again."""
    page = street.visitor("ana")
    act_for(page, "Malo Kerbrat", "Book or register")
    page.goto("/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:00")
    page.check("text=Later, on a bill")
    page.click("main >> button:has-text('Book')")
    told(page, "Your booking is confirmed.")
    page.click("button:has-text('Done')")
    page.wait_for_url("**/desk**")
    assert page.locator("text=You act for").count() == 0
    (charge,) = [one for one in street.site.house.read.statement("malo") if one.outstanding]
    assert charge.on_account


def test_the_price_list(street):
    """What is wrong with a text stands beside it as it is written; what is right is published."""
    page = street.visitor("karim")
    page.goto("/admin/prices")
    text = page.input_value("#text")
    page.fill("#text", text.replace("price = 14.00", "prise = 14.00"))
    page.wait_for_selector("#checked >> text=prise")
    page.fill("#text", text.replace("price = 14.00", "price = 15.00").replace("gross = 14.00", "gross = 15.00"))
    page.wait_for_selector("#checked >> text=day changed")
    page.click("text=Publish")
    told(page, "The price list is published.")


def test_the_week_and_closures(street):
    """A workshop is planned and stands in the picture; a room is closed and opened again; a bill is made."""
    page = street.visitor("karim")
    page.goto("/admin/week?place=nantes")
    page.fill("#first", "2026-12-03")
    page.fill("#starts", "10:00")
    page.fill("#ends", "12:00")
    page.click("button:has-text('Plan')")
    told(page, "The workshops are planned.")
    page.locator("figure img").evaluate("picture => picture.decode()")
    page.click("nav.sub >> text=Closures")
    page.fill("#first", "2026-12-10")
    page.fill("#last", "2026-12-11")
    page.fill("#reason", "paint")
    page.click("button:has-text('Close')")
    told(page, "The closure is recorded.")
    page.click("text=Reopen")
    told(page, "The room is open again.")
    page.click("nav.sub >> text=Bill run")
    page.dblclick("button:has-text('Bill')")
    page.wait_for_selector("text=Bill F2026-000001 is made.")
    assert len(street.site.house.read.documents("reseau", "invoices")) == 1
