"""Reading organisations: who belongs to them, what they hold and what they owe."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.reads.records import RecordReads


@attrs.frozen
class OrganisationAccount:
    """What an organisation holds and owes.

    Attributes:
        organisation: the organisation.
        passes: the passes that it holds and that are active, in the order of their sale.
        due: the charges that it owes, the oldest first; ``Charge.outstanding`` says how much of each.
    """

    organisation: m.Organisation
    passes: tuple[m.Pass, ...]
    due: tuple[m.Charge, ...]


class OrganisationReads(RecordReads):
    """Answers questions about organisations."""

    @checked
    def members(self, organisation_id: str, day: date) -> tuple[m.Affiliation, ...]:
        """Who belongs to an organisation on a local day, in the order in which they were entered.

        Args:
            organisation_id: the organisation.
            day: the day.

        Raises:
            NotFoundError: there is no such organisation.
        """
        self._there(m.Organisation, organisation_id)
        found = self._of(m.Affiliation, "organisation", organisation_id)
        return self._in_order((one for one in found if one.counts_on(day)), lambda one: one.made_at)

    @checked
    def organisations(self, person_id: str, day: date | None = None) -> tuple[m.Affiliation, ...]:
        """The organisations to which a person belongs, as affiliations, in the order in which they were entered.

        Args:
            person_id: the person.
            day: the local day; ``None``: those of all days.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        found = self._of(m.Affiliation, "person", person_id)
        return self._in_order((one for one in found if day is None or one.counts_on(day)), lambda one: one.made_at)

    @checked
    def organisation_account(self, organisation_id: str) -> OrganisationAccount:
        """What an organisation holds and owes. ``statement`` has all that it was charged, ``balance`` its units.

        Args:
            organisation_id: the organisation.

        Raises:
            NotFoundError: there is no such organisation.
        """
        organisation = self.need(m.Organisation, organisation_id)
        held = (one for one in self._of(m.Pass, "holder", organisation_id) if one.state == "active")
        due = (one for one in self._of(m.Charge, "payer", organisation_id) if one.state == "due")
        return OrganisationAccount(
            organisation,
            self._in_order(held, lambda one: one.sold_at),
            self._in_order(due, lambda one: one.raised_at),
        )
