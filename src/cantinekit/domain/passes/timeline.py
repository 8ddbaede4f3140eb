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
from cantinekit.domain.decision import SponsoredPart
from cantinekit.domain.passes.course import Course, course
from cantinekit.domain.passes.events import with_plan
from cantinekit.domain.passes.records import FreeDays, Pass, PassPlan, Pause, PlanChange, PlannedChange, plain
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
        product: the product of the price list that is held on its first day.
        sponsored: what sponsors pay of the price; ``read.timeline`` tells it.
    """

    number: int
    first_day: date
    last_day: date | None
    price: Money | None
    tariff_version: str
    refusals: tuple[Refusal, ...] = ()
    product: str = ""
    sponsored: tuple[SponsoredPart, ...] = ()


@attrs.frozen
class HeldChange:
    """A change of the plan of a pass, and what it comes to.

    Attributes:
        day: the first local day of the new plan.
        product: the product of the price list that is held from then on.
        due: what is charged for it, less than nothing where something goes back; ``None``: the price list has no price
            for it, as ``refusals`` say.
        refusals: why there is no price.
        sponsored: what sponsors pay of what is charged; ``read.timeline`` tells it.
    """

    day: date
    product: str
    due: Money | None
    refusals: tuple[Refusal, ...] = ()
    sponsored: tuple[SponsoredPart, ...] = ()


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
        units: the units that it gives by that day, in order. Where there is no limit nothing is given. When the plan
            changes, those of the new one are told in full: what was used of their account before is taken off them.
        earliest_end: the first day that can be the last, if notice is given on the day of the question; ``None``: no
            notice ends it.
        last_notice: the last day on which notice for that end can be given.
        deadlines: (last day for notice, last day of the contract) pairs up to the day that was asked for.
        pauses: its pauses, in order. Nothing is charged in them, nothing is given, and nothing of it can be used.
        free: the days that were given on top.
        changes: the changes of its plan by the day that was asked for, in order. What they come to is beside the prices
            of the periods, which are those at their beginning.
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
    changes: tuple[HeldChange, ...] = ()

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


@attrs.frozen
class Difference:
    """What a change of plan comes to in a period.

    Attributes:
        had: what the days before the change cost.
        credit: what the days from the change on cost by the old plan, which is not owed any more.
        whole: what the new plan costs for the whole period.
        skipped: what of that is for the days before the change.
    """

    had: Money
    credit: Money
    whole: Money
    skipped: Money

    @property
    def due(self) -> Money:
        """What is charged; less than nothing: it goes back."""
        return self.whole - self.skipped - self.credit


@attrs.frozen(slots=False)
class Agreed:
    """What was agreed about a pass, and what its price list says since, as long as its plan is the same.

    Attributes:
        sold: the pass, which was sold, or given to be carried on.
        sale: its sale, with all facts; of one that was given what the list says of it.
        texts: the texts of the versions of the price list, by their ids: that of the sale, and those in force when
            periods begin, where the list prices by the day of renewal.
        pricelist: the versions of the price list.
        zone: the time zone of the place.
        held: what its holder holds on a day; left out: nothing.
        planned: the changes of its plan that are to come, each with the sale of the new plan, with all facts.
        former: the plans that it had before, the first one first, each with the first day of the one after it. Only who
            looks at the past needs them.
    """

    sold: Pass
    sale: Sale
    texts: Mapping[str, str]
    pricelist: PriceList
    zone: str
    held: Held = _nothing
    planned: tuple[tuple[PlannedChange, Sale], ...] = ()
    former: tuple[tuple[date, Agreed], ...] = ()

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
        return self.course.giving(self.grants(number), day, end)

    def grants(self, number: int) -> tuple[GivenUnits, ...]:
        """All units that it gives in a period."""
        price = self.price(number).price
        paid = price.amount if price is not None else 0
        return given_units(self.tariff, self._grants(number), paid)

    def price(self, number: int, end: date | None = None) -> HeldPeriod:
        """A period with what it costs: the first as it was sold or given, those that began as they were charged, and
        each other by the version that counts for it.

        Args:
            number: the number of the period.
            end: the last day of all; ``None``: there is none.
        """
        first, last = self.course.period(number)
        ends = min((one for one in (last, end) if one is not None), default=None)
        taken_over = self.sold.taken_over
        if not number or (taken_over is not None and number <= taken_over.before):
            paid = self.agreement.total if not self.sold.given else Money.zero(self.agreement.total.currency)
            paid = self.sold.first_price if self.sold.first_price is not None else paid
            return HeldPeriod(0, first, ends, paid, self.sale.tariff_version, product=self._mine)
        version, _, quote = self.quote(first)
        begun = next((one.price for one in self.sold.periods if one.first_day == first), None)
        if begun is not None:
            return HeldPeriod(number, first, ends, begun, version, product=self._mine)
        price = quote.total if quote.ok else None
        return HeldPeriod(number, first, ends, price, version, () if quote.ok else quote.refusals, self._mine)

    # --- its plan changes --------------------------------------------------------------------------------------------

    @cached_property
    def successor(self) -> tuple[date, Agreed] | None:
        """The day on which its plan changes next, and what is agreed from then on; ``None``: no change is planned,
        nobody knows the day, or it was ended before.
        """
        if not self.planned:
            return None
        change, sale = self.planned[0]
        after = self.with_plan(change.plan, sale)
        day: date | None = change.day
        while day is not None and (pause := self.sold.paused_on(day)):
            day = add_days(pause.last_day, 1) if pause.last_day is not None else None
        if day is None or (self.sold.cut and self.sold.end is not None and day > self.sold.end):
            return None
        number = self.course.number_on(day)
        if day != self.course.period(number)[0] and (not self.divides(after) or self.paid_elsewhere(number)):
            day = self.course.period(number + 1)[0]
        told = self.difference(after, number, day) or Difference(*[Money.zero(self.tariff.currency)] * 4)
        made = PlanChange(day, change.said, self.sold.plan, told.had, told.whole, told.skipped, told.due)
        sold = attrs.evolve(after.sold, changes=(*self.sold.changes, made), planned=self.sold.planned[1:])
        return day, attrs.evolve(after, sold=sold, planned=self.planned[1:])

    def with_plan(self, plan: PassPlan, sale: Sale) -> Agreed:
        """The same with another plan.

        Args:
            plan: the plan.
            sale: its sale, with all facts.
        """
        first_price = self.price(0).price
        assert first_price is not None
        return attrs.evolve(self, sold=with_plan(self.sold, plan, first_price), sale=sale, former=())

    def divides(self, after: Agreed) -> bool:
        """Whether a change to another plan can be in the middle of a period: both price lists prorate."""
        return all(one.tariff.products[one._mine].prorate is not None for one in (self, after))

    def paid_elsewhere(self, number: int) -> bool:
        """Whether a period was paid in another system, so that nobody here knows what its days came to.

        Args:
            number: the number of the period.
        """
        taken_over = self.sold.taken_over
        if taken_over is None or number <= taken_over.before:
            return taken_over is not None
        first, changes = self.course.period(number)[0], self.sold.changes
        taken = changes[0].before.sale_id if changes else self.sold.sale_id
        return any(one.first_day == first and one.sale_id == taken for one in self.sold.periods)

    def on(self, day: date) -> Agreed:
        """What is agreed for a day, with the plan of that day, as far as former plans are known."""
        found = next((plan for until, plan in self.former if day < until), self)
        while found is not None and (following := found.successor) is not None and following[0] <= day:
            found = following[1]
        return found

    def next_after(self, day: date) -> date | None:
        """The next day on which a period begins, units are given again or the plan changes; ``None``: there is none."""
        plan, ends = self.on(day), [until for until, _ in self.former if until > day]
        found = [plan.course.next_after(day), *ends[:1]]
        if plan.successor is not None and not ends:
            found.append(plan.successor[0])
        return min((one for one in found if one is not None and one > day), default=None)

    def paid(self, number: int) -> tuple[Money, Money, Money] | None:
        """What a period costs: its days before the plan changed last in it, the plan since then for the whole of the
        period, and what of that is not owed since it is for the days before; ``None``: there is no price for it.
        """
        first, last = self.course.period(number)
        change = self.sold.changes[-1] if self.sold.changes else None
        if change is not None and first <= change.day and (last is None or change.day <= last):
            return change.had, change.whole, change.skipped
        price = self.price(number).price
        return (price * 0, price, price * 0) if price is not None else None

    def costs_until(self, number: int, day: date) -> Money | None:
        """What the days of a period cost until a day; ``None``: there is no price for it.

        Args:
            number: the number of the period.
            day: the day, not before the day before the plan changed last.
        """
        paid = self.paid(number)
        if paid is None:
            return None
        had, whole, skipped = paid
        return had + max(whole * 0, self.used(number, whole, day) - skipped)

    def used(self, number: int, whole: Money, day: date) -> Money:
        """What the days of a period cost until a day, by the version that prices it; all where nothing is prorated.

        Where it would have another price now, since its holder holds something else, it is the same share of what it
        cost.

        Args:
            number: the number of the period.
            whole: what the period costs by this plan.
            day: the day.
        """
        first, last = self.course.period(number)
        had = self.course.as_planned(number, day)
        if day < first or (had is not None and had < first):
            return whole * 0
        if self.tariff.products[self._mine].prorate is None or had is None or (last is not None and day >= last):
            return whole
        if number or self.sold.first_price is not None:
            version, order, now = self.quote(first)
            tariff, known = read_tariff(self.texts[version]), now.total
        else:
            item = attrs.evolve(self.agreement.item, id=_ITEM, day=first, period=None, also=())
            tariff, order, known = self.tariff, attrs.evolve(self.agreement.order, items=(item,)), whole
        part = tariff.quote(attrs.evolve(order, items=(attrs.evolve(order.items[0], until=had),)))
        if not part.ok:
            return whole
        if known == whole or not known:
            return min(whole, part.total)
        return min(whole, Money(round(Fraction(part.total.amount * whole.amount, known.amount)), whole.currency))

    def difference(self, after: Agreed, number: int, day: date) -> Difference | None:
        """What a change of plan comes to in a period; ``None``: one of the two has no price for it.

        Args:
            after: what is agreed afterwards.
            number: the number of the period.
            day: the first day of the new plan; the period has it, or begins later.
        """
        first = self.course.period(number)[0]
        paid, quote = self.paid(number), after.quote(first)[2]
        if paid is None or not quote.ok:
            return None
        had, whole, skipped = paid
        before = add_days(day, -1)
        changed = self.sold.changes[-1].day if self.sold.changes else None
        kept = had if changed == day or before < first else self.costs_until(number, before)
        assert kept is not None
        return Difference(kept, had + whole - skipped - kept, quote.total, after.used(number, quote.total, before))

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
        cut = self.sold.cut and end is not None and last is not None and end < last
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
    wanted = [(number, first) for number, first, _ in numbered if after is None or first > after]
    return tuple(agreed.on(first).price(number, end) for number, first in wanted)


def owed(periods: Iterable[HeldPeriod], currency: str) -> Money | None:
    """What periods cost together; ``None``: one of them has no price."""
    prices = [one.price for one in periods]
    known = [price for price in prices if price is not None]
    return Money.sum(known, currency) if len(known) == len(prices) else None


def due_until(agreed: Agreed, end: date, currency: str) -> Money | None:
    """What comes to be charged of a contract until its last day: its periods that have not begun, and the changes of
    its plan that are to come. Less than nothing: it goes back. ``None``: one of them has no price.

    Args:
        agreed: the contract.
        end: its last day.
        currency: the currency of its place.
    """
    periods = owed(periods_until(agreed, end, end, after=agreed.sold.period_first), currency)
    changes = [one.due for one in _changes(agreed, end)[len(agreed.sold.changes) :]]
    known = [one for one in changes if one is not None]
    if periods is None or len(known) < len(changes):
        return None
    return periods + Money.sum(known, currency)


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
    last = stop if end is None else min(stop, end)
    changes = _changes(agreed, last)
    units: list[HeldUnits] = []
    day: date | None = days.first_day
    while day is not None and day <= last:
        plan, number = agreed.on(day), days.number_on(day)
        given = plan.units(number, day, end)
        before = agreed.on(add_days(day, -1)) if any(one.day == day for one in changes) else plan
        instead = exchanged(before, plan, number, day, end, given) if before is not plan else ()
        units += [HeldUnits.of(day, one) for one in (*given, *instead)]
        day = agreed.next_after(day)
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
        changes,
    )


def _changes(agreed: Agreed, last: date) -> tuple[HeldChange, ...]:
    """The changes of plan by a day: as they were carried out, and as they will be."""
    sold = agreed.sold
    products = [*(one.before.tariff_product for one in sold.changes), sold.tariff_product]
    found = [HeldChange(one.day, name, one.due) for one, name in zip(sold.changes, products[1:], strict=True)]
    while (following := agreed.successor) is not None and following[0] <= last:
        day, after = following
        number = after.course.number_on(day)
        begins = day == after.course.period(number)[0]
        told = agreed.difference(after, number, day)
        due = told.due if told is not None and not begins else told.due * 0 if told is not None else None
        stops = () if told is not None else after.quote(after.course.period(number)[0])[2].refusals
        found.append(HeldChange(day, after.sold.tariff_product, due, stops))
        agreed = after
    return tuple(one for one in found if one.day <= last)


def exchanged(
    before: Agreed, plan: Agreed, number: int, day: date, end: date | None, given: Iterable[GivenUnits]
) -> tuple[GivenUnits, ...]:
    """The units that a new plan gives on its first day in place of those of the old one, each with its last day.

    Where both give the same on an account, nothing changes on it.

    Args:
        before: what was agreed until then.
        plan: what is agreed from that day on.
        number: the number of the period.
        day: the first day of the new plan.
        end: the last day of all.
        given: what it gives on that day anyway.
    """
    days, own = plan.course, {(one.account, one.renews) for one in given}
    changed = exchanged_accounts(before, plan, number)
    rest = [one for one in plan.grants(number) if one.account in changed and (one.account, one.renews) not in own]
    return tuple(attrs.evolve(one, last_day=days.last_of(one, days.round_on(one.renews, day), end)) for one in rest)


def exchanged_accounts(before: Agreed, plan: Agreed, number: int) -> frozenset[str]:
    """The accounts on which two plans give other units in a period; vouchers stay as they are.

    Args:
        before: the old plan.
        plan: the new plan.
        number: the number of the period.
    """
    old, new = (
        {attrs.evolve(one, value=None) for one in each.grants(number) if not one.money} for each in (before, plan)
    )
    return frozenset(one.account for one in old ^ new)


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
    return Step(period, agreed.units(number, day, end), agreed.next_after(day))
