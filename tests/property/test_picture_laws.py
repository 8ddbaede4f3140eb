"""Laws of the pictures, on random agendas with hostile texts: well-formed, whole, and nothing lies on anything else."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period, local
from cantinekit.pictures import Block, Shut, SpaceRow, SpaceUse, heat_map, month_agenda, occupancy, week_agenda
from cantinekit.pictures._days import wall_hours
from cantinekit.pictures._ink import clean, fit, width
from cantinekit.pictures._lanes import BlockSpan, lay
from support.pages.pictures import beyond, foreign, groups, overlapping, root_of, table_rows
from support.run.soak import scaled

MONDAYS = (date(2026, 10, 19), date(2027, 3, 22), date(2026, 11, 23), date(2011, 12, 26))
ZONES = ("Europe/Paris", "Pacific/Apia", "Australia/Lord_Howe", "America/Havana", "UTC")
NASTY = (
    "</svg><script>alert(1)</script>",
    "]]><![CDATA[<b>&amp;&nope;",
    '" onload="x" style="y',
    "\u202eright to left\u2066",
    "a\u0000b\u001b[31m\u0085\u2028c",
    "\ud800\ufffe",
    "שלום עולם",
    "مرحبا بالعالم",
    "e" + "\u0301" * 40,
    "👩‍👩‍👧‍👦 famille",
    "会议室" * 20,
    "W" * 300,
    "",
)
TEXTS = st.sampled_from(NASTY) | st.text(st.characters(), max_size=30)
EXAMPLES = settings(max_examples=scaled(20))


def moments(monday: date) -> st.SearchStrategy[datetime]:
    start = datetime(monday.year, monday.month, monday.day, tzinfo=UTC) - timedelta(days=1)
    return st.integers(0, 9 * 24 * 4).map(lambda n: start + n * timedelta(minutes=15))


def periods(monday: date) -> st.SearchStrategy[Period]:
    lengths = st.sampled_from((1, 15, 30, 60, 90, 180, 600, 1500, 4000)).map(lambda n: timedelta(minutes=n))
    return st.builds(lambda start, length: Period(start, start + length), moments(monday), lengths)


@st.composite
def agendas(draw):
    """Spaces, blocks with a number in each label, the Monday and the zone."""
    monday = draw(st.sampled_from(MONDAYS))
    shuts = st.builds(Shut, periods(monday), TEXTS)
    spaces = [
        SpaceRow(f"s{n}", draw(TEXTS), draw(st.none() | st.lists(periods(monday), max_size=4)), tuple(some))
        for n, some in enumerate(draw(st.lists(st.lists(shuts, max_size=2), max_size=4)))
    ]
    ids = st.lists(st.sampled_from([*(row.id for row in spaces), "elsewhere"]), max_size=3)
    blocks = [
        Block(
            draw(periods(monday)),
            f"n{n} {draw(TEXTS)}",
            draw(ids),
            draw(st.sampled_from(("booking", "session"))),
            draw(st.booleans()),
            draw(TEXTS),
            draw(TEXTS),
        )
        for n in range(draw(st.integers(0, 12)))
    ]
    return spaces, blocks, monday, draw(st.sampled_from(ZONES))


def numbers(texts) -> list[int]:
    """The numbers of the blocks whose labels these are."""
    found = [re.match(r"(?:Hold: |To be confirmed: )?n(\d+)", text.replace("\u2068", "")) for text in texts]
    return sorted({int(one[1]) for one in found if one})


def check(picture, blocks, within: Period) -> None:
    """What holds of every agenda."""
    wanted = [n for n, block in enumerate(blocks) if block.period.overlaps(within)]
    svg, html = picture.svg(), picture.html()
    for document in (svg, html, *picture.sheets()):
        assert foreign(document) == []
        assert not any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in document)
    titles = [group.title for group in groups(svg)]
    drawn = numbers(re.split(r"\d: \u2068", title, maxsplit=1)[1] for title in titles)
    items = table_rows(html)[0][1:]
    told = numbers(row[4] for row in items if row[3])
    assert drawn == told == wanted
    assert sum(row[3] != "" for row in items) == len(wanted)
    on_sheets = [group.title for sheet in picture.sheets() for group in groups(sheet)]
    assert on_sheets == titles
    assert beyond(svg) == []


@EXAMPLES
@given(agendas())
def test_a_week_is_whole(agenda):
    """A week has each block that touches it, in the picture, on its sheets and in the table; nothing is foreign."""
    spaces, blocks, monday, zone = agenda
    picture = week_agenda(spaces, blocks, monday, zone, place="P", lang="en")
    days = [hour.period for n in range(7) for hour in wall_hours(monday + timedelta(days=n), zone)]
    within = Period(days[0].start, days[-1].end)
    late = [n for n, block in enumerate(blocks) if block.period.start >= within.end]
    early = [n for n, block in enumerate(blocks) if block.period.start < within.start and within.overlaps(block.period)]
    shown = numbers(row[4] for row in table_rows(picture.html())[0][1:] if row[3])
    for n, block in enumerate(blocks):  # a night that began before the first day may stay with the day before
        assert n in shown or not block.period.overlaps(within) or n in early
        assert n not in shown or block.period.overlaps(within) or n in late
    kept = [block if n in shown else None for n, block in enumerate(blocks)]
    always = Period(within.start - timedelta(days=30), within.end + timedelta(days=30))
    never = Block(Period(datetime(1980, 1, 1, tzinfo=UTC), datetime(1980, 1, 2, tzinfo=UTC)), "")
    check(picture, [block or never for block in kept], always)


@EXAMPLES
@given(agendas())
def test_nothing_lies_on_a_label_of_a_week(agenda):
    """No label of a block or of a reason lies on another block or reason, by their boxes; each is on its own ground."""
    spaces, blocks, monday, zone = agenda
    svg = week_agenda(spaces, blocks, monday, zone, place="P", lang="en").svg()
    assert overlapping(svg) == []
    for group in groups(svg):
        for label in group.labels:
            grounds = [box for box in group.boxes if box.kind == "rect" and box.classes & ground_of(label.classes)]
            assert any(label.within(ground, 2.0) for ground in grounds), (group.title, label)


def ground_of(classes: frozenset[str]) -> set[str]:
    for kind in ("booking", "session"):
        if f"ck-on-{kind}" in classes:
            return {f"ck-{kind}"}
    assert "ck-ink" in classes
    return {"ck-paper", "ck-held", "ck-hold"}


@EXAMPLES
@given(agendas(), st.sampled_from((date(2026, 10, 1), date(2027, 3, 1), date(2026, 11, 1))))
def test_a_month_is_whole(agenda, first):
    """A month has each block that touches it, in the picture and in the table, and no label on another."""
    spaces, blocks, _, zone = agenda
    picture = month_agenda(spaces, blocks, first, zone, place="P", lang="en")
    following = (first + timedelta(days=31)).replace(day=1)
    within = Period(wall_hours(first, zone)[0].period.start, wall_hours(following, zone)[0].period.start)
    check(picture, blocks, within)
    assert overlapping(picture.svg()) == []


@EXAMPLES
@given(agendas())
def test_the_same_picture_is_the_same_bytes(agenda):
    """What is drawn depends on what was given, not on the order of the blocks, and is the same each time."""
    spaces, blocks, monday, zone = agenda
    one = week_agenda(spaces, blocks, monday, zone, place="P")
    other = week_agenda(list(spaces), list(reversed(blocks)), monday, zone, place="P")
    assert one.svg() == other.svg()
    assert one.html() == other.html()


@EXAMPLES
@given(TEXTS)
def test_clean_texts(text):
    """A clean text is one line that XML can hold and that turns nothing; cleaning it again changes nothing."""
    shown = clean(text)
    root_of(f"<t>{shown.replace('&', '').replace('<', '').replace('>', '')}</t>")
    assert clean(shown) == shown
    assert not set(shown) & set("\n\r\t\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@EXAMPLES
@given(TEXTS.map(clean), st.floats(0, 200), st.booleans())
def test_what_fits(text, room, bold):
    """A text that was made to fit does so, is the whole or ends in an ellipsis, and is empty only without room."""
    shown = fit(text, room, 10, bold=bold)
    assert width(shown, 10, bold=bold) <= room or shown == ""
    assert shown == text or shown == "" or (shown.endswith("…") and text.startswith(shown[:-1]))


@EXAMPLES
@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 300), TEXTS.map(clean)), max_size=25))
def test_lanes(given_spans):
    """In a lane nothing meets: neither blocks nor the labels beside them; and none leaves the axis."""
    spans = [BlockSpan(a, min(a + b, 900.0), (label,)) for a, b, label in given_spans]
    laid = lay(spans, 0, 900)
    for n, one in enumerate(laid):
        assert 0 <= one.taken[0] <= spans[n].left
        assert spans[n].right <= one.taken[1] <= 900.2
        for other in laid[:n]:
            if other.lane == one.lane:
                assert one.taken[0] >= other.taken[1] or other.taken[0] >= one.taken[1]


# --- the heat map ---


@st.composite
def use_lists(draw):
    monday = draw(st.sampled_from(MONDAYS))
    taken = st.lists(st.tuples(periods(monday), st.integers(0, 3)).map(tuple), max_size=6).map(tuple)
    uses = [
        SpaceUse(draw(TEXTS), draw(st.integers(0, 3)), draw(st.lists(periods(monday), max_size=4)), draw(taken))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return uses, monday, draw(st.sampled_from(ZONES))


def minute_by_minute(uses, day: date, zone: str) -> dict[tuple[int, bool], tuple[int, int, int]]:
    """Taken, open and outside of a local day in unit-minutes, counted minute by minute: the naive way."""
    found: dict[tuple[int, bool], list[int]] = {}
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    seen: set[tuple[int, int]] = set()
    for _ in range(3 * 24 * 60):
        wall = local(at, zone)
        if wall.date() == day:
            key = (wall.hour, bool(wall.fold) and (wall.hour, 0) in seen)
            seen.add((wall.hour, wall.fold))
            sums = found.setdefault(key, [0, 0, 0])
            for use in uses:
                opened = any(one.contains(at) for one in use.open)
                units = sum(units for period, units in use.taken if period.contains(at))
                sums[0] += units * opened
                sums[1] += use.capacity * opened
                sums[2] += units * (not opened)
        at += timedelta(minutes=1)
    return {key: tuple(sums) for key, sums in found.items()}


@settings(max_examples=scaled(8))
@given(use_lists(), st.integers(0, 6))
def test_occupancy_is_what_a_count_of_minutes_says(given_uses, ahead):
    """The shares of a day, a day of a clock change too, are those of counting minute by minute."""
    uses, monday, zone = given_uses
    day = monday + timedelta(days=ahead)
    found = occupancy(uses, day, day, zone)
    minute = timedelta(minutes=1)
    told = {hour: (s.taken // minute, s.open // minute, s.outside // minute) for (_, hour), s in found.cells.items()}
    assert told == minute_by_minute(uses, day, zone)


@EXAMPLES
@given(use_lists(), st.sampled_from(("day", "weekday")))
def test_a_heat_map_is_whole(given_uses, by):
    """Each figure of the map is in the table, each row adds up, and no percentage is on the wrong side of an end."""
    uses, monday, zone = given_uses
    last = monday + timedelta(days=8)
    picture = heat_map(uses, monday, last, zone, place="</title>", by=by, lang="en")
    found = occupancy(uses, monday, last, zone, by)
    svg, html = picture.svg(), picture.html()
    assert foreign(svg) == foreign(html) == []
    assert beyond(svg) == []
    ((_, *rows),) = table_rows(html)
    assert len(rows) == len(found.rows)
    assert [cell for row in rows for cell in row[1:]] == [
        group.title.partition(": ")[2] for group in groups(svg, "ck-cell")
    ]
    for share in found.cells.values():
        if share.open:
            exact = Fraction(share.taken // timedelta.resolution * 100, share.open // timedelta.resolution)
            assert (share.percent == 0) == (exact == 0)
            assert exact >= 100 or share.percent < 100
            assert abs(share.percent - exact) <= 1
        else:
            assert share.percent is None
    if by == "weekday":
        days = occupancy(uses, monday, last, zone)
        for weekday in found.rows:
            same = [day for day in days.rows if day.weekday() == weekday]
            assert found.total(weekday) == sum((days.total(day) for day in same), start=type(days.total())())


def test_without_lanes_labels_lie_on_each_other(monkeypatch):
    """The control: with all spans in one lane the law of the labels fails."""
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    blocks = [Block(Period(start, start + timedelta(hours=2)), f"n{n}", ("a",)) for n in range(2)]
    spaces = [SpaceRow("a", "A")]

    def drawn() -> str:
        return week_agenda(spaces, blocks, date(2026, 11, 23), "UTC", place="P").svg()

    assert overlapping(drawn()) == []
    monkeypatch.setattr("cantinekit.pictures._lanes._free", lambda ends, start: 0)
    assert len(overlapping(drawn())) == 1


def test_the_controls_bite():
    """The control: labels on each other, text that leaves the picture and foreign parts are found."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><style></style>'
    label = '<g class="ck-block"><title>{0}</title><text x="{1}" y="20" class="ck-ink ck-label">words</text></g>'
    assert overlapping(head + label.format("a", 10) + label.format("b", 20) + "</svg>") == [("a", "b")]
    assert overlapping(head + label.format("a", 10) + label.format("b", 60) + "</svg>") == []
    assert beyond(head + label.format("a", 90) + "</svg>") == ["words"]
    bad = head.replace("<style>", "<style>@import x;a{b:url(http://x)}") + '<script/><a href="x"/><g onload="x"/></svg>'
    assert len(foreign(bad)) == 7
    with pytest.raises(Exception, match="not well-formed"):
        root_of("<t>\u0001</t>")
