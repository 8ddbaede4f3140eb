"""``cantinekit diff OLD NEW``: what changed between two price lists, and for whom."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.pricing import Tariff
    from cantinekit.pricing.diff import Difference

_TITLES = {
    "tariff": "The whole",
    "product": "Products",
    "price": "Prices",
    "rule": "Rules",
    "terms": "Terms",
    "tax": "Taxes",
    "order": "Orders and codes",
    "example": "Examples with another answer",
}
_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "diff",
        help="show what changed between two price lists, and for whom",
        description=(
            "Shows what differs between two price lists: products, prices, rules, taxes, terms, and every worked "
            "example of either file whose answer is another one."
        ),
    )
    parser.add_argument("old", metavar="OLD", help="a price list, a TOML file")
    parser.add_argument("new", metavar="NEW", help="another one")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.pricing.diff import difference

    old, new = load(args.old), load(args.new)
    found = difference(old, new)
    if args.json:
        print(json.dumps([_data(each) for each in found], indent=2, ensure_ascii=False))
        return 0
    print(f"--- {args.old} ({old.id})\n+++ {args.new} ({new.id})")
    for area, title in _TITLES.items():
        mine = [each for each in found if each.area == area]
        if mine:
            print(f"\n{title}")
            for each in mine:
                print(f"  {_MARKS[each.what]} {_line(each)}")
    print(f"\n{len(found)} difference{'' if len(found) == 1 else 's'}")
    return 0


def load(path: str) -> Tariff:
    """A price list that has to be readable.

    Raises:
        InputError: it is not; says where the first problem is, and how many there are.
    """
    from cantinekit.cli._check import where
    from cantinekit.cli._read import read
    from cantinekit.errors import InputError, TariffError

    try:
        return read(path)
    except TariffError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        raise InputError(where(path, error.problems[0]) + more) from None


def _line(each: Difference) -> str:
    head = each.path + (f" [{each.whom}]" if each.whom else "") + (f" from {each.since}" if each.since else "")
    if each.what == "changed":
        return f"{head}: {each.before} -> {each.after}{_percent(each)}"
    text = each.after if each.what == "added" else each.before
    return f"{head}: {text}"


def _percent(each: Difference) -> str:
    if each.percent is None:
        return ""
    return f" ({float(each.percent * 100):+.1f} %)"


def _data(each: Difference) -> dict[str, Any]:
    return {
        "area": each.area,
        "what": each.what,
        "path": each.path,
        "whom": each.whom,
        "since": each.since.isoformat() if each.since else None,
        "before": each.before,
        "after": each.after,
        "percent": None if each.percent is None else round(float(each.percent * 100), 2),
    }
