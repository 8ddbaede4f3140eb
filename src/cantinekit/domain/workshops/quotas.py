"""How many seats of a session there are for each option: leaders and followers of a dance, say."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping, Sequence

from cantinekit.common.fields import MAX_COUNT, check_id
from cantinekit.errors import InputError, UnsuitableError
from cantinekit.errors.shown import shown

MAX_QUOTAS = 50
"""How many options of a session may have seats of their own."""
Quotas = tuple[tuple[str, int], ...]
"""Options by their ids, each with the seats that there are for it."""
QuotasLike = Mapping[str, int] | Sequence[tuple[str, int]]
"""Options with their seats, as a host gives them: by the id of the option, or as pairs."""


def to_quotas(value: QuotasLike) -> Quotas:
    """Take seats of options, as pairs of an id and a number or as a mapping; each option once.

    Raises:
        InputError: it is no such list.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError("quotas are ids of options with a number of seats, for example {'leader': 6}")
    for option_id, seats in pairs:
        check_id(option_id, "quotas")
        if type(seats) is not int or not 0 <= seats <= MAX_COUNT:
            raise InputError(f"quotas must be integers from 0 to {MAX_COUNT}, not {shown(seats)}")
    if len(pairs) > MAX_QUOTAS or len({option_id for option_id, _ in pairs}) != len(pairs):
        raise InputError(f"quotas names each option once, and at most {MAX_QUOTAS} of them")
    return tuple(pairs)


def maybe_quotas(value: QuotasLike | None) -> Quotas | None:
    """The same, or ``None``, which stays."""
    return None if value is None else to_quotas(value)


def check_quotas(quotas: Quotas, options: Sequence[str], named: Sequence[str] = ()) -> Quotas:
    """Refuse seats of what is no option of the workshop; they come back by the ids of the options.

    Args:
        quotas: the seats, by the ids of options or as these were named.
        options: the ids of the options of the workshop.
        named: how the options were named, in their order; none: by their ids.

    Raises:
        UnsuitableError: one is no option of the workshop.
    """
    ids = {**dict(zip(named, options, strict=False)), **{id: id for id in options}}
    unknown = [option_id for option_id, _ in quotas if option_id not in ids]
    if unknown:
        raise UnsuitableError(f"{unknown[0]} is no option of the workshop: it has no seats of its own")
    return tuple((ids[option_id], seats) for option_id, seats in quotas)
