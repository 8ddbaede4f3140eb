"""A question to a price list out of the texts of a command line; times are those of the price list's zone."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cantinekit.clock import Period, WallTime
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import Item, Lot, Order, Tariff
from cantinekit.pricing.format.read import listed, near
from cantinekit.pricing.model.conditions import Holds, SetOf, atoms_of
from cantinekit.pricing.model.examples import Held, lots_of

if TYPE_CHECKING:
    from cantinekit.pricing.model.conditions import FactType
    from cantinekit.pricing.values import Fact

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YES = {"yes": True, "true": True, "oui": True, "no": False, "false": False, "non": False}


def order(asked: Sequence[argparse.Namespace], tariff: Tariff) -> Order:
    """The order that the options of ``quote`` describe: an item each, the last of them with who asks and when.

    Where a need is asked for instead of a product, its item has the facts and the day of the question.

    Raises:
        InputError: an unknown product, fact or value, a day or a time that cannot be.
    """
    args = asked[-1]
    items = [_item(each, tariff) for each in asked]
    bought = _moment(args.as_of, "--as-of", tariff.zone, time(12)) if args.as_of else None
    return Order(tuple(items), args.customer, bought, _holds(args.holds, tariff), tuple(args.code or ()))


def _item(args: argparse.Namespace, tariff: Tariff) -> Item:
    if not args.product and not args.need:
        raise InputError(f"--product is needed: one of {listed(tariff.products)}")
    if args.product:
        known("product", args.product, tariff.products)
    period = _period(args, tariff.zone)
    return Item(
        args.product or "nothing",
        period,
        args.count,
        minutes=_minutes(args) if period is None else None,
        day=day(args.day, "--day") if args.day else None,
        facts=facts(args.facts or (), tariff),
        until=day(args.until, "--until") if args.until and not args.at else None,
    )


def known(what: str, word: str, words: Iterable[str]) -> None:
    """Refuse an unknown word, and suggest the word that was probably meant."""
    words = tuple(words)
    if word not in words:
        meant = near(word, words)
        hint = f"did you mean {meant!r}?" if meant else f"there are {listed(words)}" if words else "there are none"
        raise InputError(f"no {what} {word!r}; {hint}")


# --- facts -----------------------------------------------------------------------------------------------------------


def facts(pairs: Iterable[tuple[str, str]], tariff: Tariff) -> dict[str, Fact]:
    """The facts by name, as the price list declares them."""
    out: dict[str, Fact] = {}
    for name, text in pairs:
        known("fact", name, tariff.facts)
        declared = tariff.facts[name]
        value = _fact(name, text, declared, tariff.currency)
        before = out.get(name)
        if isinstance(before, tuple) and isinstance(value, tuple):
            value = (*before, *value)
        elif before is not None:
            raise InputError(f"fact {name!r} is given twice")
        out[name] = value
    return out


def _fact(name: str, text: str, declared: FactType, currency: str) -> Fact:
    if isinstance(declared, SetOf):
        words = (text,) if text in declared else tuple(part.strip() for part in re.split("[,+]", text))
        for word in words:
            known(f"value of {name!r}:", word, declared)
        return words
    if isinstance(declared, tuple):
        known(f"value of {name!r}:", text, declared)
        return text
    if declared == "yes/no":
        if text.lower() not in _YES:
            raise InputError(f"fact {name!r} is 'yes' or 'no', not {text!r}")
        return _YES[text.lower()]
    if declared == "money":
        return Money.parse(text, currency)
    if declared == "text":
        return text
    return _number(text, f"fact {name!r}", whole=declared == "number")


def _number(text: str, what: str, *, whole: bool = False) -> int | Decimal:
    try:
        value = Decimal(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII) else None
    except InvalidOperation:
        value = None
    if value is None or (whole and value != int(value)):
        raise InputError(f"{what} is a {'whole ' if whole else ''}number, not {text!r}")
    return int(value) if value == int(value) else value


# --- time ------------------------------------------------------------------------------------------------------------


def _period(args: argparse.Namespace, zone: str) -> Period | None:
    if not args.at:
        return None
    start, minutes = _moment(args.at, "--at", zone), _minutes(args)
    if (minutes is not None) + bool(args.until) != 1:
        raise InputError("with --at one of --hours, --minutes and --until says how long it is")
    if minutes is None:
        begins = datetime.fromisoformat(args.at).date()
        text = args.until if "T" in args.until or " " in args.until else f"{begins}T{args.until}"
        return Period(start, _moment(text, "--until", zone))
    return Period(start, start + timedelta(minutes=minutes))


def _minutes(args: argparse.Namespace) -> int | None:
    """The length that is given, which stands alone where nobody says when it begins."""
    lengths = [name for name in ("hours", "minutes") if getattr(args, name) is not None]
    if not lengths:
        return None
    if len(lengths) > 1:
        raise InputError("either --hours or --minutes")
    minutes = Fraction(_number(getattr(args, lengths[0]), f"--{lengths[0]}")) * (60 if lengths == ["hours"] else 1)
    if minutes.denominator != 1 or not 0 < minutes <= 366 * 1440:
        raise InputError("a length of whole minutes, above 0 and not above a year, is needed")
    return int(minutes)


def day(text: str, what: str) -> date:
    """A day as it is written in an option."""
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise InputError(f"{what} is a day such as 2026-11-24, not {text!r}") from None


def _moment(text: str, what: str, zone: str, noon: time | None = None) -> datetime:
    """An instant: a local time of the zone, or a time that says how far it is from UTC; ``noon`` stands for a day."""
    if noon is not None and _DAY.fullmatch(text):
        return WallTime(day(text, what), noon, zone).instant
    try:
        found = datetime.fromisoformat(text if not _DAY.fullmatch(text) else "")
    except ValueError:
        form = "2026-11-24T09:00" if noon is None else "2026-11-24 or 2026-11-24T09:00"
        raise InputError(f"{what} is a time such as {form}, not {text!r}") from None
    if found.tzinfo is not None:
        return found
    moment, resolution = WallTime(found.date(), found.time(), zone).resolve()
    if resolution == "gap":
        raise InputError(f"{what}: {text} does not exist in {zone}; the clock skips it")
    return moment


def when(text: str, what: str, zone: str) -> dict[str, Any]:
    """An instant, or a delay before the start in the unit of the price list."""
    if text.isascii() and text.isdigit():
        return {"delay": int(text[:9])}
    return {"at": _moment(text, what, zone)}


# --- advice ----------------------------------------------------------------------------------------------------------


def need(text: str, tariff: Tariff) -> tuple[str, int | None, tuple[date, ...]]:
    """A need with how many units of it, or the days on which one is needed: "days=10", "days=2026-05-04,2026-05-11"."""
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--need is what is needed, and how many or when: {name or 'days'}=10 or a list of days")
    known("need", name, tariff.parts.advice)
    if _DAY.fullmatch(value.partition(",")[0]):
        return name, None, tuple(day(part.strip(), "--need") for part in value.split(","))
    return name, int(_number(value, "--need", whole=True)), ()


# --- what the customer holds -----------------------------------------------------------------------------------------


def _holds(text: str | None, tariff: Tariff) -> frozenset[str] | None:
    if text is None:
        return None
    words = frozenset(part.strip() for part in text.split(",")) - {""}
    names = {*tariff.products, *(name for holds in atoms_of(Holds, tariff.parts) for name in holds.names)}
    words = frozenset([text]) if text in names else words - {"nothing"}
    for word in sorted(words):
        known("plan or membership", word, names)
    return words


def lots(texts: Iterable[str], tariff: Tariff) -> tuple[Lot, ...]:
    """What the customer has of accounts: "hours=5", "hours=5,expires=2026-12-31", "days=3,paid=8.00".

    Raises:
        InputError: an account that covers and pays nothing, or a number that cannot be.
    """
    accounts = {cover.account for product in tariff.products.values() for cover in product.cover if cover.account}
    accounts |= {grant.account or id for id, product in tariff.products.items() for grant in product.grant}
    held = []
    for text in texts:
        parts = dict(part.strip().partition("=")[::2] for part in text.split(","))
        expires, paid = parts.pop("expires", None), parts.pop("paid", None)
        if len(parts) != 1 or not all(parts.values()):
            raise InputError(f"--held is an account and its units, hours=5 or hours=5,expires=2026-12-31, not {text!r}")
        ((account, units),) = parts.items()
        known("account", account, sorted({*accounts, *tariff.parts.order.vouchers}))
        held.append(
            Held(
                account,
                Fraction(_number(units, "--held")),
                day(expires, "--held") if expires else None,
                Money.parse(paid, tariff.currency).amount if paid else None,
            )
        )
    return lots_of(held, tariff.zone, tariff.smallest)
