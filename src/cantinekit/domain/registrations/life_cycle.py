"""What becomes of a seat by itself: it awaits its payment, is had once it is paid, lapses, expires, and is missed."""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.orders.records import Order
from cantinekit.domain.registrations.events import SeatRetaken
from cantinekit.domain.registrations.giving_up import give_up, leave_waiting_list, read_registration
from cantinekit.domain.registrations.holds import has_seat, may_rebase_seat, waits_with_order
from cantinekit.domain.registrations.no_shows import settle_no_show
from cantinekit.domain.registrations.records import LIVE, Registration
from cantinekit.domain.registrations.seats import both
from cantinekit.domain.registrations.selling import confirm
from cantinekit.domain.state import refer


def awaits(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment still gets the seat: while people can register, and it is held or another seat is free."""
    one, session = both(draft.state, subject.id)
    if one.state != "held" or session.state == "cancelled" or session.closes <= draft.now:
        return False
    return has_seat(session, one, draft.now) or not session.is_full(draft.now, one.seats, one.option_ids, one.kept_for)


def fulfil(draft: Draft, subject: Subject, charge_id: str) -> None:
    """Confirm a seat that is paid; after its hold has ended it is taken again."""
    one, session = both(draft.state, subject.id)
    if has_seat(session, one, draft.now):
        confirm(draft, one.id)
        may_rebase_seat(draft, session, one.id, lambda other, at: at < other.closes and has_seat(other, one, at))
        return
    draft.add(SeatRetaken(one.id, draft.now))
    draft.tell("seat confirmed", one.person_id, refer(one))


def lapse(draft: Draft, subject: Subject, reason: str) -> None:
    """End a seat that is held and was not paid; who waits is promoted."""
    if draft.state.need(Registration, subject.id).state == "held":
        give_up(draft, subject.id, "expired", reason)


def expire(draft: Draft, subject: Subject) -> None:
    """End a seat whose hold is over, and a wait once people cannot register any more; settle whether somebody came.

    Of a cancelled session every registration ends. An order ends the seats that wait for its payment.

    Raises:
        Prerequisite: the order is to be ended first.
        WrongStateError: units that went back, since nobody had come, were spent meanwhile.
    """
    one, session = both(draft.state, subject.id)
    over = one.expires is not None and one.expires <= draft.now
    if waits_with_order(one) and (over or session.state == "cancelled"):
        raise Prerequisite(Expire(Subject(Order.kind, one.order_id or "")))
    if session.state == "cancelled":
        if one.state in LIVE:
            give_up(draft, one.id, "cancelled", session.reason)
    elif one.state == "waiting" and session.closes <= draft.now:
        leave_waiting_list(draft, one)
    elif one.state == "held" and over:
        give_up(draft, one.id, "expired", "the hold ran out")
    else:
        settle_no_show(draft, one)


LIFE_CYCLES[Registration.kind] = LifeCycle(
    read=read_registration, awaits=awaits, fulfil=fulfil, lapse=lapse, expire=expire
)
