"""``cantinekit quote TARIFF ...``: one price, with its reasons. The facts of the price list are options."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shlex
from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cantinekit.cli._quote_data import SUMS, data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cantinekit.money import Money
    from cantinekit.pricing import DueLater, Quote, Tariff

FORMATS = ("text", "markdown", "json", "rich")
_USAGE = "%(prog)s [-h] TARIFF --product PRODUCT [options] [--FACT VALUE ...]"
_OPTION = re.compile(r"[^\W_][\w-]*")
_WORDS = {
    "en": {
        "net": "net",
        "tax": "tax",
        "due_now": "due now",
        "due_on": "due until",
        "due_later": "due later",
        "held": "held",
        "debt": "owed",
        "colon": ":",
        "gives": "gives",
        "pending": "to be measured",
        "missing": "to be given with",
    },
    "fr": {
        "net": "hors taxes",
        "tax": "taxe",
        "due_now": "à payer maintenant",
        "due_on": "à payer avant le",
        "due_later": "à payer plus tard",
        "held": "dépôt",
        "debt": "dû",
        "colon": "\u00a0:",
        "gives": "donne",
        "pending": "reste à mesurer",
        "missing": "à donner avec",
    },
}


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "quote",
        help="ask a price list for one price, with its reasons",
        usage=_USAGE,
        description=(
            "Asks a price list for one price and says why it is so. Every fact that the price list declares is an "
            "option: `quote TARIFF --help` lists them. Times are those of its zone. Exits with 1 if there is no price."
        ),
        allow_abbrev=False,
    )
    parser.add_argument("tariff", metavar="TARIFF", help="the price list, a TOML file")
    parser.add_argument("question", nargs=argparse.REMAINDER, help=argparse.SUPPRESS).required = False
    _options(parser)
    return parser


def _options(parser: argparse.ArgumentParser) -> None:
    more: dict[str, Any] = {"default": argparse.SUPPRESS}
    parser.add_argument("--product", help="what is asked for", **more)
    parser.add_argument("--at", metavar="TIME", help="when it begins: 2026-11-24T09:00", **more)
    parser.add_argument(
        "--hours", metavar="N", help="how long it is: 3.5; alone where the clock does not matter", **more
    )
    parser.add_argument("--minutes", metavar="N", help="how long it is, in minutes", **more)
    parser.add_argument(
        "--until", metavar="TIME", help="when it ends: 12:30; without --at the last day of something that lasts", **more
    )
    parser.add_argument("--day", help="the day, where the clock does not matter", **more)
    parser.add_argument("--count", type=int, metavar="N", help="how many (default: 1)", **more)
    parser.add_argument("--holds", metavar="A,B", help="plans and memberships of the customer, or 'nothing'", **more)
    parser.add_argument("--code", action="append", help="a code that is given; may be repeated", **more)
    parser.add_argument("--customer", metavar="ID", help="who asks", **more)
    parser.add_argument("--as-of", metavar="DAY", help="the day or the time of purchase", **more)
    parser.add_argument(
        *("--fact",), dest="facts", action="append", type=_pair, metavar="NAME=VALUE", help="a fact by its name", **more
    )
    parser.add_argument("--lang", choices=["fr", "en"], help="language of the reasons (default: en)", **more)
    parser.add_argument("--format", choices=FORMATS, help="how it is printed (default: text)", **more)


_DEFAULTS: dict[str, Any] = dict.fromkeys(
    ("product", "at", "hours", "minutes", "until", "day", "holds", "code", "customer", "as_of", "facts")
) | {"count": 1, "lang": "en", "format": "text"}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, value


def run(args: argparse.Namespace) -> int:
    from cantinekit.cli import _ask
    from cantinekit.cli._diff import load

    tariff = load(args.tariff)
    _questions(tariff).parse_args(args.question, args)
    for name, value in _DEFAULTS.items():
        setattr(args, name, getattr(args, name, value))
    quote = tariff.quote(_ask.order(args, tariff))
    if args.format == "json":
        print(json.dumps(data(quote), indent=2, ensure_ascii=False))
    elif args.format == "rich":
        _rich(quote, args.lang, tariff)
    else:
        print(quote.explain(args.lang, args.format, tariff.names))
        mark = "- " if args.format == "markdown" else "  "
        _sums(quote, args.lang, mark, tariff.parts.money_accounts)
        _missing(quote, args, tariff)
    return 0 if quote.ok else 1


def _questions(tariff: Tariff) -> argparse.ArgumentParser:
    """Reads what stands behind the price list: the options, and one for each of its facts."""
    parser = argparse.ArgumentParser(prog="cantinekit quote", usage=_USAGE, allow_abbrev=False)
    _options(parser)
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help="show where an error came from")
    taken = _taken()
    group = parser.add_argument_group(f"facts of {tariff.id}")
    for name, declared in tariff.facts.items():
        if f"--{name}" in taken or not _OPTION.fullmatch(name):
            continue
        words = declared if isinstance(declared, str) else ", ".join(declared)

        def read(text: str, name: str = name) -> tuple[str, str]:
            return name, text

        group.add_argument(
            *(f"--{name}",),
            dest="facts",
            action="append",
            type=read,
            metavar="VALUE",
            help=words.replace("%", "%%"),
            default=argparse.SUPPRESS,
        )
    return parser


# --- printing --------------------------------------------------------------------------------------------------------


def _known_sums(quote: Quote) -> dict[str, Money]:
    """The sums that say more than the total does."""
    found = {name: getattr(quote, name) for name in SUMS}
    shown = {name: amount for name, amount in found.items() if amount}
    if quote.due_now == quote.total:
        shown.pop("due_now", None)
    elif quote.due_later and quote.due_now is not None:
        shown["due_now"] = quote.due_now
    return shown if quote.tax or quote.net != quote.total else {k: v for k, v in shown.items() if k != "net"}


def _sums(quote: Quote, lang: str, mark: str, money: Collection[str]) -> None:
    """The sums, and what else there is to know; what is given to accounts of ``money`` is an amount."""
    from cantinekit._typography import money as shown
    from cantinekit._typography import number
    from cantinekit.money import Money

    words = _WORDS[lang]
    rows = [(words[name], shown(amount, lang)) for name, amount in _known_sums(quote).items()]
    rows += [(_later(row, words), shown(row.amount, lang)) for row in quote.due_later]
    rows += [(unit, number(count, lang)) for unit, count in quote.in_units.items()]
    for grant in quote.grants:
        units = grant.unit if grant.units is None else f"{number(grant.units, lang)} {grant.unit}"
        if grant.units is not None and grant.account in money:
            units = shown(Money(grant.units, quote.total.currency), lang)
        rows.append((words["gives"], f"{units} ({grant.account})"))
    rows += [(words["pending"], f"{fact} [{item}]") for item, fact in quote.pending]
    if rows and mark == "- ":
        print()
    for name, text in rows:
        print(f"{mark}{name}{words['colon']} {text}")


def _missing(quote: Quote, args: argparse.Namespace, tariff: Tariff) -> None:
    """The options that say what a refusal asks for."""
    facets = dict.fromkeys(facet for stop in quote.refusals for facet in stop.facets)
    length = "" if args.hours or args.minutes else " --hours 3.5"
    day = date.fromisoformat(args.day or "2026-11-24")
    known = {
        "day": f"--day {day}",
        "as_of": f"--as-of {day}",
        "period": f"--at {day}T09:00{length}",
        "until": f"--until {day + timedelta(days=2)}",
        "holds": "--holds nothing",
    }
    if facets and args.format == "markdown":
        print()
    for facet in facets:
        option = known.get(facet) or _fact_option(facet, tariff)
        if option:
            words = _WORDS[args.lang]
            print(f"{'- ' if args.format == 'markdown' else '  '}{words['missing']}{words['colon']} {option}")


def _fact_option(name: str, tariff: Tariff) -> str:
    """How a fact is given, with the first of its values."""
    if name not in tariff.facts:
        return ""
    declared = tariff.facts[name]
    examples = {"yes/no": "yes", "number": "2", "decimal": "1.5", "money": "12.50", "text": "..."}
    value = examples[declared] if isinstance(declared, str) else declared[0]
    option = f"--fact {shlex.quote(f'{name}={value}')}"
    return option if f"--{name}" in _taken() or not _OPTION.fullmatch(name) else f"--{name} {shlex.quote(value)}"


def _taken() -> set[str]:
    """The options that are there whatever the price list declares."""
    parser = argparse.ArgumentParser(add_help=True)
    _options(parser)
    return {*parser._option_string_actions, "--debug"}


def _later(row: DueLater, words: Mapping[str, str]) -> str:
    """When something is due, and whether it is held."""
    when = words["due_later"] if row.day is None else f"{words['due_on']} {row.day}"
    return when + (f" ({words['held']})" if row.kind == "held" else "")


def _rich(quote: Quote, lang: str, tariff: Tariff) -> None:
    from cantinekit.errors import InputError
    from cantinekit.pricing import _texts as texts

    try:
        console: Any = importlib.import_module("rich.console").Console(highlight=False)
    except ImportError:
        raise InputError("--format rich needs rich: pip install 'cantinekit[rich]'") from None
    tree_of, text_of = (importlib.import_module(f"rich.{name}") for name in ("tree", "text"))
    for block in texts.blocks(quote, lang, tariff.names):
        tree = tree_of.Tree(text_of.Text(f"[{block.item}] {block.product}", style="bold"), guide_style="dim")
        for step, *notes in block.steps:
            branch = tree.add(text_of.Text(step, style="dim"))
            for note in notes:
                branch.add(text_of.Text(note, style="dim"))
        for result in block.results:
            tree.add(text_of.Text(result, style="green"))
        for refused in block.refusals:
            tree.add(text_of.Text(refused, style="red"))
        console.print(tree)
    console.print(text_of.Text(texts.total(quote, lang), style="bold green" if quote.ok else "bold red"))
    _sums(quote, lang, "  ", tariff.parts.money_accounts)
