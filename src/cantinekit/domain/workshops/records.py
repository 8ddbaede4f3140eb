"""The record of a workshop: what its sessions teach, what a seat costs, and who may register."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import attrs

from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    is_a,
    is_count,
    is_id,
    is_text,
    maybe,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.quotas import Quotas
from cantinekit.errors import InputError

MAX_PREREQUISITES = 20
"""How many workshops may come directly before one."""

is_validity = maybe(is_count(most=120))
"""Validate for how many months what is learnt is valid, or ``None``."""


def is_prerequisites(_: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    """Validate that the workshops that come before another are not too many."""
    if len(value) > MAX_PREREQUISITES:
        raise InputError(f"{attribute.name} are {len(value)} workshops, at most {MAX_PREREQUISITES}")


@record("domain", fields=("place",), steady=True)
@attrs.frozen
class Workshop:
    """A workshop or conference, which takes place in sessions and courses.

    Attributes:
        id: its id.
        place_id: the place at which its sessions are.
        title: its title, at most 300 characters.
        product_id: the product that a seat is priced by; ``None`` where it is free.
        option_ids: the products that somebody may buy with a seat.
        prerequisites: the workshops that somebody must have learnt to get a seat, at most 20.
        valid_months: what is learnt here is valid through the local day so many months later, 1 to 120; ``None``: for
            good.
        admission: who may register.
        retired: since when no session of it is planned any more; ``None``: it is in the programme.
        quotas: how many seats of a session there are for each of these options, by the ids of the options; an option
            that is not among them has none of its own. It holds for sessions that are added from then on.

    Index:
        place: place id, id.
    """

    kind: ClassVar[str] = "workshop"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    title: PublicText = attrs.field(validator=is_text(300))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    prerequisites: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)
    admission: Admission = attrs.field(default=Admission(), validator=is_a(Admission))
    retired: datetime | None = attrs.field(default=None, converter=maybe_instant)
    quotas: Quotas = ()

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.id)


__all__ = [
    "Workshop",
]
