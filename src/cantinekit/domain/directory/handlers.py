"""Showing a profile, and withdrawing it."""

from __future__ import annotations

from cantinekit.common.evolve import evolve
from cantinekit.domain.decision import Decision
from cantinekit.domain.directory.commands import PublishProfile, WithdrawProfile
from cantinekit.domain.directory.events import ProfilePublished, ProfileWithdrawn
from cantinekit.domain.directory.records import Profile
from cantinekit.domain.handling import handles
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.plugins.ports import Key


@handles(PublishProfile)
def publish_profile(c: PublishProfile, uow: Uow) -> Steps[Decision[Profile]]:
    """Show a profile; one that says the same to the same people stays as it is."""
    yield from uow.fetch([(Person, c.person_id), (Place, c.place_id), (Profile, c.person_id)])

    person, place = present(uow.state, c.person_id), uow.state.need(Place, c.place_id)
    said = c.headline.strip(), c.skills, c.links
    profile = Profile(person.id, place.id, c.audience, (c.name or person.name).strip(), *said, published_at=uow.now)
    before = uow.state.get(Profile, person.id)
    if before is None or evolve(before, published_at=uow.now) != profile:
        uow.add(ProfilePublished(person.id, place.id, c.audience))
        uow.keep([profile])
    return uow.done_at(Profile, person.id)


@handles(WithdrawProfile)
def withdraw_profile(c: WithdrawProfile, uow: Uow) -> Steps[Decision[Person]]:
    """Withdraw a profile, also of somebody who is being forgotten."""
    profile = yield from uow.need(Profile, c.person_id, (Person, c.person_id))

    uow.add(ProfileWithdrawn(profile.id))
    uow.remove([Key(Profile.kind, profile.id)])
    return uow.done_at(Person, profile.id)
