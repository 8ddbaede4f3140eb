"""Organisations: added, changed, forgotten in two steps as people are; and who belongs to them."""

from __future__ import annotations

from datetime import timedelta

from cantinekit.common.evolve import evolve
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.organisations.adding import (
    affiliation_wishes,
    new_affiliation,
    new_organisation,
    organisation_keys,
)
from cantinekit.domain.organisations.commands import (
    AddOrganisation,
    Affiliate,
    ChangeOrganisation,
    EndAffiliation,
    ForgetOrganisation,
    SetOrganisationFact,
    SettleForgettingOrganisation,
)
from cantinekit.domain.organisations.events import (
    AffiliationEnded,
    OrganisationChanged,
    OrganisationFactsChanged,
    OrganisationForgettingAnnounced,
    OrganisationForgettingWithdrawn,
    OrganisationForgotten,
)
from cantinekit.domain.organisations.numbers import check_registration, check_vat_number
from cantinekit.domain.organisations.presence import present_organisation
from cantinekit.domain.organisations.records import Affiliation, Organisation
from cantinekit.domain.passes.records import Pass, Wallet
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.facts import with_fact
from cantinekit.domain.people.forgetting import (
    all_of,
    end_what_is_left,
    in_the_way,
    kept_of,
    read_all_of,
    what_goes,
)
from cantinekit.domain.people.records import Erasure
from cantinekit.domain.sales.values import MAX_FACTS
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import NotOverError, UnsuitableError


@handles(AddOrganisation)
def add_organisation(c: AddOrganisation, uow: Uow) -> Steps[Decision[Organisation]]:
    """Add an organisation, with numbers that were checked."""
    yield from uow.fetch(organisation_keys(c))
    return uow.done(new_organisation(uow, c))


@handles(ChangeOrganisation)
def change_organisation(c: ChangeOrganisation, uow: Uow) -> Steps[Decision[Organisation]]:
    """Change what is known of an organisation; a number is checked again where it or the country changes."""
    yield from uow.fetch([(Organisation, c.organisation_id)])

    old = present_organisation(uow.state, c.organisation_id)
    country = old.country if c.country is None else c.country
    vat_number = old.vat_number if c.vat_number is None else c.vat_number
    registration = old.registration if c.registration is None else c.registration
    moved = country != old.country
    organisation = evolve(
        old,
        name=old.name if c.name is None else c.name.strip(),
        form=c.form or old.form,
        address=old.address if c.address is None else c.address,
        country=country,
        vat_number=check_vat_number(vat_number, country) if moved or vat_number != old.vat_number else vat_number,
        registration=(
            check_registration(registration, country) if moved or registration != old.registration else registration
        ),
        email=old.email if c.email is None else c.email.strip(),
        lang=c.lang or old.lang,
    )
    if organisation != old:
        uow.add(OrganisationChanged(organisation.id))
        uow.keep([organisation])
    return uow.done(organisation)


@handles(SetOrganisationFact)
def set_organisation_fact(c: SetOrganisationFact, uow: Uow) -> Steps[Decision[Organisation]]:
    """Say something of an organisation that price lists may ask to know, or take it away."""
    yield from uow.fetch([(Organisation, c.organisation_id)])

    old = present_organisation(uow.state, c.organisation_id)
    organisation = evolve(old, facts=with_fact(old.facts, c.name, c.value, c.until, c.proof, uow.now))
    if len(organisation.facts) > MAX_FACTS:
        raise UnsuitableError(f"organisation {organisation.id} has {MAX_FACTS} facts: take one away first")
    if organisation.facts is not old.facts:
        uow.add(OrganisationFactsChanged(organisation.id))
        uow.keep([organisation])
    return uow.done(organisation)


# --- who belongs to it -----------------------------------------------------------------------------------------------


@handles(Affiliate)
def affiliate(c: Affiliate, uow: Uow) -> Steps[Decision[Affiliation]]:
    """Have a person belong to an organisation, once on each day."""
    yield from uow.fetch(affiliation_wishes(c))
    return uow.done(new_affiliation(uow, c))


@handles(EndAffiliation)
def end_affiliation(c: EndAffiliation, uow: Uow) -> Steps[Decision[Affiliation]]:
    """Have a person cease to belong to an organisation, on a day."""
    one = yield from uow.need(Affiliation, c.affiliation_id)
    yield from uow.fetch([(Wallet, one.person_id)])

    if c.last_day < one.first_day - timedelta(days=1):
        raise UnsuitableError(f"the affiliation begins on {one.first_day.isoformat()}: it can end the day before")
    if one.last_day is not None and c.last_day > one.last_day:
        raise UnsuitableError(f"the affiliation ends on {one.last_day.isoformat()}: enter a new one after it")
    if c.last_day != one.last_day:
        uow.add(AffiliationEnded(one.id, c.last_day))
    return uow.done(one)


# --- forgetting ------------------------------------------------------------------------------------------------------


@handles(ForgetOrganisation)
def forget_organisation(c: ForgetOrganisation, uow: Uow) -> Steps[Decision[Erasure]]:
    """Announce that an organisation is to be forgotten: nothing new can name it from now on."""
    yield from uow.fetch([(Organisation, c.organisation_id)])

    organisation = present_organisation(uow.state, c.organisation_id)
    uow.add(OrganisationForgettingAnnounced(organisation.id))
    uow.keep([evolve(organisation, state="leaving", gives_up=c.gives_up)])
    uow.later("forget", refer(organisation))
    return uow.done_at(Erasure, organisation.id)


@handles(SettleForgettingOrganisation)
def settle_forgetting_organisation(c: SettleForgettingOrganisation, uow: Uow) -> Steps[Decision[Erasure]]:
    """Forget an organisation that was announced, or withdraw it where something of it is not over."""
    organisation = yield from uow.need(Organisation, c.organisation_id, (Wallet, c.organisation_id))
    if organisation.state == "leaving":
        yield from _read_all(uow, organisation)

    state = uow.state
    if organisation.state != "leaving":
        return uow.done_at(Erasure, organisation.id)
    others = {refer(sold) for sold in all_of(state, Pass) if _is_paid_by_another(sold, organisation.id)}
    open_yet = [one for one in in_the_way(state, uow.now, gives_up=organisation.gives_up) if one not in others]
    if open_yet:
        uow.add(OrganisationForgettingWithdrawn(organisation.id))
        uow.keep([evolve(organisation, state="present", gives_up=False)])
        uow.refusal = NotOverError(f"organisation {organisation.id}", tuple(open_yet))
        return uow.done_at(Erasure, organisation.id)
    end_what_is_left(uow)
    uow.add(OrganisationForgotten(Erasure(organisation.id, uow.now, kept_of(state))))
    uow.keep([Organisation(organisation.id, "", organisation.form, state="forgotten")])
    uow.remove(what_goes(state))
    return uow.done_at(Erasure, organisation.id)


def _is_paid_by_another(sold: Pass, id: str) -> bool:
    """Whether an organisation has paid a pass of somebody else that names who pays it since."""
    return sold.holder_id != id and sold.payer_id not in (None, id)


def _read_all(uow: Uow, organisation: Organisation) -> Steps[None]:
    """Load all that is about an organisation, the wallets of those who belong to it, and the passes that it pays."""
    found = yield from uow.find(Affiliation, "organisation", f"{organisation.id}|", f"{organisation.id}}}")
    yield from read_all_of(uow, organisation.id)
    yield from uow.fetch([], [(Affiliation, key.id) for key in found])
    paid = {charge.subject.id for charge in all_of(uow.state, Charge) if charge.subject.kind == Pass.kind}
    paid -= {sold.id for sold in all_of(uow.state, Pass)}  # what others hold, and it may have to go on paying
    wallets: list[Wish] = [(Wallet, one.person_id) for one in all_of(uow.state, Affiliation)]
    yield from uow.fetch([*wallets, *((Pass, id) for id in sorted(paid))])
