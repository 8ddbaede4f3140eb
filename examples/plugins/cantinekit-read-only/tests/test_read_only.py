"""The read-only mode in a house that finds it by its entry point, and the file that switches it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import metadata

import pytest

from cantinekit import Cantine, ManualClock, Registry
from cantinekit.commands import AddEntity, AddPerson
from cantinekit.errors import PluginError
from cantinekit.records import LegalEntity
from cantinekit_read_only import TEXT, VARIABLE, ReadOnlyError, Switch, read_switch

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


@pytest.fixture
def registry():
    return Registry.load(allow=["cantinekit-read-only"], strict=True)


@pytest.fixture
def house(registry):
    with Cantine.open("memory://", clock=ManualClock(NOW), registry=registry) as cantine:
        yield cantine


@pytest.fixture
def switch(tmp_path, monkeypatch):
    """The file, named by the variable and not yet there."""
    path = tmp_path / "read-only.toml"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def journal(house):
    return list(house.read.journal())


def test_it_is_found(registry):
    """The registry finds the plug-in by its entry point, with its name and version."""
    (row,) = registry.hooks
    assert (row.hook, row.distribution) == ("cantinekit_before_command", "cantinekit-read-only")
    assert row.version == metadata.version("cantinekit-read-only")


def test_nothing_is_refused_without_a_file(house, switch, monkeypatch):
    """Without the file, and without the variable, each command is carried out."""
    assert house.execute(AddEntity(name="Asso", id="asso"), actor="web").value.id == "asso"
    monkeypatch.delenv(VARIABLE)
    assert house.execute(AddEntity(name="Coop", id="coop"), actor="web").value.id == "coop"


def test_an_empty_file_refuses_all(house, switch):
    """An empty file refuses with the default text what is given, previewed or quoted, and nothing is stored."""
    switch.write_text("", encoding="utf-8")
    command = AddEntity(name="Asso", id="asso")
    for give in (house.execute, house.preview, house.quote):
        with pytest.raises(ReadOnlyError) as caught:
            give(command, actor="desk:ana")
        assert str(caught.value) == TEXT
    assert journal(house) == []


def test_without_a_restart(house, switch):
    """A running house is read-only as soon as the file is there, and no longer once it is gone."""
    command = AddEntity(name="Asso", id="asso")
    switch.write_text('text = "Back on Monday."', encoding="utf-8")
    with pytest.raises(ReadOnlyError, match=r"^Back on Monday\.$"):
        house.execute(command, actor="web")
    switch.unlink()
    assert house.execute(command, actor="web").value.id == "asso"


def test_some_actors_may(house, switch):
    """An actor whose name begins with one of the listed texts gives any command, another none."""
    switch.write_text('actors = ["desk:", "migration"]', encoding="utf-8")
    house.execute(AddEntity(name="Asso", id="asso"), actor="desk:ana")
    house.execute(AddEntity(name="Coop", id="coop"), actor="migration")
    with pytest.raises(ReadOnlyError):
        house.execute(AddEntity(name="Club"), actor="web:desk:ana")
    assert len(journal(house)) == 2


def test_some_commands_may(house, switch):
    """A command whose name is listed is carried out, whoever gives it; another is refused."""
    switch.write_text('commands = ["AddEntity"]', encoding="utf-8")
    house.execute(AddEntity(name="Asso", id="asso"), actor="web")
    with pytest.raises(ReadOnlyError):
        house.execute(AddPerson(name="Zoe"), actor="web")


def test_reading_goes_on(house, switch):
    """What was stored before can be read while the house is read-only."""
    house.execute(AddEntity(name="Asso", id="asso"), actor="web")
    switch.write_text("", encoding="utf-8")
    assert house.read.need(LegalEntity, "asso").name == "Asso"


def test_what_was_answered_is_answered_again(house, switch):
    """A repeat with the key of a request that was carried out gets the same answer; a new key is refused."""
    command = AddEntity(name="Asso")
    first = house.execute(command, actor="web", idempotency_key="k-1")
    switch.write_text("", encoding="utf-8")
    again = house.execute(command, actor="web", idempotency_key="k-1")
    assert (again.value, again.replayed) == (first.value, True)
    with pytest.raises(ReadOnlyError):
        house.execute(command, actor="web", idempotency_key="k-2")
    assert len(journal(house)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "text = 7",
        'text = " "',
        'actors = "desk:"',
        'actors = [""]',
        "commands = [7]",
        'commands = ["CheckOot"]',
        'commands = ["annotations"]',
        'comands = ["CheckOut"]',
        "text = ",
    ],
)
def test_a_file_that_cannot_be_understood_refuses_all(house, switch, text):
    """With a mistake in the file nothing is carried out, and the error names the plug-in."""
    switch.write_text(text, encoding="utf-8")
    with pytest.raises(PluginError, match=r"cantinekit_before_command of cantinekit-read-only 0\.1\.0 raised "):
        house.execute(AddEntity(name="Asso"), actor="web")
    assert journal(house) == []


def test_what_the_file_says(switch):
    """Each key is read; without the file there is no switch."""
    assert read_switch(switch) is None
    switch.write_text('text = "Back soon."\nactors = ["desk:"]\ncommands = ["CheckOut", "Pay"]', encoding="utf-8")
    assert read_switch(switch) == Switch("Back soon.", ("desk:",), ("CheckOut", "Pay"))
