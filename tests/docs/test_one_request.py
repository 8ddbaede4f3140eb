"""The page on one request tells the stations that the request passes, in their order, with the figures of a trace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit import Money
from support.pages.request_trace import entered, walk

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "one-request.md").read_text(encoding="utf-8")
STATIONS = re.findall(r"^(\d+)\. `([\w/]+\.py)`: ", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def walked():
    return walk()


def test_the_way_of_the_request(walked):
    """The stations are numbered, and are files that the request enters, in the order in which it first enters them."""
    files = [file for _, file in STATIONS]
    assert [int(number) for number, _ in STATIONS] == list(range(1, len(STATIONS) + 1))
    assert len(files) >= 12
    assert [file for file in walked["register"].files if file in files] == files


def test_no_room_is_left_out(walked):
    """Of each room that the request goes through there is a station, but for those that hold values or check them."""
    rooms = {file.partition("/")[0] for file in walked["register"].files}
    told = {file.partition("/")[0] for _, file in STATIONS}
    assert rooms - told == {"common", "clock.py", "money", "scheduling", "reads"}


def test_the_two_requests_after_it(walked):
    """Paying and cancelling pass the same stations, but those of the sale; what goes back, the price list says."""
    for name in ("pay", "cancel"):
        passed = set(walked[name].files)
        missed = [file for _, file in STATIONS if file not in passed]
        sale = ("domain/sales/question.py", "domain/registrations/admission.py", "domain/passes/giving.py")
        asked = ("domain/sales/prices.py", "pricing/tariff.py", "domain/registrations/handlers.py")
        assert set(missed) == {*sale, *(asked if name == "pay" else ())}


def test_figures(walked):
    """The figures on the page are those of this walk."""
    register = walked["register"]
    text = " ".join(PAGE.split())
    assert f"The request enters {len(register.files)} files" in text
    assert f"Paying enters {len(walked['pay'].files)} files and cancelling {len(walked['cancel'].files)}" in text
    assert f"Here there are {register.batches} batches" in text
    rows, events, guards = (
        len(part) for part in (register.change.rows, register.change.events, register.change.guards)
    )
    assert f"{rows} rows to write, {events} events for the journal, {guards} rows that are only compared" in text
    assert [row.kind for row in register.change.rows].count("task") == 2


def test_each_is_entered_more_than_once(walked):
    """The flow goes to and fro, as the page says."""
    for one in walked.values():
        assert one.turns > len(one.files)


def test_the_tracer_sees():
    """The control: what is entered is seen, in its order, and nothing else."""
    given, files, turns = entered(lambda: Money.parse("7.00 EUR"))
    assert (given, files, turns) == (Money(700, "EUR"), ["money/__init__.py"], 1)
