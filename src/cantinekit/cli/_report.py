"""``cantinekit report URL PLACE ...``: the figures of places for those who fund them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cantinekit.cli._export import as_day, open_store, write_file


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "report",
        help="write the figures of places for those who fund them",
        description=(
            "Writes who came to places, for how long and to what, by month and place, as CSV, JSON or an HTML page "
            "with pictures. It names nobody, and shows no figure about fewer than five people."
        ),
    )
    parser.add_argument("url", metavar="URL", help="the store, for example sqlite:///cantine.db")
    parser.add_argument("places", metavar="PLACE", nargs="+", help="id of a place")
    parser.add_argument("--from", dest="first", metavar="DAY", required=True, type=as_day, help="first day: 2025-01-01")
    parser.add_argument("--until", metavar="DAY", required=True, type=as_day, help="last day: 2025-12-31")
    parser.add_argument(
        "--public", action="append", default=[], metavar="FACT", help="count people by it; may be repeated"
    )
    parser.add_argument("--as", dest="form", choices=("csv", "json", "html"), default="csv", help="csv is the default")
    parser.add_argument("--lang", choices=("fr", "en"), default="fr", help="language of the page")
    parser.add_argument("--to", metavar="DIRECTORY", default=".", help="where the file is written; default: here")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.pictures import funder_picture
    from cantinekit.records import Place

    with open_store(args.url) as cantine:
        report = cantine.read.funder_report(args.places, args.first, args.until, publics=args.public)
        if args.form == "csv":
            text = report.to_csv().decode()
        elif args.form == "json":
            text = report.to_json()
        else:
            names = {id: cantine.read.need(Place, id).name for id in args.places}
            text = funder_picture(report, names, args.lang).html()
        name = f"report-{args.first:%Y%m%d}-{args.until:%Y%m%d}.{args.form}"
        print(write_file(Path(args.to) / name, [text]))
    return 0
