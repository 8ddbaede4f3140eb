"""The front desk: what happens today, who is here, coming and going, and the takings."""

from __future__ import annotations

import attrs
from fastapi import APIRouter, Response

from cantinekit.commands import (
    CancelVisit,
    CheckIn,
    CheckInBooking,
    CheckOut,
    Command,
    MarkAttendance,
    Pay,
    UndoCheckIn,
    UpgradeVisit,
)
from cantinekit.money import Money
from cantinekit.reads import Coming, Desk, Offer
from cantinekit.records import Person
from tiers_lieu.seed import ENTITY
from tiers_lieu.web import STAFF, Here, Page, Refused, Sent

router = APIRouter(prefix="/desk")


@router.get("")
def desk(page: Here, q: str = "", change: str = "") -> Response:
    """The front desk of a place today; of a visit that is to be changed, to which longer stays and for how much."""
    return _desk(page, q, change)


@attrs.frozen
class Found:
    """Somebody who was looked for.

    Attributes:
        person: who.
        coming: what they come or came for today.
        owed: what they owe in all.
        visits: what a visit costs them; none: they are here.
    """

    person: Person
    coming: tuple[Coming, ...]
    owed: tuple[Money, ...]
    visits: tuple[Offer, ...]


@router.get("/people")
def people(page: Here, q: str = "") -> Response:
    """Who is found by a part of a name, with what they come for and owe: that part of the page alone."""
    page.need(*STAFF)
    desk = page.read.desk(page.place.id, page.today, lang=page.lang)
    return page.show("_people.html", people=_people(page, q, desk), q=q, focus=False)


@router.get("/lately")
def lately(page: Here) -> Response:
    """Who came in the last minute: that part of the page alone."""
    page.need(*STAFF)
    desk = page.read.desk(page.place.id, page.today, lang=page.lang)
    return page.show("_lately.html", lately=desk.lately(page.house.now()))


def _people(page: Page, q: str, desk: Desk) -> list[Found]:
    if not q.strip():
        return []
    here = {one.person_id for one in desk.here}
    return [
        Found(
            one,
            tuple(each for each in desk.coming if each.person_id == one.id),
            page.read.holdings(one.id, only="owed").due,
            () if one.id in here else page.read.prices(page.place.id, sells="visit", person_id=one.id),
        )
        for one in page.read.people(q, limit=5).items
    ]


def _desk(page: Page, q: str = "", change: str = "", *, refused: Refused | None = None) -> Response:
    page.need(*STAFF)
    products = page.read.products(ENTITY, sells="visit")
    desk = page.read.desk(page.place.id, page.today, lang=page.lang)
    return page.show(
        "desk.html",
        refused=refused,
        desk=desk,
        lately=desk.lately(page.house.now()),
        change=change,
        offers=page.read.upgrades(change) if change else (),
        products=products,
        names={one.id: one.name for one in products},
        people=_people(page, q, desk),
        q=q,
        focus=True,
    )


def _did(page: Page, form: Sent, command: Command[object], said: str) -> Response:
    page.need(*STAFF)
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _desk(page, refused=done)
    return page.go(done.outcome.next_url or f"/desk?place={page.place.id}", page.say(said))


@router.post("/check-in")
def check_in(page: Here, form: Sent) -> Response:
    """Somebody comes."""
    command = CheckIn(
        place_id=page.place.id,
        product_id=form.text("product"),
        person_id=form.choice("person"),
        account="desk",
    )
    return _did(page, form, command, "checked in now")


@router.post("/check-out/{visit_id}")
def check_out(page: Here, form: Sent, visit_id: str) -> Response:
    """Somebody goes."""
    return _did(page, form, CheckOut(visit_id), "checked out now")


@router.post("/upgrade/{visit_id}")
def upgrade(page: Here, form: Sent, visit_id: str) -> Response:
    """Somebody stays longer than they had paid for."""
    command = UpgradeVisit(visit_id, product_id=form.text("product"), account="desk")
    return _did(page, form, command, "upgraded now")


@router.post("/undo/{visit_id}")
def undo(page: Here, form: Sent, visit_id: str) -> Response:
    """It was a mistake: nobody came."""
    return _did(page, form, CancelVisit(visit_id, reason="noted by mistake at the desk"), "undone now")


@router.post("/arrived/{booking_id}")
def arrived(page: Here, form: Sent, booking_id: str) -> Response:
    """Somebody comes for a room."""
    return _did(page, form, CheckInBooking(booking_id), "checked in now")


@router.post("/not-arrived/{booking_id}")
def not_arrived(page: Here, form: Sent, booking_id: str) -> Response:
    """It was a mistake: nobody came for the room."""
    return _did(page, form, UndoCheckIn(booking_id), "undone now")


@router.post("/seat/{registration_id}")
def seat(page: Here, form: Sent, registration_id: str) -> Response:
    """Somebody comes to a workshop, or it was noted by mistake."""
    there = form.text("present") == "1"
    said = "checked in now" if there else "undone now"
    return _did(page, form, MarkAttendance(registration_id, present=there), said)


@router.post("/pay/{charge_id}")
def pay(page: Here, form: Sent, charge_id: str) -> Response:
    """Somebody pays what they owe, at the desk."""
    return _did(page, form, Pay(charge_id, account="desk"), "paid")


@router.post("/for")
def act_for(page: Here, form: Sent) -> Response:
    """Book, register and buy for somebody who stands at the desk, or is on the telephone; or do so no more."""
    page.need(*STAFF)
    id = form.text("person")
    page.request.session.pop("guest", None)
    if not id:
        return page.go(f"/desk?place={page.place.id}", page.say("nobody chosen") if form.text("choose") else "")
    page.request.session["guest"] = page.read.need(Person, id).id
    return page.go("/rooms")
