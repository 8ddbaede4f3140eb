"""What becomes of sponsorships, and what they pay."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.passes.events import not_long_over
from cantinekit.domain.passes.records import SponsorLine, Wallet
from cantinekit.domain.payments.records import Charge, SponsorShare
from cantinekit.domain.sponsorships.records import SponsoredMonth, Sponsorship
from cantinekit.domain.state import State
from cantinekit.money import Money


@event
@attrs.frozen
class SponsorshipAgreed(Event):
    """A sponsor pays a share of what somebody buys, from a day on.

    Attributes:
        sponsorship: who pays what for whom.
    """

    sponsorship: Sponsorship

    def changes(self, state: State) -> tuple[Record, ...]:
        one = self.sponsorship
        wallet = state.get(Wallet, one.beneficiary_id) or Wallet(one.beneficiary_id)
        mine = SponsorLine(one.id, one.sponsor_id, one.organisation, one.first_day, one.last_day)
        return (one, evolve(wallet, sponsors=(*not_long_over(wallet.sponsors, one.made_at), mine)))


@event
@attrs.frozen
class SponsorshipEnded(Event):
    """A sponsorship ends on a day.

    Attributes:
        sponsorship_id: the sponsorship.
        last_day: the last local day; the day before the first one: it never counts.
    """

    sponsorship_id: str
    last_day: date

    def changes(self, state: State) -> tuple[Record, ...]:
        one = evolve(state.need(Sponsorship, self.sponsorship_id), last_day=self.last_day)
        wallet = state.need(Wallet, one.beneficiary_id)
        lines = tuple(
            evolve(other, last_day=self.last_day) if other.sponsorship_id == one.id else other
            for other in wallet.sponsors
        )
        return (one, evolve(wallet, sponsors=lines)) if lines != wallet.sponsors else (one,)


@event
@attrs.frozen
class ShareSponsored(Event):
    """A sponsor takes a share of a charge over. The attempt that pays it, and the charge of the sponsor, are events of
    their own.

    Attributes:
        charge_id: the charge of whoever buys.
        share: what the sponsor pays of it.
    """

    charge_id: str
    share: SponsorShare

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        found = evolve(charge, sponsors=(*charge.sponsors, self.share))
        month = _month(state, self.share.month_id, Money(self.share.amount, charge.amount.currency))
        return (found, month) if month is not None else (found,)


@event
@attrs.frozen
class MonthSponsoredLess(Event):
    """Something that a sponsorship paid of went back: it counts for the limit of its month no more.

    Attributes:
        month_id: what the sponsorship paid for the person in the month.
        amount: how much went back.
    """

    month_id: Code
    amount: Money

    def changes(self, state: State) -> tuple[Record, ...]:
        month = _month(state, self.month_id, -self.amount)
        return (month,) if month is not None else ()


def _month(state: State, id: str | None, more: Money) -> SponsoredMonth | None:
    if id is None:
        return None
    before = state.get(SponsoredMonth, id) or SponsoredMonth(id, Money.zero(more.currency))
    return evolve(before, amount=before.amount + more)


__all__ = [
    "MonthSponsoredLess",
    "ShareSponsored",
    "SponsorshipAgreed",
    "SponsorshipEnded",
]
