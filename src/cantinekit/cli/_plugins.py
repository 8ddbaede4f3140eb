"""``cantinekit plugins``: which backends and pricing rules there are, who brought them, and which plug-ins failed."""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.registry import LoadedRule


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "plugins",
        help="list the backends, the pricing rules and the plug-ins that failed to load",
        description=(
            "Lists the backends and the pricing rules, and where they come from. Exits with 1 when a plug-in failed to "
            "load."
        ),
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
            "rules": [_rule(row) for row in registry.rules],
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
        if registry.rules:
            head = ("PRICING RULE", "VERSION", "FROM", "PHASE", "WHAT IT IS")
            rules = [
                (one.rule.name, str(one.rule.version), f"{one.distribution} {one.version}".strip(), one.rule.phase,
                 one.rule.summary)
                for one in registry.rules
            ]  # fmt: skip
            print("\n" + _table([head, *rules]))
        for failure in registry.failures:
            print(f"left out: {failure}")
    return 1 if registry.failures else 0


def _rule(row: LoadedRule) -> dict[str, Any]:
    own = {key: getattr(row.rule, key) for key in ("name", "version", "phase", "summary")}
    return {"rule": own, "distribution": row.distribution, "version": row.version}


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
