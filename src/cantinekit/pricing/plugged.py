"""Pricing rules of plug-ins: pure functions with a name and a version, for what no key of a tariff can say.

Nothing here looks for plug-ins: whoever loads them registers their rules, and a tariff names them in ``adjust``.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, Protocol

import attrs

from cantinekit.errors import InputError
from cantinekit.money import MAX_MINOR
from cantinekit.pricing.values import MAX_TEXT, Fact, FrozenMap

PHASES = ("adjust",)
"""The phases in which a rule from outside can be carried out."""


@attrs.frozen
class About:
    """What a pricing rule is told besides the amount.

    Attributes:
        product: id of the product.
        count: how many pieces the amount is for.
        currency: ISO 4217 code of the amount.
        minutes: how long one piece is, as the tariff rounds it; ``None``: it has no length.
        day: the local day of use; ``None``: not known.
        rank: the number that the first piece has; ``None`` for a product that does not rank.
        facts: the facts of the question, by the words of the tariff; read-only.
    """

    product: str
    count: int
    currency: str
    minutes: int | None = None
    day: date | None = None
    rank: int | None = None
    facts: Mapping[str, Fact] = FrozenMap()


class Complain(Protocol):
    """Notes a problem with the parameters, at one of them or at all of them."""

    def __call__(self, message: str, key: str | None = None) -> None: ...


@attrs.frozen
class PricingRule:
    """One form that a tariff can name: ``{ id = "...", form = NAME, version = VERSION, with = { ... } }``.

    Attributes:
        name: the form: words in lower case with single spaces.
        version: from 1; a rule that gives another amount is another version.
        phase: where it is carried out.
        read: called with the parameters of the file (numbers with a point are ``Decimal``, lists tuples, tables
            read-only mappings) when the tariff is loaded. It reports each wrong one to its second argument and returns
            what ``apply`` needs.
        apply: ``apply(settings, amount, about)`` gives the new amount; both amounts are in minor units, from 0. It is
            pure: the same arguments give the same amount, and nothing else is touched.
        summary: one line about it, for a list of plug-ins.

    Raises:
        InputError: a name that is not in small words, a phase in which nothing from outside is carried out.
    """

    name: str
    version: int
    phase: Literal["adjust"]
    read: Callable[[Mapping[str, object], Complain], Any]
    apply: Callable[[Any, int, About], int]
    summary: str = ""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.name, str) or not _small_words(self.name):
            raise InputError(f"{self.name!r} is no name of a pricing rule: small words with single spaces are needed")
        if type(self.version) is not int or not 1 <= self.version <= 10**6:
            raise InputError(f"pricing rule {self.name!r}: the version is a whole number from 1 up")
        if self.phase not in PHASES:
            known = ", ".join(map(repr, PHASES))
            raise InputError(f"pricing rule {self.name!r}: no rule is carried out in {self.phase!r}, only in {known}")
        for what in ("read", "apply"):
            function = getattr(self, what)
            if not callable(function) or inspect.iscoroutinefunction(function):
                raise InputError(f"pricing rule {self.name!r}: {what!r} is not a plain function")
        if not isinstance(self.summary, str):
            raise InputError(f"pricing rule {self.name!r}: the summary is not a text")

    def __str__(self) -> str:
        return f"{self.name!r} (version {self.version})"

    def same_as(self, other: PricingRule) -> bool:
        """Whether two rules are the same: the same functions, or functions with the same code that hold the same
        values.

        Args:
            other: the other rule.
        """
        both = ((self.read, other.read), (self.apply, other.apply))
        return (self.name, self.version) == (other.name, other.version) and all(_alike(*pair) for pair in both)


Rules = Mapping[tuple[str, int], PricingRule]
"""Rules by name and version."""


def _small_words(name: str) -> bool:
    words = name.split(" ")
    return name == name.lower() and len(name) <= MAX_TEXT and all(word.replace("-", "").isalnum() for word in words)


def _alike(one: Any, other: Any) -> bool:
    """Whether two functions have the same code and hold the same values: a nested function is created again at each
    call of the outer one.
    """
    if one == other:
        return True
    code = getattr(one, "__code__", None)
    if code is None or code is not getattr(other, "__code__", None):
        return False
    cells = [[cell.cell_contents for cell in each.__closure__ or ()] for each in (one, other)]
    return bool(cells[0] == cells[1] and one.__defaults__ == other.__defaults__)


# --- which there are -------------------------------------------------------------------------------------------------

_known: dict[tuple[str, int], PricingRule] = {}
_lock = threading.Lock()


def register_rules(rules: Iterable[PricingRule]) -> None:
    """Make rules known to ``Tariff.load`` in this process. A rule that is known already stays known.

    Args:
        rules: the rules to add.

    Raises:
        InputError: two different rules have one name and one version; then none is registered.
    """
    with _lock:
        _known.update(rules_by_name(rules, _known))


def registered_rules() -> Rules:
    """The rules that are known in this process."""
    with _lock:
        return MappingProxyType(dict(_known))


def rules_by_name(rules: Iterable[PricingRule], known: Rules = MappingProxyType({})) -> Rules:
    """Rules by name and version.

    Raises:
        InputError: two different rules have one name and one version, or one of them is no rule.
    """
    found: dict[tuple[str, int], PricingRule] = {}
    for rule in rules:
        if not isinstance(rule, PricingRule):
            raise InputError(f"a PricingRule is needed, not a {type(rule).__name__}")
        key = (rule.name, rule.version)
        before = found.get(key) or known.get(key)
        if before is not None and not before.same_as(rule):
            raise InputError(f"there are two different pricing rules {rule}")
        found.setdefault(key, before or rule)
    return found


# --- in a tariff, and in a quote -------------------------------------------------------------------------------------


@attrs.frozen
class Plugged:
    """A rule as a tariff has it: with the parameters of the file, and what the rule made of them."""

    rule: PricingRule = attrs.field(eq=False)
    params: FrozenMap[Any] = attrs.field(eq=False)
    settings: Any = attrs.field(eq=False, repr=False)
    content: str = attrs.field(repr=False)
    """Name, version and parameters, in one spelling."""

    def data(self, currency: str = "") -> dict[str, Any]:
        out: dict[str, Any] = {"form": self.rule.name, "version": self.rule.version}
        return out | ({"with": self.params} if self.params else {})

    def amount(self, before: int, about: About) -> int:
        """The new amount.

        Raises:
            InputError: the rule failed, or what it gave is no amount; names the rule.
        """
        try:
            found = self.rule.apply(self.settings, before, about)
        except Exception as error:
            raise InputError(f"the pricing rule {self.rule} failed: {said(error)}") from error
        if type(found) is not int:
            raise InputError(f"the pricing rule {self.rule} gave a {type(found).__name__}, not an int of minor units")
        if not 0 <= found <= MAX_MINOR:
            raise InputError(f"the pricing rule {self.rule} gave {'less than 0' if found < 0 else 'an absurd amount'}")
        return found


def said(error: Exception) -> str:
    """An exception of somebody else's code as a text; its own ``__str__`` may fail too."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__
