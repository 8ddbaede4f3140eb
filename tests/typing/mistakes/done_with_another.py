"""A handler that says that it answers with a visit answers with a visit."""

from cantinekit.commands import CheckOut
from cantinekit.domain.decision import Decision
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.records import Person, Visit


def check_out(c: CheckOut, uow: Uow) -> Steps[Decision[Visit]]:
    """Answer with the person of the visit."""
    person = yield from uow.need(Person, c.visit_id)
    return uow.done(person)  # mistake
