"""The message of an error is short, however long what it repeats is; what it carries beside it is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cantinekit import Registry
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, parse_instant, zone
from cantinekit.errors import (
    AccountError,
    CantineError,
    ConflictError,
    DuplicateError,
    InputError,
    NotFoundError,
    StaleVersionError,
    TariffError,
    _base,
)
from cantinekit.errors.shown import MAX_MESSAGE, MAX_SHOWN, cut, shown
from cantinekit.money import Money, parse_rate, round_ratio
from cantinekit.plugins.ports import Key, Row
from cantinekit.pricing import Tariff
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars import read_programme
from cantinekit.scheduling.recurrence import Rule
from cantinekit.urls import BackendUrl

LONG = "X" * 1_000_000
HUGE = 10**5_000
WHEN = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


def deep() -> list[Any]:
    """A list in a list, deeper than the stack."""
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    return found


@pytest.mark.parametrize(
    "work",
    [
        lambda: Money(1, LONG),
        lambda: Money.parse(f"1 {LONG}"),
        lambda: Money.parse("1 EUR", LONG),
        lambda: Money.parse(LONG, "EUR"),
        lambda: parse_rate(LONG),
        lambda: round_ratio(1, 2, LONG),  # type: ignore[arg-type]
        lambda: zone(LONG),
        lambda: parse_instant(LONG),
        lambda: BackendUrl.parse(f"{LONG.lower()}://#"),
        lambda: BackendUrl.parse(f"x://?{LONG}=1").check_options(["a"]),
        lambda: Registry.load(entry_points=False).storage(f"{LONG.lower()}://"),
        lambda: Registry.load(entry_points=False).closure_calendar(LONG),
        lambda: c.Book(space_id=LONG, product_id="room", period=WHEN),
        lambda: c.Book(space_id="b\n" + "x" * 150, product_id="room", period=WHEN),
        lambda: m.Place("p", "e", LONG, "Europe/Paris", "EUR"),
        lambda: Rule.parse(f"FREQ={LONG}"),
        lambda: Rule.parse(f"FREQ=DAILY;UNTIL={'9' * 900}"),
        lambda: Rule.parse(f"FREQ=DAILY;COUNT={'9' * 4_400}"),
        lambda: Rule("DAILY", count=HUGE),
        lambda: codec.decode(Row(LONG, "a", 1, "{}")),
    ],
)
def test_what_is_repeated_is_cut(work: Callable[[], object]) -> None:
    """Whatever is repeated of what came in, currency, zone, id, code, scheme or rule, is cut: no message is long."""
    with pytest.raises(CantineError) as caught:
        work()
    assert len(str(caught.value)) < 500, str(caught.value)[:500]
    seen: BaseException | None = caught.value
    while seen is not None and not (seen.__suppress_context__ and seen.__cause__ is None):
        seen = seen.__cause__ or seen.__context__
        assert len(str(seen or "")) < 500, "nor is that of its cause"


@pytest.mark.parametrize(
    "make",
    [
        lambda text: NotFoundError("person", text),
        lambda text: StaleVersionError([Key("person", text)] * 9),
        lambda text: DuplicateError("person", text),
        lambda text: ConflictError(f"{text} is booked"),
        lambda text: AccountError(text),
        lambda text: InputError(text),
    ],
)
def test_no_message_is_long(make: Callable[[str], CantineError], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every error cuts its message, whoever wrote it; without that (control) one repeats a megabyte."""
    assert len(str(make(LONG))) <= MAX_MESSAGE + 50
    monkeypatch.setattr(_base, "cut", lambda text: text)
    assert len(str(InputError(LONG))) == len(LONG)


def test_what_an_error_carries_is_whole() -> None:
    """The message is cut, the fields of the error are not: a program goes by them."""
    assert NotFoundError("person", LONG).id == LONG


def test_a_price_list_that_is_one_long_word() -> None:
    """Each problem of a price list is short, and so is the error, for keys and values as long as a file may be."""
    word = "x" * 100_000
    for text in (f"{word} = 1\n", f'[tariff]\ncurrency = "{word}"\n', f'[product.{word}]\nprice = "{word}"\n'):
        with pytest.raises(TariffError) as caught:
            Tariff.load(text)
        assert all(len(str(one)) < 5_000 for one in caught.value.problems)
        assert len(str(caught.value)) < 3_000 * len(caught.value.problems)


def test_an_error_lists_so_many_problems_and_says_how_many_more() -> None:
    """The message of an error with thousands of problems has the first 500; the error carries all."""
    error = TariffError([f"problem {number}" for number in range(2_000)])
    assert str(error).count("\n") == 500
    assert str(error).endswith("and 1500 more")
    assert len(error.problems) == 2_000


def test_a_calendar_with_a_long_zone() -> None:
    """Problems of a calendar repeat a zone, a UID or a name of a line only in part."""
    word = "z" * 100_000
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"UID:{word}", f"DTSTART;TZID={word}:20260101T090000", "RRULE:" + word]
    found = read_programme("\r\n".join([*lines, f"{word}", "END:VEVENT", "END:VCALENDAR", ""]), zone="UTC")
    assert found.problems
    assert all(len(str(one)) < 2_500 for one in found.problems)


def test_what_is_shown() -> None:
    """A short value is its repr; a long one is cut with its length; none raises, however deep or huge it is."""
    assert shown("EUR") == "'EUR'"
    assert shown(None) == "None"
    assert shown(b"ab") == "b'ab'"
    assert shown("x" * 61) == repr("x" * 60) + "... (61 characters)"
    assert shown(b"x" * 61) == repr(b"x" * 60) + "... (61 bytes)"
    assert shown(HUGE) == f"an integer of {HUGE.bit_length()} bits" == shown(-HUGE)
    assert shown(deep()) == "a list"
    assert shown(list(range(100))).endswith("... (390 characters)")
    assert cut("abc", 2) == "ab... (3 characters)"
    assert cut("abc", 3) == "abc"
    assert shown(json.loads("[" * 900 + "]" * 900)).startswith("[[[")


@pytest.mark.parametrize("value", [HUGE, -HUGE, [HUGE]], ids=["huge", "below", "list"])
def test_huge_integers_are_refused_as_any_other(value: Any) -> None:
    """An integer that Python does not write in digits is refused by a typed error, and not by one of its own."""
    for work in (
        lambda: Rule("DAILY", interval=value),
        lambda: m.Space("s", "p", "e", "S", "room", seats=value),
        lambda: c.Book(space_id="b", product_id="room", period=WHEN, with_units={"chairs": value}),
        lambda: Money(value, "EUR"),
    ):
        with pytest.raises(CantineError):
            work()
    if type(value) is int:
        with pytest.raises(ValueError, match="4300"):  # the control: writing it raises
            repr(value)


def test_what_has_the_most_characters_is_whole() -> None:
    """A text of exactly as many characters as a message repeats is repeated, and nothing is said of its length."""
    assert shown("x" * MAX_SHOWN) == repr("x" * MAX_SHOWN)
    assert shown("x" * (MAX_SHOWN + 1)).endswith(f"({MAX_SHOWN + 1} characters)")
