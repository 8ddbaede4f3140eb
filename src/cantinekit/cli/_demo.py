"""``cantinekit demo``: a fictional network of cantines, shown in the terminal."""

from __future__ import annotations

import argparse
from typing import Any


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "demo",
        help="show the library at work on invented data",
        description="Plays a day, a month and an evening of invented cantines, and tells them from what was stored.",
    )
    parser.add_argument(
        "--db",
        metavar="URL",
        help="play on this empty store (default: a new SQLite file in a temporary folder, named at the end)",
    )
    parser.add_argument("--lang", choices=["fr", "en"], default="en", help="language of the texts (default: en)")
    parser.add_argument("--fast", action="store_true", help="no pauses and no bars at a terminal")
    parser.add_argument("--replay", metavar="DB", help="tell again a day that was played: a URL or an SQLite file")
    parser.add_argument(
        "--year",
        action="store_true",
        help="write a year of invented visits, the price list that charged them and one that is proposed",
    )
    parser.add_argument("--to", metavar="DIR", help="the folder that --year writes to (default: cantine-year)")
    parser.add_argument("--visitors", metavar="N", type=int, help="how many visitors come in the year (default: 20000)")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.errors import InputError

    if args.year:
        if args.db is not None or args.replay is not None:
            raise InputError("--year writes files: --db and --replay do not go with it")
        from cantinekit.demo import _year

        return _year.main(args)
    if args.to is not None or args.visitors is not None:
        raise InputError("--to and --visitors go with --year")
    from cantinekit import demo

    return int(demo.main(args) or 0)
