"""The heat map of an occupancy: a cell for each hour, with its figure in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import accumulate

from cantinekit.pictures._days import clock_change
from cantinekit.pictures._ink import clean, fit, line, named, rect, shifted, text
from cantinekit.pictures._occupancy import By, Hour, Occupancy, Share, SpaceUse, occupancy
from cantinekit.pictures._palette import STEPS
from cantinekit.pictures._picture import MARGIN, WIDTH, Panel, Picture, Table, legend
from cantinekit.pictures._words import PictureWords

_NAMES = 160
_LEFT = MARGIN + _NAMES
_HEAD, _ROW, _GAP = 18, 19, 8
_ROWS = 31
_MINUTE = timedelta(minutes=1)


def heat_map(
    uses: Iterable[SpaceUse],
    first: date,
    last: date,
    zone: str,
    *,
    place: str,
    by: By = "day",
    lang: str = "fr",
) -> Picture:
    """How much of the open capacity is taken, hour by hour.

    An hour in which nothing is open has no share, which is not the same as 0 %.

    Args:
        uses: the spaces that count.
        first: the first local day.
        last: the last local day, included.
        zone: IANA name of the zone of the place.
        place: the name of the place, for the title.
        by: "day" (at most 62 days), or "weekday": all Mondays of the window together, and so on (at most 732 days).
        lang: "fr" or "en".

    Raises:
        InputError: an unknown language or zone, or days in the wrong order or too many.
    """
    words, given = PictureWords(lang), list(uses)
    shares = occupancy(given, first, last, zone, by)
    name = "occupancy" if by == "day" else "occupancy weekday"
    title = words(name, place=clean(place), days=words.dates(first, last))
    about = words("about occupancy", spaces=len(given), zone=zone)
    total = words("total", share=_said(shares.total(), words))
    heat = _Map(shares, zone, words)
    chunks = [shares.rows[at : at + _ROWS] for at in range(0, len(shares.rows), _ROWS)]
    panels = tuple(heat.panel(rows) for rows in chunks)
    return Picture(title, f"{about} {total}", lang, panels, _legend(words), (heat.table(),))


def _said(share: Share | None, words: PictureWords) -> str:
    """A share as a table has it: in percent, and in unit-minutes, which are rounded down; what is outside after a +."""
    if share is None:
        return words("no hour")
    percent, used = share.percent, share.outside // _MINUTE
    outside = words("outside", minutes=words.figure(used)) if share.outside else ""
    if percent is None:
        return " ".join(filter(None, (words("closed"), outside)))
    taken, opened = words.figure(share.taken // _MINUTE), words.figure(share.open // _MINUTE)
    shown = words("share", percent=words.percent(percent), taken=taken, open=opened)
    return " ".join(filter(None, (shown, outside)))


def step_of(share: Share) -> int:
    """The step of the scale: 0 where nothing is taken, then a fifth each, the last up to all and beyond."""
    return min(STEPS - 1, -(-5 * share.taken // share.open)) if share.taken else 0


class _Map:
    def __init__(self, shares: Occupancy, zone: str, words: PictureWords) -> None:
        self._shares, self._zone, self._words = shares, zone, words
        gaps = [at > 0 and hour[0] > shares.hours[at - 1][0] + 1 for at, hour in enumerate(shares.hours)]
        self._gaps = [_GAP * count for count in accumulate(gaps)]
        self._wide = min(56.0, (WIDTH - MARGIN - _LEFT - _GAP - self._gaps[-1]) / (len(shares.hours) + 1.3))

    def _hour(self, hour: Hour, unit: str = "") -> str:
        shown = f"{hour[0]:02d}{unit}"
        return self._words("hour again", hour=shown) if hour[1] else shown

    def _row(self, row: date | int) -> str:
        return self._words.weekday(row) if isinstance(row, int) else self._words.day(row)

    def _noted(self, row: date | int) -> str:
        """A row with what the clock does on that day."""
        change = 0 if isinstance(row, int) else clock_change(row, self._zone)
        if change:
            return f"{self._row(row)} ({self._words.change(change)})"
        missing = not any(of == row for of, _ in self._shares.cells)
        return f"{self._row(row)} ({self._words('skipped')})" if missing else self._row(row)

    # --- the picture -----------------------------------------------------------------------------------------------

    def panel(self, rows: Sequence[date | int]) -> Panel:
        """So many rows with the hours above them."""
        parts = []
        for at, hour in enumerate(self._shares.hours):
            shown = fit(self._hour(hour), self._wide - 2, 9.5)
            parts.append(text(self._x(at) + self._wide / 2, 13, shown, "ck-soft ck-small", "middle"))
        parts.append(text(self._all + self._wide * 0.65, 13, self._words("all"), "ck-ink ck-bold", "middle"))
        for n, row in enumerate(rows):
            parts.append(shifted(_HEAD + n * _ROW, self._line(row)))
        return Panel(_HEAD + len(rows) * _ROW, "".join(parts))

    def _x(self, at: int) -> float:
        return round(_LEFT + at * self._wide + self._gaps[at], 1)

    @property
    def _all(self) -> float:
        return round(_LEFT + len(self._gaps) * self._wide + self._gaps[-1] + _GAP, 1)

    def _line(self, row: date | int) -> str:
        short = self._row(row).removesuffix(f" {row.year}") if not isinstance(row, int) else self._row(row)
        name = text(MARGIN, 13.5, fit(short, _NAMES - 6, 11), "ck-name")
        if self._noted(row) != self._row(row):
            name = named(self._noted(row), text(MARGIN, 13.5, fit(f"{short} *", _NAMES - 6, 11), "ck-name"), "ck-note")
        parts = [name]
        for at, hour in enumerate(self._shares.hours):
            share = self._shares.cells.get((row, hour))
            title = f"{self._row(row)}, {self._hour(hour, ' h')}{self._words('colon')}{_said(share, self._words)}"
            parts.append(named(title, _cell(share, self._x(at), self._wide), "ck-cell"))
        total = self._shares.total(row)
        title = f"{self._row(row)}{self._words('colon')}{_said(total, self._words)}"
        parts.append(named(title, _cell(total, self._all, self._wide * 1.3, bold=True), "ck-cell"))
        return "".join(parts)

    # --- the table -------------------------------------------------------------------------------------------------

    def table(self) -> Table:
        """The same figures as text."""
        words, shares = self._words, self._shares
        head = (words("day"), *(self._hour(hour, " h") for hour in shares.hours), words("all"))
        rows = []
        for row in shares.rows:
            cells = (_said(shares.cells.get((row, hour)), words) for hour in shares.hours)
            rows.append((self._noted(row), *cells, _said(shares.total(row), words)))
        return Table(words("occupancy caption"), head, tuple(rows), figures=True)


def _cell(share: Share | None, x: float, wide: float, *, bold: bool = False) -> str:
    """A cell: hatched where it is closed, crossed out where there is no such hour, else its share in percent."""
    w, h = round(wide - 1.5, 1), _ROW - 1.5
    if share is None:
        return rect(x, 0, w, h, "ck-outside") + line(x, h, x + w, 0, "ck-line")
    middle = round(x + w / 2, 1)
    used = share.outside > timedelta()
    percent = share.percent
    if percent is None:
        shown = rect(x, 0, w, h, "ck-shut")
        if used:
            shown += rect(middle - 6, 2, 12, h - 4, "ck-paper") + text(middle, 13, "+", "ck-ink ck-bold", "middle")
        return shown
    step = step_of(share)
    figure = f"{percent}{'+' if used else ''}"
    weight = " ck-bold" if bold else ""
    return rect(x, 0, w, h, f"ck-step-{step}") + text(middle, 13, figure, f"ck-on-step-{step}{weight}", "middle")


def _legend(words: PictureWords) -> str:
    steps = ["0", *(f"{20 * n - 19}–{20 * n}" for n in range(1, STEPS))]
    entries = [(rect(0.5, 0.5, 23, 11, f"ck-step-{n}"), words.percent(shown)) for n, shown in enumerate(steps)]
    missing = rect(0, 0, 24, 12, "ck-outside") + line(0, 12, 24, 0, "ck-line")
    entries += [(rect(0, 0, 24, 12, "ck-shut"), words("legend closed")), (missing, words("legend no hour"))]
    return legend([*entries, ("", words("legend use"))])
