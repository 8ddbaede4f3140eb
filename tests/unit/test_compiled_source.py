"""Generated source: no text of a tariff ever stands in it, and it sees nothing that it was not given."""

from __future__ import annotations

import ast
import builtins
import io
import json
import keyword
import re
import tokenize
from datetime import date
from typing import Any

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Order, State, Tariff
from cantinekit.pricing.kernel import emit_python

HOSTILE = (
    "__import__('os').system('id')",
    'a"b',
    "it's",
    "a\\",
    '"""',
    "{meters} {0} %s",
    "#'); raise SystemExit",
    "éàü 漢字",
    "c0",
    "x = 1; y",
)
"""Words that would be something else in source."""
REFUSED = ("two\nlines", "right \u202e left", "an ESC \x1b[31m", "a NUL \x00")
FORBIDDEN = ("__import__", "system", "SystemExit", "meters}", "é", "漢")
WORDS = {"", "1", "/day=", "/week=", "/month=", "/year=", "%04d-W%02d", "revenue", "incl"}
"""All strings that a door may have: values of what it makes, and the words of keys that every tariff has."""
REASONS = {
    *("before", "after", "why", "values", "capped", "within", "_alone", "limit", "meter", "period", "used"),
    *("account", "left", "lots", "needed", "unit", "units", "no_lot", "nothing_to_cover"),
}
"""All strings that reasons may have besides: keys of a step, and codes."""
WHOLE = re.compile(r"def (kernel|door|quick|tell)\(")


def tariff_of(word: str) -> Tariff:
    """A tariff whose every name is this word."""
    q = json.dumps(word, ensure_ascii=False)
    return Tariff.load(
        f"""
[tariff]
id = "t"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"
[tax.standard]
rates = [{{ from = 2014-01-01, rate = "20%" }}]
[facts]
room = [{q}, "other"]
late = "yes/no"
persons = "number"
[derive]
crowd = [{{ is = {q}, when = {{ persons = {{ from = 3 }} }} }}, {{ is = "few" }}]
[product.desk]
name = {q}
tags = [{q}]
cover = [
  {{ by = "carnet", unit = {q}, partial = true, when = {{ holds = "plan" }} }},
  {{ id = {q}, free = 1, unit = {q}, same = ["person", "day"] }},
]
beyond = "rate"
[product.desk.rate]
by = ["room", "crowd"]
columns = [{q}, "few"]
rows = [[{q}, 1, 2], ["other", 3, 4]]
per = {q}
name = {q}
[[product.desk.adjust]]
id = {q}
when = [{{ code = {q} }}, {{ room = {q}, late = true }}]
percent = "-10%"
[[product.desk.adjust]]
id = "the cap"
at_most = 5
same = ["person", "room", "month"]
pool = {q}
[product.plan]
sells = "plan"
rate = {{ price = 1 }}
""",
    )


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Every source that is compiled from here on, with the names that its code sees."""
    found: list[tuple[str, dict[str, Any]]] = []
    real_compile, real_exec = builtins.compile, builtins.exec
    texts: dict[Any, str] = {}

    def compile_(source: Any, *args: Any, **more: Any) -> Any:
        code = real_compile(source, *args, **more)
        if isinstance(source, str):
            texts[code] = source
        return code

    def exec_(code: Any, scope: Any = None, *args: Any) -> None:
        text = texts.get(code, code if isinstance(code, str) else "")
        if WHOLE.search(text):
            found.append((text, scope))
        real_exec(code, scope, *args)

    monkeypatch.setattr(builtins, "compile", compile_)
    monkeypatch.setattr(builtins, "exec", exec_)
    return found


def compile_all(tariff: Tariff) -> None:
    """Write every source of a desk: its quote, its reasons and its kernel."""
    runner = tariff._programs.of("desk")
    assert runner is not None, tariff._programs.reasons
    assert None not in (runner.quick, runner.tell, runner.tell_data, emit_python(runner.compiled.program))


def strings(text: str) -> list[str]:
    """The string literals of a source."""
    return [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("word", HOSTILE)
def test_no_text_of_a_tariff_stands_in_source(word: str, sources: list[tuple[str, dict[str, Any]]]) -> None:
    """The sources of quote, reasons and kernel are the same whatever the names of a tariff are."""
    compile_all(tariff_of(word))
    mine = [text for text, _ in sources]
    sources.clear()
    compile_all(tariff_of("plain"))
    assert [text.split("(")[0] for text in mine[:3]] == ["def quick", "def tell", "def tell"]
    assert mine[:3] == [text for text, _ in sources][:3]
    for text in mine:
        assert text.isascii()
        assert not [part for part in FORBIDDEN if part in text]


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_name_is_a_name(word: str) -> None:
    """A program prices a tariff of hostile names, and gives them back as they are."""
    tariff = tariff_of(word)
    order = Order(
        (Item("desk", day=date(2026, 11, 24), count=3, facts={"room": word, "late": True, "persons": 3}),),
        word,
        holds=(),
    )
    quote = tariff._programs.quote(order, State())
    assert quote is not None
    assert quote.lines[0].text == word
    assert quote.lines[0].unit == word
    assert quote.lines[0].tags == (word,)
    assert quote.total.amount == 180
    assert quote.trace
    assert tariff.quote(order) == quote


def test_only_integers_and_generated_names(sources: list[tuple[str, dict[str, Any]]]) -> None:
    """A kernel is made of integers and names of a letter and a number; it has no strings and no attributes."""
    compile_all(tariff_of("kernel of its own"))
    kernels = [text for text, _ in sources if text.startswith("def kernel")]
    assert kernels
    for text in kernels:
        assert not strings(text)
        assert not [
            node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Attribute, ast.Call, ast.Import))
        ]
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                assert re.fullmatch(r"kernel|[a-z]+\d+", token.string), token.string
            assert token.type != tokenize.NUMBER or token.string.isdigit()


def test_the_door_says_what_it_says(sources: list[tuple[str, dict[str, Any]]]) -> None:
    """The strings of a door are fields of its records and words of keys; all else are constants beside it."""
    compile_all(tariff_of("x"))
    doors = [text for text, _ in sources if not text.startswith("def kernel")]
    assert doors
    for text in doors:
        known = WORDS | (REASONS if text.startswith("def tell") else set())
        assert set(strings(text)) <= known, set(strings(text)) - known
        assert not [
            node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom, ast.Global))
        ]
        attributes = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
        assert not [name for name in attributes if name.startswith("_") and name != "__class__"]


def test_generated_code_has_no_builtins(sources: list[tuple[str, dict[str, Any]]]) -> None:
    """Neither kernel nor door can reach ``__import__``, ``open`` or ``eval``."""
    compile_all(tariff_of("no builtins"))
    assert len(sources) >= 4
    for _, scope in sources:
        assert scope["__builtins__"] == {}
        assert not {"__import__", "open", "eval", "exec", "getattr", "globals"} & scope.keys()
        assert {name for name in scope if not re.fullmatch(r"[ct]\d+", name)} <= {
            "__builtins__", "kernel", "door", "quick", "tell", "type", "int", "len", "handed_on",
        }  # fmt: skip


@pytest.mark.parametrize("word", REFUSED)
def test_what_is_no_text_is_not_read(word: str) -> None:
    """Line breaks, control characters and marks of direction come into no tariff, and so into no source."""
    with pytest.raises(TariffError):
        tariff_of(word)
