"""Units of equipment that go with a booking or a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cantinekit.common.fields import to_counts

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
    shape = "ids of equipment with a number of units, for example [('projector', 1)]"
    return to_counts(value, "with_units", shape, "pool", least=1, most=MAX_EXTRAS)


def maybe_units(value: UnitsLike | None) -> Units | None:
    """The same, or ``None``, which stays."""
    return None if value is None else to_units(value)
