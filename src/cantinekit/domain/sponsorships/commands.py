"""Agreeing and ending sponsorships."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.fields import Code, are_ids, is_a, is_id, is_text, maybe, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.clearing.records import to_share
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.sponsorships.records import Sponsorship
from cantinekit.errors import InputError
from cantinekit.money import Money


@command
@attrs.frozen(kw_only=True)
class AgreeSponsorship(Command[Sponsorship]):
    """Agree that a sponsor pays a share of what somebody buys: of what is charged from its first day on.

    See docs/how-to/companies-and-households.md.

    Attributes:
        entity_id: id of the legal entity at whose places it counts.
        sponsor_id: id of the person or the organisation who pays.
        beneficiary_id: for whom: id of a person, or of an organisation, which is everybody who belongs to it on the
            day.
        share: what part of the price the sponsor pays, more than nothing: a ``Fraction``, a ``Decimal``, or a text such
            as "1/2" or "50%".
        at_most: at most so much of each thing that is sold, and of each period of a plan; what that costs more since
            then, but for a visit that lasts longer, is not shared. ``None``: no such limit.
        at_most_a_month: at most so much for each person in a calendar month; ``None``: no such limit.
        product_ids: the products of which it pays, as lines of charges name them: of the catalogue, or "<price
            list>/<product>"; nothing: all.
        place_ids: the places at which it pays; nothing: all of the legal entity.
        first_day: the first local day on which something is charged that it pays of, past or future. What was charged
            by now stays as it is.
        last_day: the last one, included; ``None``: until further notice.
        id: id of the new record; ``None``: one is made.

    Raises:
        InputError: the share is nothing; a limit is not more than nothing; it ends before it begins; or somebody would
            sponsor themselves.
        NotFoundError: there is no such legal entity, place, product, sponsor or beneficiary.
        WrongStateError: the sponsor or the beneficiary is being forgotten, or was.
        UnsuitableError: a place is of another legal entity; or 20 sponsorships of the beneficiary count already.
        CurrencyError: a limit is in a currency that none of the places takes, or the limits are in two.
        DuplicateError: the id is taken.
    """

    entity_id: str = attrs.field(validator=is_id)
    sponsor_id: str = attrs.field(validator=is_id)
    beneficiary_id: str = attrs.field(validator=is_id)
    share: Code = attrs.field(default="1", converter=to_share, validator=is_text(40))
    at_most: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    at_most_a_month: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    product_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    place_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    first_day: date = attrs.field(validator=is_day)
    last_day: date | None = attrs.field(default=None, validator=maybe(is_day))
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if self.share == "0":
            raise InputError("a sponsor pays more than nothing")
        if any(one is not None and one.amount <= 0 for one in (self.at_most, self.at_most_a_month)):
            raise InputError("a limit of a sponsorship is more than nothing")
        if self.last_day is not None and self.last_day < self.first_day:
            raise InputError("last_day is before first_day")
        if self.sponsor_id == self.beneficiary_id:
            raise InputError("nobody sponsors themselves")


@command
@attrs.frozen
class EndSponsorship(Command[Sponsorship]):
    """Say on which day a sponsorship ends, past or future. What was charged stays shared as it is.

    Attributes:
        sponsorship_id: id of the sponsorship.
        last_day: its last local day; the day before its first one: it never counts.

    Raises:
        NotFoundError: there is no such sponsorship.
        UnsuitableError: it would end before the day before its first one, or later than it does.
    """

    sponsorship_id: str = attrs.field(validator=is_id)
    last_day: date = attrs.field(validator=is_day, kw_only=True)


__all__ = [
    "AgreeSponsorship",
    "EndSponsorship",
]
