"""What a command came to, as its caller is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cantinekit import codec
from cantinekit._engine import Done
from cantinekit.decisions import PriceQuote
from cantinekit.model import Attempt, Charge, Record
from cantinekit.ports import JournalEntry, Key
from cantinekit.reports import Reader


@attrs.frozen
class Outcome:
    """What a command came to.

    ``value`` is the record that it is about, as it is now. ``quote`` is the price with its reasons, ``charges`` what is
    owed or was paid, ``messages`` what is sent (template, person id), ``events`` the journal entries. ``replayed``: the
    request was answered before, and this is the same record as it is now. ``next_url`` is the page of the gateway to
    which the person has to be sent, where there is one.
    """

    value: Any
    quote: PriceQuote | None = None
    charges: tuple[Charge, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()
    events: tuple[JournalEntry, ...] = ()
    replayed: bool = False
    next_url: str | None = None


def outcome_of(reader: Reader, done: Done, followed: Sequence[Done]) -> Outcome:
    """The outcome of what was done and of what followed from it, as it can be read now."""
    every = (*done.before, done, *followed)
    worked = any(task.leased_until is not None and task.work != "message" for one in every for task in one.tasks)
    known = {} if worked else done.records  # work that followed may have changed them, here or by another's hand
    ids = list(dict.fromkeys(id for one in every for id in one.charge_ids))
    charges = tuple(charge for charge in _look(reader, known, Charge, ids) if charge is not None)
    due = [charge.attempt_ids[-1] for charge in charges if charge.state == "due" and charge.attempt_ids]
    attempts = _look(reader, known, Attempt, due)
    told = [task for one in every for task in one.tasks if task.work == "message" and task.channel == 0]
    return Outcome(
        value=_look(reader, known, codec.KINDS[done.value.kind].cls, [done.value.id])[0],
        quote=done.price,
        charges=charges,
        messages=tuple((task.template, task.person_id or "") for task in told),
        events=tuple(entry for one in every for entry in one.entries),
        replayed=done.replayed,
        next_url=next((one.next_url for one in attempts if one is not None and one.next_url), None),
    )


def _look(reader: Reader, known: Mapping[Key, Record | None], cls: Any, ids: Sequence[str]) -> list[Any]:
    """Records by their ids: those that are known, and the others from the store."""
    missing = [id for id in ids if Key(cls.kind, id) not in known]
    found = dict(zip(missing, reader.many(cls, missing), strict=True)) if missing else {}
    return [known[key] if (key := Key(cls.kind, id)) in known else found[id] for id in ids]
