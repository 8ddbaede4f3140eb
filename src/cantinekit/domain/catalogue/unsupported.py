"""What a price list may say and the house does not carry out: it is refused when the list is published.

Nothing that a list says is ignored. What is missing here is carried out: the page
``docs/reference/what-the-house-carries-out.md`` has a row for every key of the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cantinekit.common.fields import check_id
from cantinekit.domain.passes.course import Course
from cantinekit.errors import InputError, TextError
from cantinekit.pricing import Problem, Tariff
from cantinekit.pricing.format.toml import Path
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.terms import Term, last_day


def unsupported(tariff: Tariff) -> tuple[Problem, ...]:
    """Everything in a price list that the house does not carry out, each with its path and its line.

    Args:
        tariff: the price list.
    """
    return tariff.problems(
        (path, f"the house does not carry this out: {what}")
        for one in tariff.products.values()
        for path, what in _of(tariff.id, one)
    )


def never_again(tariff: Tariff) -> tuple[Problem, ...]:
    """Units that are to be given again (``renews``) by what is over before that, whenever it begins.

    Without ``valid`` and ``term`` they come without end. Nothing that is sold is lost by this: it is no problem, but
    the author may have meant a contract.

    Args:
        tariff: the price list.
    """
    return tariff.problems(
        (("product", one.id, "grant"), f"its units are never given again: it is over before ({', '.join(words)})")
        for one in tariff.products.values()
        if (words := sorted({grant.renews for grant in one.grant if grant.renews})) and _ends_first(one, words)
    )


def _ends_first(product: Product, words: list[str]) -> bool:
    """Whether what a product sells is over before any of its units come again, on whatever day it begins."""
    if product.valid is None and not product.term:
        return False
    terms: list[Term | None] = [contract.term for contract in product.term]
    return not any(_comes_again(product, term, first, words) for term in terms or [None] for first in _SOME_DAYS)


def _comes_again(product: Product, term: Term | None, first: date, words: list[str]) -> bool:
    """Whether units of what begins on a day come again before it is over; so they may where nobody knows that."""
    try:
        last = last_day(product.valid, first) if product.valid is not None and term is None else None
        days = Course(first, term, product.valid, last, frozenset(words))
        return days.end is None or any(next(days.given_again(word), date.max) <= days.end for word in words)
    except InputError:  # the holidays of that year are not listed
        return True


_SOME_DAYS = tuple(date(2028, month, day) for month in range(1, 13) for day in (1, 2, 15, 28))
"""Days of a leap year on which something may begin."""


def _of(list_id: str, product: Product) -> Iterator[tuple[Path, str]]:
    path: Path = ("product", product.id)
    try:
        check_id(f"{list_id}/{product.id}")
    except TextError:
        yield path, "a product whose name is longer than an id may be, or holds a '|'"
    for key in ("merge", "measure", "choose"):
        same = getattr(getattr(product, key), "same", ())
        if product.by_clock and same and "person" not in same:
            yield (*path, key, "same"), "visits of several people that are priced together"


__all__ = [
    "never_again",
    "unsupported",
]
