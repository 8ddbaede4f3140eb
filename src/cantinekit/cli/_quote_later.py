"""What ``cantinekit quote`` adds to a price: later changes, the terms, the cheapest purchase."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cantinekit.errors import InputError

if TYPE_CHECKING:
    from cantinekit.common.typography import Lang
    from cantinekit.money import Money
    from cantinekit.pricing import Advised, Change, Order, Quote, Refusal, Tariff, Terms

_WORDS = {
    "en": {
        "cancelled": "Called off",
        "moved": "Moved",
        "fee": "kept",
        "move_fee": "fee",
        "refund": "given back",
        "due": "still due",
        "terms": "Terms of {product}",
        "first_day": "first day",
        "last_day": "last day",
        "earliest_end": "can end on",
        "last_notice": "notice until",
        "renewal": "renewed",
        "owed": "owed in all",
        "next_units": "units of the next period",
        "deadlines": "notice until {notice} for the end on {end}",
        "unused": "units that are left over",
        "saving": "saved against single ones",
        "added": "{product}, once",
        "from_day": "from {day}",
        "left_out": "left out",
        "no_price": "No price",
        "total": "Total",
        "net": "net",
        "tax": "tax",
        "colon": ": ",
    },
    "fr": {
        "cancelled": "Annulation",
        "moved": "Report",
        "fee": "retenu",
        "move_fee": "frais",
        "refund": "remboursé",
        "due": "reste dû",
        "terms": "Conditions de {product}",
        "first_day": "premier jour",
        "last_day": "dernier jour",
        "earliest_end": "peut prendre fin le",
        "last_notice": "préavis jusqu’au",
        "renewal": "reconduction",
        "owed": "dû au total",
        "next_units": "unités de la prochaine période",
        "deadlines": "préavis jusqu’au {notice} pour la fin du {end}",
        "unused": "unités en trop",
        "saving": "économie par rapport à l’unité",
        "added": "{product}, une fois",
        "from_day": "à partir du {day}",
        "left_out": "laissé de côté",
        "no_price": "Pas de prix",
        "total": "Total",
        "net": "hors taxes",
        "tax": "taxe",
        "colon": "\u00a0: ",
    },
}
_LATER = ("last_day", "earliest_end", "last_notice", "next_units")


def change(args: argparse.Namespace, tariff: Tariff, order: Order, quote: Quote) -> Change | None:
    """The result of cancelling or moving, where it is asked for; nothing for what has no price."""
    from cantinekit.cli import _ask
    from cantinekit.pricing import Agreement, Cancel, Move

    if args.cancelled is not None and args.moved is not None:
        raise InputError("either --cancelled or --moved")
    if (args.cancelled is None and args.moved is None) or any(stop.code != "tax_unknown" for stop in quote.refusals):
        return None
    event: Cancel | Move
    if args.cancelled == "after the start":
        event = Cancel(after_start=True)
    elif args.cancelled == "no show":
        event = Cancel(delay=-1)
    elif args.cancelled is not None:
        event = Cancel(**_ask.when(args.cancelled, "--cancelled", tariff.zone))
    else:
        event = Move(**_ask.when(args.moved, "--moved", tariff.zone))
    return tariff.change(Agreement.of(order, quote), event)


def terms(args: argparse.Namespace, tariff: Tariff, order: Order) -> tuple[Terms, ...]:
    """The terms of each product of the order, where they are asked for."""
    from cantinekit.cli import _ask
    from cantinekit.clock import local

    given = [f"--{name}" for name in ("notice", "leaves", "left") if getattr(args, name) is not None]
    if not args.terms:
        if given:
            raise InputError(f"{given[0]} goes with --terms")
        return ()
    bought = None if order.as_of is None else local(order.as_of, tariff.zone).date()
    out = []
    for item in order.items:
        begins = item.period and local(item.period.start, tariff.zone).date()
        start = item.day or begins or bought
        if start is None:
            raise InputError("--terms needs the first day: --day, --at or --as-of")
        found = tariff.terms(
            item.product,
            start,
            facts=item.facts,
            notice=_ask.day(args.notice, "--notice") if args.notice else None,
            leaves=_ask.day(args.leaves, "--leaves") if args.leaves else None,
            left=args.left or 0,
            count=item.count,
            holds=order.holds,
        )
        out.append(found)
    return tuple(out)


def advice(args: argparse.Namespace, tariff: Tariff, order: Order) -> Advised:
    """The cheapest purchase for the need that is named."""
    from cantinekit.cli import _ask
    from cantinekit.pricing import Need

    name, units, dates = _ask.need(args.need, tariff)
    if dates and args.day:
        raise InputError("--day goes with --need NAME=N; the days of --need NAME=DAY,... are its own")
    item = order.items[0]
    return tariff.advise(Need(name, units, dates, args.need_exact, item.facts, order, item.day))


# --- as text ---------------------------------------------------------------------------------------------------------


def change_lines(found: Change, *, moved: bool, lang: Lang, mark: str, tariff: Tariff) -> Iterator[str]:
    """A heading, and what is kept, given back or due; or why nobody can say."""
    from cantinekit.common.typography import money

    words = _WORDS[lang]
    yield words["moved" if moved else "cancelled"] + words["colon"].rstrip()
    rows: list[tuple[str, Money]] = [] if found.refusals else [(words["move_fee" if moved else "fee"], found.fee)]
    rows += [(words[name], getattr(found, name)) for name in ("refund", "due") if getattr(found, name)]
    yield from (f"{mark}{name}{words['colon']}{money(amount, lang)}" for name, amount in rows)
    yield from _stops(found.refusals, lang, tariff)


def terms_lines(found: Terms, *, lang: Lang, mark: str, tariff: Tariff) -> Iterator[str]:
    """A heading, the days, what is owed and the next deadlines; what is not known has no line."""
    from cantinekit.common.times import short_day
    from cantinekit.common.typography import money, number

    words = _WORDS[lang]
    yield words["terms"].format(product=tariff.names.get(found.product, found.product)) + words["colon"].rstrip()
    rows = [(words["first_day"], short_day(found.first_day, lang))]
    for name in _LATER:
        value = getattr(found, name)
        if value is not None:
            rows.append((words[name], number(value, lang) if name == "next_units" else short_day(value, lang)))
    if found.owed is not None:
        rows.append((words["owed"], f"{money(found.owed, lang)} ({found.periods})"))
    yield from (f"{mark}{name}{words['colon']}{text}" for name, text in rows)
    for notice, end in found.deadlines:
        yield mark + words["deadlines"].format(notice=short_day(notice, lang), end=short_day(end, lang))
    yield from _stops(found.refusals, lang, tariff)


def advice_lines(found: Advised, *, lang: Lang, tariff: Tariff) -> Iterator[str]:
    """What to buy, and its price; then the offers without a price."""
    from cantinekit.common.times import short_day
    from cantinekit.common.typography import money, number

    words = _WORDS[lang]
    for each in found.purchases:
        count = f" (× {number(each.count, lang)})" if each.count != 1 else ""
        day = f", {words['from_day'].format(day=short_day(each.first_day, lang))}" if each.first_day else ""
        yield f"{number(each.times, lang)} × {tariff.names.get(each.product, each.product)}{count}{day}"
    for added in found.added:
        name = words["added"].format(product=tariff.names.get(added.product, added.product))
        yield f"{name}{words['colon']}{money(added.amount, lang)}"
    total = words["no_price"] if found.total is None else f"{words['total']}{words['colon']}{money(found.total, lang)}"
    yield total
    if found.tax and found.net is not None:
        yield f"  {words['net']}{words['colon']}{money(found.net, lang)}"
        yield f"  {words['tax']}{words['colon']}{money(found.tax, lang)}"
    if found.unused:
        yield f"  {words['unused']}{words['colon']}{number(found.unused, lang)}"
    if found.saving:
        yield f"  {words['saving']}{words['colon']}{money(found.saving, lang)}"
    names = words["left_out"] if found.total is not None else words["no_price"]
    for stop in dict.fromkeys(found.refusals):
        yield f"  {names}{words['colon']}{stop.text(lang, tariff.names)}"


def _stops(refusals: Iterable[Refusal], lang: Lang, tariff: Tariff) -> Iterator[str]:
    yield from (f"  ! {stop.text(lang, tariff.names)}" for stop in refusals)


# --- as data ---------------------------------------------------------------------------------------------------------


def change_data(found: Change) -> dict[str, Any]:
    """What calling off or moving comes to, as plain data."""
    from cantinekit.cli._quote_data import refusal

    return {
        "fee": str(found.fee),
        "refund": str(found.refund),
        "due": str(found.due),
        "why": found.why,
        "values": dict(found.values),
        "refusals": [refusal(stop) for stop in found.refusals],
    }


def terms_data(found: Terms) -> dict[str, Any]:
    """Days, periods and what is owed, as plain data."""
    from cantinekit.cli._quote_data import refusal

    days = {name: getattr(found, name) for name in ("first_day", "last_day", "earliest_end", "last_notice")}
    return {
        "product": found.product,
        **{name: day and day.isoformat() for name, day in days.items()},
        "deadlines": [{"notice": notice.isoformat(), "end": end.isoformat()} for notice, end in found.deadlines],
        "renewal": found.renewal,
        "periods": found.periods,
        "owed": None if found.owed is None else str(found.owed),
        "next_units": found.next_units,
        "refusals": [refusal(stop) for stop in found.refusals],
    }


def advice_data(found: Advised, tariff: Tariff) -> dict[str, Any]:
    """What to buy, as plain data."""
    from cantinekit.cli._quote_data import refusal

    sums = {name: getattr(found, name) for name in ("total", "gross", "net", "tax")}
    return {
        "tariff": tariff.id,
        "version": tariff.version,
        "ok": found.total is not None,
        **{name: None if sum is None else str(sum) for name, sum in sums.items()},
        "unused": found.unused,
        "saving": None if found.saving is None else str(found.saving),
        "purchases": [
            {
                "product": each.product,
                "count": each.count,
                "times": each.times,
                "first_day": each.first_day and each.first_day.isoformat(),
            }
            for each in found.purchases
        ],
        "added": [{"product": each.product, "amount": str(each.amount)} for each in found.added],
        "refusals": [refusal(stop) for stop in found.refusals],
    }
