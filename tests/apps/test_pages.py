"""The pages and the forms of the example application, in a browser without JavaScript."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import get_args

import attrs
import pytest
from pypdf import PdfReader

import tiers_lieu
from cantinekit import Cantine, ManualClock
from cantinekit import commands as c
from cantinekit.commands import GiveRole
from cantinekit.errors import StorageError, UnsuitableError
from cantinekit.plugins.ports import Key
from cantinekit.pricing.schema import tariff_schema
from cantinekit.reads import SessionPage
from cantinekit.records import Booking, Pass, PriceList, Registration, SessionSeries, TariffText, Visit
from support.pages.tiers_lieu_site import MORNING, Site
from support.stores.counting import Counting
from tiers_lieu import pdf
from tiers_lieu.bodies import MOST
from tiers_lieu.seed import ENTITY, read_text
from tiers_lieu.settings import Settings
from tiers_lieu.sign_ins import SignIns
from tiers_lieu.web import Way
from tiers_lieu.words import LANGS, WORDS

needs_pango = pytest.mark.skipif(
    not pdf.can_print(), reason="there is no Pango here: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
)
PUBLIC = [
    "/",
    "/?place=rennes&week=2026-W50",
    "/?week=never",
    "/rooms",
    "/rooms?place=saint-denis&day=2026-12-03",
    "/rooms/nantes.ada",
    "/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:00",
    "/sign-in",
]
MEMBER = ["/me", "/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:00"]
STAFF = ["/desk", "/desk?place=rennes"]
BOARD = [
    "/admin",
    "/admin/week?week=2026-W50",
    "/admin/prices",
    "/admin/closures",
    "/admin/figures",
    "/admin/month-end",
]


def session_of(site: Site, workshop: str, day: date) -> str:
    """The session of a workshop on a day."""
    series = site.house.read.need(SessionSeries, workshop)
    return next(one.session_id for one in series.dates if one.day == day)


def visit_of(site: Site, person: str | None, since: datetime | None = None) -> Visit:
    """The visit of somebody who is in Nantes now."""
    (visit,) = (
        one for one in site.house.read.here("nantes") if one.person_id == person and one.came == (since or one.came)
    )
    return visit


def passes(site: Site, person: str) -> list[Pass]:
    """The passes of a person."""
    return list(site.house.read.find(Pass, "holder", f"{person}|", f"{person}}}"))


# --- each page ---


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("person", "urls"),
    [(None, PUBLIC), ("zoe", [*PUBLIC, *MEMBER]), ("nadia", MEMBER), ("ana", STAFF), ("karim", BOARD)],
)
def test_pages_open(site, person, urls, lang):
    """Each page opens for whom it is for, in both languages, with one heading, and says what a browser must not do."""
    with site.visitor(person, lang) as visitor:
        for url in urls:
            text = visitor.get(url)
            assert f'<html lang="{lang}">' in text
            assert text.count("<h1") == 1
            assert "default-src 'none'" in visitor.page.headers["content-security-policy"]
            assert visitor.problems == []


@pytest.mark.parametrize(("person", "urls"), [("zoe", [*STAFF, *BOARD]), ("ana", BOARD)])
def test_pages_are_closed(site, person, urls):
    """Who has no role opens neither the desk nor administration, who keeps the desk no administration."""
    with site.visitor(person) as visitor:
        for url in urls:
            visitor.get(url, 403)


@pytest.mark.parametrize("url", [*MEMBER[:1], *STAFF, *BOARD])
def test_signing_in_leads_back(site, url):
    """Who did not sign in is asked to, and comes back to the page that was asked for."""
    with site.visitor() as visitor:
        visitor.get(url)
        assert visitor.url == "/sign-in"
        visitor.send("/sign-in", person="karim", back=url)
        assert visitor.page.status_code == 200


def test_no_page_leads_elsewhere(site):
    """A link or a form that names another site as the page to go back to leads to this one."""
    with site.visitor() as visitor:
        for back in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/"):
            visitor.client.get("/lang/fr", params={"back": back})
            assert visitor.client.get("/lang/fr", params={"back": back}).url.host == "testserver"


def test_the_language_is_chosen(site):
    """The link to the other language keeps the page that is open."""
    with site.visitor(lang="fr") as visitor:
        visitor.get("/rooms?place=rennes&day=2026-12-03")
        text = visitor.get("/lang/en?back=/rooms%3Fplace%3Drennes%26day%3D2026-12-03")
        assert "<h1>Rooms</h1>" in text
        assert "Thursday 3 December 2026" in text


def test_unknown_pages(site):
    """What is not there is said to be not there, in words."""
    with site.visitor("zoe") as visitor:
        for url in ("/nothing", "/sessions/nothing", "/rooms/nothing", "/pay/nothing", "/me/cancel/booking/nothing"):
            visitor.get(url, 404)
            assert visitor.problems == ["There is no such page"]


def test_both_languages_have_the_same_words():
    """Each text has both languages and the same facts in them."""
    for name, texts in WORDS.items():
        facts = [set(re.findall(r"{(\w+)}", text)) for text in texts]
        assert len(texts) == len(LANGS), name
        assert all(texts), name
        assert facts[0] == facts[1], name


def test_each_word_is_used():
    """No text is in the catalogue that no page says; those of ways to pay, of changes and of pictures are named by
    their kind."""
    app = Path(tiers_lieu.__file__).parent
    files = [*app.rglob("*.html"), *(path for path in app.glob("*.py") if path.name != "words.py")]
    read = "\n".join(path.read_text(encoding="utf-8") for path in files)
    by_kind = {"added", "by tenths", "by products", *(f"way {way}" for way in get_args(Way))}
    assert [name for name in WORDS if f'"{name}"' not in read and name not in by_kind] == []


# --- forms ---


def test_a_form_of_another_site(site):
    """A form without the token of the session does nothing, nor does one with the token of another session."""
    with site.visitor("zoe") as visitor, site.visitor("malo") as other:
        visitor.get("/me")
        before = passes(site, "zoe")
        other.get("/me")
        token = re.search(r'name="token" value="([^"]+)"', other.page.text)[1]
        for wrong in ("", "x", token):
            visitor.send("/me/buy", 403, token=wrong, product="carnet")
        assert passes(site, "zoe") == before


def test_registering(site):
    """A seat is paid by card and confirmed; the page then says so, and offers to give it up."""
    id = session_of(site, "soudure", date(2026, 12, 7))
    with site.visitor("malo") as visitor:
        assert ">12.00 EUR" in visitor.get(f"/sessions/{id}")
        visitor.send(f"/sessions/{id}", option="materials")
        assert visitor.said[0] == "Your seat is confirmed."
        assert "You are registered" in visitor.page.text
    (seat,) = [one for one in site.house.read.registrations(id) if one.person_id == "malo"]
    assert (seat.state, seat.option_ids) == ("confirmed", ("materials",))


def test_a_double_click_registers_once(site):
    """The same form sent twice is one seat and one payment, and leads to the same page."""
    id = session_of(site, "soudure", date(2026, 12, 7))
    with site.visitor("malo") as visitor:
        visitor.get(f"/sessions/{id}")
        sent = visitor.hidden
        for _ in range(2):
            visitor.send(f"/sessions/{id}", **sent)
            assert visitor.url == f"/sessions/{id}"
    (seat,) = [one for one in site.house.read.registrations(id) if one.person_id == "malo"]
    assert seat.state == "confirmed"
    assert [one.id for one in site.house.read.statement("malo") if one.subject.id == seat.id] == [seat.charge_id]


def test_sent_again_after_going_back(site):
    """Who goes back and sends the form of a page that was loaded anew is told what stands in the way, at the form."""
    id = session_of(site, "soudure", date(2026, 12, 7))
    with site.visitor("malo") as visitor:
        visitor.get(f"/sessions/{id}")
        visitor.send(f"/sessions/{id}")
        visitor.send(f"/sessions/{id}", 409, key="another")
        assert visitor.problems


def test_the_waiting_list(site):
    """Who comes when a session is full joins the waiting list, and gets the seat that somebody gives up."""
    id = session_of(site, "couture", date(2026, 12, 2))
    with site.visitor("malo") as visitor, site.visitor("chloe") as seated:
        assert "Join the waiting list" in visitor.get(f"/sessions/{id}")
        assert "Waiting: 1" in visitor.page.text
        visitor.send(f"/sessions/{id}")
        assert visitor.said[0].startswith("You are on the waiting list")
        (seat,) = [one for one in site.house.read.registrations(id) if one.person_id == "chloe"]
        seated.get(f"/me/cancel/registration/{seat.id}")
        seated.send(f"/me/cancel/registration/{seat.id}")
        assert seated.said == ["It is cancelled."]
    states = {one.person_id: one.state for one in site.house.read.registrations(id)}
    assert (states["ines"], states["malo"]) == ("held", "waiting")


def test_what_a_seat_costs(site):
    """Who cannot register sees the price; its reasons stand at the form, and nowhere else."""
    id = session_of(site, "soudure", date(2026, 12, 7))
    with site.visitor() as anybody, site.visitor("malo") as visitor:
        assert re.search(r"Price for everybody <strong>\d+\.00 EUR<", anybody.get(f"/sessions/{id}"))
        assert "Why this price?" not in anybody.page.text
        assert "Why this price?" in visitor.get(f"/sessions/{id}")
        visitor.send(f"/sessions/{id}")
        assert "Why this price?" not in visitor.get(f"/sessions/{id}")


def test_a_seat_without_a_price(site, monkeypatch):
    """A seat that the price list has no price for is not said to be free: the page says why there is none."""
    id = session_of(site, "soudure", date(2026, 12, 7))
    ask = site.house.read.session_page
    none = UnsuitableError("no price")

    def unpriced(*given: object, **named: object) -> SessionPage:
        found = ask(*given, **named)
        return attrs.evolve(found, item=attrs.evolve(found.item, price=None, refused=none), quote=None)

    monkeypatch.setattr(site.house.read, "session_page", unpriced)
    with site.visitor("malo") as visitor:
        assert "free of charge" not in visitor.get(f"/sessions/{id}", 409)
        assert len(visitor.problems) == 1


def test_booking_a_room(site):
    """The price is said before, the booking is made at it, and what is taken is refused at the form."""
    url = "/rooms/nantes.ada"
    asked = {"day": "2026-12-02", "starts": "10:00", "ends": "11:30"}
    with site.visitor("malo") as visitor:
        text = visitor.get(f"{url}?day=2026-12-02&starts=10:00&ends=11:30")
        assert ">27.00 EUR" in text
        promise = re.search(r'name="promise" value="([^"]+)"', text)[1]
        visitor.send(url, promise=promise, **asked)
        assert (visitor.url, visitor.said) == ("/me", ["Your booking is confirmed."])
        visitor.get(f"{url}?day=2026-12-02&starts=11:00&ends=12:00", 409)
        assert visitor.problems
    (made,) = site.house.read.bookings("malo")
    assert (made.state, made.period.start) == ("confirmed", datetime(2026, 12, 2, 9, tzinfo=UTC))


def test_a_day_on_which_nothing_is_free(site):
    """Why each room cannot be had is said with names that are read once for the page, however many rooms there are."""
    store = Counting(site.house._storage)
    house = Cantine.open(store, payments=site.settings.payments, clock=site.clock)
    with Site.of(house, site.settings).visitor() as visitor:
        visitor.get("/rooms?place=nantes")
        store.calls.clear()
        text = visitor.get("/rooms?place=nantes&day=2026-11-29")
    assert text.count('<small class="note">') >= 5
    assert store.calls["find space"] <= 2


def test_a_price_that_changed(site):
    """Who was promised a price books at it, or is told that it is over; nobody promises himself another one."""
    with site.visitor("malo") as visitor:
        text = visitor.get("/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:30")
        promise = re.search(r'name="promise" value="([^"]+)"', text)[1]
        site.clock.advance(timedelta(minutes=16))
        visitor.send("/rooms/nantes.ada", 409, day="2026-12-02", starts="10:00", ends="11:30", promise=promise)
        assert visitor.problems
        assert site.house.read.bookings("malo") == ()


def test_giving_a_booking_up(site):
    """What it costs is said before, and it is what it then costs."""
    (booking,) = site.house.read.bookings("zoe")
    with site.visitor("zoe") as visitor:
        assert visitor.get(f"/me/cancel/booking/{booking.id}").count("18.00 EUR") == 3
        visitor.send(f"/me/cancel/booking/{booking.id}")
        assert visitor.said == ["It is cancelled."]
    assert site.house.read.need(Booking, booking.id).fee.localized("en") == "€18.00"


def test_what_is_others(site):
    """Nobody sees or gives up what is somebody else's."""
    (booking,) = site.house.read.bookings("zoe")
    charge = site.house.read.statement("zoe")[0]
    with site.visitor("malo") as visitor:
        visitor.get(f"/me/cancel/booking/{booking.id}", 403)
        visitor.get(f"/pay/{charge.id}", 403)
        visitor.get("/me")
        visitor.send(f"/me/cancel/booking/{booking.id}", 403)
    assert site.house.read.need(Booking, booking.id).state == "confirmed"


@pytest.mark.parametrize(("role", "charge", "document"), [("voting member", 403, 403), ("volunteer", 200, 403)])
def test_a_role_opens_what_it_is_for(site, role, charge, document):
    """A payment of somebody else is for the desk, a document for the board; a voting member works at neither.

    Control: who sits on the board reads both.
    """
    day = site.clock.now().date()
    site.house.execute(GiveRole(entity_id=ENTITY, person_id="malo", role=role, first_day=day), actor="test")
    owed = site.house.read.statement("zoe")[0]
    issued = site.house.read.documents(ENTITY, "receipts")[0].id.replace("|", "~")
    with site.visitor("malo") as visitor, site.visitor("karim") as board:
        visitor.get(f"/pay/{owed.id}", charge)
        visitor.get(f"/me/documents/{issued}", document)
        board.get(f"/pay/{owed.id}")
        board.get(f"/me/documents/{issued}")


def test_signing_out_leaves_nothing_behind(site):
    """What was to be said to somebody on their next page is not said to whoever sits there after they signed out."""
    with site.visitor("zoe") as visitor:
        visitor.get("/me")
        form = visitor.hidden
        assert visitor.client.post("/me/calendar", data=form, follow_redirects=False).status_code == 303
        visitor.send("/sign-out", **form)
        assert "ckf_" not in visitor.page.text
        assert visitor.said == []


def test_a_stolen_cookie_ends_with_the_session(site):
    """Who copied the cookie of somebody reads their pages until they sign out, and no more from then on, also once they
    signed in again; nor does an old form of it do anything, or sign them out. Others stay signed in.

    Control: the copy works before.
    """
    with site.visitor("zoe") as visitor, site.visitor() as thief, site.visitor("malo") as other:
        visitor.get("/me")
        form = visitor.hidden
        thief.client.cookies.update(visitor.client.cookies)
        stolen = thief.client.cookies["session"]
        assert "Zoé Marchand" in thief.get("/me")

        def with_the_copy(method: str, url: str) -> str:
            thief.client.cookies.clear()
            thief.client.cookies.set("session", stolen)
            thief.page = thief.client.request(method, url, data=form if method == "POST" else None)
            return thief.url

        visitor.send("/sign-out", **form)
        visitor.get("/me")
        assert visitor.url == "/sign-in"
        for again in (False, True):
            if again:
                visitor.sign_in("zoe")
            assert with_the_copy("GET", "/me") == "/sign-in"
            assert with_the_copy("POST", "/me/calendar") == "/sign-in"
            assert with_the_copy("POST", "/sign-out") == "/"
            assert "Zoé Marchand" not in thief.page.text
        assert "<h1>My area</h1>" in visitor.get("/me")
        assert "<h1>My area</h1>" in other.get("/me")
        assert visitor.url == other.url == "/me"
    assert site.house.read.feed_links("zoe") == ()


def test_signing_out_signs_out_everywhere(site):
    """Each session of a person ends with one of them, on every device."""
    with site.visitor("zoe") as here, site.visitor("zoe") as there:
        here.get("/me")
        here.send("/sign-out")
        there.get("/me")
        assert there.url == "/sign-in"


def test_who_signed_out_is_kept_in_a_file(tmp_path):
    """What one process writes another one on the same file reads; in memory a new one knows of no session."""
    file = str(tmp_path / "sessions.db")
    one, other = SignIns(file), SignIns(file)
    text = one.begin("zoe")
    assert (text, other.begin("zoe"), other.counts("zoe", text)) == (text, text, True)
    assert not other.counts("malo", text)
    assert not other.counts("zoe", "")
    other.end("zoe")
    assert not one.counts("zoe", text)
    assert one.begin("zoe") != text
    assert not SignIns().counts("zoe", one.begin("zoe"))
    assert SignIns(file).counts("zoe", one.begin("zoe"))


def test_days_at_the_ends_of_the_calendar(site):
    """A day or a month that no clock shows is no failure of a page."""
    with site.visitor("karim") as visitor:
        for url in (
            "/?week=0001-W01",
            "/rooms?day=1000-01-01",
            "/rooms?day=9999-12-31",
            "/admin/figures?week=0001-W01",
            "/admin/month-end?month=0001-01",
            "/admin/month-end?month=9999-12",
            "/admin/month-end/takings.svg?month=never",
        ):
            visitor.get(url)


def test_buying_and_ending_a_plan(site):
    """A subscription is bought, shown with its next payment, ended with what that comes to said before, and goes on."""
    with site.visitor("malo") as visitor:
        visitor.get("/me")
        visitor.send("/me/buy", product="nomade")
        assert visitor.said == ["It is bought."]
        assert "Next payment: 120.00 EUR on Tuesday 1 December 2026" in visitor.page.text
        (plan,) = [one for one in passes(site, "malo") if one.sells == "plan"]
        assert "The last day would be" in visitor.get(f"/me/notice/{plan.id}")
        visitor.send(f"/me/notice/{plan.id}")
        assert site.house.read.need(Pass, plan.id).end is not None
        visitor.send(f"/me/notice/{plan.id}", back="1", key="back")
        assert site.house.read.need(Pass, plan.id).end is None


def test_giving_a_pass_back(site):
    """A carnet of which nothing was used is given back, with what comes back said before; then it is no more to be
    given back. Of one that was used the page says that no money comes back."""
    with site.visitor("malo") as visitor, site.visitor("zoe", lang="fr") as other:
        visitor.get("/me")
        visitor.send("/me/buy", product="carnet")
        (carnet,) = [one for one in passes(site, "malo") if one.product_id == "carnet"]
        url = f"/me/cancel/pass/{carnet.id}"
        assert f'href="{url}"' in visitor.page.text
        text = visitor.get(url)
        assert "<h1>Give back: Carnet de 10 entrées</h1>" in text
        assert "Give it back now: 70.00 EUR comes back." in text
        visitor.send(url)
        assert (visitor.url, visitor.said) == ("/me", ["It is given back."])
        assert f'href="{url}"' not in visitor.page.text
        visitor.get(url, 409)
        used = re.search(r"/me/cancel/pass/[^\"]+", other.get("/me"))[0]
        assert "rien n’est remboursé" in other.get(used)
        visitor.get(used, 403)
        visitor.get("/me")
        visitor.send(used, 403)
    assert site.house.read.need(Pass, carnet.id).state == "cancelled"
    (charge,) = [one for one in site.house.read.statement("malo") if one.id == carnet.charge_id]
    assert charge.amount == charge.refunded
    assert site.house.read.need(Pass, used.rpartition("/")[2]).state == "active"


def test_a_document(site):
    """Who paid reads the receipt, and nobody else does."""
    with site.visitor("zoe") as visitor, site.visitor("malo") as other:
        url = re.search(r'/me/documents/[^"]+', visitor.get("/me"))[0]
        assert "70.00" in visitor.get(url)
        assert re.search(r'<article lang="en">\s*<h1>Receipt ', visitor.page.text)
        other.get(url, 403)


@needs_pango
def test_a_document_as_pdf(site):
    """Who paid takes the receipt home as PDF: what stands on the page stands in it, with the signs of French, on A4.

    Nobody else has it.
    """
    with site.visitor("zoe", "fr") as visitor, site.visitor("malo") as other:
        url = re.search(r'/me/documents/[^"]+\.pdf', visitor.get("/me"))[0]
        page = visitor.get(url.removesuffix(".pdf"))
        answer = visitor.client.get(url)
        other.get(url, 403)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/pdf", "no-store")
    number = re.search(r"R2026-\d{6}", page)[0]
    assert answer.headers["content-disposition"].endswith(f"{number}.pdf")
    paper = PdfReader(BytesIO(answer.content))
    assert (paper.metadata.title, len(paper.pages)) == (number, 1)
    assert [round(side) for side in paper.pages[0].mediabox[2:]] == [595, 842]
    said = " ".join(paper.pages[0].extract_text().split()).casefold()
    article = re.search(r"<article.*</article>", page, re.DOTALL)[0]
    for text in re.findall(r">([^<>\n]+)<", article):
        assert " ".join(unescape(text).split()).casefold() in said
    assert "70,00 €" in said


def test_no_pdf_without_what_sets_it(site, monkeypatch):
    """Where what sets documents is not installed no page offers a PDF, and its address is none."""
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)
    with site.visitor("zoe") as visitor:
        url = re.search(r'/me/documents/[^"]+', visitor.get("/me"))[0]
        assert ".pdf" not in visitor.page.text
        assert ".pdf" not in visitor.get(url)
        visitor.get(f"{url}.pdf", 404)


@needs_pango
def test_a_document_loads_nothing(tmp_path):
    """A document that names a picture in a file of this machine is set without it: nothing is fetched.

    Control: what sets it would, if it were let.
    """
    drawn = tmp_path / "secret.svg"
    drawn.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="20"><text y="15">secret</text></svg>')
    article = f"<p>said</p><img src='{drawn.as_uri()}' alt=''>"
    let = pdf._weasyprint().HTML(string=article).write_pdf()
    found = [PdfReader(BytesIO(one)).pages[0].extract_text() for one in (pdf.pdf_of(article, "x", "fr"), let)]
    assert ["said" in one for one in found] == [True, True]
    assert ["secret" in one for one in found] == [False, True]


def test_the_words_of_the_library(site):
    """Days, times, states and accounts are written as messages write them, and French agrees with what they are of."""
    with site.visitor("zoe", lang="fr") as visitor, site.visitor("ana", lang="fr") as desk:
        text = visitor.get("/me").replace("\u00a0", " ")
        assert re.search(r"lundi 30 novembre, \d+ h – \d+ h", text)
        assert ">confirmée" in text
        site.house.check_in("nantes", "day", account="desk", actor="desk")
        text = desk.get("/desk?place=nantes").replace("\u00a0", " ")
        assert "· réservation · confirmée" in text
        assert "Encaissé à l’accueil" in text


def test_calendars(site):
    """The programme is a calendar for everybody; somebody's own has a secret address, which is taken back."""
    with site.visitor("zoe") as visitor, site.visitor("malo") as other:
        address = re.search(r'/feeds/[^"]+', visitor.get("/"))[0]
        assert "/sessions/" in visitor.get(address)
        tag = visitor.page.headers["etag"]
        assert other.client.get(address, headers={"If-None-Match": tag, "Accept-Language": "en"}).status_code == 304
        visitor.get("/me")
        visitor.send("/me/calendar")
        mine = re.search(r'/feeds/ckf[^"]+', visitor.page.text)[0]
        assert f'webcal://testserver{mine}"' in visitor.page.text
        assert mine not in visitor.get("/me"), "it is shown once"
        assert "Salle Ada" in other.client.get(mine).text
        revoke = re.search(r"/me/calendar/[^\"]+", visitor.page.text)[0]
        other.get("/me")
        other.send(revoke, 403)
        visitor.send(revoke)
        assert visitor.said == ["The address works no more."]
        assert other.client.get(mine).status_code == 404
        for url in ("/bookings/any", "/registrations/any"):
            visitor.get(url)
            assert visitor.url == "/me"


# --- the desk ---


def test_a_day_at_the_desk(site):
    """Somebody comes, stays longer, goes; somebody else is noted by mistake; the takings say what was taken."""
    with site.visitor("ana") as visitor:
        visitor.get("/desk?place=nantes")
        visitor.send("/desk/check-in?place=nantes", person="malo", product="half-day")
        assert visitor.said == ["Checked in."]
        before = site.house.read.takings("nantes", site.clock.now().date()).total
        visit = visit_of(site, "malo")
        visitor.send(f"/desk/upgrade/{visit.id}?place=nantes", product="day")
        assert visitor.said == ["Upgraded."]
        after = site.house.read.takings("nantes", site.clock.now().date()).total
        assert (after - before).localized("en") == "€6.00"
        visitor.send("/desk/check-in?place=nantes", 409, person="malo", product="day")
        assert visitor.problems
        visitor.send("/desk/check-in?place=nantes", person="", product="day")
        mistake = visit_of(site, None, site.clock.now())
        visitor.send(f"/desk/undo/{mistake.id}?place=nantes")
        assert visitor.said == ["The check-in is undone."]
        site.clock.advance(timedelta(hours=2))
        visitor.send(f"/desk/check-out/{visit.id}?place=nantes")
        assert "malo" not in {one.person_id for one in site.house.read.here("nantes")}
        assert "Nobody yet." not in visitor.page.text  # others are there
        assert f">{after.localized('en')[1:]} EUR" in visitor.page.text
    assert {one.state for one in site.house.read.many(Visit, [visit.id, mistake.id])} == {"closed", "cancelled"}


def test_arriving_for_a_room(site):
    """Who comes for a room is noted at the desk, and the note is taken back."""
    with site.visitor("ana") as visitor:
        visitor.get("/desk?place=nantes")
        booked = site.house.read.booked("nantes", site.house.read.day("nantes", date(2026, 11, 30)))
        (booking,) = (one for one in booked if one.person_id == "adele")
        visitor.send(f"/desk/arrived/{booking.id}?place=nantes")
        assert site.house.read.need(Booking, booking.id).arrived_at is not None
        visitor.send(f"/desk/not-arrived/{booking.id}?place=nantes")
        assert site.house.read.need(Booking, booking.id).arrived_at is None


def test_what_a_longer_stay_costs(site):
    """Of a visit the desk says to which longer stays it can be changed, and what is to pay for each."""
    with site.visitor("ana") as visitor:
        visitor.get("/desk?place=nantes")
        visitor.send("/desk/check-in?place=nantes", person="malo", product="half-day")
        visit = visit_of(site, "malo")
        assert ">6.00 EUR to pay" in visitor.get(f"/desk?place=nantes&change={visit.id}")
        visitor.send(f"/desk/upgrade/{visit.id}?place=nantes", product="day")
        assert "There is no longer stay." in visitor.get(f"/desk?place=nantes&change={visit.id}")


def test_acting_for_somebody(site):
    """The desk books, registers and sells for somebody, who pays at the desk or later, and gives it up for them."""
    id = session_of(site, "soudure", date(2026, 12, 7))
    room = {"day": "2026-12-02", "starts": "10:00", "ends": "11:00"}
    with site.visitor("ana") as visitor:
        visitor.get("/desk?place=nantes")
        visitor.send("/desk/for?place=nantes", choose="1")
        assert visitor.said == ["Choose a person first."]
        visitor.send("/desk/for", person="malo", choose="1")
        assert "You act for Malo Kerbrat." in visitor.page.text
        text = visitor.get("/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:00")
        assert "Price for Malo Kerbrat" in text
        promise = re.search(r'name="promise" value="([^"]+)"', text)[1]
        visitor.send("/rooms/nantes.ada", promise=promise, way="later", **room)
        assert "Area of Malo Kerbrat" in visitor.page.text
        assert "Make an address" not in visitor.page.text
        visitor.get(f"/sessions/{id}")
        visitor.send(f"/sessions/{id}", way="desk")
        visitor.get("/me")
        visitor.send("/me/buy", product="carnet", way="desk")
        assert visitor.said == ["It is bought."]
        (booking,) = site.house.read.bookings("malo")
        (charge,) = [one for one in site.house.read.statement("malo") if one.subject.id == booking.id]
        assert (booking.state, charge.on_account, charge.outstanding.localized("en")) == ("confirmed", True, "€18.00")
        visitor.get(f"/me/cancel/booking/{booking.id}")
        visitor.send(f"/me/cancel/booking/{booking.id}")
        visitor.send("/desk/for")
        visitor.get("/me")
        assert "<h1>My area</h1>" in visitor.page.text
    assert site.house.read.bookings("ana") == ()
    (seat,) = [one for one in site.house.read.registrations(id) if one.person_id == "malo"]
    assert seat.state == "confirmed"
    actors = {one.actor for one in site.house.read.journal(Key("registration", seat.id))}
    assert actors == {"person:ana"}


def test_only_the_desk_acts_for_somebody(site):
    """Who does not keep the desk acts for nobody, and the desk pays by no card."""
    with site.visitor("zoe") as visitor:
        visitor.get("/me")
        visitor.send("/desk/for", 403, person="malo")
        assert "You act for" not in visitor.get("/me")


def test_who_is_billed_pays_later(site):
    """Who has agreed to be billed may let something come on the bill; for others there is no such choice."""
    url = "/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:00"
    with site.visitor("nadia") as billed, site.visitor("malo") as other:
        assert 'value="later"' not in other.get(url)
        text = billed.get(url)
        promise = re.search(r'name="promise" value="([^"]+)"', text)[1]
        room = {"day": "2026-12-02", "starts": "10:00", "ends": "11:00", "way": "later"}
        billed.send("/rooms/nantes.ada", promise=promise, **room)
        assert billed.said == ["Your booking is confirmed."]
        promise = re.search(r'name="promise" value="([^"]+)"', other.page.text)[1]
        other.get(url, 409)
        other.get(url.replace("10:00", "12:00").replace("11:00", "13:00"))
        promise = re.search(r'name="promise" value="([^"]+)"', other.page.text)[1]
        asked = {"day": "2026-12-02", "starts": "12:00", "ends": "13:00", "way": "later"}
        other.send("/rooms/nantes.ada", promise=promise, **asked)
    assert {one.on_account for one in site.house.read.statement("malo") if one.outstanding} == set()
    assert any(
        one.on_account and one.outstanding.localized("en") == "€18.00" for one in site.house.read.statement("nadia")
    )


def test_a_stay_that_was_used_is_not_held(site):
    """Who came once, and has neither carnet nor plan, is told that there is none."""
    with site.visitor("yann") as visitor, site.visitor("zoe") as other:
        assert "No carnet or subscription yet." in visitor.get("/me")
        assert "7 of 10 left" in other.get("/me")


def test_why_a_price(site):
    """A price says what it is made of, in the language of the reader; a plan says what it costs later."""
    url = "/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:30"
    with site.visitor("malo") as visitor, site.visitor(lang="fr") as other:
        assert "3 × 30min at 9.00 EUR: 27.00 EUR" in visitor.get(url)
        assert "3 × 30min à 9,00" in other.get(url)
        assert "then 120.00 EUR from Tuesday 1 December 2026" in visitor.get("/me")


# --- what goes wrong ---


@pytest.mark.parametrize(("lang", "said"), [("fr", "Quelque chose n’a pas marché"), ("en", "Something went wrong")])
def test_an_error_of_the_application(site, monkeypatch, lang, said):
    """An error that nobody expects is a page of the site in the language of the reader; it does not say what failed."""
    monkeypatch.setattr("tiers_lieu.programme.groupby", None)
    with site.visitor(lang=lang) as visitor:
        text = visitor.get("/", 500)
        assert visitor.problems[0].startswith(said)
        assert "default-src 'none'" in visitor.page.headers["content-security-policy"]
        assert "Traceback" not in text
        assert "NoneType" not in text


def test_a_store_that_is_gone(site, monkeypatch):
    """Where the store fails the page says so, although nobody knows any more who reads it."""

    def fail(*_: object, **__: object) -> None:
        raise StorageError("the disk is gone")

    with site.visitor("zoe", lang="fr") as visitor:
        monkeypatch.setattr(site.house.read, "get", fail)
        assert "the disk" not in visitor.get("/me", 503)
        assert visitor.problems[0].startswith("Quelque chose n’a pas marché")


def test_health(site, monkeypatch):
    """Whoever watches is told that all is well, what somebody should look at, and by the status where the store does
    not answer; never about whom."""
    with site.visitor() as watcher:
        site.house.run_due()
        assert watcher.get("/health") == "all is well\n"
        assert watcher.page.headers["content-type"].startswith("text/plain")
        assert "set-cookie" not in watcher.page.headers
        site.clock.advance(timedelta(days=9))
        assert "does somebody call run_due?" in watcher.get("/health")

        def fail(*_: object, **__: object) -> None:
            raise StorageError("the disk of Zoé is gone")

        for question in ("find", "load"):
            monkeypatch.setattr(site.house._storage, question, fail)
        assert watcher.get("/health", 503) == "the store does not answer: StorageError\n"


def test_an_address_that_means_nothing(site):
    """An address with a word that no page knows is a page of the site too."""
    with site.visitor("zoe", lang="fr") as visitor:
        visitor.get("/me?only=nonsense", 404)
        assert visitor.problems == ["Cette page n’existe pas"]
        visitor.page = visitor.client.request("DELETE", "/me")
        assert visitor.page.status_code == 405
        assert visitor.problems == ["Cette page n’existe pas"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long(site, chunked):
    """No more is read of what is sent than a form has, whether its length is said before or not; a page says so."""
    with site.visitor("zoe", lang="fr") as visitor:
        visitor.get("/me")
        for url in ("/me/buy", "/webhooks/card"):
            body = b"product=" + b"x" * MOST
            sent = iter([body[:1000], body[1000:]]) if chunked else body
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            visitor.page = visitor.client.post(url, content=sent, headers=kind)
            assert visitor.page.status_code == 413
            assert visitor.problems == ["Ce qui a été envoyé est trop long."]
        assert visitor.client.post("/webhooks/card", content=b"x" * (MOST - 1)).status_code == 400


def test_a_referer_that_is_no_address(site):
    """What a browser says it comes from is no failure of a page where it is no address."""
    with site.visitor("zoe") as visitor:
        visitor.get("/me")
        for referer in ("http://[", "//[", ""):
            page = visitor.client.post(
                "/me/buy", data={**visitor.hidden, "product": "nothing"}, headers={"Referer": referer}
            )
            assert page.status_code in (404, 409, 422)
            assert "/lang/fr?back=" in page.text


# --- signing in ---


def test_the_demonstration_sign_in_is_turned_off(site):
    """Where the sign-in of the demonstration is off, nobody signs in by it, and the page says so."""
    closed = Site.of(site.house, attrs.evolve(site.settings, demo=False))
    with closed.visitor() as visitor:
        visitor.get("/me", 403)
        assert visitor.problems == ["The demonstration sign-in is turned off here."]
        assert "Zoé Marchand" not in visitor.page.text
        visitor.get("/")
        visitor.get("/rooms")
        token = re.search(r'name="token" value="([^"]+)"', visitor.page.text)
        visitor.send("/sign-in", 403, person="karim", **({"token": token[1]} if token else {}))
        visitor.get("/me", 403)


@pytest.mark.parametrize(
    ("said", "demo"), [(None, None), ("yes", True), ("no", False), ("No", False), ("0", False), ("", False)]
)
def test_the_setting_of_the_demonstration(said, demo):
    """The sign-in of the demonstration is off where anything but yes is said; where nothing is, the store decides."""
    assert Settings.of({} if said is None else {"TIERS_LIEU_DEMO": said}).demo is demo


def a_house_of_somebody(actor="setup", first=None):
    """A house with a place and a person, which the application did not make."""
    house = Cantine.open("memory://", payments=Settings().payments, clock=ManualClock(MORNING))
    for command in (
        *([first] if first else []),
        c.AddEntity(name="La Cantine", accounts=("desk",), id="cantine"),
        c.AddPlace(name="Paris", entity_id="cantine", zone="Europe/Paris", currency="EUR", id="paris"),
        c.AddPerson(name="Nora Petit", email="nora@example.org", id="nora"),
    ):
        house.execute(command, actor=actor)
    return house


def test_a_house_of_somebody_has_no_open_door(site):
    """Where nobody says anything, the sign-in of the demonstration is on in the invented network and off in any other
    house: also in one whose commands have the same actor, and in one that has the same price list.
    """
    prices = c.PublishTariff(read_text("prices.toml"))
    others = [a_house_of_somebody(), a_house_of_somebody("seed"), a_house_of_somebody("setup", prices)]
    settings = Settings(store="memory://", worker=False, card="fake://")
    assert settings.demo is None
    for house in others:
        with Site.of(house, settings).visitor() as visitor:
            assert "Nora" not in visitor.get("/sign-in", 403)
            visitor.send("/sign-in", 403, person="nora")
        asked = attrs.evolve(settings, demo=True)  # whoever says so has it
        with Site.of(house, asked).visitor() as visitor:
            assert "Nora" in visitor.get("/sign-in")
    with Site.of(site.house, settings).visitor("karim") as visitor:  # the control
        assert visitor.url != "/sign-in"


def test_the_link_to_the_desk(site):
    """The link to the desk stands on the pages of those whom it lets in, not of others who have a role."""
    site.house.execute(
        GiveRole(entity_id=ENTITY, person_id="zoe", role="voting member", first_day=date(2026, 11, 1)), actor="test"
    )
    for person, is_there in (("ana", True), ("karim", True), ("zoe", False)):
        with site.visitor(person) as visitor:
            assert ('href="/desk"' in visitor.get("/")) is is_there


# --- administration ---


def test_the_price_list(site):
    """A text is checked with its problems and what it changes; what is wrong is not published, what is right is."""
    with site.visitor("karim") as visitor:
        visitor.get("/admin/prices")
        version = site.house.read.need(PriceList, "tiers-lieux").version_at(site.clock.now())
        text = site.house.read.need(TariffText, version).text
        dearer = text.replace("price = 14.00", "price = 15.00").replace("gross = 14.00", "gross = 15.00")
        shown = visitor.send("/admin/prices/check", text=dearer)
        assert "<code>day</code> changed" in shown
        assert "Nothing changes." in visitor.send("/admin/prices/check", text=text.replace("\n", "\r\n"))
        broken = visitor.send("/admin/prices/check", text=text.replace("price = 14.00", "prise = 14.00"))
        assert "prise" in broken
        visitor.send("/admin/prices", 409, text=dearer.replace("gross = 15.00", "gross = 9.00"))
        assert visitor.problems
        visitor.send("/admin/prices", text=dearer)
        assert visitor.said == ["The price list is published."]
        part = visitor.client.post(
            "/admin/prices/check",
            data={"token": re.search(r'name="token" value="([^"]+)"', visitor.page.text)[1], "text": text},
            headers={"HX-Request": "true"},
        )
        assert "<html" not in part.text
        assert "<code>day</code> changed" in part.text


def test_a_price_is_tried(site):
    """Without a script a page says what something costs under the text and now, with the reasons, for a person with
    what that person holds; the form stays as it was written. What stands against it is said. Nothing is published."""
    with site.visitor("karim") as visitor:
        visitor.get("/admin/prices?place=nantes")
        text = site.house.read.tariff_text("tiers-lieux").text
        dearer = text.replace("price = 14.00", "price = 16.00")

        def tried(**form: str) -> str:
            shown = visitor.send("/admin/prices/try", text=dearer, **{"product": "day", "day": "2026-11-30", **form})
            return re.search(r'<div id="tried"[^>]*>(.*?)</section>', shown, re.DOTALL)[1]

        anybody = tried()
        assert "Price for everybody" in anybody
        assert re.findall(r"<strong>([\d.]+ EUR)</strong>", anybody) == ["16.00 EUR", "14.00 EUR"]
        assert "1 × at 16.00 EUR: 16.00 EUR" in anybody
        zoe = tried(who="zoe")
        assert "Price for Zoé Marchand" in zoe
        assert re.findall(r"<strong>([\d.]+ EUR)</strong>", zoe) == ["0.00 EUR", "0.00 EUR"]
        assert 'value="zoe"' in visitor.page.text
        assert "price = 16.00" in visitor.page.text
        room = tried(product="meeting-room", starts="10:00", ends="11:30")
        assert re.findall(r"<strong>([\d.]+ EUR)</strong>", room) == ["27.00 EUR", "27.00 EUR"]
        assert "Nobody of that name." in tried(who="nobody at all")
        for wrong in ({"product": "nothing"}, {"product": "meeting-room"}, {"starts": "soon", "ends": "10:00"}):
            assert "EUR</strong>" not in tried(**wrong)
        shown = visitor.send("/admin/prices/try", text=text.replace("[tariff]", "[tarif]"), product="day")
        assert "Correct the problems of the text first." in shown
        assert site.house.read.tariff_text("tiers-lieux").text == text


def test_what_a_price_list_changes(site):
    """From the sales of the last three months a page says what a text brings, with pictures, and for whom it changes
    most, by their names; of a text that is none, that it has to be corrected first."""
    with site.visitor("karim") as visitor:
        visitor.get("/admin/prices")
        text = site.house.read.tariff_text("tiers-lieux").text
        shown = visitor.send("/admin/prices/changes", text=text.replace("price = 14.00", "price = 16.00"))
        said = re.search(r"Revenue: ([\d,.]+) EUR -&gt; ([\d,.]+) EUR", shown)
        assert said[1] != said[2]
        assert "Replayed, the old list is what was charged in all" in shown
        assert shown.count('src="data:image/svg+xml;base64,') == 2
        first = re.search(r'<tbody><tr><th scope="row">([^<]+)</th><td class="figure">\+[\d.]+ EUR</td>', shown)
        assert first[1] in {one.name for one in site.house.read.people(limit=100).items}
        same = visitor.send("/admin/prices/changes", text=text)  # the control
        assert "(0.00 EUR" in re.search(r"Revenue: [^<]+", same)[0]
        assert "Correct the problems of the text first." in visitor.send("/admin/prices/changes", text="[tariff]")
        hidden = visitor.hidden
        part = visitor.client.post(
            "/admin/prices/changes", data={**hidden, "text": text}, headers={"HX-Request": "true"}
        )
        assert "<html" not in part.text
        assert "Revenue" in part.text


def test_the_schema_is_for_the_board(site):
    """The editor gets the JSON Schema of price lists that the library makes; nobody else is asked to read it."""
    with site.visitor("karim") as visitor:
        assert json.loads(visitor.get("/admin/prices/schema")) == tariff_schema()
    with site.visitor("zoe") as visitor:
        visitor.get("/admin/prices/schema", 403)


def test_planning_a_week(site):
    """Workshops are planned once and each week; a clash is refused at the form; the picture shows them."""
    form = {"workshop": "soudure", "space": "nantes.rue", "starts": "10:00", "ends": "12:00", "seats": "5"}
    with site.visitor("karim") as visitor:
        visitor.get("/admin/week?place=nantes")
        look = visitor.send("/admin/week/look?place=nantes", **form, first="2026-12-03", repeats="once")
        assert "What would be planned" in look
        assert 'value="10:00"' in look
        assert len(site.house.read.programme("nantes", site.house.read.day("nantes", date(2026, 12, 3)))) == 1
        visitor.send("/admin/week?place=nantes", **form, first="2026-12-03", repeats="once")
        assert visitor.said == ["The workshops are planned."]
        assert "Initiation à la soudure" in visitor.page.text
        visitor.send("/admin/week?place=nantes", 409, **form, first="2026-12-03", repeats="once")
        assert visitor.problems
        weekly = {**form, "first": "2026-12-11", "repeats": "weekly", "last": "2026-12-25"}
        visitor.get("/admin/week?place=nantes")
        visitor.send("/admin/week?place=nantes", **weekly)
        assert "Week of Monday 7 December 2026" in visitor.page.text
        visitor.send("/admin/week?place=nantes", 422, **{**form, "starts": "soon"}, first="2026-12-12", repeats="once")
        assert visitor.client.get("/admin/week.svg?place=nantes").headers["content-type"] == "image/svg+xml"
        assert visitor.client.get("/admin/figures.svg?place=nantes").headers["content-type"] == "image/svg+xml"


def test_closures(site):
    """A room is closed for a while and opened again; where something is booked it stays open."""
    form = {"space": "nantes.ada", "starts": "08:00", "ends": "21:00", "reason": "paint"}
    with site.visitor("karim") as visitor:
        visitor.get("/admin/closures?place=nantes")
        visitor.send("/admin/closures?place=nantes", **form, first="2026-12-09", last="2026-12-10")
        assert visitor.said == ["The closure is recorded."]
        reopen = re.search(r"/admin/closures/[^\"]+", visitor.page.text)[0]
        visitor.send("/admin/closures?place=nantes", 409, **form, first="2026-12-01", last="2026-12-01")
        assert visitor.problems
        visitor.get("/admin/closures?place=nantes")
        visitor.send("/admin/closures?place=nantes", 422, **form, first="2026-12-03", last="2026-12-02")
        visitor.get("/admin/closures?place=nantes")
        visitor.send(reopen)
        assert visitor.said == ["The room is open again."]


def test_a_bill_run(site):
    """What would be billed is shown, billed, and listed; a second click makes no second bill."""
    with site.visitor("karim") as visitor:
        assert "Nadia Benali" in visitor.get("/admin/month-end")
        before = site.house.read.documents("reseau", "invoices")
        for _ in range(2):
            visitor.send("/admin/month-end?month=2026-11", payer="nadia", until="2026-11-30", key="one click")
            assert visitor.said == [f"Bill F2026-{len(before) + 1:06} is made."]
        assert len(site.house.read.documents("reseau", "invoices")) == len(before) + 1
        visitor.send("/admin/month-end", 409, payer="zoe", until="2026-11-30", key="another")
        assert visitor.problems


def test_a_month_is_closed(site):
    """What is owed is late after its day; a transfer pays it, once; an amount that is none is refused at the form."""
    with site.visitor("karim") as visitor:
        visitor.get("/admin/month-end")
        visitor.send("/admin/month-end", payer="nadia", until="2026-11-30")
        site.clock.advance(timedelta(days=40))
        visitor.sign_in("karim")
        assert "36.00 EUR late since" in visitor.get("/admin/month-end")
        for wrong in ("", "-1", "1,000.00", "many"):
            visitor.send("/admin/month-end/paid", 422, payer="nadia", amount=wrong, key=f"key {wrong}")
            assert visitor.problems
        visitor.get("/admin/month-end")
        for _ in range(2):
            visitor.send("/admin/month-end/paid", payer="nadia", amount="36.00", key="one click")
        assert "36.00 EUR late since" not in visitor.get("/admin/month-end")
    assert "nadia" not in {one.payer_id for one in site.house.read.receivables(ENTITY, date(2027, 1, 9))}
    assert len(site.house.read.payer_payments("nadia")) == 1


def test_entries_to_take_away(site):
    """The FEC and the CSV of a month have its entries, under the name that the law wants; others have none of it."""
    receipts = site.house.read.documents(ENTITY, "receipts")
    number = next(f"R2026-{one.number:06}" for one in receipts if one.issued_on.month == 11)
    with site.visitor("karim") as visitor, site.visitor("ana") as other:
        for what, head in (("fec", "JournalCode\tJournalLib\t"), ("csv", "number,journal,day")):
            text = visitor.get(f"/admin/month-end/{what}?month=2026-11")
            assert text.startswith(head)
            assert number in text
            assert number not in visitor.get(f"/admin/month-end/{what}?month=2026-10")
            other.get(f"/admin/month-end/{what}", 403)
        visitor.get("/admin/month-end/fec?month=2026-11")
        assert visitor.page.headers["content-disposition"].endswith("''123456782FEC20261130.txt")
        site.house.execute(c.DescribeEntity(ENTITY, address=("Rue",), country="FR", registration=""), actor="test")
        visitor.get("/admin/month-end/fec", 409)
        assert len(visitor.problems) == 1, "without a SIREN there is none, and the page says so"


# --- the seed ---


def test_the_network_is_the_same_each_time():
    """Two houses of the same day have the same people, places, prices, seats and money."""

    def told(site: Site) -> list[object]:
        read = site.house.read
        return [
            [(one.person_id, one.state) for one in read.find(Registration, "person")],
            [str(one.total) for one in (read.takings("nantes", date(2026, 11, day)) for day in range(10, 30))],
            [(one.account, one.left) for one in read.balance("zoe")],
        ]

    assert told(Site()) == told(Site())


def test_a_webhook_that_nobody_signed(site):
    """A webhook that no gateway signed is refused, and one for an account that there is not is not found."""
    with site.visitor() as visitor:
        assert visitor.client.post("/webhooks/card", content=b"{}").status_code == 400
        assert visitor.client.post("/webhooks/nothing", content=b"{}").status_code == 404
