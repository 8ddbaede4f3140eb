"""Reading the visits of a person."""

from __future__ import annotations

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.reads.records import RecordReads


class VisitReads(RecordReads):
    """Answers questions about visits."""

    @checked
    def visits(self, person_id: str) -> tuple[m.Visit, ...]:
        """The visits of a person, the oldest first.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        self._there(m.Person, person_id)
        return tuple(self._of(m.Visit, "person", person_id))
