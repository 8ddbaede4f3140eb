"""Checks of the arguments of a read, by the types of its parameters; the types are looked at once for each method."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, wraps
from inspect import signature
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from cantinekit.clock import instant
from cantinekit.common.fields import MAX_ID, check_text
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

P = ParamSpec("P")

R = TypeVar("R")

Check = Callable[[str, Any], Any]

_LONGEST = 4 * MAX_ID
"""The longest text that is asked for, in characters: an id of several parts."""


def checked(method: Callable[P, R]) -> Callable[P, R]:
    """Decorate a method so that its arguments are checked by the types that its parameters declare.

    Args:
        method: the method, with annotations.

    Raises:
        InputError: when it is called, an argument is of another type (``NaiveDatetimeError``: a datetime without a
            zone, ``TextError``: a text that no store keeps); the message names the parameter.
    """

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        by_place, by_name = _checks(method)
        found = [check(name, value) for (name, check), value in zip(by_place, args, strict=False)]
        named = {name: by_name[name](name, value) if name in by_name else value for name, value in kwargs.items()}
        return method(*found, *args[len(found) :], **named)  # type: ignore[arg-type]

    return call


@cache
def _checks(method: Callable[..., Any]) -> tuple[list[tuple[str, Check]], dict[str, Check]]:
    """The checks of a method's parameters, in their order and by their names; ``self`` is taken as it is."""
    hints, parameters = get_type_hints(method), signature(method).parameters.values()
    checks = {one.name: check_of(hints[one.name]) if one.name in hints else _same for one in parameters}
    placed = [(one.name, checks[one.name]) for one in parameters if one.kind is not one.KEYWORD_ONLY]
    return placed, checks


def check_of(hint: Any) -> Check:
    """The check of a type: a function that takes the name of a parameter and a value, and gives the value.

    Args:
        hint: the annotation of a parameter.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        some = [check_of(arg) for arg in args if arg is not types.NoneType]
        return (
            some[0] if len(some) == len(args) else lambda name, value: None if value is None else some[0](name, value)
        )
    if origin is type:
        return _class
    if origin is Literal:
        return _word(args)
    if origin is Callable:
        return _function
    if origin in (tuple, list) or (isinstance(origin, type) and issubclass(origin, Iterable)):
        return _mapping if issubclass(origin, Mapping) else _several(check_of(args[0]))
    return _LEAVES.get(hint) or (_instance(hint) if isinstance(hint, type) else _same)


def _same(name: str, value: Any) -> Any:
    return value


def _text(name: str, value: Any) -> str:
    return check_text(value, name, limit=_LONGEST)


def _day(name: str, value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InputError(f"{name} must be a date, not {type(value).__name__}")
    return value


def _moment(name: str, value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise InputError(f"{name} must be a datetime, not {type(value).__name__}")
    try:
        return instant(value)
    except InputError as error:
        raise type(error)(f"{name}: {error}") from None


def _exactly(cls: type, what: str) -> Check:
    def check(name: str, value: Any) -> Any:
        if type(value) is not cls:
            raise InputError(f"{name} must be {what}, not {type(value).__name__}")
        return value

    return check


def _function(name: str, value: Any) -> Any:
    if not callable(value):
        raise InputError(f"{name} must be a function, not {type(value).__name__}")
    return value


def _instance(cls: type) -> Check:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, cls):
            raise InputError(f"{name} must be a {cls.__name__}, not {type(value).__name__}")
        return value

    return check


def _word(words: Sequence[Any]) -> Check:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in words:
            raise InputError(f"{name} must be one of {', '.join(words)}, not {shown(value)}")
        return value

    return check


def _class(name: str, value: Any) -> Any:
    if not isinstance(value, type) or not isinstance(getattr(value, "kind", None), str):
        raise InputError(f"{name} must be a class of records, not {shown(value)}")
    return value


def _mapping(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise InputError(f"{name} must be a mapping, not {type(value).__name__}")
    return value


def _several(check: Check) -> Check:
    def each(name: str, value: Any) -> Any:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise InputError(f"{name} must be a list, not one {type(value).__name__}")
        return tuple(check(name, one) for one in value)

    return each


_LEAVES: dict[Any, Check] = {
    str: _text,
    int: _exactly(int, "an integer"),
    bool: _exactly(bool, "True or False"),
    bytes: _exactly(bytes, "bytes"),
    date: _day,
    datetime: _moment,
    Any: _same,
}
