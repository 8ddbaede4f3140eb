"""Running the demonstration within a process: what it plays on, where it stops, what it says beside the day."""

from __future__ import annotations

import io
import sys
from argparse import Namespace
from datetime import date, timedelta

import pytest

import cantinekit.demo
from cantinekit import commands as cmd
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import Period
from cantinekit.demo import _run, _stage
from cantinekit.demo._archive import Archive
from cantinekit.demo._printer import PlainPrinter
from cantinekit.demo._words import DemoWords
from cantinekit.errors import BackendError, InputError, StorageError
from cantinekit.money import Money
from support.run.soak import SOAK


def arguments(**given: object) -> Namespace:
    return Namespace(**({"db": None, "replay": None, "lang": "en", "fast": True} | given))


def paper() -> PlainPrinter:
    return PlainPrinter(io.StringIO(), 100, live=False)


class Failing(MemoryStorage):
    """A store in memory that breaks at a write, and after it."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.left = writes

    def apply(self, change):
        self.left -= 1
        if self.left < 0:
            raise StorageError("the disk is full")
        super().apply(change)


# --- the entry ---


def test_main_is_all_there_is():
    """The package exports its entry, and nothing else."""
    assert cantinekit.demo.__all__ == ["main"]
    assert cantinekit.demo.main is _run.main


def test_main_plays_and_tells(tmp_path, capsys):
    """The entry plays on a file, says on the other stream how to tell it again, and does so in the same words."""
    url = f"sqlite:///{tmp_path}/day.db"
    assert _run.main(arguments(db=url)) == 0
    played = capsys.readouterr()
    assert played.err == f"cantinekit: told again by another process: cantinekit demo --replay {url}\n"
    assert _run.main(arguments(replay=url)) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (played.out, "")


def test_main_without_a_store(tmp_path, monkeypatch, capsys):
    """Without a store a new file is made in a new folder among the temporary ones."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert _run.main(arguments()) == 0
    (folder,) = tmp_path.iterdir()
    assert next(path.name for path in folder.iterdir()) == "cantine.db"
    assert str(folder) in capsys.readouterr().err


def test_main_in_memory_has_nothing_to_tell_again(capsys):
    """In memory there is nothing to tell again, and nothing is said of it."""
    assert _run.main(arguments(db="memory://")) == 0
    assert capsys.readouterr().err == ""


def test_main_says_how_to_have_it_nicer(monkeypatch, capsys):
    """Where rich is missing, one line says how to get it."""
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert _run.main(arguments(db="memory://")) == 0
    assert capsys.readouterr().err == 'cantinekit: in colours and boxes with: pip install "cantinekit[rich]"\n'


def test_secrets_are_not_repeated(capsys):
    """A URL with a password or options in it is not repeated, in no form."""
    _run._hint("postgresql://ana:hunter2@db/cantine")
    _run._hint("postgresql://ana@db/cantine?schema=secret")
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert "secret" not in said
    assert said.count("--replay URL\n") == 2


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("x.db", "sqlite:///x.db"),
        ("/srv/x.db", "sqlite:////srv/x.db"),
        ("a b?.db", "sqlite:///a%20b%3F.db"),
        ("memory://", "memory://"),
        ("sqlite:///x.db?timeout=1", "sqlite:///x.db?timeout=1"),
    ],
)
def test_paths_are_urls(text, url):
    """A path is the URL of an SQLite file, a URL is itself."""
    assert _run.as_url(text) == url


def test_both_is_too_much():
    """To play and to tell are two things: both at once are refused before anything is opened."""
    with pytest.raises(InputError, match="one of them"):
        _run.main(arguments(db="memory://", replay="memory://"))


def test_what_keeps_nothing_is_not_told():
    """A store that keeps nothing is not told from."""
    with pytest.raises(InputError, match="keeps nothing"):
        _run.main(arguments(replay="memory://"))


# --- broken off ---


def writes_of_a_day() -> int:
    storage = Failing(10**6)
    stage = _stage.DemoStage(storage, "en")
    for scene in _run.SCENES:
        scene.play(stage)
    return 10**6 - storage.left


WRITES = writes_of_a_day()


@pytest.mark.parametrize("writes", range(0, WRITES, 9 if SOAK else 27))
def test_a_store_that_breaks_ends_the_day(writes):
    """A store that breaks at any write ends the demonstration with its error, and the rest is no whole day."""
    storage = Failing(writes)
    with pytest.raises(BackendError):
        _run.play(storage, paper(), DemoWords("en"))
    storage.left = 10**6
    reopened = Failing.__new__(Failing)
    reopened.__dict__.update(storage.__dict__, _closed=False)
    with cantinekit.Cantine.open(reopened) as cantine, pytest.raises(InputError, match=r"broken off|not made by"):
        _run._check(Archive(cantine.read), "memory://")


def test_a_whole_day_is_one():
    """A day with all its writes passes the check that a broken one does not (control)."""
    storage = Failing(WRITES)
    stage = _stage.DemoStage(storage, "en")
    for scene in _run.SCENES:
        scene.play(stage)
    _run._check(Archive(stage.cantine.read), "memory://")
    assert storage.left == 0


def test_another_edition_is_not_told():
    """A day that another edition of the demonstration played is not told as if it were this one."""
    with cantinekit.Cantine.open("memory://") as cantine:
        cantine.execute(cmd.AddEntity(name="x"), actor="cantinekit demo, edition 0")
        with pytest.raises(InputError, match="this edition"):
            _run._check(Archive(cantine.read), "memory://")


# --- the stage ---


def test_same_ids_each_time():
    """Two runs make the same ids, journal and records."""
    journals = []
    for _ in range(2):
        stage = _stage.DemoStage("memory://", "fr")
        for scene in _run.SCENES:
            scene.play(stage)
        journals.append(list(stage.cantine.read.journal()))
    assert journals[0] == journals[1]
    assert len(journals[0]) > 300


def test_time_goes_forward():
    """The day is played forward: no entry of the journal is older than the one before it."""
    stage = _stage.DemoStage("memory://", "fr")
    for scene in _run.SCENES:
        scene.play(stage)
    times = [entry.at for entry in stage.cantine.read.journal()]
    assert times == sorted(times)
    assert times[0].date() == _stage.DAY - timedelta(days=1)


def test_every_entry_has_somebody():
    """Each entry of the journal names who did it: a desk, a kiosk, a person on the web, the setter, the system."""
    stage = _stage.DemoStage("memory://", "fr")
    for scene in _run.SCENES:
        scene.play(stage)
    actors = {entry.actor.partition(":")[0] for entry in stage.cantine.read.journal()}
    assert actors == {_stage.SETTER, "desk", "kiosk", "web", "system"}


def test_nothing_is_left_to_do():
    """At the end of the day no task is due, none was given up, and nothing is in quarantine."""
    stage = _stage.DemoStage("memory://", "fr")
    for scene in _run.SCENES:
        scene.play(stage)
    read = stage.cantine.read
    assert [task for task in read.tasks() if task.due <= stage.cantine.now()] == []
    assert read.tasks("dead") == read.quarantine() == ()
    assert {visit.state for visit in read.find(m.Visit, "place")} == {"closed"}


def test_silent_follow():
    """Without a printer the long steps are played all the same."""
    assert list(_stage.silent("x", [1, 2])) == [1, 2]


def test_ids_count():
    """Ids have their prefix and count together."""
    ids = _stage.counted()
    assert [ids("a"), ids("b"), ids("a")] == ["a_0001", "b_0002", "a_0003"]


# --- words ---


@pytest.mark.parametrize(
    ("lang", "amount", "text"),
    [
        ("en", 700, "7.00 EUR"),
        ("fr", 700, "7,00\u00a0€"),
        ("en", -800, "-8.00 EUR"),
        ("fr", -800, "-8,00\u00a0€"),
        ("fr", 123456, "1\u202f234,56\u00a0€"),
    ],
)
def test_money(lang, amount, text):
    """Amounts are written as readers of the language expect them."""
    assert DemoWords(lang).money(Money(amount, "EUR")) == text
    assert DemoWords(lang).money_or_none(Money(amount, "EUR")) == text


def test_nothing_is_a_dash():
    """No amount at all is a dash in a table."""
    assert DemoWords("en").money_or_none(Money(0, "EUR")) == "–"


@pytest.mark.parametrize(
    ("lang", "names", "text"),
    [
        ("en", ["A"], "A"),
        ("en", ["A", "B"], "A and B"),
        ("fr", ["A", "B"], "A et B"),
        ("fr", ["A", "B", "C"], "A, B et C"),
    ],
)
def test_names(lang, names, text):
    """Names are listed as a sentence lists them."""
    assert DemoWords(lang).names(names) == text


def test_times():
    """Periods are told by the wall clock, the earliest first; a day has its weekday."""
    late, early = _stage.between((15, 0), (16, 0)), _stage.between((9, 5), (10, 0))
    assert isinstance(late, Period)
    assert DemoWords("fr").spans([late, early]) == "09:05–10:00, 15:00–16:00"
    assert DemoWords("fr").day(_stage.DAY) == "mardi 24 novembre 2026"
    assert DemoWords("en").day(_stage.DAY) == "Tuesday 24 November 2026"
    first = date(2027, 12, 1)
    assert [DemoWords(lang).written(first) for lang in ("fr", "en")] == ["1er décembre 2027", "1 December 2027"]
