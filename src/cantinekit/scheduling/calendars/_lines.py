"""From octets to unfolded lines with their numbers, within limits (RFC 5545, section 3.1)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from cantinekit.errors import CalendarError, InputError
from cantinekit.scheduling.calendars._problems import CalendarLimits, CalendarProblem, Problems

_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    ("BEGIN:".encode("utf-16-le"), "utf-16-le"),
    ("BEGIN:".encode("utf-16-be"), "utf-16-be"),
)
_TAB, _SPACE, _CR = 9, 32, 13

Unfolded = tuple[int, bytes, bool]
"""The number of the first physical line, the octets, and whether they are all there."""


def octets(source: bytes | str, limits: CalendarLimits, problems: Problems) -> bytes:
    """The text as UTF-8 without a mark, its size checked before anything else is done.

    Raises:
        CalendarError: it is larger than the limit.
        InputError: it is neither text nor octets.
    """
    if not isinstance(source, bytes | str):
        raise InputError(f"a calendar is bytes or str, not {type(source).__name__}")
    _check(len(source), limits)
    if isinstance(source, str):
        text = source.removeprefix("\ufeff")
        try:
            source = text.encode()
        except UnicodeEncodeError:
            problems.add("encoding", 0, "VCALENDAR", "lone surrogates are read as ?", "changed")
            source = text.encode(errors="replace")
        _check(len(source), limits)
    for mark, encoding in _WIDE:
        if source.startswith(mark):
            problems.add("encoding", 0, "VCALENDAR", f"read as {encoding.upper()}", "changed")
            source = source.decode(encoding, errors="replace").encode(errors="replace")
            _check(len(source), limits)
    source = source.removeprefix(codecs.BOM_UTF8)
    if b"\n" not in source and b"\r" in source:
        problems.add("line-ends", 1, "VCALENDAR", "each lone CR is read as the end of a line", "changed")
        source = source.replace(b"\r", b"\n")
    return source


def _check(size: int, limits: CalendarLimits) -> None:
    if size > limits.octets:
        message = f"{size} octets, the limit is {limits.octets}"
        raise CalendarError([CalendarProblem("too-large", 0, "VCALENDAR", message, "refused")])


def unfolded(data: bytes, limits: CalendarLimits) -> Iterator[Unfolded]:
    """Each line that is not empty. Folds are undone between octets, so that a fold inside of a character, as other
    programs write it, does no harm. A line over the limit is never held: only its beginning is given, as not whole.
    """
    number, first, size = 0, 0, 0
    line: bytes | bytearray = b""
    position, end, most = 0, len(data), limits.line
    while position < end:
        number += 1
        stop = data.find(b"\n", position)
        if stop < 0:
            stop = end
        start, last = position, stop - 1 if stop > position and data[stop - 1] == _CR else stop
        position = stop + 1
        if start == last:
            continue
        soft = line.endswith(b"=") and b"QUOTED-PRINTABLE" in line[:200].upper()
        if line and (soft or data[start] in (_SPACE, _TAB)):
            size += last - start
            if size <= most:
                if not isinstance(line, bytearray):
                    line = bytearray(line)
                if soft:  # vCalendar 1.0 breaks lines in this way
                    line.pop()
                line += data[start if soft else start + 1 : last]
            continue
        if line:
            yield first, bytes(line), size <= most
        first, size = number, last - start
        line = data[start : last if size <= most else min(last, start + 100)]
    if line:
        yield first, bytes(line), size <= most
