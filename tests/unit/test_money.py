"""Money: integer minor units, exact rates, one rounding at a time."""

from __future__ import annotations

import decimal
import pickle
from fractions import Fraction

import attrs
import pytest

from cantinekit.errors import CurrencyError, InputError
from cantinekit.money import MAX_MINOR, Money, allocate, exponent, parse_rate, round_ratio
from cantinekit.money._currencies import EXPONENTS


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("JPY", 0), ("KRW", 0), ("XOF", 0), ("ISK", 0), ("TND", 3), ("KWD", 3), ("BHD", 3), ("CLF", 4)],
)
def test_the_decimals_of_a_currency_are_data(currency: str, digits: int) -> None:
    """ISO 4217 says how many decimals a currency has; it is not always two."""
    assert exponent(currency) == digits


def test_the_table_of_currencies_is_well_formed() -> None:
    """Every code has three capital letters, and between 0 and 4 decimals."""
    assert len(EXPONENTS) > 150
    for code, digits in EXPONENTS.items():
        assert len(code) == 3
        assert code.isascii()
        assert code.isupper()
        assert 0 <= digits <= 4


@pytest.mark.parametrize("code", ["", "eur", "EUX", "EURO", None, 3, ["EUR"], "E\x00R"])
def test_an_unknown_currency_is_an_error(code: object) -> None:
    """A code that ISO 4217 does not list is refused, whatever its type."""
    with pytest.raises(CurrencyError):
        exponent(code)  # type: ignore[arg-type]
    with pytest.raises(CurrencyError):
        Money(1, code)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", [1.0, True, "1", None, Fraction(1), decimal.Decimal(1)])
def test_an_amount_is_an_integer_and_nothing_else(amount: object) -> None:
    """No float, no bool, no text, no Decimal becomes an amount."""
    with pytest.raises(InputError, match="integer of minor units"):
        Money(amount, "EUR")  # type: ignore[arg-type]


def test_an_absurd_amount_is_an_error() -> None:
    """The bound is 2 to the 62 on both sides, also for what comes out of a sum or a product."""
    most = Money(MAX_MINOR, "EUR")
    assert -most == Money(-MAX_MINOR, "EUR")
    for make in (
        lambda: Money(MAX_MINOR + 1, "EUR"),
        lambda: most + Money(1, "EUR"),
        lambda: -most - Money(1, "EUR"),
        lambda: most * 2,
        lambda: most.times(Fraction(3, 2), "half_up"),
        lambda: Money.sum([most, most], "EUR"),
    ):
        with pytest.raises(InputError, match="out of range"):
            make()


def test_two_currencies_do_not_mix() -> None:
    """Sums, differences and comparisons of two currencies are errors; equality is false."""
    euro, yen = Money(100, "EUR"), Money(100, "JPY")
    assert euro != yen
    for mix in (
        lambda: euro + yen,
        lambda: euro - yen,
        lambda: euro < yen,
        lambda: euro <= yen,
        lambda: euro > yen,
        lambda: euro >= yen,
        lambda: Money.sum([euro, yen], "EUR"),
        lambda: Money.sum([yen], "EUR"),
    ):
        with pytest.raises(CurrencyError):
            mix()


@pytest.mark.parametrize("other", [1, 1.0, "1.00 EUR", None])
def test_money_and_other_things_do_not_mix(other: object) -> None:
    """Adding or comparing a bare number is an error, not a guess."""
    euro = Money(100, "EUR")
    for mix in (lambda: euro + other, lambda: euro - other, lambda: euro < other, lambda: euro >= other):
        with pytest.raises(InputError, match="do not mix"):
            mix()


@pytest.mark.parametrize("count", [1.5, True, "2", Fraction(1, 2)])
def test_money_is_multiplied_by_integers_only(count: object) -> None:
    """A rate needs a rounding mode, so it has its own method."""
    with pytest.raises(InputError, match=r"Money\.times"):
        Money(100, "EUR") * count  # type: ignore[operator]


def test_arithmetic() -> None:
    """The operators do what they say, from both sides where that makes sense."""
    a, b = Money(750, "EUR"), Money(250, "EUR")
    assert a + b == Money(1000, "EUR")
    assert a - b == Money(500, "EUR")
    assert b - a == Money(-500, "EUR")
    assert abs(b - a) == Money(500, "EUR")
    assert 3 * b == b * 3 == Money(750, "EUR")
    assert b < a
    assert b <= a
    assert a > b
    assert a >= Money(750, "EUR")
    assert bool(a) is True
    assert bool(a - a) is False
    assert Money.zero("EUR") == Money.sum([], "EUR") == Money(0, "EUR")
    assert sorted([a, b]) == [b, a]


def test_money_is_frozen_hashable_and_can_be_pickled() -> None:
    """An amount can be a key, cannot be changed, and survives a trip to another process."""
    euro = Money(100, "EUR")
    assert {euro: 1}[Money(100, "EUR")] == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        euro.amount = 3  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(euro)) == euro


@pytest.mark.parametrize(
    ("text", "currency", "minor", "code"),
    [
        ("7.00 EUR", None, 700, "EUR"),
        ("7 EUR", None, 700, "EUR"),
        ("7.5 EUR", None, 750, "EUR"),
        ("+7.05", "EUR", 705, "EUR"),
        ("-0.05 EUR", "EUR", -5, "EUR"),
        ("700", "JPY", 700, "JPY"),
        ("0.700 TND", None, 700, "TND"),
        ("  7.00 EUR  ", None, 700, "EUR"),
        ("-0", "EUR", 0, "EUR"),
    ],
)
def test_an_amount_is_read_exactly(text: str, currency: str | None, minor: int, code: str) -> None:
    """The printed form gives the minor units, exactly."""
    assert Money.parse(text, currency) == Money(minor, code)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("7.001 EUR", None),
        ("7.0 JPY", None),
        ("7,00 EUR", None),
        ("7. EUR", None),
        (".5 EUR", None),
        ("1e2 EUR", None),
        ("nan EUR", None),
        ("inf", "EUR"),
        ("٧ EUR", None),
        ("7_000 EUR", None),
        ("--7 EUR", None),
        ("7.00", None),
        ("", "EUR"),
        ("EUR", None),
        ("7.00 EUR EUR", None),
        ("9" * 30, "EUR"),
        ("9" * 19, "EUR"),
        ("7.00 EUR\n8", "EUR"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str | None) -> None:
    """No exponents, no commas, no other digits, no decimals that the currency does not have."""
    with pytest.raises(InputError):
        Money.parse(text, currency)


def test_a_text_in_another_currency_is_refused() -> None:
    """The currency beside the text has to agree with the one in it."""
    with pytest.raises(CurrencyError, match="not in EUR"):
        Money.parse("7.00 USD", "EUR")
    with pytest.raises(InputError, match="a text is needed"):
        Money.parse(7, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(700, "EUR"), "7.00 EUR"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(0, "EUR"), "0.00 EUR"),
        (Money(700, "JPY"), "700 JPY"),
        (Money(0, "JPY"), "0 JPY"),
        (Money(-7, "TND"), "-0.007 TND"),
        (Money(12345, "CLF"), "1.2345 CLF"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(money: Money, text: str) -> None:
    """The text has as many decimals as ISO 4217 gives the currency."""
    assert str(money) == text
    assert money.format() == text.split()[0]


@pytest.mark.parametrize(
    ("money", "lang", "text"),
    [
        (Money(700, "EUR"), "fr", "7,00\xa0€"),
        (Money(123456710, "EUR"), "fr", "1\u202f234\u202f567,10\xa0€"),
        (Money(700, "EUR"), "en", "€7.00"),
        (Money(700, "JPY"), "en", "¥700"),
        (Money(700, "TND"), "fr", "0,700\xa0TND"),
        (Money(-305, "EUR"), "fr", "-3,05\xa0€"),
        (Money(150, "LBP"), "en", "LBP1.5"),
        (Money(1234, "IQD"), "en", "IQD1.234"),
    ],
)
def test_a_localized_amount_loses_nothing(money: Money, lang: str, text: str) -> None:
    """People's way of writing, and no digit rounded away where the locale data know fewer than ISO 4217."""
    pytest.importorskip("babel")
    assert money.localized(lang) == text


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        # half_up, half_even, up, down
        (5, 2, (3, 2, 3, 2)),
        (7, 2, (4, 4, 4, 3)),
        (-5, 2, (-3, -2, -3, -2)),
        (5, -2, (-3, -2, -3, -2)),
        (-5, -2, (3, 2, 3, 2)),
        (1, 3, (0, 0, 1, 0)),
        (2, 3, (1, 1, 1, 0)),
        (-1, 3, (0, 0, -1, 0)),
        (6, 3, (2, 2, 2, 2)),
        (0, 7, (0, 0, 0, 0)),
    ],
)
def test_rounding_works_on_the_magnitude(numerator: int, denominator: int, expected: tuple[int, ...]) -> None:
    """Each mode mirrors itself at zero: a refund is rounded as its charge was."""
    modes = ("half_up", "half_even", "up", "down")
    assert tuple(round_ratio(numerator, denominator, mode) for mode in modes) == expected


def test_rounding_refuses_what_it_does_not_know() -> None:
    """No ambient mode, no division by zero, no float."""
    with pytest.raises(InputError, match="unknown rounding mode"):
        round_ratio(1, 2, "nearest")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="division by zero"):
        round_ratio(1, 0)
    for numerator, denominator in ((1.5, 2), (3, 2.0), (True, 2)):
        with pytest.raises(InputError, match="two integers"):
            round_ratio(numerator, denominator)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("20%", Fraction(1, 5)),
        ("5.5 %", Fraction(55, 1000)),
        ("2.1%", Fraction(21, 1000)),
        ("-30%", Fraction(-3, 10)),
        ("+8.5%", Fraction(85, 1000)),
        ("0%", Fraction(0)),
        (" 20% ", Fraction(1, 5)),
        ("20\xa0%", Fraction(1, 5)),
    ],
)
def test_a_rate_is_read_exactly(text: str, rate: Fraction) -> None:
    """A printed percentage is an exact fraction."""
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["20", "0.2", "", "%", "20 % TVA", "1e1%", "nan%", "5,5%", "٢٠%", 0.2, None, "20  %"])
def test_what_is_no_rate_is_refused(text: object) -> None:
    """A rate is a text with a percent sign; a float is not one."""
    with pytest.raises(InputError, match="not a rate"):
        parse_rate(text)  # type: ignore[arg-type]


def test_a_rate_is_applied_once_and_by_a_named_mode() -> None:
    """3 cents at 20 % inclusive give a net of 2.5 cents: the mode decides, and it has to be named."""
    net = Fraction(5, 6)
    assert Money(3, "EUR").times(net, "half_up") == Money(3, "EUR")
    assert Money(3, "EUR").times(net, "half_even") == Money(2, "EUR")
    assert Money(-3, "EUR").times(net, "half_up") == Money(-3, "EUR")
    with pytest.raises(TypeError):
        Money(3, "EUR").times(net)  # type: ignore[call-arg]
    for rate in (0.2, 2, "20%"):
        with pytest.raises(InputError, match="Fraction"):
            Money(3, "EUR").times(rate, "half_up")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (5, [3, 7], [2, 3]),  # the 5 cents of Foemmel: 1.5 and 3.5, the remainders are equal, so the first gets it
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [1, 2], [0, 0]),
        (7, [0, 1, 0], [0, 7, 0]),
        (10, [1], [10]),
        (1, [1, 1], [1, 0]),
        (10, [1, 2, 3, 4], [1, 2, 3, 4]),
    ],
)
def test_allocate_gives_out_every_cent(total: int, weights: list[int], parts: list[int]) -> None:
    """Largest remainder, ties to the first; the parts sum to the whole."""
    assert allocate(total, weights) == parts
    assert Money(total, "EUR").allocate(weights) == [Money(part, "EUR") for part in parts]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [0.5, 0.5], [True], ["1"]])
def test_allocate_refuses_weights_that_say_nothing(weights: list[object]) -> None:
    """No weights, negative ones, only zeros, or floats."""
    with pytest.raises(InputError):
        allocate(100, weights)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        Money(100, "EUR").allocate(weights)  # type: ignore[arg-type]


def test_allocate_refuses_a_total_that_is_no_integer() -> None:
    """Half a cent cannot be given out."""
    with pytest.raises(InputError, match="integers"):
        allocate(1.5, [1, 1])  # type: ignore[arg-type]


def test_a_hosts_decimal_context_has_no_say() -> None:
    """Amounts are read, split and written the same under any decimal context."""
    with decimal.localcontext() as context:
        context.prec = 1
        context.rounding = decimal.ROUND_UP
        assert Money.parse("123456.78 EUR") == Money(12345678, "EUR")
        assert str(Money(12345678, "EUR")) == "123456.78 EUR"
        assert parse_rate("19.6%") == Fraction(196, 1000)
        assert Money(12345678, "EUR").times(Fraction(1, 3), "half_up") == Money(4115226, "EUR")
