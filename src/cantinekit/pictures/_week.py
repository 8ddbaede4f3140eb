"""The agenda of a week: a band for each day, in it a row for each space, and the hours from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import attrs

from cantinekit.clock import Period, local
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pictures._days import (
    HOUR,
    DayBand,
    WallHour,
    bands,
    check_day,
    clipped,
    dawn_of,
    days_from,
    hours_of_interest,
)
from cantinekit.pictures._ink import apart, clean, fit, isolated, line, named, rect, shifted, text, width
from cantinekit.pictures._lanes import SIZE, BlockSpan, Laid, lay
from cantinekit.pictures._picture import MARGIN, MAX_PANEL, WIDTH, Panel, Picture, legend
from cantinekit.pictures._values import Agenda, Block, Shut, SpaceRow
from cantinekit.pictures._words import PictureWords

_NAMES = 168
_LEFT = MARGIN + _NAMES
_RIGHT = WIDTH - MARGIN
_HEAD, _LANE, _PAD = 17, 16, 1
_MOST_LANES = 34
MAX_DAYS = 14
_SAID_TOMORROW = 3 * HOUR


def week_agenda(
    spaces: Iterable[SpaceRow],
    blocks: Iterable[Block],
    monday: date,
    zone: str,
    *,
    place: str,
    lang: str = "fr",
    days: int = 7,
) -> Picture:
    """The agenda of a week, or of up to 14 days.

    What does not touch the days is left out. Where nights go on past midnight, each day is drawn from an hour of the
    early morning to the same hour of the next day; what goes on beyond is drawn on both.

    Args:
        spaces: the spaces, in the order in which they are drawn.
        blocks: what happens.
        monday: the first day; it may be any weekday.
        zone: IANA name of the zone of the place.
        place: the name of the place, for the title.
        lang: "fr" or "en".
        days: how many days are drawn, from 1 to 14.

    Raises:
        InputError: an unknown language or zone, a day out of range, more than 14 days, two spaces with one id.
    """
    words = PictureWords(lang)
    check_day(monday, "the first day")
    if type(days) is not int or not 1 <= days <= MAX_DAYS:
        raise InputError(f"from 1 to {MAX_DAYS} days can be shown, not {shown(days)}")
    rows, given, wanted = list(spaces), list(blocks), days_from(monday, days)
    drawn = _bands(rows, given, wanted, zone)
    hours = [hour for band in drawn for hour in band.hours]
    within = Period(hours[0].period.start, hours[-1].period.end) if hours else None
    agenda = Agenda.of(rows, given, wanted, zone, words, within)
    title = words("week", place=clean(place), days=words.dates(monday, wanted[-1]))
    week = _Week(agenda, drawn)
    panels = tuple(panel for band in drawn for panel in week.panels(band))
    return Picture(title, agenda.about(), lang, panels, _legend(words), agenda.tables())


def _bands(rows: Sequence[SpaceRow], blocks: Sequence[Block], days: Sequence[date], zone: str) -> tuple[DayBand, ...]:
    """The days as they are drawn: a night that goes on past midnight stays with the day on which it begins."""
    opens = [one for row in rows for one in row.open or ()]
    lasting = [*opens, *(block.period for block in blocks)]
    starts = [period.start for period in lasting]
    return bands(days, zone, dawn_of(days, zone, lasting, starts))


class _Axis:
    """The hours of a day that are shown: every day at the same scale, a longer one is wider."""

    def __init__(self, window: Period, hours: Sequence[WallHour], scale: float) -> None:
        self.window, self.hours, self._scale = window, hours, scale
        self.right = self.x(window.end)

    def x(self, moment: datetime) -> float:
        return round(_LEFT + (moment - self.window.start) / HOUR * self._scale, 1)


class _Week:
    def __init__(self, agenda: Agenda, drawn: Sequence[DayBand]) -> None:
        self._agenda, self._words, self._zone = agenda, agenda.words, agenda.zone
        periods = [block.period for block in agenda.blocks]
        for row in agenda.rows:
            for band in drawn:
                parts = (clipped(one, band.period) for one in row.open or () if band.hours)
                periods += [part for part in parts if part and part != band.period]  # open all day needs no hours
        self._from, self._to = hours_of_interest(drawn, periods)
        windows = [window for band in drawn if band.hours and (window := self._window(band))]
        longest = max((window.length for window in windows), default=24 * HOUR)
        self._scale = (_RIGHT - _LEFT) / (longest / HOUR)

    def _window(self, band: DayBand) -> Period | None:
        return band.shown(self._from, self._to)

    # --- a day -----------------------------------------------------------------------------------------------------

    def panels(self, band: DayBand) -> Iterator[Panel]:
        """The panel of a day; several where it is higher than a page."""
        window, words = self._window(band), self._words
        name = day = _day_name(band.day, words)
        if window is None:
            yield _line_panel(name, words("nothing" if band.hours else "skipped"))
            return
        axis = _Axis(window, band.hours, self._scale)
        blocks = [block for block in self._agenda.blocks if block.period.overlaps(window)]
        if not blocks and (why := self._closed(window)) is not None:
            yield _line_panel(name, why or words("closed"), hatched=bool(why))
            return
        own: dict[str, list[Block]] = {}
        for block in blocks:
            for id in block.spaces:
                own.setdefault(id, []).append(block)
        parts = [part for row in self._agenda.rows for part in self._row(row, own.get(row.id, []), axis)]
        if not parts:
            yield _line_panel(name, words("nothing"))
            return
        change = words.change(band.change) if band.change else ""
        while parts:
            top = 2.0 * _HEAD - 3 if change else float(_HEAD)
            height, body = top, [self._head(name, axis, change)]
            while parts and (len(body) == 1 or height + parts[0].height <= MAX_PANEL):
                part = parts.pop(0)
                body.append(shifted(height, part.body))
                height += part.height
            body.append(rect(MARGIN, top, axis.right - MARGIN, height - top, "ck-frame"))
            yield Panel(height, f'<g role="group">{"".join(body)}</g>')
            name = words("continued", name=day)

    def _closed(self, window: Period) -> str | None:
        """The reason for which all spaces are shut through the window; an empty one where none is open at all."""
        rows = self._agenda.rows
        reasons = {
            next((s.reason for s in row.shut if s.period.start <= window.start and window.end <= s.period.end), None)
            for row in rows
        }
        if len(reasons) == 1 and (reason := next(iter(reasons))) is not None:
            return reason
        quiet = all(row.open is not None and not any(one.overlaps(window) for one in row.open) for row in rows)
        return "" if rows and quiet and not any(s.period.overlaps(window) for row in rows for s in row.shut) else None

    def _head(self, name: str, axis: _Axis, change: str) -> str:
        """The day, its clock change, and its hours; an hour that comes for the second time is marked."""
        parts = [text(MARGIN, 12, name, "ck-head")]
        free_from = MARGIN + width(name, 11.5, bold=True)
        low = float(_HEAD)
        if change:
            parts.append(text(_LEFT + 2, 12, change, "ck-ink ck-bold"))
            low, free_from = 2 * low - 3, _LEFT
        for hour in axis.hours:
            if not axis.window.overlaps(hour.period):
                continue
            x = axis.x(hour.period.start)
            shown = local(hour.period.start, self._zone).strftime("%H:%M").removesuffix(":00")
            if hour.again:
                shown = self._words("hour again", hour=shown)
                parts.append(line(x, low - 13, x, low, "ck-again"))
            wide = width(shown, 9.5)
            if x + 2 >= free_from and x + 2 + wide <= WIDTH:
                parts.append(text(x + 2, low - 4, shown, "ck-soft ck-small"))
                free_from = x + 2 + wide
            parts.append(line(x, low - 3, x, low, "ck-line"))
        return "".join(parts)

    # --- a row -----------------------------------------------------------------------------------------------------

    def _row(self, row: SpaceRow, blocks: list[Block], axis: _Axis) -> Iterator[Panel]:
        """The row of a space in lanes; several where it is higher than a page."""
        shuts = [attrs.evolve(shut, period=part) for shut in row.shut if (part := clipped(shut.period, axis.window))]
        spans = [self._shut_span(row, shut, axis) for shut in shuts] + [self._span(block, axis) for block in blocks]
        laid = lay(spans, _LEFT, axis.right)
        lanes = 1 + max((one.lane for one in laid), default=0)
        for first in range(0, lanes, _MOST_LANES):
            count = min(_MOST_LANES, lanes - first)
            height = count * _LANE
            name = row.name if not first else self._words("continued", name=row.name)
            parts = [
                text(MARGIN + 5, 12, fit(name, _NAMES - 8, 11), "ck-name"),
                self._ground(row, shuts, axis, height),
                line(MARGIN, height, axis.right, height, "ck-grid"),
            ]
            for shut, one in zip(shuts, laid, strict=False):
                if first <= one.lane < first + count:
                    parts.append(self._reason(row, shut, one, (one.lane - first) * _LANE))
            for block, one in zip(blocks, laid[len(shuts) :], strict=True):
                if first <= one.lane < first + count:
                    parts.append(self._block(block, one, (one.lane - first) * _LANE, axis))
            yield Panel(height, "".join(parts))

    def _ground(self, row: SpaceRow, shuts: list[Shut], axis: _Axis, height: float) -> str:
        left, right = axis.x(axis.window.start), axis.right
        parts = []
        if row.open is not None:
            parts.append(rect(left, 0, right - left, height, "ck-outside"))
            for one in row.open:
                if part := clipped(one, axis.window):
                    start, end = axis.x(part.start), axis.x(part.end)
                    parts.append(rect(start, 0, round(end - start, 1), height, "ck-paper"))
        for shut in shuts:
            start, end = axis.x(shut.period.start), axis.x(shut.period.end)
            parts.append(rect(start, 0, round(end - start, 1), height, "ck-shut"))
        for hour in axis.hours:
            if axis.window.start < hour.period.start < axis.window.end:
                x = axis.x(hour.period.start)
                parts.append(line(x, 0, x, height, "ck-again" if hour.again else "ck-grid"))
        parts.append(line(left, 0, left, height, "ck-line"))
        return "".join(parts)

    def _span(self, block: Block, axis: _Axis) -> BlockSpan:
        part = clipped(block.period, axis.window)
        assert part is not None
        times = self._words.span(part, self._zone)
        label, session = self._agenda.said(block), block.kind == "session"
        short = (label.removesuffix(apart(block.note)).strip(),) if block.note and block.label else ()
        other = apart(block.where)
        where = (f"{times} {label} · {other}", f"{label} · {other}") if other else ()
        labels = (*where, f"{times} {label}", label, *short, *(() if block.label or block.note else ("",)))
        inset = (5 if session else 0) + (5 if part.start != block.period.start else 0)
        return BlockSpan(axis.x(part.start), axis.x(part.end), labels, session, inset)

    def _block(self, block: Block, laid: Laid, top: float, axis: _Axis) -> str:
        span = self._span(block, axis)
        y, height, wide = top + _PAD, _LANE - 2 * _PAD, round(span.right - span.left, 1)
        kind = block.kind if not block.held else "hold" if block.kind == "session" else "held"
        parts = [rect(span.left + 0.5, y, max(wide - 1, 1), height, f"ck-{kind}")]
        if block.kind == "session":
            parts.append(rect(span.left + 0.5, y, min(4, max(wide - 1, 1)), height, "ck-bar"))
        middle = y + height / 2
        if block.period.start < axis.window.start:
            parts.append(_arrow(span.left + 0.5, middle, -1))
        if block.period.end > axis.window.end:
            parts.append(_arrow(span.right - 0.5, middle, 1))
        if laid.label:
            on = "ck-ink" if laid.beside or block.held else f"ck-on-{block.kind}"
            bold = " ck-bold" if span.bold else ""
            if laid.beside:
                plate = (laid.taken[0], span.left) if laid.x < span.left else (span.right, laid.taken[1])
                parts.append(rect(plate[0], y, round(plate[1] - plate[0], 1), height, "ck-paper"))
            parts.append(text(laid.x, y + 10.6, laid.label, f"{on} ck-label{bold}"))
        return named(self._agenda.title_of(block), "".join(parts), "ck-block")

    def _shut_span(self, row: SpaceRow, shut: Shut, axis: _Axis) -> BlockSpan:
        """A stretch that is shut, with its reason; without, where the next day is to say it."""
        goes_on = shut.period.end == axis.window.end and any(s.period.end > axis.window.end for s in row.shut)
        reason = "" if goes_on and shut.period.length < _SAID_TOMORROW else shut.reason
        return BlockSpan(axis.x(shut.period.start), axis.x(shut.period.end), (reason,))

    def _reason(self, row: SpaceRow, shut: Shut, laid: Laid, top: float) -> str:
        y, height = top + _PAD, _LANE - 2 * _PAD
        when = self._words.span(shut.period, self._zone)
        title = f"{isolated(row.name)}, {when}{self._words('colon')}{isolated(shut.reason)}"
        if not laid.label:
            return named(title, rect(laid.taken[0], y, 1, height, "ck-paper"), "ck-reason")
        plate = rect(laid.x - 3, y, width(laid.label, SIZE) + 6, height, "ck-paper")
        return named(title, plate + text(laid.x, y + 10.6, laid.label, "ck-ink ck-label"), "ck-reason")


def _day_name(day: date, words: PictureWords) -> str:
    return words.day(day).removesuffix(f" {day.year}")


def _arrow(x: float, y: float, way: int) -> str:
    """A small triangle at an edge: it goes on there."""
    points = f"{x - 4 * way:.1f},{y - 4:.1f} {x:.1f},{y:.1f} {x - 4 * way:.1f},{y + 4:.1f}"
    return f'<polygon points="{points}" class="ck-more"/>'


def _line_panel(name: str, why: str, *, hatched: bool = False) -> Panel:
    """A day of which there is nothing to draw, in one line."""
    start = _LEFT + 48
    shown = fit(why, _RIGHT - start - 60, 11)
    parts = [
        rect(start, 0.5, _RIGHT - start, _LANE - 1, "ck-shut" if hatched else "ck-outside"),
        rect(start + 30, 0.5, width(shown, 11) + 12, _LANE - 1, "ck-paper") if hatched else "",
        text(MARGIN, 12, name, "ck-head"),
        text(start + 36, 12.5, shown, "ck-ink" if hatched else "ck-on-outside"),
    ]
    return Panel(_LANE, "".join(parts))


def _legend(words: PictureWords) -> str:
    bar = rect(0.5, 0.5, 4, 11, "ck-bar")
    return legend(
        [
            (rect(0.5, 0.5, 23, 11, "ck-booking"), words("legend booking")),
            (rect(0.5, 0.5, 23, 11, "ck-session") + bar, words("legend session")),
            (rect(0.5, 0.5, 23, 11, "ck-held"), words("legend held")),
            (rect(0, 0, 24, 12, "ck-outside"), words("legend outside")),
            (rect(0, 0, 24, 12, "ck-shut"), words("legend shut")),
            (_arrow(12, 6, 1), words("legend more")),
        ]
    )
