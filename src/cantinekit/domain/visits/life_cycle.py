"""The life cycle of visits: a visit or a longer stay is paid, lapses without a payment, or is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cantinekit.clock import Period
from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.occupancy.claims import can_claim, read_pages
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.passes.events import PassActivated
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.payments.charging import charge_parts, read_scopes, undo_wishes
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Wish
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.deriving import TabChange, change_of, derive, left_due, read_tabs, tab_wishes
from cantinekit.domain.visits.events import VisitConfirmed
from cantinekit.domain.visits.records import CodePool, Visit
from cantinekit.domain.visits.stays import end_visit, give_code, key_of, undo_stay
from cantinekit.domain.visits.upgrades import apply_upgrade, drop_upgrade


def at_its_end(visit: Visit) -> tuple[TabChange, ...]:
    """What the end of an open visit, at its time, does to its tab; nothing where it is not priced by the clock."""
    if visit.clocked is None or visit.state != "open":
        return ()
    return (change_of(visit, visit.clocked.tab_id, visit.opened_at, visit.until),)


def at_its_end_or_before(visit: Visit) -> tuple[TabChange, ...]:
    """The same, also of a visit that ended because its time was over, and whose visitor was seen leaving earlier."""
    if visit.supposed and visit.state == "closed" and visit.clocked is not None:
        return (change_of(visit, visit.clocked.tab_id, visit.opened_at, visit.until),)
    return at_its_end(visit)


def read_visit(
    uow: Uow, visit_id: str, to_tabs: Callable[[Visit], Sequence[TabChange]] = at_its_end, also: Iterable[Wish] = ()
) -> Steps[None]:
    """Load what it takes to confirm or end a visit, and its longer stay.

    Args:
        uow: the unit of work.
        visit_id: the visit.
        to_tabs: what happens to the tabs of a visit that is priced by the clock.
        also: what is loaded together with the visit.
    """
    visit = yield from uow.need(Visit, visit_id, *also)
    changes = to_tabs(visit)
    upgrade = visit.upgrade
    spends = (*visit.spends, *((*upgrade.spends, *upgrade.returns) if upgrade else ()))
    meters = (*visit.meters, *(upgrade.meters if upgrade else ()))
    pass_ids = (visit.pass_id, upgrade.pass_id if upgrade else None)
    wishes = undo_wishes(uow.state, visit.charge_ids, spends, visit.person_id, meters)
    wishes += [(Space, visit.space_id), (Place, visit.place_id), (CodePool, visit.place_id)]
    wishes += [(Pass, id) for id in pass_ids]
    wishes += [(Unique, key_of(visit))]
    if visit.clocked is not None and changes:
        wishes += tab_wishes(visit.clocked, visit.person_id, [change.tab_id for change in changes])
    until = max(visit.until, upgrade.until) if upgrade else visit.until
    period = Period(visit.opened_at, until)
    yield from read_pages(uow, [visit.space_id], period, wishes)
    passes = [uow.state.get(Pass, id) for id in pass_ids if id]
    rest: list[Wish] = [(Entitlement, id) for own in passes if own for id in own.entitlement_ids]
    rest += charge_parts(uow.state, visit.charge_ids)
    if visit.clocked is not None and changes:
        yield from read_tabs(uow, visit.clocked, visit.person_id, visit.place_id, changes, rest)
    else:
        yield from uow.fetch(rest)
        yield from read_scopes(uow)


def awaits_visit(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make a visit or a longer stay of it: it is not over, and the desk can be had.

    What is owed for a visit that is over, or that is priced by the clock, can be paid at any time.
    """
    visit = draft.state.need(Visit, subject.id)
    upgrade = visit.upgrade
    if visit.state == "closed" or visit.clocked is not None:
        return charge_id in visit.charge_ids and visit.state != "cancelled"
    space, place = draft.state.need(Space, visit.space_id), draft.state.need(Place, visit.place_id)
    if upgrade is not None and upgrade.charge_id == charge_id:
        fits = can_claim(draft.state, space, place, upgrade.placed, draft.now)
        return visit.state == "open" and draft.now < upgrade.until and fits
    if visit.state != "held" or visit.until <= draft.now:
        return False
    return can_claim(draft.state, space, place, visit.placed, draft.now)


def owed_visit(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a visit, or what was had of one so far, is owed for: it was had, and no pass waits for the payment."""
    visit = draft.state.need(Visit, subject.id)
    had = visit.state == "closed" or visit.clocked is not None
    waits = visit.pass_id is not None and draft.state.need(Pass, visit.pass_id).state == "pending"
    return had and not waits and awaits_visit(draft, subject, charge_id)


def fulfil_visit(draft: Draft, subject: Subject, charge_id: str) -> None:
    """Open the visit, or make it longer, that a charge was for."""
    visit = draft.state.need(Visit, subject.id)
    upgrade = visit.upgrade
    if visit.state == "closed" or visit.clocked is not None:
        _activate_pass(draft, visit.pass_id)
        return
    if upgrade is not None and upgrade.charge_id == charge_id:
        _activate_pass(draft, upgrade.pass_id)
        apply_upgrade(draft, visit, upgrade)
        return
    draft.add(VisitConfirmed(visit.id, re_expire(visit.placed, None), draft.now))
    _activate_pass(draft, visit.pass_id)
    give_code(draft, visit)
    draft.later("expire", subject, visit.until)


def _activate_pass(draft: Draft, pass_id: str | None) -> None:
    if pass_id is not None:
        sold = draft.state.need(Pass, pass_id)
        draft.add(PassActivated(sold.id, sold.entitlement_ids))


def lapse_visit(draft: Draft, subject: Subject, reason: str) -> None:
    """End what was held and not paid: the longer stay, or the whole visit."""
    visit = draft.state.need(Visit, subject.id)
    if visit.upgrade is not None:
        drop_upgrade(draft, visit, visit.upgrade, reason)
    elif visit.state == "held":
        end_visit(draft, visit, "lapsed", draft.now)
        undo_stay(draft, visit, reason)


def expire_visit(draft: Draft, subject: Subject) -> None:
    """End what is over: a hold that ran out, or a stay at its end."""
    visit = draft.state.need(Visit, subject.id)
    held_until = visit.upgrade.expires if visit.upgrade else visit.expires if visit.state == "held" else None
    if held_until is not None and held_until <= draft.now:
        lapse_visit(draft, subject, "the hold ran out")
        visit = draft.state.need(Visit, subject.id)
    if visit.state == "open" and visit.upgrade is None and visit.until <= draft.now:
        end_visit(draft, visit, "closed", visit.until, supposed=True)
        if visit.clocked is not None:
            place = draft.state.need(Place, visit.place_id)
            ended = draft.state.need(Visit, visit.id)
            derive(draft, at_its_end(visit)[0], ended, place, left_due(visit), "its time was over")


LIFE_CYCLES[Visit.kind] = LifeCycle(
    read=read_visit, expire=expire_visit, awaits=awaits_visit, fulfil=fulfil_visit, lapse=lapse_visit, owed=owed_visit
)
