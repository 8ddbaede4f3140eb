"""Ending what lasts: by notice, which may be withdrawn, or before the agreed end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction

import attrs

from cantinekit import pricing
from cantinekit.calendar import add_days
from cantinekit.clock import day_bounds, local
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.cancelling import REFUND
from cantinekit.domain.passes.commands import EndPass, GiveNotice
from cantinekit.domain.passes.events import (
    Expiries,
    NoticeGiven,
    NoticeWithdrawn,
    PassCutShort,
    PassEnded,
    UnitsGivenBack,
)
from cantinekit.domain.passes.pausing import with_pause_until
from cantinekit.domain.passes.plans import named_payer, products_of, shares_of
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.passes.renewing import agreed_of
from cantinekit.domain.passes.timeline import Agreed, due_until, periods_until
from cantinekit.domain.payments.differences import charge_more, take_off
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.afterwards import refuse_change
from cantinekit.domain.sales.comes_to import Afterwards, RefundChoice
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.state import State, refer
from cantinekit.errors import InputError, UnsuitableError, WrongStateError
from cantinekit.money import Money


def give_notice(draft: Draft, sold: Pass, c: GiveNotice) -> None:
    """Agree on the end of a contract, as its price list says.

    Raises:
        WrongStateError, UnsuitableError, InputError: as the command says.
    """
    place = draft.state.need(Place, sold.place_id)
    today = local(draft.now, place.zone).date()
    day = c.day or today
    _check_active(sold)
    agreed = _contract(draft.state, sold)
    if sold.end is not None:
        raise WrongStateError(f"pass {sold.id}", state=f"ending on {sold.end}", wanted=["running"])
    since = _sold_on(sold, place)
    if not since <= day <= today:
        raise InputError(f"notice is given from the day of the sale on, {since}, until today, not on {day}")
    assert sold.last_day is not None
    assert sold.period_first is not None
    end = agreed.course.earliest_end(day)
    if end is None:
        raise WrongStateError(f"pass {sold.id}", state="paused until it is resumed", wanted=["running"])
    if end < today:
        raise InputError(f"by a notice of {day} it would have ended on {end}: EndPass ends it")
    due = due_until(agreed, end, place.currency)
    expiries = _cut(draft, sold, day_bounds(end, place.zone).end)
    draft.add(NoticeGiven(sold.id, day, end, min(sold.last_day, end), expiries))
    draft.tell("notice given", sold.holder_id, refer(sold))
    if due is not None:
        none = Money.zero(due.currency)
        draft.afterwards = attrs.evolve(Afterwards.all_kept(none, "notice"), due=max(none, due))


def withdraw_notice(draft: Draft, sold: Pass) -> None:
    """Let a contract go on of which notice was given.

    Raises:
        WrongStateError, UnsuitableError: as the command says.
    """
    place = draft.state.need(Place, sold.place_id)
    today = local(draft.now, place.zone).date()
    _check_active(sold)
    if sold.notice_day is None:
        raise WrongStateError(f"pass {sold.id}", state="without a notice", wanted=["notice given"])
    assert sold.end is not None
    assert sold.period_first is not None
    if sold.cut or (sold.held_until is not None and sold.held_until < today):
        raise WrongStateError(f"pass {sold.id}", state=f"ended on {sold.end}", wanted=["notice given"])
    agreed = _contract(draft.state, sold)
    last = agreed.course.period(agreed.course.number_on(sold.period_first))[1]
    assert last is not None
    before = day_bounds(sold.end, place.zone).end
    cut = [one for id in sold.entitlement_ids if (one := draft.state.need(Entitlement, id)).expires == before]
    expiries = tuple((one.id, _uncut(agreed, one)) for one in cut)
    draft.add(NoticeWithdrawn(sold.id, last, expiries))
    draft.tell("notice withdrawn", sold.holder_id, refer(sold))
    _expire_later(draft, expiries)
    if sold.next_at is not None:
        draft.later("expire", refer(sold), sold.next_at)


def end_pass(draft: Draft, sold: Pass, c: EndPass) -> None:
    """End a pass before its agreed end, as its price list says or staff decide.

    Raises:
        WrongStateError, UnsuitableError, InputError, NotForSaleError: as the command says.
    """
    place = draft.state.need(Place, sold.place_id)
    today = local(draft.now, place.zone).date()
    day = c.day or today
    _check_active(sold)
    if sold.held_until is not None and sold.held_until <= day:
        raise WrongStateError(f"pass {sold.id}", state=f"ending on {sold.held_until}", wanted=["running"])
    if sold.cut and c.refund is None:  # what it cost to end it was charged, and what it gave back is back
        raise WrongStateError(f"pass {sold.id}", state=f"ended on {sold.end} before; say what goes back (refund)")
    agreed = agreed_of(draft.state, _resumed(draft.state, sold, day))
    first = sold.period_first
    assert first is not None
    if day < add_days(first, -1):
        raise InputError(f"its present period began on {first}: it ends on the day before that, or later, not on {day}")
    if sold.changes and first <= day < add_days(sold.changes[-1].day, -1):
        changed = sold.changes[-1].day
        raise InputError(f"its plan was changed on {changed}: it ends on the day before that, or later, not on {day}")
    found = _comes_to(agreed, agreed.course.number_on(first), day, c.refund, place.currency)
    shares = shares_of(draft, sold)
    if sold.cut and shares:
        left = Money.sum((one.amount for one in shares), place.currency)
        found = attrs.evolve(found, refund=min(found.refund, left))
    if found.fee:
        _charge_fee(draft, sold, place, found.fee)
    if found.refund:
        take_off(draft, [(shares, found.refund)], c.reason, [products_of(sold)])
    over = day < today
    expiries = () if over else _cut(draft, sold, day_bounds(day, place.zone).end)
    draft.add(PassCutShort(sold.id, day, c.reason, expiries))
    if over:
        _take_back(draft, sold)
    if c.refund is not None:
        note_overrides(draft, [REFUND], c.reason, refer(sold))
    draft.afterwards = found
    draft.tell("pass cancelled", sold.holder_id, refer(sold))


def _resumed(state: State, sold: Pass, day: date) -> Pass:
    """A pass as if a pause of which nobody knows the end were over after a day."""
    pause = sold.open_pause
    return sold if pause is None else with_pause_until(state, sold, pause, day)


def _check_active(sold: Pass) -> None:
    if sold.state != "active":
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["active"])


def _contract(state: State, sold: Pass) -> Agreed:
    """What was agreed about a pass that is a contract.

    Raises:
        UnsuitableError: its price list says of no contract.
    """
    agreed = agreed_of(state, sold) if sold.contract else None
    if agreed is None or agreed.course.term is None:
        raise UnsuitableError(f"the price list of pass {sold.id} says of no contract of which notice is given")
    return agreed


def _sold_on(sold: Pass, place: Place) -> date:
    """The local day on which a pass was sold, or on which it began, where it was entered later."""
    day = local(sold.sold_at, place.zone).date()
    return day if sold.first_day is None else min(day, sold.first_day)


# --- what ending comes to --------------------------------------------------------------------------------------------


def _comes_to(agreed: Agreed, present: int, day: date, refund: RefundChoice, currency: str) -> Afterwards:
    """The fee of an early end, and what of the present period goes back."""
    zero = Money.zero(currency)
    had, whole, skipped = agreed.paid(present) or (zero, zero, zero)
    price = had + whole - skipped
    if refund is not None:
        back = price if refund == "all" else zero if refund == "nothing" else refund
        if back > price:
            raise InputError(f"refund is {back}, more than the {price} that the period cost")
        return Afterwards(zero, back, zero, _kept(price, back), "staff")
    before = day < agreed.course.period(present)[0]
    back = price if before else price - (agreed.costs_until(present, day) or zero)
    fee = _fee(agreed, day, currency)
    return Afterwards(fee, back, fee, _kept(price, back), "ended early")


def _kept(price: Money, back: Money) -> Fraction:
    return Fraction(price.amount - back.amount, price.amount) if price.amount else Fraction(1)


def _fee(agreed: Agreed, day: date, currency: str) -> Money:
    """What ending on a day costs; nothing where no period is agreed beyond it.

    Raises:
        NotForSaleError: periods are, and the list does not say.
    """
    sold = agreed.sold
    if agreed.course.term is None:
        return Money.zero(currency)
    end = sold.end or agreed.course.earliest_end(max(day, agreed.course.first_day))
    assert end is not None
    left = periods_until(agreed, end, end, after=day)
    if not left:
        return Money.zero(currency)
    change = agreed.tariff.change(agreed.agreement, pricing.EndNow(len(left), left[-1].price))
    refuse_change(change, "what ending early costs")
    return change.fee


def _charge_fee(draft: Draft, sold: Pass, place: Place, fee: Money) -> None:
    """Charge an early end to whoever owes the pass."""
    first = draft.state.get(Charge, sold.charge_id) if sold.charge_id is not None else None
    line = said_line("ended early", sold.product_id, fee, kind="penalty")
    charge_more(
        draft,
        [line],
        sold.tariff_version,
        refer(sold),
        place,
        sold.holder_id,
        payer_id=named_payer(draft.state, sold),
        on_account=first is not None and first.on_account,
    )


# --- units -----------------------------------------------------------------------------------------------------------


def _cut(draft: Draft, sold: Pass, end: datetime) -> Expiries:
    """Units that would last beyond an instant expire then."""
    units = [draft.state.need(Entitlement, id) for id in sold.entitlement_ids]
    expiries = tuple((one.id, end) for one in units if one.ends is None or one.ends > end)
    _expire_later(draft, expiries)
    return expiries


def _expire_later(draft: Draft, expiries: Iterable[tuple[str, datetime | None]]) -> None:
    for id, expires in expiries:
        if expires is not None:
            draft.later("expire", refer(draft.state.need(Entitlement, id)), expires)


def _uncut(agreed: Agreed, one: Entitlement) -> datetime | None:
    """When units expire of a contract that goes on: before they are given again, or never."""
    days, given_on = agreed.course, local(one.bought_at, agreed.zone).date()
    day = days.first_day
    while (following := days.next_after(day)) is not None and following <= given_on:
        day = following
    units = [each for each in agreed.units(days.number_on(day), day, None) if each.account == one.account]
    same = next((each for each in units if each.units == one.bought), units[0] if units else None)
    if same is None or same.last_day is None:
        return None
    return day_bounds(same.last_day, agreed.zone).end


def _take_back(draft: Draft, sold: Pass) -> None:
    """Take back what is left of a pass that is over."""
    for id in sold.entitlement_ids:
        one = draft.state.need(Entitlement, id)
        if one.left:
            draft.add(UnitsGivenBack(id, one.left))
    draft.add(PassEnded(sold.id, "cancelled", draft.now))
