"""People are found by the beginnings of words of their names and by e-mail address, and no longer once forgotten."""

from __future__ import annotations

from hashlib import sha256
from itertools import permutations

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.directory.words import words_of
from cantinekit.errors import InputError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.reads import Listing, by_words
from cantinekit.runtime import indexing
from support.houses import small_house

NAMES = {
    "per_a": "Élodie Martin",
    "per_b": "elodie MARTINEZ-Roy",
    "per_c": "Ludovic Élan",
    "per_d": "Marta Martinelli",
    "per_e": "李小龙",
    "per_f": "...",
}


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def house(request, tmp_path):
    """A small house with more people in it, in each kind of store."""
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/house.db"}.get(request.param)
    house = small_house.open_house(url or request.getfixturevalue("pg_url"))
    for id, name in NAMES.items():
        house.do(c.AddPerson(name=name, email=f"{id}@example.org", id=id))
    yield house
    house.cantine.close()


def persons(house) -> list[Row]:
    """The rows of all people."""
    return [row for row in house.storage.load([Key("person", id) for id in (*NAMES, *small_house.PERSONS)]) if row]


def found(house, text: str = "", limit: int = 200) -> list[str]:
    """Who is found, all pages of it, in order."""
    ids: list[str] = []
    after = None
    while True:
        page = house.cantine.read.people(text, after=after, limit=limit)
        assert len(page.items) <= limit
        ids += [one.id for one in page.items]
        after = page.next
        if after is None:
            return ids
        assert page.items


def test_they_are_found_by_the_beginnings_of_words(house):
    """Accents, case and the order of the words make no difference, each word must begin one of the name, and pages of
    any length have the same people, each once, in the same order."""
    expected = {
        "elo": ["per_a", "per_b"],
        "ÉLO mart": ["per_a", "per_b"],
        "martine": ["per_d", "per_b"],
        "mart": ["per_d", "per_a", "per_b"],
        "ro": ["per_b"],
        "el": ["per_c", "per_a", "per_b"],
        "李": ["per_e"],
        "lodie": [],
        "martin x": [],
        "***": [],
    }
    for text, ids in expected.items():
        assert found(house, text) == ids, text
        for words in permutations(text.split()):
            assert found(house, " ".join(words), limit=1) == ids, text


def test_without_a_text_all_are_listed_by_name(house):
    """Everybody once, in the order of the words of the names, whatever the length of the pages."""
    people = {row.id: house.cantine.read.need(m.Person, row.id).name for row in persons(house)}
    wanted = sorted(people, key=lambda id: (" ".join(words_of(people[id])), id))
    assert len(wanted) == len(NAMES) + len(small_house.PERSONS)
    for limit in (1, 4, 200):
        assert found(house, limit=limit) == wanted


def test_an_address_finds_who_has_it(house):
    """A text with an "@" is an address, whole, in any case; a new address finds, the old one no longer."""
    read = house.cantine.read
    assert found(house, " PER_A@Example.org ") == ["per_a"]
    assert found(house, "er_a@example.org") == []
    house.do(c.ChangePerson("per_a", email="new@example.org"))
    assert read.person_by_email("per_a@example.org") is None
    assert read.person_by_email("New@example.org").id == "per_a"
    assert read.person_by_email("  ") is None
    assert read.people("@") == Listing()


def test_a_new_name_finds_and_the_old_one_no_longer(house):
    """The index follows the name, and goes with it when somebody is forgotten: no word of theirs is left in it."""
    house.do(c.ChangePerson("per_a", name="Zénobie Quartz"))
    assert found(house, "quar") == ["per_a"]
    assert found(house, "martin") == ["per_d", "per_b"]
    house.do(c.ForgetPerson("per_a"))
    assert found(house, "quar") == []
    assert "per_a" not in found(house)
    assert house.cantine.read.person_by_email("new@example.org") is None
    (row,) = house.storage.load([Key("person", "per_a")])
    assert row.index == ()
    assert house.cantine.read.need(m.Person, "per_a").state == "forgotten"


def unindexed(house) -> None:
    """The store as an earlier version wrote it: no person has an index."""
    rows = [attrs.evolve(row, version=row.version + 1, index=()) for row in persons(house)]
    house.storage.apply(Change(rows=tuple(rows)))


def test_people_of_before_are_found_after_one_call(house):
    """A store whose people have no index: who is changed is found by that, all others once ``index_people`` was called,
    which does no more the second time, and changes no record."""
    before, records = found(house), {row.id: row.body for row in persons(house) if row.id != "per_a"}
    unindexed(house)
    assert found(house) == []
    assert house.cantine.read.person_by_email("per_a@example.org").id == "per_a"
    house.do(c.ChangePerson("per_a", name="Élodie Martin "))
    assert found(house) == ["per_a"]
    assert house.cantine.index_people() == len(before) - 1
    assert found(house) == before
    assert house.cantine.index_people() == 0
    assert {row.id: row.body for row in persons(house) if row.id != "per_a"} == records


def test_who_is_changed_while_the_index_is_made_keeps_the_change(house, monkeypatch):
    """Somebody is renamed between the reading and the writing: the new name stays, and everybody is found."""
    unindexed(house)
    real, raced = indexing._again, []

    def again(row: Row) -> Row:
        made = real(row)
        if row.id == "per_b" and not raced:
            raced.append(row.id)
            house.do(c.ChangePerson("per_b", name="Quick Change"))
        return made

    monkeypatch.setattr(indexing, "_again", again)
    house.cantine.index_people()
    assert raced
    assert found(house, "quick") == ["per_b"]
    assert found(house, "elo") == ["per_a"]
    assert len(found(house)) == len(NAMES) + len(small_house.PERSONS)


def positions_of(house, text="", limit=2):
    """The positions of all pages."""
    page = house.cantine.read.people(text, limit=limit)
    while page.next is not None:
        yield page.next
        page = house.cantine.read.people(text, after=page.next, limit=limit)


def called(names) -> list[str]:
    """The positions of a house in memory whose people have these names."""
    house = small_house.open_house()
    for id, name in names.items():
        house.do(c.AddPerson(name=name, email=f"{id}@example.org", id=id))
    return [*positions_of(house, limit=1), *positions_of(house, "mart", limit=1)]


def test_a_position_names_nobody(house):
    """In a position are ids, and how often their rows were written: nothing of any name or address, and it is not
    longer the further the page is.
    """
    house.do(c.ChangePerson("per_a", name="Élodie Martine"))
    versions = {row.key.id: str(row.version) for row in persons(house)}
    assert len(set(versions.values())) > 1
    for text in ("", "e", "mart"):
        for position in positions_of(house, text, limit=1):
            head, *trail = position.split("|")
            assert (head, len(trail) <= 16) == ("~w" if text else "~n", True)
            assert trail[1::2] == [versions[id] for id in trail[::2]]


def test_who_has_a_list_of_names_confirms_none(monkeypatch):
    """Of people with other names in the same order the positions are the same. The control is what positions had
    before, some bits of a hash of the name: they are others.
    """
    others = {id: name.replace("Martin", "Martina") for id, name in NAMES.items()}
    assert called(NAMES) == called(others)
    monkeypatch.setattr(by_words, "_mark", lambda row, one: sha256(one.sorts_by.encode()).hexdigest()[:4])
    assert called(NAMES) != called(others)


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("how", ["renamed to the front", "renamed to the end", "forgotten", "another language"])
def test_who_changes_between_two_pages_shifts_nobody_else(house, limit, how):
    """The last one of a page, by whom the next page is found, is renamed, forgotten or changed: all others come once,
    in order, and who is renamed does not come again at once. The control is a position that knows that one alone: it is
    refused.
    """
    before = found(house)
    page = house.cantine.read.people(limit=limit)
    ids = [one.id for one in page.items]
    if limit == 1:
        page = house.cantine.read.people(limit=limit, after=page.next)
        ids += [one.id for one in page.items]
    last = ids[-1]
    name = {"renamed to the front": "0", "renamed to the end": "\U00020000"}.get(how)
    if how == "another language":
        house.do(c.ChangePerson(last, lang="fr" if house.get(m.Person, last).lang == "en" else "en"))
    else:
        house.do(c.ForgetPerson(last) if name is None else c.ChangePerson(last, name=name))
    alone = "|".join(("~n", *page.next.split("|")[-2:]))
    with pytest.raises(InputError, match="begin again"):
        house.cantine.read.people(after=alone)
    after = page.next
    while after is not None:
        page = house.cantine.read.people(after=after, limit=limit)
        ids += [one.id for one in page.items]
        after = page.next
    assert [id for id in ids if id != last] == [id for id in before if id != last]
    assert ids.count(last) == 1 or how == "renamed to the end"


def test_a_position_of_before_is_refused(house):
    """One that has a name in it, or a hash, as earlier versions gave, one of another question, and what is none."""
    page = house.cantine.read.people("mart", limit=1)
    for text, after in (
        ("", "elodie martin\x01|per_a"),
        ("mart", "martin\x01|per_a"),
        ("elo", page.next),
        ("", page.next),
        ("", "~|per_a|1"),
        ("", "~n"),
        ("", "~n|per_a"),
        ("", "~n|per_a|0000"),
        ("", "~n|nobody|1"),
        ("", "~n|\x00|1"),
        ("", "~w|per_a|1"),
        ("mart", "~n|per_a|1"),
        ("mart", "~w|per_c|1"),
        ("", "|".join(("~n", *["per_a", "1"] * 9))),
    ):
        with pytest.raises(InputError, match="after"):
            house.cantine.read.people(text, after=after)
    assert house.cantine.read.people("mart", after=page.next, limit=1).items != page.items


def test_a_question_that_is_too_long_is_refused(house):
    """More than 200 characters, or a page of none or of more than 200, are refused by name."""
    for wrong in ({"text": "x" * 201}, {"limit": 0}, {"limit": 201}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            house.cantine.read.people(**wrong)
    with pytest.raises(InputError, match="email"):
        house.cantine.read.person_by_email("x" * 321)
