"""What the house tells of itself while it works: structured logs, and spans of OpenTelemetry where the host has it.

Neither tells who did what: names of commands and of kinds, ids of tasks, counts, durations and outcomes, and no text
that anybody wrote, no secret, no amount and no id of a person. ``EVENTS`` and ``FACTS`` are all that there is.
"""

from __future__ import annotations

import logging
import sys
import time
from types import TracebackType
from typing import Any, Literal, Protocol, get_args

from cantinekit.errors import RefusedError

EVENTS = {
    "command.done": "DEBUG: a command was carried out, or answered from before",
    "command.refused": "INFO: a command was understood and refused; its caller was told why",
    "command.failed": "INFO: a command failed; its caller got the error",
    "task.done": "DEBUG: a task of the outbox was carried out",
    "task.refused": "INFO: what a task does was refused",
    "task.failed": "INFO: what a task does failed",
    "task.retried": "WARNING: a task failed and will be tried again",
    "task.dead": "WARNING: a task was given up: it waits until somebody replays it",
    "task.broken": "ERROR: a task failed in this library, with the places in the code",
    "task.taken_over": "WARNING: another worker had taken a task over, and it is theirs to end",
    "task.shared": "INFO: another worker has one of several tasks",
    "run.done": "INFO, or DEBUG where nothing was due: a run of the due tasks ended",
    "gateway.done": "DEBUG: a gateway answered",
    "gateway.failed": "INFO: a gateway did not answer, or refused the request",
    "gateway.unknown": "WARNING: what became of a payment is not known: it was given up, or its payer asks",
    "observation.quarantined": "WARNING: what a gateway says fits nothing, and is kept for somebody to explain",
    "observation.repeated": "INFO: an observation is in quarantine already",
    "notifier.done": "DEBUG: a notifier took a message",
    "notifier.failed": "INFO: a notifier did not take a message",
    "invitation.left_out": "WARNING: a message went without an invitation, which a calendar could not say",
    "link.left_out": "WARNING: a message went without a link, which the host's own code did not give",
    "plugin.loaded": "INFO: a plug-in was loaded",
    "plugin.left_out": "INFO: a plug-in was left out",
    "hook.failed": "ERROR: a hook of a plug-in failed; nothing else was affected",
}
"""All events by their names, each with its level and what it means."""
FACTS = {
    "event": "the name of the event",
    "command": "the type of a command, such as Book",
    "outcome": "done, replayed, refused, failed; of a try also stale or prerequisite; of a gateway its answer",
    "error": "the class of the error",
    "tries": "how often a command was decided, or a task begun",
    "batches": "how many times a command read rows",
    "rows": "how many rows a batch asked for",
    "stored": "how many journal entries a command stored",
    "tasks": "how many tasks a command stored, or how many there are",
    "task_id": "the id of a task",
    "work": "what a task does",
    "kind": "the kind of the record that a task is about",
    "late_ms": "how long after it was due a task was begun, in milliseconds",
    "problem": "why a task failed, in a word",
    "account": "the name of a gateway account",
    "call": "what a gateway is asked: charge, refund, lookup or read_webhook",
    "channel": "the number of a notifier",
    "template": "the name of a message",
    "why": "why an observation is in quarantine",
    "done": "how many tasks were carried out",
    "retried": "how many tasks failed and will be tried again",
    "dead": "how many tasks were given up",
    "ms": "how long it took, in milliseconds",
}
"""All that an event or a span may have, by name. In spans each is called ``cantinekit.`` and the name."""
Name = Literal["command", "try", "batch", "task", "gateway", "notifier"]
SPANS: tuple[Name, ...] = get_args(Name)
"""The spans, each called ``cantinekit.`` and the name."""
_API = "opentelemetry.trace"


def tell(log: logging.Logger, level: int, event: str, message: str, *args: object, **facts: object) -> None:
    """Log an event with its facts, as attributes of the log record.

    Args:
        log: the logger.
        level: the level.
        event: its name, one of ``EVENTS``.
        message: a text for people, with places for ``args``.
        *args: what goes into the text.
        **facts: what is known of it, each one of ``FACTS``.
    """
    log.log(level, message, *args, extra={"event": event, **facts}, stacklevel=2)


class Step(Protocol):
    """Something that the house does, from its begin to its end."""

    def __enter__(self) -> Step: ...

    def __exit__(self, cls: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """End it; what was raised goes on."""
        ...

    def note(self, **facts: Any) -> None:
        """Say more of it.

        Args:
            **facts: what is known by now, each one of ``FACTS``.
        """
        ...

    def count(self, name: str, more: int = 1) -> None:
        """Add to a number.

        Args:
            name: the fact, one of ``FACTS``.
            more: how much.
        """
        ...


class _Nothing:
    """A step that nobody hears of."""

    def __enter__(self) -> Step:
        return self

    def __exit__(self, cls: object, error: object, trace: object) -> None:
        pass

    def note(self, **facts: Any) -> None:
        pass

    def count(self, name: str, more: int = 1) -> None:
        pass


NOTHING: Step = _Nothing()


class _Told:
    """A step that is told of when it ends."""

    __slots__ = ("_began", "_facts", "_held", "_log", "_name", "_span")

    def __init__(self, name: str, log: logging.Logger | None, tracer: Any, facts: dict[str, Any]) -> None:
        self._name, self._log, self._facts = name, log, facts
        self._held = tracer and tracer.start_as_current_span(
            f"cantinekit.{name}", record_exception=False, set_status_on_exception=False
        )
        self._span: Any = None

    def __enter__(self) -> Step:
        self._began = time.perf_counter()
        self._span = self._held and self._held.__enter__()
        return self

    def note(self, **facts: Any) -> None:
        self._facts.update(facts)

    def count(self, name: str, more: int = 1) -> None:
        self._facts[name] = self._facts.get(name, 0) + more

    def __exit__(self, cls: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        facts = self._facts
        if cls is not None:  # the class of an error and never its text, which may say who somebody is
            facts["error"] = cls.__name__
            facts.setdefault("outcome", "refused" if issubclass(cls, RefusedError) else "failed")
        facts.setdefault("outcome", "done")
        if self._held:
            self._span.set_attributes({f"cantinekit.{name}": value for name, value in facts.items()})
            if facts["outcome"] == "failed":
                self._span.set_status(sys.modules[_API].StatusCode.ERROR)
            self._held.__exit__(None, None, None)
        if self._log is not None:
            end = "done" if cls is None else "refused" if issubclass(cls, RefusedError) else "failed"
            level = logging.DEBUG if cls is None else logging.INFO
            ms = round((time.perf_counter() - self._began) * 1000, 3)
            what = facts.get("command") or facts.get("work") or facts.get("call") or facts.get("template")
            args = self._name, what, facts["outcome"], ms
            tell(self._log, level, f"{self._name}.{end}", "%s %s: %s in %s ms", *args, ms=ms, **facts)


def tracer() -> Any:
    """The tracer of OpenTelemetry where the host has set a provider; ``None`` without, which costs one look.

    The host that wants spans has imported the package and set its provider. So it is never imported here.
    """
    api = sys.modules.get(_API)
    if api is None or isinstance(provider := api.get_tracer_provider(), api.ProxyTracerProvider):
        return None
    return provider.get_tracer("cantinekit")


def step(name: Name, log: logging.Logger | None = None, **facts: Any) -> Step:
    """Begin something that is told of when it ends: as a span, and with a logger as an event. It is a context manager.

    Args:
        name: what it is.
        log: the logger that is told; ``None``: it is a span only.
        **facts: what is known of it, each one of ``FACTS``.
    """
    spans = tracer()
    heard = log if log is not None and log.isEnabledFor(logging.INFO) else None
    return NOTHING if spans is None and heard is None else _Told(name, heard, spans, facts)
