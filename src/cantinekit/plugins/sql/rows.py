"""How rows, index pairs and journal entries stand in columns, and how they are read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from json.encoder import encode_basestring as _quoted
from typing import Any

from cantinekit.clock import parse_instant
from cantinekit.plugins.ports import JournalEntry, Key, Page, Row
from cantinekit.plugins.store_checks import encode_cursor

_scan = json.JSONDecoder().raw_decode
Pairs = tuple[tuple[str, str], ...]


def pairs_text(pairs: Sequence[tuple[str, str]]) -> str:
    """The JSON text of pairs of texts: the index pairs of a row, the subjects of an entry, or a list of keys.

    Args:
        pairs: (field, value), or (kind, id), in the order that is to be kept. (The encoder of ``json`` takes three
            times as long for them.)
    """
    return f"[{','.join([f'[{_quoted(one)},{_quoted(other)}]' for one, other in pairs])}]"


def texts_text(texts: Iterable[str]) -> str:
    """The JSON text of a list of texts, such as the ids of rows of a kind.

    Args:
        texts: the texts, in the order that is to be kept.
    """
    return f"[{','.join(map(_quoted, texts))}]"


def read_pairs(text: str) -> Pairs:
    """The pairs of a text that ``pairs_text`` made.

    Args:
        text: what stands in the column.
    """
    return () if text == "[]" else tuple([(one, other) for one, other in read_json(text)])


def read_json(text: str) -> Any:
    """The value of a JSON text, as ``json.loads`` reads it; it takes half the time where no blanks are around it.

    Args:
        text: the text, such as the body of a row.

    Raises:
        ValueError: it is no JSON.
    """
    value, end = _scan(text) if text[:1] in ("{", "[") else (None, -1)
    return value if end == len(text) else json.loads(text)


def rows_of(keys: Sequence[Key], found: Iterable[Sequence[Any]]) -> list[Row | None]:
    """The rows of ``load``: one for each key, in the order of the keys, ``None`` where there is no row.

    Args:
        keys: the keys that were asked for; one may occur twice.
        found: (position in ``keys`` from 0, version, body, pairs as text) of each row that there is, in any order.
    """
    rows: list[Row | None] = [None] * len(keys)
    for position, version, body, pairs in found:
        kind, id = keys[position]
        rows[position] = Row(kind, id, version, body, read_pairs(pairs))
    return rows


def page_of(kind: str, found: Sequence[Sequence[Any]], limit: int, read: Callable[[Any], Pairs] = read_pairs) -> Page:
    """The page of ``find``, with a cursor where more rows follow.

    Args:
        kind: the kind that was asked for.
        found: (value, id, version, body, pairs as text) in the order of the page, of ``limit + 1`` rows at most: the
            one too many says that more follow.
        limit: how many rows the page may hold.
        read: what makes pairs of the column, where the driver has read its JSON already.
    """
    rows = tuple(Row(kind, id, version, body, read(pairs)) for _, id, version, body, pairs in found[:limit])
    return Page(rows, encode_cursor(*found[limit - 1][:2]) if len(found) > limit else None)


def entry_of(number: int, type: str, at: str, actor: str, subjects: str, body: str) -> JournalEntry:
    """An entry of the journal from its columns.

    Args:
        number: its number.
        type: its type.
        at: its instant, as ``cantinekit.clock.format_instant`` writes it.
        actor: who did it.
        subjects: its subjects, as ``pairs_text`` writes them.
        body: its body, the text of a JSON object.
    """
    keys = tuple(Key(kind, id) for kind, id in json.loads(subjects))
    return JournalEntry(type, parse_instant(at), actor, keys, body, number)
