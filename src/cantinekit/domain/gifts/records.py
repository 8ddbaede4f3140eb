"""Gifts, the codes by which they are claimed, and what is private of them."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import (
    Code,
    PrivateText,
    are_ids,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.common.typography import Lang
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import maybe_day
from cantinekit.domain.index import Index, composite
from cantinekit.domain.passes.records import MAX_UNITS, Lasting, Worth
from cantinekit.domain.sales.records import MeterMove

GiftState = Literal["pending", "open", "claimed", "withdrawn", "lapsed"]
"""``pending`` until it is paid, ``open`` until it is ``claimed``, ``withdrawn`` by its buyer, or ``lapsed``."""
GiftEnd = Literal["withdrawn", "lapsed"]
"""The states in which nobody can claim a gift any more that nobody claimed."""
RECEIVED = "gift received"
"""The message to who gets a gift: it goes to the address that the buyer gave."""
MAX_MESSAGE = 2000
"""The most characters of what a buyer writes to who gets a gift."""


def hash_of(code: str) -> str:
    """The hash by which a gift is found from its code; blanks around a code, and case, do not count.

    Args:
        code: the code.
    """
    return sha256(f"gift {code.strip().casefold()}".encode()).hexdigest()


@attrs.frozen
class GiftUnits:
    """Units that a gift gives to whoever claims it.

    Attributes:
        account: the account, by its name in the price list.
        units: how many of the smallest part in which the account counts, or of minor units of money.
        unit: the name of the unit in the price list.
        smallest: what part of that unit one of them is, such as "1/2"; empty: a whole one.
        value: what was paid for one of them, in minor units, rounded down; ``None``: not known.
        money: whether they are minor units of money: a voucher, which pays.
    """

    account: Code = attrs.field(validator=is_id)
    units: int = attrs.field(validator=is_count(most=MAX_UNITS))
    unit: Code = attrs.field(default="", validator=is_text(200))
    smallest: Code = attrs.field(default="", validator=is_text(50))
    value: int | None = None
    money: bool = False


@attrs.frozen
class GiftPart:
    """A product that a gift gives to whoever claims it: what was bought, or what that needs.

    Attributes:
        item: the item of the sale.
        tariff_product: the product in the price list.
        product_id: the product, as ``Gift.product_id``.
        sells: what the price list says that it sells; empty: units only.
        count: how many pieces, 1 to 100,000.
        units: the units.
        unlimited: the accounts on which it gives units without a limit.
        paid: what was paid for it, in minor units.
    """

    item: Code = attrs.field(validator=is_text(500))
    tariff_product: Code = attrs.field(validator=is_text(200))
    product_id: str = attrs.field(validator=is_id)
    sells: Lasting = attrs.field(validator=is_word(Lasting), default="")
    count: int = attrs.field(validator=is_count(most=100_000), default=1)
    units: tuple[GiftUnits, ...] = ()
    unlimited: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    paid: int = 0


@record("domain", fields=("place", "buyer"), person="buyer")
@attrs.frozen
class Gift:
    """What somebody bought for somebody else: nobody holds it, and has a right by it, until it is claimed.

    Attributes:
        id: its id.
        product_id: the product: of the catalogue, or ``"<price list>/<product>"``.
        place_id: the place where it was sold.
        entity_id: the operator that sold it.
        buyer_id: the person or the organisation who gives it.
        sold_at: when it was sold, in UTC.
        tariff_version: the id of the version of the price list that priced it.
        sale_id: the sale that priced it.
        code_hash: the hash of the code by which it can be claimed; codes before that one are dead.
        state: ``pending`` until it is paid, ``open``, ``claimed``, ``withdrawn`` or ``lapsed``.
        organisation: whether the buyer is an organisation.
        count: how many pieces, 1 to 10,000.
        claim_until: the last local day on which it can be claimed; ``None``: it has no end.
        charge_id: its charge, ``None`` where nothing was due.
        parts: what it gives, the product that was bought first.
        worth: what was paid for it, for each product: it is owed until it is claimed, withdrawn or lapses.
        meters: how far its price moved meters; of one that was withdrawn or lapsed, how far they stay moved.
        places: the places that accept the units that it gives; empty: all.
        pass_ids: the passes that it became, the one that was bought first; empty until it is claimed.
        ended_at: when it was claimed, withdrawn or lapsed, in UTC; ``None``: it was not.

    Index:
        place: place id, sold at.
        buyer: person id, sold at.
    """

    kind: ClassVar[str] = "gift"
    id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    buyer_id: str = attrs.field(validator=is_id)
    sold_at: datetime = attrs.field(converter=instant, kw_only=True)
    tariff_version: Code = attrs.field(validator=is_id, kw_only=True)
    sale_id: str = attrs.field(validator=is_id, kw_only=True)
    code_hash: Code = attrs.field(validator=is_text(64), kw_only=True)
    state: GiftState = attrs.field(validator=is_word(GiftState), default="pending")
    organisation: bool = False
    count: int = attrs.field(validator=is_count(most=10_000), default=1)
    claim_until: date | None = attrs.field(default=None, validator=maybe_day)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    parts: tuple[GiftPart, ...] = ()
    worth: tuple[Worth, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    places: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    pass_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    ended_at: datetime | None = attrs.field(default=None, converter=maybe_instant)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.sold_at)
        yield "buyer", composite(self.buyer_id, self.sold_at)


@record("domain", named=False)
@attrs.frozen
class GiftKey:
    """The gift that a code is of, by the hash of the code. The gift says which of its codes is alive.

    Attributes:
        id: the hash of the code.
        gift_id: the gift.
    """

    kind: ClassVar[str] = "gift_key"
    id: Code = attrs.field(validator=is_text(64))
    gift_id: str = attrs.field(validator=is_id)


@record("private", fields=("person",), person="person", named=False)
@attrs.frozen
class GiftNote:
    """What is private of a gift: its code, whom it is for, and what the buyer writes to them.

    It goes with the buyer, and is empty once the gift is claimed, withdrawn or lapsed.

    Attributes:
        id: the id of the gift.
        person_id: the buyer, a person or an organisation.
        code: the code by which it can be claimed; empty once nobody can.
        email: the e-mail address of who gets it, to which the code is sent; empty: the buyer hands it over.
        name: what they are called; empty: not said.
        message: what the buyer writes to them, at most 2,000 characters.
        lang: the language in which they are written to, "fr" or "en".

    Index:
        person: person id, id of the gift.
    """

    kind: ClassVar[str] = "gift_note"
    id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    code: PrivateText = attrs.field(default="", validator=is_text(200), repr=False)
    email: PrivateText = attrs.field(default="", validator=is_text(320), repr=False)
    name: PrivateText = attrs.field(default="", validator=is_text(200), repr=False)
    message: PrivateText = attrs.field(default="", validator=is_text(MAX_MESSAGE), repr=False)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.id)


__all__ = [
    "Gift",
    "GiftEnd",
    "GiftKey",
    "GiftNote",
    "GiftPart",
    "GiftState",
    "GiftUnits",
]
