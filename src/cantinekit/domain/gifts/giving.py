"""Giving a gift: what it gives, what is owed of it, and whom its code is sent to."""

from __future__ import annotations

from cantinekit import pricing
from cantinekit.clock import day_bounds, local
from cantinekit.common.typography import Lang
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.gifts.commands import GiftPass
from cantinekit.domain.gifts.events import GiftOpened, GiftSold
from cantinekit.domain.gifts.records import RECEIVED, Gift, GiftNote, GiftPart, GiftUnits, hash_of
from cantinekit.domain.organisations.presence import check_payer, organisation_of
from cantinekit.domain.passes.giving import check_measured_never
from cantinekit.domain.passes.records import Worth
from cantinekit.domain.payments.charging import NOTHING_ALONG
from cantinekit.domain.payments.settling import owe, take_now
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import Given
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.state import refer
from cantinekit.errors import TooLateError, UnsuitableError
from cantinekit.money import Money


def give(draft: Draft, subject: Subject, priced: Priced, product: Product, place: Place, c: GiftPass) -> None:
    """Sell a gift: enter its price, raise its charge, take what is due now, and open it where that is settled.

    Args:
        draft: what is decided so far.
        subject: the gift.
        priced: its price.
        product: the product.
        place: the place where it is sold.
        c: the command.

    Raises:
        UnsuitableError, TooLateError, NotFoundError, WrongStateError: as the command says.
    """
    today = local(draft.now, place.zone).date()
    if c.claim_until is not None and c.claim_until < today:
        raise TooLateError(f"the last day to claim it would be {c.claim_until}, which is over")
    check_payer(draft.state, c.payer_id, c.buyer_id, c.ordered_by_id, today)
    check_measured_never(priced.quote.price)
    _check(priced, read_tariff(draft.state.need(TariffText, priced.sale.tariff_version).text))
    draft.price = priced.quote
    priced.enter(draft)
    charge = owe(draft, priced, subject, place, c.buyer_id, c, NOTHING_ALONG, sponsored=False)
    code = draft.ids("claim")
    gift = Gift(
        subject.id,
        product.id,
        place.id,
        place.entity_id,
        c.buyer_id,
        sold_at=draft.now,
        tariff_version=priced.sale.tariff_version,
        sale_id=priced.sale.id,
        code_hash=hash_of(code),
        organisation=organisation_of(draft.state, c.buyer_id) is not None,
        count=c.count,
        claim_until=c.claim_until,
        charge_id=charge.id if charge is not None else None,
        parts=tuple(_part(one) for one in priced.gives),
        worth=_worth(priced, place),
        meters=priced.moves,
        places=product.places,
    )
    draft.add(GiftSold(gift))
    draft.keep([note_of(gift, code, c.email, c.name, c.message, c.lang)])
    if c.claim_until is not None:
        draft.later("expire", subject, day_bounds(c.claim_until, place.zone).end)
    if take_now(draft, charge, (), c).stands:
        open_gift(draft, gift, to_recipient=bool(c.email.strip()))


def _check(priced: Priced, tariff: pricing.Tariff) -> None:
    """Refuse what nobody can give.

    Raises:
        UnsuitableError: it gives nothing to hold, is renewed by itself, costs the days that are left of a month, asks
            for a deposit, or pays for itself with the units that it gives.
    """
    if not priced.gives:
        raise UnsuitableError("the product gives nothing to hold")
    for one in priced.gives:
        product = tariff.products[one.tariff_product]
        if product.term or any(units.renews for units in one.units):
            raise UnsuitableError(f"{one.tariff_product} is renewed by itself: give something that ends")
        if product.prorate is not None and product.valid is not None and product.valid.month is not None:
            raise UnsuitableError(
                f"{one.tariff_product} costs the days that are left of a month, and nobody knows of which"
            )
    if any(line.kind in ("held", "debt") for line in priced.lines):
        raise UnsuitableError("the price has a deposit, which whoever holds the pass would owe: sell it to them")
    if priced.own:
        raise UnsuitableError("the units that it gives would pay for it: sell it to who uses them")


def _part(given: Given) -> GiftPart:
    units = tuple(
        GiftUnits(one.account, one.units, one.unit, one.smallest, one.value, one.money) for one in given.units
    )
    return GiftPart(
        given.item, given.tariff_product, given.product_id, given.sells, given.count, units, given.unlimited, given.paid
    )


def _worth(priced: Priced, place: Place) -> tuple[Worth, ...]:
    """What is paid for each product: all that is charged."""
    sums: dict[str, int] = {}
    for line in priced.lines if priced.due else ():
        sums[line.product_id] = sums.get(line.product_id, 0) + line.amount.amount
    return tuple(
        Worth(id, place.entity_id, place.id, Money(amount, place.currency)) for id, amount in sums.items() if amount
    )


def note_of(gift: Gift, code: str, email: str, name: str, message: str, lang: Lang) -> GiftNote:
    """What is private of a gift that can be claimed, or will be once it is paid.

    Args:
        gift: the gift.
        code: its code.
        email: the e-mail address of who gets it; empty: not known.
        name: what they are called.
        message: what the buyer writes to them.
        lang: the language in which they are written to.
    """
    return GiftNote(gift.id, gift.buyer_id, code, email.strip(), name.strip(), message, lang)


def open_gift(draft: Draft, gift: Gift, *, to_recipient: bool) -> None:
    """Let a gift be claimed that was settled, and tell its buyer, and who gets it.

    Args:
        draft: what is decided so far.
        gift: the gift.
        to_recipient: whether the address of who gets it is known.
    """
    draft.add(GiftOpened(gift.id))
    draft.tell("gift sold", gift.buyer_id, refer(gift))
    if to_recipient:
        draft.tell(RECEIVED, gift.id, refer(gift))
