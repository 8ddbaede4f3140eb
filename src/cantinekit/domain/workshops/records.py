"""Workshops, their sessions, and who has a seat or waits for one."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from cantinekit.common.fields import are_ids, is_a, is_count, is_id, is_text, maybe, maybe_id, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.workshops.admission import Admission
from cantinekit.errors import InputError

MAX_PREREQUISITES = 20
"""How many workshops may come before one, each by itself."""

is_validity = maybe(is_count(most=120))
"""Validates for how many months what is learnt is valid, or ``None``."""


def is_prerequisites(_: Any, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    """Validate that workshops that come before another are not too many."""
    if len(value) > MAX_PREREQUISITES:
        raise InputError(f"{attribute.name} are {len(value)} workshops, at most {MAX_PREREQUISITES}")


@record("domain", fields=("place",), steady=True)
@attrs.frozen
class Workshop:
    """A workshop or conference. Without a product it is free; ``option_ids`` are products that go with a seat.

    ``prerequisites``: the workshops that somebody must have learnt to get a seat. What is learnt here is valid through
    the local day ``valid_months`` later; without them for good. ``admission`` says who may register.
    """

    kind: ClassVar[str] = "workshop"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    title: str = attrs.field(validator=is_text(300))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    prerequisites: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)
    admission: Admission = attrs.field(default=Admission(), validator=is_a(Admission))

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.id)


__all__ = [
    "Workshop",
]
