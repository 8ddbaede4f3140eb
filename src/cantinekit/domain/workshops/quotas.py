"""How many seats of a session there are for each option: leaders and followers of a dance, say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cantinekit.common.fields import to_counts
from cantinekit.errors import UnsuitableError

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
    shape = "ids of options with a number of seats, for example {'leader': 6}"
    return to_counts(value, "quotas", shape, "option", least=0, most=MAX_QUOTAS)


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
