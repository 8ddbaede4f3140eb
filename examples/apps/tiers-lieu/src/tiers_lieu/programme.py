"""The public programme: what takes place in a city in a week, and a seat at it."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from fastapi import APIRouter, Response

from cantinekit.clock import local
from cantinekit.commands import Register
from cantinekit.reads import Days, ProgrammeItem
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
    found = page.read.session_page(session_id, person_id=page.customer_id)
    if found.item.refused is not None:
        refused = refused or page.refusal(found.item.refused)
    return page.show("session.html", refused=refused, found=found, item=found.item, place=found.place, chosen=chosen)


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
