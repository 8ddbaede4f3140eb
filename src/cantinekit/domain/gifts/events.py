"""What happens to gifts."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.gifts.records import Gift, GiftEnd, GiftKey
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.state import State


@event
@attrs.frozen
class GiftSold(Event):
    """A gift was sold.

    Attributes:
        gift: the gift, which nobody can claim yet.
    """

    gift: Gift

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.gift, GiftKey(self.gift.code_hash, self.gift.id))


@event
@attrs.frozen
class GiftOpened(Event):
    """A gift that awaited its payment can be claimed.

    Attributes:
        gift_id: the gift.
    """

    gift_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Gift, self.gift_id), state="open"),)


@event
@attrs.frozen
class GiftRedirected(Event):
    """A gift has another code from now on, and the one before is dead: it is for somebody else.

    Attributes:
        gift_id: the gift.
        code_hash: the hash of the new code.
    """

    gift_id: str
    code_hash: Code

    def changes(self, state: State) -> tuple[Record, ...]:
        gift = evolve(state.need(Gift, self.gift_id), code_hash=self.code_hash)
        return (gift, GiftKey(self.code_hash, gift.id))


@event
@attrs.frozen
class GiftClaimed(Event):
    """A gift was claimed: it is passes of whoever had the code from now on.

    Attributes:
        gift_id: the gift.
        pass_ids: the passes, which are sold beside this.
        at: when, in UTC.
    """

    gift_id: str
    pass_ids: tuple[str, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        gift = state.need(Gift, self.gift_id)
        return (evolve(gift, state="claimed", pass_ids=self.pass_ids, ended_at=self.at),)


@event
@attrs.frozen
class GiftEnded(Event):
    """Nobody can claim a gift any more that nobody claimed.

    Attributes:
        gift_id: the gift.
        state: ``withdrawn``, or ``lapsed`` after its last day.
        at: when, in UTC.
        meters: how far meters stay moved, as far as the gift is not given back.
    """

    gift_id: str
    state: GiftEnd
    at: datetime
    meters: tuple[MeterMove, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Gift, self.gift_id), state=self.state, ended_at=self.at, meters=self.meters),)


__all__ = [
    "GiftClaimed",
    "GiftEnded",
    "GiftOpened",
    "GiftRedirected",
    "GiftSold",
]
