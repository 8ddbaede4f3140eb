"""A house in which holds run out, and a judge of its own: what is sold and what stands on the rows, moment by moment.

The judge reads rows and no clock, and asks nothing of the library but what the fields of a record are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.occupancy import pages as claim_pages
from cantinekit.domain.registrations import promotion
from cantinekit.plugins.ports import Key, Storage
from support.houses.small_house import START, House, open_house, records

DAY = date(2026, 12, 5)
"""When the sessions of this house are."""
LONG = timedelta(days=63)
"""Longer than what stands on the pages of the days."""
BEGIN = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = Period(datetime(2026, 12, 20, 10, tzinfo=UTC), datetime(2026, 12, 20, 11, tzinfo=UTC))
MONTHS = Period(BEGIN, BEGIN + LONG)


def furnished(storage: str | Storage = "memory://", **options: Any) -> House:
    """The house of the tests, open day and night, with two projectors, a room that is asked for, and a facilitator."""
    house = open_house(storage, **options)
    for command in (
        c.ChangeOpenings(place_id="paris"),
        c.AddSpace(place_id="paris", name="Projectors", use="equipment", capacity=2, id="projector"),
        c.AddSpace(place_id="paris", name="Asked for", id="asked"),
        c.ChangeTerms("asked", terms=m.Terms(approval=True, answer_within=timedelta(hours=1))),
        c.AddFacilitator(person_id="zoe", place_id="paris", id="ada"),
    ):
        house.do(command)
    return house


def open_again(storage: Storage, **options: Any) -> House:
    """The same house as another process has it."""
    return open_house(storage, furnished=False, **options)


# --- the judge -------------------------------------------------------------------------------------------------------


def _of(found: Mapping[Key, m.Record], cls: type[Any]) -> list[Any]:
    return [record for key, record in found.items() if key.kind == cls.kind]


def _crowded(claims: Iterable[m.Claim], capacity: int, since: datetime) -> str:
    """At which moment there is more than there may be: looked at whenever something begins."""
    ours = [claim for claim in claims if claim.end > since]
    for moment in sorted({max(claim.start, since) for claim in ours}):
        there = {claim.id: claim for claim in ours if claim.start <= moment < claim.end}
        units = [claim.units for claim in there.values()]
        alone = any(unit > m.WHOLE - 1 for unit in units)
        if len(units) > 1 if alone else sum(units) > capacity:
            return f"{sorted(there)} at {moment.isoformat()} where there is room for {capacity}"
    return ""


def sold_twice(storage: Storage, since: datetime = START) -> list[str]:
    """What was sold for good beyond what there is, by registrations, bookings, visits and sessions."""
    found, wrong = records(storage), list[str]()
    for session in _of(found, m.Session):
        sold = [one for one in _of(found, m.Registration) if one.session_id == session.id and one.state == "confirmed"]
        if (count := sum(one.seats for one in sold)) > session.capacity:
            wrong.append(f"{count} of {session.capacity} seats of {session.id}")
    claims: dict[str, list[m.Claim]] = defaultdict(list)
    for one in (*_of(found, m.Booking), *_of(found, m.Visit), *_of(found, m.Session)):
        if one.state in ("confirmed", "open") or (isinstance(one, m.Session) and one.state == "planned"):
            meetings = one.meetings if isinstance(one, m.Session) else ()
            for placed in (*one.placed, *(placed for meeting in meetings for placed in meeting.placed)):
                claims[placed.space_id].append(placed.claim)
    for page in _of(found, m.StandingPage):
        if crowd := _crowded(claims[page.space_id], page.capacity, since):
            wrong.append(f"{page.space_id}: {crowd}")
    return wrong


def overfull(storage: Storage, since: datetime = START) -> list[str]:
    """What stands on the rows beyond what there is, whether or not its time is over: all holds count."""
    found, wrong = records(storage), list[str]()
    for session in _of(found, m.Session):
        if (taken := session.confirmed + sum(seat.seats for seat in session.held)) > session.capacity:
            wrong.append(f"{taken} seats stand on {session.id}, which has {session.capacity}")
    claims: dict[str, list[m.Claim]] = defaultdict(list)
    for page in _of(found, m.OccupancyPage):
        day = Period(
            datetime.combine(page.day, time(), UTC), datetime.combine(page.day, time(), UTC) + timedelta(days=1)
        )
        for one in page.claims:  # a page says what is claimed of its day: a hold may be off the page before it
            claims[page.space_id].append(attrs.evolve(one, start=max(one.start, day.start), end=min(one.end, day.end)))
    for page in _of(found, m.StandingPage):
        claims[page.space_id] += page.claims
    for page in _of(found, m.StandingPage):
        if crowd := _crowded(claims[page.space_id], page.capacity, since):
            wrong.append(f"on the pages of {page.space_id}: {crowd}")
    return wrong


# --- as it was -------------------------------------------------------------------------------------------------------


def leave_holds(monkeypatch: Any, *, seats: bool = True, pages: bool = True) -> None:
    """As it was: what ran out is counted as free and left where it stands."""
    if seats:
        monkeypatch.setattr(promotion, "ran_out", lambda session, now: ())
    if pages:
        monkeypatch.setattr(claim_pages, "_without_over", lambda page, claim, at: page)
