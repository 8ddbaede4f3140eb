r"""Values for icalendar's components: texts, parameters and dates exactly as RFC 5545 and RFC 6868 want them.

icalendar orders, folds and joins; what a line says is written here, because its own texts read ``\N`` as a line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cantinekit.clock import instant
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

if TYPE_CHECKING:
    from icalendar import Component

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NAMED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20\x7f-\x9f\ud800-\udfff\"<>\\^`{|}]+")
_NEEDS_QUOTES = re.compile(r"[:;,]")
NAME = re.compile(r"[A-Z0-9-]+")
MAX_URI = 2_000


@cache
def _parameters() -> type:
    """Icalendar's class of parameters, with values that are already as they are to be written."""
    from icalendar.parser import Parameters

    class Exact(Parameters):
        def to_ical(self, sorted: bool = True) -> bytes:
            return ";".join(f"{key}={value}" for key, value in self.items()).encode()

    return Exact


class Value:
    """What stands behind the colon, and the parameters before it."""

    __slots__ = ("params", "raw")

    def __init__(self, raw: str, params: Mapping[str, str] | None = None) -> None:
        self.raw = raw.encode()
        self.params = _parameters()()
        for name in sorted(params or ()):
            self.params[name] = parameter(params[name]) if params else ""

    def to_ical(self) -> bytes:
        return self.raw


def clean(text: str) -> str:
    """Line ends as LF; no control characters, no lone surrogates."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545, section 3.3.11)."""
    text = clean(text)
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return text.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def parameter(text: str) -> str:
    """The value of a parameter, quoted where it has to be, with ^n ^' ^^ (RFC 6868)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    text = _NAMED.sub("", text)
    return f'"{text}"' if _NEEDS_QUOTES.search(text) or text != text.strip() else text


def uri(text: str, what: str) -> str:
    """An absolute URI.

    Raises:
        InputError: it is none, or longer than 2,000 characters.
    """
    if not isinstance(text, str) or len(text) > MAX_URI or not _URI.fullmatch(text):
        raise InputError(f"{what} must be an absolute URI, not {shown(text)}")
    if "[" in text:  # an address of IPv6, which may be none
        try:
            urlsplit(text)
        except ValueError as error:
            raise InputError(f"{what} must be an absolute URI, not {shown(text)}") from error
    return text


def stamp(moment: datetime) -> str:
    """An instant in UTC, to the second."""
    utc = instant(moment)
    return f"{utc.year:04}{utc.month:02}{utc.day:02}T{utc.hour:02}{utc.minute:02}{utc.second:02}Z"


def wall(moment: datetime | date) -> str:
    """A date, or a wall time without its zone."""
    day = f"{moment.year:04}{moment.month:02}{moment.day:02}"
    return f"{day}T{moment.hour:02}{moment.minute:02}{moment.second:02}" if isinstance(moment, datetime) else day


def put(component: Component, name: str, raw: str, params: Mapping[str, str] | None = None) -> None:
    """Add a line; a name may come several times."""
    value: Any = Value(raw, params)
    there: Any = component.get(name)
    if there is None:
        component[name] = value
    elif isinstance(there, list):
        there.append(value)
    else:
        component[name] = [there, value]


def put_text(component: Component, name: str, text: str | None, params: Mapping[str, str] | None = None) -> None:
    """Add a text, where there is one."""
    if text:
        put(component, name, escaped(text), params)


def put_list(component: Component, name: str, texts: Iterable[str]) -> None:
    """Add texts as one line with commas."""
    if found := [escaped(text) for text in texts]:
        put(component, name, ",".join(found))
