"""Administration: the price list, the week, closures, figures, and bills."""

from __future__ import annotations

from typing import Any

import attrs
from fastapi import APIRouter, Response

from cantinekit import Period
from cantinekit.clock import WallTime, time_of_day
from cantinekit.commands import CloseBill, CloseSpace, Command, PlanSessions, PublishTariff, ReopenSpace
from cantinekit.errors import CantineError, TariffError
from cantinekit.pictures import occupancy_of, week_of
from cantinekit.pricing import ExampleResult, Problem, Tariff
from cantinekit.records import Person, PriceList, Product, Space, StandingPage, TariffText, Workshop, standing_id
from tiers_lieu.days import read_day, today, week_at
from tiers_lieu.seed import ENTITY, PRICES
from tiers_lieu.web import Carried, Here, Page, Refused, Sent, names, of

router = APIRouter(prefix="/admin")


@router.get("")
def start(page: Here) -> Response:
    """Where administration begins: the week."""
    page.need("board")
    return page.go("/admin/week")


# --- the price list ---


@attrs.frozen
class Checked:
    """What a text of a price list comes to.

    Attributes:
        problems: what is wrong with it.
        examples: its worked examples.
        changes: what its publication would change; ``None`` where it cannot be published.
    """

    problems: tuple[Problem, ...] = ()
    examples: tuple[ExampleResult, ...] = ()
    changes: Any = None


@router.get("/prices")
def prices(page: Here) -> Response:
    """The text of the price list that is in force."""
    page.need("board")
    read = page.house.read
    version = read.need(PriceList, PRICES).version_at(page.house.now())
    text = read.need(TariffText, version).text if version else ""
    return _prices(page, text)


def _prices(page: Page, text: str, *, refused: Refused | None = None) -> Response:
    return page.show("prices.html", refused=refused, text=text, checked=_checked(page, text))


def _checked(page: Page, text: str) -> Checked:
    try:
        tariff = Tariff.load(text)
    except TariffError as error:
        return Checked(tuple(error.problems))
    examples = tuple(tariff.check())
    try:
        changes = page.house.preview(PublishTariff(text), actor=page.actor).publication
    except TariffError as error:
        return Checked(tuple(error.problems), examples)
    return Checked((), examples, changes)


@router.post("/prices/check")
def check(page: Here, form: Sent) -> Response:
    """What is wrong with a text, and what it would change. Asked while somebody writes, it is that part alone."""
    page.need("board")
    text = str(form.data.get("text", "")).replace("\r\n", "\n")
    if page.request.headers.get("hx-request") == "true":
        return page.show("_checked.html", checked=_checked(page, text))
    return _prices(page, text)


@router.post("/prices")
def publish(page: Here, form: Sent) -> Response:
    """Publish a text."""
    page.need("board")
    text = str(form.data.get("text", "")).replace("\r\n", "\n")
    done = page.carry(PublishTariff(text), form)
    if isinstance(done, Refused):
        return _prices(page, text, refused=done)
    return page.go("/admin/prices", page.say("published now"))


# --- the week ---


@router.get("/week")
def week(page: Here, week: str = "") -> Response:
    """The week of a place, and the form for more workshops."""
    return _week(page, week)


def _week(page: Page, name: str, *, refused: Refused | None = None) -> Response:
    page.need("board")
    read, place = page.house.read, page.place
    days = week_at(page.house, place, name)
    return page.show(
        "week.html",
        refused=refused,
        days=days,
        picture=week_of(read, place.id, days.first, lang=page.lang),
        workshops=[one for one in of(read, Workshop, "place", place.id) if one.retired is None],
        rooms=_rooms(page),
        first=today(page.house, place),
    )


def _rooms(page: Page) -> list[Space]:
    return [one for one in of(page.house.read, Space, "place", page.place.id) if one.use == "room"]


@router.get("/week.svg")
def week_picture(page: Here, week: str = "") -> Response:
    """The week as a picture."""
    page.need("board")
    days = week_at(page.house, page.place, week)
    picture = week_of(page.house.read, page.place.id, days.first, lang=page.lang)
    return Response(picture.svg(), media_type="image/svg+xml")


@router.post("/week")
def plan(page: Here, form: Sent) -> Response:
    """Plan workshops, once or each week."""
    page.need("board")
    now = today(page.house, page.place)
    first = read_day(form.text("first"), now)
    try:
        command = PlanSessions(
            workshop_id=form.text("workshop"),
            day=first,
            starts=time_of_day(form.text("starts")),
            ends=time_of_day(form.text("ends")),
            seats=int(form.text("seats") or "0"),
            rule="FREQ=WEEKLY" if form.text("repeats") == "weekly" else None,
            rdates=() if form.text("repeats") == "weekly" else (first,),
            until=read_day(form.text("last"), first) if form.text("repeats") == "weekly" else None,
            space_id=form.choice("space"),
        )
    except (CantineError, ValueError) as error:
        return _week(page, form.text("week"), refused=Refused(str(error), 422))
    return _done(page, form, command, f"/admin/week?week={first:%G-W%V}", "planned now")


def _done(page: Page, form: Sent, command: Command[Any], url: str, said: str) -> Response:
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _closures(page, refused=done) if "closures" in url else _week(page, form.text("week"), refused=done)
    return page.go(url, page.say(said))


# --- closures ---


@router.get("/closures")
def closures(page: Here) -> Response:
    """What is closed, and the form to close more."""
    return _closures(page)


def _closures(page: Page, *, refused: Refused | None = None) -> Response:
    page.need("board")
    rooms = _rooms(page)
    found = page.house.read.many(StandingPage, [standing_id(room.id) for room in rooms])
    now = page.house.now()
    closed = [
        (room, closure)
        for room, one in zip(rooms, found, strict=True)
        if one is not None
        for closure in one.closures
        if closure.period.end > now
    ]
    return page.show("closures.html", refused=refused, rooms=rooms, closed=closed, first=today(page.house, page.place))


@router.post("/closures")
def close(page: Here, form: Sent) -> Response:
    """Close a room for a while."""
    page.need("board")
    now = today(page.house, page.place)
    zone = page.place.zone
    try:
        starts = WallTime(read_day(form.text("first"), now), time_of_day(form.text("starts")), zone).instant
        ends = WallTime(read_day(form.text("last"), now), time_of_day(form.text("ends")), zone).instant
        command = CloseSpace(form.text("space"), period=Period(starts, ends), reason=form.text("reason"))
    except CantineError as error:
        return _closures(page, refused=page.refusal(error))
    return _done(page, form, command, "/admin/closures", "closed now")


@router.post("/closures/{space_id}/{closure_id}")
def reopen(page: Here, form: Sent, space_id: str, closure_id: str) -> Response:
    """Open a room again."""
    page.need("board")
    return _done(page, form, ReopenSpace(space_id, closure_id=closure_id), "/admin/closures", "reopened now")


# --- figures ---


@router.get("/figures")
def figures(page: Here, week: str = "") -> Response:
    """The figures of a week, with their picture."""
    page.need("board")
    days = week_at(page.house, page.place, week)
    read, place = page.house.read, page.place
    picture = occupancy_of(read, place.id, days.first, days.last, lang=page.lang)
    return page.show(
        "figures.html",
        days=days,
        picture=picture,
        attendance=read.attendance_of(place.id, days.first, days.last).total,
        takings=read.takings_of(place.id, days.first, days.last).total,
        products={one.id: one.name for one in of(read, Product, "entity", ENTITY)},
    )


@router.get("/figures.svg")
def figures_picture(page: Here, week: str = "") -> Response:
    """How much of the place is taken in a week, as a picture."""
    page.need("board")
    days = week_at(page.house, page.place, week)
    picture = occupancy_of(page.house.read, page.place.id, days.first, days.last, lang=page.lang)
    return Response(picture.svg(), media_type="image/svg+xml")


# --- bills ---


@router.get("/bills")
def bills(page: Here, until: str = "") -> Response:
    """What would be billed until a day, and the bills that were made."""
    return _bills(page, until)


def _bills(page: Page, until: str, *, refused: Refused | None = None) -> Response:
    page.need("board")
    read = page.house.read
    day = read_day(until, today(page.house, page.place))
    return page.show(
        "bills.html",
        refused=refused,
        day=day,
        previews=(previews := read.preview_bills(ENTITY, day)),
        names=names(read.many(Person, [one.payer_id for one in previews])),
        documents=list(reversed(read.documents(ENTITY, "invoices"))),
    )


@router.post("/bills")
def bill(page: Here, form: Sent) -> Response:
    """Close the bill of a payer."""
    page.need("board")
    day = read_day(form.text("until"), today(page.house, page.place))
    done = page.carry(CloseBill(entity_id=ENTITY, payer_id=form.text("payer"), until=day), form)
    if isinstance(done, Refused):
        return _bills(page, form.text("until"), refused=done)
    assert isinstance(done, Carried)
    return page.go("/admin/bills", page.say("billed now", number=done.outcome.value.printed))
