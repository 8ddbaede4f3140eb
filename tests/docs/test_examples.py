"""The examples in README.md and docs/ work as they are printed.

Python blocks of a page run one after the other, in one namespace, in an empty folder. In console blocks the lines that
begin with ``$ cantinekit`` are run, and what is printed below them must come out; ``...`` stands for anything. Other
console lines are for the reader. A TOML block that begins with ``[tariff]`` or ``tariff =`` is a price list: it is
loaded, and its worked examples, which the short form must have, come out as they say. Later blocks of the page go on
with it, ``[examples]`` anew each time; commands find it under its id.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import shlex
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser, SkipParser

from cantinekit.cli import main
from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
from support.run.soak import SOAK

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    ROOT / "docs" / "how-to" / "use-in-a-django-project.md",  # run by test_django_page, in a process of its own
    ROOT / "docs" / "how-to" / "join-your-own-transaction.md",  # run by test_joining_page, on a server
    ROOT / "docs" / "tutorials" / "first-plug-in.md",  # run by test_first_plug_in, in an environment of its own
}
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page not in ELSEWHERE)]
COMMAND = "$ cantinekit "


def plain(text: str) -> str:
    """The text with plain spaces, as a page has them."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def arguments(command: str) -> list[str]:
    """The arguments of a command that a page has; a store is checked at full size in a soak only."""
    found = shlex.split(command.removeprefix(COMMAND))
    return found if found != ["contract", "memory://"] or SOAK else [*found, "--scale", "0.02"]


def run_console(example: Example) -> None:
    """Run the commands of a console block and compare what they print."""
    checker = doctest.OutputChecker()
    blocks: list[tuple[str, list[str]]] = []
    for line in example.parsed.splitlines():
        if line.startswith("$ "):
            blocks.append((line, []))
        elif blocks:
            blocks[-1][1].append(line)
    for command, lines in blocks:
        if not command.startswith(COMMAND):
            continue
        wanted = plain("".join(f"{line}\n" for line in lines))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                code = main(arguments(command))
            except SystemExit as stop:
                code = stop.code
        if code:
            raise AssertionError(f"{command!r} ended with {code}")
        if wanted and not checker.check_output(wanted, plain(out.getvalue()), doctest.ELLIPSIS):
            raise AssertionError(f"{command!r} printed\n{out.getvalue()}instead of\n{wanted}")


def run_tariff(example: Example) -> None:
    """Load the price list as far as the page has it, and ask the worked examples in it."""
    text = example.parsed
    if text.lstrip().startswith(("[tariff]", "tariff =")):
        example.namespace["price list"] = {"": text}
    blocks = example.namespace.get("price list")
    if blocks is None:
        return  # another kind of file
    if text != blocks[""]:
        blocks["examples" if text.startswith("[examples]") else str(len(blocks))] = text
        blocks |= {"examples": blocks.pop("examples", "")}
    tariff = Tariff.load("\n".join(blocks.values()))
    Path(f"{tariff.id}.toml").write_text(tariff.source, encoding="utf-8")
    results = tariff.check()
    wrong = [f"{each.id}: {each.expected}, got {each.got}; {each.why}" for each in results if not each.ok]
    if wrong or (text.startswith("tariff =") and not results):
        raise AssertionError("\n".join(wrong) or "a price list without worked examples")


PARSERS = [PythonCodeBlockParser(), CodeBlockParser("console", run_console), CodeBlockParser("toml", run_tariff)]
SYBIL = Sybil([*PARSERS, SkipParser()])


def examples_of(page: Path) -> list[Example]:
    return list(SYBIL.parse(page).examples())


def run(page: Path) -> None:
    """Run the examples of a page."""
    for example in examples_of(page):
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page, tmp_path, monkeypatch):
    """Every example of the page works."""
    monkeypatch.chdir(tmp_path)
    run(page)


def test_examples_are_found():
    """The control: examples are really found, those of the page on backends among them."""
    assert len(examples_of(ROOT / "docs" / "how-to" / "choose-backends.md")) >= 5


LIST = """```toml
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
product.a.rate = { price = 1 }
"""


@pytest.mark.parametrize(
    "text",
    [
        "```python\nassert 1 == 2\n```\n",
        "```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
        "```console\n$ cantinekit plugins\nnothing\n```\n",
        "```console\n$ cantinekit nonsense\n```\n",
        LIST + "```\n",
        LIST + "examples.list = [{ id = 'a', product = 'a', gross = 2 }]\n```\n",
        LIST
        + "[examples]\nlist = [{ id = 'a', product = 'a', gross = 1 }]\n```\n\n```toml\n[product.b]\nprice = 1\n```\n",
    ],
)
def test_a_wrong_example_fails(text, tmp_path, monkeypatch, capsys):
    """The control: an example that is wrong fails, in Python, in a price list and in the console."""
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises((AssertionError, TariffError)):
        run(page)
