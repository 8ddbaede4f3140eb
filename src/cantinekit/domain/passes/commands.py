"""Commands about passes: selling one, and taking it back."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.common.fields import is_id, is_text, maybe_id, maybe_text
from cantinekit.domain.base import Command, command
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.sales.values import Facts, PricePromise, to_facts, to_promise
from cantinekit.errors import InputError


def _is_holder(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate the id of a holder, and say who that is where there is none."""
    if value is None:
        raise InputError(f"{attribute.name} is needed: the id of the person who can spend the units of the pass")
    is_id(_, attribute, value)


@command
@attrs.frozen(kw_only=True)
class SellPass(Command[Pass]):
    """Sell a pass (a carnet, a day in advance) to its holder, who alone can spend its units.

    The units can be spent once nothing is due or the money is in hand.

    Attributes:
        product_id: the product, which says what the pass gives.
        place_id: the place where it is sold.
        holder_id: the person who can spend its units; ``None`` is refused (``InputError``).
        account: the gateway account that takes the money; ``None`` leaves it due, for ``Pay``.
        return_url: where the gateway sends the payer back to, at most 2000 characters; ``None`` without such a page.
        quote: a price that ``Cantine.quote`` promised, which is charged; ``None`` takes the price of now.
        id: the id of the pass; ``None``: one is made up.
        facts: what the price list asks to know.

    Raises:
        DuplicateError: there is a pass with this id.
        NotFoundError: there is no such product, place or person.
        WrongStateError: the holder is being forgotten, or was.
        UnsuitableError: the product sells no passes at this place, or gives money on an account of vouchers, with which
            nothing can be paid yet.
        InputError: a fact is none that the price list asks for, or a promise is none of ``Cantine.quote``.
        CurrencyError: the price list is in another currency than the place.
        NotForSaleError: the price list refuses.
        NoEntitlementError: only an entitlement buys the product, and none covers it.
        QuoteExpiredError: the promised price has run out.
        PriceChangedError: the promised price is no longer the price.
        AccountError: there is no such account, or the operator may not use it.
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
@attrs.frozen(kw_only=True)
class CancelPass(Command[Pass]):
    """Cancel a pass of which nothing was used, and refund what was paid; an unpaid pass at any time.

    Attributes:
        pass_id: the pass.
        reason: why, at most 500 characters; the refund says it.

    Raises:
        NotFoundError: there is no such pass.
        WrongStateError: it is over, some of it was used, or its validity has ended.
    """

    pass_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default="pass cancelled", validator=is_text(500))


__all__ = [
    "CancelPass",
    "SellPass",
]
