"""The rooms of a place on a day, a room in a week, what a time costs, and a booking."""

from __future__ import annotations

from datetime import date

import attrs
from fastapi import APIRouter, Response
from itsdangerous import BadData, URLSafeSerializer

from cantinekit import Money, Period
from cantinekit.clock import wall_period
from cantinekit.commands import Book, PricePromise
from cantinekit.errors import CantineError
from cantinekit.pricing import Quote
from cantinekit.reads import GridRow
from cantinekit.records import Place, Space
from tiers_lieu.pay import BACK, go_on
from tiers_lieu.seed import ROLES
from tiers_lieu.templating import typed
from tiers_lieu.web import Here, Page, Refused, Sent, read_day

router = APIRouter()


@attrs.frozen
class Wish:
    """What somebody asks for on the page with the price.

    Attributes:
        space: the room.
        place: its place.
        day: the day.
        starts: from when, as it was written.
        ends: until when, as it was written.
        period: from when until when; ``None`` where the times are none.
    """

    space: Space
    place: Place
    day: date
    starts: str
    ends: str
    period: Period | None


@attrs.frozen
class Offer:
    """What is told of a room for the times that were asked for.

    Attributes:
        price: what it costs; ``None`` where that is said on its page.
        why: why it cannot be had; empty where it can.
    """

    price: Money | None = None
    why: str = ""


@router.get("/rooms")
def grid(page: Here, day: str = "", room: str = "", starts: str = "", ends: str = "") -> Response:
    """The rooms of a place with the day as an axis of time; the price of each where times are asked for."""
    days = page.days("day", day)
    wanted = _period(days.first, starts, ends, page.place)
    length = wanted.length if wanted else None
    found = page.read.grid(page.place.id, days.first, length=length, person_id=page.customer_id)
    return page.show(
        "rooms.html",
        days=days,
        grid=found,
        starts=starts,
        ends=ends,
        wanted=wanted,
        offers={row.space.id: _offer(page, row, wanted) for row in found.rows},
        room=room,
        first=next((_first(row, starts, page.place) for row in found.rows if row.space.id == room), None),
    )


def _offer(page: Page, row: GridRow, wanted: Period | None) -> Offer | None:
    if wanted is None:
        return None if row.free or row.refused is None else Offer(why=page.refusal(row.refused).text)
    cell = next((cell for cell in row.cells if cell.period == wanted), None)
    refused = row.refusal(cell) if cell else None
    return Offer(cell.price if cell else None, page.refusal(refused).text if refused else "")


def _first(row: GridRow, starts: str, place: Place) -> Period | None:
    """The step of the axis that was picked first."""
    return next((one for bar in row.bars for one in bar.picks if typed(one.start, place.zone) == starts), None)


@router.get("/rooms/{space_id}/week")
def week(page: Here, space_id: str, week: str = "", day: str = "", starts: str = "") -> Response:
    """A room in a week, one line a day."""
    space = page.read.need(Space, space_id)
    place = page.read.need(Place, space.place_id)
    days = page.days("week", week or day, place.id)
    on = read_day(day, days.first)
    grids = page.read.room_week(space_id, days.first, person_id=page.customer_id)
    firsts = [_first(row, starts, place) for one in grids for row in one.rows if one.day == on]
    first = next(iter(firsts), None)
    return page.show("room_week.html", space=space, place=place, day=on, days=days, grids=grids, first=first)


@router.get("/rooms/{space_id}")
def times(page: Here, space_id: str, day: str = "", starts: str = "", ends: str = "") -> Response:
    """The form for the times, and the price where there are some."""
    return _asked(page, _wish(page, space_id, day, starts, ends))


def _wish(page: Page, space_id: str, day: str, starts: str, ends: str) -> Wish:
    space = page.read.need(Space, space_id)
    place = page.read.need(Place, space.place_id)
    on = read_day(day, page.read.today(place.id))
    return Wish(space, place, on, starts, ends, _period(on, starts, ends, place))


def _period(day: date, starts: str, ends: str, place: Place) -> Period | None:
    """The times that an address says; ``None`` where they are none."""
    try:
        return wall_period(day, starts, ends, place.zone) if starts and ends else None
    except CantineError:
        return None


def _asked(page: Page, wish: Wish, *, refused: Refused | None = None) -> Response:
    price: Quote | None = None
    promise = ""
    if wish.period is not None and refused is None:
        told = _price(page, wish, wish.period)
        if isinstance(told, Refused):
            refused = told
        else:
            price, promise = told
    return page.show("room.html", refused=refused, wish=wish, price=price, promise=promise, roles=ROLES)


def _price(page: Page, wish: Wish, period: Period) -> tuple[Quote | None, str] | Refused:
    """What it costs whoever asks, and for whom signed in the promise of that price as a form carries it."""
    if page.person is not None:
        told = page.would(Book(space_id=wish.space.id, period=period, person_id=page.customer.id))
        if isinstance(told, Refused):
            return told
        quote = told.outcome.quote
        return (quote.price, _sealed(page, quote.promise)) if quote else (None, "")
    if wish.space.product_id is None:
        return None, ""
    try:
        return page.read.price(wish.space.product_id, wish.place.id, period=period).price, ""
    except CantineError as error:
        return page.refusal(error)


def _seal(page: Page) -> URLSafeSerializer:
    return URLSafeSerializer(page.settings.secret, salt="promise")


def _sealed(page: Page, promise: PricePromise) -> str:
    """A promise of a price as a form carries it, signed so that nobody promises himself one."""
    return str(_seal(page).dumps(promise.to_json()))


def _promised(page: Page, text: str) -> PricePromise | None:
    try:
        return PricePromise.from_json(_seal(page).loads(text)) if text else None
    except BadData:
        return None


@router.post("/rooms/{space_id}")
def book(page: Here, form: Sent, space_id: str) -> Response:
    """Book at the price that was shown."""
    wish = _wish(page, space_id, form.text("day"), form.text("starts"), form.text("ends"))
    if wish.period is None:
        return _asked(page, wish)
    paying = page.paying(form)
    command = Book(
        space_id=space_id,
        period=wish.period,
        person_id=page.customer.id,
        account=paying.account,
        on_account=paying.on_account,
        quote=_promised(page, form.text("promise")),
        return_url=page.address(BACK),
    )
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _asked(page, wish, refused=done)
    return go_on(page, done.outcome, "/me", page.say("booked now"))
