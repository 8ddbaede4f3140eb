"""TOML, read with care and written in one canonical way.

The text is walked over where something is wrong, for the line of every key, and before it is parsed where it may have
what would make a parser slow (keys of many parts, deep nesting). Numbers with a decimal point stay exact; exponents,
``nan`` and ``inf`` become ``NotPlain``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Any

import attrs

MAX_BYTES = 256 * 1024
MAX_PARTS = 8
MAX_DEPTH = 12
MAX_DIGITS = 24

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""
    (?P<skip>[ \t\r]+|\#[^\n]*)
  | (?P<newline>\n)
  | (?P<string>\"\"\"(?:\\.|[^\\]|\\)*?(?:\"\"\"\"{0,2}|\Z) | '''.*?(?:''''{0,2}|\Z)
              | "(?:\\.|[^"\\\n])*"? | '[^'\n]*'?)
  | (?P<mark>[=,\[\]{}.])
  | (?P<bare>[^\s=,\[\]{}.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)
_BRACKET = re.compile(r"[\[\]{}]")
_APART = re.compile(r"[=,\n]")
_PLAIN = re.compile(r"[+-]?[0-9_]+\.[0-9_]+")
_LINE = re.compile(r"\(at line (\d+), column \d+\)$")


@attrs.frozen
class NotPlain:
    """A number that is no amount: written with an exponent, ``nan``, ``inf``, or of absurd length."""

    text: str


class TomlError(Exception):
    """The text is not TOML, or not of a kind that is read here."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class Lines(Mapping[Path, int]):
    """The line on which each path of a text is first written; the text is walked over once a line is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return _Scan().run(self._text)

    def __getitem__(self, path: Path) -> int:
        return self._lines[path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def _is_odd(text: str) -> bool:
    """Whether a key may have too many parts, or brackets may be nested too deep: then the walk says so and where."""
    depth = 0
    for mark in _BRACKET.findall(text):
        depth = max(0, depth + (1 if mark in "[{" else -1))
        if depth > MAX_DEPTH:
            return True
    return any(part.count(".") >= MAX_PARTS for part in _APART.split(text))


def parse(text: str) -> tuple[dict[str, Any], Mapping[Path, int]]:
    """The data of a TOML text, and the line on which each path is first written.

    Raises:
        TomlError: too large, too deep, or not TOML.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TomlError(f"larger than {MAX_BYTES // 1024} KiB")
    lines = Lines(text)
    if _is_odd(text):
        len(lines)
    try:
        return tomllib.loads(text, parse_float=_number), lines
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = _LINE.search(message)
        line = int(where[1]) if where else None
        raise TomlError(_LINE.sub("", message).strip() + _hint(text, line), line) from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise TomlError(f"cannot be read: {type(error).__name__}") from None


def _hint(text: str, line: int | None) -> str:
    """What was probably meant, for the mistakes that writers of price lists make."""
    rows = text.split("\n")
    for row in reversed(rows[max(0, line - 2) : line] if line else ()):
        bare = re.sub(r'"[^"]*"|#.*', "", row[:2_000])
        if re.search(r"= *[0-9]{1,3},[0-9]{3}\b", bare):
            return "; thousands stand without a mark, such as 5000"
        if re.search(r"= *[0-9]+,[0-9]{1,2} *[,}\]]?", bare):
            return "; an amount is written with a point, such as 5.50"
        if re.search(r"= *[0-9.]+ *(€|EUR|\$|£|%)", bare):
            return '; an amount stands without its currency, and a percentage in quotes: "20%"'
        if re.search(r"= *(?!true\b|false\b|inf\b|nan\b)[^\W\d]", bare):
            return "; a text stands in quotes"
        if bare.count("{") > bare.count("}"):
            return "; a table in braces stands on one line, a longer one under a heading such as [product.room.rate]"
    return ""


def _number(text: str) -> Decimal | NotPlain:
    if len(text) <= MAX_DIGITS and _PLAIN.fullmatch(text):
        return Decimal(text)
    return NotPlain(text[:MAX_DIGITS])


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """The line of a path or of the nearest thing around it. A list with one entry may be written as a table."""
    while path:
        for form in _spellings(path):
            if form in lines:
                return lines[form]
        path = path[:-1]
    return None


def _spellings(path: Path) -> Iterator[Path]:
    """The path with and without each index 0."""
    places = [n for n, part in enumerate(path) if part == 0][:MAX_PARTS]
    for count in range(len(places) + 1):
        for out in combinations(places, count):
            yield tuple(part for n, part in enumerate(path) if n not in out)


@attrs.define
class _Scan:
    """Walks over the tokens once and notes where each key is."""

    lines: dict[Path, int] = attrs.field(factory=dict)
    line: int = 1
    base: Path = ()
    parts: list[str] = attrs.field(factory=list)
    stack: list[tuple[str, Path, int]] = attrs.field(factory=list)  # ("array" or "table", path, number of the entry)
    tables: dict[Path, int] = attrs.field(factory=dict)  # how often each [[header]] came
    mode: str = "key"  # "key", "value" or "header"
    brackets: int = 0

    def run(self, text: str) -> dict[Path, int]:
        for match in _TOKEN.finditer(text):
            kind, token = match.lastgroup, match.group()
            if kind == "newline":
                self._newline()
            elif kind == "mark":
                self._mark(token)
            elif kind != "skip":
                self._word(token)
            if kind == "string":
                self.line += token.count("\n")
        self._newline()
        return self.lines

    def _note(self, path: Path) -> None:
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                break
            self.lines[path[:end]] = self.line

    def _word(self, token: str) -> None:
        if self.mode == "value":
            self._entry()
            return
        quote = token[:3] if token[:3] in ('"""', "'''") else token[:1] if token[:1] in "\"'" else ""
        self.parts.append(token[len(quote) : -len(quote)] if quote else token)
        if len(self.parts) > MAX_PARTS:
            raise TomlError(f"a key of more than {MAX_PARTS} parts", self.line)

    def _entry(self) -> None:
        if self.stack and self.stack[-1][0] == "array":
            _, path, number = self.stack[-1]
            self._note((*path, number))

    def _here(self) -> Path:
        if not self.stack:
            return self.base
        kind, path, number = self.stack[-1]
        return (*path, number) if kind == "array" else path

    def _mark(self, token: str) -> None:
        if self.mode == "header":
            self.brackets += token == "["
        elif self.mode == "key" and token == "[" and not self.stack and not self.parts:
            self.mode, self.brackets = "header", 1
        elif self.mode == "key" and token == "=":
            path = (*self._here(), *self.parts)
            self._note(path)
            self.parts, self.mode = [], "value"
            self.stack.append(("value", path, 0))
        elif self.mode == "value" and token in "[{":
            self._entry()
            self.stack.append(("array" if token == "[" else "table", self._here(), 0))
            self.mode = "value" if token == "[" else "key"
            if len(self.stack) > 2 * MAX_DEPTH:
                raise TomlError(f"nested deeper than {MAX_DEPTH}", self.line)
        elif token in "]},":
            self._close(token)

    def _close(self, token: str) -> None:
        self.parts = []
        while self.stack and self.stack[-1][0] == "value":
            self.stack.pop()
        if token == "," and self.stack:
            kind, path, number = self.stack.pop()
            self.stack.append((kind, path, number + (kind == "array")))
            self.mode = "value" if kind == "array" else "key"
        elif self.stack:
            self.stack.pop()
            self.mode = "value"

    def _newline(self) -> None:
        if self.mode == "header":
            path: Path = ()
            for number, part in enumerate(self.parts, 1):
                path = (*path, part)
                if self.brackets > 1 and number == len(self.parts):
                    self.tables[path] = self.tables.get(path, 0) + 1
                if path in self.tables:
                    path = (*path, self.tables[path] - 1)
            self.base = path
            self._note(path)
        if self.mode == "header" or all(kind == "value" for kind, _, _ in self.stack):
            self.mode, self.parts, self.stack = "key", [], []
        self.line += 1


# --- writing ---------------------------------------------------------------------------------------------------------


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def value(data: Any) -> str:
    """A value on one line."""
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, str):
        return _string(data)
    if isinstance(data, Decimal):
        return f"{data:f}"
    if isinstance(data, (datetime, date)):
        return data.isoformat()
    if isinstance(data, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {value(v)}" for k, v in data.items()) + " }" if data else "{}"
    if isinstance(data, (list, tuple)):
        return "[" + ", ".join(value(part) for part in data) + "]"
    return str(int(data))


def _rows(key: str, data: Any) -> str:
    """A key and its value; a list of tables or of lists is written one entry a line."""
    if isinstance(data, list) and len(data) > 1 and all(isinstance(part, (dict, list)) for part in data):
        return f"{_key(key)} = [\n" + "".join(f"  {value(part)},\n" for part in data) + "]\n"
    return f"{_key(key)} = {value(data)}\n"


def write(data: Mapping[str, Mapping[str, Any]], nested: tuple[str, ...]) -> str:
    """A document: one table a section; the sections in ``nested`` hold tables by name, each with its own header."""
    out: list[str] = []
    for section, table in data.items():
        named = table.items() if section in nested else [("", table)]
        for name, rows in named:
            header = f"{_key(section)}.{_key(name)}" if section in nested else _key(section)
            out.append(f"[{header}]\n" + "".join(_rows(key, part) for key, part in rows.items()))
    return "\n".join(out)


def canonical(data: Any) -> str:
    """One text for one content: the keys sorted, the types of the values kept apart."""

    def plain(part: Any) -> Any:
        if isinstance(part, Decimal):
            return {"decimal": f"{part:f}"}
        if isinstance(part, (datetime, date)):
            return {"date": part.isoformat()}
        if isinstance(part, Mapping):
            return dict(part)
        raise TypeError(f"a {type(part).__name__} is no content of a tariff")

    return json.dumps(data, default=plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def quoted(key: str) -> str:
    """A key as a TOML path writes it."""
    bare = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    return key if bare else '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
