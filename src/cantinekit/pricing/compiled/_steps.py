"""Steps of explanations that are made once: each way in which a rule may end, by the numbers that it depends on.

Steps are values that nobody changes, so that quotes share them; a price list has few amounts, and they come again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import attrs

from cantinekit.money import Money
from cantinekit.pricing.compiled._writer import MOST_KEPT, AmountTexts
from cantinekit.pricing.quote import Step

Values = Callable[..., dict[str, Any]]
"""From the two amounts and what else is told to the values of the step, by keys in order."""


class Shared(dict[str, Any]):
    """An immutable dictionary that several explanations share; ``copy`` gives a mutable one."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("steps are shared and cannot be changed; change a copy")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Shared], tuple[dict[str, Any]]]:
        return Shared, (dict(self),)


@attrs.frozen
class RuleHead:
    """The common part of all steps of one rule."""

    product: str
    phase: str
    rule: str
    id: str
    texts: AmountTexts
    data: bool
    """Whether steps are dictionaries of texts, and not records."""

    def make(self, status: str, why: str, before: int, after: int, values: dict[str, Any]) -> Any:
        """One step of an item without a name of its own; the keys of the values are in order."""
        if self.data:
            return {
                "item": "1",
                "product": self.product,
                "phase": self.phase,
                "rule": self.rule,
                "id": self.id,
                "status": status,
                "why": why,
                "before": self.texts[before],
                "after": self.texts[after],
                "values": values,
            }
        return Step(
            "1", self.product, self.phase, self.rule, self.id, status, why,  # type: ignore[arg-type]
            Money(before, self.texts.currency), Money(after, self.texts.currency), values,
        )  # fmt: skip


def shared(data: Any) -> Any:
    """The same, where no dictionary can be changed."""
    if isinstance(data, dict):
        return Shared({key: shared(value) for key, value in data.items()})
    return data


def named(step: Any, item: str) -> Any:
    """The step of an item with a name of its own."""
    return Shared(step | {"item": item}) if isinstance(step, dict) else attrs.evolve(step, item=item)


class Way(dict[Any, Any]):
    """Steps that were made before, by their numbers; with one amount alone the rule has changed nothing."""

    def __init__(
        self, head: RuleHead, status: str, why: str | Callable[..., str], values: Values | None = None
    ) -> None:
        super().__init__()
        self.head, self.status, self.why, self.values_of = head, status, why, values

    def __missing__(self, key: Any) -> Any:
        if len(self) >= MOST_KEPT // 2:
            self.clear()
        self[key] = found = shared(self.make(*key) if isinstance(key, tuple) else self.make(key, key))
        return found

    def make(self, before: int, after: int, *numbers: Any) -> Any:
        """A new step."""
        values = self.values_of(before, after, *numbers) if self.values_of is not None else {}
        why = self.why if isinstance(self.why, str) else self.why(before, after, *numbers)
        return self.head.make(self.status, why, before, after, values)
