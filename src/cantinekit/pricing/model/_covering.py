"""Which covers go with which rates: whether what a cover leaves of a stay has a price."""

from __future__ import annotations

from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.model.forms import Form, Refuse, Steps, Tiers, Upto, of_sessions
from cantinekit.pricing.model.measure import Measure
from cantinekit.pricing.model.rules import Cover, Rate

MINUTE = "minute"
_OPEN = "nobody can say what the rest costs"


def leaves_a_part(cover: Cover, measure: Measure | None) -> bool:
    """Whether a cover may leave a part of a stay, and not only whole stays."""
    return cover.in_part and (bool(cover.minutes) or (measure is not None and cover.unit == measure.unit))


def prices_the_rest(rate: Rate, form: Form, measure: Measure | None) -> bool:
    """Whether a rate has a price for a part of a stay; without a measure time is counted."""
    unit = measure.unit if measure is not None else MINUTE
    if isinstance(form, Refuse):
        return True
    if isinstance(form, Upto):
        fits = unit != MINUTE or by_length(form) is not False
        return not form.of and fits and (len(form.rows) > 1 or bool(form.rows[0].per))
    if isinstance(form, Steps):
        return unit != MINUTE or form.rows[0].size[1]
    if isinstance(form, Tiers):
        return not form.of and measure is not None
    per = rate.per
    if per is None or per.every is not None or of_sessions(form):
        return False
    return bool(per.minutes) if unit == MINUTE else per.unit == unit


def by_length(form: Upto) -> bool | None:
    """Whether rows are bounded by lengths of time, or (``False``) by numbers; ``None`` where nothing bounds them."""
    bounds = [row.upto[1] for row in form.rows if row.upto is not None]
    return all(bounds) if bounds else None


def check_cover(cover: Cover, row: TariffTable, rates: tuple[Rate, ...], measure: Measure | None) -> None:
    """Note a cover that may leave a part of a stay for which there is no price."""
    if not leaves_a_part(cover, measure):
        return
    name = "free" if cover.free else "partial"
    whole = "say partial = false" if cover.free else "leave 'partial' out"
    whole = f"or {whole}: then units that are too few cover nothing, and the whole stay is charged"
    if cover.minutes and measure is not None and measure.unit != MINUTE:
        said = f"a part of the time may be covered, and the stay is measured in {measure.unit!r}: {_OPEN}"
        row.problem(f"{said}. Cover it by unit = {measure.unit!r}, {whole}", name)
        return
    wrong = [rate.id for rate in rates if not all(prices_the_rest(rate, form, measure) for _, form in rate.lists)]
    if wrong:
        timed = measure is None or measure.unit == MINUTE
        how = "a length, per = '1h', or by 'upto' or 'steps' of lengths" if timed else f"per = {cover.unit!r}"
        rate = f"rate {wrong[0]!r}" if wrong[0] else "rate"
        said = f"a part of the stay may be covered, and the {rate} is for the whole: {_OPEN}"
        row.problem(f"{said}. Price it by {how}, {whole}", name)


def check_rows(rate: Rate, row: TariffTable, measure: Measure | None, *, timed: bool) -> None:
    """Note rows that are lengths where something else is counted, and numbers of pieces where time is."""
    for _, form in rate.lists:
        if isinstance(form, Steps):
            lengths: bool | None = form.rows[0].size[1]
        elif isinstance(form, Upto) and not form.of:
            lengths = by_length(form)
        else:
            continue
        if lengths and measure is not None and measure.unit != MINUTE:
            name = "steps" if isinstance(form, Steps) else "upto"
            row.problem(f"its rows are lengths, and the stay is measured in {measure.unit!r}", name)
        elif lengths is False and measure is None and timed and isinstance(form, Upto):
            row.problem("its rows are numbers, and a length of time is counted, by a cover or another rate", "upto")
