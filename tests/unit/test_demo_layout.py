"""Laws of how the demonstration is set, for any text and width; and that it stands on the public API alone."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cantinekit.demo
from cantinekit.demo import _printer
from cantinekit.demo._blocks import (
    Block,
    DayBlock,
    Detail,
    GridBlock,
    Heading,
    LineBlock,
    MailBlock,
    ReasonsBlock,
    Title,
)
from support.run.soak import scaled

MODULES = sorted(Path(cantinekit.demo.__file__).parent.glob("*.py"))

words = st.text(st.characters(categories=("L", "N"), max_codepoint=0x17F), min_size=1, max_size=12)
texts = st.lists(words, min_size=1, max_size=30).map(" ".join)
times = st.sampled_from(["09:05", "21:30"])
moods = st.sampled_from(["done", "refused", "system"])
widths = st.integers(40, 160)
lines = st.tuples(texts) | st.tuples(texts, texts)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Title, texts, lines),
    st.builds(Heading, texts),
    st.builds(DayBlock, texts),
    st.builds(LineBlock, times, st.sampled_from(["Paris", "Toulouse"]), texts, moods),
    st.builds(Detail, texts),
    st.builds(ReasonsBlock, texts, lines),
    st.builds(MailBlock, texts, lines),
)


@st.composite
def grids(draw: st.DrawFn) -> GridBlock:
    """A table of up to four columns of short texts."""
    columns = draw(st.integers(1, 4))
    row = st.tuples(*[words] * columns)
    right = tuple(draw(st.sets(st.integers(0, columns - 1))))
    return GridBlock(
        "caption", draw(row), tuple(draw(st.lists(row, min_size=1, max_size=6))), right, draw(st.booleans())
    )


def printed(kind: type[_printer.PlainPrinter], width: int, *given_blocks: Block) -> str:
    stream = io.StringIO()
    _printer.show_all(kind(stream, width, live=False), given_blocks)
    return stream.getvalue()


SIGNS = str.maketrans(dict.fromkeys("═─│→✗✉·╭╮╰╯├┤┬┴┼", " "))


def content(text: str) -> list[str]:
    """The words in a text that was set, without what frames them."""
    return text.translate(SIGNS).split()


def said(block: Block) -> list[str]:
    """The words in a block, in their order."""
    match block:
        case Title(text, about):
            return [text, *about]
        case LineBlock(at, place, text):
            return [at, place, text]
        case ReasonsBlock(caption, more) | MailBlock(caption, more):
            return [caption, *more]
        case Heading(text) | DayBlock(text) | Detail(text):
            return [text]
        case GridBlock(caption, head, rows):
            return [caption, *head, *(cell for row in rows for cell in row)]


@settings(max_examples=scaled(75))
@given(blocks, widths)
def test_every_word_is_set_in_order(block, width):
    """Whatever the text and the width, every word is set once, in its order, and nothing else."""
    assert content(printed(_printer.PlainPrinter, width, block)) == " ".join(said(block)).split()


@settings(max_examples=scaled(75))
@given(blocks, widths)
def test_no_line_is_wider(block, width):
    """Whatever the text, no line is wider than the width, and none ends with a space."""
    for line in printed(_printer.PlainPrinter, width, block).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


@settings(max_examples=60, deadline=None)
@given(blocks, widths)
def test_rich_sets_the_same_lines(block, width):
    """Rich sets a block in the same lines, whatever is in it."""
    assert printed(_printer.RichPrinter, width, block) == printed(_printer.PlainPrinter, width, block)


@settings(max_examples=60, deadline=None)
@given(grids())
def test_every_cell_is_set(grid):
    """A table has each of its cells, row by row, with rich and without."""
    expected = " ".join(said(grid)).split()
    for kind in (_printer.PlainPrinter, _printer.RichPrinter):
        assert content(printed(kind, 160, grid)) == expected


@settings(max_examples=60, deadline=None)
@given(grids())
def test_columns_are_straight(grid):
    """In a plain table the cells of a column end, or begin, below one another."""
    rule = next(line for line in printed(_printer.PlainPrinter, 160, grid).splitlines() if line.startswith("  ─"))
    widths_of = [len(part) for part in rule.split()]
    table = [grid.head, *grid.rows]
    assert widths_of == [max(len(row[n]) for row in table) for n in range(len(grid.head))]


@settings(max_examples=60)
@given(st.lists(blocks, max_size=6), widths)
def test_blocks_do_not_disturb_each_other(several, width):
    """Blocks one after the other are set as each of them alone."""
    together = printed(_printer.PlainPrinter, width, *several)
    assert together == "".join(printed(_printer.PlainPrinter, width, block) for block in several)


@given(st.lists(st.integers(), max_size=50))
def test_progress_gives_each_once(items):
    """Progress hands out what it was given, in its order, also where there is nothing."""
    assert list(_printer.PlainPrinter(io.StringIO(), 100, live=False).progress("x", items)) == items


# --- the public API alone ---


def imported(path: Path) -> set[str]:
    """All modules that a file imports, and the names that it takes from them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_only_the_public_api(path):
    """The demonstration imports no private module and no private name of the library, only its own."""
    for name in imported(path):
        if name.startswith("cantinekit") and not name.startswith("cantinekit.demo"):
            assert not [part for part in name.split(".") if part.startswith("_")], name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_private_attribute_of_others(path):
    """The demonstration reaches into no object but its own: what begins with an underscore is asked of self alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            assert owner in {"self", "_visits", "_rooms", "_workshops", "_figures"}, (path.name, node.lineno)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_telling_has_no_clock_of_its_own(path):
    """Nothing in the demonstration reads the time of the machine, or draws by lot; the dice of the year are seeded."""
    names, text = imported(path), path.read_text(encoding="utf-8")
    lots = {name for name in names if name.startswith(("random", "secrets", "uuid"))}
    assert not lots or (path.name, lots, text.count("Random("), "Random(SEED" in text) == (
        "_year.py",
        {"random.Random"},
        1,
        True,
    )
    assert not [word for word in ("datetime.now", "time.time", "date.today", "utcnow") if word in text]
