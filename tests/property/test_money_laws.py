"""Laws of money, over generated amounts."""

from __future__ import annotations

import decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from cantinekit.errors import InputError
from cantinekit.money import MAX_MINOR, Money, allocate, parse_rate, round_ratio
from cantinekit.money._currencies import EXPONENTS

currencies = st.sampled_from(sorted(EXPONENTS))
small = st.integers(-(10**12), 10**12)
amounts = st.builds(Money, st.integers(-MAX_MINOR, MAX_MINOR), currencies)
modes = st.sampled_from(["half_up", "half_even", "up", "down"])
MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
}


@given(amounts)
def test_parse_undoes_str(money: Money) -> None:
    """What is written is read back, in any currency, with the currency in the text or beside it."""
    assert Money.parse(str(money)) == money
    assert Money.parse(money.format(), money.currency) == money


@given(small, small, small, currencies)
def test_sums_do_not_care_about_order(a: int, b: int, c: int, currency: str) -> None:
    """Addition is a group: associative, commutative, with a zero and an inverse."""
    x, y, z = Money(a, currency), Money(b, currency), Money(c, currency)
    assert (x + y) + z == x + (y + z)
    assert x + y == y + x
    assert x + Money.zero(currency) == x
    assert x + -x == Money.zero(currency)
    assert x - y == x + -y
    assert Money.sum([x, y, z], currency) == x + y + z


@given(small, small, currencies)
def test_comparison_is_that_of_the_amounts(a: int, b: int, currency: str) -> None:
    """The order of amounts is the order of their minor units; equal amounts have equal hashes."""
    x, y = Money(a, currency), Money(b, currency)
    assert (x < y, x <= y, x > y, x >= y, x == y) == (a < b, a <= b, a > b, a >= b, a == b)
    assert (x != y) or hash(x) == hash(y)


@given(st.integers(-(10**30), 10**30), st.integers(-(10**6), 10**6), modes)
def test_rounding_agrees_with_decimal(numerator: int, denominator: int, mode: str) -> None:
    """An independent implementation, with enough digits, gives the same integer."""
    assume(denominator != 0)
    result = round_ratio(numerator, denominator, mode)  # type: ignore[arg-type]
    exact = Fraction(numerator, denominator)
    assert abs(result - exact) < 1
    with decimal.localcontext() as context:
        context.prec = 80
        scaled = decimal.Decimal(exact.numerator) / decimal.Decimal(exact.denominator)
        if (2 * exact).denominator == 1 or abs(scaled - round(scaled)) > decimal.Decimal("1e-30"):
            assert result == int(scaled.quantize(decimal.Decimal(1), rounding=MODES[mode]))


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6), modes)
def test_a_refund_mirrors_its_charge(numerator: int, denominator: int, mode: str) -> None:
    """Rounding the negative is the negative of rounding."""
    assert round_ratio(-numerator, denominator, mode) == -round_ratio(numerator, denominator, mode)  # type: ignore[arg-type]


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_allocate_conserves_and_is_fair(total: int, weights: list[int]) -> None:
    """The parts sum to the total, have its sign, and differ from the exact share by less than one unit."""
    assume(sum(weights))
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total * weight, sum(weights))
        assert abs(part - exact) < 1
        assert part * total >= 0
        assert weight or part == 0


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=10), st.integers(1, 50))
def test_allocate_looks_at_the_ratio_only(total: int, weights: list[int], factor: int) -> None:
    """Weights times a factor give the same parts; a larger weight never gets less."""
    assume(sum(weights))
    parts = allocate(total, weights)
    assert allocate(total, [w * factor for w in weights]) == parts
    assert all(parts[i] >= parts[j] for i in range(len(parts)) for j in range(len(parts)) if weights[i] > weights[j])


@given(small, st.integers(0, 10_000), currencies)
def test_a_share_and_the_rest_are_the_whole(amount: int, basis_points: int, currency: str) -> None:
    """The amount times a rate, and what is left of it, sum to the amount."""
    money, rate = Money(amount, currency), Fraction(basis_points, 10_000)
    share = money.times(rate, "half_up")
    assert share + (money - share) == money
    assert abs(share) <= abs(money)
    assert money.times(Fraction(1), "half_even") == money


@given(st.integers(-(10**9), 10**9), st.integers(0, 9))
def test_a_printed_rate_is_exact(number: int, digits: int) -> None:
    """A percentage is read as the fraction that its digits say."""
    whole, part = divmod(abs(number), 10**digits)
    assume(len(str(whole)) <= 9)
    text = ("-" if number < 0 else "") + str(whole) + (f".{part:0{digits}}" if digits else "") + "%"
    assert parse_rate(text) == Fraction(number, 10**digits * 100)


@given(st.text(max_size=30))
def test_no_text_breaks_the_readers(text: str) -> None:
    """Any text is read or refused with a typed error."""
    for read in (lambda: Money.parse(text, "EUR"), lambda: Money.parse(text), lambda: parse_rate(text)):
        try:
            found = read()
        except InputError:
            continue
        assert isinstance(found, (Money, Fraction))
