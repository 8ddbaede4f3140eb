"""The agenda of a month: a cell for each day, in it a line for each thing that happens, week by week."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import attrs

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.pictures._days import check_day, clipped, clock_change, days_from, whole_days
from cantinekit.pictures._ink import apart, clean, fit, named, rect, text, width
from cantinekit.pictures._picture import MARGIN, MAX_PANEL, WIDTH, Panel, Picture, legend
from cantinekit.pictures._values import Agenda, Block, SpaceRow, merged
from cantinekit.pictures._words import PictureWords
from cantinekit.scheduling import without

_WIDE = (WIDTH - 2 * MARGIN) / 7
_HEAD, _LINE, _LEAST = 17, 13, 4
_SIZE = 9.5
_MOST_LINES = (MAX_PANEL - _HEAD) // _LINE - 2
_WEEK = timedelta(days=7)


def month_agenda(
    spaces: Iterable[SpaceRow],
    blocks: Iterable[Block],
    first: date,
    zone: str,
    *,
    place: str,
    lang: str = "fr",
) -> Picture:
    """The agenda of a month, its weeks from Monday to Sunday.

    What does not touch the month is left out; what lasts several days is drawn on each of them.

    Args:
        spaces: the spaces, in the order in which they are drawn.
        blocks: what happens.
        first: the first day of the month.
        zone: IANA name of the zone of the place.
        place: the name of the place, for the title.
        lang: "fr" or "en".

    Raises:
        InputError: an unknown language or zone, no first day of a month, two spaces with one id.
    """
    words = PictureWords(lang)
    check_day(first, "the first day")
    if first.day != 1:
        raise InputError(f"a month begins on its first day, not on {first.isoformat()}")
    following = (first + timedelta(days=31)).replace(day=1)
    days = days_from(first, (following - first).days)
    agenda = Agenda.of(spaces, blocks, days, zone, words, whole_days(days, zone))
    title = words("month", place=clean(place), month=words.month(first.month), year=first.year)
    monday = first - timedelta(days=first.weekday())
    panels: list[Panel] = []
    while monday < following:
        panels += _week(agenda, [day for day in days_from(monday, 7) if day in days])
        monday += _WEEK
    return Picture(title, agenda.about(), lang, tuple(panels), _legend(words), agenda.tables())


@attrs.frozen
class _Line:
    mark: str
    label: str
    title: str
    css: str


@attrs.frozen
class _Cell:
    """A day: its heading, the openings beside it, what the clock does, and a line for each thing."""

    day: date
    head: str
    hours: str
    ground: str
    notes: tuple[str, ...]
    lines: tuple[_Line, ...]


def _week(agenda: Agenda, days: Sequence[date]) -> Iterator[Panel]:
    """The panels of a week; several where a day has more lines than a page."""
    cells = [_cell(agenda, day) for day in days]
    tallest = max(len(cell.lines) + len(cell.notes) for cell in cells)
    for start in range(0, max(tallest, 1), _MOST_LINES):
        count = max(min(tallest - start, _MOST_LINES), 0 if start else _LEAST)
        height = _HEAD + count * _LINE + 3
        yield Panel(height, "".join(_draw(agenda, cell, start, count, height) for cell in cells))


def _cell(agenda: Agenda, day: date) -> _Cell:
    words, zone, whole = agenda.words, agenda.zone, whole_days([day], agenda.zone)
    head = words.short(day)
    if whole is None:
        return _Cell(day, head, "", "ck-outside", (words("skipped"),), ())
    rows = [row for row in agenda.rows if row.open is not None]
    opened = [part for row in rows for part in _opened(row, whole)]
    union = merged(opened)
    shuts = [(row, one.reason, part) for row in rows for one in row.shut if (part := clipped(one.period, whole))]
    everywhere = {reason for _, reason, part in shuts if part == whole}
    one_reason = len(rows) == sum(part == whole for *_, part in shuts) and len(everywhere) == 1
    notes = [words.change(change)] if (change := clock_change(day, zone)) else []
    if one_reason:
        notes += everywhere
        shuts = []
    hours = ", ".join(words.span(one, zone) for one in union) if union != (whole,) else ""
    hours = hours or ("" if union or not rows else words("closed"))
    ground = "ck-shut" if one_reason else "ck-paper" if union or not rows else "ck-outside"
    lines = [_shut_line(words, zone, row, reason, part, whole) for row, reason, part in shuts]
    lines += [_block_line(agenda, block, whole) for block in agenda.blocks if block.period.overlaps(whole)]
    return _Cell(day, head, hours, ground, tuple(notes), tuple(lines))


def _opened(row: SpaceRow, whole: Period) -> tuple[Period, ...]:
    parts = [part for one in row.open or () if (part := clipped(one, whole))]
    return without(parts, (one.period for one in row.shut))


def _shut_line(words: PictureWords, zone: str, row: SpaceRow, reason: str, part: Period, whole: Period) -> _Line:
    when = "" if part == whole else f"{words.span(part, zone)} "
    label = f"{when}{apart(row.name)}{words('colon')}{apart(reason)}"
    return _Line(rect(0, 0, 9, 9, "ck-shut"), label, f"{label} ({words('closed')})", "ck-reason")


def _block_line(agenda: Agenda, block: Block, whole: Period) -> _Line:
    words, since = agenda.words, block.period.start < whole.start
    start = "→" if since else words.time(block.period.start, agenda.zone)
    said, where = agenda.said(block), apart(agenda.name_of(block))
    parts = [said, where]
    if not block.label and block.kind == "booking":
        parts = [where, said] if block.held else [f"{where} {block.note}".strip()]
    kind = block.kind if not block.held else "hold" if block.kind == "session" else "held"
    mark = rect(0.5, 0.5, 8, 8, f"ck-{kind}")
    mark += rect(0.5, 0.5, 3, 8, "ck-bar") if block.kind == "session" else ""
    return _Line(mark, f"{start} {' · '.join(parts)}", agenda.title_of(block), "ck-block")


def _draw(agenda: Agenda, cell: _Cell, start: int, count: int, height: float) -> str:
    x = round(MARGIN + cell.day.weekday() * _WIDE, 1)
    wide = round(_WIDE, 1)
    head = cell.head if not start else agenda.words("continued", name=cell.head)
    parts = [rect(x, 0, wide, height, cell.ground), rect(x, 0, wide, height, "ck-frame")]
    plate = cell.ground != "ck-paper"
    head_wide = width(head, 11.5, bold=True)
    parts += [rect(x + 1, 1, wide - 2, _HEAD - 2, "ck-paper")] if plate else []
    parts.append(text(x + 4, 12.5, head, "ck-head"))
    if cell.hours and not start:
        shown = fit(cell.hours, wide - head_wide - 10, _SIZE)
        parts.append(text(x + wide - 4, 12.5, shown, "ck-soft ck-small", "end"))
    y = float(_HEAD)
    for note in cell.notes if not start else ():
        shown = fit(note, wide - 10, _SIZE)
        parts.append(rect(x + 2, y, width(shown, _SIZE) + 6, _LINE - 1, "ck-paper"))
        parts.append(named(note, text(x + 4, y + 9.5, shown, "ck-ink ck-small"), "ck-note"))
        y += _LINE
    first = start - len(cell.notes) if start else 0
    room = count - (0 if start else len(cell.notes))
    for one in cell.lines[first : first + room]:
        shown = fit(one.label, wide - 20, _SIZE)
        body = rect(x + 1, y, wide - 2, _LINE, "ck-paper") if plate else ""
        body += f'<g transform="translate({x + 4:.1f} {y + 1.5:.1f})">{one.mark}</g>'
        body += text(x + 16, y + 9.5, shown, "ck-ink ck-small ck-label")
        parts.append(named(one.title, body, one.css))
        y += _LINE
    return "".join(parts)


def _legend(words: PictureWords) -> str:
    return legend(
        [
            (rect(0.5, 0.5, 23, 11, "ck-booking"), words("legend booking")),
            (rect(0.5, 0.5, 23, 11, "ck-session") + rect(0.5, 0.5, 4, 11, "ck-bar"), words("legend session")),
            (rect(0.5, 0.5, 23, 11, "ck-held"), words("legend held")),
            (rect(0, 0, 24, 12, "ck-outside"), words("closed")),
            (rect(0, 0, 24, 12, "ck-shut"), words("legend shut")),
            ("", words("legend since")),
        ]
    )
