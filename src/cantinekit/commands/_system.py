"""What the system does by itself: commands that follow from what was stored."""

from __future__ import annotations

import attrs

from cantinekit.commands._base import Command
from cantinekit.model import Subject
from cantinekit.model._fields import is_one_of


class SystemCommand(Command):
    """A command that follows from what was stored; a host has no need to give it."""

    __slots__ = ()


@attrs.frozen
class Expire(SystemCommand):
    """End what has expired: a hold, an offered seat, the units of an entitlement."""

    subject: Subject


@attrs.frozen
class SettleNarrowing(SystemCommand):
    """Look at what is booked, and confirm an announced narrowing or withdraw it."""

    space_id: str


@attrs.frozen
class SettleForgetting(SystemCommand):
    """Look at what is open of a person who is to be forgotten, and forget the person or let them stay."""

    person_id: str


@attrs.frozen
class DecideSession(SystemCommand):
    """Decide whether a session with a minimum takes place, once that is due; whoever pays just then is waited for."""

    session_id: str


@attrs.frozen
class ObserveCharge(SystemCommand):
    """Record what a gateway says of an attempt to charge."""

    attempt_id: str
    state: str = attrs.field(validator=is_one_of("started", "pending", "settled", "declined"))
    captured: int = 0
    reference: str = ""
    reason: str = ""
    next_url: str | None = None


@attrs.frozen
class ObserveRefund(SystemCommand):
    """Record what a gateway says of a refund."""

    refund_id: str
    state: str = attrs.field(validator=is_one_of("started", "settled", "declined"))
    reference: str = ""
