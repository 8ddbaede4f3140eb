"""The kinds of records: their class, whether the journal makes them, their schema number, their index fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal

import attrs

from cantinekit import records as m
from cantinekit.clock import format_instant

KindClass = Literal["domain", "private", "operational"]
Index = Iterable[tuple[str, str]]


def composite(*parts: str | datetime) -> str:
    """An index value of several parts whose byte order is the order of the parts; ids hold no ``|``."""
    return "|".join(format_instant(part) if isinstance(part, datetime) else part for part in parts)


def between(prefix: str, start: datetime | None = None, end: datetime | None = None) -> tuple[str, str]:
    """The range of composite values that begin with a prefix, from one instant up to another."""
    return (
        composite(prefix, start) if start else f"{prefix}|",
        composite(prefix, end) if end else f"{prefix}}}",  # "}" is the character after "|"
    )


@attrs.frozen
class KindSpec:
    """One kind of record. ``fields`` are the names of all index fields that ``index`` gives for records of the kind.

    ``immutable``: written once, so that a decision need not guard it.
    ``steady``: read by many commands, written by few, so that it pays to keep what a row was read to.
    ``leads``: it tells which steady rows belong to it, so that these can be read together with it the next time.
    """

    cls: Any
    kind_class: KindClass
    index: Callable[[Any], Index] = lambda record: ()
    immutable: bool = False
    schema: int = 1
    steady: bool = False
    leads: bool = False
    fields: tuple[str, ...] = ()


def _task(task: m.Task) -> Index:
    if task.state == "waiting":
        yield "due", format_instant(task.leased_until or task.due)
    elif task.state == "dead":
        yield "dead", format_instant(task.due)
    yield "subject", composite(task.subject.kind, task.subject.id)


def _charge(charge: m.Charge) -> Index:
    yield "place", composite(charge.place_id, charge.raised_at)
    yield "subject", composite(charge.subject.kind, charge.subject.id)
    if charge.payer_id:
        yield "payer", composite(charge.payer_id, charge.raised_at)
    if charge.state == "due":
        yield "due", composite(charge.place_id, charge.raised_at)


def _document(document: m.Document) -> Index:
    yield "series", composite(document.series_id, str(document.year), f"{document.number:012d}")
    yield "entity", composite(document.entity_id, document.issued_at)
    yield "charge", composite(document.charge_id, document.issued_at)
    if document.payer_id:
        yield "payer", composite(document.payer_id, document.issued_at)


def _space(space: m.Space) -> Index:
    yield "place", composite(space.place_id, space.id)
    if space.person_id:
        yield "person", composite(space.person_id, space.id)


def _session(session: m.Session) -> Index:
    """By the start of each meeting, so that a day of a course is found whenever the course began."""
    for start in sorted({one.period.start for one in session.meetings}) or [session.period.start]:
        yield "place", composite(session.place_id, start)
    for id, start in sorted({(id, one.period.start) for one in session.every_meeting for id in one.facilitator_ids}):
        yield "facilitator", composite(id, start)


def _person(name: str, person_id: str | None, at: datetime) -> Index:
    return [(name, composite(person_id, at))] if person_id else []


def _request(request: m.Request) -> Index:
    yield "at", format_instant(request.at)
    if request.result is not None and request.result.kind == m.Person.kind:
        yield "person", composite(request.result.id, request.at)


_SPECS = (
    KindSpec(m.LegalEntity, "domain", lambda r: [("all", r.id)], steady=True, fields=("all",)),
    KindSpec(m.Place, "domain", lambda r: [("all", r.id)], steady=True, fields=("all",)),
    KindSpec(m.Space, "domain", _space, steady=True, leads=True, fields=("place", "person")),
    KindSpec(m.StandingPage, "domain", steady=True),
    KindSpec(m.OccupancyPage, "domain", lambda r: [("space", r.id)], fields=("space",)),
    KindSpec(
        m.Product, "domain", lambda r: [("entity", composite(r.entity_id, r.id))], steady=True, fields=("entity",)
    ),
    KindSpec(m.PriceList, "domain", lambda r: [("all", r.id)], steady=True, fields=("all",)),
    KindSpec(m.TariffText, "domain", immutable=True),
    KindSpec(
        m.Pass,
        "domain",
        lambda r: [("place", composite(r.place_id, r.sold_at)), *_person("holder", r.holder_id, r.sold_at)],
        fields=("place", "holder"),
    ),
    KindSpec(m.Entitlement, "domain", lambda r: _person("holder", r.holder_id, r.bought_at), fields=("holder",)),
    KindSpec(m.Wallet, "domain"),
    KindSpec(
        m.Visit,
        "domain",
        lambda r: [("place", composite(r.place_id, r.opened_at)), *_person("person", r.person_id, r.opened_at)],
        fields=("place", "person"),
    ),
    KindSpec(m.CodePool, "domain"),
    KindSpec(
        m.Booking,
        "domain",
        lambda r: [
            ("place", composite(r.place_id, r.period.start)),
            ("space", composite(r.space_id, r.period.start)),
            *_person("person", r.person_id, r.period.start),
        ],
        fields=("place", "space", "person"),
    ),
    KindSpec(
        m.BookingSeries,
        "domain",
        lambda r: [
            ("place", composite(r.place_id, r.booked_at)),
            ("space", composite(r.space_id, r.booked_at)),
            *_person("person", r.person_id, r.booked_at),
        ],
        fields=("place", "space", "person"),
    ),
    KindSpec(m.Workshop, "domain", lambda r: [("place", composite(r.place_id, r.id))], steady=True, fields=("place",)),
    KindSpec(m.Session, "domain", _session, schema=2, leads=True, fields=("place", "facilitator")),
    KindSpec(
        m.SessionSeries,
        "domain",
        lambda r: [
            ("place", composite(r.place_id, r.planned_at)),
            ("workshop", composite(r.workshop_id, r.planned_at)),
        ],
        fields=("place", "workshop"),
    ),
    KindSpec(
        m.Registration,
        "domain",
        lambda r: [("session", composite(r.session_id, r.asked_at)), *_person("person", r.person_id, r.asked_at)],
        fields=("session", "person"),
    ),
    KindSpec(m.Training, "domain", lambda r: [("person", composite(r.person_id, r.workshop_id))], fields=("person",)),
    KindSpec(
        m.Sale,
        "domain",
        lambda r: [("subject", composite(r.subject.kind, r.subject.id, r.at))],
        True,
        fields=("subject",),
    ),
    KindSpec(m.Charge, "domain", _charge, fields=("place", "subject", "payer", "due")),
    KindSpec(m.Attempt, "domain", lambda r: [("charge", composite(r.charge_id, r.started_at))], fields=("charge",)),
    KindSpec(m.Refund, "domain", lambda r: [("charge", composite(r.charge_id, r.asked_at))], fields=("charge",)),
    KindSpec(m.LedgerEntry, "domain", lambda r: [("place", composite(r.place_id, r.at))], True, fields=("place",)),
    KindSpec(m.NumberSeries, "domain", lambda r: [("entity", composite(r.entity_id, r.name))], fields=("entity",)),
    KindSpec(m.Document, "domain", _document, True, fields=("series", "entity", "charge", "payer")),
    KindSpec(m.ChargeDocuments, "domain"),
    KindSpec(m.Unique, "domain"),
    KindSpec(m.Meter, "domain"),
    KindSpec(
        m.Override,
        "domain",
        lambda r: [("all", format_instant(r.at)), ("subject", composite(r.subject.kind, r.subject.id))],
        True,
        fields=("all", "subject"),
    ),
    KindSpec(m.Erasure, "domain", lambda r: [("all", format_instant(r.at))], True, fields=("all",)),
    KindSpec(m.Person, "private"),
    KindSpec(m.EmailHolder, "private"),
    KindSpec(m.Addressee, "private", lambda r: _person("person", r.person_id, r.issued_at), fields=("person",)),
    KindSpec(
        m.Answers,
        "private",
        lambda r: [("session", composite(r.session_id, r.asked_at)), *_person("person", r.person_id, r.asked_at)],
        fields=("session", "person"),
    ),
    KindSpec(m.Task, "operational", _task, fields=("due", "dead", "subject")),
    KindSpec(m.Request, "operational", _request, fields=("at", "person")),
    KindSpec(
        m.Quarantined,
        "operational",
        lambda r: [("closed" if r.resolved else "open", format_instant(r.at))],
        fields=("open", "closed"),
    ),
)

KINDS: dict[str, KindSpec] = {spec.cls.kind: spec for spec in _SPECS}
"""All kinds by their name."""
