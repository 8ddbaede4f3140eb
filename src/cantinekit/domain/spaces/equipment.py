"""Units of equipment that go with a booking or a session."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping, Sequence

from cantinekit.common.fields import MAX_COUNT, check_id
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

MAX_EXTRAS = 50
"""How many pools of equipment may go with one booking."""
Units = tuple[tuple[str, int], ...]
"""Pools of equipment by their ids, each with a number of units."""
UnitsLike = Mapping[str, int] | Sequence[tuple[str, int]]
"""Pools of equipment with a number of units each, as a host gives them: by the id of the pool, or as pairs."""


def to_units(value: UnitsLike) -> Units:
    """Take units of pools, as pairs of an id and a count or as a mapping; each pool once.

    Raises:
        InputError: it is no such list.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError("with_units are ids of equipment with a number of units, for example [('projector', 1)]")
    for space_id, units in pairs:
        check_id(space_id, "with_units")
        if type(units) is not int or not 1 <= units <= MAX_COUNT:
            raise InputError(f"with_units must be integers from 1 to {MAX_COUNT}, not {shown(units)}")
    if len(pairs) > MAX_EXTRAS or len({space_id for space_id, _ in pairs}) != len(pairs):
        raise InputError(f"with_units names each pool once, and at most {MAX_EXTRAS} of them")
    return tuple(pairs)


def maybe_units(value: UnitsLike | None) -> Units | None:
    """The same, or ``None``, which stays."""
    return None if value is None else to_units(value)
