"""Passes that ran in another system: the days that they have here, what is left of them, and what is owed for it."""

from __future__ import annotations

from datetime import date, datetime
from itertools import takewhile
from typing import NamedTuple

from cantinekit.calendar import add_days
from cantinekit.clock import day_bounds
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import PriceList, Product
from cantinekit.domain.draft import Draft
from cantinekit.domain.imports.commands import ImportPass, Left
from cantinekit.domain.imports.once import check_near
from cantinekit.domain.imports.opening import check_currency, post_opening
from cantinekit.domain.organisations.presence import organisation_of
from cantinekit.domain.passes.counting import counted_units
from cantinekit.domain.passes.course import Course
from cantinekit.domain.passes.events import PassActivated, PassSold
from cantinekit.domain.passes.making import entitlement
from cantinekit.domain.passes.records import MAX_UNITS, Entitlement, Pass, PassPeriod, TakenOver, Worth
from cantinekit.domain.passes.renewing import agreed_now
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import Given, GivenUnits
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.state import refer
from cantinekit.errors import InputError, TooLateError, UnsuitableError
from cantinekit.money import Money, allocate
from cantinekit.pricing import Tariff


def agreed_at(pricelist: PriceList, first_day: date, zone: str, now: datetime) -> datetime:
    """The instant as of which a price list is asked what was agreed of what began on a day.

    It is the beginning of that day; where the list came later, when its first version came into force.
    """
    then = day_bounds(first_day, zone).start
    if pricelist.versions:
        then = max(then, pricelist.versions[0].since)
    return min(then, now)


class Days(NamedTuple):
    """The days of a pass that is taken over.

    Attributes:
        contract: whether it is renewed until notice is given.
        last_day: the last day that is paid; ``None``: it has no end.
        end: the last day of all of a contract; ``None``: it goes on.
        first_day: the first day of the period that is paid last.
        number: the number of that period, from 0.
        following: the next day on which something comes; ``None``: nothing does.
    """

    contract: bool
    last_day: date | None
    end: date | None
    first_day: date
    number: int
    following: date | None


def days_of(c: ImportPass, course: Course, last_day: date | None, today: date, *, contract: bool) -> Days:
    """The days of a pass by what another system says of it.

    Args:
        c: what it says.
        course: the days as the price list says them.
        last_day: the last day of what is not renewed.
        today: the local day.
        contract: whether it is renewed until notice is given.

    Raises:
        InputError, TooLateError: as the command says.
    """
    for name in ("first_day", "paid_until", "last_day", "end"):
        check_near(name, getattr(c, name), today)
    if not contract:
        return _once(c, course, last_day, today)
    if c.paid_until is None:
        raise InputError(f"paid_until is needed: {c.product_id} is renewed")
    if c.last_day is not None:
        raise InputError(f"last_day: {c.product_id} is renewed; say paid_until, and end where it ends")
    end = course.end
    if c.end is not None:
        if end is not None and c.end > end:
            raise InputError(f"end: by the price list it ends on {end}")
        end = c.end
    if end is not None and end < today:
        raise TooLateError(f"end: it is over since {end}")
    number = course.number_on(c.paid_until)
    first, last = course.period(number)
    last = min((one for one in (last, end) if one is not None), default=None)
    if last != c.paid_until:
        before = f"one ends on {add_days(first, -1)}, " if number else ""
        raise InputError(f"paid_until: no period ends on {c.paid_until}; {before}the next one on {last}")
    start = min(today, c.paid_until) if course.again else c.paid_until
    if start < first and course.again:
        raise InputError(
            f"paid_until: units are given again before {c.paid_until}: say the end of the period that runs, or one"
            " before, and take over what is paid beyond as a voucher"
        )
    return Days(True, last, end, first, number, course.next_after(max(start, course.first_day)))


def _once(c: ImportPass, course: Course, last_day: date | None, today: date) -> Days:
    """The same of a pass that is not renewed."""
    if c.end is not None or (c.paid_until is not None and c.paid_until != last_day):
        name = "end" if c.end is not None else "paid_until"
        raise InputError(f"{name}: {c.product_id} is not renewed; last_day says until when it is held")
    if last_day is not None and last_day < today:
        raise TooLateError(f"{c.product_id} is over since {last_day}")
    following = course.next_after(max(today, course.first_day))
    if following is not None and last_day is not None and following > last_day:
        following = None
    return Days(False, last_day, None, course.first_day, 0, following)


def take_over_pass(
    draft: Draft, c: ImportPass, id: str, priced: Priced, product: Product, tariff: Tariff, place: Place, today: date
) -> Pass:
    """Enter a pass that ran in another system, with the units that are left of it.

    Args:
        draft: what is decided so far.
        c: what the other system says of it.
        id: the id of the pass.
        priced: what the price list says of it; nothing of that is charged, spent or counted.
        product: the product.
        tariff: the price list.
        place: the place whose operator owes it.
        today: the local day.

    Raises:
        InputError, TooLateError, UnsuitableError: as the command says.
    """
    given = next((one for one in priced.gives if one.item == "1"), None)
    if given is None:
        raise UnsuitableError(f"product_id: {product.name} gives nothing to hold")
    if c.last_day is not None:
        given = evolve(given, last_day=c.last_day)
    payer = organisation_of(draft.state, c.payer_id)
    sold = Pass(
        id,
        product.id,
        place.id,
        place.entity_id,
        c.holder_id,
        sold_at=draft.now,
        tariff_version=tariff.version,
        state="pending",
        sells=given.sells,
        pricelist_id=tariff.id,
        tariff_product=given.tariff_product,
        first_day=given.first_day,
        last_day=given.last_day,
        unlimited=given.unlimited,
        sale_id=priced.sale.id,
        item=given.item,
        given=f"taken over: {c.source}",
        organisation=organisation_of(draft.state, c.holder_id) is not None,
        taken_over=TakenOver(c.source, today, c.payer_id, payer is not None),
    )
    agreed = agreed_now(draft.state, sold, priced, place)
    days = days_of(c, agreed.course, given.last_day, today, contract=agreed.sold.contract)
    sold = _with_days(sold, days, priced.sale.id, place)
    units = _left(draft, c, sold, given, agreed.course, days, tariff, place, product.places, today)
    sold = evolve(sold, entitlement_ids=[one.id for one in units])
    by_days = days.contract or any(one.renews for one in given.units) or all(one.money for one in units)
    sold, units = _with_worth(c, sold, units, days, place, today, by_days=by_days)
    evolve(priced, spends=(), moves=(), joins=()).enter(draft)
    draft.add(PassSold(sold, units))
    for one in units:
        if one.expires is not None:
            draft.later("expire", refer(one), one.expires)
    _open_days(draft, sold, place)
    draft.add(PassActivated(sold.id, sold.entitlement_ids))
    return sold


def _with_days(sold: Pass, days: Days, sale_id: str, place: Place) -> Pass:
    """A pass with its days: of one that was renewed elsewhere the period that is paid last, and when the next comes."""
    sold = evolve(
        sold,
        contract=days.contract,
        last_day=days.last_day,
        end=days.end,
        next_at=day_bounds(days.following, place.zone).start if days.following is not None else None,
    )
    if not days.number:
        return sold
    assert days.last_day is not None
    assert sold.taken_over is not None
    period = PassPeriod(days.first_day, days.last_day, sale_id, price=Money.zero(place.currency))
    return evolve(sold, periods=(period,), taken_over=evolve(sold.taken_over, before=days.number - 1))


def _left(
    draft: Draft,
    c: ImportPass,
    sold: Pass,
    given: Given,
    course: Course,
    days: Days,
    tariff: Tariff,
    place: Place,
    places: tuple[str, ...],
    today: date,
) -> tuple[Entitlement, ...]:
    """The units of a pass that can be spent here, with what is left of them.

    Raises:
        UnsuitableError: it gives none on an account that is named, or several times.
        InputError: they are no whole number of the smallest part in which the account counts, or too many.
    """
    names = [one.account for one in given.units]
    for account, _ in c.units:
        if names.count(account) != 1:
            why = "gives none" if account not in names else "gives some several times: ImportUnits brings them"
            raise UnsuitableError(f"units: on {account} {c.product_id} {why}")
    over = days.contract and days.last_day is not None and days.last_day < today
    last = days.end if days.contract else days.last_day
    found = []
    for one in () if over else given.units:
        ends = course.last_of(one, _round_on(course, one, today), last)
        if ends is None or ends >= today:
            expires = day_bounds(ends, place.zone).end if ends is not None else None
            made = entitlement(draft.ids("ent"), sold, evolve(one, value=None), draft.now, expires, places)
            found.append(_counted(made, c.units, tariff))
    return tuple(found)


def _round_on(course: Course, one: GivenUnits, today: date) -> date:
    """The first day of the round of units that has a day."""
    if not one.renews:
        return course.first_day
    rounds = list(takewhile(lambda day: day <= today, course.given_again(one.renews)))
    return rounds[-1] if rounds else course.first_day


def _counted(one: Entitlement, units: Left, tariff: Tariff) -> Entitlement:
    """Units of which so many are left; where nothing is said of them, all are.

    Raises:
        InputError: they are no whole number of the smallest part in which the account counts, or too many.
    """
    for account, left in units:
        if account == one.account:
            parts = counted_units(tariff, account, left).units
            if parts > MAX_UNITS:
                raise InputError(f"units: {left} on {account} are too many")
            return evolve(one, bought=parts, left=parts) if parts else evolve(one, left=0, expired=one.bought)
    return one


def _with_worth(
    c: ImportPass,
    sold: Pass,
    units: tuple[Entitlement, ...],
    days: Days,
    place: Place,
    today: date,
    *,
    by_days: bool,
) -> tuple[Pass, tuple[Entitlement, ...]]:
    """A pass with what is owed of it: vouchers for what they are good for, the rest for its days or for its units.

    Raises:
        CurrencyError: the value is in another currency.
        InputError: nothing is left that could have a value.
        UnsuitableError: its days have no end over which it could be earned.
    """

    def worth(amount: int) -> Worth:
        return Worth(sold.product_id, sold.entity_id, sold.place_id, Money(amount, place.currency))

    units = tuple(evolve(one, worth=worth(one.left)) if one.money and one.left else one for one in units)
    if c.value is None:
        return sold, units
    check_currency("value", c.value, place)
    if not by_days:
        counted = [one for one in units if not one.money]
        if not any(one.left for one in counted):
            raise InputError("value: no units are left that it was paid for")
        shares = allocate(c.value.amount, [one.left for one in counted])
        parts = dict(zip((one.id for one in counted), shares, strict=True))
        return sold, tuple(evolve(one, worth=worth(parts[one.id])) if parts.get(one.id) else one for one in units)
    if days.last_day is None:
        raise UnsuitableError(f"value: {c.product_id} has no last day until which it could be earned")
    if days.last_day < today:
        raise InputError(f"value: what was paid until {days.last_day} is had")
    if not days.number:
        return evolve(sold, worth=worth(c.value.amount)), units
    return evolve(sold, periods=(evolve(sold.periods[0], worth=worth(c.value.amount)),)), units


def _open_days(draft: Draft, sold: Pass, place: Place) -> None:
    """Have the ledger open with what was paid for days that are not had yet.

    It is entered as if it had just been earned: the read that takes off what is owed by the day does the rest, as it
    does for days that are sold here. Units need no entry of ours: what follows from their pass defers them.
    """
    days = [one for one in (sold.worth, *(period.worth for period in sold.periods)) if one is not None]
    post_opening(draft, place, refer(sold), [(f"revenue/{one.product_id}", -one.amount.amount) for one in days])
