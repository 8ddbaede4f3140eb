"""What happens to something after it was sold: it is called off, moved, not used; and what that came to.

What is still owed is paid before, so that what is kept and what goes back is of the whole price.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cantinekit import commands as cmd
from cantinekit.calendar import add_days, wall_instant
from cantinekit.clock import Period
from cantinekit.living.asking import Happening, Later
from cantinekit.living.house import DESK, RELEASED_AFTER, House
from cantinekit.living.selling import NotCarriedError
from cantinekit.money import Money
from cantinekit.records import Booking, Charge, Order, Pass, Refund

_A_WEEK = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_NOON = 12 * 60


def happen(house: House, later: Later) -> dict[str, str]:
    """Let happen what happens later, and read what it came to.

    Args:
        house: the house, in which something was sold.
        later: what happens to it.

    Raises:
        NotCarriedError: no command does it.
        RefusedError: the house refuses.
    """
    _pay_all(house)
    if later.what == "ended early":
        return _end_early(house, later)
    earned, back = _earned(house), _given_back(house)
    if later.at is not None:
        house.wait(later.at)
    _ACTS[later.what](house, later)
    fee = _earned(house) - (earned if later.what in _BESIDE else Money.zero(house.tariff.currency))
    return {"fee": str(fee), "refund": str(_given_back(house) - back), "refused": f"fee {fee}"}


_BESIDE: tuple[Happening, ...] = ("moved", "overrun")
"""What costs its fee beside the price, which stays."""


def _pay_all(house: House) -> None:
    """Pay whatever is still owed, at the instant of the purchase."""
    for charge in house.every(Charge):
        if charge.state == "due" and charge.outstanding.amount > 0:
            house.do(cmd.Pay(charge.id, account=DESK, amount=charge.outstanding))


def _earned(house: House) -> Money:
    """What stands as earned of all that was charged."""
    return sum((charge.earned for charge in house.every(Charge)), Money.zero(house.tariff.currency))


def _given_back(house: House) -> Money:
    """What went back of what was earned."""
    refunds = (one.amount for one in house.every(Refund) if not one.deposit and one.state != "declined")
    return sum(refunds, Money.zero(house.tariff.currency))


def _cancel(house: House, later: Later) -> None:
    for booking in house.every(Booking):
        house.do(cmd.CancelBooking(booking.id))
        return
    for order in house.every(Order):
        house.do(cmd.CancelOrder(order.id))
        return
    for held in (one for one in house.every(Pass) if not one.given):
        house.do(cmd.CancelPass(held.id))


def _stay_away(house: House, later: Later) -> None:
    for booking in house.every(Booking):
        house.wait(booking.period.start + RELEASED_AFTER + _MINUTE)
        return
    raise NotCarriedError("nobody is missed where nothing was booked")


def _move(house: House, later: Later) -> None:
    for booking in house.every(Booking):
        to = Period(booking.period.start + _A_WEEK, booking.period.end + _A_WEEK)
        house.do(cmd.MoveBooking(booking.id, period=to, account=DESK))
        return
    raise NotCarriedError("what is moved is no booking")


def _overrun(house: House, later: Later) -> None:
    for booking in house.every(Booking):
        house.wait(booking.period.start)
        house.do(cmd.CheckInBooking(booking.id))
        until = booking.period.end + timedelta(minutes=later.minutes)
        house.wait(until)
        house.do(cmd.RecordOverrun(booking.id, until=until, account=DESK))
        return
    raise NotCarriedError("nobody stays longer where nothing was booked")


def _end_early(house: House, later: Later) -> dict[str, str]:
    """End a contract on the day on which so many of its agreed periods are still to come."""
    sold = next((one for one in house.every(Pass) if one.contract), None)
    if sold is None:
        raise NotCarriedError("what is ended is no contract")
    told = house.cantine.read.timeline(sold.id)
    end = told.end or told.earliest_end
    agreed = [one for one in told.periods if end is not None and one.first_day <= end]
    if not 0 < later.periods <= len(agreed):
        raise NotCarriedError(f"{len(agreed)} periods are agreed")
    day = add_days(agreed[-later.periods].first_day, -1)
    house.wait(max(wall_instant(day, _NOON, house.tariff.zone), house.clock.now()))
    while house.cantine.run_due().done:
        pass
    ended = house.do(cmd.EndPass(sold.id, day=day, reason="a worked example says so"))
    fees = [one for one in house.every(Charge) if any(line.kind == "penalty" for line in one.lines)]
    fee = sum((one.earned for one in fees), Money.zero(house.tariff.currency))
    back = ended.given_back or Money.zero(house.tariff.currency)
    return {"fee": str(fee), "refund": str(back), "refused": f"fee {fee}"}


_ACTS: dict[Happening, Callable[[House, Later], None]] = {
    "cancelled": _cancel,
    "cancelled after the start": _cancel,
    "no show": _stay_away,
    "moved": _move,
    "overrun": _overrun,
}
