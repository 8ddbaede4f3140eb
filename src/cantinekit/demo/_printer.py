"""Blocks on a terminal or in a file: with ``rich`` where it is installed, else as plain text.

Both set the same lines; ``rich`` adds colours, boxes and bars. What does not go to a terminal gets neither pauses nor
bars nor colours, so that it is the same bytes each time.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from time import sleep
from typing import Any, Final, TextIO, TypeVar

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

T = TypeVar("T")
Segments = tuple[tuple[str, str], ...]
"""One line: pieces of text, each with the name of its style."""

WIDTH = 100
"""The width of what does not go to a terminal, unless COLUMNS says otherwise."""
_LEAST = 40
_INDENT = 20
PAUSES = {Title: 1.0, Heading: 0.5, DayBlock: 0.3, LineBlock: 0.4, MailBlock: 0.3, GridBlock: 1.0}
"""How long a reader at a terminal is given for each block, in seconds."""


def wrapped(text: str, width: int, first: Segments, then: Segments, style: str) -> Iterator[Segments]:
    """A text in lines of at most ``width``: ``first`` stands before the first of them, ``then`` before the others."""
    indents = [" " * sum(len(piece) for _, piece in before) for before in (first, then)]
    lines = textwrap.wrap(
        text, width, initial_indent=indents[0], subsequent_indent=indents[1], break_on_hyphens=False
    ) or [indents[0]]
    for number, line in enumerate(lines):
        yield (*(then if number else first), (style, line[len(indents[bool(number)]) :]))


def lay_out(block: Block, width: int) -> Iterator[Segments]:
    """The lines of a block that is no table."""
    pad, two = ("", " " * _INDENT), ("", "  ")
    match block:
        case Title(text, about):
            yield (("rule", "═" * min(width, len(text) + 4)),)
            yield from wrapped(text, width, (two,), (two,), "title")
            yield (("rule", "═" * min(width, len(text) + 4)),)
            for line in about:
                yield from wrapped(line, width, (), (), "")
        case Heading(text):
            yield (("", ""),)
            yield from wrapped(text, width, (), (), "heading")
            yield (("rule", "─" * width),)
        case DayBlock(text):
            yield (("", ""),)
            yield from wrapped(text, width, (two,), (two,), "day")
        case LineBlock(at, place, text, mood):
            sign = {"done": " ", "refused": "✗", "system": "·"}[mood]
            yield (("", ""),)
            head: Segments = (("time", f"  {at}  "), ("place", f"{place:<9}"), (mood, f"{sign} "))
            yield from wrapped(text, width, head, (pad,), mood)
        case Detail(text):
            yield from wrapped(text, width, (pad, ("detail", "→ ")), (pad, two), "detail")
        case ReasonsBlock(caption, lines):
            for style, line in (("reason", caption), *(("reason", line) for line in lines)):
                inner = len(line) - len(line.lstrip())
                bar: Segments = (pad, ("rule", "│ "), ("", " " * inner))
                yield from wrapped(line.lstrip(), width, bar, (*bar, two), style)
        case MailBlock(caption, lines):
            yield from wrapped(caption, width, (pad, ("mail", "✉ ")), (pad, two), "mail")
            for line in lines:
                yield from wrapped(line, width, (pad, two), (pad, two), "mail text")
        case GridBlock():
            raise TypeError("a table is set by the printer itself")


def _breath(items: Sequence[object]) -> float:
    """A pause after each of these items, so that a bar can be seen to move."""
    return min(0.15, 1.5 / len(items))


class PlainPrinter:
    """Prints blocks as plain text. ``live``: somebody watches, so that there are pauses and a count of what is done."""

    def __init__(self, stream: TextIO, width: int, *, live: bool) -> None:
        self.stream = stream
        self.width = max(width, _LEAST)
        self.live = live

    def show(self, block: Block) -> None:
        """Print one block."""
        if isinstance(block, GridBlock):
            self.table(block)
        else:
            for line in lay_out(block, self.width):
                self.line(line)
        self.stream.flush()
        if self.live:
            sleep(PAUSES.get(type(block), 0.0))

    def line(self, segments: Segments) -> None:
        """Print one line."""
        self.stream.write("".join(text for _, text in segments).rstrip() + "\n")

    def caption(self, grid: GridBlock) -> None:
        """Print what stands over a table."""
        for line in wrapped(grid.caption, self.width, (("", "  "),), (("", "  "),), "title"):
            self.line(line)

    def table(self, grid: GridBlock) -> None:
        """Print a table, its columns as wide as they need to be."""
        rows = [grid.head, *grid.rows]
        widths = [max(len(row[n]) for row in rows) for n in range(len(grid.head))]
        rule = "  " + "  ".join("─" * width for width in widths)
        self.line((("", ""),))
        self.caption(grid)
        for number, row in enumerate(rows):
            if number == 1 or (grid.total and number == len(rows) - 1):
                self.line((("", rule),))
            cells = (
                text.rjust(width) if n in grid.right else text.ljust(width)
                for n, (text, width) in enumerate(zip(row, widths, strict=True))
            )
            self.line((("", "  " + "  ".join(cells)),))

    def progress(self, label: str, items: Sequence[T]) -> Iterator[T]:
        """The items, with a count of those that are done where somebody watches."""
        for number, item in enumerate(items, 1):
            yield item
            if self.live:
                end = "\n" if number == len(items) else ""
                self.stream.write(f"\r  {label}  {number}/{len(items)}{end}")
                self.stream.flush()
                sleep(_breath(items))


STYLES: Final = {
    "": "",
    "title": "bold",
    "rule": "dim",
    "heading": "bold cyan",
    "day": "cyan",
    "time": "dim",
    "place": "green",
    "done": "",
    "refused": "red",
    "system": "yellow",
    "detail": "",
    "reason": "dim",
    "mail": "magenta",
    "mail text": "magenta",
}


class RichPrinter(PlainPrinter):
    """Prints blocks with rich: the same lines, in colours, with boxes around tables and bars for what takes long."""

    def __init__(self, stream: TextIO, width: int, *, live: bool) -> None:
        super().__init__(stream, width, live=live)
        self._console: Any = importlib.import_module("rich.console").Console(
            file=stream, width=self.width, highlight=False, markup=False, emoji=False, soft_wrap=False
        )
        self._text: Any = importlib.import_module("rich.text").Text

    def line(self, segments: Segments) -> None:
        """Print one line in its colours."""
        text = self._text.assemble(*((piece, STYLES[style]) for style, piece in segments))
        text.rstrip()
        self._console.print(text, soft_wrap=True)

    def table(self, grid: GridBlock) -> None:
        """Print a table in a box."""
        box: Any = importlib.import_module("rich.box")
        table = importlib.import_module("rich.table").Table(box=box.ROUNDED, border_style="dim")
        for number, name in enumerate(grid.head):
            right = number in grid.right
            table.add_column(name, justify="right" if right else "left", header_style="bold", overflow="fold")
        for number, row in enumerate(grid.rows):
            last = grid.total and number == len(grid.rows) - 1
            if last:
                table.add_section()
            table.add_row(*row, style="bold" if last else "")
        self.line((("", ""),))
        self.caption(grid)
        self._console.print(table)

    def progress(self, label: str, items: Sequence[T]) -> Iterator[T]:
        """The items, with a bar that goes away when they are done."""
        if not self.live:
            yield from items
            return
        module: Any = importlib.import_module("rich.progress")
        columns = (module.TextColumn("  {task.description}"), module.BarColumn(), module.MofNCompleteColumn())
        with module.Progress(*columns, console=self._console, transient=True) as bar:
            for item in bar.track(items, description=label):
                yield item
                sleep(_breath(items))


def has_rich() -> bool:
    """Whether rich can be imported."""
    try:
        importlib.import_module("rich.console")
    except ImportError:
        return False
    return True


def open_printer(stream: TextIO | None = None, *, fast: bool = False) -> PlainPrinter:
    """A printer for a stream (without one, standard output): with rich where it is installed."""
    stream = stream or sys.stdout
    if hasattr(stream, "reconfigure") and "utf" not in (stream.encoding or "").lower():
        stream.reconfigure(errors="replace")
    watched = stream.isatty()
    width = shutil.get_terminal_size((WIDTH, 24)).columns if watched else _columns()
    return (RichPrinter if has_rich() else PlainPrinter)(stream, width, live=watched and not fast)


def _columns() -> int:
    text = os.environ.get("COLUMNS", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) else WIDTH


def show_all(printer: PlainPrinter, blocks: Iterable[Block]) -> None:
    """Print blocks as they come."""
    for block in blocks:
        printer.show(block)
