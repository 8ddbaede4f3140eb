"""Operational records: work to carry out, requests that were answered, observations that fit nothing."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import format_instant, instant
from cantinekit.common.fields import is_id, is_one_of, is_text, maybe_instant
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite

WORK = ("charge", "refund", "message", "expire", "narrow", "forget", "quarantine", "document", "decide")
"""What a task may be about."""


@record("operational", fields=("due", "dead", "subject"))
@attrs.frozen
class Task:
    """Work of the outbox: something to carry out after a change.

    Attributes:
        id: id of the record.
        work: what to do, one of ``WORK``: a charge, a refund, a message, an expiry, a document, a second step, a
            decision.
        subject: the record that it is about.
        due: when it may run.
        state: "waiting", "done", or "dead": it failed too often, and waits until a person replays it.
        tries: how often it was tried. It never goes down: it tells whether money may have been asked for.
        leased_until: until when its worker has it; a lease that ran out may be taken over. ``None``: nobody has it.
        problem: the last failure; empty: none.
        template: the template of a message; empty for other work.
        person_id: id of the person who gets a message.
        channel: the number of the notifier.
        request_id: id of the idempotent request that it belongs to.
        writes: the version of its row.
        forgiven: how many of ``tries`` count neither for the backoff nor for giving up: those before it was replayed,
            or before a gateway said that it waits for the payer.
    """

    kind: ClassVar[str] = "task"
    id: str = attrs.field(validator=is_id)
    work: str = attrs.field(validator=is_one_of(*WORK))
    subject: Subject = attrs.field()
    due: datetime = attrs.field(converter=instant)
    state: str = attrs.field(validator=is_one_of("waiting", "done", "dead"), default="waiting")
    tries: int = 0
    leased_until: datetime | None = attrs.field(default=None, converter=maybe_instant)
    problem: str = ""
    template: str = ""
    person_id: str | None = None
    channel: int = 0
    request_id: str | None = None
    writes: int = 1
    forgiven: int = 0

    def index(self) -> Index:
        if self.state == "waiting":
            yield "due", format_instant(self.leased_until or self.due)
        elif self.state == "dead":
            yield "dead", format_instant(self.due)
        yield "subject", composite(self.subject.kind, self.subject.id)


@record("operational", fields=("at", "person"))
@attrs.frozen
class Request:
    """A request that was answered: the same idempotency key again gets the same record, other content is refused.

    Attributes:
        id: a hash of the idempotency key.
        fingerprint: a hash of the content.
        result: the record that was the answer; ``None``: there was none.
        charge_ids: ids of the charges that it made.
        at: when it was answered.
    """

    kind: ClassVar[str] = "request"
    id: str = attrs.field(validator=is_id)
    fingerprint: str = attrs.field(validator=is_id)
    result: Subject | None = attrs.field()
    charge_ids: tuple[str, ...] = ()
    at: datetime = attrs.field(converter=instant, kw_only=True)

    def index(self) -> Index:
        yield "at", format_instant(self.at)
        if self.result is not None and self.result.kind == "person":
            yield "person", composite(self.result.id, self.at)


@record("operational", fields=("open", "closed"))
@attrs.frozen
class Quarantined:
    """An observation of a gateway that fits no attempt, or contradicts it. It is kept and tried again, and never
    believed.

    Attributes:
        id: id of the record.
        account: the gateway account that it came from.
        why: why it does not fit.
        at: when it came.
        observation: what the gateway said, as JSON.
        resolved: whether it was matched or dismissed since.
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
]
