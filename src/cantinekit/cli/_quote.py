"""``cantinekit quote TARIFF ...``: one price, with its reasons. The facts of the price list are options."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shlex
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cantinekit.cli import _quote_later as later
from cantinekit.cli._quote_data import SUMS, data
from cantinekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cantinekit.money import Money
    from cantinekit.pricing import Change, DueLater, Order, Quote, Tariff, Terms

FORMATS = ("text", "markdown", "json", "rich")
_USAGE = "%(prog)s [-h] TARIFF --product PRODUCT [options] [--FACT VALUE ...] [--and --product PRODUCT ...]"
_WHEN = "7 (in the unit in which the list counts before the start), a time, 'after the start' or 'no show'"
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
            "option: `quote TARIFF --help` lists them. `--and` begins another item of the order. Times are those of "
            "its zone. Exits with 1 if there is no price."
        ),
        allow_abbrev=False,
    )
    parser.add_argument("tariff", metavar="TARIFF", help="the price list, a TOML file")
    parser.add_argument("question", nargs=argparse.REMAINDER, help=argparse.SUPPRESS).required = False
    _options(parser)
    return parser


class _Between(argparse.Action):
    """``--and``: the question is split at each of them before it is parsed, so that one that is left is an error."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        parser.error(f"{_AND} stands behind the price list, between two items")


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
    parser.add_argument("--as-of", metavar="DAY", help="the time of purchase; a day is its noon", **more)
    parser.add_argument(
        "--held", action="append", metavar="ACCOUNT=UNITS", help="units that the customer has; may be repeated", **more
    )
    parser.add_argument(_AND, action=_Between, help="begins another item of the order", **more)
    parser.add_argument("--cancelled", metavar="WHEN", help=f"what calling it off costs: {_WHEN}", **more)
    parser.add_argument(
        "--moved", metavar="WHEN", help="what moving it costs: 7 (units before the start), or a time", **more
    )
    parser.add_argument("--terms", action="store_true", help="how long it lasts and how it ends", **more)
    parser.add_argument("--notice", metavar="DAY", help="with --terms: the day on which notice is given", **more)
    parser.add_argument("--leaves", metavar="DAY", help="with --terms: the last day of the customer", **more)
    parser.add_argument("--left", type=int, metavar="N", help="with --terms: units left at the end of a period", **more)
    parser.add_argument(
        "--need", metavar="NAME=N", help="the cheapest purchase for a need: days=10, or days=2026-05-04,...", **more
    )
    parser.add_argument("--need-exact", action="store_true", help="with --need: nothing may be left unused", **more)
    parser.add_argument(
        *("--fact",), dest="facts", action="append", type=_pair, metavar="NAME=VALUE", help="a fact by its name", **more
    )
    parser.add_argument("--lang", choices=["fr", "en"], help="language of the reasons (default: en)", **more)
    parser.add_argument("--format", choices=FORMATS, help="how it is printed (default: text)", **more)


_ITEM: dict[str, Any] = dict.fromkeys(("product", "at", "hours", "minutes", "until", "day", "facts")) | {"count": 1}
"""What each item has for itself."""
_LATER = ("cancelled", "moved", "notice", "leaves", "left", "need")
_DEFAULTS: dict[str, Any] = (
    _ITEM
    | dict.fromkeys(("holds", "code", "customer", "as_of", "held", *_LATER))
    | {"lang": "en", "format": "text", "terms": False, "need_exact": False}
)
_AND = "--and"
_OF_A_PRODUCT = (*(name for name in _ITEM if name not in ("facts", "day")), "held", "cancelled", "moved", "terms")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, value


def run(args: argparse.Namespace) -> int:
    from cantinekit.cli import _ask
    from cantinekit.cli._diff import load
    from cantinekit.pricing import State

    tariff = load(args.tariff)
    asked = _asked(args, tariff)
    args, order = asked[-1], _ask.order(asked, tariff)
    if args.need:
        return _advise(asked, tariff, order)
    if args.need_exact:
        raise InputError("--need-exact goes with --need")
    quote = tariff.quote(order, State(lots=_ask.lots(args.held or (), tariff)))
    change, terms = later.change(args, tariff, order, quote), later.terms(args, tariff, order)
    if args.format == "json":
        more: dict[str, Any] = {"change": later.change_data(change)} if change else {}
        more |= {"terms": [later.terms_data(found) for found in terms]} if terms else {}
        print(json.dumps(data(quote) | more, indent=2, ensure_ascii=False))
    elif args.format == "rich":
        _rich(quote, args.lang, tariff)
    else:
        print(quote.explain(args.lang, args.format, tariff.names))
        mark = "- " if args.format == "markdown" else "  "
        _sums(quote, args.lang, mark, tariff.parts.money_accounts)
        _missing(quote, args, tariff)
    if args.format != "json":
        _print_later(args, tariff, change, terms)
    return 0 if quote.ok and not (change and change.refusals) and not any(found.refusals for found in terms) else 1


def _asked(args: argparse.Namespace, tariff: Tariff) -> list[argparse.Namespace]:
    """The options of each item; an option of the whole order may stand with any of them."""
    parser, question = _questions(tariff), list(args.question)
    out: list[argparse.Namespace] = []
    while True:
        end = question.index(_AND) if _AND in question else len(question)
        parser.parse_args(question[:end], args)
        for name, value in _DEFAULTS.items():
            setattr(args, name, getattr(args, name, value))
        out.append(args)
        if end == len(question):
            return out
        args, question = argparse.Namespace(**{**vars(args), **_ITEM}), question[end + 1 :]


def _advise(asked: Sequence[argparse.Namespace], tariff: Tariff, order: Order) -> int:
    """The cheapest purchase; what belongs to a product is refused beside it."""
    args = asked[-1]
    names = [name for name in _OF_A_PRODUCT if getattr(args, name) != _DEFAULTS[name]]
    if names or len(asked) > 1:
        option = f"--{names[0].replace('_', '-')}" if names else _AND
        raise InputError(f"--need says what to buy: {option} does not go with it")
    found = later.advice(args, tariff, order)
    if args.format == "json":
        print(json.dumps(later.advice_data(found, tariff), indent=2, ensure_ascii=False))
    else:
        print("\n".join(later.advice_lines(found, lang=args.lang, tariff=tariff)))
    return 0 if found.total is not None else 1


def _print_later(args: argparse.Namespace, tariff: Tariff, change: Change | None, terms: Iterable[Terms]) -> None:
    mark = "- " if args.format == "markdown" else "  "
    blocks = [later.terms_lines(found, lang=args.lang, mark=mark, tariff=tariff) for found in terms]
    if change is not None:
        moved = args.moved is not None
        blocks.insert(0, later.change_lines(change, moved=moved, lang=args.lang, mark=mark, tariff=tariff))
    for block in blocks:
        heading, *lines = block
        gap = "\n" if mark == "- " else ""
        print("\n".join([gap + heading + gap, *lines]))


def _questions(tariff: Tariff) -> argparse.ArgumentParser:
    """A parser of what follows the price list: the options, and one for each of its facts."""
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
    from cantinekit.common.typography import money as shown
    from cantinekit.common.typography import number
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
    from cantinekit.pricing import texts as texts

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
