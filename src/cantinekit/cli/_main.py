"""Reads the arguments, runs the subcommand, and turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from cantinekit.cli import (
    _backup,
    _check,
    _contract,
    _demo,
    _diff,
    _due,
    _export,
    _fake_bank,
    _import,
    _messages,
    _new_plugin,
    _plugins,
    _quote,
    _replay,
    _report,
    _restore,
    _schema,
    _status,
    _views,
)
from cantinekit.errors import CantineError

OK, PROBLEMS, FAILED, INTERRUPTED = 0, 1, 2, 130
_COMMANDS = (
    _demo,
    _check,
    _quote,
    _diff,
    _replay,
    _schema,
    _plugins,
    _contract,
    _new_plugin,
    _messages,
    _backup,
    _restore,
    _views,
    _export,
    _report,
    _import,
    _due,
    _status,
    _fake_bank,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; arguments that cannot be read exit with 2.

    Args:
        argv: the arguments after the program's name; ``None`` takes those of the process.
    """
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if args.debug:
            raise
        print(f"cantinekit: {_line(error)}", file=sys.stderr)
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cantinekit", description="Spaces, passes, prices and workshops of coworking places."
    )
    parser.add_argument("--version", action=_Version, help="print the version and exit")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    parsers = [parser]
    for command in _COMMANDS:
        parsers.append(command.add(subparsers))
        parsers[-1].set_defaults(run=command.run)
    for each in parsers:  # on either side of the subcommand; only the default of the outer one counts
        each.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show where an error came from"
        )
    parser.set_defaults(debug=False)
    return parser


class _Version(argparse.Action):
    """Prints the version; looks it up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help, default=argparse.SUPPRESS)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from cantinekit import __version__

        print(f"cantinekit {__version__}")
        parser.exit()


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, CantineError):
        return text or type(error).__name__
    return f"{type(error).__name__}: {text} (--debug shows where)".replace(":  (", " (")
