"""Two changes of one person, or of one e-mail address, at once: every order of their storage calls."""

from __future__ import annotations

from collections import Counter

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import DuplicateError, InputError, WrongStateError
from cantinekit.plugins.ports import Guard
from cantinekit.reads import Reader
from cantinekit.runtime import engine
from support.houses import small_house
from support.races.two_at_once import both_at_once
from support.stores.around import WithoutVersions

ZOE = f"{small_house.CANARIES[0].lower()}@example.org"
PAIRS = {
    "two new addresses of one person": (
        c.ChangePerson("zoe", email="one@example.org"),
        c.ChangePerson("zoe", email="two@example.org"),
    ),
    "the same new address of one person": (
        c.ChangePerson("zoe", email="one@example.org"),
        c.ChangePerson("zoe", email="one@example.org"),
    ),
    "an address given up by one and taken by another": (
        c.ChangePerson("zoe", email=""),
        c.ChangePerson("bob", email=ZOE),
    ),
    "one address for two people": (
        c.ChangePerson("zoe", email="one@example.org"),
        c.ChangePerson("bob", email="one@example.org"),
    ),
}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


@pytest.fixture(scope="module")
def base():
    """A furnished house."""
    return small_house.open_house().storage


def holders(store) -> dict[str, str]:
    """Whose each address is that is held, by the addresses of all people; each must be held, and no other is."""
    reader = Reader(store, lambda: small_house.START)
    people = [one for id in small_house.PERSONS if (one := reader.get(m.Person, id)) is not None and one.email]
    rows = [record for key, record in small_house.records(store).items() if key.kind == "email"]
    assert Counter(row.person_id for row in rows) == Counter(one.id for one in people)
    return {one.email: one.id for one in people}


@pytest.mark.parametrize("name", PAIRS)
def test_both_are_done_one_after_the_other(base, name):
    """In every order each is done or refused for the address that somebody has: nobody hears of rows and versions, and
    each address is held by the person who has it."""
    orders, answers = 0, set[tuple[str, ...]]()
    for schedule, ends, store in both_at_once(base, PAIRS[name]):
        orders += 1
        assert all(isinstance(end, engine.Committed | DuplicateError) for end in ends), (schedule.names, ends)
        assert len(holders(store)) >= 4
        answers.add(tuple(type(end).__name__ for end in ends))
    assert orders > 3
    assert ("Committed", "Committed") in answers or name == "one address for two people"


def test_a_remove_of_what_is_gone_would_be_told(base, monkeypatch):
    """The control: where what another has removed is to be removed again, some orders end with an InputError."""
    change = engine.Engine._change

    def with_all_removes(self, seen, decision, *rest):
        made = change(self, seen, decision, *rest)
        gone = [Guard(key, 0) for key in decision.removes if not seen.versions[key]]
        return attrs.evolve(made, removes=(*made.removes, *gone))

    monkeypatch.setattr(engine.Engine, "_change", with_all_removes)
    ends = [end for _, both, _ in both_at_once(base, PAIRS["two new addresses of one person"]) for end in both]
    assert any(isinstance(end, InputError) for end in ends)
    assert any(isinstance(end, engine.Committed) for end in ends)


FACTS = (c.SetFact("zoe", name="student", value=True), c.SetFact("zoe", name="age", value=17))
BESIDE = (c.SetFact("zoe", name="student", value=True), c.ChangePerson("zoe", name="Zoé", lang="fr"))
FORGOTTEN = (c.SetFact("zoe", name="student", value=True), c.ForgetPerson("zoe"))


def zoe(store) -> m.Person:
    return Reader(store, lambda: small_house.START).need(m.Person, "zoe")


def names(store) -> list[str]:
    return [fact.name for fact in zoe(store).facts]


def test_two_facts_at_once_are_both_kept(base):
    """In every order both are known afterwards: neither overwrites the row of the other."""
    for schedule, ends, store in both_at_once(base, FACTS):
        assert all(isinstance(end, engine.Committed) for end in ends), (schedule.names, ends)
        assert names(store) == ["age", "student"]


def test_a_fact_and_a_new_name_at_once_are_both_kept(base):
    """In every order the person has the fact and the name."""
    for schedule, ends, store in both_at_once(base, BESIDE):
        assert all(isinstance(end, engine.Committed) for end in ends), (schedule.names, ends)
        assert (names(store), zoe(store).name) == (["student"], "Zoé")


def test_a_fact_is_said_of_nobody_who_is_being_forgotten(base):
    """In every order the fact is said before the announcement, or refused; the announcement is never undone by it."""
    answers = set()
    for schedule, ends, store in both_at_once(base, FORGOTTEN):
        assert isinstance(ends[1], engine.Committed), (schedule.names, ends)
        assert zoe(store).state == "leaving"
        assert isinstance(ends[0], WrongStateError) == (names(store) == []), (schedule.names, ends)
        answers.add(type(ends[0]).__name__)
    assert answers == {"Committed", "WrongStateError"}


@pytest.mark.parametrize("pair", [FACTS, BESIDE, FORGOTTEN])
def test_without_versions_one_of_the_two_is_lost(base, pair):
    """The control: where the last one wins, some order loses a fact, the name or the announcement."""
    wanted = {FACTS: (2, "present"), BESIDE: (1, "present"), FORGOTTEN: (1, "leaving")}[pair]
    lost = 0
    for _, _, store in both_at_once(base, pair, WithoutVersions):
        found = (len(names(store)), zoe(store).state)
        lost += found != wanted or (pair is BESIDE and zoe(store).name != "Zoé")
    assert lost
