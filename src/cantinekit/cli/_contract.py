"""``cantinekit contract URL``: whether the store, gateway or notifier behind a URL keeps its promises."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.plugins.registry import Kind, Registry
    from cantinekit.testing import PromiseResult


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "contract",
        help="check a store, a payment gateway or a notifier against its contract, promise by promise",
        description=(
            "Checks a store, a payment gateway or a notifier against its contract, promise by promise. IT WRITES: to "
            "stores of its own beside the one that is named, so that what is stored there is not touched; it says "
            "first where, and what stays. In the URL of a plug-in's store, {fresh} stands for another name each time: "
            "twelve digits and letters from a to f. "
            "IT CHARGES, AND IT SENDS: the gateway or the notifier of a plug-in does, on the stage of its author; "
            "those of the library move no money and reach nobody. Without a stage what needs one is listed as not "
            "tried. --debug prints with a broken promise where it broke, and the errors behind it: those of the driver "
            "of a store that raises its own from them. Exits with 1 when a promise is broken."
        ),
    )
    parser.add_argument("url", metavar="URL", help="for example sqlite:///check.db or fake://")
    parser.add_argument(
        "--stage",
        metavar="MODULE:CLASS",
        help="the PaymentStage or NotifierStage of a plug-in, called with its gateway or notifier",
    )
    parser.add_argument(
        "--send-to", metavar="ADDRESS", help="send one message there with the notifier of the URL: a real one"
    )
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        help="check this promise only: a name that is printed beside it, with or without test_; may be given again",
    )
    parser.add_argument(
        "--scale",
        metavar="NUMBER",
        type=float,
        help="of a store: how large the large promises are, for example 0.02 while you work on it (default: 1)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line for each promise")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.plugins.registry import Registry
    from cantinekit.testing import check_notifier_url, check_payment_url, check_storage_url

    count: Counter[str] = Counter()

    def report(result: PromiseResult) -> None:
        verdict = _verdict(result)
        count[verdict] += 1
        (_print_row if args.json else _print)(verdict, result, args.debug)
        sys.stdout.flush()

    registry = Registry.load()
    kind = _kind(args.url, registry)
    _check_options(kind, args)
    only = None if args.only is None else _only(args.only, kind)
    stage = None if args.stage is None else _stage(args.stage, kind)
    if kind == "payment":
        say = _announcing("CHARGES")
        check_payment_url(args.url, registry.gateway, stage=stage, only=only, announce=say, report=report)
    elif kind == "notification":
        say, send_to = _announcing("SENDS"), args.send_to or ""
        check_notifier_url(
            args.url, registry.notifier, stage=stage, send_to=send_to, only=only, announce=say, report=report
        )
    else:
        scale, say = 1.0 if args.scale is None else args.scale, _announcing("WRITES")
        check_storage_url(args.url, registry.storage, only=only, scale=scale, announce=say, report=report)
    if not args.json:
        print(f"{count['kept']} promises kept, {count['broken']} broken, {count['not claimed']} not claimed", end="")
        print(f", {count['not tried']} not tried" if count["not tried"] else "")
    return 1 if count["broken"] or not count["kept"] else 0


def _kind(url: str, registry: Registry) -> Kind:
    """What the scheme is: the first that it is registered as."""
    import difflib

    from cantinekit.errors import UrlError
    from cantinekit.urls import BackendUrl

    scheme = BackendUrl.parse(url).scheme
    kinds = {row.kind for row in registry.backends if row.scheme == scheme}
    order: tuple[Kind, ...] = ("storage", "payment", "notification")
    for kind in order:
        if kind in kinds:
            return kind
    known = sorted({row.scheme for row in registry.backends})
    near = "".join(f"; did you mean {other}://?" for other in difflib.get_close_matches(scheme, known, n=1))
    raise UrlError(f"no backend for {scheme}://; known: {', '.join(f'{name}://' for name in known)}{near}")


def _check_options(kind: Kind, args: argparse.Namespace) -> None:
    from cantinekit.errors import InputError

    if args.stage is not None and kind == "storage":
        raise InputError("--stage is for gateways and notifiers: a store is checked without one")
    if args.scale is not None and kind != "storage":
        raise InputError("--scale is for stores")
    if args.scale is not None and not 0 < args.scale <= 100:
        raise InputError("--scale is a number above 0, at most 100")
    if args.send_to is not None and kind != "notification":
        raise InputError("--send-to is for notifiers")
    if args.send_to is not None and not args.send_to.strip():
        raise InputError("--send-to needs an address")


def _only(names: Sequence[str], kind: Kind) -> list[str]:
    """The names of the promises that are asked for."""
    import difflib

    from cantinekit.errors import InputError
    from cantinekit.testing import notifier_promises, payment_promises, promises

    listed = {"storage": promises, "payment": payment_promises, "notification": notifier_promises}[kind]()
    known, wanted = [name for name, _ in listed], []
    for asked in names:
        name = asked if asked.startswith("test_") else f"test_{asked}"
        if name not in known:
            near = "".join(f"; did you mean {other}?" for other in difflib.get_close_matches(name, known, n=1))
            raise InputError(f"there is no promise {asked}{near}")
        wanted.append(name)
    return wanted


def _stage(text: str, kind: Kind) -> Any:
    """The stage that a text names, from an installed module or one in this folder."""
    import inspect

    from cantinekit.cli._named import named
    from cantinekit.errors import InputError
    from cantinekit.testing import NotifierStage, PaymentStage

    found = named(text, "stage")
    try:
        inspect.signature(found).bind("what the URL opens")
    except TypeError as error:
        raise InputError(f"the stage {text} cannot be called with what the URL opens: {error}") from error
    wanted: type[Any] = PaymentStage if kind == "payment" else NotifierStage
    if inspect.isclass(found) and not issubclass(found, wanted):
        raise InputError(f"the stage {text} is no {wanted.__name__}")
    return found


def _verdict(result: PromiseResult) -> str:
    if result.skipped:
        return "not claimed" if result.tried else "not tried"
    return "kept" if result.ok else "broken"


def _announcing(does: str) -> Callable[[str], None]:
    return lambda where: print(f"THIS CHECK {does}: it {where}.", file=sys.stderr, flush=True)


def _print(verdict: str, result: PromiseResult, debug: bool) -> None:
    shown = verdict.upper() if verdict == "broken" else verdict
    print(f"{shown:<12} {result.promise} ({result.name}, {result.seconds:.2f} s)")
    for more in filter(None, (result.skipped, result.problem)):
        print(f"{'':<12} {more}")
    if debug and result.trace:
        print(result.trace, end="")


def _print_row(verdict: str, result: PromiseResult, debug: bool) -> None:
    row = {
        "name": result.name,
        "promise": result.promise,
        "verdict": verdict,
        "reason": result.skipped or result.problem,
        "seconds": round(result.seconds, 3),
    }
    if debug:
        row["trace"] = result.trace
    print(json.dumps(row, ensure_ascii=False))
