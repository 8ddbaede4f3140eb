"""The fold: each row is asked of the tariff with what all rows before it have left. It is right for every list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.clock import day_bounds, local
from cantinekit.errors import InputError, RowError
from cantinekit.pricing.engine.facts import moment_of
from cantinekit.pricing.quote import Granted, Quote
from cantinekit.pricing.replaying._answers import PHASES, PROGRAMS, Answers
from cantinekit.pricing.replaying._shelf import HeldLot, Shelf, periods_of, usable
from cantinekit.pricing.replaying._usages import Usages, instant_of
from cantinekit.pricing.terms import last_day
from cantinekit.pricing.values import Earlier, Lot, Order, State


class Pricer:
    """What answers a question: by programs where there are some, or by the phases alone."""

    def __init__(self, ways: Any, *, programs: bool) -> None:
        """``ways`` are the programs of a tariff, which know its phases; ``programs``: whether they are asked first."""
        self.ways = ways
        self.programs = programs

    def ask(self, order: Order, state: State) -> tuple[Quote, int]:
        """The quote, and who gave it.

        Args:
            order: one row.
            state: what the rows before it have left.
        """
        ways = self.ways
        found = ways.quote(order, state) if self.programs else None
        return (found, PROGRAMS) if found is not None else (ways.full(order, state), PHASES)


@attrs.define(eq=False)
class Standing:
    """What all rows so far have left."""

    meters: Shelf[int] = attrs.field(factory=Shelf)
    earlier: Shelf[Earlier] = attrs.field(factory=Shelf)
    lots: dict[str, dict[str, HeldLot]] = attrs.field(factory=dict)
    not_given: Counter[str] = attrs.field(factory=Counter)
    """Grants that gave no lot, by why: "unlimited", "nobody" or "no day"."""
    keep: Callable[[str, Any, Any], None] | None = None
    """Is told of the units that rows have used, where somebody wants them: the account, the rows and how many."""

    @classmethod
    def of(cls, meters: Mapping[str, int], lots: Mapping[str, Iterable[Lot]], zone: str) -> Standing:
        """What there is before the first row.

        Args:
            meters: what the meters have counted, by key.
            lots: the lots of each customer; each is there from its purchase on.
            zone: the zone of the tariff.

        Raises:
            InputError: two lots of a customer have one id, or a meter is no whole number from 0.
        """
        found = cls()
        for key, used in State(meters=dict(meters)).meters.items():
            found.meters.put(key, used)
        for customer, held in lots.items():
            state = State(lots=held)
            mine = {lot.id: HeldLot(lot, local(lot.bought, zone).date().toordinal()) for lot in state.lots}
            found.lots[customer] = mine
        return found

    def before(self, order: Order, day: date | None, today: date | None, place: int) -> State:
        """The state that a question sees.

        Args:
            order: the question.
            day: its local day of use; ``None``: not known.
            today: the day by which lots are there: that of use, else of the purchase.
            place: the place of the row in the order in which rows are folded.
        """
        periods = periods_of(day)
        lots = usable(self.lots.get(order.customer, {}), today, place) if order.customer is not None else ()
        earlier = tuple(self.earlier.seen(order.customer, periods).values()) if self.earlier.values else ()
        state = State().moved(self.meters.seen(order.customer, periods), lots)
        return attrs.evolve(state, earlier=earlier) if earlier else state

    def after(self, order: Order, answer: Quote, tariff_id: str) -> None:
        """Keep what an answer has left.

        Args:
            order: the question.
            answer: its quote.
            tariff_id: id of the tariff.
        """
        state = answer.state
        for key, moved in answer.meters:
            if moved:
                self.meters.put(key, state.meters[key])
        for scope in state.earlier:
            if scope.key.startswith(f"stay/{tariff_id}/"):  # else it is nobody's, and holds within the order
                self.earlier.put(scope.key, scope)
        if order.customer is not None and answer.uses:
            mine = self.lots[order.customer]
            for lot in state.lots:
                mine[lot.id].lot = lot


def fold(pricer: Pricer, usages: Usages, rows: Iterable[int], standing: Standing, out: Answers) -> None:
    """Price rows in their order.

    Args:
        pricer: what answers.
        usages: all rows.
        rows: the rows to price, in the order in which they are folded.
        standing: what there is before; it is moved on.
        out: where the answers go.

    Raises:
        RowError: a row that no price list could accept.
    """
    parts, places = usages.parts, usages.places
    zone = parts.head.zone
    for row in rows:
        order = usages.question(row)
        ordinal = int(usages.days[row])
        day = date.fromordinal(ordinal) if ordinal >= 0 else None
        today = day if day is not None or order.as_of is None else local(order.as_of, zone).date()
        try:
            answer, way = pricer.ask(order, standing.before(order, day, today, int(places[row])))
        except (InputError, OverflowError) as error:
            raise RowError(row, "", "value", str(error)) from None
        out.take(row, answer, way)
        if answer.ok:
            standing.after(order, answer, parts.head.id)
            if standing.keep is not None:
                for use in answer.uses:
                    standing.keep(use.account, row, use.units)
            if answer.grants:
                _give(usages, row, order, answer, standing, today)


def _give(usages: Usages, row: int, order: Order, answer: Quote, standing: Standing, today: date | None) -> None:
    """The lots that a row has bought: there from the first day of what was bought to the end of its validity."""
    parts = usages.parts
    start = int(usages.starts[row])
    bought = order.as_of or (instant_of(start) if start >= 0 else moment_of(order.items[0], order, parts.head.zone))
    groups: dict[tuple[str, str], list[Granted]] = {}
    for granted in answer.grants:
        groups.setdefault((granted.item, granted.account), []).append(granted)
    for (item, account), grants in groups.items():
        given = [granted.units for granted in grants if granted.units is not None]
        if len(given) < len(grants) or order.customer is None or bought is None or today is None:
            why = "unlimited" if len(given) < len(grants) else "nobody" if order.customer is None else "no day"
            standing.not_given[why] += 1
            continue
        name = item.partition("+")[2] or order.items[0].product
        product = parts.products[name]
        size = Fraction(1) if account in parts.money_accounts else parts.smallest.get(account, Fraction(1))
        paid = sum(line.amount.amount for line in answer.lines if line.item == item and line.kind == "revenue")
        try:
            ends = _ends(product.valid, today, parts.head.zone)
        except InputError as error:
            raise RowError(row, "", "value", str(error)) from None
        lot = Lot(
            f"{usages.ids[row].as_py()}, {item}, {account}",
            account,
            int(sum(given) / size),
            bought,
            ends,
            value=int(paid * size / sum(given)),
        )
        standing.lots.setdefault(order.customer, {})[lot.id] = HeldLot(lot, today.toordinal(), int(usages.places[row]))


def _ends(validity: Any, day: date, zone: str) -> datetime | None:
    return None if validity is None else day_bounds(last_day(validity, day), zone).end
