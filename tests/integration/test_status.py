"""How a house is: its store, its journal, what waits, what is late, what is stuck; for people, programs, Prometheus."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cantinekit import commands as c
from cantinekit.backends.payments import FakeGateway
from cantinekit.cantine import Cantine
from cantinekit.cli import main
from cantinekit.errors import GatewayError, StorageError
from cantinekit.plugins.ports import Observation
from cantinekit.reads.status import MOST_COUNTED, Status, TaskCount, last_entry, prometheus, status_of
from support.houses import small_house
from support.houses.small_house import CANARIES, START, open_house, period
from support.stores.around import Around


def pay_later(house, hours=(13, 14)):
    """A booking whose charge waits for its gateway, and whose message waits."""
    command = c.Book(space_id="b", product_id="room", person_id="zoe", period=period(*hours), account="card")
    return house.do(command).value


def test_what_waits_is_counted_by_what_it_does():
    """Tasks that are due, that wait for their time and that were given up are counted for each kind of work."""
    house = open_house(effects="none")
    pay_later(house)
    pay_later(house, (14, 15))
    status = house.cantine.status()
    assert status.reachable
    assert status.journal == small_house.journal(house.storage)[-1].number
    by_work = {one.work: one for one in status.tasks}
    assert by_work["charge"] == TaskCount("charge", 0, 2, 0)
    assert by_work["expire"].waiting >= 2
    assert (status.due, status.dead, status.late, status.oldest_due) == (2, 0, timedelta(0), START)
    assert status.problems() == ()
    house.wait(minutes=20)
    later = house.cantine.status()
    assert later.late == timedelta(minutes=20)
    assert later.problems() == ("a task is 20 minutes late: does somebody call run_due?",)
    assert later.problems(timedelta(hours=1)) == ()


def test_what_is_stuck_is_told():
    """A task that was given up and an observation that fits nothing are counted, and somebody is to look."""
    house = open_house(card=FakeGateway([GatewayError("no such account", retryable=False)]))
    house.cantine._outbox.observe("card", Observation("none", "ref", "e", "EUR", 100, 100, 0, START))
    kept = house.cantine.status()
    assert (kept.quarantine, kept.dead) == (1, 0)
    house.wait(days=40)
    for _ in range(20):
        house.cantine.run_due()
        house.wait(days=1)
    stuck = house.cantine.status()
    assert (stuck.quarantine, stuck.dead) == (1, 1)
    assert stuck.problems() == (
        "1 tasks were given up: look at them, and replay them",
        "1 observations of gateways fit nothing",
    )


class Away(Around):
    """A store that does not answer."""

    def find(self, *args, **how):
        raise StorageError("the server of Canary-Zoe is away")


def test_a_store_that_does_not_answer():
    """The status says so with the class of the error, and never with its text; nothing is raised."""
    status = status_of(Away(open_house().storage), START)
    assert status == Status(START, reachable=False, problem="StorageError")
    assert status.problems() == ("the store does not answer: StorageError",)
    assert prometheus(status) == (
        "# HELP cantinekit_up Whether the store answered.\n# TYPE cantinekit_up gauge\ncantinekit_up 0\n"
    )


def test_what_a_status_costs_does_not_grow():
    """After ten times as much was done it makes as many calls; the control counts what waits, which does grow."""
    house = open_house()
    counted, costs = Around(house.storage), []
    for times in (1, 10):
        for _ in range(times):
            for person in ("zoe", "bob"):
                house.do(c.SetFact(person, name="student", value=times))
                house.do(c.SetFact(person, name="student", value=None))
        after = house.cantine.status().journal
        counted.counts.clear()
        status_of(counted, house.clock.now(), after=after)
        costs.append(dict(counted.counts))
    assert costs[0] == costs[1] == {"find": 3}


def test_the_last_entry_is_found_from_anywhere():
    """From the beginning, from an entry that was there and from the last one the same number is found."""
    house = open_house()
    last = small_house.journal(house.storage)[-1].number
    assert {last_entry(house.storage, after) for after in (0, 1, last // 2, last - 1, last)} == {last}


def test_prometheus_reads_it():
    """Its own parser finds each sample; no name of a place or a person is in it."""
    house = open_house(effects="none")
    pay_later(house)
    status = house.cantine.status()
    text = prometheus(status)
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["cantinekit_up",] == 1
    assert found["cantinekit_journal_entries_total",] == status.journal
    assert found["cantinekit_tasks", "charge", "due"] == 1
    assert found["cantinekit_quarantine",] == 0
    assert found["cantinekit_oldest_due_seconds",] == 0
    assert {family.type for family in text_string_to_metric_families(text)} == {"gauge", "counter"}
    assert not any(word in text for word in (*CANARIES, "paris", "zoe"))


# --- the command ---


@pytest.fixture
def url(tmp_path):
    found = f"sqlite:///{tmp_path}/house.db"
    house = open_house(found, effects="none")
    pay_later(house)
    house.cantine.close()
    return found


def test_the_command_says_how_a_house_is(url, capsys):
    """People get lines, and what somebody should look at; the exit code says whether there is something."""
    assert main(["status", url, "--late", "525600"]) == 0
    calm = capsys.readouterr().out
    assert calm.startswith("store       answers\njournal     ")
    assert "  charge    1 due, 0 waiting, 0 given up\n" in calm
    assert "!" not in calm
    assert main(["status", url]) == 1  # the clock of the system is long after the house's
    assert "\n! a task is " in capsys.readouterr().out


def test_the_command_for_programs(url, capsys):
    """``--json`` gives the status as values with the problems, ``--prometheus`` the metrics and always 0."""
    assert main(["status", url, "--json", "--late", "525600"]) == 0
    data = json.loads(capsys.readouterr().out)
    with Cantine.open(url) as house:
        assert data["journal"] == house.status().journal
    assert (data["reachable"], data["due"], data["problems"]) == (True, data["due"], [])
    assert [one for one in data["tasks"] if one["work"] == "charge"] == [
        {"work": "charge", "waiting": 0, "due": 1, "dead": 0}
    ]
    assert main(["status", url, "--prometheus"]) == 0
    assert "cantinekit_up 1\n" in capsys.readouterr().out


def test_the_command_where_there_is_no_store(tmp_path, capsys):
    """A store that is not there does not answer; none is made."""
    path = tmp_path / "none.db"
    assert main(["status", f"sqlite:///{path}"]) == 1
    assert capsys.readouterr().out.endswith("! the store does not answer: there is no such file\n")
    assert main(["status", f"sqlite:///{path}", "--prometheus"]) == 0
    assert capsys.readouterr().out.endswith("cantinekit_up 0\n")
    assert not path.exists()
    assert main(["status", "nothing://"]) == 2


def test_the_command_makes_no_tables(tmp_path, capsys):
    """A database in which there is no store, or one of an older version, does not answer and is left as it is.

    Control: opening it as a house makes the tables.
    """
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, sha256 TEXT, applied_at TEXT)")
    assert main(["status", f"sqlite:///{path}"]) == 1
    assert "! the store does not answer: there is no store of this version" in capsys.readouterr().out
    assert tables(path) == {"schema_version"}
    Cantine.open(f"sqlite:///{path}").close()
    assert "record" in tables(path)
    assert main(["status", f"sqlite:///{path}"]) == 0


def tables(path):
    with sqlite3.connect(path) as db:
        return {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


@pytest.mark.parametrize("wrong", ["-1", "x", "99999999"])
def test_how_late_is_minutes(url, wrong):
    """A lateness that is no number of minutes is a wrong use."""
    with pytest.raises(SystemExit):
        main(["status", url, "--late", wrong])


def test_counting_ends(monkeypatch):
    """Of what waits no more than a bound is counted, and the status says that there is more."""
    monkeypatch.setattr("cantinekit.reads.status.MOST_COUNTED", 1)
    house = open_house(effects="none")
    pay_later(house)
    status = house.cantine.status()
    assert status.more
    assert MOST_COUNTED == 10_000
