"""All classes of commands: each is previewed, repeated, asked for by nobody, and counted in round trips."""

from __future__ import annotations

import gc
from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.errors import (
    CantineError,
    InputError,
    RefusedError,
    RequestMismatchError,
    SeriesClashError,
)
from cantinekit.plugins.ports import Change
from cantinekit.runtime.engine import IdempotentRequest
from support.commands import examples
from support.houses import clock_house, small_house
from support.houses.small_house import TODAY
from support.laws import house_laws
from support.run.soak import SOAK

ALL = (*c.COMMANDS, *c.SYSTEM_COMMANDS)
MOST_BATCHES = 5
FINDS = {
    c.SettleForgetting: len(m.kinds_of_person()) + 1,
    c.SettleForgettingOrganisation: len(m.kinds_of_person()) + 2,
}
"""Looking for all that is about a person is a question for each kind of record, whatever there is of it; about an
organisation one more, for those who belong to it."""


def named(cls):
    return cls.__name__


def prepared(cls):
    """A house that is ready for the example of a class, and the example."""
    house = small_house.open_house()
    command = examples.EXAMPLES[cls](house)
    assert type(command) is cls
    return house, command


def test_each_class_has_an_example():
    """A new class of command needs an example, or this fails."""

    def leaves(cls):
        below = cls.__subclasses__()
        return {leaf for one in below for leaf in leaves(one)} if below else {cls}

    gc.collect()  # a class with slots is a second class; the first stays until it is collected
    assert set(examples.EXAMPLES) == set(ALL) == {cls for cls in leaves(c.Command) if "cantinekit" in cls.__module__}
    assert len(ALL) == len(set(ALL))


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_commands_are_frozen(cls):
    """A command cannot be changed once it is made, and equal content makes equal commands."""
    _, command = prepared(cls)
    field = attrs.fields(cls)[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(command, field, getattr(command, field))
    assert attrs.evolve(command) == command


@pytest.mark.parametrize("cls", c.COMMANDS, ids=named)
def test_preview_stores_nothing(cls):
    """After a preview every row, version and journal entry is as before, and no gateway or notifier was asked."""
    house, command = prepared(cls)
    before, sent, charged = small_house.snapshot(house.storage), house.mail.calls, house.card.charges
    shown = house.cantine.preview(command, actor="ana")
    assert shown.value is not None
    assert not shown.replayed
    assert small_house.snapshot(house.storage) == before
    assert (house.mail.calls, house.card.charges) == (sent, charged)


def without_passes(outcome):
    """An outcome that says nothing of the live passes that a publication concerns."""
    if outcome.publication is None:
        return outcome
    products = tuple(attrs.evolve(one, passes=None) for one in outcome.publication.products)
    return attrs.evolve(outcome, publication=attrs.evolve(outcome.publication, products=products))


@pytest.mark.parametrize("cls", c.COMMANDS, ids=named)
def test_preview_shows_what_execute_does(cls):
    """What a preview shows is what the command then comes to; a gateway's answer is the only thing it cannot know. Of a
    price list it shows live passes too, which the command does not count.
    """
    house, command = prepared(cls)
    counts = dict(house.cantine._ids.counts)
    shown = without_passes(house.cantine.preview(command, actor="ana"))
    house.cantine._ids.counts.clear()
    house.cantine._ids.counts.update(counts)
    before = len(house.card.charges) + len(house.card.refunds)
    done = house.do(command, actor="ana")
    if len(house.card.charges) + len(house.card.refunds) == before:
        assert shown == done
    else:
        assert shown.quote == done.quote
        assert shown.events == done.events[: len(shown.events)]
        assert [charge.amount for charge in shown.charges] == [charge.amount for charge in done.charges]


@pytest.mark.parametrize("cls", c.COMMANDS, ids=named)
def test_laws_hold_after_the_example(cls):
    """Each example leaves a house in which all laws hold and the journal makes the rows."""
    house, command = prepared(cls)
    assert house.do(command).events
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


@pytest.mark.parametrize("cls", c.COMMANDS, ids=named)
def test_repeat_is_answered_with_the_same_record(cls):
    """The same idempotency key again gives the same record as it is now, and stores nothing twice."""
    house, command = prepared(cls)
    first = house.do(command, key="k-1")
    after, charged = small_house.snapshot(house.storage), house.card.charges
    again = house.do(command, key="k-1")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.value == first.value
    assert again.charges == first.charges
    assert (again.events, again.messages) == ((), ())
    assert small_house.snapshot(house.storage) == after
    assert house.card.charges == charged


@pytest.mark.parametrize("cls", c.COMMANDS, ids=named)
def test_key_of_another_request_is_refused(cls):
    """The same key with another content is refused, and nothing is stored."""
    house, command = prepared(cls)
    house.do(command, key="k-1")
    after = small_house.snapshot(house.storage)
    with pytest.raises(RequestMismatchError):
        house.do(examples.other(command), key="k-1")
    assert small_house.snapshot(house.storage) == after


@pytest.mark.parametrize("cls", c.COMMANDS, ids=named)
def test_key_belongs_to_the_actor(cls):
    """The same key of another actor is another request: it is carried out or refused on its own, never replayed."""
    house, command = prepared(cls)
    house.do(command, key="k-1", actor="ana")
    replayed, refusal = False, None
    try:
        replayed = house.do(command, key="k-1", actor="bea").replayed
    except RefusedError as error:
        refusal = error
    assert not replayed
    assert not isinstance(refusal, RequestMismatchError)


@pytest.mark.parametrize("cls", c.COMMANDS, ids=named)
def test_nobody_is_refused(cls):
    """Without a name for who asks nothing is done, not even a preview."""
    house, command = prepared(cls)
    before = small_house.snapshot(house.storage)
    for actor in ("", "  \n", None, 7, "a\x00b", "\ud800", "x" * 201, b"ana"):
        with pytest.raises(InputError):
            house.cantine.execute(command, actor=actor)
        with pytest.raises(InputError):
            house.cantine.preview(command, actor=actor)
        assert small_house.snapshot(house.storage) == before, ascii(actor)


@pytest.mark.parametrize("key", ["", 5, "\ud800", "x" * 501, "a\x00"], ids=ascii)
def test_bad_keys_are_refused(key):
    """An idempotency key is a text that can be stored; anything else is refused before anything is done."""
    house, command = prepared(c.AddPerson)
    before = small_house.snapshot(house.storage)
    with pytest.raises(InputError):
        house.cantine.execute(command, actor="ana", idempotency_key=key)
    assert small_house.snapshot(house.storage) == before


def test_refusal_is_not_remembered():
    """A request that was refused may be asked again with the same key, and then be done."""
    house = small_house.open_house()
    taken = house.do(c.Book(space_id="a1", product_id="room", period=small_house.period(10, 11), account="desk")).value
    asked = c.Book(space_id="a1", product_id="room", period=small_house.period(10, 11), account="desk")
    with pytest.raises(CantineError):
        house.do(asked, key="k")
    house.do(c.CancelBooking(taken.id))
    assert not house.do(asked, key="k").replayed
    with pytest.raises(CantineError):
        house.do(c.ChangeCapacity("a1", capacity=0), key="n")
    assert house.get(m.StandingPage, "a1|always").narrowing is None
    house.wait(hours=3)
    assert not house.do(c.ChangeCapacity("a1", capacity=0), key="n").replayed


# --- what the system does by itself ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", c.SYSTEM_COMMANDS, ids=named)
def test_system_commands_are_not_for_people(cls):
    """Nobody can give a command of the system, and none can be previewed."""
    house, command = prepared(cls)
    before = small_house.snapshot(house.storage)
    for ask in (house.cantine.execute, house.cantine.preview):
        with pytest.raises(InputError):
            ask(command, actor="ana")
    assert small_house.snapshot(house.storage) == before


@pytest.mark.parametrize("cls", c.SYSTEM_COMMANDS, ids=named)
def test_system_commands_may_come_twice(cls):
    """A command of the system has its effect once: the second time nothing is left to do, and nothing is stored."""
    house, command = prepared(cls)
    assert house.cantine._engine.run(command, "system").entries
    after = small_house.snapshot(house.storage)
    assert not house.cantine._engine.run(command, "system").entries
    assert small_house.snapshot(house.storage) == after
    house_laws.folds(house.storage)


@pytest.mark.parametrize("cls", c.SYSTEM_COMMANDS, ids=named)
def test_system_commands_are_stored_with_a_key_like_others(cls):
    """The engine answers a repeated request of the system from its row too."""
    house, command = prepared(cls)
    asked = IdempotentRequest.of(command, "system", "k")
    first = house.cantine._engine.run(command, "system", asked=asked)
    after = small_house.snapshot(house.storage)
    again = house.cantine._engine.run(command, "system", asked=asked)
    assert again.replayed
    assert again.value == first.value
    assert small_house.snapshot(house.storage) == after


@pytest.mark.parametrize("command", ["Book", None, object(), c.Command(), c.Book, {}], ids=range(6))
def test_what_is_no_command_is_refused(command):
    """Only a value of one of the classes is a command."""
    house = small_house.open_house()
    before = small_house.snapshot(house.storage)
    with pytest.raises(InputError):
        house.cantine.execute(command, actor="ana")
    assert small_house.snapshot(house.storage) == before


# --- round trips -----------------------------------------------------------------------------------------------------


class Counting:
    """A store that counts the round trips before the first change."""

    def __init__(self, beneath):
        self._beneath = beneath
        self.reads = 0
        self.before_change = None
        self.change = None

    def __getattr__(self, name):
        return getattr(self._beneath, name)

    def load(self, keys):
        self.reads += 1
        return self._beneath.load(keys)

    def find(self, *args, **kwargs):
        self.reads += 1
        return self._beneath.find(*args, **kwargs)

    def apply(self, change: Change):
        if self.before_change is None:
            self.before_change, self.change = self.reads, change
        self._beneath.apply(change)


def batches(house, command, key=None):
    """The round trips of a command before it stores its change, and that change."""
    counting = Counting(house.storage)
    engine = house.cantine._make_engine(counting, effects="all")
    engine.run(command, "ana", asked=IdempotentRequest.of(command, "ana", key) if key else None)
    assert counting.before_change is not None, "nothing was stored"
    return counting.before_change, counting.change


@pytest.mark.parametrize("cls", ALL, ids=named)
@pytest.mark.parametrize("key", [None, "k"], ids=["no key", "key"])
def test_batches_are_bounded(cls, key):
    """No command reads more than five times before it stores, with a key or without."""
    house, command = prepared(cls)
    assert 0 < batches(house, command, key)[0] <= MOST_BATCHES + FINDS.get(cls, 0)


def of_a_company(cls):
    """A house in which everybody may order for a company and use its units, and the example of a command in it."""
    house = small_house.open_house()
    house.do(c.AddOrganisation(name="Firm", id="firm"))
    for person in small_house.PERSONS:
        house.do(c.Affiliate(organisation_id="firm", person_id=person, role="admin", first_day=TODAY, at_most=50))
    for _ in range(3):
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="firm", account="desk"))
    command = examples.EXAMPLES[cls](house)
    if isinstance(command, SellingCommand):
        command = attrs.evolve(command, payer_id="firm", ordered_by_id="eve")
    return house, command


@pytest.mark.parametrize("cls", ALL, ids=named)
def test_batches_are_bounded_where_a_company_pays_and_shares(cls):
    """With an organisation as payer and shared units a command reads as often at most; and the rows follow from it."""
    house, command = of_a_company(cls)
    assert batches(house, command, None)[0] <= MOST_BATCHES + FINDS.get(cls, 0)
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_batches_of_visits_by_the_clock():
    """A day with several visits that are priced together: noted late, ended, corrected to another day, cancelled."""
    local = clock_house.local
    house = clock_house.clock_house(local(17))
    house.do(c.SellPass(product_id="sessions", place_id="paris", holder_id="zoe", account="desk"))

    def late(start, product, space, day=TODAY):
        return c.CheckIn(
            place_id="paris", product_id=product, person_id="zoe", space_id=space, account="desk",
            at=local(start, day=day), left_at=local(start + 1, day=day),
        )  # fmt: skip

    for start, product, space in ((9, "hour", None), (9, "booth", "lab"), (11, "half", None), (13, "session", None)):
        assert batches(house, late(start, product, space))[0] <= MOST_BATCHES
    visits = house.all(m.Visit)
    assert len(visits) == 4
    assert batches(house, late(9, "hour", None, TODAY - timedelta(days=1)))[0] <= MOST_BATCHES
    yesterday = {
        "opened_at": local(11, day=TODAY - timedelta(days=1)),
        "closed_at": local(12, 0, TODAY - timedelta(days=1)),
    }
    for command in (
        c.CorrectVisit(visits[0].id, closed_at=visits[0].opened_at + timedelta(minutes=5), reason="left earlier"),
        c.CorrectVisit(visits[1].id, reason="it was yesterday", **yesterday),
        c.CancelVisit(visits[2].id, reason="was none"),
        c.ReopenVisit(visits[3].id, reason="has not left"),
        c.CheckOut(visits[3].id, account="desk"),
    ):
        assert batches(house, command)[0] <= MOST_BATCHES


def test_batches_of_a_long_booking_of_a_large_room():
    """A room of twelve parts, booked for 60 days: as many round trips as for an hour, whatever pages it touches."""
    house = small_house.open_house()
    parts = tuple(house.do(c.AddSpace(place_id="nuit", name=f"Part {n}", id=f"part-{n}")).value.id for n in range(12))
    house.do(c.AddSpace(place_id="nuit", name="Everything", parts=parts, id="all"))
    begin = small_house.utc(12)
    for days in (1, 60):
        period = Period(begin, begin + timedelta(days=days))
        reads, change = batches(house, c.Book(space_id="all", product_id="room", period=period, account="desk"))
        assert reads <= MOST_BATCHES
        pages = [row for row in change.rows if row.kind == "occupancy"]
        assert len(pages) == 12 * (days + 1)
        booking = house.all(m.Booking)[-1]
        reads, change = batches(house, c.CancelBooking(booking.id))
        assert reads <= MOST_BATCHES
        assert len([row for row in change.rows if row.kind == "occupancy"]) == 12 * (days + 1)
    hold = house.do(
        c.HoldSpace(space_id="all", product_id="room", period=Period(begin, begin + timedelta(days=60)))
    ).value
    assert batches(house, c.ConfirmBooking(hold.id, account="desk"))[0] <= MOST_BATCHES


LONG = "FREQ=DAILY;COUNT=400" if SOAK else "FREQ=DAILY;INTERVAL=7;COUNT=58"


@pytest.mark.parametrize(("rule", "pools"), [("FREQ=WEEKLY;COUNT=40", 2), (LONG, 0)])
def test_batches_of_a_series_of_a_room_of_two_parts(rule, pools):
    """Forty Thursdays over a clock change with two pools of equipment, or 400 days over three, each of them in a soak:
    as many round trips as for one date, which are four to book it.

    That goes for all that becomes of it: clashes told, held, paid, a date cancelled, tried again, run out, cancelled.
    """
    house = small_house.open_house()
    house.do(c.ChangeTerms("a", terms=m.Terms(before=timedelta(minutes=30), after=timedelta(minutes=30))))
    extras = {
        house.do(c.AddSpace(place_id="paris", name=f"Pool {n}", use="equipment", capacity=2)).value.id: n
        for n in range(1, pools + 1)
    }
    first = small_house.TODAY + timedelta(days=2)
    command = c.BookSeries(
        space_id="a",
        product_id="room",
        day=first,
        starts=time(10),
        ends=time(12),
        rule=rule,
        person_id="zoe",
        account="desk",
    )
    command = attrs.evolve(command, with_units=extras)
    taken = house.do(
        c.Book(
            space_id="a2",
            product_id="room",
            period=small_house.period(9, 10, first + timedelta(days=7)),
            account="desk",
        )
    ).value
    counting = Counting(house.storage)
    with pytest.raises(SeriesClashError) as clash:
        house.cantine._make_engine(counting, effects="all").run(command, "ana")
    assert counting.reads <= MOST_BATCHES + 1  # a refusal looks once more whether anything moved
    reads, change = batches(house, attrs.evolve(command, skip=clash.value.skip))
    assert reads == 4
    series = house.all(m.BookingSeries)[-1]
    pages = [row for row in change.rows if row.kind == "occupancy"]
    assert len(series.booking_ids) == int(rule.rpartition("=")[2]) - 1
    assert len(pages) == (2 + pools) * len(series.booking_ids)
    assert {house.get(m.Booking, id).period.start.hour for id in series.booking_ids} == {8, 9}
    assert batches(house, c.CancelBooking(series.booking_ids[3]))[0] <= MOST_BATCHES
    house.do(c.CancelBooking(taken.id))
    assert batches(house, c.RetrySkipped(series.id))[0] <= MOST_BATCHES
    (again,) = (one for one in house.get(m.BookingSeries, series.id).dates if one.day == clash.value.skip[0])
    charge = house.get(m.Booking, again.booking_id).charge_id
    assert charge != series.charge_id
    assert batches(house, c.Pay(charge, account="desk"))[0] <= MOST_BATCHES
    assert batches(house, c.CancelSeries(series.id))[0] <= MOST_BATCHES
    for account in ("card", None):
        made = house.cantine._engine.run(attrs.evolve(command, account=account), "ana")
        if account:
            attempt = house.get(m.Charge, made.charge_ids[0]).attempt_ids[0]
            amount = house.get(m.Attempt, attempt).amount.amount
            assert batches(house, c.ObserveCharge(attempt, state="settled", captured=amount))[0] <= MOST_BATCHES
            house.do(c.CancelSeries(made.value.id))
    house.wait(minutes=20)
    assert batches(house, c.Expire(made.value))[0] <= MOST_BATCHES
    house_laws.hold(house.storage, house.clock.now())


def test_batches_of_a_session_with_many_people():
    """A session with 300 registrations takes no more round trips than one, to enlarge, move or cancel it either."""
    house = small_house.open_house()
    house.do(c.ChangeSeats("free", seats=200))
    ids = []
    for n in range(300):
        house.do(c.AddPerson(name=f"Person {n}", id=f"p{n}"))
        ids.append(house.do(c.Register(session_id="free", person_id=f"p{n}")).value.id)
    session = house.get(m.Session, "free")
    assert (session.confirmed, len(session.waiting)) == (200, 100)
    house.do(c.AddPerson(name="Last", id="last"))
    assert batches(house, c.Register(session_id="free", person_id="last"))[0] <= MOST_BATCHES
    assert batches(house, c.CancelRegistration(ids[0]))[0] <= MOST_BATCHES
    reads, change = batches(house, c.ChangeSeats("free", seats=300))
    assert reads <= MOST_BATCHES
    assert len([row for row in change.rows if row.kind == "registration"]) == 100
    assert not house.get(m.Session, "free").waiting
    for command in (c.MoveSession("free", starts=time(13), space_id="a"), c.CancelSession("free", reason="rain")):
        reads, change = batches(house, command)
        assert reads <= MOST_BATCHES
        assert not [row for row in change.rows if row.kind == "registration"]
        assert len([row for row in change.rows if row.kind == "task"]) == 300
    house_laws.hold(house.storage, house.clock.now())


def test_batches_of_late_and_split_payments():
    """Neither several attempts, nor a waiting list, nor a longer stay makes the money commands read more."""
    house = small_house.open_house(outcomes=("declined", "declined", "pending"))
    seat = house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="card"))
    for person in ("bob", "eve", "ida"):
        house.do(c.Register(session_id="paid", person_id=person))
    charge = seat.charges[0].id
    house.do(c.Pay(charge, account="card"))
    assert batches(house, c.Pay(charge, account="card"))[0] <= MOST_BATCHES
    attempts = house.get(m.Charge, charge).attempt_ids
    assert len(attempts) == 3
    house.wait(minutes=20)
    for attempt in reversed(attempts):
        assert batches(house, c.ObserveCharge(attempt, state="settled", captured=1800))[0] <= MOST_BATCHES
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="max", account="desk")).value
    house.do(c.UpgradeVisit(visit.id, product_id="day"))
    charge = house.get(m.Charge, house.get(m.Visit, visit.id).upgrade.charge_id)
    assert batches(house, c.Pay(charge.id, account="desk"))[0] <= MOST_BATCHES
    assert batches(house, c.CheckOut(visit.id))[0] <= MOST_BATCHES
