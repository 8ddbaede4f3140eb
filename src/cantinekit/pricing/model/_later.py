"""What happens to an agreement later: how long it lasts, how it ends, what calling it off costs."""

from __future__ import annotations

from fractions import Fraction

import attrs

from cantinekit.pricing.format._kinds import Amount, Count, Flag, Percent, Text, Texts
from cantinekit.pricing.format._read import Table
from cantinekit.pricing.format._records import Sub, Subs, key
from cantinekit.pricing.model._calendars import DELAY, TERM, VALIDITY
from cantinekit.pricing.model._cancel import Cancel, Cancels
from cantinekit.pricing.model._conditions import Words
from cantinekit.pricing.model._once import check_once, once_key
from cantinekit.pricing.terms import Delay, Term, Validity


@attrs.frozen
class Prorate:
    """How a part of a period is charged."""

    rule: str = key(Text(("both ends", "last day not counted")), "which days count")
    of: str = key(Text(("days of the month", "days of the period")), "of how many days")


@attrs.frozen
class EndFee:
    """One of the amounts of which the smaller is due: so many periods, or a share of what remains."""

    periods: int | None = key(Count(0, 1200), "so many periods at the agreed price", default=None)
    share: Fraction | None = key(Percent(0, 100), "a share of what would still be due", default=None)

    def check(self, table: Table) -> None:
        if (self.periods is None) == (self.share is None):
            table.problem("either 'periods' or 'share'")


@attrs.frozen
class EndEarly:
    """What ending before the agreed end costs."""

    smaller_of: tuple[EndFee, ...] = key(Subs(EndFee), "the smallest of these is due")


@attrs.frozen
class Overrun:
    """What staying longer costs."""

    product: str = key(Text(), "the time beyond is priced as this product", default="")
    price: int | None = key(Amount(), "or at this price", default=None)
    per: str = key(Text(), "for each begun length", default="")
    once_per: str = once_key()

    def check(self, table: Table) -> None:
        words: Words = table.notes.words
        if bool(self.product) == (self.price is not None):
            table.problem("either 'product' or 'price'")
        if self.product and self.product not in words.products:
            table.problem(f"no product {self.product!r}", "product", table.notes.near(self.product, words.products))
        if (self.price is not None) != bool(self.per):
            table.problem("'price' and 'per' go together")
        check_once(table, self.once_per, self.price)
        if self.per and table.span("per") is None:
            return


@attrs.frozen
class Move:
    """What moving to another time costs."""

    fee: int = key(Amount(), "a fee", default=0)
    once_per: str = once_key()
    allowed: bool = key(Flag(), "whether it may be moved at all", default=True)
    delay: Delay | None = key(DELAY, "how long before the start it must be done", default=None)
    at_least: int = key(Count(0, 10_000), "in the unit of the delay", name="from", default=0)

    def check(self, table: Table) -> None:
        check_once(table, self.once_per, self.fee or None)
        for name in ("fee", "delay", "from") if not self.allowed else ():
            if name in table:
                table.problem(f"it cannot be moved: {name!r} would change nothing", name)


@attrs.frozen
class Later:
    """Everything of a product that matters after it was sold."""

    valid: Validity | None = key(VALIDITY, "how long what is sold lasts", default=None)
    term: Term | None = key(TERM, "minimum, renewal and notice of a contract", default=None)
    prorate: Prorate | None = key(Sub(Prorate), "how a part of a period is charged", default=None)
    cancel: tuple[Cancel, ...] = key(Cancels(), "what calling off costs", default=())
    end_early: EndEarly | None = key(Sub(EndEarly), "what ending early costs", default=None)
    overrun: Overrun | None = key(Sub(Overrun), "what staying longer costs", default=None)
    move: Move | None = key(Sub(Move), "what moving costs", default=None)
    afterwards: tuple[str, ...] = key(
        Texts(), "facts that are measured afterwards; until then the line is pending", default=()
    )

    def check(self, table: Table) -> None:
        for name in self.afterwards:
            if name not in table.notes.words.facts:
                table.problem(f"no fact {name!r}", "afterwards", table.notes.near(name, table.notes.words.facts))
