"""Pauses of what lasts, and days that are given on top: its days move, and nothing else of it changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from cantinekit.calendar import add_days, add_months
from cantinekit.clock import day_bounds, local
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.commands import ExtendPass, PausePass, ResumePass
from cantinekit.domain.passes.course import Course, course_of_gift
from cantinekit.domain.passes.events import DaysMoved, PassExtended, PassPaused, PassResumed
from cantinekit.domain.passes.making import spans_of
from cantinekit.domain.passes.records import Entitlement, FreeDays, Pass, Pause
from cantinekit.domain.passes.renewing import agreed_of
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.state import State, refer
from cantinekit.errors import InputError, NotForSaleError, UnsuitableError, WrongStateError
from cantinekit.pricing.model.later import PauseLimits
from cantinekit.pricing.terms import add

PAUSES = "pauses by the price list"
"""The name of the rule that staff override who pause a pass as its price list does not allow."""
FREE = "free days"
"""The name of the rule that staff override who give days on top."""
_A_YEAR = 12


def pause_pass(draft: Draft, sold: Pass, c: PausePass) -> None:
    """Pause a pass from a day on: until another, or until it is resumed.

    Raises:
        WrongStateError, UnsuitableError, InputError, NotForSaleError: as the command says.
    """
    today = _today(draft, sold)
    _check_lasts(sold)
    first = c.first_day or today
    assert sold.first_day is not None
    earliest = max(today, sold.first_day)
    if first < earliest:
        raise InputError(f"first_day is {first}: pass {sold.id} is paused from {earliest} on at the earliest")
    if c.until is not None and c.until < first:
        raise InputError("until is before first_day")
    if sold.held_until is not None and sold.held_until < first:
        raise WrongStateError(f"pass {sold.id}", state=f"ending on {sold.held_until}", wanted=["held then"])
    limits = _limits(draft.state, sold)
    last = c.until
    if last is None and limits is not None and c.override is None:
        last = add_days(add(first, limits.at_most), -1)
    new = Pause(first, last, today, c.reason)
    if other := next((one for one in sold.pauses if _collide(one, new)), None):
        raise WrongStateError(f"pass {sold.id}", state=f"paused from {other.first_day} on", wanted=["unpaused"])
    broken = _broken(limits, sold, new)
    if broken and c.override is None:
        raise NotForSaleError(f"pass {sold.id} is not paused: {'; '.join(broken)}")
    if broken:
        note_overrides(draft, [PAUSES], c.override, refer(sold))
    pauses = tuple(sorted((*sold.pauses, new), key=lambda one: one.first_day))
    after = evolve(sold, pauses=pauses)
    draft.add(PassPaused(sold.id, new, _moved(draft, sold, after, first)))
    _later(draft, sold)


def resume_pass(draft: Draft, sold: Pass, c: ResumePass) -> None:
    """End the pause of a pass that lasts, or that comes next.

    Raises:
        WrongStateError, InputError: as the command says.
    """
    today = _today(draft, sold)
    _check_active(sold)
    day = c.day or today
    pause = next((one for one in sold.pauses if one.last_day is None or one.last_day >= today), None)
    if pause is None:
        raise WrongStateError(f"pass {sold.id}", state="not paused", wanted=["paused"])
    if day < today:
        raise InputError(f"day is {day}: pass {sold.id} is resumed today or later")
    if pause.last_day is not None and day > add_days(pause.last_day, 1):
        raise InputError(f"day is {day}: pass {sold.id} goes on by itself after {pause.last_day}")
    after = with_pause_until(draft.state, sold, pause, add_days(day, -1))
    draft.add(PassResumed(sold.id, day, after.pauses, _moved(draft, sold, after, pause.first_day)))
    _later(draft, sold)


def extend_pass(draft: Draft, sold: Pass, c: ExtendPass) -> None:
    """Give days on top: after the end that is agreed, else after the present period.

    Raises:
        WrongStateError, UnsuitableError, InputError: as the command says.
    """
    today = _today(draft, sold)
    _check_lasts(sold)
    days = course_of(draft.state, sold)
    if sold.open_pause is not None:
        raise WrongStateError(f"pass {sold.id}", state="paused until it is resumed", wanted=["unpaused"])
    if sold.held_until is not None and sold.held_until < today:
        raise WrongStateError(f"pass {sold.id}", state=f"ended on {sold.held_until}", wanted=["running"])
    number = days.number_on(sold.held_until or max(today, days.first_day))
    end = sold.held_until or days.period(number)[1]
    if end is None:
        raise UnsuitableError(f"pass {sold.id} has no end that could move")
    more = c.days or ((c.until - end).days if c.until is not None else 0)
    if more < 1:
        raise InputError(f"until is {c.until}: pass {sold.id} lasts until {end} as it is")
    new = FreeDays(number, more, today, c.reason)
    after = evolve(sold, free=(*sold.free, new))
    draft.add(PassExtended(sold.id, new, _moved(draft, sold, after, end)))
    note_overrides(draft, [FREE], c.reason, refer(sold))
    _later(draft, sold)


def course_of(state: State, sold: Pass) -> Course:
    """The days of a pass, sold or given.

    Args:
        state: has what ``read_agreed`` loads.
        sold: the pass.
    """
    return agreed_of(state, sold).course if sold.sale_id is not None else course_of_gift(sold)


def with_pause_until(state: State, sold: Pass, pause: Pause, last: date) -> Pass:
    """A pass of which a pause ends on a day, with the end that it has then; without that pause where it ends before it.

    Args:
        state: has what ``read_agreed`` loads.
        sold: the pass.
        pause: one of its pauses.
        last: the last day of that pause.
    """
    kept = () if last < pause.first_day else (evolve(pause, last_day=last),)
    others = tuple(one for one in sold.pauses if one is not pause)
    after = evolve(sold, pauses=tuple(sorted((*others, *kept), key=lambda one: one.first_day)))
    return _ending(state, sold, after, pause.first_day)


def _ending(state: State, before: Pass, after: Pass, since: date) -> Pass:
    """A pass with the end, and the last day of its present period, that follow from its pauses and free days.

    Args:
        state: has what ``read_agreed`` loads.
        before: the pass as it was.
        after: the pass with other pauses or free days.
        since: the first day from which on they differ.
    """
    if after.open_pause is not None:
        return after
    closed = evolve(before, pauses=tuple(one for one in before.pauses if one.last_day is not None))
    old, new = course_of(state, closed), course_of(state, after)
    if not before.contract:
        last = before.last_day
        return evolve(after, last_day=old.follow(new, last, since) if last is not None else None)
    end = old.follow(new, before.end, since) if before.end is not None else None
    assert before.period_first is not None
    last = new.period(old.number_on(before.period_first))[1]
    last = min((one for one in (last, end) if one is not None), default=None)
    periods = before.periods
    if periods and last is not None:
        periods = (*periods[:-1], evolve(periods[-1], last_day=last))
    return evolve(after, end=end, last_day=last, periods=periods)


def _moved(draft: Draft, before: Pass, after: Pass, since: date) -> DaysMoved:
    """How the days of a pass and of its units move, since it is paused, resumed or extended.

    Args:
        draft: what is decided so far.
        before: the pass as it was.
        after: the pass with other pauses or free days.
        since: the first day from which on its days move.
    """
    zone, today = draft.state.need(Place, before.place_id).zone, _today(draft, before)
    after = _ending(draft.state, before, after, since)
    old_end, end = before.planned_end, after.planned_end
    old = [one for one in before.pauses if _counts(one, min(since, today))]
    new = [one for one in after.pauses if _counts(one, min(since, today))]
    free = sum(one.days for one in after.free) - sum(one.days for one in before.free)
    expiries = []
    for one in (draft.state.need(Entitlement, id) for id in before.entitlement_ids):
        if one.expires is None or one.is_over(draft.now):
            continue
        last = local(one.expires - timedelta(microseconds=1), zone).date()
        had = add_days(last, -sum(each.days for each in old if each.first_day <= last))
        moved = end if last == old_end else _beyond(add_days(had, free if last >= since else 0), new)
        expiries.append((one.id, day_bounds(moved, zone).end if moved is not None else None))
    following = _next(draft.state, before, after, today, zone)
    next_at = day_bounds(following, zone).start if following is not None else None
    return DaysMoved(after.end, after.last_day, next_at, tuple(expiries), spans_of(after, zone, today))


def _counts(pause: Pause, since: date) -> bool:
    """Whether a pause moves days from a day on: it is not over then, and its end is known."""
    return pause.last_day is not None and pause.last_day >= since


def _beyond(day: date, pauses: Iterable[Pause]) -> date:
    """The day that a day is, as if nothing were paused, with pauses in order: each before it takes its days."""
    for pause in pauses:
        if pause.first_day <= day:
            day = add_days(day, pause.days)
    return day


def _next(state: State, before: Pass, after: Pass, today: date, zone: str) -> date | None:
    """The day on which a pass is carried on next: the first one that was not carried out yet."""
    if before.next_at is None and before.open_pause is None and not before.pauses:
        return None
    days = course_of(state, after)
    pause = before.paused_on(today)
    done = today
    if pause is not None and (pause.first_day < today or pause.said < today):
        done = add_days(today, -1)  # what comes today has not come, since it was paused
    if before.next_at is not None:
        done = min(done, add_days(local(before.next_at, zone).date(), -1))
    since = max(done, days.first_day)
    following = agreed_of(state, after).next_after(since) if after.planned else days.next_after(since)
    if following is not None and not after.contract and after.last_day is not None and following > after.last_day:
        return None
    return following


def _later(draft: Draft, sold: Pass) -> None:
    """Have a pass carried on, and its units expire, at their new times."""
    after = draft.state.need(Pass, sold.id)
    for id in after.entitlement_ids:
        one = draft.state.need(Entitlement, id)
        if one.ends is not None and one.ends > draft.now:
            draft.later("expire", refer(one), one.ends)
    if after.next_at is not None:
        draft.later("expire", refer(after), after.next_at)


# --- whether it may be -----------------------------------------------------------------------------------------------


def _today(draft: Draft, sold: Pass) -> date:
    return local(draft.now, draft.state.need(Place, sold.place_id).zone).date()


def _check_active(sold: Pass) -> None:
    if sold.state != "active":
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["active"])


def _check_lasts(sold: Pass) -> None:
    """Refuse what is not had by its days.

    Raises:
        WrongStateError: it is not active.
        UnsuitableError: it has no days: a stay, or an earlier version of this library sold it.
    """
    _check_active(sold)
    if sold.first_day is None:
        raise UnsuitableError(f"pass {sold.id} is not had from a day on")


def _limits(state: State, sold: Pass) -> PauseLimits | None:
    """What the version of the price list that sold a pass says of pauses; ``None``: nothing."""
    text = state.get(TariffText, sold.tariff_version)
    product = read_tariff(text.text).products.get(sold.tariff_product) if text is not None else None
    return product.pause if product is not None else None


def _collide(one: Pause, new: Pause) -> bool:
    """Whether a pause cannot be beside another one: they share a day, or nobody knows when the earlier one ends."""
    if one.last_day is None or (new.last_day is None and one.last_day >= new.first_day):
        return True
    return new.last_day is not None and one.first_day <= new.last_day and new.first_day <= one.last_day


def _broken(limits: PauseLimits | None, sold: Pass, new: Pause) -> list[str]:
    """Why a price list does not allow a pause, in words."""
    if limits is None:
        return ["its price list says of no pauses; staff may pause it with an override"]
    found = []
    if new.last_day is None or new.last_day >= add(new.first_day, limits.at_most):
        found.append(f"a pause lasts at most {limits.at_most}")
    if limits.times and not _seldom([*(one.first_day for one in sold.pauses), new.first_day], limits.times):
        found.append(f"at most {limits.times} begin within a year")
    if limits.ahead is not None and new.said > add(new.first_day, limits.ahead, -1):
        found.append(f"it is said {limits.ahead} before it begins")
    return found


def _seldom(firsts: Iterable[date], times: int) -> bool:
    """Whether no more than so many days are in any year, from day to day."""
    days = sorted(firsts)
    return all(late >= add_months(early, _A_YEAR) for early, late in zip(days, days[times:], strict=False))
