"""``cantinekit fake-bank``: a bank that moves no money, with pages to pay on, as a process of its own."""

from __future__ import annotations

import argparse
import sys
import threading
from contextlib import suppress
from typing import Any

PORT = 8180
"""Where it is found where nobody says another port."""


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "fake-bank",
        help="run a bank that moves no money, with pages to pay on",
        description=(
            "Runs a bank at 127.0.0.1 for demonstrations and tests: pages on which somebody pays, declines, pays late "
            "or turns round, and signed webhooks to your application. It prints what to open as your gateway account, "
            "and ends with Ctrl-C. What happened on a page is kept in a file before the page answers."
        ),
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"the port; 0: any that is free (default: {PORT})")
    parser.add_argument(
        "--style", choices=("fake", "stripe"), default="fake", help="the gateway of the house: fake:// or stripe://"
    )
    parser.add_argument("--state", metavar="FILE", help="keep everything in this file (default: a temporary one)")
    parser.add_argument("--webhook", metavar="URL", help="where webhooks go (default: nowhere; run_due asks)")
    parser.add_argument(
        "--attended",
        action="store_true",
        help="end with the standard input: when what started it ends, however it does",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    import errno
    import tempfile
    from pathlib import Path

    from cantinekit.errors import InputError
    from cantinekit.testing.fakebank import FakeBank

    state = Path(args.state) if args.state else Path(tempfile.mkdtemp(prefix="cantinekit-bank-")) / "bank.json"
    try:
        opened = FakeBank(args.style, state, port=args.port, webhook=args.webhook, said=_say)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise InputError(f"port {args.port} is taken; --port names another one, 0 any that is free") from None
    with opened as bank:
        _say(f"fake bank at {bank.page}: it moves no money")
        _say(f"payments={bank.url}")
        _say(f"state={state}")
        _say(f"webhooks={args.webhook or 'none'}")
        if args.attended:
            while sys.stdin.buffer.read(1024):  # until its other end is closed, by hand or by a kill
                pass
        else:
            threading.Event().wait()
    return 0


def _say(line: str) -> None:
    with suppress(OSError):  # nobody reads any more, and the bank goes on
        print(line, flush=True)
