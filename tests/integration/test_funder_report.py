"""The report to funders: what it counts, what it does not show, and that forgetting people changes no figure."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.cli import main
from cantinekit.clock import Period, WallTime, day_bounds, local
from cantinekit.domain.people.publics import public_on
from cantinekit.errors import InputError, NotFoundError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change
from cantinekit.plugins.sql import FindsColumns
from cantinekit.reads.suppression import Line, hidden_cells
from cantinekit.runtime import codec
from support.houses import small_house
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later
from support.stores.around import Around, WithoutVersions

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MONTHS = tuple(date(2026, month, 1) for month in range(1, 13))
STATUS = m.Public("status", ("student", "job-seeker"))
NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite"])
def house(request, tmp_path):
    """A house a month after the year of the reports: SQLite takes columns out of rows, the other reads the rows."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'house.db'}"
    house = small_house.open_house(url, now=NOW)
    yield house
    house.cantine.close()


def store(house, *every):
    """Rows as the house would have stored them."""
    rows = [codec.encode(one, 1) for one in every]
    for at in range(0, len(rows), 1000):
        house.storage.apply(Change(rows=tuple(rows[at : at + 1000])))


def at(month, day, hour=10, minute=0, year=2026, zone="Europe/Paris"):
    return day_bounds(date(year, month, day), zone).start + timedelta(hours=hour, minutes=minute)


def visit(number, who, came, minutes=60, place="nuit", **more):
    more = {"state": "closed", "closed_at": came + timedelta(minutes=minutes), **more}
    return m.Visit(f"vis-{number}", place, "n", "day", came, came + timedelta(hours=12), who, **more)


def visits(counts, place="nuit", first=0, prefix="p"):
    """So many different people in each month of the year, one visit each."""
    for month, count in enumerate(counts, start=1):
        for who in range(first, first + count):
            yield visit(f"{place}-{month}-{who}", f"{prefix}{who}", at(month, 1 + who % 28), place=place)


def report(house, *places, days=YEAR, **more):
    return house.cantine.read.funder_report(places or ("nuit",), *days, **more)


def people(house, count, status=None):
    """People whom the house knows, with their status."""
    for who in range(count):
        house.do(c.AddPerson(name=f"Person {who}", id=f"p{who}"))
        if status is not None:
            house.do(c.SetFact(f"p{who}", name="status", value=status(who)))


# --- what is counted -------------------------------------------------------------------------------------------------


def test_people_visits_and_minutes_by_month_and_in_total(house):
    """Who comes in two months is one of the year; visits and whole minutes add up."""
    store(house, *visits([10, 8]), visit("again", "p1", at(1, 20), minutes=30))
    found = report(house)
    january, february, year = found.figures("nuit", MONTHS[0]), found.figures("nuit", MONTHS[1]), found.total
    assert (january.people, january.visits, january.minutes) == (10, 11, 630)
    assert (february.people, february.visits, february.minutes) == (8, 8, 480)
    assert (year.people, year.visits, year.minutes) == (10, 19, 1110)
    assert found.figures("nuit", MONTHS[5]).people == 0  # nobody: it is shown
    assert found.figures() == year


def test_who_is_new_is_so_once(house):
    """New is whoever never came before to any place of the house; a visit that was cancelled is none."""
    store(house, *visits([12, 12]), *visits([0, 0, 12], place="brest"))
    store(house, *(visit(f"old-{who}", f"p{who}", at(6, 1, year=2025), place="paris") for who in range(5)))
    store(house, visit("not", "p11", at(6, 1, year=2025), place="paris", state="cancelled"))
    found = report(house, "nuit", "brest")
    assert [found.figures("nuit", month).new for month in MONTHS[:2]] == [7, 0]
    assert [found.figures("nuit", month).returning for month in MONTHS[:2]] == [5, 12]
    assert (found.total.people, found.total.new, found.total.returning) == (12, 7, 5)
    assert found.figures("brest", MONTHS[2]).new == 0


def test_a_day_is_local_and_minutes_are_those_that_pass(house):
    """A visit is of the month on the calendar of its place, and a night with a clock change has an hour more or less.

    In Paris it is midnight at 23:00 UTC in winter and at 22:00 in summer. (On 25 October the clocks go back.)
    """
    new_year = [visit(f"a{n}", f"p{n}", datetime(2025, 12, 31, 23, 0, tzinfo=UTC)) for n in range(5)]
    summer = [visit(f"b{n}", f"p{n}", datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) for n in range(5)]
    spring = [visit(f"c{n}", f"p{n}", at(3, 29, 0), minutes=23 * 60) for n in range(5)]
    autumn = [visit(f"d{n}", f"p{n}", at(10, 25, 0), minutes=25 * 60) for n in range(5)]
    store(house, *new_year, *summer, *spring, *autumn)
    found = report(house)
    assert [found.figures("nuit", month).visits for month in MONTHS] == [5, 0, 5, 0, 0, 0, 5, 0, 0, 5, 0, 0]
    assert local(at(3, 29, 23), "Europe/Paris").date() == date(2026, 3, 30)
    assert found.figures("nuit", MONTHS[2]).minutes == 5 * 23 * 60
    assert found.figures("nuit", MONTHS[9]).minutes == 5 * 25 * 60


def test_what_is_not_over_counts_as_far_as_it_is(house):
    """An open visit counts up to now; what is held or was taken back is none."""
    store(house, *(visit(n, f"p{n}", NOW - timedelta(minutes=90), state="open", closed_at=None) for n in range(5)))
    store(house, *(visit(f"no-{state}", "p9", NOW, state=state) for state in ("held", "lapsed", "cancelled")))
    found = report(house, days=(date(2027, 1, 1), date(2027, 12, 31))).total
    assert (found.people, found.visits, found.minutes) == (5, 5, 450)
    assert found.opening_days == 32  # up to today


def held(number, day, marks, seats=lambda n: 1, walk_ins=0):
    """A session of an evening with its seats, of which some are marked; its sheet is closed."""
    start, end = at(3, day, 18), at(3, day, 20)
    wall = [WallTime(date(2026, 3, day), local(one, "Europe/Paris").time(), "Europe/Paris") for one in (start, end)]
    sheet = m.Sheet(end, walk_ins)
    yield m.Session(f"s{number}", "talk", "nuit", *wall, Period(start, end), 30, sheet=sheet)
    for n, came in enumerate(marks):
        mark = (m.Mark(1, start),) if came else ()
        who = f"r{number}-{n}", f"s{number}", "nuit", f"p{n}", "confirmed", start
        yield m.Registration(*who, seats=seats(n), marks=mark)


def test_sessions_seats_and_who_was_there(house):
    """Seats are those that somebody had, guests among them; who was there is said by closed sheets."""
    store(house, *held(1, 10, [True] * 6 + [False] * 2, seats=lambda n: 2 if n == 0 else 1, walk_ins=2))
    store(house, m.Registration("off", "s1", "nuit", "p20", "cancelled", at(3, 10)))
    march = report(house).figures("nuit", MONTHS[2])
    assert (march.sessions, march.sheets, march.seats, march.present) == (1, 1, 9, 8)


def test_seats_of_fewer_than_five_people_are_not_shown(house):
    """Six seats of three people at two sessions are about three people."""
    store(house, *held(1, 10, [True] * 3), *held(2, 11, [True] * 3))
    march = report(house).figures("nuit", MONTHS[2])
    assert (march.sessions, march.seats, march.present) == (2, None, None)


def test_rooms_let_revenue_and_opening_days(house):
    """Rooms count by the time for which they were booked, revenue by what was sold, days by the opening hours."""
    stay = Period(NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    house.do(c.Book(space_id="b", product_id="room", period=stay, person_id="zoe", account="desk"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    days = date(2027, 2, 1), date(2027, 2, 28)
    assert report(house, "paris", days=days).total.let_minutes == 0
    house.wait(days=1)
    found = report(house, "paris", days=days).total
    assert (found.let_minutes, found.opening_days) == (120, 2)
    lines = [line for entry in house.all(m.LedgerEntry) for line in entry.lines]
    earned = -sum(line.amount for line in lines if line.account.startswith("revenue/"))
    assert dict(found.revenue)["booking"] == Money(earned, "EUR")


def test_organisations_are_those_of_who_came_on_that_day(house):
    """A company counts in the months in which somebody came who belonged to it; a household does not."""
    people(house, 6)
    for id, form in (("acme", "company"), ("home", "household")):
        house.do(c.AddOrganisation(name=id, form=form, id=id))
        house.do(c.Affiliate(organisation_id=id, person_id="p0", role="member", first_day=date(2026, 2, 1)))
    store(house, *visits([6, 6]))
    found = report(house)
    assert [found.figures("nuit", month).organisations for month in MONTHS[:3]] == [0, 1, 0]
    assert found.total.organisations == 1


# --- what is not shown -----------------------------------------------------------------------------------------------


def shown(found, name):
    """What a report shows of a figure, by place and month."""
    return {(one.place_id, one.month): getattr(one, name) for one in found.rows}


def lines_of(found):
    """The sums that whoever has a report can take."""
    places, months = found.place_ids, MONTHS
    lines = [Line((place, None), tuple((place, month) for month in months)) for place in places]
    if len(places) > 1:
        lines += [Line((None, month), tuple((place, month) for place in places)) for month in (*months, None)]
        lines.append(Line((None, None), tuple((None, month) for month in months)))
    return lines


def differenced(figures, lines):
    """What is computed from figures that add up, by subtracting within lines as long as that yields something."""
    figures, found = dict(figures), {}
    while True:
        for line in lines:
            missing = [cell for cell in line.cells if figures[cell] is None]
            if len(missing) == 1:
                parts = sum(figures[part] or 0 for part in line.parts)
                value = parts if missing[0] == line.total else figures[line.total] - parts
                figures[missing[0]] = found[missing[0]] = value
                break
        else:
            return found


THREE = ("nuit", "brest", "paris")
SPARSE = ([9, 3, 8, 7, 0, 20, 4, 9], [6, 9, 5, 1, 0, 11, 30, 9], [6, 9, 0, 12, 0, 1, 1, 7])


def sparse(house):
    """Three places of which some months have few people."""
    for number, (place, counts) in enumerate(zip(THREE, SPARSE, strict=True)):
        store(house, *visits(counts, place, first=100 * number))


@pytest.mark.parametrize("name", ["visits", "minutes", "people", "new"])
def test_nothing_is_computed_by_differencing(house, name):
    """Total minus months, total minus places, and what follows from that: no figure that is left out comes out."""
    sparse(house)
    found = report(house, *THREE)
    figures = shown(found, name)
    assert figures["nuit", MONTHS[1]] is None
    assert differenced(figures, lines_of(found)) == {}


def test_with_small_cells_alone_left_out_they_are_computed(house):
    """The control: the same report with only the small cells left out tells most of them."""
    sparse(house)
    found = report(house, *THREE)
    whole = {(one.place_id, one.month): 0 for one in found.rows}
    for place, counts in zip(
        THREE, ([9, 3, 8, 7, 0, 20, 4, 9], [6, 9, 5, 1, 0, 11, 30, 9], [6, 9, 0, 12, 0, 1, 1, 7]), strict=True
    ):
        for month, count in zip(MONTHS, counts, strict=False):
            for spot in ((place, month), (place, None), (None, month), (None, None)):
                whole[spot] += count
    primary = {spot: None if 0 < count < 5 else count for spot, count in whole.items()}
    told = differenced(primary, lines_of(found))
    assert told["nuit", MONTHS[1]] == 3
    ours = {spot: None if spot in hidden_cells(whole, lines_of(found)) else count for spot, count in whole.items()}
    assert differenced(ours, lines_of(found)) == {}
    assert {spot: value for spot, value in shown(found, "visits").items() if value is not None}.items() <= whole.items()


def test_no_count_of_people_is_small(house):
    """Of all counts of people in a report none is from one to four."""
    sparse(house)
    names = ("people", "new", "returning", "walk_ins", "visits", "seats", "present")
    counts = [getattr(one, name) for one in report(house, *THREE).rows for name in names]
    assert not {1, 2, 3, 4} & set(counts)
    assert None in counts


def test_hours_of_few_people_are_not_shown_however_many_visits(house):
    """Twenty visits of two people are about two people."""
    store(house, *(visit(n, f"p{n % 2}", at(4, 1 + n)) for n in range(20)), *visits([0, 0, 0, 0, 9, 9]))
    april = report(house).figures("nuit", MONTHS[3])
    assert (april.people, april.visits, april.minutes, april.new, april.organisations) == (None,) * 5


def test_new_and_returning_hide_each_other(house):
    """Of twelve people ten are new: who returns is few, and twelve less ten would tell it."""
    store(house, *visits([12]), *(visit(f"old{n}", f"p{n}", at(6, 1, year=2025)) for n in range(2)))
    january = report(house).figures("nuit", MONTHS[0])
    assert (january.people, january.new, january.returning) == (12, None, None)


def test_walk_ins_count_as_one_each(house):
    """Three walk-ins are not shown beside twelve people; their visits are in the visits of fifteen."""
    store(house, *visits([12]), *(visit(f"w{n}", None, at(1, 3)) for n in range(3)))
    january = report(house).figures("nuit", MONTHS[0])
    assert (january.people, january.walk_ins, january.visits) == (12, None, 15)


def test_visits_less_walk_ins_tell_of_nobody(house):
    """Ten walk-ins and two people: twelve visits less ten walk-ins would be the visits of two people."""
    store(house, *(visit(f"w{n}", None, at(1, 3)) for n in range(10)))
    store(house, *visits([2, 30, 40]))
    found = report(house)
    january = found.figures("nuit", MONTHS[0])
    assert (january.people, january.walk_ins, january.visits, january.minutes) == (None, 10, None, None)
    known = {
        spot: None if visits is None else visits - shown(found, "walk_ins")[spot]
        for spot, visits in shown(found, "visits").items()
    }
    assert differenced(known, lines_of(found)) == {}


def test_rows_of_an_earlier_schema_are_read_whole(house, monkeypatch):
    """Columns that a store takes out of rows are of the present schema, or they are not used."""
    store(house, *visits([12, 9]))
    found = report(house)
    asked = []
    if isinstance(house.storage, FindsColumns):

        def find_columns(*of):
            asked.append(of)
            return [(row[0], 0, *[None] * (len(row) - 2)) for row in real(*of)]

        real = house.storage.find_columns
        monkeypatch.setattr(house.storage, "find_columns", find_columns)
    assert report(house) == found
    assert bool(asked) == isinstance(house.storage, SqliteStorage)


# --- by fact, and forgotten ------------------------------------------------------------------------------------------


def test_people_are_counted_by_what_was_known_of_them(house):
    """By the last day of the month, and of the period, on which they came; a value that is not counted is not known."""
    people(house, 18, lambda who: ("student", "job-seeker", "retired")[who % 3])
    house.do(c.ChangePlace("nuit", publics=[STATUS]))
    store(house, *visits([18, 18]))
    found = report(house, publics=["status"]).total
    assert [(one.value, one.people) for one in found.publics] == [("student", 6), ("job-seeker", 6), ("", 6)]


def test_a_public_of_few_hides_another(house):
    """Two job-seekers of twenty: the next smallest public goes too, or twenty less the others would tell."""
    people(house, 20, lambda who: "job-seeker" if who < 2 else "student" if who < 9 else "retired")
    house.do(c.ChangePlace("nuit", publics=[STATUS]))
    store(house, *visits([20]))
    found = report(house, publics=["status"]).figures("nuit", MONTHS[0])
    assert found.people == 20
    assert [one.people for one in found.publics] == [None, None, 11]


def test_a_value_counts_from_when_it_was_said(house):
    """The first value counts for the days before it too; what replaces it, from its own day on; and up to its last."""
    house.clock.set(at(3, 1))
    people(house, 1, lambda who: "student")
    house.clock.set(at(6, 1))
    house.do(c.SetFact("p0", name="status", value="job-seeker", until=date(2026, 8, 31)))
    facts = house.get(m.Person, "p0").facts
    days = [date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [public_on(facts, STATUS, day, "Europe/Paris") for day in days] == [
        "student", "student", "job-seeker", "job-seeker", "",
    ]  # fmt: skip
    house.do(c.SetFact("p0", name="status", value=None))
    assert house.get(m.Person, "p0").facts == ()


@pytest.mark.parametrize(
    ("value", "wanted"), [(True, "yes"), (False, "no"), ("yes", "yes"), (("no", "lift"), "no"), (3, ""), ("maybe", "")]
)
def test_a_fact_of_each_type_has_its_value(house, value, wanted):
    """Yes/no and texts are counted; of several words the first that the place counts."""
    people(house, 1, lambda who: value)
    facts = house.get(m.Person, "p0").facts
    assert public_on(facts, m.Public("status", ("yes", "no")), date(2027, 2, 1), "Europe/Paris") == wanted


PERIODS = [
    YEAR,
    (date(2026, 1, 1), date(2026, 2, 28)),
    (date(2026, 2, 1), date(2026, 3, 31)),
    (date(2026, 3, 1), date(2026, 3, 31)),
]


def test_the_same_before_and_after_people_were_forgotten(house):
    """All figures of all periods, also by fact, when half of the people are forgotten; of two places."""
    people(house, 40, lambda who: ("student", "job-seeker", "retired")[who % 3])
    for place in ("nuit", "brest"):
        house.do(c.ChangePlace(place, publics=[STATUS]))
    store(house, *visits([30, 24, 40]), *visits([0, 18, 9], "brest", first=12))
    house.do(c.AddOrganisation(name="Acme", id="acme"))
    house.do(c.Affiliate(organisation_id="acme", person_id="p3", role="member", first_day=date(2026, 1, 1)))
    before = [report(house, "nuit", "brest", days=days, publics=["status"]) for days in PERIODS]
    for who in range(0, 40, 2):
        house.cantine.forget(f"p{who}", actor="desk:ana")
    house.cantine.forget("p3", actor="desk:ana")
    assert [report(house, "nuit", "brest", days=days, publics=["status"]) for days in PERIODS] == before
    assert any(one.people for one in before[0].total.publics)


def test_without_what_is_kept_the_figures_would_change(house):
    """The control: take the counts of the forgotten away, and the publics are others."""
    people(house, 20, lambda who: "student")
    house.do(c.ChangePlace("nuit", publics=[STATUS]))
    store(house, *visits([20, 20]))
    before = report(house, publics=["status"])
    for who in range(10):
        house.cantine.forget(f"p{who}", actor="desk:ana")
    after = report(house, publics=["status"])
    assert after == before
    kept = house.all(m.ForgottenPublics)
    assert {one.month for one in kept} == set(MONTHS[:2])
    for one in kept:
        row = codec.encode(m.ForgottenPublics(one.id, one.place_id, one.month), 11)
        house.storage.apply(Change(rows=(row,)))
    assert report(house, publics=["status"]) != before


def test_what_is_kept_names_nobody(house):
    """Neither rows nor journal say of which public somebody was who is forgotten, and values that no place counts are
    gone.
    """
    people(house, 5, lambda who: "student" if who else "canary-of-one")
    house.do(c.SetFact("p1", name="status", value="job-seeker"))
    house.do(c.ChangePlace("nuit", publics=[STATUS]))
    store(house, *visits([5]))
    for who in range(5):
        house.cantine.forget(f"p{who}", actor="desk:ana")
    (kept,) = house.all(m.ForgottenPublics)
    assert [(one.value, one.next, one.people) for one in kept.counts] == [("student", None, 4)]
    rows = {key: row.body for key, row in small_house.rows(house.storage).items()}
    assert not any("canary-of-one" in body for body in rows.values())
    mine = [key for key, body in rows.items() if "student" in body]
    assert {key.kind for key in mine} == {"place", "forgotten_publics"}
    assert not any(f"p{who}" in rows[key] for key in mine for who in range(5))
    told = [entry for entry in small_house.journal(house.storage) if "student" in entry.body]
    assert {entry.type for entry in told} == {"PlaceChanged"}


def test_a_house_that_lived_forgets_and_its_rows_follow(house):
    """Check-ins by commands, then forgotten: the figures stay, and the rows follow from the journal."""
    house.do(c.ChangePlace("paris", publics=[STATUS]))
    house.clock.set(datetime(2027, 2, 2, 9, tzinfo=UTC))
    people(house, 3, lambda who: "student")
    for who in range(3):
        seen = house.cantine.check_in("paris", "day", person_id=f"p{who}", account="desk", actor="desk:ana").value
        house.wait(minutes=30)
        house.do(c.CheckOut(seen.id))
    days = date(2027, 2, 1), date(2027, 2, 28)
    before = report(house, "paris", days=days, publics=["status"])
    house.wait(days=1)
    house.cantine.run_due()
    house.cantine.forget("p0", actor="desk:ana")
    assert report(house, "paris", days=days, publics=["status"]).rows[0].people == before.rows[0].people is None
    (kept,) = house.all(m.ForgottenPublics)
    assert (kept.id, [one.people for one in kept.counts]) == ("paris|2027-02", [1])
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- asked for -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "days", "more"),
    [
        ((), YEAR, {}),
        (("nuit", "nuit"), YEAR, {}),
        (("nuit",), YEAR[::-1], {}),
        (("nuit",), (date(2010, 1, 1), date(2026, 1, 1)), {}),
        (("nuit",), YEAR, {"publics": ["status"]}),
        (("nuit",), (date(2026, 1, 2), date(2026, 12, 31)), {"publics": ["status"]}),
        (("nuit",), (date(2026, 1, 1), date(2026, 12, 30)), {"publics": ["status"]}),
    ],
)
def test_what_cannot_be_answered_is_refused(house, places, days, more):
    """No place, a place twice, a period backwards or too long, a fact that is not counted, parts of months by fact."""
    with pytest.raises(InputError):
        house.cantine.read.funder_report(places, *days, **more)


def test_a_place_that_is_not_there_is_refused(house):
    """A report of a place that nobody added raises ``NotFoundError``."""
    with pytest.raises(NotFoundError):
        report(house, "nowhere")


@pytest.mark.parametrize(
    "publics",
    ["status", [("status", ("a",))], [STATUS, STATUS], [m.Public(f"f{n}", ("a",)) for n in range(21)], STATUS],
)
def test_publics_are_facts_each_once(publics):
    """At most twenty facts, as values of ``Public``."""
    with pytest.raises(InputError):
        c.ChangePlace("nuit", publics=publics)


@pytest.mark.parametrize("values", [(), ("a", "a"), ("",), (3,), [f"v{n}" for n in range(21)]])
def test_a_public_has_values_each_once(values):
    """One to twenty values, none of them blank."""
    with pytest.raises(InputError):
        m.Public("status", values)


def test_as_a_table_and_as_json(house):
    """One line for each place and month; ``*`` and null stand for what is not shown."""
    sparse(house)
    found = report(house, *THREE)
    text = found.to_csv().decode("utf-8-sig").split("\r\n")
    assert text[0].startswith("place,month,people,new,returning,walk_ins,visits,minutes,")
    assert len(text) == 1 + 4 * 13 + 1
    february = next(line for line in text if line.startswith("nuit,2026-02,"))
    assert february.split(",")[2] == "*"
    data = json.loads(found.to_json())
    row = next(one for one in data["rows"] if (one["place"], one["month"]) == ("nuit", "2026-02"))
    assert (data["format"], row["people"], row["visits"]) == ("cantinekit funder report 1", None, None)
    with pytest.raises(InputError):
        found.figures("nowhere")


def test_the_command_writes_the_file(tmp_path, capsys):
    """``cantinekit report`` writes CSV, JSON or a page, and says where; what fails leaves nothing behind."""
    url = f"sqlite:///{tmp_path / 'house.db'}"
    house = small_house.open_house(url, now=NOW)
    people(house, 6, lambda who: "student")
    house.do(c.ChangePlace("nuit", publics=[STATUS]))
    store(house, *(visit(n, f"p{n}", at(1, 1 + n, year=2020)) for n in range(6)))
    found = report(house, days=(date(2020, 1, 1), date(2020, 12, 31)), publics=["status"])
    house.cantine.close()
    days = ["--from", "2020-01-01", "--until", "2020-12-31", "--public", "status", "--to", str(tmp_path)]
    asked = ["report", url, "nuit", *days]
    for form in ("csv", "json", "html"):
        assert main([*asked, "--as", form]) == 0
        assert capsys.readouterr().out == f"{tmp_path / f'report-20200101-20201231.{form}'}\n"
    assert (tmp_path / "report-20200101-20201231.csv").read_bytes() == found.to_csv()
    assert json.loads((tmp_path / "report-20200101-20201231.json").read_text()) == found.data()
    assert "Nuit" in (tmp_path / "report-20200101-20201231.html").read_text()
    assert main(["report", url, "nowhere", *days]) == 2
    assert main(["report", f"sqlite:///{tmp_path}/none.db", "nuit", *days]) == 2
    assert "there is no file" in capsys.readouterr().err


# --- two at once -----------------------------------------------------------------------------------------------------


def forgotten_at_once(fault):
    """How many of two people are counted who are forgotten at once, in each order of the storage calls."""
    house = small_house.open_house()
    people(house, 2, lambda who: "student")
    house.do(c.ChangePlace("nuit", publics=[STATUS]))
    store(house, *visits([2]))
    for who in range(2):
        house.cantine._engine.run(c.ForgetPerson(f"p{who}"), "test")
    for _, results, after in both_at_once(house.storage, [c.SettleForgetting(f"p{who}") for who in range(2)], fault):
        assert not any(isinstance(one, Exception) for one in results)
        kept = later(after, timedelta()).get(m.ForgottenPublics, "nuit|2026-01")
        yield sum(one.people for one in kept.counts)


def test_two_who_are_forgotten_at_once_are_both_counted():
    """Both add to one row; whoever comes second reads it again."""
    assert set(forgotten_at_once(Around)) == {2}


def test_a_store_that_does_not_compare_versions_loses_one():
    """The control: in some order only one is counted."""
    assert 1 in set(forgotten_at_once(WithoutVersions))
