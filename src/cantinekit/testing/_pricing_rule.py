"""The promises of a pricing rule that a plug-in brings, and how they are checked."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.testing._run import PromiseResult

if TYPE_CHECKING:
    from cantinekit.pricing import About, PricingRule

AMOUNTS = (0, 1, 2, 3, 7, 99, 100, 101, 12_345, 10**9, 10**15)
"""Amounts in minor units that a rule is asked for; nothing and one are among them."""


def check_pricing_rule(
    rule: PricingRule,
    params: Mapping[str, object],
    *,
    refused: Iterable[Mapping[str, object]] = (),
    abouts: Iterable[About] | None = None,
    amounts: Iterable[int] = AMOUNTS,
) -> tuple[PromiseResult, ...]:
    """Check a pricing rule with parameters as a price list would have them, promise by promise.

    ``refused`` are parameters that it has to complain about. ``abouts`` are the questions; left out, a grid of counts,
    lengths, days and ranks without facts: a rule that reads facts is given its own.
    """
    asked = tuple(_abouts() if abouts is None else abouts)
    check = _Check(rule, params, tuple(refused), tuple(product(amounts, asked)))
    return tuple(_result(promise) for promise in check.promises())


def must(holds: object, problem: str) -> None:
    """``assert`` for the kit: it counts also where Python leaves assertions out."""
    if not holds:
        raise AssertionError(problem)


def _abouts() -> Iterable[About]:
    from cantinekit.pricing import About

    days = (None, date(2024, 2, 29), date(2026, 12, 31))
    for count, minutes, day, rank in product((1, 2, 9, 10, 11, 100_000), (None, 1, 59, 60, 1_440), days, (None, 1, 10)):
        yield About("anything", count, "EUR", minutes, day, rank)


def _result(promise: Callable[[], None]) -> PromiseResult:
    begun, problem = time.monotonic(), ""
    try:
        promise()
    except AssertionError as error:
        problem = str(error)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    sentence = " ".join((promise.__doc__ or "").split())
    return PromiseResult(promise.__name__, sentence, not problem, problem, time.monotonic() - begun)


@attrs.define
class _Check:
    rule: PricingRule
    params: Mapping[str, object]
    refused: tuple[Mapping[str, object], ...]
    grid: tuple[tuple[int, About], ...]

    def promises(self) -> Sequence[Callable[[], None]]:
        return (
            self.reads_its_parameters,
            self.refuses_wrong_parameters,
            self.gives_amounts,
            self.gives_the_same_again,
            self.changes_nothing,
            self.stands_in_a_price_list,
        )

    def reads_its_parameters(self) -> None:
        """Good parameters are read without a complaint."""
        settings, complaints = self._read(self.params)
        must(not complaints, f"{self.params} are refused: {'; '.join(complaints)}")
        must(settings is not None, f"{self.params} are refused without a word")

    def refuses_wrong_parameters(self) -> None:
        """Wrong parameters are complained about, one by one, and never raise."""
        for params in self.refused:
            settings, complaints = self._read(params)
            must(complaints or settings is None, f"{params} are read without a complaint")

    def gives_amounts(self) -> None:
        """For every amount from 0 up, and whatever it is told, a whole number of minor units from 0 up comes back."""
        settings, _ = self._read(self.params)
        for amount, about in self.grid:
            found = self._apply(settings, amount, about)
            must(type(found) is int, f"{amount}, {about}: {found!r} is a {type(found).__name__}, not an int")
            must(found >= 0, f"{amount}, {about}: {found} is negative")

    def gives_the_same_again(self) -> None:
        """The same question has the same answer: again, in another order, and after reading the parameters anew."""
        settings, _ = self._read(self.params)
        first = [self._apply(settings, *question) for question in self.grid]
        again = [self._apply(settings, *question) for question in reversed(self.grid)][::-1]
        anew, _ = self._read(self.params)
        fresh = [self._apply(anew, *question) for question in self.grid]
        for (amount, about), *found in zip(self.grid, first, again, fresh, strict=True):
            must(found[0] == found[1] == found[2], f"{amount}, {about}: {', '.join(map(repr, found))}")

    def changes_nothing(self) -> None:
        """What it is given is as before: the parameters, and what it made of them."""
        given = copy.deepcopy(dict(self.params))
        kept = copy.deepcopy(given)
        settings = self.rule.read(given, lambda message, key=None: None)
        comparable = copy.deepcopy(settings) == settings
        before = copy.deepcopy(settings)
        for question in self.grid:
            self._apply(settings, *question)
        must(given == kept, f"the parameters were {kept} and are {given}")
        must(not comparable or settings == before, f"what it reads was {before} and is {settings}")

    def stands_in_a_price_list(self) -> None:
        """A price list can name it, is the same after writing and reading it, and has its amount."""
        from cantinekit.pricing import About, Item, Tariff
        from cantinekit.pricing.format._toml import value

        text = 'tariff = { id = "kit", currency = "EUR", timezone = "UTC", prices = "incl" }\n[product.thing]\n'
        text += "rate = { price = 7.00 }\n"
        form = {"id": "form", "form": self.rule.name, "version": self.rule.version, "with": self.params}
        tariff = Tariff.load(f"{text}adjust = {value(form)}\n", [self.rule])
        must(Tariff.load(tariff.dump(), [self.rule]) == tariff, "another price list after writing and reading it")
        settings, _ = self._read(self.params)
        for count in (1, 3, 10):
            wanted = self._apply(settings, 700 * count, About("thing", count, "EUR"))
            found = tariff.quote(Item("thing", count=count)).total.amount
            must(found == wanted, f"{count} things: {found} in a price list, {wanted} alone")

    def _read(self, params: Mapping[str, object]) -> tuple[Any, list[str]]:
        complaints: list[str] = []

        def complain(message: str, key: str | None = None) -> None:
            complaints.append(f"{key}: {message}" if key else message)

        try:
            return self.rule.read(_frozen(params), complain), complaints
        except Exception as error:
            raise AssertionError(f"reading {params} raised {type(error).__name__}: {error}") from error

    def _apply(self, settings: Any, amount: int, about: About) -> Any:
        try:
            return self.rule.apply(settings, amount, about)
        except Exception as error:
            raise AssertionError(f"{amount}, {about}: {type(error).__name__}: {error}") from error


def _frozen(value: Any) -> Any:
    """As a price list gives it: nobody can change it."""
    from cantinekit.pricing import FrozenMap

    if isinstance(value, Mapping):
        return FrozenMap({key: _frozen(part) for key, part in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, (list, tuple)) else value
