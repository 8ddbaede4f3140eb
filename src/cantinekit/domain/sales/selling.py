"""What every command that sells takes: what the price list asks to know, and how it is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

from cantinekit.common.fields import check_id, is_a, listed, maybe_id, maybe_text, to_counts
from cantinekit.domain.base import Command
from cantinekit.domain.sales.values import Extras, Facts, PricePromise, to_facts, to_promise
from cantinekit.errors import InputError

R = TypeVar("R", covariant=True)
MAX_EXTRAS = 50
"""How many products may be bought along with one thing."""
MAX_CODES = 20
"""How many codes may be given at once."""


def to_extras(value: Mapping[str, int] | Sequence[tuple[str, int]]) -> Extras:
    """Convert a mapping of products of the price list to how many of each, or such pairs; each product once.

    Raises:
        InputError: it is no such mapping.
    """
    shape = "products of the price list with how many, for example {'coffee': 2}"
    return to_counts(value, "extras", shape, "product", least=1, most=MAX_EXTRAS)


def to_codes(value: Sequence[str]) -> tuple[str, ...]:
    """Convert codes to a tuple of them, each once.

    Raises:
        InputError: they are more than 20, or one is no code.
    """
    codes = listed(value, "codes")
    if len(codes) > MAX_CODES:
        raise InputError(f"at most {MAX_CODES} codes are given at once")
    return tuple(dict.fromkeys(check_id(code, "codes") for code in codes))


@attrs.frozen(kw_only=True)
class SellingCommand(Command[R]):
    """The base of the commands that sell something.

    Attributes:
        facts: what the price list asks to know, by name: texts, integers, ``Decimal``, ``Money``, yes/no or several
            words. They win over the facts of the person, and those over the facts of the place.
        codes: codes that were given, such as a coupon, at most 20.
        quote: the price that was promised, from ``Cantine.quote``; ``None``: the price of now.
        account: the gateway account that takes what is due now; ``None``: it stays due, for ``Pay``.
        on_account: the charge stands and is paid later, on the day that the price list gives: what is sold does not
            wait for it.
        payer_id: the person or the organisation who owes it; ``None``: whoever it is for.
        ordered_by_id: the admin of the organisation who orders on its account; ``None``: the person it is for, who has
            to be one. An order of staff that is for nobody known, or for the organisation itself, needs none.
        return_url: where the page of the gateway sends the payer back to, at most 2,000 characters; ``{charge_id}`` in
            it stands for the id of the charge; ``None`` without such a page.
        extras: products of the price list that are bought along with it and priced together with it, at most 50: a
            mapping of their names to how many, or pairs.

    Raises:
        InputError: a fact that the price list does not know, or that the house sets itself; a promise that is none of
            ``Cantine.quote``; or an account beside ``on_account``.
        NotForSaleError, IncompleteError, NoEntitlementError: the price list refuses it, has to know more, or sells it
            for units only that the person lacks. Each carries the reasons of the list.
        QuoteExpiredError, PriceChangedError: the promise ran out, or its price is no longer the price.
        CurrencyError: the price list is in another currency than the place.
        AccountError: there is no such account, or the operator of the place may not use it.
        NotFoundError: there is no such payer.
        WrongStateError: the payer is being forgotten, or was.
        UnsuitableError: it gives something to hold and nobody is there to hold it; or an organisation would pay, and
            the person who orders is no admin of it today.
    """

    facts: Facts = attrs.field(default=(), converter=to_facts)
    codes: tuple[str, ...] = attrs.field(default=(), converter=to_codes)
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    on_account: bool = attrs.field(default=False, validator=is_a(bool))
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    ordered_by_id: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    extras: Extras = attrs.field(default=(), converter=to_extras)

    def __attrs_post_init__(self) -> None:
        if self.on_account and self.account is not None:
            raise InputError("a sale on account is paid later: leave the account out")
