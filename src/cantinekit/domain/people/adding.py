"""Adding somebody whom the place knows: by hand, or from another system. An e-mail address is one person's."""

from __future__ import annotations

from hashlib import sha256

from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.people.commands import AddPerson
from cantinekit.domain.people.events import PersonAdded
from cantinekit.domain.people.records import EmailHolder, Person
from cantinekit.domain.state import State, Wish, refuse_twice
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import DuplicateError


def email_key(email: str) -> str | None:
    """The id of the record that says whose an e-mail address is; ``None``: of no address.

    Args:
        email: the address; capitals and spaces around it make no difference.
    """
    return sha256(email.strip().casefold().encode()).hexdigest() if email.strip() else None


def take_email(state: State, person: Person) -> tuple[EmailHolder, ...]:
    """The record that makes an address the person's, where it is not yet.

    Args:
        state: it was looked up whose the address is.
        person: the person.

    Raises:
        DuplicateError: it is somebody else's.
    """
    key = email_key(person.email)
    if key is None:
        return ()
    taken = state.get(EmailHolder, key)
    if taken is None:
        return (EmailHolder(key, person.id),)
    if taken.person_id != person.id:
        raise DuplicateError("a person with this e-mail address", taken.person_id)
    return ()


def person_wishes(c: AddPerson) -> list[Wish]:
    """What adding somebody looks at: whether the id and the e-mail address are free.

    Args:
        c: who it is.
    """
    return [(Person, c.id), (Organisation, c.id), (EmailHolder, email_key(c.email))]


def new_person(uow: Uow, c: AddPerson) -> Person:
    """Add somebody.

    Args:
        uow: has loaded ``person_wishes``.
        c: who it is.

    Raises:
        DuplicateError: the id is taken, or somebody has the e-mail address.
    """
    refuse_twice(uow.state, Person, c.id)
    refuse_twice(uow.state, Organisation, c.id)  # both pay and hold by their ids
    person = Person(c.id or uow.ids("per"), c.name, c.email.strip(), c.lang)
    uow.add(PersonAdded(person.id))
    uow.keep([person, *take_email(uow.state, person)])
    return person
