"""Random rules, starts and series, for the laws of recurrence."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from cantinekit.scheduling.recurrence import ByDay, Length, Rule, Series, Until

ZONES = (
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # had no 30 December 2011
    "Africa/Casablanca",  # winter time is the exception, and lasts a month
    "Asia/Kolkata",
)
CHANGES = {
    "Europe/Paris": (datetime(2024, 3, 31), datetime(2024, 10, 27)),
    "America/New_York": (datetime(2024, 3, 10), datetime(2024, 11, 3)),
    "Australia/Lord_Howe": (datetime(2024, 10, 6), datetime(2024, 4, 7)),
    "Pacific/Apia": (datetime(2011, 12, 30), datetime(2012, 4, 1)),
    "Africa/Casablanca": (datetime(2024, 4, 14), datetime(2024, 3, 10)),
    "Asia/Kolkata": (datetime(2024, 3, 1), datetime(2024, 10, 1)),
}
TIMES = (time(0), time(1, 30), time(2), time(2, 15), time(2, 30), time(3), time(18, 30), time(23, 45))


def some(values: st.SearchStrategy[int], most: int = 3, often: float = 0.3) -> st.SearchStrategy[tuple[int, ...]]:
    """A short list, often none."""
    lists = st.lists(values, min_size=1, max_size=most, unique=True).map(tuple)
    return st.integers(0, 9).flatmap(lambda roll: lists if roll < often * 10 else st.just(()))


def signed(most: int) -> st.SearchStrategy[int]:
    return st.integers(-most, most).filter(bool)


@st.composite
def starts(draw: st.DrawFn, zone: str) -> datetime:
    """On the wall: within some days of a clock change of the zone, or anywhere in its year."""
    change = draw(st.sampled_from(CHANGES[zone]))
    days = draw(st.one_of(st.integers(-9, 3), st.integers(-300, 60)))
    return datetime.combine((change + timedelta(days=days)).date(), draw(st.sampled_from(TIMES)))


@st.composite
def rules(
    draw: st.DrawFn, freqs: tuple[str, ...] = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY"), ends: bool = True
) -> Rule:
    """A rule of any shape that is read, also of those that RFC 5545 forbids."""
    freq = draw(st.sampled_from(freqs))
    nth = st.one_of(st.just(0), signed(5 if freq == "MONTHLY" else 8)) if freq in ("MONTHLY", "YEARLY") else st.just(0)
    byday = st.builds(ByDay, nth, st.integers(0, 6))
    rare = freq == "YEARLY"
    return Rule(
        freq,
        interval=draw(st.sampled_from((1, 1, 1, 2, 3, 5))),
        count=draw(st.one_of(st.none(), st.integers(1, 40))) if ends else None,
        byhour=draw(some(st.integers(0, 23), 2, 0.1)),
        byminute=draw(some(st.sampled_from((0, 15, 30)), 2, 0.1)),
        byday=draw(some(byday, 3, 0.5)),
        bymonthday=draw(some(signed(31), 3, 0.3)),
        byyearday=draw(some(signed(366), 3, 0.1 if rare else 0.02)),
        byweekno=draw(some(signed(53), 3, 0.2 if rare else 0.02)),
        bymonth=draw(some(st.integers(1, 12), 3, 0.3)),
        bysetpos=draw(some(signed(4), 2, 0.3)),
        wkst=draw(st.sampled_from((0, 0, 6, 3))),
    )


@st.composite
def lengths(draw: st.DrawFn) -> Length:
    return draw(
        st.sampled_from((Length(0, 3600), Length(0, 7200), Length(0, 90_000), Length(1), Length(2, 1800), Length()))
    )


@st.composite
def weekly_series(draw: st.DrawFn, uid: str = "s") -> Series:
    """What places have: weekly, monthly by weekday or day, daily; with an end or none."""
    zone = draw(st.sampled_from(ZONES))
    start = draw(starts(zone))
    freq = draw(st.sampled_from(("WEEKLY", "WEEKLY", "DAILY", "MONTHLY")))
    values: dict[str, object] = {"interval": draw(st.sampled_from((1, 1, 2, 3)))}
    if freq == "WEEKLY":
        values["byday"] = [ByDay(0, day) for day in draw(some(st.integers(0, 6), 3, 0.6))]
    if freq == "MONTHLY" and draw(st.booleans()):
        values["byday"] = [ByDay(draw(st.sampled_from((1, 2, -1))), draw(st.integers(0, 6)))]
    ending = draw(st.sampled_from(("none", "count", "until")))
    if ending == "count":
        values["count"] = draw(st.integers(2, 30))
    elif ending == "until":
        values["until"] = Until((start + timedelta(days=draw(st.integers(10, 300)))).date(), time(12), True)
    return Series(uid, start.replace(tzinfo=ZoneInfo(zone)), draw(lengths()), [Rule(freq, **values)])  # type: ignore[arg-type]
