"""Commands about gifts: buying one, claiming it, giving it to somebody else, and withdrawing it."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.fields import is_count, is_id, is_text, is_word, maybe_id
from cantinekit.common.typography import Lang
from cantinekit.domain.base import KEYED, Command, command
from cantinekit.domain.dates.fields import maybe_day
from cantinekit.domain.gifts.records import MAX_MESSAGE, Gift, GiftNote
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.people.fields import is_email
from cantinekit.domain.sales.comes_to import RefundChoice, check_refund_reason, to_refund
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.errors import InputError

WITHDRAWN = "gift withdrawn"
"""Why a gift is withdrawn where nobody says why."""


@command
@attrs.frozen(kw_only=True)
class GiftPass(SellingCommand[GiftNote]):
    """Sell what is held (a carnet, a voucher, a membership) as a gift: one pays now, another claims it by its code.

    Nobody has a right by it until then. It is priced for nobody in particular: what the buyer is, holds and bought
    before does not count, what an organisation is that pays does. It can be claimed once nothing is due or the money is
    in hand; then the recipient is written to, where their address is known.

    The value of the outcome is a private record that has the code. The code is random, 96 bits where the house makes
    its own ids; the journal has a hash of it.

    See docs/how-to/give-a-pass.md.

    Attributes:
        product_id: the product, which gives something in the price list.
        place_id: the place where it is sold.
        buyer_id: the person or the organisation who gives it, and owes it unless the command names a payer.
        count: how many pieces, 1 to 10,000: one code claims all of them.
        email: the e-mail address of who gets it, at most 320 characters; empty: the buyer hands the code over.
        name: what they are called, at most 200 characters; empty: not said.
        message: what the buyer writes to them, at most 2,000 characters. It is private.
        lang: the language in which they are written to, "fr" or "en".
        claim_until: the last local day on which it can be claimed; ``None``: until it is withdrawn.
        id: the id of the gift; ``None``: one is made up.

    Raises:
        DuplicateError: there is a gift with this id.
        NotFoundError: there is no such product or place, or nobody with the id of the buyer.
        WrongStateError: the buyer is being forgotten, or was.
        UnsuitableError: the product gives nothing to hold, is not sold by the operator of this place, is renewed by
            itself, costs the days that are left of a month, asks for a deposit, or pays for itself with the units that
            it gives.
        InputError: something is bought along with it.
        TooLateError: the last day is over.
    """

    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    buyer_id: str = attrs.field(validator=is_id)
    count: int = attrs.field(default=1, validator=is_count())
    email: str = attrs.field(default="", validator=is_email, metadata=KEYED, repr=False)
    name: str = attrs.field(default="", validator=is_text(200), metadata=KEYED, repr=False)
    message: str = attrs.field(default="", validator=is_text(MAX_MESSAGE), metadata=KEYED, repr=False)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))
    claim_until: date | None = attrs.field(default=None, validator=maybe_day)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.extras:
            raise InputError("a gift is one product: give what goes with it as gifts of their own")


@command
@attrs.frozen(kw_only=True)
class ClaimPass(Command[Pass]):
    """Claim a gift by its code: who claims it holds the pass, which begins on the day on which it is claimed.

    What the price list counts for one person, such as a code that it takes once, counts for who claims it, and from now
    on. What it counts for everybody counts since the sale.

    A code that never was, that is dead, that was used, or of a gift that nobody can claim is refused in one and the
    same way: whoever tries codes learns nothing.

    Attributes:
        code: the code; blanks around it, and case, do not count.
        holder_id: the person or the organisation who claims it.
        first_day: the local day on which the pass begins, from today on; ``None``: today.

    Raises:
        NotFoundError: there is nobody with the id of the holder.
        WrongStateError: the holder is being forgotten, or was.
        InputError: the first day is before today.
        UnsuitableError: no gift can be claimed by this code; or the price list would not sell it to the holder, or for
            more.
    """

    code: str = attrs.field(validator=is_text(200), metadata=KEYED, repr=False, kw_only=False)
    holder_id: str = attrs.field(validator=is_id)
    first_day: date | None = attrs.field(default=None, validator=maybe_day)


@command
@attrs.frozen(kw_only=True)
class RedirectGift(Command[GiftNote]):
    """Give a gift that nobody has claimed to somebody else: it has a new code, and the one before is dead.

    The value of the outcome has the new code. The new recipient is written to, where their address is known.

    Attributes:
        gift_id: the gift.
        email: the e-mail address of who gets it now, at most 320 characters; empty: the buyer hands the code over.
        name: what they are called, at most 200 characters; empty: not said.
        message: what the buyer writes to them, at most 2,000 characters.
        lang: the language in which they are written to, "fr" or "en".

    Raises:
        NotFoundError: there is no such gift.
        WrongStateError: it was claimed, withdrawn or lapsed; or its buyer is being forgotten, or was.
    """

    gift_id: str = attrs.field(validator=is_id, kw_only=False)
    email: str = attrs.field(default="", validator=is_email, metadata=KEYED, repr=False)
    name: str = attrs.field(default="", validator=is_text(200), metadata=KEYED, repr=False)
    message: str = attrs.field(default="", validator=is_text(MAX_MESSAGE), metadata=KEYED, repr=False)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))


@command
@attrs.frozen(kw_only=True)
class WithdrawGift(Command[Gift]):
    """Withdraw a gift that nobody has claimed: its code is dead, and the price list says what goes back to who paid.

    It counts as something that begins when its last day is over. Where the list says nothing, all of its price goes
    back.

    Attributes:
        gift_id: the gift.
        reason: why, at most 500 characters; the refund says it.
        refund: what staff give back instead of what the list says: "all", "nothing" or an amount; it is kept as an
            override with the reason. ``None``: as the list says.

    Raises:
        NotFoundError: there is no such gift.
        WrongStateError: it was claimed, withdrawn or lapsed.
        NotForSaleError: the price list does not say what goes back.
        InputError: staff give back more than was paid, or say no reason.
        CurrencyError: what staff give back is in another currency.
        UnsuitableError: it was priced by facts of an organisation that was forgotten.
    """

    gift_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default=WITHDRAWN, validator=is_text(500))
    refund: RefundChoice = attrs.field(default=None, converter=to_refund)

    def __attrs_post_init__(self) -> None:
        check_refund_reason(self.refund, self.reason, WITHDRAWN)


__all__ = [
    "ClaimPass",
    "GiftPass",
    "RedirectGift",
    "WithdrawGift",
]
