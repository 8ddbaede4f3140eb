"""The price of a course: which meetings it is for, and which share of it stays when the course is cancelled.

A session that meets once counts as a course of one meeting here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import Charge, ChargePart
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sales.question import Wanted
from cantinekit.domain.sales.records import MeterMove, SaleItem
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.sessions.records import Session
from cantinekit.money import Money, allocate


def meetings_left(session: Session, now: datetime) -> tuple[Meeting, ...]:
    """The planned meetings that have not begun: somebody who registers now buys these."""
    return tuple(one for one in session.planned_meetings if now < one.period.start)


def left_ids(session: Session, now: datetime) -> tuple[str, ...]:
    """The ids of the meetings of a course that a seat is for if somebody gets it now; none where it meets once."""
    return tuple(one.id for one in meetings_left(session, now)) if session.meetings else ()


def had_ids(session: Session, one: Registration, now: datetime) -> tuple[str, ...]:
    """The ids of the meetings of a course that have begun and that somebody had a seat for."""
    begun = (meeting for meeting in session.meetings if meeting.period.start <= now)
    return tuple(meeting.id for meeting in begun if one.has(meeting))


def bought_period(session: Session, now: datetime) -> Period:
    """The period that a price depends on: that of the session, or of the next meeting of a course."""
    left = meetings_left(session, now) if session.meetings else ()
    return left[0].period if left else session.period


def told_facts(session: Session, now: datetime) -> dict[str, int | bool]:
    """The facts of a course that a price list may declare: ``meetings``, ``meetings_left`` and ``late``.

    Nobody is late for a session that meets once, not even at the door.
    """
    if not session.meetings:
        return {"meetings": 1, "meetings_left": 1, "late": False}
    return {
        "meetings": len(session.planned_meetings),
        "meetings_left": len(meetings_left(session, now)),
        "late": session.period.start <= now,
    }


def wanted_of(product: Product, session: Session, seats: int, now: datetime, facts: Facts) -> Wanted:
    """A number of seats, or of an option for each of them, as the price list is asked for it now."""
    item = SaleItem(product.tariff_product, period=bought_period(session, now), count=seats, facts=facts)
    return Wanted(product, item, tuple(sorted(told_facts(session, now).items())))


def _bought(session: Session, one: Registration) -> list[Meeting]:
    """The meetings that the price of a seat was for, in order, cancelled ones too."""
    return [meeting for meeting in session.meetings if meeting.id in one.meeting_ids]


def has_begun_for(session: Session, one: Registration, now: datetime) -> bool:
    """Whether a planned meeting that a seat was bought for has begun."""
    return any(meeting.state == "planned" and meeting.period.start <= now for meeting in _bought(session, one))


@attrs.frozen
class TookPlace:
    """Which of the meetings that a seat was bought for took place.

    Attributes:
        flags: for each of those meetings, in their order, whether it took place.
    """

    flags: tuple[bool, ...]

    @classmethod
    def of(cls, session: Session, one: Registration) -> TookPlace:
        """For a registration of a course that was cancelled: the meetings that are still planned took place."""
        return cls(tuple(meeting.state == "planned" for meeting in _bought(session, one)))

    def any(self) -> bool:
        """Whether any of them took place."""
        return any(self.flags)

    def share(self, amount: int) -> int:
        """The part of an amount that is for the meetings that took place. The parts add up, by largest remainder."""
        shares = allocate(amount, [1] * len(self.flags))
        return sum(share for share, held in zip(shares, self.flags, strict=True) if held)

    def kept_units(self, spends: Sequence[Spend]) -> tuple[Spend, ...]:
        """The units that stay spent.

        Args:
            spends: the units that were spent, in the order of their use; the first of them stay spent.
        """
        left, kept = self.share(sum(spend.units for spend in spends)), list[Spend]()
        for spend in spends:
            if units := min(left, spend.units):
                kept.append(Spend(spend.entitlement_id, units))
                left -= units
        return tuple(kept)

    def kept_moves(self, moves: Sequence[MeterMove]) -> tuple[MeterMove, ...]:
        """The moves of meters that stay."""
        shares = ((move.meter_id, self.share(move.delta)) for move in moves)
        return tuple(MeterMove(id, delta) for id, delta in shares if delta)

    def part_back(self, charge: Charge) -> ChargePart:
        """The part of a charge that goes back, so that the share of the meetings that took place stays."""
        amount = max(0, charge.held.amount - self.share(charge.amount.amount))
        moves = ((move.meter_id, move.delta - self.share(move.delta)) for move in charge.meters)
        back = tuple(MeterMove(id, delta) for id, delta in moves if delta)
        return ChargePart(Money(amount, charge.amount.currency), back)


def returned(spends: Sequence[Spend], kept: Sequence[Spend]) -> tuple[Spend, ...]:
    """The units that go back.

    Args:
        spends: the units that were spent.
        kept: those of them that stay spent.
    """
    stay = {spend.entitlement_id: spend.units for spend in kept}
    rest = ((spend.entitlement_id, spend.units - stay.get(spend.entitlement_id, 0)) for spend in spends)
    return tuple(Spend(id, units) for id, units in rest if units)
