"""Pictures as they are handed over: to a screen, a printer, a screen reader; and what they keep to themselves."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import InputError, NotFoundError
from cantinekit.pictures import (
    Block,
    Shut,
    SpaceRow,
    SpaceUse,
    heat_map,
    month_agenda,
    month_of,
    occupancy,
    occupancy_of,
    week_agenda,
    week_of,
)
from cantinekit.pictures import _palette as palette
from cantinekit.pictures._words import _TEXTS, PictureWords
from support.houses.small_house import CANARIES, TODAY, open_house, period
from support.pages.pictures import boxes, classes_of, contrast, fills, groups, overlapping, root_of, table_rows

MONDAY = date(2026, 11, 23)
ZONE = "Europe/Paris"


def paris(start: float, end: float, ahead: int = 0) -> Period:
    """A period of a day of the week of the 23rd, in hours of the wall clock (UTC+1)."""
    midnight = datetime(2026, 11, 22, 23, tzinfo=UTC) + timedelta(days=ahead)
    return Period(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


OPEN = tuple(paris(9, 18, n) for n in range(5))
SPACES = (
    SpaceRow("a", "Salle A", OPEN),
    SpaceRow("b", "Salle B", OPEN, (Shut(paris(9, 18, 2), "peinture"),)),
)
BLOCKS = (
    Block(paris(10, 12), "", ("a",)),
    Block(paris(13, 15), "", ("a",), held=True),
    Block(paris(18, 20, 1), "Soudure", ("b",), "session", note="3/12 places"),
    Block(paris(18, 20, 3), "Couture", ("b",), "session", held=True),
)
USES = (SpaceUse("Salle A", 2, OPEN, ((paris(10, 12), 2), (paris(13, 13.5), 1), (paris(20, 21), 1))),)


def week(**more):
    return week_agenda(SPACES, BLOCKS, MONDAY, ZONE, place="Brest", **more)


def month(**more):
    return month_agenda(SPACES, BLOCKS, date(2026, 11, 1), ZONE, place="Brest", **more)


def heat(**more):
    return heat_map(USES, MONDAY, MONDAY + timedelta(days=6), ZONE, place="Brest", **more)


PICTURES = {"week": week, "month": month, "heat": heat}
every = pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES.keys())


# --- a screen reader ---


@every
def test_a_picture_that_stands_alone_is_read_out(make):
    """The SVG has a name, a description, a language and a role; each part of it has a name of its own."""
    picture = make()
    root = root_of(picture.svg())
    ids = {one.get("id"): one for one in root.iter() if one.get("id")}
    assert ids[root.get("aria-labelledby")].text == picture.title
    assert ids[root.get("aria-describedby")].text == picture.about
    assert (root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang")) == ("fr", "fr")
    assert root.get("role").split()[0] == "graphics-document"
    parts = [one for one in root.iter() if classes_of(one) & {"ck-block", "ck-reason", "ck-cell"}]
    assert parts
    for part in parts:
        assert part[0].tag.endswith("title")
        assert part[0].text.strip()
        assert "img" in part.get("role").split()


@every
def test_a_page_is_read_out_by_its_tables(make):
    """On the page the picture is one image that points to the tables; these have captions, scopes and the language."""
    root = root_of(make(lang="en").html())
    assert root.get("lang") == "en"
    (svg,) = [one for one in root.iter() if one.tag.endswith("}svg")]
    assert svg.get("role") == "img"
    (desc,) = [one.text for one in svg if one.tag.endswith("desc")]
    assert "tables below" in desc
    tables = list(root.iter("table"))
    assert tables
    for table in tables:
        assert table[0].tag == "caption"
        assert table[0].text
        assert {cell.get("scope") for cell in table.find("thead").iter("th")} == {"col"}
        wide = len(table.find("thead")[0])
        for row in table.find("tbody"):
            assert [cell.get("scope") for cell in row.iter("th")] == ["row"]
            assert len(row) == wide
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


def test_the_facts_of_the_table():
    """The tables say day, times, space, label, kind and state, and when each space is open or closed and why."""
    items, openings = table_rows(week().html())
    assert items[1:] == [
        ["lundi 23 novembre 2026", "10:00", "12:00", "Salle A", "Réservé", "réservation", "confirmé"],
        ["lundi 23 novembre 2026", "13:00", "15:00", "Salle A", "Option", "réservation", "option"],
        ["mardi 24 novembre 2026", "18:00", "20:00", "Salle B", "Soudure 3/12 places", "séance", "confirmé"],
        ["jeudi 26 novembre 2026", "18:00", "20:00", "Salle B", "À confirmer\u00a0: Couture", "séance", "à confirmer"],
    ]
    assert openings[1:5] == [
        ["lundi 23 novembre 2026", "tous les espaces", "09:00–18:00", ""],
        ["mardi 24 novembre 2026", "tous les espaces", "09:00–18:00", ""],
        ["mercredi 25 novembre 2026", "Salle A", "09:00–18:00", ""],
        ["mercredi 25 novembre 2026", "Salle B", "fermé", "09:00–18:00 peinture"],
    ]
    assert openings[-1] == ["dimanche 29 novembre 2026", "tous les espaces", "fermé", ""]


def test_the_figures_of_the_table():
    """A heat map's table has each share with its unit-minutes; closed is something else than nothing taken."""
    ((head, monday, *_, sunday),) = table_rows(heat(lang="en").html())
    figures = dict(zip(head, monday, strict=True))
    assert figures["09 h"] == "0% (0/120)"
    assert figures["10 h"] == "100% (120/120)"
    assert figures["13 h"] == "25% (30/120)"
    assert figures["20 h"] == "closed +60"
    assert figures["Total"] == "25% (270/1080) +60"
    assert set(sunday[1:]) == {"closed"}


def test_hours_in_which_nothing_ever_happens_are_left_out():
    """A map has the hours that are open or used, and short breaks between them; a long break is a gap."""
    opened = (paris(9, 12), paris(14, 18))
    hours = occupancy([SpaceUse("a", 1, opened, ((paris(24, 25), 1),))], MONDAY, MONDAY + timedelta(days=1), ZONE).hours
    assert [hour for hour, _ in hours] == [0, *range(9, 18)]
    cells = [
        group.boxes[0]
        for group in groups(
            heat_map([SpaceUse("a", 1, opened, ((paris(0, 1), 1),))], MONDAY, MONDAY, ZONE, place="P").svg(), "ck-cell"
        )
    ]
    steps = [round(other.left - one.left) for one, other in pairwise(cells)]
    assert steps[0] == steps[1] + 8
    assert occupancy([], MONDAY, MONDAY, ZONE).hours == tuple((hour, False) for hour in range(8, 20))


# --- colours ---


@every
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_text_can_be_read(make, mode):
    """Each text has a contrast of 4.5 to each ground that its class may stand on, in both modes (WCAG 2.2, 1.4.3)."""
    svg = make().svg()
    colours = fills(svg)[mode]
    of = palette.LIGHT if mode == "light" else palette.DARK
    for text in [box for box in boxes(root_of(svg)) if box.kind == "text"]:
        (named,) = [name for name in palette.TEXT_ON if name in text.classes]
        for ground in palette.TEXT_ON[named][1]:
            assert contrast(colours[named], of[ground]) >= 4.5, (named, ground)


LINES = [
    ("booking-line", "paper"),
    ("session-line", "paper"),
    ("hatch", "paper"),
    ("line", "paper"),
    ("booking-line", "outside"),
]


@pytest.mark.parametrize("pair", LINES, ids="-".join)
@pytest.mark.parametrize("of", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_every_line_can_be_seen(of, pair):
    """What tells one kind from another has a contrast of 3 to its ground (WCAG 2.2, 1.4.11)."""
    assert contrast(of[pair[0]], of[pair[1]]) >= 3


def test_contrast_is_that_of_the_standard():
    """The control: black on white is 21, and a grey that is too light is found."""
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#999999", "#ffffff") < 4.5 < contrast("#767676", "#ffffff")


def test_a_page_has_the_colours_of_its_mode():
    """The text of the page itself can be read in both modes."""
    for of in (palette.LIGHT, palette.DARK):
        assert f"background:{of['paper']};color:{of['ink']}" in week().html()
        assert contrast(of["ink"], of["paper"]) >= 4.5


# --- paper ---


@every
def test_paper_is_light_and_a4(make):
    """On paper: A4 landscape, never dark, tables on pages of their own with their heads again."""
    html = make().html()
    assert "@page{size:A4 landscape;margin:10mm}" in html
    for at in range(len(html)):
        at = html.find("prefers-color-scheme", at)
        if at < 0:
            break
        assert html[:at].endswith("@media screen and (")
    assert html.count("prefers-color-scheme") == 2
    printed = html.partition("@media print{")[2].partition("</style>")[0]
    assert "thead{display:table-header-group}" in printed
    assert "break-inside:avoid" in printed


def test_black_and_white_tell_kinds_apart():
    """Without colour: a session has a bar, a hold is dashed and says so, what is closed is hatched, with its reason."""
    svg = week().svg()
    shapes = [
        frozenset().union(*(box.classes for box in g.boxes)) & {"ck-bar", "ck-held", "ck-hold"} for g in groups(svg)
    ]
    assert [sorted(one) for one in shapes] == [[], ["ck-held"], ["ck-bar"], ["ck-bar", "ck-hold"]]
    assert "stroke-dasharray:4 3" in svg
    labels = [" ".join(box.words for box in group.labels) for group in groups(svg)]
    assert [label.partition(" ")[0] for label in labels] == ["10:00–12:00", "13:00–15:00", "Soudure", "À"]
    assert "Option" in labels[1]
    hatched = [box for box in boxes(root_of(svg)) if "ck-shut" in box.classes]
    assert len(hatched) == 2  # the closure, and its mark in the legend
    assert [box.words for group in groups(svg, "ck-reason") for box in group.labels] == ["peinture"]
    figures = [box for group in groups(heat().svg(), "ck-cell") for box in group.labels]
    assert {box.words for box in figures} >= {"0", "100", "25", "+"}


def test_sheets_fit_on_a_page():
    """Each sheet is at most as high as A4 landscape is, whatever there is to show; a picture that fits is one sheet."""
    assert len(week().sheets()) == 1
    spaces = [SpaceRow(f"s{n}", f"Salle {n}", OPEN) for n in range(50)]
    blocks = [Block(paris(9, 12, n % 5), f"n{n}", (f"s{n % 50}",)) for n in range(120)]
    crowd = [Block(paris(9, 12), f"c{n}", ("s0",)) for n in range(120)]
    for picture in (
        week_agenda(spaces, blocks + crowd, MONDAY, ZONE, place="P"),
        month_agenda(spaces, blocks + crowd, date(2026, 11, 1), ZONE, place="P"),
        heat_map(USES, date(2026, 10, 1), date(2026, 11, 30), ZONE, place="P"),
    ):
        sheets = picture.sheets()
        assert len(sheets) > 1
        for n, sheet in enumerate(sheets, 1):
            root = root_of(sheet)
            assert int(root.get("width")) == 1123
            assert int(root.get("height")) <= 794
            assert root.findtext("{http://www.w3.org/2000/svg}title") == f"{picture.title} ({n}/{len(sheets)})"
    whole = week_agenda(spaces, blocks + crowd, MONDAY, ZONE, place="P")
    drawn = [group.title for sheet in whole.sheets() for group in groups(sheet)]
    assert len(drawn) == 240
    assert overlapping(whole.sheets()[0]) == []
    cells = month_agenda(spaces, blocks + crowd, date(2026, 11, 1), ZONE, place="P")
    assert sorted(group.title for sheet in cells.sheets() for group in groups(sheet)) == sorted(drawn)


# --- at the edges ---


def test_nothing_to_show():
    """Without spaces, without blocks, or on days without openings there is a picture all the same, and it says so."""
    empty = week_agenda([], [], MONDAY, ZONE, place="P", lang="en")
    assert empty.svg().count("nothing to show") == 7
    assert table_rows(empty.html())[0][1][0] == "none"
    closed = week_agenda([SpaceRow("a", "A", ())], [], MONDAY, ZONE, place="P", lang="en")
    assert closed.svg().count(">closed<") == 7
    holiday = SpaceRow("a", "A", (), (Shut(paris(0, 24, 4), "Christmas"),))
    shut = week_agenda([holiday, SpaceRow("b", "B", (), holiday.shut)], [], MONDAY, ZONE, place="P", lang="en")
    assert shut.svg().count(">Christmas<") == 1
    ((_, *rows),) = table_rows(heat_map([], MONDAY, MONDAY, ZONE, place="P", lang="en").html())
    assert set(rows[0][1:]) == {"closed"}


def test_a_long_label_is_cut_in_the_picture_alone():
    """A long title ends in an ellipsis in the picture; its name and the table have all of it."""
    title = "Initiation à la réparation de " + "très " * 60 + "vieux postes"
    picture = week_agenda(SPACES, [Block(paris(9, 12), title, ("a",))], MONDAY, ZONE, place="P")
    (group,) = groups(picture.svg())
    assert group.labels[0].words.endswith("…")
    assert title in group.title
    assert table_rows(picture.html())[0][1][4] == title


def test_a_title_from_right_to_left_turns_nothing_else():
    """A Hebrew title is isolated (UAX 9), so that the number of seats stays behind it; a Latin one needs no marks."""
    block = Block(paris(9, 14), "שלום", ("a",), "session", note="3/12 places")
    (group,) = groups(week_agenda(SPACES, [block], MONDAY, ZONE, place="P").svg())
    assert group.labels[0].words == "09:00–14:00 \u2068שלום\u2069 3/12 places"
    (group, *_) = groups(week().svg())
    assert "\u2068" not in group.labels[0].words


def test_only_a_word_that_is_too_long_is_broken():
    """A cell with a word of 300 letters may break anywhere, so that the table stays on its page; no other cell does."""
    blocks = [Block(paris(9, 12), "W" * 300, ("a",)), Block(paris(13, 14), "Conseil d’administration", ("a",))]
    root = root_of(week_agenda(SPACES, blocks, MONDAY, ZONE, place="P").html())
    broken = ["".join(cell.itertext()) for cell in root.iter("td") if cell.get("class") == "ck-long"]
    assert broken == ["W" * 300]


def test_hostile_texts_are_texts():
    """Markup in a name, a label, a reason or the name of the place is text, and bidi controls are gone."""
    evil = "</svg><script>alert(1)</script>"
    spaces = [SpaceRow("a", evil, OPEN, (Shut(paris(9, 10), evil),))]
    blocks = [Block(paris(10, 12), f"{evil}\u202e", ("a",), note=evil, where=evil)]
    picture = week_agenda(spaces, blocks, MONDAY, ZONE, place=evil)
    for document in (
        picture.svg(),
        picture.html(),
        month_agenda(spaces, blocks, date(2026, 11, 1), ZONE, place=evil).html(),
    ):
        assert "<script" not in document
        assert "\u202e" not in document
        assert not [one for one in root_of(document).iter() if one.tag.rpartition("}")[2] == "script"]
    assert table_rows(picture.html())[0][1][4] == f"{evil} {evil}"


@pytest.mark.parametrize(
    "call",
    [
        lambda: week(lang="de"),
        lambda: week(days=0),
        lambda: week(days=15),
        lambda: week(days=True),
        lambda: week_agenda([], [], datetime(2026, 11, 23, tzinfo=UTC), ZONE, place="P"),
        lambda: week_agenda([], [], date(9995, 1, 1), ZONE, place="P"),
        lambda: week_agenda([], [], MONDAY, "Mars/Base", place="P"),
        lambda: week_agenda([SpaceRow("a", "A"), SpaceRow("a", "B")], [], MONDAY, ZONE, place="P"),
        lambda: week_agenda([SpaceRow("", "A")], [], MONDAY, ZONE, place="P"),
        lambda: month_agenda([], [], MONDAY, ZONE, place="P"),
        lambda: heat_map([], MONDAY, MONDAY - timedelta(days=1), ZONE, place="P"),
        lambda: heat_map([], MONDAY, MONDAY + timedelta(days=62), ZONE, place="P"),
        lambda: heat_map([], MONDAY, MONDAY, ZONE, place="P", by="month"),
        lambda: Block(paris(1, 2), None),
        lambda: Block(paris(1, 2), "", "a"),
        lambda: Block(paris(1, 2), "", kind="visit"),
        lambda: Block((1, 2), ""),
        lambda: week_agenda([], [], MONDAY, ZONE, place=None),
        lambda: SpaceUse("a", -1),
        lambda: SpaceUse("a", 1, (), ((paris(1, 2), 0.5),)),
    ],
)
def test_bad_input_is_refused(call):
    """What cannot be drawn is refused with a typed error."""
    with pytest.raises(InputError):
        call()


# --- words ---


def test_both_languages_have_the_same_words():
    """Each text exists in both languages, with the same values in it."""
    assert _TEXTS["fr"].keys() == _TEXTS["en"].keys()
    for name in _TEXTS["fr"]:
        holes = [{part.partition("}")[0] for part in _TEXTS[lang][name].split("{")[1:]} for lang in ("fr", "en")]
        assert holes[0] == holes[1], name


def test_dates_in_words():
    """Days are named in the language of the picture, and nothing is said twice."""
    french, english = PictureWords("fr"), PictureWords("en")
    assert french.day(date(2027, 5, 1)) == "samedi 1er mai 2027"
    assert english.day(date(2027, 5, 1)) == "Saturday 1 May 2027"
    assert french.dates(date(2026, 11, 23), date(2026, 11, 29)) == "23 au 29 novembre 2026"
    assert english.dates(date(2026, 11, 30), date(2026, 12, 6)) == "30 November to 6 December 2026"
    assert french.dates(date(2026, 12, 28), date(2027, 1, 3)) == "28 décembre 2026 au 3 janvier 2027"
    assert week().title == "Brest\u00a0: semaine du 23 au 29 novembre 2026"
    assert (french.percent(50), english.percent(50)) == ("50\u00a0%", "50%")


def test_no_locale_no_hash_seed():
    """The bytes are the same in another process, with another hash seed and another locale."""
    code = "import sys; sys.path[:0] = sys.argv[1:]; import test_pictures as t; print(t.week().html(), t.heat().html())"
    paths = [str(part) for part in (__file__.rpartition("/")[0], __file__.rpartition("/unit/")[0])]
    found = {
        subprocess.run(
            [sys.executable, "-c", code, *paths],
            env={"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed, locale, zone in (("1", "C", "UTC"), ("2", "C.UTF-8", "Asia/Tokyo"))
    }
    assert found == {f"{week().html()} {heat().html()}\n".encode()}


# --- a place as it is stored ---


@pytest.fixture
def house():
    house = open_house()
    house.cantine.execute(c.Book(space_id="a1", product_id="room", period=period(9, 11), person_id="zoe"), actor="web")
    house.cantine.execute(
        c.Book(space_id="a", product_id="room", period=period(9, 11, TODAY + timedelta(days=2))), actor="web"
    )
    house.cantine.execute(
        c.Book(space_id="open", product_id="desk", period=period(10, 12), units=2, person_id="bob"), actor="web"
    )
    house.cantine.execute(
        c.CloseSpace("b", period=period(8, 17, TODAY + timedelta(days=3)), reason="peinture"), actor="ana"
    )
    return house


def test_a_week_of_a_place(house):
    """A row for each undivided space; a booking of a large room stands in both of its halves; closures have reasons."""
    picture = week_of(house.cantine.read, "paris", MONDAY)
    items, openings = table_rows(picture.html())
    assert [(row[0][:8], row[3], row[5]) for row in items[1:] if row[5] == "réservation"] == [
        ("mardi 24", "Salle A1", "réservation"),
        ("mardi 24", "Open space", "réservation"),
        ("jeudi 26", "Grande salle", "réservation"),
    ]
    assert any(row[5] == "séance" for row in items[1:])
    large = [group for group in groups(picture.svg()) if "Grande salle" in group.title]
    assert len(large) == 2
    assert ["vendredi 27 novembre 2026", "Salle B", "fermé", "09:00–18:00 peinture"] in openings
    assert "× 2" in picture.svg()


def test_holds_are_holds(house):
    """A booking that waits for its payment is a hold until it runs out; then it is gone."""
    picture = week_of(house.cantine.read, "paris", MONDAY)
    states = {row[-1] for row in table_rows(picture.html())[0][1:] if row[5] == "réservation"}
    assert states == {"option"}
    house.clock.advance(timedelta(days=1))
    later = table_rows(week_of(house.cantine.read, "paris", MONDAY).html())[0]
    assert [row for row in later[1:] if row[5] == "réservation"] == []


def test_no_person_is_named(house):
    """No name of a person and no id stands on a picture, unless the host's own labels put it there."""
    read = house.cantine.read
    pictures = [
        week_of(read, "paris", MONDAY),
        month_of(read, "paris", date(2026, 11, 1)),
        occupancy_of(read, "paris", MONDAY, TODAY),
    ]
    for picture in pictures:
        document = picture.svg() + picture.html()
        assert not any(canary in document for canary in CANARIES)
        assert not any(word in document for word in ("zoe", "bkg_", "person"))

    def label(one: m.Booking | m.Session) -> str | None:
        person = read.get(m.Person, one.person_id) if isinstance(one, m.Booking) and one.person_id else None
        return person.name if person else None

    named = week_of(read, "paris", MONDAY, label=label).html()
    assert [canary for canary in CANARIES if canary in named] == ["Canary-Zoe", "Canary-Bob"]


def test_spaces_that_are_asked_for(house):
    """``spaces`` chooses the rows and their order; a large room stands for its parts; an unknown one is refused."""
    read = house.cantine.read
    picture = week_of(read, "paris", MONDAY, spaces=("b", "a"))
    rows = [box.words for box in boxes(root_of(picture.svg())) if "ck-name" in box.classes]
    assert rows[:3] == ["Salle B", "Salle A1", "Salle A2"]
    assert "Open space" not in picture.svg()
    with pytest.raises(NotFoundError):
        week_of(read, "paris", MONDAY, spaces=("n",))
    with pytest.raises(NotFoundError):
        week_of(read, "nowhere", MONDAY)


def test_a_month_and_an_occupancy_of_a_place(house):
    """The month has the bookings, and the occupancy their unit-minutes: of four rooms and three desks from 9 to 18."""
    read = house.cantine.read
    items = table_rows(month_of(read, "paris", date(2026, 11, 1)).html())[0]
    assert sum(row[5] == "réservation" for row in items[1:]) == 3
    ((head, tuesday, _wednesday, thursday, friday),) = table_rows(
        occupancy_of(read, "paris", TODAY, TODAY + timedelta(days=3), lang="en").html()
    )
    assert dict(zip(head, tuesday, strict=True))["10 h"] == "17% (60/360)"  # one room of six units
    assert dict(zip(head, tuesday, strict=True))["11 h"] == "50% (180/360)"  # and two desks
    assert dict(zip(head, thursday, strict=True))["10 h"] == "33% (120/360)"  # both halves of the large room
    assert dict(zip(head, friday, strict=True))["10 h"] == "0% (0/300)"  # one room is closed
    assert ET.fromstring(occupancy_of(read, "nuit", TODAY, TODAY, by="weekday").svg()) is not None


def test_sessions_that_may_not_take_place():
    """A session whose minimum is still to be decided on is to be confirmed; one that is cancelled is left out."""
    house = open_house()
    friday, decided = date(2026, 11, 27), datetime(2026, 11, 26, 12, tzinfo=UTC)
    add = c.AddSession(
        workshop_id="talk",
        day=friday,
        starts=time(10),
        ends=time(12),
        seats=8,
        space_id="b",
        id="maybe",
        minimum=3,
        decide_at=decided,
    )
    house.cantine.execute(add, actor="ana")
    house.cantine.execute(c.CancelSession("free", reason="malade"), actor="ana")
    rows = table_rows(week_of(house.cantine.read, "paris", MONDAY, lang="en").html())[0][1:]
    assert [(row[0][:9], row[4], row[6]) for row in rows] == [
        ("Wednesday", "Soudure 0/2 seats", "confirmed"),
        ("Friday 27", "To be confirmed: Conférence 0/8 seats", "to be confirmed"),
    ]


def test_equipment_has_no_row_of_its_own():
    """What goes with a room has no row and no share in the occupancy, unless it is asked for."""
    house = open_house()
    house.cantine.execute(
        c.AddSpace(place_id="paris", name="Projecteur", use="equipment", capacity=3, id="projector"), actor="ana"
    )
    house.cantine.execute(
        c.Book(space_id="b", product_id="room", period=period(9, 11), with_units=[("projector", 1)]), actor="web"
    )
    read = house.cantine.read
    assert "Projecteur" not in week_of(read, "paris", MONDAY).html()
    assert "Projecteur" in week_of(read, "paris", MONDAY, spaces=["b", "projector"]).svg()
    ((head, row),) = table_rows(occupancy_of(read, "paris", TODAY, TODAY, lang="en").html())
    assert dict(zip(head, row, strict=True))["10 h"] == "17% (60/360)"


def test_buffers_are_no_use():
    """The time around a booking in which its room is kept free is not taken: nobody uses it."""
    house = open_house()
    terms = m.Terms(before=timedelta(minutes=30), after=timedelta(minutes=30))
    house.cantine.execute(c.ChangeTerms("b", terms=terms), actor="ana")
    house.cantine.execute(c.Book(space_id="b", product_id="room", period=period(10, 12)), actor="web")
    ((head, row),) = table_rows(occupancy_of(house.cantine.read, "paris", TODAY, TODAY, spaces=["b"]).html())
    figures = dict(zip(head, row, strict=True))
    assert [figures[f"{hour} h"] for hour in (10, 11, 12, 13)] == [
        "0\u00a0% (0/60)",
        "100\u00a0% (60/60)",
        "100\u00a0% (60/60)",
        "0\u00a0% (0/60)",
    ]


def test_a_place_whose_zone_skipped_a_day():
    """An agenda and an occupancy of a day that a place never had are drawn, and say so."""
    house = open_house()
    house.cantine.execute(
        c.AddPlace(name="Apia", entity_id="asso", zone="Pacific/Apia", currency="EUR", id="apia"), actor="setup"
    )
    day, read = date(2011, 12, 30), house.cantine.read
    assert "no such day" in week_of(read, "apia", day, days=1, lang="en").html()
    assert "no such day" in occupancy_of(read, "apia", day, day, lang="en").html()


def test_hours_after_midnight_stay_with_their_night():
    """A night from 20:00 to 01:00 is one block on the day on which it begins, and that day goes on past midnight."""
    night = Block(paris(20, 25, 1), "Nuit", ("a",), "session")
    picture = week_agenda(SPACES, [night], MONDAY, ZONE, place="P")
    assert len(groups(picture.svg())) == 1
    row = table_rows(picture.html())[0][1]
    assert row[:3] == ["mardi 24 novembre 2026", "20:00", "01:00, mercredi 25 novembre 2026"]
    hours = [box.words for box in boxes(root_of(picture.svg())) if "ck-small" in box.classes and box.words.isdigit()]
    assert hours[:17] == [f"{hour % 24:02d}" for hour in range(9, 25)] + ["09"]


def test_what_begins_after_midnight_is_not_lost():
    """Where something begins early on the first day, days end at midnight, and a night is drawn on both of its days."""
    night = Block(paris(20, 25, 1), "Nuit", ("a",), "session")
    early = Block(paris(0.5, 1), "Ménage", ("a",))
    picture = week_agenda(SPACES, [night, early], MONDAY, ZONE, place="P")
    assert [group.title.count("Nuit") for group in groups(picture.svg())] == [0, 1, 1]
    assert picture.svg().count('class="ck-more"') == 3  # one on each side of midnight, one in the legend


def test_the_agenda_speaks_of_times():
    """``time`` of the standard library and the weekly hours of a place come to the same openings."""
    house = open_house()
    hours = m.OpenHours.weekly(range(5), time(8), time(12, 30))
    house.cantine.execute(c.ChangeOpenings(place_id="paris", hours=hours), actor="ana")
    openings = table_rows(week_of(house.cantine.read, "paris", MONDAY).html())[1]
    assert openings[1] == ["lundi 23 novembre 2026", "tous les espaces", "08:00–12:30", ""]
