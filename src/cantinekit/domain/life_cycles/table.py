"""Paying what is due, giving money back, and what gateways say; what has run out is ended here too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.state import Reads, State


class Lifecycle(NamedTuple):
    """What becomes of something that is sold: what that takes to read; when it is paid, is not, or ends."""

    read: Callable[[State, str, datetime], Reads]
    awaits: Callable[[Draft, Subject, str], bool]
    fulfil: Callable[[Draft, Subject, str], None]
    lapse: Callable[[Draft, Subject, str], None]
    expire: Callable[[Draft, Subject], None]


def _nothing(draft: Draft, subject: Subject) -> None:
    """It never runs out."""
