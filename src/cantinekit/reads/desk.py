"""Reading all that a front desk shows of a day: what happens, who is here, what each owes, and what was taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal

import attrs

from cantinekit import records as m
from cantinekit.clock import Period, format_instant, local, parse_instant
from cantinekit.common.arguments import checked
from cantinekit.common.typography import Lang
from cantinekit.domain.registrations.records import LIVE
from cantinekit.money import Money
from cantinekit.plugins.ports import Key, Storage
from cantinekit.reads.agenda import AgendaItem
from cantinekit.reads.charges import owed_and_due
from cantinekit.reads.day import Body, DayOfPlace, charges_of
from cantinekit.reads.kept import Answer, Answers, Asking
from cantinekit.reads.payments import PaymentReads, Takings, Till, has_listed, listed_names
from cantinekit.reads.records import Found, Range, decoded
from cantinekit.reads.visits import Here, here_of
from cantinekit.runtime import codec

ComingKind = Literal["booking", "registration", "visit"]
"""What somebody comes for."""
JUST = timedelta(minutes=1)
"""For how long after somebody came it is offered to undo that."""


@attrs.frozen
class DeskSeat:
    """The seats of somebody at a session, or their rank on its waiting list.

    Attributes:
        registration_id: the registration.
        person_id: who registered.
        person: their name; empty once they are forgotten. It is personal.
        state: "confirmed", "held" or "waiting".
        seats: how many seats.
        present: how many of them are known to be there.
        owed: what is still owed of the charges that it is on.
        due: what of that is due by the end of today.
        charge_ids: those of its charges of which something is owed.
        arrived_at: since when somebody is known to be there; ``None``: nobody is.
    """

    registration_id: str
    person_id: str
    person: str
    state: m.RegistrationState
    seats: int
    present: int
    owed: Money
    due: Money
    charge_ids: tuple[str, ...] = ()
    arrived_at: datetime | None = None


@attrs.frozen
class DeskItem(AgendaItem):
    """One thing that happens at a place, as a front desk shows it.

    A charge that it shares with others, as the dates of a series do, is owed as a whole: it is paid as a whole.

    Attributes:
        owed: what is still owed of the charges that it is on; of a session those of all who registered.
        due: what of that is due by the end of today.
        charge_ids: those of its charges of which something is owed.
        arrived_at: when somebody came, of a booking and of a visit; ``None``: nobody has, or it is a session.
        seats: who registered for a session and who waits, in the order in which they asked; what is over is left out.
    """

    owed: Money = attrs.field(kw_only=True)
    due: Money = attrs.field(kw_only=True)
    charge_ids: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    arrived_at: datetime | None = attrs.field(default=None, kw_only=True)
    seats: tuple[DeskSeat, ...] = attrs.field(default=(), kw_only=True)


@attrs.frozen
class Coming:
    """Somebody who comes, or came, on a day: to a booking, to a session, or for a visit.

    Attributes:
        kind: "booking", "registration" or "visit".
        id: the id of that record.
        person_id: who; ``None``: a walk-in, or nobody known.
        person: their name; empty where there is none, and once they are forgotten. It is personal.
        label: what for: the name of the space or the product, or the title of the session.
        period: from when until when that is.
        arrived_at: when they came; ``None``: they are expected.
        owed: what is still owed of the charges that it is on.
        due: what of that is due by the end of today.
        charge_ids: those of its charges of which something is owed.
    """

    kind: ComingKind
    id: str
    person_id: str | None
    person: str
    label: str
    period: Period
    arrived_at: datetime | None
    owed: Money
    due: Money
    charge_ids: tuple[str, ...]


@attrs.frozen
class Desk:
    """All that a front desk shows of a day. It has names: it is personal.

    Attributes:
        place_id: the place.
        day: the day on its calendar.
        period: the day as a period.
        items: what touches the day, in the order of its start.
        here: who is there now, whatever the day, who came first is first.
        owed: what is still owed of all charges of the items, each once.
        due: what of that is due by the end of today.
        takings: the money of the day.
    """

    place_id: str
    day: date
    period: Period
    items: tuple[DeskItem, ...]
    here: tuple[Here, ...]
    owed: Money
    due: Money
    takings: Takings

    @property
    def coming(self) -> tuple[Coming, ...]:
        """Who comes or came, in the order of the items: to what is confirmed, and for visits."""
        return tuple(one for item in self.items for one in _coming(item))

    @property
    def expected(self) -> tuple[Coming, ...]:
        """Who of them is not known to have come."""
        return tuple(one for one in self.coming if one.arrived_at is None)

    def lately(self, now: datetime) -> tuple[Coming, ...]:
        """Who came in the last minute, the last one first: what can be undone at once where it was a mistake.

        Args:
            now: the present instant.
        """
        came = [(one.arrived_at, one.id, one) for one in self.coming if one.arrived_at is not None]
        return tuple(one for at, _, one in sorted(came, reverse=True) if now - JUST <= at <= now)


@attrs.frozen(eq=False)
class _Made:
    """A desk with what its takings were added up from.

    Attributes:
        desk: the desk.
        till: the entries of the day.
        currency: the currency of the place.
        names: the products of the catalogue by what price lists call them; ``None``: they were not needed.
    """

    desk: Desk
    till: Till
    currency: str
    names: dict[str, str] | None


class DeskReads(PaymentReads):
    """Answers what a front desk asks.

    A desk is kept in the process as long as the rows that it was made of are the same, and no instant has come at which
    it is another one.

    Args:
        storage: the store.
        now: gives the present instant.
    """

    def __init__(self, storage: Storage, now: Callable[[], datetime]) -> None:
        super().__init__(storage, now)
        self._desks: Answers[_Made] = Answers()

    @checked
    def desk(self, place_id: str, day: date, *, lang: Lang = "en") -> Desk:
        """All that a front desk shows of a local day at a place.

        It takes at most five round trips to a store that finds several ranges at once, as those of the library do, and
        costs by what it shows. What bookings, visits and registrations have in their price lists is not looked at.
        Where it is asked for again and nothing has changed, it takes two, in a store that can say so.

        Args:
            place_id: the place.
            day: the day on its calendar.
            lang: the language that titles of sessions are written in, "fr" or "en".

        Raises:
            NotFoundError: there is no such place.
        """
        asked, cleared = (place_id, day, lang), self._desks.cleared
        kept, came = self._desks.look(self._storage, asked, self._now())
        if kept is not None and (desk := self._with_takings(kept.value)) is not None:
            return desk
        asking = Asking(self, came)
        found = DayOfPlace(self, place_id, day, lang=lang, here=True, asking=asking)
        made = self._made(found, day)
        answer = partial(self._answer, made, asking, found)
        self._desks.keep(self._storage, asked, answer, cleared=cleared)
        return made.desk

    @staticmethod
    def _answer(made: _Made, asking: Asking, found: DayOfPlace) -> Answer[_Made]:
        return Answer(made, asking.question(), found.now, found.until())

    def _with_takings(self, made: _Made) -> Desk | None:
        """A desk that was kept with the money as it is now; ``None`` where it takes names that were not read."""
        desk = made.desk
        (till,) = self._tills(desk.place_id, [desk.period])
        if till is made.till:
            return desk
        if made.names is None and has_listed(till.earned):
            return None
        takings = till.takings(desk.period, made.currency, made.names or {})
        return desk if takings == desk.takings else attrs.evolve(desk, takings=takings)

    def _made(self, found: DayOfPlace, day: date) -> _Made:
        """The desk of a day."""
        place = found.place
        (till,) = self._tills(place.id, [found.window])
        sessions = [session.id for session, _ in found.sessions]
        ranges: list[Range] = [(m.Registration, "session", *codec.between(id)) for id in sessions]
        if has_listed(till.earned):
            ranges.append((m.Product, "entity", *codec.between(place.entity_id)))
        claimed, rows = found.read_around(ranges)
        names = listed_names(rows[-1]) if len(rows) > len(sessions) else None
        registered = {id: list(_live(found, some)) for id, some in zip(sessions, rows, strict=False)}
        seats = [one for some in registered.values() for one in some]
        charges = [
            *(id for body in found.visits for id in charges_of(body)),
            *(id for one in seats for id in one.charges),
        ]
        people = [Key(m.Person.kind, one.person_id) for one in seats]
        found.read_bookings(claimed, [*people, *(Key(m.Charge.kind, id) for id in charges)])
        found.load(found.of_bookings(charges=True))
        bill = _Bill(found)
        items = tuple(
            _session_item(bill, of, fields, registered[of.id]) if isinstance(of, m.Session) else _item(bill, of, fields)
            for of, fields in found.items()
        )
        here = tuple(
            here_of(one, found.person(one.get("person_id")), found.name(m.Space, one["space_id"])) for one in found.here
        )
        takings = till.takings(found.window, place.currency, names or {})
        desk = Desk(place.id, day, found.window, items, here, *bill.sums(), takings)
        return _Made(desk, till, place.currency, names)


def _coming(item: DeskItem) -> Iterator[Coming]:
    """Who comes or came to an item."""
    if item.kind == "session":
        for seat in item.seats:
            if seat.state == "confirmed":
                yield Coming(
                    "registration", seat.registration_id, seat.person_id, seat.person, item.label, item.period,
                    seat.arrived_at, seat.owed, seat.due, seat.charge_ids,
                )  # fmt: skip
    elif item.state in ("confirmed", "open"):
        yield Coming(
            item.kind, item.id, item.person_id, item.person, item.label, item.period,
            item.arrived_at, item.owed, item.due, item.charge_ids,
        )  # fmt: skip


class _Bill:
    """What is owed of charges of a day, each looked at once.

    Args:
        found: the day, with its charges.
    """

    def __init__(self, found: DayOfPlace) -> None:
        self.found = found
        self._today = local(found.now, found.place.zone).date()
        self._known: dict[str, tuple[int, int]] = {}
        self._nothing: dict[str, Any] = self._sums(())

    def of(self, ids: Iterable[str]) -> dict[str, Any]:
        """What is owed of some charges, as fields."""
        owing = {id: found for id in ids if (found := self._look(id))[0]}
        return self._sums(owing.values()) | {"charge_ids": tuple(owing)} if owing else self._nothing

    def sums(self) -> tuple[Money, Money]:
        """What is owed of all charges that were looked at, and what of it is due."""
        found = self._sums(self._known.values())
        return found["owed"], found["due"]

    def _sums(self, owing: Iterable[tuple[int, int]]) -> dict[str, Money]:
        some, currency = list(owing), self.found.place.currency
        return {
            "owed": Money(sum(owed for owed, _ in some), currency),
            "due": Money(sum(due for _, due in some), currency),
        }

    def _look(self, id: str) -> tuple[int, int]:
        """What is owed of a charge and what of it is due."""
        if id not in self._known:
            body = self.found.charge(id)
            self._known[id] = (0, 0) if body is None else owed_and_due(id, body, self._today)
        return self._known[id]


def _item(bill: _Bill, body: Body, fields: Body) -> DeskItem:
    at = body.get("arrived_at") if fields["kind"] == "booking" else _came(body)
    return DeskItem(**fields, **bill.of(charges_of(body)), arrived_at=None if at is None else parse_instant(at))


def _came(visit: Body) -> str | None:
    """When a visitor came; ``None``: the visit awaits its payment."""
    return None if visit.get("state", "open") == "held" else str(visit["opened_at"])


def _session_item(bill: _Bill, session: m.Session, fields: Body, seats: Iterable[m.Registration]) -> DeskItem:
    meeting = session.the_meeting(fields["meeting_id"])
    shown = [one for one in seats if one.state != "confirmed" or one.has(meeting)]
    found = tuple(
        DeskSeat(
            one.id,
            one.person_id,
            bill.found.person(one.person_id),
            one.state,
            one.seats,
            one.present_at(meeting),
            **bill.of(one.charges),
            arrived_at=None if (mark := one.mark_at(meeting)) is None else mark.arrived,
        )
        for one in shown
    )
    return DeskItem(**fields, **bill.of(id for one in shown for id in one.charges), seats=found)


def _live(found: DayOfPlace, rows: Found) -> Iterator[m.Registration]:
    """The registrations of rows that are not over, a seat that is held until an instant up to that."""
    for id, body in rows.items():
        one = decoded(m.Registration, id, body)
        kept = one.state != "held" or one.expires is None or found.is_ahead(format_instant(one.expires))
        if one.state in LIVE and kept:
            yield one
