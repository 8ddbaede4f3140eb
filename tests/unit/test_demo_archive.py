"""Telling from a store: what was, at a moment that has passed."""

from __future__ import annotations

import pytest

from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import local
from cantinekit.demo import _figures, _month_end, _rooms, _run, _stage, _visits, _workshops
from cantinekit.demo._archive import Archive
from cantinekit.demo._words import DemoWords
from cantinekit.errors import CantineError, ConflictError, RefusedError, SoldOutError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.runtime import codec


def played() -> tuple[MemoryStorage, _stage.DemoStage]:
    """A day that was played on a store in memory."""
    storage = MemoryStorage()
    stage = _stage.DemoStage(storage, "en")
    for scene in _run.SCENES:
        scene.play(stage)
    return storage, stage


@pytest.fixture(scope="module")
def day():
    return played()


@pytest.fixture(scope="module")
def archive(day) -> Archive:
    return Archive(day[1].cantine.read)


def rewrite(storage: MemoryStorage, kind: str, id: str, change) -> None:
    """Change a row behind the back of the house."""
    row = storage.load([Key(kind, id)])[0]
    body = change(row.body)
    assert body != row.body
    storage.apply(Change(rows=(Row(kind, id, row.version + 1, body, row.index),)))


# --- the past ---


def test_balance_of_a_moment(archive):
    """A balance is told as it was: whole, after the check-in, after the seat, and after the seat was given back."""
    left = [archive.at(*at).read.balance("zoe")[0].left for at in TIMES]
    assert left == [10, 9, 8, 8, 9]


TIMES = ((9, 20), (9, 25), (15, 0), (15, 4), (15, 30))


def test_entry_goes_back_to_the_same_entitlement(archive):
    """The entry of the seat that was given up is back on the entitlement that it came from."""
    before, spent, after = (archive.at(*at).read.balance("zoe")[0].entitlements[0] for at in (TIMES[1], *TIMES[3:]))
    assert before.id == spent.id == after.id
    assert (before.left, spent.left, after.left) == (9, 8, 9)
    assert after.bought == after.left + after.used


def test_visit_before_it_was_longer(archive):
    """The visit is a half-day until the difference is paid, and a day from then on."""
    before, after = (archive.at(*at).visit("paris", None) for at in ((12, 39), (12, 40)))
    assert before.id == after.id
    assert (before.product_id, after.product_id) == ("les-cantines.half-day", "les-cantines.day")
    assert archive.at(12, 40).charge(after.charge_ids[-1]).paid.format() == "3.00"


def test_nothing_before_the_beginning(archive):
    """Before the doors open there are planned sessions only, and what is asked for is missed, not made up."""
    past = archive.at(0)
    assert {item.kind for item in past.read.agenda("paris", _stage.DAY)} == {"session"}
    assert past.bookings("paris.ada") == past.messages() == ()
    with pytest.raises(CantineError, match="another day"):
        past.visit("paris", None)


def test_fold_is_the_store(archive):
    """At the end the folded journal is the store, record by record."""
    records = archive.folded(_month_end.END)
    assert len(records) > 200
    assert archive.differences(records) == 0


def test_a_row_that_was_changed_is_noticed():
    """A row that was changed without the journal is counted as a difference."""
    storage, stage = played()
    archive = Archive(stage.cantine.read)
    records = archive.folded(_month_end.END)
    rewrite(storage, m.Place.kind, "paris", lambda body: body.replace("Paris", "Lutèce", 1))
    assert archive.differences(records) == 1


def test_the_past_changes_nothing(day, archive):
    """Asking the past, refusals and messages included, leaves rows and journal as they were."""
    storage = day[0]
    before = storage.journal(limit=10_000), [(row.key, row.version) for row in storage._rows.values()]
    for scene in _run.SCENES:
        list(scene.tell(archive, DemoWords("fr")))
    assert before == (storage.journal(limit=10_000), [(row.key, row.version) for row in storage._rows.values()])


# --- refusals ---


REFUSALS = [
    ((12, 52), _rooms.OVERLAP, ConflictError),
    ((12, 57), _rooms.HALVES[0], ConflictError),
    ((12, 57), _rooms.HALVES[1], ConflictError),
    ((13, 5), _rooms.DESK, SoldOutError),
    ((13, 18), _rooms.DESK, SoldOutError),
]


@pytest.mark.parametrize(("at", "command", "kind"), REFUSALS)
def test_refusal_is_had_again(archive, at, command, kind):
    """A refusal comes out of the stored state with the same error, message and data as when it was given."""
    played_again = _stage.DemoStage(MemoryStorage(), "en")
    given = []
    original = played_again.refuse

    def refuse(now, actor, asked):
        refusal = original(now, actor, asked)
        given.append((now, asked, refusal))
        return refusal

    played_again.refuse = refuse
    for scene in _run.SCENES[:2]:
        scene.play(played_again)
    (first,) = [refusal for now, asked, refusal in given if now == _stage.moment(*at) and asked == command]
    again = archive.at(*at).refusal(command)
    assert type(again) is type(first) is kind
    assert str(again) == str(first)
    assert vars(again) == vars(first)


def test_refusal_that_is_none(archive):
    """A command that the house of that moment would accept is not told as refused."""
    with pytest.raises(CantineError, match="another day"):
        archive.at(12, 49).refusal(_rooms.OVERLAP)


def test_what_should_be_refused_and_is_not():
    """The demonstration stops where the house does not refuse what it should."""
    stage = _stage.DemoStage(MemoryStorage(), "en")
    _visits.play(stage)
    with pytest.raises(CantineError, match="should have been refused"):
        stage.refuse(_stage.moment(13), "web:nadia", _rooms.MEETING)


def test_capacity_is_never_passed(archive):
    """Eight desks are claimed while the hold lasts and after it was sold, seven in between; never nine."""
    counts = []
    for at in ((13, 2), (13, 5), (13, 16), (13, 17), (13, 18)):
        bookings = archive.at(*at).bookings("rennes.open")
        counts.append(sum(booking.units for booking in bookings if booking.state in ("held", "confirmed")))
    assert counts == [8, 8, 7, 8, 8]


# --- messages ---


def test_messages_are_those_that_were_sent(day, archive):
    """Every message that was sent is written again from the store, word for word, and no other."""
    sent = day[1].sent.messages
    tasks = day[1].cantine.read.find(m.Task, "subject")
    moments = sorted({task.due for task in tasks if task.work == "message" and task.state == "done"})
    walls = [local(at, _stage.ZONE) for at in moments]
    clock = [(wall.hour, wall.minute, wall.date()) for wall in walls if wall.date() >= _stage.DAY]
    told = [message for hour, minute, day in clock for message in archive.at(hour, minute, day=day).messages()]
    today = [message for message in sent if message.key in {one.key for one in told}]
    assert [(one.key, one.to, one.subject, one.text) for one in told] == [
        (one.key, one.to, one.subject, one.text) for one in today
    ]
    assert {one.template for one in sent if one not in today} == {"pass sold"}  # the carnet of the evening before
    assert len(sent) == len(told) + 1


def test_messages_are_asked_for_twice(archive):
    """Asking for the messages of a moment again gives the same ones, once each."""
    past = archive.at(14, 10)
    assert past.messages() == past.messages()
    assert [one.template for one in past.messages()] == ["seat cancelled", "seat promoted"]


def test_first_who_waits_is_promoted(archive):
    """Who is thirteenth waits first, has the seat once somebody leaves, and nobody waits while a seat is free."""
    before, after = archive.at(13, 45), archive.at(14, 10)
    waiting = before.registration(_workshops.FREE, _workshops.NEXT)
    session = before.read.need(m.Session, _workshops.FREE)
    assert session.waiting[0] == waiting.id
    assert (session.free(before.now), session.confirmed) == (0, 12)
    assert after.registration(_workshops.FREE, _workshops.NEXT).state == "confirmed"
    assert after.read.need(m.Session, _workshops.FREE).free(after.now) == 0


# --- money ---


def test_card_is_declined_once_then_settled_then_given_back(archive):
    """The materials are declined once, settled at the second try, and refunded when the seat is given up."""
    states = []
    for at in ((15, 0), (15, 4), (15, 30)):
        past = archive.at(*at)
        charge = past.charge(past.registration(_workshops.PAID, "zoe").charge_id)
        tries = [attempt.state for attempt in past.attempts(charge)]
        states.append((charge.state, tries, charge.paid.format(), charge.refunded.format()))
    assert states == [
        ("due", ["declined"], "0.00", "0.00"),
        ("settled", ["declined", "settled"], "8.00", "0.00"),
        ("settled", ["declined", "settled"], "8.00", "8.00"),
    ]


def test_every_price_is_computed_again(archive):
    """Each price of the day comes out of the store as it was charged."""
    past = archive.at(*_figures.END)
    sales = archive.sales(past.now)
    assert len(sales) == 18
    for sale in sales:
        assert sale.total in {quote.total for quote in past.read.explain(sale.subject)}


def test_takings_are_what_was_paid(archive):
    """The takings of Paris are what the charges of the day say: paid by account, less what went back."""
    past = archive.at(*_figures.END)
    takings = past.read.takings("paris", _stage.DAY)
    charges = list(past.read.find(m.Charge, "place", *codec.between("paris")))
    assert takings.total.amount == sum(charge.paid.amount - charge.refunded.amount for charge in charges) == 18300


def test_attendance_counts_people(archive):
    """Paris has two visits, two visitors and one of them without a name; Brest has the colleague from Nantes."""
    read = archive.at(*_figures.END).read
    paris, brest = read.attendance("paris", _stage.DAY), read.attendance("brest", _stage.DAY)
    assert (paris.visits, paris.unique_visitors, paris.walk_ins) == (2, 2, 1)
    assert (brest.visits, brest.unique_visitors, brest.walk_ins) == (1, 1, 0)


def test_codes_are_given_once(archive):
    """Each visit has an access code of its own place, and no code is given twice."""
    past = archive.at(*_figures.END)
    visits = [past.visit("paris", None), past.visit("paris", "zoe"), past.visit("brest", "yann")]
    codes = [visit.access_code for visit in visits]
    assert len(set(codes)) == 3
    assert all(codes)


def test_carnet_of_another_entity(archive):
    """The colleague's carnet was sold by another legal entity than the one that runs the place where it is used."""
    past = archive.at(10, 10)
    unit = past.read.balance("yann")[0].entitlements[0]
    sold = past.read.need(m.Pass, unit.pass_id)
    assert (sold.entity_id, past.read.need(m.Place, "brest").entity_id) == ("nantes", "brest")
    assert unit.left == 9


# --- words ---


def test_other_refusals_have_words(archive):
    """A refusal that the day does not have is told too: a closed place by its name, any other by its own message."""
    past, words = archive.at(12, 57), DemoWords("en")
    space = past.read.need(m.Space, "paris.ada")
    night = cmd.Book(
        space_id="paris.ada",
        product_id="les-cantines.meeting-room",
        period=_stage.between((20, 0), (21, 0)),
        person_id="nadia",
        account="card",
    )
    told = [block.text for block in words.refusal(past.refusal(night), space)]
    assert told[0] == "Paris is closed"
    assert next(iter(words.refusal(RefusedError("not so"), space))).text == "Not so."


@pytest.mark.parametrize(("number", "word"), [(1, "première"), (5, "cinquième"), (6, "6")])
def test_ranks(number, word):
    """Ranks are words as far as there are words."""
    assert DemoWords("fr").rank(number) == word
