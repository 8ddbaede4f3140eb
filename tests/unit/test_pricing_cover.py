"""The cover phase: accounts in order, lots in order, a part or nothing, and what happens beyond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.money import Money
from cantinekit.pricing import Item, Lot, Order, Quote, State, Tariff

HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ENTRY = 'rate = { price = 8.00 }\ncover = { by = "carnet", unit = "entry" }\nbeyond = "rate"'


def tariff(body: str, more: str = "") -> Tariff:
    return Tariff.load(f"{HEAD}[product.desk]\n{body}\n{more}")


def lot(
    id: str, left: int, account: str = "carnet", *, bought: int = 10, expires: int | None = None, priority: int = 0
) -> Lot:
    """A lot that was bought so many days before now and expires so many days after."""
    return Lot(
        id=id,
        account=account,
        left=left,
        bought=NOW - timedelta(days=bought),
        expires=None if expires is None else NOW + timedelta(days=expires),
        priority=priority,
    )


def stay(minutes: int, count: int = 1) -> Item:
    return Item("desk", Period(NOW, NOW + timedelta(minutes=minutes)), count)


def uses(quote: Quote) -> list[tuple[str, int, str]]:
    return [(use.lot, use.units, use.why) for use in quote.uses]


def notes(quote: Quote) -> dict[str, str]:
    return {note["lot"]: note["why"] for step in quote.trace for note in step.values.get("lots", ())}


def test_an_entry_covers_the_whole_item() -> None:
    """What is covered has no line; the use says which lot and how many; the lot has less afterwards."""
    quote = tariff(ENTRY).quote(Item("desk"), State(lots=(lot("a", 10),)))
    assert quote.ok
    assert quote.total == Money.zero("EUR")
    assert quote.lines == ()
    assert uses(quote) == [("a", 1, "last_usable")]
    assert (quote.uses[0].account, quote.uses[0].item) == ("carnet", "1")
    assert [left.left for left in quote.state.lots] == [9]


def test_without_a_lot_the_rate_is_due() -> None:
    """No lot, an empty one or one of another account: the item is charged, and the trace says why."""
    loaded = tariff(ENTRY)
    for lots, why in (((), "no_lot"), ((lot("a", 0),), "nothing_left"), ((lot("a", 5, "other"),), "no_lot")):
        quote = loaded.quote(Item("desk"), State(lots=lots))
        assert quote.total == Money(800, "EUR")
        assert quote.uses == ()
        assert quote.state.lots == lots
        assert quote.trace[0].why == why


@pytest.mark.parametrize(
    ("partial", "left", "used", "charged"),
    [
        ("", 3, 3, 0),
        ("", 2, 0, 3),
        ("", 9, 3, 0),
        (", partial = true", 3, 3, 0),
        (", partial = true", 2, 2, 1),
        (", partial = true", 0, 0, 3),
        (", partial = false", 2, 0, 3),
    ],
)
def test_a_part_is_covered_only_where_the_tariff_says_so(partial: str, left: int, used: int, charged: int) -> None:
    """All or nothing is the rule; `partial = true` covers what is left and charges the rest."""
    loaded = tariff(f'rate = {{ price = 8.00 }}\ncover = {{ by = "carnet", unit = "entry"{partial} }}\nbeyond = "rate"')
    quote = loaded.quote(Item("desk", count=3), State(lots=(lot("a", left),)))
    assert sum(use.units for use in quote.uses) == used
    assert quote.total == Money(800 * charged, "EUR")
    assert sum(line.quantity for line in quote.lines) == charged


def test_all_or_nothing_counts_the_account_not_the_lot() -> None:
    """Two lots of two cover three: the account has four."""
    quote = tariff(ENTRY).quote(Item("desk", count=3), State(lots=(lot("a", 2, bought=9), lot("b", 2, bought=8))))
    assert uses(quote) == [("a", 2, "bought_first"), ("b", 1, "last_usable")]
    assert quote.total == Money.zero("EUR")


@pytest.mark.parametrize(
    ("lots", "order"),
    [
        # the smallest number of priority, whatever the expiry
        ([lot("a", 1, priority=1, expires=1), lot("b", 1, priority=0)], [("b", "priority"), ("a", "last_usable")]),
        # the earliest expiry; none comes last
        (
            [lot("a", 1), lot("b", 1, expires=30), lot("c", 1, expires=2)],
            [("c", "expires_first"), ("b", "expires_first"), ("a", "last_usable")],
        ),
        # the earliest purchase
        (
            [lot("a", 1, bought=1, expires=5), lot("b", 1, bought=2, expires=5)],
            [("b", "bought_first"), ("a", "last_usable")],
        ),
        # the id
        ([lot("b", 1), lot("a", 1)], [("a", "id"), ("b", "last_usable")]),
    ],
)
def test_the_order_of_lots(lots: list[Lot], order: list[tuple[str, str]]) -> None:
    """Priority, then expiry, then purchase, then id; the use says what decided."""
    loaded = tariff(ENTRY)
    for given in (lots, lots[::-1]):
        quote = loaded.quote(stay(60, count=len(lots)), State(lots=given))
        assert [(use.lot, use.why) for use in quote.uses] == order


def test_the_trace_tells_why_not_the_others() -> None:
    """Every lot of the account is in the trace: used, not needed, empty or expired."""
    lots = (
        lot("used", 5, expires=1),
        lot("later", 5, expires=9),
        lot("empty", 0, expires=1),
        lot("over", 5, expires=-1),
        lot("elsewhere", 5, "other"),
    )
    quote = tariff(ENTRY).quote(Order((stay(60),)), State(lots=lots))
    assert notes(quote) == {"used": "expires_first", "later": "not_needed", "empty": "empty", "over": "expired"}


def test_too_few_units_leave_every_lot_alone() -> None:
    """All or nothing: three lots with a unit each do not cover four, and the trace says so of each."""
    lots = (lot("a", 1), lot("b", 1), lot("c", 1))
    quote = tariff(ENTRY).quote(Item("desk", count=4), State(lots=lots))
    assert quote.uses == ()
    assert set(notes(quote).values()) == {"too_few"}
    assert quote.total == Money(3200, "EUR")


@pytest.mark.parametrize(
    ("item", "as_of", "covered"),
    [
        (Item("desk", Period(NOW - timedelta(minutes=1), NOW + timedelta(hours=2))), None, True),  # begins before
        (Item("desk", Period(NOW, NOW + timedelta(hours=2))), None, False),  # begins at the expiry
        (Item("desk", day=date(2026, 11, 24)), None, True),  # valid at the beginning of the day
        (Item("desk", day=date(2026, 11, 25)), None, False),
        (Item("desk"), NOW - timedelta(seconds=1), True),  # neither: the moment of purchase
        (Item("desk"), NOW, False),
        (Item("desk", day=date(2026, 11, 24)), NOW + timedelta(days=9), True),  # the day comes before as_of
    ],
)
def test_a_lot_is_over_at_its_expiry(item: Item, as_of: datetime | None, covered: bool) -> None:
    """It has to be valid when the use begins, or at the beginning of its day; from its expiry on it is not."""
    quote = tariff(ENTRY).quote(Order((item,), as_of=as_of), State(lots=(lot("a", 1, expires=0),)))
    assert quote.ok
    assert bool(quote.uses) is covered
    assert quote.total == Money(0 if covered else 800, "EUR")


def test_an_expiry_asks_for_the_day() -> None:
    """Without any moment a lot that may have expired is neither used nor dropped: the day is asked for."""
    quote = tariff(ENTRY).quote(Item("desk"), State(lots=(lot("a", 1, expires=5),)))
    assert [(r.code, r.facets) for r in quote.refusals] == [("incomplete", ("day",))]
    assert tariff(ENTRY).quote(Item("desk"), State(lots=(lot("a", 1),))).ok


@pytest.mark.parametrize(
    ("lots", "code"),
    [
        ((), "missing"),
        ((lot("a", 0),), "missing"),
        ((lot("a", 1),), "limit_reached"),
        ((lot("a", 5, expires=-1),), "expired"),
        ((lot("a", 5, expires=-1), lot("b", 1)), "limit_reached"),
    ],
)
def test_beyond_may_be_refused(lots: tuple[Lot, ...], code: str) -> None:
    """beyond = "refuse": what is not covered is refused, with the reason, and nothing is used."""
    loaded = tariff(
        'rate = { price = 8 }\ncover = { by = "carnet", unit = "entry", partial = true }\nbeyond = "refuse"'
    )
    quote = loaded.quote(stay(60, count=2), State(lots=lots))
    assert [(r.code, r.what) for r in quote.refusals] == [(code, "carnet")]
    assert (quote.uses, quote.lines) == ((), ())
    assert quote.state.lots == lots
    assert loaded.quote(stay(60, count=2), State(lots=(lot("c", 2),))).ok


@pytest.mark.parametrize(
    ("member", "lots", "code", "what"),
    [
        (False, (), "missing", "carnet"),
        (True, (), "missing", "club, carnet"),
        (False, (lot("m", 1, "club"),), "missing", "carnet"),
        (True, (lot("m", 1, "club"),), "limit_reached", "club, carnet"),
    ],
)
def test_a_refusal_names_the_sources_that_could_have_covered(
    member: bool, lots: tuple[Lot, ...], code: str, what: str
) -> None:
    """A source whose condition does not hold is not named as missing, and what is left of it is no reason."""
    loaded = Tariff.load(
        f'{HEAD}[facts]\nmember = "yes/no"\n[product.desk]\nrate = {{ price = 8 }}\nbeyond = "refuse"\n'
        'cover = [{ by = "club", unit = "entry", when = { member = true } }, { by = "carnet", unit = "entry" }]\n'
    )
    quote = loaded.quote(Item("desk", count=2, facts={"member": member}), State(lots=lots))
    assert [(r.code, r.what) for r in quote.refusals] == [(code, what)]


def test_a_product_that_no_source_is_for_is_named_itself() -> None:
    """Where the condition of no source holds, the refusal names the product."""
    loaded = Tariff.load(
        f'{HEAD}[facts]\nmember = "yes/no"\n[product.desk]\nrate = {{ price = 8 }}\nbeyond = "refuse"\n'
        'cover = { by = "club", unit = "entry", when = { member = true } }\n'
    )
    quote = loaded.quote(Item("desk", facts={"member": False}))
    assert [(r.code, r.what) for r in quote.refusals] == [("missing", "desk")]


def test_accounts_are_used_in_the_order_of_the_tariff() -> None:
    """The first source takes what it can, the second what is left; a better lot of the second comes after."""
    loaded = tariff(
        'rate = { price = 8 }\nbeyond = "rate"\n'
        'cover = [{ by = "month", unit = "entry", partial = true }, { by = "carnet", unit = "entry", partial = true }]'
    )
    lots = (lot("c", 5, expires=1, priority=-5), lot("m", 2, "month"))
    quote = loaded.quote(stay(60, count=3), State(lots=lots))
    assert [(use.account, use.units) for use in quote.uses] == [("month", 2), ("carnet", 1)]
    assert loaded.accounts(stay(60)) == ("month", "carnet")


def test_a_source_that_is_not_enough_is_left_to_the_next() -> None:
    """All or nothing is asked of each source on its own."""
    loaded = tariff(
        'rate = { price = 8 }\nbeyond = "rate"\n'
        'cover = [{ by = "month", unit = "entry" }, { by = "carnet", unit = "entry" }]'
    )
    quote = loaded.quote(stay(60, count=3), State(lots=(lot("m", 2, "month"), lot("c", 3))))
    assert uses(quote) == [("c", 3, "last_usable")]
    quote = loaded.quote(stay(60, count=2), State(lots=(lot("m", 2, "month"), lot("c", 3))))
    assert uses(quote) == [("m", 2, "last_usable")]
    assert quote.trace[1].why == "nothing_to_cover"


def test_the_second_item_sees_what_the_first_has_used() -> None:
    """An order uses lots up item by item, in its order."""
    order = Order((Item("desk", count=2, id="x"), Item("desk", count=2, id="y")))
    loaded = tariff('rate = { price = 8 }\ncover = { by = "carnet", unit = "entry", partial = true }\nbeyond = "rate"')
    quote = loaded.quote(order, State(lots=(lot("a", 3),)))
    assert [(use.item, use.units) for use in quote.uses] == [("x", 2), ("y", 1)]
    assert [(line.item, line.quantity) for line in quote.lines] == [("y", 1)]
    assert quote.state.lots[0].left == 0


def test_a_refused_item_uses_nothing() -> None:
    """The units that a refused item would have taken are there for the next."""
    loaded = Tariff.load(
        f'{HEAD}[facts]\nnight = "yes/no"\n[product.desk]\ncover = {{ by = "c", unit = "entry", partial = true }}\n'
        'beyond = "rate"\nrate = { when = { night = true }, price = 8 }\n'
    )
    order = Order((Item("desk", count=3, facts={"night": False}), Item("desk", count=2, facts={"night": True})))
    quote = loaded.quote(order, State(lots=(lot("a", 2, "c"),)))
    assert [(r.item, r.code) for r in quote.refusals] == [("1", "unpublished")]
    assert [(use.item, use.units) for use in quote.uses] == [("2", 2)]
    assert quote.total == Money.zero("EUR")


@pytest.mark.parametrize(
    ("unit", "rate", "minutes", "left", "used", "minor"),
    [
        ("1h", 'per = "1h"', 150, 2, 2, 200),  # half an hour is left
        ("1h", 'per = "1h"', 150, 9, 3, 0),
        ("1h", 'per = "1h", started = true', 150, 2, 2, 400),
        ("30min", 'per = "1h"', 150, 1, 1, 800),
        ("minute", 'per = "1h"', 150, 30, 30, 800),
        ("hour", 'per = "minute"', 61, 1, 1, 400),
    ],
)
def test_a_carnet_of_hours_leaves_time_to_pay(
    unit: str, rate: str, minutes: int, left: int, used: int, minor: int
) -> None:
    """Units of time cover started units; the rest of the stay is priced by its own length."""
    loaded = tariff(
        f"rate = {{ price = 4.00, {rate} }}\n"
        f'cover = {{ by = "carnet", unit = "{unit}", partial = true }}\nbeyond = "rate"'
    )
    quote = loaded.quote(stay(minutes), State(lots=(lot("a", left),)))
    assert sum(use.units for use in quote.uses) == used
    assert quote.total == Money(minor, "EUR")


def test_an_entry_covers_a_whole_stay_that_is_priced_by_the_hour() -> None:
    """A unit that is no length is one for each stay, however long."""
    loaded = tariff(
        'rate = { price = 4, per = "1h" }\ncover = { by = "carnet", unit = "entry", partial = true }\nbeyond = "rate"'
    )
    quote = loaded.quote(stay(600, count=3), State(lots=(lot("a", 2),)))
    assert sum(use.units for use in quote.uses) == 2
    assert quote.total == Money(4000, "EUR")


def test_time_covers_a_flat_price_as_a_whole() -> None:
    """All of the stay's time, or nothing of the price."""
    loaded = tariff('rate = { price = 40 }\ncover = { by = "carnet", unit = "1h" }\nbeyond = "rate"')
    assert loaded.quote(stay(150), State(lots=(lot("a", 3),))).total == Money.zero("EUR")
    assert loaded.quote(stay(150), State(lots=(lot("a", 2),))).total == Money(4000, "EUR")


def test_a_measured_stay_is_covered_in_its_unit() -> None:
    """Half-days of a carnet cover half-days of a stay; the rest is priced in half-days."""
    loaded = tariff(
        'measure = { unit = "half-day", every = "5h", at_most = 2 }\nrate = { price = 10, per = "half-day" }\n'
        'cover = { by = "carnet", unit = "half-day", partial = true }\nbeyond = "rate"'
    )
    for left, used, minor in ((0, 0, 2000), (1, 1, 1000), (2, 2, 0), (5, 2, 0)):
        quote = loaded.quote(stay(301), State(lots=(lot("a", left),)))
        assert (sum(use.units for use in quote.uses), quote.total.amount) == (used, minor)


def test_a_product_of_the_tariff_fills_the_account() -> None:
    """`by` names an account, or the product that is sold to fill it."""
    more = (
        '[product."ten half-days"]\nsells = "grant"\nrate = { price = 75 }\n'
        'grant = { account = "halves", units = 10, unit = "half-day" }\n'
        '[product.gift]\nsells = "grant"\nrate = { price = 9 }\ngrant = { units = 1, unit = "half-day" }\n'
    )
    loaded = tariff(
        'rate = { price = 10 }\nbeyond = "rate"\n'
        'cover = [{ by = "ten half-days", unit = "half-day" }, { by = "gift", unit = "half-day" }]',
        more,
    )
    assert loaded.accounts(Item("desk")) == ("halves", "gift")
    (grant,) = loaded.products["ten half-days"].grant
    assert (grant.account, grant.units, grant.unit) == ("halves", 10, "half-day")
    assert loaded.quote(Item("ten half-days")).total == Money(7500, "EUR")
    assert loaded.quote(Item("desk"), State(lots=(lot("a", 1, "halves"),))).total == Money.zero("EUR")
    assert Tariff.load(loaded.dump()) == loaded


def test_beyond_may_stand_in_a_source() -> None:
    """Both places say the same thing, and are one thing after loading."""
    inside = tariff('rate = { price = 8 }\ncover = { by = "carnet", unit = "entry", beyond = "refuse" }')
    outside = tariff('rate = { price = 8 }\ncover = [{ by = "carnet", unit = "entry" }]\nbeyond = "refuse"')
    assert inside == outside
    assert inside.version == outside.version


def test_no_accounts_without_a_cover() -> None:
    """A product without covers needs no accounts; nor does one that the tariff does not know."""
    loaded = tariff("rate = { price = 8 }")
    assert loaded.accounts(Item("desk")) == ()
    assert loaded.accounts(Item("sauna")) == ()
    assert tariff(ENTRY).accounts(Order((Item("desk"), Item("desk")))) == ("carnet",)


def test_the_reason_is_that_of_the_order_that_was_taken() -> None:
    """Where the oldest lot comes first it was bought first: that the other one ends at another time decides nothing."""
    loaded = tariff(
        'rate = { price = 8.00 }\ncover = { by = "carnet", unit = "entry", order = "oldest first" }\nbeyond = "rate"'
    )
    quote = loaded.quote(stay(60, count=2), State(lots=(lot("new", 1, bought=1, expires=2), lot("old", 1, expires=9))))
    assert uses(quote) == [("old", 1, "bought_first"), ("new", 1, "last_usable")]


def test_a_limit_is_named_only_where_there_was_enough() -> None:
    """Where the account itself has too few units, that is the reason, and not the limit."""
    body = ENTRY.replace('unit = "entry"', 'unit = "entry", limit = { at_most = 2, same = ["person", "day"] }')
    whys = []
    for left in (2, 5):
        quote = tariff(body).quote(Order((stay(60, count=3),), "ana"), State(lots=(lot("a", left),)))
        whys.append(next(step.why for step in quote.trace if step.phase == "cover"))
    assert whys == ["too_few", "limited"]


def test_a_cover_whose_condition_does_not_hold_asks_nothing():
    """A day is priced without hours although a cover by the minute is there, if its condition does not hold."""
    body = 'rate = { price = 9.00 }\ncover = { free = "all", unit = "minute", when = { member = true } }'
    quote = tariff(body, '[facts]\nmember = "yes/no"').quote(Item("desk", day=NOW.date(), facts={"member": False}))
    assert (quote.total, quote.refusals) == (Money(900, "EUR"), ())
    asked = tariff(body, '[facts]\nmember = "yes/no"').quote(Item("desk", day=NOW.date(), facts={"member": True}))
    assert [refusal.facets for refusal in asked.refusals] == [("period",)]
