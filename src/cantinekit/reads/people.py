"""A copy of all that is stored about a person or an organisation, to hand over: Regulation (EU) 2016/679, articles 15
and 20.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from cantinekit import records as m
from cantinekit.clock import format_instant
from cantinekit.reads.reader import Reader
from cantinekit.runtime import codec

FORMAT = "cantinekit person export 1"
ORGANISATION_FORMAT = "cantinekit organisation export 1"
_NAMED: tuple[tuple[str, type[Any], str], ...] = (
    ("place_id", m.Place, "name"),
    ("space_id", m.Space, "name"),
    ("product_id", m.Product, "name"),
    ("entity_id", m.LegalEntity, "name"),
    ("workshop_id", m.Workshop, "title"),
)


@attrs.frozen
class PersonExport:
    """What is stored about a person at an instant.

    Attributes:
        at: the instant.
        person: the record of the person.
        records: the records by kind, each kind in the order of its index: passes, units, visits, bookings, seats,
            answers, charges, the space that makes them a facilitator, and with them the sessions, prices, attempts to
            pay, refunds and messages (which template, when; texts are not stored).
        names: for each kind the names of what the records point at, by id.
    """

    at: datetime
    person: m.Person
    records: Mapping[str, tuple[m.Record, ...]]
    names: Mapping[str, Mapping[str, str]]

    def data(self) -> dict[str, Any]:
        """The export as JSON data: instants as UTC texts, amounts as [minor units, currency], no field left out."""
        return {
            "format": FORMAT,
            "at": format_instant(self.at),
            "person": codec.to_whole_json(self.person),
            **_data(self.records, self.names),
        }

    def to_json(self) -> str:
        """The export as a JSON text."""
        return json.dumps(self.data(), ensure_ascii=False, indent=2)


@attrs.frozen
class OrganisationExport:
    """What is stored about an organisation at an instant.

    Attributes:
        at: the instant.
        organisation: the record of the organisation.
        records: the records by kind, each kind in the order of its index: passes, units, charges, documents and whom
            they were addressed to, affiliations, and with them the prices, attempts to pay, refunds and messages (which
            template, when; texts are not stored).
        names: for each kind the names of what the records point at, by id.
    """

    at: datetime
    organisation: m.Organisation
    records: Mapping[str, tuple[m.Record, ...]]
    names: Mapping[str, Mapping[str, str]]

    def data(self) -> dict[str, Any]:
        """The export as JSON data: instants as UTC texts, amounts as [minor units, currency], no field left out."""
        return {
            "format": ORGANISATION_FORMAT,
            "at": format_instant(self.at),
            "organisation": codec.to_whole_json(self.organisation),
            **_data(self.records, self.names),
        }

    def to_json(self) -> str:
        """The export as a JSON text."""
        return json.dumps(self.data(), ensure_ascii=False, indent=2)


def _data(records: Mapping[str, tuple[m.Record, ...]], names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {
        "records": {kind: [codec.to_whole_json(one) for one in some] for kind, some in records.items()},
        "names": {kind: dict(of_kind) for kind, of_kind in names.items()},
    }


def export_person(read: Reader, person_id: str, now: datetime) -> PersonExport:
    """Collect what is stored about a person.

    Args:
        read: reads the records.
        person_id: the person.
        now: the present instant.

    Raises:
        NotFoundError: there is nobody with this id.
    """
    person = read.need(m.Person, person_id)
    return PersonExport(now, person, *_about(read, person_id, person.lang))


def export_organisation(read: Reader, organisation_id: str, now: datetime) -> OrganisationExport:
    """Collect what is stored about an organisation.

    Args:
        read: reads the records.
        organisation_id: the organisation.
        now: the present instant.

    Raises:
        NotFoundError: there is no such organisation.
    """
    organisation = read.need(m.Organisation, organisation_id)
    affiliations = tuple(_of(read, m.Affiliation, "organisation", organisation_id))
    records, names = _about(read, organisation_id, organisation.lang)
    if affiliations:
        records[m.Affiliation.kind] = affiliations
    return OrganisationExport(now, organisation, records, names)


def _about(
    read: Reader, person_id: str, lang: m.Lang
) -> tuple[dict[str, tuple[m.Record, ...]], dict[str, dict[str, str]]]:
    """The records about a person or an organisation by kind, and the names of what they point at."""
    own = [one for kind in m.kinds_of_person() for one in _of(read, kind.cls, kind.person or "", person_id)]
    own += _of(read, m.Sponsorship, "beneficiary", person_id)  # what they pay for others is among theirs already
    attended = _named(read, m.Session, (one.session_id for one in own if isinstance(one, m.Registration)))
    theirs = [
        one for space in own if isinstance(space, m.Space) for one in _of(read, m.Session, "facilitator", space.id)
    ]
    sessions = list({one.id: one for one in (*attended, *theirs)}.values())
    charges = [one for one in own if isinstance(one, m.Charge)]
    money: list[Any] = [
        *(one for charge in charges for cls in (m.Attempt, m.Refund) for one in _of(read, cls, "charge", charge.id)),
        *(sale for one in own for sale in _of(read, m.Sale, "subject", codec.composite(one.kind, one.id))),
    ]
    about = [*own, *theirs, *(one for one in money if isinstance(one, m.Refund))]
    told = [task for one in about for task in _messages(read, one, person_id)]
    by_kind: dict[str, list[m.Record]] = {}
    for one in (*own, *sessions, *money, *told):
        by_kind.setdefault(one.kind, []).append(one)
    records = {kind: tuple(some) for kind, some in by_kind.items()}
    names = _names(read, [*own, *sessions])
    if sessions:
        titles = names.get(m.Workshop.kind, {})
        names[m.Session.kind] = {one.id: m.titled(titles.get(one.workshop_id, ""), one, lang) for one in sessions}
    return records, names


def _of(read: Reader, cls: type[Any], field: str, prefix: str) -> Iterator[Any]:
    return read.find(cls, field, *codec.between(prefix))


def _messages(read: Reader, one: m.Record, person_id: str) -> Iterator[m.Task]:
    tasks = read.find(m.Task, "subject", eq=codec.composite(one.kind, one.id))
    return (task for task in tasks if task.work == "message" and task.person_id == person_id)


def _named(read: Reader, cls: type[Any], ids: Iterable[str | None]) -> list[Any]:
    wanted = list(dict.fromkeys(id for id in ids if id is not None))
    return [one for one in read.many(cls, wanted) if one is not None]


def _names(read: Reader, records: list[Any]) -> dict[str, dict[str, str]]:
    return {
        cls.kind: {one.id: getattr(one, name) for one in found}
        for field, cls, name in _NAMED
        if (found := _named(read, cls, (getattr(record, field, None) for record in records)))
    }
