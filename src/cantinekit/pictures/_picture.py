"""A picture as it is delivered: standalone SVG, sheets for a printer, an HTML page with the same facts as tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

import attrs

from cantinekit.pictures._ink import element, rect, shifted, text, width
from cantinekit.pictures._palette import HTML_STYLE, PATTERN, SVG_STYLE
from cantinekit.pictures._words import PictureWords

WIDTH = 1123
"""The width of a picture: A4 landscape at 96 dots an inch."""
MARGIN = 10
_SHEET = 700
"""How high the panels of one sheet may be, so that it fits on a page with its title and its legend."""
_TITLE, _LEGEND, _GAP = 34, 22, 6
MAX_PANEL = 640
"""A panel is no higher than this, so that none is cut by the end of a page."""
_LONG_WORD = 24
_SECURITY = "default-src 'none'; style-src 'unsafe-inline'"


@attrs.frozen
class Panel:
    """A part of a picture that stays together: a day, a week, a map. ``body`` is SVG, drawn from (0, 0) downwards."""

    height: float
    body: str


@attrs.frozen
class Table:
    """A table with the facts of a picture. All of it is plain text.

    Attributes:
        caption: its heading.
        head: the headings of the columns.
        rows: the cells of each row; the first is the heading of the row.
        figures: whether the cells are the figures of a map; such a table is as wide as it needs to be.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: bool = False


@attrs.frozen
class Picture:
    """An agenda or a map of a place. The same picture is the same bytes, loads nothing from elsewhere and holds no
    script.

    Attributes:
        title: its heading, plain text.
        about: a sentence that says what it shows, plain text.
        lang: "fr" or "en".
        tables: the facts of the picture as tables.
    """

    title: str
    about: str
    lang: str
    _panels: tuple[Panel, ...] = attrs.field(repr=False)
    _legend: str = attrs.field(repr=False)
    tables: tuple[Table, ...] = attrs.field(repr=False)

    def svg(self) -> str:
        """All of it as one SVG document, as high as it takes."""
        return self._document(self._panels, self.title)

    def sheets(self) -> tuple[str, ...]:
        """SVG documents of at most the shape of A4 landscape, in their order."""
        sheets = self._sheets()
        return tuple(self._document(panels, self._named(n, len(sheets))) for n, panels in enumerate(sheets, 1))

    def html(self) -> str:
        """A page with the picture, sheet by sheet, and with the tables; it is well-formed XML too."""
        words, sheets = PictureWords(self.lang), self._sheets()
        figures: list[str] = []
        for n, panels in enumerate(sheets, 1):
            name = self._named(n, len(sheets))
            about = f"{self.about} {words('see tables')}"
            shown = self._svg(panels, name, about, heading=False, first=n == 1)
            caption = f"<figcaption>{escape(name)}</figcaption>" if len(sheets) > 1 else ""
            figures.append(f"<figure>{shown}{caption}</figure>\n")
        return (
            f'<!DOCTYPE html>\n<html lang="{self.lang}">\n<head>\n<meta charset="utf-8"/>\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}"/>\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
            '<meta name="color-scheme" content="light dark"/>\n'
            f"<title>{escape(self.title)}</title>\n<style>{SVG_STYLE}{HTML_STYLE}</style>\n</head>\n<body>\n"
            f"<main>\n<h1>{escape(self.title)}</h1>\n{''.join(figures)}"
            f'<div class="ck-tables">\n<p>{escape(self.about)}</p>\n{"".join(map(_table, self.tables))}</div>\n'
            "</main>\n</body>\n</html>\n"
        )

    # --- putting it together ---------------------------------------------------------------------------------------

    def _named(self, n: int, of: int) -> str:
        return self.title if of == 1 else PictureWords(self.lang)("sheet", title=self.title, n=n, of=of)

    def _sheets(self) -> list[list[Panel]]:
        sheets: list[list[Panel]] = [[]]
        for panel in self._panels:
            if sheets[-1] and _height([*sheets[-1], panel]) > _SHEET:
                sheets.append([])
            sheets[-1].append(panel)
        return sheets

    def _document(self, panels: Sequence[Panel], name: str) -> str:
        shown = self._svg(panels, name, self.about, heading=True, first=True)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{shown}\n'

    def _svg(self, panels: Sequence[Panel], name: str, about: str, *, heading: bool, first: bool) -> str:
        """With a heading it stands alone, and its parts are read out; without one the tables are there for that."""
        top: float = _TITLE if heading else MARGIN
        parts = [text(MARGIN, 23, name, "ck-title")] if heading else []
        for panel in panels:
            parts.append(shifted(top, panel.body))
            top += panel.height + _GAP
        parts.append(shifted(top, self._legend))
        body, height = "\n".join(parts), round(top + _LEGEND)
        id = f"ck-{hashlib.sha256(f'{name}{body}'.encode()).hexdigest()[:12]}"
        size = f' width="{WIDTH}" height="{height}"' if heading else ""
        role = "graphics-document document" if heading else "img"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ck" viewBox="0 0 {WIDTH} {height}"{size} role="{role}" '
            f'aria-labelledby="{id}-name" aria-describedby="{id}-about" xml:lang="{self.lang}" lang="{self.lang}">'
            f'<title id="{id}-name">{escape(name)}</title><desc id="{id}-about">{escape(about)}</desc>\n'
            f"{f'<style>{SVG_STYLE}</style>' if heading else ''}{PATTERN if first else ''}\n"
            f"{rect(0, 0, WIDTH, height, 'ck-paper')}\n{body}\n</svg>"
        )


def _height(panels: Sequence[Panel]) -> float:
    return sum(panel.height + _GAP for panel in panels)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    wide = ' class="ck-wide"' if table.figures else ""
    rows = "".join(
        f'<tr><th scope="row"><bdi>{escape(first)}</bdi></th>'
        f"{''.join(f'<td{_kind_of(one, table)}><bdi>{escape(one)}</bdi></td>' for one in rest)}</tr>\n"
        for first, *rest in table.rows
    )
    return (
        f'<div class="ck-scroll" tabindex="0" role="region" aria-label={quoteattr(table.caption)}>\n'
        f"<table{wide}>\n<caption>{escape(table.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )


def _kind_of(cell: str, table: Table) -> str:
    """The class of a cell: a figure, or a text with a word that is too long for a column."""
    if table.figures:
        return ' class="ck-figure"'
    return ' class="ck-long"' if any(len(word) > _LONG_WORD for word in cell.split()) else ""


def legend(entries: Iterable[tuple[str, str]], mark: float = 29) -> str:
    """What the marks of a picture mean: each mark, as SVG of 24 by 12 from (0, 0), with its words."""
    x, parts = float(MARGIN), list[str]()
    for shape, words in entries:
        parts.append(element("g", shape, transform=f"translate({x:.0f} 3)") if shape else "")
        x += mark if shape else 0
        parts.append(text(x, 13, words, "ck-soft ck-small"))
        x += width(words, 9.5) + 14
    return "".join(parts)
