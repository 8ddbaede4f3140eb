"""Values to JSON texts, and from JSON data, by the types of their fields. Strict in both directions."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from json import JSONEncoder
from json.encoder import encode_basestring as quote
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from cantinekit.clock import Period, format_instant, parse_instant
from cantinekit.errors import CodecError
from cantinekit.money import Money
from cantinekit.plugins.store_checks import check_body
from cantinekit.runtime.codec._upcasts import VALUES

Convert = Callable[[Any], Any]
_PLAIN = (str, int, bool)

_encode = JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def any_text(value: Any) -> str:
    """The JSON text of any JSON data.

    It is checked here, since stores do not parse what the codec has written: a field may hold what its type forbids.

    Raises:
        InputError: NaN, or a float that some store returns with another value.
    """
    text = _encode(value)
    check_body(f'{{"value":{text}}}', "a value")
    return text


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    """The JSON text of a text, an integer or yes/no."""
    if type(value) is str:
        return quote(value)
    if type(value) is bool:
        return "true" if value else "false"
    return repr(value) if type(value) is int else any_text(value)


def _instant(value: datetime) -> str:
    return f'"{format_instant(value)}"'


def _checked(cls: type) -> Convert:
    def check(value: Any) -> Any:
        if type(value) is not cls:
            raise CodecError(f"{cls.__name__} expected, found {type(value).__name__}")
        return value

    return check


def _list(value: Any, length: int | None = None) -> list[Any]:
    """The value, if it is a list: a text would give its characters, and a mapping its keys."""
    if type(value) is not list or length not in (None, len(value)):
        raise CodecError(f"a list expected, found {type(value).__name__}")
    return value


def _plain(value: Any) -> Any:
    if type(value) not in _PLAIN:
        raise CodecError(f"a text, an integer or yes/no expected, found {type(value).__name__}")
    return value


def _span(value: Any) -> timedelta:
    """A length of time, of whole microseconds."""
    try:
        return timedelta(microseconds=_checked(int)(value))
    except OverflowError:
        raise CodecError("a length of time that is out of range") from None


def _decimal(value: Any) -> Decimal:
    """A finite number from its text, in the one spelling in which it is written."""
    try:
        found = Decimal(_checked(str)(value))
    except InvalidOperation:
        raise CodecError("a decimal expected, found another text") from None
    if not found.is_finite() or str(found) != value:
        raise CodecError("a decimal expected, found another text")
    return found


_LEAVES: dict[Any, tuple[Convert, Convert]] = {
    **{cls: (_text, _checked(cls)) for cls in _PLAIN},
    datetime: (_instant, parse_instant),
    date: (lambda d: f'"{d.isoformat()}"', date.fromisoformat),
    time: (lambda t: f'"{t.isoformat()}"', time.fromisoformat),
    timedelta: (lambda d: repr(d // timedelta.resolution), _span),
    Money: (lambda m: f"[{_text(m.amount)},{quote(m.currency)}]", lambda v: Money(*_list(v, 2))),
    Decimal: (lambda d: f'"{d}"', _decimal),
    Period: (
        lambda p: f"[{_instant(p.start)},{_instant(p.end)}]",
        lambda v: Period(*map(parse_instant, _list(v, 2))),
    ),
    Any: (any_text, _same),
}


_KNOWN: dict[Any, tuple[Convert, Convert]] = dict(_LEAVES)


def converters(hint: Any) -> tuple[Convert, Convert]:
    """How values of a type become JSON texts, and how they come back from JSON data."""
    found = _KNOWN.get(hint)
    if found is None:
        found = _KNOWN[hint] = _build(hint)
    return found


def _build(hint: Any) -> tuple[Convert, Convert]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is Literal:  # which word it is, the validator of the field checks
        return converters(str)
    if origin is tuple:
        return _tuple(args)
    if origin is frozenset:
        out, back = _tuple((args[0], Ellipsis))
        return (lambda v: out(sorted(v))), (lambda v: frozenset(back(v)))
    if attrs.has(hint):
        return _record(hint)
    raise TypeError(f"no converter for {hint}")


def _union(args: tuple[Any, ...]) -> tuple[Convert, Convert]:
    some = [arg for arg in args if arg is not types.NoneType]
    out, back = converters(some[0]) if len(some) == 1 else _one_of(some)
    if len(some) == len(args):
        return out, back
    return (lambda v: "null" if v is None else out(v)), (lambda v: None if v is None else back(v))


_NAMED = {Money: "money", Decimal: "decimal"}
"""Values that say in a union what they are: ``{"money":[1000,"EUR"]}``."""


def _one_of(some: list[Any]) -> tuple[Convert, Convert]:
    """A union: plain values tell themselves apart, a list is a list of words, and others say what they are."""
    if all(arg in _PLAIN for arg in some):
        return _text, _plain
    if all(attrs.has(arg) and arg not in _LEAVES for arg in some):
        return _one_class_of(some)
    named = {name: (cls, *converters(cls)) for cls, name in _NAMED.items() if cls in some}
    words = converters(tuple[str, ...]) if tuple[str, ...] in some else None
    plain = [arg for arg in some if arg in _PLAIN or get_origin(arg) is Literal]
    if len(named) + (words is not None) + len(plain) != len(some):
        raise TypeError(f"no converter for a union of {some}")

    def out(value: Any) -> str:
        for name, (cls, write, _) in named.items():
            if isinstance(value, cls):
                return f'{{"{name}":{write(value)}}}'
        return words[0](value) if words and isinstance(value, tuple) else _text(value)

    def back(data: Any) -> Any:
        if type(data) is dict and len(data) == 1:
            ((name, inner),) = data.items()
            if name in named:
                return named[name][2](inner)
            raise CodecError("a value that says of itself what nobody knows")
        return words[1](data) if words and type(data) is list else _plain(data)

    return out, back


def _one_class_of(some: list[Any]) -> tuple[Convert, Convert]:
    """A union of classes: values of the first are written as they are, others say theirs: ``{"Register":{...}}``."""
    first, *others = ((cls, *converters(cls)) for cls in some)
    named = {cls.__name__: (cls, write, read) for cls, write, read in others}

    def out(value: Any) -> str:
        name = type(value).__name__
        return f'{{"{name}":{named[name][1](value)}}}' if name in named else first[1](value)

    def back(data: Any) -> Any:
        name = next(iter(data)) if type(data) is dict and len(data) == 1 else None
        return named[name][2](data[name]) if name in named else first[2](data)

    return out, back


def _tuple(args: tuple[Any, ...]) -> tuple[Convert, Convert]:
    if len(args) == 2 and args[1] is Ellipsis:
        out, back = converters(args[0])
        return (lambda v: f"[{','.join([out(x) for x in v])}]"), (lambda v: tuple([back(x) for x in _list(v)]))
    pairs = [converters(arg) for arg in args]
    return (
        lambda v: f"[{','.join([pair[0](x) for pair, x in zip(pairs, v, strict=True)])}]",
        lambda v: tuple([pair[1](x) for pair, x in zip(pairs, _list(v, len(pairs)), strict=True)]),
    )


def _record(cls: Any) -> tuple[Convert, Convert]:
    hints = get_type_hints(cls)
    fields = [field for field in attrs.fields(cls) if field.init]
    readers = {field.name: converters(hints[field.name])[1] for field in fields}
    names = readers.keys()

    upcast = VALUES.get(cls.__name__)

    def back(data: Any) -> Any:
        if upcast is not None and isinstance(data, dict) and not data.keys() <= names:
            data = upcast(data)
        if not isinstance(data, dict) or not data.keys() <= names:
            raise CodecError(f"{cls.__name__} cannot be read: unknown fields")
        try:
            return cls(**{name: readers[name](value) for name, value in data.items()})
        except CodecError:
            raise
        except (TypeError, ValueError, LookupError) as error:
            raise CodecError(f"{cls.__name__} cannot be read: {type(error).__name__}") from None

    return _writer([(field.name, hints[field.name], field.default) for field in fields]), back


def _holds_text(hint: Any) -> bool:
    """Whether a value of this type is a text, or may be."""
    if get_origin(hint) in (Union, types.UnionType):
        return any(_holds_text(arg) for arg in get_args(hint))
    return hint is str or get_origin(hint) is Literal


def _writer(fields: Sequence[tuple[str, Any, Any]]) -> Convert:
    """A function that writes a record: straight through its fields, made from their names, which are those of a class.

    A field that has its default is left out. Texts, which most values are, are written without another call of ours.
    """
    known: dict[str, Any] = {"quote": quote}
    lines = ["def out(value):", "    found = []"]
    for number, (name, hint, default) in enumerate(fields):
        known |= {f"convert{number}": converters(hint)[0], f"default{number}": default}
        lines.append(f"    one = value.{name}")
        text = (
            f"quote(one) if type(one) is str else convert{number}(one)"
            if _holds_text(hint)
            else f"convert{number}(one)"
        )
        write = f"found.append('\"{name}\":' + ({text}))"
        if default is attrs.NOTHING:
            lines.append(f"    {write}")
        else:
            lines.append(f"    if one is not default{number} and one != default{number}: {write}")
    exec("\n".join([*lines, "    return '{' + ','.join(found) + '}'"]), known)
    out: Convert = known["out"]
    return out
