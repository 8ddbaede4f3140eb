"""Commands about visits: check-in, a longer stay, check-out, what undoes them, and the access codes of a place."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.fields import are_ids, is_id, is_text, maybe_id, maybe_instant, maybe_text, to_ids
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
    """Check somebody in at a zone of a place, on an entitlement that covers the product or by paying.

    The place and the zone must be open. Of the terms of the zone ``audience``, ``trainings`` and ``approval`` apply,
    which say who may use it. What has a fixed price is charged at once: the visit is open where nothing is due or the
    money is in hand; else the desk is held for 15 minutes. What is priced by the clock is open at once, and charged
    when the visit ends, to the same payer: through the same account at check-out, and left due where its time is over
    and nobody checked out. The price list says which it is. A person has one open visit in each zone at most.

    Attributes:
        place_id: the place.
        product_id: the product, which sells visits; the price list says how long a stay lasts.
        person_id: the visitor; ``None`` is a walk-in, who has no entitlements.
        override: why staff let somebody in against the opening hours or the terms, 1 to 1000 characters; ``None``
            keeps to them. A stay that begins while it is closed is as long as one from the next opening of the day
            on, or lasts to midnight where there is none.
        groups: the groups of the visitor, as the host knows them, checked against the audience of the zone.
        space_id: the zone, a space of desks of the place; ``None``: its open space.
        at: when the visitor came, where that is noted late: at most 31 days ago; ``None``: now.
        left_at: when the visitor left, of a visit that is noted when it is over; after ``at``, and goes with it.
            ``None``: the visitor is still there.
        source: who or what saw the visitor come, 1 to 100 characters, such as "door".

    Raises:
        NotFoundError: there is no such place, product, person or space.
        UnsuitableError: the product sells no visits here, the place has no open space, or the zone is no desks of it;
            or of what is priced by the clock a price is promised, something is bought along, or something that it needs
            has to be bought before.
        ClosedError: it is closed, and there is no override.
        TermsError: the terms of the zone do not allow it, and there is no override.
        DuplicateError: the person has an open visit in the zone, or was noted there at that time.
        SoldOutError: no desk is free.
        ConflictError: the zone has no desk at all.
        WrongStateError: the person is being forgotten, or was; or the product is retired.
        InputError: an instant is in the future, too long ago or in the wrong order.
    """

    place_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    left_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    source: str = attrs.field(default="desk", validator=[is_id, is_text(100)])


@command
@attrs.frozen(kw_only=True)
class UpgradeVisit(SellingCommand[Visit]):
    """Make an open visit longer: the whole stay is priced, and the difference to what was paid is charged.

    The longer stay holds at once where nothing is due or the money is in hand; else it is held for 15 minutes. What was
    paid beyond the price of the whole goes back. A visit by the clock needs none: its price follows from its end.

    Attributes:
        visit_id: the visit, which is open and awaits no other upgrade.
        product_id: the product of the whole stay; another one of the same operator, with a stay that is no shorter.

    Raises:
        NotFoundError: there is no such visit or product.
        WrongStateError: the visit is not open, awaits the payment of an upgrade, or its person is being forgotten.
        UnsuitableError: the product is no longer stay than the one that is paid for, one of both is priced by the
            clock, or one of both is priced together with others of the person: another stay begins after it.
        SoldOutError: no desk is free for the rest of the stay.
    """

    visit_id: str = attrs.field(validator=is_id, kw_only=False)
    product_id: str = attrs.field(validator=is_id)


@command
@attrs.frozen(kw_only=True)
class CheckOut(Command[Visit]):
    """End an open visit: the desk is free from now on. An upgrade that awaits its payment is dropped.

    What is priced by the clock is charged now, together with the other visits of the person that the price list counts
    with it: the difference to what was charged for them. A visit that ended because its time was over is checked out
    late with ``at``, and charged less where the visitor left earlier.

    Attributes:
        visit_id: the visit.
        at: when the visitor left, where that is noted late: at most 31 days ago; ``None``: now.
        source: who or what saw the visitor leave, 1 to 100 characters, such as "door".
        account: the gateway account that takes what is charged; ``None``: the one of the check-in, without one it is
            left due, for ``Pay``.
        return_url: where the gateway sends the payer back to, at most 2000 characters; ``None`` without such a page.

    Raises:
        NotFoundError: there is no such visit.
        WrongStateError: the visit is not open.
        InputError: ``at`` is in the future, too long ago, or before the visit began.
        AccountError: there is no such account, or the operator may not use it.
    """

    visit_id: str = attrs.field(validator=is_id, kw_only=False)
    at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    source: str = attrs.field(default="desk", validator=[is_id, is_text(100)])
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))


@command
@attrs.frozen(kw_only=True)
class CorrectVisit(Command[Visit]):
    """Correct when a visit began or ended. What was seen stays in the log, with the correction behind it.

    What is priced by the clock is priced again, with the other visits that are counted with it: the difference is
    charged, or given back. What had a fixed price keeps it.

    Attributes:
        visit_id: the visit, which is open or closed.
        opened_at: when it began, at most 31 days ago; ``None``: as it was noted.
        closed_at: when it ended, not before it began, of a closed visit; ``None``: as it was noted.
        reason: why, 1 to 1000 characters; it must say nothing of a person.
        account: the gateway account that takes what is charged more; ``None`` leaves it due, for ``Pay``.
        return_url: where the gateway sends the payer back to, at most 2000 characters; ``None`` without such a page.

    Raises:
        NotFoundError: there is no such visit.
        WrongStateError: the visit is neither open nor closed.
        DuplicateError: the person was noted in the zone at that time already.
        InputError: nothing is corrected, an open visit gets an end, or an instant is in the future, too long ago or in
            the wrong order.
        NotForSaleError: the price list was not in force then.
        AccountError: there is no such account, or the operator may not use it.
    """

    visit_id: str = attrs.field(validator=is_id, kw_only=False)
    opened_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    closed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    reason: str = attrs.field(validator=[is_text(1000), is_reason])
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))


@command
@attrs.frozen(kw_only=True)
class CancelVisit(Command[Visit]):
    """Take a visit back that was none: the wrong person, the wrong product. Whatever its price list says, all that it
    took goes back: money, units and what it counted. What was seen stays in the log, with the cancellation behind it.

    Attributes:
        visit_id: the visit, which is held, open or closed.
        reason: why, 1 to 1000 characters; it must say nothing of a person.

    Raises:
        NotFoundError: there is no such visit.
        WrongStateError: the visit is cancelled or lapsed already.
    """

    visit_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(validator=[is_text(1000), is_reason])


@command
@attrs.frozen(kw_only=True)
class ReopenVisit(Command[Visit]):
    """Undo a check-out: the visitor had not left. The visit is open again as long as its time is not over.

    What was charged for a visit by the clock stands until it ends again; then the difference is charged.

    Attributes:
        visit_id: the visit, which is closed.
        reason: why, 1 to 1000 characters; it must say nothing of a person.

    Raises:
        NotFoundError: there is no such visit.
        WrongStateError: the visit is not closed, or its person is being forgotten.
        TooLateError: its time is over.
        DuplicateError: the person has another open visit in the zone.
        SoldOutError: no desk is free.
    """

    visit_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(validator=[is_text(1000), is_reason])


__all__ = [
    "AddAccessCodes",
    "CancelVisit",
    "CheckIn",
    "CheckOut",
    "CorrectVisit",
    "ReopenVisit",
    "UpgradeVisit",
]
