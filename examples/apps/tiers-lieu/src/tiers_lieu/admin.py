"""Administration: the week, closures, and figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Response

from cantinekit import Period
from cantinekit.clock import WallTime, time_of_day
from cantinekit.commands import CloseSpace, Command, PlanSessions, ReopenSpace
from cantinekit.errors import CantineError
from cantinekit.pictures import occupancy_of, week_of
from cantinekit.records import SessionSeries
from tiers_lieu.web import Carried, Form, Here, Page, Refused, Sent

router = APIRouter(prefix="/admin")
EVER = datetime(9997, 1, 1, tzinfo=UTC)
"""No closure begins later."""
FIELDS = ("workshop", "space", "first", "starts", "ends", "seats", "repeats", "last")
"""The fields of the form to plan workshops."""
NOTHING: Mapping[str, str] = MappingProxyType(dict.fromkeys(FIELDS, ""))
"""What is written in a form that nobody sent yet."""


@router.get("")
def start(page: Here) -> Response:
    """Where administration begins: the week."""
    page.need("board")
    return page.go("/admin/week")


# --- the week ---


@router.get("/week")
def week(page: Here, week: str = "") -> Response:
    """The week of a place, and the form for more workshops."""
    return _week(page, week)


def _week(
    page: Page,
    name: str,
    *,
    refused: Refused | None = None,
    written: Mapping[str, str] = NOTHING,
    would: SessionSeries | None = None,
) -> Response:
    page.need("board")
    read, place = page.read, page.place
    days = page.days("week", name)
    return page.show(
        "week.html",
        refused=refused,
        days=days,
        picture=week_of(read, place.id, days.first, lang=page.lang),
        workshops=read.workshops(place.id),
        rooms=read.spaces(place.id, use="room"),
        first=page.today,
        written=written,
        would=would,
    )


@router.get("/week.svg")
def week_picture(page: Here, week: str = "") -> Response:
    """The week as a picture."""
    page.need("board")
    days = page.days("week", week)
    picture = week_of(page.read, page.place.id, days.first, lang=page.lang)
    return Response(picture.svg(), media_type="image/svg+xml")


@router.post("/week")
def plan(page: Here, form: Sent) -> Response:
    """Plan workshops, once or each week."""
    page.need("board")
    try:
        command = _planning(page, form)
    except CantineError as error:
        return _planned(page, form, page.refusal(error))
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _planned(page, form, done)
    return page.go(f"/admin/week?week={command.day.isoformat()}", page.say("planned now"))


@router.post("/week/look")
def look(page: Here, form: Sent) -> Response:
    """Which workshops would be planned, or all that stands against them."""
    page.need("board")
    try:
        told = page.would(_planning(page, form))
    except CantineError as error:
        told = page.refusal(error)
    return _planned(page, form, told)


def _planned(page: Page, form: Form, told: Refused | Carried[SessionSeries]) -> Response:
    """The week with the form as it was written, and what came of it."""
    written = {name: form.text(name) for name in FIELDS}
    if isinstance(told, Refused):
        return _week(page, form.text("week"), refused=told, written=written)
    return _week(page, form.text("week"), written=written, would=told.outcome.value)


def _planning(page: Page, form: Form) -> PlanSessions:
    """What the form asks for. Raises ``InputError`` where a field is none."""
    first = form.day("first", page.today)
    weekly = form.text("repeats") == "weekly"
    seats = form.text("seats")
    return PlanSessions(
        workshop_id=form.text("workshop"),
        day=first,
        starts=time_of_day(form.text("starts")),
        ends=time_of_day(form.text("ends")),
        seats=int(seats) if seats.isdecimal() else 0,
        rule="FREQ=WEEKLY" if weekly else None,
        rdates=() if weekly else (first,),
        until=form.day("last", first) if weekly else None,
        space_id=form.choice("space"),
    )


# --- closures ---


@router.get("/closures")
def closures(page: Here) -> Response:
    """What is closed, and the form to close more."""
    return _closures(page)


def _closures(page: Page, *, refused: Refused | None = None) -> Response:
    page.need("board")
    read, place_id = page.read, page.place.id
    closed = read.closures(place_id, Period(page.house.now(), EVER))
    rooms = [one for one in read.spaces(place_id, use="room") if not one.parts]
    return page.show("closures.html", refused=refused, rooms=rooms, closed=closed, first=page.today)


@router.post("/closures")
def close(page: Here, form: Sent) -> Response:
    """Close a room for a while."""
    page.need("board")
    zone = page.place.zone
    try:
        starts = WallTime(form.day("first", page.today), time_of_day(form.text("starts")), zone).instant
        ends = WallTime(form.day("last", page.today), time_of_day(form.text("ends")), zone).instant
        command = CloseSpace(form.text("space"), period=Period(starts, ends), reason=form.text("reason"))
    except CantineError as error:
        return _closures(page, refused=page.refusal(error))
    return _done(page, form, command, "closed now")


@router.post("/closures/{space_id}/{closure_id}")
def reopen(page: Here, form: Sent, space_id: str, closure_id: str) -> Response:
    """Open a room again."""
    page.need("board")
    return _done(page, form, ReopenSpace(space_id, closure_id=closure_id), "reopened now")


def _done(page: Page, form: Form, command: Command[Any], said: str) -> Response:
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _closures(page, refused=done)
    return page.go("/admin/closures", page.say(said))


# --- figures ---


@router.get("/figures")
def figures(page: Here, week: str = "") -> Response:
    """The figures of a week, with their picture."""
    page.need("board")
    days = page.days("week", week)
    read, place = page.read, page.place
    picture = occupancy_of(read, place.id, days.first, days.last, lang=page.lang)
    return page.show(
        "figures.html",
        days=days,
        picture=picture,
        attendance=read.attendance_of(place.id, days.first, days.last).total,
        takings=(takings := read.takings_of(place.id, days.first, days.last).total),
        names=read.names([id for id, _ in takings.earned], lang=page.lang),
    )


@router.get("/figures.svg")
def figures_picture(page: Here, week: str = "") -> Response:
    """How much of the place is taken in a week, as a picture."""
    page.need("board")
    days = page.days("week", week)
    picture = occupancy_of(page.read, page.place.id, days.first, days.last, lang=page.lang)
    return Response(picture.svg(), media_type="image/svg+xml")
