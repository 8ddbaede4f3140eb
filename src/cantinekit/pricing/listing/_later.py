"""What happens to a sale later, in words: how long it lasts, how it ends, what calling it off or moving it costs."""

from __future__ import annotations

from collections.abc import Iterator

from cantinekit.pricing.listing._conditions import condition, only
from cantinekit.pricing.listing._forms import refused
from cantinekit.pricing.listing._told import Parts, behind, told, word
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model.cancel import CancelCost, Keep
from cantinekit.pricing.model.later import Contract, EndEarly, EndFee, MoveCost, MoveRow, Overrun
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.terms import MonthDay, Validity

_VALID: Parts = {
    "lasts": lambda length, say: say.length(length),
    "ends": word("ends"),
    "first_day": lambda value, say: say(value),
    **dict.fromkeys(("year", "begins")),
    "bought_from": lambda day, say: say("bought_from", day=_day(day, say)),
    "month": word("month"),
    "workdays": lambda days, say: say.workdays(days),
}
_TERM: Parts = {
    "period": lambda length, say: say("period", length=say.length(length)),
    "minimum": lambda value, say: (
        say("to_month_end") if isinstance(value, str) else say("at_least", value=say.many(value, "period"))
    ),
    "renewal": word("renewal"),
    "ends": word("term"),
    "notice": lambda length, say: say("notice", length=say.length(length)),
    "notice_day": word("notice"),
    "workdays": lambda days, say: say.workdays(days),
    "stub": word("stub"),
}
_CANCEL: Parts = {
    **dict.fromkeys(("delay", "keep", "when", "fee", "once_per")),
    "free": lambda when, say: say("cancel_free", when=condition(when, say)),
    "no_show": lambda row, say: say("no_show", value=_kept(row, say)) + _fee(row, say),
}
_MOVE: Parts = {
    **dict.fromkeys(("fee", "once_per", "delay", "from", "rows")),
    "allowed": lambda value, say: say("no"),
}
_PRORATE: Parts = {
    "rule": lambda value, say: say(value),
    "of": lambda value, say: say(value),
}
_MOVE_ROW: Parts = dict.fromkeys(("from", "fee", "percent", "once_per", "refuse", "why"))
_KEEP: Parts = dict.fromkeys(("from", "percent", "price", "fee", "once_per", "refuse", "why"))
_OVERRUN: Parts = dict.fromkeys(("product", "price", "per", "once_per"))
_PAUSE: Parts = {
    "at_most": lambda length, say: say("pause_at_most", length=say.length(length)),
    "times": lambda n, say: say("pause_times", n=n),
    "ahead": lambda length, say: say("pause_ahead", length=say.length(length)),
}
_END_FEE: Parts = dict.fromkeys(("periods", "share"))


def later_lines(product: Product, say: Say) -> Iterator[str]:
    """A line for each rule about the time after the sale."""
    lines = [
        ("valid", [_valid(product.valid, say)] if product.valid else []),
        *(("term", [_contract(contract, say)]) for contract in product.term),
        ("prorate", told(product.prorate, _PRORATE, say) if product.prorate else []),
        *(("cancel", [_cancel(cancel, say)]) for cancel in product.cancel),
        ("end_early", [_end_early(product.end_early, say)] if product.end_early else []),
        ("pause", told(product.pause, _PAUSE, say) if product.pause else []),
        ("overrun", [_overrun(product.overrun, say)] if product.overrun else []),
        ("move", [_move(product.move, say)] if product.move else []),
        ("afterwards", list(product.afterwards)),
    ]
    yield from (f"{say(name)}{say.colon} {', '.join(parts)}" for name, parts in lines if parts)


def _valid(valid: Validity, say: Say) -> str:
    year = [say(f"year {valid.year}", day=_day(valid.begins, say))] if valid.year else []
    return ", ".join([*year, *told(valid, _VALID, say)])


def _contract(contract: Contract, say: Say) -> str:
    return ", ".join(told(contract.term, _TERM, say)) + only(contract.when, say)


def _cancel(cancel: CancelCost, say: Say) -> str:
    rows = cancel.keep if cancel.mixed else sorted(cancel.keep, key=lambda row: -row.delay.n)
    fee = [say("cancel_fee", value=say.due(cancel.fee, cancel.once_per))] if cancel.fee else []
    text = say("semicolon").join([*(_keep(row, cancel, say) for row in rows), *fee, *told(cancel, _CANCEL, say)])
    return text + say.delay(*cancel.delay) + only(cancel.when, say)


def _keep(row: Keep, cancel: CancelCost, say: Say) -> str:
    if row.delay.is_after:
        before = say("after_start")
    elif row.delay.n:
        before = say("from_before", length=say.many(row.delay.n, cancel.unit_of(row)))
    else:
        before = say("later" if len(cancel.keep) > 1 else "at_any_time")
    return f"{before}{say.colon} {_kept(row, say)}{_fee(row, say)}"


def _kept(row: Keep, say: Say) -> str:
    """What is kept, or that nobody says how much."""
    if row.refuse:
        return refused(row.refuse, row.why, say)
    return say("keep", value=say.share_or_due(row.percent, row.price, row.once_per))


def _fee(row: Keep, say: Say) -> str:
    """The remark of a row beside what is kept."""
    fee = [] if row.fee is None else [say("add", value=say.due(row.fee, row.once_per)) if row.fee else say("no_fee")]
    return behind([*fee, *told(row, _KEEP, say)])


def _move(move: MoveCost, say: Say) -> str:
    parts = [say.due(move.fee, move.once_per)] if move.fee or move.allowed else []
    unit = move.delay.unit if move.delay else "day"
    if move.rows:
        rows = say("semicolon").join(_move_row(row, unit, say) for row in sorted(move.rows, key=lambda r: -r.delay.n))
        return rows + (say.delay(move.delay) if move.delay else "")
    if move.delay or move.at_least:
        parts.append(say("before", length=say.many(move.at_least, unit)))
    return ", ".join([*told(move, _MOVE, say), *parts]) + (say.delay(move.delay) if move.delay else "")


def _move_row(row: MoveRow, unit: str, say: Say) -> str:
    before = say("from_before", length=say.many(row.delay.n, unit)) if row.delay.n else say("later")
    if row.refuse:
        text = refused(row.refuse, row.why, say)
    else:
        parts = [] if row.percent is None else [say.percent(row.percent)]
        text = say.both([*parts, *([] if row.fee is None else [say.due(row.fee, row.once_per)])])
    return f"{before}{say.colon} {text}{behind(told(row, _MOVE_ROW, say))}"


def _overrun(overrun: Overrun, say: Say) -> str:
    more = behind(told(overrun, _OVERRUN, say))
    if overrun.price is None:
        return say.product(overrun.product) + more
    often = say.per(overrun.once_per or say.whole)
    return f"{say.money(overrun.price)} {say('per_begun', unit=say.unit(overrun.per))}, {often}{more}"


def _end_early(rule: EndEarly, say: Say) -> str:
    fees = [_end_fee(fee, say) for fee in rule.smaller_of]
    return say("smallest_of", fees=say.either(fees)) if len(fees) > 1 else fees[0]


def _end_fee(fee: EndFee, say: Say) -> str:
    if fee.share is not None:
        text = say("share_of_rest", share=say.percent(fee.share))
    else:
        text = say.many(fee.periods or 0, "period")
    return text + behind(told(fee, _END_FEE, say))


def _day(day: MonthDay | None, say: Say) -> str:
    return say.month_day((day.month, day.day)) if day else ""
