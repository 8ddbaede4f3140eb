"""What events do to visits, bookings and money. Importing this module registers the rules."""

from __future__ import annotations

from cantinekit import events as ev
from cantinekit._replace import replace
from cantinekit.decisions._claims import re_expire
from cantinekit.decisions._evolve import changes, drop_claims, move_meters, net_moves, put_claims
from cantinekit.decisions._evolve_series import series_without
from cantinekit.decisions._state import State
from cantinekit.model import (
    Attempt,
    Booking,
    Charge,
    CodePool,
    MeterMove,
    Record,
    Refund,
    Visit,
)

# --- visits --------------------------------------------------------------------------------------------------------


@changes.register
def _(event: ev.VisitOpened, state: State) -> tuple[Record, ...]:
    return (event.visit, *put_claims(state, event.visit.placed, event.at))


@changes.register
def _(event: ev.VisitConfirmed, state: State) -> tuple[Record, ...]:
    visit = replace(state.need(Visit, event.visit_id), state="open", expires=None, placed=event.placed)
    return (visit, *put_claims(state, event.placed, event.at))


@changes.register
def _(event: ev.CodeGiven, state: State) -> tuple[Record, ...]:
    pool = state.need(CodePool, event.place_id)
    rest = tuple(code for code in pool.codes if code != event.code)
    visit = replace(state.need(Visit, event.visit_id), access_code=event.code)
    return replace(pool, codes=rest, given=pool.given + 1), visit


@changes.register
def _(event: ev.UpgradeHeld, state: State) -> tuple[Record, ...]:
    visit, upgrade = state.need(Visit, event.visit_id), event.upgrade
    visit = replace(visit, upgrade=upgrade, charge_ids=(*visit.charge_ids, *filter(None, [upgrade.charge_id])))
    return (visit, *put_claims(state, upgrade.placed, event.at))


@changes.register
def _(event: ev.VisitUpgraded, state: State) -> tuple[Record, ...]:
    visit = state.need(Visit, event.visit_id)
    ids = [id for id in visit.charge_ids if id != event.charge_id]
    visit = replace(
        visit,
        product_id=event.product_id,
        pass_id=event.pass_id,
        until=event.until,
        spends=event.spends,
        upgrade=None,
        charge_ids=(*ids, event.charge_id) if event.charge_id else tuple(ids),
        placed=(*visit.placed, *event.placed),
        meters=net_moves(visit.meters, event.meters),
    )
    return (visit, *put_claims(state, event.placed, event.at))


@changes.register
def _(event: ev.UpgradeDropped, state: State) -> tuple[Record, ...]:
    visit = state.need(Visit, event.visit_id)
    placed = visit.upgrade.placed if visit.upgrade else ()
    return (replace(visit, upgrade=None), *drop_claims(state, placed))


@changes.register
def _(event: ev.VisitEnded, state: State) -> tuple[Record, ...]:
    visit = state.need(Visit, event.visit_id)
    placed = (*visit.placed, *(visit.upgrade.placed if visit.upgrade else ()))
    ended = replace(visit, state=event.state, closed_at=event.at, expires=None, upgrade=None)
    return (ended, *drop_claims(state, placed))


# --- bookings ------------------------------------------------------------------------------------------------------


@changes.register
def _(event: ev.BookingMade, state: State) -> tuple[Record, ...]:
    return (event.booking, *put_claims(state, event.booking.placed, event.at))


@changes.register
def _(event: ev.BookingApproved, state: State) -> tuple[Record, ...]:
    return (replace(state.need(Booking, event.booking_id), state="held"),)


@changes.register
def _(event: ev.BookingPriced, state: State) -> tuple[Record, ...]:
    booking = state.need(Booking, event.booking_id)
    placed = re_expire(booking.placed, event.expires)
    booking = replace(booking, charge_id=event.charge_id, spends=event.spends, expires=event.expires, placed=placed)
    booking = replace(booking, meters=event.meters)
    return (booking, *put_claims(state, placed, event.at))


@changes.register
def _(event: ev.HoldsDropped, state: State) -> tuple[Record, ...]:
    return drop_claims(state, event.placed)


@changes.register
def _(event: ev.BookingConfirmed, state: State) -> tuple[Record, ...]:
    booking = state.need(Booking, event.booking_id)
    booking = replace(booking, state="confirmed", expires=None, placed=event.placed)
    return (booking, *put_claims(state, event.placed, event.at))


@changes.register
def _(event: ev.BookingEnded, state: State) -> tuple[Record, ...]:
    booking = state.need(Booking, event.booking_id)
    ended = replace(booking, state=event.state, expires=None, reason=event.reason)
    return (ended, *series_without(state, booking), *drop_claims(state, booking.placed))


# --- money ---------------------------------------------------------------------------------------------------------


@changes.register
def _(event: ev.PriceMade, state: State) -> tuple[Record, ...]:
    return (event.sale,)


@changes.register
def _(event: ev.ChargeRaised, state: State) -> tuple[Record, ...]:
    return (event.charge,)


@changes.register
def _(event: ev.MetersReturned, state: State) -> tuple[Record, ...]:
    charge = state.need(Charge, event.charge_id)
    if event.moves is None:
        return (replace(charge, meters=()), *move_meters(state, charge.meters, -1))
    back = {move.meter_id: move.delta for move in event.moves}
    rest = [MeterMove(move.meter_id, move.delta - back.get(move.meter_id, 0)) for move in charge.meters]
    left = tuple(move for move in rest if move.delta)
    return (replace(charge, meters=left), *move_meters(state, event.moves, -1))


@changes.register
def _(event: ev.ChargeVoided, state: State) -> tuple[Record, ...]:
    charge = state.need(Charge, event.charge_id)
    return (replace(charge, state="void", billed=min(charge.billed, charge.kept)),)


@changes.register
def _(event: ev.AttemptStarted, state: State) -> tuple[Record, ...]:
    charge = state.need(Charge, event.attempt.charge_id)
    return event.attempt, replace(charge, attempt_ids=(*charge.attempt_ids, event.attempt.id))


@changes.register
def _(event: ev.AttemptObserved, state: State) -> tuple[Record, ...]:
    attempt = state.need(Attempt, event.attempt_id)
    return (
        replace(
            attempt,
            state=event.state,
            captured=event.captured,
            reference=event.reference,
            reason=event.reason,
            next_url=event.next_url,
        ),
    )


@changes.register
def _(event: ev.ChargePaid, state: State) -> tuple[Record, ...]:
    charge = state.need(Charge, event.charge_id)
    charge = replace(charge, paid=charge.paid + event.amount)
    settled = charge.state == "due" and charge.outstanding.amount <= 0
    return (replace(charge, state="settled") if settled else charge,)


def _refunded(state: State, refund: Refund, sign: int) -> tuple[Record, ...]:
    charge, attempt = state.need(Charge, refund.charge_id), state.need(Attempt, refund.attempt_id)
    return (
        replace(
            charge,
            refunded=charge.refunded + refund.amount * sign,
            billed=charge.billed if refund.surplus else charge.billed - refund.amount * sign,
        ),
        replace(attempt, refunded=attempt.refunded + refund.amount.amount * sign),
    )


@changes.register
def _(event: ev.RefundAsked, state: State) -> tuple[Record, ...]:
    return (event.refund, *_refunded(state, event.refund, 1))


@changes.register
def _(event: ev.RefundObserved, state: State) -> tuple[Record, ...]:
    refund = state.need(Refund, event.refund_id)
    observed = replace(refund, state=event.state, reference=event.reference)
    return (observed, *_refunded(state, refund, -1)) if event.state == "declined" else (observed,)


@changes.register
def _(event: ev.ChargedBack, state: State) -> tuple[Record, ...]:
    attempt = state.need(Attempt, event.attempt_id)
    charge = state.need(Charge, attempt.charge_id)
    return (
        replace(attempt, lost=event.lost),
        replace(charge, lost=charge.lost + event.lost - attempt.lost),
    )


@changes.register
def _(event: ev.LedgerPosted, state: State) -> tuple[Record, ...]:
    return (event.entry,)
