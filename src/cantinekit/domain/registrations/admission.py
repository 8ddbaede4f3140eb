"""Whether the admission of a workshop lets somebody register: its products, the passes of the person, the reasons."""

from __future__ import annotations

from collections.abc import Sequence

from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.finding import found_product
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.commands import Register
from cantinekit.domain.registrations.holds import ran_out
from cantinekit.domain.registrations.records import Answers, Registration
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import AdmissionError, AnswersError, UnsuitableError
from cantinekit.scheduling.admission import OVERRIDABLE, bad_answers, why_not
from cantinekit.scheduling.availability import Reason


def products_of(admission: Admission) -> tuple[str | None, ...]:
    """How the products are named that an admission names, which ``check_products`` looks at."""
    return admission.bursary_product_id, *admission.members_of


def check_products(state: State, admission: Admission, place: Place, product_id: str | None) -> Admission:
    """Refuse an admission that does not go with the product of its workshop; it comes back with the ids of products.

    Args:
        state: knows the products that the admission and the workshop name.
        admission: who may register.
        place: the place of the workshop.
        product_id: the product of the workshop; ``None``: it is free.

    Raises:
        NotFoundError: a product is not there.
        UnsuitableError: a product sells something else, is on another price list or of another operator, or the
            workshop is free, so that a solidarity seat needs no product.
    """
    passes = [found_product(state, id, place) for id in admission.members_of]
    if any(one.sells != "pass" for one in passes):
        raise UnsuitableError("whoever is to be a member holds a pass: name products that sell passes")
    admission = evolve(admission, members_of=tuple(one.id for one in passes))
    if admission.bursary_product_id is None:
        return admission
    bursary = found_product(state, admission.bursary_product_id, place, "seat")
    if bursary.sells != "seat":
        raise UnsuitableError("the product of a solidarity seat must sell seats")
    if product_id is None:
        raise UnsuitableError("the workshop is free: a solidarity seat needs no product")
    if bursary.pricelist_id != found_product(state, product_id, place, "seat").pricelist_id:
        raise UnsuitableError("a solidarity seat must be on the price list of the workshop")
    if bursary.entity_id != place.entity_id:
        raise UnsuitableError(f"a product of the workshop is not sold by the operator of {place.name}")
    return evolve(admission, bursary_product_id=bursary.id)


def admission_of(state: State, session: Session) -> Admission:
    """The admission of the workshop of a session."""
    return state.need(Workshop, session.workshop_id).admission


def read_admissions(uow: Uow, asked: Sequence[tuple[Session, Register]]) -> Steps[None]:
    """Load what admissions look at: the products of solidarity seats, and the passes of the people.

    Of the passes of somebody only one that covers the session is guarded: it must not be cancelled meanwhile, the
    others may change.

    Args:
        uow: has loaded the workshops of the sessions.
        asked: who registers for which session.
    """
    wishes: list[Wish] = []
    passes: dict[str, list[Wish]] = {}
    for session, c in asked:
        admission = admission_of(uow.state, session)
        if c.bursary:
            wishes.append((Product, admission.bursary_product_id))
        if admission.members_of and c.person_id not in passes:
            keys = yield from uow.find(Pass, "holder", f"{c.person_id}|", f"{c.person_id}}}")
            passes[c.person_id] = [(Pass, key.id) for key in keys]
    if not passes:
        yield from uow.fetch(wishes)
        return
    yield from uow.fetch(wishes, spare=[one for mine in passes.values() for one in mine])
    members = [(session, c.person_id) for session, c in asked if c.person_id in passes]
    held = [one for session, id in members for one in _passes(uow.state, admission_of(uow.state, session), id)]
    yield from uow.fetch([], spare=[(Entitlement, id) for one in held for id in one.entitlement_ids])
    yield from uow.fetch([(Pass, one.id) for pair in members for one in _covering(uow.state, *pair)[:1]])


def _passes(state: State, admission: Admission, person_id: str) -> list[Pass]:
    """The live passes of a person by which they are a member, as far as they were loaded."""
    found = [one for one in state.records.values() if isinstance(one, Pass) and one.holder_id == person_id]
    return [one for one in found if one.state == "active" and one.product_id in admission.members_of]


def _covering(state: State, session: Session, person_id: str) -> list[Pass]:
    """The passes by which a person is a member at the place of a session when it begins."""
    place_id, start = session.place_id, session.period.start

    def covers(one: Pass) -> bool:
        if not one.held_on(session.starts.day):
            return False
        units = [state.need(Entitlement, id) for id in one.entitlement_ids]
        return not units or any(unit.valid_at(place_id, start) for unit in units)

    return [one for one in _passes(state, admission_of(state, session), person_id) if covers(one)]


def reasons_against(state: State, session: Session, c: Register, given: int) -> tuple[Reason, ...]:
    """All reasons for which the admission of a workshop does not let somebody register.

    Args:
        state: all that ``read_admission`` loads.
        session: the session.
        c: who registers, and what they say of themselves.
        given: how many solidarity seats of the session are given.
    """
    return why_not(
        admission_of(state, session),
        session.starts.day,
        groups=c.groups,
        born=c.born,
        passes=[one.product_id for one in _covering(state, session, c.person_id)],
        bursary=c.bursary,
        seats=c.seats,
        capacity=session.capacity,
        given=given,
    )


def check_admission(state: State, session: Session, c: Register) -> tuple[str, ...]:
    """The names of the rules of the admission that are overridden.

    Raises:
        AdmissionError: there is a reason against the registration that is not overridden, or cannot be.
        AnswersError: the answers do not fit the questions.
    """
    workshop = state.need(Workshop, session.workshop_id)
    reasons = reasons_against(state, session, c, session.bursaries)
    standing = [one for one in reasons if c.override is None or not isinstance(one, OVERRIDABLE)]
    if standing:
        raise AdmissionError(workshop.title, standing)
    if problems := bad_answers(workshop.admission.questions, dict(c.answers)):
        raise AnswersError(problems)
    return tuple(one.code for one in reasons)


def note_admission(draft: Draft, one: Registration, c: Register, rules: Sequence[str]) -> None:
    """Keep the answers, apart from the registration, and note which rules staff overrode."""
    if rules:
        note_overrides(draft, rules, c.override, refer(one))
    given = tuple((key, answer) for key, answer in c.answers if not isinstance(answer, str) or answer.strip())
    if given:
        draft.keep([Answers(one.id, one.session_id, one.person_id, one.asked_at, given)])


def may_register(uow: Uow, c: Register) -> Steps[tuple[Reason, ...]]:
    """All reasons for which the admission of a workshop does not let somebody register now.

    Solidarity seats whose hold has run out are free: a registration would end these holds first.

    Raises:
        NotFoundError: the session or the person is not there.
    """
    session = yield from uow.need(Session, c.session_id, (Person, c.person_id))
    uow.state.need(Person, c.person_id)
    over = [(Registration, id) for id in ran_out(session, uow.now)] if c.bursary else []
    yield from uow.fetch([(Workshop, session.workshop_id)], spare=over)
    yield from read_admissions(uow, [(session, evolve(c, bursary=False))])
    ended = [one for _, id in over if (one := uow.state.get(Registration, id)) is not None and one.bursary]
    free = sum(one.seats for one in ended if one.state == "held")
    return reasons_against(uow.state, session, c, session.bursaries - free)
