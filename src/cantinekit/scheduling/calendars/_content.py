"""A content line taken apart: name, parameters, value; texts (RFC 5545, sections 3.1 and 3.3.11; RFC 6868)."""

from __future__ import annotations

import quopri
import re
from collections.abc import Mapping
from itertools import islice

import attrs

from cantinekit.scheduling.calendars._problems import Problems
from cantinekit.scheduling.calendars._split import ContentLine, RawComponent

_PARAMETER = re.compile(r'\s*([A-Za-z0-9-]+)\s*=\s*((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)\s*')
_PLAIN = re.compile(r"\s*([A-Za-z0-9-]{1,60})\s*")
_CHARSETS = {"iso-8859-1": "cp1252", "windows-1252": "cp1252", "iso-8859-15": "iso8859-15"}
"""Others than UTF-8 that calendars of version 1.0 name; not every codec of Python is harmless."""
_CARET = {"^n": "\n", "^'": '"', "^^": "^"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPLIT = re.compile(r"((?:\\.|[^\\,]|\\\Z)*)(?:,|\Z)", re.DOTALL)
"""Never fails, so that no text makes it look twice: a backslash at the very end stands for itself."""


@attrs.frozen
class Prop:
    """A property; parameter names are in capitals, a parameter has one value or several."""

    number: int
    name: str
    params: Mapping[str, tuple[str, ...]]
    value: str

    def param(self, name: str) -> str | None:
        """The first value of a parameter."""
        values = self.params.get(name)
        return values[0] if values else None


def decoded(line: ContentLine, kind: str, problems: Problems) -> str:
    """The line as text: UTF-8, else Windows-1252 (which all of Latin-1's letters are in)."""
    try:
        return line.raw.decode()
    except UnicodeDecodeError:
        problems.add("encoding", line.number, kind, f"{line.name} is read as Windows-1252", "changed")
        return line.raw.decode("cp1252", errors="replace")


def taken_apart(number: int, text: str) -> Prop:
    """Name, parameters and value of a line.

    Raises:
        ValueError: it has another form.
    """
    head, colon, value = text.partition(":")
    if not colon:
        raise ValueError("there is no colon in it")
    if ";" not in head:
        return Prop(number, head.strip().upper(), {}, value)
    name = _PLAIN.match(text)
    if name is None or name.end() >= len(text) or text[name.end()] != ";":
        raise ValueError("it does not begin with a name")
    params: dict[str, tuple[str, ...]] = {}
    at = name.end()
    while text[at] == ";":
        if text.startswith((":", ";"), at + 1):  # an empty parameter; some programs write a semicolon too many
            at += 1
            continue
        found = _PARAMETER.match(text, at + 1)
        if found is None or found.end() >= len(text):
            bare = _PLAIN.match(text, at + 1)  # vCalendar 1.0 has parameters without a name
            if bare is None or bare.end() >= len(text) or text[bare.end()] not in ";:":
                raise ValueError("its parameters cannot be read")
            params.setdefault(bare[1].upper(), ())
            at = bare.end()
            continue
        params.setdefault(found[1].upper(), _values(found[2]))
        at = found.end()
    if text[at] != ":":
        raise ValueError("its parameters cannot be read")
    return Prop(number, name[1].upper(), params, text[at + 1 :])


def _values(text: str) -> tuple[str, ...]:
    parts = text.split(",") if '"' not in text else re.findall(r'"[^"]*"|[^",]+', text) or [""]
    return tuple(_caret(part[1:-1] if part[:1] == '"' == part[-1:] else part.strip()) for part in parts)


def _caret(text: str) -> str:
    return re.sub(r"\^[n'^]", lambda found: _CARET[found[0]], text) if "^" in text else text


def properties(block: RawComponent, problems: Problems, essential: frozenset[str]) -> list[Prop] | None:
    """The lines of a component; ``None`` when one of the essential ones cannot be read, which is told."""
    found = []
    for line in block.lines:
        try:
            if not line.whole:
                raise ValueError("it is too long")
            found.append(taken_apart(line.number, decoded(line, block.kind, problems)))
        except ValueError as error:
            lost = line.name in essential
            if line.whole or lost:
                message = f"{line.name}: {error}"
                code = "line-malformed" if line.whole else "line-too-long"
                problems.add(code, line.number, block.kind, message, "refused" if lost else "left-out")
            if lost:
                return None
    return found


def text_of(prop: Prop, kind: str, most: int, problems: Problems) -> str:
    """The value of a text property: escapes undone, controls taken out, cut at the limit."""
    value = prop.value
    if prop.param("ENCODING") == "QUOTED-PRINTABLE" or "QUOTED-PRINTABLE" in prop.params:
        value = _printable(value, prop.param("CHARSET"))
    elif "\\" in value:
        value = unescaped(value)
    return cleaned(value, prop, kind, most, problems)


def cleaned(value: str, prop: Prop, kind: str, most: int, problems: Problems) -> str:
    """A text without control characters, and not longer than the limit."""
    value = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if _CONTROLS.search(value):
        problems.add("text-controls", prop.number, kind, f"{prop.name} has control characters", "changed")
        value = _CONTROLS.sub("", value)
    if len(value) > most:
        message = f"{prop.name} has {len(value)} characters, {most} are kept"
        problems.add("text-cut", prop.number, kind, message, "changed")
        value = value[:most]
    return value


def unescaped(value: str) -> str:
    """Undo the escapes of a TEXT value, from left to right."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def texts_of(prop: Prop, kind: str, most: int, count: int, problems: Problems) -> tuple[str, ...]:
    """The values of a property that holds several texts, at most ``count``."""
    if prop.value.count(",") >= count:
        message = f"{prop.name} has more than {count} values"
        problems.add("too-many-values", prop.number, kind, message, "changed")
    found: list[str] = []
    for match in islice(_SPLIT.finditer(prop.value), count):
        text = cleaned(unescaped(match[1]), prop, kind, most, problems).strip()
        if text and text not in found:
            found.append(text)
    return tuple(found)


def _printable(value: str, charset: str | None) -> str:
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        return raw.decode(_CHARSETS.get((charset or "").lower(), "utf-8"))
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
