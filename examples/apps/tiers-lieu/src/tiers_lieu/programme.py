"""The public programme: what takes place in a city in a week, and a seat at it."""

from __future__ import annotations

from datetime import datetime

import attrs
from fastapi import APIRouter, Response

from cantinekit import Money
from cantinekit.commands import Register
from cantinekit.errors import RefusedError
from cantinekit.records import Place, Product, Registration, Session, Space, Workshop, titled
from tiers_lieu.days import week_at
from tiers_lieu.pay import BACK, go_on
from tiers_lieu.web import Here, Page, Refused, Sent

router = APIRouter()
LIVE = ("held", "confirmed", "waiting")


@attrs.frozen
class Row:
    """A session as the programme shows it.

    Attributes:
        session: the session.
        title: the title of its workshop, with its theme.
        place: where it is.
        room: the name of its room; empty where it has none.
        left: how many seats can be had.
        waiting: how many wait for one.
        over: whether registering has closed.
        price: what a seat costs whoever asks; ``None`` where it costs nothing or has no price.
    """

    session: Session
    title: str
    place: Place
    room: str
    left: int
    waiting: int
    over: bool
    price: Money | None

    @property
    def cancelled(self) -> bool:
        """Whether it was called off."""
        return self.session.state == "cancelled"


@router.get("/")
def programme(page: Here, week: str = "") -> Response:
    """The programme of a place in a week."""
    days = week_at(page.house, page.place, week)
    sessions = page.house.read.programme(page.place.id, days.period)
    rows = rows_of(page, page.place, sessions)
    part = page.request.headers.get("hx-request") == "true"
    return page.show("_programme.html" if part else "programme.html", days=days, rows=rows)


def rows_of(page: Page, place: Place, sessions: tuple[Session, ...]) -> list[Row]:
    """Sessions with the names of what they point at."""
    now = page.house.now()
    read = page.house.read
    workshops = dict(zip(ids := [one.workshop_id for one in sessions], read.many(Workshop, ids), strict=True))
    spaces = dict(zip(ids := [one.space_id or "" for one in sessions], read.many(Space, ids), strict=True))
    return [_row(one, place, workshops[one.workshop_id], spaces[one.space_id or ""], now, page) for one in sessions]


def _row(
    session: Session, place: Place, workshop: Workshop | None, space: Space | None, now: datetime, page: Page
) -> Row:
    return Row(
        session=session,
        title=titled(workshop.title if workshop else "", session, page.lang),
        place=place,
        room=space.name if space else "",
        left=session.free(now),
        waiting=len(session.waiting),
        over=session.closes <= now,
        price=_seat_price(page, session),
    )


def _seat_price(page: Page, session: Session) -> Money | None:
    """What a seat without options costs whoever asks."""
    if session.product_id is None:
        return None
    person_id = page.person.id if page.person else None
    try:
        found = page.house.read.price(session.product_id, session.place_id, period=session.period, person_id=person_id)
    except RefusedError:
        return None
    return found.total


@router.get("/sessions/{session_id}")
def session(page: Here, session_id: str) -> Response:
    """A session, and the form to register for it."""
    return _session(page, session_id)


def _session(page: Page, session_id: str, *, refused: Refused | None = None, chosen: tuple[str, ...] = ()) -> Response:
    read = page.house.read
    found = read.need(Session, session_id)
    place = read.need(Place, found.place_id)
    (row,) = rows_of(page, place, (found,))
    options = [one for one in read.many(Product, found.option_ids) if one is not None]
    return page.show(
        "session.html",
        refused=refused,
        row=row,
        options=options,
        chosen=chosen,
        mine=_mine(page, session_id),
    )


def _mine(page: Page, session_id: str) -> Registration | None:
    """The live registration of whoever signed in."""
    if page.person is None:
        return None
    registrations = page.house.read.registrations(session_id)
    return next((one for one in registrations if one.person_id == page.person.id and one.state in LIVE), None)


@router.post("/sessions/{session_id}")
def register(page: Here, form: Sent, session_id: str) -> Response:
    """Ask for a seat, or for a rank on the waiting list."""
    chosen = form.texts("option")
    command = Register(
        session_id=session_id,
        person_id=page.member.id,
        option_ids=chosen,
        account="card",
        return_url=page.address(BACK),
    )
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _session(page, session_id, refused=done, chosen=chosen)
    said = {"confirmed": "registered now", "waiting": "waiting now"}.get(done.outcome.value.state)
    return go_on(page, done.outcome, f"/sessions/{session_id}", page.say(said) if said else "")
