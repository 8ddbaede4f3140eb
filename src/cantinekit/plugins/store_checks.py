"""What every store checks before it touches anything, and the cursor that ``find`` hands out.

Public, so that an outside store refuses the same values with the same errors. No message holds a stored text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from cantinekit.clock import instant
from cantinekit.errors import InputError, TextError
from cantinekit.plugins.ports import MAX_KEYS, Change, Key, Row

MAX_NAME_BYTES = 200
"""The longest kind or index field, in bytes of UTF-8."""

MAX_ID_BYTES = 800
"""The longest id, in bytes of UTF-8. Kind, field, value and id together fit into one PostgreSQL index entry (2,704)."""

MAX_VALUE_BYTES = 1_000
"""The longest index value, in bytes of UTF-8."""

MAX_EVENTS = 10_000
"""The most journal entries in one change."""


class WrittenBody(str):
    """A body that the codec of the library has written: one JSON object, of values that every store returns.

    The codec alone makes one, so that no store parses again what was made from typed fields. A body of anybody else is
    a plain text, and is parsed.
    """

    __slots__ = ()


_MAX_INTEGER = 2**63
_MAX_FLOAT = float(2**53)


def check_text(value: str, what: str, most: int | None = None) -> None:
    """Refuse a text that some store could not keep.

    Args:
        value: the text to check.
        what: what it is, for the message, such as "a kind".
        most: the most bytes of UTF-8; ``None`` for no limit.

    Raises:
        TextError: it holds a NUL or a lone surrogate, or has more than ``most`` bytes.
        InputError: it is no text.
    """
    if (
        (type(value) is str or type(value) is WrittenBody)
        and value.isascii()
        and "\0" not in value
        and (most is None or len(value) <= most)
    ):
        return
    if not isinstance(value, str):
        raise InputError(f"{what} must be a text, not {type(value).__name__}")
    if "\0" in value:
        raise TextError(f"{what} holds a NUL character")
    size = _utf8_size(value)
    if size is None:
        raise TextError(f"{what} holds a lone surrogate")
    if most is not None and size > most:
        raise TextError(f"{what} is longer than {most} bytes")


def check_body(body: str, what: str = "a body") -> None:
    """Refuse a body that is not the text of one JSON object that every store returns with the same value.

    Infinity, NaN and floats of 2**53 or more are refused: the latter have no fraction, and JSONB would read them as
    integers of another value. Integers may have any size. A ``WrittenBody`` without escapes of characters is not
    parsed.

    Args:
        body: the text to check.
        what: what it is, for the message.

    Raises:
        TextError: a NUL or a lone surrogate, also where it is written as an escape.
        InputError: no JSON object.
    """
    check_text(body, what)
    if type(body) is WrittenBody and "\\u" not in body:
        return
    try:
        value, end = _DECODER.raw_decode(body) if body.startswith("{") else (None, 0)  # without a look for blanks
        if end != len(body):
            value = _DECODER.decode(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InputError(f"{what} must be the text of one JSON object, without NaN and floats of 2**53 or more")
    if "\\u" in body:
        for text in _texts(value):
            check_text(text, what)


def check_key(key: Key) -> None:
    """Refuse a key with a text that cannot be stored.

    Args:
        key: a kind of at most 200 bytes and an id of at most 800 bytes of UTF-8.

    Raises:
        TextError: a text that cannot be stored, or is too long.
    """
    kind, id = key
    check_text(kind, "a kind", MAX_NAME_BYTES)
    check_text(id, "an id", MAX_ID_BYTES)


def check_keys(keys: Sequence[Key]) -> None:
    """Refuse more keys than ``MAX_KEYS``, and keys that cannot be stored.

    Args:
        keys: the keys to check; one may occur more than once.
    """
    check_number(keys)
    if not _are_plain(keys):
        for key in keys:
            check_key(key)


def check_number(keys: Sequence[Key]) -> None:
    """Refuse more keys than ``MAX_KEYS``. It is enough for keys of which nothing comes where they cannot be stored.

    Args:
        keys: the keys to check.

    Raises:
        InputError: too many keys.
    """
    if len(keys) > MAX_KEYS:
        raise InputError(f"at most {MAX_KEYS} keys at once, not {len(keys)}")


def _are_plain(keys: Sequence[Key]) -> bool:
    """Whether all keys are short texts in ASCII, which every store keeps: looked at together, for half the time."""
    try:
        every = "".join([text for key in keys for text in key])
    except TypeError:
        return False
    return (
        every.isascii()
        and "\0" not in every
        and all(len(kind) <= MAX_NAME_BYTES and len(id) <= MAX_ID_BYTES for kind, id in keys)
    )


def check_version(version: int, what: str) -> None:
    """Refuse a version that is no integer of 1 or more.

    Args:
        version: the value to check.
        what: whose version it is, for the message.
    """
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version < _MAX_INTEGER:
        raise InputError(f"the version of {what} must be an integer of 1 or more")


def check_change(change: Change) -> None:
    """Refuse a change that no store should apply; called before anything is looked up.

    Args:
        change: the change to check.

    Raises:
        TextError: a text that cannot be stored.
        InputError: a key that occurs twice, a version below 1, a body that is no JSON object, a naive time.
    """
    keys: list[Key] = []
    for row in change.rows:
        key = row.key
        _check_row(row, key)
        keys.append(key)
    for guards, what in ((change.guards, "a guard"), (change.removes, "a remove")):
        for guard in guards:
            check_key(guard.key)
            check_version(guard.version, what)
            keys.append(Key(*guard.key))
    if len(set(keys)) != len(keys):
        raise InputError("a key occurs twice among the rows, guards and removes of a change")
    if len(change.events) > MAX_EVENTS:
        raise InputError(f"at most {MAX_EVENTS} journal entries in one change, not {len(change.events)}")
    for event in change.events:
        check_text(event.type, "the type of a journal entry", MAX_NAME_BYTES)
        check_text(event.actor, "the actor of a journal entry")
        check_body(event.body, "the body of a journal entry")
        instant(event.at)
        for subject in event.subjects:
            check_key(subject)


def expected_versions(change: Change) -> dict[Key, int]:
    """The version that the store must hold now for each key of a change; 0 where there must be no row.

    Args:
        change: a change that ``check_change`` has accepted.
    """
    expected = {row.key: row.version - 1 for row in change.rows}
    for guard in (*change.guards, *change.removes):
        expected[Key(*guard.key)] = guard.version
    return expected


def check_find(
    kind: str, field: str, *, eq: str | None, ge: str | None, lt: str | None, after: str | None, limit: int
) -> tuple[str, str] | None:
    """Check the arguments of ``Storage.find``; returns the (value, id) after which the page begins.

    Args:
        kind: the kind of the rows.
        field: the name of the index field.
        eq: the one value to find.
        ge: the least value.
        lt: the value below which all lie.
        after: a cursor that ``find`` returned, ``None`` for the first page.
        limit: the most rows on the page.

    Raises:
        InputError: ``eq`` together with ``ge`` or ``lt``, a limit outside of 1 to ``MAX_KEYS``, a bad cursor.
    """
    check_text(kind, "a kind", MAX_NAME_BYTES)
    check_text(field, "an index field", MAX_NAME_BYTES)
    for value in (eq, ge, lt):
        if value is not None:
            check_text(value, "an index value")
    if eq is not None and (ge is not None or lt is not None):
        raise InputError("eq cannot be combined with ge or lt")
    check_limit(limit)
    return None if after is None else decode_cursor(after)


def check_journal(subject: Key | None, after: int, limit: int) -> None:
    """Check the arguments of ``Storage.journal``.

    Args:
        subject: the record to filter by, or ``None``.
        after: the number of an entry, or 0.
        limit: the most entries to return.

    Raises:
        InputError: ``after`` is no number of an entry, or a limit outside of 1 to ``MAX_KEYS``.
    """
    if subject is not None:
        check_key(subject)
    if isinstance(after, bool) or not isinstance(after, int) or not 0 <= after < _MAX_INTEGER:
        raise InputError("after must be the number of a journal entry, or 0")
    check_limit(limit)


def check_limit(limit: int) -> None:
    """Refuse a limit outside of 1 to ``MAX_KEYS``.

    Args:
        limit: the value to check.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_KEYS:
        raise InputError(f"a limit must be between 1 and {MAX_KEYS}")


def encode_cursor(value: str, id: str) -> str:
    """An opaque cursor behind an index entry; plain ASCII whatever the texts hold.

    Args:
        value: the value of the index entry.
        id: the id of its row.
    """
    return base64.urlsafe_b64encode(json.dumps([value, id]).encode("ascii")).decode("ascii")


def decode_cursor(cursor: str) -> tuple[str, str]:
    """The (value, id) of a cursor.

    Args:
        cursor: a text that ``encode_cursor`` made.

    Raises:
        InputError: it was not made by ``encode_cursor``.
    """
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        position = json.loads(raw)
        if isinstance(position, list):
            value, id = position
            check_text(value, "a cursor")
            check_text(id, "a cursor")
            return value, id
    except (AttributeError, TypeError, ValueError, RecursionError):
        pass
    raise InputError("not a cursor that find gave")


def _check_row(row: Row, key: Key) -> None:
    check_key(key)
    check_version(row.version, "a row")
    check_body(row.body)
    for field, value in row.index:
        check_text(field, "an index field", MAX_NAME_BYTES)
        check_text(value, "an index value", MAX_VALUE_BYTES)


def _utf8_size(text: str) -> int | None:
    """The number of bytes in UTF-8; ``None`` for a text that has none (the error would carry the text)."""
    try:
        return len(text.encode("utf-8"))
    except UnicodeEncodeError:
        return None


def _float(text: str) -> float:
    value = float(text)
    if not abs(value) < _MAX_FLOAT:
        raise ValueError("out of range")
    return value


def _constant(text: str) -> NoReturn:
    raise ValueError("not JSON")


_DECODER = json.JSONDecoder(parse_float=_float, parse_constant=_constant)


def _texts(value: object) -> Iterable[str]:
    """Every text in a JSON value, the names of members too; without recursion."""
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
