"""Organisations in decisions: which of those who pay and hold are organisations, and who may charge one."""

from __future__ import annotations

from datetime import date

from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.state import State, Wish
from cantinekit.errors import UnsuitableError, WrongStateError


def present_organisation(state: State, organisation_id: str) -> Organisation:
    """The organisation, which must be here to take part in something new.

    Raises:
        NotFoundError: there is none with this id.
        WrongStateError: it is being forgotten, or was.
    """
    organisation = state.need(Organisation, organisation_id)
    if organisation.state != "present":
        raise WrongStateError(f"organisation {organisation.id}", state=organisation.state, wanted=["present"])
    return organisation


def organisation_of(state: State, *ids: str | None) -> Organisation | None:
    """The first of these that is an organisation, as far as they were loaded."""
    for id in ids:
        found = state.get(Organisation, id) if id is not None and state.knows(Organisation, id) else None
        if found is not None:
            return found
    return None


def organisation_wishes(state: State, *ids: str | None) -> list[Wish]:
    """The organisations among those who pay and hold: nobody has looked for them where they are people.

    Args:
        state: the people with these ids were looked for.
        ids: the ids of who pays, and of who holds.
    """
    return [
        (Organisation, id)
        for id in dict.fromkeys(ids)
        if id is not None and state.knows(Person, id) and state.get(Person, id) is None
    ]


def present_holder(state: State, holder_id: str) -> None:
    """Refuse a holder who is not here: a person, or an organisation.

    Raises:
        NotFoundError: there is neither.
        WrongStateError: they are being forgotten, or were.
    """
    organisation = organisation_of(state, holder_id)
    if organisation is None:
        present(state, holder_id)
    else:
        present_organisation(state, organisation.id)


def check_payer(
    state: State, payer_id: str | None, person_id: str | None, ordered_by_id: str | None, day: date
) -> None:
    """Refuse a payer who is not here, and an organisation that the person who orders may not charge.

    Args:
        state: who pays was looked for, and the wallet of who orders.
        payer_id: the person or the organisation who is to pay; ``None``: whoever it is for.
        person_id: the person or the organisation whom it is for; ``None``: nobody known.
        ordered_by_id: the person who orders on the account of an organisation; ``None``: whom it is for. Where that is
            nobody, or the organisation itself, staff of the place have taken the order.
        day: the local day of the order.

    Raises:
        NotFoundError: there is no such payer.
        WrongStateError: the payer is being forgotten, or was.
        UnsuitableError: the person is no admin of the organisation on the day, or no organisation pays.
    """
    organisation = organisation_of(state, payer_id or person_id)
    if organisation is None:
        if payer_id is not None:
            present(state, payer_id)
        if ordered_by_id is not None:
            raise UnsuitableError("ordered_by_id says who orders for an organisation, and none pays")
        return
    present_organisation(state, organisation.id)
    who = ordered_by_id or (person_id if person_id != organisation.id else None)
    if who is None:
        return
    wallet = state.get(Wallet, who) if state.knows(Wallet, who) else None
    belongs = wallet.belongs if wallet is not None else ()
    mine = [one for one in belongs if one.organisation_id == organisation.id and one.counts_on(day)]
    if not any(one.role == "admin" for one in mine):
        raise UnsuitableError(f"person {who} is no admin of organisation {organisation.id} on {day.isoformat()}")
