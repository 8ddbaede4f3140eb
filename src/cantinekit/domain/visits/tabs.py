"""The sums of a tab, and which tab a visit is on: pure functions of its records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import get_args

from cantinekit.clock import local
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import LineKind
from cantinekit.domain.places.records import Place
from cantinekit.domain.visits.records import Clocked, TabLine, TabPeriod, TabStay


def stay_order(stay: TabStay) -> tuple[datetime, datetime, str]:
    """The place of a stay on its tab: by its beginning, then its end, then the id of its visit."""
    period = stay.item.period
    assert period is not None
    return period.start, period.end, stay.visit_id


def add_lines(*several: Iterable[TabLine]) -> tuple[TabLine, ...]:
    """Several lists of lines as one, by product, tax class and kind; those that come to nothing are left out."""
    sums: dict[tuple[str, str, LineKind], int] = {}
    for lines in several:
        for line in lines:
            key = line.product_id, line.tax_class, line.kind
            sums[key] = sums.get(key, 0) + line.amount
    return tuple(TabLine(product, tax, amount, kind) for (product, tax, kind), amount in sorted(sums.items()) if amount)


def minus(lines: Iterable[TabLine]) -> tuple[TabLine, ...]:
    """The lines that take these off."""
    return tuple(TabLine(line.product_id, line.tax_class, -line.amount, line.kind) for line in lines)


def net_spends(first: Iterable[Spend], more: Iterable[Spend], back: Iterable[Spend]) -> tuple[Spend, ...]:
    """The units that are spent after some more were taken and some went back, by entitlement."""
    sums: dict[str, int] = {}
    for spends, sign in ((first, 1), (more, 1), (back, -1)):
        for spend in spends:
            sums[spend.entitlement_id] = sums.get(spend.entitlement_id, 0) + sign * spend.units
    return tuple(Spend(id, units) for id, units in sorted(sums.items()) if units)


def tab_id(person_id: str | None, visit_id: str, clocked: Clocked, opened_at: datetime) -> str:
    """The id of the tab of a visit that begins at an instant.

    Visits of a person that one legal entity sells on one price list share a tab, in the longest period in which the
    list counts any of them together. A walk-in may be anybody, and so shares none.
    """
    if person_id is None:
        return f"visit|{visit_id}"
    head = f"{person_id}|{clocked.entity_id}|{clocked.pricelist_id}"
    return f"{head}|{_period(clocked.period, local(opened_at, clocked.zone))}"


def likely_tabs(person_id: str | None, product: Product, place: Place, at: datetime) -> list[str]:
    """The ids that the tab of a visit may have, where the price list that says which is not loaded yet.

    Args:
        person_id: the visitor; a walk-in has no tab before the visit.
        product: the product.
        place: the place, in whose zone most price lists mean their days.
        at: when the visit begins.
    """
    if person_id is None:
        return []
    head, day = f"{person_id}|{place.entity_id}|{product.pricelist_id}", local(at, place.zone)
    return [f"{head}|{_period(period, day)}" for period in get_args(TabPeriod)]


def _period(period: TabPeriod, day: datetime) -> str:
    year, week, _ = day.isocalendar()
    names: dict[TabPeriod, str] = {
        "": "",
        "day": day.date().isoformat(),
        "week": f"{year:04}-W{week:02}",
        "month": day.date().isoformat()[:7],
        "year": f"{day.year:04}",
    }
    return names[period]
