"""Processes whose clocks are minutes apart on one store, whose decisions wait between reading and storing.

A ``deed`` is drawn as numbers, and means whatever can be done to what is there then: above all to what is held, and to
the time that a hold has. So what is drawn comes to states in which a hold is just over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

import attrs
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.decision import Prerequisite
from cantinekit.errors import CantineError, InputError, RefusedError, StaleVersionError
from cantinekit.runtime.loader import ReadSet
from cantinekit.runtime.prepared_change import PreparedChange
from support.houses import expiring_holds
from support.houses.expiring_holds import DAY, HOUR, LONG
from support.houses.small_house import PERSONS, START, CountingIds, House
from support.races.steps import twin

APART = 5
"""How many minutes a clock may be ahead or behind."""
CLOCKS = st.tuples(*(st.integers(-APART, APART) for _ in range(3)))
SPACES = ("b", "a", "a1", "a2", "asked", "open")
DAYS = ("ses", "free", "crs")
NUMBER = st.integers(0, 999)
DEED = st.tuples(
    st.sampled_from(("do", "do", "begin", "begin", "store", "just over", "wait", "clash", "clash", "clash")),
    st.integers(0, 2),
    st.sampled_from(
        ("take up", "take up", "in its place", "in its place", "seats", "register", "hold", "end", "visit")
    ),
    NUMBER,
    NUMBER,
)
OPENING = st.lists(
    st.tuples(st.sampled_from(("hold", "hold", "crowd", "crowd", "visit", "series")), NUMBER, NUMBER),
    min_size=2,
    max_size=5,
)
PROGRAM = st.tuples(CLOCKS, OPENING, st.lists(DEED, min_size=2, max_size=8))
SEEN = (
    *("a hold just over", "taken in its place", "promotion", "long over short", "short over long"),
    *("suspended", "stored late", "stale", "refused: TooLateError"),
)


@cache
def _base() -> tuple[Any, Counter[str]]:
    """A house with a session of two seats, a free one, a course that people join late, and sessions that repeat."""
    ids = CountingIds()
    house = expiring_holds.furnished(ids=ids)
    days = [DAY, DAY + timedelta(days=7), DAY + timedelta(days=14)]
    for command in (
        c.AddSession(workshop_id="welding", day=DAY, starts=time(18), ends=time(20), seats=2, id="ses"),
        c.AddCourse(
            workshop_id="welding",
            meetings=[(day, time(18), time(20)) for day in days],
            seats=2,
            late_joiners=True,
            id="crs",
        ),
        c.PlanSessions(
            workshop_id="welding", day=DAY, starts=time(8), ends=time(9), seats=2, rule="FREQ=WEEKLY;COUNT=2", id="ssr"
        ),
        c.AddSession(
            workshop_id="talk",
            day=DAY,
            starts=time(18),
            ends=time(20),
            seats=3,
            minimum=2,
            decide_at=START + timedelta(minutes=20),
            id="min",
        ),
    ):
        house.do(command)
    return house.storage, ids.counts


class Suspended(NamedTuple):
    """A decision that is made and not stored."""

    house: House
    command: c.Command
    ready: PreparedChange
    versions: Any


@attrs.define
class World:
    """One store, three processes, and what they have not stored yet. ``seen`` counts the hard states."""

    clocks: Sequence[int]
    seen: Counter[str]
    storage: Any = attrs.field(init=False)
    houses: list[House] = attrs.field(init=False)
    at: datetime = START + timedelta(minutes=APART)
    waiting: list[Suspended] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        base, counts = _base()
        self.storage, ids = twin(base), CountingIds()
        ids.counts = Counter(counts)
        self.houses = [expiring_holds.open_again(self.storage, ids=ids, effects="none") for _ in self.clocks]
        self.wait(timedelta())

    def wait(self, lapse: timedelta) -> None:
        self.at += lapse
        for house, ahead in zip(self.houses, self.clocks, strict=True):
            house.clock.set(self.at + timedelta(minutes=ahead))

    # --- doing -------------------------------------------------------------------------------------------------------

    def deed(self, how: str, who: int, what: str, which: int, more: int) -> None:
        """Do one thing, or begin it, or store what was begun, or let time pass."""
        house = self.houses[who % len(self.houses)]
        if how == "wait":
            self.wait(timedelta(minutes=(1, 3, 16, 61)[which % 4]))
        elif how == "just over":
            self._just_over(which, more)
        elif how == "clash":
            self._clash(house, which, more)
        elif what == "crowd":
            self._crowd(house, which, more)
        elif how == "store":
            if self.waiting:
                self._store(self.waiting.pop(which % len(self.waiting)), carry=more % 2 == 0)
        elif (command := self.command(house, what, which, more)) is not None:
            (self._begin if how == "begin" else self._run)(house, command)

    def _just_over(self, which: int, more: int) -> None:
        """Let time pass to where a hold is over by some clocks and not by others."""
        ends = sorted({end for end in self._ends() if end > self.at - timedelta(minutes=APART)})
        if ends:
            end = ends[which % len(ends)]
            to = end + timedelta(minutes=more % (2 * APART) - APART, seconds=30)
            self.wait(max(to - self.at, timedelta()))
            self.seen["a hold just over"] += len({one.clock.now() < end for one in self.houses}) == 2

    def _crowd(self, house: House, which: int, more: int) -> None:
        """People come to a session: some hold seats, some have paid, the others wait."""
        sessions = self._live(m.Session, "planned")
        for number in range(2 + which // 7 % 4):
            account = "desk" if more >> number & 1 else None
            self._run(
                house,
                c.Register(session_id=sessions[which % len(sessions)].id, person_id=PERSONS[number], account=account),
            )

    def _clash(self, ahead: House, which: int, more: int) -> None:
        """Something that is held is over for one process, which has what it kept; another takes it up that read its
        clock before, or has one that is behind; and what the first gave to others is taken up too."""
        held = [one for one in self._held() if one[0] > self.at - timedelta(minutes=APART)]
        if not held:
            return
        end, takings, takes_up = held[which % len(held)]
        behind = min(self.houses, key=lambda one: one.clock.now())
        lag = ahead.clock.now() - self.at
        before = end - lag - timedelta(seconds=30)
        self.wait(max(before - self.at, timedelta()))
        suspended = more % 3 == 0 or behind.clock.now() == ahead.clock.now()
        count = len(self.waiting)
        if suspended:
            for command in takes_up:
                self._begin(behind, command)
        self.wait(timedelta(minutes=1))
        self.seen["a hold just over"] += ahead.clock.now() >= end
        for command in takings[more % len(takings) :][: 1 + more % 2]:
            self._run(ahead, command)
        for one in self.waiting[count:]:
            self._store(one, carry=more % 2 == 0)
        del self.waiting[count:]
        for command in () if suspended else takes_up:
            self._run(behind, command)
        for command in [c.TakeSeat(one.id, account="desk") for one in self._live(m.Registration, "held")]:
            self._run(ahead, command)

    def _held(self) -> list[tuple[datetime, list[c.Command], list[c.Command]]]:
        """What is held: until when, what would have it once it is over, and what takes it up."""
        found = []
        for session in self._live(m.Session, "planned", "confirmed"):
            others = [one for one in self._live(m.Registration, "held", "confirmed") if one.session_id == session.id]
            for seat in session.held:
                mine = next(one for one in others if one.id == seat.registration_id)
                takings: list[c.Command] = [c.ChangeSeats(session.id, seats=max(1, session.capacity - seat.seats))]
                takings += [
                    c.CancelRegistration(one.id) for one in others if one is not mine and one.state == "confirmed"
                ]
                takings += [c.Expire(m.Subject(one.kind, one.id)) for one in others if one is not mine]
                takings.append(c.Register(session_id=session.id, person_id=PERSONS[-1], account="desk"))
                found.append((seat.expires, takings, self._up(mine.charge_id, c.TakeSeat(mine.id, account="desk"))))
        for kind in (m.Booking, m.Visit):
            for one in self._live(kind, "held", "requested"):
                taking = [taking for placed in one.placed for taking in self._instead(placed, len(found))]
                charge_id = one.charge_id if kind is m.Booking else one.charge_ids[0]
                other = c.ApproveBooking if one.state == "requested" else c.ConfirmBooking
                if one.expires is not None and taking:
                    found.append((one.expires, taking, self._up(charge_id, other(one.id, account="desk"))))
        return found

    def _up(self, charge_id: str | None, unpaid: c.Command) -> list[c.Command]:
        return [unpaid] if charge_id is None else [c.Pay(charge_id, account="desk")]

    def _run(self, house: House, command: c.Command) -> None:
        before = {r.id: r.state for r in house.all(m.Registration)}
        try:
            house.cantine._engine.run(command, "law")
        except CantineError as error:
            if not isinstance(error, RefusedError | InputError):
                raise
            self.seen[f"refused: {type(error).__name__}"] += 1
            return
        after = {r.id: r.state for r in house.all(m.Registration)}
        promoted = [id for id, state in before.items() if state == "waiting" and after[id] in ("held", "confirmed")]
        self.seen["promotion"] += bool(promoted)
        self.seen["fewer seats"] += isinstance(command, c.ChangeSeats) and command.seats < 2

    def _begin(self, house: House, command: c.Command) -> None:
        engine, seen = house.cantine._engine, ReadSet(self.storage)
        try:
            with ExitStack() as held:
                ready = engine._try(command, "law", None, None, seen, held)
        except Prerequisite:
            self._run(house, command)
            return
        except CantineError:
            return
        assert isinstance(ready, PreparedChange)
        self.waiting.append(Suspended(house, command, ready, seen.versions))
        self.seen["suspended"] += 1

    def _store(self, one: Suspended, *, carry: bool) -> None:
        """What was decided is stored now; where rows have changed it is carried over, or decided again."""
        engine, ready = one.house.cantine._engine, one.ready
        try:
            with ExitStack() as held:
                if carry and ready.decision.rebases:
                    rebased = ready.rebased(self.storage, one.versions, engine.now)
                    self.seen["carried over"] += rebased is not None and rebased.change != ready.change
                    if rebased is None:
                        raise StaleVersionError([])
                    ready = rebased
                engine._store(ready, self.storage, held)
                self.seen["stored late"] += 1
        except StaleVersionError:
            self.seen["stale"] += 1
            self._run(one.house, one.command)
        except RefusedError:
            pass

    # --- what can be done --------------------------------------------------------------------------------------------

    def command(self, house: House, what: str, which: int, more: int) -> c.Command | None:
        """One of the commands of a sort that mean something now."""
        sorts: dict[str, Callable[[House, int], list[c.Command]]] = {
            "take up": self._take_up,
            "in its place": self._in_its_place,
            "seats": self._seats,
            "register": self._register,
            "hold": self._hold,
            "end": self._end,
            "visit": lambda house, more: [
                c.CheckIn(place_id="paris", product_id="half-day", account=None if more % 2 else "desk")
            ],
            "series": self._series,
        }
        found = sorts[what](house, more)
        return found[which % len(found)] if found else None

    def _live(self, cls: type[Any], *states: str) -> list[Any]:
        return [one for one in self.houses[0].all(cls) if one.state in states]

    def _take_up(self, house: House, more: int) -> list[c.Command]:
        """What is held is paid, confirmed or approved; a gateway says that it was paid."""
        due = [charge.id for charge in self._live(m.Charge, "due")]
        found: list[c.Command] = [c.Pay(id, account="card" if more % 5 == 0 else "desk") for id in due]
        found += [
            c.ObserveCharge(one.id, state="settled", captured=one.amount.amount)
            for one in self._live(m.Attempt, "started", "pending")
        ]
        found += [
            c.TakeSeat(one.id, account="desk") for one in self._live(m.Registration, "held") if one.charge_id is None
        ]
        held = [one for one in self._live(m.Booking, "held") if one.charge_id is None]
        found += [c.ConfirmBooking(one.id, account=None if more % 3 == 0 else "desk") for one in held]
        return [*found, *(c.ApproveBooking(one.id, account="desk") for one in self._live(m.Booking, "requested"))]

    def _claims(self) -> list[m.Placed]:
        """What is held of spaces, as their pages have it."""
        pages = [*self.houses[0].all(m.OccupancyPage), *self.houses[0].all(m.StandingPage)]
        found = {(page.space_id, claim.id): claim for page in pages for claim in page.claims if claim.expires}
        return [m.Placed(space_id, claim) for (space_id, _), claim in sorted(found.items())]

    def _ends(self) -> list[datetime]:
        seats = [seat.expires for session in self.houses[0].all(m.Session) for seat in session.held]
        return [*seats, *(one.claim.expires for one in self._claims() if one.claim.expires)]

    def _in_its_place(self, house: House, more: int) -> list[c.Command]:
        """What is held is booked by somebody else, for longer or shorter; or a session is held there."""
        found = [command for one in self._claims() for command in self._instead(one, more)]
        self.seen["taken in its place"] += bool(found)
        return found

    def _instead(self, one: m.Placed, more: int) -> list[c.Command]:
        """What has the place of a claim: for longer, for shorter, or for its own time."""
        long = one.claim.end - one.claim.start > LONG - timedelta(days=1)
        other = Period(one.claim.start, one.claim.start + (timedelta(hours=1) if long else LONG))
        space = "a" if one.space_id in ("a1", "a2") and more % 2 else one.space_id
        wanted, how = other if more % 3 else one.claim.period, dict[str, Any]()
        if space == "projector":
            how = {"with_units": (("projector", 1 + more % 2),)}
        elif space == "open":
            how = {"units": 3 - more % 2}
        self.seen["short over long" if long else "long over short"] += more % 3 > 0
        found: list[c.Command] = []
        if space != "asked":
            room = "a2" if space == "projector" else space  # with the projector
            paid = "desk" if more % 4 else None
            found.append(c.Book(space_id=room, product_id="room", period=wanted, account=paid, **how))
        if space not in ("open", "projector"):
            day = one.claim.start.date() + timedelta(days=more % 2)
            found.append(
                c.AddSession(
                    workshop_id="talk",
                    day=day,
                    starts=time(11),
                    ends=time(12),
                    seats=5,
                    space_id=space,
                    facilitator_ids=("ada",),
                )
            )
            found.append(c.MoveSession("free", day=day, starts=time(11), ends=time(12), space_id=space))
            found.append(
                c.BookSeries(
                    space_id=space,
                    product_id="room",
                    day=day,
                    starts=time(11),
                    ends=time(12),
                    rule="FREQ=WEEKLY;COUNT=3",
                    account="desk",
                )
            )
        return found

    def _seats(self, house: House, more: int) -> list[c.Command]:
        """Somebody gives up; there are more seats or fewer; a meeting is off."""
        found: list[c.Command] = []
        for one in self._live(m.Session, "planned", "confirmed"):
            found.append(c.ChangeSeats(one.id, seats=(1, 2, 2, 3)[more % 4]))
            if one.meetings and len(one.planned_meetings) > 1:
                found.append(c.CancelMeeting(session_id=one.id, meeting_id=one.planned_meetings[0].id, reason="ill"))
        seats = self._live(m.Registration, "held", "confirmed")
        found += [c.CancelRegistration(one.id) for one in seats]
        found.append(c.ChangeSessions("ssr", seats=1 + more % 3))
        return [*found, c.DecideSession("min")]

    def _register(self, house: House, more: int) -> list[c.Command]:
        person, account = PERSONS[more % len(PERSONS)], (None, None, "desk")[more % 3]
        ids = [one.id for one in self._live(m.Session, "planned", "confirmed")]
        return [c.Register(session_id=id, person_id=person, account=account, seats=1 + (more % 7 == 0)) for id in ids]

    def _hold(self, house: House, more: int) -> list[c.Command]:
        space, person = SPACES[more % len(SPACES)], PERSONS[more % len(PERSONS)]
        extra = {"with_units": (("projector", 1 + more % 2),)} if more % 5 == 0 and space != "open" else {}
        begin = HOUR.start.replace(hour=8)
        periods = (HOUR, Period(begin, begin + LONG), Period(HOUR.start, HOUR.start + timedelta(days=2)))
        found: list[c.Command] = []
        for period in periods:
            found.append(
                c.HoldSpace(space_id=space, product_id="room", period=period, person_id=person, minutes=15, **extra)
            )
            found.append(c.Book(space_id=space, product_id="room", period=period, person_id=person, **extra))
        return found

    def _series(self, house: House, more: int) -> list[c.Command]:
        space = SPACES[more % len(SPACES)]
        return [
            c.BookSeries(
                space_id=space,
                product_id="room",
                day=HOUR.start.date(),
                starts=time(11),
                ends=time(12),
                rule="FREQ=WEEKLY;COUNT=3",
            )
        ]

    def _end(self, house: House, more: int) -> list[c.Command]:
        """What has run out is ended, by whoever comes to it."""
        found = [*self._live(m.Registration, "held", "waiting"), *self._live(m.Booking, "held", "requested")]
        found += self._live(m.Visit, "held", "open")
        ended: list[c.Command] = [
            c.Expire(m.Subject(one.kind, one.id)) for one in found if not getattr(one, "series_id", None)
        ]
        ended += [c.Expire(m.Subject("booking_series", one.id)) for one in self._live(m.BookingSeries, "held")]
        return ended
