"""Questions about free spaces of a running house: the store, the journal and a booking all say the same."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from unittest.mock import patch

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.occupancy.availability import read_question
from cantinekit.domain.occupancy.journal_index import FED, JournalIndex
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import Find, Load, State
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import CantineError, ClosedError, ConflictError, InputError, NotFoundError, SoldOutError
from cantinekit.plugins.ports import MAX_KEYS
from cantinekit.reads import occupancy
from cantinekit.runtime import codec
from cantinekit.scheduling.availability import (
    Bookable,
    Bookables,
    BusyIndex,
    Filter,
    InBuffer,
    IsClosed,
    IsFull,
    Question,
)
from cantinekit.scheduling.opening import OpeningCalendar
from support.houses import small_house
from support.houses.small_house import START, House, open_house, period, utc
from support.laws import house_machine as machines
from support.stores.quick_folder import quick_folder

TOMORROW = date(2026, 11, 25)
PARIS = Filter(place_ids=("paris",))


def of_pages(house: House) -> BusyIndex:
    """An index of all the pages that are stored."""
    records = small_house.records(house.storage).values()
    leaves = {one.id for one in records if isinstance(one, m.Space) and one.leaves == (one.id,)}
    standing = [one for one in records if isinstance(one, m.StandingPage) and one.space_id in leaves]
    pages = [one for one in records if isinstance(one, m.OccupancyPage)]
    return BusyIndex.from_pages(standing, pages, house.clock.now())


def by_index(house: House, question: Question, index: BusyIndex, terms=None) -> object:
    """The answer from an index and the records of the spaces."""
    places = {one.id: one for one in house.all(m.Place)}
    made = [
        Bookable(space, OpeningCalendar.of(places[space.place_id], space), (terms or {}).get(space.id, Terms()))
        for space in house.all(m.Space)
        if not question.filter.place_ids or space.place_id in question.filter.place_ids
    ]
    return Bookables(made).ask(question, index, house.clock.now())


# --- one rule --------------------------------------------------------------------------------------------------------

SPACES = ("open", "a1", "a2", "a", "b", "n", "brest-open")
TIMES = st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(0, 1)).map(
    lambda t: period(6 + t[0] / 2, 6 + t[0] / 2 + t[1] / 2, TOMORROW + timedelta(days=t[2]))
)


@st.composite
def deeds(draw: st.DrawFn) -> c.Command | timedelta:
    kind = draw(st.sampled_from(["book", "book", "book", "hold", "close", "less", "wait", "cancel"]))
    space = draw(st.sampled_from(SPACES))
    if kind == "book":
        return c.Book(space_id=space, product_id="room", period=draw(TIMES), account="desk", override="a feast")
    if kind == "hold":
        return c.HoldSpace(
            space_id=space, product_id="room", period=draw(TIMES), minutes=draw(st.integers(1, 60)), override="a feast"
        )
    if kind == "close":
        return c.CloseSpace(space, period=draw(TIMES), reason="painting")
    if kind == "less":
        return c.ChangeCapacity(space, capacity=draw(st.integers(0, 3)))
    return timedelta(minutes=draw(st.integers(1, 50))) if kind == "wait" else c.CancelBooking("bkg_1")


def do(house: House, deed: c.Command | timedelta) -> None:
    if isinstance(deed, timedelta):
        house.clock.advance(deed)
        return
    with suppress(CantineError):
        house.do(deed)


@given(st.lists(deeds(), max_size=12), TIMES, st.sampled_from([1, 1, 2]), st.sampled_from([None, 1.0, 2.5]))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_store_the_index_and_a_booking_agree(done, within, units, hours):
    """Whatever was done: the store answers as an index of its pages and as one of its journal do, and a space is free
    for a period exactly when a booking of it is taken, and refused for the same reason when it is not."""
    house = open_house()
    for deed in done:
        do(house, deed)
    length = None if hours is None else min(timedelta(hours=hours), within.length)
    question = Question(within, length, units)
    found = house.cantine.find_free(question)
    pages, journal = of_pages(house), house.cantine.read.busy_index(JournalIndex())
    assert pages == journal == house.cantine.read.busy_index()
    assert found == by_index(house, question, pages) == by_index(house, question, journal)
    for slot in found.free:
        command = c.Book(space_id=slot.space_id, product_id="room", period=slot.period, units=units)
        if house.get(m.Space, slot.space_id).entity_id == "asso":
            assert house.cantine.preview(command, actor="ana").value.period == slot.period
    for space_id, reason in found.reasons.items():
        if house.get(m.Space, space_id).entity_id != "asso" or length is not None:
            continue
        expected = {IsClosed: ClosedError, IsFull: (ConflictError, SoldOutError)}.get(type(reason))
        if expected is not None:
            with pytest.raises(expected):
                house.cantine.preview(
                    c.Book(space_id=space_id, product_id="room", period=within, units=units), actor="ana"
                )


@given(st.lists(deeds(), max_size=8), st.sampled_from(SPACES), TIMES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_booking_that_is_cancelled_leaves_no_trace(done, space_id, within):
    """Booked, then cancelled: the pages say as before what is taken, the index is as before, and so is every answer."""
    house = open_house()
    for deed in done:
        do(house, deed)
    index, question = house.cantine.read.busy_index(), Question(within)
    before, answer = of_pages(house), house.cantine.find_free(question)
    try:
        booking = house.do(
            c.Book(space_id=space_id, product_id="room", period=within, account="desk", override="a feast")
        ).value
    except CantineError:
        return
    assert of_pages(house) == house.cantine.read.busy_index(index) != before
    house.do(c.CancelBooking(booking.id))
    assert of_pages(house) == before == house.cantine.read.busy_index(index)
    assert house.cantine.find_free(question) == answer
    claims = [claim for page in house.all(m.OccupancyPage) for claim in page.claims]
    assert booking.id not in {claim.id for claim in claims}


class Followed(machines.House):
    """A house in which everything happens, followed by an index that is fed as it goes."""

    def teardown(self) -> None:
        house, reader = self.house, self.house.cantine.read
        followed = reader.busy_index(JournalIndex())
        assert followed == of_pages(house) == reader.busy_index()
        self.seen["claim"] += len(followed._claims)
        entries = list(reader.journal())
        half = JournalIndex()
        for entry in entries[: len(entries) // 2]:
            half.feed(codec.decode_event(entry))
        half.entry = entries[len(entries) // 2 - 1].number
        with quick_folder() as folder:
            reader._keep_index(half, folder / "busy.json")
            kept = reader.busy_index(keep=folder / "busy.json")
            assert kept == followed
            assert sorted(kept.rows()) == sorted(followed.rows())
            assert kept.followed() == followed.followed()
        assert reader.busy_index(half) == followed
        for part in range(5):  # what was written while the pages were read is fed again
            begun = entries[(len(entries) - 1) * part // 5].number
            with patch.object(occupancy, "last_entry", lambda storage, begun=begun: begun):
                assert reader.busy_index() == followed


@pytest.mark.timeout(900)
def test_an_index_of_the_journal_is_that_of_the_pages(caplog):
    """After visits, upgrades, holds, sessions, narrowings, late tasks: the journal gives the index of the pages."""
    caplog.set_level("CRITICAL", "cantinekit")
    Followed.seen = Counter()
    run_state_machine_as_test(
        Followed,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Followed.seen["claim"] > 0


CLAIMING = (m.Placed, m.Booking, m.Visit, m.Session, m.Upgrade, m.Narrowing, m.Closure)


def test_every_event_that_claims_is_fed():
    """An event that carries claims, or ends what has some, has a rule; a new one without fails here."""

    def touches(cls: type) -> bool:
        if cls is ev.BookingTakenOver:  # it is over, and so has no claims
            return False
        hints = " ".join(str(field.type) for field in attrs.fields(cls))
        for other in ("NarrowingAnnounced", "SessionSeries"):
            hints = hints.replace(other, "")
        return any(f"{one.__name__}" in hints for one in CLAIMING)

    assert {name for name, cls in ev.EVENTS.items() if touches(cls)} <= FED
    assert {"BookingEnded", "VisitEnded", "UpgradeDropped", "BookingPriced", "CapacityRaised"} <= FED <= set(ev.EVENTS)


# --- what it reads ---------------------------------------------------------------------------------------------------


class Counting:
    """A store that counts its round trips."""

    def __init__(self, beneath):
        self._beneath, self.reads = beneath, 0

    def __getattr__(self, name):
        return getattr(self._beneath, name)

    def load(self, keys):
        self.reads += 1
        assert len(keys) <= MAX_KEYS
        return self._beneath.load(keys)

    def find(self, *args, **kwargs):
        self.reads += 1
        return self._beneath.find(*args, **kwargs)


@pytest.mark.parametrize("days", [0, 1, 30])
def test_a_question_takes_few_round_trips(days):
    """One place or the whole network, an hour or a month: at most five round trips."""
    house = open_house()
    counting = Counting(house.storage)
    house.cantine.read._storage = counting
    start = utc(10, day=TOMORROW)
    within = Period(start, start + timedelta(days=days, hours=2))
    for wanted in (Filter(), PARIS, Filter(place_ids=("paris", "brest")), Filter(space_ids=("a", "b"))):
        counting.reads = 0
        house.cantine.find_free(Question(within, timedelta(hours=2), filter=wanted))
        assert counting.reads <= 5, wanted


def test_pages_come_in_batches_that_a_store_takes():
    """Many pages are read in several batches of no more keys than a store takes; too many are refused beforehand."""
    spaces = {m.Space.kind: {f"s{n}": m.Space(f"s{n}", "p", "e", f"S{n}", "room", (), (f"s{n}",)) for n in range(1000)}}

    def drive(days):
        question = Question(Period(START, START + timedelta(days=days)), timedelta(hours=1))
        batches, reading = [], read_question(Uow(State(), START, str), question, {})
        wish = next(reading)
        try:
            while True:
                batches.append(wish)
                if isinstance(wish, Find):
                    wish = reading.send(dict.fromkeys(codec.key_of(m.Subject("space", id)) for id in spaces["space"]))
                else:
                    wish = reading.send({key: spaces.get(key.kind, {}).get(key.id) for key in wish.keys})
        except StopIteration:
            return batches

    batches = drive(60)
    assert len(batches) == 5
    assert max(len(wish.keys) for wish in batches if isinstance(wish, Load)) <= MAX_KEYS
    with pytest.raises(InputError, match="too many pages"):
        drive(120)


# --- what it says ----------------------------------------------------------------------------------------------------


def test_spaces_that_are_not_there_are_refused():
    """A space or a place that does not exist is an error, not an empty answer; a place without spaces is one."""
    house = open_house()
    with pytest.raises(NotFoundError):
        house.cantine.find_free(Question(period(10, 11, TOMORROW), filter=Filter(space_ids=("nowhere",))))
    with pytest.raises(NotFoundError):
        house.cantine.find_free(Question(period(10, 11, TOMORROW), filter=Filter(place_ids=("nowhere",))))
    house.do(c.AddPlace(name="Empty", entity_id="asso", zone="Europe/Paris", currency="EUR", id="empty"))
    assert house.cantine.find_free(Question(period(10, 11, TOMORROW), filter=Filter(place_ids=("empty",)))).free == ()


def test_each_reason_is_told():
    """Full, closed, within a buffer: each with its data, counted, and the nearest time of what is taken."""
    house = open_house()
    house.do(c.Book(space_id="b", product_id="room", period=period(10, 11, TOMORROW), account="desk"))
    house.do(c.CloseSpace("a1", period=period(9, 12, TOMORROW), reason="painting"))
    terms = {"a2": Terms(before=timedelta(minutes=30)), "b": Terms(before=timedelta(minutes=30))}
    house.do(c.Book(space_id="a2", product_id="room", period=period(9, 10.25, TOMORROW), account="desk"))
    found = house.cantine.find_free(Question(period(10.5, 11.5, TOMORROW), filter=PARIS), terms=terms)
    assert [slot.space_id for slot in found.free] == ["open"]
    assert found.reasons["b"] == IsFull(1, 0)
    assert found.reasons["a2"] == InBuffer(timedelta(minutes=30), timedelta(0))
    assert str(found.reasons["a1"].verdict) == "closure: painting"
    assert found.counts == {"closed": 2, "full": 1, "buffer": 1}
    (b,) = (miss for miss in found.misses if miss.space_id == "b")
    assert b.instead == period(9, 10, TOMORROW)  # from eleven on there is a session


def test_a_hold_is_free_when_its_time_is_over():
    """A hold takes its space until it runs out, for the store and for an index that is told the time."""
    house = open_house()
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11, TOMORROW), minutes=10))
    question = Question(period(10, 11, TOMORROW), filter=Filter(space_ids=("b",)))
    index = house.cantine.read.busy_index()
    assert not house.cantine.find_free(question).free
    house.wait(minutes=10)
    assert house.cantine.find_free(question).free
    assert not index.free(question.within, among=("b",))
    index.advance(house.clock.now())
    assert index.free(question.within, among=("b",)) == ["b"]


def test_how_many_desks_at_the_peak():
    """Two desks from ten to twelve and one from eleven to one are three at eleven, and one at noon."""
    house = open_house()
    house.do(c.Book(space_id="open", product_id="desk", period=period(10, 12, TOMORROW), units=2, account="desk"))
    house.do(c.Book(space_id="open", product_id="desk", period=period(11, 13, TOMORROW), account="desk"))
    index = house.cantine.read.busy_index()
    peaks = [index.peak("open", period(a, b, TOMORROW)) for a, b in ((8, 10), (8, 17), (10, 11), (12, 13), (13, 17))]
    assert peaks == [0, 3, 2, 1, 0]


def test_an_evening_at_a_place_that_is_closed():
    """What lies outside the openings is closed by the rule that says so."""
    house = open_house()
    found = house.cantine.find_free(Question(period(20, 21, TOMORROW), filter=PARIS))
    assert {str(reason.verdict) for reason in found.reasons.values()} == {"outside hours"}
    assert house.cantine.find_free(Question(period(20, 21, TOMORROW), filter=Filter(place_ids=("nuit",)))).free
