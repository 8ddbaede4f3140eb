"""What happens to an agreement later: how long it lasts, how it ends, what calling it off costs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.format.kinds import Amount, Count, Flag, Percent, Text, Texts, one_or_more
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.format.records import Sub, Subs, key
from cantinekit.pricing.model._calendars import DELAY, TERM, VALIDITY
from cantinekit.pricing.model._known import check_absent, check_facts, check_products, check_reached, check_refusal
from cantinekit.pricing.model.cancel import NO_ANSWER, Ahead, AheadKind, CancelCost, Cancels
from cantinekit.pricing.model.conditions import Condition, When
from cantinekit.pricing.model.once import check_once, once_key
from cantinekit.pricing.model.product_parts import Apart
from cantinekit.pricing.terms import Delay, Length, Term, Validity


@attrs.frozen
class Prorate:
    """How a part of a period is charged."""

    rule: str = key(Text(("both ends", "last day not counted")), "which days count")
    of: str = key(Text(("days of the month", "days of the period")), "of how many days")


@attrs.frozen
class EndFee:
    """One of the amounts of which the smallest is due: a number of periods, or a share of what remains."""

    periods: int | None = key(Count(0, 1200), "so many periods at the agreed price", default=None)
    share: Fraction | None = key(Percent(0, 100), "a share of what would still be due", default=None)

    def check(self, table: TariffTable) -> None:
        if (self.periods is None) == (self.share is None):
            table.problem("either 'periods' or 'share'")


@attrs.frozen
class EndEarly:
    """What ending before the agreed end costs."""

    smaller_of: tuple[EndFee, ...] = key(Subs(EndFee), "the smallest of these is due")


@attrs.frozen
class PauseLimits:
    """How what is held may be paused."""

    at_most: Length = key(Apart(), "so long at most")
    times: int | None = key(Count(1, 366), "so many begin within a year at most", default=None)
    ahead: Length | None = key(Apart(), "so long before it begins it is said", default=None)


@attrs.frozen
class Overrun:
    """What staying longer costs."""

    product: str = key(Text(), "the time beyond is priced as this product", default="")
    price: int | None = key(Amount(), "or at this price", default=None)
    per: str = key(Text(), "for each begun length", default="")
    once_per: str = once_key()

    def check(self, table: TariffTable) -> None:
        if bool(self.product) == (self.price is not None):
            table.problem("either 'product' or 'price'")
        check_products(table, [self.product] if self.product else [])
        if (self.price is not None) != bool(self.per):
            table.problem("'price' and 'per' go together")
        check_once(table, self.once_per, self.price)
        table.span("per")


@attrs.frozen
class MoveRow:
    """From this delay on, moving costs so much."""

    delay: Ahead = key(AheadKind(late=False), "at least so long before the start", name="from")
    fee: int | None = key(Amount(), "a fee", default=None)
    percent: Fraction | None = key(Percent(0, 100), "and this share of the price", default=None)
    refuse: str = key(Text(("not_at", *NO_ANSWER)), "or it cannot be moved, or the list does not say", default="")
    why: str = key(Text(), "the reason in words", default="")
    once_per: str = once_key()

    def check(self, table: TariffTable) -> None:
        check_refusal(table, self.refuse, ("fee", "percent"))
        check_once(table, self.once_per, self.fee or None)
        if not self.refuse and self.fee is None and self.percent is None:
            table.problem("'fee', 'percent' or 'refuse': what does it cost? fee = 0 where nothing")


@attrs.frozen
class MoveCost:
    """What moving to another time costs."""

    fee: int = key(Amount(), "a fee", default=0)
    once_per: str = once_key()
    allowed: bool = key(Flag(), "whether it may be moved at all", default=True)
    delay: Delay | None = key(DELAY, "how long before the start it must be done", default=None)
    at_least: int = key(Count(0, 10_000), "in the unit of the delay", name="from", default=0)
    rows: tuple[MoveRow, ...] = key(Subs(MoveRow), "or what it costs by the delay", default=())

    def check(self, table: TariffTable) -> None:
        check_once(table, self.once_per, self.fee or None)
        if not self.allowed:
            check_absent(table, ("fee", "delay", "from", "rows"), "it cannot be moved: {} would change nothing")
        if not self.rows:
            return
        check_absent(table, ("fee", "from"), "{} stands in the rows")
        if self.delay is None:
            table.problem("'rows' need 'delay': in which unit?", "rows")
            return
        for row, at in zip(self.rows, table.tables("rows"), strict=True):
            if row.delay.unit not in ("", self.delay.unit):
                at.problem(f"the delay is counted in {self.delay.unit}s", "from")
        bounds = [row.delay.n for row in self.rows]
        if len(set(bounds)) != len(bounds):
            table.problem("two rows begin at the same delay", "rows")


@attrs.frozen
class Contract:
    """Minimum, renewal and notice, perhaps only in a case."""

    term: Term
    when: When = ()


@attrs.frozen
class Contracts:
    """The kind of the key ``term``: a table, or several of which the first that fits is taken."""

    def read(self, table: TariffTable, key: str) -> tuple[Contract, ...] | None:
        rows = [table.table(key)] if isinstance(table.data[key], dict) else table.tables(key)
        whens = [Condition().read(row, "when") if "when" in row else () for row in rows]
        terms = [TERM.read_from({n: value for n, value in row.data.items() if n != "when"}, row) for row in rows]
        check_reached(table, [when or () for when in whens], key)
        found = zip(terms, whens, strict=True)
        out = [Contract(term, when) for term, when in found if term is not None and when is not None]
        if not rows:
            table.problem("at least one entry is needed", key)
        return tuple(out) or None

    def write(self, value: tuple[Contract, ...], currency: str) -> Any:
        rows = [
            ({"when": Condition().write(each.when, currency)} if each.when else {}) | each.term.data() for each in value
        ]
        return rows[0] if len(rows) == 1 else rows

    def schema(self) -> Schema:
        one = TERM.schema()
        one["properties"] |= {"when": Condition().schema()}
        return one_or_more(one)


@attrs.frozen
class Later:
    """Everything of a product that matters after it was sold."""

    valid: Validity | None = key(VALIDITY, "how long what is sold lasts", default=None)
    term: tuple[Contract, ...] = key(Contracts(), "minimum, renewal and notice of a contract", default=())
    prorate: Prorate | None = key(Sub(Prorate), "how a part of a period is charged", default=None)
    cancel: tuple[CancelCost, ...] = key(Cancels(), "what calling off costs", default=())
    end_early: EndEarly | None = key(Sub(EndEarly), "what ending early costs", default=None)
    pause: PauseLimits | None = key(Sub(PauseLimits), "how it may be paused", default=None)
    overrun: Overrun | None = key(Sub(Overrun), "what staying longer costs", default=None)
    move: MoveCost | None = key(Sub(MoveCost), "what moving costs", default=None)
    afterwards: tuple[str, ...] = key(
        Texts(), "facts that are measured afterwards; until then the line is pending", default=()
    )

    def check(self, table: TariffTable) -> None:
        check_facts(table, self.afterwards, "afterwards")
