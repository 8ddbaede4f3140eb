"""What the system does by itself: commands that follow from what was stored."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Record, Subject, SystemCommand, command


@command
@attrs.frozen
class Expire(SystemCommand[Record]):
    """End what has expired: a hold, an offered seat, the units of an entitlement."""

    subject: Subject


__all__ = [
    "Expire",
]
