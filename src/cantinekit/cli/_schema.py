"""``cantinekit schema``: the JSON Schema of a price list, for editors."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "schema",
        help="print the JSON Schema of a price list",
        description="Prints the JSON Schema (draft 2020-12) of a price list, for editors that complete and check TOML.",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.pricing.schema import tariff_schema

    print(json.dumps(tariff_schema(), indent=2, ensure_ascii=False))
    return 0
