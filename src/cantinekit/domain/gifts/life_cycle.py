"""The life cycle of gifts: paid, lapsed before that, or over."""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.gifts import deferral as deferral  # what follows wherever a gift is sold or over
from cantinekit.domain.gifts.ending import end_gift, is_over
from cantinekit.domain.gifts.giving import open_gift
from cantinekit.domain.gifts.records import Gift, GiftNote
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.payments.charging import read_charge_parts, undo_wishes
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import Wish
from cantinekit.domain.unit_of_work import Steps, Uow


def read_gift(uow: Uow, gift_id: str, also: Iterable[Wish] = ()) -> Steps[None]:
    """Load what it takes to open a gift or to end it, and ``also`` in the same batch."""
    gift = yield from uow.need(Gift, gift_id)
    sale: list[Wish] = [
        (Sale, gift.sale_id),
        (SaleFacts, gift.sale_id),
        (TariffText, gift.tariff_version),
        (Place, gift.place_id),
        (GiftNote, gift.id),
    ]
    yield from uow.fetch([*sale, *undo_wishes(uow.state, [gift.charge_id], (), None, gift.meters), *also])
    yield from read_charge_parts(uow, [gift.charge_id])


def awaits_gift(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still open a gift: it waits for one, and can be claimed afterwards."""
    gift = draft.state.need(Gift, subject.id)
    return gift.state == "pending" and not is_over(gift, draft.state.need(Place, gift.place_id), draft.now)


def fulfil_gift(draft: Draft, subject: Subject, charge_id: str) -> None:
    """Open a gift that is paid."""
    note = draft.state.get(GiftNote, subject.id)
    open_gift(draft, draft.state.need(Gift, subject.id), to_recipient=note is not None and bool(note.email))


def lapse_gift(draft: Draft, subject: Subject, reason: str) -> None:
    """End a gift that was not paid in time."""
    gift = draft.state.need(Gift, subject.id)
    if gift.state == "pending":
        end_gift(draft, gift, "lapsed", reason)
        draft.tell("gift lapsed", gift.buyer_id, subject)


def expire_gift(draft: Draft, subject: Subject) -> None:
    """End a gift that nobody claimed by its last day."""
    gift = draft.state.need(Gift, subject.id)
    if gift.state in ("pending", "open") and is_over(gift, draft.state.need(Place, gift.place_id), draft.now):
        end_gift(draft, gift, "lapsed", "not claimed in time" if gift.state == "open" else "not paid in time")
        draft.tell("gift lapsed", gift.buyer_id, subject)


LIFE_CYCLES[Gift.kind] = LifeCycle(
    read=read_gift, awaits=awaits_gift, fulfil=fulfil_gift, lapse=lapse_gift, expire=expire_gift
)
