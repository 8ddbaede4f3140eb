"""Many rows at once: the same programs over columns, and the fold of quotes for what has none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib import import_module
from typing import Any

import attrs

from cantinekit.calendar import wall_instant
from cantinekit.clock import day_bounds, local
from cantinekit.pricing.compiled._columns import Columns, axis_codes, columns_of, whole_numbers
from cantinekit.pricing.compiled._inputs import MOST_UNITS
from cantinekit.pricing.compiled._prices import MOST_STEPS
from cantinekit.pricing.compiled._quote import Programs
from cantinekit.pricing.compiled._scanned import TAX_DAY, ColumnProgram, Member, moved_by
from cantinekit.pricing.compiled._scopes import ScopeMeter
from cantinekit.pricing.engine.ask import Ask
from cantinekit.pricing.engine.facts import escape
from cantinekit.pricing.engine.measure import bounded
from cantinekit.pricing.kernel import emit_numpy
from cantinekit.pricing.model.forms import Steps
from cantinekit.pricing.model.rules import PERIODS
from cantinekit.pricing.quote import Quote
from cantinekit.pricing.values import Lot, State

Balances = Mapping[tuple[str, str], int]
"""Units that are left by customer and account, in the smallest units of the account; they do not expire."""

BOUGHT = datetime(1970, 1, 2, tzinfo=UTC)
_PLAIN = frozenset({"axis", "flag", "number", "count", "minutes", "day", "bought", "minute", "size", "left", "used"})


@attrs.frozen(eq=False)
class PricedTable:
    """The rows with their prices, in columns of int64, minor units of the tariff's currency.

    ``amount`` is what the customer pays for the row, ``net`` that without tax; -1 where it is not known. ``used`` are
    the units that each account gave. ``priced`` is false where the row was refused: its amount is 0, it moved nothing,
    and ``Tariff.quote`` says why. ``columnar`` are the products that were computed by columns, not row by row.
    """

    amount: Any
    net: Any
    used: Mapping[str, Any]
    priced: Any
    columnar: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.amount)


def price_many(
    programs: Programs, ask: Any, table: Columns, meters: Mapping[str, int], balances: Balances
) -> PricedTable:
    """Price the rows in their order; each sees what the ones before it have used. Needs NumPy.

    Raises:
        InputError: columns of different lengths, or of a wrong type.
    """
    np = import_module("numpy")
    rows = columns_of(np, table, programs.parts)
    n = rows.length
    out = PricedTable(np.zeros(n, np.int64), np.full(n, -1, np.int64), {}, np.zeros(n, bool), ())
    used: dict[str, Any] = {}
    columnar: list[str] = []
    for names in programs.families(rows.products()):
        program = programs.columns(names[0]) if len(names) == 1 and programs.plain else None
        places = np.flatnonzero(rows.of(names))
        if (
            program is not None
            and _by_columns(program, rows)
            and _columnar(np, programs, program, rows, places, out, used, meters, balances)
        ):
            columnar.append(names[0])
            continue
        _fold(programs, ask, rows, places, out, used, meters, balances)
    return attrs.evolve(out, used=used, columnar=tuple(columnar))


def _by_columns(program: ColumnProgram, rows: Any) -> bool:
    """Whether a program has all that it wants in columns."""
    (member,) = program.members
    product = member.product
    if product.needs or any(name not in rows.facts for name in product.asks):
        return False
    for _, wanted in member.wanted:
        if wanted.source not in _PLAIN:
            return False
        if wanted.source in ("axis", "flag", "number", "size") and wanted.of not in rows.facts:
            return False
        if wanted.source in ("day", "bought") and not rows.has(wanted.source):
            return False
        if wanted.source in ("minutes", "minute") and not all(map(rows.has, ("day", "minute", "minutes"))):
            return False
    if member.pieces and rows.has("minutes"):
        return False
    if product.timed and not all(map(rows.has, ("day", "minutes"))):
        return False
    known = {*rows.facts, "person", *(PERIODS if rows.has("day") else ())}
    return all(set(same) <= known for same in member.scopes)


# --- by columns ------------------------------------------------------------------------------------------------------


def _columnar(
    np: Any, programs: Programs, program: ColumnProgram, rows: Any, places: Any, out: PricedTable, used: dict[str, Any],
    meters: Mapping[str, int], balances: Balances,
) -> bool:  # fmt: skip
    """Whether all rows could be answered; nothing is written otherwise."""
    (member,) = program.members
    known, good = _inputs(np, program, rows, places)
    if not good.all() or not _regular(np, member, rows, places):
        return False
    names = {name for meter in program.meters for name in meter.scope.same} | {"person"}
    keys = {f"scope {name}": rows.scope((name,), places) for name in names}
    for meter in program.meters:
        codes = rows.scope(meter.scope.same, places)
        known[meter.opening] = _openings(np, programs, rows, places, codes, meter.scope, meters)
        if known[meter.opening].max() > MOST_UNITS:
            return False
    for balance in program.balances:
        firsts, inverse = np.unique(keys["scope person"], return_index=True, return_inverse=True)[1:]
        left = [balances.get((rows.customer(places[first]), balance.cover.account), 0) for first in firsts]
        if max(left, default=0) > MOST_UNITS:
            return False
        known[balance.start] = np.array(left, np.int64)[inverse]
    found = emit_numpy(program.program)(known, keys)
    ok = found["ok"] != 0
    if (ok & (found["sure"] == 0)).any():
        return False
    out.priced[places] = ok
    out.amount[places] = np.where(ok, found["gross"], 0)
    out.net[places] = np.where(ok, found["net"], -1)
    for balance in program.balances:
        column = used.setdefault(balance.cover.account, np.zeros(len(out.amount), np.int64))
        column[places] += found[moved_by(balance.scan)]
    return True


def _regular(np: Any, member: Member, rows: Any, places: Any) -> bool:
    """Whether the local day and minute of each row are what its columns say: not in an hour that the clocks skip.

    And whether its size is one that a table of steps has.
    """
    sources = {wanted.source for _, wanted in member.wanted}
    stepped = any(isinstance(form, Steps) for rate in member.product.rate for _, form in rate.lists)
    if stepped and _largest(np, member, rows, places) > MOST_STEPS:
        return False
    if not rows.has("minutes") or not (sources & {"day", "minute"} or member.scopes):
        return True
    days, zone = rows.own["day"][places], rows.parts.head.zone
    minutes = rows.numbers("minute")[places] if rows.has("minute") else np.zeros(len(places), np.int64)
    for day in np.unique(days):
        local_day = day.item()
        if day_bounds(local_day, zone).length != timedelta(days=1):
            for minute in np.unique(minutes[days == day]).tolist():
                begins = local(wall_instant(local_day, minute, zone), zone)
                if (begins.date(), begins.hour * 60 + begins.minute) != (local_day, minute):
                    return False
    return True


def _largest(np: Any, member: Member, rows: Any, places: Any) -> int:
    """The largest size of a row."""
    rule = member.product.measure
    sizes = rows.numbers("minutes")[places] if rows.has("minutes") else np.zeros(1, np.int64)
    if rule is not None and rule.fact:
        sizes = rows.facts[rule.fact][places]
        sizes = -(-sizes // rule.every[0]) if rule.every else sizes * (rule.smallest or Fraction(1)).denominator
    elif rule is not None and rule.every:
        sizes = -(-sizes // rule.every[0])
    most = int(sizes.max())
    return most if rule is None else bounded(rule, most)


def _inputs(np: Any, program: ColumnProgram, rows: Any, places: Any) -> tuple[dict[str, Any], Any]:
    """The columns of the inputs, and which rows lie within the bounds of the program."""
    (member,) = program.members
    good = np.ones(len(places), bool)
    columns: dict[str, Any] = {TAX_DAY: rows.tax_days(places)}
    for name, wanted in member.wanted:
        if wanted.source == "axis":
            column = axis_codes(np, rows.facts[wanted.of][places], wanted.values)
        elif wanted.source in ("flag", "number", "size"):
            column = whole_numbers(np, rows.facts[wanted.of][places], wanted.of)
            rule = member.product.measure
            if wanted.source == "size" and rule is not None:
                smallest = rule.smallest or 1
                column = column * smallest.denominator
                good &= column % smallest.numerator == 0
                column = column // smallest.numerator
                column = -(-column // rule.every[0]) if rule.every else column
        else:
            column = rows.numbers(wanted.source)[places]
        columns[name] = column
    known: dict[str, Any] = {}
    for one in program.program.inputs:
        if one.name in columns:
            column = columns[one.name]
            inside = (column >= one.low) & (column <= one.high)
            good &= inside
            known[one.name] = np.where(inside, column, one.low)
    return known, good


def _openings(
    np: Any, programs: Programs, rows: Any, places: Any, codes: Any, meter: ScopeMeter, meters: Mapping[str, int]
) -> Any:
    """Where the meter of each row's scope stands before the table."""
    firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)[1:]
    stands = np.zeros(len(firsts), np.int64)
    for number, first in enumerate(firsts):
        order = rows.order(places[first])
        ask = Ask.of("1", order.items[0], programs.parts, order)
        key = ask.key(meter.kind, meter.owner, meter.rule, meter.same)
        if key is not None and key in meters:
            stands[number] = meters[key]
    return stands[inverse]


# --- row by row ------------------------------------------------------------------------------------------------------


def _fold(
    programs: Programs, ask: Any, rows: Any, places: Sequence[int], out: PricedTable, used: dict[str, Any],
    meters: Mapping[str, int], balances: Balances,
) -> None:  # fmt: skip
    np = import_module("numpy")
    lots: dict[str, tuple[Lot, ...]] = {}
    for (customer, account), left in balances.items():
        lots[customer] = (*lots.get(customer, ()), Lot(f"balance {account}", account, left, BOUGHT))
    alone = all("person" in same for same in _scopes(programs))
    states: dict[str, State] = {}
    shared = dict(meters)
    for place in places:
        order = rows.order(place)
        who = order.customer or ""
        state = states.get(who)
        if state is None:
            state = State(_of_person(shared, who) if alone else shared, lots.get(who, ()))
        elif not alone:
            state = attrs.evolve(state, meters=shared)
        answer: Quote = ask(order, state)
        if not answer.ok:
            continue
        out.priced[place] = True
        out.amount[place] = answer.total.amount
        out.net[place] = -1 if answer.net is None else answer.net.amount
        for use in answer.uses:
            column = used.setdefault(use.account, np.zeros(len(out.amount), np.int64))
            column[place] += use.units
        states[who] = answer.state
        if not alone:
            shared = dict(answer.state.meters)


def _scopes(programs: Programs) -> Iterable[tuple[str, ...]]:
    """The scopes in which something is counted."""
    groups = [*programs.parts.order.adjust]
    for product in programs.parts.products.values():
        groups += product.adjust
        yield from (cover.same or (cover.limit.same if cover.limit else ("person",)) for cover in product.cover)
        if product.rank:
            yield product.rank.same
    yield from (rule.same or ("person",) for group in groups for rule in group.rules)


def _of_person(meters: Mapping[str, int], customer: str) -> dict[str, int]:
    """The meters of a customer; without one there are none."""
    part = f"/person={escape(customer)}"
    return {key: used for key, used in meters.items() if key.endswith(part) or f"{part}/" in key} if customer else {}
