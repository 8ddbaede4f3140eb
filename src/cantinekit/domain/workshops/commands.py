"""Commands about workshops: adding, changing and retiring one, and changing who may register for it."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import are_ids, is_a, is_id, is_id_or_none, is_text, maybe, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.workshops.admission import Admission
from cantinekit.domain.workshops.quotas import maybe_quotas, to_quotas
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
        quotas: how many seats of a session there are for each of these options, such as 6 leaders and 6 followers: a
            mapping of ids of options to 0 to 10,000 seats, or pairs, at most 50. An option that is left out has no
            seats of its own.

    Raises:
        DuplicateError: a workshop has this id.
        NotFoundError: the place, a product or a prerequisite is not there.
        UnsuitableError: a product does not sell what it is named for, is on another price list than the others, or is
            sold by another operator; the admission does not go with the products; or something that is no option of it
            has seats of its own.
        WrongStateError: a product is retired.
    """

    place_id: str = attrs.field(validator=is_id)
    title: str = attrs.field(validator=is_text(300))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    prerequisites: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)
    admission: Admission = attrs.field(default=Admission(), validator=is_a(Admission))
    quotas: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_quotas)


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


@command
@attrs.frozen(kw_only=True)
class ChangeWorkshop(Command[Workshop]):
    """Change the title of a workshop, or what its seats are sold as. Sessions that are planned keep their products.

    What has to be learnt before is changed by ``ChangePrerequisites``, who may register by ``ChangeAdmission``.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        workshop_id: the workshop.
        title: the new title, at most 300 characters; ``None``: as it is.
        product_id: the product that a seat is priced by from now on; empty: it is free; ``None``: as it is.
        option_ids: all products that somebody may buy with a seat from now on; ``None``: as they are.
        quotas: how many seats of a session there are for each of these options from now on, as in ``AddWorkshop``;
            ``None``: as they are, of the options that there are then.

    Raises:
        NotFoundError: the workshop or a product is not there.
        UnsuitableError: a product does not sell what it is named for, is on another price list than the others, or is
            sold by another operator; the admission does not go with the products; or something that is no option of it
            has seats of its own.
        WrongStateError: a product is retired.
    """

    workshop_id: str = attrs.field(validator=is_id, kw_only=False)
    title: str | None = attrs.field(default=None, validator=maybe(is_text(300)))
    product_id: str | None = attrs.field(default=None, validator=is_id_or_none)
    option_ids: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(to_ids), validator=maybe(are_ids)
    )
    quotas: tuple[tuple[str, int], ...] | None = attrs.field(default=None, converter=maybe_quotas)


@command
@attrs.frozen(kw_only=True)
class RetireWorkshop(Command[Workshop]):
    """Plan no more sessions or courses of a workshop. What is planned takes place, and what was learnt stays learnt.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        workshop_id: the workshop.

    Raises:
        NotFoundError: the workshop is not there.
        WrongStateError: it is retired already.
    """

    workshop_id: str = attrs.field(validator=is_id, kw_only=False)


@command
@attrs.frozen(kw_only=True)
class RestoreWorkshop(Command[Workshop]):
    """Put a workshop into the programme again that was retired.

    Attributes:
        workshop_id: the workshop.

    Raises:
        NotFoundError: the workshop is not there.
        WrongStateError: it is not retired.
    """

    workshop_id: str = attrs.field(validator=is_id, kw_only=False)


__all__ = [
    "AddWorkshop",
    "ChangeAdmission",
    "ChangeWorkshop",
    "RestoreWorkshop",
    "RetireWorkshop",
]
