"""The dates of a series looked at together: load the pages of all, and say what each claims or why it cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from cantinekit.clock import Period
from cantinekit.domain.dates.records import DateClash, DateClashWhy
from cantinekit.domain.occupancy.claims import page_wishes, with_buffers
from cantinekit.domain.occupancy.pages import put_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    InputError,
    NotFoundError,
    RefusedError,
    SoldOutError,
    TermsError,
    TooLateError,
    UnsuitableError,
)
from cantinekit.plugins.ports import MAX_KEYS
from cantinekit.scheduling.availability import (
    NeedsApproval,
    NotTrained,
    NotYours,
    TooLongInARow,
    TooManyAhead,
    WrongLength,
)

Times = Mapping[date, Period | None]
"""From when until when each date is; ``None``: there is no such time on that day."""

MOST_PAGES = MAX_KEYS - 5_000
"""The most pages that a series may touch: one batch, with room for what is loaded with them to cancel the series."""

_WHY: dict[type[RefusedError], DateClashWhy] = {
    ConflictError: "taken",
    SoldOutError: "sold out",
    TermsError: "terms",
    TooLateError: "over",
}


def read_series_pages(
    uow: Uow, asked: Iterable[tuple[Sequence[str], Period | None]], wishes: Iterable[Wish]
) -> Steps[None]:
    """Load the pages of all dates in one batch, with those of the days around as far as there is room for them.

    Args:
        uow: the unit of work.
        asked: for each date the leaves of its spaces, and when it is.
        wishes: other records to load in the same batch.

    Raises:
        InputError: the dates touch more pages than one batch holds.
    """
    keys, spare, asked = list(wishes), list[Wish](), list(asked)
    for leaves, period in asked:
        if period is not None:
            needed, around = page_wishes(leaves, with_buffers(uow.state, leaves, period))
            keys += needed
            spare += around
    if len(set(keys)) > MOST_PAGES:
        parts = max(len(leaves) for leaves, _ in asked)
        raise InputError(f"{len(asked)} dates of a space with {parts} parts are too much at once; name fewer")
    if len({*keys, *spare}) > MOST_PAGES:
        spare = []
    yield from uow.fetch(keys, spare)


def look(
    state: State,
    times: Times,
    now: datetime,
    claim: Callable[[State, date, Period], tuple[Placed, ...]],
    nearest: Callable[[State, date, Period], tuple[Period, ...]],
) -> tuple[dict[date, tuple[Placed, ...]], list[DateClash]]:
    """Find out what each date that can be had claims, and why each other cannot be had.

    Each date is looked at with the claims of the dates before it: a night that the clock change makes longer may reach
    the next date.

    Args:
        state: the records; the pages of all dates are loaded.
        times: from when until when the dates are.
        now: the instant of the decision.
        claim: gives what a date claims, or refuses the date.
        nearest: finds what is free instead, where the refusal does not say it.

    Raises:
        UnsuitableError, NotFoundError: what is wrong at any time is no clash of dates.
    """
    free: dict[date, tuple[Placed, ...]] = {}
    clashes: list[DateClash] = []
    for day, period in times.items():
        if period is None:
            clashes.append(DateClash(day, "no such time", "the clock change skips it"))
            continue
        try:
            free[day] = claim(state, day, period)
        except (UnsuitableError, NotFoundError):
            raise
        except RefusedError as refusal:
            near = getattr(refusal, "nearest", ())
            if not near and not _at_any_time(refusal):
                near = nearest(state, day, period)
            clashes.append(
                DateClash(day, why_not(refusal), str(refusal)[:1000], period, getattr(refusal, "clashes", ()), near)
            )
        else:
            state = state.put(put_claims(state, free[day], now))
    return free, clashes


def _at_any_time(refusal: RefusedError) -> bool:
    """Whether the refusal would be the same at every other time."""
    always = NotYours | NotTrained | WrongLength | TooLongInARow | TooManyAhead | NeedsApproval
    return isinstance(refusal, TermsError) and isinstance(refusal.reason, always)


def why_not(refusal: RefusedError) -> DateClashWhy:
    """Why a date cannot be had, in one word."""
    if isinstance(refusal, ClosedError):
        return "outside hours" if refusal.reason.startswith("outside") else "closed"
    return _WHY.get(type(refusal), "refused")
