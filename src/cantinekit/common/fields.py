"""Validators and converters of the fields of records and commands: texts, ids, counts and instants."""

from __future__ import annotations

import re
from collections.abc import Callable, ItemsView, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, get_args

import attrs

from cantinekit.clock import instant
from cantinekit.errors import InputError, TextError
from cantinekit.errors.shown import shown

MAX_ID = 200

MAX_TEXT = 10_000

MAX_COUNT = 10_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_LONG_NUMBER = re.compile(r"(?:\d[ -]?){12}")

_NO_ID = re.compile(r"[\x00-\x1f\x7f|]")


def check_text(value: object, what: str, *, limit: int = MAX_TEXT) -> str:
    """A text that any store can keep.

    Args:
        value: what was given.
        what: the name of the field, for the message.
        limit: the most characters.

    Raises:
        TextError: no text, a control character, a lone surrogate, or longer than ``limit``.
    """
    if not isinstance(value, str):
        raise TextError(f"{what} must be a text, not {type(value).__name__}")
    if len(value) > limit:
        raise TextError(f"{what} is too long: {len(value)} characters, at most {limit}")
    if value.isascii() and value.isprintable():
        return value
    if _CONTROL.search(value):
        raise TextError(f"{what} holds a control character")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise TextError(f"{what} holds a lone surrogate") from None
    return value


def check_id(value: object, what: str = "id") -> str:
    """An id: a text of 1 to 200 bytes in UTF-8 without line breaks or ``|``, which separates the parts of composite
    keys.

    Args:
        value: what was given.
        what: the name of the field, for the message.

    Raises:
        TextError: it is no such text.
    """
    if type(value) is str and _is_id(value):
        return value
    text = check_text(value, what, limit=MAX_ID)
    if len(text.encode()) > MAX_ID:
        raise TextError(f"{what} is too long: {len(text.encode())} bytes in UTF-8, at most {MAX_ID}")
    raise TextError(f"{what} must not be empty and holds no line break, tab or '|': {shown(text)}")


def to_counts(
    value: Mapping[str, int] | Sequence[tuple[str, int]], name: str, shape: str, each: str, *, least: int, most: int
) -> tuple[tuple[str, int], ...]:
    """Take numbers by id, as pairs or as a mapping; each id once.

    Args:
        value: the pairs, or the mapping.
        name: the field.
        shape: what the field should be, for who gave something else.
        each: what an id is of.
        least: the smallest number.
        most: how many ids there may be.

    Raises:
        InputError: it is no such list.
    """
    if value == ():
        return ()
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError(f"{name} are {shape}")
    for id, count in pairs:
        check_id(id, name)
        if type(count) is not int or not least <= count <= MAX_COUNT:
            raise InputError(f"{name} must be integers from {least} to {MAX_COUNT}, not {shown(count)}")
    if len(pairs) > most or len({id for id, _ in pairs}) != len(pairs):
        raise InputError(f"{name} names each {each} once, and at most {most} of them")
    return tuple(pairs)


@lru_cache(maxsize=4096)
def _is_id(text: str) -> bool:
    """Whether a text is an id. One command looks at the same few ids dozens of times."""
    if text.isascii() and text.isprintable():
        return len(text) <= MAX_ID and "|" not in text and bool(text.strip())
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        return False
    return size <= MAX_ID and bool(text.strip()) and not _NO_ID.search(text)


Code = str
"""A word of ours, of a standard, of a price list or of a gateway, or an id. It never says who somebody is."""
PublicText = str
"""A free text that is kept for ever and must say nothing of a person: a name of a room, a theme, a reason."""
PrivateText = str
"""A free text that may say who somebody is. Private records alone may have it, since an event is never forgotten."""

Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def is_id(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate an id.

    Args:
        attribute: the field.
        value: what was given.

    Raises:
        TextError: it is no id.
    """
    check_id(value, attribute.name)


def maybe_id(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate an id, or ``None``.

    Args:
        attribute: the field.
        value: what was given.

    Raises:
        TextError: it is no id.
    """
    if value is not None:
        check_id(value, attribute.name)


def is_id_or_none(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate what changes an id: another id, an empty text, which removes it, or ``None``, which leaves it.

    Args:
        attribute: the field.
        value: what was given.

    Raises:
        TextError: it is none of them.
    """
    if value is not None and value != "":
        check_id(value, attribute.name)


def is_text(limit: int = MAX_TEXT) -> Validator:
    """A validator of a text.

    Args:
        limit: the most characters.
    """

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        check_text(value, attribute.name, limit=limit)

    return validate


def maybe_text(limit: int = MAX_TEXT) -> Validator:
    """A validator of a text, or ``None``.

    Args:
        limit: the most characters.
    """

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value is not None:
            check_text(value, attribute.name, limit=limit)

    return validate


def is_means(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a gateway's name of a means of payment, of at most 300 characters: never the number of a card.

    Twelve digits in a row, with or without spaces and hyphens, are refused; the message does not repeat them.

    Args:
        attribute: the field.
        value: what was given.

    Raises:
        TextError: it is no such text.
        InputError: it may be the number of a card.
    """
    check_text(value, attribute.name, limit=300)
    if _LONG_NUMBER.search(value):
        raise InputError(f"{attribute.name} is a gateway's name of a means of payment, never the number of a card")


def is_count(*, least: int = 1, most: int = MAX_COUNT) -> Validator:
    """A validator of an integer between two bounds.

    Args:
        least: the least value, itself included.
        most: the greatest value, itself included.
    """

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not int or not least <= value <= most:
            raise InputError(f"{attribute.name} must be an integer from {least} to {most}, not {shown(value)}")

    return validate


def is_span(least: timedelta, most: timedelta) -> Validator:
    """A validator of a length of time between two bounds.

    Args:
        least: the shortest length, itself included.
        most: the longest length, itself included.
    """

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, timedelta) or not least <= value <= most:
            raise InputError(f"{attribute.name} must be a timedelta from {least} to {most}, not {shown(value)}")

    return validate


def is_a(cls: type) -> Validator:
    """A validator of an instance of a class.

    Args:
        cls: the class.
    """

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, cls):
            raise InputError(f"{attribute.name} must be a {cls.__name__}, not {type(value).__name__}")

    return validate


def maybe(validator: Validator) -> Validator:
    """A validator that accepts ``None``, and otherwise asks another validator.

    Args:
        validator: the validator of values that are not ``None``.
    """

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value is not None:
            validator(_, attribute, value)

    return validate


def is_one_of(*words: str) -> Validator:
    """A validator of one of several words.

    Args:
        *words: the words.
    """

    def validate(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value not in words:
            raise InputError(f"{attribute.name} must be one of {', '.join(words)}, not {shown(value)}")

    return validate


def is_word(words: Any) -> Validator:
    """A validator of one of the words of a ``Literal`` type.

    Args:
        words: the type.
    """
    return is_one_of(*get_args(words))


def maybe_instant(value: datetime | None) -> datetime | None:
    """Convert an instant to UTC; ``None`` stays.

    Args:
        value: an aware datetime in any zone, or ``None``.

    Raises:
        NaiveDatetimeError: the datetime has no zone.
    """
    return None if value is None else instant(value)


def listed(values: Any, of: str) -> tuple[Any, ...]:
    """Convert a list of things to a tuple; one text is not a list.

    Args:
        values: the list, or whatever was given for it.
        of: what it is a list of, for the error.

    Raises:
        InputError: it is no list.
    """
    if type(values) is tuple:
        return values
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(f"a list of {of} is needed, not one {type(values).__name__}")
    return tuple(values)


def to_ids(values: Iterable[str]) -> tuple[str, ...]:
    """Convert to a tuple of ids.

    Args:
        values: the ids; one text is not a list of them.

    Raises:
        InputError: no list.
    """
    return listed(values, "ids")


def to_names(values: Iterable[str]) -> frozenset[str]:
    """Convert to a set of names.

    Args:
        values: the names, each at most 200 characters; one text is not a list of them.

    Raises:
        InputError: no list.
        TextError: a name that no store can keep.
    """
    names = to_ids(values)
    for name in names:
        check_text(name, "a name", limit=MAX_ID)
    return frozenset(names)


def are_ids(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a tuple of different ids, at most twice ``MAX_COUNT`` of them.

    Args:
        attribute: the field.
        value: what was given, as a tuple.

    Raises:
        InputError: too many, or one of them twice.
        TextError: one of them is no id.
    """
    if len(value) > 2 * MAX_COUNT:
        raise InputError(f"{attribute.name} names {len(value)} things, at most {2 * MAX_COUNT}")
    for entry in value:
        check_id(entry, attribute.name)
    if len(set(value)) != len(value):
        raise InputError(f"{attribute.name} names something twice")
