"""Reading roles: who has which at a legal entity on a day, whom to write to, and who was there on enough days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import attrs

from cantinekit import records as m
from cantinekit.clock import day_bounds, local, parse_instant
from cantinekit.common.arguments import checked
from cantinekit.domain.people.publics import CAME
from cantinekit.errors import InputError
from cantinekit.reads.records import RecordReads
from cantinekit.runtime import codec


@attrs.frozen
class Regular:
    """Somebody who was there on many days.

    Attributes:
        person_id: the person.
        days: on how many different local days they came.
    """

    person_id: str
    days: int


class RoleReads(RecordReads):
    """Answers questions about roles, and about who comes often."""

    @checked
    def roles(self, person_id: str, day: date | None = None) -> tuple[m.Roles, ...]:
        """The roles of a person, by legal entity.

        Args:
            person_id: the person.
            day: only roles that are had on this local day; ``None``: all, past and future ones too.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        return tuple(_on(self._of_person(m.Roles, person_id), day, None))

    @checked
    def roles_at(self, entity_id: str, day: date, *, role: m.RoleName | None = None) -> tuple[m.Roles, ...]:
        """Who has roles at a legal entity on a day, by the id of the person.

        Args:
            entity_id: the legal entity.
            day: the local day.
            role: only this role; ``None``: each of them.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        self._there(m.LegalEntity, entity_id)
        return tuple(_on(self._of(m.Roles, "entity", entity_id), day, role))

    @checked
    def audience(self, entity_id: str, role: m.RoleName, day: date) -> tuple[m.Person, ...]:
        """The people who have a role on a day, to invite or to write to; without those who were forgotten. It is
        personal data.

        Args:
            entity_id: the legal entity.
            role: the role.
            day: the local day.

        Raises:
            NotFoundError: there is no such legal entity.
        """
        found = self.roles_at(entity_id, day, role=role)
        people = self.many(m.Person, [one.person_id for one in found])
        return tuple(one for one in people if one is not None and one.state == "present")

    @checked
    def regulars(
        self, place_ids: Iterable[str], first_day: date, last_day: date, *, at_least: int = 20
    ) -> tuple[Regular, ...]:
        """Who came to places on at least so many different days of a period, by the id of the person; without those who
        were forgotten. It is what statutes may make a right to vote of, and changes nothing.

        A day counts once, whatever the number of visits, and at however many of the places. A visit is of the local day
        on which it began. One that was taken back, or is held, is none.

        Args:
            place_ids: the places.
            first_day: the first local day.
            last_day: the last one, included.
            at_least: how many days, 1 or more.

        Raises:
            NotFoundError: one of the places is not there.
            InputError: the period ends before it begins, or ``at_least`` is less than 1.
        """
        if last_day < first_day or at_least < 1:
            raise InputError("the last day is not before the first one, and at_least is 1 or more")
        days = defaultdict[str, set[date]](set)
        for place_id in place_ids:
            zone = self.need(m.Place, place_id).zone
            start, end = day_bounds(first_day, zone).start, day_bounds(last_day, zone).end
            for row in self._rows(m.Visit, "place", *codec.between(place_id, start, end)):
                visit = codec.peek(row)
                if visit.get("person_id") is not None and visit.get("state", "open") in CAME:
                    days[visit["person_id"]].add(local(parse_instant(visit["opened_at"]), zone).date())
        ids = sorted(id for id, some in days.items() if len(some) >= at_least)
        people = self.many(m.Person, ids)
        return tuple(Regular(one.id, len(days[one.id])) for one in people if one is not None and one.state == "present")


def _on(found: Iterable[m.Roles], day: date | None, role: m.RoleName | None) -> Iterable[m.Roles]:
    """Those who have roles on a day, with these roles only."""
    for one in found:
        given = tuple(
            each for each in one.given if (day is None or each.counts_on(day)) and (role is None or each.role == role)
        )
        if given:
            yield attrs.evolve(one, given=given)
