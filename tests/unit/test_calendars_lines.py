"""Lines of a calendar: unfolded, taken apart, split into components, each with its number."""

from __future__ import annotations

import attrs
import pytest

from cantinekit.clock import zone
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars import CalendarLimits
from cantinekit.scheduling.calendars._content import Prop, taken_apart, unescaped
from cantinekit.scheduling.calendars._emit import escaped, parameter, uri
from cantinekit.scheduling.calendars._feed import same
from cantinekit.scheduling.calendars._lines import unfolded
from cantinekit.scheduling.calendars._problems import Problems
from cantinekit.scheduling.calendars._split import Unread, split
from support.calendars.texts import NOW, PARIS, day, event, paris, utc


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", []),
        (b"\r\n\n\r\n", []),
        (b"A:1", [(1, b"A:1", True)]),
        (b"A:1\r\n B\r\n\tC\r\nD:2\r\n", [(1, b"A:1BC", True), (4, b"D:2", True)]),
        (b"A:1\n\n B\nD:2", [(1, b"A:1B", True), (4, b"D:2", True)]),
        (b" A:1\nB:2", [(1, b" A:1", True), (2, b"B:2", True)]),
        (b"A:\xc3\n \xa9", [(1, b"A:\xc3\xa9", True)]),
        (b"A:1=\nB:2", [(1, b"A:1=", True), (2, b"B:2", True)]),
        (
            b"A;ENCODING=QUOTED-PRINTABLE:1=\nB:2\nC:3",
            [(1, b"A;ENCODING=QUOTED-PRINTABLE:1B:2", True), (3, b"C:3", True)],
        ),
        (b"A:" + b"x" * 60 + b"\nB:2", [(1, b"A:" + b"x" * 60, False), (2, b"B:2", True)]),
        (b"A:1\n " + b"x" * 60 + b"\nB:2", [(1, b"A:1", False), (3, b"B:2", True)]),
    ],
)
def test_unfolded(text, found):
    """Folds are undone between octets, empty lines overlooked, a line over the limit is given as not whole."""
    assert list(unfolded(text, CalendarLimits(line=50))) == found


@pytest.mark.parametrize(
    ("text", "params", "value"),
    [
        ("SUMMARY:a:b;c", {}, "a:b;c"),
        ("summary ; x = y :z", {"X": ("y",)}, "z"),
        ('A;X="a;b:c,d":v', {"X": ("a;b:c,d",)}, "v"),
        ('A;X="a","b",c:v', {"X": ("a", "b", "c")}, "v"),
        ("A;X=:v", {"X": ("",)}, "v"),
        ("A;:v", {}, "v"),
        ("A;X=1;;Y=2;:v", {"X": ("1",), "Y": ("2",)}, "v"),
        ("A;BASE64;X=1:v", {"BASE64": (), "X": ("1",)}, "v"),
        ("A;X=1;X=2:v", {"X": ("1",)}, "v"),
        ("A;X=^^^n^'^x:v", {"X": ('^\n"^x',)}, "v"),
    ],
)
def test_taken_apart(text, params, value):
    """Name, parameters and value; the first of a parameter that comes twice; what programs write beyond the grammar."""
    found = taken_apart(7, text)
    assert (found.number, found.params, found.value) == (7, params, value)
    assert found.name == text[:7].split(";")[0].split(":")[0].strip().upper()


@pytest.mark.parametrize(
    "text", ["A", "A;X=1", "A;X", ";X=1:v", "A;=1:v", 'A;X="a:v', 'A;X="a"b:v', 'A;X=a"b:v', "Ä;X=1:v"]
)
def test_lines_that_are_none(text):
    """A line of another form is an error."""
    with pytest.raises(ValueError, match=r"colon|name|parameters"):
        taken_apart(1, text)


@pytest.mark.parametrize("text", ["a\\b;c,d\ne", "\\n", "\\\\", "\\;", "", " a ", "é😀", "N\\N\\n\\\\n"])
def test_texts_there_and_back(text):
    """What is escaped is unescaped as it was."""
    assert unescaped(escaped(text)) == text


def test_a_parameter_that_needs_no_quotes():
    """Quotes stand only where they have to."""
    assert parameter("Zoé") == "Zoé"
    assert parameter("a,b") == '"a,b"'
    assert parameter(" a") == '" a"'


@pytest.mark.parametrize("text", ["https://x.org/a;b,c?d=[e]", "mailto:a@x", "urn:uuid:1", "https://[::1]/"])
def test_links(text):
    """Absolute URIs are taken as they are."""
    assert uri(text, "it") == text


@pytest.mark.parametrize("text", ["https://[::1/", "x", "https://a b", "https://a\n", "https://" + "a" * 2_000, None])
def test_no_links(text):
    """Others are errors, also an address of IPv6 without its end."""
    with pytest.raises(InputError):
        uri(text, "it")


def blocks(*lines: str, **limits: int) -> tuple[list[tuple[str, int, int]], list[str], dict[str, int]]:
    problems, unread = Problems(100), Unread()
    known = {"VCALENDAR": {"NAME"}, "VEVENT": {"UID"}, "AVAILABLE": {"UID"}, "VAVAILABILITY": {"UID"}}
    found = split("\n".join(lines).encode(), CalendarLimits(**limits), problems, known, unread)
    return [(one.kind, one.number, one.calendar) for one in found], [one.code for one in problems.found], unread.counts


def test_components():
    """Each component with its line and its calendar; a calendar comes when it ends; inner ones stay inside."""
    found, codes, unread = blocks(
        "BEGIN:VCALENDAR",
        "NAME:a",
        "BEGIN:VAVAILABILITY",
        "BEGIN:AVAILABLE",
        "UID:1",
        "END:AVAILABLE",
        "END:VAVAILABILITY",
        "END:VCALENDAR",
        "begin:vcalendar",
        "Begin:VEVENT",
        "X-A:1",
        "END:vevent",
        "END:VCALENDAR",
    )
    assert found == [("VAVAILABILITY", 3, 0), ("VCALENDAR", 1, 0), ("VEVENT", 10, 1), ("VCALENDAR", 9, 1)]
    assert codes == []
    assert unread == {"VEVENT/X-A": 1}


def test_a_calendar_in_a_calendar():
    """A calendar ends where the next begins."""
    found, codes, _ = blocks("BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "END:VCALENDAR")
    assert found == [("VEVENT", 2, 0), ("VCALENDAR", 1, 0), ("VCALENDAR", 4, 1)]
    assert codes == ["end-missing"]


def test_a_component_that_nobody_knows():
    """What stands in a component that is not read is not read either, and is counted."""
    found, codes, unread = blocks("BEGIN:X-A", "BEGIN:VEVENT", "UID:1", "END:VEVENT", "END:X-A")
    assert (found, codes) == ([], ["outside-calendar", "component-unread"])
    assert unread == {"X-A/VEVENT": 1, "X-A": 1}


CHANGES = [
    {"start": paris(2026, 11, 26, 19)},
    {"start": utc(2026, 11, 26, 17).astimezone(zone("Europe/Brussels"))},
    {"start": utc(2026, 11, 26, 17)},
    {"sequence": 1},
    {"fields": {"title": "b"}},
    {"exdates": [paris(2026, 12, 3, 18)]},
    {"exdates": [day("2026-12-03")]},
    {"rdates": [paris(2026, 12, 3, 18)]},
    {"rules": ["FREQ=DAILY"]},
    {"status": "tentative"},
    {"private": True},
    {"modified": utc(2026, 1, 1)},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_the_quick_look_is_right(change):
    """What is kept is compared quickly; it never says that two events are the same where ``==`` does not."""
    before, after = event(fields={"title": "a"}), event(**{"fields": {"title": "a"}, **change})
    assert same(before, event(fields={"title": "a"}))
    assert not same(before, after)
    assert before != after
    assert same(after, attrs.evolve(after))
    assert (before.modified, before.series.zone) == (NOW, PARIS)


def test_a_property_gives_its_parameters():
    """The first value of a parameter, or none."""
    prop = Prop(1, "A", {"X": ("1", "2"), "Y": ()}, "v")
    assert (prop.param("X"), prop.param("Y"), prop.param("Z")) == ("1", None, None)
