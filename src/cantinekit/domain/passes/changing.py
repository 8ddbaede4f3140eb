"""Changing the plan of what lasts: at once, or on a day to come, and withdrawing what was planned."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.commands import ChangePass, WithdrawPassChange
from cantinekit.domain.passes.course import Course
from cantinekit.domain.passes.events import PassChangesPlanned
from cantinekit.domain.passes.plans import OnAccount, PaidNow, carry_out, comes_to, is_beside, told_of
from cantinekit.domain.passes.records import Pass, PassPlan, PlannedChange
from cantinekit.domain.passes.renewing import agreed_of
from cantinekit.domain.passes.timeline import Agreed
from cantinekit.domain.payments.due import due_on
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.state import State, refer
from cantinekit.errors import InputError, UnsuitableError, WrongStateError


def day_of_change(state: State, sold: Pass, day: date | None, today: date) -> tuple[date, date]:
    """The first local day of a new plan, and that of the period that has it.

    Args:
        state: has what ``agreed_wishes`` names.
        sold: the pass.
        day: the day that was asked for; ``None``: today, or the first day of what has not begun.
        today: the local day.

    Raises:
        WrongStateError: it is not active, ends before that day, is paused today or then, or its plan was changed after
            that day, or is planned to be on it.
        UnsuitableError: it is no contract.
        InputError: the day is before the pass, or before the period that runs.
    """
    if sold.state != "active":
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["active"])
    agreed = agreed_of(state, sold) if sold.contract else None
    if agreed is None or agreed.course.term is None:
        raise UnsuitableError(f"pass {sold.id} is not renewed: its plan is not changed")
    days = agreed.course
    day = day or max(today, days.first_day)
    runs = days.period(days.number_on(max(today, days.first_day)))[0] if sold.open_pause is None else days.first_day
    if day < runs:
        raise InputError(f"day is {day}: the period that runs began on {runs}, and the plan changes from then on")
    if sold.held_until is not None and (sold.held_until < day or sold.cut):
        raise WrongStateError(f"pass {sold.id}", state=f"ending on {sold.held_until}", wanted=["held then"])
    if sold.open_pause is not None or sold.paused_on(day) or sold.paused_on(today):
        raise WrongStateError(f"pass {sold.id}", state="paused", wanted=["had then"])
    if sold.changes and day < sold.changes[-1].day:
        raise WrongStateError(f"pass {sold.id}", state=f"changed on {sold.changes[-1].day}", wanted=["the same since"])
    if any(one.day == day for one in sold.planned):
        raise WrongStateError(f"pass {sold.id}", state=f"to be changed on {day}: withdraw that first")
    return day, days.period(days.number_on(day))[0]


def change_pass(draft: Draft, sold: Pass, c: ChangePass, day: date, priced: Priced) -> None:
    """Change the plan of a pass, now or on a day to come; to the same plan nothing happens.

    Args:
        draft: what is decided so far.
        sold: the pass, with all that is due of it done.
        c: the command.
        day: the first local day of the new plan.
        priced: what the new plan costs in the period that has the day.

    Raises:
        UnsuitableError, NotForSaleError: as the command says.
    """
    place = draft.state.need(Place, sold.place_id)
    today = local(draft.now, place.zone).date()
    agreed = agreed_of(draft.state, sold)
    current = agreed.on(day)
    sale = whole_sale(priced.sale, priced.private)
    plan = _plan_of(priced)
    after = current.with_plan(plan, sale)
    draft.price = priced.quote
    if _is_same(current, after):
        return
    _check_fits(current, after, day)
    told = comes_to(current, after, day)
    draft.afterwards = told_of(told.due if is_beside(agreed, day) else told.due * 0)
    evolve(priced, spends=(), moves=(), joins=()).enter(draft)
    change = PlannedChange(day, today, plan)
    if day <= max(today, agreed.course.first_day):
        later = due_on(draft, plan.tariff_version, place) if c.on_account else None
        paying = OnAccount(later) if c.on_account else PaidNow(c.account, c.return_url)
        carry_out(draft, agreed, after, change, day, since=max(today, agreed.course.first_day), paying=paying)
    else:
        planned = tuple(sorted((*agreed.planned, (change, sale)), key=lambda one: one[0].day))
        _plan(draft, attrs.evolve(agreed, planned=planned), today)
    _carry_on(draft, sold)


def withdraw_change(draft: Draft, sold: Pass, c: WithdrawPassChange) -> None:
    """Give up a change of plan that is to come.

    Raises:
        WrongStateError: the pass is not active, or no change is planned, or none on that day.
    """
    if sold.state != "active":
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["active"])
    day = c.day or next((one.day for one in sold.planned), None)
    agreed = agreed_of(draft.state, sold)
    planned = tuple(one for one in agreed.planned if one[0].day != day)
    if len(planned) == len(sold.planned):
        raise WrongStateError(f"pass {sold.id}", state=f"not to be changed on {day}" if day else "not to be changed")
    _plan(draft, attrs.evolve(agreed, planned=planned), local(draft.now, agreed.zone).date())
    _carry_on(draft, sold)


def _plan(draft: Draft, agreed: Agreed, today: date) -> None:
    """Have the changes to come that are agreed, and the pass carried on when the next thing comes."""
    planned = tuple(one for one, _ in agreed.planned)
    agreed = attrs.evolve(agreed, sold=evolve(agreed.sold, planned=planned))
    next_at = agreed.sold.next_at
    if agreed.sold.open_pause is None:
        following = agreed.next_after(max(today, agreed.course.first_day))
        next_at = day_bounds(following, agreed.zone).start if following is not None else None
    draft.add(PassChangesPlanned(agreed.sold.id, planned, next_at))


def _carry_on(draft: Draft, sold: Pass) -> None:
    after = draft.state.need(Pass, sold.id)
    if after.next_at is not None:
        draft.later("expire", refer(after), after.next_at)


def _plan_of(priced: Priced) -> PassPlan:
    """What a pass is by a price.

    Raises:
        UnsuitableError: something that is held is sold along with it.
    """
    if [one.item for one in priced.gives] != ["1"]:
        raise UnsuitableError("a plan that is sold with something else that is held: sell it by itself")
    one = priced.gives[0]
    return PassPlan(
        one.product_id,
        one.tariff_product,
        priced.sale.tariff_version,
        priced.sale.id,
        one.item,
        one.sells,
        one.unlimited,
    )


def _is_same(current: Agreed, after: Agreed) -> bool:
    """Whether two plans are the same product with the same facts, by the same version of the price list."""

    def told(sale: Sale, agreed: Agreed) -> tuple[object, ...]:
        item = agreed.agreement.item
        return item.product, item.count, sorted(item.facts.items(), key=lambda one: one[0]), sale.tariff_version

    return told(current.sale, current) == told(after.sale, after)


def _calendar(days: Course) -> tuple[object, ...]:
    """What decides on the days of the periods of a contract, and whether it ends by itself."""
    assert days.term is not None
    return days.term.period, days.term.stub, days.term.renewal == "none", days.validity


def _check_fits(current: Agreed, after: Agreed, day: date) -> None:
    """Refuse a plan that cannot follow another one.

    Raises:
        UnsuitableError: it is on another price list, is no contract, has other periods, or the period was paid in
            another system; or a price list does not prorate and the day is in the middle of a period.
    """
    what = after.sold.tariff_product
    if after.tariff.id != current.sold.pricelist_id:
        raise UnsuitableError(f"{what} is on the price list {after.tariff.id}, not on {current.sold.pricelist_id}")
    if after.course.term is None:
        raise UnsuitableError(f"{what} is not renewed: a plan is changed to one that is")
    if _calendar(after.course) != _calendar(current.course):
        raise UnsuitableError(f"{what} has other periods than {current.sold.tariff_product}: end one, sell the other")
    number = current.course.number_on(day)
    first = current.course.period(number)[0]
    if current.paid_elsewhere(number):
        raise UnsuitableError(
            f"{current.sold.tariff_product} was paid in another system for the days from {first} on: change it from"
            f" {current.course.period(number + 1)[0]} on"
        )
    if day != first and not current.divides(after):
        raise UnsuitableError(
            f"the price list does not prorate {current.sold.tariff_product} and {what}: change on the first day of a"
            f" period, such as {current.course.period(current.course.number_on(day) + 1)[0]}"
        )
