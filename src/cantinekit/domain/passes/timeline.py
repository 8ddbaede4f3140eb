"""What lasts, as a timeline: what is held on which day, which periods are owed, which units are given, when it can end.

Pure. Renewal, notice, early ends and what ``read.timeline`` says all read this; nothing else computes such a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import takewhile

import attrs

from cantinekit import pricing
from cantinekit.calendar import add_days
from cantinekit.clock import day_bounds, local
from cantinekit.domain.catalogue.records import PriceList
from cantinekit.domain.passes.course import Course, course
from cantinekit.domain.passes.records import FreeDays, Pass, Pause, plain
from cantinekit.domain.sales.answers import GivenUnits, given_units
from cantinekit.domain.sales.past import agreements_of, explain_sale, past_order
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale
from cantinekit.errors import NotForSaleError
from cantinekit.money import Money
from cantinekit.pricing import Agreement, Order, Quote, Refusal

_ITEM = "1"
"""How the order of a renewal names its one item."""


@attrs.frozen
class HeldPeriod:
    """A period of a pass, and what it costs.

    Attributes:
        number: its number, from 0: the first as it was sold.
        first_day: the first local day.
        last_day: the last one, included; ``None``: it has no end. Pauses in it and days that were given on top are
            among its days; of one in a pause of which nobody knows the end it is the last day without that.
        price: what it costs; ``None``: the price list has no price for it, as ``refusals`` say.
        tariff_version: the id of the version of the price list that prices it.
        refusals: why there is no price.
    """

    number: int
    first_day: date
    last_day: date | None
    price: Money | None
    tariff_version: str
    refusals: tuple[Refusal, ...] = ()


@attrs.frozen
class HeldUnits:
    """Units that a pass gives on a day.

    Attributes:
        day: the local day from which on they can be spent.
        last_day: the last one, included; ``None``: they have no end.
        account: the account that they are on.
        units: how many, in the unit of the price list; of vouchers minor units of money.
        unit: the name of that unit.
        renews: the period after which they are given again ("day", "week", "month", "year"); empty: once.
    """

    day: date
    last_day: date | None
    account: str
    units: int | Decimal | Fraction
    unit: str
    renews: str = ""

    @classmethod
    def of(cls, day: date, one: GivenUnits) -> HeldUnits:
        """The same, of what a price gives on a day."""
        units = plain(one.units * Fraction(one.smallest or 1))
        return cls(day, one.last_day, one.account, units, one.unit, one.renews)


@attrs.frozen
class Timeline:
    """What a pass is, day by day.

    Attributes:
        pass_id: the pass.
        first_day: the first local day on which it is held.
        end: the last one, as it stands now; ``None``: it goes on.
        periods: its periods that begin by the day that was asked for, in order.
        units: the units that it gives by that day, in order. Where there is no limit nothing is given.
        earliest_end: the first day that can be the last, if notice is given on the day of the question; ``None``: no
            notice ends it.
        last_notice: the last day on which notice for that end can be given.
        deadlines: (last day for notice, last day of the contract) pairs up to the day that was asked for.
        pauses: its pauses, in order. Nothing is charged in them, nothing is given, and nothing of it can be used.
        free: the days that were given on top.
    """

    pass_id: str
    first_day: date
    end: date | None
    periods: tuple[HeldPeriod, ...]
    units: tuple[HeldUnits, ...] = ()
    earliest_end: date | None = None
    last_notice: date | None = None
    deadlines: tuple[tuple[date, date], ...] = ()
    pauses: tuple[Pause, ...] = ()
    free: tuple[FreeDays, ...] = ()

    def on(self, day: date) -> HeldPeriod | None:
        """The period that has a local day; ``None``: it is not held or is paused then, or the timeline is shorter.

        Args:
            day: the day.
        """
        if any(one.has(day) for one in self.pauses):
            return None
        found = (one for one in self.periods if one.first_day <= day and (one.last_day is None or day <= one.last_day))
        return next(found, None)

    def owed(self, after: date, until: date) -> Money | None:
        """What the periods cost that begin after a day and by another.

        Args:
            after: those that begin by this day are left out.
            until: the last day on which they may begin; the timeline goes so far.

        Returns:
            their sum; ``None``: one of them has no price, or there is none.
        """
        found = [one for one in self.periods if after < one.first_day <= until]
        price = next((one.price for one in found if one.price is not None), None)
        return owed(found, price.currency) if price is not None else None


Held = Callable[[pricing.Tariff, date], frozenset[str]]
"""What somebody holds on a local day, of what a price list asks."""


def _nothing(_: pricing.Tariff, _day: date) -> frozenset[str]:
    return frozenset()


@attrs.frozen(slots=False)
class Agreed:
    """What was agreed about a pass, and what its price list says since.

    Attributes:
        sold: the pass, which was sold, or given to be carried on.
        sale: its sale, with all facts; of one that was given what the list says of it.
        texts: the texts of the versions of the price list, by their ids: that of the sale, and those in force when
            periods begin, where the list prices by the day of renewal.
        pricelist: the versions of the price list.
        zone: the time zone of the place.
        held: what its holder holds on a day; left out: nothing.
    """

    sold: Pass
    sale: Sale
    texts: Mapping[str, str]
    pricelist: PriceList
    zone: str
    held: Held = _nothing

    @cached_property
    def tariff(self) -> pricing.Tariff:
        """The version that sold it."""
        return read_tariff(self.texts[self.sale.tariff_version])

    @cached_property
    def agreement(self) -> Agreement:
        """What was agreed of it when it was sold."""
        return agreements_of(self.sale, self.tariff.source, [self.sold.item])[0]

    @cached_property
    def _first(self) -> Quote:
        return explain_sale(self.sale, self.tariff.source)

    @cached_property
    def course(self) -> Course:
        """Its days."""
        assert self.sold.first_day is not None
        own = attrs.evolve(self.agreement.item, day=self.sold.first_day)
        order = attrs.evolve(self.agreement.order, items=(own,))
        last = self.agreement.item.until if self.sold.contract else self.sold.last_day
        found = course(self.tariff, order, self.sold.first_day, last, [one.renews for one in self._grants(0)])
        found = attrs.evolve(found, pauses=self.sold.pauses, free=self.sold.free)
        return found if self.sold.contract else attrs.evolve(found, term=None)

    def _grants(self, number: int) -> tuple[pricing.Granted, ...]:
        if not number:
            return tuple(grant for grant in self._first.grants if grant.item == self.sold.item)
        quote = self.quote(self.course.period(number)[0])[2]
        return tuple(grant for grant in quote.grants if grant.item == _ITEM)

    def units(self, number: int, day: date, end: date | None) -> tuple[GivenUnits, ...]:
        """The units that it gives on a day.

        Args:
            number: the number of the period that has the day.
            day: the day.
            end: the last day of all.
        """
        price = self.price(number).price
        paid = price.amount if price is not None else 0
        return self.course.giving(given_units(self.tariff, self._grants(number), paid), day, end)

    def price(self, number: int, end: date | None = None) -> HeldPeriod:
        """A period with what it costs: the first as it was sold or given, those that began as they were charged, and
        each other by the version that counts for it.

        Args:
            number: the number of the period.
            end: the last day of all; ``None``: there is none.
        """
        first, last = self.course.period(number)
        ends = min((one for one in (last, end) if one is not None), default=None)
        if not number:
            paid = self.agreement.total if not self.sold.given else Money.zero(self.agreement.total.currency)
            return HeldPeriod(0, first, ends, paid, self.sale.tariff_version)
        version, _, quote = self.quote(first)
        begun = next((one.price for one in self.sold.periods if one.first_day == first), None)
        if begun is not None:
            return HeldPeriod(number, first, ends, begun, version)
        price = quote.total if quote.ok else None
        return HeldPeriod(number, first, ends, price, version, () if quote.ok else quote.refusals)

    @cached_property
    def _quotes(self) -> dict[date, tuple[str, Order, Quote]]:
        return {}

    def quote(self, first: date) -> tuple[str, Order, Quote]:
        """The version of the price list that prices a renewal, the order, and the answer.

        It is the version that sold it; where that prices by the day of renewal (``price_date``), the version in force
        when the period begins, if it has the product and a price. That version is told what it asks to know. What its
        holder holds on the first day of the period counts, and the pass itself; where the list has no price for that,
        what was agreed.
        """
        if first not in self._quotes:
            self._quotes[first] = self._quote(first)
        return self._quotes[first]

    def _quote(self, first: date) -> tuple[str, Order, Quote]:
        begins = day_bounds(first, self.zone).start
        asked = []
        if self.tariff.products[self.agreement.item.product].price_date == "renewal":
            newer = self.pricelist.version_at(begins)
            if newer is not None and newer != self.sale.tariff_version:
                asked.append((newer, max(begins, self.sale.at)))
        asked.append((self.sale.tariff_version, self.sale.at))
        found = None
        for version, as_of in asked:
            tariff, sold = read_tariff(self.texts[version]), self.agreement.item
            if sold.product not in tariff.products:
                continue
            facts = {name: value for name, value in sold.facts.items() if tariff.takes_fact(name, value)}
            until = self._cut_in(first) if tariff.products[sold.product].prorate is not None else None
            for holds in self._holds(tariff, first):
                item = attrs.evolve(sold, id=_ITEM, day=first, until=until, period=None, also=(), facts=facts)
                order = Order((item,), customer=self.sale.customer_id, as_of=as_of, holds=holds)
                found = version, order, tariff.quote(order)
                if found[2].ok and not self._adds(tariff, found[2]):
                    return found
        assert found is not None
        return found

    def _cut_in(self, first: date) -> date | None:
        """The last day of a period that was ended within, before it had begun; ``None``: it runs to its end."""
        end, last = self.sold.end, self.course.period(self.course.number_on(first))[1]
        cut = self.sold.cut and end is not None and last is not None and first <= end < last
        return end if cut else None

    def _adds(self, tariff: pricing.Tariff, quote: Quote) -> bool:
        """Whether a price sells something along with the pass (``needs``, ``add``): a renewal sells nothing else."""
        return any(tariff.products[line.product].sells for line in quote.lines if line.product != self._mine)

    @property
    def _mine(self) -> str:
        return self.agreement.item.product

    def _holds(self, tariff: pricing.Tariff, day: date) -> Iterator[frozenset[str]]:
        """What counts as held at a renewal, the first to be asked first: what the customer holds on its first day, then
        what they held and were sold when they bought the pass. Each with the pass itself and without it.

        A list may ask for the pass itself (a price of renewals) or refuse who has it (one of each at a time). It may
        have no price for who lacks something by now: a contract goes on, as it was agreed. So does one that is not paid
        yet, as far as it is known.
        """
        names = {item.product for item in past_order(self.sale).items} | {line.product for line in self._first.lines}
        sold = frozenset(name for name in names if self.tariff.products[name].sells)
        now = self.held(tariff, day) | (sold if self.sold.state == "pending" else frozenset())
        mine = frozenset((self._mine,))
        for held in (now, sold.union(self.sale.holds)):
            yield (held | mine) & tariff.asked_holds
            yield (held - mine) & tariff.asked_holds


def periods_until(agreed: Agreed, stop: date, end: date | None, *, after: date | None = None) -> tuple[HeldPeriod, ...]:
    """The periods of a pass that begin by a day, each with its price.

    Args:
        agreed: the pass, and what was agreed about it.
        stop: the last day on which they may begin.
        end: the last day of all; ``None``: there is none.
        after: those that begin by this day are left out.
    """
    numbered = takewhile(lambda one: one[1] <= stop and (end is None or one[1] <= end), agreed.course.periods())
    return tuple(agreed.price(number, end) for number, first, _ in numbered if after is None or first > after)


def owed(periods: Iterable[HeldPeriod], currency: str) -> Money | None:
    """What periods cost together; ``None``: one of them has no price."""
    prices = [one.price for one in periods]
    known = [price for price in prices if price is not None]
    return Money.sum(known, currency) if len(known) == len(prices) else None


def timeline(agreed: Agreed, *, today: date, until: date) -> Timeline:
    """What a pass is, from its first day on.

    Args:
        agreed: the pass, and what was agreed about it.
        today: the local day of the question: on it notice would be given.
        until: the last day that the timeline looks at.

    Raises:
        InputError: a calendar of business days ends before.
    """
    sold, days = agreed.sold, agreed.course
    end = sold.planned_end
    stop = until
    if sold.ended_at is not None:
        stop = min(until, local(sold.ended_at, agreed.zone).date())
    periods = periods_until(agreed, stop, end)
    units: list[HeldUnits] = []
    day: date | None = days.first_day
    while day is not None and day <= stop and (end is None or day <= end):
        units += [HeldUnits.of(day, one) for one in agreed.units(agreed.course.number_on(day), day, end)]
        day = days.next_after(day)
    earliest, notice, deadlines = _ends(agreed, today, until)
    return Timeline(
        sold.id,
        days.first_day,
        sold.held_until,
        periods,
        tuple(units),
        earliest,
        notice,
        deadlines,
        sold.pauses,
        sold.free,
    )


def _ends(agreed: Agreed, today: date, until: date) -> tuple[date | None, date | None, tuple[tuple[date, date], ...]]:
    """The end that a notice of today brings about, the last day for it, and all such days up to another."""
    days = agreed.course
    if days.term is None or agreed.sold.planned_end is not None:
        return None, None, ()
    day = max(today, days.first_day)
    end = days.earliest_end(day)
    if end is None:
        return None, None, ()
    found: list[tuple[date, date]] = []
    following: date | None = end
    while following is not None:
        found.append((days.last_notice(following), following))
        following = days.earliest_end(add_days(found[-1][0], 1)) if found[-1][0] < until else None
    return end, found[0][0], tuple(pair for pair in found if day <= pair[0] <= until)


@attrs.frozen
class Step:
    """What comes of itself on a day.

    Attributes:
        period: the period that begins; ``None``: none does.
        units: the units that are given.
        next_day: the next day on which something comes; ``None``: none does.
    """

    period: HeldPeriod | None
    units: tuple[GivenUnits, ...]
    next_day: date | None


def step(agreed: Agreed, day: date) -> Step:
    """What comes of a pass on a day on which its period begins or its units are given again.

    Raises:
        NotForSaleError: the price list has no price for the period; carries its reasons.
    """
    end, number = agreed.sold.planned_end, agreed.course.number_on(day)
    period = agreed.price(number, end) if agreed.course.period(number)[0] == day else None
    if period is not None and period.price is None:
        said = "; ".join(stop.text("en") for stop in period.refusals)
        raise NotForSaleError(f"the period from {day}: {said}", refusals=period.refusals)
    return Step(period, agreed.units(number, day, end), agreed.course.next_after(day))
