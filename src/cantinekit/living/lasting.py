"""The terms of a contract as a house has them: when it can end, by when notice is given, what is owed, what comes next.

Each answer is got in a copy of the house: notice is given there, and the clock runs until it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from cantinekit import commands as cmd
from cantinekit.calendar import add_days, add_months, wall_instant
from cantinekit.living.asking import Lasts
from cantinekit.living.house import CUSTOMER, House
from cantinekit.living.selling import NotCarriedError
from cantinekit.money import Money
from cantinekit.pricing.format.kinds import show_number
from cantinekit.records import Entitlement, Pass

_NOON = 12 * 60
_FAR = 36
"""How many months after somebody leaves a contract may still end."""


def terms(house: House, lasts: Lasts, wanted: Mapping[str, Any]) -> dict[str, str]:
    """The answers about a contract that was sold in a house.

    Args:
        house: the house, in which something was sold that lasts.
        lasts: what is asked.
        wanted: the answers that the example names; no others are looked up.

    Raises:
        NotCarriedError: nothing was sold that lasts.
        RefusedError: the house refuses.
    """
    sold = next((one for one in house.every(Pass) if not one.given and (one.contract or one.next_at)), None)
    if sold is None:
        raise NotCarriedError("nothing was sold that lasts")
    return {name: find(_copy(house), sold, lasts) for name, find in _FINDERS.items() if name in wanted}


def _copy(house: House) -> House:
    """A copy that sees what was sold before it was made."""
    return attrs.evolve(house.copy(house.clock.now()), begun=house.begun)


def _wait(house: House, day: date, minute: int = _NOON) -> None:
    """Let the clock run to a time of a day, unless it is later already; what is due is done as long as there is any."""
    at = wall_instant(day, minute, house.tariff.zone)
    house.wait(max(at, house.clock.now()))
    while house.cantine.run_due().done:
        pass


def _earliest_end(house: House, sold: Pass, lasts: Lasts) -> str:
    """The end that a notice brings about that is given on the day of the question, else on the first day."""
    assert sold.first_day is not None
    if sold.end is not None:
        return str(sold.end)
    day = lasts.notice or sold.first_day
    _wait(house, day)
    return str(house.do(cmd.GiveNotice(sold.id, day=day)).value.end)


def _last_notice(house: House, sold: Pass, lasts: Lasts) -> str:
    """The last day of notice for the last end by which somebody has left; notice of that day brings it about."""
    leaves = _leaves(lasts)
    pairs = [pair for pair in house.cantine.read.timeline(sold.id, leaves).deadlines if pair[1] <= leaves]
    if not pairs:
        return "nothing"
    day, end = pairs[-1]
    _wait(house, day)
    ended = house.do(cmd.GiveNotice(sold.id, day=day)).value.end
    return str(day) if ended == end else f"{day}, which ends it on {ended}"


def _owed(house: House, sold: Pass, lasts: Lasts) -> str:
    """What was charged until the first end that is not before somebody leaves."""
    leaves, end = _leaves(lasts), sold.end
    if end is None:
        pairs = house.cantine.read.timeline(sold.id, add_months(leaves, _FAR)).deadlines
        day, end = next(pair for pair in pairs if pair[1] >= leaves)
        _wait(house, day)
        house.do(cmd.GiveNotice(sold.id, day=day))
    _wait(house, add_days(end, 1))
    charges = house.cantine.read.statement(CUSTOMER)
    return str(sum((one.earned for one in charges), Money.zero(house.tariff.currency)))


def _leaves(lasts: Lasts) -> date:
    if lasts.leaves is None:
        raise NotCarriedError("it does not say when somebody leaves")
    return lasts.leaves


def _next_units(house: House, sold: Pass, lasts: Lasts) -> str:
    """What the first account holds that is filled again, where so many units were left of it."""
    told = house.cantine.read.timeline(sold.id).units
    account = next((one.account for one in told if one.renews), None)
    if account is None or sold.next_at is None:
        return "nothing"
    before = _units(house, sold, account)
    house.wait(sold.next_at)
    now = house.clock.now()
    after = _units(house, house.cantine.read.need(Pass, sold.id), account)
    known = {one.id for one in before}
    given = sum((Fraction(one.in_unit(one.left)) for one in after if one.id not in known), Fraction(0))
    live = [one for one in after if one.id in known and (one.expires is None or one.expires > now)]
    kept = min(lasts.left, sum((Fraction(one.in_unit(one.left)) for one in live), Fraction(0)))
    return str(show_number(given + kept))


def _units(house: House, sold: Pass, account: str) -> list[Entitlement]:
    found = house.cantine.read.many(Entitlement, sold.entitlement_ids)
    return [one for one in found if one is not None and one.account == account]


_FINDERS: dict[str, Callable[[House, Pass, Lasts], str]] = {
    "earliest_end": _earliest_end,
    "last_notice": _last_notice,
    "owed": _owed,
    "next_units": _next_units,
}
