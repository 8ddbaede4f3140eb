"""The command by which the system ends what has expired."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Record, Subject, SystemCommand, command


@command
@attrs.frozen(kw_only=True)
class Expire(SystemCommand[Record]):
    """End what has expired: a hold, an offered seat, a stay, the units of an entitlement.

    Nothing changes where its time is not over.

    Attributes:
        subject: the record, of a kind that has a life cycle.

    Raises:
        NotFoundError: there is no such record.
    """

    subject: Subject = attrs.field(kw_only=False)


__all__ = [
    "Expire",
]
