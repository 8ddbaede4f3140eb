"""Facts of people and places: set, replaced, over, handed over and forgotten; in memory and in SQLite."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import day_bounds, local
from cantinekit.domain.people.facts import facts_on
from cantinekit.domain.sales.values import are_same
from cantinekit.errors import CantineError, InputError, NotFoundError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from support.houses import small_house
from support.houses.small_house import TODAY, open_house
from support.laws import house_laws

NAME, VALUE, PROOF = "canary-disabled", "canary-grade-four", "canary-card seen by ana"
CANARIES = (NAME, VALUE, PROOF)
UNTIL = date(2027, 8, 31)
ALL = {
    "student": True,
    "age": 17,
    "grade": "four",
    "factor": Decimal("2.5"),
    "income": Money(120_000, "EUR"),
    "needs": ("lift", "loop"),
}


@pytest.fixture(params=["memory", "sqlite"])
def house(request, tmp_path):
    """A house, whose rows follow from its journal in the end."""
    house = open_house("memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'house.db'}")
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house.cantine.close()


def set_fact(house, value, name="student", **more):
    return house.do(c.SetFact("zoe", name=name, value=value, **more))


def said(house):
    return {one.name: one.value for one in house.get(m.Person, "zoe").facts}


# --- set, replaced, taken away ---------------------------------------------------------------------------------------


def test_facts_of_each_type_are_kept_and_read(house):
    """What is said comes back with its type, in the order of the names, with when it was said."""
    for name, value in ALL.items():
        set_fact(house, value, name, until=UNTIL, proof="card seen")
    person = house.cantine.read.need(m.Person, "zoe")
    assert are_same(tuple((one.name, one.value) for one in person.facts), tuple(sorted(ALL.items())))
    assert {(one.until, one.proof, one.set_at) for one in person.facts} == {(UNTIL, "card seen", house.clock.now())}
    assert are_same(facts_on(person, TODAY), tuple(sorted(ALL.items())))


def test_a_fact_is_replaced_and_taken_away(house):
    """The same name has one value, and keeps what it was; none is left of what is taken away, and of the others all."""
    set_fact(house, True)
    set_fact(house, 17, "age")
    house.wait(days=1)
    changed = set_fact(house, False, until=UNTIL).value
    before = m.EarlierFact(True, None, house.clock.now() - timedelta(days=1))
    assert changed.facts[1] == m.PersonFact("student", False, UNTIL, set_at=house.clock.now(), earlier=(before,))
    assert changed.facts[0].set_at == house.clock.now() - timedelta(days=1)
    set_fact(house, None)
    assert said(house) == {"age": 17}


@pytest.mark.parametrize(
    ("first", "second"),
    [({"value": 1}, {"value": True}), ({"value": 0}, {"value": False}), ({"value": 1}, {"value": 1, "proof": "card"}),
     ({"value": 1}, {"value": 1, "until": UNTIL}), ({"value": "1"}, {"value": 1}), ({"value": ["x"]}, {"value": "x"})],
)  # fmt: skip
def test_what_differs_is_a_change(house, first, second):
    """Another type, last day or proof is a change: 1 is not yes."""
    set_fact(house, **first)
    assert [entry.type for entry in set_fact(house, **second).events] == ["PersonFactsChanged"]
    assert type(said(house)["student"]) is type(c.SetFact("zoe", name="student", **second).value)
    fact = house.get(m.Person, "zoe").facts[0]
    assert (fact.proof, fact.until) == (second.get("proof", ""), second.get("until"))


def test_the_same_again_changes_nothing(house):
    """What is so already, and what is taken away and was not there, stores nothing."""
    set_fact(house, Decimal("2.50"), until=UNTIL, proof="card seen")
    before = small_house.snapshot(house.storage)
    house.wait(days=1)
    assert set_fact(house, Decimal("2.5"), until=UNTIL, proof="card seen").events == ()
    assert set_fact(house, None, "age").events == ()
    assert small_house.snapshot(house.storage) == before


def test_other_changes_leave_the_facts(house):
    """A new name or language keeps what is known, and so does a person who cannot be forgotten yet."""
    set_fact(house, True)
    house.do(c.ChangePerson("zoe", name="Zoé", lang="fr"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    with pytest.raises(CantineError):
        house.cantine.forget("zoe", actor="ana")
    person = house.get(m.Person, "zoe")
    assert (person.state, person.gives_up, said(house)) == ("present", False, {"student": True})


def test_a_person_has_at_most_a_hundred_facts(house):
    """The 101st is refused with the reason; one of the hundred can be replaced, and taken away for another."""
    for number in range(100):
        set_fact(house, number, f"fact {number}")
    with pytest.raises(UnsuitableError, match="100 facts"):
        set_fact(house, True)
    set_fact(house, True, "fact 7")
    set_fact(house, None, "fact 8")
    set_fact(house, True)
    assert len(said(house)) == 100


def test_who_is_forgotten_has_no_new_facts(house):
    """Nothing is said of somebody who was forgotten, nor of nobody."""
    house.cantine.forget("zoe", actor="ana")
    with pytest.raises(WrongStateError):
        set_fact(house, True)
    with pytest.raises(NotFoundError):
        house.do(c.SetFact("nobody", name="student", value=True))


BAD = {
    "a value beyond any number": {"value": 2**63},
    "one more than the most": {"value": 100_001},
    "a negative number": {"value": -1},
    "no number": {"value": Decimal("NaN")},
    "a number without end": {"value": Decimal("Infinity")},
    "too many decimals": {"value": Decimal("1.00001")},
    "a float": {"value": 1.5},
    "a naive datetime": {"value": datetime(2026, 1, 1)},
    "a day": {"value": date(2026, 1, 1)},
    "a lone surrogate": {"value": "\ud800"},
    "a NUL": {"value": "\0"},
    "no text": {"value": ""},
    "too long a text": {"value": "x" * 201},
    "no words": {"value": []},
    "words that are numbers": {"value": [1]},
    "a word with a lone surrogate": {"value": ["a", "\ud800"]},
    "until a naive datetime": {"until": datetime(2026, 1, 1)},
    "until an instant": {"until": datetime(2026, 1, 1, tzinfo=UTC)},
    "until a text": {"until": "2027-08-31"},
    "until beyond the calendar": {"until": date.max},
    "until before the calendar": {"until": date.min},
    "a proof with a lone surrogate": {"proof": "\ud800"},
    "too long a proof": {"proof": "x" * 501},
    "a proof that is no text": {"proof": 5},
    "no name": {"name": ""},
    "a name that is no text": {"name": 5},
    "too long a name": {"name": "x" * 201},
    "a name with a lone surrogate": {"name": "\ud800"},
    "nothing, until a day": {"value": None, "until": UNTIL},
    "nothing, proved": {"value": None, "proof": "card seen"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_is_no_fact_is_refused_when_it_is_made(bad):
    """Malformed values, names, days and proofs are refused before anything is looked up."""
    with pytest.raises(InputError):
        c.SetFact("zoe", **{"name": "student", "value": True, **bad})


# --- which count on a day --------------------------------------------------------------------------------------------


def test_a_fact_counts_up_to_its_last_day(house):
    """It counts on its last local day and not on the next; one without a last day counts for good."""
    set_fact(house, True, until=UNTIL)
    set_fact(house, 17, "age")
    person = house.get(m.Person, "zoe")
    assert facts_on(person, UNTIL) == (("age", 17), ("student", True))
    assert facts_on(person, UNTIL + timedelta(days=1)) == (("age", 17),)
    assert facts_on(None, UNTIL) == ()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Paris", date(2027, 3, 28), 23),
        ("Europe/Paris", date(2027, 10, 31), 25),
        ("America/Santiago", date(2026, 9, 6), 23),  # there is no midnight: the day begins at 1:00
        ("America/Santiago", date(2026, 4, 4), 25),  # its last hour comes twice
        ("Africa/Cairo", date(2026, 10, 29), 25),  # ends on the midnight of the change
        ("Africa/Cairo", date(2027, 4, 30), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Martinique", date(2026, 11, 24), 24),
    ],
)
def test_a_fact_counts_all_of_a_day_on_which_clocks_change(house, zone, day, hours):
    """From the first to the last moment of its last local day it counts, however long that day is; then it does not."""
    set_fact(house, True, until=day)
    person, whole = house.get(m.Person, "zoe"), day_bounds(day, zone)
    assert whole.length == timedelta(hours=hours)
    moment = timedelta(microseconds=1)
    for instant, counts in (
        (whole.start - moment, True),
        (whole.start, True),
        (whole.start + whole.length / 2, True),
        (whole.end - timedelta(hours=1), True),
        (whole.end - moment, True),
        (whole.end, False),
    ):
        assert bool(facts_on(person, local(instant, zone).date())) is counts


# --- private ---------------------------------------------------------------------------------------------------------


def lived(house):
    """Somebody of whom much was said, changed and taken away again, and who then bought something."""
    set_fact(house, VALUE, NAME, until=UNTIL, proof=PROOF)
    house.do(c.SetFact("zoe", name=NAME + "-2", value=[VALUE], proof=PROOF), key="k-1")
    house.do(c.SetFact("zoe", name=NAME + "-3", value=VALUE), key="k-3")
    set_fact(house, None, NAME + "-3")
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk"))
    house.wait(days=2)
    house.cantine.run_due()


def test_no_fact_of_a_person_is_in_the_journal_or_in_a_message(house, caplog):
    """Neither name nor value nor proof is in an entry, a message or a log; the entry says whose facts changed."""
    caplog.set_level(logging.DEBUG)
    lived(house)
    house.cantine.forget("zoe", actor="ana")
    entries = small_house.journal(house.storage)
    changed = [entry for entry in entries if entry.type == "PersonFactsChanged"]
    assert [json.loads(entry.body) for entry in changed] == [{"v": 1, "person_id": "zoe"}] * 4
    assert {entry.subjects for entry in changed} == {(Key(m.Person.kind, "zoe"),)}
    texts = [repr(entries), caplog.text, *map(repr, house.mail.messages)]
    assert not any(canary in text for canary in CANARIES for text in texts)


def test_no_error_and_no_command_shows_a_fact(house):
    """Commands show none of it, nor does any error of theirs with all that hangs on it."""
    command = c.SetFact("zoe", name=NAME, value=VALUE, until=UNTIL, proof=PROOF)
    texts = [repr(command), str(command)]
    for value, proof in ((VALUE * 20, PROOF), (VALUE, PROOF * 50), ([VALUE, ""], PROOF), (VALUE + "\0", PROOF)):
        with pytest.raises(InputError) as caught:
            c.SetFact("zoe", name=NAME, value=value, proof=proof)
        texts += traceback.format_exception_only(caught.value)
    for again in (attrs.evolve(command, person_id="nobody"), command):
        if again is command:
            house.cantine.forget("zoe", actor="ana")
        with pytest.raises(CantineError) as refused:
            house.do(again)
        texts += traceback.format_exception_only(refused.value)
    assert not any(canary in text for canary in CANARIES for text in texts)


def test_a_request_is_known_again_and_tells_nothing(house):
    """The same key with the same content is the same request; the stored hash is none of the content alone."""
    one = house.do(c.SetFact("zoe", name=NAME, value=True), key="k-1")
    two = house.do(c.SetFact("bob", name=NAME, value=True), key="k-2")
    assert house.do(c.SetFact("zoe", name=NAME, value=True), key="k-1").value == one.value
    for other in ({"value": 1}, {"value": False}, {"name": "other"}, {"until": UNTIL}, {"proof": "x"}):
        with pytest.raises(CantineError, match="another request"):
            house.do(c.SetFact("zoe", **{"name": NAME, "value": True, **other}), key="k-1")
    assert two.value.id == "bob"


def test_the_copy_has_the_facts(house):
    """Who asks for a copy gets each fact with its value, last day, proof and when it was said."""
    lived(house)
    set_fact(house, Decimal("2.5"), "factor")
    facts = json.loads(house.cantine.export("zoe").to_json())["person"]["facts"]
    assert facts[0] == {
        "name": NAME, "value": VALUE, "until": "2027-08-31", "proof": PROOF, "set_at": "2026-11-24T08:30:00.000000Z"
    }  # fmt: skip
    assert facts[1]["value"] == [VALUE]
    assert facts[2]["value"] == {"decimal": "2.5"}


def test_who_is_forgotten_leaves_no_fact(house):
    """Nothing that was said of the person is stored afterwards: no row and no entry has it. Before, a row had."""
    lived(house)
    assert all(canary in repr(small_house.snapshot(house.storage)) for canary in CANARIES)
    house.cantine.forget("zoe", actor="ana")
    assert house.get(m.Person, "zoe") == m.Person("zoe", "", state="forgotten")
    assert not any(canary in repr(small_house.snapshot(house.storage)) for canary in CANARIES)


# --- of a place ------------------------------------------------------------------------------------------------------


def test_a_place_is_added_with_facts_and_gets_others(house):
    """All types of facts are kept with a place and in the journal; others take their place as a whole."""
    facts = tuple(sorted(ALL.items()))
    house.do(c.AddPlace(name="Rennes", entity_id="asso", zone="Europe/Paris", currency="EUR", facts=ALL, id="rennes"))
    assert are_same(house.get(m.Place, "rennes").facts, facts)
    assert house.get(m.Place, "paris").facts == ()
    house.do(c.SetPlaceFacts("paris", facts=ALL))
    assert are_same(house.get(m.Place, "paris").facts, facts)
    assert house.do(c.SetPlaceFacts("paris", facts=dict(reversed(ALL.items())))).events == ()
    house.do(c.SetPlaceFacts("paris", facts={"age": 1}))
    house.do(c.SetPlaceFacts("paris", facts={"age": True}))
    assert are_same(house.get(m.Place, "paris").facts, (("age", True),))
    house.do(c.SetPlaceFacts("paris", facts={}))
    assert house.get(m.Place, "paris").facts == ()


def test_the_facts_of_a_place_stay_when_it_changes(house):
    """Another zone and other hours leave them."""
    house.do(c.SetPlaceFacts("brest", facts=ALL))
    house.do(c.MovePlace("brest", zone="America/Martinique"))
    house.do(c.ChangeOpenings(place_id="brest", hours=small_house.HOURS))
    assert are_same(house.get(m.Place, "brest").facts, tuple(sorted(ALL.items())))


def test_a_place_has_at_most_a_hundred_facts():
    """As many as a price list can declare; more are refused when the command is made."""
    c.SetPlaceFacts("paris", facts={str(number): number for number in range(100)})
    with pytest.raises(InputError, match="101 facts"):
        c.SetPlaceFacts("paris", facts={str(number): number for number in range(101)})


def test_as_many_earlier_values_are_kept_as_there_is_room_for(house):
    """The last 24; the oldest go."""
    for age in range(30):
        set_fact(house, age, "age")
    (fact,) = house.get(m.Person, "zoe").facts
    assert (fact.value, [one.value for one in fact.earlier]) == (29, list(range(5, 29)))
