"""``cantinekit demo``: a fictional network of cantines, shown in the terminal."""

from __future__ import annotations

import argparse
from typing import Any


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "demo",
        help="show the library at work on invented data",
        description="Shows the library at work on invented data. Without --db nothing is kept.",
    )
    parser.add_argument("--db", metavar="URL", help="keep the data there, for example sqlite:///demo.db")
    parser.add_argument("--lang", choices=["fr", "en"], default="en", help="language of the texts (default: en)")
    parser.add_argument("--fast", action="store_true", help="do not pause between the scenes")
    parser.add_argument("--replay", metavar="URL", help="tell again what happened in a database that --db made")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit import demo

    return int(demo.main(args) or 0)
