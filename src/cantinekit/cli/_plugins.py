"""``cantinekit plugins``: which backends, rules, calendars, vetoes and observers there are, whose, and what failed."""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.plugins.registry import LoadedCalendar, LoadedRule

MANY = 12
"""How many closure calendars of one distribution the table shows."""
WHAT = {
    "cantinekit_before_command": "may refuse a command before it is carried out",
    "cantinekit_events_recorded": "is told what was recorded",
}
WRAPS = "wraps the calls of the others"


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "plugins",
        help="list the backends, the pricing rules, the closure calendars and the plug-ins that failed to load",
        description=(
            "Lists the backends, the pricing rules, the closure calendars, and the plug-ins that are called while a "
            "house runs, and where they come from. Exits with 1 when a plug-in failed to load."
        ),
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--allow",
        action="append",
        metavar="DISTRIBUTION",
        help="load only the plug-ins of this distribution, as Registry.load(allow=...); may be given more than once",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    import attrs

    from cantinekit.plugins.registry import PluginWarning, Registry

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        registry = Registry.load(allow=args.allow)
    if args.json:
        rows = {
            "backends": [attrs.asdict(row) for row in registry.backends],
            "rules": [_rule(row) for row in registry.rules],
            "calendars": [_calendar(row) for row in registry.calendars],
            "hooks": [attrs.asdict(row) for row in registry.hooks],
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
        names = ("CLOSURE CALENDAR", "FROM", "WHAT IT IS")
        print("\n" + _table([names, *_calendars(registry.calendars)]))
        if registry.hooks:
            hooks = [
                (one.hook, f"{one.distribution} {one.version}".strip(), WHAT[one.hook] if not one.wrapper else WRAPS)
                for one in registry.hooks
            ]
            print("\n" + _table([("HOOK", "FROM", "WHAT IT DOES"), *hooks]))
        for failure in registry.failures:
            print(f"left out: {failure}")
    return 1 if registry.failures else 0


def _rule(row: LoadedRule) -> dict[str, Any]:
    own = {key: getattr(row.rule, key) for key in ("name", "version", "phase", "summary")}
    return {"rule": own, "distribution": row.distribution, "version": row.version}


def _calendar(row: LoadedCalendar) -> dict[str, Any]:
    own = {key: getattr(row.calendar, key) for key in ("name", "summary", "api")}
    return {"calendar": own, "distribution": row.distribution, "version": row.version}


def _calendars(found: Sequence[LoadedCalendar]) -> Iterator[tuple[str, str, str]]:
    """A line for each calendar; at most ``MANY`` of one distribution, and how many more there are."""
    for origin, group in groupby(found, lambda one: f"{one.distribution} {one.version}".strip()):
        mine = [one.calendar for one in group]
        for calendar in mine[:MANY]:
            yield calendar.name, origin, calendar.summary
        if len(mine) > MANY:
            yield "...", origin, f"{len(mine) - MANY} more up to {mine[-1].name}; --json lists all"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
