"""Caps: at most so much, over a person and a period, against a meter that never falls."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.money import Money
from cantinekit.pricing import Item, Lot, Order, Quote, State, Tariff

HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\nprice_date = "use"\n'
FACTS = '[facts]\nroom = ["blue", "red/2"]\nmember = "yes/no"\n'
MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)
KEY = "cap/t/desk/day/person=per_1/day=2026-11-24"
RATE = 'rate = { price = 4.00, per = "1h" }\n'
DAY = 'adjust = { id = "day", at_most = 10.00, same = ["person", "day"] }'


def tariff(adjust: str, rate: str = RATE) -> Tariff:
    return Tariff.load(f"{HEAD}{FACTS}[product.desk]\n{rate}{adjust}\n")


def visit(hours: int, start: datetime = MORNING, **facts: str | bool) -> Item:
    return Item("desk", Period(start, start + timedelta(hours=hours)), facts=facts)


def ask(loaded: Tariff, item: Item, state: State, customer: str | None = "per_1") -> Quote:
    return loaded.quote(Order((item,), customer), state)


def test_visits_of_a_day_never_cost_more_than_the_day() -> None:
    """Each visit is charged what the day still allows; the moves of the meter are what was charged."""
    loaded, state, charged = tariff(DAY), State(), []
    for hours in (2, 1, 1, 3):
        quote = ask(loaded, visit(hours), state)
        assert quote.ok
        charged.append(quote.total.amount)
        assert quote.meters == ((KEY, quote.total.amount),)
        state = quote.state
    assert charged == [800, 200, 0, 0]
    assert state.meters == {KEY: 1000}


def test_the_line_keeps_its_printed_price() -> None:
    """A cap lowers the amount of the line; quantity and unit price stay those of the list."""
    loaded = tariff(DAY, 'rate = { price = 4.00, per = "1h", started = true }\n')
    (line,) = ask(loaded, visit(5), State()).lines
    assert (line.quantity, line.unit_price, line.amount) == (5, Money(400, "EUR"), Money(1000, "EUR"))


def test_a_meter_above_the_cap_gives_nothing_back() -> None:
    """A cap that was lowered meanwhile charges 0; it never moves the meter down."""
    quote = ask(tariff(DAY), visit(2), State({KEY: 5000}))
    assert quote.total == Money.zero("EUR")
    assert quote.meters == ((KEY, 0),)
    assert quote.state.meters == {KEY: 5000}


def test_days_persons_and_products_have_meters_of_their_own() -> None:
    """Another day, another customer: another key, and the cap begins again."""
    loaded = tariff(DAY)
    full = State({KEY: 1000})
    assert ask(loaded, visit(2), full).total == Money.zero("EUR")
    assert ask(loaded, visit(2), full, "per_2").total == Money(800, "EUR")
    assert ask(loaded, visit(2, MORNING + timedelta(days=1)), full).total == Money(800, "EUR")


def test_the_local_day_owns_the_visit() -> None:
    """A visit belongs to the local day on which it begins, also when it ends on the next."""
    loaded = tariff(DAY)
    late = datetime(2026, 11, 24, 22, 59, tzinfo=UTC)  # 23:59 in Paris
    assert loaded.meters(Order((visit(3, late),), "per_1")) == (KEY,)
    assert loaded.meters(Order((visit(3, late + timedelta(minutes=1)),), "per_1")) == (KEY.replace("24", "25"),)
    assert loaded.meters(Order((Item("desk", day=date(2026, 11, 24)),), "per_1")) == (KEY,)


@pytest.mark.parametrize(
    ("period", "day", "text"),
    [
        ("day", "2026-11-24", "day=2026-11-24"),
        ("week", "2026-11-24", "week=2026-W48"),
        ("week", "2027-01-03", "week=2026-W53"),  # ISO 8601: the Sunday belongs to the week of the year before
        ("week", "2024-12-30", "week=2025-W01"),
        ("month", "2026-11-24", "month=2026-11"),
        ("year", "2026-11-24", "year=2026"),
    ],
)
def test_the_periods_of_a_cap(period: str, day: str, text: str) -> None:
    """A local day, an ISO week, a calendar month or year."""
    loaded = tariff(f'adjust = {{ id = "c", at_most = 1, same = ["person", "{period}"] }}', "rate = { price = 2 }\n")
    (key,) = loaded.meters(Order((Item("desk", day=date.fromisoformat(day)),), "per_1"))
    assert key == f"cap/t/desk/c/person=per_1/{text}"


def test_a_fact_may_be_part_of_the_scope() -> None:
    """A cap per room has a meter for each; what would read as a separator is escaped."""
    loaded = tariff('adjust = { id = "a/b", at_most = 6, same = ["day", "person", "room"] }')
    order = Order((visit(2, room="blue"), visit(2, room="red/2"), visit(2, room="blue")), "x=1/2%")
    keys = loaded.meters(order)
    assert keys == (
        "cap/t/desk/a%2Fb/person=x%3D1%2F2%25/room=blue/day=2026-11-24",
        "cap/t/desk/a%2Fb/person=x%3D1%2F2%25/room=red%2F2/day=2026-11-24",
    )
    quote = loaded.quote(order)
    assert [line.amount.amount for line in quote.lines] == [600, 600, 0]
    assert quote.meters == ((keys[0], 600), (keys[1], 600))


def test_two_caps_are_carried_out_in_the_order_of_the_file() -> None:
    """The cap of the month counts what the cap of the day has left."""
    loaded = tariff(
        'adjust = [{ id = "day", at_most = 10, same = ["person", "day"] },\n'
        '{ id = "month", at_most = 15, same = ["person", "month"] }]'
    )
    state, charged = State(), []
    for day in range(3):
        quote = ask(loaded, visit(5, MORNING + timedelta(days=day)), state)
        charged.append(quote.total.amount)
        state = quote.state
    assert charged == [1000, 500, 0]
    assert state.meters["cap/t/desk/month/person=per_1/month=2026-11"] == 1500
    assert state.meters["cap/t/desk/day/person=per_1/day=2026-11-26"] == 1000


def test_without_a_customer_the_order_alone_counts() -> None:
    """The cap bears on the visits of the order; no meter is named or moved, and the trace says so."""
    loaded = tariff(DAY)
    order = Order((visit(2), visit(2), visit(2, MORNING + timedelta(days=1))))
    assert loaded.meters(order) == ()
    quote = loaded.quote(order, State({KEY: 1000}))
    assert [line.amount.amount for line in quote.lines] == [800, 200, 800]
    assert quote.meters == ()
    assert quote.state == State({KEY: 1000})
    assert [step.why for step in quote.trace if step.phase == "adjust"] == [
        "within_alone",
        "capped_alone",
        "within_alone",
    ]


def test_a_cap_without_a_scope_bears_on_the_item() -> None:
    """No `same`: at most so much for each item as it is asked, no meter."""
    loaded = tariff('adjust = { id = "most", at_most = 10 }')
    quote = loaded.quote(Order((visit(5), visit(1), visit(5)), "per_1"))
    assert [line.amount.amount for line in quote.lines] == [1000, 400, 1000]
    assert quote.meters == ()
    assert [step.why for step in quote.trace if step.phase == "adjust"] == ["capped_item", "within_item", "capped_item"]


def test_a_cap_of_nothing_is_free() -> None:
    """at_most = 0 is a price of nothing, with the line still there."""
    quote = ask(tariff('adjust = { id = "free", at_most = 0 }'), visit(2), State())
    assert [line.amount for line in quote.lines] == [Money.zero("EUR")]


def test_a_cap_may_have_a_condition() -> None:
    """Where the condition does not hold there is no cap and no meter; where it cannot be decided, it asks."""
    loaded = tariff('adjust = { id = "m", when = { member = true }, at_most = 1, same = ["person", "day"] }')
    order = Order((visit(2, member=False),), "per_1")
    assert loaded.meters(order) == ()
    assert loaded.quote(order).total == Money(800, "EUR")
    assert ask(loaded, visit(2, member=True), State()).total == Money(100, "EUR")
    unsaid = Order((visit(2),), "per_1")
    assert loaded.meters(unsaid) == ()
    assert [r.code for r in loaded.quote(unsaid).refusals] == ["incomplete"]


LATER_KNOWN = {
    "amount": ("", "when = { amount = { from = 5.00 } }"),
    "band": ("split = { bands = 'day', outside = 'rest' }\n", "when = { band = 'rest' }"),
    "rank": ("rank = { same = ['person', 'day'] }\n", "when = { rank = { from = 1 } }"),
    "either": ("", "when = [{ amount = { from = 5.00 } }, { member = true }]"),
}


@pytest.mark.parametrize("what", LATER_KNOWN)
def test_a_meter_is_named_whose_condition_is_decided_later(what: str) -> None:
    """What is known only while the item is priced (an amount, a band, a rank) leaves no meter out: a host that reads
    the meters that were named, and nothing else, keeps to the cap."""
    more, when = LATER_KNOWN[what]
    cap = f"adjust = {{ id = 'cap', {when}, at_most = 6.00, same = ['person', 'day'] }}"
    product = f"[product.desk]\n{more}rate = {{ price = 4, per = '1h' }}\n{cap}\n"
    loaded = Tariff.load(f"{HEAD}{FACTS}[bands]\nday.clock = '08:00-09:30'\n{product}")
    stored: dict[str, int] = {}
    for _ in range(3):
        order = Order((visit(2, member=False),), "per_1")
        keys = loaded.meters(order)
        quote = loaded.quote(order, State({key: stored.get(key, 0) for key in keys}))
        assert {key for key, _ in quote.meters} <= set(keys)
        for key, move in quote.meters:
            stored[key] = stored.get(key, 0) + move
    (capped,) = [used for key, used in stored.items() if key.startswith("cap/")]
    assert capped == 600


def test_meters_of_the_order_and_of_what_is_added_are_named() -> None:
    """The rules of an order bear on the first item with a line, and a product that is added counts too: each of their
    meters and accounts is named before."""
    loaded = Tariff.load(
        "tariff = { id = 't', currency = 'EUR', timezone = 'Europe/Paris', prices = 'incl' }\n"
        "product.free = { cover = { free = 'all', unit = 'stay' }, beyond = 'rate', rate = { price = 1 } }\n"
        "product.card = { sells = 'membership', cover = { by = 'gift', unit = 'card' }, beyond = 'rate', "
        "rate = { price = 9 }, adjust = { id = 'cap', at_most = 5.00, same = ['person', 'year'] } }\n"
        "product.desk = { needs = { product = 'card', add = true }, rate = { price = 8 } }\n"
        "order.adjust = { id = 'day', at_most = 10.00, same = ['person', 'day'] }\n"
        "coupon.SUN = { percent = '-10%', limit = { at_most = 1, same = ['person', 'day'] } }\n"
    )
    items = (Item("free", day=date(2026, 11, 23)), Item("desk", day=date(2026, 11, 24)))
    order = Order(items, "per_1", holds=frozenset(), codes=("SUN",))
    quote = loaded.quote(order)
    moved = {key for key, _ in quote.meters}
    assert len(moved) == 3
    assert moved <= set(loaded.meters(order))
    assert loaded.accounts(order) == ("gift",)


COUNTED = {
    "cap": "product.desk = { rate = { price = 8 }, adjust = { id = 'c', at_most = 5.00, same = ['person', 'day'] } }",
    "dated cap": "product.desk = { rate = { price = 8 }, adjust = { id = 'c', same = ['person', 'day'], "
    "lists = [{ from = 2026-01-01, at_most = 10 }] } }",
    "free": "product.desk = { cover = { free = 1, unit = 'day', same = ['person', 'day'] }, beyond = 'rate', "
    "rate = { price = 8 } }",
    "limit": "product.desk = { cover = { by = 'carnet', unit = 'day', limit = { at_most = 1, same = ['person'] } }, "
    "beyond = 'rate', rate = { price = 8 } }",
    "rank": "product.desk = { rank = { same = ['person', 'day'] }, rate = { price = 8 } }",
    "order": "product.desk.rate.price = 8\norder.adjust = { id = 'c', at_most = 10.00, same = ['person', 'day'] }",
    "coupon": "product.desk.rate.price = 8\n"
    "coupon.SUN = { percent = '-10%', limit = { at_most = 1, same = ['person'] } }",
    "": "product.desk = { cover = { by = 'carnet', unit = 'day' }, beyond = 'rate', rate = { price = 8 } }\n"
    "coupon.SUN.percent = '-10%'",
}


@pytest.mark.parametrize("what", COUNTED)
def test_a_list_says_whether_it_counts(what: str) -> None:
    """A list with a cap, free units, a limit, a rank or a limited coupon counts, and names a meter; one without does
    neither, so that nobody needs to ask."""
    loaded = Tariff.load(
        f"tariff = {{ id = 't', currency = 'EUR', timezone = 'Europe/Paris', price_date = 'use' }}\n{COUNTED[what]}\n"
    )
    order = Order((Item("desk", day=date(2026, 11, 24)),), "per_1", codes=("SUN",) if "coupon" in COUNTED[what] else ())
    assert (loaded.counts, bool(loaded.meters(order))) == (bool(what), bool(what))


def test_a_cap_may_be_dated() -> None:
    """The cap of the day of use holds; before the first one there is none."""
    loaded = tariff(
        'adjust = { id = "day", same = ["person", "day"], lists = [\n'
        "  { from = 2026-01-01, at_most = 10 }, { from = 2026-11-25, at_most = 12 }] }"
    )
    found = [ask(loaded, visit(5, MORNING + timedelta(days=n)), State()).total.amount for n in (-400, 0, 1)]
    assert found == [2000, 1000, 1200]
    quote = ask(loaded, visit(5, MORNING - timedelta(days=400)), State())
    assert quote.trace[-1].why == "not_in_force"


def test_a_cap_asks_for_the_day() -> None:
    """Without a day there is no telling which meter counts."""
    loaded = tariff(DAY, "rate = { price = 4 }\n")
    order = Order((Item("desk"),), "per_1")
    assert loaded.meters(order) == ()
    assert [(r.code, r.facets) for r in loaded.quote(order).refusals] == [("incomplete", ("day",))]


def test_what_is_covered_does_not_count() -> None:
    """A covered item has no amount, so the meter stays; it is still one of those that are read."""
    loaded = tariff(f'cover = {{ by = "c", unit = "entry" }}\nbeyond = "rate"\n{DAY}')
    state = State(lots=(Lot("l", "c", 1, MORNING),))
    quote = ask(loaded, visit(2), state)
    assert dict(quote.meters).get(KEY, 0) == 0
    assert loaded.meters(Order((visit(2),), "per_1")) == (KEY,)
    assert quote.total == Money.zero("EUR")


def test_a_case_without_a_price_is_refused_after_the_rate() -> None:
    """An adjustment may refuse: the rate is known, the surcharge is not, so there is no total and no move."""
    loaded = tariff(
        'adjust = [{ id = "day", at_most = 10, same = ["person", "day"] },\n'
        '  { id = "guests", when = { member = false }, refuse = "unpublished", why = "surcharge for guests" }]'
    )
    quote = ask(loaded, visit(2, member=False), State())
    assert [(r.code, r.why) for r in quote.refusals] == [("unpublished", "surcharge for guests")]
    assert (quote.lines, quote.meters, quote.state) == ((), (), State())
    assert ask(loaded, visit(2, member=True), State()).total == Money(800, "EUR")


def test_an_order_moves_a_meter_once_with_the_sum() -> None:
    """Two items on one key give one move."""
    quote = tariff(DAY).quote(Order((visit(1), visit(1)), "per_1"))
    assert quote.meters == ((KEY, 800),)


# --- what is priced as a whole ---------------------------------------------------------------------------------------

WHOLE = """
[tariff]
id = "t"
currency = "EUR"
timezone = "Europe/Paris"
[facts]
member = "yes/no"
[product.desk]
merge = { same = ["person", "day"], gap = "5h" }
rate = [{ when = { member = true }, price = 1.00, per = "1h" }, { price = 10.00, per = "1h" }]
adjust = { id = "cap", at_most = 12.00, same = ["person", "day"] }
"""


def at(hour: int) -> datetime:
    return datetime(2026, 11, 24, hour, tzinfo=UTC)


def test_a_whole_that_costs_less_than_before_is_refused() -> None:
    """A later visit at a cheaper rate would pay back more than was charged under the cap: nobody says how much."""
    loaded = Tariff.load(WHOLE)
    first, second = (
        Order((Item("desk", Period(at(hour), at(hour + 4)), facts={"member": member}),), "per_1")
        for hour, member in ((8, False), (13, True))
    )
    before = loaded.quote(first)
    assert str(before.total) == "12.00 EUR"
    after = loaded.quote(second, before.state)
    assert [stop.code for stop in after.refusals] == ["unstated"]
    assert after.state == before.state


def test_a_whole_that_costs_more_is_charged_up_to_the_cap() -> None:
    """The difference of a longer day is charged, and what the cap leaves of it."""
    loaded = Tariff.load(WHOLE)
    visits = [
        Order((Item("desk", Period(at(hour), at(hour + 1)), facts={"member": False}),), "per_1") for hour in (8, 10)
    ]
    state, totals = State(), list[str]()
    for each in visits:
        quote = loaded.quote(each, state)
        totals.append(str(quote.total))
        state = quote.state
    assert totals == ["10.00 EUR", "2.00 EUR"]


def test_a_list_counts_for_the_products_that_move_meters_and_those_that_add_them() -> None:
    """``counts_for`` is of single products: one with a cap, one that adds it, not the one beside them. A cap of the
    whole order counts for all.
    """
    adding = '[product.guest]\nrate = { price = 1.00 }\nneeds = [{ product = "desk", add = true }]\n'
    plain = "[product.coffee]\nrate = { price = 2.00 }\n"
    text = f"{HEAD}{FACTS}[product.desk]\n{RATE}{DAY}\n{adding}{plain}"
    loaded = Tariff.load(text)
    assert [loaded.counts_for([name]) for name in ("desk", "guest", "coffee")] == [True, True, False]
    assert loaded.counts
    assert not tariff("").counts
    whole = Tariff.load(f'{HEAD}{plain}[order]\nadjust = {{ id = "cap", at_most = 10.00, same = ["person", "day"] }}\n')
    assert whole.counts_for(["coffee"])
