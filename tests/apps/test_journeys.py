"""What people do most, in a browser: each journey counts its clicks, and each of its pages keeps WCAG 2.2 AA."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import pytest

from cantinekit import Period
from support.pages.chromium import NARROW, WIDE, Served, Windows, chromium, needs_chromium, picture, violations
from support.pages.tiers_lieu_site import Site
from tiers_lieu.seed import ENTITY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = needs_chromium
WCAG = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},
}
"""The rules of axe-core for WCAG 2.2 AA, the size of targets with them, which is off by itself."""


@attrs.define
class Walk:
    """A browser of somebody who goes somewhere, click by click.

    Attributes:
        page: the browser.
        site: the application.
        scripts: whether scripts run in it.
        clicks: how many clicks they made.
    """

    page: Page
    site: Site
    scripts: bool
    clicks: int = 0

    def click(self, where: str) -> None:
        """Click once, and look at the page that comes of it."""
        self.page.click(where)
        self.clicks += 1
        self.page.wait_for_load_state()
        self.look()

    def take(self, where: str) -> str:
        """Click on what is taken home; its name."""
        with self.page.expect_download() as coming:
            self.page.click(where)
        self.clicks += 1
        return coming.value.suggested_filename

    def told(self, text: str) -> None:
        """Wait until the page says something at its top."""
        self.page.wait_for_selector(f"main > .flash >> text={text}")

    def look(self) -> None:
        """The page has no violation, and is no wider than the window."""
        if self.scripts:  # without scripts axe-core cannot run; the pages are the same
            assert violations(self.page, WCAG) == []
        root = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert root[0] <= root[1]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(params=[(WIDE, True), (NARROW, True), (NARROW, False)], ids=["wide", "narrow", "no scripts"])
def walk(request, browser):
    """Somebody sets out: in a wide window, on a telephone, and there without scripts of the page."""
    size, scripts = request.param
    with closing(Served()) as served:
        windows = Windows(browser, served.address)
        site = Site("fake://", address=served.address)
        served.app = site.app

        def begin(person: str, url: str) -> Walk:
            page = windows.lend("en", scripts=scripts)
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.context.add_cookies([{"name": "session", "value": site.session_of(person), "url": served.address}])
            page.goto(url)
            walk = Walk(page, site, scripts)
            walk.look()
            return walk

        yield begin
        windows.take_back()
        site.house.close()


def test_a_member_with_a_carnet(walk):
    """From the programme to a seat that an entry of the carnet pays: two clicks. What is left of it is a bar, and the
    receipt as PDF is one click away, as the address of the calendar is."""
    here = walk("zoe", "/?place=nantes")
    here.click(".events a:has-text('Réparer au lieu de jeter'), .events a:has-text('Initiation') >> nth=0")
    if here.page.locator("button:has-text('Register')").count() == 0:  # Zoé has this seat already
        here.page.goto(f"/sessions/{seat_of(here.site, date(2026, 12, 7))}")
    here.click("button:has-text('Register')")
    here.told("Your seat is confirmed.")
    assert here.clicks <= 2
    here.page.goto("/me")
    here.look()
    assert here.page.get_attribute("meter", "value") in ("60", "70")
    here.clicks = 0
    assert re.fullmatch(r"R2026-\d{6}\.pdf", here.take("a[href$='.pdf']"))
    here.click("button:has-text('Make an address')")
    assert "/feeds/ckf" in here.page.input_value("#address")
    assert here.clicks == 2


def seat_of(site: Site, day: date) -> str:
    """The session of the soldering workshop on a day."""
    from cantinekit.records import SessionSeries

    series = site.house.read.need(SessionSeries, "soudure")
    return next(one.session_id for one in series.dates if one.day == day)


def test_five_people_at_the_desk(walk):
    """Five people wait: each is in with two clicks at most, what each owes is said beside the name, one is undone."""
    here = walk("ana", "/desk?place=nantes")
    house = here.site.house
    noon = Period(datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2026, 11, 30, 10, tzinfo=UTC))
    house.book("nantes.ada", noon, person_id="elsa", on_account=True, actor="test")
    here.page.reload()
    assert here.page.evaluate("document.activeElement.id") == "q"
    each = list[int]()

    def came(*clicks: str, name: str = "") -> None:
        here.clicks = 0
        if name:
            here.page.fill("#q", name)
            here.page.press("#q", "Enter")
            here.page.wait_for_load_state()
        for where in clicks:
            here.click(where)
        each.append(here.clicks)
        assert here.page.evaluate("document.activeElement.id") == "q", "the next one is looked for"

    came("button[aria-label^='Check in, Adèle Fournier, Salle Loire']")
    elsa = "#expected + ul > li:has-text('Elsa Vidal')"
    assert "owes 18.00 EUR" in here.page.inner_text(elsa)
    came(f"{elsa} >> button:has-text('Take the money')", f"{elsa} >> button:has-text('Check in')")
    came("#people button[aria-label='Check in, Malo Kerbrat, Journée']", name="malo")
    came("#people button[aria-label='Check in, Nadia Benali, Journée']", name="nadia")
    came("button[aria-label='Check in, Walk-in, Journée']")
    assert max(each) <= 2
    assert len(each) == 5
    assert here.page.locator("#lately > li").count() == 5
    here.clicks = 0
    here.click("#lately button[aria-label='Undo the check-in, Malo Kerbrat']")
    here.told("The check-in is undone.")
    assert here.clicks == 1
    assert "malo" not in {one.person_id for one in house.read.here("nantes")}
    here.site.clock.advance(timedelta(seconds=61))
    here.page.reload()
    assert here.page.locator("#lately > li").count() == 0, "it is offered for a minute"


def test_arriving_in_two_keys(walk):
    """Once a name is written two keys let somebody in: one to find, one on the button that then has the focus."""
    here = walk("ana", "/desk?place=nantes")
    here.page.keyboard.type("adele")
    here.page.keyboard.press("Enter")
    here.page.wait_for_url("**q=adele**")
    here.page.wait_for_selector("button:focus")  # a browser looks where the focus goes after the page is loaded
    here.page.keyboard.press("Enter")
    here.told("Checked in.")
    (adele,) = [
        one for one in here.site.house.read.desk("nantes", date(2026, 11, 30)).coming if one.person_id == "adele"
    ]
    assert adele.arrived_at == here.site.clock.now()
    assert here.page.evaluate("document.activeElement.id") == "q"


def test_a_treasurer(walk):
    """From the first page to a month that is billed and at the accountant's: five clicks."""
    here = walk("karim", "/")
    here.click("header >> text=Administration")
    here.click("nav.sub >> text=Month-end")
    picture(here.page, "journey-month-end")
    before = len(here.site.house.read.documents(ENTITY, "invoices"))
    here.click("button:has-text('Bill')")
    here.told(f"Bill F2026-{before + 1:06} is made.")
    assert here.take("text=Take the FEC") == "123456782FEC20261130.txt"
    assert here.take("text=Take the CSV") == "reseau-2026-11.csv"
    assert here.clicks <= 5


def test_a_target_that_is_too_small_is_found(walk):
    """The rules are asked: two buttons that are too small and too near each other are found."""
    here = walk("karim", "/")
    here.page.evaluate("""() => document.querySelector('main').insertAdjacentHTML('afterbegin',
        '<p id="small"><a href="/">a</a><a href="/rooms">b</a></p>')""")
    here.page.evaluate("""() => document.querySelectorAll('#small a').forEach(
        one => Object.assign(one.style, {display: 'inline-block', width: '9px', height: '9px', overflow: 'hidden'}))""")
    assert not here.scripts or any(one.startswith("target-size") for one in violations(here.page, WCAG))
