"""The fold: each row is asked of the tariff with what all rows before it have left. It is right for every list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from cantinekit.clock import local
from cantinekit.common.facts import MAX_FACT_TEXT
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown
from cantinekit.pricing.quote import Quote
from cantinekit.pricing.replaying._answers import PHASES, PROGRAMS, Answers
from cantinekit.pricing.replaying._columns import HIGH
from cantinekit.pricing.replaying._giving import Giving
from cantinekit.pricing.replaying._shelf import HeldLot, Shelf, periods_of, usable
from cantinekit.pricing.replaying._usages import Usages
from cantinekit.pricing.values import Earlier, Lot, Order, State


@attrs.define(eq=False)
class Pricer:
    """What answers a question: by programs where there are some, or by the phases alone.

    ``ways`` are the programs of a tariff, which know its phases; ``programs``: whether they are asked first.
    """

    ways: Any
    programs: bool = attrs.field(kw_only=True)

    def ask(self, order: Order, state: State) -> tuple[Quote, int]:
        """The quote, and who gave it."""
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
            InputError: two lots of a customer have one id, a meter is no whole number from 0, or the key of a meter or
                the customer of lots is no text that a row could name.
        """
        found = cls()
        for what, longest, names in (
            ("the key of a meter", HIGH, meters),
            ("the customer of lots", MAX_FACT_TEXT, lots),
        ):
            for name in names:
                if not isinstance(name, str):
                    raise InputError(f"{what} is a text, not {shown(name)}")
                if not name or len(name) > longest or "\x00" in name:
                    raise InputError(f"{what} is empty, too long or has a NUL: {shown(name)}")
        for key, used in State(meters=dict(meters)).meters.items():
            found.meters.put(key, used)
        for customer, some in lots.items():
            held = tuple(some)
            if len(held) != 1 or not isinstance(held[0], Lot):  # one alone differs from all others
                held = State(lots=held).lots
            mine = {lot.id: HeldLot(lot, local(lot.bought, zone).date().toordinal()) for lot in held}
            found.lots[customer] = mine
        return found

    def before(self, order: Order, days: Iterable[date | None], today: date | None, place: int) -> State:
        """The state that a question sees.

        Args:
            order: the question.
            days: the local days of use of its items; ``None``: not known.
            today: the day by which lots are there: the first day of use, else that of the purchase.
            place: the place of the row in the order in which rows are folded.
        """
        periods = tuple(dict.fromkeys(period for day in days for period in periods_of(day)))
        lots = usable(self.lots.get(order.customer, {}), today, place) if order.customer is not None else ()
        earlier = tuple(self.earlier.seen(order.customer, periods).values()) if self.earlier.values else ()
        state = State().moved(self.meters.seen(order.customer, periods), lots)
        return attrs.evolve(state, earlier=earlier) if earlier else state

    def after(self, order: Order, answer: Quote, tariff_id: str) -> None:
        """Keep what an answer has left."""
        state = answer.state
        for key, moved in answer.meters:
            if moved:
                self.meters.put(key, state.meters[key])
        for scope in state.earlier:
            if scope.key.startswith(f"stay/{tariff_id}/"):  # else it is nobody's, and holds within the order
                self.earlier.put(scope.key, scope)
        if order.customer is not None and answer.uses and state.lots:
            mine = self.lots[order.customer]
            for lot in state.lots:
                mine[lot.id].lot = lot


def fold(pricer: Pricer, usages: Usages, rows: Iterable[int], standing: Standing, out: Answers) -> None:
    """Price rows in their order.

    Args:
        pricer: what answers.
        usages: all rows.
        rows: the rows to price, in the order in which they are folded; of an order all rows.
        standing: what there is before; it is moved on.
        out: where the answers go.

    Raises:
        RowError: a row that no price list could accept.
    """
    for row in rows:
        mine = usages.together.get(row, (row,)) if usages.several else (row,)
        if mine:  # else it was asked with the first row of its order
            _ask(pricer, usages, mine, standing, out)


def _ask(pricer: Pricer, usages: Usages, mine: tuple[int, ...], standing: Standing, out: Answers) -> None:
    """Price a row, or all rows of an order."""
    row, parts = mine[0], usages.parts
    order = usages.question(row)
    days = [date.fromordinal(ordinal) if ordinal >= 0 else None for ordinal in usages.days[list(mine)].tolist()]
    bought = None if order.as_of is None else local(order.as_of, parts.head.zone).date()
    first = min([day for day in days if day is not None], default=bought)
    try:
        answer, way = pricer.ask(order, standing.before(order, days, first, int(usages.places[row])))
    except (InputError, OverflowError) as error:
        raise RowError(row, "", "value", str(error)) from None
    for number, one in enumerate(mine, 1):
        out.take(one, answer, way, str(number) if len(mine) > 1 else "")
    if not answer.ok:
        return
    standing.after(order, answer, parts.head.id)
    if standing.keep is not None:
        for use in answer.uses:
            standing.keep(use.account, row, use.units)
    if answer.grants:
        giving = Giving(usages, standing.lots, standing.not_given)
        giving.by_quote(mine, order, answer, [day or bought for day in days])
