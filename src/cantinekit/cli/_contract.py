"""``cantinekit contract URL``: does the store behind a URL keep its promises."""

from __future__ import annotations

import argparse
from typing import Any


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "contract",
        help="check a store against the storage contract, promise by promise",
        description=(
            "Checks a store against the storage contract, promise by promise, on stores of its own beside the one that "
            "is named: what is stored there is not touched. In the URL of a plug-in's store, {fresh} stands for "
            "another name each time. Exits with 1 when a promise is broken."
        ),
    )
    parser.add_argument("url", metavar="URL", help="for example sqlite:///check.db")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.registry import Registry
    from cantinekit.testing import check_storage_url

    registry = Registry.load()
    count = {"kept": 0, "BROKEN": 0, "skipped": 0}
    for result in check_storage_url(args.url, registry.storage):
        verdict = "skipped" if result.skipped else "kept" if result.ok else "BROKEN"
        count[verdict] += 1
        print(f"{verdict:<8} {result.promise} ({result.seconds:.2f} s)")
        for more in filter(None, (result.skipped, result.problem)):
            print(f"         {more}")
    print(f"{count['kept']} promises kept, {count['BROKEN']} broken, {count['skipped']} skipped")
    return 1 if count["BROKEN"] or not count["kept"] else 0
