"""Private records that are listed by name, or found by the beginnings of words; accents and case are set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from cantinekit.clock import format_instant
from cantinekit.common.fields import check_id, check_text
from cantinekit.domain.base import index_field
from cantinekit.domain.directory.words import words_of
from cantinekit.errors import InputError
from cantinekit.plugins.ports import Key, Row, Storage
from cantinekit.records import Profile, Record
from cantinekit.runtime import codec

MAX_QUESTION = 200
"""The most characters of a question."""
_LAST = "\U0010ffff"
_HEADS = ("~n", "~w")
"""With what a position begins, and no word: one in the order of names, and one of those that have a word."""
_KEPT = 8
"""How many of the records before a position it names."""


class Worded(Record, Protocol):
    """A record that is found by words."""

    @property
    def id(self) -> str: ...

    @property
    def sorts_by(self) -> str: ...

    @property
    def words(self) -> tuple[str, ...]: ...


W = TypeVar("W", bound=Worded)


def wanted_words(text: str) -> list[str] | None:
    """The words of a question, the longest first; none where it is empty, and ``None`` where it has no word.

    Args:
        text: the question.

    Raises:
        InputError: it has more than 200 characters.
    """
    wanted = sorted(set(words_of(check_text(text, "text", limit=MAX_QUESTION))), key=lambda word: (-len(word), word))
    return None if text.strip() and not wanted else wanted


def listed(
    storage: Storage, cls: type[W], field: str, head: str, wanted: Sequence[str], after: str, limit: int
) -> Iterator[tuple[str, str, W]]:
    """The records after a key that have a word for each of these that is it or begins with it, in the order of keys:
    the key, the mark of its row, and the record.

    The key is the name and the id, or, where words are wanted, the first word that begins with the longest of them, and
    the id. A record that has several words that begin alike is found by each; it counts where it is found first.

    Args:
        storage: the store.
        cls: the class of the records.
        field: the index field of their names, or of their words where words are wanted.
        head: with what its values begin before the key.
        wanted: the words, the longest first; none: all records.
        after: the key after which the page begins; empty: the first page.
        limit: how many rows are read at once, less one.
    """
    begins = wanted[0] if wanted else ""
    position: str | None = None
    last = ""
    while True:
        page = storage.find(
            cls.kind,
            index_field(cls.kind, field),
            ge=head + max(begins, after),
            lt=head + begins + _LAST,
            after=position,
            limit=limit + 1,
        )
        for row in page.rows:
            record = codec.decode(row)
            assert isinstance(record, cls)
            key = _key(record, begins)
            if key > max(after, last) and _has_all(record, wanted):
                last = key
                yield key, _mark(row, record), record
        position = page.next
        if position is None:
            return


def _key(record: Worded, begins: str) -> str:
    """Where a record is in the order of an answer: its name, or its first word that begins so; and its id."""
    if not begins:
        return f"{record.sorts_by}|{record.id}"
    return min(f"{word}|{record.id}" for word in record.words if word.startswith(begins))


def _has_all(record: Worded, wanted: Sequence[str]) -> bool:
    return all(any(word.startswith(begins) for word in record.words) for begins in wanted)


# --- positions -------------------------------------------------------------------------------------------------------


def resume(storage: Storage, cls: type[W], after: str | None, wanted: Sequence[str]) -> tuple[str, list[str]]:
    """The key behind which a page begins, and the trail that led to it.

    A position has nothing of a name, not even a hash that would confirm it to who has a list of names, since it goes
    through addresses and logs. It names the last records that were shown, each with the mark of its row. The page
    begins behind the last of them that is as it was: between it and the end of the page before was only what was
    changed since. Where it is in the order is looked up now.

    Args:
        storage: the store.
        cls: the class of the records.
        after: the position; ``None`` or empty: the first page.
        wanted: the words of the question, the longest first.

    Raises:
        InputError: it is no position, or all that it names was changed meanwhile or is not in this answer.
    """
    if not after:
        return "", []
    head, *trail = after.split("|")
    if head != _HEADS[bool(wanted)] or len(trail) not in range(2, 2 * _KEPT + 1, 2):
        raise InputError("after is no position of this list, or one of an earlier version: begin again")
    ids, marks = [check_id(id, "after") for id in trail[::2]], trail[1::2]
    rows = storage.load([Key(cls.kind, id) for id in ids])
    for mark, row in reversed(list(zip(marks, rows, strict=True))):
        if row is None:
            continue
        record = codec.decode(row)
        assert isinstance(record, cls)
        if _mark(row, record) == mark and _has_all(record, wanted):
            return _key(record, wanted[0] if wanted else ""), trail
    raise InputError("after: all that was there was changed since, or the text is another one: begin again")


def positions(
    found: Iterable[tuple[str, str, W]], trail: Sequence[str], wanted: Sequence[str]
) -> Iterator[tuple[str, W]]:
    """The records that come by their keys, each with its position in place of the key, without those of the trail.

    Args:
        found: the keys, the marks and the records, in order.
        trail: what led to the first of them, as ``resume`` gives it.
        wanted: the words of the question.
    """
    known, shown = list(trail), set(trail[::2])
    for _, mark, record in found:
        if record.id in shown:  # on a page before, under another name
            continue
        known = [*known, record.id, mark][-2 * _KEPT :]
        yield "|".join((_HEADS[bool(wanted)], *known)), record


def _mark(row: Row, record: Worded) -> str:
    """What is another one once a row was written again, and tells nothing of what is in it: how often it was written.
    A profile that was withdrawn begins anew, so its mark has the instant of its publication too.
    """
    since = format_instant(record.published_at) if isinstance(record, Profile) else ""
    return f"{row.version}{since}"
