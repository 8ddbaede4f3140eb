"""Passes, the entitlements that they give (accounts of units, never counters), and the wallets of their holders."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    is_a,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.organisations.records import AffiliationRole
from cantinekit.domain.sales.records import MeterMove
from cantinekit.money import Money

PassState = Literal["pending", "active", "superseded", "cancelled"]
"""``pending`` until it is paid, ``active``, ``superseded`` by the pass that amends it, or ``cancelled``."""
PassEnd = Literal["superseded", "cancelled"]
"""The states in which a pass is over."""
Lasting = Literal["", "grant", "plan", "membership", "fee"]
"""What a price list says that a product sells; empty: it gives units, and is held as nothing."""
MAX_UNITS = 10**9
"""The most units of an entitlement, in the smallest part in which its account counts."""


@attrs.frozen
class Spend:
    """Units of an entitlement that were spent on something.

    Attributes:
        entitlement_id: the entitlement.
        units: how many of the smallest part in which its account counts, 1 to 1,000,000,000.
    """

    entitlement_id: str = attrs.field(validator=is_id)
    units: int = attrs.field(validator=is_count(most=MAX_UNITS))


@attrs.frozen
class Worth:
    """What was paid for all units of an entitlement, or all days of a pass: who sold it owes them until they are had.

    Attributes:
        product_id: the product that was sold.
        entity_id: the operator that sold it, in whose ledger it is.
        place_id: the place where it was sold.
        amount: what was paid for all of it; of a voucher what it is good for.
    """

    product_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field(validator=is_a(Money))


@attrs.frozen
class PassPeriod:
    """A further period of a pass that lasts: it was renewed for these days.

    Attributes:
        first_day: the first local day of the period.
        last_day: the last one, included.
        sale_id: the sale that priced it.
        charge_id: its charge; ``None`` where nothing was due.
        worth: what is paid for its days; ``None``: nothing.
        price: what it cost when it began; ``None``: it was renewed by an earlier version of this library.
    """

    first_day: date = attrs.field()
    last_day: date = attrs.field()
    sale_id: str = attrs.field(validator=is_id)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    worth: Worth | None = None
    price: Money | None = None


@attrs.frozen
class Pause:
    """Days on which a pass is not had: nothing is charged, nothing of it can be used, and they come back afterwards.

    Attributes:
        first_day: the first local day of the pause.
        last_day: the last one, included; ``None``: it lasts until the pass is resumed.
        said: the local day on which it was said. A period that had begun by then is had to its end after the pause;
            one that had not begins after it.
        reason: why, at most 1,000 characters.
    """

    first_day: date = attrs.field()
    last_day: date | None = attrs.field()
    said: date = attrs.field()
    reason: PublicText = attrs.field(default="", validator=is_text(1000))

    @property
    def days(self) -> int:
        """How many days it takes; 0 where nobody knows yet."""
        return (self.last_day - self.first_day).days + 1 if self.last_day is not None else 0

    def shared(self, first: date, last: date) -> int:
        """How many of the days from one to another are days of the pause."""
        ends = last if self.last_day is None else min(self.last_day, last)
        return max(0, (ends - max(self.first_day, first)).days + 1)

    def has(self, day: date) -> bool:
        """Whether a local day is one of the pause."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@attrs.frozen
class FreeDays:
    """Days that were given on top of a period, for nothing.

    Attributes:
        period: the number of the period that is longer for it, from 0, the one that was sold.
        days: how many days, 1 to 36,600.
        said: the local day on which they were given.
        reason: why, at most 1,000 characters.
    """

    period: int = attrs.field(validator=is_count(least=0))
    days: int = attrs.field(validator=is_count(most=36_600))
    said: date = attrs.field()
    reason: PublicText = attrs.field(default="", validator=is_text(1000))


@attrs.frozen
class PassPlan:
    """What a pass is by its price list, as long as its plan is not changed.

    Attributes:
        product_id: the product, as ``Pass.product_id``.
        tariff_product: the product in the price list.
        tariff_version: the id of the version of the price list.
        sale_id: the sale that priced it.
        item: the item of that sale.
        sells: what the price list says that it sells.
        unlimited: the accounts on which it gives units without a limit.
    """

    product_id: str = attrs.field(validator=is_id)
    tariff_product: Code = attrs.field(validator=is_text(200))
    tariff_version: Code = attrs.field(validator=is_id)
    sale_id: str = attrs.field(validator=is_id)
    item: Code = attrs.field(default="", validator=is_text(500))
    sells: Lasting = attrs.field(validator=is_word(Lasting), default="")
    unlimited: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@attrs.frozen
class PlannedChange:
    """A change of plan that is to come.

    Attributes:
        day: the first local day of the new plan. In a pause it begins after the pause; and with the next period, where
            the day is in the middle of one by then and the price list does not prorate.
        said: the local day on which it was said.
        plan: the new plan.
    """

    day: date = attrs.field()
    said: date = attrs.field()
    plan: PassPlan = attrs.field(validator=is_a(PassPlan))


@attrs.frozen
class PlanChange:
    """A change of plan that was carried out. In the period in which it was, both plans are paid by their days.

    Attributes:
        day: the first local day of the new plan.
        said: the local day on which it was said.
        before: the plan that it had until then.
        had: what the days of that period cost that were before it.
        whole: what the new plan costs for the whole of that period.
        skipped: what of that is for the days before the change, and not owed.
        due: what the change came to: charged where it is more than nothing, given back where it is less.
        charge_id: the charge of the difference; ``None``: there was nothing to charge.
        entitlement_ids: the units that were exchanged, old and new: what was used of them counts when the plan changes
            again before units are given again.
    """

    day: date = attrs.field()
    said: date = attrs.field()
    before: PassPlan = attrs.field(validator=is_a(PassPlan))
    had: Money = attrs.field(validator=is_a(Money))
    whole: Money = attrs.field(validator=is_a(Money))
    skipped: Money = attrs.field(validator=is_a(Money))
    due: Money = attrs.field(validator=is_a(Money))
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    entitlement_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    @property
    def part(self) -> Money:
        """What the new plan costs from the change to the end of the period."""
        return self.whole - self.skipped


@attrs.frozen
class Paused:
    """A stretch of time in which units cannot be spent, since their pass is paused.

    Attributes:
        since: its beginning, in UTC.
        until: its end, which is not in it; ``None``: it lasts until the pass is resumed.
    """

    since: datetime = attrs.field(converter=instant)
    until: datetime | None = attrs.field(default=None, converter=maybe_instant)

    def has(self, at: datetime) -> bool:
        """Whether an instant is in it."""
        return self.since <= at and (self.until is None or at < self.until)


@attrs.frozen
class TakenOver:
    """That a pass ran in another system before.

    Attributes:
        source: where it is from: the key of the row that was imported.
        day: the local day from which on it is had here.
        payer_id: the person or the organisation who pays what comes; ``None``: the holder.
        organisation: whether that payer is an organisation.
        before: how many periods there were between its first one and the first of ``periods``.
    """

    source: Code = attrs.field(validator=is_id)
    day: date = attrs.field()
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    organisation: bool = False
    before: int = attrs.field(validator=is_count(least=0, most=100_000), default=0)


def plain(number: Fraction) -> int | Decimal | Fraction:
    """A number as people write it: whole, with decimals, or as a fraction where no decimals are exact."""
    if number.denominator == 1:
        return number.numerator
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return exact if Fraction(exact) == number else number


@record("domain", fields=("place", "holder"), person="holder")
@attrs.frozen
class Pass:
    """What somebody holds from a day to a day: a carnet, a plan, a membership, a fee that is paid.

    It was sold by a version of the price list, or given.

    Attributes:
        id: its id.
        product_id: the product: of the catalogue, or ``"<price list>/<product>"``; of units that were given by
            themselves ``"<price list>/<account>"``.
        place_id: the place where it was sold.
        entity_id: the operator that sold it.
        holder_id: the person who can spend its units, or the organisation that holds it; ``None`` for the pass of a
            walk-in's visit.
        sold_at: when it was sold, in UTC.
        tariff_version: the id of the version of the price list.
        state: ``pending`` until it is paid, ``active``, ``superseded`` by the pass that amends it, or ``cancelled``.
        entitlement_ids: the entitlements that it gives.
        charge_id: its charge, ``None`` where nothing was due.
        supersedes: the pass that it amends, ``None`` for a first one.
        spends: the units of other entitlements that its price took; of one that is cancelled those that stay spent.
        meters: how far its price moved meters; of one that is cancelled how far they stay moved.
        sells: what the price list says that it sells; empty: it gives units only.
        pricelist_id: its price list; ``None`` for a pass of an earlier version of this library, or a stay.
        tariff_product: its product in the price list, at most 200 characters; empty as above, and for given units.
        first_day: the first local day on which it is held; ``None``: as above.
        last_day: the last one, included; ``None``: it has no end. Of a contract it is the last day of the period that
            has begun, and moves on with each.
        count: how many pieces were sold, 1 to 100,000.
        unlimited: the accounts on which it gives units without a limit.
        sale_id: the sale that priced it; ``None`` where it was given.
        item: the item of that sale.
        with_order: what it was bought along with, ``None`` where it was sold by itself.
        given: why it was given and not sold, as the override of it says; empty: it was sold.
        worth: what was paid for its days, where it lasts from a day to a day and gives no units; ``None``: nothing, or
            it gives units.
        ended_at: when it was superseded or cancelled, in UTC; ``None``: it was not, or by an earlier version.
        contract: whether its price list says how it is renewed and ended (``term``).
        next_at: when its next period begins, or its units are given again, in UTC; ``None``: nothing more comes of
            itself.
        end: the last day of all of a contract; ``None``: it goes on until notice is given.
        notice_day: the local day on which notice was given; ``None``: none was.
        cut: whether ``EndPass`` set its end.
        periods: the periods for which it was renewed, in order, without the first.
        organisation: whether the holder is an organisation, whose members share its units.
        pauses: its pauses, in order; no two of them share a day.
        free: the days that were given on top, in the order in which they were.
        planned: the changes of its plan that are to come, in order; no two are of one day.
        changes: the changes of its plan that were carried out, in order. The other fields are those of the last one.
        first_price: what its first period cost when it was sold, where its plan was changed since; ``None``: it was
            not.
        taken_over: what is known of its time in another system; ``None``: it began here.
        payer_id: who pays what comes, where that is not the holder: a person or an organisation. Once they are
            forgotten the holder pays. ``None``: the holder, or, of one that an earlier version sold, whoever paid the
            first charge.
        payer_organisation: whether that payer is an organisation.
        reminded: the end of which its holder was reminded last, in UTC; ``None``: of none.

    Index:
        place: place id, sold at.
        holder: person id, sold at.
    """

    kind: ClassVar[str] = "pass"
    id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    holder_id: str | None = attrs.field(default=None, validator=maybe_id)
    sold_at: datetime = attrs.field(converter=instant, kw_only=True)
    tariff_version: Code = attrs.field(validator=is_id, kw_only=True)
    state: PassState = attrs.field(validator=is_word(PassState), default="active")
    entitlement_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    supersedes: Code | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    sells: Lasting = attrs.field(validator=is_word(Lasting), default="")
    pricelist_id: Code | None = attrs.field(default=None, validator=maybe_id)
    tariff_product: Code = attrs.field(default="", validator=is_text(200))
    first_day: date | None = None
    last_day: date | None = None
    count: int = attrs.field(validator=is_count(most=100_000), default=1)
    unlimited: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)
    item: Code = attrs.field(default="", validator=is_text(500))
    with_order: Subject | None = None
    given: PublicText = attrs.field(default="", validator=is_text(1000))
    worth: Worth | None = None
    ended_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    contract: bool = False
    next_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    end: date | None = None
    notice_day: date | None = None
    cut: bool = False
    periods: tuple[PassPeriod, ...] = ()
    organisation: bool = False
    pauses: tuple[Pause, ...] = ()
    free: tuple[FreeDays, ...] = ()
    planned: tuple[PlannedChange, ...] = ()
    changes: tuple[PlanChange, ...] = ()
    first_price: Money | None = None

    @property
    def plan(self) -> PassPlan:
        """What it is by its price list now; it was sold, or given to be carried on."""
        return PassPlan(
            self.product_id,
            self.tariff_product,
            self.tariff_version,
            self.sale_id or "none",
            self.item,
            self.sells,
            self.unlimited,
        )

    taken_over: TakenOver | None = None
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    payer_organisation: bool = False
    reminded: datetime | None = attrs.field(default=None, converter=maybe_instant)

    @property
    def live(self) -> bool:
        """Whether it has not ended: it is paid, or waits for that. It is too once its days or its units are over."""
        return self.state in ("pending", "active")

    @property
    def held_until(self) -> date | None:
        """The last day on which it is held: of a contract that goes on there is none, however late it is renewed.

        While nobody knows when a pause ends there is none either.
        """
        return None if self.open_pause else self.planned_end

    @property
    def planned_end(self) -> date | None:
        """The last day on which it is held, as if a pause of which nobody knows the end were not."""
        return self.end if self.contract else self.last_day

    @property
    def open_pause(self) -> Pause | None:
        """The pause that lasts until the pass is resumed; ``None``: there is none."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].last_day is None else None

    def paused_on(self, day: date) -> Pause | None:
        """The pause that a local day is in; ``None``: it is in none."""
        return next((one for one in self.pauses if one.has(day)), None)

    @property
    def period_first(self) -> date | None:
        """The first day of the period that has begun last."""
        return self.periods[-1].first_day if self.periods else self.first_day

    @property
    def period_charge(self) -> str | None:
        """The charge of the period that has begun last; ``None`` where nothing was due for it."""
        return self.periods[-1].charge_id if self.periods else self.charge_id

    @property
    def period_charges(self) -> tuple[str, ...]:
        """The charges of the period that has begun last, the oldest first: those of changes of its plan too."""
        first = self.period_first
        more = [one.charge_id for one in self.changes if first is None or one.day >= first]
        return tuple(id for id in (self.period_charge, *more) if id is not None)

    def held_on(self, day: date) -> bool:
        """Whether its days have the local day ``day`` among them; those of a pass without days have every day.

        The days of a pause are not among them.
        """
        until = self.held_until
        return (
            not self.paused_on(day)
            and (self.first_day is None or self.first_day <= day)
            and (until is None or day <= until)
        )

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.sold_at)
        if self.holder_id:
            yield "holder", composite(self.holder_id, self.sold_at)


@attrs.frozen
class UnitsUser:
    """Somebody who uses units that another holds.

    Attributes:
        person_id: the person; or the organisation that held them before.
        units: how many, in the smallest part in which the account counts, 1 to 1,000,000,000.
    """

    person_id: str = attrs.field(validator=is_id)
    units: int = attrs.field(validator=is_count(most=MAX_UNITS))


@record("domain", fields=("holder",), person="holder")
@attrs.frozen
class Entitlement:
    """Units on an account, given by a pass. ``bought == left + used + expired + given_back``, always.

    Attributes:
        id: its id.
        pass_id: the pass that gives it.
        holder_id: the person who can spend its units, or the organisation that holds them; ``None`` for a walk-in's.
        account: the account, by its name in the price list.
        bought: how many units it had at the sale, 1 to 1,000,000,000; all of its numbers count the smallest part in
            which the account counts.
        left: how many can be spent.
        used: how many are spent at present: a cancellation brings a unit from ``used`` back to ``left``.
        expired: how many were left when their validity ended, or were gone in another system before they came here.
        given_back: how many the house took back against a refund.
        bought_at: when it was sold, in UTC.
        expires: when its validity ends, in UTC; ``None``: never.
        places: the places where its units can be spent; empty: everywhere.
        priority: of several entitlements the one with the smallest number is spent first.
        active: whether its pass is paid, and not cancelled; else nothing of it can be spent.
        begins: the instant from which on they can be spent; ``None``: from the sale on.
        unit: the name of the unit in the price list; empty: not stated.
        smallest: what part of that unit one of its units is, such as "1/2" or "1/100"; empty: a whole one.
        value: what was paid for one of its units, in minor units, rounded down; ``None``: not known.
        money: whether its units are minor units of money: a voucher, which pays.
        worth: what was paid for its units; ``None``: nothing, or it is not known.
        organisation: whether the holder is an organisation: those who belong to it use the units after their own.
        users: who else than the holder uses how many of the units at present, in the order of the ids: those who belong
            to the organisation, and who held them before and spent them.
        pauses: when they cannot be spent, since their pass is paused, in order.
        entity_id: the operator that gave it for nothing; ``None``: ``worth`` says it, or the pass does.

    Index:
        holder: person id, bought at.
    """

    kind: ClassVar[str] = "entitlement"
    id: str = attrs.field(validator=is_id)
    pass_id: str = attrs.field(validator=is_id)
    holder_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: Code = attrs.field(validator=is_id, kw_only=True)
    bought: int = attrs.field(validator=is_count(most=MAX_UNITS), kw_only=True)
    left: int = attrs.field(validator=is_count(least=0, most=MAX_UNITS), kw_only=True)
    used: int = attrs.field(validator=is_count(least=0, most=MAX_UNITS), default=0)
    expired: int = attrs.field(validator=is_count(least=0, most=MAX_UNITS), default=0)
    given_back: int = attrs.field(validator=is_count(least=0, most=MAX_UNITS), default=0)
    bought_at: datetime = attrs.field(converter=instant, kw_only=True)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    places: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    priority: int = 0
    active: bool = True
    begins: datetime | None = attrs.field(default=None, converter=maybe_instant)
    unit: Code = attrs.field(default="", validator=is_text(200))
    smallest: Code = attrs.field(default="", validator=is_text(50))
    value: int | None = None
    money: bool = False
    worth: Worth | None = None
    organisation: bool = False
    users: tuple[UnitsUser, ...] = ()
    pauses: tuple[Paused, ...] = ()
    entity_id: str | None = attrs.field(default=None, validator=maybe_id)

    @property
    def ends(self) -> datetime | None:
        """When its validity ends: ``expires``, but not while nobody knows when a pause ends in which that lies."""
        last = self.pauses[-1] if self.pauses else None
        if self.expires is not None and last is not None and last.until is None and last.since < self.expires:
            return None
        return self.expires

    def is_over(self, now: datetime) -> bool:
        """Whether its validity has ended by an instant."""
        return self.ends is not None and self.ends <= now

    def has_begun(self, at: datetime) -> bool:
        """Whether its units can be spent from an instant on, and not only later."""
        return self.begins is None or self.begins <= at

    def usable_from(self, at: datetime) -> datetime | None:
        """The first instant from ``at`` on at which its units have begun and are not paused; ``None``: nobody knows."""
        first: datetime | None = max(at, self.begins or at)
        for one in self.pauses:
            if first is not None and one.has(first):
                first = one.until
        return first

    def paused_at(self, at: datetime) -> bool:
        """Whether its pass is paused at an instant."""
        return any(one.has(at) for one in self.pauses)

    @property
    def owed(self) -> int:
        """What is still owed of its worth, in minor units: the last unit that goes takes the rest with it."""
        amount = self.worth.amount.amount if self.worth else 0
        return amount - amount * (self.bought - self.left) // self.bought

    def valid_at(self, place_id: str, now: datetime) -> bool:
        """Whether its units may be spent at the place ``place_id`` at the instant ``now``."""
        if not self.active or (self.places and place_id not in self.places):
            return False
        return not self.is_over(now) and not self.paused_at(now)

    def used_by(self, person_id: str | None) -> int:
        """How many of its units somebody else than the holder uses at present."""
        return next((one.units for one in self.users if one.person_id == person_id), 0)

    def in_unit(self, units: int) -> int | Decimal | Fraction:
        """So many of its units in the unit of the price list: 20 half hours are 10 hours."""
        return plain(units * Fraction(self.smallest or 1))

    def index(self) -> Index:
        if self.holder_id:
            yield "holder", composite(self.holder_id, self.bought_at)


@attrs.frozen
class Holding:
    """An active pass of a person, in short: what a price list asks when it asks what somebody holds.

    Attributes:
        pass_id: the pass.
        pricelist_id: its price list.
        tariff_product: its product in the price list.
        first_day: the first local day on which it is held.
        last_day: the last one, included; ``None``: it has no end.
        pauses: the first and the last day of each of its pauses, in order; ``None`` as the last day: nobody knows yet.
    """

    pass_id: str = attrs.field(validator=is_id)
    pricelist_id: Code = attrs.field(validator=is_id)
    tariff_product: Code = attrs.field(validator=is_id)
    first_day: date = attrs.field()
    last_day: date | None = None
    pauses: tuple[tuple[date, date | None], ...] = ()

    def held_on(self, day: date) -> bool:
        """Whether it is held on a local day."""
        held = self.first_day <= day and (self.last_day is None or day <= self.last_day)
        return held and not self.paused_on(day)

    def paused_on(self, day: date) -> bool:
        """Whether a local day is one of a pause."""
        return any(first <= day and (last is None or day <= last) for first, last in self.pauses)


@attrs.frozen
class Belonging:
    """An affiliation of a person, in short: what a sale asks when it asks who may charge an organisation.

    Attributes:
        affiliation_id: the affiliation.
        organisation_id: the organisation.
        role: "admin", "member" or "dependant".
        first_day: the first local day.
        last_day: the last one, included; ``None``: until further notice.
        at_most: how many units of each pass of the organisation the person may use; ``None``: all of them.
    """

    affiliation_id: str = attrs.field(validator=is_id)
    organisation_id: str = attrs.field(validator=is_id)
    role: AffiliationRole = attrs.field(validator=is_word(AffiliationRole))
    first_day: date = attrs.field()
    last_day: date | None = None
    at_most: int | None = None

    def counts_on(self, day: date) -> bool:
        """Whether the person belongs to the organisation on a local day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@attrs.frozen
class SponsorLine:
    """A sponsorship of a person or an organisation, in short: what a charge asks when it asks who pays a share of it.

    Attributes:
        sponsorship_id: the sponsorship.
        sponsor_id: the person or the organisation who pays.
        organisation: whether the sponsor is an organisation.
        first_day: the first local day.
        last_day: the last one, included; ``None``: until further notice.
    """

    sponsorship_id: str = attrs.field(validator=is_id)
    sponsor_id: str = attrs.field(validator=is_id)
    organisation: bool = attrs.field(validator=is_a(bool))
    first_day: date = attrs.field()
    last_day: date | None = None

    def counts_on(self, day: date) -> bool:
        """Whether the sponsorship counts on a local day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def shares_a_day(self, first: date, last: date | None) -> bool:
        """Whether it counts on one of some local days."""
        begins, ends = max(self.first_day, first), min((one for one in (self.last_day, last) if one), default=None)
        return ends is None or begins <= ends


@record("domain", named=False)
@attrs.frozen
class Wallet:
    """What a person or an organisation has: the entitlements with units left, and what they hold.

    Attributes:
        id: the id of the person, or of the organisation.
        entitlement_ids: the entitlements, the one that changed last at the end.
        holdings: the active passes that a price list may ask for, the one that was sold last at the end. One that ended
            long ago is dropped when the next one comes.
        belongs: the organisations to which the person belongs, the one that was entered last at the end. One that ended
            long ago is dropped when the next one comes.
        sponsors: the sponsorships, the one that was agreed last at the end. One that ended long ago is dropped when the
            next one comes.
    """

    kind: ClassVar[str] = "wallet"
    id: str = attrs.field(validator=is_id)
    entitlement_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    holdings: tuple[Holding, ...] = ()
    belongs: tuple[Belonging, ...] = ()
    sponsors: tuple[SponsorLine, ...] = ()


__all__ = [
    "Belonging",
    "Entitlement",
    "FreeDays",
    "Holding",
    "Lasting",
    "Pass",
    "PassEnd",
    "PassPeriod",
    "PassPlan",
    "PassState",
    "Pause",
    "Paused",
    "PlanChange",
    "PlannedChange",
    "Spend",
    "SponsorLine",
    "TakenOver",
    "UnitsUser",
    "Wallet",
    "Worth",
]
