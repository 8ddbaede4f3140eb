"""``cantinekit messages``: every message as a person gets it, in both languages."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "messages",
        help="show every message as a person gets it, on invented facts",
        description="Shows every message as a person gets it, in French and in English, on invented facts.",
    )
    parser.add_argument("--html", metavar="FILE", help="write a page of HTML to this file, and nothing else")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.messages import preview_html, preview_text

    if args.html is None:
        print(preview_text(), end="")
        return 0
    from cantinekit.errors import InputError

    try:
        Path(args.html).write_text(preview_html(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{args.html} cannot be written: {error.strerror}") from error
    print(args.html)
    return 0
