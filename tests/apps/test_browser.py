"""The example application in a real browser: each page by the rules of accessibility, each form, what people do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit.records import Pass, SessionSeries
from cantinekit.testing.fakebank import FakeBank
from support.pages.chromium import (
    DOCUMENTED,
    NARROW,
    WIDE,
    Served,
    Windows,
    breaking_out,
    chromium,
    needs_chromium,
    picture,
    violations,
)
from support.pages.tiers_lieu_site import MORNING, Site
from tiers_lieu.seed import ENTITY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = needs_chromium
EVERY = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""All rules of axe-core, without what they find right: that of WCAG 2.2 AA too, which axe-core leaves out by itself."""
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
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
    page.click(f"#people > li:has-text('{person}') >> button:has-text('{button}')")
    page.wait_for_url("**/rooms")


# --- each page ---

PAGES = {
    "programme": (None, "/?place=nantes"),
    "programme-full": ("malo", "/?place=rennes"),
    "session": ("malo", "session"),
    "session-mine": ("zoe", "session"),
    "rooms": (None, "/rooms?place=nantes&day=2026-12-01"),
    "rooms-prices": (None, "/rooms?place=nantes&day=2026-12-01&starts=14:00&ends=16:00"),
    "rooms-picked": ("malo", "/rooms?place=nantes&day=2026-12-01&room=nantes.loire&starts=14:00#t5-1-13"),
    "rooms-over": (None, "/rooms?place=nantes&day=2026-11-28"),
    "room-week": (None, "/rooms/nantes.ada/week?day=2026-12-01"),
    "room-price": (None, "/rooms/nantes.ada?day=2026-12-01&starts=10:00&ends=11:30"),
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
    "month-end": ("karim", "/admin/month-end"),
}


@attrs.frozen
class Look:
    """The application with somebody at the desk, and a browser that becomes that of one person or another.

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
        self.page.goto("about:blank")  # an address with a fragment is loaded again
        self.page.goto(url)


@contextmanager
def looking(browser: Browser, lang: str) -> Iterator[Look]:
    """The application with somebody at the desk, and a browser in a language."""
    with closing(Served()) as served, closing(Street(served, Windows(browser, served.address))) as street:
        house = street.site.house
        house.check_in("nantes", "half-day", person_id="malo", account="desk", actor="desk")
        house.check_in("nantes", "day", account="desk", actor="desk")
        page = street.visitor("ana", lang)
        act_for(page, "Zoé Marchand", {"fr": "Réserver ou inscrire", "en": "Book or register"}[lang])
        found = Look(street, page, page.context.cookies())
        page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
        yield found


@pytest.fixture(scope="module")
def look(browser: Browser) -> Iterator[Look]:
    """The application in French."""
    with looking(browser, "fr") as found:
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

    All rules are asked in both widths, and those that look at colours in both schemes of each. It logs no error. The
    pictures of the documentation are made here.
    """
    page = look.page
    person, url = PAGES[name]
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        look.open(person, url_of(look.street, url))
        for scheme, asked in (("light", EVERY), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            if asked is EVERY:
                picture(page, f"{name}-{width}")
            assert violations(page, asked) == []
        assert [text for text in look.errors if "the server responded with a status of 4" not in text] == []


def test_each_page_has_its_pictures():
    """The documentation has a picture of each page in both widths, and none of a page that is gone; they are made by
    ``CANTINEKIT_PICTURES=1`` and the test above."""
    wanted = {f"{name}-{width}.jpg" for name in PAGES for width, _ in (WIDE, NARROW)}
    assert {path.name for path in DOCUMENTED.iterdir()} == wanted


# --- nothing breaks out of its parent ---

WIDTHS = (320, 390, 768, 1280, 1920)
LONG = "Maison-Rochefoucauld-des-Arts-et-Métiers-réunis-du-Val-de-Loire"[:60]
"""A name of 60 characters in which no line breaks but at its hyphens."""
LONGER = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauverein"[:60]
"""A name of 60 characters in one word."""


def lengthen(street: Street) -> None:
    """Give everybody and everything in the network a name of 60 characters."""
    house, read = street.site.house, street.site.house.read
    spaces = [space for place in read.places() for space in read.spaces(place.id)]
    for command in (
        *(c.ChangePlace(one.id, name=LONG) for one in read.places()),
        *(c.ChangeSpace(one.id, name=LONG if number % 2 else LONGER) for number, one in enumerate(spaces)),
        *(c.ChangePerson(one.id, name=LONGER) for one in read.people(limit=50).items),
        *(c.ChangeWorkshop(one.id, title=LONGER) for place in read.places() for one in read.workshops(place.id)),
        *(c.ChangeProduct(one.id, name=LONG) for one in read.products(ENTITY)),
    ):
        house.execute(command, actor="test")


@pytest.fixture(scope="module", params=["fr", "en"])
def long_look(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Look]:
    """The application in one language, with names of 60 characters."""
    with looking(browser, request.param) as found:
        lengthen(found.street)
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_its_parent(long_look, name):
    """On no page does an element or a text reach beyond its parent, and no page is wider than its window: from the
    narrowest telephone to a wide screen, in French and English, with names of 60 characters."""
    person, url = PAGES[name]
    long_look.open(person, url_of(long_look.street, url))
    found = {}
    for width in WIDTHS:
        long_look.page.set_viewport_size({"width": width, "height": 900})
        if wider := breaking_out(long_look.page):
            found[width] = wider
    assert found == {}


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (".events .price { width: 3rem; white-space: nowrap; }", '"free of charge" in span.price'),
        ("h1 { margin-right: -2rem; }", "h1. in main."),
        ("main { min-width: 84rem; }", "the page: "),
    ],
)
def test_what_is_wider_than_its_parent_is_found(street, planted, said):
    """Control: a price that breaks out of its column, a heading wider than the page that it is on, and a page wider
    than the window are found, and nothing is where nothing was planted."""
    page = street.visitor()
    page.goto("/?place=nantes")
    assert breaking_out(page) == []
    page.evaluate(
        "text => { const s = new CSSStyleSheet(); s.replaceSync(text); document.adoptedStyleSheets = [s] }", planted
    )
    assert [one for one in breaking_out(page) if one.startswith(said)]


def test_axe_finds_what_is_wrong(street):
    """The rules are asked: a picture without a text, grey on white, and buttons too small to hit are found."""

    def wrong(options: Mapping[str, object]) -> set[str]:
        return {one.partition(":")[0] for one in violations(page, options)}

    page = street.visitor()
    page.goto("/")
    page.evaluate("""() => {
        document.querySelector('main').insertAdjacentHTML('beforeend', '<img src="/static/icon.svg">')
        const tiny = '<div class="tiny"><button>+</button><button>-</button></div>'
        document.querySelector('main').insertAdjacentHTML('beforeend', tiny)
        for (const one of document.querySelectorAll('.tiny button'))
            one.style.cssText = 'min-height: 0; height: 12px; width: 12px; padding: 0; font-size: 9px'
        document.querySelector('h1').style.color = '#cccccc'
    }""")
    assert wrong(EVERY) == {"image-alt", "color-contrast", "target-size"}
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
    page.wait_for_load_state()
    reach(page, "08:00")  # the first step of the first room that is free, and a key for each half hour after it
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("#picked >> text=from 10:00")
    assert page.evaluate("document.activeElement.innerText") == "until 10:30"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**starts=10:00&ends=11:00")
    reach(page, "Malo Kerbrat")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Price for you")
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
    """Somebody says the times, sees what each room costs then, changes them, sees the new price, and books."""
    page = street.visitor("malo")
    page.goto("/rooms?place=nantes&day=2026-12-02")
    page.fill("#starts", "10:00")
    page.fill("#ends", "12:00")
    page.click("tr:has-text('Salle Ada') >> a:has-text('36.00 EUR')")
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
    """Without a script somebody finds a room by its times, signs in, books it, and pays at the bank."""
    page = at_the_bank.visitor(scripts=False)
    page.goto("/rooms?place=nantes&day=2026-12-02")
    page.fill("#starts", "10:00")
    page.fill("#ends", "12:00")
    page.click("text=See the prices")
    page.click("tr:has-text('Salle Ada') >> a:has-text('36.00 EUR')")
    page.click("text=Malo Kerbrat")
    page.click("text=Book and pay")
    page.click("button >> text='Pay'")
    page.wait_for_selector("text=It is paid.")
    (booking,) = at_the_bank.site.house.read.bookings("malo")
    assert (booking.state, booking.period.start) == ("confirmed", datetime(2026, 12, 2, 9, tzinfo=UTC))


# --- a visitor who wants a room tomorrow from 14 to 16 ---


def step(page: Page, line: str, time: str) -> Locator:
    """The half hour of a room, or of a day, that begins at a time."""
    return page.locator(f".axis tr:has-text('{line}') >> a[data-from='{time}']")


def drag(page: Page, line: str, first: str, last: str) -> None:
    """Press the button of the mouse on one half hour, and let it go on another."""
    for time, press in ((first, page.mouse.down), (last, page.mouse.up)):
        step(page, line, time).hover()
        press()


BY = {
    "dragging": (
        None,
        lambda page: page.click("text=Next day"),
        lambda page: drag(page, "Salle Loire", "14:00", "15:30"),
    ),
    "dragging back": (
        None,
        lambda page: page.click("text=Next day"),
        lambda page: drag(page, "Salle Loire", "15:30", "14:00"),
    ),
    "two taps": (
        "malo",
        lambda page: page.click("text=Next day"),
        lambda page: step(page, "Salle Loire", "14:00").click(),
        lambda page: (
            page.wait_for_selector("#picked >> text=from 14:00") and step(page, "Salle Loire", "15:30").click()
        ),
    ),
    "the form": (
        None,
        lambda page: page.click("text=See the prices"),
        lambda page: page.click("tr:has-text('Salle Loire') >> a:has-text('36.00 EUR')"),
    ),
}
"""How the time is picked: who wants it, and each click."""


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
@pytest.mark.parametrize(
    ("way", "scripts"),
    [*((way, True) for way in BY), ("two taps", False), ("the form", False)],  # dragging is what the script is for
)
def test_a_room_tomorrow_from_14_to_16(street, way, scripts, size):
    """From the page of the rooms to a booking that is confirmed it takes at most 4 clicks: the day, the time, who it is
    and the booking. What it costs is said before anything is asked. Each page on the way is without a violation of the
    rules of axe-core."""
    person, *picks = BY[way]
    page = street.visitor(person, scripts=scripts)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/rooms?place=nantes")
    if way == "the form":  # written, not clicked
        page.fill("#day", "2026-12-01")
        page.fill("#starts", "14:00")
        page.fill("#ends", "16:00")
    clicks = 0
    for pick in picks:
        pick(page)
        clicks += 1
    page.wait_for_selector("main >> text='36.00 EUR'")
    assert not scripts or violations(page, EVERY) == []
    if person is None:
        assert page.locator("input[type=text], input[type=password]").count() == 0
        page.click("text=Malo Kerbrat")
        clicks += 1
    page.click("text=Book and pay")
    clicks += 1
    told(page, "Your booking is confirmed.")
    assert clicks <= 4
    (booking,) = street.site.house.read.bookings("malo")
    hours = (datetime(2026, 12, 1, 13, tzinfo=UTC), datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert (booking.space_id, booking.period.start, booking.period.end) == ("nantes.loire", *hours)


def test_what_was_asked_for_is_in_sight(street):
    """On a telephone the axis, which scrolls, stands where the times are that were asked for."""
    page = street.visitor()
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.goto("/rooms?place=nantes&day=2026-12-01&starts=14:00&ends=16:00")
    page.wait_for_function("document.querySelector('.axis').closest('.wide').scrollLeft > 0")
    box = page.locator(".picks .picked").first.bounding_box()
    assert box is not None
    assert 0 < box["x"] < NARROW[0]


def test_what_is_no_stretch_is_not_picked(street):
    """Who drags from one room to another, or on what is taken, is where they were; who taps goes on."""
    page = street.visitor("malo")
    page.goto("/rooms?place=nantes&day=2026-12-01")
    step(page, "Salle Loire", "14:00").hover()
    page.mouse.down()
    step(page, "Salle Ada", "16:00").hover()
    page.mouse.up()
    step(page, "Salle Loire", "14:00").hover()
    page.mouse.down()
    page.locator("tr:has-text('Salle Ada') >> .booked").hover()
    page.mouse.up()
    assert page.url.endswith("day=2026-12-01")
    assert page.locator(".dragged").count() == 0
    step(page, "Salle Loire", "14:00").click()
    page.wait_for_selector("#picked >> text=from 14:00")


def test_the_week_of_a_room(street):
    """From the name of a room somebody comes to its week, goes to the next one, and picks a time there."""
    page = street.visitor("malo")
    page.goto("/rooms?place=nantes&day=2026-12-01")
    page.click("text=Salle Ada")
    page.wait_for_selector("h2:has-text('Week of Monday 30 November 2026')")
    assert page.locator(".axis tbody tr").count() == 7
    assert page.locator("tr:has-text('1 December') >> .booked").count() == 1
    page.click("text=Next week")
    page.wait_for_selector("h2:has-text('Week of Monday 7 December 2026')")
    step(page, "Wednesday 9 December", "10:00").click()
    page.wait_for_selector("#picked >> text=from 10:00")
    step(page, "Wednesday 9 December", "11:30").click()
    page.wait_for_selector("text=Price for you")
    assert "day=2026-12-09&starts=10:00&ends=12:00" in page.url


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
            step(page, "Salle Ada", "10:00").click()
            page.wait_for_selector("#picked >> text=from 10:00")
            step(page, "Salle Ada", "10:30").click()
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
    page.click("#people button[aria-label='Check in, Zoé Marchand, Demi-journée']")
    told(page, "Checked in.")
    page.click("[aria-label='Stay longer, Zoé Marchand']")
    page.click("main >> button:has-text('Included')")
    told(page, "Upgraded.")
    page.click("[aria-label='Check out, Zoé Marchand']")
    told(page, "Checked out.")
    page.click("[aria-label='Check in, Walk-in, Journée']")
    page.click("#lately >> [aria-label='Undo the check-in, Walk-in']")
    told(page, "The check-in is undone.")
    page.click("[aria-label='Check in, Adèle Fournier, Salle Loire']")
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


def written(page: Page) -> str:
    """The text of the price list, from the beginning of the line of the cursor to the cursor."""
    return page.evaluate(
        "(a => a.value.slice(0, a.selectionStart).split('\\n').at(-1))(document.getElementById('text'))"
    )


def test_the_editor_of_the_price_list(street):
    """By keys alone: the lines are numbered and those with a problem marked; a problem leads to its line; what can be
    written is offered from the JSON Schema with what it means, taken, and undone; Tab leads on."""
    page = street.visitor("karim")
    page.goto("/admin/prices")
    text = page.input_value("#text")
    assert page.locator(".gutter span").count() == len(text.split("\n"))
    wrong = text.replace('beyond = "rate"', 'beyond = "rat"', 1)
    page.fill("#text", wrong)
    line = wrong[: wrong.index('"rat"')].count("\n") + 1
    page.wait_for_selector(f".gutter .wrong >> text={line}")
    reach(page, "Publish")
    reach(page, f"line {line}")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"
    assert page.evaluate("(a => a.value.slice(a.selectionStart, a.selectionEnd))(document.activeElement)") == (
        'beyond = "rat"'
    )
    page.keyboard.type("beyond = ")
    page.keyboard.press("Control+Space")
    assert '"rate"' in page.locator("#options code").all_inner_texts()
    assert violations(page, EVERY) == []
    chosen = page.locator("#options [aria-selected=true]")
    while chosen.inner_text().strip() != '"rate"':
        page.keyboard.press("ArrowDown")
    assert page.get_attribute("#text", "aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Enter")
    assert written(page) == 'beyond = "rate"'
    page.wait_for_selector(".gutter .wrong", state="detached")
    assert page.input_value("#text") == text
    page.keyboard.press("Enter")
    page.keyboard.type("adj")
    assert page.locator("#options code").all_inner_texts() == ["adjust"]
    assert page.locator("#options small").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert written(page) == "adjust"
    page.keyboard.press("Control+z")
    assert written(page) != "adjust"
    page.keyboard.press("Control+Shift+z")
    assert written(page) == "adjust"
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Space")
    page.keyboard.press("Escape")
    assert page.locator("#options").is_hidden()
    page.keyboard.type("t = [{ w")
    assert "when" in page.locator("#options code").all_inner_texts()
    assert "product › half-day › adjust" in page.inner_text(".help")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Publish"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_price_list_and_what_it_changes(street, size):
    """Beside the text a price is tried and what it changes is shown, without the page being left: no violation of the
    rules of axe-core, no wider than the window, and the pictures are drawn."""
    page = street.visitor("karim")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/admin/prices?place=nantes")
    page.fill("#text", page.input_value("#text").replace("price = 14.00", "price = 16.00"))
    page.wait_for_selector("#checked >> text=14.00")
    page.select_option("#product", "day")
    page.click("text=See the price")
    page.wait_for_selector("#tried >> text=16.00 EUR")
    page.click("text=Work it out")
    page.wait_for_selector("#changes >> text=For whom it changes most")
    assert page.locator("#changes img").evaluate_all("all => all.every(one => one.naturalWidth > 0)")
    assert violations(page, EVERY) == []
    root = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert root[0] <= root[1]
    assert page.url.endswith("/admin/prices?place=nantes")
    picture(page, f"admin-prices-changes-{'wide' if size == WIDE else 'narrow'}")


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
    page.click("nav.sub >> text=Month-end")
    before = len(street.site.house.read.documents("reseau", "invoices"))
    page.dblclick("button:has-text('Bill')")
    page.wait_for_selector(f"text=Bill F2026-{before + 1:06} is made.")
    assert len(street.site.house.read.documents("reseau", "invoices")) == before + 1
