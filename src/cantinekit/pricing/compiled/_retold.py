"""The reasons of a quote by programs: programs give amounts only, and run once more for the reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from cantinekit.pricing.quote import DueLater, Quote, Step
from cantinekit.pricing.tax import TaxDocument
from cantinekit.pricing.values import Order, State

Tell = Callable[[Order, State, tuple[Any, ...]], Any]


class Retold(tuple[Any, ...]):
    """Who tells the reasons, of which question: ``(runner, order, state, inputs)``, which is made in no time.

    The inputs are those of the program, the keys of its meters, and the total.
    """

    @cached_property
    def _full(self) -> Quote:
        runner, order, state, _ = self
        return runner.programs.full(order, state)  # type: ignore[no-any-return]

    @property
    def trace(self) -> tuple[Step, ...]:
        """What became of every declared rule, item by item."""
        runner, order, state, inputs = self
        steps = runner.tell(order, state, inputs)
        return self._full.trace if steps is None else tuple(steps)

    @property
    def documents(self) -> tuple[TaxDocument, ...]:
        """The tax documents; credits stand in a document of their own."""
        return self._full.documents

    @property
    def later(self) -> tuple[DueLater, ...]:
        """Nothing: programs know neither down payments nor deposits."""
        return ()

    @property
    def names(self) -> Mapping[str, str]:
        """The names of the products by their ids."""
        return self[0].parts.names  # type: ignore[no-any-return]

    def explanation(self) -> list[dict[str, Any]]:
        """The steps as plain data."""
        runner, order, state, inputs = self
        data: list[dict[str, Any]] | None = runner.tell_data(order, state, inputs)
        return self._full.explanation() if data is None else data
