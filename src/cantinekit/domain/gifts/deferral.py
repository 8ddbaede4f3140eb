"""What is owed of a gift: it is no revenue until the gift is claimed, and owed by its passes then, withdrawn or lapses.

It is on the ledger account ``deferred/<product>``, a voucher too: that is on ``vouchers`` once somebody has it.
"""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import FOLLOWS, Draft
from cantinekit.domain.gifts.events import GiftClaimed, GiftEnded, GiftSold
from cantinekit.domain.gifts.records import Gift
from cantinekit.domain.payments.events import LedgerPosted
from cantinekit.domain.payments.records import Charge, LedgerEntry, LedgerLine
from cantinekit.domain.state import State


def _post(draft: Draft, gift: Gift, sign: int) -> None:
    """Post what is owed of a gift from now on (1), or what was and is not any more (-1), for each product."""
    for one in gift.worth if gift.charge_id is not None else ():
        amount = sign * one.amount.amount
        lines = (LedgerLine(f"deferred/{one.product_id}", -amount), LedgerLine(f"revenue/{one.product_id}", amount))
        entry = LedgerEntry(
            id=draft.ids("led"),
            entity_id=gift.entity_id,
            place_id=gift.place_id,
            at=draft.now,
            what="deferred" if sign > 0 else "recognised",
            subject=Subject(Charge.kind, gift.charge_id or ""),
            currency=one.amount.currency,
            lines=lines,
        )
        draft.add(LedgerPosted(entry))


def _sold(draft: Draft, before: State, event: GiftSold) -> None:
    _post(draft, event.gift, 1)


def _over(draft: Draft, before: State, event: GiftClaimed | GiftEnded) -> None:
    _post(draft, draft.state.need(Gift, event.gift_id), -1)


FOLLOWS[GiftSold] = _sold
FOLLOWS[GiftClaimed] = _over
FOLLOWS[GiftEnded] = _over
