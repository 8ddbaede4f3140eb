"""``cantinekit contract URL``: does the store behind a URL keep its promises."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.testing import PromiseResult


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "contract",
        help="check a store against the storage contract, promise by promise",
        description=(
            "Checks a store against the storage contract, promise by promise. IT WRITES: to stores of its own beside "
            "the one that is named, so that what is stored there is not touched; it says first where, and what stays. "
            "In the URL of a plug-in's store, {fresh} stands for another name each time. Exits with 1 when a promise "
            "is broken."
        ),
    )
    parser.add_argument("url", metavar="URL", help="for example sqlite:///check.db")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each promise")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.registry import Registry
    from cantinekit.testing import check_storage_url

    count: Counter[str] = Counter()

    def report(result: PromiseResult) -> None:
        verdict = _verdict(result)
        count[verdict] += 1
        (_print_row if args.json else _print)(verdict, result)
        sys.stdout.flush()

    check_storage_url(args.url, Registry.load().storage, announce=_announce, report=report)
    if not args.json:
        print(f"{count['kept']} promises kept, {count['broken']} broken, {count['not claimed']} not claimed")
    return 1 if count["broken"] or not count["kept"] else 0


def _verdict(result: PromiseResult) -> str:
    if result.skipped:
        return "not claimed"
    return "kept" if result.ok else "broken"


def _announce(where: str) -> None:
    print(f"THIS CHECK WRITES: it {where}.", file=sys.stderr, flush=True)


def _print(verdict: str, result: PromiseResult) -> None:
    shown = verdict.upper() if verdict == "broken" else verdict
    print(f"{shown:<12} {result.promise} ({result.seconds:.2f} s)")
    for more in filter(None, (result.skipped, result.problem)):
        print(f"{'':<12} {more}")


def _print_row(verdict: str, result: PromiseResult) -> None:
    row = {
        "name": result.name,
        "promise": result.promise,
        "verdict": verdict,
        "reason": result.skipped or result.problem,
        "seconds": round(result.seconds, 3),
    }
    print(json.dumps(row, ensure_ascii=False))
