"""``cantinekit export URL ENTITY``: the entries of a legal entity for its accountant, as a FEC or as CSV; with
``--visits`` what was sold, as the usages of a replay.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.cantine import Cantine
    from cantinekit.reads.usages import PastUsages


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "export",
        help="write the entries of a legal entity for its accountant, or what was sold",
        description=(
            "Writes the entries of a legal entity from a day to a day, with the codes of its accounts: as the French "
            "fichier des écritures comptables (FEC) or as CSV. People are ids unless --names asks for their names. "
            "With --visits it writes what was sold in these days, for cantinekit replay: a Parquet file without names."
        ),
    )
    parser.add_argument("url", metavar="URL", help="the store, for example sqlite:///cantine.db")
    parser.add_argument(
        "entity",
        metavar="ENTITY",
        nargs="?",
        help="id of the legal entity; with --visits also of a place, and without one all places",
    )
    parser.add_argument("--from", dest="first", metavar="DAY", type=as_day, help="first day: 2025-01-01")
    parser.add_argument("--until", metavar="DAY", type=as_day, help="last day: 2025-12-31")
    parser.add_argument("--as", dest="form", choices=("fec", "csv"), default="fec", help="fec (the default) or csv")
    parser.add_argument("--to", metavar="DIRECTORY", default=".", help="where the file is written; default: here")
    parser.add_argument("--opening", action="store_true", help="the balances of the day before come first (à-nouveaux)")
    parser.add_argument("--names", action="store_true", help="names of people, in place of their ids")
    parser.add_argument(
        "--visits", action="store_true", help="what was sold, without --from and --until in the year up to yesterday"
    )
    parser.add_argument("--parquet", metavar="FILE", help="the file that --visits writes")
    return parser


def as_day(text: str) -> date:
    """Read a day of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"no day such as 2025-12-31: {text}") from None


def open_store(address: str) -> Cantine:
    """Open the house of a store that is there.

    Raises:
        StorageError: there is no such file.
    """
    from cantinekit.backends.sqlite import read_sqlite_url
    from cantinekit.cantine import Cantine
    from cantinekit.errors import StorageError
    from cantinekit.urls import BackendUrl

    url = BackendUrl.parse(address)
    if url.scheme == "sqlite" and not read_sqlite_url(url).path.exists():  # opening it would make a new store
        raise StorageError(f"there is no file {read_sqlite_url(url).path}")
    return Cantine.open(address)


def past_usages(cantine: Cantine, at: str | None, first: date | None, last: date | None) -> PastUsages:
    """What was sold in a store.

    Args:
        cantine: the house.
        at: the id of a place or of a legal entity; ``None``: all places.
        first: the first day; ``None``: a year before the last.
        last: the last day; ``None``: yesterday.

    Raises:
        NotFoundError: there is nothing with this id.
        InputError: there are no places, or it is no period.
    """
    from cantinekit.clock import local
    from cantinekit.errors import InputError
    from cantinekit.records import LegalEntity, Place

    places = tuple(cantine.read.find(Place, "all"))
    if at is not None and cantine.read.which((Place, LegalEntity), at) is LegalEntity:
        places = tuple(place for place in places if place.entity_id == at)
    elif at is not None:
        places = tuple(place for place in places if place.id == at)
    if not places:
        raise InputError("there are no places")
    last = last or local(cantine.read.now(), places[0].zone).date() - timedelta(days=1)
    return cantine.read.usages([place.id for place in places], first or last - timedelta(days=364), last)


def _visits(args: argparse.Namespace) -> int:
    from cantinekit.errors import InputError
    from cantinekit.whatif import write_visits

    if args.parquet is None:
        raise InputError("--visits needs --parquet FILE")
    for name in ("opening", "names"):
        if getattr(args, name):
            raise InputError(f"--{name} does not go with --visits")
    with open_store(args.url) as cantine:
        usages = past_usages(cantine, args.entity, args.first, args.until)
        count = write_visits(usages, args.parquet)
    print(f"{args.parquet}: {count} rows")
    return 0


def run(args: argparse.Namespace) -> int:
    from cantinekit.errors import InputError

    if args.visits:
        return _visits(args)
    needed = {"ENTITY": args.entity, "--from": args.first, "--until": args.until}
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise InputError(f"the entries of an entity need {' and '.join(missing)}")
    if args.parquet is not None:
        raise InputError("--parquet goes with --visits")
    with open_store(args.url) as cantine:
        asked = (args.entity, args.first, args.until)
        if args.form == "fec":
            fec = cantine.read.fec(*asked, names=args.names, opening=args.opening)
            name, lines = fec.name, fec.lines
        else:
            name = f"{args.first:%Y%m%d}-{args.until:%Y%m%d}.csv"
            lines = cantine.read.accounting_csv(*asked, names=args.names, opening=args.opening)
        print(write_file(Path(args.to) / name, lines))
    return 0


def write_file(path: Path, lines: Iterable[str]) -> Path:
    """Write a file line by line; where that fails, nothing of it is left.

    Raises:
        InputError: it cannot be written.
    """
    from cantinekit.errors import InputError

    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return path
