"""Adding an organisation and who belongs to it: by hand, or from another system."""

from __future__ import annotations

from cantinekit.domain.organisations.commands import AddOrganisation, Affiliate
from cantinekit.domain.organisations.events import Affiliated, OrganisationAdded
from cantinekit.domain.organisations.numbers import check_registration, check_vat_number
from cantinekit.domain.organisations.presence import present_organisation
from cantinekit.domain.organisations.records import Affiliation, Organisation
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.state import State, Wish, refuse_twice
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import DuplicateError, UnsuitableError

MAX_BELONGS = 50
"""How many organisations a person can belong to: each is a line of the wallet, which every sale reads."""


def organisation_keys(c: AddOrganisation) -> list[Wish]:
    """What adding an organisation looks at: whether its id is free.

    Args:
        c: what is known of it.
    """
    return [(Organisation, c.id), (Person, c.id)]


def new_organisation(uow: Uow, c: AddOrganisation) -> Organisation:
    """Add an organisation, with numbers that were checked.

    Args:
        uow: has loaded ``organisation_keys``.
        c: what is known of it.

    Raises:
        DuplicateError: the id is taken, by an organisation or a person.
        InputError: a number is wrong, or cannot be checked.
    """
    refuse_twice(uow.state, Organisation, c.id)
    refuse_twice(uow.state, Person, c.id)  # both pay and hold by their ids
    organisation = Organisation(
        c.id or uow.ids("org"),
        c.name.strip(),
        c.form,
        c.address,
        c.country,
        check_vat_number(c.vat_number, c.country),
        check_registration(c.registration, c.country),
        c.email.strip(),
        c.lang,
    )
    uow.add(OrganisationAdded(organisation.id))
    uow.keep([organisation])
    return organisation


def affiliation_wishes(c: Affiliate) -> list[Wish]:
    """What it takes to have a person belong to an organisation: both, and what the person belongs to.

    Args:
        c: who belongs to what.
    """
    return [(Affiliation, c.id), (Organisation, c.organisation_id), (Person, c.person_id), (Wallet, c.person_id)]


def new_affiliation(uow: Uow, c: Affiliate) -> Affiliation:
    """Have a person belong to an organisation, once on each day.

    Args:
        uow: has loaded ``affiliation_wishes``.
        c: who belongs to what.

    Raises:
        NotFoundError, WrongStateError, DuplicateError, UnsuitableError: as ``Affiliate`` says.
    """
    refuse_twice(uow.state, Affiliation, c.id)
    organisation = present_organisation(uow.state, c.organisation_id)
    person = present(uow.state, c.person_id)
    if c.role == "dependant" and organisation.form != "household":
        raise UnsuitableError(f"dependants are of households, and organisation {organisation.id} is none")
    _refuse_overlap(uow.state, c)
    made = Affiliation(
        c.id or uow.ids("aff"),
        organisation.id,
        person.id,
        c.role,
        c.first_day,
        c.last_day,
        made_at=uow.now,
        at_most=c.at_most,
    )
    uow.add(Affiliated(made))
    return made


def _refuse_overlap(state: State, c: Affiliate) -> None:
    """Refuse a person who belongs to the organisation on one of the days already, or to many.

    Raises:
        DuplicateError: the person does.
        UnsuitableError: the person belongs to as many organisations as are possible.
    """
    wallet = state.get(Wallet, c.person_id)
    belongs = wallet.belongs if wallet is not None else ()
    for one in belongs:
        apart = (one.last_day is not None and one.last_day < c.first_day) or (
            c.last_day is not None and c.last_day < one.first_day
        )
        never = one.last_day is not None and one.last_day < one.first_day
        if one.organisation_id == c.organisation_id and not (apart or never):
            raise DuplicateError("an affiliation of the person with the organisation", one.affiliation_id)
    if len(belongs) >= MAX_BELONGS:
        raise UnsuitableError(f"person {c.person_id} belongs to {MAX_BELONGS} organisations: end one first")
