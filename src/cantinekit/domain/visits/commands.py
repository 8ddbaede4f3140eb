"""Commands that set a house up: places, spaces, catalogue, people, workshops."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import are_ids, is_id, maybe_id, maybe_text, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.values import Facts, PricePromise, to_facts, to_promise
from cantinekit.domain.visits.records import CodePool, Visit


@command
@attrs.frozen
class AddAccessCodes(Command[CodePool]):
    """Add access codes (for the Wi-Fi, say) that visitors of a place are given, each code once."""

    place_id: str = attrs.field(validator=is_id)
    codes: tuple[str, ...] = attrs.field(converter=to_ids, validator=are_ids)


@command
@attrs.frozen
class CheckIn(Command[Visit]):
    """Somebody comes to work: on an entitlement that covers the product, or by paying. A walk-in has no person.

    The place and its open space must be open. Of the terms of the open space ``audience``, ``trainings`` and
    ``approval`` apply, which say who may use it; ``groups`` are the groups of the visitor, which the host knows. With
    ``override``, a reason, staff let somebody in against these rules; a stay that begins while it is closed is as long
    as one that begins at the next opening of the day, or lasts to midnight. ``facts`` are those that the price list
    asks for, such as whether the customer owes the tax.
    """

    place_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@command
@attrs.frozen
class UpgradeVisit(Command[Visit]):
    """Stay longer than was paid for: the whole is priced, and the difference to what was paid is charged."""

    visit_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    facts: Facts = attrs.field(default=(), converter=to_facts)


@command
@attrs.frozen
class CheckOut(Command[Visit]):
    """The visitor leaves; the desk is free from now on."""

    visit_id: str = attrs.field(validator=is_id)


__all__ = [
    "AddAccessCodes",
    "CheckIn",
    "CheckOut",
    "UpgradeVisit",
]
