"""The demonstration as it is run: in processes of its own, on each store, at a terminal, and on what is no store."""

from __future__ import annotations

import os
import pty
import re
import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from pyarrow import compute

from cantinekit.cantine import Cantine
from cantinekit.cli import main
from cantinekit.commands import AddEntity
from cantinekit.demo import _run, _stage
from cantinekit.errors import InputError, RefusedError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.plugins.registry import Registry
from cantinekit.pricing import Tariff, replay
from cantinekit.records import Place, TariffText
from cantinekit.whatif import Visits, visits_of
from support.run.soak import SOAK
from support.stores.quick_folder import quick_folder


def demo(*options: str, env: dict[str, str] | None = None, cwd: Path | None = None, program: tuple[str, ...] = ()):
    """Run the command in a process of its own."""
    command = [sys.executable, *(program or ("-m", "cantinekit")), "demo", *options]
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    return subprocess.run(
        command, capture_output=True, timeout=300, cwd=cwd, env=environment | (env or {}), check=False
    )


@pytest.fixture
def here(capfdbinary, monkeypatch):
    """Run the command in this process, where it matters not in which: without another second to import everything."""

    def run(*options: str, cwd: Path | None = None, columns: str = "") -> subprocess.CompletedProcess[bytes]:
        monkeypatch.delenv("FORCE_COLOR", raising=False)
        monkeypatch.setenv("COLUMNS", columns)
        if cwd is not None:
            monkeypatch.chdir(cwd)
        capfdbinary.readouterr()
        try:
            code = main(["demo", *options])
        except SystemExit as stop:
            code = stop.code
        return subprocess.CompletedProcess(options, code, *capfdbinary.readouterr())

    return run


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def played(folder):
    """A day of a language that one process played, once: its file, and what was printed."""

    @cache
    def play(lang: str) -> tuple[Path, subprocess.CompletedProcess[bytes]]:
        path = folder / f"{lang}.db"
        result = demo("--lang", lang, "--db", f"sqlite:///{path}")
        assert result.returncode == 0, result.stderr
        return path, result

    return play


@pytest.fixture(params=["en", "fr"])
def day(request, played):
    """A day that one process played: its language, its file, and what was printed."""
    return request.param, *played(request.param)


once = pytest.mark.parametrize("day", ["en", "fr"] if SOAK else ["fr"], indirect=True)
"""What does not depend on the language is tried in French, whose letters are the harder ones; in a soak in both."""


# --- the same bytes ---


def test_replay_prints_the_same_bytes(day):
    """A second process tells the day from the store, and prints the same bytes as the one that played it."""
    lang, path, played = day
    again = demo("--lang", lang, "--replay", f"sqlite:///{path}")
    assert again.returncode == 0
    assert again.stdout == played.stdout
    assert len(again.stdout.splitlines()) > 200


def test_replay_twice_and_by_path(here, day):
    """Telling changes nothing: told once more it is the same, also where the file is named by its path."""
    lang, path, played = day
    before = path.read_bytes()
    assert here("--lang", lang, "--replay", str(path)).stdout == played.stdout
    assert path.read_bytes() == before


def test_replay_is_the_same_at_any_width(here, day, folder):
    """At another width, playing and telling print the same bytes too, and no line is longer."""
    lang, path, played = day
    columns = {"en": "60", "fr": "140"}[lang]
    wide = here("--lang", lang, "--db", f"sqlite:///{folder}/{lang}{columns}.db", columns=columns)
    again = demo("--lang", lang, "--replay", str(path), env={"COLUMNS": columns})
    assert wide.stdout == again.stdout != played.stdout
    assert max(map(len, again.stdout.decode().splitlines())) <= int(columns)


def test_another_language_tells_the_same_day(here, day):
    """A day that was played in one language can be told in the other; messages stay in the language of their people."""
    lang, path, _ = day
    other = "fr" if lang == "en" else "en"
    text = here("--lang", other, "--replay", str(path)).stdout.decode()
    assert ("Manon Lacaze obtient la place" if other == "fr" else "Manon Lacaze was first") in text.replace("\n", " ")
    assert ("A seat for you" if lang == "en" else "Une place pour vous") in text


def test_postgresql(here, pg_url):
    """On PostgreSQL the day is played by one process and told by another, byte by byte; a second day is refused."""
    played, again = here("--db", pg_url), demo("--replay", pg_url)
    assert (played.returncode, again.returncode) == (0, 0), played.stderr + again.stderr
    assert played.stdout == again.stdout
    assert here("--db", pg_url).returncode == 2
    assert b"schema" not in played.stderr
    assert played.stderr.endswith(b"cantinekit demo --replay URL\n")


@once
def test_each_store_tells_the_same(here, day):
    """In memory the day is the same as on a file; only that nobody can tell it afterwards."""
    lang, _, played = day
    result = here("--lang", lang, "--db", "memory://")
    assert result.stdout == played.stdout
    assert result.stderr == b""


def test_without_rich(here, monkeypatch, folder):
    """Without rich the day is told in plain text, with the same bytes twice, and one line says what would be nicer."""
    blocked = (
        "-c",
        "import sys; sys.modules['rich.console'] = None; from cantinekit.cli import main; sys.exit(main())",
    )
    path = folder / "plain.db"
    played = demo("--db", str(path), program=blocked)
    assert played.returncode == 0, played.stderr
    monkeypatch.setitem(sys.modules, "rich.console", None)
    again = here("--replay", str(path))
    assert played.stdout == again.stdout
    assert b"cantinekit[rich]" in again.stderr
    assert again.stderr.count(b"\n") == 1
    assert "09:05–19:00" in played.stdout.decode()
    assert "╭" not in played.stdout.decode()


# --- what is told ---

STORY = {
    "half-day in cash": r"half-day: 7\.00 EUR in cash at the desk, settled at once",
    "access code": r"Wi-Fi code wifi-9K2F-QM",
    "difference to the day": r"pays the difference: 3\.00 EUR",
    "balance": r"balance of the account “carnet”: 9 of 10",
    "a colleague's carnet": r"Yann Le Goff, whose carnet was sold in Nantes the evening before, checks in for the day",
    "overlap": r"Bruno Teixeira asks for Salle Ada, 14:30–15:30: refused\. → Salle Ada is taken: 14:00–15:00",
    "nearest": r"nearest free times: 13:00–14:00, 15:00–16:00, 16:00–17:00",
    "halves": r"Grande salle, côté cour, 17:00–18:00: refused.*Grande salle, côté rue, 17:00–18:00: refused",
    "capacity": r"7 sold \+ 1 held, of 8 desks: not one more",
    "not one more": r"asks for Espace ouvert, 14:00–19:00: refused\. → 1 wanted, 0 left",
    "hold": r"The hold of Malo Kerbrat runs out: expired\. The desk is free again",
    "twelve seats": r"seats taken: 12 of 12",
    "thirteenth": r"Manon Lacaze is number 13: first on the waiting list",
    "promotion": r"Manon Lacaze was first on the waiting list, and has the seat: confirmed",
    "message": r"to manon@example\.org: “A seat for you: Réparer au lieu de jeter”",
    "entry and card": r"one entry of the carnet, and 8\.00 EUR by card",
    "declined": r"Try number 1, 8\.00 EUR by card: declined",
    "settled": r"Try number 2, 8\.00 EUR by card: settled",
    "entry back": r"10 bought = 8 left \+ 2 used.*10 bought = 9 left \+ 1 used",
    "refund": r"8\.00 EUR go back by card: settled",
    "reasons": r"Price: 0\.00 EUR, because │ \[1\] Journée │ Entitlements: account carnet: 1 entrée taken, out of 10",
    "agenda": r"Agenda of Paris .* 09:05–19:00 .* 19:00–21:00",
    "takings": r"Paris │ 70\.00 EUR │ 121\.00 EUR │ -8\.00 EUR │ 183\.00 EUR",
    "attendance": r"Attendance .* Paris │ 2 │ 2 │ 1 │ 1 │ 1",
    "november rule": r"Adhésion: from 3 November 2027 to 31 December 2028",
    "tickets and a membership": r"Price: 92\.00 EUR, because │ \[1\] Dix tickets │ Condition: Adhésion: missing, added",
    "previewed": r"12\.00 EUR would be kept.*→ 12\.00 EUR are kept, as was told before",
    "deferred": r"deferred: Dix tickets │ – │ 72\.00 EUR",
    "trial balance": r"Total │ 104\.00 EUR │ 104\.00 EUR",
    "down payment": r"due with the booking, and paid by transfer: 150\.00 EUR",
    "two means": r"pays 200\.00 EUR by transfer: settled\..*pays 150\.00 EUR by card: settled",
    "overrun": r"40 minutes after 22:00\. → the price list asks 60\.00 EUR",
    "deposit": r"45\.00 EUR of the deposit are kept: a lamp was broken\..*goes back, 455\.00 EUR by card: settled",
    "invoice": r"Invoice F2027-000001 to Mirabelle Conseil SAS",
    "one bill for several": r"F2028-000002 to Atelier du Saulcy SARL: 450\.00 EUR.*Marchal: 2 × .*Klein: 1 × ",
    "paused": r"Robin Klein pauses the desk, from 1 March 2028 to 31 March 2028\. .* → 1 April 2028 to 30 April 2028",
    "declined at the bank": r"150\.00 EUR by the card that is stored: declined.*“Payment declined: 150\.00 EUR”",
    "declined, then paid": r"Odile Weber pays 150\.00 EUR .* settled\. → left to pay of F2028-000003: 0\.00 EUR",
    "credit stays": r"transfers 350\.00 EUR\. → left to pay of F2028-000004: 0\.00 EUR → 50\.00 EUR were too much",
    "cleared": r"have cleared to 29 February 2028: the first owes the second 4\.80 EUR",
    "closed": r"closed to 29 February 2028: 23 entries, debit (\d+\.\d\d EUR) = credit \1\.",
    "file of entries": r"123456789FEC20280229\.txt: 14 lines → Atelier du Saulcy SARL still owes 450\.00 EUR",
    "prices again": r"31 prices were made; computed again from what was stored, 31 come out the same",
    "ledger": r"ledger entries, whose sum is 0\.00 EUR",
    "fold": r"folded into \d+ records: 0 differ",
}


@pytest.mark.parametrize("part", STORY)
def test_story(played, part):
    """Each part of the day is told; here in one line: runs of spaces and line breaks are one space."""
    text = " ".join(played("en")[1].stdout.decode().split())
    assert re.search(STORY[part], text), text


@once
def test_a_row_that_was_changed_is_told(here, day, tmp_path):
    """What is told comes from the store: change a name and a balance there, and the telling changes (control)."""
    lang, path, played = day
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    storage = Registry.load().storage(f"sqlite:///{copy}")
    for kind, id, old, new in (("person", "zoe", "Zoé Marchand", "Zelda X"), ("place", "toulon", "Toulon", "Hyères")):
        (row,) = storage.load([Key(kind, id)])
        body = row.body.replace(old, new)
        storage.apply(Change(rows=(Row(kind, id, row.version + 1, body, row.index),)))
    storage.close()
    told = here("--lang", lang, "--replay", str(copy)).stdout.decode()
    assert "Zelda X" in told
    assert "Zoé Marchand" not in told
    assert re.search(r": 1\s+(differ|diffèrent)", told)
    assert re.search(r": 0\s+(differ|diffèrent)", played.stdout.decode())


# --- which store ---


def test_without_a_store_nothing_is_overwritten(here, monkeypatch, tmp_path):
    """Without --db each run makes a new file outside of the current folder, and says how to tell it again."""
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    runs = [here(cwd=tmp_path), here(cwd=tmp_path)]
    names = [run.stderr.decode().strip().rpartition(" ")[2] for run in runs]
    assert len(set(names)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["t"]
    assert here("--replay", names[0]).stdout == runs[0].stdout == runs[1].stdout


def test_path_with_odd_characters(here, tmp_path):
    """A path with spaces, percent signs, accents and question marks is a path."""
    path = tmp_path / "le jour n° 1 ? 100%.db"
    assert here("--db", str(path)).returncode == 0
    assert path.exists()
    assert here("--replay", str(path)).returncode == 0


def test_store_in_use_is_spared(here, tmp_path):
    """A store with data in it is refused, and nothing in it changes."""
    path = tmp_path / "mine.db"
    with Cantine.open(f"sqlite:///{path}") as cantine:
        cantine.execute(AddEntity(name="Mine"), actor="me")
    before = path.read_bytes()
    for option in ("--db", "--replay"):
        result = here(option, f"sqlite:///{path}")
        assert (result.returncode, result.stdout) == (2, b"")
        assert result.stderr.count(b"\n") == 1
    assert path.read_bytes() == before


@once
def test_played_day_is_not_played_over(here, day):
    """A store that has the day already is refused by --db; the line names --replay."""
    _, path, _ = day
    result = here("--db", f"sqlite:///{path}")
    assert result.returncode == 2
    assert b"--replay" in result.stderr


def test_half_a_day_is_not_told(tmp_path):
    """A day that was broken off is one clear line, after each scene but the last."""
    stage = _stage.DemoStage(f"sqlite:///{tmp_path}/half.db", "en")
    with stage.cantine:
        for number, scene in enumerate(_run.SCENES):
            scene.play(stage)
            args = Namespace(db=None, replay=f"{tmp_path}/half.db", lang="en", fast=True)
            if number < len(_run.SCENES) - 1:
                with pytest.raises(InputError, match="broken off"):
                    _run.main(args)
    assert _run.main(args) == 0


BAD = {
    "no file": ("--replay", "nothing.db"),
    "an empty file": ("--replay", "empty.db"),
    "no database": ("--replay", "junk.db"),
    "no database to play on": ("--db", "junk.db"),
    "a database of something else": ("--replay", "other.db"),
    "something else to play on": ("--db", "other.db"),
    "memory": ("--replay", "memory://"),
    "both": ("--db", "x.db", "--replay", "x.db"),
    "no such scheme": ("--db", "mysql://x"),
    "a gateway": ("--db", "manual://"),
    "no folder": ("--db", "sqlite:///no/where.db"),
    "no server": ("--replay", "postgresql://nobody@127.0.0.1:1/x"),
    "a folder": ("--replay", "."),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_store_is_one_line(here, tmp_path, case):
    """What cannot be played on or told from is one line on the error stream, nothing on the other, and the code 2."""
    (tmp_path / "empty.db").touch()
    (tmp_path / "junk.db").write_text("hello")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE t (a)")
    other.close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    result = here(*BAD[case], cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, b""), result.stderr
    assert result.stderr.count(b"\n") == 1
    assert result.stderr.startswith(b"cantinekit: ")
    assert b"Error" not in result.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_refused_is_really_given():
    """Playing gives the refused commands to the house too, and would stop if one of them were accepted."""
    stage = _stage.DemoStage("memory://", "en")
    given: list[RefusedError] = []
    refuse = stage.refuse
    stage.refuse = lambda *asked: given.append(refuse(*asked)) or given[-1]
    with stage.cantine:
        for scene in _run.SCENES:
            scene.play(stage)
    assert len(given) == 5


# --- at a terminal ---


def at_a_terminal(*options: str) -> str:
    """What the command writes to a terminal of 100 columns, with colours."""
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "cantinekit", "demo", *options], stdin=child, stdout=child, stderr=child, env=environment
    )
    os.close(child)
    found = b""
    with suppress(OSError):  # Linux raises EIO when the other end is closed
        while piece := os.read(parent, 65536):
            found += piece
    os.close(parent)
    assert process.wait(timeout=300) == 0
    return found.decode()


@once
def test_terminal_has_colours_and_the_same_words(day):
    """At a terminal there are colours; without them it is what goes to a file."""
    lang, path, played = day
    text = at_a_terminal("--fast", "--lang", lang, "--replay", str(path))
    assert "\x1b[" in text
    bare = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r\n", "\n")
    assert [line.rstrip() for line in bare.splitlines()] == played.stdout.decode().splitlines()
    assert b"\x1b" not in played.stdout


# --- what was sold ---


@once
def test_what_was_sold_is_what_its_lists_come_to(day):
    """Visits, bookings, seats, passes and their later periods, replayed by the version of the list that charged them,
    come to what was charged, whole and row by row.
    """
    _, path, _ = day
    kinds = set()
    with Cantine.open(f"sqlite:///{path}") as cantine:
        for place in list(cantine.read.find(Place, "all")):
            for year in (2026, 2027, 2028):
                visits = visits_of(cantine.read.usages([place.id], date(year, 1, 1), date(year, 12, 31)))
                for version in set(visits.column("version")):
                    mine = visits.table.filter(compute.equal(visits.table.column("version"), version))
                    tariff = Tariff.load(cantine.read.need(TariffText, version).text)
                    again = replay(tariff, Visits(mine).usages, lots=visits.lots, meters=visits.meters)
                    assert again.rows.column("gross").to_pylist() == mine.column("charged").to_pylist()
                    kinds |= set(mine.column("kind").to_pylist())
    assert kinds == {"visit", "booking", "registration", "pass"}
