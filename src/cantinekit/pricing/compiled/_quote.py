"""A quote by programs: each item goes through the door of its product, and the lines make the quote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from cantinekit.money import Money
from cantinekit.pricing._quote import Granted, Line, Quote, Use, quick_quote_of
from cantinekit.pricing._values import Item, Lot, Order, State, raw
from cantinekit.pricing.compiled._inputs import MOST_COUNT, NotCompiledError
from cantinekit.pricing.compiled._product import Compiled, compile_product
from cantinekit.pricing.compiled._source import Door, make_door
from cantinekit.pricing.engine._ask import Ask, RefusedItem
from cantinekit.pricing.engine._cover import first_because
from cantinekit.pricing.engine._measure import count
from cantinekit.pricing.engine._order import asked_codes
from cantinekit.pricing.kernel import RangeError
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.model._product import Grant
from cantinekit.pricing.model._rules import Cover

Slow = Callable[[Parts, str, Order, State], Quote]


@attrs.define(eq=False)
class Programs:
    """The programs of one tariff, made when a product is first asked for."""

    parts: Parts
    doors: dict[str, Runner | None] = attrs.field(factory=dict)
    reasons: dict[str, str] = attrs.field(factory=dict)
    plain: bool = attrs.field(init=False)
    """Whether nothing is done across the items."""
    codes: frozenset[str] = attrs.field(init=False)
    """Codes that conditions of products ask for."""

    def __attrs_post_init__(self) -> None:
        order = self.parts.order
        self.plain = not order.adjust and not order.vouchers
        self.codes = frozenset(code for code in asked_codes(self.parts) if code not in self.parts.coupons)

    def of(self, name: str) -> Runner | None:
        """The program of a product; ``None`` where the phases answer."""
        try:
            return self.doors[name]
        except KeyError:
            pass
        runner = None
        product = self.parts.products.get(name)
        if product is not None:
            try:
                runner = Runner(self.parts, compile_product(self.parts, product))
            except (NotCompiledError, RangeError) as error:
                self.reasons[name] = str(error)
        self.doors[name] = runner
        return runner


@attrs.define(eq=False)
class Runner:
    """One compiled product and its door."""

    parts: Parts
    compiled: Compiled
    door: Door = attrs.field(init=False)
    grants: tuple[Grant, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.door = make_door(self.parts, self.compiled, self._rare, self._usable)
        self.grants = self.compiled.product.grant

    def _rare(self, place: int, item: Item, order: Order, id: str) -> int | None:
        """An input that is seldom wanted; ``None`` where it is not known."""
        wanted = self.compiled.wanted[place]
        if wanted.source == "flag":
            value = item.facts[wanted.of]
            return int(value) if type(value) is bool else None
        if wanted.source == "held":
            mine = {*(order.holds or ()), *(one.product for one in order.items)}
            found = not mine.isdisjoint(wanted.values)
            return None if not found and order.holds is None else int(found)
        ask = Ask.of(id, item, self.parts, order, (order.holds or frozenset()) | {one.product for one in order.items})
        if wanted.source == "bought":
            bought = ask.bought()
            return None if bought is None else bought.toordinal()
        if wanted.source == "bit":
            answer = ask.decide(self.compiled.bits[wanted.of])
            return None if isinstance(answer, frozenset) else int(answer)
        measure = self.compiled.product.measure
        assert measure is not None
        size = count(measure, ask)[0]
        return size if size <= MOST_COUNT else None

    def _usable(self, place: int, lots: tuple[Lot, ...], item: Item) -> list[Lot] | None:
        """The lots of an account that may be used, in their order; ``None`` where the day has to be known."""
        cover = self.compiled.spends[place].cover
        mine = [lot for lot in lots if lot.account == cover.account and lot.left]
        if any(lot.expires is not None for lot in mine):
            if item.period is None:
                return None
            moment = item.period.start
            mine = [lot for lot in mine if lot.expires is None or lot.expires > moment]
        if len(mine) > 1:
            oldest = cover.order == "oldest first"
            mine.sort(key=lambda lot: (lot.priority, lot.bought, lot.id) if oldest else lot.rank)
        return mine


@attrs.define
class _Tally:
    """What the items have moved so far."""

    meters: Mapping[str, int]
    lots: tuple[Lot, ...]
    moves: dict[str, int] = attrs.field(factory=dict)
    alone: dict[str, int] = attrs.field(factory=dict)
    uses: list[Use] = attrs.field(factory=list)

    def stand(self) -> Mapping[str, int]:
        """Where the meters stand now."""
        if not self.moves:
            return self.meters
        return {**self.meters, **{key: self.meters.get(key, 0) + moved for key, moved in self.moves.items()}}

    def spend(self, mine: list[Lot], cover: Cover, units: int, id: str) -> None:
        """Take units of the lots in their order."""
        left = {lot.id: lot for lot in self.lots}
        for place, lot in enumerate(mine):
            if not units:
                break
            taken = min(units, lot.left)
            units -= taken
            why = first_because(lot, mine[place + 1] if place + 1 < len(mine) else None, cover)
            self.uses.append(Use(lot.id, cover.account, taken, id, why, lot.value))
            left[lot.id] = attrs.evolve(lot, left=lot.left - taken)
        self.lots = tuple(left.values())


def quick_quote(programs: Programs, version: str, order: Order, state: State, slow: Slow) -> Quote | None:
    """The quote by programs; ``None`` where the phases have to answer."""
    items = order.items
    if not programs.plain or state.earlier or (len(items) > 1 and programs.parts.taxes):
        return None
    if order.codes and not programs.codes.issuperset(order.codes):
        return None
    try:
        if len(items) == 1:
            return _one(programs, version, order, state, slow)
        return _several(programs, version, order, state, slow)
    except (KeyError, TypeError, RefusedItem):
        return None


def _one(programs: Programs, version: str, order: Order, state: State, slow: Slow) -> Quote | None:
    """The quote of one item, in as few steps as there can be."""
    item = order.items[0]
    runner = programs.of(item.product)
    if runner is None:
        return None
    id = item.id or "1"
    found = runner.door(id, item, order, raw(state.meters), _NOTHING, state.lots)
    if found is None:
        return None
    line, moves, spends = found
    if len(moves) > 1 or (spends and any(units for _, units in spends)):
        return _several(programs, version, order, state, slow)
    moved: tuple[tuple[str, int], ...] = ()
    after = state
    if moves and moves[0][0]:
        key, _, amount = moves[0]
        moved = ((key, amount),)
        after = state.counted(key, amount)
    grants = tuple(_granted(grant, item) for grant in runner.grants) if runner.grants else ()
    total = line.amount if line is not None else Money(0, programs.parts.head.currency)
    lines = () if line is None else (line,)
    return _made(programs.parts, version, order, state, slow, total, lines, (), moved, after, grants)


_NOTHING: dict[str, int] = {}


def _several(programs: Programs, version: str, order: Order, state: State, slow: Slow) -> Quote | None:
    """The quote of several items: each sees what the ones before it have moved."""
    tally = _Tally(raw(state.meters), state.lots)
    lines: list[Line] = []
    grants: tuple[Granted, ...] = ()
    for number, item in enumerate(order.items, 1):
        runner = programs.of(item.product)
        if runner is None or (runner.grants and len(order.items) > 1):
            return None
        if runner.grants:
            grants = tuple(_granted(grant, item) for grant in runner.grants)
        id = item.id or str(number)
        found = runner.door(id, item, order, tally.stand(), tally.alone, tally.lots)
        if found is None:
            return None
        line, moves, spends = found
        _move(tally, moves)
        for place, (mine, units) in enumerate(spends):
            if units:
                tally.spend(mine, runner.compiled.spends[place].cover, units, id)
        if line is not None:
            lines.append(line)
    total = Money.sum((line.amount for line in lines), programs.parts.head.currency)
    after = state.moved(tally.stand(), tally.lots) if tally.moves or tally.uses else state
    moved = tuple(tally.moves.items())
    return _made(programs.parts, version, order, state, slow, total, tuple(lines), tuple(tally.uses), moved, after, grants)


def _move(tally: _Tally, moves: Any) -> None:
    for key, name, moved in moves:
        if key:
            tally.moves[key] = tally.moves.get(key, 0) + moved
        else:
            tally.alone[name] = tally.alone.get(name, 0) + moved


def _granted(grant: Grant, item: Item) -> Granted:
    amount = grant.units if grant.value is None else grant.value
    units = None if amount is None else amount * item.count
    return Granted(grant.account, units, grant.unit, grant.renews, grant.rollover)


def _net(lines: tuple[Line, ...], total: Money) -> Money | None:
    """The sum of the net amounts; ``None`` where the tax of a line is not known."""
    if len(lines) == 1:
        return lines[0].net
    nets = [line.net for line in lines]
    return None if None in nets else Money.sum((net for net in nets if net is not None), total.currency)


def _made(
    parts: Parts, version: str, order: Order, state: State, slow: Slow, total: Money, lines: tuple[Line, ...],
    uses: tuple[Use, ...], moved: tuple[tuple[str, int], ...], after: State, grants: tuple[Granted, ...],
) -> Quote:  # fmt: skip
    """The quote; its reasons are made by the phases once they are asked for."""
    again = lambda: slow(parts, version, order, state)  # noqa: E731 (a function of four words)
    return quick_quote_of(total, lines, uses, moved, after, parts.head.id, version, _net(lines, total), grants, again)
