"""``cantinekit views URL``: the read-only SQL views of a store, for reports."""

from __future__ import annotations

import argparse
from typing import Any


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "views",
        help="make the SQL views of a store, for reports",
        description=(
            "Makes a read-only view for each kind of record in the database of an SQLite or PostgreSQL store, or makes "
            "them anew after an upgrade of the library. Views of people are only made where --private asks for them, "
            "and go where it does not."
        ),
    )
    parser.add_argument("url", metavar="URL", help="the store, for example postgresql://localhost/cantine")
    parser.add_argument("--private", action="store_true", help="views of people too")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.backends.sqlite import read_sqlite_url
    from cantinekit.errors import StorageError
    from cantinekit.plugins.registry import Registry
    from cantinekit.reads.views import create_views
    from cantinekit.urls import BackendUrl

    url = BackendUrl.parse(args.url)
    if url.scheme == "sqlite" and not read_sqlite_url(url).path.exists():  # opening it would make a new store
        raise StorageError(f"there is no file {read_sqlite_url(url).path}")
    store = Registry.load().storage(args.url)
    try:
        for view in create_views(store, private=args.private):
            print(view.name)
    finally:
        store.close()
    return 0
