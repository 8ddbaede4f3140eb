"""Ending a gift that nobody claimed: it is withdrawn, or its last day is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from cantinekit.clock import day_bounds
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.gifts.events import GiftEnded
from cantinekit.domain.gifts.records import Gift, GiftEnd, GiftNote
from cantinekit.domain.payments.charging import lower_charge, return_meters, undo_charge
from cantinekit.domain.payments.differences import as_it_stands, share_of
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import call_off
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.afterwards import split_moves
from cantinekit.domain.sales.comes_to import Afterwards, RefundChoice
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import refer
from cantinekit.errors import NotForSaleError, UnsuitableError

_NEVER = timedelta(days=36_600)
"""How far ahead something is that begins on no day."""


def is_over(gift: Gift, place: Place, now: datetime) -> bool:
    """Whether the last day of a gift is over.

    Args:
        gift: the gift.
        place: its place.
        now: the instant.
    """
    return gift.claim_until is not None and day_bounds(gift.claim_until, place.zone).end <= now


def empty_note(draft: Draft, gift: Gift) -> None:
    """Keep nothing private of a gift that nobody can claim any more, where there is anything."""
    if draft.state.get(GiftNote, gift.id) is not None:
        draft.keep([GiftNote(gift.id, gift.buyer_id)])


def end_gift(draft: Draft, gift: Gift, state: GiftEnd, reason: str, refund: RefundChoice = None) -> None:
    """End a gift that nobody claimed, and give back what its price list says, or staff decide.

    It is called off as something that begins when its last day is over; one that lapses as something to which nobody
    came. Where that cannot be priced any more one that lapses is kept, as where the list says nothing.

    Args:
        draft: what is decided so far, with all that ``read_gift`` loads.
        gift: the gift, which is pending or open.
        state: what becomes of it.
        reason: why; refunds say it.
        refund: what staff give back instead.

    Raises:
        NotForSaleError, InputError, CurrencyError, UnsuitableError: as ``WithdrawGift`` says.
    """
    if gift.state == "pending":
        draft.add(GiftEnded(gift.id, state, draft.now))
        return_meters(draft, gift.meters)
        undo_charge(draft, gift.charge_id, reason)
        empty_note(draft, gift)
        return
    place = draft.state.need(Place, gift.place_id)
    begins = day_bounds(gift.claim_until, place.zone).end if gift.claim_until is not None else draft.now + _NEVER
    try:
        found: Afterwards | None = _comes_to(draft, gift, reason, begins, came=state != "lapsed", refund=refund)
    except (NotForSaleError, UnsuitableError):
        if state != "lapsed":
            raise
        found = None
    stays, back = split_moves(gift.meters, found.kept) if found is not None else (gift.meters, ())
    draft.add(GiftEnded(gift.id, state, draft.now, stays))
    if found is not None:
        return_meters(draft, back)
        if gift.charge_id is not None:
            lower_charge(draft, gift.charge_id, found.off, reason)
            draft.afterwards = as_it_stands(draft, found, refer(gift), [gift.charge_id])
        else:
            draft.afterwards = found
    empty_note(draft, gift)


def _comes_to(
    draft: Draft, gift: Gift, reason: str, begins: datetime, *, came: bool, refund: RefundChoice
) -> Afterwards:
    """What calling a gift off comes to."""
    state = draft.state
    sale = whole_sale(state.need(Sale, gift.sale_id), state.get(SaleFacts, gift.sale_id))
    text = state.need(TariffText, gift.tariff_version).text
    shares = (share_of(state.need(Charge, gift.charge_id)),) if gift.charge_id is not None else ()
    return call_off(draft, sale, text, draft.now, shares, reason, begins=begins, came=came, refund=refund)
