"""Pictures of a place as it is stored: what a reader finds, made into the values that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta

from cantinekit import records as m
from cantinekit.errors import InputError, NotFoundError
from cantinekit.errors.shown import shown
from cantinekit.pictures._days import check_day, days_from, whole_days
from cantinekit.pictures._heat import heat_map
from cantinekit.pictures._month import month_agenda
from cantinekit.pictures._occupancy import MAX_DAYS, By, SpaceUse
from cantinekit.pictures._picture import Picture
from cantinekit.pictures._values import Block, Shut, SpaceRow
from cantinekit.pictures._week import MAX_DAYS as MAX_AGENDA_DAYS
from cantinekit.pictures._week import week_agenda
from cantinekit.pictures._words import PictureWords
from cantinekit.reads import Reader
from cantinekit.reads.sessions import meetings_in
from cantinekit.runtime import codec
from cantinekit.scheduling import live_claims, without
from cantinekit.scheduling.opening import OpeningCalendar

Label = Callable[[m.Booking | m.Session], str | None]
"""What a host calls a booking or a session on its pictures; ``None``: what it is called without being asked."""
_DAY = timedelta(days=1)
_ROOMS = ("room", "desks")


def week_of(
    read: Reader,
    place_id: str,
    monday: date,
    *,
    days: int = 7,
    spaces: Iterable[str] | None = None,
    label: Label | None = None,
    lang: str = "fr",
) -> Picture:
    """The agenda of a week at a place, or of up to 14 days, from what is stored: bookings, live holds and sessions.

    A session whose minimum is still undecided is drawn as not confirmed; a cancelled one is left out.

    Args:
        read: the reading side of a house, ``Cantine.read``.
        place_id: the id of the place.
        monday: the first day; it may be any weekday.
        days: how many days are drawn, from 1 to 14.
        spaces: ids of the spaces to draw, in this order; ``None``: each undivided room and the desks, by name.
        label: names a booking or a session; ``None``: a booking is called a booking, and does not say whose it is.
        lang: "fr" or "en".

    Raises:
        NotFoundError: no such place, or no such space in it.
        InputError: an unknown language, a day out of range, or more than 14 days.
    """
    check_day(monday, "the first day")
    if type(days) is not int or not 1 <= days <= MAX_AGENDA_DAYS:
        raise InputError(f"from 1 to {MAX_AGENDA_DAYS} days can be shown, not {shown(days)}")
    found = _Gathered(read, place_id, days_from(monday - _DAY, days + 2), spaces, PictureWords(lang))
    return week_agenda(
        found.rows(), found.blocks(label), monday, found.place.zone, place=found.place.name, lang=lang, days=days
    )


def month_of(
    read: Reader,
    place_id: str,
    first: date,
    *,
    spaces: Iterable[str] | None = None,
    label: Label | None = None,
    lang: str = "fr",
) -> Picture:
    """The agenda of a month at a place, from what is stored.

    Args:
        read: the reading side of a house, ``Cantine.read``.
        place_id: the id of the place.
        first: the first day of the month.
        spaces: ids of the spaces to draw, in this order; ``None``: each undivided room and the desks, by name.
        label: names a booking or a session; ``None``: a booking is called a booking, and does not say whose it is.
        lang: "fr" or "en".

    Raises:
        NotFoundError: no such place, or no such space in it.
        InputError: an unknown language, or no first day of a month.
    """
    check_day(first, "the first day")
    found = _Gathered(read, place_id, days_from(first, 31), spaces, PictureWords(lang))
    return month_agenda(found.rows(), found.blocks(label), first, found.place.zone, place=found.place.name, lang=lang)


def occupancy_of(
    read: Reader,
    place_id: str,
    first: date,
    last: date,
    *,
    by: By = "day",
    spaces: Iterable[str] | None = None,
    lang: str = "fr",
) -> Picture:
    """How much of the capacity of a place is taken, hour by hour, as a heat map.

    What is taken is what the occupancy pages say: bookings, sessions, visits that have a desk, and live holds, without
    the buffers around them. The capacity is that in force now.

    Args:
        read: the reading side of a house, ``Cantine.read``.
        place_id: the id of the place.
        first: the first local day.
        last: the last local day, included.
        by: "day" or "weekday": all Mondays of the window together, and so on.
        spaces: ids of the spaces that count; ``None``: each undivided room and the desks.
        lang: "fr" or "en".

    Raises:
        NotFoundError: no such place, or no such space in it.
        InputError: an unknown language, or days in the wrong order or too many (62 by day, 732 by weekday).
    """
    check_day(first, "the first day")
    check_day(last, "the last day")
    count = (last - first).days + 1
    if by not in MAX_DAYS or not 1 <= count <= MAX_DAYS[by]:
        raise InputError("an occupancy is by day, of at most 62 days, or by weekday, of at most 732")
    found = _Gathered(read, place_id, days_from(first - _DAY, count + 2), spaces, PictureWords(lang))
    return heat_map(found.uses(), first, last, found.place.zone, place=found.place.name, by=by, lang=lang)


class _Gathered:
    """A place, the undivided spaces that are asked for, and a window of local days."""

    def __init__(
        self, read: Reader, place_id: str, days: Sequence[date], spaces: Iterable[str] | None, words: PictureWords
    ) -> None:
        self._read, self._words = read, words
        self.place = read.need(m.Place, place_id)
        window = whole_days(days, self.place.zone)
        assert window is not None
        self._window = window
        found = read.find(m.Space, "place", *codec.between(place_id))
        self._spaces = {space.id: space for space in found if space.use != m.FACILITATOR}
        self._all = spaces is None
        if spaces is None:
            leaves = [space for space in self._spaces.values() if space.leaves == (space.id,) and space.use in _ROOMS]
            self._leaves = sorted(leaves, key=lambda space: (space.name, space.id))
        else:
            wanted = list(spaces)
            for id in wanted:
                if id not in self._spaces:
                    raise NotFoundError("space", id)
            ids = dict.fromkeys(leaf for id in wanted for leaf in self._spaces[id].leaves)
            self._leaves = [self._spaces[id] for id in ids]

    def _standing(self) -> list[m.StandingPage]:
        pages = self._read.many(m.StandingPage, [m.standing_id(space.id) for space in self._leaves])
        return [
            page or m.StandingPage(m.standing_id(s.id), s.id, 0) for page, s in zip(pages, self._leaves, strict=True)
        ]

    # --- the agenda ------------------------------------------------------------------------------------------------

    def rows(self) -> list[SpaceRow]:
        """The spaces with their openings and with what shuts them."""
        return [
            SpaceRow(space.id, space.name, self._calendar(space).open(self._window), tuple(self._shut(space, standing)))
            for space, standing in zip(self._leaves, self._standing(), strict=True)
        ]

    def _calendar(self, space: m.Space) -> OpeningCalendar:
        return OpeningCalendar.of(self.place, space)

    def _shut(self, space: m.Space, standing: m.StandingPage) -> Iterator[Shut]:
        for stretch in self._calendar(space).explain(self._window):
            verdict = stretch.verdict
            if not verdict.open and verdict.rule in m.CLOSED_FOR:
                yield Shut(stretch.period, verdict.name or self._words(verdict.rule))
        for closure in standing.binding_closures:
            if closure.period.overlaps(self._window):
                yield Shut(closure.period, closure.reason)

    def blocks(self, label: Label | None) -> Iterator[Block]:
        """The bookings, holds and sessions in these spaces; sessions without a room where no spaces were named."""
        words, shown = self._words, {space.id for space in self._leaves}
        for booking in self._read.booked(self.place.id, self._window):
            if rows := self._rows(booking, shown):
                note = words("units", units=booking.units) if booking.units > 1 else ""
                called = (label(booking) if label else None) or ""
                held = booking.state in ("requested", "held")
                yield Block(booking.period, called, rows, "booking", held, note, self._where(booking))
        sessions = self._read.programme(self.place.id, self._window)
        ids = list(dict.fromkeys(session.workshop_id for session in sessions))
        titles = {one.id: one.title for one in self._read.many(m.Workshop, ids) if one}
        for session in sessions:
            note = words("seats", taken=session.taken(self._read.now()), seats=session.capacity)
            title = m.titled(titles.get(session.workshop_id, ""), session, self._words.lang)
            held = session.state == "planned" and session.decide_at is not None
            for one in meetings_in(session, self._window):
                rows = self._rows(one, shown)
                if one.state == "planned" and (rows or (self._all and one.space_id is None)):
                    called = (label(session) if label else None) or title
                    yield Block(one.period, called, rows, "session", held, note, self._where(one))

    def _rows(self, one: m.Booking | m.Meeting, shown: set[str]) -> tuple[str, ...]:
        space = self._spaces.get(one.space_id or "")
        leaves = [placed.space_id for placed in one.placed] or (space.leaves if space else ())
        return tuple(leaf for leaf in dict.fromkeys(leaves) if leaf in shown)

    def _where(self, one: m.Booking | m.Meeting) -> str:
        """The name of the space where it is not that of its row: a space that is made of parts."""
        space = self._spaces.get(one.space_id or "")
        return space.name if space and space.leaves != (space.id,) else ""

    # --- the occupancy ---------------------------------------------------------------------------------------------

    def uses(self) -> Iterator[SpaceUse]:
        """The spaces with their capacity, when it can be had, and what is taken of it."""
        days = list(self._window.days())
        for space, standing in zip(self._leaves, self._standing(), strict=True):
            ids = [m.page_id(space.id, day) for day in days]
            pages = [page for page in self._read.many(m.OccupancyPage, ids) if page]
            claims = live_claims(pages, standing, self._read.now())
            opened = without(
                self._calendar(space).open(self._window), (one.period for one in standing.binding_closures)
            )
            capacity = standing.binding_capacity
            taken = tuple((one.booked, capacity if one.whole else one.units) for one in claims)
            yield SpaceUse(space.name, capacity, opened, taken)
