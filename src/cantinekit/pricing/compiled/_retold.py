"""The reasons of a quote that programs made: these give amounts only, and are asked once more for the reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import attrs

from cantinekit.pricing._quote import DueLater, Quote, Step
from cantinekit.pricing._values import Order, State
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.tax import TaxDocument

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


@attrs.define(eq=False, weakref_slot=False)
class Retold:
    """Who tells the reasons, of which question; ``inputs`` are those of the program, ``told`` what the phases said."""

    runner: Teller
    order: Order
    state: State
    inputs: tuple[Any, ...] = ()
    told: Quote | None = None

    def _full(self) -> Quote:
        if self.told is None:
            self.told = self.runner.full(self.order, self.state)
        return self.told

    @property
    def trace(self) -> tuple[Step, ...]:
        """What became of every declared rule, item by item."""
        steps = self.runner.tell(self.order, self.state, self.inputs)
        return self._full().trace if steps is None else tuple(steps)

    @property
    def documents(self) -> tuple[TaxDocument, ...]:
        """The tax documents; credits stand in a document of their own."""
        return self._full().documents

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
        data: list[dict[str, Any]] | None = self.runner.tell_data(self.order, self.state, self.inputs)
        return self._full().explanation() if data is None else data
