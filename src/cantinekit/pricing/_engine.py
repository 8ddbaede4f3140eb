"""The phases, in their fixed order, over the items of an order. Pure: nothing is read but the arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from cantinekit.money import Money, allocate
from cantinekit.pricing._ask import Ask, Groups, RefusedItem, check_facts, meter
from cantinekit.pricing._cover import cover_with
from cantinekit.pricing._load import Parts
from cantinekit.pricing._model import Cap, Product, quoted
from cantinekit.pricing._quote import SEMANTICS, Line, Phase, Quote, Refusal, Status, Step, Use
from cantinekit.pricing._rating import pick, rate_line, refuse
from cantinekit.pricing._values import FrozenMap, Lot, Order, State


def quote(parts: Parts, version: str, order: Order, state: State) -> Quote:
    """Price the items one after the other; each sees what the ones before it have used."""
    work = _Work(parts, order, {lot.id: lot for lot in state.lots}, dict(state.meters))
    for id, item in order.named():
        check_facts(item, parts.facts)
        ask = Ask.of(id, item, parts.head.zone, order.customer, order.as_of)
        _Run(work, ask, dict(work.lots), dict(work.meters), dict(work.moves), dict(work.alone)).run()
    return Quote(
        total=Money.sum((line.amount for line in work.lines), parts.head.currency),
        lines=tuple(work.lines),
        uses=tuple(work.uses),
        meters=tuple(work.moves.items()),
        state=State(FrozenMap(work.meters), tuple(work.lots[lot.id] for lot in state.lots)),
        tariff_id=parts.head.id,
        tariff_version=version,
        semantics=SEMANTICS,
        refusals=tuple(work.refusals),
        trace=tuple(work.trace),
    )


@attrs.define
class _Work:
    """What the order has come to so far."""

    parts: Parts
    order: Order
    lots: dict[str, Lot]
    meters: dict[str, int]
    moves: dict[str, int] = attrs.field(factory=dict)
    alone: dict[str, int] = attrs.field(factory=dict)  # caps of a person, where no customer is known
    lines: list[Line] = attrs.field(factory=list)
    uses: list[Use] = attrs.field(factory=list)
    refusals: list[Refusal] = attrs.field(factory=list)
    trace: list[Step] = attrs.field(factory=list)


@attrs.define
class _Run:
    """One item through the phases. What it moves is kept apart until it has a price."""

    work: _Work
    ask: Ask
    lots: dict[str, Lot]
    meters: dict[str, int]
    moves: dict[str, int]
    alone: dict[str, int]
    lines: list[Line] = attrs.field(factory=list)
    uses: list[Use] = attrs.field(factory=list)
    steps: dict[str, Step] = attrs.field(factory=dict)
    rule: tuple[Phase, str, str] = ("eligible", "", "")

    @property
    def currency(self) -> str:
        return self.work.parts.head.currency

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def amount(self) -> Money:
        return Money.sum((line.amount for line in self.lines), self.currency)

    def run(self) -> None:
        name = self.ask.item.product
        product = self.work.parts.products.get(name)
        self.rule = ("eligible", f"product.{quoted(name)}", name)
        try:
            if product is None:
                raise RefusedItem("unpublished", name)
            self._phases(product)
        except RefusedItem as stop:
            self.work.refusals.append(Refusal(stop.code, stop.what, self.ask.id, **stop.more))
            before, self.lines = self.amount, []
            self._step("refused", stop.code, before, {"what": stop.what, "reason": stop.more.get("why", "")})
        else:
            self.work.lines += self.lines
            self.work.uses += self.uses
            self.work.lots, self.work.meters = self.lots, self.meters
            self.work.moves, self.work.alone = self.moves, self.alone
        self._close(product)

    def _phases(self, product: Product) -> None:
        rules = {path: (phase, path, id) for phase, path, id in product.rules()}
        base = f"product.{quoted(product.id)}"

        def at(part: str) -> None:
            phase, path, id = rules[f"{base}.{part}"]
            self.rule = (phase, path, id)  # type: ignore[assignment]

        at("measure" if product.measure else "rate[0]")
        groups, unit = self.ask.quantity(product)
        if product.measure:
            self._step("applied", "measured", None, {"quantity": groups[0][0], "unit": unit, "count": groups[0][1]})
        for number, cover in enumerate(product.covers):
            at(f"cover[{number}]")
            done = cover_with(cover, product, groups, self.lots, self.ask)
            for use in done.uses:
                lot = self.lots[use.lot]
                self.lots[use.lot] = attrs.evolve(lot, left=lot.left - use.units)
            self.uses += done.uses
            groups = done.rest
            self._step("applied" if done.uses else "not_applicable", done.why, None, done.values)
        if product.beyond:
            at("beyond")
            self._beyond(product, groups)
        self._rate(product, groups, at)
        for number, rule in enumerate(product.adjusts):
            at(f"adjust[{number}]")
            if not self.ask.holds(rule.when):
                self._step("not_applicable", "condition", None)
            elif isinstance(rule, Cap):
                self._cap(product, rule)
            else:
                raise refuse(rule.refuse, product.id, self.currency)

    def _beyond(self, product: Product, groups: Groups) -> None:
        if not groups:
            self._step("not_applicable", "all_covered", None)
        elif product.beyond == "rate":
            self._step("applied", "rest_at_rate", None)
        else:
            accounts = {cover.account for cover in product.covers}
            seen = [lot for lot in self.work.lots.values() if lot.account in accounts and lot.left]
            over = [lot for lot in seen if lot.expires and self.ask.moment and lot.expires <= self.ask.moment]
            code = "expired" if seen and len(over) == len(seen) else "limit_reached" if seen else "missing"
            raise RefusedItem(code, ", ".join(cover.account for cover in product.covers))

    def _rate(self, product: Product, groups: Groups, at: Any) -> None:
        taken = False
        for number, rate in enumerate(product.rates):
            at(f"rate[{number}]")
            if not groups:
                self._step("not_applicable", "all_covered", None)
            elif taken:
                self._step("not_applicable", "earlier_rule", None)
            elif not self.ask.holds(rate.when):
                self._step("not_applicable", "condition", None)
            else:
                taken, before = True, self.amount
                head = self.work.parts.head
                line, values = rate_line(
                    rate,
                    product,
                    groups,
                    self.ask,
                    currency=head.currency,
                    mode=head.rounding,
                    facts=self.work.parts.facts,
                )
                self.lines.append(line)
                self._step("applied", "priced", before, values)
        if groups and not taken:
            self.steps.pop(self.rule[1], None)
            raise RefusedItem("unpublished", product.id)

    def _cap(self, product: Product, cap: Cap) -> None:
        found = pick(cap.lists, self.ask.price_day(product) if cap.dated else None)
        if found is None:
            self._step("not_applicable", "not_in_force", None)
            return
        before, limit = self.amount, found[1]
        key = meter(self.work.parts.head.id, product.id, cap, self.ask)
        values: dict[str, Any] = {"limit": str(self.money(limit))}
        used = 0
        if cap.period is not None:
            name = key or "/".join([product.id, cap.id, *self.ask.scope(cap)])
            counted = self.meters if key else self.alone
            used = counted.get(name, 0)
            values |= {"used": str(self.money(used)), "meter": key or "", "period": cap.period}
        charged = min(before.amount, max(0, limit - used))
        if charged < before.amount:
            shares = allocate(charged, [line.amount.amount for line in self.lines])
            self.lines = [attrs.evolve(x, amount=self.money(part)) for x, part in zip(self.lines, shares, strict=True)]
        if cap.period is not None:
            counted[name] = used + charged
            if key:
                self.moves[key] = self.moves.get(key, 0) + charged
        scope = "_item" if cap.period is None else "" if key else "_alone"
        self._step("applied", ("capped" if charged < before.amount else "within") + scope, before, values)

    def _step(self, status: Status, why: str, before: Money | None, values: Mapping[str, Any] | None = None) -> None:
        phase, path, id = self.rule
        now = self.amount
        start = now if before is None else before
        self.steps[path] = Step(
            self.ask.id, self.ask.item.product, phase, path, id, status, why, start, now, FrozenMap(values or {})
        )

    def _close(self, product: Product | None) -> None:
        """Put the steps in the order of the phases; a rule that was not come to says so."""
        if product is not None:
            for phase, path, id in product.rules():
                if path not in self.steps:
                    self.rule = (phase, path, id)  # type: ignore[assignment]
                    self._step("not_applicable", "not_reached", None)
            in_order = {path: n for n, (_, path, _) in enumerate(product.rules())}
            self.work.trace += sorted(self.steps.values(), key=lambda step: in_order[step.rule])
        else:
            self.work.trace += self.steps.values()


def meters(parts: Parts, order: Order) -> tuple[str, ...]:
    """The keys of the meters that the price may depend on."""
    keys: dict[str, None] = {}
    for product, ask in _asked(parts, order):
        for rule in product.adjusts:
            try:
                key = meter(parts.head.id, product.id, rule, ask) if isinstance(rule, Cap) else None
                if key and ask.holds(rule.when):
                    keys[key] = None
            except RefusedItem:
                continue  # the quote says what is missing
    return tuple(keys)


def accounts(parts: Parts, order: Order) -> tuple[str, ...]:
    """The accounts that could cover something, in the order of use."""
    return tuple(dict.fromkeys(cover.account for product, _ in _asked(parts, order) for cover in product.covers))


def _asked(parts: Parts, order: Order) -> list[tuple[Product, Ask]]:
    out = []
    for id, item in order.named():
        check_facts(item, parts.facts)
        product = parts.products.get(item.product)
        ask = Ask.of(id, item, parts.head.zone, order.customer, order.as_of)
        if product is not None:
            out.append((product, ask))
    return out
