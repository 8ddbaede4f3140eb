"""Hours over midnight on certain days: the small hours belong to the evening on which they begin."""

from __future__ import annotations

import pytest

from cantinekit.pricing import Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
OPENING = "opening = { hours = [{ days = ['mon'], open = ['08:00-20:00'] }], holidays = [2026-05-01, 2026-12-25] }\n"
# 12 June 2026 is a Friday


def results(body: str, examples: str) -> list[str]:
    """The worked examples that do not come out."""
    text = f'{HEAD}{body}\n[examples]\ndefaults = {{ product = "hall" }}\nlist = [\n{examples}\n]\n'
    found = Tariff.load(text).check()
    assert found
    return [f"{result.id}: {result.got}" for result in found if not result.ok]


BAND = """
bands.night = { weekday = "sat", clock = "20:00-02:00" }
[product.hall]
split = { bands = ["night"], outside = "other" }
rate = { by = "band", per = "1h", night = 50.00, other = 20.00 }
"""


def test_a_band_over_midnight_is_of_the_evening_on_which_it_begins() -> None:
    """Saturday night ends on Sunday at two; the small hours of Saturday are Friday night."""
    examples = """
    { id = "Saturday 22 to 2", day = 2026-06-13, at = ["22:00-02:00"], gross = 200 },
    { id = "Saturday 22 to 4", day = 2026-06-13, at = ["22:00-04:00"], gross = 240 },
    { id = "Sunday 0 to 2", day = 2026-06-14, at = ["00:00-02:00"], gross = 100 },
    { id = "Friday 22 to 2", day = 2026-06-12, at = ["22:00-02:00"], gross = 80 },
    { id = "Saturday 0 to 2", day = 2026-06-13, at = ["00:00-02:00"], gross = 40 },
    { id = "Sunday 22 to 2", day = 2026-06-14, at = ["22:00-02:00"], gross = 80 },
    """
    assert results(BAND, examples) == []


def test_a_band_within_a_day_is_of_that_day() -> None:
    """Who means the small hours of Saturday itself writes them so."""
    body = BAND.replace("20:00-02:00", "00:00-02:00")
    examples = """
    { id = "Friday 22 to 2", day = 2026-06-12, at = ["22:00-02:00"], gross = 140 },
    { id = "Saturday 22 to 2", day = 2026-06-13, at = ["22:00-02:00"], gross = 80 },
    """
    assert results(body, examples) == []


@pytest.mark.parametrize("word", ["band", "when"])
def test_a_holiday_night_ends_the_day_after(word: str) -> None:
    """The night of 1 May is that from the 1st to the 2nd; whether 31 December is a holiday has to be known."""
    if word == "band":
        body = BAND.replace('weekday = "sat"', "holiday = true")
    else:
        rate = "rate = [{ when = { holiday = true, clock = '20:00-02:00' }, price = 50.00, per = '1h' }, "
        body = f"[product.hall]\n{rate}{{ price = 20.00, per = '1h' }}]\n"
    examples = """
    { id = "after it", day = 2026-05-02, at = ["00:00-02:00"], gross = 100 },
    { id = "before it", day = 2026-05-01, at = ["00:00-02:00"], gross = 40 },
    { id = "of a year that is not listed", day = 2026-01-01, at = ["00:00-02:00"], refused = "unstated" },
    """
    assert results(OPENING + body, examples) == []


CONDITION = """
[product.hall]
rate = [{{ when = {{ {when} }}, price = 50.00 }}, {{ price = 20.00 }}]
"""


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ('weekday = "sat", clock = "20:00-02:00"', "sat 22-23, sat 22-2, sun 1-2, sun 1-3"),
        ('starts = { weekday = "sat", clock = "20:00-02:00" }', "sat 22-23, sat 22-2, sun 1-2, sun 1-3"),
        ('ends = { weekday = "sat", clock = "20:00-02:00" }', "sat 22-23, sat 22-2, sun 1-2"),
        ('inside = { weekday = "sat", clock = "20:00-02:00" }', "sat 22-23, sat 22-2, sun 1-2"),
        ('touches = { weekday = "sat", clock = "20:00-02:00" }', "sat 22-23, sat 22-2, sun 1-2, sun 1-3"),
        ('date = 2026-06-13, clock = "20:00-02:00"', "sat 22-23, sat 22-2, sun 1-2, sun 1-3"),
        ('season = ["06-13", "06-13"], clock = ["09:00-10:00", "20:00-02:00"]',
         "sat 22-23, sat 22-2, sun 1-2, sun 1-3"),
        ('weekday = "sat", clock = "00:00-02:00"', "sat 1-2"),
        ('weekday = "sat", starts = { clock = "20:00-02:00" }', "sat 22-23, sat 22-2, sun 1-2, sun 1-3"),
        ('starts = { weekday = "sat" }, ends = { clock = "20:00-02:00" }', "sat 22-23, sat 22-2, sat 1-2"),
        ('clock = "20:00-02:00"', "sat 22-23, sat 22-2, sun 1-2, sun 1-3, sat 1-2, sun 22-2"),
    ],
)  # fmt: skip
def test_conditions_read_a_night_like_bands(when: str, held: str) -> None:
    """Keys under one word hold together, at one moment: the small hours are of the day on which the hours begin."""
    asked = {
        "sat 22-23": ("2026-06-13", "22:00-23:00"), "sat 22-2": ("2026-06-13", "22:00-02:00"),
        "sun 1-2": ("2026-06-14", "01:00-02:00"), "sun 1-3": ("2026-06-14", "01:00-03:00"),
        "sat 1-2": ("2026-06-13", "01:00-02:00"), "sun 22-2": ("2026-06-14", "22:00-02:00"),
    }  # fmt: skip
    examples = [
        f'{{ id = "{id}", day = {day}, at = ["{at}"], gross = {50 if id in held.split(", ") else 20} }}'
        for id, (day, at) in asked.items()
    ]
    assert results(CONDITION.format(when=when), ",\n".join(examples)) == []


def test_a_derived_axis_reads_a_night_too() -> None:
    """What an axis is derived from is read like any condition."""
    body = """
    derive.when = [{ is = "night", when = { weekday = "sat", clock = "20:00-02:00" } }, { is = "else" }]
    product.hall.rate = { by = "when", per = "1h", night = 50.00, else = 20.00 }
    """
    examples = """
    { id = "Sunday, the small hours", day = 2026-06-14, at = ["01:00-02:00"], gross = 50 },
    { id = "Saturday, the small hours", day = 2026-06-13, at = ["01:00-02:00"], gross = 20 },
    """
    assert results(body, examples) == []


def test_where_only_the_day_is_known_the_hours_are_asked_for() -> None:
    """On a Sunday it may be Saturday night still; on a Monday it cannot be."""
    examples = """
    { id = "Sunday", day = 2026-06-14, refused = "incomplete" },
    { id = "Saturday", day = 2026-06-13, refused = "incomplete" },
    { id = "Monday", day = 2026-06-15, gross = 20 },
    """
    assert results(CONDITION.format(when='weekday = "sat", clock = "20:00-02:00"'), examples) == []
