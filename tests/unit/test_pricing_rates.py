"""The rate phase: prices, lengths, units, grids, rows by length, dated lists, conditions, refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import SEMANTICS, Item, Order, Quote, State, Tariff

HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'
FACTS = '[facts]\ncategory = ["visitor", "member", "student"]\n'
FACTS += 'room = ["blue", "red"]\nnight = "yes/no"\npersons = "number"\n'
TUESDAY = datetime(2026, 11, 24, 8, tzinfo=UTC)  # 09:00 in Paris


def tariff(body: str, head: str = "") -> Tariff:
    return Tariff.load(f"{HEAD}{head}{FACTS}[product.desk]\n{body}\n")


def stay(minutes: int, *, start: datetime = TUESDAY, count: int = 1, **facts: str | int | bool) -> Item:
    return Item("desk", Period(start, start + timedelta(minutes=minutes)), count, facts=facts)


def cents(quote: Quote) -> int:
    assert quote.ok, quote.explain("en")
    assert quote.total.currency == "EUR"
    return quote.total.amount


def refused(quote: Quote) -> list[tuple[str, str]]:
    assert quote.total == Money.zero("EUR")
    assert quote.lines == ()
    return [(refusal.code, refusal.what) for refusal in quote.refusals]


# --- prices ---


@pytest.mark.parametrize(("written", "minor"), [("7", 700), ("7.0", 700), ("7.00", 700), ("0", 0), ("0.05", 5)])
def test_a_price_is_written_as_the_list_prints_it(written: str, minor: int) -> None:
    """7, 7.0 and 7.00 are seven euros; 0 is a price."""
    quote = tariff(f"rate = {{ price = {written} }}").quote(Item("desk", count=3))
    assert cents(quote) == 3 * minor
    (line,) = quote.lines
    assert (line.quantity, line.unit, line.unit_price, line.kind) == (3, "piece", Money(minor, "EUR"), "revenue")
    assert (line.item, line.product, line.text, line.tax_class, line.tags) == ("1", "desk", "desk", "unknown", ())


@pytest.mark.parametrize(
    ("currency", "written", "minor"), [("JPY", "700", 700), ("TND", "0.750", 750), ("EUR", "1.5", 150)]
)
def test_a_price_has_the_decimals_of_its_currency(currency: str, written: str, minor: int) -> None:
    """The exponent comes from ISO 4217, so 700 yen are 700 minor units and 0.750 dinars 750."""
    head = HEAD.replace("EUR", currency)
    text = f"{head}[product.desk]\nrate = {{ price = {written} }}\n"
    loaded = Tariff.load(text)
    assert loaded.quote(Item("desk")).total == Money(minor, currency)
    assert Tariff.load(loaded.dump()) == loaded


@pytest.mark.parametrize(
    ("rate", "minutes", "minor"),
    [
        ('price = 4.00, per = "1h"', 60, 400),
        ('price = 4.00, per = "1h"', 90, 600),
        ('price = 4.00, per = "1h"', 1, 7),  # 6.67 cents
        ('price = 4.00, per = "1h", started = true', 1, 400),
        ('price = 4.00, per = "1h", started = true', 60, 400),
        ('price = 4.00, per = "1h", started = true', 61, 800),
        ('price = 2.50, per = "30min", started = true', 61, 750),
        ('price = 0.07, per = "minute"', 61, 427),
        ('price = 9.00, per = "1h30"', 45, 450),
        ('price = 9.00, per = "hour"', 20, 300),
    ],
)
def test_a_price_per_length_of_time(rate: str, minutes: int, minor: int) -> None:
    """Proportional and rounded once, or by started units."""
    assert cents(tariff(f"rate = {{ {rate} }}").quote(stay(minutes))) == minor


def test_several_stays_of_one_item_are_each_started() -> None:
    """Three stays of 61 minutes are six started hours, not four."""
    quote = tariff('rate = { price = 4.00, per = "1h", started = true }').quote(stay(61, count=3))
    assert cents(quote) == 2400
    assert (quote.lines[0].quantity, quote.lines[0].unit) == (6, "1h")


def test_a_started_minute_counts() -> None:
    """Seconds are rounded up to minutes before anything is counted."""
    item = Item("desk", Period(TUESDAY, TUESDAY + timedelta(minutes=60, seconds=1)))
    assert cents(tariff('rate = { price = 4.00, per = "1h", started = true }').quote(item)) == 800


@pytest.mark.parametrize(("mode", "minor"), [("half_up", 3), ("half_even", 2), ("up", 3), ("down", 2)])
def test_the_rounding_is_that_of_the_tariff(mode: str, minor: int) -> None:
    """2.5 cents are rounded by the mode that the tariff names."""
    loaded = tariff('rate = { price = 0.05, per = "1h" }', f'rounding = "{mode}"\n')
    assert cents(loaded.quote(stay(30))) == minor


def test_a_length_is_elapsed_time_also_in_the_night_of_the_clock_change() -> None:
    """From 01:00 to 04:00 on the wall are 4 hours in autumn and 2 in spring."""
    loaded = tariff('rate = { price = 1.00, per = "1h" }')
    autumn = Period(datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC))
    spring = Period(datetime(2027, 3, 28, 0, tzinfo=UTC), datetime(2027, 3, 28, 2, tzinfo=UTC))
    assert cents(loaded.quote(Item("desk", autumn))) == 400
    assert cents(loaded.quote(Item("desk", spring))) == 200


def test_a_price_per_person_asks_for_the_persons() -> None:
    """A named unit is counted by the fact of that name, where one is declared as a number."""
    loaded = tariff('rate = { price = 10.00, per = "person" }')
    quote = loaded.quote(Item("desk", facts={"persons": 12}))
    assert cents(quote) == 12_000
    assert (quote.lines[0].quantity, quote.lines[0].unit) == (12, "person")
    assert cents(loaded.quote(Item("desk", count=2, facts={"persons": 12}))) == 24_000
    assert refused(loaded.quote(Item("desk"))) == [("incomplete", "persons")]


def test_a_price_per_named_unit_is_per_piece_else() -> None:
    """A unit that no fact counts is counted by the item."""
    assert cents(tariff('rate = { price = 6.00, per = "ticket" }').quote(Item("desk", count=10))) == 6000


def test_a_stay_is_not_counted_in_days_by_guessing() -> None:
    """Per day, without a measure: a count of days has a price, a stay has none."""
    loaded = tariff('rate = { price = 10.00, per = "day" }')
    assert cents(loaded.quote(Item("desk", count=2))) == 2000
    quote = loaded.quote(stay(3 * 24 * 60))
    assert [refusal.code for refusal in quote.refusals] == ["unstated"]


@pytest.mark.parametrize(
    ("measure", "per", "minutes", "quantity"),
    [
        ('{ unit = "half-day", every = "5h" }', "half-day", 300, 1),
        ('{ unit = "half-day", every = "5h" }', "half-day", 301, 2),
        ('{ unit = "half-day", every = "5h", at_most = 2 }', "half-day", 720, 2),
        ('{ unit = "half-day", every = "5h", minimum = 2 }', "half-day", 60, 2),
        ('{ unit = "minute", step = "30min" }', "1h", 31, 60),
        ('{ unit = "minute", minimum = "2h" }', "1h", 31, 120),
        ('{ unit = "minute", at_most = "7h" }', "1h", 600, 420),
        ('{ unit = "minute", step = "1h", minimum = "2h", at_most = "150min" }', "1h", 130, 150),
    ],
)
def test_a_measure_counts_the_stay(measure: str, per: str, minutes: int, quantity: int) -> None:
    """The step first, then the minimum, then the most: before anything is priced."""
    quote = tariff(f'measure = {measure}\nrate = {{ price = 6.00, per = "{per}" }}').quote(stay(minutes))
    assert quote.lines[0].quantity == quantity
    assert cents(quote) == (quantity * 600 if per == "half-day" else quantity * 10)
    assert (quote.trace[0].phase, quote.trace[0].why) == ("measure", "measured")


def test_a_length_has_to_be_asked_for() -> None:
    """Without the beginning and the end there is no price per hour, and none is invented."""
    for body in ('rate = { price = 1, per = "1h" }', "rate = { upto = [{ price = 1 }] }"):
        assert refused(tariff(body).quote(Item("desk", day=date(2026, 11, 24)))) == [("incomplete", "period")]


def test_rows_by_length_are_inclusive_totals() -> None:
    """The whole length picks the row; "up to 4h" includes 4h; the last row is open."""
    loaded = tariff(
        'rate = { upto = [{ upto = "4h", price = 7.00 }, { upto = "6h", price = 9.00 }, { price = 10.00 }] }'
    )
    found = {minutes: cents(loaded.quote(stay(minutes))) for minutes in (1, 240, 241, 360, 361, 5000)}
    assert found == {1: 700, 240: 700, 241: 900, 360: 900, 361: 1000, 5000: 1000}
    assert cents(loaded.quote(stay(240, count=3))) == 2100


# --- grids ---

GRID = """
rate = { by = ["room", "category"], columns = ["visitor", "member"], rows = [
  ["blue", 10.00, 8.00],
  ["red", 0.00, "-"],
] }
"""


def test_a_grid_is_looked_up_exactly() -> None:
    """Each cell is the price; 0.00 is a price, a hole is a refusal."""
    loaded = tariff(GRID)

    def ask(room: str, category: str) -> Quote:
        return loaded.quote(Item("desk", facts={"room": room, "category": category}))

    assert cents(ask("blue", "visitor")) == 1000
    assert cents(ask("blue", "member")) == 800
    assert cents(ask("red", "visitor")) == 0
    assert refused(ask("red", "member")) == [("unpublished", "desk: red, member")]
    assert refused(ask("red", "student")) == [("unpublished", "desk: red, student")]


def test_a_grid_asks_for_its_axes() -> None:
    """A missing axis is asked for, never defaulted."""
    loaded = tariff(GRID)
    assert refused(loaded.quote(Item("desk", facts={"room": "blue"}))) == [("incomplete", "category")]
    assert refused(loaded.quote(Item("desk"))) == [("incomplete", "room")]


def test_prices_by_one_axis_fit_on_a_line() -> None:
    """`by` one axis takes its values as keys; per and started stand beside it."""
    loaded = tariff('rate = { by = "room", blue = 12.00, per = "1h", started = true }')
    assert cents(loaded.quote(stay(61, room="blue"))) == 2400
    assert refused(loaded.quote(stay(61, room="red"))) == [("unpublished", "desk: red")]


def test_three_axes_have_two_names_a_row() -> None:
    """The axis of the columns is the last; a row begins with the names of the others."""
    text = f"""{HEAD}[facts]
a = ["x", "y"]
b = ["u", "v"]
c = ["m", "n"]
[product.p.rate]
by = ["a", "b", "c"]
columns = ["n", "m"]
rows = [["y", "u", 1.00, 2.00], ["x", "v", 3.00, "-"]]
"""
    loaded = Tariff.load(text)
    assert loaded.quote(Item("p", facts={"a": "y", "b": "u", "c": "m"})).total == Money(200, "EUR")
    assert loaded.quote(Item("p", facts={"a": "x", "b": "v", "c": "n"})).total == Money(300, "EUR")
    assert not loaded.quote(Item("p", facts={"a": "x", "b": "v", "c": "m"})).ok
    assert Tariff.load(loaded.dump()) == loaded


# --- dated lists ---

LISTS = "rate = { lists = [{ from = 2017-02-01, price = 6.00 }, { from = 2024-05-01, price = 8.00 }] }"


def test_the_day_of_use_picks_the_list() -> None:
    """The last list that begins on the day or before it; before the first there is no price."""
    loaded = tariff(f'price_date = "use"\n{LISTS}')
    found = {
        day: loaded.quote(Item("desk", day=day))
        for day in map(date.fromisoformat, ("2017-02-01", "2024-04-30", "2024-05-01"))
    }
    assert [cents(quote) for quote in found.values()] == [600, 600, 800]
    assert refused(loaded.quote(Item("desk", day=date(2017, 1, 31)))) == [("unpublished", "desk, 2017-01-31")]
    assert refused(loaded.quote(Item("desk"))) == [("incomplete", "day")]
    assert refused(loaded.quote(Order((Item("desk"),), as_of=TUESDAY))) == [("incomplete", "day")]


def test_the_day_of_use_is_the_local_day() -> None:
    """23:30 UTC on the last day of April is the first of May in Paris."""
    loaded = tariff(f'price_date = "use"\n{LISTS}')
    start = datetime(2024, 4, 30, 22, 30, tzinfo=UTC)
    assert cents(loaded.quote(stay(60, start=start))) == 800
    assert cents(loaded.quote(stay(60, start=start - timedelta(hours=1)))) == 600


def test_the_day_of_purchase_picks_the_list() -> None:
    """With price_date = "purchase" it is `as_of` that counts, and it has to be given."""
    loaded = tariff(LISTS, 'price_date = "purchase"\n')
    item = Item("desk", day=date(2026, 1, 1))
    assert cents(loaded.quote(Order((item,), as_of=datetime(2024, 4, 30, 21, 59, tzinfo=UTC)))) == 600
    assert cents(loaded.quote(Order((item,), as_of=datetime(2024, 4, 30, 22, 0, tzinfo=UTC)))) == 800
    assert refused(loaded.quote(item)) == [("incomplete", "as_of")]


def test_a_product_may_have_its_own_price_date() -> None:
    """What a product says comes before what the tariff says."""
    loaded = tariff(f'price_date = "use"\n{LISTS}', 'price_date = "purchase"\n')
    assert cents(loaded.quote(Item("desk", day=date(2026, 1, 1)))) == 800


def test_a_list_may_be_a_grid_or_a_refusal() -> None:
    """Each list has a form of its own."""
    loaded = tariff(
        'price_date = "use"\nrate = { by = "room", lists = [\n'
        "  { from = 2025-01-01, blue = 10.00, red = 12.00 },\n"
        '  { from = 2026-01-01, columns = ["red"], rows = [[14.00]] },\n'
        '  { from = 2027-01-01, refuse = "unpublished", why = "voted in December" },\n] }'
    )

    def ask(day: str, room: str) -> Quote:
        return loaded.quote(Item("desk", day=date.fromisoformat(day), facts={"room": room}))

    assert cents(ask("2025-06-01", "blue")) == 1000
    assert cents(ask("2026-06-01", "red")) == 1400
    assert refused(ask("2026-06-01", "blue")) == [("unpublished", "desk: blue")]
    assert refused(ask("2027-06-01", "red")) == [("unpublished", "desk")]
    assert ask("2027-06-01", "red").refusals[0].why == "voted in December"


# --- conditions ---


@pytest.mark.parametrize(
    ("when", "facts", "day", "holds"),
    [
        ('{ category = "member" }', {"category": "member"}, None, True),
        ('{ category = "member" }', {"category": "visitor"}, None, False),
        ('{ category = ["member", "student"] }', {"category": "student"}, None, True),
        ("{ night = true }", {"night": True}, None, True),
        ("{ night = true }", {"night": False}, None, False),
        ("{ night = false }", {"night": False}, None, True),
        ('{ weekday = "tue" }', {}, "2026-11-24", True),
        ('{ weekday = ["sat", "sun"] }', {}, "2026-11-24", False),
        ('{ weekday = ["sat", "sun"] }', {}, "2026-11-29", True),
        ('{ category = "member", night = true }', {"category": "member", "night": False}, None, False),
        ('{ category = "member", night = true }', {"category": "visitor"}, None, False),  # decided without the night
        ('[{ category = "member" }, { night = true }]', {"category": "visitor", "night": True}, None, True),
        ('[{ category = "member" }, { night = true }]', {"category": "member"}, None, True),  # decided without it
        ('{ not = { category = "member" } }', {"category": "member"}, None, False),
        ('{ not = { category = "member" } }', {"category": "visitor"}, None, True),
        ('{ night = true, not = { room = "red", category = "member" } }', {"night": True, "room": "blue"}, None, True),
        ('{ not = { not = { category = "member" } } }', {"category": "member"}, None, True),
    ],
)
def test_a_condition_holds_or_not(when: str, facts: dict[str, str | bool], day: str | None, holds: bool) -> None:
    """A table is AND, a list is OR, `not` negates; what is not needed for the answer is not asked."""
    loaded = tariff(f"rate = [{{ when = {when}, price = 1.00 }}, {{ price = 2.00 }}]")
    item = Item("desk", day=date.fromisoformat(day) if day else None, facts=facts)
    assert cents(loaded.quote(item)) == (100 if holds else 200)


@pytest.mark.parametrize(
    ("when", "facts", "missing"),
    [
        ('{ category = "member" }', {}, "category"),
        ('{ weekday = "mon" }', {}, "day"),
        ('{ category = "member", night = true }', {"category": "member"}, "night"),
        ('{ category = "member", night = true }', {}, "category, night"),
        ('[{ category = "member" }, { room = "red" }]', {"category": "visitor"}, "room"),
        ('{ not = { category = "member" } }', {}, "category"),
    ],
)
def test_a_condition_that_cannot_be_decided_asks(when: str, facts: dict[str, str], missing: str) -> None:
    """A fact on which the answer depends is asked for; "not a member" is not the default."""
    loaded = tariff(f"rate = [{{ when = {when}, price = 1.00 }}, {{ price = 2.00 }}]")
    quote = loaded.quote(Item("desk", facts=facts))
    assert refused(quote) == [("incomplete", missing)]
    assert ", ".join(quote.refusals[0].facets) == missing


def test_the_first_rate_that_holds_is_taken_and_later_ones_are_not_asked() -> None:
    """Conditions are looked at in the order of the file, no further than needed."""
    loaded = tariff('rate = [{ when = { night = true }, price = 1.00 }, { when = { room = "red" }, price = 2.00 }]')
    assert cents(loaded.quote(Item("desk", facts={"night": True}))) == 100
    assert cents(loaded.quote(Item("desk", facts={"night": False, "room": "red"}))) == 200
    quote = loaded.quote(Item("desk", facts={"night": False, "room": "blue"}))
    assert refused(quote) == [("unpublished", "desk")]


# --- refusals ---


@pytest.mark.parametrize(
    ("said", "code", "low", "high"),
    [
        ('refuse = "on_quote"', "on_quote", None, None),
        ('refuse = "from", at_least = 15.00', "from", 1500, None),
        ('refuse = "about", amount = 80', "about", 8000, None),
        ('refuse = "between", low = 8.00, high = 12.00', "between", 800, 1200),
        ('refuse = "unpublished"', "unpublished", None, None),
        ('refuse = "not_for"', "not_for", None, None),
        ('refuse = "not_at"', "not_at", None, None),
    ],
)
def test_a_tariff_may_say_that_it_has_no_price(said: str, code: str, low: int | None, high: int | None) -> None:
    """The refusal carries what the list prints; the total stays nothing."""
    loaded = tariff(f'rate = {{ {said}, why = "so it is" }}')
    quote = loaded.quote(Item("desk"))
    assert refused(quote) == [(code, "desk")]
    (refusal,) = quote.refusals
    assert (refusal.low, refusal.high) == (
        Money(low, "EUR") if low is not None else None,
        Money(high, "EUR") if high is not None else None,
    )
    assert (refusal.item, refusal.why) == ("1", "so it is")
    assert Tariff.load(loaded.dump()) == loaded


def test_an_unknown_product_is_a_refusal() -> None:
    """A product that the tariff does not list is "unpublished", with its name; the rest has its price."""
    quote = tariff("rate = { price = 5 }").quote(Order((Item("desk"), Item("sauna"))))
    assert not quote.ok
    assert [(r.code, r.what, r.item) for r in quote.refusals] == [("unpublished", "sauna", "2")]
    assert quote.total == Money(500, "EUR")


def test_a_fact_that_is_not_declared_is_an_error() -> None:
    """A misspelt fact is not ignored: it is malformed input, with a suggestion."""
    loaded = tariff("rate = { price = 5 }")
    with pytest.raises(InputError, match="did you mean 'category'"):
        loaded.quote(Item("desk", facts={"categori": "member"}))
    for facts in (
        {"category": "membre"},
        {"category": True},
        {"night": "yes"},
        {"night": 1},
        {"persons": "3"},
        {"persons": True},
    ):
        with pytest.raises(InputError, match="the tariff knows"):
            loaded.quote(Item("desk", facts=facts))
        with pytest.raises(InputError, match="the tariff knows"):
            loaded.meters(Item("desk", facts=facts))


def test_the_day_has_to_be_that_of_the_period() -> None:
    """A day beside a period of another local day is malformed, not silently dropped."""
    loaded = tariff("rate = { price = 5 }")
    period = Period(datetime(2026, 11, 24, 23, 30, tzinfo=UTC), datetime(2026, 11, 25, 2, tzinfo=UTC))
    assert loaded.quote(Item("desk", period, day=date(2026, 11, 25))).ok
    with pytest.raises(InputError, match="begins on 2026-11-25"):
        loaded.quote(Item("desk", period, day=date(2026, 11, 24)))


def test_an_absurd_total_is_an_error_not_a_wrong_number() -> None:
    """A sum beyond the largest amount is refused as malformed."""
    loaded = tariff('rate = { price = 9999999999.00, per = "person" }')
    item = Item("desk", count=100_000, facts={"persons": 100_000})
    with pytest.raises(InputError, match="out of range"):
        loaded.quote(item)


def test_a_quote_says_what_it_was_made_from() -> None:
    """Tariff, version and the number of the semantics are on every quote."""
    loaded = tariff("rate = { price = 5 }")
    quote = loaded.quote(Item("desk"))
    assert (quote.tariff_id, quote.tariff_version, quote.semantics) == ("t", loaded.version, SEMANTICS)
    assert quote.state == State()
    assert (quote.uses, quote.meters) == ((), ())


def test_a_line_carries_the_tax_class_and_the_tariff_its_rate() -> None:
    """The class goes with the line; the declared rate is picked by day, so that there is no tax without a day."""
    loaded = Tariff.load(
        f'{HEAD}tax = "not subject"\n[tax.standard]\nrates = [{{ from = 2000-04-01, rate = "19.6%" }}, '
        '{ from = 2014-01-01, rate = "20%" }]\n[tax."not subject"]\nmention = "TVA non applicable"\n'
        '[product.desk]\nrate = { price = 5 }\n[product.coffee]\ntax = "standard"\n'
        "rate = { price = 2 }\noptional = true\n"
    )
    day = date(2026, 1, 1)
    quote = loaded.quote(Order((Item("desk", day=day), Item("coffee", day=day))))
    assert [line.tax_class for line in quote.lines] == ["not subject", "standard"]
    assert (quote.net, quote.tax, quote.gross) == (Money(667, "EUR"), Money(33, "EUR"), Money(700, "EUR"))
    undated = loaded.quote(Order((Item("desk"), Item("coffee"))))
    assert [(stop.item, stop.code, stop.facets) for stop in undated.refusals] == [("2", "incomplete", ("day",))]
    assert loaded.tax_rate("standard", date(2013, 12, 31)) == Fraction(196, 1000)
    assert loaded.tax_rate("standard", date(2014, 1, 1)) == Fraction(1, 5)
    assert loaded.tax_rate("standard", date(2000, 3, 31)) is None
    assert loaded.tax_rate("not subject", date(2026, 1, 1)) is None
    assert loaded.tax_rate("unknown", date(2026, 1, 1)) is None
    (mention,) = loaded.taxes["not subject"].tax_class.mentions
    assert mention.text == "TVA non applicable"
    assert loaded.products["coffee"].optional
    assert not loaded.products["desk"].optional
    assert Tariff.load(loaded.dump()) == loaded
