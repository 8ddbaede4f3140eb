"""What sponsors pay is read where somebody is sponsored, and what goes back of it is taken off what they owe.

Every handler is run so: nobody who charges or refunds can forget it. Where nobody is sponsored nothing more is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from cantinekit.domain.base import Record
from cantinekit.domain.decision import Decision
from cantinekit.domain.payments.charging import lower_claim, read_charge_parts
from cantinekit.domain.payments.events import RefundAsked
from cantinekit.domain.payments.records import SPONSOR, Charge, Refund, SponsorShare
from cantinekit.domain.payments.sponsoring import SponsorsUnreadError
from cantinekit.domain.sponsorships.events import MonthSponsoredLess
from cantinekit.domain.sponsorships.records import SponsoredMonth
from cantinekit.domain.state import Load
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.plugins.ports import Key

Handle = Callable[[Any, Uow], Steps[Decision[Any]]]


def sponsored(handle: Handle) -> Handle:
    """A handler whose charges are shared with sponsors, and whose refunds are.

    Args:
        handle: the handler. Where it charges somebody who is sponsored, the sponsorships are loaded and it is run
            again; where it gives a share back, what the sponsor owes is loaded after it and lowered.
    """

    @wraps(handle)
    def run(c: Any, uow: Uow) -> Steps[Decision[Any]]:
        read: dict[Key, Record | None] = {}
        while True:
            try:
                decision: Decision[Any] = yield from _noting(handle(c, uow), read)
                break
            except SponsorsUnreadError as unread:
                uow.begin_again(read)
                yield from _noting(uow.fetch(unread.wishes), read)
        found = [event.refund for event in decision.events if isinstance(event, RefundAsked)]
        back = [one for one in found if one.account == SPONSOR]
        if not back:
            return decision
        shares = [(one, _share(uow, one)) for one in back]
        months = [(SponsoredMonth, share.month_id) for _, share in shares]
        ids = [share.claim_id for _, share in shares]
        yield from uow.fetch([*((Charge, id) for id in ids), *months])
        yield from read_charge_parts(uow, ids)
        for one, share in shares:
            lower_claim(uow, share.claim_id, one.amount, one.reason)
            if share.month_id is not None:
                uow.add(MonthSponsoredLess(share.month_id, one.amount))
        return uow.with_more(decision)

    return run


def _noting(steps: Steps[Any], read: dict[Key, Record | None]) -> Steps[Any]:
    """Run a generator, and note the records that it reads."""
    found: Mapping[Key, Record | None] | None = None
    while True:
        try:
            wish = next(steps) if found is None else steps.send(found)
        except StopIteration as end:
            return end.value
        found = yield wish
        if isinstance(wish, Load):
            read.update(found)


def _share(uow: Uow, refund: Refund) -> SponsorShare:
    charge = uow.state.need(Charge, refund.charge_id)
    return next(one for one in charge.sponsors if one.attempt_id == refund.attempt_id)
