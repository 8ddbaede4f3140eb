"""The rooms of a place on a day: when each can be had, what it costs, and a booking."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
from fastapi import APIRouter, Response
from itsdangerous import BadData, URLSafeSerializer

from cantinekit import Period
from cantinekit.clock import wall_period
from cantinekit.commands import Book, PricePromise
from cantinekit.errors import CantineError
from cantinekit.pricing import Quote
from cantinekit.records import Place, Space
from tiers_lieu.pay import BACK, go_on
from tiers_lieu.web import Here, Page, Refused, Sent, read_day

router = APIRouter()
LENGTHS = {
    "0:30": timedelta(minutes=30),
    "1:00": timedelta(hours=1),
    "1:30": timedelta(minutes=90),
    "2:00": timedelta(hours=2),
    "3:00": timedelta(hours=3),
    "4:00": timedelta(hours=4),
    "8:00": timedelta(hours=8),
}
"""How long a room can be asked for on the grid, by what stands in the address."""
USUAL = "1:00"


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


@router.get("/rooms")
def grid(page: Here, day: str = "", length: str = USUAL) -> Response:
    """The rooms of a place with the times of a day at which each can be had, for whoever asks."""
    days = page.days("day", day)
    length = length if length in LENGTHS else USUAL
    found = page.read.grid(page.place.id, days.first, length=LENGTHS[length], person_id=page.customer_id)
    why = {
        row.space.id: page.refusal(row.refused).text for row in found.rows if not row.free and row.refused is not None
    }
    part = page.request.headers.get("hx-request") == "true"
    return page.show(
        "_rooms.html" if part else "rooms.html", days=days, rows=found.rows, why=why, lengths=LENGTHS, length=length
    )


@router.get("/rooms/{space_id}")
def times(page: Here, space_id: str, day: str = "", starts: str = "", ends: str = "") -> Response:
    """The form for the times, and the price where there are some."""
    return _asked(page, _wish(page, space_id, day, starts, ends))


def _wish(page: Page, space_id: str, day: str, starts: str, ends: str) -> Wish:
    space = page.read.need(Space, space_id)
    place = page.read.need(Place, space.place_id)
    on = read_day(day, page.read.today(place.id))
    try:
        period = wall_period(on, starts, ends, place.zone) if starts and ends else None
    except CantineError:
        period = None
    return Wish(space, place, on, starts, ends, period)


def _asked(page: Page, wish: Wish, *, refused: Refused | None = None) -> Response:
    price: Quote | None = None
    promise = ""
    if wish.period is not None and refused is None:
        told = _price(page, wish, wish.period)
        if isinstance(told, Refused):
            refused = told
        else:
            price, promise = told
    return page.show("room.html", refused=refused, wish=wish, price=price, promise=promise)


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
