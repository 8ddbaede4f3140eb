"""Random price lists, lived by random customers: a house, what is done in it, and what the price list alone says.

Each command is previewed before it is carried out, and both must come to the same. Of what is sold, called off, moved
or measured the price list is asked besides, with a question that is built here from what was done, so that no code of
the house judges itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock, Period, local
from cantinekit.domain.sales.question import to_earlier
from cantinekit.errors import (
    CantineError,
    InputError,
    NoEntitlementError,
    TariffError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.living.house import DESK, PLACE, RELEASED_AFTER, ROOM, House
from cantinekit.money import Money
from cantinekit.pricing import Agreement, Cancel, Item, Lot, Move, Order, Overstay, Quote, State, Tariff
from cantinekit.pricing.terms import last_day
from support.houses import small_house
from support.laws import house_laws
from support.tariffs import chance as ch
from support.tariffs import strategies as s

Data = dict[str, Any]
BEGINS = s.EPOCH - timedelta(days=2)
PEOPLE = ("ann", "bob")
HELD = ("pack", "club", "month", "purse")
USED = ("desk", "lab")


@ch.composite
def any_sold_list(draw: ch.Draw) -> Data:
    """A random price list of all forms, with vouchers, codes that are good once and limits."""
    data = draw(s.any_tariff())
    for product in data["product"].values():
        product.pop("end_early", None)
    for name in USED:
        if draw(ch.booleans()):
            data["product"][name] |= {
                "cancel": draw(s.cancels()),
                "move": draw(ch.sampled_from([{"fee": 5}, s.MOVES])),
                "overrun": {"price": 4, "per": "30min"},
            }
        if draw(s.rarely):
            data["product"][name]["afterwards"] = ["weight"]
    if draw(ch.booleans()):
        value = draw(ch.sampled_from([5, 30]))
        data["product"]["purse"] = {
            "sells": "grant",
            "grant": {"account": "money", "unit": "EUR", "value": value},
            "rate": {"price": value},
        }
        data["order"] = data.get("order", {}) | {"vouchers": "money"}
    if "coupon" in data and draw(ch.booleans()):
        data["coupon"]["HALF"] |= {"limit": {"at_most": 1, "same": ["person"]}}
    return data


@attrs.frozen
class Thing:
    """Something that was sold by itself: what the price list was asked and what it answered."""

    command: Any
    record: Any
    order: Order
    state: State
    price: Quote
    before: tuple[Any, ...]


@attrs.define
class Life:
    """A house of a price list, and what was sold in it.

    Attributes:
        tariff: the price list.
        house: the house.
        ids: the ids that it makes.
        seen: how often what happened.
        things: what was sold and stands.
    """

    tariff: Tariff
    house: House
    ids: small_house.CountingIds
    seen: Counter[str]
    things: list[Thing] = attrs.field(factory=list)

    @classmethod
    def begin(cls, tariff: Tariff, seen: Counter[str]) -> Life:
        """A house in which two people are known, of one of whom something is known.

        Args:
            tariff: the price list.
            seen: counts what happens.
        """
        storage, clock, ids = House.build(tariff).storage, ManualClock(BEGINS), small_house.CountingIds()
        cantine = Cantine(storage, gateways={DESK: ManualGateway()}, clock=clock, ids=ids)
        life = cls(tariff, House(tariff, cantine, clock, storage), ids, seen)
        for name in PEOPLE:
            life.house.do(c.AddPerson(name=name, id=name))
        life.house.do(c.SetFact("ann", name="category", value="student", until=s.DAY))
        life.house.do(c.SetPlaceFacts(PLACE, facts={"place": "red"}))
        return life

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    @property
    def storage(self) -> MemoryStorage:
        return self.house.storage

    def every(self, cls: Any) -> list[Any]:
        """All records of a class."""
        return [one for one in small_house.records(self.storage).values() if isinstance(one, cls)]

    # --- doing -------------------------------------------------------------------------------------------------------

    def do(self, command: c.Command[Any]) -> Any:
        """Preview a command, then carry it out: both come to the same. Gives the outcome, or the refusal."""
        before, counts = small_house.snapshot(self.storage), Counter(self.ids.counts)
        shown = attempt(lambda: self.house.cantine.preview(command, actor="ana"))
        assert small_house.snapshot(self.storage) == before, "a preview left something"
        self.ids.counts = counts
        done = attempt(lambda: self.house.cantine.execute(command, actor="ana"))
        if isinstance(done, CantineError):
            assert small_house.snapshot(self.storage) == before, "a refusal left something"
            assert repr(shown) == repr(done), (shown, done)
        else:
            assert shown == done, differences(shown, done)
        return done

    def check(self) -> None:
        """All laws of a house."""
        house_laws.hold(self.storage, self.now)

    def wait(self, to: datetime) -> None:
        """Let the clock run, and do what is due."""
        self.house.clock.set(to)
        while self.house.cantine.run_due().done:
            pass

    def standing(self) -> tuple[Any, ...]:
        """The units that people have, the meters, and what is owed and kept."""
        units = {one.id: one.left for one in self.every(m.Entitlement) if one.left and one.active}
        meters = {one.id: one.used for one in self.every(m.Meter) if one.used}
        money = sum(one.kept.amount for one in self.every(m.Charge))
        owed = sum(one.outstanding.amount for one in self.every(m.Charge) if one.state == "due")
        return units, meters, money, owed

    # --- what the price list alone says ------------------------------------------------------------------------------

    def question(self, items: list[Item], person: str | None, codes: tuple[str, ...]) -> Order:
        """The question that is asked by a sale of things to somebody, now."""
        zone = self.tariff.zone
        today = local(self.now, zone).date()
        asked = []
        for item in items:
            begins = local(item.period.start, zone).date() if item.period else item.day or today
            facts: dict[str, Any] = {"place": "red"}
            if person == "ann" and begins <= s.DAY:
                facts["category"] = "student"
            facts |= dict(item.facts)
            asked.append((attrs.evolve(item, facts=facts, day=None if item.period else begins), begins))
        holds = [self.held(person, day) for _, day in asked]
        return Order(
            [item for item, _ in asked], person, self.now, frozenset.intersection(*holds) if holds else frozenset(),
            codes,
        )  # fmt: skip

    def held(self, person: str | None, day: date) -> frozenset[str]:
        """What somebody holds on a day."""
        return frozenset(
            one.tariff_product
            for one in self.every(m.Pass)
            if one.holder_id == person and one.state == "active" and one.sells
            and one.first_day <= day and (one.last_day is None or day <= one.last_day)
        )  # fmt: skip

    def state(self, order: Order) -> State:
        """What somebody has: meters, units that are valid now and when the first thing begins, and what is priced with
        it.
        """
        zone = self.tariff.zone
        starts = [
            item.period.start
            if item.period
            else max(self.now, datetime.combine(item.day, time(), UTC) - offset(item.day, zone))
            for item in order.items
        ]
        lots = [
            Lot(one.id, one.account, one.left, one.bought_at, one.expires, one.priority, one.value)
            for one in self.every(m.Entitlement)
            if one.holder_id == order.customer and order.customer is not None and one.left and one.active
            and (one.expires is None or self.now < one.expires) and (one.begins is None or one.begins <= min(starts))
        ]  # fmt: skip
        keys = set(self.tariff.scopes(order).values())
        earlier = [to_earlier(one.earlier) for one in self.every(m.Scope) if one.id in keys]
        return State({one.id: one.used for one in self.every(m.Meter)}, lots, tuple(earlier))

    # --- selling -----------------------------------------------------------------------------------------------------

    def sell(self, command: Any, items: list[Item], person: str | None, codes: tuple[str, ...]) -> Any:
        """Sell, and hold what it came to against what the price list says."""
        order = self.question(items, person, codes)
        before = self.standing()
        try:
            state = self.state(order)
            price = self.tariff.quote(order, state)
        except InputError:  # no question: its last day is before its first
            done = self.do(command)
            assert isinstance(done, InputError), done
            return done
        known = {key for key in small_house.rows(self.storage) if key.kind == m.Entitlement.kind}
        done = self.do(command)
        if isinstance(done, CantineError):
            self._refused(done, price, order, person, measured=bool(price.pending) and not isinstance(command, c.Sell))
            return done
        self.seen["sold"] += 1
        assert price.ok, (price.refusals, done)
        assert isinstance(command, c.Sell) or not price.pending, price.pending
        quote = done.quote.price
        assert (quote.total, quote.lines, quote.uses, quote.meters) == (
            price.total, price.lines, price.uses, price.meters,
        )  # fmt: skip
        self._money(done, price)
        self._units(price, state, known)
        self._meters(price, before[1])
        if len(items) == 1 and not isinstance(command, c.CheckIn):
            self.things.append(Thing(command, done.value, order, state, price, before))
        return done

    def _refused(self, error: CantineError, price: Quote, order: Order, person: str | None, *, measured: bool) -> None:
        """Who has the right facts, holdings and units is refused by the list alone, in its words; or it is ``measured``
        after its use, and not sold as a line of an order.
        """
        stops = getattr(error, "refusals", ())
        if stops and price.ok:
            later = {name for one in order.items for name in self.tariff.asked_later(one.product) - one.facts.keys()}
            assert {name for stop in stops for name in stop.facets} == later, (stops, later)
            self.seen["asked for calling it off"] += 1
            return
        if stops:
            assert [stop.code for stop in stops] == [stop.code for stop in price.refusals], (stops, price.refusals)
            self.seen["refused by the list"] += 1
            return
        if price.ok and price.in_units:
            assert isinstance(error, NoEntitlementError), error
        elif isinstance(error, TooLateError):
            over = any(item.period and item.period.end <= self.now for item in order.items)
            assert over or self._is_over(order.items), error
        else:
            assert isinstance(error, UnsuitableError), (error, price.refusals)
            assert person is None or not price.ok or measured, error
        self.seen[type(error).__name__] += 1

    def _is_over(self, items: list[Item]) -> bool:
        """Whether the last day of something that is held has passed."""
        today = local(self.now, self.tariff.zone).date()
        for item in items:
            valid, begins = self.tariff.products[item.product].valid, item.day or today
            ends = item.until or (last_day(valid, begins) if valid is not None else None)
            if ends is not None and ends < today:
                return True
        return False

    def _money(self, done: Any, price: Quote) -> None:
        """What is charged is the price, its deposits and its debts; what is paid at once is what the list says."""
        whole = max(0, (price.total + price.held + price.debt).amount)
        assert sum(charge.amount.amount for charge in done.charges) == whole, (done.charges, price.total)
        if not done.charges:
            return
        (charge,) = done.charges
        charged = [line for line in price.lines if line.amount and line.kind in ("revenue", "penalty", "held", "debt")]
        assert [(line.amount, line.kind) for line in charge.lines] == [(line.amount, line.kind) for line in charged]
        assert charge.deposit == price.held.amount
        later = sum(row.amount.amount for row in price.due_later)
        now = whole - later - price.debt.amount
        assert charge.paid.amount == now, (charge, price.due_now, price.due_later)
        vouchers = sum(use.units for use in price.uses if use.money)
        paid = sum(one.captured for one in self.every(m.Attempt) if one.charge_id == charge.id and one.account == DESK)
        assert paid == now - vouchers
        self.seen["deposit"] += bool(price.held)
        self.seen["due later"] += bool(later)
        self.seen["debt"] += bool(price.debt)
        self.seen["voucher"] += bool(vouchers)

    def _units(self, price: Quote, state: State, known: set[Any]) -> None:
        """What is spent and what is got is what the list says."""
        entitlements = {one.id: one for one in self.every(m.Entitlement)}
        used: Counter[str] = Counter()
        own = 0
        for use in price.uses:
            if use.lot in entitlements:
                used[use.lot] += use.units
            else:
                own += use.units
        if not price.in_units:
            for lot in state.lots:
                assert entitlements[lot.id].left == lot.left - used[lot.id], (entitlements[lot.id], used)
        got: dict[str, Fraction] = defaultdict(Fraction)
        fresh = [one for key, one in small_house.records(self.storage).items()
                 if key.kind == m.Entitlement.kind and key not in known]  # fmt: skip
        for one in fresh:
            got[one.account] += one.bought * (1 if one.money else Fraction(one.smallest or 1))
        said: dict[str, Fraction] = defaultdict(Fraction)
        for grant in price.grants:
            said[grant.account] += grant.units or 0
        assert got == said, (got, said)
        assert sum(one.used for one in fresh) == own
        self.seen["units"] += bool(used)
        self.seen["own units"] += bool(own)

    def _meters(self, price: Quote, before: Mapping[str, int]) -> None:
        expected = Counter(before)
        for id, delta in price.meters:
            expected[id] += delta
        assert self.standing()[1] == {id: used for id, used in expected.items() if used}
        self.seen["meters"] += any(delta for _, delta in price.meters)


def attempt(call: Callable[[], Any]) -> Any:
    """What a call gives, or the refusal."""
    try:
        return call()
    except CantineError as error:
        return error


def differences(one: Any, other: Any) -> list[Any]:
    """The fields in which two outcomes differ."""
    if isinstance(one, CantineError) or isinstance(other, CantineError):
        return [one, other]
    pairs = [(field.name, getattr(one, field.name), getattr(other, field.name)) for field in attrs.fields(type(one))]
    return [pair for pair in pairs if pair[1] != pair[2]]


def offset(day: date, zone: str) -> timedelta:
    """How far a zone is ahead of UTC in the night of a day."""
    found = datetime.combine(day, time(), ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


# --- what happens afterwards -----------------------------------------------------------------------------------------


def cancel(life: Life, thing: Thing, refund: Any = None) -> Any:
    """Call something off at once, and hold what it comes to against what the list says, or the staff."""
    one = thing.record
    how = {} if refund is None else {"refund": refund, "reason": "staff say so"}
    command: Any
    if isinstance(one, m.Booking):
        command = c.CancelBooking(one.id, **how)
    elif isinstance(one, m.Order):
        command = c.CancelOrder(one.id, **how)
    else:
        command = c.CancelPass(one.id, **how)
    product, item = life.tariff.products[thing.order.items[0].product], thing.order.items[0]
    silent = not product.cancel
    said = None
    if not silent and item.period is not None:
        said = life.tariff.change(Agreement.of(thing.order, thing.price), Cancel(at=life.now))
    before, done = earned(life), life.do(command)
    total = thing.price.total
    if isinstance(done, CantineError):
        life.seen["cannot be called off"] += 1
        if refund is None and said is not None:
            assert not said.ok or isinstance(done, WrongStateError), (done, said)
        return done
    told = done.afterwards
    if told is None or told.why == "unpaid":  # it was given, or is over already
        return done
    zero = Money.zero(life.tariff.currency)
    unpaid = told.due - min(told.due, said.due) if said is not None and said.ok else told.due  # of the fee, by now
    told = attrs.evolve(told, refund=told.refund + (told.dropped or zero), dropped=None, due=told.due - unpaid)
    if refund is not None:
        back = {"all": total, "nothing": zero}.get(refund, refund) if isinstance(refund, str) else refund
        assert (told.fee, told.refund, told.due) == (total - back, back, zero), told
    elif said is not None:
        assert said.ok
        assert (told.fee, told.refund, told.due) == (said.fee, said.refund, said.due), (told, said)
        life.seen["called off by the list"] += 1
    elif silent:
        began = life.now >= begins_at(life, thing)
        assert (told.fee, told.refund, told.due) == ((total, zero, zero) if began else (zero, total, zero)), told
        life.seen["called off where the list is silent"] += 1
    assert told.fee + told.refund == total + told.due, told
    assert before - earned(life) == (told.off - told.due).amount, (before, earned(life), told)
    if told.kept == 0 and not told.fee and not told.due and thing.before is not None:
        assert life.standing() == thing.before, (life.standing(), thing.before)
        life.seen["all of it is back"] += 1
    return done


def earned(life: Life) -> int:
    """What stands of all charges as owed or paid, without deposits."""
    return sum(one.earned.amount for one in life.every(m.Charge))


def begins_at(life: Life, thing: Thing) -> datetime:
    """When a thing begins: its period, its first day; what has units that nobody used has not begun."""
    item = thing.order.items[0]
    units = [one for one in life.every(m.Entitlement) if isinstance(thing.record, m.Pass | m.Order)
             and one.pass_id in passes_of(life, thing)]  # fmt: skip
    if units and not any(one.used for one in units):
        return datetime.max.replace(tzinfo=UTC)
    if item.period is not None:
        return item.period.start
    assert item.day is not None
    starts = datetime.combine(item.day, time(), UTC) - offset(item.day, life.tariff.zone)
    return starts if isinstance(thing.record, m.Pass) or passes_of(life, thing) else max(thing.order.as_of, starts)  # type: ignore[type-var]


def passes_of(life: Life, thing: Thing) -> set[str]:
    """The passes that a thing is, or gave."""
    if isinstance(thing.record, m.Pass):
        return {thing.record.id}
    return {line.pass_id for line in getattr(thing.record, "lines", ()) if line.pass_id}


def move(life: Life, thing: Thing, to: Period) -> Any:
    """Move a booking at once, and hold what it comes to against what the list says."""
    order = attrs.evolve(thing.order, items=[attrs.evolve(thing.order.items[0], period=to)])
    spent = {one.entitlement_id: one.units for one in thing.record.spends}
    lots = [attrs.evolve(lot, left=lot.left + spent.pop(lot.id, 0)) for lot in life.state(order).lots]
    used_up = [lot for lot in thing.state.lots if lot.id in spent]
    state = State(thing.state.meters, (*lots, *used_up))
    new = life.tariff.quote(order, state)
    before = earned(life)
    done = life.do(c.MoveBooking(thing.record.id, period=to, account=DESK, override="a law"))
    if isinstance(done, CantineError):
        assert not new.ok or isinstance(done, UnsuitableError | NoEntitlementError | WrongStateError), (done, new)
        life.seen["cannot be moved"] += 1
        return done
    assert new.ok
    told, fee = done.afterwards, Money.zero(life.tariff.currency)
    if life.tariff.products[order.items[0].product].move is not None and told.why != "staff":
        said = life.tariff.change(Agreement.of(thing.order, thing.price), Move(at=life.now))
        assert said.ok
        fee = said.fee
    more = new.total + new.debt + fee - thing.price.total - thing.price.debt
    assert earned(life) - before == more.amount, (earned(life), before, more)
    assert told.fee == fee
    less = told.refund + (told.dropped or Money.zero(fee.currency))
    assert told.due - less == more, (told, fee, new.total, thing.price.total)
    used: Counter[str] = Counter()
    for use in new.uses:
        if not use.money:
            used[use.lot] += use.units
    if not new.in_units:
        for lot in state.lots:
            if not life.house.cantine.read.get(m.Entitlement, lot.id).money:
                assert life.house.cantine.read.get(m.Entitlement, lot.id).left == lot.left - used[lot.id]
    life.seen["moved"] += 1
    return done


def stay_away(life: Life, thing: Thing) -> None:
    """Nobody comes: the booking is released, and what stays of its price is what the list says."""
    product, booking = life.tariff.products[thing.order.items[0].product], thing.record
    life.wait(booking.period.start + RELEASED_AFTER + timedelta(minutes=1))
    after = life.house.cantine.read.get(m.Booking, booking.id)
    assert after.state == "released", after
    fee = thing.price.total
    if product.cancel:
        said = life.tariff.change(Agreement.of(thing.order, thing.price), Cancel(delay=-1))
        fee = said.fee if said.ok else fee
    assert (after.fee or fee * 0) == fee, (after.fee, fee)
    life.seen["nobody came"] += 1


def overrun(life: Life, thing: Thing, minutes: int) -> None:
    """Somebody stays longer, and owes what the list says."""
    booking = thing.record
    life.wait(booking.period.start)
    assert not isinstance(life.do(c.CheckInBooking(booking.id)), CantineError)
    until = booking.period.end + timedelta(minutes=minutes)
    life.wait(until)
    said = life.tariff.change(Agreement.of(thing.order, thing.price), Overstay(minutes))
    done = life.do(c.RecordOverrun(booking.id, until=until, account=DESK))
    if isinstance(done, CantineError):
        assert not said.ok, (done, said)
        return
    assert said.ok
    assert done.afterwards.due == said.due, (done.afterwards, said)
    life.seen["stayed longer"] += 1


def measure(life: Life, thing: Thing, facts: Mapping[str, Any]) -> None:
    """Say what was measured: together with what was charged it is the price with all facts."""
    item = attrs.evolve(thing.order.items[0], facts={**thing.order.items[0].facts, **facts})
    new = life.tariff.quote(attrs.evolve(thing.order, items=[item]), thing.state)
    done = life.do(c.MeasureOrder(thing.record.id, line=1, facts=facts, account=DESK))
    if isinstance(done, CantineError):
        assert not new.ok or new.in_units, (done, new)
        return
    assert new.ok
    charged = sum(one.billed.amount - one.deposit for one in life.every(m.Charge) if one.subject.id == thing.record.id)
    assert charged == (new.total + new.debt).amount, (charged, new)
    life.seen["measured"] += 1


# --- a life by chance ------------------------------------------------------------------------------------------------


def live(seed: int, seen: Counter[str], acts: int = 8) -> None:
    """A random life in the house of a random list, that is nothing where the list cannot be read or published.

    Args:
        seed: of all that is drawn.
        seen: counts what happens.
        acts: how many things are sold, or refused.
    """
    random = Random(seed)
    try:
        life = Life.begin(Tariff.load(s.spell(any_sold_list().draw(random))), seen)
    except TariffError:  # it cannot be read, or not be published
        return
    for _ in range(acts):
        known = len(life.things)
        sell_something(life, random)
        if len(life.things) > known and random.random() < 0.6:
            something_happens(life, life.things[-1], random)
    life.check()
    life.wait(s.EPOCH + timedelta(days=40))
    life.check()
    house_laws.settled(life.storage, life.now)
    house_laws.folds(life.storage)


def sell_something(life: Life, random: Random) -> None:
    """Sell one thing or several to somebody, by the command that chance picks."""
    person = random.choice(["ann", "ann", "bob", None])
    codes = tuple(random.sample(["HALF", "FIVE", "LATE"], random.choice([0, 0, 0, 1, 2])))
    names, way = tuple(life.tariff.products), random.choice(["sell", "sell", "sell", "book", "pass"])
    count = random.choice([1, 1, 1, 2, 3]) if way == "sell" else 1
    pool = {"sell": names, "book": USED, "pass": [name for name in names if name in HELD]}[way]
    items = [s.any_item((random.choice(pool),)).draw(random) for _ in range(count)]
    items = [attrs.evolve(one, day=None) if one.period else one for one in items]
    first, asked = items[0], {"codes": codes, "account": DESK, "facts": items[0].facts}
    product = life.house.product(first.product)
    if way == "sell":
        lines = [
            c.SellLine(
                life.house.product(one.product), count=one.count, period=one.period, day=one.day, until=one.until,
                facts=one.facts, also=one.also,
            )
            for one in items
        ]  # fmt: skip
        life.sell(c.Sell(lines, place_id=PLACE, person_id=person, codes=codes, account=DESK), items, person, codes)
    elif way == "pass":
        items, holder = [attrs.evolve(first, period=None, also=())], person or "bob"
        command = c.SellPass(
            product_id=product, place_id=PLACE, holder_id=holder, count=first.count, first_day=first.day,
            last_day=first.until, **asked,
        )  # fmt: skip
        life.sell(command, items, holder, codes)
    elif first.period is not None and not first.also:
        items = [attrs.evolve(first, until=None)]
        booked = c.Book(
            space_id=ROOM, product_id=product, period=first.period, units=first.count, person_id=person, **asked
        )
        life.sell(booked, items, person, codes)


def something_happens(life: Life, thing: Thing, random: Random) -> None:
    """What was sold last is paid, called off, moved, measured, not used, or used for longer."""
    if any("+" in line.item for line in thing.price.lines):  # a membership that was added is called off by itself
        return
    what = random.choice(["cancel", "cancel", "late", "staff", "move", "away", "overrun"])
    if random.random() < 0.5:
        for charge in life.every(m.Charge):
            if charge.state == "due" and charge.outstanding.amount > 0:
                life.do(c.Pay(charge.id, account=DESK))
        thing = attrs.evolve(thing, before=None)
    if isinstance(thing.record, m.Order) and thing.price.pending:
        measure(life, thing, {"weight": Decimal("1.5")})
    elif what == "cancel":
        cancel(life, thing)
    elif what == "late":
        life.wait(life.now + timedelta(hours=random.choice([1, 30, 60, 90])))
        cancel(life, attrs.evolve(thing, before=None))
    elif what == "staff":
        half = Money(thing.price.total.amount // 2, life.tariff.currency)
        cancel(life, thing, random.choice(["all", "nothing", thing.price.total, half]))
    elif isinstance(thing.record, m.Booking):
        _booking(life, thing, what, random)


def _booking(life: Life, thing: Thing, what: str, random: Random) -> None:
    was = thing.record.period
    later = timedelta(days=random.choice([1, 2, 5]), minutes=random.choice([0, 60, -60]))
    longer = timedelta(minutes=random.choice([0, 0, 30, 120]))
    if what == "move":
        move(life, thing, Period(was.start + later, was.end + later + longer))
    elif what == "away":
        stay_away(life, thing)
    else:
        overrun(life, thing, random.choice([1, 15, 100]))
