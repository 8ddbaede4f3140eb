"""Rows of another system: read from CSV or JSON lines, checked all at once, and taken over one by one."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import attrs

from cantinekit import commands as cmd
from cantinekit.clock import wall_period
from cantinekit.common.fields import check_id
from cantinekit.domain.imports.rows import ImportCommand
from cantinekit.errors import CantineError, DuplicateError, InputError, NotFoundError, RefusedError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.records import Place, Space

ImportKind = Literal["people", "organisations", "affiliations", "passes", "units", "balances", "bookings", "series"]
"""The kinds of rows, which name the files, too: ``passes.csv``."""
KINDS: Mapping[str, type[ImportCommand[Any]]] = {
    "people": cmd.ImportPerson,
    "organisations": cmd.ImportOrganisation,
    "affiliations": cmd.ImportAffiliation,
    "passes": cmd.ImportPass,
    "units": cmd.ImportUnits,
    "balances": cmd.ImportBalance,
    "bookings": cmd.ImportBooking,
    "series": cmd.ContinueSeries,
}
"""The command of each kind of rows."""
PERIOD = ("date", "from", "until")
"""The columns of a booking that say when it was: a local day, and two times of day at the place."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,9})?", re.ASCII)
_MONEY = re.compile(r"-?\d+(\.\d+)? [A-Z]{3}", re.ASCII)

Row = Mapping[str, Any]
"""A row: values by the names of its columns, texts as a spreadsheet has them, or the values of Python."""


@attrs.frozen
class RowProblem:
    """Why a row cannot be taken over.

    Attributes:
        row: the number of the row, from 1; of a CSV file its line, where the heads are line 1.
        source: the key of the row; empty where it has none that can be read.
        field: the column; empty where it is the row as a whole.
        text: what is wrong.
    """

    row: int
    source: str
    field: str
    text: str

    def __str__(self) -> str:
        """The problem in one line."""
        of = f" ({self.source})" if self.source else ""
        return f"row {self.row}{of}: {f'{self.field}: ' if self.field else ''}{self.text}"


@attrs.frozen
class ImportReport:
    """What became of rows.

    Attributes:
        rows: how many there were.
        taken: how many were taken over, or would be.
        known: how many had been taken over before, so that nothing changed.
        problems: why others were not, in the order of the rows.
    """

    rows: int
    taken: int
    known: int
    problems: tuple[RowProblem, ...] = ()


class _Reads(Protocol):
    """What is looked up to understand a row."""

    def get(self, cls: type[Any], id: str) -> Any: ...


Carry = Callable[[ImportCommand[Any], str], bool]
"""Carries a command out for an actor, and says whether it changed anything."""


class Imports:
    """Takes rows of another system over: ``house.imports``.

    Args:
        carry: carries a command out.
        rehearse: makes what carries commands out without storing anything; each sees what those before it made.
        read: reads the records of the house.
    """

    def __init__(self, carry: Carry, rehearse: Callable[[], Carry], read: _Reads) -> None:
        self._carry, self._rehearse, self._read = carry, rehearse, read

    def check(self, rows: Iterable[Row], *, kind: ImportKind | None = None, actor: str = "import") -> ImportReport:
        """A dry run: all that is wrong with rows, with nothing stored. Each row sees what those before it made.

        Args:
            rows: the rows, which may be read one by one.
            kind: what the rows are of; ``None``: each says so (``kind``).
            actor: who would take them over.

        Raises:
            InputError: there is no such kind.
        """
        return self._all(rows, kind, actor, self._rehearse())

    def run(
        self,
        rows: Iterable[Row],
        *,
        actor: str,
        kind: ImportKind | None = None,
    ) -> ImportReport:
        """Take rows over, each by a change of its own. What is wrong with one stops no other.

        Rows that were taken over before change nothing: whoever was interrupted begins again with the first row.

        Args:
            rows: the rows, which may be read one by one.
            actor: who takes them over.
            kind: what the rows are of; ``None``: each says so (``kind``).

        Raises:
            InputError: there is no such kind.
            BackendError: the store failed.
        """
        return self._all(rows, kind, actor, self._carry)

    def _all(
        self,
        rows: Iterable[Row],
        kind: ImportKind | None,
        actor: str,
        carry: Carry,
    ) -> ImportReport:
        if kind is not None:
            _check_kind(kind)
        count = taken = known = 0
        problems: list[RowProblem] = []
        for number, row in enumerate(rows, 1):
            count += 1
            reader = _RowReader(row, kind, self._zone_of)
            line = getattr(row, "number", number)
            found = reader.problems
            if reader.command is not None:
                try:
                    changed = carry(reader.command, actor)
                    taken, known = taken + changed, known + (not changed)
                except (RefusedError, InputError) as error:
                    found = [_of_error(error, reader.command)]
            problems += [RowProblem(line, reader.source, field, text) for field, text in found]
        return ImportReport(count, taken, known, tuple(problems))

    def _zone_of(self, space_id: str) -> str:
        """The time zone of the place of a space.

        Raises:
            NotFoundError: there is no such space.
        """
        space = self._read.get(Space, space_id)
        place = self._read.get(Place, space.place_id) if space is not None else None
        if place is None:
            raise NotFoundError(Space.kind, space_id)
        return str(place.zone)


def _check_kind(kind: object) -> None:
    if kind not in KINDS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}, not {shown(kind)}")


def _of_error(error: CantineError, c: ImportCommand[Any]) -> tuple[str, str]:
    """The field that an error is about, and what it says: messages name their field first, and ids are looked for."""
    text = str(error)
    names = [field.name for field in attrs.fields(type(c))]
    name, colon, rest = text.partition(": ")
    if colon and name in names:
        return name, rest
    if isinstance(error, NotFoundError):
        ids = [name for name in names if getattr(c, name) == error.id]
        return (ids[0] if ids else ""), text
    if isinstance(error, DuplicateError):
        return ("email" if "e-mail" in error.what else "id" if error.holder is None else ""), text
    word = text.partition(" ")[0]
    return (word, text) if word in names else ("", text)


# --- one row ---------------------------------------------------------------------------------------------------------


class _RowReader:
    """A row as a command, or all that is wrong with it.

    Args:
        row: the row.
        kind: what it is of; ``None``: it says so.
        zone_of: gives the time zone of a space.
    """

    def __init__(self, row: Row, kind: str | None, zone_of: Callable[[str], str]) -> None:
        self.problems: list[tuple[str, str]] = []
        self.source = ""
        self.command: ImportCommand[Any] | None = None
        if broken := getattr(row, "broken", ""):
            self.problems.append(("", broken))
            return
        values = {name: value for name, value in row.items() if not (isinstance(value, str) and not value.strip())}
        source = values.get("source")
        self.source = source if isinstance(source, str) else ""
        try:
            said = values.pop("kind", kind) if kind is None else kind
            _check_kind(said)
        except InputError as error:
            self.problems.append(("kind", str(error).removeprefix("kind ")))
            return
        self.command = self._made(KINDS[str(said)], values, zone_of)

    def _made(
        self, cls: type[ImportCommand[Any]], values: dict[str, Any], zone_of: Callable[[str], str]
    ) -> ImportCommand[Any] | None:
        fields = {field.name: field for field in attrs.fields(cls)}
        if cls is cmd.ImportBooking and "period" not in values:
            self._put("period", partial(_period, dict(values), zone_of), values)
        given: dict[str, Any] = {}
        for name, value in values.items():
            if name in PERIOD and cls is cmd.ImportBooking:
                continue
            if name not in fields:
                self.problems.append((str(name), f"there is no such column: {', '.join(_columns(cls))}"))
                continue
            self._put(name, partial(_checked, cls, fields[name], value), given)
        bad = {name for name, _ in self.problems}
        for name, field in fields.items():
            if field.default is attrs.NOTHING and name not in given and not bad & {name, *_stands_for(name)}:
                self.problems.append((name, "is needed"))
        if self.problems:
            return None
        try:
            return cls(**given)
        except CantineError as error:
            name = str(error).partition(" ")[0]
            self.problems.append((name if name in fields else "", str(error)))
        return None

    def _put(self, name: str, make: Callable[[], Any], into: dict[str, Any]) -> None:
        """Put a value under its name, or say what is wrong with it."""
        try:
            into[name] = make()
        except (CantineError, ValueError, TypeError) as error:
            text = str(error).removeprefix(f"{name}: ").removeprefix(f"{name} ")
            self.problems.append((name, text))


def _stands_for(name: str) -> tuple[str, ...]:
    return PERIOD if name == "period" else ()


def _columns(cls: type[ImportCommand[Any]]) -> list[str]:
    names = [field.name for field in attrs.fields(cls) if field.name != "period"]
    return [*names, *PERIOD] if cls is cmd.ImportBooking else names


def _checked(cls: type[ImportCommand[Any]], field: attrs.Attribute[Any], value: Any) -> Any:
    """The value of a field, read from its text and looked at as the command will look at it."""
    if isinstance(value, str):
        value = _parsed(cls, field.name, value.strip())
    if field.converter is not None:
        value = field.converter(value)  # type: ignore[operator]
    if field.validator is not None:
        field.validator(None, field, value)
    return value


def _parsed(cls: type[ImportCommand[Any]], name: str, text: str) -> Any:
    """The value of a column as a spreadsheet writes it."""
    if name in ("day", "first_day", "paid_until", "last_day", "end", "due_on"):
        return _day(text)
    if name in ("value", "owed"):
        return Money.parse(text)
    if name == "facts":
        return {key: _fact(value) for key, value in _pairs(text)}
    if name == "units" and cls is cmd.ImportPass:
        return {key: _number(value) for key, value in _pairs(text)}
    if name == "units" and cls is cmd.ImportUnits:
        return _number(text)
    if name == "address":
        return tuple(filter(None, (line.strip() for line in text.split(";"))))
    if name in ("units", "year", "last", "at_most"):
        if not _WHOLE.fullmatch(text):
            raise InputError(f"a whole number is needed, not {shown(text)}")
        return int(text)
    return text


def _day(text: str) -> date:
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise InputError(f"there is no day {text}") from None
    raise InputError(f"a day such as 2026-11-30 is needed, not {shown(text)}")


def _number(text: str) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise InputError(f"a number such as 3 or 2.5 is needed, not {shown(text)}")
    return Decimal(text) if "." in text else int(text)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names with values: ``hours=3; prints=10``."""
    seen = set[str]()
    for part in filter(None, (one.strip() for one in text.split(";"))):
        name, equals, value = (one.strip() for one in part.partition("="))
        if not equals or not name or not value or name in seen:
            raise InputError(f"names with values are needed, each once, such as hours=3; prints=10, not {shown(text)}")
        seen.add(name)
        yield name, value


def _fact(text: str) -> Any:
    """The value of a fact: yes or no, a number, an amount, words with ``+`` between them, or a text."""
    if text in ("yes", "no"):
        return text == "yes"
    if _NUMBER.fullmatch(text):
        return _number(text)
    if _MONEY.fullmatch(text):
        return Money.parse(text)
    return tuple(text.split("+")) if "+" in text else text


def _period(values: Row, zone_of: Callable[[str], str]) -> Any:
    """The period of a booking: a day and two times of day, by the clock of the place."""
    missing = [name for name in PERIOD if name not in values]
    if missing:
        raise InputError(f"{', '.join(missing)} is needed")
    day, starts, ends = (values[name].strip() if isinstance(values[name], str) else values[name] for name in PERIOD)
    return wall_period(
        _day(day) if isinstance(day, str) else day,
        starts,
        ends,
        zone_of(check_id(values.get("space_id"), "space_id")),
    )


# --- files -----------------------------------------------------------------------------------------------------------


class FileRow(dict[str, Any]):
    """A row of a file.

    Attributes:
        number: the line of the file, from 1.
        broken: why it cannot be read; empty: it can.
    """

    number: int = 0
    broken: str = ""


def _row(number: int, values: Mapping[str, Any] | None, broken: str = "") -> FileRow:
    found = FileRow(values or {})
    found.number, found.broken = number, broken
    return found


def kind_of_file(path: Path) -> ImportKind:
    """What the rows of a file are of, by its name: ``passes.csv``, ``units-2026.csv``.

    Args:
        path: the file.

    Raises:
        InputError: its name says none.
    """
    word = re.split(r"[^a-z]", path.name.lower())[0]
    if word not in get_args(ImportKind):
        raise InputError(f"{path.name} is not called by what its rows are of: {', '.join(KINDS)}; or say the kind")
    return word  # type: ignore[return-value]


def read_rows(path: Path) -> Iterator[FileRow]:
    """The rows of a file, one by one: JSON lines where it ends in ``.jsonl``, else CSV with heads.

    Args:
        path: the file, in UTF-8. In CSV a comma or a semicolon is between the columns, as the heads have it.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _json_rows(file) if path.suffix == ".jsonl" else _csv_rows(file)
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not UTF-8: save it as such") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}") from error


def _json_rows(lines: Iterable[str]) -> Iterator[FileRow]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            yield _row(number, None, f"no JSON: {error}")
            continue
        if isinstance(found, dict):
            yield _row(number, found)
        else:
            yield _row(number, None, "no JSON object")


def _csv_rows(lines: Iterable[str]) -> Iterator[FileRow]:
    rest = iter(lines)
    heads = next(rest, "")
    mark = ";" if heads.count(";") > heads.count(",") else ","
    try:
        names = [name.strip() for name in next(csv.reader([heads], delimiter=mark, strict=True), [])]
    except csv.Error as error:
        raise InputError(f"the heads cannot be read: {error}") from None
    if len(set(names)) < len(names) or not all(names):
        raise InputError("each column has a head of its own")
    reader = csv.reader(rest, delimiter=mark, strict=True)
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield _row(line, None, f"no CSV: {error}")
            continue
        if cells is None:
            return
        if len(cells) > len(names):
            yield _row(line, None, f"{len(cells)} cells for {len(names)} columns")
        elif any(cell.strip() for cell in cells):
            yield _row(line, dict(zip(names, cells, strict=False)))
