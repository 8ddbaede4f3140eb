"""``cantinekit restore FILE URL``: a new SQLite store from a copy."""

from __future__ import annotations

import argparse
from typing import Any

from cantinekit.cli._backup import sqlite_url, told


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "restore",
        help="bring a copy of an SQLite store back, as a new file",
        description=(
            "Brings a copy that backup made back as a new file, read back and compared row by row. It refuses to write "
            "over a store: move the old one away first."
        ),
    )
    parser.add_argument("file", metavar="FILE", help="the copy; it is only read")
    parser.add_argument("url", metavar="URL", help="the new store, for example sqlite:///cantine.db; it must not exist")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.backends.sqlite import restore

    url = sqlite_url(args.url)
    print(told(restore(args.file, url.path, driver=url.driver), url.path))
    return 0
