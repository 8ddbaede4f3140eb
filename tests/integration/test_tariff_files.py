"""The tariffs of tests/tariffs: real price lists as data, beside what was published and what was asked about them.

Where the material of the tests lies beside the repository each file is held against it: every question about a price is
a worked example with the same answer, and every amount in a file was published. Without it the files still have to
load, to answer their own examples and to survive being written again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

import cantinekit
from cantinekit.money import exponent
from cantinekit.pricing import ExampleResult, Tariff

FILES = sorted((Path(__file__).parents[1] / "tariffs").glob("*.toml"))
SOURCE = Path(cantinekit.__file__).parent


@pytest.fixture(scope="module")
def tariffs() -> dict[str, Tariff]:
    """All files, by their id."""
    return {path.stem: Tariff.load(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_tariff_file_answers_its_examples(path: Path) -> None:
    """Each file loads, bears the name of its tariff, has examples, and answers all of them as it says."""
    tariff = Tariff.load(path)
    results = tariff.check()
    assert tariff.id == path.stem
    assert results
    assert [result for result in results if not result.ok] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_tariff_file_survives_being_written_again(path: Path) -> None:
    """``load(dump(t))`` is the same tariff with the same version, examples and answers."""
    tariff = Tariff.load(path)
    again = Tariff.load(tariff.dump())
    assert again == tariff
    assert again.version == tariff.version
    assert again.check() == tariff.check()


def test_no_two_files_are_one_tariff(tariffs: dict[str, Tariff]) -> None:
    """Two files never have the same content, and the source of each is named."""
    assert len({tariff.version for tariff in tariffs.values()}) == len(FILES) > 40
    assert [name for name, tariff in tariffs.items() if not tariff.parts.head.source] == []


# --- beside what was asked -------------------------------------------------------------------------------------------


def questions(shared: Path) -> list[dict[str, Any]]:
    """The questions about prices."""
    found = json.loads((shared / "tariffs" / "cases.json").read_text())
    return [case for case in found if case["topic"] == "pricing"]


def named(text: str) -> set[Decimal]:
    """The numbers in an answer."""
    return {Decimal(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text.replace(",", ""))}


def answers(tariff: Tariff) -> dict[str, ExampleResult]:
    """The worked examples by the first word of their ids."""
    return {result.id.split()[0]: result for result in tariff.check()}


def unanswered(cases: list[dict[str, Any]], found: dict[str, dict[str, ExampleResult]]) -> list[str]:
    """The questions that are no example, have another answer, or expect another amount."""
    wrong = []
    for case in cases:
        result = found.get(case["tariff"], {}).get(case["id"])
        expected = case["expected_total"]
        if result is None:
            wrong.append(f"{case['id']} of {case['tariff']} is no example")
        elif not result.ok:
            wrong.append(f"{case['id']}: expected {result.expected}, got {result.got}")
        elif expected is not None and Decimal(expected) not in named(result.expected):
            wrong.append(f"{case['id']}: the example expects {result.expected}, the answer is {expected}")
    return wrong


def test_every_question_about_a_price_is_answered(shared: Path, tariffs: dict[str, Tariff]) -> None:
    """Each question is an example of its tariff's file, the example is right, and its amount is the known answer."""
    cases = questions(shared)
    found = {name: answers(tariff) for name, tariff in tariffs.items()}
    assert sum(case["expected_total"] is not None for case in cases) > 100
    assert unanswered(cases, found) == []


def test_a_wrong_answer_would_be_seen(shared: Path, tariffs: dict[str, Tariff]) -> None:
    """The negative control: another amount, a missing example and a failing one are each found."""
    case = next(case for case in questions(shared) if case["expected_total"] is not None)
    found = {case["tariff"]: answers(tariffs[case["tariff"]])}
    right = found[case["tariff"]][case["id"]]
    failing = ExampleResult(right.id, right.expected, "something else", False)
    assert unanswered([case], found) == []
    assert len(unanswered([case | {"expected_total": "987654.32"}], found)) == 1
    assert len(unanswered([case | {"id": "another"}], found)) == 1
    assert len(unanswered([case], {case["tariff"]: {case["id"]: failing}})) == 1


# --- beside what was published ---------------------------------------------------------------------------------------

MONEY = frozenset(
    (
        *("price", "add", "at_least", "at_most", "replace", "fee", "amount", "low", "high", "flat", "first_price"),
        *("suggestion", "value", "minimum", "rows", "from"),
    )
)
"""Keys under which an amount may stand; in a currency with decimals it is told from a count by its decimals."""
COUNTED = frozenset(("share", "smallest", "in_units", "unit", "measure", "limit", "takes", "percent"))

NOT_PRINTED_SO = {
    ("ziferblat-london", "0.03"): "printed in pence: 3p a minute",
    ("ziferblat-london", "0.05"): "printed in pence: 5p a minute",
    ("commons-hub-2026", "100000"): "a turnover, printed as 100 k",
    ("commons-hub-2026", "1000000"): "a turnover, printed as 1 M",
}
"""Amounts that do not stand in the source in these digits, and why."""


def amounts(part: Any, whole: bool, key: str = "") -> Iterator[Decimal]:
    """The amounts in the data of a tariff; ``whole`` in a currency without decimals."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in COUNTED:
                yield from amounts(value, whole, name)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from amounts(value, whole, key)
    elif isinstance(part, Decimal) or (whole and key in MONEY and type(part) is int):
        yield Decimal(abs(part))


def published(text: str) -> set[Decimal]:
    """The numbers of a text, however it writes thousands and decimals."""
    out: set[Decimal] = set()
    for token in re.findall(r"\d(?:[\d.,'\u00a0\u202f ]*\d)?", text):
        for piece in {token, *token.split(" ")}:
            digits = re.sub(r"['\u00a0\u202f ]", "", piece)
            for form in (digits.replace(",", ""), digits.replace(",", "."), digits.replace(".", "").replace(",", ".")):
                try:
                    out.add(Decimal(form))
                except InvalidOperation:
                    continue
    return out


def unpublished(tariff: Tariff, text: str) -> set[tuple[str, str]]:
    """The amounts of a tariff that do not stand in a text. Amounts of examples are computed and do not count."""
    data = {name: part for name, part in tariff.parts.data().items() if name not in ("examples", "opening", "calendar")}
    known = published(text) | {Decimal(0)}
    found = set(amounts(data, not exponent(tariff.currency)))
    return {(tariff.id, f"{amount.normalize():f}") for amount in found if amount not in known}


def test_every_amount_was_published(shared: Path, tariffs: dict[str, Tariff]) -> None:
    """Each amount of each file stands in what was published, or in the table of those that are printed otherwise."""
    missing: set[tuple[str, str]] = set()
    for name, tariff in tariffs.items():
        missing |= unpublished(tariff, (shared / "tariffs" / f"{name}.md").read_text())
    assert missing == set(NOT_PRINTED_SO)


def test_an_invented_amount_would_be_seen(tariffs: dict[str, Tariff]) -> None:
    """The negative control: with nothing published, every file with a price has amounts that are missing."""
    counts = Counter(bool(unpublished(tariff, "")) for tariff in tariffs.values())
    assert counts[True] > 40
    assert unpublished(tariffs["ziferblat-london"], "3 and 5 pence") >= {("ziferblat-london", "0.03")}


def test_the_library_knows_none_of_them(shared: Path) -> None:
    """No id of a tariff or of a question and no name of a place stands in the library: it knows a format only."""
    names = {path.stem for path in FILES} | {path.stem for path in (shared / "tariffs").glob("*.md")}
    names -= {"README", "PATTERNS"}
    titles = set()
    for path in (shared / "tariffs").glob("*.md"):
        first = path.read_text().split("\n", 1)[0].lstrip("# ")
        titles.add(re.split(r" - | \(|,|: ", first)[0].strip())
    titles = {title for title in titles if len(title) > 4 and is_name(title)}
    ids = {case["id"] for case in json.loads((shared / "tariffs" / "cases.json").read_text())}
    words = {name for name in names if "-" in name or len(name) > 6} | titles
    found = []
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})\b", re.IGNORECASE)
    numbered = re.compile(rf"\b(?:{'|'.join(sorted(ids))})\b")
    for path in sorted(SOURCE.rglob("*.py")):
        if "demo" not in path.relative_to(SOURCE).parts:
            text = path.read_text()
            found += [(path.name, word) for pattern in (named, numbered) for word in pattern.findall(text)]
    assert len(words) > 50
    assert found == []


def is_name(title: str) -> bool:
    """Whether a title is a name and not a common word."""
    return title.lower() not in ("loom", "rules", "readme", "tariff patterns", "tariff corpus", "patterns", "open door")
