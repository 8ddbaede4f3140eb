"""The reasons of a quote by programs: programs give amounts only, and run once more for the reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol

from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.quote import DueLater, Quote, Step
from cantinekit.pricing.tax import TaxDocument
from cantinekit.pricing.values import Order, State

Tell = Callable[[Order, State, tuple[Any, ...]], Any]


class Teller(Protocol):
    """Who can price a question once more."""

    @property
    def parts(self) -> Parts:
        """What it was compiled from."""

    def full(self, order: Order, state: State) -> Quote:
        """The same quote by the phases, with its reasons."""

    @property
    def tell(self) -> Tell:
        """``tell(order, state, inputs)``: the steps by a program; ``None`` where there is none."""

    @property
    def tell_data(self) -> Tell:
        """The same as plain data."""


class Retold(tuple[Any, ...]):
    """Who tells the reasons, of which question: ``(runner, order, state, inputs)``, which is made in no time."""

    @property
    def runner(self) -> Teller:
        """Who tells."""
        return self[0]  # type: ignore[no-any-return]

    @property
    def order(self) -> Order:
        return self[1]  # type: ignore[no-any-return]

    @property
    def state(self) -> State:
        return self[2]  # type: ignore[no-any-return]

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Those of the program, the keys of its meters, and the total; none where no program tells."""
        return self[3]  # type: ignore[no-any-return]

    @cached_property
    def _full(self) -> Quote:
        return self.runner.full(self.order, self.state)

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
        return self.runner.parts.names

    def explanation(self) -> list[dict[str, Any]]:
        """The steps as plain data."""
        runner, order, state, inputs = self
        data: list[dict[str, Any]] | None = runner.tell_data(order, state, inputs)
        return self._full.explanation() if data is None else data
