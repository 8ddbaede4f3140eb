"""A quote by programs: the inputs of each item are gathered, the programs run, the lines are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from cantinekit.clock import zone
from cantinekit.money import Money, round_ratio
from cantinekit.pricing._quote import SEMANTICS, Granted, Line, Quote, Use
from cantinekit.pricing._values import FrozenMap, Item, Lot, Order, State
from cantinekit.pricing.compiled._inputs import MOST_COUNT, MOST_MINUTES, MOST_NUMBER, MOST_UNITS, NotCompiledError, Wanted
from cantinekit.pricing.compiled._product import Compiled, compile_product
from cantinekit.pricing.engine._ask import Ask, RefusedItem, escape, fits, whole_minutes
from cantinekit.pricing.engine._cover import first_because
from cantinekit.pricing.engine._measure import count
from cantinekit.pricing.engine._order import asked_codes
from cantinekit.pricing.format._kinds import show_number
from cantinekit.pricing.kernel import RangeError
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.model._product import Grant
from cantinekit.pricing.model._rules import PERIODS
from cantinekit.pricing.tax import extract

Slow = Callable[[Parts, str, Order, State], Quote]


class Asks(Exception):
    """The phases have to answer."""


@attrs.define(eq=False)
class Programs:
    """The programs of one tariff, made when a product is first asked for."""

    parts: Parts
    compiled: dict[str, Runner | None] = attrs.field(factory=dict)
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
            return self.compiled[name]
        except KeyError:
            pass
        runner = None
        product = self.parts.products.get(name)
        if product is not None:
            try:
                runner = Runner.make(self.parts, compile_product(self.parts, product))
            except (NotCompiledError, RangeError) as error:
                self.reasons[name] = str(error)
        self.compiled[name] = runner
        return runner


@attrs.define
class Tally:
    """What the items before this one have moved."""

    meters: Mapping[str, int]
    lots: tuple[Lot, ...]
    moves: dict[str, int]
    alone: dict[str, int]
    uses: list[Use]
    touched: bool = False


@attrs.define(eq=False)
class Runner:
    """One compiled product with all that is known before a question."""

    compiled: Compiled
    parts: Parts
    facts: frozenset[str]
    gather: tuple[tuple[Wanted, Mapping[Any, int]], ...]
    zone: ZoneInfo
    timed: bool
    needs_ask: bool
    pieces: bool
    rates: tuple[tuple[Any, ...], ...]
    money: dict[int, Money] = attrs.field(factory=dict)

    @classmethod
    def make(cls, parts: Parts, compiled: Compiled) -> Runner:
        tables: list[tuple[Wanted, Mapping[Any, int]]] = []
        for wanted in compiled.wanted:
            tables.append((wanted, {value: place for place, value in enumerate(wanted.values)}))
        product = compiled.product
        rates = []
        for priced in compiled.rates:
            rate = priced.rate
            name = rate.tax or product.tax
            basis = rate.prices or product.prices or "incl"
            tags = (*product.tags, *rate.tags)
            rates.append((rate.name or product.name, priced.unit, priced.prints, priced.scale, name, basis, tags))
        pieces = any(priced.pieces for priced in compiled.rates)
        sources = {wanted.source for wanted in compiled.wanted}
        return cls(
            compiled, parts, frozenset(parts.facts), tuple(tables), zone(parts.head.zone),
            bool(sources & {"minutes", "minute"}), bool(sources & {"bit", "size"}),
            pieces, tuple(rates),
        )  # fmt: skip

    def amount(self, minor: int) -> Money:
        found = self.money.get(minor)
        if found is None:
            if len(self.money) > 4096:
                self.money.clear()
            found = self.money[minor] = Money(minor, self.parts.head.currency)
        return found

    # --- inputs ---

    def inputs(self, id: str, item: Item, order: Order) -> tuple[list[int], date | None]:
        """The integers that the program wants.

        Raises:
            Asks: something is missing, odd, or out of the bounds of the program.
        """
        if item.also or item.until is not None or not item.facts.keys() <= self.facts:
            raise Asks
        for name, value in item.facts.items():
            if not fits(value, self.parts.facts[name], self.parts.head.currency):
                raise Asks
        product, period, day = self.compiled.product, item.period, item.day
        start: datetime | None = None
        if period is not None:
            if self.pieces:
                raise Asks
            start = period.start.astimezone(self.zone)
            begins = start.date()
            if day is not None and day != begins:
                raise Asks
            day = begins
        elif product.timed:
            raise Asks
        for need in product.needs:
            if need.product not in (order.holds or ()) and all(one.product != need.product for one in order.items):
                raise Asks
        ask = None
        if self.needs_ask or product.asks:
            held = (order.holds or frozenset()) | {one.product for one in order.items}
            ask = Ask.of(id, item, self.parts, order, held)
            if any(name not in item.facts for name in product.asks):
                raise Asks
        out: list[int] = []
        facts = item.facts
        for wanted, places in self.gather:
            source = wanted.source
            if source == "axis":
                out.append(places[facts[wanted.of]])
            elif source == "count":
                out.append(_bound(item.count, MOST_COUNT))
            elif source == "day":
                if day is None:
                    raise Asks
                out.append(day.toordinal())
            elif source == "minutes":
                if period is None:
                    raise Asks
                out.append(_bound(whole_minutes(period, self.parts.head.seconds), MOST_MINUTES))
            elif source == "minute":
                if start is None:
                    raise Asks
                out.append(start.hour * 60 + start.minute)
            elif source in ("used", "left"):
                out.append(0)  # filled in below, once the keys are known
            else:
                out.append(self._rare(wanted, item, order, ask))
        return out, day

    def _rare(self, wanted: Wanted, item: Item, order: Order, ask: Ask | None) -> int:
        if wanted.source in ("flag", "number"):
            value = item.facts[wanted.of]
            if wanted.source == "flag" and value is True:
                return 1
            if wanted.source == "flag" and value is False:
                return 0
            if type(value) is not int:
                raise Asks
            return _bound(value, MOST_NUMBER)
        if wanted.source == "code":
            return int(not set(wanted.values).isdisjoint(order.codes))
        if wanted.source == "held":
            found = not set(wanted.values).isdisjoint(order.holds or ()) or any(
                one.product in wanted.values for one in order.items
            )
            if not found and order.holds is None:
                raise Asks
            return int(found)
        if wanted.source == "bought":
            if order.as_of is None:
                raise Asks
            return order.as_of.astimezone(self.zone).date().toordinal()
        assert ask is not None
        if wanted.source == "bit":
            found = ask.decide(self.compiled.bits[wanted.of])
            if isinstance(found, frozenset):
                raise Asks
            return int(found)
        measure = self.compiled.product.measure
        assert measure is not None
        return _bound(count(measure, ask)[0], MOST_COUNT)

    # --- tax ---

    def taxed(self, tax: str, basis: str, amount: int, day: date | None, order: Order) -> tuple[int, int]:
        """What is due of a line that stands alone, and its net."""
        found = self.parts.taxes.get(tax)
        if found is None or found.tax_class.kind == "not subject":
            return amount, amount
        if found.tax_class.kind != "standard" or found.reverse or (day is None and order.as_of is None):
            raise Asks
        if day is None:
            assert order.as_of is not None
            day = order.as_of.astimezone(self.zone).date()
        rate = next((rate for since, rate in reversed(found.tax_class.rates) if since is None or since <= day), None)
        if not rate:
            raise Asks
        head = self.parts.head
        if basis == "excl":
            return amount + round_ratio(amount * rate.numerator, rate.denominator, head.rounding), amount
        net = round_ratio(amount * rate.denominator, rate.denominator + rate.numerator, head.rounding)
        if net + round_ratio(net * rate.numerator, rate.denominator, head.rounding) == amount:
            return amount, net
        if head.unreachable != "residual":
            raise Asks
        return amount, extract(amount, rate, head.rounding).net

    # --- state ---

    def keys(self, item: Item, order: Order, day: date | None) -> list[tuple[str | None, str]]:
        """The key of each meter, and its name within the order where the customer is not known."""
        out = []
        for meter in self.compiled.meters:
            scope = self._scope(meter.same, item, day)
            name = "/".join([meter.owner, meter.rule, *scope])
            key: str | None = None
            if "person" not in meter.same or order.customer is not None:
                person = [] if "person" not in meter.same else [f"person={escape(order.customer or '')}"]
                head = [meter.kind, self.parts.head.id, escape(meter.owner), escape(meter.rule)]
                key = "/".join([*head, *person, *scope])
            out.append((key, name))
        return out

    def _scope(self, same: tuple[str, ...], item: Item, day: date | None) -> list[str]:
        out = []
        for name in same:
            if name == "day":
                if day is None:
                    raise Asks
                out.append(f"day={day.isoformat()}")
            elif name in PERIODS or name not in item.facts:
                if name == "person":
                    continue
                if name in PERIODS and day is not None:
                    text = day.isoformat()
                    year, week, _ = day.isocalendar()
                    out.append({"week": f"week={year:04}-W{week:02}", "month": f"month={text[:7]}"}.get(name, f"year={text[:4]}"))
                    continue
                raise Asks
            else:
                value = item.facts[name]
                out.append(f"{name}={escape('+'.join(value) if isinstance(value, tuple) else str(value))}")
        return out


def _bound(value: int, most: int) -> int:
    if value > most:
        raise Asks
    return value


def quick_quote(programs: Programs, version: str, order: Order, state: State, slow: Slow) -> Quote | None:
    """The quote by programs; ``None`` where the phases have to answer."""
    if not programs.plain or not programs.codes.issuperset(order.codes) or state.earlier or (len(order.items) > 1 and len(programs.parts.taxes) > 0):
        return None
    tally = Tally(state.meters, state.lots, {}, {}, [])
    lines: list[Line] = []
    grants: list[Granted] = []
    try:
        for number, item in enumerate(order.items, 1):
            runner = programs.of(item.product)
            if runner is None:
                return None
            for grant in runner.compiled.product.grant:
                grants.append(_granted(grant, item, order))
            line = _item(runner, item.id or str(number), item, order, tally)
            if line is not None:
                lines.append(line)
    except (Asks, KeyError, TypeError, RefusedItem):
        return None
    return _answer(programs.parts, version, order, state, tally, lines, tuple(grants), slow)


def _granted(grant: Grant, item: Item, order: Order) -> Granted:
    """What is given; what an item gives to the next one is a matter of the phases."""
    if len(order.items) > 1:
        raise Asks
    amount = grant.units if grant.value is None else grant.value
    return Granted(grant.account, None if amount is None else amount * item.count, grant.unit, grant.renews, grant.rollover)


def _item(runner: Runner, id: str, item: Item, order: Order, tally: Tally) -> Line | None:
    compiled = runner.compiled
    values, day = runner.inputs(id, item, order)
    keys = runner.keys(item, order, day) if compiled.meters else []
    lots: list[list[Lot]] = []
    if keys or compiled.spends:
        places = {wanted.name: place for place, (wanted, _) in enumerate(runner.gather)}
        for meter, (key, name) in zip(compiled.meters, keys, strict=True):
            used = tally.meters.get(key, 0) + tally.moves.get(key, 0) if key else tally.alone.get(name, 0)
            values[places[meter.input]] = _bound(used, MOST_UNITS)
        for spent in compiled.spends:
            mine = _usable(runner, spent.cover, item, order, day, tally)
            lots.append(mine)
            values[places[spent.input]] = _bound(sum(lot.left for lot in mine), MOST_UNITS)
    found = compiled.kernel(*values)
    if not found[0]:
        raise Asks
    at = 5 + len(keys)
    for place, (key, name) in enumerate(keys):
        if found[5 + place]:
            moved = found[at + place]
            if key:
                tally.moves[key] = tally.moves.get(key, 0) + moved
            else:
                tally.alone[name] = tally.alone.get(name, 0) + moved
    at += len(keys)
    for place, spent in enumerate(compiled.spends):
        if found[at + place]:
            _spend(tally, lots[place], spent.cover, found[at + place], id)
    if not found[3]:
        return None
    return _line(runner, id, found, day, item, order)


def _usable(runner: Runner, cover: Any, item: Item, order: Order, day: date | None, tally: Tally) -> list[Lot]:
    if not tally.lots:
        return []
    mine = [lot for lot in tally.lots if lot.account == cover.account and lot.left]
    if any(lot.expires is not None for lot in mine):
        moment = item.period.start if item.period is not None else None
        if moment is None:
            raise Asks
        mine = [lot for lot in mine if lot.expires is None or lot.expires > moment]
    if len(mine) > 1:
        oldest = cover.order == "oldest first"
        mine.sort(key=lambda lot: (lot.priority, lot.bought, lot.id) if oldest else lot.rank)
    return mine


def _spend(tally: Tally, lots: list[Lot], cover: Any, units: int, id: str) -> None:
    left = {lot.id: lot for lot in tally.lots}
    for place, lot in enumerate(lots):
        if not units:
            break
        taken = min(units, lot.left)
        units -= taken
        following = lots[place + 1] if place + 1 < len(lots) else None
        why = first_because(lot, following, cover)
        tally.uses.append(Use(lot.id, cover.account, taken, id, why, lot.value))
        left[lot.id] = attrs.evolve(lot, left=lot.left - taken)
    tally.lots = tuple(left.values())
    tally.touched = True


def _line(runner: Runner, id: str, found: tuple[int, ...], day: date | None, item: Item, order: Order) -> Line:
    _, rate, amount, quantity, printed = found[:5]
    name, unit, prints, scale, tax, basis, tags = runner.rates[rate]
    number: int | Decimal = quantity
    if scale != 1:
        number = show_number(quantity * scale)
    price = runner.amount(printed) if prints and printed >= 0 else None
    net: Money | None = None
    if tax != "unknown":
        amount, whole = runner.taxed(tax, basis, amount, day, order)
        net = runner.amount(whole)
    elif basis == "excl":
        raise Asks
    return Line(id, item.product, name, number, unit, price, runner.amount(amount), tax, "revenue", tags, net)


def _answer(
    parts: Parts, version: str, order: Order, state: State, tally: Tally, lines: list[Line],
    grants: tuple[Granted, ...], slow: Slow,
) -> Quote:  # fmt: skip
    total = lines[0].amount if len(lines) == 1 else Money.sum((line.amount for line in lines), parts.head.currency)
    after = state
    if tally.moves or tally.touched:
        meters: Mapping[str, int] = state.meters
        if tally.moves:
            meters = FrozenMap({**state.meters, **{k: state.meters.get(k, 0) + n for k, n in tally.moves.items()}})
        after = State(meters, tally.lots, state.earlier)
    return Quote(
        total=total,
        lines=tuple(lines),
        uses=tuple(tally.uses),
        meters=tuple(tally.moves.items()),
        state=after,
        tariff_id=parts.head.id,
        tariff_version=version,
        semantics=SEMANTICS,
        refusals=(),
        gross=total,
        due_now=total,
        grants=grants,
        again=lambda: slow(parts, version, order, state),
    )


