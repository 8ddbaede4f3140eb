"""Carrying a plan out in a house: the customer and what is had, the command that sells."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cantinekit import commands as cmd
from cantinekit.calendar import add_days, wall_instant
from cantinekit.clock import local
from cantinekit.errors import InputError
from cantinekit.living.asking import Plan
from cantinekit.living.house import CUSTOMER, DESK, PLACE, ROOM, House
from cantinekit.money import Money
from cantinekit.pricing import Item

REASON = "a worked example says so"
_APART = timedelta(minutes=1)
_RENEWED = 36_525
"""How many days what is held lasts beyond the purchase of what is renewed: a hundred years."""


class NotCarriedError(InputError):
    """An example that no command of the house can live; the message says why."""


def sell(house: House, plan: Plan) -> None:
    """Have the customer get what the plan says, and sell what it buys.

    Args:
        house: a house that nobody has lived in.
        plan: the plan.

    Raises:
        NotCarriedError: no command does it.
        RefusedError: the house refuses.
    """
    _grant(house, plan)
    house.wait(plan.at)
    if plan.way == "booking":
        _book(house, plan, plan.items[0])
    elif plan.way == "pass":
        _sell_pass(house, plan, plan.items[0])
    elif plan.way == "visit":
        _visit(house, plan)
    else:
        _sell(house, plan)


# --- what is had -----------------------------------------------------------------------------------------------------


def _grant(house: House, plan: Plan) -> None:
    """Give the customer what they hold and have, minute by minute: before the purchase, and before it expires."""
    units: list[tuple[str, Fraction, date | None, int | None]]
    units = [(one.account, one.units, one.expires, one.paid) for one in plan.held if one.units]
    units += [(unit, number, None, None) for unit, number in plan.units_due]
    ends = [wall_instant(expires, 0, house.tariff.zone) for _, _, expires, _ in units if expires is not None]
    house.clock.set(min([plan.at, *ends]) - _APART * (len(units) + 1))
    house.do(cmd.AddPerson(name="customer", id=CUSTOMER))
    for name, value in plan.facts.items():
        house.do(cmd.SetFact(CUSTOMER, name=name, value=value))
    first, last = _days(house, plan)
    for name in plan.holds:
        house.do(
            cmd.GrantPass(
                product_id=house.product(name),
                place_id=PLACE,
                holder_id=CUSTOMER,
                reason=REASON,
                first_day=first,
                last_day=last,
                with_units=False,
            )
        )
    for name in plan.learnt:
        house.do(cmd.AddWorkshop(title=name, place_id=PLACE, id=name))
        house.do(cmd.GrantTraining(person_id=CUSTOMER, workshop_id=name, reason=REASON))
    for account, number, expires, paid in units:
        house.clock.advance(_APART)
        house.do(
            cmd.GrantUnits(
                account=account,
                units=_number(number),
                pricelist_id=house.tariff.id,
                place_id=PLACE,
                holder_id=CUSTOMER,
                reason=REASON,
                last_day=None if expires is None else add_days(expires, -1),
                paid=None if paid is None else Money(paid, house.tariff.currency),
            )
        )


def _days(house: House, plan: Plan) -> tuple[date, date]:
    """The first and the last local day that count for what is bought: of its purchase and of all of its use, those of
    its renewals too.
    """
    zone = house.tariff.zone
    days = [local(plan.at, zone).date()]
    for item in plan.items:
        days += [day for day in (item.day, item.until) if day is not None]
        days += [local(at, zone).date() for one in item.stretches for at in (one.start, one.end)]
    return min(days), max(days) if plan.lasts is None else add_days(max(days), _RENEWED)


def _number(number: Fraction) -> int | Decimal:
    """A number of a price list, which has few decimal places."""
    if number.denominator == 1:
        return number.numerator
    return Decimal(number.numerator) / Decimal(number.denominator)


# --- what is bought --------------------------------------------------------------------------------------------------


def _asked(plan: Plan, item: Item) -> dict[str, Any]:
    """What every command that sells takes."""
    return {"facts": item.facts, "codes": plan.codes, "account": DESK}


def _book(house: House, plan: Plan, item: Item) -> None:
    """Book the room."""
    assert item.period is not None
    house.do(
        cmd.Book(
            space_id=ROOM,
            product_id=house.product(item.product),
            period=item.period,
            units=item.count,
            person_id=CUSTOMER,
            **_asked(plan, item),
        )
    )


def _visit(house: House, plan: Plan) -> None:
    """Come and go by the clock, once for each stretch of time; what it costs is known when the last one has ended."""
    for item in plan.items:
        for stretch in item.stretches:
            house.wait(stretch.start)
            came = cmd.CheckIn(
                place_id=PLACE, product_id=house.product(item.product), person_id=CUSTOMER, **_asked(plan, item)
            )
            visit = house.do(came).value
            house.wait(stretch.end)
            house.do(cmd.CheckOut(visit.id))


def _sell_pass(house: House, plan: Plan, item: Item) -> None:
    """Sell what is held from a day on."""
    house.do(
        cmd.SellPass(
            product_id=house.product(item.product),
            place_id=PLACE,
            holder_id=CUSTOMER,
            count=item.count,
            first_day=item.day,
            last_day=item.until,
            **_asked(plan, item),
        )
    )


def _sell(house: House, plan: Plan) -> None:
    """Sell one thing or several in one order."""
    lines = [
        cmd.SellLine(
            house.product(item.product),
            count=item.count,
            period=item.period,
            also=item.also,
            day=item.day,
            until=item.until,
            facts=item.facts,
        )
        for item in plan.items
    ]
    house.do(cmd.Sell(lines, place_id=PLACE, person_id=CUSTOMER, codes=plan.codes, account=DESK))
