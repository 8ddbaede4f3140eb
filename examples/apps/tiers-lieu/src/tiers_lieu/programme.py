"""The public programme: what takes place in a city in a week, and a seat at it."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from fastapi import APIRouter, Response

from cantinekit.clock import local
from cantinekit.commands import Register
from cantinekit.pricing import Quote
from cantinekit.reads import Days, ProgrammeItem
from cantinekit.records import Place, Product, Session, Space
from tiers_lieu.pay import BACK, go_on
from tiers_lieu.web import Here, Page, Refused, Sent

router = APIRouter()


@router.get("/")
def programme(page: Here, week: str = "") -> Response:
    """The programme of a place in a week."""
    days = page.days("week", week)
    part = page.request.headers.get("hx-request") == "true"
    return page.show(
        "_programme.html" if part else "programme.html",
        days=days,
        by_day=_by_day(page, days),
        rooms={one.id: one.name for one in page.read.spaces(page.place.id)},
    )


def _by_day(page: Page, days: Days) -> list[tuple[date, list[ProgrammeItem]]]:
    """What there is in a week, day by day. A week is in one month, or in two."""
    months = {f"{day:%Y-%m}": day for day in (days.first, days.last)}.values()
    found = [
        one
        for month in months
        for one in page.read.programme_month(page.place.id, month, person_id=page.customer_id)
        if one.period.overlaps(days.period)
    ]
    by_day = groupby(found, lambda one: local(one.period.start, page.place.zone).date())
    return [(day, list(items)) for day, items in by_day]


@router.get("/sessions/{session_id}")
def session(page: Here, session_id: str) -> Response:
    """A session, and the form to register for it."""
    return _session(page, session_id)


def _session(page: Page, session_id: str, *, refused: Refused | None = None, chosen: tuple[str, ...] = ()) -> Response:
    read, whose = page.read, page.customer_id
    found = read.need(Session, session_id)
    place = read.need(Place, found.place_id)
    month = read.programme_month(place.id, local(found.period.start, place.zone).date(), person_id=whose)
    item = next(one for one in month if one.session.id == session_id)
    mine = read.registration_of(session_id, whose) if whose else None
    if item.refused is not None:
        refused = refused or page.refusal(item.refused)
    return page.show(
        "session.html",
        refused=refused,
        item=item,
        place=place,
        room=read.get(Space, found.space_id) if found.space_id else None,
        quote=_quote(page, item) if whose and item.open and mine is None else None,
        options=[one for one in read.many(Product, found.option_ids) if one is not None],
        chosen=chosen,
        mine=mine,
    )


def _quote(page: Page, item: ProgrammeItem) -> Quote | None:
    """What a seat costs whoever asks, with the reasons, which the form says."""
    session = item.session
    if session.product_id is None or item.refused is not None:
        return None
    return page.read.price(
        session.product_id, session.place_id, period=session.period, person_id=page.customer_id
    ).price


@router.post("/sessions/{session_id}")
def register(page: Here, form: Sent, session_id: str) -> Response:
    """Ask for a seat, or for a rank on the waiting list."""
    chosen = form.texts("option")
    paying = page.paying(form)
    command = Register(
        session_id=session_id,
        person_id=page.customer.id,
        option_ids=chosen,
        account=paying.account,
        on_account=paying.on_account,
        return_url=page.address(BACK),
    )
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _session(page, session_id, refused=done, chosen=chosen)
    said = {"confirmed": "registered now", "waiting": "waiting now"}.get(done.outcome.value.state)
    return go_on(page, done.outcome, f"/sessions/{session_id}", page.say(said) if said else "")
