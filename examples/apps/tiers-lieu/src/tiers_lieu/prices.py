"""The price list: its text with its problems, a price that is tried, and what it would change for whom."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from cantinekit import CheckedTariff
from cantinekit.calendar import add_months
from cantinekit.clock import wall_period
from cantinekit.commands import PublishTariff
from cantinekit.errors import CantineError, TariffError
from cantinekit.pricing import Quote, Tariff
from cantinekit.pricing.schema import tariff_schema
from cantinekit.records import Person
from cantinekit.whatif import Shown, compare, show, visits_of
from tiers_lieu.seed import PRICES
from tiers_lieu.web import Form, Here, Page, Refused, Sent, read_day

router = APIRouter(prefix="/admin/prices")
FIELDS = ("product", "who", "day", "starts", "ends")
"""The fields of the form to try a price."""
NOTHING: Mapping[str, str] = MappingProxyType(dict.fromkeys(FIELDS, ""))
"""What is written in a form that nobody sent yet."""
QUARTER = -3
"""How many months back the sales begin from which is said what a text changes."""


@attrs.frozen
class Tried:
    """What something costs now, and under the text on the page.

    Attributes:
        person: for whom; ``None``: nobody known.
        new: the price under the text, or why there is none.
        old: the price of now, or why there is none.
    """

    person: Person | None
    new: Quote | Refused
    old: Quote | Refused


@attrs.frozen
class Changes:
    """What a text changes, from the sales of the last quarter.

    Attributes:
        shown: in sentences and pictures.
        pictures: those for this page: their names, and addresses that hold them.
        names: the names of the members that change most, by their ids.
    """

    shown: Shown
    pictures: list[tuple[str, str]]
    names: dict[str, str]


@router.get("")
def prices(page: Here) -> Response:
    """The text of the price list that is in force."""
    page.need("board")
    found = page.read.tariff_text(PRICES)
    return _prices(page, found.text if found else "")


def _prices(page: Page, text: str, *, refused: Refused | None = None, **facts: Any) -> Response:
    shown: dict[str, Any] = {"tried": None, "changes": None, "written": NOTHING, **facts}
    return page.show(
        "prices.html",
        refused=refused,
        text=text,
        checked=page.house.check_tariff(text, actor=page.actor),
        products=_products(page, text),
        **shown,
    )


def _products(page: Page, text: str) -> Mapping[str, str]:
    """The names of the products of a text, of the published one where it is no price list."""
    try:
        return Tariff.load(text).names
    except TariffError:
        found = page.read.tariff_text(PRICES)
        return Tariff.load(found.text).names if found else {}


def _part(page: Page) -> bool:
    """Whether a part of the page is asked for, by a script."""
    return page.request.headers.get("hx-request") == "true"


def _text(form: Form) -> str:
    return str(form.data.get("text", "")).replace("\r\n", "\n")


@router.get("/schema")
def schema(page: Here) -> Response:
    """The JSON Schema of price lists, from which the editor completes and helps."""
    page.need("board")
    return JSONResponse(tariff_schema(), headers={"Cache-Control": "private, max-age=86400"})


@router.post("/check")
def check(page: Here, form: Sent) -> Response:
    """What is wrong with a text, and what it would change. Asked while somebody writes, it is that part alone."""
    page.need("board")
    if _part(page):
        checked: CheckedTariff = page.house.check_tariff(_text(form), actor=page.actor)
        return page.show("_checked.html", checked=checked)
    return _prices(page, _text(form))


@router.post("")
def publish(page: Here, form: Sent) -> Response:
    """Publish a text."""
    page.need("board")
    done = page.carry(PublishTariff(_text(form)), form)
    if isinstance(done, Refused):
        return _prices(page, _text(form), refused=done)
    return page.go("/admin/prices", page.say("published now"))


# --- what it comes to ---


@router.post("/try")
def try_price(page: Here, form: Sent) -> Response:
    """What something would cost under a text, and what it costs now, each with its reasons."""
    page.need("board")
    try:
        tried: Tried | Refused = _tried(page, form)
    except CantineError as error:
        tried = _said(page, error)
    if _part(page):
        return page.show("_tried.html", tried=tried)
    written = {name: form.text(name) for name in FIELDS}
    return _prices(page, _text(form), tried=tried, written=written)


def _tried(page: Page, form: Form) -> Tried | Refused:
    who, product, place = form.text("who"), f"{PRICES}/{form.text('product')}", page.place
    person = next(iter(page.read.people(who, limit=1).items), None) if who else None
    if who and person is None:
        return Refused(page.say("nobody found"), 422)
    day, starts, ends = read_day(form.text("day"), page.today), form.text("starts"), form.text("ends")
    asked: dict[str, Any] = {"person_id": person.id if person else None}
    if starts and ends:
        asked["period"] = wall_period(day, starts, ends, place.zone)
    else:
        asked["day"] = day

    def told(price: Callable[[], Quote]) -> Quote | Refused:
        try:
            return price()
        except CantineError as error:
            return _said(page, error)

    new = told(lambda: page.house.price_under(_text(form), product, place.id, **asked))
    old = told(lambda: page.read.price(product, place.id, **asked).price)
    return Tried(person, new, old)


def _said(page: Page, error: CantineError) -> Refused:
    """What an error says on this page, on which a text with problems is no surprise."""
    return Refused(page.say("problems first"), 422) if isinstance(error, TariffError) else page.refusal(error)


@router.post("/changes")
def changes(page: Here, form: Sent) -> Response:
    """What a text changes, and for whom, from the sales of the last quarter."""
    page.need("board")
    try:
        found: Changes | Refused = _changes(page, _text(form))
    except CantineError as error:
        found = _said(page, error)
    if _part(page):
        return page.show("_changes.html", changes=found)
    return _prices(page, _text(form), changes=found)


def _changes(page: Page, text: str) -> Changes:
    new, old = Tariff.load(text), page.read.tariff_text(PRICES)
    places = [place.id for place in page.places]
    sold = page.read.usages(places, add_months(page.today, QUARTER), page.today)
    shown = show(compare(new, Tariff.load(old.text) if old else new, visits_of(sold), lang=page.lang), page.lang)
    pictures = [
        (name, f"data:image/svg+xml;base64,{b64encode(shown.pictures[name].encode()).decode()}")
        for name in ("tenths", "products")
        if name in shown.pictures
    ]
    people = page.read.many(Person, [id for id, *_ in shown.most])
    return Changes(shown, pictures, {one.id: one.name for one in people if one is not None})
