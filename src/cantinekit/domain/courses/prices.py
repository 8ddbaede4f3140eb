"""What of a course is bought, what its price list is told of that, and what of its price stays when it is called off.

Pure: it looks at a session and says numbers. A session that meets once is a course of one meeting here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import Charge, ChargePart
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sales.prices import Wanted, wanted
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.sessions.records import Session
from cantinekit.money import Money, allocate


def meetings_left(session: Session, now: datetime) -> tuple[Meeting, ...]:
    """The planned meetings that have not begun: what whoever registers now buys."""
    return tuple(one for one in session.planned_meetings if now < one.period.start)


def left_ids(session: Session, now: datetime) -> tuple[str, ...]:
    """The ids of the meetings of a course that a seat is for that is had now."""
    return tuple(one.id for one in meetings_left(session, now)) if session.meetings else ()


def had_ids(session: Session, one: Registration, now: datetime) -> tuple[str, ...]:
    """The ids of the meetings of a course that somebody has had by now."""
    begun = (meeting for meeting in session.meetings if meeting.period.start <= now)
    return tuple(meeting.id for meeting in begun if one.has(meeting))


def bought_period(session: Session, now: datetime) -> Period:
    """The time that a price depends on: that of the session, or of the first meeting of a course that is left."""
    left = meetings_left(session, now) if session.meetings else ()
    return left[0].period if left else session.period


def told_facts(session: Session, now: datetime) -> dict[str, int | bool]:
    """What the price list is told where it declares it: ``meetings`` of the course, ``meetings_left``, ``late``.

    At a session that meets once nobody is late, at the door neither.
    """
    if not session.meetings:
        return {"meetings": 1, "meetings_left": 1, "late": False}
    return {
        "meetings": len(session.planned_meetings),
        "meetings_left": len(meetings_left(session, now)),
        "late": session.period.start <= now,
    }


def wanted_of(product: Product, session: Session, seats: int, now: datetime, facts: Facts) -> Wanted:
    """So many seats, or options of them, as the price list is asked for them now."""
    asked = wanted(product, period=bought_period(session, now), count=seats, facts=facts)
    return evolve(asked, offers=tuple(sorted(told_facts(session, now).items())))


def _bought(session: Session, one: Registration) -> list[Meeting]:
    """The meetings that the price of a seat was for, in order, cancelled ones too."""
    return [meeting for meeting in session.meetings if meeting.id in one.meeting_ids]


def has_begun_for(session: Session, one: Registration, now: datetime) -> bool:
    """Whether a planned meeting that a seat was bought for has begun."""
    return any(meeting.state == "planned" and meeting.period.start <= now for meeting in _bought(session, one))


@attrs.frozen
class TookPlace:
    """Which of the meetings that a seat was bought for took place: a flag for each, in their order."""

    flags: tuple[bool, ...]

    @classmethod
    def of(cls, session: Session, one: Registration) -> TookPlace:
        """Of a course that was called off: what is still planned took place."""
        return cls(tuple(meeting.state == "planned" for meeting in _bought(session, one)))

    def any(self) -> bool:
        return any(self.flags)

    def share(self, amount: int) -> int:
        """What of an amount is for the meetings that took place. The shares add up, by largest remainder."""
        shares = allocate(amount, [1] * len(self.flags))
        return sum(share for share, held in zip(shares, self.flags, strict=True) if held)

    def kept_units(self, spends: Sequence[Spend]) -> tuple[Spend, ...]:
        """The units that stay spent: the first of those that were spent, which are given in the order of their use."""
        left, kept = self.share(sum(spend.units for spend in spends)), list[Spend]()
        for spend in spends:
            if units := min(left, spend.units):
                kept.append(Spend(spend.entitlement_id, units))
                left -= units
        return tuple(kept)

    def kept_moves(self, moves: Sequence[MeterMove]) -> tuple[MeterMove, ...]:
        """How far the meters stay moved."""
        shares = ((move.meter_id, self.share(move.delta)) for move in moves)
        return tuple(MeterMove(id, delta) for id, delta in shares if delta)

    def part_back(self, charge: Charge) -> ChargePart:
        """What of a charge goes back, so that the share of the meetings that took place stays and no more."""
        amount = max(0, charge.held.amount - self.share(charge.amount.amount))
        moves = ((move.meter_id, move.delta - self.share(move.delta)) for move in charge.meters)
        back = tuple(MeterMove(id, delta) for id, delta in moves if delta)
        return ChargePart(Money(amount, charge.amount.currency), back)


def returned(spends: Sequence[Spend], kept: Sequence[Spend]) -> tuple[Spend, ...]:
    """The units that go back where these stay spent."""
    stay = {spend.entitlement_id: spend.units for spend in kept}
    rest = ((spend.entitlement_id, spend.units - stay.get(spend.entitlement_id, 0)) for spend in spends)
    return tuple(Spend(id, units) for id, units in rest if units)
