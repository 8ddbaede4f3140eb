"""Strategies for values of any attrs class of the library, made from the types of their fields."""

from __future__ import annotations

import types
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.clock import Period, WallTime
from cantinekit.common.facts import Fact, plain_number
from cantinekit.domain.sales.values import Facts
from cantinekit.money import Money

INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(9996, 1, 1), timezones=st.just(UTC))
IDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"], exclude_characters="|"), min_size=1, max_size=12
)
MONEY = st.builds(Money, st.integers(0, 10**9), st.sampled_from(["EUR", "JPY", "TND"]))
ZONES = st.sampled_from(["Europe/Paris", "America/Martinique", "UTC"])
PERIODS = st.builds(
    lambda at, length: Period(at, at + length), INSTANTS, st.timedeltas(timedelta(seconds=1), timedelta(90))
)
DAYS = st.dates(date(1971, 1, 1), date(9996, 1, 1))
TIMES = st.times()


@st.composite
def hours(draw: st.DrawFn) -> m.OpenHours:
    opens = draw(st.integers(0, 1439))
    return m.OpenHours(draw(st.integers(0, 6)), opens, draw(st.integers(opens + 1, 1440)))


@st.composite
def entries(draw: st.DrawFn) -> m.LedgerEntry:
    amount, words = draw(st.integers(1, 10**9)), ["raised", "voided", "taken", "refunded", "refund asked"]
    lines = (m.LedgerLine("receivable", amount), m.LedgerLine("revenue/x", -amount))
    subject = m.Subject("charge", draw(IDS))
    return m.LedgerEntry(
        draw(IDS), draw(IDS), draw(IDS), draw(INSTANTS), draw(st.sampled_from(words)), subject, "EUR", lines
    )


@st.composite
def night_hours(draw: st.DrawFn) -> m.OpenHours:
    opens = draw(st.integers(0, 1439))
    return m.OpenHours(draw(st.integers(0, 6)), opens, draw(st.integers(opens + 1, min(2879, opens + 1440))))


@st.composite
def openings(draw: st.DrawFn) -> m.Openings:
    """Seasons, closed days and extra openings of any kind."""
    day = st.dates(date(1971, 1, 1), date(9996, 1, 1))
    ends = day.flatmap(lambda last: st.tuples(st.dates(date(1971, 1, 1), last), st.just(last)))
    firsts = draw(st.lists(ends, max_size=2, unique_by=lambda pair: pair[0]))
    hours = st.lists(night_hours(), max_size=1)
    seasons = [m.Season(draw(IDS), first, draw(st.sampled_from([last, None])), draw(hours)) for first, last in firsts]
    closed = [
        m.ClosedDays(draw(st.sampled_from(m.CLOSED_FOR)), draw(IDS), *pair) for pair in draw(st.lists(ends, max_size=2))
    ]
    stretches = draw(st.lists(night_hours(), max_size=2))
    extra = [m.ExtraOpening(draw(IDS), draw(day), one.opens, one.closes) for one in stretches]
    return m.Openings(seasons, closed, extra)


FIXED_SLOTS = st.builds(
    m.FixedSlot,
    *[TIMES.map(lambda at: at.replace(second=0, microsecond=0, fold=0))] * 2,
    st.sets(st.integers(0, 6), min_size=1),
    st.sets(IDS, max_size=2),
)


@st.composite
def terms(draw: st.DrawFn) -> m.Terms:
    """Terms of any kind, in which the longest and the horizon are not before the shortest and the notice."""
    spans = st.timedeltas(timedelta(microseconds=1), timedelta(days=30))
    (shortest, longest), (notice, horizon) = (sorted([draw(spans), draw(spans)]) for _ in range(2))
    names = st.sets(IDS, max_size=2)
    slots = draw(st.lists(FIXED_SLOTS, max_size=2))
    return m.Terms(
        *(draw(spans), draw(spans), notice, draw(st.sampled_from([None, horizon]))),
        *(draw(st.sampled_from([None, one])) for one in (shortest, longest, longest, shortest)),
        *(draw(names), draw(names), draw(st.booleans()), draw(spans), draw(st.none() | spans)),
        trainings=draw(names),
        slots=slots,
        any_time=draw(names) if slots else (),
    )


@st.composite
def admissions(draw: st.DrawFn) -> m.Admission:
    """Admissions of any kind, with questions of any kind."""
    names = st.lists(IDS, max_size=2, unique=True)
    youngest, oldest = sorted(draw(st.tuples(st.integers(0, 150), st.integers(0, 150))))
    quota = draw(
        st.none() | st.builds(m.Quota, percent=st.integers(1, 100)) | st.builds(m.Quota, seats=st.integers(1, 9))
    )
    kinds = st.sampled_from(["text", "choice", "yes_no", "count"])
    asked = [(key, draw(kinds), draw(names) or ["x"]) for key in draw(names)]
    questions = [
        m.RegistrationQuestion(key, draw(IDS), draw(IDS), kind, some if kind == "choice" else (), draw(st.booleans()))
        for key, kind, some in asked
    ]
    ages = (draw(st.sampled_from([None, age])) for age in (youngest, oldest))
    return m.Admission(draw(names), *ages, draw(names), quota, draw(IDS) if quota else None, questions)


@st.composite
def booking_series(draw: st.DrawFn) -> m.BookingSeries:
    """A series of bookings with different dates in any state, and times in whole seconds."""
    ids, maybe, days = IDS, st.none() | IDS, st.lists(DAYS, max_size=3, unique=True)
    states = st.sampled_from(["booked", "skipped", "cancelled"])
    dates = [m.SeriesDate(day, draw(states), draw(maybe), draw(st.sampled_from(["", "taken"]))) for day in draw(days)]
    times = TIMES.map(lambda at: at.replace(microsecond=0, fold=0))
    return m.BookingSeries(
        *(draw(ids) for _ in range(4)),
        zone=draw(ZONES),
        day=draw(DAYS),
        starts=draw(times),
        ends=draw(times),
        rule=draw(st.none() | st.just("FREQ=DAILY;COUNT=2")),
        units=draw(st.integers(1, 10_000)),
        booked_at=draw(INSTANTS),
        dates=tuple(dates),
        state=draw(st.sampled_from(["held", "confirmed", "cancelled", "expired"])),
        rdates=draw(days),
        exdates=draw(days),
        person_id=draw(maybe),
        charge_id=draw(maybe),
        with_units=tuple(draw(st.lists(st.tuples(ids, st.integers(1, 9)), max_size=2))),
    )


@st.composite
def session_series(draw: st.DrawFn) -> m.SessionSeries:
    """A series of sessions with different dates in their order, some of them without a session."""
    days, times = st.lists(DAYS, max_size=3, unique=True), TIMES.map(lambda at: at.replace(microsecond=0, fold=0))
    maybe, seats, zone = st.none() | IDS, st.integers(1, 10_000), draw(ZONES)
    dates = [
        m.PlannedDate(
            WallTime(day, draw(times), zone), WallTime(day, draw(times), zone), draw(seats), draw(maybe), draw(maybe),
            draw(st.sampled_from(["", "taken", "cancelled"])), draw(st.sampled_from(["", "fillets"])),
        )
        for day in sorted(draw(days))
    ]  # fmt: skip
    return m.SessionSeries(
        *(draw(IDS) for _ in range(3)),
        zone=zone,
        day=draw(DAYS),
        starts=draw(times),
        ends=draw(times),
        rule=draw(st.none() | st.just("FREQ=WEEKLY")),
        seats=draw(seats),
        planned_at=draw(INSTANTS),
        dates=tuple(dates),
        rdates=draw(days),
        exdates=draw(days),
        space_id=draw(maybe),
        minimum=draw(st.integers(0, 10_000)),
        decide_before=draw(st.none() | st.timedeltas(timedelta(0), timedelta(days=366))),
        until=draw(st.none() | DAYS),
    )


@st.composite
def clearing_rules(draw: st.DrawFn) -> m.ClearingRule:
    """Rules of any kind, with shares that are written as short as can be."""
    shares, maybe = st.fractions(0, 1, max_denominator=10**9).map(str), st.none() | IDS
    share, amount = draw(st.none() | shares), draw(st.none() | MONEY)
    days, ends = draw(DAYS), draw(st.none() | DAYS)
    named = draw(IDS), draw(IDS), draw(maybe), draw(maybe), draw(IDS)
    return m.ClearingRule(*named, days, ends, share, amount, draw(shares), draw(INSTANTS), draw(maybe))


@st.composite
def sponsorships(draw: st.DrawFn) -> m.Sponsorship:
    """Sponsorships of any kind, with shares that are written as short as can be."""
    share, limits = st.fractions(0, 1, max_denominator=10**9).map(str), st.none() | MONEY
    named, several = [draw(IDS) for _ in range(4)], st.lists(IDS, max_size=3, unique=True).map(tuple)
    terms = draw(share), draw(limits), draw(limits), draw(several), draw(several)
    return m.Sponsorship(
        *named[:3], draw(st.booleans()), named[3], *terms, draw(DAYS), draw(st.none() | DAYS), draw(INSTANTS)
    )


WORDS = st.lists(IDS, min_size=1, max_size=3, unique=True).map(lambda words: tuple(sorted(words)))
DECIMALS = st.integers(1, 10**9).filter(lambda n: n % 10_000).map(lambda n: plain_number(Decimal(n).scaleb(-4)))
FACT = IDS | st.integers(0, 100_000) | st.booleans() | DECIMALS | MONEY | WORDS
FACTS = st.dictionaries(IDS, FACT, max_size=3).map(lambda found: tuple(sorted(found.items())))
"""Facts of all types, as ``to_facts`` makes them."""


PUBLICS = st.lists(
    st.builds(m.Public, IDS, st.lists(IDS, min_size=1, max_size=3, unique=True)),
    max_size=2,
    unique_by=lambda one: one.fact,
).map(tuple)
"""Facts by which a place counts people, each once."""


@st.composite
def people(draw: st.DrawFn) -> m.Person:
    """People in any state, with facts of all types, each name once."""
    ends = st.none() | DAYS
    earlier = st.lists(st.builds(m.EarlierFact, FACT, ends, INSTANTS), max_size=2).map(tuple)
    facts = [
        m.PersonFact(*fact, draw(ends), draw(IDS), set_at=draw(INSTANTS), earlier=draw(earlier)) for fact in draw(FACTS)
    ]
    state, lang = draw(st.sampled_from(["present", "leaving", "forgotten"])), draw(st.sampled_from(["fr", "en"]))
    return m.Person(*(draw(IDS) for _ in range(3)), lang, state, draw(st.booleans()), tuple(facts))


BEFORE = st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=366))
LEAVES: dict[Any, Any] = {
    Fact: FACT,
    Facts: FACTS,
    m.Person: people(),
    str: IDS,
    int: st.integers(1, 10_000),
    bool: st.booleans(),
    datetime: INSTANTS,
    date: DAYS,
    time: TIMES,
    timedelta: st.timedeltas(timedelta(microseconds=1), timedelta(days=30)),
    Money: MONEY,
    Period: PERIODS,
    m.OpenHours: hours(),
    m.Openings: openings(),
    m.FixedSlot: FIXED_SLOTS,
    m.Reminders: st.builds(m.Reminders, BEFORE, BEFORE, BEFORE),
    m.Terms: terms(),
    m.Admission: admissions(),
    m.LedgerEntry: entries(),
    m.Mark: st.just(m.Mark(0)) | st.builds(m.Mark, st.integers(1, 10_000), INSTANTS),
    m.BookingSeries: booking_series(),
    m.SessionSeries: session_series(),
    m.AccountCode: st.builds(
        m.AccountCode, IDS.filter(lambda id: "*" not in id), st.sampled_from(["411", "706000", "4191A"]), IDS
    ),
    m.JournalCode: st.builds(
        m.JournalCode, st.sampled_from(["sales", "money", "other"]), st.sampled_from(["VE", "BQ1"]), IDS
    ),
    m.ClearingRule: clearing_rules(),
    m.Sponsorship: sponsorships(),
    WallTime: st.builds(WallTime, DAYS, TIMES, ZONES),
}
NAMED: dict[str, Any] = {
    "zone": ZONES,
    "currency": st.sampled_from(["EUR", "JPY"]),
    "hours": st.lists(night_hours(), max_size=1).map(tuple),
    "answers": st.dictionaries(IDS, IDS | st.integers(0, 9) | st.booleans(), max_size=3).map(
        lambda found: tuple(sorted(found.items()))
    ),
    "country": st.sampled_from(["", "FR", "DE"]),
    "prefix": st.sampled_from(["", "F", "2026/A-"]),
    "category": st.sampled_from(["S", "E", "AE"]),
    "publics": PUBLICS,
    "width": st.integers(1, 12),
    "billing_day": st.integers(1, 31),
    "days_until_due": st.integers(0, 365),
    "notice_days": st.integers(1, 14),
    "digest": st.just("0" * 64),
    "valid_months": st.none() | st.integers(1, 120),
}


@cache
def strategy(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type; of an attrs class, with every field that its validators accept."""
    if hint in LEAVES:
        return LEAVES[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.none() if arg is types.NoneType else strategy(arg) for arg in args))
    if origin is tuple and args[1:] == (Ellipsis,):
        return st.lists(strategy(args[0]), max_size=3, unique=args[0] is str).map(tuple)
    if origin is frozenset:
        return st.frozensets(strategy(args[0]), max_size=3)
    if origin is tuple:
        return st.tuples(*map(strategy, args))
    hints = get_type_hints(hint)
    return st.builds(hint, **{f.alias: _field(f, hints[f.name]) for f in attrs.fields(hint) if f.init})


def _field(field: attrs.Attribute[Any], hint: Any) -> st.SearchStrategy[Any]:
    if field.name in NAMED:
        return NAMED[field.name]
    words = _words(field.validator)
    return st.sampled_from(words) if words else strategy(hint)


def _words(validator: Any) -> tuple[str, ...]:
    """The words of a validator that was made by ``is_one_of``."""
    code = getattr(validator, "__code__", None)
    if code is None or "words" not in code.co_freevars:
        return ()
    return validator.__closure__[code.co_freevars.index("words")].cell_contents
