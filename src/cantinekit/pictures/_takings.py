"""What was taken as a page: a bar for each day of each place, and the figures as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cantinekit.common.typography import money
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pictures._days import check_day, days_from
from cantinekit.pictures._ink import clean, fit, line, named, rect, text, width
from cantinekit.pictures._picture import MARGIN, WIDTH, Panel, Picture, Table, legend
from cantinekit.pictures._words import PictureWords
from cantinekit.reads.payments import PeriodTakings, Takings

MAX_DAYS = 62
"""The most days of which each is drawn."""
_LEFT, _HIGH, _HEAD, _FOOT = 280.0, 110.0, 18.0, 20.0
_SATURDAY = 5


def takings_picture(takings: Sequence[tuple[str, PeriodTakings]], first: date, lang: str = "fr") -> Picture:
    """What was taken at some places on each day, less what was given back: bars, and a table to the cent.

    Places with one currency have one scale. A day on which more went back than came in hangs below the line.

    Args:
        takings: each place by its name, with what ``cantine.read.takings_of`` says of it; all of the same days.
        first: the first of these days.
        lang: "fr" or "en".

    Raises:
        InputError: an unknown language, no place, no days or more than 62, or places with different days.
    """
    words = PictureWords(lang)
    check_day(first, "the first day")
    counts = {len(one.days) for _, one in takings}
    if len(counts) != 1 or not 1 <= max(counts) <= MAX_DAYS:
        raise InputError(f"a picture of takings has a place or more, each with the same days, at most {MAX_DAYS}")
    days = days_from(first, max(counts))
    places = [(clean(name), one) for name, one in takings]
    panels = tuple(_bars(name, one, _range(one, takings), days, words) for name, one in places)
    shapes = (("ck-booking", "legend taken"), ("ck-session", "legend given back"))
    marks = legend((rect(0, 0, 24, 12, css), words(name)) for css, name in shapes)
    title = words("takings", days=words.dates(days[0], days[-1]))
    return Picture(
        title, words("about takings", places=len(places)), lang, panels, marks, (_table(places, days, words),)
    )


def _range(one: PeriodTakings, takings: Sequence[tuple[str, PeriodTakings]]) -> tuple[int, int]:
    """The least and the most of a day, of all places with the currency of one; nothing is among them."""
    alike = [other for _, other in takings if other.total.currency == one.total.currency]
    sums = [0, *(day.total.amount for other in alike for day in other.days)]
    return min(sums), max(sums)


def _bars(name: str, one: PeriodTakings, of: tuple[int, int], days: Sequence[date], words: PictureWords) -> Panel:
    """The days of a place, from the lowest bar to the highest."""
    least, most = of
    scale = _HIGH / ((most - least) or 1)
    base, step = _HEAD + most * scale if most > least else _HEAD + _HIGH, (WIDTH - MARGIN - _LEFT) / len(days)
    total = money(one.total.total, words.lang)
    parts = [
        text(MARGIN, _HEAD + 12, fit(name, _LEFT - 80, 11, bold=True), "ck-head"),
        text(MARGIN, _HEAD + 28, fit(total, _LEFT - 80, 11), "ck-name"),
    ]
    for amount in sorted({least, 0, most}):
        level = base - amount * scale
        parts.append(line(_LEFT, level, WIDTH - MARGIN, level, "ck-grid" if amount else "ck-line"))
        said = money(Money(amount, one.total.currency), words.lang)
        if amount == 0 or abs(amount * scale) > 12:
            parts.append(text(_LEFT - 6, level + 4, said, "ck-soft ck-small", "end"))
    for at, (day, taken) in enumerate(zip(days, one.days, strict=True)):
        x = _LEFT + at * step
        parts.append(_bar(f"{name}, {words.day(day)}", taken, (x + step * 0.15, step * 0.7), (base, scale), words))
        css = "ck-soft ck-small" if day.weekday() >= _SATURDAY else "ck-ink ck-small"
        label = str(day.day)
        if width(label, 9.5) <= step:
            parts.append(text(x + step / 2, _HEAD + _HIGH + 14, label, css, "middle"))
    return Panel(_HEAD + _HIGH + _FOOT, "".join(parts))


def _bar(title: str, taken: Takings, across: tuple[float, float], up: tuple[float, float], words: PictureWords) -> str:
    """A day: named also where nothing was taken, so that it is read out."""
    (x, wide), (base, scale), amount = across, up, taken.total.amount
    high = abs(amount * scale)
    bar = rect(x, base - max(amount * scale, 0), wide, high, "ck-booking" if amount > 0 else "ck-session")
    return named(f"{title}{words('colon')}{money(taken.total, words.lang)}", bar if amount else "", "ck-cell")


def _table(places: Sequence[tuple[str, PeriodTakings]], days: Sequence[date], words: PictureWords) -> Table:
    """What was taken on each day at each place, and in all where there is one currency."""
    in_all = len(places) > 1 and len({one.total.currency for _, one in places}) == 1

    def row(head: str, taken: Sequence[Takings]) -> tuple[str, ...]:
        sums = [one.total for one in taken]
        total = [Money.sum(sums, sums[0].currency)] if in_all else []
        return (head, *(money(amount, words.lang) for amount in (*sums, *total)))

    head = (words("day"), *(name for name, _ in places), *([words("all")] if in_all else []))
    rows = [row(words.day(day), [one.days[at] for _, one in places]) for at, day in enumerate(days)]
    rows.append(row(words("all"), [one.total for _, one in places]))
    return Table(words("takings caption"), head, tuple(rows), figures=True)
