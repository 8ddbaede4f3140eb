"""The caller of a check-in gets the visit, never the space that it is in."""

from cantinekit.commands import CheckIn
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.records import Space


def check_in(c: CheckIn, uow: Uow) -> Steps[Decision[Space]]:
    """Answer with another record than the command says."""
    space = yield from uow.need(Space, c.place_id)
    return uow.done(space)


handles(CheckIn)(check_in)  # mistake
