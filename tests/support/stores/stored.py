"""What the walk of ``stored_scenes`` stores, byte for byte, kept in a file.

``python tests/support stores.stored`` writes the file anew. That is wanted only where a decision allows that
other bytes are stored than before.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from cantinekit.cantine import fold
from cantinekit.clock import format_instant, parse_instant
from cantinekit.events import EVENTS
from cantinekit.plugins.ports import JournalEntry, Key, Row
from cantinekit.runtime import codec
from support.houses import small_house
from support.stores import stored_scenes

TESTS = next(folder for folder in Path(__file__).parents if folder.name == "tests")
PATH = TESTS / "data" / "walk.jsonl.gz"
BEFORE = TESTS / "data" / "walk-before.jsonl.gz"
"""The walk as the version before stored it, in which a product said what a pass gives and how long it lasts."""
UNUSED = {
    "MetersReturned.charge_id",
    "MetersReturned.moves",
    "charge.meters",
    "entitlement.priority",
    "task.leased_until",
}
"""The fields that have their default throughout the walk: what only a charge of an earlier version has, which is in
``counted-on-charges.sql.gz``; the priority of an entitlement, which only an earlier version gave (``walk-before``);
and the lease of a task, which ends before the house is looked at."""


@attrs.frozen
class Stored:
    """All that a house has stored: its rows by their key, and its journal."""

    rows: Mapping[Key, Row]
    journal: tuple[JournalEntry, ...]

    def of_journal(self) -> dict[Key, Row]:
        """The rows of the kinds that the journal makes."""
        return {key: row for key, row in self.rows.items() if codec.KINDS[key.kind].kind_class == "domain"}

    def folded(self) -> dict[Key, Row]:
        """The rows that the journal makes, at the versions that are stored, since it does not tell any."""
        records = fold(self.journal).records
        versions = {key: row.version for key, row in self.rows.items()}
        return {key: codec.encode(one, versions.get(key, 0)) for key, one in records.items() if one is not None}

    def differs(self, other: Stored) -> list[object]:
        """What one of the two has and the other has not."""
        mine, theirs = ({*one.rows.values(), *one.journal} for one in (self, other))
        return sorted(mine ^ theirs, key=str)


def unused(houses: Iterable[Stored]) -> set[str]:
    """The fields of kinds and events that have their default wherever they occur, and the types that do not occur."""
    found: set[str] = set()
    for stored in houses:
        for name, one in [
            *((key.kind, row) for key, row in stored.rows.items()),
            *((e.type, e) for e in stored.journal),
        ]:
            found.update(f"{name}.{field}" for field in json.loads(one.body))
    types = {**{kind: spec.cls for kind, spec in codec.KINDS.items()}, **EVENTS}
    return {f"{name}.{field.alias}" for name, cls in types.items() for field in attrs.fields(cls)} - found


def written_again(one: Row | JournalEntry) -> Row | JournalEntry:
    """A row or an entry, read and written once more."""
    if isinstance(one, Row):
        return codec.encode(codec.decode(one), one.version)
    entry = codec.encode_event(codec.decode_event(one), one.at, one.actor, one.subjects)
    return attrs.evolve(entry, number=one.number)


def but_for_new_index(one: Row | JournalEntry) -> Row | JournalEntry:
    """A row or an entry; a charge without the index of what is owed, a person without that of names, and a booking
    without that of what it left, which no store of before has.
    """
    if not isinstance(one, Row):
        return one
    new = {"charge": ("owed",), "person": ("name", "word"), "booking": ("left",)}.get(one.kind, ())
    return attrs.evolve(one, index=tuple(value for value in one.index if value[0] not in new))


def walked(name: str) -> Stored:
    """What a house of the walk has stored today."""
    return Stored(*small_house.snapshot(stored_scenes.walk(name).storage))


# --- the file --------------------------------------------------------------------------------------------------------


def to_lines(houses: Mapping[str, Stored]) -> Iterable[str]:
    """The houses as lines of JSON: their names, then each row and each entry with the numbers of its houses."""
    found: dict[Row | JournalEntry, list[int]] = {}
    for number, stored in enumerate(houses.values()):
        for one in (*sorted(stored.rows.values(), key=lambda row: row.key), *stored.journal):
            found.setdefault(one, []).append(number)
    yield json.dumps(list(houses))
    for one, numbers in found.items():
        if isinstance(one, Row):
            told = [one.kind, one.id, one.version, one.body, one.index]
        else:
            told = [one.number, one.type, format_instant(one.at), one.actor, one.subjects, one.body]
        yield json.dumps([numbers, *told], ensure_ascii=False)


def from_lines(lines: Iterable[str]) -> dict[str, Stored]:
    """The houses of such lines."""
    names, *told = map(json.loads, lines)
    rows: list[dict[Key, Row]] = [{} for _ in names]
    journals: list[list[JournalEntry]] = [[] for _ in names]
    for numbers, first, *rest in told:
        if isinstance(first, str):
            id, version, body, index = rest
            row = Row(first, id, version, body, tuple(map(tuple, index)))
            for number in numbers:
                rows[number][row.key] = row
        else:
            type, at, actor, subjects, body = rest
            keys = tuple(Key(*key) for key in subjects)
            entry = JournalEntry(type, parse_instant(at), actor, keys, body, first)
            for number in numbers:
                journals[number].append(entry)
    ordered = (tuple(sorted(journal, key=lambda entry: entry.number)) for journal in journals)
    return {name: Stored(*found) for name, *found in zip(names, rows, ordered, strict=True)}


def read(path: Path | None = None) -> dict[str, Stored]:
    """The houses of a file; of ``PATH`` where none is named."""
    return from_lines(gzip.decompress((path or PATH).read_bytes()).decode().splitlines())


def write(houses: Mapping[str, Stored]) -> None:
    """Write the file; the same houses make the same file."""
    text = "".join(f"{line}\n" for line in to_lines(houses))
    PATH.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    write({name: walked(name) for name in stored_scenes.WALK})
    print(f"{PATH}: {PATH.stat().st_size:,} bytes")
