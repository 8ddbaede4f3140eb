"""Operational records: tasks (the outbox), answered requests, and quarantined observations of gateways."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import format_instant, instant
from cantinekit.common.fields import is_id, is_text, is_word, maybe_instant
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite

TaskWork = Literal[
    "charge", "refund", "message", "expire", "narrow", "forget", "quarantine", "document", "decide", "seal", "remind"
]
"""What a task does.

``charge`` and ``refund`` ask a gateway, ``message`` a notifier. ``expire`` ends what is over, ``decide`` decides if a
session takes place, ``document`` issues a receipt, ``seal`` seals a closed period. ``narrow`` and ``forget`` are second
steps, which confirm or withdraw what was announced. ``quarantine`` looks again at an observation. ``remind`` reminds
somebody of what they have, or plans that.
"""
TaskState = Literal["waiting", "done", "dead"]
"""``waiting`` for its turn or its next try, ``done``, or ``dead``: given up until somebody replays it."""


@record("operational", fields=("due", "dead", "subject"))
@attrs.frozen
class Task:
    """A task of the outbox: something to carry out after the change that it was stored with.

    Attributes:
        id: its id.
        work: what it does.
        subject: the record that it is about.
        due: when it may run, in UTC.
        state: ``waiting``, ``done``, or ``dead``: given up after too many failures, until somebody replays it.
        tries: how often it was begun; never goes down, since it tells whether money may have been asked for.
        leased_until: until when somebody is carrying it out, in UTC; a lease that ran out is taken over; ``None``
            without one.
        problem: the last failure; empty without one.
        template: the template of a message; empty for other work.
        person_id: who gets a message, ``None`` for other work.
        channel: the number of the notifier that sends a message, from 0.
        request_id: the request that is forgotten if this second step refuses it, ``None`` for other work.
        writes: how often its row was written, which is the version of the row.
        forgiven: how many of the tries count neither for the backoff nor for giving up: those before a replay, and
            those before a gateway said that it waits for the payer.
        start: the moment that a reminder, or the message of one, is of, in UTC: when a booking, a session or a meeting
            of a course begins, when a pass ends; ``None`` for other work, and of a message that an earlier version
            stored, which did not keep it.

    Index:
        due: when it may run; while it waits.
        dead: when it was last due; while it is dead.
        subject: kind, id.
    """

    kind: ClassVar[str] = "task"
    id: str = attrs.field(validator=is_id)
    work: TaskWork = attrs.field(validator=is_word(TaskWork))
    subject: Subject = attrs.field()
    due: datetime = attrs.field(converter=instant)
    state: TaskState = attrs.field(validator=is_word(TaskState), default="waiting")
    tries: int = 0
    leased_until: datetime | None = attrs.field(default=None, converter=maybe_instant)
    problem: str = ""
    template: str = ""
    person_id: str | None = None
    channel: int = 0
    request_id: str | None = None
    writes: int = 1
    forgiven: int = 0
    start: datetime | None = attrs.field(default=None, converter=maybe_instant)

    def index(self) -> Index:
        if self.state == "waiting":
            yield "due", format_instant(self.leased_until or self.due)
        elif self.state == "dead":
            yield "dead", format_instant(self.due)
        yield "subject", composite(self.subject.kind, self.subject.id)


@record("operational", fields=("at", "person"))
@attrs.frozen
class Request:
    """A request that was answered: the same key again gets the same answer, with another content it is refused.

    Attributes:
        id: the hash of the actor, the type of the command and the idempotency key.
        fingerprint: the hash of the content of the command.
        result: the record that the answer is about; this version of the library never stores ``None``.
        charge_ids: the charges of the answer.
        refund_ids: the refunds that it asked for.
        at: when it was answered, in UTC.

    Index:
        at: at.
        person: id of the person or the organisation, at; where the answer is one.
    """

    kind: ClassVar[str] = "request"
    id: str = attrs.field(validator=is_id)
    fingerprint: str = attrs.field(validator=is_id)
    result: Subject | None = attrs.field()
    charge_ids: tuple[str, ...] = ()
    refund_ids: tuple[str, ...] = ()
    at: datetime = attrs.field(converter=instant, kw_only=True)

    def index(self) -> Index:
        yield "at", format_instant(self.at)
        if self.result is not None and self.result.kind in ("person", "organisation"):
            yield "person", composite(self.result.id, self.at)


@record("operational", fields=("open", "closed"))
@attrs.frozen
class Quarantined:
    """An observation of a gateway that fits no attempt, or contradicts it. It is kept and tried again, never believed.

    Attributes:
        id: the hash of the account and of the id of the event, or else of the observation, so that it is kept once.
        account: the gateway account.
        why: what is wrong with it, at most 500 characters.
        at: when it was kept, in UTC.
        observation: the observation as JSON, at most 20,000 characters.
        resolved: whether a later try found what it belongs to.

    Index:
        open: at; until it fits.
        closed: at; once it fitted.
    """

    kind: ClassVar[str] = "quarantine"
    id: str = attrs.field(validator=is_id)
    account: str = attrs.field(validator=is_id)
    why: str = attrs.field(validator=is_text(500))
    at: datetime = attrs.field(converter=instant)
    observation: str = attrs.field(validator=is_text(20_000))
    resolved: bool = False

    def index(self) -> Index:
        yield ("closed" if self.resolved else "open"), format_instant(self.at)


__all__ = [
    "Quarantined",
    "Request",
    "Task",
    "TaskState",
    "TaskWork",
]
