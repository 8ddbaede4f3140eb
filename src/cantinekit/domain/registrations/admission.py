"""Who may register for a workshop: the products that it names, what is read of a person, what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.commands import Register
from cantinekit.domain.registrations.records import Answers, Registration
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Find, Reads, State, Wish, fetch, refer
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import AdmissionError, AnswersError, UnsuitableError
from cantinekit.scheduling.admission import OVERRIDABLE, bad_answers, why_not
from cantinekit.scheduling.availability import Reason


def product_wishes(admission: Admission) -> list[Wish]:
    """The products that an admission names."""
    return [(Product, admission.bursary_product_id), *((Product, id) for id in admission.members_of)]


def check_products(state: State, admission: Admission, place: Place, product_id: str | None) -> None:
    """Refuse an admission that does not go with the product of its workshop.

    Raises:
        NotFoundError: a product is not there.
        UnsuitableError: a product sells something else, is on another price list or of another operator, or there is
            nothing to pay that it could stand in for.
    """
    if any(state.need(Product, id).sells != "pass" for id in admission.members_of):
        raise UnsuitableError("whoever is to be a member holds a pass: name products that sell passes")
    if admission.bursary_product_id is None:
        return
    bursary = state.need(Product, admission.bursary_product_id)
    if bursary.sells != "seat":
        raise UnsuitableError("the product of a solidarity seat must sell seats")
    if product_id is None:
        raise UnsuitableError("the workshop is free: a solidarity seat needs no product")
    if bursary.pricelist_id != state.need(Product, product_id).pricelist_id:
        raise UnsuitableError("a solidarity seat must be on the price list of the workshop")
    if bursary.entity_id != place.entity_id:
        raise UnsuitableError(f"a product of the workshop is not sold by the operator of {place.name}")


def admission_of(state: State, session: Session) -> Admission:
    """What the workshop of a session asks of whoever registers."""
    return state.need(Workshop, session.workshop_id).admission


def read_admission(state: State, session: Session, person_id: str, bursary: bool) -> Reads:
    """Load what an admission needs to know: what prices a solidarity seat, and the passes of the person.

    The workshop is there already. Of the passes only one that covers the session is relied on: that one must not be
    cancelled meanwhile, the others may change.
    """
    admission = admission_of(state, session)
    wishes: list[Wish] = [(Product, admission.bursary_product_id)] if bursary else []
    if not admission.members_of:
        return (yield from fetch(state, wishes))
    keys = yield Find(Pass.kind, "holder", f"{person_id}|", f"{person_id}}}")
    state = yield from fetch(state, wishes, spare=[(Pass, key.id) for key in keys])
    units = [(Entitlement, id) for one in _passes(state, admission, person_id) for id in one.entitlement_ids]
    state = yield from fetch(state, [], spare=units)
    return (yield from fetch(state, [(Pass, one.id) for one in _covering(state, session, person_id)[:1]]))


def _passes(state: State, admission: Admission, person_id: str) -> list[Pass]:
    """The live passes of a person that count, as far as they were loaded."""
    found = [one for one in state.records.values() if isinstance(one, Pass) and one.holder_id == person_id]
    return [one for one in found if one.state == "active" and one.product_id in admission.members_of]


def _covering(state: State, session: Session, person_id: str) -> list[Pass]:
    """Those of them that cover the beginning of the session, where it is."""
    place_id, start = session.place_id, session.period.start

    def covers(one: Pass) -> bool:
        return any(state.need(Entitlement, id).valid_at(place_id, start) for id in one.entitlement_ids)

    return [one for one in _passes(state, admission_of(state, session), person_id) if covers(one)]


def reasons_against(state: State, session: Session, c: Register, given: int) -> tuple[Reason, ...]:
    """All that stands against a registration in the admission of its workshop."""
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
    """The names of the rules that are broken with an override.

    Raises:
        AdmissionError: somebody may not register, and no override says otherwise or could.
        AnswersError: answers to the questions do not do.
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
    """Keep what was answered, apart from the registration, and which rules staff overrode for it."""
    if rules:
        note_overrides(draft, rules, c.override, refer(one))
    given = tuple((key, answer) for key, answer in c.answers if not isinstance(answer, str) or answer.strip())
    if given:
        draft.keep([Answers(one.id, one.session_id, one.person_id, one.asked_at, given)])


def read_may_register(c: Register, now: datetime) -> Reads:
    """Load what it takes to say whether somebody may register."""
    state = yield from fetch(State(), [(Session, c.session_id), (Person, c.person_id)])
    session = state.need(Session, c.session_id)
    state.need(Person, c.person_id)
    over = [(Registration, seat.registration_id) for seat in session.held if not seat.live(now)]
    state = yield from fetch(state, [(Workshop, session.workshop_id)], spare=over if c.bursary else [])
    return (yield from read_admission(state, session, c.person_id, False))


def answer_may_register(state: State, c: Register, now: datetime) -> tuple[Reason, ...]:
    """All that stands against it now. Solidarity seats whose hold ran out are free: whoever registers ends it first."""
    session = state.need(Session, c.session_id)
    over = [one for one in state.records.values() if isinstance(one, Registration) and one.bursary]
    ended = sum(one.seats for one in over if one.state == "held")
    return reasons_against(state, session, c, session.bursaries - ended)
