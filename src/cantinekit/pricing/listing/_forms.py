"""The forms of a price as rows: what each price is for, and the price."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cantinekit.pricing.format.kinds import show_span
from cantinekit.pricing.listing._words import Say
from cantinekit.pricing.model.forms import AmountShare, Form, Grid, Offered, Price, Refuse, Sets, Steps, Tiers, Upto
from cantinekit.pricing.model.once import BOOKING, PIECE
from cantinekit.pricing.model.rules import Per, Rate

Rows = list[list[str]]


def form_rows(form: Form, say: Say) -> Rows:
    """The rows of a form: first what it is for, then the prices; a grid has a row of heads above them."""
    if isinstance(form, Grid):
        return grid_rows(form, say)
    if isinstance(form, Sets):
        rows = grid_rows(Grid(form.by, form.cells, form.columns, form.rows), say)
        return [*rows, [say("sets", axis=say.unit(form.axis)) + say.colon + " " + say(f"sets {form.cover}")]]
    if isinstance(form, Upto):
        return _upto(form, say)
    if isinstance(form, Steps):
        rows = [[say.span(row.size), _price(row.price, say)] for row in form.rows]
        return [*rows, [say("combination", how=say(f"how {form.combination}"))]]
    if isinstance(form, Tiers):
        return _tiers(form, say)
    return [[say("price"), one_price(form, say)]]


def one_price(form: Price | Refuse | Offered | AmountShare, say: Say) -> str:
    """A form that is one amount, or stands for one."""
    if isinstance(form, Price):
        parts = [] if form.minor is None else [say.money(form.minor)]
        return " + ".join([*parts, *(say.many(number, unit) for unit, number in form.in_units)])
    if isinstance(form, Refuse):
        return refusal(form, say)
    if isinstance(form, Offered):
        more = "" if form.suggestion is None else ", " + say("suggestion", price=say.money(form.suggestion))
        return say("offered", fact=form.fact, low=say.money(form.at_least)) + more
    return say("share", share=say.percent(form.share), fact=form.of)


def _price(minor: int | Fraction | None, say: Say) -> str:
    return say("nothing") if minor is None else say.money(minor)


def refusal(form: Refuse, say: Say) -> str:
    """What the tariff says instead of a price."""
    low, high = form.bounds
    return refused(form.code, form.why, say, low, high, form.once_per)


def refused(code: str, why: str, say: Say, low: int | None = None, high: int | None = None, once_per: str = "") -> str:
    """A refusal in words, without the name of what is refused; amounts are of a piece, as the price would be."""
    once = once_per or (PIECE if say.whole == BOOKING else say.whole)
    bounds = {name: say.due(bound, once) for name, bound in (("low", low), ("high", high)) if bound is not None}
    if len(bounds) == 2:
        bounds["low"] = say.money(low or 0)
    return say(f"refuse {code}", **bounds) + (f" ({why})" if why else "")


def beside(rate: Rate, say: Say) -> str:
    """What a price is for and what goes with it: "per hour (a begun one counts in full)"."""
    per = rate.per
    more = [say("started")] if per and per.started else []
    more += [say("each", unit=say.unit(rate.each))] if rate.each else []
    if per and per.first is not None:
        size = say.minutes(show_span(per.first)) if per.minutes else say.many(per.first, per.unit)
        price = "" if per.first_price is None else say.money(per.first_price)
        more.append(say("first_price" if price else "first", n=size, price=price))
    more += [say("flat", price=say.money(rate.flat))] if rate.flat is not None else []
    more += [say("floor")] if rate.floor else []
    return _per(per, say) + (f" ({', '.join(more)})" if more else "")


def _per(per: Per | None, say: Say) -> str:
    if per is None:
        return ""
    return f" {say.per(per.unit) if per.every is None else say('per', unit=say.so_much(per.every, per.unit))}"


def grid_rows(grid: Grid, say: Say) -> Rows:
    wide = len(grid.rows[0]) if grid.rows else 0
    rows = [[*([""] * wide), *grid.columns]]
    for head in grid.rows:
        cells = [grid.cells.get((*head, column)) for column in grid.columns]
        rows.append([*head, *("-" if minor is None else say.money(minor) for minor in cells)])
    if len(rows) > 2 or wide:
        return rows
    return [list(pair) for pair in zip(rows[0], rows[1], strict=True)]  # one row is easier to read as a column


def _upto(form: Upto, say: Say) -> Rows:
    rows: Rows = [[say("by", names=form.of)]] if form.of else []
    for row in form.rows:
        label = (
            say("upto", high=say.span(row.upto)) if row.upto else say("beyond_row" if len(form.rows) > 1 else "price")
        )
        if row.refuse:
            rows.append([label, refused(row.refuse, row.why, say)])
            continue
        unit = f" {say.per(row.per)}" if row.per else ""
        begun = f" ({say('started')})" if row.started else ""
        rows.append([label, _price(row.price, say) + unit + begun])
    return rows


def _tiers(form: Tiers, say: Say) -> Rows:
    rows: Rows = [[say("by", names=form.of)]] if form.of else []
    for row in form.rows:
        price = say("column", name=row.column) if row.price is None else say.money(row.price)
        if form.mode == "package":
            rows.append([say("package_of", n=row.upto), _price(row.price, say)])
        else:
            rows.append([say("upto", high=row.upto) if row.upto else say("tier_rest"), price])
    rows.append([say(form.mode)])
    return rows + (grid_rows(form.grid, say) if form.grid else [])


def table(rows: Sequence[Sequence[str]], indent: str) -> list[str]:
    """Rows in columns: words to the left, amounts to the right. A row of one cell is a note and widens nothing."""
    wide = max((len(row) for row in rows if len(row) > 1), default=0)
    full = [row for row in rows if len(row) == wide]
    widths = [max((len(row[place]) for row in full), default=0) for place in range(wide)]
    body = full[1:] if full and not full[0][0] else full  # without the heads of the columns
    right = [place > 0 and all(_figures(row[place]) for row in body) for place in range(wide)]
    out = []
    for row in rows:
        sized = row if len(row) != wide else [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]  # fmt: skip
        out.append((indent + "  ".join(sized)).rstrip())
    return out


def _figures(cell: str) -> bool:
    return not cell or cell == "-" or (cell[0].isdigit() and "(" not in cell)
