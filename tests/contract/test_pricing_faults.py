"""The contract of pricing rules against planted faults: the promise about each catches it, and each promise bites."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import About, PricingRule
from cantinekit.testing import (
    PricingRuleContract,
    PromiseResult,
    _pricing_contract,
    check_pricing_rule,
    pricing_rule_promises,
)
from support.faults import pricing_rules
from support.faults.pricing_rules import FAULTS, GOOD, read_share

REFUSED = ({}, {"share": 0}, {"share": "50"})
PAIRS = [(name, f"test_{promise}") for name, (_, promises) in FAULTS.items() for promise in promises]
HASHES = "test_the_order_of_hashes_has_no_say"
ABOUT = "About(product="


class TestAGoodRule(PricingRuleContract):
    """The rule from which the faults are made keeps every promise, under pytest and without it; nothing is skipped."""

    refused = REFUSED

    def pricing_rule(self):
        return GOOD, {"share": 50}


def check(rule: PricingRule, **options: Any) -> dict[str, PromiseResult]:
    """The promises by name, with fewer amounts, so that many faults can be planted."""
    pricing_rules.is_reset()
    options.setdefault("amounts", (0, 1, 100))
    results = check_pricing_rule(rule, {"share": 50}, **options)
    return {result.name.removeprefix("test_"): result for result in results}


def broken(rule: PricingRule, **options: Any) -> dict[str, str]:
    return {name: result.problem for name, result in check(rule, **options).items() if not result.ok}


@cache
def results_of(name: str) -> dict[str, PromiseResult]:
    """Other processes are started for those faults only that are about them: it takes a while."""
    bad, promises = FAULTS[name]
    only = [promise for promise, _ in pricing_rule_promises() if promise != HASHES or HASHES[5:] in promises]
    return check(bad, refused=REFUSED, only=only)


def rule(apply: Callable[..., Any]) -> PricingRule:
    return PricingRule("share", 1, "adjust", read_share, apply)


def test_a_good_rule_without_pytest():
    """The good rule keeps every promise, in the order of the contract, each with its sentence."""
    results = check_pricing_rule(GOOD, {"share": 50}, refused=REFUSED)
    assert [(result.name, result.promise) for result in results] == list(pricing_rule_promises())
    assert [
        (result.name, result.problem, result.skipped) for result in results if not result.ok or result.skipped
    ] == []


@pytest.mark.parametrize(("name", "promise"), PAIRS)
def test_a_fault_is_caught(name, promise):
    """A rule with a planted fault breaks the promise that is about it, which says with what."""
    result = results_of(name)[promise.removeprefix("test_")]
    assert not result.ok
    assert not result.skipped
    assert result.problem


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_breaks_few(name):
    """A fault breaks few promises: whoever reads which are broken knows where to look."""
    found = [promise for promise, result in results_of(name).items() if not result.ok]
    assert 1 <= len(found) <= 6, found


def test_every_promise_can_be_broken():
    """Each promise is broken by a planted fault, and no fault is named for a promise that does not exist."""
    assert len(FAULTS) >= 25
    assert {promise for _, promise in PAIRS} == {name for name, _ in pricing_rule_promises()}


@pytest.mark.parametrize(
    ("name", "promise", "words"),
    [
        ("gives_floats", "amounts_are_whole", "0.0 is a float, not an int"),
        ("gives_a_bool", "amounts_are_whole", "True is a bool, not an int"),
        ("gives_nothing", "amounts_are_whole", "None is a NoneType, not an int"),
        ("goes_below_zero", "amounts_are_whole", "-50 is negative"),
        ("raises_untyped", "a_question_with_less_is_answered_or_refused", "KeyError: 'heads'"),
        (
            "refuses_without_a_word",
            "a_question_with_less_is_answered_or_refused",
            "an InputError that does not say why",
        ),
        ("looks_at_the_calendar", "time_and_chance_have_no_say", " days later"),
        ("adds_a_hash", "the_order_of_hashes_has_no_say", "in a process with the hash seed"),
        ("counts_how_often_it_is_asked", "the_same_question_has_the_same_answer", ABOUT),
        ("refuses_good_parameters", "good_parameters_are_read", "are refused without a word"),
        ("complains_of_good_parameters", "good_parameters_are_read", "share: not like this"),
        ("reads_anything", "wrong_parameters_are_complained_about", "read without a complaint"),
        ("raises_for_wrong_parameters", "wrong_parameters_are_complained_about", "raised KeyError"),
        ("takes_its_parameters_apart", "what_is_given_is_not_changed", "the parameters were {'share': 50}"),
        (
            "gives_out_what_is_changed_later",
            "what_is_given_is_not_changed",
            "what it reads was {'asked': False} and is",
        ),
        ("differs_in_a_price_list", "a_price_list_can_name_it", "in a price list, "),
        ("does_not_come_to_its_lines", "the_lines_come_to_the_amount", ", not 950 together"),
    ],
)
def test_what_a_broken_promise_says(name, promise, words):
    """The problem names the question and what came of it."""
    problem = results_of(name)[promise].problem
    assert words in problem


def test_a_control_of_the_clock(monkeypatch):
    """The control: where the clock is not moved, a rule that looks at it keeps every promise."""
    monkeypatch.setattr(_pricing_contract, "at_another_time", lambda rule, days: contextlib.nullcontext())
    for name in ("looks_at_the_calendar", "looks_at_now", "looks_at_the_clock", "looks_at_local_time"):
        assert broken(FAULTS[name][0], only=[name for name, _ in pricing_rule_promises() if name != HASHES]) == {}


def test_the_clock_is_as_before():
    """Afterwards the modules have their own clock again, also where the rule failed."""
    import datetime
    import time

    before = (
        datetime.date,
        datetime.datetime,
        time.time,
        time.localtime,
        pricing_rules.date,
        pricing_rules.localtime,
    )
    for name in ("looks_at_the_calendar", "raises_untyped", "needs_a_length"):
        check(FAULTS[name][0], only=["test_time_and_chance_have_no_say"])
    after = datetime.date, datetime.datetime, time.time, time.localtime, pricing_rules.date, pricing_rules.localtime
    assert before == after


def test_functions_that_no_other_process_can_import():
    """A rule of lambdas is not asked in another process, and the result says so; every other promise is checked."""
    found = check(rule(lambda share, amount, about: amount * share // 100), refused=REFUSED)
    skipped = {name: result.skipped for name, result in found.items() if result.skipped}
    assert list(skipped) == ["the_order_of_hashes_has_no_say"]
    assert skipped["the_order_of_hashes_has_no_say"].startswith("no other process can import the functions of the rule")
    assert all(result.ok for result in found.values())


def heads(share: int, amount: int, about: About) -> int:
    """Reads a fact of each sort, and says what is missing."""
    if "heads" not in about.facts:
        raise InputError("how many heads?")
    return amount * int(str(about.facts["heads"]))


def test_own_questions():
    """A rule that reads facts is proved with questions that have them, in price lists that declare and ask them."""
    facts: dict[str, Any] = {
        "a b": True,
        "dear": Money(7, "EUR"),
        "kwh": Decimal("1.5"),
        "note": "x",
        "extras": ("coffee", "screen"),
    }
    asked = [About("room", 1, "EUR", 60, date(2026, 1, 1), facts={"heads": heads, **facts}) for heads in (0, 7)]
    assert broken(rule(heads), abouts=asked) == {}
    negative = rule(lambda share, amount, about: amount * (1 - about.facts.get("heads", 1)))
    only = ["test_amounts_are_whole"]
    assert "is negative" in broken(negative, abouts=asked, only=only)["amounts_are_whole"]
    assert "how many heads?" in broken(rule(heads), only=only)["amounts_are_whole"]


def test_parameters_of_every_kind():
    """Parameters may be whatever a price list can write: exact numbers, texts, days, lists and tables."""
    params = {"a": Decimal("1.50"), "b": "é", "c": date(2026, 1, 1), "d": [1, [True]], "e": {"f g": [{"h": 1}]}}
    good = PricingRule("any", 3, "adjust", lambda params, complain: params, lambda settings, amount, about: amount)
    assert [result.problem for result in check_pricing_rule(good, params, amounts=[0, 1]) if not result.ok] == []


def test_interrupts_are_not_results():
    """Who interrupts the program interrupts the kit."""

    def apply(*_: Any) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(rule(apply))


def test_a_contract_without_its_factory():
    """Who forgets the factory is told what to override."""
    with pytest.raises(NotImplementedError, match="override pricing_rule"):
        PricingRuleContract().setup_method()


def test_without_assertions():
    """The kit finds faults also where Python leaves out assertions."""
    program = """
from cantinekit.pricing import PricingRule
from cantinekit.testing import check_pricing_rule
bad = PricingRule("bad", 1, "adjust", lambda params, complain: 1, lambda settings, amount, about: -1)
print(__debug__, [result.name for result in check_pricing_rule(bad, {}, amounts=[0]) if not result.ok])
"""
    result = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True, check=True)
    told, _, names = result.stdout.partition(" ")
    assert told == "False"
    assert "'test_amounts_are_whole'" in names
