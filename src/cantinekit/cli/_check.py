"""``cantinekit check PATH...``: whether price lists can be read, and whether their worked examples come out right.

What no house would publish is a warning: the list is right, and nothing or no document comes of it.

With ``--sell`` each example is lived in a house in memory: bought, and called off or moved where it says so.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.common.typography import Lang
    from cantinekit.living import LivedExample
    from cantinekit.pricing import ExampleResult, Problem, Tariff


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "check",
        help="check price lists and their worked examples",
        description=(
            "Reads price lists and asks their worked examples. Shows each answer that differs from the expected one, "
            "with its reasons, and warns of what PublishTariff refuses. With --sell each example is bought in a house "
            "in memory, and what the house keeps of it is compared. Exits with 1 when an answer differs or a file "
            "cannot be read."
        ),
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a price list, or a folder with price lists (*.toml)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each example")
    parser.add_argument("--print", action="store_true", help="print each price list in words, to hold beside the paper")
    parser.add_argument("--sell", action="store_true", help="buy each example in a house in memory, and compare")
    parser.add_argument("--lang", choices=["fr", "en"], default="en", help="language of --print (default: en)")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.cli._read import read
    from cantinekit.errors import InputError, TariffError

    if args.json and args.print:
        raise InputError("--json and --print do not go together")
    count = _LivedCount() if args.sell else _CheckCount()
    for path in _files(args.paths):
        try:
            tariff = read(path)
        except TariffError as error:
            count.add(unreadable=1)
            _show_problems(path, error.problems, args.json)
            continue
        if args.print:
            _print_list(tariff, args.lang)
        _warn(path, tariff, args.json)
        if isinstance(count, _LivedCount):
            _live(path, tariff, count, args.json)
            continue
        results = tariff.check()
        count.add(len(results), sum(not result.ok for result in results))
        _show_results(path, results, args.json)
    if not args.json:
        print(count)
    return 1 if count.failures or count.unreadable else 0


class _CheckCount:
    """What the last line says."""

    def __init__(self) -> None:
        self.files = self.examples = self.failures = self.unreadable = 0
        self.began = time.perf_counter()

    def add(self, examples: int = 0, failures: int = 0, unreadable: int = 0) -> None:
        self.files += 1
        self.examples += examples
        self.failures += failures
        self.unreadable += unreadable

    def __str__(self) -> str:
        parts = [many(self.files, "file"), many(self.examples, "example"), many(self.failures, "failure")]
        parts += [f"{self.unreadable} unreadable"] if self.unreadable else []
        return f"{', '.join(parts)}, {time.perf_counter() - self.began:.2f} s"


class _LivedCount(_CheckCount):
    """What the last line says of examples that were lived."""

    def __init__(self) -> None:
        super().__init__()
        self.lived = self.no_sale = 0

    def __str__(self) -> str:
        parts = [f"lived {self.lived} of {many(self.examples, 'example')}"]
        parts += [f"{self.no_sale} ask for no sale"] if self.no_sale else []
        parts += [f"{self.unreadable} unreadable"] if self.unreadable else []
        return "; ".join(parts)


def _live(path: Path, tariff: Tariff, count: _LivedCount, as_json: bool) -> None:
    """Live the examples of a list, and show those that differ or that no command of the house can carry out."""
    from cantinekit.errors import CantineError
    from cantinekit.living import live

    try:
        results = list(live(tariff))
    except CantineError as error:
        count.add(unreadable=1)
        print(_row(path, "", "a house that sells it", str(error), False) if as_json else f"{path}  {error}")
        return
    count.add(len(results), sum(not result.ok for result in results))
    count.lived += sum(result.kind == "lived" for result in results)
    count.no_sale += sum(result.kind == "no sale" for result in results)
    if as_json:
        for result in results:
            print(_row(path, result.id, result.expected, result.got, result.ok, kind=result.kind, line=result.line))
        return
    failed = [result for result in results if not result.ok]
    print(f"{path}  {many(len(results), 'example')}" + (f", {many(len(failed), 'failure')}" if failed else ""))
    for result in failed:
        _show_lived(path, result)


def _show_lived(path: Path, result: LivedExample) -> None:
    place = f"{path}:{result.line}" if result.line else str(path)
    print(f"  {place}: {result.id}\n    expected {result.expected}")
    print(f"    {'got     ' if result.kind == 'differs' else result.kind + ':'} {result.got}")
    print("".join(f"      {text}\n" for text in result.why.splitlines()), end="")


def many(count: int, word: str) -> str:
    """A number and what it counts."""
    return f"{count} {word}" + ("" if count == 1 else "s")


def _files(paths: Iterable[str]) -> Iterator[Path]:
    from cantinekit.errors import InputError

    for path in map(Path, paths):
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.toml"))
        if not found:
            raise InputError(f"there is no price list (*.toml) in the folder {path}")
        yield from found


def where(path: Path | str, problem: Problem) -> str:
    """A problem behind the file and the line, as editors and terminals open them."""
    place = f"{path}:{problem.line}" if problem.line else str(path)
    return f"{place}: {problem.text}"


def _show_problems(path: Path, problems: Iterable[Problem], as_json: bool) -> None:
    if not as_json:
        print(f"{path}  cannot be read")
    for problem in problems:
        text = where(path, problem)
        if as_json:
            print(_row(path, "", "a price list", text, False))
        else:
            print(f"  {text}")


def _warn(path: Path, tariff: Tariff, as_json: bool) -> None:
    """Show what speaks against the publication of a list that can be read, in whatever house."""
    from cantinekit.clock import SystemClock, local
    from cantinekit.domain.catalogue.publishing import not_sold

    for problem in not_sold(tariff, local(SystemClock().now(), tariff.zone).date()):
        text = where(path, problem)
        print(_row(path, "", "a list to publish", text, True, kind="warning") if as_json else f"warning: {text}")


def _show_results(path: Path, results: Iterable[ExampleResult], as_json: bool) -> None:
    results = list(results)
    if as_json:
        for result in results:
            got = result.got if result.got != "an error" else f"an error: {result.why}"
            print(_row(path, result.id, result.expected, got, result.ok))
        return
    failed = [result for result in results if not result.ok]
    print(f"{path}  {many(len(results), 'example')}" + (f", {many(len(failed), 'failure')}" if failed else ""))
    for result in failed:
        print(f"  {result.id}\n    expected {result.expected}\n    got      {result.got}")
        print("".join(f"      {line}\n" for line in result.why.splitlines()), end="")


def _row(path: Path, id: str, expected: str, got: str, ok: bool, **more: Any) -> str:
    row = {"file": str(path), "id": id, "expected": expected, "got": got, "ok": ok, **more}
    return json.dumps(row, ensure_ascii=False)


def _print_list(tariff: Tariff, lang: Lang) -> None:
    from cantinekit.pricing.listing import price_list

    print(price_list(tariff, lang) + "\n")
