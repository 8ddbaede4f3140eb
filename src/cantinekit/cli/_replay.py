"""``cantinekit replay NEW VISITS --against OLD``: a year of visits under another price list, and ``--late LATE``: what
visits change that are reported afterwards.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cantinekit.cli._export import as_day, open_store, past_usages

if TYPE_CHECKING:
    from cantinekit.cli._due import Bar
    from cantinekit.pricing import Tariff
    from cantinekit.whatif import Visits


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "replay",
        help="replay a year of visits under another price list: who pays more, who less, what it brings",
        description=(
            "Prices what was sold once more, under a price list that is asked about and under the one that it is held "
            "against, and says what both bring, who pays more and who less, and whether the old list comes to what was "
            "really charged. With --late it says what is to bill and to credit since visits are reported late, "
            "corrected or withdrawn. Nothing is stored but the report."
        ),
    )
    parser.add_argument("list", metavar="NEW", help="the price list that is asked about, a TOML file")
    parser.add_argument(
        "visits", metavar="VISITS", nargs="?", help="what was sold, a Parquet file; without one --store has it"
    )
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--against", metavar="OLD", help="the price list of today, a TOML file")
    how.add_argument(
        "--late", metavar="LATE", help="a Parquet file of visits that are reported afterwards, NEW is what they cost"
    )
    parser.add_argument("--store", metavar="URL", help="take what was sold from a store: sqlite:///cantine.db")
    parser.add_argument("--at", metavar="ID", help="only of this place or legal entity of the store")
    parser.add_argument("--from", dest="first", metavar="DAY", type=as_day, help="first day of the store: 2025-01-01")
    parser.add_argument(
        "--until", metavar="DAY", type=as_day, help="last day; without both days the year up to yesterday"
    )
    parser.add_argument("--by", metavar="FACT", help="tell members by this fact (default: the first with words)")
    parser.add_argument("--engine", metavar="NAME", help="the engine that prices; all of them give the same")
    parser.add_argument("--to", metavar="DIR", help="write the report there: HTML with plots, CSV and Parquet")
    parser.add_argument("--lang", choices=("fr", "en"), default="en", help="language of the report (default: en)")
    return parser


def run(args: argparse.Namespace) -> int:
    return _late(args) if args.late is not None else _against(args)


def _late(args: argparse.Namespace) -> int:
    from cantinekit.cli._diff import load
    from cantinekit.errors import InputError
    from cantinekit.pricing import replay_late
    from cantinekit.whatif import LATE_FILES, late_summary, prepare, read_visits, write_late

    if args.by is not None:
        raise InputError("--by goes with --against")
    tariff = load(args.list)
    _say_examples(args.list, tariff)
    if args.to is not None:
        prepare(args.to, LATE_FILES, _read(args))
    visits, late = _visits(args), read_visits(args.late)
    last = 2 * visits.table.num_rows + late.table.num_rows
    with _bar(last + 1) as bar:
        bar.show(0)
        how = {"engine": args.engine, "meters": visits.meters, "lots": visits.lots}
        found = replay_late(tariff, visits.usages, late.usages, **how, told=bar.show)
        files = write_late(found, args.to) if args.to is not None else ()
        bar.show(last + 1)
    print("\n".join(late_summary(found, visits, tariff.currency, args.lang)))
    _say_files(args, files, tariff.currency)
    return 0


def _against(args: argparse.Namespace) -> int:
    from cantinekit.cli._diff import load
    from cantinekit.errors import InputError
    from cantinekit.whatif import REPORT_FILES, STAGES, compare, prepare, summary, write_report

    new, old = load(args.list), load(args.against)
    _say_examples(args.list, new)
    _say_examples(args.against, old)
    if args.to is not None:
        prepare(args.to, REPORT_FILES, _read(args))
    visits = _visits(args)
    rows = visits.table.num_rows
    if not rows:
        raise InputError("nothing was sold: there is no row to price")
    begins = dict(zip(STAGES, (0, rows, 2 * rows, 2 * rows + 1), strict=True))
    last = 2 * rows + 2
    with _bar(last + 1) as bar:
        how = {"by": args.by, "lang": args.lang, "engine": args.engine}
        found = compare(new, old, visits, **how, told=lambda stage: bar.show(begins[stage]), counted=bar.show)
        bar.show(last)
        files = write_report(found, new, old, args.to, args.lang) if args.to is not None else ()
        bar.show(last + 1)
    print("\n".join(summary(found, args.lang)))
    _say_files(args, files, found.currency)
    return 0


def _say_examples(path: str, tariff: Tariff) -> None:
    """Say where worked examples of a list do not come out: what is computed with it is then not what was meant."""
    failed = sum(not one.ok for one in tariff.check())
    if failed:
        said = f"worked examples that do not come out: {failed}; cantinekit check says which"
        print(f"cantinekit: {path}: {said}", file=sys.stderr)


def _read(args: argparse.Namespace) -> list[str]:
    """The paths of all files that are read."""
    return [path for path in (args.list, args.visits, args.against, args.late) if path is not None]


@contextmanager
def _bar(total: int) -> Iterator[Bar]:
    """A bar of so many steps on the error stream, where somebody looks at it; its line is left in any case."""
    from cantinekit.cli._due import Bar

    bar = Bar(sys.stderr, total if sys.stderr.isatty() else 0)
    try:
        yield bar
    finally:
        bar.end()


def _say_files(args: argparse.Namespace, files: Sequence[Path], currency: str) -> None:
    from cantinekit.whatif._words import Words

    if files:
        names = ", ".join(path.name for path in files)
        print(Words(args.lang, currency)("wrote", folder=args.to, files=names))


def _visits(args: argparse.Namespace) -> Visits:
    """What was sold, of a file or of a store.

    Raises:
        InputError: neither of them, or both; or what belongs to a store goes with a file.
    """
    from cantinekit.errors import InputError
    from cantinekit.whatif import read_visits, visits_of

    if (args.visits is None) == (args.store is None):
        raise InputError("what was sold is in VISITS or in --store URL: give one of them")
    if args.visits is not None:
        for name, value in (("--at", args.at), ("--from", args.first), ("--until", args.until)):
            if value is not None:
                raise InputError(f"{name} goes with --store")
        return read_visits(args.visits)
    with open_store(args.store) as cantine:
        return visits_of(past_usages(cantine, args.at, args.first, args.until))
