"""``PricingRuleContract``: the promises of a pricing rule that a plug-in brings, and checking them without pytest."""

from __future__ import annotations

import copy
import unittest
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.testing._pricing_base import AMOUNTS, PricingRuleBase, declared
from cantinekit.testing._pricing_elsewhere import at_another_time, in_another_process
from cantinekit.testing._run import PromiseResult, result_of
from cantinekit.testing._storage_base import check

if TYPE_CHECKING:
    from cantinekit.pricing import About, PricingRule, Tariff


DAY = date(2026, 11, 24)
"""The day for which the price lists of the kit are asked."""


class ParameterPromises(PricingRuleBase):
    """Parameters."""

    def test_good_parameters_are_read(self) -> None:
        """Good parameters are read without a complaint."""
        settings, complaints = self.read(self.params)
        check(not complaints, f"{self.params} are refused: {'; '.join(complaints)}")
        check(settings is not None, f"{self.params} are refused without a word")

    def test_wrong_parameters_are_complained_about(self) -> None:
        """Wrong parameters are complained about, one by one, and never raise."""
        for params in self.refused:
            settings, complaints = self.read(params)
            check(bool(complaints) or settings is None, f"{params} are read without a complaint")

    def test_what_is_given_is_not_changed(self) -> None:
        """What it is given is as before: the parameters, and what it made of them."""
        given = copy.deepcopy(dict(self.params))
        kept = copy.deepcopy(given)
        settings = self.rule.read(given, lambda message, key=None: None)
        comparable = copy.deepcopy(settings) == settings
        before = copy.deepcopy(settings)
        self.ask_all(settings)
        check(given == kept, f"the parameters were {kept} and are {given}")
        check(not comparable or settings == before, f"what it reads was {before} and is {settings}")


class AmountPromises(PricingRuleBase):
    """Amounts."""

    def test_amounts_are_whole(self) -> None:
        """For every amount from 0 up, and whatever it is told, a whole number of minor units from 0 up comes back."""
        settings = self.settings()
        for question in self.questions:
            self.whole(*question, self.ask(settings, *question))

    def test_a_question_with_less_is_answered_or_refused(self) -> None:
        """Without facts, a day, a length or a rank there is an amount or an InputError, and nothing else is raised."""
        settings = self.settings()
        parts: tuple[dict[str, Any], ...] = ({"facts": {}}, {"minutes": None}, {"day": None}, {"rank": None})
        whole = {part: value for one in parts for part, value in one.items()}
        asked = {id(about): about for _, about in self.questions}.values()
        less = [attrs.evolve(about, **without) for about in asked for without in (*parts, whole)]
        others = {repr(about): about for about in less}.values()
        for amount, about in product(dict.fromkeys(amount for amount, _ in self.questions), others):
            self.answers_or_refuses(settings, amount, about)

    def test_the_same_question_has_the_same_answer(self) -> None:
        """The same question has the same answer: again, in another order, and after reading the parameters anew."""
        settings = self.settings()
        first = self.ask_all(settings)
        again = self.ask_all(settings, backwards=True)
        self.compare("", first, again, self.ask_all(self.settings()))

    def test_time_and_chance_have_no_say(self) -> None:
        """Neither the clock nor chance has a say: at another time, and with other random numbers, nothing changes."""
        first = self.ask_all(self.settings())
        for days in (200, 1_003):
            with at_another_time(self.rule, days):
                moved = self.ask_all(self.settings())
            self.compare(f" at another time, {days} days later", first, moved)

    def test_the_order_of_hashes_has_no_say(self) -> None:
        """Another process, in which texts have other hashes and sets another order, gives the same."""
        first = list(map(repr, self.ask_all(self.settings())))
        for seed in (1, 2):
            found = in_another_process(self.rule, self.params, self.questions, seed)
            if isinstance(found, str):
                raise unittest.SkipTest(found)
            self.compare(f" in a process with the hash seed {seed}", first, found)


class PriceListPromises(PricingRuleBase):
    """Price lists."""

    def test_a_price_list_can_name_it(self) -> None:
        """A price list can name it, is the same after writing and reading it, and has its amount."""
        from cantinekit.pricing import Item, Tariff

        for about in self._beside():
            tariff = self._tariff(about, "")
            check(Tariff.load(tariff.dump(), [self.rule]) == tariff, "another price list after writing and reading it")
            settings = self.settings()
            for count in (1, 3, 10):
                wanted = self.ask(settings, 700 * count, self._asked(about, count))
                quote = tariff.quote(Item("thing", count=count, day=DAY, facts=about.facts))
                found = quote.total.amount
                check(not quote.refusals, f"{count} things are refused in a price list: {quote.refusals}")
                check(found == wanted, f"{count} things: {found} in a price list, {wanted} alone")

    def test_the_lines_come_to_the_amount(self) -> None:
        """In a price list of several lines and rates of tax the lines after it come to the amount that it gave."""
        from cantinekit.pricing import Item

        for about in self._beside():
            tariff = self._tariff(about, '{ id = "fee", add = 2.50, tax = "reduced" }, ')
            settings = self.settings()
            for count in (1, 3, 10):
                wanted = self.ask(settings, 700 * count + 250, self._asked(about, count))
                quote = tariff.quote(Item("thing", count=count, day=DAY, facts=about.facts))
                check(not quote.refusals, f"{count} things are refused in a price list: {quote.refusals}")
                lines = [line.amount.amount for line in quote.lines]
                check(sum(lines) == wanted, f"{count} things: the lines are {lines}, not {wanted} together")
                check(quote.total.amount == wanted, f"{count} things: {quote.total.amount} in all, not {wanted}")

    def _beside(self) -> list[About]:
        """Some of the questions: those with the first and the last facts."""
        if not self.questions:
            return []
        return [self.questions[0][1], self.questions[-1][1]]

    def _asked(self, about: About, count: int) -> About:
        """The question as a price list without hours asks it."""
        return type(about)("thing", count, "EUR", day=DAY, facts=about.facts)

    def _tariff(self, about: About, before: str) -> Tariff:
        from cantinekit.pricing import Tariff
        from cantinekit.pricing.format.toml import value

        form = {"id": "form", "form": self.rule.name, "version": self.rule.version, "with": self.params}
        asks = f"asks = {value(list(about.facts))}\n" if about.facts else ""
        text = (
            'tariff = { id = "kit", currency = "EUR", timezone = "UTC", prices = "incl", tax = "standard" }\n'
            f"{declared(about)}"
            '[tax.standard]\nrates = [{ from = 2014-01-01, rate = "20%" }]\n'
            '[tax.reduced]\nrates = [{ from = 2014-01-01, rate = "10%" }]\n'
            f"[product.thing]\nrate = {{ price = 7.00 }}\n{asks}"
            f"adjust = [{before}{value(form)}]\n"
        )
        return Tariff.load(text, [self.rule])


class PricingRuleContract(ParameterPromises, AmountPromises, PriceListPromises):
    """What every pricing rule promises; each ``test_`` method is one promise, its docstring the promise in a sentence.

    Subclass it in a test module::

        class TestEveryNthFree(PricingRuleContract):
            refused = ({}, {"n": 1})                  # parameters that it complains about

            def pricing_rule(self):
                return EVERY_NTH_FREE, {"n": 10}
    """


def pricing_rule_promises() -> tuple[tuple[str, str], ...]:
    """The (method name, sentence) of each promise, in the order of the written contract."""
    return tuple(
        (name, " ".join((method.__doc__ or "").split()))
        for room in PricingRuleContract.__bases__
        for name, method in vars(room).items()
        if name.startswith("test_")
    )


def check_pricing_rule(
    rule: PricingRule,
    params: Mapping[str, object],
    *,
    refused: Iterable[Mapping[str, object]] = (),
    abouts: Iterable[About] | None = None,
    amounts: Iterable[int] = AMOUNTS,
    only: Iterable[str] | None = None,
) -> tuple[PromiseResult, ...]:
    """Check a pricing rule with parameters as a price list would have them, promise by promise.

    A promise that needs another process is skipped for functions that cannot be imported there.

    Args:
        rule: the rule to check.
        params: parameters that it accepts, as a price list gives them.
        refused: parameters that it must refuse; see ``PricingRuleContract``.
        abouts: the situations in which it is asked for a price; ``None`` takes those of the contract.
        amounts: amounts in minor units that it is applied to.
        only: names of the promises to check; ``None`` for all.
    """
    bound: dict[str, object] = {
        "pricing_rule": lambda self: (rule, params),
        "refused": tuple(refused),
        "abouts": None if abouts is None else tuple(abouts),
        "amounts": tuple(amounts),
    }
    contract = type("BoundPricingRuleContract", (PricingRuleContract,), bound)
    wanted = None if only is None else set(only)
    return tuple(
        result_of(contract(), name, sentence)
        for name, sentence in pricing_rule_promises()
        if wanted is None or name in wanted
    )
