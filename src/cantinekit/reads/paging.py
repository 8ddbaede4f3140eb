"""Lists that can be long, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Generic, TypeVar

import attrs

from cantinekit.errors import InputError

T = TypeVar("T")
MOST = 200
"""The most items of a page."""


@attrs.frozen
class Listing(Generic[T]):
    """Some items of a list, and where the next page begins.

    Attributes:
        items: the items of this page, in the order that the read states.
        next: what to ask with for those that follow (``after``), a text that means nothing else; ``None``: there are no
            more.
    """

    items: tuple[T, ...] = ()
    next: str | None = None


def check_page(limit: int) -> None:
    """Refuse a page that is too long, or has nothing on it.

    Args:
        limit: the most items of the page.

    Raises:
        InputError: it is not from 1 to 200.
    """
    if not 1 <= limit <= MOST:
        raise InputError(f"limit must be from 1 to {MOST}")


def first_of(found: Iterable[tuple[str, T]], limit: int) -> Listing[T]:
    """The first page of items that come one by one, each with what to ask with for those behind it.

    Args:
        found: the positions and the items, in order. One more than the page has is taken.
        limit: the most items of the page.
    """
    taken = list(islice(found, limit + 1))
    more = taken[limit - 1][0] if len(taken) > limit else None
    return Listing(tuple(item for _, item in taken[:limit]), more)


def page_behind(found: Iterable[tuple[str, T | None]], after: str | None, limit: int) -> Listing[T]:
    """A page of items that are all known, behind one of them, which may be shown no more by now.

    Args:
        found: the names of all that was ever listed, in order, each with its item; ``None``: it is not shown any more.
        after: the name of the last item of the page before; ``None``: the first page.
        limit: the most items of the page.
    """
    rest = iter(found)
    if after is not None:
        for name, _ in rest:
            if name == after:
                break
    return first_of(((name, item) for name, item in rest if item is not None), limit)
