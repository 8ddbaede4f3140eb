"""People: changed, exported and forgotten; what stands in the way, what goes and what is kept."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import (
    ContentionError,
    DuplicateError,
    NotFoundError,
    NotOverError,
    StaleVersionError,
    WrongStateError,
)
from cantinekit.plugins.ports import Key
from cantinekit.reads import people as export
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.small_house import period
from support.laws import house_laws

TOMORROW = small_house.TODAY + timedelta(days=1)
ZOE, ADDRESS = "Canary-Zoe", "canary-zoe@example.org"
HASH = sha256(ADDRESS.encode()).hexdigest()


@pytest.fixture
def house():
    return small_house.open_house()


def stored(house) -> str:
    """All that is stored, rows and journal, as one text."""
    rows, journal = small_house.snapshot(house.storage)
    return repr(sorted(rows.items())) + repr(journal)


# --- changing --------------------------------------------------------------------------------------------------------


def test_what_is_not_given_stays(house):
    """A change of one thing leaves the others; the same again changes and records nothing."""
    assert house.do(c.ChangePerson("zoe", lang="fr")).value == m.Person("zoe", ZOE, ADDRESS, "fr")
    assert house.do(c.ChangePerson("zoe", name="Zoé", email=" new@example.org ")).value == m.Person(
        "zoe", "Zoé", "new@example.org", "fr"
    )
    before = small_house.snapshot(house.storage)
    assert house.do(c.ChangePerson("zoe", name="Zoé")).events == ()
    assert small_house.snapshot(house.storage) == before


def test_an_address_that_was_given_up_is_free(house):
    """The old address can be somebody else's, the new one cannot; one's own in other letters stays one's own."""
    with pytest.raises(DuplicateError, match="e-mail"):
        house.do(c.ChangePerson("bob", email=ADDRESS.upper()))
    house.do(c.ChangePerson("zoe", email="ZOE@example.net"))
    house.do(c.ChangePerson("zoe", email="zoe@example.NET"))
    house.do(c.ChangePerson("bob", email=ADDRESS))
    with pytest.raises(DuplicateError):
        house.do(c.AddPerson(name="Z", email="Zoe@Example.Net"))
    house.do(c.ChangePerson("zoe", email=""))
    house.do(c.AddPerson(name="Z", email="Zoe@Example.Net"))
    house_laws.folds(house.storage)


def test_the_journal_does_not_know_who_it_is(house):
    """Neither names nor addresses nor hashes of them are in the journal, after adding, changing and forgetting."""
    house.do(c.ChangePerson("zoe", name="Canary-New", email="canary-new@example.org"))
    house.cantine.forget("zoe", actor="ana")
    journal = repr(small_house.journal(house.storage))
    assert "zoe" in journal
    assert "canary" not in journal.lower()
    assert HASH not in journal
    assert sha256(b"canary-new@example.org").hexdigest() not in journal


# --- what stands in the way ------------------------------------------------------------------------------------------


OPEN = {
    "booking": lambda h: h.do(
        c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", account="desk")
    ),
    "a held booking": lambda h: h.do(
        c.HoldSpace(space_id="b", product_id="room", period=period(10, 11), person_id="zoe")
    ),
    "visit": lambda h: h.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")),
    "registration": lambda h: h.do(c.Register(session_id="free", person_id="zoe")),
    "a rank on the waiting list": lambda h: [
        h.do(c.Register(session_id="free", person_id=who)) for who in ("bob", "eve", "zoe")
    ],
    "charge": lambda h: h.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe")),
    "entitlement": lambda h: h.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")),
}
KINDS = {"a held booking": "booking", "a rank on the waiting list": "registration"}


@pytest.mark.parametrize("what", OPEN)
def test_what_is_open_stands_in_the_way(house, what):
    """Whoever has something open stays as they were; the error names it, and the journal has both steps."""
    OPEN[what](house)
    before, count = small_house.records(house.storage), len(small_house.journal(house.storage))
    with pytest.raises(NotOverError, match="still open") as caught:
        house.cantine.forget("zoe", actor="ana")
    assert {one.kind for one in caught.value.open} == {KINDS.get(what, what)}
    after = {key: record for key, record in small_house.records(house.storage).items() if key.kind != "task"}
    assert after == {key: record for key, record in before.items() if key.kind != "task"}
    entries = small_house.journal(house.storage)[count:]
    assert [entry.type for entry in entries] == ["ForgettingAnnounced", "ForgettingWithdrawn"]
    house.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="desk"))


@pytest.mark.parametrize(
    ("what", "begins", "ends"),
    [
        ("booking", period(10, 11).start, period(10, 11).end),
        ("visit", small_house.START, small_house.utc(13)),
        ("registration", small_house.utc(11, day=TOMORROW), small_house.utc(13, day=TOMORROW)),
        ("a rank on the waiting list", small_house.utc(11, day=TOMORROW), small_house.utc(13, day=TOMORROW)),
    ],
)
def test_what_runs_stands_in_the_way_to_its_end(house, what, begins, ends):
    """Nobody is forgotten in the middle of a session, a booking or a visit: not at its beginning, nor a moment before
    its end. At its end they are."""
    OPEN[what](house)
    moment = timedelta.resolution
    for now in (begins, begins + moment, ends - moment):
        house.clock.advance(now - house.clock.now())
        with pytest.raises(NotOverError):
            house.cantine.forget("zoe", actor="ana")
    house.clock.advance(moment)
    assert house.cantine.forget("zoe", actor="ana").value.id == "zoe"


OVER = {
    "booking": (lambda h: OPEN["booking"](h), {"days": 1}),
    "hold": (lambda h: OPEN["a held booking"](h), {"minutes": 20}),
    "visit": (lambda h: OPEN["visit"](h), {"days": 1}),
    "registration": (lambda h: OPEN["registration"](h), {"days": 3}),
    "cancelled booking": (lambda h: h.do(c.CancelBooking(OPEN["booking"](h).value.id)), {}),
    "checked out": (lambda h: h.do(c.CheckOut(OPEN["visit"](h).value.id)), {}),
    "units whose time is over": (
        lambda h: h.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk")),
        {"days": 2},
    ),
    "a pass that was given back": (lambda h: h.do(c.CancelPass(OPEN["entitlement"](h).value.id)), {}),
}


@pytest.mark.parametrize("what", OVER)
def test_what_is_over_does_not(house, what):
    """Once it is over it stands in nobody's way, whether or not somebody tidied up since."""
    make, lapse = OVER[what]
    make(house)
    house.wait(**lapse)
    erasure = house.cantine.forget("zoe", actor="ana").value
    assert erasure.kept
    assert {one.why for one in erasure.kept} == {"names nobody"}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_units_that_are_left_can_be_given_up(house):
    """With ``gives_up`` the units that are left expire, and are conserved: bought, left, used, expired."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe"))
    house.do(c.CheckOut(visit.value.id))
    erasure = house.cantine.forget("zoe", actor="ana", gives_up=True).value
    units = house.all(m.Entitlement)[0]
    assert (units.bought, units.left, units.used, units.expired) == (10, 0, 1, 9)
    assert {(one.kind, one.count) for one in erasure.kept} == {
        ("pass", 1),
        ("entitlement", 1),
        ("visit", 1),
        ("sighting", 2),
        ("charge", 1),
    }
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- what goes -------------------------------------------------------------------------------------------------------


def test_nothing_says_any_more_who_it_was(house):
    """Name, address and its hash are in no row and no entry afterwards; the requests that brought them are gone too."""
    house.do(c.AddPerson(name="Canary-Q", email="canary-q@example.org", id="q"), key="k-add")
    house.do(c.ChangePerson("q", name="Canary-R"), key="k-change")
    hash = sha256(b"canary-q@example.org").hexdigest()
    fingerprints = [one.fingerprint for one in house.all(m.Request)]
    assert len(fingerprints) == 2
    for text in ("Canary-R", hash, *fingerprints):
        assert text in stored(house)
    house.cantine.forget("q", actor="ana", idempotency_key="k-forget")
    after = stored(house)
    assert not any(text in after for text in ("Canary-Q", "Canary-R", "canary-q", hash, *fingerprints))
    assert house.get(m.Person, "q") == m.Person("q", "", state="forgotten")
    assert house.get(m.Erasure, "q").at == house.clock.now()


def test_an_id_is_not_given_twice_and_an_address_is(house):
    """Whoever comes back is somebody else: the id is refused, the address is free."""
    house.cantine.forget("zoe", actor="ana")
    with pytest.raises(DuplicateError):
        house.do(c.AddPerson(name="Zoé", email=ADDRESS, id="zoe"))
    assert house.do(c.AddPerson(name="Zoé", email=ADDRESS)).value.id != "zoe"


NEW = {
    "Book": c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", account="desk"),
    "HoldSpace": c.HoldSpace(space_id="b", product_id="room", period=period(10, 11), person_id="zoe"),
    "CheckIn": c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"),
    "SellPass": c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"),
    "Register": c.Register(session_id="free", person_id="zoe"),
    "ChangePerson": c.ChangePerson("zoe", name="Zoé"),
    "ForgetPerson": c.ForgetPerson("zoe"),
}


@pytest.mark.parametrize("command", NEW.values(), ids=NEW)
def test_nothing_new_for_whoever_is_forgotten(house, command):
    """No command takes somebody who was forgotten, or is being."""
    house.cantine._engine.run(c.ForgetPerson("zoe"), "ana")
    with pytest.raises(WrongStateError, match="leaving"):
        house.do(command)
    house.cantine._engine.run(c.SettleForgetting("zoe"), "system")
    with pytest.raises(WrongStateError, match="forgotten"):
        house.do(command)


def test_a_message_that_waits_is_not_sent(house):
    """What was to be told to somebody who is forgotten by then is told to nobody, and the task is done."""
    told = small_house.open_house(effects="none")
    told.do(c.CancelRegistration(told.do(c.Register(session_id="free", person_id="zoe")).value.id))
    told.cantine.run_due()
    assert {message.to for message in told.mail.messages} == {ADDRESS}, "the control: there is something to tell"
    waiting = small_house.open_house(effects="none")
    waiting.do(c.CancelRegistration(waiting.do(c.Register(session_id="free", person_id="zoe")).value.id))
    waiting.cantine._engine.run(c.ForgetPerson("zoe", gives_up=True), "ana")
    waiting.cantine._engine.run(c.SettleForgetting("zoe"), "system")
    assert waiting.get(m.Person, "zoe").state == "forgotten"
    waiting.cantine.run_due()
    assert waiting.mail.calls == 0
    assert waiting.cantine.read.tasks() == waiting.cantine.read.tasks("dead") == ()


# --- two steps -------------------------------------------------------------------------------------------------------


def test_it_waits_for_run_due_where_effects_do(house):
    """Where effects wait, the person is leaving until ``run_due``; a repeat until then is told to come again."""
    waiting = small_house.open_house(effects="none")
    assert waiting.do(c.ForgetPerson("zoe"), key="k").value is None
    with pytest.raises(ContentionError, match="looked at"):
        waiting.do(c.ForgetPerson("zoe"), key="k")
    waiting.cantine.run_due()
    again = waiting.do(c.ForgetPerson("zoe"), key="k")
    assert again.replayed
    assert again.value == waiting.get(m.Erasure, "zoe")


def test_a_refusal_is_not_remembered(house):
    """The same key may be used again once nothing stands in the way any more."""
    booked = house.do(
        c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", account="desk")
    ).value
    with pytest.raises(NotOverError):
        house.do(c.ForgetPerson("zoe"), key="k")
    house.do(c.CancelBooking(booked.id))
    done = house.do(c.ForgetPerson("zoe"), key="k")
    assert not done.replayed
    assert done.value.id == "zoe"


def test_an_address_that_changes_meanwhile(house):
    """What is removed is compared: an address that was given up meanwhile is no obstacle, and nothing is half done."""
    engine, apply = house.cantine._engine, house.storage.apply
    engine.run(c.ForgetPerson("zoe"), "ana")
    tries = []

    def stale_once(change):
        tries.append(change)
        if len(tries) == 1:
            raise StaleVersionError([Key("email", HASH)])
        apply(change)

    house.storage.apply = stale_once
    try:
        engine.run(c.SettleForgetting("zoe"), "system")
    finally:
        del house.storage.apply
    assert len(tries) == 2
    assert {guard.key for guard in tries[1].removes} == {Key("email", HASH)}
    assert ADDRESS not in stored(house)


# --- handing over ----------------------------------------------------------------------------------------------------


FOLLOWS = {
    "wallet": "lists the units, which are there",
    "unique": "holds ids only, so that nobody comes twice",
    "meter": "sums of what is there",
    "request": "a hash, of whoever asked",
    "session": "is there by its seats; says who else comes",
    "task": "messages are there; the rest is work",
    "ledger": "what it posts of charges, attempts, refunds and payments, which are there",
}
"""Kinds that may name a person and are not wholly in the export, and why."""


def lived(house) -> None:
    """Zoé does all that one can do, Bob as well."""
    for who in ("zoe", "bob"):
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=who, account="card"), key=f"k-{who}")
        seat = house.do(c.Register(session_id="paid", person_id=who, option_ids=("materials",), account="card")).value
        house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id=who))
        house.do(c.Book(space_id="open", product_id="desk", period=period(14, 15), person_id=who, account="card"))
        house.do(c.CancelRegistration(seat.id))


def test_all_that_names_a_person_is_in_the_export(house):
    """Every row that holds the id of the person is in the export, but for kinds that only repeat it; nobody else is."""
    lived(house)
    found = house.cantine.export("zoe")
    there = {(kind, one.id) for kind, some in found.records.items() for one in some} | {("person", "zoe")}
    rows = [row for row in small_house.rows(house.storage).values() if '"zoe"' in row.body or "|zoe" in row.id]
    missing = {row.kind for row in rows if (row.kind, row.id) not in there} - {"email"}
    assert missing <= set(FOLLOWS)
    assert {"pass", "visit", "booking", "registration", "charge", "sale", "attempt", "refund", "task", "session"} <= {
        kind for kind, _ in there
    }
    assert "bob" not in json.dumps(
        [one for kind, some in found.data()["records"].items() if kind != "session" for one in some]
    )


def test_the_control_sees_a_kind_that_was_left_out(house, monkeypatch):
    """The control: where a kind is not listed as being about people, the test above sees rows that are missing."""
    lived(house)
    monkeypatch.setitem(m.KINDS, "visit", attrs.evolve(m.KINDS["visit"], person=None))
    assert "visit" not in house.cantine.export("zoe").records


def test_each_kind_with_a_person_is_known():
    """A record that points at a person is found by an index field of its own, or hangs on one that is; a profile
    has the id of its person.
    """
    about = {"person_id", "holder_id", "payer_id", "customer_id", "buyer_id", "beneficiary_id"}
    pointing = {spec.cls.kind for spec in codec.KINDS.values() if about & {f.name for f in attrs.fields(spec.cls)}}
    others = {"sale", "task", "email", "ledger", "bill_chase", "due_debit"}
    assert pointing == {kind.cls.kind for kind in m.kinds_of_person()} - {"profile"} | others


def test_the_export_is_json_with_every_field(house):
    """The text is JSON, in French letters too; no field is left out, and what ids point at has its name."""
    house.do(c.ChangePerson("zoe", name="Zoé"))
    lived(house)
    found = house.cantine.export("zoe")
    data = json.loads(found.to_json())
    assert data["format"] == export.FORMAT
    assert data["person"]["name"] == "Zoé"
    assert "Zoé" in found.to_json()
    assert set(data["records"]["booking"][0]) == {field.name for field in attrs.fields(m.Booking)}
    assert data["names"]["space"]["open"] == "Open space"
    assert data["names"]["workshop"]["welding"] == "Soudure"
    assert [task["template"] for task in data["records"]["task"]]


def test_nobody_and_somebody_forgotten(house):
    """There is nothing to hand over of nobody; of somebody forgotten there is what was kept, without a name."""
    with pytest.raises(NotFoundError):
        house.cantine.export("nobody")
    lived(house)
    house.wait(days=3)
    house.cantine.run_due()
    house.cantine.forget("zoe", actor="ana", gives_up=True)
    found = house.cantine.export("zoe")
    assert found.person == m.Person("zoe", "", state="forgotten")
    assert found.records["visit"]
    assert "Canary-Zoe" not in found.to_json()
