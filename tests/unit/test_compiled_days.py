"""The local day and minute of a program, from a table of what the clocks of a zone are ahead on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.clock import Period, local, zone
from cantinekit.pricing import Item, Order, State, Tariff
from cantinekit.pricing.compiled._writer import Offsets, PeriodKeys
from cantinekit.pricing.engine import order as phases

ZONES = (
    "UTC", "Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Kiritimati",
    "America/St_Johns", "America/New_York", "Africa/Casablanca", "Africa/Monrovia",
)  # fmt: skip
TABLES = {name: Offsets(name) for name in ZONES}
TARIFF = """
tariff = {{ id = "t", currency = "EUR", timezone = "{zone}", price_date = "use", prices = "incl" }}
[product.desk]
rate = {{ price = 7.00 }}
adjust = [
  {{ id = "late", when = {{ clock = "18:00-24:00" }}, percent = "+10%" }},
  {{ id = "cap", same = ["person", "week"], at_most = 20.00 }},
  {{ id = "sunday", when = {{ weekday = "sun" }}, percent = "-50%" }},
]
"""
TARIFFS = {name: Tariff.load(TARIFF.format(zone=name)) for name in ZONES}
moments = st.datetimes(datetime(1970, 1, 2), datetime(2040, 1, 1), timezones=st.just(UTC))
changes = st.sampled_from(["2026-03-29T01:00", "2026-10-25T01:00", "2026-04-04T15:00", "2026-10-03T15:30"])


@given(st.sampled_from(ZONES), moments)
def test_where_the_clocks_do_not_change_the_table_has_their_offset(name: str, moment: datetime) -> None:
    """Within the day the offset of the table is that of the zone, at each moment of it."""
    found = TABLES[name][moment.toordinal()]
    assert found is None or timedelta(minutes=found) == moment.astimezone(zone(name)).utcoffset()


@pytest.mark.parametrize(
    ("name", "day", "minutes"),
    [
        ("Europe/Paris", date(2026, 3, 28), 60),
        ("Europe/Paris", date(2026, 3, 29), None),
        ("Europe/Paris", date(2026, 3, 30), 120),
        ("Australia/Lord_Howe", date(2026, 4, 4), None),
        ("Asia/Kathmandu", date(2026, 1, 1), 345),
        ("America/St_Johns", date(2026, 1, 1), -210),
        ("Pacific/Apia", date(2011, 12, 30), None),
        ("Africa/Monrovia", date(1971, 1, 1), None),
    ],
)
def test_a_day_of_a_change_has_no_offset(name: str, day: date, minutes: int | None) -> None:
    """A day on which clocks are changed, or one of seconds, is left to the zone itself."""
    assert Offsets(name)[day.toordinal()] == minutes


@given(st.sampled_from(ZONES), st.one_of(moments, changes.map(lambda text: datetime.fromisoformat(text + "+00:00"))),
       st.integers(-180, 180))  # fmt: skip
def test_a_program_sees_the_day_and_the_hour_of_the_place(name: str, moment: datetime, minutes: int) -> None:
    """A price by weekday, hour and week is that of the phases, also around a change of the clocks."""
    start = moment + timedelta(minutes=minutes)
    tariff = TARIFFS[name]
    order = Order((Item("desk", Period(start, start + timedelta(hours=1))),), "ana")
    found = tariff._programs.quote(order, State())
    assert found is not None
    assert found == phases.quote(tariff.parts, tariff.version, order, State())


def test_a_wrong_offset_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the clocks of the morning for the whole day of a change, a price by the hour differs (control)."""
    start = datetime(2026, 3, 29, 16, 30, tzinfo=UTC)  # 18:30 in summer
    assert local(start, "Europe/Paris").hour == 18
    order = Order((Item("desk", Period(start, start + timedelta(hours=1))),), "ana")
    assert Tariff.load(TARIFF.format(zone="Europe/Paris")).quote(order).total.amount == 385
    monkeypatch.setattr(Offsets, "make", lambda self, number: 60)
    assert Tariff.load(TARIFF.format(zone="Europe/Paris")).quote(order).total.amount == 350


@given(st.dates(date(1970, 1, 1), date(9996, 12, 31)))
def test_days_and_weeks_are_those_of_iso_8601(day: date) -> None:
    """A key of a meter names the day, or the week with the year that it belongs to."""
    year, week, _ = day.isocalendar()
    assert PeriodKeys("day")[day.toordinal()] == day.isoformat()
    assert PeriodKeys("week")[day.toordinal()] == f"{year:04}-W{week:02}"
    assert PeriodKeys("month")[day.toordinal()] == f"{day.year:04}-{day.month:02}"
    assert PeriodKeys("year")[day.toordinal()] == f"{day.year:04}"
