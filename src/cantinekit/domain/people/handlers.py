"""People: added, changed, and forgotten in two steps that nothing new can slip between.

Whoever is to be forgotten is announced first: from then on every command that names the person refuses, because each
of them guards the person's row. Then it is looked at what stands in the way, and the person is forgotten or stays.
"""

from __future__ import annotations

from cantinekit.common.evolve import evolve
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.people.adding import email_key, new_person, person_wishes, take_email
from cantinekit.domain.people.commands import AddPerson, ChangePerson, ForgetPerson, SetFact, SettleForgetting
from cantinekit.domain.people.events import (
    ForgettingAnnounced,
    ForgettingWithdrawn,
    PersonChanged,
    PersonFactsChanged,
    PersonForgotten,
)
from cantinekit.domain.people.facts import with_fact
from cantinekit.domain.people.forgetting import end_what_is_left, in_the_way, kept_of, read_all_of, what_goes
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.publics import kept_publics, read_publics
from cantinekit.domain.people.records import EmailHolder, Erasure, Person
from cantinekit.domain.sales.values import MAX_FACTS
from cantinekit.domain.state import refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import NotOverError, UnsuitableError
from cantinekit.plugins.ports import Key


@handles(AddPerson)
def add_person(c: AddPerson, uow: Uow) -> Steps[Decision[Person]]:
    """Add somebody; an e-mail address is one person's."""
    yield from uow.fetch(person_wishes(c))
    return uow.done(new_person(uow, c))


@handles(ChangePerson)
def change_person(c: ChangePerson, uow: Uow) -> Steps[Decision[Person]]:
    """Change what is known of somebody: name, e-mail address, language."""
    person = yield from uow.need(Person, c.person_id)
    yield from uow.fetch((EmailHolder, email_key(email)) for email in (person.email, c.email or ""))

    old = present(uow.state, c.person_id)
    name, email = old.name if c.name is None else c.name, old.email if c.email is None else c.email.strip()
    person = evolve(old, name=name, email=email, lang=c.lang or old.lang)
    if person != old:
        uow.add(PersonChanged(person.id))
        uow.keep([person, *take_email(uow.state, person)])
        before = email_key(old.email)
        if before is not None and before != email_key(email):
            uow.remove([Key(EmailHolder.kind, before)])
    return uow.done(person)


@handles(SetFact)
def set_fact(c: SetFact, uow: Uow) -> Steps[Decision[Person]]:
    """Say something of somebody that price lists may ask to know, or take it away; what is so already stays."""
    yield from uow.fetch([(Person, c.person_id)])

    old = present(uow.state, c.person_id)
    person = evolve(old, facts=with_fact(old.facts, c.name, c.value, c.until, c.proof, uow.now))
    if len(person.facts) > MAX_FACTS:
        raise UnsuitableError(f"person {person.id} has {MAX_FACTS} facts: take one away first")
    if person.facts is not old.facts:
        uow.add(PersonFactsChanged(person.id))
        uow.keep([person])
    return uow.done(person)


# --- forgetting ------------------------------------------------------------------------------------------------------


@handles(ForgetPerson)
def forget_person(c: ForgetPerson, uow: Uow) -> Steps[Decision[Erasure]]:
    """Announce that somebody is to be forgotten: nothing new can name the person from now on."""
    yield from uow.fetch([(Person, c.person_id)])

    person = present(uow.state, c.person_id)
    uow.add(ForgettingAnnounced(person.id))
    uow.keep([evolve(person, state="leaving", gives_up=c.gives_up)])
    uow.later("forget", refer(person))
    return uow.done_at(Erasure, person.id)


@handles(SettleForgetting)
def settle_forgetting(c: SettleForgetting, uow: Uow) -> Steps[Decision[Erasure]]:
    """Forget somebody who was announced, or withdraw it where something of the person is not over."""
    person = yield from uow.need(Person, c.person_id, (Wallet, c.person_id))
    if person.state == "leaving":
        yield from read_all_of(uow, person.id, [(EmailHolder, email_key(person.email))])
        yield from read_publics(uow, person)

    state = uow.state
    if person.state != "leaving":
        return uow.done_at(Erasure, person.id)
    if open_yet := tuple(in_the_way(state, uow.now, gives_up=person.gives_up)):
        uow.add(ForgettingWithdrawn(person.id))
        uow.keep([evolve(person, state="present", gives_up=False)])
        uow.refusal = NotOverError(f"person {person.id}", open_yet)
        return uow.done_at(Erasure, person.id)
    end_what_is_left(uow)
    uow.add(PersonForgotten(Erasure(person.id, uow.now, kept_of(state))))
    uow.keep([Person(person.id, "", state="forgotten"), *kept_publics(state, person)])
    email = email_key(person.email)
    uow.remove([*([Key(EmailHolder.kind, email)] if email else []), *what_goes(state)])
    return uow.done_at(Erasure, person.id)
