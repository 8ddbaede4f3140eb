"""What is owed of units that were paid and not used: it becomes revenue as they are used, expire or are taken back.

Units of a pass are on the ledger account ``deferred/<product>``, money of a voucher is on ``vouchers``. What a voucher
pays goes from there to the charge that it pays; all else goes to the revenue of the product that was sold.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cantinekit.domain.draft import FOLLOWS, Draft
from cantinekit.domain.passes.events import (
    PassRenewed,
    PassSold,
    UnitsExpired,
    UnitsGivenBack,
    UnitsReturned,
    UnitsSpent,
)
from cantinekit.domain.passes.records import Entitlement, Pause
from cantinekit.domain.passes.sharing import note_shared
from cantinekit.domain.payments.events import LedgerPosted
from cantinekit.domain.payments.records import OPENING, LedgerEntry, LedgerLine
from cantinekit.domain.state import State, refer


def _post(draft: Draft, before: State, ids: Iterable[str], *, paid: bool = False, taken_over: bool = False) -> None:
    """Post how what is owed of entitlements changed; of vouchers not where a payment or a refund does (``paid``).

    What was sold was earned by its charge, and is deferred; what is ``taken_over`` was never earned here.
    """
    for id in dict.fromkeys(ids):
        one = draft.state.need(Entitlement, id)
        old = before.get(Entitlement, id) if before.knows(Entitlement, id) else None
        more = one.owed - (old.owed if old else 0)
        if one.worth is None or not more or (one.money and paid):
            continue
        account = "vouchers" if one.money else f"deferred/{one.worth.product_id}"
        lines = [(account, -more), (OPENING if taken_over else f"revenue/{one.worth.product_id}", more)]
        entry = LedgerEntry(
            id=draft.ids("led"),
            entity_id=one.worth.entity_id,
            place_id=one.worth.place_id,
            at=draft.now,
            what="taken over" if taken_over else "deferred" if more > 0 else "recognised",
            subject=refer(one),
            currency=one.worth.amount.currency,
            lines=tuple(LedgerLine(name, amount) for name, amount in lines),
        )
        draft.add(LedgerPosted(entry))


def owed_on(amount: int, first: date, last: date, day: date, *, pauses: Iterable[Pause] = (), free: int = 0) -> int:
    """What of an amount that was paid for some days is still owed at the end of a day: by whole days after it.

    Nothing is earned in a pause, nor on the last days, which were given on top: what was owed on a day stays so when
    the days move.

    Args:
        amount: what was paid for all days, in minor units.
        first: the first day.
        last: the last day, included.
        day: the day at whose end it is asked.
        pauses: the pauses of what was paid.
        free: how many of the days were given on top.
    """
    known = [one for one in pauses if one.last_day is not None]
    days = max((last - first).days + 1 - sum(one.shared(first, last) for one in known) - free, 1)
    past = (day - first).days + 1 - sum(one.shared(first, day) for one in pauses)
    return amount - amount * min(max(past, 0), days) // days


def _sold(draft: Draft, before: State, event: PassSold | PassRenewed) -> None:
    taken_over = isinstance(event, PassSold) and event.sold.taken_over is not None
    _post(draft, before, [one.id for one in event.entitlements], taken_over=taken_over)


def _moved(draft: Draft, before: State, event: UnitsSpent | UnitsReturned) -> None:
    spends = event.spends
    _post(draft, before, [spend.entitlement_id for spend in spends], paid=True)
    note_shared(draft, event)


def _gone(draft: Draft, before: State, event: UnitsExpired | UnitsGivenBack) -> None:
    _post(draft, before, [event.entitlement_id])


FOLLOWS[PassSold] = _sold
FOLLOWS[PassRenewed] = _sold
FOLLOWS[UnitsSpent] = _moved
FOLLOWS[UnitsReturned] = _moved
FOLLOWS[UnitsExpired] = _gone
FOLLOWS[UnitsGivenBack] = _gone
