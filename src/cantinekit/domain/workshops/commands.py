"""The command about who may register for a workshop, and what a registration says for it."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import are_ids, is_a, is_id, is_text, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.records import Workshop, is_prerequisites, is_validity


@command
@attrs.frozen
class ChangeAdmission(Command[Workshop]):
    """Change who may register for a workshop, in place of all that it asked. What is registered stays as it is."""

    workshop_id: str = attrs.field(validator=is_id)
    admission: Admission = attrs.field(validator=is_a(Admission))


@command
@attrs.frozen
class AddWorkshop(Command[Workshop]):
    """Add a workshop. Without a product it is free; ``option_ids`` are products that go with a seat.

    ``prerequisites``: workshops that somebody must have learnt to get a seat. What is learnt here is valid through the
    local day ``valid_months`` later; without them for good. ``admission`` says who may register.
    """

    place_id: str = attrs.field(validator=is_id)
    title: str = attrs.field(validator=is_text(300))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    prerequisites: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)
    admission: Admission = attrs.field(default=Admission(), validator=is_a(Admission))


__all__ = [
    "AddWorkshop",
    "ChangeAdmission",
]
