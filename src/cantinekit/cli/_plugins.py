"""``cantinekit plugins``: which backends there are, who brought them, and which plug-ins failed."""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Sequence
from typing import Any


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "plugins",
        help="list the backends and the plug-ins that failed to load",
        description="Lists the backends and where they come from. Exits with 1 when a plug-in failed to load.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def run(args: argparse.Namespace) -> int:
    import attrs

    from cantinekit.registry import PluginWarning, Registry

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        registry = Registry.load()
    if args.json:
        rows = {
            "backends": [attrs.asdict(row) for row in registry.backends],
            "failures": [attrs.asdict(row) for row in registry.failures],
        }
        print(json.dumps(rows, indent=2))
    else:
        head = ("KIND", "URL", "FROM", "API", "WHAT IT IS")
        lines = [
            (row.kind, f"{row.scheme}://", f"{row.distribution} {row.version}".strip(), str(row.api), row.summary)
            for row in registry.backends
        ]
        print(_table([head, *lines]))
        for failure in registry.failures:
            print(f"left out: {failure}")
    return 1 if registry.failures else 0


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
