"""The running total of an order, and what one item adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Money
from cantinekit.pricing.engine.adjust import Meters
from cantinekit.pricing.engine.ask import Ask, RefusedItem
from cantinekit.pricing.engine.held import HeldProduct
from cantinekit.pricing.engine.lines import WorkLine, rounded, total
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import Product, product_path
from cantinekit.pricing.quote import DueLater, Granted, Phase, Refusal, Status, Step, Use
from cantinekit.pricing.values import Earlier, FrozenMap, Lot, Order


@attrs.define
class Work:
    """An order under way."""

    parts: Parts
    order: Order
    lots: dict[str, Lot]
    meters: Meters
    earlier: dict[str, Earlier]
    sizes: dict[str, int] = attrs.field(factory=dict)
    """How many items of one scope the order has, where they are ranked."""
    runs: list[Run] = attrs.field(factory=list)
    begins: dict[str, datetime] = attrs.field(factory=dict)
    """When the first day begins of what the items give, by lot."""
    bought: tuple[HeldProduct, ...] = ()
    """What the items so far have sold that is held from then on."""


@attrs.define
class Run:
    """One item. What it moves is kept apart until it has a price."""

    work: Work
    ask: Ask
    product: Product | None
    lots: dict[str, Lot]
    meters: Meters
    earlier: dict[str, Earlier]
    others: tuple[HeldProduct, ...] = ()
    """What all other items of the order sell, where it needs something: they serve it wherever they stand."""
    lines: list[WorkLine] = attrs.field(factory=list)
    uses: list[Use] = attrs.field(factory=list)
    grants: list[Granted] = attrs.field(factory=list)
    in_units: dict[str, Fraction] = attrs.field(factory=dict)
    pending: tuple[str, ...] = ()
    needed: list[tuple[str, int]] = attrs.field(factory=list)
    """Products that have to be added to the order, and how many of each."""
    refusals: list[Refusal] = attrs.field(factory=list)
    steps: list[Step] = attrs.field(factory=list)
    rule: tuple[Phase, str, str] = ("eligible", "", "")
    seen: set[str] = attrs.field(factory=set)
    path: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.path = product_path(self.ask.item.product)

    stopped: RefusedItem | None = None
    """Why it has no price at all."""
    moved: bool = False
    """Whether the order has seen what it moved."""
    pieces: int = 0
    """How many pieces there are left to pay."""
    due: int = 0
    """What is due at once, in minor units."""
    later: list[DueLater] = attrs.field(factory=list)
    deposits: list[WorkLine] = attrs.field(factory=list)

    @property
    def name(self) -> str:
        return self.ask.item.product

    @property
    def rules(self) -> dict[str, tuple[str, str, str]]:
        return self.work.parts.rules.get(self.name, {})

    @property
    def amount(self) -> Money:
        """The sum of the lines at this point; between two rounding points as it would be rounded now."""
        charged = total([line for line in self.lines if line.charged])
        return Money(rounded(charged, self.work.parts.head.rounding), self.work.parts.currency)

    def money(self, minor: int) -> Money:
        return Money(minor, self.work.parts.currency)

    def at(self, part: str) -> None:
        """Go to a rule of the product by its path."""
        assert self.product is not None
        path = f"{self.path}.{part}"
        found = self.rules.get(path, ("settle", path, part))
        self.rule = (found[0], path, found[2])  # type: ignore[assignment]

    def step(
        self, status: Status, why: str, before: Money | None = None, values: Mapping[str, Any] | None = None
    ) -> None:
        """Say what became of the rule that we are at."""
        phase, path, id = self.rule
        now = self.amount
        start = now if before is None else before
        self.seen.add(path)
        self.steps.append(
            Step(self.ask.id, self.name, phase, path, id, status, why, start, now, FrozenMap(values or {}))
        )

    def commit(self) -> None:
        """Let the order see what the item has moved."""
        self.work.lots, self.work.meters, self.work.earlier = self.lots, self.meters, self.earlier
        self.moved = True

    def close(self) -> None:
        """Rules that were not come to say so, each behind the rules that stand before it."""
        if self.product is None:
            return
        places = {path: place for place, path in enumerate(self.rules)}
        for place, (phase, path, id) in enumerate(self.rules.values()):
            if path not in self.seen:
                before = [n for n, step in enumerate(self.steps, 1) if places.get(step.rule, len(places)) < place]
                at = before[-1] if before else 0
                money = self.steps[at - 1].after if at else self.money(0)
                known: Phase = phase  # type: ignore[assignment]
                step = Step(self.ask.id, self.name, known, path, id, "not_applicable", "not_reached", money, money)
                self.steps.insert(at, step)
