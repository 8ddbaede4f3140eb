"""A report to funders as a page: bars of people, visits and hours by month, and all figures as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cantinekit.pictures._ink import clean, fit, line, named, rect, shifted, text
from cantinekit.pictures._picture import MARGIN, WIDTH, Panel, Picture, Table, legend
from cantinekit.pictures._words import PictureWords
from cantinekit.reads.funders import HIDDEN, FunderFigures, FunderReport

_LEFT, _HIGH, _HEAD, _FOOT = 150.0, 70.0, 18.0, 18.0
_SMALL = 8
"""How high a bar is that stands for what is not shown, whatever that is."""
_DRAWN = ("people", "visits", "minutes")
_FIGURES = (
    "people", "new", "returning", "walk_ins", "visits", "minutes", "organisations", "sessions", "seats", "present",
    "let_minutes", "opening_days",
)  # fmt: skip


def funder_picture(report: FunderReport, names: Mapping[str, str] | None = None, lang: str = "fr") -> Picture:
    """A report to funders as bars by month and as tables. What the report does not show is hatched, and ``*``.

    Args:
        report: the report, of ``cantine.read.funder_report``.
        names: the names of the places, by their ids; an id without a name stands for itself.
        lang: "fr" or "en".

    Raises:
        InputError: an unknown language.
    """
    words, known = PictureWords(lang), names or {}
    places: list[str | None] = [*report.place_ids, *([None] if len(report.place_ids) > 1 else [])]
    called = {id: clean(known.get(id or "", id or words("all places"))) for id in places}
    days = words.dates(report.first_day, report.last_day)
    title = words("funders", days=days)
    panels, tables = list[Panel](), list[Table]()
    for id in places:
        rows = [one for one in report.rows if one.place_id == id]
        months = [one for one in rows if one.month is not None]
        panels += [_bars(called[id], name, months, words) for name in _DRAWN]
        tables += _tables(called[id], rows, words)
    about = words("about funders", places=len(report.place_ids))
    marks = [(rect(0, 0, 24, 12, "ck-shut"), words("not shown"))]
    return Picture(title, about, lang, tuple(panels), legend(marks), tuple(tables))


def _bars(place: str, name: str, months: Sequence[FunderFigures], words: PictureWords) -> Panel:
    """One figure of a place, month by month."""
    most = max((getattr(one, name) or 0 for one in months), default=0) or 1
    step = (WIDTH - MARGIN - _LEFT) / max(1, len(months))
    base = _HEAD + _HIGH
    parts = [
        text(MARGIN, _HEAD + 12, fit(place, _LEFT - 20, 11, bold=True), "ck-head"),
        text(MARGIN, _HEAD + 28, fit(words(f"figure {name}"), _LEFT - 20, 11), "ck-name"),
        line(_LEFT, base, WIDTH - MARGIN, base, "ck-line"),
    ]
    for at, one in enumerate(months):
        count = getattr(one, name)
        high = round(_HIGH * count / most, 1) if count is not None else _SMALL
        x, wide = _LEFT + at * step + step * 0.15, step * 0.7
        bar = rect(x, base - high, wide, high, "ck-shut" if count is None else "ck-booking")
        said = _said(name, count, words)
        label = text(x + wide / 2, base - high - 4, fit(said, step - 2, 9.5), "ck-soft ck-small", "middle")
        month = _month(one, words)
        parts.append(named(f"{place}, {month}{words('colon')}{said}", bar + label, "ck-cell"))
        parts.append(text(x + wide / 2, base + 13, fit(month, step - 2, 9.5), "ck-soft ck-small", "middle"))
    return Panel(base + _FOOT, shifted(0, "".join(parts)))


def _month(one: FunderFigures, words: PictureWords) -> str:
    return words("all") if one.month is None else f"{words.month(one.month.month)} {one.month.year}"


def _said(name: str, count: int | None, words: PictureWords) -> str:
    """A figure as it is read: minutes as hours and minutes."""
    if count is None:
        return HIDDEN
    if name in ("minutes", "let_minutes"):
        return f"{words.figure(count // 60)} h {count % 60:02d}"
    return words.figure(count)


def _tables(place: str, rows: Sequence[FunderFigures], words: PictureWords) -> list[Table]:
    """The figures of a place as tables: counts, what was earned, and by fact."""
    head = (words("month of"), *(words(f"figure {name}") for name in _FIGURES))
    counts = [(_month(one, words), *(_said(name, getattr(one, name), words) for name in _FIGURES)) for one in rows]
    tables = [Table(place, head, tuple(counts), figures=True)]
    months, colon = [_month(one, words) for one in rows], words("colon")
    if kinds := sorted({kind for one in rows for kind, _ in one.revenue}):
        earned = [[_earned(one, kind) for kind in kinds] for one in rows]
        tables.append(_table(f"{place}{colon}{words('revenue')}", kinds, months, earned, words))
    for fact in dict.fromkeys(one.fact for one in rows[-1].publics):
        values = [one.value or words("not known") for one in rows[-1].publics if one.fact == fact]
        told = [[_said("", by.people, words) for by in one.publics if by.fact == fact] for one in rows]
        tables.append(_table(f"{place}{colon}{fact}", values, months, told, words))
    return tables


def _earned(one: FunderFigures, kind: str) -> str:
    return ", ".join(str(sum) for of, sum in one.revenue if of == kind) or "0"


def _table(
    caption: str, head: Sequence[str], months: Sequence[str], cells: Sequence[Sequence[str]], words: PictureWords
) -> Table:
    rows = tuple((month, *some) for month, some in zip(months, cells, strict=True))
    return Table(caption, (words("month of"), *head), rows, figures=True)
