"""Commands about passes, visits and bookings."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.common.fields import is_id, is_text, maybe_id, maybe_text
from cantinekit.domain.base import Command, command
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.sales.values import Facts, PricePromise, to_facts, to_promise
from cantinekit.errors import InputError


def _is_holder(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is None:
        raise InputError(f"{attribute.name} is needed: the id of the person who can spend the units of the pass")
    is_id(_, attribute, value)


@command
@attrs.frozen
class SellPass(Command[Pass]):
    """Sell a pass (a carnet, a day in advance) to its holder, who alone can spend its units.

    A product that gives money on an account of vouchers is refused, since nothing can be paid with such money yet.
    """

    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    holder_id: str = attrs.field(validator=_is_holder)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)


@command
@attrs.frozen
class CancelPass(Command[Pass]):
    """Cancel a pass of which nothing was used, and refund what was paid; an unpaid pass at any time."""

    pass_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="pass cancelled", validator=is_text(500))


__all__ = [
    "CancelPass",
    "SellPass",
]
