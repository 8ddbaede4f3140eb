"""What all events share."""

from __future__ import annotations


class Event:
    """The base of all events."""

    __slots__ = ()
