"""Two changes of one person, or of one e-mail address, at once: every order of their storage calls."""

from __future__ import annotations

from collections import Counter

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import DuplicateError, InputError
from cantinekit.plugins.ports import Guard
from cantinekit.reads import Reader
from cantinekit.runtime import engine
from support.houses import small_house
from support.races.two_at_once import both_at_once

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
