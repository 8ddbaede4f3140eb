"""``cantinekit due``: what is due is carried out by the house of the host, and a bar says how far it is."""

from __future__ import annotations

import io
import sys

import attrs
import pytest

from cantinekit import commands as c
from cantinekit.cantine import Cantine
from cantinekit.cli import _due
from cantinekit.cli._due import WIDTH, Bar
from cantinekit.cli._main import main
from cantinekit.clock import ManualClock
from support.houses.billing_house import TERMS, billing, booked
from support.houses.issuing_house import ZOE
from support.houses.small_house import START

HOUSE = """
from datetime import timedelta
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock, parse_instant

def open_house():
    return Cantine.open({url!r}, clock=ManualClock(parse_instant({now!r})))

NOTHING = 3
"""


class Terminal(io.StringIO):
    """What somebody looks at."""

    def isatty(self):
        return True


@pytest.fixture
def url(tmp_path, monkeypatch):
    """A store with the bill of an organisation to close in December, and the code that opens it then."""
    found = f"sqlite:///{tmp_path}/house.db"
    house = billing(storage=found)
    booked(house)
    house.do(attrs.evolve(TERMS, payer_id="zoe", addressee=ZOE))
    house.cantine.close()
    (tmp_path / "myplace.py").write_text(HOUSE.format(url=found, now="2026-12-01T08:30:00.000000Z"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield found
    sys.modules.pop("myplace", None)


def test_the_bills_of_the_month_are_closed(url, capsys, monkeypatch):
    """The run closes what is due, says what it came to, and shows all of it; a second one has nothing to do."""
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    assert main(["due", "myplace:open_house"]) == 0
    with Cantine.open(url, clock=ManualClock(START)) as house:
        (bill,) = house.read.documents("asso", "invoices")
        assert (bill.payer_id, bill.gross.amount) == ("works", 1500)
    first = capsys.readouterr().out
    count = int(first.split()[0])
    assert first == f"{count} done, 0 to be tried again, 0 given up\n"
    assert shown.getvalue().endswith(f"\r[{'#' * WIDTH}] {count}/{count}\n")
    assert main(["due", "myplace:open_house"]) == 0
    assert capsys.readouterr().out == "0 done, 0 to be tried again, 0 given up\n"


def test_nobody_looks(url, capsys):
    """Where no terminal is, or with --quiet, there is no bar."""
    assert main(["due", "myplace:open_house", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("myplace", "'myplace' names no house: write MODULE:NAME"),
        ("myplace:", "'myplace:' names no house: write MODULE:NAME"),
        ("nowhere:open_house", "the house nowhere:open_house cannot be imported: No module named 'nowhere'"),
        ("myplace:closed", "the house myplace:closed cannot be imported"),
        ("myplace:NOTHING", "opens no house: it is a int"),
    ],
)
def test_what_opens_no_house(url, capsys, name, why):
    """One line says what is wrong."""
    assert main(["due", name]) == 2
    assert why in capsys.readouterr().err


def test_a_task_that_is_given_up_is_told(url, capsys, monkeypatch):
    """The exit code says that somebody has to look."""
    from cantinekit.runtime import outbox

    monkeypatch.setitem(
        outbox._COMMANDS, "expire", lambda about: c.EndBillingTerms(entity_id="asso", payer_id="nobody")
    )
    assert main(["due", "myplace:open_house"]) == 1
    assert ", 0 given up" not in capsys.readouterr().out


def test_what_is_due_behind_failures_is_carried_out(url, capsys, monkeypatch):
    """As many tasks as are looked at at once fail, and wait to be tried again: those due after them are done."""
    from cantinekit.runtime import outbox

    expire, first = outbox._COMMANDS["expire"], set[str]()

    def fails_for_the_first(about):
        if not first:
            first.add(about.id)
        if about.id in first:
            raise ConnectionError
        return expire(about)

    monkeypatch.setattr(_due, "AT_ONCE", 1)
    monkeypatch.setitem(outbox._COMMANDS, "expire", fails_for_the_first)
    assert main(["due", "myplace:open_house"]) == 0
    count, retried, dead = (int(part.split()[0]) for part in capsys.readouterr().out.split(", "))
    assert (count > 0, retried, dead) == (True, 1, 0)


def test_the_bar_grows_with_what_follows():
    """More tasks than were due at first: it is full, and never more than that."""
    bar = Bar(shown := Terminal(), 4)
    for count in (1, 2, 4, 5):
        bar.show(count)
    bar.end()
    lines = shown.getvalue().rstrip("\n").split("\r")[1:]
    assert [line.rsplit(" ", 1)[1] for line in lines] == ["1/4", "2/4", "4/4", "5/5"]
    assert [line.count("#") for line in lines] == [WIDTH // 4, WIDTH // 2, WIDTH, WIDTH]
