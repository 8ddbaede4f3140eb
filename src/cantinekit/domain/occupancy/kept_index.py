"""A busy index as text, to be kept in a file, and read back: the claims alone, by which all of it can be made. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import attrs

from cantinekit.clock import format_instant, parse_instant
from cantinekit.domain.occupancy.journal_index import JournalIndex
from cantinekit.domain.occupancy.records import StandingPage
from cantinekit.errors import CantineError
from cantinekit.plugins.ports import JournalEntry

FORMAT = 1
"""The number of the form of the text. A text of another form is not read: the index is made anew."""


@attrs.frozen
class KeptIndex:
    """What is kept of an index.

    Attributes:
        entry: the number of the last journal entry that it was fed.
        mark: what tells that entry from one of the same number in another store.
        since: the instant from which on it knows what is taken.
        claims: the id of the space, that of the claim, and what ``BusyIndex.rows`` gives of it.
        visits: the claims of each longer stay, by the id of the visit.
        upgrades: the claims of each upgrade that is held, by the id of the visit.
    """

    entry: int
    mark: str
    since: datetime
    claims: Sequence[Sequence[Any]]
    visits: dict[str, list[str]]
    upgrades: dict[str, list[str]]

    def index(self, standing: Iterable[StandingPage], now: datetime) -> JournalIndex:
        """The index that was kept.

        Args:
            standing: the standing pages of the spaces, as they are now.
            now: the instant against which holds expire.
        """
        index = JournalIndex()
        index.advance(now)
        for page in standing:
            index.stand(page)
        index.put_rows((space, id, (start, end, units, *rest)) for space, id, start, end, units, *rest in self.claims)
        index.follow(self.visits, self.upgrades)
        index.entry, index.since = self.entry, self.since
        return index


def to_text(index: JournalIndex, mark: str) -> str:
    """The text of an index: a line with its checksum, and one with the rest.

    Args:
        index: the index.
        mark: what tells the last entry that it was fed from one of the same number in another store.
    """
    visits, upgrades = index.followed()
    data = {
        "format": FORMAT,
        "entry": index.entry,
        "mark": mark,
        "since": format_instant(index.since),
        "visits": visits,
        "upgrades": upgrades,
        "claims": [(space_id, claim_id, *row) for space_id, claim_id, row in index.rows()],
    }
    body = json.dumps(data, separators=(",", ":"))
    return f"{sha256(body.encode()).hexdigest()}\n{body}"


def from_text(text: str) -> KeptIndex | None:
    """What ``to_text`` wrote; ``None``: it is damaged, or of another form.

    Args:
        text: the text.
    """
    checksum, _, body = text.partition("\n")
    if checksum != sha256(body.encode(errors="replace")).hexdigest():
        return None
    try:
        data = json.loads(body)
        if data.pop("format") != FORMAT:
            return None
        return KeptIndex(since=parse_instant(data.pop("since")), **data)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError, CantineError):
        return None


def mark_of(entry: JournalEntry | None) -> str:
    """What tells a journal entry from one of the same number in another store; of none, that there is none.

    Args:
        entry: the entry.
    """
    if entry is None:
        return ""
    body = json.dumps(json.loads(entry.body), sort_keys=True)  # a store may give the same value in another spelling
    told = (entry.number, entry.type, format_instant(entry.at), entry.actor, *map(tuple, entry.subjects), body)
    return sha256(repr(told).encode()).hexdigest()
