"""How the demonstration is set on paper: lines, tables, colours, pauses."""

from __future__ import annotations

import importlib
import io
import sys

import pytest

from cantinekit.demo import _printer
from cantinekit.demo._blocks import Detail, GridBlock, Heading, LineBlock, MailBlock, ReasonsBlock, Title

SENTENCE = "one two three four five six seven eight nine ten"
GRID = GridBlock("Takings", ("Place", "Amount"), (("Paris", "7.00"), ("Total", "107.00")), right=(1,), total=True)
BLOCKS = (
    Title("A day", ("about it",)),
    Heading("1. The morning"),
    LineBlock("09:05", "Paris", "something happened " * 8),
    LineBlock("09:06", "Paris", "no", "refused"),
    LineBlock("09:07", "Paris", "its time had come", "system"),
    Detail("more about it " * 9),
    ReasonsBlock("Price: 7.00 EUR, because", ("[1] day", "  Price: 7.00 EUR, " + "for reasons " * 9)),
    MailBlock("to zoe@example.org", ("Hello", "", "a seat is yours")),
)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def naps(monkeypatch):
    """The pauses that were made; none is waited for."""
    found: list[float] = []
    monkeypatch.setattr(_printer, "sleep", found.append)
    return found


def printed(kind, *blocks, width=100) -> str:
    stream = io.StringIO()
    printer = kind(stream, width, live=False)
    _printer.show_all(printer, blocks)
    return stream.getvalue()


KINDS = pytest.mark.parametrize("kind", [_printer.PlainPrinter, _printer.RichPrinter])


@KINDS
@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_no_line_is_too_long(kind, width):
    """No line is longer than the width."""
    assert max(map(len, printed(kind, *BLOCKS, GRID, width=width).splitlines())) <= width


@KINDS
def test_nothing_is_lost_in_wrapping(kind):
    """Wrapping keeps every word, in its order."""
    text = printed(kind, Detail(SENTENCE), width=40)
    assert text.replace("→", "").split() == SENTENCE.split()
    assert len(text.splitlines()) > 1


@KINDS
def test_lines_hang(kind):
    """What is continued stands below its beginning, and a reason keeps its bar on each of its lines."""
    line, *rest = printed(kind, BLOCKS[2], width=60).splitlines()[1:]
    column = line.index("something")
    assert rest
    assert all(len(other) - len(other.lstrip()) == column for other in rest)
    reasons = printed(kind, BLOCKS[6], width=60).splitlines()
    assert len(reasons) > 3
    assert all(other.lstrip().startswith("│ ") for other in reasons)


@KINDS
def test_moods_have_signs(kind):
    """A refusal and what happens by itself can be told without colours."""
    assert "✗ no" in printed(kind, BLOCKS[3])
    assert "· its time had come" in printed(kind, BLOCKS[4])


def test_rich_changes_no_line():
    """With rich the lines that are no table are the same as without."""
    assert printed(_printer.RichPrinter, *BLOCKS) == printed(_printer.PlainPrinter, *BLOCKS)


@KINDS
def test_table(kind):
    """A table has its caption, its head and its rows; numbers stand on the right, and the sum is set apart."""
    lines = printed(kind, GRID).splitlines()
    assert lines[1].strip() == "Takings"
    rows = {line.split()[0].strip("│ ") or line.split()[1]: line for line in lines if any(c.isdigit() for c in line)}
    ends = {line.index("7.00") + 4 for line in rows.values()}
    assert len(rows) == 2
    assert len(ends) == 1
    position = next(number for number, line in enumerate(lines) if "107.00" in line)
    assert "─" in lines[position - 1]


@KINDS
def test_markup_is_text(kind):
    """What looks like markup, or like an emoji, is printed as it is."""
    assert "[bold]x[/] :smile: [1]" in printed(kind, Detail("[bold]x[/] :smile: [1]"))


@KINDS
def test_no_colours_in_a_file(kind):
    """What goes to a file has no escape sequences and no trailing spaces."""
    text = printed(kind, *BLOCKS, GRID)
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_a_table_is_not_laid_out_as_lines():
    """The layout of lines refuses a table instead of printing nothing."""
    with pytest.raises(TypeError):
        list(_printer.lay_out(GRID, 100))


# --- pauses and bars ---


@KINDS
def test_no_pauses_in_a_file(kind, naps):
    """Where nobody watches there are no pauses, and progress prints nothing."""
    stream = io.StringIO()
    printer = kind(stream, 100, live=False)
    assert list(printer.progress("filling", [1, 2, 3])) == [1, 2, 3]
    assert stream.getvalue() == ""
    _printer.show_all(printer, BLOCKS)
    assert naps == []


@KINDS
def test_progress_where_somebody_watches(kind, naps):
    """Where somebody watches, progress says of what and how far it is, and gives out each item once."""
    stream = Screen()
    printer = kind(stream, 100, live=True)
    assert list(printer.progress("filling the seats", list("abc"))) == ["a", "b", "c"]
    assert "filling the seats" in stream.getvalue()
    assert "3/3" in stream.getvalue()
    assert len(naps) >= 3


def test_long_progress_is_not_slower():
    """However many items there are, progress waits no longer than a second and a half for all of them."""
    assert max(_printer._breath(range(n)) * n for n in (1, 7, 12, 67, 1000)) <= 1.5


def test_watched_lines_have_pauses(naps):
    """A reader at a terminal gets a pause after a line, with --fast none."""
    printer = _printer.open_printer(Screen())
    printer.show(BLOCKS[2])
    assert naps == [_printer.PAUSES[LineBlock]]
    _printer.open_printer(Screen(), fast=True).show(BLOCKS[2])
    assert len(naps) == 1


def test_colours_at_a_terminal(monkeypatch):
    """At a terminal, rich sets a refusal in colour."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Screen()
    _printer.open_printer(stream, fast=True).show(BLOCKS[3])
    assert "\x1b[" in stream.getvalue()


# --- opening ---


@pytest.mark.parametrize(
    ("columns", "width"), [("60", 60), ("", 100), ("x", 100), ("0", 100), ("-5", 100), ("7", 40), ("²", 100)]
)
def test_width_of_a_file(monkeypatch, columns, width):
    """A file is 100 wide, or as wide as COLUMNS says, and never narrower than can be read."""
    monkeypatch.setenv("COLUMNS", columns)
    assert _printer.open_printer(io.StringIO()).width == width


def test_without_rich(monkeypatch):
    """Where rich cannot be imported, plain text is printed."""
    assert isinstance(_printer.open_printer(io.StringIO()), _printer.RichPrinter)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert not _printer.has_rich()
    printer = _printer.open_printer(io.StringIO())
    assert type(printer) is _printer.PlainPrinter
    printer.show(GRID)
    assert "Takings" in printer.stream.getvalue()


def test_rich_is_imported_late():
    """Importing the demonstration does not import rich."""
    source = importlib.import_module("cantinekit.demo._printer").__file__
    with open(source, encoding="utf-8") as file:
        assert not [line for line in file if line.startswith(("import rich", "from rich"))]


def test_a_stream_that_knows_no_accents():
    """A stream in ASCII gets question marks instead of an error."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    _printer.show_all(_printer.open_printer(stream), [*BLOCKS, GRID, Detail("Zoé")])
    assert b"Zo?" in stream.buffer.getvalue()
