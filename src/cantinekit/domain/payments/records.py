"""Charges, the attempts to take their money, refunds, and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import Code, PublicText, is_a, is_count, is_id, is_text, is_word, maybe, maybe_id
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.records import MeterMove
from cantinekit.errors import InputError
from cantinekit.money import Money, allocate

ChargeState = Literal["due", "settled", "void"]
"""``due`` until it is paid in full or written off, then ``settled``; ``void`` when it is no longer owed."""
AttemptState = Literal["started", "pending", "settled", "declined"]
"""``started``, ``pending`` while the gateway waits for the payer, then ``settled`` or ``declined``."""
RefundState = Literal["started", "settled", "declined"]
"""``started`` until the gateway has made it (``settled``) or declined it."""
LineKind = Literal["revenue", "penalty", "held", "debt"]
"""``revenue``, a ``penalty``, a deposit that is ``held``, or a ``debt``: what was owed for and is paid later."""
LineWord = Literal[
    "",
    "paid before",
    "moved",
    "cancelled",
    "not come",
    "came after all",
    "ended early",
    "stayed longer",
    "release undone",
    "together",
    "units used",
    "units run out",
]
"""What a line says that no price list wrote, so that a document says it in its language: what was paid before; the fee
for moving, for cancelling, for not coming or for an early end; that somebody came who had counted as missing; a longer
stay; that a release was undone; what the things of its scope cost more, or less, since it was measured; between legal
entities, units of another one that were used or ran out. Empty: the text of the line is the price list's."""
DueKind = Literal["revenue", "held"]
"""Whether what is due later is a part of the price (``revenue``) or of a deposit (``held``)."""
Posting = Literal[
    "raised",
    "voided",
    "lowered",
    "taken",
    "refund asked",
    "refunded",
    "refund declined",
    "charged back",
    "deposit taken",
    "deposit dropped",
    "deposit kept",
    "deposit returned",
    "deferred",
    "recognised",
    "written off",
    "loss reversed",
    "cleared",
    "stated",
    "taken over",
]
"""What a ledger entry records."""
CREDITS = "credits"
"""The ledger account of credit of payers: what they paid beyond what they owed."""
LOSSES = "losses"
"""The ledger account of what was written off. What payers' banks took back is on ``lost``."""
KEPT_DEPOSITS = "kept deposits"
"""The name, among products, under which what was kept of deposits is earned."""
OPENING = "opening"
"""The ledger account against which what is taken over from another system is entered."""
VOUCHER = "voucher"
"""The account of attempts that take money from vouchers, which no gateway has. The ledger calls it ``vouchers``."""
CREDIT = "credit"
"""The account of attempts that take credit of the payer, which no gateway has. The ledger calls it ``credits``."""
SPONSOR = "sponsor"
"""The account of attempts by which a sponsor pays a share, which no gateway has: the sponsor owes it by a charge."""
SPONSORED = "sponsored"
"""The ledger account over which a share of a charge goes from whoever buys to the sponsor. It comes to nothing."""

MANDATE = "mandate"
"""The account of attempts by direct debit, which no gateway has: a bank answers them. What goes back of the money is
credit of the payer, since a debit cannot be sent back."""

NO_GATEWAYS = frozenset({VOUCHER, CREDIT, MANDATE, OPENING, SPONSOR})
"""The accounts that no gateway can have: what goes through them is no money that a gateway knows."""


@attrs.frozen
class ChargePart:
    """What one thing costs of the charge that several share, as the dates of a series do; the parts sum to the charge.

    Attributes:
        amount: its share of the amount.
        meters: how far it moved meters, of a series that an earlier version of this library made; since then
            ``Booking.meters`` says it.
        deposit: what of the amount is its deposit, in minor units; 0 too in what an earlier version sold.
    """

    amount: Money = attrs.field()
    meters: tuple[MeterMove, ...] = ()
    deposit: int = 0

    @property
    def price(self) -> Money:
        """Its share without its deposit."""
        return self.amount - Money(self.deposit, self.amount.currency)


@attrs.frozen
class ChargeShare:
    """What of a charge is for one thing: all of it, or its share of a charge that several things have in common.

    Attributes:
        charge_id: the charge.
        amount: how much of it is for the thing, without deposits and the fee of a move.
        deposit: what of its deposit is for the thing, in minor units, of a charge that came after the first one of the
            thing; 0 for the first one, whose record says it.
        fee: what of it is the fee of a move, in minor units: that was had, and stays when the thing is called off.
    """

    charge_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    deposit: int = 0
    fee: int = 0


@attrs.frozen
class ChargeLine:
    """One line of a charge, as the price list made it.

    Attributes:
        product_id: the product.
        text: what it says, at most 500 characters.
        quantity: how many; a part of a unit stands in ``text``.
        amount: the amount of the line, negative for what is taken off.
        tax_class: the tax class in the price list; empty without one.
        kind: ``revenue``, ``penalty``, ``held`` for a deposit, which is never earned, or ``debt``.
        unit: the unit of the price list in which ``quantity`` counts, at most 100 characters; empty: not stated.
        said: the word for what it says where no price list wrote ``text``, which says it in English then; empty: the
            text is the price list's, or the line is of before this was kept.
        detail: what ``said`` tells of, such as a number of minutes, at most 100 characters; empty: nothing.
        person_id: the person whom it is for, where somebody else pays; ``None``: the payer, or nobody known.
    """

    product_id: str = attrs.field(validator=is_id)
    text: PublicText = attrs.field(validator=is_text(500))
    quantity: int = attrs.field()
    amount: Money = attrs.field()
    tax_class: Code = ""
    kind: LineKind = attrs.field(validator=is_word(LineKind), default="revenue")
    unit: Code = attrs.field(validator=is_text(100), default="")
    said: LineWord = attrs.field(validator=is_word(LineWord), default="")
    detail: Code = attrs.field(validator=is_text(100), default="")
    person_id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class Instalment:
    """A part of a charge that is due later.

    Attributes:
        day: the local day of the place on which it is due, ``None`` where the price list does not say.
        amount: how much, more than nothing.
        kind: ``revenue`` for a part of the price, ``held`` for a part of a deposit.
        product_id: the product of whose price or deposit it is a part, where the charge is for several; ``None``: the
            charge is for one, it is a debt, or it was sold before this was kept.
    """

    day: date | None
    amount: Money = attrs.field(validator=is_a(Money))
    kind: DueKind = attrs.field(validator=is_word(DueKind), default="revenue")
    product_id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class LineRefund:
    """How much of one line of a charge is given back.

    Attributes:
        line: the number of the line in the charge, from 0.
        amount: how much, more than nothing; ``None``: all that is left of the line. In a refund it is always said.
    """

    line: int = attrs.field(validator=is_count(least=0))
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))


@attrs.frozen
class SponsorShare:
    """What a sponsor pays of a charge.

    Attributes:
        sponsorship_id: the sponsorship.
        attempt_id: the attempt that pays it, on the account ``sponsor``.
        claim_id: the charge by which the sponsor owes it.
        amount: how much it was, in minor units; what went back stands on the attempt.
        lines: the numbers of the lines of the charge of which it is a share.
        month_id: what counts for the limit of its month; ``None``: the sponsorship has none.
    """

    sponsorship_id: str = attrs.field(validator=is_id)
    attempt_id: str = attrs.field(validator=is_id)
    claim_id: str = attrs.field(validator=is_id)
    amount: int = attrs.field(validator=is_count(most=10**15))
    lines: tuple[int, ...] = attrs.field()
    month_id: Code | None = None


@record("domain", fields=("place", "subject", "payer", "due", "owed", "unbilled"), person="payer")
@attrs.frozen
class Charge:
    """An amount that somebody owes for something.

    Attributes:
        id: its id.
        entity_id: the legal entity to which it is owed.
        place_id: the place.
        subject: what it is for.
        amount: what was owed when it was raised, deposits included.
        lines: what it is made of.
        raised_at: when it was raised, in UTC.
        tariff_version: the id of the version of the price list.
        paid: what was taken for it.
        refunded: what of that was given back, or is being given back.
        billed: what stands of the amount: what was dropped or given back is off. Money beyond it goes back. Less
            ``deposit`` it is what is earned.
        state: ``due`` until it is paid in full or written off, then ``settled``; ``void`` when it is no longer owed.
        payer_id: the person or the organisation who owes it, ``None`` for a walk-in.
        attempt_ids: the attempts to take its money, the first one first.
        meters: how far it moved meters, of a charge that an earlier version of this library raised; since then what was
            sold says it.
        lost: what the payer's bank took back for good, in minor units. It was earned, and is not owed again.
        deposit: what stands as a deposit, in minor units: it is owed or held, and neither returned nor kept.
        kept_deposit: what was kept of the deposit, in minor units; it is earned.
        parts: what was earned of each line, and of the deposit at the end, in minor units, when money was last earned
            or given back of one of them alone. What changes since is spread by these; empty: by the line amounts.
        instalments: the parts that are due later, the oldest first, those without a day last; empty: it is all due at
            once.
        on_account: whether what it is for is had before it is paid.
        due_on: the local day of the place on which what is on account is due; ``None``: no day was agreed.
        stands: whether what it is for was had although something was still owed: the part due at once was paid, or it
            is on account. Of a charge that is all due at once it stays false.
        vouchers: the units of vouchers that its attempts took.
        pass_ids: the passes that were bought along with it.
        entitlement_ids: the units that they give.
        scopes: the scopes that are priced as a whole in which its things were priced.
        organisation: whether the payer is an organisation.
        ordered_by_id: the person who ordered it on the account of the organisation; ``None``: the person it is for, or
            staff.
        written_off: what is not expected any more, in minor units: it stays earned, and is a loss. Money that comes
            after all makes it less.
        by_credit: what its attempts took of credit of the payer, in minor units, whatever went back.
        sale_id: of what is on account: the sale that it is the price of; ``None``: it is a difference or a fee, or an
            earlier version of this library raised it.
        invoice_id: of what is on account: the invoice that it is on; ``None``: it is on none.
        opening: whether it was owed in another system already: it is no revenue here, and no document is issued for it.
        began_at: of what is on account and was entered after it had begun: when its first local day began, in UTC. It
            is billed and due as if it had been entered then; ``None``: it counts from ``raised_at``.
        to_credit: whether what goes back of its price becomes credit of its payer, as the terms of its bill say.
        debited: whether a direct debit was begun for it, so that what goes back may become credit of the payer.
        sponsors: what sponsors pay of it.
        claim: whether it is what a sponsor owes of the charge that is its subject: that one is the revenue.

    Index:
        place: place id, raised at.
        subject: kind, id.
        payer: person id, raised at.
        due: place id, raised at; while it is due.
        owed: entity id, payer id (empty for a walk-in), raised at; while something is owed, or more is held than that.
        unbilled: entity id, payer id, from when on it counts; while it is on account and on no invoice, and something
            stands of it.
    """

    kind: ClassVar[str] = "charge"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    subject: Subject = attrs.field()
    amount: Money = attrs.field()
    lines: tuple[ChargeLine, ...] = attrs.field()
    raised_at: datetime = attrs.field(converter=instant)
    tariff_version: Code = attrs.field(validator=is_id)
    paid: Money = attrs.field()
    refunded: Money = attrs.field()
    billed: Money = attrs.field()
    state: ChargeState = attrs.field(validator=is_word(ChargeState), default="due")
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    attempt_ids: tuple[str, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    lost: int = 0
    deposit: int = 0
    kept_deposit: int = 0
    parts: tuple[int, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    on_account: bool = False
    due_on: date | None = None
    stands: bool = False
    vouchers: tuple[Spend, ...] = ()
    pass_ids: tuple[str, ...] = ()
    entitlement_ids: tuple[str, ...] = ()
    scopes: tuple[Code, ...] = ()
    organisation: bool = False
    ordered_by_id: str | None = attrs.field(default=None, validator=maybe_id)
    written_off: int = 0
    by_credit: int = 0
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)
    invoice_id: Code | None = None

    @property
    def unbilled(self) -> bool:
        """Whether a bill can still state it: it is on account here and on no invoice, and something stands of it."""
        stands = self.billed.amount > self.deposit and any(one.kind in ("revenue", "penalty") for one in self.lines)
        return stands and self.on_account and self.invoice_id is None and not self.opening

    opening: bool = False
    began_at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    to_credit: bool = False
    debited: bool = False
    sponsors: tuple[SponsorShare, ...] = ()
    claim: bool = False

    @property
    def counts_from(self) -> datetime:
        """From when on it is billed: when it was raised, or when what is backdated began."""
        return self.began_at or self.raised_at

    @property
    def kept(self) -> Money:
        """What was taken and not given back, also what was lost of it."""
        return self.paid - self.refunded

    @property
    def held(self) -> Money:
        """What was taken, and neither given back nor lost."""
        return self.kept - Money(self.lost, self.amount.currency)

    @property
    def outstanding(self) -> Money:
        """What is still owed, without what was written off; negative when more was kept than is owed."""
        return self.billed - self.kept - Money(self.written_off, self.amount.currency)

    @property
    def can_be_paid(self) -> bool:
        """Whether money of it is taken: it is due, or something of it was written off, which comes after all."""
        return self.state == "due" or (self.state == "settled" and self.written_off > 0)

    @property
    def earned(self) -> Money:
        """What stands as earned: what is billed and no deposit."""
        return self.billed - Money(self.deposit, self.amount.currency)

    @property
    def for_another(self) -> bool:
        """Whether somebody pays it for another person, whom its lines name then."""
        return any(line.person_id is not None for line in self.lines)

    @property
    def at_once(self) -> Money:
        """What was due at once when it was raised."""
        if not self.instalments:
            return self.amount
        return self.amount - Money.sum((part.amount for part in self.instalments), self.amount.currency)

    @property
    def covered(self) -> bool:
        """Whether what was due at once is paid, so that what it is for can be had."""
        return self.state == "settled" or bool(self.instalments and self.kept >= self.at_once)

    @property
    def unpaid_deposit(self) -> Money:
        """What of the deposit is still owed: the oldest part is paid first, and the price before the deposit."""
        if not self.deposit:
            return Money.zero(self.amount.currency)
        rest, found, later = max(0, self.outstanding.amount), 0, 0
        for part in reversed(self.instalments):
            unpaid = min(rest, part.amount.amount)
            rest -= unpaid
            if part.kind == "held":
                found, later = found + unpaid, later + part.amount.amount
        found += min(rest, max(0, self.deposit - later))
        return Money(min(found, self.deposit), self.amount.currency)

    @property
    def owed_of_price(self) -> Money:
        """What is still owed of what documents state: without the deposit, and nothing once it is not due."""
        owed = self.outstanding - self.unpaid_deposit
        return max(Money.zero(self.amount.currency), owed) if self.state == "due" else Money.zero(self.amount.currency)

    @property
    def paid_deposit(self) -> Money:
        """What is held of the payer as a deposit."""
        if not self.deposit:
            return Money.zero(self.amount.currency)
        return Money(self.deposit, self.amount.currency) - self.unpaid_deposit

    def due_by(self, day: date | None) -> Money:
        """What of it is due by the end of a local day: what is owed, less the instalments of later days.

        Args:
            day: the local day of the place; ``None``: at once.
        """
        if self.on_account and (self.due_on is None or day is None or day < self.due_on):
            return Money.zero(self.amount.currency)
        later = (part.amount for part in self.instalments if part.day is None or day is None or part.day > day)
        return max(Money.zero(self.amount.currency), self.outstanding - Money.sum(later, self.amount.currency))

    def due_next(self, day: date | None) -> Money:
        """What is to be paid next: what is due by a day; where nothing is, the oldest part that is due later.

        Args:
            day: the local day of the place; ``None``: at once.
        """
        due, rest = self.due_by(day), self.outstanding
        if due.amount > 0:
            return due
        for part in reversed(self.instalments):
            if rest <= part.amount:
                return rest
            rest -= part.amount
        return rest

    def earned_by_line(self) -> tuple[int, ...]:
        """What is earned of each line, in minor units, and of what was kept of the deposit, which is the last number.

        What is earned is spread by weight, each time from the whole: several steps come to what one step would have.
        Where an amount is negative (something is taken off) all is earned by the first line.
        """
        own = tuple(0 if line.kind == "held" else line.amount.amount for line in self.lines)
        weights = self.parts if any(self.parts) else (*own, self.kept_deposit)
        earned = self.earned.amount
        if any(weights) and min(weights) >= 0:
            return tuple(allocate(earned, weights))
        found = [0] * len(self.lines) + [self.kept_deposit]
        first = next((number for number, line in enumerate(self.lines) if line.kind != "held"), 0)
        found[first] += earned - self.kept_deposit
        return tuple(found)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.raised_at)
        yield "subject", composite(self.subject.kind, self.subject.id)
        if self.payer_id:
            yield "payer", composite(self.payer_id, self.raised_at)
        if self.state == "due":
            yield "due", composite(self.place_id, self.raised_at)
        kept = self.paid.amount - self.refunded.amount
        if self.state == "due" or self.billed.amount != kept + self.written_off:
            yield "owed", composite(self.entity_id, self.payer_id or "", self.raised_at)
        if self.payer_id and self.unbilled:
            yield "unbilled", composite(self.entity_id, self.payer_id, self.counts_from)


@record("domain", fields=("charge",))
@attrs.frozen
class Attempt:
    """One try to take the money of a charge through a gateway account.

    Attributes:
        id: its id, which the gateway gets as the key of the payment.
        charge_id: the charge.
        entity_id: the legal entity that takes the money.
        account: the gateway account.
        amount: what is to be taken.
        started_at: when it began, in UTC.
        state: ``started``, ``pending`` while the gateway waits for the payer, then ``settled`` or ``declined``.
        captured: what was taken, in minor units.
        refunded: what was given back or is being given back, in minor units.
        reference: how the gateway calls the payment; empty until it says so.
        reason: why it was declined; empty otherwise.
        next_url: where the payer goes to pay, ``None`` where the payer need not go anywhere.
        return_url: where the gateway sends the payer back to, ``None`` without such a page.
        means: the gateway's name of a means of payment that the payer chose; empty without one.
        lost: what the payer's bank took back for good, in minor units.
        spends: the units of vouchers, each a minor unit, that an attempt on the account ``voucher`` takes.
        joint_id: the payment of several charges of which it is a part: the gateway knows that one, by its id; ``None``:
            it is a payment of its own.
        credited: what of ``refunded`` became credit of the payer, in minor units: no gateway gave it back.

    Index:
        charge: charge id, started at.
    """

    kind: ClassVar[str] = "attempt"
    id: str = attrs.field(validator=is_id)
    charge_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    started_at: datetime = attrs.field(converter=instant)
    state: AttemptState = attrs.field(validator=is_word(AttemptState), default="started")
    captured: int = 0
    refunded: int = 0
    reference: Code = ""
    reason: PublicText = ""
    next_url: Code | None = None
    return_url: Code | None = None
    means: Code = ""
    lost: int = 0
    spends: tuple[Spend, ...] = ()
    joint_id: str | None = attrs.field(default=None, validator=maybe_id)
    credited: int = 0

    @property
    def left(self) -> Money:
        """What it took, and was neither given back nor lost: at most so much can go back."""
        return Money(self.captured - self.refunded - self.lost, self.amount.currency)

    def index(self) -> Index:
        yield "charge", composite(self.charge_id, self.started_at)


@attrs.frozen
class JointPart:
    """What of a payment of several charges is for one of them.

    Attributes:
        charge_id: the charge.
        attempt_id: the attempt of the charge that is this part.
        amount: how much.
    """

    charge_id: str = attrs.field(validator=is_id)
    attempt_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()


@record("domain", fields=("payer",), person="payer")
@attrs.frozen
class JointAttempt:
    """One try to take the money of several charges of a payer, such as those of a bill, through a gateway account.

    The gateway sees one payment. Each charge has an attempt of its own, which is a part of it: together they are to
    take, and took, as much as the payment. Refunds and what a bank took back are of the parts.

    Attributes:
        id: its id, which the gateway gets as the key of the payment.
        payer_id: the person or the organisation who owes the charges.
        entity_id: the legal entity that takes the money.
        account: the gateway account.
        amount: what is to be taken.
        started_at: when it began, in UTC.
        parts: the charges, in the order in which they are paid where less is taken.
        state: as that of an attempt.
        captured: what was taken, in minor units.
        reference: how the gateway calls the payment; empty until it says so.
        reason: why it was declined; empty otherwise.
        next_url: where the payer goes to pay, ``None`` where the payer need not go anywhere.
        return_url: where the gateway sends the payer back to, ``None`` without such a page.
        means: the gateway's name of a means of payment that the payer chose; empty without one.

    Index:
        payer: payer id, started at.
    """

    kind: ClassVar[str] = "joint_attempt"
    id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    started_at: datetime = attrs.field(converter=instant)
    parts: tuple[JointPart, ...] = ()
    state: AttemptState = attrs.field(validator=is_word(AttemptState), default="started")
    captured: int = 0
    reference: Code = ""
    reason: PublicText = ""
    next_url: Code | None = None
    return_url: Code | None = None
    means: Code = ""

    def whole(self, attempts: Sequence[Attempt]) -> Attempt:
        """The payment as one attempt, as the gateway knows it.

        Args:
            attempts: those of its parts.
        """
        return Attempt(
            self.id,
            self.parts[0].charge_id,
            self.entity_id,
            self.account,
            self.amount,
            self.started_at,
            self.state,
            self.captured,
            sum(one.refunded for one in attempts),
            self.reference,
            self.reason,
            self.next_url,
            self.return_url,
            self.means,
            sum(one.lost for one in attempts),
            joint_id=self.id,
            credited=sum(one.credited for one in attempts),
        )

    def index(self) -> Index:
        yield "payer", composite(self.payer_id, self.started_at)


@record("domain", fields=("charge",))
@attrs.frozen
class Refund:
    """Money of an attempt that is given back.

    Attributes:
        id: its id, which the gateway gets as the key of the refund.
        charge_id: the charge.
        attempt_id: the attempt that took the money.
        account: the gateway account; ``credit``: it becomes credit of the payer.
        entity_id: the legal entity that gives it back.
        place_id: the place.
        amount: how much.
        reason: why, at most 500 characters.
        asked_at: when it was decided, in UTC.
        state: ``started`` until the gateway has made it (``settled``) or declined it (``declined``).
        reference: how the gateway calls the refund; empty until it says so.
        surplus: whether the money was never owed, because the charge was void or paid already.
        deposit: whether it returns a deposit, which was never earned.
        lines: how much of which lines it gives back; empty: of all of them, by weight.

    Index:
        charge: charge id, asked at.
    """

    kind: ClassVar[str] = "refund"
    id: str = attrs.field(validator=is_id)
    charge_id: str = attrs.field(validator=is_id)
    attempt_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    reason: PublicText = attrs.field(validator=is_text(500))
    asked_at: datetime = attrs.field(converter=instant)
    state: RefundState = attrs.field(validator=is_word(RefundState), default="started")
    reference: Code = ""
    surplus: bool = False
    deposit: bool = False
    lines: tuple[LineRefund, ...] = ()

    def index(self) -> Index:
        yield "charge", composite(self.charge_id, self.asked_at)


@attrs.frozen
class LedgerLine:
    """An amount on a ledger account.

    Attributes:
        account: the account (``receivable``, ``revenue/...``, ``account/...``, ``deferred/...``, ``deposits``,
            ``vouchers``, ``credits``, ``losses``, ``costs/...``, ``clearing/...``, ``statements/...``), at most 300
            characters.
        amount: minor units: positive is debit, negative is credit.
    """

    account: Code = attrs.field(validator=is_text(300))
    amount: int = attrs.field()


@record("domain", fields=("place", "payer"), immutable=True)
@attrs.frozen
class LedgerEntry:
    """One entry of the ledger. It is written once, and its lines sum to zero.

    Attributes:
        id: its id.
        entity_id: the legal entity whose ledger it is in.
        place_id: the place.
        at: when it was decided, in UTC.
        what: what it records.
        subject: the charge, attempt, refund, entitlement, payment of a payer, clearing line or statement that it
            records.
        currency: the ISO 4217 code of the currency of all lines.
        lines: the amounts, by account.
        payer_id: the person or the organisation whose charge or credit it is about; ``None``: nobody known, or it is
            about no such thing.

    Index:
        place: place id, at.
        payer: payer id, at.
    """

    kind: ClassVar[str] = "ledger"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    at: datetime = attrs.field(converter=instant)
    what: Posting = attrs.field(validator=is_word(Posting))
    subject: Subject = attrs.field()
    currency: Code = attrs.field(validator=is_text(3))
    lines: tuple[LedgerLine, ...] = attrs.field()
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if sum(line.amount for line in self.lines) != 0:
            raise InputError("a ledger entry must sum to zero")

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.at)
        if self.payer_id:
            yield "payer", composite(self.payer_id, self.at)


def credit_id(entity_id: str, payer_id: str, currency: str) -> str:
    """The id of the credit of a payer.

    Args:
        entity_id: the legal entity that has the money.
        payer_id: the person or the organisation.
        currency: the ISO 4217 code of the currency.
    """
    return composite(entity_id, payer_id, currency)


@record("domain", fields=("payer",), person="payer")
@attrs.frozen
class PayerCredit:
    """What a payer paid to a legal entity beyond what was owed: it is theirs, pays what they owe later, or goes back.

    Attributes:
        id: legal entity, payer and currency, with ``|`` between them.
        entity_id: the legal entity that has the money.
        payer_id: the person or the organisation whose it is.
        amount: how much is left.

    Index:
        payer: payer id, id.
    """

    kind: ClassVar[str] = "payer_credit"
    id: str = attrs.field()
    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()

    def index(self) -> Index:
        yield "payer", composite(self.payer_id, self.id)


@attrs.frozen
class PaidPart:
    """What of a payment went to a charge.

    Attributes:
        charge_id: the charge.
        amount: how much.
        by_credit: what of it was credit that the payer had before, in minor units.
    """

    charge_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    by_credit: int = 0


@record("domain", fields=("payer",), person="payer", immutable=True)
@attrs.frozen
class PayerPayment:
    """A payment of one amount for what a payer owes, and where it went; or credit that was paid back.

    Attributes:
        id: its id.
        payer_id: the person or the organisation who paid.
        entity_id: the legal entity that has the money.
        place_id: the place at which it came in, or went out.
        account: the gateway account; ``credit``: what was owed was paid with credit alone; ``opening``: it came in in
            another system, and was taken over as credit.
        amount: what came in; less than nothing for credit that was paid back, nothing for credit alone.
        at: when it was recorded, in UTC.
        parts: the charges that it paid, with what of each was paid by credit.
        credit: by how much it changed the credit of the payer, in minor units: what came in and the credit before are
            the parts and the credit after.
        reference: how the bank or the sender calls it; empty: unknown.

    Index:
        payer: payer id, at.
    """

    kind: ClassVar[str] = "payer_payment"
    id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    account: Code = attrs.field(validator=is_id)
    amount: Money = attrs.field()
    at: datetime = attrs.field(converter=instant)
    parts: tuple[PaidPart, ...] = ()
    credit: int = 0
    reference: Code = attrs.field(validator=is_text(200), default="")

    def index(self) -> Index:
        yield "payer", composite(self.payer_id, self.at)


__all__ = [
    "Attempt",
    "AttemptState",
    "Charge",
    "ChargeLine",
    "ChargePart",
    "ChargeShare",
    "ChargeState",
    "DueKind",
    "Instalment",
    "JointAttempt",
    "JointPart",
    "LedgerEntry",
    "LedgerLine",
    "LineKind",
    "LineRefund",
    "LineWord",
    "PaidPart",
    "PayerCredit",
    "PayerPayment",
    "Posting",
    "Refund",
    "RefundState",
    "SponsorShare",
    "credit_id",
]
