"""The kit for pricing rules: a good rule keeps every promise, a broken one breaks the promise that it is about."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing import About, PricingRule
from cantinekit.testing import PromiseResult, check_pricing_rule

PROMISES = [
    "reads_its_parameters",
    "refuses_wrong_parameters",
    "gives_amounts",
    "gives_the_same_again",
    "changes_nothing",
    "stands_in_a_price_list",
]


def read_share(params, complain) -> Any:
    share = params.get("share")
    if type(share) is not int or not 0 < share <= 100:
        return complain("a number of percent is needed", "share")
    return share


def rule(apply: Callable[..., Any] | None = None, read: Any = read_share) -> PricingRule:
    return PricingRule("share", 1, "adjust", read, apply or (lambda share, amount, about: amount * share // 100))


def check(rule: PricingRule, **options: Any) -> dict[str, PromiseResult]:
    """The promises by name; the grid is small, so that many faults can be planted."""
    options.setdefault("amounts", (0, 1, 100))
    return {result.name: result for result in check_pricing_rule(rule, {"share": 50}, **options)}


def broken(rule: PricingRule, **options: Any) -> dict[str, str]:
    return {name: result.problem for name, result in check(rule, **options).items() if not result.ok}


def test_a_good_rule() -> None:
    """A good rule keeps every promise, in the order of the kit, each with its sentence."""
    results = check_pricing_rule(rule(), {"share": 50}, refused=[{}, {"share": 0}, {"share": "50"}])
    assert [result.name for result in results] == PROMISES
    assert [result.problem for result in results if not result.ok] == []
    assert all(result.promise.endswith(".") and not result.skipped for result in results)


class Counter:
    """A rule that remembers how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def apply(self, settings: Any, amount: int, about: About) -> int:
        self.asked += 1
        return amount + self.asked


def takes(settings: dict[str, int], amount: int, about: About) -> int:
    """Changes what ``read`` has made."""
    settings["asked"] = 1
    return amount


def changes_its_parameters(params: Any, complain: Any) -> Any:
    """Takes out of a table what it reads, where it can."""
    return params.pop("share") if hasattr(params, "pop") else params["share"]


def about_today(settings: Any, amount: int, about: About) -> int:
    """Fails where there is no day."""
    return amount + about.day.day  # type: ignore[union-attr]


FAULTS = {
    "negative": (rule(lambda share, amount, about: amount - 1), "gives_amounts", "-1 is negative"),
    "no int": (rule(lambda share, amount, about: amount * share / 100), "gives_amounts", "0.0 is a float, not an int"),
    "a bool": (rule(lambda share, amount, about: amount == 0), "gives_amounts", "True is a bool, not an int"),
    "nothing": (rule(lambda share, amount, about: None), "gives_amounts", "None is a NoneType, not an int"),
    "by zero": (rule(lambda share, amount, about: 100 // amount), "gives_amounts", "ZeroDivisionError"),
    "no day": (rule(about_today), "gives_amounts", "AttributeError"),
    "no minutes": (rule(lambda share, amount, about: amount // about.minutes), "gives_amounts", "TypeError"),
    "a fact": (rule(lambda share, amount, about: amount * about.facts["heads"]), "gives_amounts", "KeyError: 'heads'"),
    "it counts": (rule(Counter().apply), "gives_the_same_again", "0, About("),
    "it changes": (rule(takes, read=lambda params, complain: {}), "changes_nothing", "what it reads was {} and is"),
    "parameters": (rule(read=changes_its_parameters), "changes_nothing", "the parameters were {'share': 50}"),
    "refuses": (rule(read=lambda params, complain: None), "reads_its_parameters", "are refused without a word"),
    "complains": (rule(read=lambda params, complain: complain("no", "x") or 1), "reads_its_parameters", "x: no"),
    "reads anything": (rule(read=lambda params, complain: 50), "refuses_wrong_parameters", "read without a complaint"),
    "raises": (rule(read=lambda params, complain: params["share"]), "refuses_wrong_parameters", "raised KeyError"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults(name: str) -> None:
    """A rule that breaks a promise is found by that promise, which says with what."""
    bad, promise, words = FAULTS[name]
    found = broken(bad, refused=[{}])
    assert promise in found
    assert words in found[promise]


def test_a_rule_that_differs_in_a_price_list() -> None:
    """A rule that gives another amount inside a price list than alone is found."""
    calls: list[int] = []

    def apply(share: int, amount: int, about: About) -> int:
        calls.extend([1] if about.product == "thing" else [])
        return amount + len(calls)

    assert broken(rule(apply)) == {"stands_in_a_price_list": "1 things: 702 in a price list, 701 alone"}


def test_own_questions() -> None:
    """A rule that reads facts is proved with questions that have them."""
    heads = rule(lambda share, amount, about: amount * about.facts.get("heads", 1))
    asked = [About("room", 1, "EUR", 60, date(2026, 1, 1), facts={"heads": heads}) for heads in (0, 7)]
    assert broken(heads, abouts=asked) == {}
    negative = rule(lambda share, amount, about: amount * (1 - about.facts.get("heads", 1)))
    assert "is negative" in broken(negative, abouts=asked)["gives_amounts"]


def test_parameters_of_every_kind() -> None:
    """Parameters may be whatever a price list can write: exact numbers, texts, days, lists and tables."""
    params = {"a": Decimal("1.50"), "b": "é", "c": date(2026, 1, 1), "d": [1, [True]], "e": {"f g": [{"h": 1}]}}
    good = PricingRule("any", 3, "adjust", lambda params, complain: params, lambda settings, amount, about: amount)
    assert [result.problem for result in check_pricing_rule(good, params, amounts=[0, 1]) if not result.ok] == []


def test_interrupts_are_not_results() -> None:
    """Who interrupts the program interrupts the kit."""

    def apply(*_: Any) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(rule(apply))


def test_errors_of_the_engine_are_results() -> None:
    """An error in a price list is a broken promise, not an error of the kit."""

    def apply(share: int, amount: int, about: About) -> int:
        if about.product == "thing":
            raise InputError("not here")
        return amount

    assert broken(rule(apply)) == {
        "stands_in_a_price_list": "700, " + repr(About("thing", 1, "EUR")) + ": InputError: not here"
    }


def test_without_assertions() -> None:
    """The kit finds faults also where Python leaves out assertions."""
    program = """
from cantinekit.pricing import PricingRule
from cantinekit.testing import check_pricing_rule
bad = PricingRule("bad", 1, "adjust", lambda params, complain: 1, lambda settings, amount, about: -1)
print(__debug__, [result.name for result in check_pricing_rule(bad, {}, amounts=[0]) if not result.ok])
"""
    result = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "False ['gives_amounts', 'stands_in_a_price_list']\n"
