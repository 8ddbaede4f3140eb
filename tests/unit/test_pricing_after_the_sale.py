"""What a list says of the time after the sale: stages of calling off and of moving, contracts, when the rest is due."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Agreement, Cancel, Change, Item, Move, Order, Tariff
from cantinekit.pricing.listing import price_list

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
START = datetime(2026, 6, 10, 8, tzinfo=UTC)
HALL = Item("hall", Period(START, datetime(2026, 6, 10, 10, tzinfo=UTC)))
AFTER = datetime(2026, 6, 10, 9, tzinfo=UTC)


def hall(rules: str) -> Tariff:
    """A hall for 100.00 with some rules."""
    return Tariff.load(f"{HEAD}[product.hall]\nrate.price = 100.00\n{rules}")


def changed(tariff: Tariff, event: Cancel | Move, item: Item = HALL) -> Change:
    return tariff.change(Agreement.of(item, tariff.quote(item)), event)


def kept(tariff: Tariff, event: Cancel | Move) -> str:
    """What is kept, or the code of the refusal."""
    change = changed(tariff, event)
    return str(change.fee) if change.ok else change.refusals[0].code


def problem(rules: str) -> str:
    with pytest.raises(TariffError) as raised:
        hall(rules)
    return str(raised.value)


def printed(tariff: Tariff, lang: str) -> str:
    return price_list(tariff, lang).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


# --- calling off after the start -------------------------------------------------------------------------------------

ROWS = 'cancel = { delay = { unit = "day" }, keep = [{ from = 2, percent = "0%" }, { from = 0, percent = "50%" }'


@pytest.mark.parametrize(
    ("more", "late", "nobody"),
    [
        ("] }", "50.00", "50.00"),
        ('], no_show = "100%" }', "100.00", "100.00"),
        (', { from = "after the start", percent = "80%" }] }', "80.00", "80.00"),
        (', { from = "after the start", percent = "80%" }], no_show = "100%" }', "80.00", "100.00"),
    ],
)
def test_what_is_called_off_after_the_start_keeps_what_the_list_says_of_it(more: str, late: str, nobody: str) -> None:
    """Its own row, else that of who never came, else the last one; by its instant, by its word, and as a no-show."""
    tariff = hall(ROWS + more)
    assert kept(tariff, Cancel(AFTER)) == f"{late} EUR"
    assert kept(tariff, Cancel(after_start=True)) == f"{late} EUR"
    assert kept(tariff, Cancel(delay=-1)) == f"{nobody} EUR"
    assert kept(tariff, Cancel(START)) == "50.00 EUR", "at the start itself it is the last row"
    assert kept(tariff, Cancel(delay=2)) == "0.00 EUR"
    assert Tariff.load(tariff.dump()) == tariff


def test_after_the_start_is_the_same_in_a_table_of_days_and_business_days() -> None:
    """The row after the start takes no part in the order of the others."""
    tariff = hall(
        'cancel = { delay = [{ unit = "day" }, { unit = "business day", notice_day = "counts", workdays = '
        '{ weekdays = "mon-fri" } }], '
        'keep = [{ from = 31, percent = "0%" }, { from = "5 business days", percent = "20%" }, '
        '{ from = 0, percent = "50%" }, { from = "after the start", percent = "90%" }] }'
    )
    assert [kept(tariff, event) for event in (Cancel(AFTER), Cancel(delay=40), Cancel(delay=10), Cancel(delay=0))] == [
        "90.00 EUR",
        "0.00 EUR",
        "20.00 EUR",
        "50.00 EUR",
    ]


def test_an_example_asks_for_calling_off_after_the_start() -> None:
    """``cancelled = "after the start"`` and ``"no show"`` are two questions, and come back as they were written."""
    tariff = hall(
        ROWS + ', { from = "after the start", percent = "80%" }], no_show = "100%" }\n[examples]\n'
        'list = [{ id = "late", product = "hall", cancelled = "after the start", fee = 80.00, refund = 20.00 }, '
        '{ id = "never", product = "hall", cancelled = "no show", fee = 100.00 }]'
    )
    assert [(result.got, result.ok) for result in tariff.check()] == [
        ("fee 80.00 EUR, refund 20.00 EUR", True),
        ("fee 100.00 EUR", True),
    ]
    assert Tariff.load(tariff.dump()).examples == tariff.examples


def test_the_list_is_printed_with_what_holds_after_the_start() -> None:
    """In English and in French."""
    tariff = hall(ROWS + ', { from = "after the start", percent = "80%" }], no_show = { refuse = "unstated" } }')
    assert "after the start: 80 % is kept" in printed(tariff, "en").replace("80%", "80 %")
    assert "where nobody comes: the tariff does not say" in printed(tariff, "en")
    assert "après le début : 80 % retenus" in printed(tariff, "fr")
    assert "si personne ne vient : le tarif ne le précise pas" in printed(tariff, "fr")


# --- rows without an answer ------------------------------------------------------------------------------------------


def test_a_stage_may_say_that_the_list_does_not_say() -> None:
    """A stage whose amount is left open is refused with its reason; the others are as they are printed."""
    tariff = hall(
        'cancel = { delay = { unit = "day" }, keep = [{ from = 14, percent = "0%" }, '
        '{ from = 2, refuse = "on_quote", why = "ask the house" }, { from = 0, refuse = "unstated" }] }'
    )
    assert [kept(tariff, Cancel(delay=days)) for days in (14, 13, 1)] == ["0.00 EUR", "on_quote", "unstated"]
    change = changed(tariff, Cancel(delay=5))
    assert change.refusals[0].text("en", tariff.names) == "hall: price on request (ask the house)"
    assert "2 days before or earlier: price on request (ask the house)" in printed(tariff, "en")
    assert Tariff.load(tariff.dump()) == tariff


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{ from = 0, refuse = "unstated", percent = "5%" }', "one of 'percent', 'price' and 'refuse'"),
        ("{ from = 0 }", "one of 'percent', 'price' and 'refuse'"),
        ('{ from = 0, refuse = "unstated", fee = 5.00 }', "'fee' goes with an amount"),
        ('{ from = 0, percent = "5%", why = "so" }', "'why' goes with a refusal"),
        ('{ from = 0, refuse = "not_for" }', "refuse"),
        ('[{ from = 0, percent = "1%" }, { from = "after the start", percent = "1%" }, { from = "after the start", '
         'percent = "2%" }]', "two rows begin at the same delay"),
        ('{ from = "after the start", percent = "1%" }', "no row from = 0"),
    ],
)  # fmt: skip
def test_a_stage_says_one_thing(row: str, said: str) -> None:
    """What contradicts itself is refused where it stands."""
    assert said in problem(f'cancel = {{ delay = {{ unit = "day" }}, keep = {row} }}')


# --- moving ----------------------------------------------------------------------------------------------------------

MOVES = (
    'move = { delay = { unit = "day" }, rows = [{ from = 14, fee = 0.00 }, { from = 7, fee = 5.00, percent = "10%" }, '
    '{ from = "2 days", refuse = "on_quote" }] }'
)


def test_moving_costs_what_its_row_says() -> None:
    """Free a fortnight before, then a share and a fee, then on request, and too late below the last row."""
    tariff = hall(MOVES)
    assert [kept(tariff, Move(delay=days)) for days in (20, 14, 13, 7, 6, 2, 1)] == [
        "0.00 EUR", "0.00 EUR", "15.00 EUR", "15.00 EUR", "on_quote", "on_quote", "not_at",
    ]  # fmt: skip
    assert kept(tariff, Move(at=AFTER)) == "not_at"
    assert Tariff.load(tariff.dump()) == tariff


def test_rows_of_moving_are_printed_and_asked_by_examples() -> None:
    """The list in both languages, and an example for each row."""
    tariff = hall(
        MOVES + '\n[examples]\nlist = [{ id = "a", product = "hall", moved = 7, fee = 15.00 }, '
        '{ id = "b", product = "hall", moved = 2, refused = "on_quote" }]'
    )
    assert [result.ok for result in tariff.check()] == [True, True]
    assert "7 days before or earlier: 10% and 5.00 EUR" in printed(tariff, "en")
    assert "Moving: 14 days before or earlier: 0.00 EUR" in printed(tariff, "en")
    assert "au moins 7 jours avant : 10 % et 5,00" in printed(tariff, "fr")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('rows = [{ from = 2, fee = 1 }]', "'rows' need 'delay'"),
        ('delay = { unit = "day" }, fee = 1, rows = [{ from = 2, fee = 1 }]', "'fee' stands in the rows"),
        ('delay = { unit = "day" }, rows = [{ from = "2h", fee = 1 }]', "the delay is counted in days"),
        ('delay = { unit = "day" }, rows = [{ from = 2 }]', "what does it cost?"),
        ('delay = { unit = "day" }, rows = [{ from = 2, fee = 1 }, { from = 2, fee = 2 }]', "two rows begin"),
        ('delay = { unit = "day" }, rows = [{ from = "after the start", fee = 1 }]', "not a length"),
        ('allowed = false, rows = [{ from = 2, fee = 1 }]', "'rows' would change nothing"),
    ],
)  # fmt: skip
def test_rows_of_moving_that_say_nothing_are_refused(rule: str, said: str) -> None:
    """A problem names the row and what is missing."""
    assert said in problem(f"move = {{ {rule} }}")


# --- the rest --------------------------------------------------------------------------------------------------------


def test_the_rest_and_a_deposit_may_be_due_on_the_day() -> None:
    """``rest = "on the day"``: due on the day of use; at once where that is the day of purchase."""
    tariff = hall(
        'down_payment = { percent = "30%", rest = "on the day" }\n'
        'deposit = { id = "key", price = 20.00, due = "on the day" }\n[examples]\n'
        'list = [{ id = "a", product = "hall", as_of = 2026-05-01, day = 2026-06-10, due_now = 30.00, '
        "due_later = { 2026-06-10 = 90.00 } }]"
    )
    assert tariff.check()[0].ok
    bought = datetime(2026, 6, 10, 6, tzinfo=UTC)
    assert str(tariff.quote(Order((HALL,), as_of=bought)).due_now) == "100.00 EUR"
    assert "the rest on the first day" in printed(tariff, "en")
    assert "due on the first day" in printed(tariff, "en")
    assert "le solde le premier jour" in printed(tariff, "fr")
    assert Tariff.load(tariff.dump()) == tariff


# --- contracts -------------------------------------------------------------------------------------------------------

MONTHLY = 'period = "1 month", renewal = "monthly", ends = "month end", notice = "1 month", notice_day = "counts"'


def plan(term: str, more: str = "") -> Tariff:
    return Tariff.load(
        f'{HEAD}facts = {{ who = ["firm", "person"] }}\n[product.plan]\nsells = "plan"\n'
        f'rate = {{ price = 310.00, per = "month" }}\nterm = {term}\n{more}'
    )


def test_a_contract_may_depend_on_the_case() -> None:
    """The first table that fits holds; where none does, or a fact is missing, the answer says so."""
    firm = f'{{ when = {{ who = "firm" }}, minimum = 12, {MONTHLY} }}'
    tariff = plan(f'[{firm}, {{ when = {{ who = "person" }}, minimum = 1, {MONTHLY} }}]')
    begins = date(2026, 1, 1)
    assert tariff.terms("plan", begins, facts={"who": "firm"}).earliest_end == date(2026, 12, 31)
    assert tariff.terms("plan", begins, facts={"who": "person"}).earliest_end == date(2026, 1, 31)
    assert tariff.terms("plan", begins).refusals[0].facets == ("who",)
    assert plan(f"[{firm}]").terms("plan", begins, facts={"who": "person"}).refusals[0].code == "unstated"
    assert "[who: firm]" in printed(tariff, "en")
    assert Tariff.load(tariff.dump()) == tariff


def test_a_contract_below_one_without_a_condition_is_never_reached() -> None:
    """The loader says so."""
    with pytest.raises(TariffError, match="never reached beyond entry 0"):
        plan(f"[{{ minimum = 1, {MONTHLY} }}, {{ minimum = 2, {MONTHLY} }}]")


@pytest.mark.parametrize(
    ("stub", "start", "first", "owed"),
    [
        ("counts", date(2026, 3, 22), date(2026, 5, 31), "720.00"),
        ("does not count", date(2026, 3, 22), date(2026, 6, 30), "1030.00"),
        ("counts", date(2026, 3, 1), date(2026, 5, 31), "930.00"),
        ("does not count", date(2026, 3, 1), date(2026, 5, 31), "930.00"),
        ("does not count", date(2025, 12, 31), date(2026, 3, 31), "940.00"),
    ],
)
def test_a_contract_may_run_by_the_months_of_the_calendar(stub: str, start: date, first: date, owed: str) -> None:
    """Three months from the first of a month on: the rest of the month of the start is one of them, or comes before.

    What is owed is the part of the first month, as the list charges it, and whole months after it.
    """
    more = 'valid = { month = "calendar" }\nprorate = { rule = "both ends", of = "days of the month" }'
    tariff = plan(f'{{ minimum = 3, stub = "{stub}", {MONTHLY} }}', more)
    terms = tariff.terms("plan", start, facts={"who": "firm"}, leaves=first)
    assert terms.deadlines[0][1] == first
    assert (str(terms.owed), terms.refusals) == (f"{owed} EUR", ())
    assert Tariff.load(tariff.dump()) == tariff


def test_a_stub_goes_with_months_that_end_with_a_month() -> None:
    """Of weeks, of ends by the period, and of a minimum that has it already, it is refused."""
    for term, said in (
        (
            'minimum = 3, stub = "counts", period = "1 month", renewal = "none", ends = "period end"',
            "ends = 'month end'",
        ),
        ('minimum = 3, stub = "counts", period = "1 week", renewal = "none", ends = "period end"', "months or years"),
        (f'minimum = "to the end of the month after the start", stub = "counts", {MONTHLY}', "part of that minimum"),
        (f'minimum = 3, stub = "maybe", {MONTHLY}', "must be one of"),
    ):
        with pytest.raises(TariffError, match=said):
            plan(f"{{ {term} }}")


# --- questions that nobody can answer --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        'eligible = { id = "four", when = { rank = { from = 4 } }, refuse = "not_sold" }',
        'eligible = { id = "four", when = { size = { from = 4 } }, refuse = "not_sold" }',
        'cover = { id = "x", free = "all", unit = "stay", when = { rank = 1 } }\nbeyond = "rate"',
        'deposit = { id = "x", price = 5, when = { rank = 1 } }',
        'down_payment = { percent = "5%", when = { size = 2 } }',
        'cancel = { when = { rank = 1 }, delay = { unit = "day" }, keep = { from = 0, price = 1 } }',
    ],
)
def test_a_rank_is_asked_for_only_where_there_is_one(rule: str) -> None:
    """What is decided for the item as a whole has no rank: it was loaded, and then no question had an answer."""
    assert "only 'rate', 'offer' and 'adjust' can ask for them" in problem(f'rank = {{ same = ["person"] }}\n{rule}')


def test_at_most_so_many_is_written_as_a_rate_that_refuses() -> None:
    """What the message proposes works: the fourth of a month is not sold."""
    tariff = Tariff.load(
        f'{HEAD}[product.hall]\nrank = {{ same = ["person", "month"] }}\n'
        'rate = [{ when = { rank = { from = 4 } }, refuse = "not_sold", why = "three a month" }, { price = 100.00 }]'
    )
    day = date(2026, 6, 10)
    assert str(tariff.quote(Order((Item("hall", day=day, count=3),), "anna")).total) == "300.00 EUR"
    stop = tariff.quote(Order((Item("hall", day=day, count=4),), "anna")).refusals[0]
    assert (stop.code, stop.why) == ("not_sold", "three a month")
