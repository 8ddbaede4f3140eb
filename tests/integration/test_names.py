"""Names by ids, errors with them, and titles in the language of the reader."""

from __future__ import annotations

from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import Period
from cantinekit.errors import CantineError, ConflictError, InputError, NotFoundError, StorageError, WrongStateError
from support.houses import small_house
from support.houses.small_house import TODAY


class Counted(MemoryStorage):
    """Counts how often it is read."""

    trips = 0

    def load(self, keys: Any) -> Any:
        self.trips += 1
        return super().load(keys)

    def find(self, *args: Any, **kwargs: Any) -> Any:
        self.trips += 1
        return super().find(*args, **kwargs)

    def find_bodies(self, *args: Any, **kwargs: Any) -> Any:
        self.trips += 1
        return super().find_bodies(*args, **kwargs)


@pytest.fixture(scope="module")
def house():
    house = small_house.open_house(Counted())
    house.do(c.ChangeTheme("free", theme="Le pain"))
    house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="desk")
    )
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.do(c.SellPass(product_id="net/carnet", place_id="paris", holder_id="zoe", account="desk", id="carnet_1"))
    return house


def trips(house: small_house.House, ask: Any) -> tuple[Any, int]:
    """An answer, and how many round trips it took."""
    before = house.storage.trips
    return ask(), house.storage.trips - before


def test_what_has_a_name_of_its_own_takes_one_round_trip(house):
    """Spaces, workshops, products, places, entities and people are named together; what is not there is left out."""
    ids = ["b", "talk", "half-day", "paris", "asso", "zoe", "nothing", "b"]
    found, count = trips(house, lambda: house.cantine.read.names(ids))
    assert found == {
        "b": "Salle B",
        "talk": "Conférence",
        "half-day": "half-day",
        "paris": "Paris",
        "asso": "Asso",
        "zoe": "Canary-Zoe",
    }
    assert count == 1
    assert house.cantine.read.names(["zoe", "b"], people=False) == {"b": "Salle B"}
    assert trips(house, lambda: house.cantine.read.names([])) == ({}, 0)


def test_what_has_none_is_called_by_what_it_is_of(house):
    """A booking is called by its room, a seat by the title of its session in the language, a pass by the product."""
    ids = ["bkg_1", "free", "paid", "reg_1", "carnet_1", "net/half-day", "net/none", "none/day"]
    found, count = trips(house, lambda: house.cantine.read.names(ids, lang="fr"))
    assert found == {
        "bkg_1": "Salle B",
        "free": "Conférence\u00a0: Le pain",
        "paid": "Soudure",
        "reg_1": "Conférence\u00a0: Le pain",
        "carnet_1": "carnet",
        "net/half-day": "half-day",
    }
    assert count <= 5
    assert house.cantine.read.names(["reg_1"])["reg_1"] == "Conférence: Le pain"


def test_too_many_names_are_refused(house):
    """A page asks for what it shows: more than a thousand names at once are refused."""
    with pytest.raises(InputError, match="at most 1000"):
        house.cantine.read.names(["b"] * 1001)


def test_an_error_is_told_with_the_names_it_needs(house):
    """Names and the zone of the place take one round trip; what the host gives wins; without a place it is UTC."""
    later = Period(small_house.utc(15), small_house.utc(16))
    error = ConflictError("b is taken", nearest=[later, small_house.period(11, 12)])
    said, count = trips(house, lambda: house.cantine.text(error, "fr", place_id="paris"))
    assert count == 1
    assert said.replace("\u00a0", " ") == (
        "Salle B est déjà pris ; libre : mardi 24 novembre 2026, 12 h – 13 h, 16 h – 17 h."
    )
    assert house.cantine.text(error, names={"b": "Room B"}) == (
        "Room B is taken; free: Tuesday 24 November 2026, 11:00 – 12:00, 15:00 – 16:00 UTC."
    )
    with pytest.raises(NotFoundError):
        house.cantine.text(error, place_id="nowhere")


def test_people_are_named_for_staff_only(house):
    """The name of a person stands in a refusal only where the page is for staff."""
    error = WrongStateError("person zoe", state="leaving")
    assert "Canary" not in house.cantine.text(error)
    assert "Canary-Zoe" in house.cantine.text(error, people=True)


def test_a_fault_is_told_without_reading(house):
    """A store that fails is not asked for names: what is said of a fault needs none."""
    said, count = trips(house, lambda: house.cantine.text(StorageError("down"), "fr", place_id="nowhere"))
    assert (said, count) == (StorageError("down").text("fr"), 0)


def test_a_real_refusal_names_its_room(house):
    """What a command refuses is told with the name of the room and the free times of the place, without any ids."""
    with pytest.raises(CantineError) as refused:
        house.do(c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), account="desk"))
    said = house.cantine.text(refused.value, "fr", place_id="paris")
    assert "Salle B" in said
    assert said.count("24 novembre 2026") == 1


def test_titles_are_in_the_language_of_the_reader(house):
    """A theme follows the title as the language sets it: in agendas, at the desk and among what somebody holds."""
    read, day = house.cantine.read, TODAY.replace(day=25)
    for lang, title in (("fr", "Conférence\u00a0: Le pain"), ("en", "Conférence: Le pain")):
        assert title in [one.label for one in read.agenda("paris", day, lang=lang)]
        assert title in [one.label for one in read.desk("paris", day, lang=lang).items]
        assert [one.title for one in read.holdings("zoe", lang=lang).seats.items] == [title]
    assert [one.label for one in read.agenda("paris", day)] == [
        one.label for one in read.agenda("paris", day, lang="en")
    ]
