"""Calendars to subscribe to: the programme of a place for everybody, and somebody's own behind a secret address."""

from __future__ import annotations

from fastapi import APIRouter, Response

from cantinekit.commands import RevokeFeed
from cantinekit.feeds import answer_feed
from tiers_lieu.web import Here, NotAllowed, Refused, Sent

router = APIRouter()


@router.get("/feeds/{path:path}")
def feed(page: Here, path: str) -> Response:
    """A calendar, or that nothing has changed since it was fetched last."""
    answer = answer_feed(
        page.house, path, page.request.headers, lang=page.lang, link=page.address("/{kind}s/{id}"), domain="localhost"
    )
    return Response(answer.body, answer.status, {**dict(answer.headers), "Vary": "Accept-Language"})


@router.get("/bookings/{booking_id}")
def booking(page: Here, booking_id: str) -> Response:
    """A calendar leads here from a booking: it is in the member's area."""
    return page.go("/me#bookings")


@router.get("/registrations/{registration_id}")
def registration(page: Here, registration_id: str) -> Response:
    """A calendar leads here from a seat: it is in the member's area."""
    return page.go("/me#seats")


@router.post("/me/calendar")
def share(page: Here, form: Sent) -> Response:
    """Make a secret address of somebody's own calendar. It is shown once: the house keeps only its hash."""
    shared = page.house.share_feed(page.member.id, actor=page.actor)
    page.request.session["calendar"] = page.address(f"/feeds/{shared.token}.ics")
    return page.go("/me#calendar")


@router.post("/me/calendar/{link_id}")
def revoke(page: Here, form: Sent, link_id: str) -> Response:
    """Take a secret address back."""
    if link_id not in {one.id for one in page.read.feed_links(page.member.id)}:
        raise NotAllowed
    done = page.carry(RevokeFeed(link_id), form)
    return page.go("/me#calendar", done.text if isinstance(done, Refused) else page.say("calendar gone"))
