"""Commands about workshops: adding one, and changing who may register for it."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import are_ids, is_a, is_id, is_text, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.records import Workshop, is_prerequisites, is_validity


@command
@attrs.frozen(kw_only=True)
class AddWorkshop(Command[Workshop]):
    """Add a workshop to the programme.

    Attributes:
        place_id: the place at which its sessions will be.
        title: its title, at most 300 characters.
        product_id: the product that a seat is priced by, which sells seats; ``None``: it is free.
        option_ids: the products that somebody may buy with a seat. All products of a workshop are on one price list,
            and the operator of the place sells them.
        id: the id of the workshop; ``None``: one is made.
        prerequisites: the ids of workshops that somebody must have learnt to get a seat, at most 20.
        valid_months: what is learnt here is valid through the local day so many months later, 1 to 120; ``None``: for
            good.
        admission: who may register; everybody where it is not given.

    Raises:
        DuplicateError: a workshop has this id.
        NotFoundError: the place, a product or a prerequisite is not there.
        UnsuitableError: a product does not sell what it is named for, is on another price list than the others, or is
            sold by another operator; or the admission does not go with the products.
    """

    place_id: str = attrs.field(validator=is_id)
    title: str = attrs.field(validator=is_text(300))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    prerequisites: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)
    admission: Admission = attrs.field(default=Admission(), validator=is_a(Admission))


@command
@attrs.frozen(kw_only=True)
class ChangeAdmission(Command[Workshop]):
    """Change who may register for a workshop. Registrations that were made before stay as they are.

    Attributes:
        workshop_id: the workshop.
        admission: who may register from now on; it takes the place of the whole admission before.

    Raises:
        NotFoundError: the workshop or a product of the admission is not there.
        UnsuitableError: a product of the admission does not go with the product of the workshop.
        InputError: the admission contradicts itself, when it is made.
    """

    workshop_id: str = attrs.field(validator=is_id, kw_only=False)
    admission: Admission = attrs.field(validator=is_a(Admission))


__all__ = [
    "AddWorkshop",
    "ChangeAdmission",
]
