"""What calling off costs: shares, amounts and fees by stage, by case, and in days and business days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Agreement, Cancel, Item, Tariff

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts = { who = ["resident", "other"] }
calendar.week = { weekdays = ["mon", "tue", "wed", "thu", "fri"], holidays = [2026-06-05, 2026-12-25] }
[product.hall]
rate = { price = 660.00 }
"""
DAY = date(2026, 6, 9)  # a Tuesday
DAYS = 'delay = { unit = "day" }'
MIXED = """delay = [
  { unit = "day" },
  { unit = "business day", notice_day = "does not count", workdays = "week" },
]"""


def load(rows: str, delay: str = DAYS, more: str = "", head: str = HEAD) -> Tariff:
    return Tariff.load(f"{head}[product.hall.cancel]\n{delay}\nkeep = [{rows}]\n{more}\n")


def off(tariff: Tariff, days: int, **facts: str) -> tuple[str, str]:
    """What is kept or charged, and what goes back."""
    item = Item("hall", day=DAY, facts=facts)
    change = tariff.change(Agreement.of(item, tariff.quote(item)), Cancel(delay=days))
    assert change.ok, change.refusals
    return str(change.fee).removesuffix(" EUR"), str(change.refund).removesuffix(" EUR")


CORNILLON = "{ from = 31, percent = '0%' }, { from = 11, price = 100.00 }, { from = 0, price = 150.00 }"


@pytest.mark.parametrize(
    ("days", "fee", "refund"), [(31, "0.00", "660.00"), (30, "100.00", "560.00"), (10, "150.00", "510.00")]
)
def test_a_stage_keeps_an_amount(days: int, fee: str, refund: str) -> None:
    """An amount of the price is kept, and the rest goes back."""
    assert off(load(CORNILLON), days) == (fee, refund)


def test_no_more_than_the_price_is_kept() -> None:
    """An amount is a part of the price; a fee is charged beside it, and may be more than was paid."""
    assert off(load("{ from = 0, price = 900.00 }"), 3) == ("660.00", "0.00")
    assert off(load("{ from = 0, percent = '100%', fee = 50.00 }"), 3) == ("710.00", "0.00")


def test_a_fee_belongs_to_what_is_kept_or_to_its_stage() -> None:
    """The fee of the table is due where something is kept, and not in the free stage; a row may have its own."""
    rows = "{ from = 30, percent = '0%' }, { from = 20, percent = '50%' }, { from = 0, percent = '100%', fee = 0 }"
    tariff = load(rows, more="fee = 75.00")
    assert [off(tariff, days)[0] for days in (30, 25, 3)] == ["0.00", "405.00", "660.00"]
    assert off(load("{ from = 0, percent = '0%', fee = 25.00 }"), 40) == ("25.00", "635.00")


def test_the_first_table_that_fits_is_taken() -> None:
    """Residents and others have different stages; a case without any is not stated."""
    text = (
        HEAD
        + """cancel = [
  { when = { who = "resident" }, delay = { unit = "day" }, keep = { from = 0, price = 30.00 } },
  { when = { who = "other" }, delay = { unit = "day" }, keep = { from = 0, price = 100.00 } },
]
"""
    )
    tariff = Tariff.load(text)
    assert [off(tariff, 3, who=who)[0] for who in ("resident", "other")] == ["30.00", "100.00"]
    item = Item("hall", day=DAY)
    change = tariff.change(Agreement.of(item, tariff.quote(item)), Cancel(delay=3))
    assert [(stop.code, stop.facets) for stop in change.refusals] == [("incomplete", ("who",))]
    one = Tariff.load(text.replace('  { when = { who = "other" }', '  { when = { who = "resident" }'))
    item = Item("hall", day=DAY, facts={"who": "other"})
    assert one.change(Agreement.of(item, one.quote(item)), Cancel(delay=3)).refusals[0].code == "unstated"


EXCL = HEAD.replace('"incl" }', '"excl", tax = "vat" }\ntax.vat.rates = [{ from = 2014-01-01, rate = "20%" }]')


def test_amounts_are_kept_with_their_tax() -> None:
    """What is printed without tax is kept with it, as a share of the price is."""
    assert EXCL != HEAD
    rows = "{ from = 20, price = 100.00 }, { from = 10, percent = '50%', fee = 75.00 }, { from = 0, percent = '50%' }"
    tariff = load(rows, head=EXCL)
    assert [off(tariff, days) for days in (25, 15, 5)] == [
        ("120.00", "672.00"),
        ("486.00", "306.00"),
        ("396.00", "396.00"),
    ]


MIX = "{ from = 30, percent = '0%' }, { from = '10 business days', percent = '15%' }, { from = 0, percent = '75%' }"


@pytest.mark.parametrize(
    ("days", "fee"), [(30, "0.00"), (29, "99.00"), (16, "99.00"), (15, "495.00"), (14, "495.00"), (0, "495.00")]
)
def test_days_and_business_days(days: int, fee: str) -> None:
    """The first row that is reached holds; a holiday moves the one in business days, by a day that is given too."""
    assert off(load(MIX, MIXED), days)[0] == fee
    start = datetime(2026, 6, 9, 9, tzinfo=UTC)
    tariff, item = load(MIX, MIXED), Item("hall", Period(start, start + timedelta(hours=2)))
    change = tariff.change(Agreement.of(item, tariff.quote(item)), Cancel(at=start - timedelta(days=days)))
    assert str(change.fee) == f"{fee} EUR"


def test_business_days_need_a_day() -> None:
    """Without the day of the start nobody knows how many of the days before it are business days."""
    tariff, item = load(MIX, MIXED), Item("hall")
    change = tariff.change(Agreement.of(item, tariff.quote(item)), Cancel(delay=12))
    assert change.refusals[0].facets == ("day",)


def test_holidays_of_an_unknown_year_are_not_guessed() -> None:
    """The holidays of 2026 say nothing on those of 2030."""
    tariff, item = load(MIX, MIXED), Item("hall", day=date(2030, 6, 4))
    change = tariff.change(Agreement.of(item, tariff.quote(item)), Cancel(delay=12))
    assert change.refusals[0].code == "unstated"


@pytest.mark.parametrize("unit", ["'14 days'", "'2 weeks'", "14"])
def test_a_delay_in_words_is_the_number(unit: str) -> None:
    """Weeks and days in words are days, and the content is the same."""
    rows = "{ from = %s, percent = '0%%' }, { from = 0, percent = '50%%' }"
    tariff = load(rows % unit)
    assert tariff.version == load(rows % 14).version
    assert [off(tariff, days)[0] for days in (14, 13)] == ["0.00", "330.00"]


def test_who_never_came() -> None:
    """What is kept then is a share, or a row of its own; without either it is that of the last moment."""
    rows = "{ from = 0, percent = '50%' }"
    assert off(load(rows, more="no_show = '100%'"), -1)[0] == "660.00"
    assert off(load(rows, more="no_show = { price = 200.00, fee = 15.00 }"), -1)[0] == "215.00"
    assert off(load(rows), -1)[0] == "330.00"


def test_an_example_may_be_of_who_never_came() -> None:
    """`cancelled = "no show"` asks for it, fails where it is wrong, and is written back."""
    text = "[examples]\nlist = [{ id = 'a', product = 'hall', day = 2026-06-09, cancelled = 'no show', fee = %s }]"
    rows, more = "{ from = 0, percent = '50%' }", "no_show = '100%'\n"
    right, wrong = (load(rows, more=more + text % fee) for fee in ("660.00", "330.00"))
    assert [right.check()[0].ok, wrong.check()[0].ok] == [True, False]
    assert Tariff.load(right.dump()).check()[0].ok
    with pytest.raises(TariffError, match="is not one of 'after the start', 'no show'"):
        load(rows, more=(more + text % "1").replace("'no show'", "'no shoe'"))


@pytest.mark.parametrize(
    ("rows", "delay", "more", "path", "message"),
    [
        ("{ from = 0 }", DAYS, "", "keep[0]", "one of 'percent', 'price' and 'refuse'"),
        ("{ from = 0, percent = '5%', price = 3 }", DAYS, "", "keep[0]", "one of 'percent', 'price' and 'refuse'"),
        ("{ from = 7, price = 3 }", DAYS, "", "keep", "no row from = 0"),
        ("{ from = 0, price = 3 }, { from = '0 days', price = 4 }", DAYS, "", "keep[1].from", "a length is from 1"),
        ("{ from = 7, price = 3 }, { from = '1 week', price = 4 }", DAYS, "", "keep", "at the same delay"),
        ("{ from = '10 business days', price = 3 }, { from = 0, price = 4 }", DAYS, "", "keep[0].from", "say how"),
        ("{ from = '48h', price = 3 }, { from = 0, price = 4 }", DAYS, "", "keep[0].from", "counted in days"),
        ("{ from = '1 month', price = 3 }, { from = 0, price = 4 }", DAYS, "", "keep[0].from", "at most 10000"),
        ("{ from = 0, percent = '0%' }", DAYS, "fee = 5", "fee", "nothing is kept"),
        ("{ from = 0, price = 3 }", DAYS, "no_show = 5", "no_show", "a percentage is a text"),
        ("{ from = 0, price = 3 }", DAYS, "no_show = { fee = 5 }", "no_show", "one of 'percent', 'price' and 'refuse'"),
        ("{ from = 0, price = 3 }", DAYS, "no_show = { from = 5 }", "no_show.from", "unknown key"),
        ("{ from = 0, price = 3 }", MIXED, "", "delay", "no row is in business days"),
        ("{ from = 0, price = 3 }", "delay = [{ unit = 'day' }, { unit = 'hour' }]", "", "delay", "or two"),
        ("{ from = 0, price = 3 }", "delay = []", "", "delay", "one way to count"),
        (
            MIX.replace("30", "10"),
            MIXED,
            "",
            "keep[1].from",
            "10 business days before: who is so early may have reached",
        ),
        (
            "{ from = '10 business days', price = 3 }, { from = 18, price = 2 }, { from = 0, price = 4 }",
            *(MIXED, "", "keep[1].from", "18 days before: who is so early may have reached a row above"),
        ),
    ],
)
def test_mistakes_have_a_place(rows: str, delay: str, more: str, path: str, message: str) -> None:
    """What cannot be meant, or is not clear, is a problem with its path and its line, and says what to write."""
    with pytest.raises(TariffError) as caught:
        load(rows, delay, more)
    problem = caught.value.problems[0]
    assert problem.path == f"product.hall.cancel.{path}"
    assert problem.line is not None
    assert problem.line > HEAD.count("\n")
    assert message in str(problem)


def test_an_order_that_depends_on_the_weekday_is_not_clear() -> None:
    """10 business days are 13 days before a Saturday and 15 before a Tuesday: beside 14 days that is said."""
    rows = "{ from = %s, percent = '0%%' }, { from = '10 business days', percent = '15%%' }, { from = 0, price = 5 }"
    with pytest.raises(TariffError, match="depends on the weekday"):
        load(rows % 14, MIXED)
    with pytest.raises(TariffError, match="depends on the weekday"):
        load(rows % 15, MIXED)
    assert load(rows % 16, MIXED)


def test_they_are_written_back() -> None:
    """Loading what was dumped gives the same tariff; one table is written as it was, and keeps its version."""
    for rows, delay in ((CORNILLON, DAYS), (MIX, MIXED)):
        tariff = load(rows, delay, "no_show = { price = 5 }\nwhen = { who = 'other' }")
        assert Tariff.load(tariff.dump()) == tariff
    one = load("{ from = 0, percent = '50%' }", more="no_show = '100%'")
    assert (
        'cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }], no_show = "100%" }' in one.dump()
    )


def test_the_last_moment_is_not_too_late() -> None:
    """A delay of 0 calls off on the day itself: what is kept of who never came is for a delay below 0 only."""
    tariff = load("{ from = 0, percent = '50%' }", more="no_show = '100%'")
    assert [off(tariff, days)[0] for days in (1, 0, -1)] == ["330.00", "330.00", "660.00"]


def test_who_never_came_where_days_and_business_days_are_mixed() -> None:
    """Without ``no_show`` the row of the last moment holds, in a table with business days too."""
    assert off(load(MIX, MIXED), -1)[0] == "495.00"
    assert off(load(MIX, MIXED, "no_show = '100%'"), -1)[0] == "660.00"


def test_a_table_that_is_never_reached() -> None:
    """Of several tables the first that fits is taken: one behind a table without a condition is a mistake."""
    table = "{ delay = { unit = 'day' }, keep = { from = 0, price = 30.00 } }"
    with pytest.raises(TariffError, match="never reached beyond entry 0"):
        Tariff.load(f"{HEAD}cancel = [{table}, {table}]\n")


def test_the_fee_may_be_beside_what_is_kept_of_who_never_came() -> None:
    """A fee is due where something is kept: where that is only of who never came, it stands beside that."""
    tariff = load("{ from = 0, percent = '0%' }", more="fee = 25.00\nno_show = '50%'")
    assert [off(tariff, days)[0] for days in (0, -1)] == ["0.00", "355.00"]


def test_a_delay_in_words_has_a_most() -> None:
    """A length in words has the same bound as a number, 10000."""
    with pytest.raises(TariffError, match="at most 10000"):
        load("{ from = '20000 hours', percent = '0%' }, { from = 0, percent = '50%' }", "delay = { unit = 'hour' }")
