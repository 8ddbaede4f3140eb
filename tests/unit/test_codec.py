"""Records and events to text and back: nothing is lost, nothing that is damaged or newer is believed."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, WallTime
from cantinekit.commands import COMMANDS, SYSTEM_COMMANDS
from cantinekit.errors import CantineError, CodecError
from cantinekit.events import EVENTS, ChargeRaised, Event, VisitEnded
from cantinekit.money import Money
from cantinekit.plugins.ports import Key, Row
from cantinekit.runtime import codec
from support.houses import small_house
from support.laws.any_record import IDS, INSTANTS, strategy

NOW = small_house.START
ENTITY = m.LegalEntity("asso", "Asso", ("desk", "card"))
SEVERAL = settings(max_examples=25, deadline=None)


def record_named(kind):
    return codec.KINDS[kind].cls


def _session(**seats):
    starts, ends = (WallTime(NOW.date(), time(hour), "Europe/Paris") for hour in (18, 20))
    return m.Session("ses", "talk", "paris", starts, ends, Period(starts.instant, ends.instant), 4, **seats)


def body(row: Row, **changes) -> Row:
    """The row with another body."""
    return attrs.evolve(row, body=json.dumps({**json.loads(row.body), **changes}))


# --- round trips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", codec.KINDS)
@given(data=st.data(), version=st.integers(1, 10**6))
@SEVERAL
def test_records_come_back_as_they_were(kind, data, version):
    """Any record of any kind comes back equal from its row, and the row comes back byte for byte."""
    record = data.draw(strategy(record_named(kind)))
    row = codec.encode(record, version)
    assert (row.kind, row.id, row.version) == (kind, record.id, version)
    assert json.loads(row.body)["v"] == codec.KINDS[kind].schema
    back = codec.decode(row)
    assert back == record
    assert type(back) is type(record)
    assert codec.encode(back, version) == row


@pytest.mark.parametrize("name", EVENTS)
@given(data=st.data())
@SEVERAL
def test_events_come_back_as_they_were(name, data):
    """Any event of any type comes back equal from its journal entry."""
    event = data.draw(strategy(EVENTS[name]))
    entry = codec.encode_event(event, NOW, "ana", (Key("booking", "b"),))
    assert (entry.type, entry.at, entry.actor, entry.number) == (name, NOW, "ana", 0)
    assert codec.decode_event(entry) == event


def test_all_kinds_and_events_are_known():
    """Each record class has a kind, each event class a name, and none is listed twice."""

    def leaves(cls):
        below = cls.__subclasses__()
        return {leaf for one in below for leaf in leaves(one)} if below else {cls}

    assert set(EVENTS.values()) == {cls for cls in leaves(Event) if cls.__module__.startswith("cantinekit")}
    assert {name for name, cls in EVENTS.items()} == {cls.__name__ for cls in EVENTS.values()}
    records = [cls for cls in vars(m).values() if isinstance(cls, type) and type(getattr(cls, "kind", None)) is str]
    assert {cls.kind: cls for cls in records} == {kind: spec.cls for kind, spec in codec.KINDS.items()}


PRIVATE = {
    "Person", "EmailHolder", "Addressee", "BillingAddress", "BilledTo", "Answers", "SaleFacts", "ForgottenPublics",
    "Profile", "ImportedWho", "GiftNote", "MandateAccount", "FeedLink",
}  # fmt: skip


def test_people_are_private_and_work_is_operational():
    """The journal makes all kinds but those about people, tasks, requests and quarantine."""
    classes = {kind: spec.kind_class for kind, spec in codec.KINDS.items() if spec.kind_class != "domain"}
    assert classes == {
        "person": "private",
        "organisation": "private",
        "email": "private",
        "addressee": "private",
        "billing_address": "private",
        "mandate_account": "private",
        "answers": "private",
        "profile": "private",
        "imported_who": "private",
        "gift_note": "private",
        "feed_link": "private",
        "salefacts": "private",
        "forgotten_publics": "private",
        "task": "operational",
        "request": "operational",
        "quarantine": "operational",
    }
    for name, cls in EVENTS.items():
        hints = {str(field.type) for field in attrs.fields(cls)}
        assert hints.isdisjoint(PRIVATE), name


@pytest.mark.parametrize("cls", [*COMMANDS, *SYSTEM_COMMANDS], ids=lambda cls: cls.__name__)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_commands_have_a_fingerprint(cls, data):
    """A command of any content has a fingerprint, the same for equal content and another for another."""
    try:
        first, second = data.draw(strategy(cls)), data.draw(strategy(cls))
    except (ValueError, TypeError):
        return
    assert codec.fingerprint(first) == codec.fingerprint(attrs.evolve(first))
    assert (codec.fingerprint(first) == codec.fingerprint(second)) == (first == second)


def test_fingerprints_tell_classes_apart():
    """Two commands with the same fields are not the same request."""
    assert codec.fingerprint(c.CheckOut("x")) != codec.fingerprint(c.CancelBooking("x"))
    assert codec.fingerprint(c.CancelPass("x", reason="r")) != codec.fingerprint(c.CancelBooking("x", reason="r"))


def test_defaults_are_left_out_and_come_back():
    """A field with its default value takes no room in the body; one that says yes is not taken for one."""
    plain = m.Person("zoe", "Zoé")
    assert json.loads(codec.encode(plain, 1).body) == {"v": 1, "id": "zoe", "name": "Zoé"}
    assert "Zoé" in codec.encode(plain, 1).body
    moved = m.CodePool("paris", (), 1)
    assert codec.decode(codec.encode(moved, 1)).given == 1


def test_values_of_ours_can_be_dumped_and_parsed():
    """``dump`` and ``parse`` keep any value, with or without a kind."""
    period = small_house.period(9, 10)
    placed = m.Placed("b", m.Claim("x", period.start, period.end, 2, NOW))
    assert codec.parse(m.Placed, codec.dump(placed)) == placed
    assert codec.key_of(m.Subject("booking", "b")) == Key("booking", "b")


# --- damage ----------------------------------------------------------------------------------------------------------


ROW = codec.encode(ENTITY, 3)
DAMAGED = {
    "empty": "",
    "no JSON": "{",
    "a list": "[1]",
    "a number": "5",
    "nothing": "null",
    "no schema": '{"id":"asso","name":"Asso"}',
    "schema as text": '{"v":"1","id":"asso","name":"Asso"}',
    "schema as yes": '{"v":true,"id":"asso","name":"Asso"}',
    "schema zero": '{"v":0,"id":"asso","name":"Asso"}',
    "schema of a fraction": '{"v":1.0,"id":"asso","name":"Asso"}',
    "no name": '{"v":1,"id":"asso"}',
    "name as a number": '{"v":1,"id":"asso","name":5}',
    "name as nothing": '{"v":1,"id":"asso","name":null}',
    "unknown field": '{"v":1,"id":"asso","name":"Asso","owner":"x"}',
    "text in place of a list": '{"v":1,"id":"asso","name":"Asso","accounts":"desk"}',
    "mapping in place of a list": '{"v":1,"id":"asso","name":"Asso","accounts":{"desk":1}}',
    "list of numbers": '{"v":1,"id":"asso","name":"Asso","accounts":[1]}',
    "twice in a list": '{"v":1,"id":"asso","name":"Asso","accounts":["a","a"]}',
    "another id": '{"v":1,"id":"other","name":"Asso"}',
    "lone surrogate": '{"v":1,"id":"asso","name":"\\ud800"}',
    "NUL": '{"v":1,"id":"asso","name":"a\\u0000b"}',
    "not a number": '{"v":1,"id":"asso","name":NaN}',
    "a number of 5,000 digits": '{"v":1,"id":"asso","name":%s}' % ("9" * 5000),
    "deep": f'{{"v":1,"id":"asso","name":"A","accounts":{"[" * 50_000}{"]" * 50_000}}}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_bodies_are_refused(name):
    """A body that no version of the library wrote is a CodecError, which shows nothing of what it holds."""
    with pytest.raises(CodecError) as caught:
        codec.decode(attrs.evolve(ROW, body=DAMAGED[name]))
    assert "Asso" not in str(caught.value)


def test_newer_schemas_are_refused():
    """A body or an event of a newer schema is refused with both numbers, never read by half."""
    with pytest.raises(CodecError, match=r"schema 2 .* reads up to 1"):
        codec.decode(body(ROW, v=2))
    entry = codec.encode_event(VisitEnded("vis", "closed", NOW), NOW, "ana", ())
    with pytest.raises(CodecError, match="schema 7"):
        codec.decode_event(attrs.evolve(entry, body=entry.body.replace('"v":1', '"v":7')))


def test_unknown_kinds_and_events_are_refused():
    """A row of an unknown kind, or an entry of an unknown type, is a CodecError."""
    with pytest.raises(CodecError, match="unknown kind 'castle'"):
        codec.decode(attrs.evolve(ROW, kind="castle"))
    entry = codec.encode_event(VisitEnded("vis", "closed", NOW), NOW, "ana", ())
    with pytest.raises(CodecError, match="unknown event 'VisitBegun'"):
        codec.decode_event(attrs.evolve(entry, type="VisitBegun"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("period", ["2026-11-24T10:00:00Z"]),
        ("period", ["2026-11-24T11:00:00Z", "2026-11-24T10:00:00Z"]),
        ("period", ["2026-11-24T10:00:00", "2026-11-24T11:00:00"]),
        ("period", ["2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z"]),
        ("period", "2026-11-24T10:00:00Z"),
        ("period", {"0": "2026-11-24T10:00:00Z", "1": "2026-11-24T11:00:00Z"}),
        ("units", 0),
        ("units", True),
        ("units", "1"),
        ("units", 1.0),
        ("state", "lost"),
        ("expires", "9999-12-31T23:59:59-12:00"),
        ("expires", 5),
        ("spends", [{"entitlement_id": "e"}]),
        ("spends", [["e", 1]]),
        ("placed", [{"space_id": "b", "claim": None}]),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_damaged_fields_are_refused(field, value):
    """Each field is read by its type and its bounds; one that does not fit makes the whole body unreadable."""
    booking = m.Booking("bkg", "paris", "b", "room", small_house.period(10, 11), 1, "held", expires=NOW)
    with pytest.raises(CodecError):
        codec.decode(body(codec.encode(booking, 1), **{field: value}))


@pytest.mark.parametrize(
    "value", [[5], ["5", "EUR"], [5, "XQX"], [5, "EUR", 1], 5, "5 EUR", [5.0, "EUR"], [True, "EUR"]]
)
def test_damaged_money_is_refused(value):
    """Money is an integer and a currency that exists, nothing else."""
    refund = m.Refund("r", "c", "a", "card", "asso", "paris", Money(5, "EUR"), "why", NOW)
    with pytest.raises(CodecError):
        codec.decode(body(codec.encode(refund, 1), amount=value))


@pytest.mark.parametrize(
    "fact",
    [
        1.5,
        None,
        [1],
        {},
        ["a", None],
        [["a"]],
        {"money": 5},
        {"money": [5, "EUR"], "decimal": "2.5"},
        {"Money": [5, "EUR"]},
        {"money": ["5", "EUR"]},
        {"money": [5, "XQX"]},
        {"decimal": 2.5},
        {"decimal": 2},
        {"decimal": "NaN"},
        {"decimal": "sNaN"},
        {"decimal": "Infinity"},
        {"decimal": "2,5"},
        {"decimal": " 2.5"},
        {"decimal": "2.5e0"},
        {"decimal": "2_5"},
        {"decimal": "٢.٥"},
        {"words": ["a"]},
        {"decimal": ["2.5"]},
    ],
)
def test_damaged_facts_are_refused(fact):
    """A fact of a sale is a text, an integer, yes/no, an amount, a finite decimal or words, in one spelling."""
    item = m.SaleItem("room", facts=(("status", "member"),))
    row = codec.encode(m.Sale("s", m.Subject("booking", "b"), "paris", "v", 1, NOW, (item,), Money(1, "EUR")), 1)
    items = json.loads(row.body)["items"]
    items[0]["facts"] = [["status", fact]]
    with pytest.raises(CodecError):
        codec.decode(body(row, items=items))


@pytest.mark.parametrize(
    ("fact", "stored"),
    [
        ("2.5", '"2.5"'),
        (2, "2"),
        (True, "true"),
        (Decimal("2.5"), '{"decimal":"2.5"}'),
        (Decimal("0.0001"), '{"decimal":"0.0001"}'),
        (Money(1000, "EUR"), '{"money":[1000,"EUR"]}'),
        (("a", "b"), '["a","b"]'),
        (("2.5",), '["2.5"]'),
    ],
)
def test_each_type_of_fact_has_a_spelling_of_its_own(fact, stored):
    """Texts, integers and yes/no are stored as they always were; the others say what they are, and all come back."""
    item = m.SaleItem("room", facts=(("f", fact),))
    text = codec.dump(item)
    assert text == f'{{"tariff_product":"room","facts":[["f",{stored}]]}}'
    (again,) = codec.parse(m.SaleItem, text).facts
    assert (again, type(again[1])) == (("f", fact), type(fact))


@pytest.mark.parametrize("old", ["", -5, 2**62, "x\ty"])
def test_a_fact_that_was_stored_before_is_read(old):
    """What commands took before there were bounds comes back as it was, and is written again as it was."""
    text = f'{{"tariff_product":"room","facts":[["f",{json.dumps(old)}]]}}'
    item = codec.parse(m.SaleItem, text)
    assert item.facts == (("f", old),)
    assert json.loads(codec.dump(item)) == json.loads(text)


def test_a_place_and_a_person_of_before_have_no_facts():
    """Rows that were stored without facts are read, and written without them."""
    for record in (m.Place("p", "P", "e", "Europe/Paris", "EUR"), m.Person("zoe", "Zoé")):
        row = codec.encode(record, 1)
        assert "facts" not in row.body
        assert codec.decode(row).facts == ()


def places(value, path=()):
    """Every place in a JSON value, as the path to it."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**20), st.floats(), st.text(max_size=3), st.just([]), st.just({}),
    st.just(["x"]), st.just({"x": 1}), st.just("9999-99-99"), st.just([1, "EUR"]), st.just("0001-01-01T00:00:00+23:59"),
)  # fmt: skip


@pytest.mark.parametrize("kind", ["place", "session", "visit", "charge", "ledger", "sale", "standing", "occupancy"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_damage_is_a_codec_error_or_a_valid_record(kind, data):
    """With any one part of a body replaced, reading it is a CodecError, or gives a record that can be stored again."""
    row = codec.encode(data.draw(strategy(record_named(kind))), 1)
    parsed = json.loads(row.body)
    path = data.draw(st.sampled_from(list(places(parsed))[1:]))
    damaged = copy.deepcopy(parsed)
    inner = damaged
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = data.draw(JUNK)
    try:
        record = codec.decode(attrs.evolve(row, body=json.dumps(damaged)))
    except CodecError:
        return
    assert codec.decode(codec.encode(record, 1)) == record


# --- older schemas ---------------------------------------------------------------------------------------------------


def test_old_bodies_are_read_through_their_upcasts(monkeypatch):
    """A body of schema 1 is read by the library of schema 3 through both steps, and written as schema 3."""
    spec = attrs.evolve(codec.KINDS["entity"], schema=3)
    monkeypatch.setitem(codec.KINDS, "entity", spec)
    monkeypatch.setitem(
        codec.UPCASTS, ("entity", 1), lambda old: {"id": old["id"], "name": old["label"], "tills": old["tills"]}
    )
    monkeypatch.setitem(
        codec.UPCASTS, ("entity", 2), lambda old: {"id": old["id"], "name": old["name"], "accounts": old["tills"]}
    )
    old = Row("entity", "asso", 4, '{"v":1,"id":"asso","label":"Asso","tills":["desk"]}')
    assert codec.decode(old) == m.LegalEntity("asso", "Asso", ("desk",))
    middle = Row("entity", "asso", 4, '{"v":2,"id":"asso","name":"Asso","tills":["desk"]}')
    assert codec.decode(middle) == codec.decode(old)
    assert json.loads(codec.encode(codec.decode(old), 5).body)["v"] == 3
    with pytest.raises(CodecError, match="schema 4"):
        codec.decode(Row("entity", "asso", 4, '{"v":4}'))


def test_a_legal_entity_of_before_documents_is_read():
    """A body that was written before a legal entity had an address still reads, and is written as it was."""
    old = Row("entity", "asso", 4, '{"v":1,"id":"asso","name":"Asso","accounts":["desk"]}', (("all", "asso"),))
    found = codec.decode(old)
    assert found == m.LegalEntity("asso", "Asso", ("desk",))
    assert (found.address, found.country, found.registration, found.vat_number) == ((), "", "", "")
    assert (found.mentions, found.receipts) == ((), None)
    assert codec.encode(found, 4) == old
    described = attrs.evolve(found, address=("1 rue du Port",), receipts="asso|receipts")
    assert codec.decode(codec.encode(described, 5)) == described


def test_a_session_of_before_seats_were_counted_is_read():
    """A session that listed every seat is read with the seats for good counted and the held ones as they were."""
    held = m.HeldSeat("reg_2", NOW)
    now = codec.encode(_session(confirmed=2, held=(held,)), 7)
    body = json.loads(now.body)
    del body["confirmed"]
    seats = [{"registration_id": "reg_1"}, *body.pop("held"), {"registration_id": "reg_3"}]
    old = attrs.evolve(now, body=json.dumps({**body, "v": 1, "seats": seats}))
    assert codec.decode(old) == codec.decode(now) == _session(confirmed=2, held=(held,))
    empty = attrs.evolve(old, body=json.dumps({**body, "v": 1}))
    assert codec.decode(empty) == _session()
    for damaged in ([1], {"a": 1}, 5, None, [{"expires": "x"}], [{"registration_id": 1, "expires": "2026-01-01"}]):
        with pytest.raises(CodecError):
            codec.decode(attrs.evolve(old, body=json.dumps({**body, "v": 1, "seats": damaged})))


@pytest.mark.parametrize("body", ['{"v":1}', '{"v":1,"label":5}', '{"v":1,"label":[]}'])
def test_damaged_old_bodies_are_codec_errors(monkeypatch, body):
    """An old body that its upcast cannot read, or that has none, is a CodecError like any other damage."""
    monkeypatch.setitem(codec.KINDS, "entity", attrs.evolve(codec.KINDS["entity"], schema=2))
    with pytest.raises(CodecError):
        codec.decode(Row("entity", "asso", 1, body))
    monkeypatch.setitem(codec.UPCASTS, ("entity", 1), lambda old: {"id": "asso", "name": old["label"].strip()})
    with pytest.raises(CodecError):
        codec.decode(Row("entity", "asso", 1, body))


# --- index values ----------------------------------------------------------------------------------------------------


@given(INSTANTS, INSTANTS)
def test_index_values_sort_as_their_instants(first, second):
    """The order of two index values by their UTF-8 bytes is the order of the instants in them."""
    texts = [codec.composite("paris", at).encode() for at in (first, second)]
    assert (texts[0] < texts[1]) == (first < second)
    assert (texts[0] == texts[1]) == (first == second)


@given(IDS, INSTANTS, INSTANTS, INSTANTS)
def test_ranges_hold_what_lies_between(prefix, start, end, at):
    """A value lies in the range of its own prefix and its instants, half-open."""
    low, high = (text.encode() for text in codec.between(prefix, start, end))
    value = codec.composite(prefix, at).encode()
    assert (low <= value < high) == (start <= at < end)


@given(st.lists(IDS, min_size=2, max_size=5, unique=True), INSTANTS)
def test_ranges_hold_no_other_prefix(prefixes, at):
    """No value of another id lies in the range of an id, however they begin."""
    low, high = (text.encode() for text in codec.between(prefixes[0]))
    assert low <= codec.composite(prefixes[0], at).encode() < high
    assert low <= codec.composite(prefixes[0], "x").encode() < high
    for other in prefixes[1:]:
        assert not low <= codec.composite(other, at).encode() < high


@pytest.mark.parametrize(
    "other", ["a!", "a ", "a}", "a~", "a{", "aa", "A", "a\u00ff", "a\U0001f3e0", "a\x7f"[:1] + "b"]
)
def test_ids_that_begin_alike_have_ranges_apart(other):
    """The traps by hand: characters next to the separator, on both sides of it."""
    low, high = (text.encode() for text in codec.between("a", NOW - timedelta(1), NOW + timedelta(1)))
    assert not low <= codec.composite(other, NOW).encode() < high


@pytest.mark.parametrize("id", ["a|b", "|", "a|", "\n", "", "  "])
def test_no_id_holds_the_separator(id):
    """An id that could pose as two parts of an index value is refused when a record is made of it."""
    with pytest.raises(CantineError):
        m.LegalEntity(id, "X")


def test_done_tasks_leave_their_index():
    """A task is found by when it is due while it waits, among the dead when it was given up, not once it is done."""
    task = m.Task("t", "charge", m.Subject("attempt", "a"), NOW)
    fields = {
        state: dict(codec.encode(attrs.evolve(task, state=state), 1).index) for state in ("waiting", "dead", "done")
    }
    assert set(fields["waiting"]) == {"due", "subject"}
    assert set(fields["dead"]) == {"dead", "subject"}
    assert set(fields["done"]) == {"subject"}
    leased = attrs.evolve(task, leased_until=NOW + timedelta(minutes=2))
    assert dict(codec.encode(leased, 1).index)["due"] > fields["waiting"]["due"]


def test_paid_charges_leave_the_index_of_what_is_due():
    """A charge is found as due and as owed while it is, by its payer where it has one, always by its place and what it
    is for; as owed too while more is held than is owed.
    """
    zero, five = Money.zero("EUR"), Money(5, "EUR")
    charge = m.Charge("c", "asso", "paris", m.Subject("pass", "p"), five, (), NOW, "v", zero, zero, five)
    assert {name for name, _ in codec.encode(charge, 1).index} == {"place", "subject", "due", "owed"}
    paid = attrs.evolve(charge, state="settled", payer_id="zoe", paid=five)
    assert {name for name, _ in codec.encode(paid, 1).index} == {"place", "subject", "payer"}
    twice = attrs.evolve(paid, paid=Money(10, "EUR"))
    assert {name for name, _ in codec.encode(twice, 1).index} == {"place", "subject", "payer", "owed"}
    lost = attrs.evolve(paid, paid=zero, written_off=5)
    assert {name for name, _ in codec.encode(lost, 1).index} == {"place", "subject", "payer"}
    assert codec.decode_event(codec.encode_event(ChargeRaised(charge), NOW, "ana", ())) == ChargeRaised(charge)


def test_instants_are_kept_to_the_microsecond():
    """An instant in another zone is the same instant in UTC when it comes back."""
    at = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
    entity = codec.decode(codec.encode(m.Override("o", "rule", "why", m.Subject("x", "y"), "ana", at), 1))
    assert entity.at == at


def test_several_bodies_are_read_as_each_by_itself(monkeypatch):
    """The data of bodies that are read together is that of each; what is damaged, newer or of an earlier schema too."""
    rows = [("entity", codec.encode(ENTITY, 1).body), ("subject", '{"v":1}'), ("entity", ' {"v": 1, "id": "x"} ')]
    monkeypatch.setitem(codec.KINDS, "subject", attrs.evolve(codec.KINDS["entity"], schema=2))
    monkeypatch.setitem(codec.UPCASTS, ("subject", 1), lambda data: data | {"later": True})
    assert codec.peek_bodies(rows) == [codec.peek_body(*row) for row in rows]
    assert codec.peek_bodies(rows)[1] == {"later": True}
    assert codec.peek_bodies(rows[::2]) == [codec.peek_body(*row) for row in rows[::2]]
    assert codec.peek_bodies([]) == []
    for damaged in ("", "{", "[]", "1", '{"v":1},{"v":1}', '{"v":3}', '{"v":true}', "{}"):
        for others in (rows, rows[::2], []):
            with pytest.raises(CodecError):
                codec.peek_bodies([*others, ("entity", damaged)])
    with pytest.raises(CodecError):
        codec.peek_bodies([("none", '{"v":1}')])
