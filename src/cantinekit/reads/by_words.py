"""Private records that are listed by name, or found by the beginnings of words; accents and case are set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from cantinekit.common.fields import check_text
from cantinekit.domain.base import index_field
from cantinekit.domain.directory.words import words_of
from cantinekit.plugins.ports import Storage
from cantinekit.records import Record
from cantinekit.runtime import codec

MAX_QUESTION = 200
"""The most characters of a question."""
_LAST = "\U0010ffff"


class Worded(Record, Protocol):
    """A record that is found by words."""

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
) -> Iterator[tuple[str, W]]:
    """The records after a key that have a word for each of these that is it or begins with it, in the order of keys.

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
                yield key, record
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
