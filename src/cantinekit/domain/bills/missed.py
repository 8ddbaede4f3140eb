"""Bills whose day has come are closed before anything else is decided about the terms of payment.

It makes no difference who carries out what is due, and in which order: what comes first is done first.
"""

from __future__ import annotations

from datetime import datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.bills.closing import billing_day_after, closes_at
from cantinekit.domain.bills.life_cycle import close_on_day, read_terms
from cantinekit.domain.bills.records import BillingTerms
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.state import refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import RefusedError


def close_missed(uow: Uow, terms: BillingTerms) -> Steps[None]:
    """Have the bills closed first whose day has come. One that cannot be issued is in nobody's way.

    Raises:
        Prerequisite: there are such bills.
    """
    moments, one = list[datetime](), terms
    while one.next_on is not None and (moment := closes_at(one)) is not None and moment <= uow.now:
        moments.append(moment)
        one = evolve(one, next_on=billing_day_after(one.next_on, one.billing_day))
    if not moments:
        return
    yield from read_terms(uow, terms.id)
    try:
        close_on_day(Draft(uow.state, uow.now, uow.ids), refer(terms))
    except RefusedError:
        return
    raise Prerequisite(*(Expire(refer(terms), moment) for moment in moments))
