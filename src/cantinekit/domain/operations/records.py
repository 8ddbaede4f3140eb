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
    """Something to carry out after a change: a charge, a refund, a message, an expiry, a document, the
    second step of a narrowing or of forgetting somebody, the decision whether a session takes place.

    ``due`` is when it may run. Whoever runs it holds a lease until ``leased_until``; a lease that ran out is taken
    over. After too many failures it is ``dead`` until somebody replays it. ``tries`` never goes down: it tells whether
    money may have been asked for. ``forgiven`` of them count neither for the pauses nor for giving up: those before it
    was replayed, or before a gateway said that it waits for the payer. ``writes`` is the version of its row.
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
    """A request that was answered: the same key again gets the same record, other content is refused."""

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
    """An observation of a gateway that fits no attempt, or contradicts it. Kept, tried again, never believed."""

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
