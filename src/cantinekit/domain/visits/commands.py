"""Commands about visits: check-in, a longer stay, check-out, and the access codes of a place."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import are_ids, is_id, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.visits.records import CodePool, Visit


@command
@attrs.frozen(kw_only=True)
class AddAccessCodes(Command[CodePool]):
    """Add access codes (for the Wi-Fi, say) that visitors of a place are given, each code once.

    Attributes:
        place_id: the place.
        codes: the codes, at least one and each an id, in the order in which they are given out.

    Raises:
        NotFoundError: there is no such place.
        InputError: no codes are given.
        DuplicateError: the place has, or had, one of these codes.
    """

    place_id: str = attrs.field(validator=is_id)
    codes: tuple[str, ...] = attrs.field(converter=to_ids, validator=are_ids)


@command
@attrs.frozen(kw_only=True)
class CheckIn(SellingCommand[Visit]):
    """Check somebody in at the open space of a place, on an entitlement that covers the product or by paying.

    The place and its open space must be open. Of the terms of the open space ``audience``, ``trainings`` and
    ``approval`` apply, which say who may use it. The visit is open at once where nothing is due or the money is in
    hand; else the desk is held for 15 minutes.

    Attributes:
        place_id: the place.
        product_id: the product, which sells visits and says how long a stay lasts.
        person_id: the visitor; ``None`` is a walk-in, who has no entitlements.
        override: why staff let somebody in against the opening hours or the terms, 1 to 1000 characters; ``None``
            keeps to them. A stay that begins while it is closed is as long as one from the next opening of the day
            on, or lasts to midnight where there is none.
        groups: the groups of the visitor, as the host knows them, checked against the audience of the open space.

    Raises:
        NotFoundError: there is no such place, product or person.
        UnsuitableError: the product sells no visits here, or the place has no open space.
        ClosedError: it is closed, and there is no override.
        TermsError: the terms of the open space do not allow it, and there is no override.
        DuplicateError: the person has an open visit.
        SoldOutError: no desk is free.
        ConflictError: the open space has no desk at all.
        WrongStateError: the person is being forgotten, or was; or the product is retired.
    """

    place_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@command
@attrs.frozen(kw_only=True)
class UpgradeVisit(SellingCommand[Visit]):
    """Make an open visit longer: the whole stay is priced, and the difference to what was paid is charged.

    The longer stay holds at once where nothing is due or the money is in hand; else it is held for 15 minutes. What was
    paid beyond the price of the whole goes back.

    Attributes:
        visit_id: the visit, which is open and awaits no other upgrade.
        product_id: the product of the whole stay; another one of the same operator, with a stay that is no shorter.

    Raises:
        NotFoundError: there is no such visit or product.
        WrongStateError: the visit is not open, awaits the payment of an upgrade, or its person is being forgotten.
        UnsuitableError: the product is no longer stay than the one that is paid for.
        SoldOutError: no desk is free for the rest of the stay.
    """

    visit_id: str = attrs.field(validator=is_id, kw_only=False)
    product_id: str = attrs.field(validator=is_id)


@command
@attrs.frozen(kw_only=True)
class CheckOut(Command[Visit]):
    """End an open visit: the desk is free from now on. An upgrade that awaits its payment is dropped.

    Attributes:
        visit_id: the visit.

    Raises:
        NotFoundError: there is no such visit.
        WrongStateError: the visit is not open.
    """

    visit_id: str = attrs.field(validator=is_id, kw_only=False)


__all__ = [
    "AddAccessCodes",
    "CheckIn",
    "CheckOut",
    "UpgradeVisit",
]
