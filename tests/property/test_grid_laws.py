"""What the grid of a booking page shows is what booking does: at that price, or refused for that reason."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.calendar import merged
from cantinekit.clock import Period, day_bounds
from cantinekit.domain.bookings.grid import GridCell, GridMaker
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.errors import (
    CantineError,
    ClosedError,
    ConflictError,
    NoEntitlementError,
    NotForSaleError,
    NotFoundError,
    RefusedError,
    TermsError,
    TooLateError,
    UnsuitableError,
)
from cantinekit.reads import Grid, GridBar, GridRow
from cantinekit.scheduling.availability.slots import slots_for
from support.houses import small_house
from support.run.soak import scaled

DAYS = (date(2026, 11, 25), date(2026, 10, 25), date(2027, 3, 28), date(2026, 11, 24))
"""Plain days, and both days of a year on which the clock changes; on one of them it is now."""
HOUR = timedelta(hours=1)

LIST = """
[tariff]
id = "rooms"
name = "Rooms"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "use"
[facts]
public = ["member", "town"]

[product.hourly]
rate = { price = 12.00, per = "1h" }
cover = [{ by = "hours", unit = "hour", beyond = "rate" }]
[[product.hourly.adjust]]
id = "evening"
when = { clock = "18:00-24:00" }
percent = "-20%"
[[product.hourly.adjust]]
id = "members"
when = { holds = "plan" }
percent = "-50%"
[[product.hourly.adjust]]
id = "cap"
at_most = 40.00
same = ["person", "day"]

[product.fixed]
rate = { by = "public", member = 5.00, town = 9.00 }

[product.evenings]
eligible = [{ id = "days", when = { clock = "06:00-18:00" }, refuse = "not_sold" }]
rate = { price = 20.00 }

[product.spaced]
rate = [{ when = { holds = "plan" }, price = 8.00 }, { price = 9.00 }]

[product.hours]
rate = { price = 60.00 }
sells = "grant"
grant = { account = "hours", units = 3, unit = "hour" }
valid = { lasts = "180 days", first_day = "counts" }

[product.plan]
rate = { price = 30.00 }
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
"""
PRODUCTS = ("rooms/hourly", "rooms/hourly", "rooms/fixed", "rooms/evenings", "rooms/spaced", None)


def spans(random: Random, *minutes: int | None) -> timedelta | None:
    chosen = random.choice(minutes)
    return None if chosen is None else timedelta(minutes=chosen)


def terms(random: Random) -> Terms:
    """Terms of a space, most of them none."""
    slots: Any = ()
    if random.random() < 0.3:
        cuts = random.choice(([(8, 12), (12, 14), (14, 18)], [(9, 13), (13, 18), (18, 23)], [(1, 3), (22, 2)]))
        slots = [FixedSlot(time(a), time(b), audience=random.choice(((), (), ("staff",)))) for a, b in cuts]
    while True:
        try:
            return Terms(
                before=spans(random, 0, 0, 0, 15, 60),
                after=spans(random, 0, 0, 0, 30),
                notice=spans(random, 0, 0, 0, 0, 120, 24 * 60),
                horizon=spans(random, None, None, None, 30 * 60),
                shortest=spans(random, None, None, None, 60, 120),
                longest=spans(random, None, None, 90, 240),
                step=spans(random, None, None, 30, 60),
                grid=spans(random, None, None, 60, 45),
                audience=random.choice(((), (), (), (), ("staff",))),
                approval=random.random() < 0.15,
                in_a_row=spans(random, None, None, 180),
                months=random.choice((None, None, 1)),
                trainings=random.choice(((), (), (), ("laser",))),
                slots=slots,
                any_time=("members",) if slots and random.random() < 0.3 else (),
                days=random.choice((None, None, 2)),
                at_most_ahead=random.choice((None, None, 1, 2)),
            )
        except CantineError:  # terms that nobody could keep
            continue


def tried(house: small_house.House, *commands: c.Command) -> None:
    """Carry out what is not refused."""
    for command in commands:
        try:
            house.do(command)
        except RefusedError:
            continue


def some_place(number: int) -> tuple[small_house.House, Random, date]:
    """A house before a day on which much is booked, closed, held and learnt; the same for the same number."""
    random = Random(number)
    day = DAYS[number % len(DAYS)]
    now = datetime.combine(day, time(random.choice((0, 7, 12))), UTC) - random.choice((timedelta(0), timedelta(days=1)))
    house = small_house.open_house(now=now)
    house.do(c.PublishTariff(LIST))
    house.do(c.AddWorkshop(place_id="nuit", title="Laser", id="laser"))
    hours: Any = random.choice(((), m.OpenHours.weekly(range(7), time(8), time(20))))
    house.do(c.AddPlace(name="Lab", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=hours, id="lab"))
    for id in ("r1", "r2", "r3", "p1", "p2"):
        house.do(c.AddSpace(place_id="lab", name=id, product_id=random.choice(PRODUCTS), id=id))
    house.do(c.AddSpace(place_id="lab", name="both", parts=("p1", "p2"), product_id="rooms/hourly", id="both"))
    house.do(c.AddSpace(place_id="lab", name="d", use="desks", capacity=3, product_id="rooms/hourly", id="d"))
    window, ids = day_bounds(day, "Europe/Paris"), ("r1", "r2", "r3", "p1", "p2", "both", "d")
    if random.random() < 0.5:
        own = m.OpenHours.weekly(range(7), time(10), time(16))
        house.do(c.ChangeOpenings(place_id="lab", space_id="r2", hours=own, openings=m.Openings()))
    tried(house, c.GrantTraining(person_id="zoe", workshop_id="laser", reason="known"))
    if random.random() < 0.5:
        tried(house, c.SellPass(product_id="rooms/hours", place_id="lab", holder_id="zoe", account="desk"))
    if random.random() < 0.3:
        tried(house, c.SellPass(product_id="rooms/plan", place_id="lab", holder_id="zoe", account="desk"))
    for _ in range(10):
        start = window.start + random.randrange(0, 46) * timedelta(minutes=30)
        period = Period(start, start + random.choice((HOUR, HOUR, 3 * HOUR)))
        about = {
            "space_id": random.choice(ids),
            "product_id": "rooms/hourly",
            "person_id": random.choice(("zoe", "bob", None)),
        }
        if random.random() < 0.3:
            tried(house, c.HoldSpace(**about, period=period, minutes=random.choice((5, 600))))
        else:
            tried(house, c.Book(**about, period=period, account="desk"))
    closed = window.start + random.randrange(6, 20) * HOUR
    tried(house, c.CloseSpace("r1", period=Period(closed, closed + 2 * HOUR), reason="repair"))
    if random.random() < 0.3:
        tried(house, c.RetireSpace("r3", day=day + timedelta(days=random.choice((0, 1)))))
    for id in ids:
        tried(house, c.ChangeTerms(id, terms=terms(random)))
    house.wait(minutes=random.choice((1, 6, 20)))  # some holds have run out by now, and nothing has ended them
    return house, random, day


def same(found: RefusedError | None, raised: RefusedError) -> bool:
    """Whether a refusal is the one that was raised: the same class, and the same sentence."""
    return found is not None and type(found) is type(raised) and str(found) == str(raised)


def word_of(raised: RefusedError) -> str:
    """The word by which a cell says why ``Book`` would be refused."""
    if isinstance(raised, TermsError):
        return raised.reason.code
    words = {TooLateError: "over", ClosedError: "closed", ConflictError: "taken", UnsuitableError: "unsuitable"}
    return words.get(type(raised), "no price")


def disagreements(number: int, seen: Counter[str], most: int = 3) -> list[str]:
    """What a grid shows and ``Book`` does not do, or does otherwise; each kind of cell of a room is tried ``most``
    times.
    """
    house, random, day = some_place(number)
    told: dict[str, Any] = {
        "person_id": random.choice(("zoe", "zoe", None)),
        "groups": random.choice(((), ("staff",), ("members",))),
        "units": random.choice((1, 1, 1, 1, 1, 2)),
        "facts": random.choice(({}, {"public": "town"}, {"public": "town"})),
    }
    length = random.choice((None, HOUR, HOUR, 2 * HOUR, timedelta(minutes=90)))
    grid = house.cantine.read.grid("lab", day, length=length, use=None, begun=True, **told)
    wrong = []
    for row in grid.rows:
        tries = Counter[str]()
        for cell in sorted(row.cells, key=lambda cell: random.random()):
            if tries[cell.why] == most:
                continue
            tries[cell.why] += 1
            seen[cell.why] += 1
            if (found := disagreement(house, row, cell, told)) is not None:
                wrong.append(f"{number}: {row.space.id} {cell.period.start:%H:%M} {cell.why or 'free'}: {found}")
    return wrong


def disagreement(house: small_house.House, row: Any, cell: GridCell, told: dict[str, Any]) -> str | None:
    """What ``Book`` does otherwise than a cell says; ``None``: nothing."""
    try:
        command = c.Book(space_id=row.space.id, period=cell.period, quote=row.quote(cell), **told)
        done = house.cantine.preview(command, actor="page")
    except RefusedError as raised:
        if cell.free:
            return f"refused: {raised}"
        if cell.why != (word := word_of(raised)):
            return f"refused as {word}: {raised}"
        found = row.refusal(cell)
        return None if same(found, raised) else f"{found!r}, not {raised!r}"
    if not cell.free:
        return "accepted"
    assert done.value is not None
    if done.quote is None or done.quote.total != cell.price:
        return f"{cell.price}, not {done.quote}"
    return None if (done.value.state == "requested") == row.approval else done.value.state


def test_booking_does_what_a_grid_shows():
    """Whatever a grid shows as free at a price, ``Book`` of it by that person is accepted at that price; what it shows
    as not free is refused for that reason: in random places, with terms, slots, buffers, closures, holds, what the
    person has, holds and has learnt, on days of 23, 24 and 25 hours. Every reason there is was seen."""
    seen = Counter[str]()
    wrong = [one for number in range(scaled(40)) for one in disagreements(number, seen)]
    assert not wrong, "\n".join(wrong[:20])
    reasons = ("notice", "horizon", "wrong length", "not yours", "not trained", "in a row", "ahead")
    assert {"", "over", "closed", "taken", "no price", "unsuitable", *reasons} <= seen.keys(), seen


@pytest.mark.parametrize("sabotage", ["buffers", "horizon", "holds", "price"])
def test_a_grid_that_forgets_something_is_found(monkeypatch, sabotage):
    """Control: a grid without buffers, without a horizon, that takes holds for free, or with the price of another
    time shows what booking does not do, and the law above finds it."""
    if sabotage == "buffers":
        monkeypatch.setattr("cantinekit.domain.bookings.grid._apart", lambda taken, earlier, later: taken)
    elif sabotage == "horizon":
        monkeypatch.setattr("cantinekit.domain.bookings.grid.latest_start", lambda terms, zone, now: None)
    elif sabotage == "holds":
        monkeypatch.setattr("cantinekit.reads.grid._taken", lambda rows, now: {})
    else:
        first: dict[str, Any] = {}
        price = GridMaker._ask_price

        def once(self: GridMaker, product: m.Product, period: Period, *, gives: bool) -> GridCell:
            cell = first.setdefault(product.id, price(self, product, period, gives=gives))
            return GridCell(period, cell.price, cell.why)

        monkeypatch.setattr(GridMaker, "_ask_price", once)
    assert any(disagreements(number, Counter()) for number in range(24))


def test_an_unknown_place_or_space_is_refused():
    """A grid of a place, or with a space, that is not there is refused: it would look as if all were closed."""
    house = small_house.open_house()
    with pytest.raises(NotFoundError, match="no place"):
        house.cantine.read.grid("nowhere", small_house.TODAY)
    with pytest.raises(NotFoundError, match="no space"):
        house.cantine.read.grid("paris", small_house.TODAY, space_ids=["n"])


def shown_and_refused(number: int, seen: Counter[str]) -> list[str]:
    """What ``availability`` shows to somebody and the booking of it is refused, its price aside."""
    house, random, day = some_place(number)
    told: dict[str, Any] = {
        "person_id": random.choice(("zoe", "zoe", None)),
        "groups": random.choice(((), ("staff",), ("members",))),
        "units": random.choice((1, 1, 1, 2)),
    }
    length = random.choice((None, None, HOUR, 2 * HOUR))
    within, wrong = day_bounds(day, "Europe/Paris"), []
    for space in house.all(m.Space):
        if space.place_id != "lab":
            continue
        given = house.cantine.availability(space.id, within, length=length, **told)
        for one in random.sample(given, min(3, len(given))):
            seen[f"{len(given) > 0}"] += 1
            period = some_booking(random, space.terms, one, length, told["groups"])
            command = c.Book(space_id=space.id, product_id="rooms/hourly", period=period, **told)
            try:
                house.cantine.preview(command, actor="page")
            except (NotForSaleError, NoEntitlementError):
                continue
            except RefusedError as refused:
                wrong.append(f"{number}: {space.id} {period.start:%d %H:%M} {period.length}: {refused}")
    return wrong


def some_booking(random: Random, terms: Terms, one: Period, length: timedelta | None, groups: Any) -> Period:
    """A booking in a stretch that is as long as the terms allow, and begins where they let it."""
    if slots_for(terms, groups) is not None:
        return one
    least = terms.shortest or timedelta(minutes=1)
    step = terms.step or timedelta(minutes=30)
    least = -(-least // step) * step if terms.step else least
    if length is None:
        most = min(one.length, terms.longest or one.length, terms.in_a_row or one.length)
        length = least + random.randrange((most - least) // step + 1) * step if most >= least else least
    latest, grid = one.end - length, terms.grid or timedelta(minutes=15)
    return Period(
        start := one.start + random.randrange((latest - one.start) // grid + 1) * grid,
        start + length,
    )


def test_availability_never_shows_what_would_be_refused():
    """A booking in a stretch that ``availability`` gives is accepted by the terms of the space, whatever they are: by
    the same random places, for the same people, with a length and without."""
    seen = Counter[str]()
    wrong = [one for number in range(scaled(40)) for one in shown_and_refused(number, seen)]
    assert not wrong, "\n".join(wrong[:20])
    assert seen["True"] > 60


@pytest.mark.parametrize("sabotage", ["notice", "row", "trainings"])
def test_an_availability_that_forgets_something_is_found(monkeypatch, sabotage):
    """Control: one that looks at no notice and no horizon, at nothing that the person has, or at no training."""
    module = "cantinekit.domain.rules.stretches"
    if sabotage == "notice":
        monkeypatch.setattr(f"{module}.common", lambda first, second: first)
    elif sabotage == "row":
        monkeypatch.setattr("cantinekit.domain.bookings.availability.own_claims", lambda *about: [])
        monkeypatch.setattr("cantinekit.domain.bookings.availability.too_many", lambda *about: None)
    else:
        ever = (Period(small_house.utc(0, day=date(1971, 1, 1)), small_house.utc(0, day=date(2100, 1, 1))),)
        monkeypatch.setattr("cantinekit.domain.bookings.availability.learnt_periods", lambda *about: ever)
    assert any(shown_and_refused(number, Counter()) for number in range(40))


HALF = timedelta(minutes=30)


def misdrawn(number: int, seen: Counter[str]) -> list[str]:
    """What the bars of a day and of a week say otherwise than the times they are made of, and than what is there."""
    house, random, day = some_place(number)
    read, person = house.cantine.read, random.choice(("zoe", None))
    length = random.choice((None, None, HOUR, timedelta(minutes=90)))
    grid = read.grid("lab", day, length=length, use=None, person_id=person)
    spaces = {row.space.id: row.space for row in grid.rows}
    some = random.choice(sorted(spaces))
    week = read.room_week(some, day, length=length, person_id=person)
    drawn = [(one, row, row.bars) for one in (grid, *week) for row in one.rows]
    wrong = [
        f"{number}: {row.space.id} {one.day}: {what}" for one, row, bars in drawn for what in untrue(one, row, bars)
    ]
    for id, space in spaces.items():  # without terms, each step says by itself whether it is taken
        house.do(c.ChangeTerms(id, terms=Terms(before=space.terms.before, after=space.terms.after)))
    for one, row, bars in drawn:
        plain = read.grid("lab", one.day, length=HALF, step=HALF, use=None, space_ids=[row.space.id], begun=True)
        why = {cell.period: cell.why for cell in plain.rows[0].cells}
        for bar in bars:
            seen[bar.why] += 1
            if bar.why not in ("over", "closed", "taken"):
                continue
            for step in steps_of(bar):
                told = why.get(step, "closed")
                begun = step.start < plain.at < step.end
                if told not in (bar.why, "no price", "unsuitable") and not begun:
                    wrong.append(f"{number}: {row.space.id} {step.start}: {bar.why}, not {told or 'free'}")
    return wrong


def steps_of(bar: GridBar) -> list[Period]:
    """The half hours of a bar; none where the clock shows one of them twice."""
    plain = bar.period.length == bar.steps * HALF
    return [Period(at, at + HALF) for at in (bar.period.start + HALF * n for n in range(bar.steps))] if plain else []


def untrue(grid: Grid, row: GridRow, bars: tuple[GridBar, ...]) -> list[str]:
    """What is wrong with the bars of a room, by its times and the head of the table."""
    axis = [one.period for one in grid.hours]
    wrong = []
    if [one.period.start for one in bars[:1]] + [one.period.end for one in bars[-1:]] != [
        *(one.start for one in axis[:1]),
        *(one.end for one in axis[-1:]),
    ] or any(one.period.end != two.period.start for one, two in pairwise(bars)):
        wrong.append("there is a gap")
    if sum(one.steps for one in bars) != sum(one.steps for one in grid.hours):
        wrong.append("the steps are not those of the head")
    slots, free = bool(row.space.terms.slots), [cell.period for cell in row.free]
    for bar in bars:
        if slots and not bar.why and bar.picks[0] not in free:
            wrong.append(f"{bar.picks[0]} is no slot that is free")
        for step in steps_of(bar):
            had = any(one.start <= step.start and step.end <= one.end for one in (free if slots else merged(free)))
            if had == bool(bar.why):
                wrong.append(f"{step.start} is {bar.why or 'free'}")
        if not slots and not bar.why and (len(bar.picks) != bar.steps or bar.picks[0].start != bar.period.start):
            wrong.append("the picks are not its steps")
    return wrong


def test_bars_draw_what_the_times_say():
    """The bars of a room fill the axis without a gap; what is free on them is free in the times of the grid and can be
    picked, and what they say is over, closed or taken is that, whatever the terms; of a day and of each day of a week,
    on days of 23, 24 and 25 hours."""
    seen = Counter[str]()
    wrong = [one for number in range(scaled(24)) for one in misdrawn(number, seen)]
    assert not wrong, "\n".join(wrong[:20])
    assert {"", "over", "closed", "taken", "wrong length", "no price"} <= seen.keys(), seen


@pytest.mark.parametrize("sabotage", ["words", "gap", "free"])
def test_bars_that_are_drawn_wrong_are_found(monkeypatch, sabotage):
    """Control: bars that call closed what is taken, that leave a step out, or that show all as free are found."""
    bars = GridMaker.bars

    def drawn(self: GridMaker, space: m.Space, cells: Any) -> tuple[GridBar, ...]:
        found = bars(self, space, cells)
        if sabotage == "words":
            return tuple(attrs.evolve(one, why="closed") if one.why == "taken" else one for one in found)
        if sabotage == "gap":
            return found[1:]
        return tuple(attrs.evolve(one, why="", picks=one.picks or (one.period,)) for one in found)

    monkeypatch.setattr(GridMaker, "bars", drawn)
    assert any(misdrawn(number, Counter()) for number in range(8))
