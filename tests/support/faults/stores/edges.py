"""Stores with one planted fault each: sizes, borders of texts, values that are alike, and whose a value is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Page, Row
from support.faults.stores.find import Naive
from support.faults.stores.good_store import Good, mapped

# --- sizes and numbers ---


class VersionsOf32Bits(Good):
    """Of a version the lower 32 bits are compared."""

    def apply(self, change: Change) -> None:
        def cut(version: int) -> int:
            return version if version < 2**32 else version % 2**32 or 2**32

        guards, removes = (
            tuple(Guard(key, cut(n)) for key, n in part) if max((n for _, n in part), default=0) < 2**63 else part
            for part in (change.guards, change.removes)
        )
        super().apply(attrs.evolve(change, guards=guards, removes=removes))


class NumbersOf32Bits(Good):
    """The journal is read after the lower 32 bits of a number."""

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        return super().journal(subject=subject, after=after % 2**32 if after < 2**62 else after, limit=limit)


class GuardsUpTo300(Good):
    """Only the first 300 guards and removes of a change are compared."""

    def apply(self, change: Change) -> None:
        held = [Guard(key, self.version(key) or n) for key, n in change.removes[300:]]
        removes = (*change.removes[:300], *held)
        super().apply(attrs.evolve(change, guards=change.guards[:300], removes=removes))


class EventsUpTo1000(Good):
    """Of the journal entries of a change the first thousand are stored."""

    def apply(self, change: Change) -> None:
        events = change.events if len(change.events) > 10_000 else tuple(change.events)[:1_000]
        super().apply(attrs.evolve(change, events=events))


class SubjectsUpTo100(Good):
    """An entry has a hundred subjects at most."""

    def apply(self, change: Change) -> None:
        events = tuple(attrs.evolve(e, subjects=e.subjects[:100]) for e in change.events)
        super().apply(attrs.evolve(change, events=events))


class LoadsEachKeyOnce(Good):
    """A large load gives a key that is asked twice in its first place only."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        if len(keys) < 1_000:
            return super().load(keys)
        given: set[Key] = set()
        return [
            None if key in given else given.add(key) or row for key, row in zip(keys, super().load(keys), strict=True)
        ]


class CutsDepth(Good):
    """What is deeper than 64 in a body is left out."""

    def apply(self, change: Change) -> None:
        def cut(value: Any, left: int) -> Any:
            if isinstance(value, dict):
                return {name: cut(item, left - 1) for name, item in value.items()} if left else None
            if isinstance(value, list):
                return [cut(item, left - 1) for item in value] if left else None
            return value

        super().apply(rewritten(change, lambda body: cut(body, 64)))


class CutsIntegers(Good):
    """Integers of more than 38 digits are rounded, as in a decimal column."""

    def apply(self, change: Change) -> None:
        def cut(value: Any) -> Any:
            if isinstance(value, int) and abs(value) >= 10**38:
                return value // 10**300 * 10**300 if abs(value) > 10**300 else value - value % 10
            return value

        super().apply(rewritten(change, lambda body: walked(body, cut)))


class CutsKinds(Good):
    """Of a kind, a field or a type the first 128 bytes count."""

    def apply(self, change: Change) -> None:
        events = tuple(attrs.evolve(e, type=cut_bytes(e.type, 128)) for e in change.events)
        super().apply(attrs.evolve(change, events=events))


class CutsValues(Good):
    """Of an index value the first 767 bytes count."""

    def apply(self, change: Change) -> None:
        def cut(row: Row) -> Row:
            return attrs.evolve(row, index=tuple((field, cut_bytes(value, 767)) for field, value in row.index))

        if any(len(v.encode("utf-8", "replace")) > 1_000 for row in change.rows for _, v in row.index):
            return super().apply(change)
        super().apply(mapped(change, cut))

    def find(self, kind: str, field: str, *, eq: str | None = None, **how: Any) -> Page:
        eq = cut_bytes(eq, 767) if eq is not None and len(eq) > 500 else eq
        return super().find(kind, field, eq=eq, **how)


class TakesLongIds(Good):
    """Ids of any length are taken."""

    def apply(self, change: Change) -> None:
        def cut(row: Row) -> Row:
            return attrs.evolve(row, id=cut_bytes(row.id, 800)) if row.id.isprintable() else row

        super().apply(mapped(change, cut))


# --- borders of texts ---


class JoinsKeys(Good):
    """Kind and id are one text with a bar between them."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        super().load(keys)
        held = {f"{kind}|{id}": row for (kind, id), row in list(self.core._rows.items())}
        return [held.get(f"{kind}|{id}") for kind, id in keys]


class JoinsFields(Naive):
    """Kind and field are one text with a colon between them."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        others = [
            row
            for key, row in list(self.core._rows.items())
            if any(
                f"{key.kind}:{name}" == f"{kind}:{field}" and (key.kind, name) != (kind, field) for name, _ in row.index
            )
        ]
        return attrs.evolve(page, rows=(*page.rows, *others)) if others and not page.next else page


class JoinsValueAndId(Naive):
    """Value and id are one text with a control character between them, and that is the order."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return f"{item[0]}\x1f{item[1]}"


class JoinsSubjects(Good):
    """Kind and id of a subject are one text with a slash between them."""

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        if subject is None:
            return super().journal(after=after, limit=limit)
        super().journal(subject=subject, after=after, limit=limit)
        found = super().journal(after=after, limit=30_000)
        return [e for e in found if "/".join(subject) in {"/".join(key) for key in e.subjects}][:limit]


class EmptyValueIsNone(Good):
    """An empty eq is taken for no eq."""

    def find(self, kind: str, field: str, *, eq: str | None = None, **how: Any) -> Page:
        return super().find(kind, field, eq=eq or None, **how)


class EmptyBoundIsNone(Good):
    """An empty lt is taken for no lt."""

    def find(self, kind: str, field: str, *, lt: str | None = None, **how: Any) -> Page:
        return super().find(kind, field, lt=lt or None, **how)


class EmptyValueIsAbsent(Naive):
    """Empty index values are not kept in the index."""

    def pairs(self, row: Row) -> set[tuple[str, str]]:
        return {(field, value) for field, value in row.index if value}


class EmptySubjectIsNone(Good):
    """The journal of a subject whose kind and id are empty is the whole journal."""

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        return super().journal(subject=subject if subject and any(subject) else None, after=after, limit=limit)


# --- instants ---


def at_another_time(name: str, words: str, change_at: Callable[[datetime], datetime]) -> type[Good]:
    """A store that keeps another instant in the journal."""

    def apply(self: Good, change: Change) -> None:
        events = tuple(attrs.evolve(e, at=change_at(e.at) if e.at.tzinfo else e.at) for e in change.events)
        Good.apply(self, attrs.evolve(change, events=events))

    return type(name, (Good,), {"__doc__": words, "apply": apply})


at_another_time(
    "RoundsMicroseconds",
    "Times are kept as floats of milliseconds, rounded where they end in 499 or less.",
    lambda at: at.replace(microsecond=at.microsecond // 1_000 * 1_000) if at.microsecond % 1_000 == 1 else at,
)
at_another_time(
    "TimesUntil2038",
    "Times are seconds of 32 bits.",
    lambda at: at if at.year < 2038 else at - timedelta(seconds=2**32) if at.year < 2174 else at,
)
at_another_time(
    "OffsetsInMinutes",
    "The seconds of an offset are dropped.",
    lambda at: at + timedelta(seconds=(at.utcoffset() or timedelta()).seconds % 60 and 3),
)
at_another_time(
    "WallTimeOfTheZone",
    "Times are kept as wall time of Paris, where one hour comes twice in autumn.",
    lambda at: (
        at - timedelta(hours=1) if at.astimezone(UTC).replace(tzinfo=None) == datetime(2026, 10, 25, 1, 30) else at
    ),
)


# --- values that are alike, and whose a value is ---


class BoolsAreNumbers(Good):
    """True and false become 1 and 0."""

    def apply(self, change: Change) -> None:
        super().apply(rewritten(change, lambda body: walked(body, lambda v: int(v) if isinstance(v, bool) else v)))


class WholeFloatsAreIntegers(Good):
    """1.0 becomes 1."""

    def apply(self, change: Change) -> None:
        def whole(value: Any) -> Any:
            return int(value) if isinstance(value, float) and value.is_integer() else value

        super().apply(rewritten(change, lambda body: walked(body, whole)))


class DropsNulls(Good):
    """Members that are null are left out."""

    def apply(self, change: Change) -> None:
        def without(value: Any) -> Any:
            return {n: v for n, v in value.items() if v is not None} if isinstance(value, dict) else value

        super().apply(rewritten(change, lambda body: walked(body, without)))


class MergesBodies(Good):
    """Members that a new version does not have stay from the old one."""

    def apply(self, change: Change) -> None:
        def merged(row: Row) -> Row:
            old = self.core._rows.get(row.key)
            if old is None or row.version != old.version + 1:
                return row
            return attrs.evolve(row, body=json.dumps({**json.loads(old.body), **json.loads(row.body)}))

        super().apply(mapped(change, merged))


class FirstOfTwins(Good):
    """Of two members with one name the first counts."""

    def apply(self, change: Change) -> None:
        def first(row: Row) -> Row:
            try:
                value = json.loads(row.body, object_pairs_hook=lambda pairs: dict(pairs[::-1]))
            except ValueError:
                return row
            return attrs.evolve(row, body=json.dumps(value)) if '"twice"' in row.body else row

        super().apply(mapped(change, first))


class SortsTheCallersKeys(Good):
    """Load sorts the list that it is given."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        asked = list(keys)
        if isinstance(keys, list):
            keys.sort()
        return super().load(asked)


class KeepsTheCallersList(Good):
    """The rows of a change are stored with the next call, from the list that the caller gave."""

    late: list[Row] | None = None

    def check_open(self) -> None:
        super().check_open()
        late, self.late = self.late, None
        if late is not None:
            self.core.apply(Change(rows=tuple(late)))

    def apply(self, change: Change) -> None:
        if not isinstance(change.rows, list):
            return super().apply(change)
        super().apply(attrs.evolve(change, rows=()))
        self.late = change.rows


class GivesItsOwnList(Good):
    """The journal gives the list that the store goes on with."""

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        found = super().journal(subject=subject, after=after, limit=limit)
        return self.core._journal if subject is None and len(found) == len(self.core._journal) else found


class GivesItsCache(Good):
    """Load gives the same list again when the same keys are asked again."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.known: dict[tuple[Key, ...], list[Row | None]] = {}

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        found = list(super().load(keys))
        kept = self.known.setdefault(tuple(keys), found)
        if [row and row.version for row in kept[: len(found)]] != [row and row.version for row in found] and kept:
            kept[:] = found
        return kept


# --- errors ---


class OddStaleError(StaleVersionError):
    def __reduce__(self) -> Any:
        return type(self), ()


class LosesItsKeys(Good):
    """The error that it raises cannot be pickled."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError as error:
            raise OddStaleError(error.keys) from None


class NamesKeysTwice(Good):
    """StaleVersionError names each key twice."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError as error:
            raise StaleVersionError(error.keys * 2) from None


def rewritten(change: Change, work: Callable[[Any], Any]) -> Change:
    """The change with other bodies; those that are no JSON object stay."""

    def one(row: Row) -> Row:
        try:
            value = json.loads(row.body)
        except ValueError:
            return row
        return attrs.evolve(row, body=json.dumps(work(value))) if isinstance(value, dict) else row

    if any("NaN" in row.body or "Infinity" in row.body for row in change.rows):
        return change
    return mapped(change, one)


def walked(value: Any, work: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        value = {name: walked(item, work) for name, item in value.items()}
    elif isinstance(value, list):
        value = [walked(item, work) for item in value]
    return work(value)


def cut_bytes(text: str, most: int) -> str:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return text
    return data[:most].decode(errors="ignore")
