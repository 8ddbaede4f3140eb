"""What is counted over several visits never falls: such a price list is refused, and any other one is not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Order, State, Tariff
from cantinekit.pricing.model import _sure
from support.run.soak import scaled

MOST = 7
"""The longest day, in half-hours."""
NOON = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
money = st.integers(0, 12).map(lambda euros: f"{euros}.00")


@st.composite
def upto(draw: st.DrawFn) -> str:
    """Rows by length; each is a total, or a price for each hour or half-hour, exact or begun."""
    bounds = sorted(draw(st.sets(st.integers(1, MOST - 1), max_size=3)))
    rows = []
    for bound in [*bounds, None]:
        per = draw(
            st.sampled_from(["", "", ', per = "1h"', *(f', per = "{n}", started = true' for n in ("30min", "1h"))])
        )
        upto = f'upto = "{bound * 30}min", ' if bound else ""
        rows.append(f"{{ {upto}price = {draw(money)}{per} }}")
    return f"{{ upto = [{', '.join(rows)}] }}"


@st.composite
def steps(draw: st.DrawFn) -> str:
    """Published lengths, put together."""
    how = draw(st.sampled_from(["cheapest", "longest_first", "smallest_that_fits", "first_then"]))
    sizes = sorted(draw(st.sets(st.integers(1, 4), min_size=1, max_size=2 if how == "first_then" else 3)))
    rows = ", ".join(f'{{ size = "{size * 30}min", price = {draw(money)} }}' for size in sizes)
    return f'{{ steps = [{rows}], combination = "{how}" }}'


rates = st.one_of(upto(), steps(), money.map(lambda price: f'{{ price = {price}, per = "1h", started = true }}'))


def load(rate: str, scope: str = "") -> Tariff:
    """A desk by the minute with this rate."""
    return Tariff.load(
        'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
        f'[product.desk]\nmeasure = {{ unit = "minute"{scope} }}\nrate = {rate}\n'
    )


def prices(tariff: Tariff) -> list[int]:
    """What a stay of each length in minutes costs, where it has a price."""
    found = []
    for minutes in range(1, MOST * 30 + 1):
        quote = tariff.quote(Item("desk", Period(NOON, NOON + timedelta(minutes=minutes))))
        if quote.ok:
            found.append(quote.total.amount)
    return found


def refused(rate: str) -> bool:
    """Whether the rate is refused over the visits of a day."""
    try:
        load(rate, ', same = ["person", "day"]')
    except TariffError as error:
        return all("falls from" in problem.message for problem in error.problems)
    return False


def broken(rate: str) -> bool:
    """Whether what is loaded falls somewhere, or what is refused falls nowhere."""
    known = prices(load(rate))
    falls = any(after < before for before, after in pairwise(known))
    if refused(rate):
        SEEN["refused"] += 1
        return not falls and len(known) == MOST * 30
    SEEN["loaded"] += 1
    return falls


SEEN: Counter[str] = Counter()


def test_only_what_falls_is_refused() -> None:
    """A price list is refused over several visits just where a longer day could cost less."""
    SEEN.clear()

    @settings(max_examples=scaled(60), deadline=None)
    @given(rates)
    def law(rate: str) -> None:
        assert not broken(rate), rate

    law()
    assert SEEN["refused"] > 5
    assert SEEN["loaded"] > 5


def test_a_later_visit_never_costs_less_than_nothing() -> None:
    """The visits of a day, in any lengths, are each charged the rest up to the price of the whole day."""
    seen: Counter[str] = Counter()

    @settings(max_examples=scaled(40), deadline=None)
    @given(rates, st.lists(st.integers(1, 70), min_size=2, max_size=3))
    def law(rate: str, lengths: list[int]) -> None:
        if refused(rate):
            return
        tariff, state, start, charged = load(rate, ', same = ["person", "day"]'), State(), NOON, 0
        for minutes in lengths:
            order = Order((Item("desk", Period(start, start + timedelta(minutes=minutes))),), "ana")
            quote = tariff.quote(order, state)
            if not quote.ok:
                return
            assert quote.total.amount >= 0
            charged, state, start = charged + quote.total.amount, quote.state, start + timedelta(minutes=minutes + 5)
            whole = load(rate).quote(Item("desk", Period(NOON, NOON + timedelta(minutes=sum(lengths)))))
        seen["days"] += 1
        assert charged == whole.total.amount

    law()
    assert seen["days"] > 5


@pytest.mark.parametrize("rate", ['{ upto = [{ upto = "1h", price = 9.00 }, { price = 5.00 }] }'])
def test_without_the_proof_a_fall_would_be_loaded(rate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the check off the law fails."""
    assert not broken(rate)
    monkeypatch.setattr(_sure, "falls", lambda form: None)
    assert broken(rate)
