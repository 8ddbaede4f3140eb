"""A comparison as it is handed over: a short text, and a folder with a page, tables and the rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import attrs

from cantinekit.common.extras import need
from cantinekit.errors import InputError
from cantinekit.pricing import Tariff
from cantinekit.scheduling.calendars.web import CSV_MARK, csv_row
from cantinekit.whatif._compare import Comparison, Member, Shares, Sums
from cantinekit.whatif._page import PICTURES, about, checked, groups_of, left_out, name_of, page, pictures, warned
from cantinekit.whatif._plots import named
from cantinekit.whatif._visits import part_of, written
from cantinekit.whatif._words import Words

CHECK = "check.csv"
ROWS = "rows.parquet"
PAGE = "report.html"
_TABLES = ("months.csv", "products.csv", "categories.csv", "tenths.csv", "members.csv", CHECK)
REPORT_FILES = (PAGE, *(f"{name}.svg" for name in PICTURES), *_TABLES, ROWS)
"""The names of the files of a report; of the pictures those that there are figures for."""
_SUMS = ("rows", "old", "new", "change")
_SHARES = ("members", "less", "same", "more", "old", "new", "change", "uncompared")


def summary(found: Comparison, lang: str) -> list[str]:
    """A comparison in a few lines.

    Args:
        found: the comparison.
        lang: "fr" or "en".

    Raises:
        InputError: no such language.
    """
    words = Words(lang, found.currency)
    lines = [about(found, words), "", _revenue(found, words), *_sums(found, words)]
    if said := warned(found, words):
        lines += ["", *said]
    if found.members:
        lines += ["", _members(found, words), *_shares(found, words)]
    lines += ["", checked(found.check, words), *left_out(found, words)]
    return lines


def _revenue(found: Comparison, words: Words) -> str:
    total = found.total
    percent = words.percent(total.change, total.old)
    change = f"{words.change(total.change)}{f', {percent}' if percent else ''}"
    return f"{words('total')}{words('colon')}{words.money(total.old)} -> {words.money(total.new)} ({change})"


def _members(found: Comparison, words: Words) -> str:
    groups = ", ".join(words.counted(getattr(found.shares, kind), kind) for kind in groups_of(found))
    return f"{words('members')}{words('colon')}{groups}"


@attrs.frozen
class Shown:
    """A comparison in the words of people, for a page of a host.

    Attributes:
        said: sentences: what is compared, what it brings, how many members pay more or less, and what has to be known.
        pictures: SVG documents by their names, "months", "products", "categories" and "tenths", as far as there are
            such figures; they follow the light or dark scheme of the reader.
        most: of each of the members whose sums change most the id, what it pays under the old list and under the new
            one, and the change.
    """

    said: tuple[str, ...]
    pictures: Mapping[str, str]
    most: tuple[tuple[str, str, str, str], ...]


def show(found: Comparison, lang: str) -> Shown:
    """A comparison for a page of a host; ``write_report`` makes a page of its own.

    Args:
        found: the comparison.
        lang: "fr" or "en".

    Raises:
        InputError: no such language, or a package is missing.
    """
    words = Words(lang, found.currency)
    members = [_members(found, words)] if found.members else []
    said = [about(found, words), _revenue(found, words), *members, *warned(found, words), checked(found.check, words)]
    most = [
        (one.id, words.money(one.old), words.money(one.new), words.change(one.change))
        for one in (each.member for each in found.most)
    ]
    return Shown(tuple(said), pictures(found, words), tuple(most))


def prepare(
    folder: str | os.PathLike[str], names: Iterable[str] = (), read: Iterable[str | os.PathLike[str]] = ()
) -> Path:
    """Make the folder of a report, and see that the packages are there: before the work, rather than after it.

    Args:
        folder: the folder.
        names: the files that are to be written there: ``REPORT_FILES`` or ``LATE_FILES``.
        read: the paths of the files that the report is made of. None of them may be one of those that are written.

    Raises:
        InputError: it cannot be made or written to, a file that is read would be written over, or a package is missing.
    """
    where = Path(folder)
    for name in ("matplotlib", "pyarrow"):
        need(name)
    _refuse_overwriting(where, names, [path for path in read if os.path.exists(path)])
    try:
        where.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=where):  # whether a file can be made there
            pass
    except OSError as error:
        raise InputError(f"{where} cannot be written: {error.strerror}") from error
    return where


def _refuse_overwriting(where: Path, names: Iterable[str], read: Sequence[str | os.PathLike[str]]) -> None:
    for name in names:
        for path in (where / name, part_of(where / name)):
            if path.exists() and any(os.path.samefile(path, one) for one in read):
                raise InputError(f"the report would be written over {path}, which is read; name another folder")


def write_report(
    found: Comparison, new: Tariff, old: Tariff, folder: str | os.PathLike[str], lang: str
) -> tuple[Path, ...]:
    """Write a comparison to a folder: a page, its pictures as SVG, tables as CSV with amounts in minor units, all rows.

    What an older report has left there is replaced, and its pictures that this one does not have are taken away. No
    other file is touched.

    Args:
        found: the comparison.
        new: the list that is asked about.
        old: the list that it is held against.
        folder: the folder; it is made where it is not there.
        lang: "fr" or "en", the language of the page.

    Returns:
        The files.

    Raises:
        InputError: they cannot be written, no such language, or a package is missing.
    """
    where = prepare(folder)
    drawn = page(found, new, old, lang, CHECK)
    files = {
        PAGE: drawn.text.encode(),
        **{f"{name}.svg": text.encode() for name, text in drawn.pictures.items()},
        "months.csv": table(("month", *_SUMS), ((one.name, *_values(one, _SUMS)) for one in found.months)),
        "products.csv": table(
            ("product", "name", *_SUMS),
            ((one.name, name_of(one.name, found), *_values(one, _SUMS)) for one in found.products),
        ),
        "categories.csv": table(
            ("category", *_SHARES), ((one.name, *_values(one, _SHARES)) for one in found.categories)
        ),
        "tenths.csv": table(
            ("tenth", *_SHARES[:-1]), ((one.name, *_values(one, _SHARES[:-1])) for one in found.tenths)
        ),
        "members.csv": table(
            ("member", "category", *_SUMS, "pays"),
            ((one.id, one.category, *_values(one, _SUMS), one.pays) for one in found.members),
        ),
        CHECK: table(
            ("row", "day", "member", "product", "charged", "old", "why"),
            (
                (one.id, one.day, one.customer, one.product, one.charged, one.replayed, "; ".join(one.why))
                for one in (found.check.differences if found.check is not None else ())
            ),
        ),
    }
    paths = write_files(where, files, ROWS, found.rows)
    for name in PICTURES:
        if name not in drawn.pictures:
            _take_away(where / f"{name}.svg", name)
    return paths


def _take_away(path: Path, name: str) -> None:
    """Take away a picture of an older report, which the page has no more. Another file of that name stays.

    Raises:
        InputError: it cannot be taken away.
    """
    try:
        if path.is_file() and named(name).encode() in path.read_bytes():
            path.unlink()
    except OSError as error:
        raise InputError(f"{path} is of an older report and cannot be taken away: {error.strerror}") from error


def write_files(where: Path, files: Mapping[str, bytes], name: str, rows: Any) -> tuple[Path, ...]:
    """Write files to a folder, each of them whole: those that are there are replaced once all new ones are written, the
    first one last.

    Args:
        where: the folder.
        files: their contents by name.
        name: the name of a Parquet file beside them.
        rows: the Arrow table that it has.

    Returns:
        The files.

    Raises:
        InputError: one of them cannot be written.
    """
    with ExitStack() as done:
        for one, content in files.items():
            done.enter_context(written(where / one)).write_bytes(content)
        need("pyarrow.parquet").write_table(rows, done.enter_context(written(where / name)), compression="zstd")
    return tuple(where / one for one in (*files, name))


def _values(one: Sums | Shares | Member, names: Iterable[str]) -> Iterator[int]:
    return (getattr(one, name) for name in names)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV, for spreadsheets too.

    Args:
        head: the names of the columns.
        rows: the rows; ``None`` is an empty cell.
    """
    cells = (["" if cell is None else str(cell) for cell in row] for row in rows)
    return b"".join([CSV_MARK + csv_row(head), *map(csv_row, cells)])


def _sums(found: Comparison, words: Words) -> list[str]:
    rows = [
        (name_of(one.name, found), words.money(one.old), words.money(one.new), words.change(one.change))
        for one in found.products
    ]
    return aligned(rows)


def _shares(found: Comparison, words: Words) -> list[str]:
    rows = [
        (
            one.name or words("unknown"),
            *(words.counted(getattr(one, kind), kind) for kind in groups_of(found)),
            words.change(one.change),
        )
        for one in found.categories
    ]
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with their cells below each other, the first at the left and the others at the right.

    Args:
        rows: the cells of at least one row.
    """
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        cells = [first.ljust(wide[0]), *(cell.rjust(width) for cell, width in zip(rest, wide[1:], strict=True))]
        lines.append("  " + "  ".join(cells))
    return lines
