"""``cantinekit contract URL``: does the store, or the payment gateway, behind a URL keep its promises."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.registry import Registry
    from cantinekit.testing import PromiseResult


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "contract",
        help="check a store or a payment gateway against its contract, promise by promise",
        description=(
            "Checks a store or a payment gateway against its contract, promise by promise. IT WRITES: to stores of its "
            "own beside the one that is named, so that what is stored there is not touched; it says first where, and "
            "what stays. In the URL of a plug-in's store, {fresh} stands for another name each time. IT CHARGES: the "
            "gateway of a plug-in, on the stage of its author; those of the library move no money. Exits with 1 when a "
            "promise is broken."
        ),
    )
    parser.add_argument("url", metavar="URL", help="for example sqlite:///check.db or fake://")
    parser.add_argument(
        "--stage", metavar="MODULE:CLASS", help="the PaymentStage of a plug-in's gateway, called with the gateway"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each promise")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.registry import Registry
    from cantinekit.testing import check_payment_url, check_storage_url

    count: Counter[str] = Counter()

    def report(result: PromiseResult) -> None:
        verdict = _verdict(result)
        count[verdict] += 1
        (_print_row if args.json else _print)(verdict, result)
        sys.stdout.flush()

    registry = Registry.load()
    if _is_payment(args.url, registry):
        stage = _stage(args.stage) if args.stage else None
        check_payment_url(args.url, registry.gateway, stage=stage, announce=_announce_charges, report=report)
    else:
        check_storage_url(args.url, registry.storage, announce=_announce, report=report)
    if not args.json:
        print(f"{count['kept']} promises kept, {count['broken']} broken, {count['not claimed']} not claimed")
    return 1 if count["broken"] or not count["kept"] else 0


def _is_payment(url: str, registry: Registry) -> bool:
    """Whether the scheme is that of a payment gateway, and of no store."""
    scheme = url.partition("://")[0]
    return {row.kind for row in registry.backends if row.scheme == scheme and row.kind != "notification"} == {"payment"}


def _stage(text: str) -> Any:
    """The stage that a text names, from an installed module or one in this folder."""
    import importlib

    from cantinekit.errors import InputError

    module, _, name = text.partition(":")
    if not module or not name:
        raise InputError(f"{text!r} names no stage: write MODULE:CLASS")
    sys.path.insert(0, "")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InputError(f"the stage {text} cannot be imported: {error}") from error
    finally:
        sys.path.remove("")


def _verdict(result: PromiseResult) -> str:
    if result.skipped:
        return "not claimed"
    return "kept" if result.ok else "broken"


def _announce(where: str) -> None:
    print(f"THIS CHECK WRITES: it {where}.", file=sys.stderr, flush=True)


def _announce_charges(where: str) -> None:
    print(f"THIS CHECK CHARGES: it {where}.", file=sys.stderr, flush=True)


def _print(verdict: str, result: PromiseResult) -> None:
    shown = verdict.upper() if verdict == "broken" else verdict
    print(f"{shown:<12} {result.promise} ({result.seconds:.2f} s)")
    for more in filter(None, (result.skipped, result.problem)):
        print(f"{'':<12} {more}")


def _print_row(verdict: str, result: PromiseResult) -> None:
    row = {
        "name": result.name,
        "promise": result.promise,
        "verdict": verdict,
        "reason": result.skipped or result.problem,
        "seconds": round(result.seconds, 3),
    }
    print(json.dumps(row, ensure_ascii=False))
