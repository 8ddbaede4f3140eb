"""The page on one request lists the files that the request really enters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cantinekit import Money
from support.pages.request_trace import entered, walk

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "one-request.md").read_text(encoding="utf-8")
VALUES = ("model/", "commands/", "money.py", "clock.py", "ports.py", "pricing/values.py", "pricing/model/")
VALUES += ("pricing/quote.py",)
"""Files that hold what is passed along: records, commands, money, instants, rows, price lists, orders and quotes."""


@pytest.fixture(scope="module")
def walked():
    return walk()


def carrying(files: list[str]) -> list[str]:
    return [file for file in files if not file.startswith(VALUES)]


def block(title: str) -> list[str]:
    """The files in the table below a heading."""
    text = re.split(r"^## ", PAGE.partition(f"## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| \d+ \| `([^`]+)`", text, re.MULTILINE)


def test_the_way_of_the_request(walked):
    """The table has the files that carry the request, in the order in which it first enters them."""
    assert block("The way") == carrying(walked["register"][0])


def test_values_on_the_way(walked):
    """The page names the files of values that the request enters, all of them."""
    text = PAGE.partition("## What is passed along\n")[2].partition("\n## ")[0]
    assert re.findall(r"`([\w/]+\.py)`", text) == sorted(
        set(walked["register"][0]) - set(carrying(walked["register"][0]))
    )


def test_what_the_others_add(walked):
    """Paying and cancelling enter no file beyond those of the first request but the ones that the page adds."""
    first = set(walked["register"][0])
    more = [file for name in ("pay", "cancel") for file in walked[name][0] if file not in first]
    text = PAGE.partition("## The two requests after it\n")[2].partition("\n## ")[0]
    assert re.findall(r"`([\w/]+\.py)`", text) == list(dict.fromkeys(more))


def test_figures(walked):
    """The figures on the page are those of this walk."""
    files, carried = walked["register"][0], carrying(walked["register"][0])
    assert f"{len(files)} files, {len(carried)} of which carry it" in PAGE
    assert f"{len(files) - len(carried)} hold values" in PAGE
    assert f"paying {len(walked['pay'][0])} and cancelling {len(walked['cancel'][0])}" in PAGE


def test_each_is_entered_more_than_once(walked):
    """The flow goes to and fro: the page does not claim that each file is entered once."""
    for files, changes in walked.values():
        assert changes > len(files)


def test_the_tracer_sees():
    """The control: what is entered is seen, in its order, and nothing else."""
    given, files, changes = entered(lambda: Money.parse("7.00 EUR"))
    assert (given, files, changes) == (Money(700, "EUR"), ["money.py"], 1)
