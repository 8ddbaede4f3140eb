"""Prices in decisions: which units and meters count, what a promise is worth, and that a sale can be computed again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.commands import PricePromise
from cantinekit.domain.sales import prices, question
from cantinekit.domain.sales.past import explain_sale
from cantinekit.domain.sales.question import Question
from cantinekit.domain.state import State
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import (
    CurrencyError,
    InputError,
    NoEntitlementError,
    NotForSaleError,
    PriceChangedError,
    QuoteExpiredError,
    UnsuitableError,
)
from support.houses.small_house import START, TARIFF, CountingIds, period
from support.houses.states_by_hand import BOUGHT, PLACE, draft, eur, events, state

MORE = '[product.member]\nrate = { price = 1.00 }\ncover = [{ by = "carnet", unit = "entry", beyond = "refuse" }]\n'
VERSION = question.read_tariff(TARIFF + MORE).version
TEXT = m.TariffText(VERSION, TARIFF + MORE)
LIST = m.PriceList("net", "EUR", (m.ListVersion(START - timedelta(days=9), VERSION),))
METER = "cap/net/desk/cap/person=zoe/day=2026-11-24"
SECOND = timedelta(seconds=1)


def product(name: str, sells: str = "booking") -> m.Product:
    return m.Product(name, name, "asso", "net", name, sells)


DESK, SEAT, MEMBER = product("desk"), product("seat", "seat"), product("member", "seat")


def lot(id: str, left: int = 3, **more: Any) -> m.Entitlement:
    return m.Entitlement(
        id, "pas", "zoe", account="carnet", bought=10, left=left, used=10 - left, bought_at=START, **more
    )


def shelf(*records: m.Record, used: int | None = None) -> State:
    """What a sale reads: place, list, text, the person's wallet of these entitlements, and the meter of the day."""
    lots = tuple(one.id for one in records if isinstance(one, m.Entitlement))
    meter = [m.Meter(METER, used)] if used is not None else []
    absent = [(m.Meter, METER)] if used is None else []
    return state(PLACE, LIST, TEXT, m.Wallet("zoe", lots), *records, *meter, absent=absent)


def wants(of: m.Product, hours: float = 2) -> question.Wanted:
    return question.wanted(of, period=period(9, 9 + hours)) if of is DESK else question.wanted(of, day=START.date())


def make(at: State, *products: m.Product, now: Any = START, hours: float = 2, **more: Any) -> prices.Priced:
    asked = Question(tuple(wants(one, hours) for one in products), "paris", "zoe")
    return prices.make_price(at, asked, subject=BOUGHT, now=now, ids=CountingIds(), **more)


# --- promises --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "kept"), [(timedelta(), True), (prices.PRICE_HOLDS - SECOND, True)])
def test_a_promise_is_kept_until_its_end(late: timedelta, kept: bool) -> None:
    """A price is honoured for its quarter of an hour, and its instant is that of the quote."""
    promise = make(shelf(), DESK).quote.promise
    again = make(shelf(), DESK, now=START + late, promise=promise)
    assert (again.sale.total, again.sale.at, again.quote.promise) == (promise.total, START, promise)


@pytest.mark.parametrize("late", [prices.PRICE_HOLDS, timedelta(days=1)])
def test_a_promise_ends(late: timedelta) -> None:
    """At the instant of its end it is over."""
    promise = make(shelf(), DESK).quote.promise
    with pytest.raises(QuoteExpiredError, match="2026-11-24T08:45"):
        make(shelf(), DESK, now=START + late, promise=promise)


@pytest.mark.parametrize(
    "forged",
    [
        {"valid_until": START + prices.PRICE_HOLDS + SECOND},
        {"made_at": START + SECOND},
        {"made_at": START + timedelta(days=1), "valid_until": START + timedelta(days=1, minutes=5)},
    ],
)
def test_a_promise_that_no_quote_made_is_refused(forged: dict[str, Any]) -> None:
    """A promise from the future, or one that is to last longer than any does, is malformed."""
    promise = attrs.evolve(make(shelf(), DESK).quote.promise, **forged)
    with pytest.raises(InputError, match=r"Cantine\.quote"):
        make(shelf(), DESK, promise=promise)


@pytest.mark.parametrize("cents", [0, 1, 599, 601])
def test_a_forged_amount_is_never_charged(cents: int) -> None:
    """Whoever makes a promise up gets the price of the list, as a refusal that carries both."""
    promise = attrs.evolve(make(shelf(), DESK).quote.promise, total=eur(cents))
    with pytest.raises(PriceChangedError) as caught:
        make(shelf(), DESK, promise=promise)
    assert (caught.value.old, caught.value.new) == (eur(cents), eur(600))


def test_a_promise_of_another_version_says_so() -> None:
    """When another price list holds meanwhile and the price is another, that is the reason given."""
    promise = make(shelf(), DESK).quote.promise
    dearer = TARIFF.replace("price = 3.00", "price = 4.00")
    version = question.read_tariff(dearer).version
    at = shelf(
        attrs.evolve(LIST, versions=(*LIST.versions, m.ListVersion(START + SECOND, version))),
        m.TariffText(version, dearer),
    )
    assert make(at, DESK, promise=promise).sale.tariff_version == VERSION
    with pytest.raises(PriceChangedError, match="another version") as caught:
        make(at, DESK, now=START + SECOND, promise=promise)
    assert (caught.value.old, caught.value.new) == (eur(600), eur(800))


def test_meters_that_moved_change_the_price_and_say_so() -> None:
    """What was bought since under the same cap is the reason; where the price is the same there is none."""
    promise = make(shelf(), DESK).quote.promise
    assert promise.meters == ((METER, 0),)
    with pytest.raises(PriceChangedError, match="same cap"):
        make(shelf(used=900), DESK, promise=promise)
    assert make(shelf(used=100), DESK, promise=promise).due == eur(600), "the cap does not bear: the price holds"


def test_units_that_came_or_went_change_the_price_and_say_so() -> None:
    """A carnet bought or used up meanwhile is what is not as it was quoted."""
    promise = make(shelf(), SEAT).quote.promise
    with pytest.raises(PriceChangedError, match="entitlements cover") as caught:
        make(shelf(lot("e1")), SEAT, promise=promise)
    assert caught.value.new == eur(0)


# --- units -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "covered"),
    [
        (lot("e1"), True),
        (lot("e1", places=("paris", "brest")), True),
        (lot("e1", places=("brest",)), False),
        (lot("e1", active=False), False),
        (lot("e1", left=0), False),
        (lot("e1", expires=START + SECOND), False),  # valid now, over before the use
        (lot("e1", expires=START), False),
        (lot("e1", expires=START - SECOND), False),
    ],
)
def test_units_count_where_and_while_they_are_valid(one: m.Entitlement, covered: bool) -> None:
    """Only active units of this place, not expired now nor when they are used, cover anything."""
    later = Question((question.wanted(SEAT, period=period(10, 11)),), "paris", "zoe")
    found = prices.make_price(shelf(one), later, subject=BOUGHT, now=START, ids=CountingIds())
    assert found.spends == ((m.Spend("e1", 1),) if covered else ())
    assert found.due == (eur(0) if covered else eur(1000))
    usable = one.active and one.places in ((), ("paris", "brest")) and (one.expires is None or one.expires > START)
    assert [seen.entitlement_id for seen in found.sale.lots] == (["e1"] if usable else [])


def test_only_an_entitlement_buys_it() -> None:
    """Where the list sells to holders only, the refusal names what was considered."""
    with pytest.raises(NoEntitlementError) as caught:
        make(shelf(lot("e1", left=0)), MEMBER)
    assert caught.value.considered == (("e1", "carnet"),)
    assert make(shelf(lot("e1")), MEMBER).spends == (m.Spend("e1", 1),)


def test_returned_units_count_before_the_whole_is_priced() -> None:
    """An amendment gives its units back first: a used-up carnet covers the longer stay, once."""
    at = shelf(lot("e1", left=0))
    assert make(at, SEAT).due == eur(1000)
    assert make(at, SEAT, returned=(m.Spend("e1", 1),)).spends == (m.Spend("e1", 1),)
    assert make(at, SEAT, SEAT, returned=(m.Spend("e1", 1), m.Spend("e1", 1))).spends == (m.Spend("e1", 2),)


def test_released_meters_count_before_the_whole_is_priced() -> None:
    """What an amendment takes off a meter makes room under the cap, never below zero, on that meter alone."""
    at = shelf(used=1000)
    assert make(at, DESK).due == eur(0)
    assert make(at, DESK, released=(m.MeterMove(METER, 400),)).due == eur(400)
    assert make(at, DESK, released=(m.MeterMove(METER, 5000), m.MeterMove("other", 1))).due == eur(600)


# --- what is due -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "due"), [(0, 600), (400, 200), (600, 0), (900, 0)])
def test_an_amendment_owes_the_difference_and_never_less_than_nothing(before: int, due: int) -> None:
    """What was paid for the superseded stay is taken off, as a line; no money comes back by amending."""
    found = make(shelf(), DESK, paid_before=eur(before))
    assert found.due == eur(due)
    assert sum(line.amount.amount for line in found.lines) == due
    assert [line.said for line in found.lines][1:] == (["paid before"] if 0 < before < 600 else [])
    assert found.sale.paid_before == eur(before)


def test_the_events_of_a_price_are_what_follows_from_it() -> None:
    """The price always, units and meters only where some are spent or moved."""

    def entered(at: State, found: prices.Priced) -> list[type[ev.Event]]:
        made = draft(at)
        found.enter(made)
        return [type(event) for event in events(made)]

    held = shelf(lot("e1"))
    assert entered(held, make(held, SEAT)) == [ev.PriceMade, ev.UnitsSpent]
    capped = make(shelf(), DESK)
    assert entered(shelf(), capped) == [ev.PriceMade, ev.MetersMoved]
    assert capped.moves == (m.MeterMove(METER, 600),)


def test_another_currency_than_the_place_is_refused() -> None:
    """A place takes one currency; a list in another is not converted."""
    with pytest.raises(CurrencyError, match="list is in EUR, Paris takes TND"):
        make(shelf(attrs.evolve(PLACE, currency="TND")), DESK)


def test_two_price_lists_are_not_mixed() -> None:
    """What is sold together is on one list."""
    with pytest.raises(UnsuitableError):
        make(shelf(), DESK, attrs.evolve(SEAT, pricelist_id="other"))


def test_before_the_first_version_nothing_is_for_sale() -> None:
    """A list that is published for later has no price yet; from its instant on it has."""
    since = LIST.versions[0].since
    with pytest.raises(NotForSaleError, match="not in force"):
        make(shelf(), DESK, now=since - timedelta.resolution)
    assert make(shelf(), SEAT, now=since).due == eur(1000)


def test_a_product_that_the_list_does_not_know_is_not_for_sale() -> None:
    """The typed refusals of the list come with the error."""
    with pytest.raises(NotForSaleError) as caught:
        make(shelf(), product("yacht", "seat"))
    assert [refusal.code for refusal in caught.value.refusals] == ["unpublished"]


def test_what_is_read_for_a_price() -> None:
    """The list and the wallet's entitlements, then the version in force, then the meters of the order."""
    at = state(PLACE, LIST, m.Wallet("zoe", ("e1",)), m.Person("zoe", "Zoé"))
    assert question.sale_keys(at, [DESK], "zoe") == [(m.PriceList, "net"), (m.Entitlement, "e1")]
    assert question.sale_keys(at, [DESK], None) == [(m.PriceList, "net")]
    assert question.wallet_lots(state(absent=[(m.Wallet, "zoe")]), "zoe") == ()
    asking = question.read_prices(Uow(at, START, str), Question((wants(DESK),), "paris", "zoe"), START)
    first = next(asking)
    assert [key.id for key in first.keys] == [VERSION]  # type: ignore[union-attr]
    second = asking.send(dict.fromkeys(first.keys, TEXT))  # type: ignore[union-attr]
    assert [key.id for key in second.keys] == [METER]  # type: ignore[union-attr]


# --- computed again --------------------------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from([DESK, SEAT]), min_size=1, max_size=4),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(0, 1500)),
    st.integers(1, 8),
)
def test_a_sale_explains_its_price(products: list[m.Product], left: int, used: int | None, hours: int) -> None:
    """From what a sale keeps, its price comes out again: total, uses, moves and reasons, whatever happened since."""
    found = make(shelf(lot("e1", left), used=used), *products, hours=hours)
    again = explain_sale(found.sale, TEXT.text)
    price = found.quote.price
    assert (again.total, again.uses, again.meters) == (found.sale.total, price.uses, price.meters)
    assert again.explain("fr") == found.quote.explain("fr")
    spent: dict[str, int] = {}
    for use in again.uses:
        spent[use.lot] = spent.get(use.lot, 0) + use.units
    assert {spend.entitlement_id: spend.units for spend in found.spends} == spent
    assert sum(line.amount.amount for line in found.lines) == found.due.amount == again.total.amount
    assert isinstance(found.quote.promise, PricePromise)


def test_a_sale_of_another_semantics_is_not_told_another_price() -> None:
    """A price that the engine makes otherwise today is not told as that of the sale; one that it makes as before is."""
    sale = make(shelf(), DESK).sale
    older = attrs.evolve(sale, semantics=sale.semantics - 1)
    assert explain_sale(older, TEXT.text).total == sale.total
    changed = attrs.evolve(older, total=sale.total + eur(100))
    with pytest.raises(UnsuitableError, match=f"under semantics {older.semantics}"):
        explain_sale(changed, TEXT.text)


# --- promises between two requests -----------------------------------------------------------------------------------

PROMISE = PricePromise(eur(1234), VERSION, semantics=5, made_at=START, valid_until=START + SECOND, meters=((METER, 3),))


def test_a_promise_is_the_same_after_json():
    """A host may keep a promise as text between two requests: read back it is equal."""
    assert PricePromise.from_json(PROMISE.to_json()) == PROMISE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        "{}",
        PROMISE.to_json().replace("1234", "12.34"),
        PROMISE.to_json().replace('"semantics": 5', '"semantics": "5"'),
        PROMISE.to_json().replace('"semantics": 5', '"semantics": 5, "more": 1'),
        PROMISE.to_json().replace(", 3]", ", 3.5]"),
        PROMISE.to_json().replace("EUR", "eur"),
        "[" * 100_000,
    ],
)
def test_what_is_no_promise_is_refused(text):
    """Text that was changed into something else is refused, and nothing of it is taken."""
    with pytest.raises(InputError):
        PricePromise.from_json(text)
