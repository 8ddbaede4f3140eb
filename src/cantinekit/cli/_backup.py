"""``cantinekit backup URL FILE``: a copy of an SQLite store that is in use."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.backends.sqlite import BackupReport, SqliteUrl


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "backup",
        help="copy an SQLite store, also while it is in use",
        description=(
            "Copies an SQLite store to a new file, also while it is in use. The copy is of one moment, and it is read "
            "back and compared row by row before it gets its name. Nothing is ever written over."
        ),
    )
    parser.add_argument("url", metavar="URL", help="the store, for example sqlite:///cantine.db")
    parser.add_argument("file", metavar="FILE", help="the copy; it must not exist")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.backends.sqlite import backup

    url = sqlite_url(args.url)
    print(told(backup(url.path, args.file, timeout=url.timeout, driver=url.driver), args.file))
    return 0


def sqlite_url(text: str) -> SqliteUrl:
    """What a store's URL says.

    Raises:
        UrlError: the URL is not one of SQLite.
    """
    from cantinekit.backends.sqlite import read_sqlite_url
    from cantinekit.errors import UrlError
    from cantinekit.urls import BackendUrl

    url = BackendUrl.parse(text)
    if url.scheme != "sqlite":
        raise UrlError(f"only sqlite:// stores are copied by this command; use what belongs to {url.scheme}://")
    return read_sqlite_url(url)


def told(report: BackupReport, path: str | Path) -> str:
    """What was copied, in a line."""
    return (
        f"{report.records} rows and {report.entries} journal entries are in {path}, read back and compared "
        f"(sha256 {report.sha256})"
    )
