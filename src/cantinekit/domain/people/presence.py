"""What decisions are made of: requests for rows, the state that comes of them, and what is decided."""

from __future__ import annotations

from cantinekit.domain.people.records import Person
from cantinekit.domain.state import State
from cantinekit.errors import WrongStateError


def present(state: State, person_id: str) -> Person:
    """The person, who must be here to take part in something new.

    Raises:
        NotFoundError: there is nobody with this id.
        WrongStateError: the person is being forgotten, or was.
    """
    person = state.need(Person, person_id)
    if person.state != "present":
        raise WrongStateError(f"person {person.id}", state=person.state, wanted=["present"])
    return person
