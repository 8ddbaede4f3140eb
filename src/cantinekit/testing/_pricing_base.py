"""The base of the promises of a pricing rule: the factory to override, the questions, and how a rule is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.testing._storage_base import check

if TYPE_CHECKING:
    from cantinekit.pricing import About, PricingRule
    from cantinekit.pricing.values import Fact

AMOUNTS = (0, 1, 2, 3, 7, 99, 100, 101, 12_345, 10**9, 10**15)
"""Amounts in minor units that a rule is asked for; nothing and one are among them."""

Question = tuple[int, "About"]


class PricingRuleBase:
    """The base of the promises of a pricing rule.

    ``refused`` are parameters that the rule has to complain about. ``abouts`` are the questions that it answers; left
    out, a grid of counts, lengths, days and ranks without facts: a rule that reads facts is given its own. ``amounts``
    are those that each question is asked with.
    """

    refused: Iterable[Mapping[str, object]] = ()
    abouts: Iterable[About] | None = None
    amounts: Iterable[int] = AMOUNTS

    def pricing_rule(self) -> tuple[PricingRule, Mapping[str, object]]:
        """The rule, with parameters as a price list would have them. Override it."""
        raise NotImplementedError("override pricing_rule: it returns the rule and parameters for it")

    def setup_method(self) -> None:
        """Called before each promise."""
        self.rule, self.params = self.pricing_rule()
        asked = tuple(grid() if self.abouts is None else self.abouts)
        self.questions: tuple[Question, ...] = tuple(product(self.amounts, asked))

    def teardown_method(self) -> None:
        """Called after each promise."""

    def read(self, params: Mapping[str, object]) -> tuple[Any, list[str]]:
        """What the rule returns for parameters, and its complaints."""
        complaints: list[str] = []

        def complain(message: str, key: str | None = None) -> None:
            complaints.append(f"{key}: {message}" if key else message)

        try:
            return self.rule.read(frozen(params), complain), complaints
        except Exception as error:
            raise AssertionError(f"reading {params} raised {type(error).__name__}: {error}") from error

    def settings(self) -> Any:
        """What the rule makes of its parameters."""
        return self.read(self.params)[0]

    def ask(self, settings: Any, amount: int, about: About) -> int:
        """The answer to a question that the rule has to answer."""
        try:
            return self.rule.apply(settings, amount, about)
        except Exception as error:
            raise AssertionError(f"{amount}, {about}: {type(error).__name__}: {error}") from error

    def ask_all(self, settings: Any, *, backwards: bool = False) -> list[object]:
        """The answers to all questions, in their order; one that is not answered has its error as a text."""
        order = self.questions[::-1] if backwards else self.questions
        found = answers(self.rule, settings, order)
        return found[::-1] if backwards else found

    def compare(self, what: str, first: Sequence[object], *others: Sequence[object]) -> None:
        """Fail unless all answers are the same."""
        for (amount, about), *found in zip(self.questions, first, *others, strict=True):
            check(all(one == found[0] for one in found), f"{amount}, {about}: {', '.join(map(repr, found))}{what}")

    def whole(self, amount: int, about: About, found: object) -> None:
        """Fail unless the answer is an amount."""
        check(type(found) is int, f"{amount}, {about}: {found!r} is a {type(found).__name__}, not an int")
        check(isinstance(found, int) and found >= 0, f"{amount}, {about}: {found} is negative")

    def answers_or_refuses(self, settings: Any, amount: int, about: About) -> None:
        """Fail unless there is an amount, or an InputError with a text."""
        try:
            found: object = self.rule.apply(settings, amount, about)
        except InputError as error:
            check(bool(str(error).strip()), f"{amount}, {about}: an InputError that does not say why")
        except Exception as error:
            raise AssertionError(f"{amount}, {about}: {type(error).__name__}: {error}") from error
        else:
            self.whole(amount, about, found)


def answers(rule: PricingRule, settings: Any, questions: Iterable[Question]) -> list[object]:
    """The answers to questions; one that is not answered has its error as a text."""
    found: list[object] = []
    for question in questions:
        try:
            found.append(rule.apply(settings, *question))
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
    return found


def grid() -> Iterable[About]:
    """Questions of all sorts, without facts."""
    from cantinekit.pricing import About

    days = (None, date(2024, 2, 29), date(2026, 12, 31))
    for count, minutes, day, rank in product((1, 2, 9, 10, 11, 100_000), (None, 1, 59, 60, 1_440), days, (None, 1, 10)):
        yield About("anything", count, "EUR", minutes, day, rank)


def frozen(value: Any) -> Any:
    """As a price list gives it: nobody can change it."""
    from cantinekit.pricing import FrozenMap

    if isinstance(value, Mapping):
        return FrozenMap({key: frozen(part) for key, part in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, (list, tuple)) else value


def declared(about: About) -> str:
    """The facts of a question as a price list declares them; a fact that is a set declares its words."""
    from cantinekit.pricing.format.toml import value

    lines = [f"{value(name)} = {value(_kind(fact))}\n" for name, fact in about.facts.items()]
    return "".join(["[facts]\n", *lines]) if lines else ""


def _kind(fact: Fact) -> object:
    if isinstance(fact, tuple):
        return {"set": list(fact)}
    if isinstance(fact, bool):
        return "yes/no"
    kinds = {int: "number", Decimal: "decimal", Money: "money", str: "text"}
    return next(kind for cls, kind in kinds.items() if isinstance(fact, cls))
