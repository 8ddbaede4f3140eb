"""Questions about free spaces, answered from the store: what they read, and the answer. No command, nothing decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from cantinekit.clock import Period
from cantinekit.domain.occupancy.pages import page_ids
from cantinekit.domain.occupancy.records import OccupancyPage, StandingPage, standing_id
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, NotFoundError
from cantinekit.plugins.ports import MAX_KEYS, Key
from cantinekit.scheduling.availability import Availability, Bookable, Bookables, BusyIndex, Question
from cantinekit.scheduling.opening import OpeningCalendar

PAGE_BATCHES = 3
"""How many batches of pages one question may take: with that for its spaces and that which finds them, five."""

_LAST = "\U0010ffff"


def find_free(uow: Uow, question: Question, terms: Mapping[str, Terms]) -> Steps[Availability]:
    """Which spaces are free, when first, and why each other is not.

    Args:
        uow: reads what the question is about; its ``now`` is the instant as of which holds count.
        question: what is asked.
        terms: of spaces, by their id, in place of those of their records.

    Raises:
        InputError: more pages than ``PAGE_BATCHES`` batches hold.
        NotFoundError: a space or a place that the question names is not there.
    """
    yield from read_question(uow, question, terms)
    return _answer(uow, question, terms)


def read_question(uow: Uow, question: Question, terms: Mapping[str, Terms]) -> Steps[None]:
    """Load what a question is about: its spaces and their places, and the pages of its days."""
    asked = question.filter
    if asked.space_ids:
        keys = [Key(Space.kind, id) for id in asked.space_ids]
    else:
        ge = f"{min(asked.place_ids)}|" if asked.place_ids else ""
        lt = f"{max(asked.place_ids)}}}" if asked.place_ids else _LAST  # "}" is the character after "|"
        keys = list((yield from uow.find(Space, "place", ge, lt)))
    if not keys:
        yield from uow.fetch([(Place, id) for id in asked.place_ids])
        return
    yield from uow.fetch([(Space, key.id) for key in keys])
    spaces = [uow.state.need(Space, key.id) for key in keys]
    spaces = [space for space in spaces if asked.looks_at(space) and _is_let(space, question)]
    leaves = list(dict.fromkeys(leaf for space in spaces for leaf in space.leaves))
    near = _around(question, [terms.get(space.id, space.terms) for space in spaces])
    head: list[Wish] = [
        *((Place, id) for id in dict.fromkeys([*asked.place_ids, *(space.place_id for space in spaces)])),
        *((StandingPage, standing_id(leaf)) for leaf in leaves),
        *((Person, space.person_id) for space in spaces if space.person_id),
    ]
    days = near.length.days + 2
    if len(head) + len(leaves) * days > PAGE_BATCHES * MAX_KEYS:
        raise InputError(f"{len(leaves)} spaces over {days} days are too many pages; ask for less at once")
    wishes: list[Wish] = [*head, *((OccupancyPage, id) for leaf in leaves for id in page_ids(leaf, near))]
    for first in range(0, len(wishes), MAX_KEYS):
        yield from uow.fetch(wishes[first : first + MAX_KEYS])


def _is_let(space: Space, question: Question) -> bool:
    """Whether a space is not retired in the time that is asked about.

    Of an undivided space the closure on its page says when in that time it ends, of a room made of others nothing.
    """
    within = question.within
    return space.retired is None or (within.end if space.parts else within.start) <= space.retired


def _around(question: Question, terms: list[Terms]) -> Period:
    """The time whose pages count: with buffers, and a day around a period that is asked about, for near misses."""
    before = max((one.before for one in terms), default=timedelta(0))
    after = max((one.after for one in terms), default=timedelta(0))
    day = timedelta(days=1, hours=2) if question.length is None else timedelta(0)  # a local day may have 25 hours
    return Period(question.within.start - before - day, question.within.end + after + day)


def _answer(uow: Uow, question: Question, terms: Mapping[str, Terms]) -> Availability:
    """The answer to a question from what was loaded for it."""
    state = uow.state
    for id in question.filter.place_ids:
        if state.get(Place, id) is None:
            raise NotFoundError(Place.kind, id)
    records = state.records.values()
    spaces = [one for one in records if isinstance(one, Space) and question.filter.looks_at(one)]
    spaces = [one for one in spaces if _is_let(one, question)]
    spaces = [one for one in spaces if one.person_id is None or state.need(Person, one.person_id).state == "present"]
    standing = [one for one in records if isinstance(one, StandingPage)]
    index = BusyIndex.from_pages(standing, (one for one in records if isinstance(one, OccupancyPage)), uow.now)
    of_place: dict[str, OpeningCalendar] = {}
    made = []
    for space in spaces:
        place = state.need(Place, space.place_id)
        usual = of_place.setdefault(place.id, OpeningCalendar.of(place))
        own = OpeningCalendar.of(place, space)
        made.append(Bookable(space, usual if own == usual else own, terms.get(space.id, space.terms)))
    return Bookables(made).ask(question, index, uow.now)
