"""Sponsorships: who pays which share of what somebody buys, and how much of it was paid in a month."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import ClassVar

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import Code, are_ids, is_a, is_id, is_text, maybe, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.clearing.records import to_share
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.index import Index, composite
from cantinekit.money import Money

MAX_SPONSORS = 20
"""How many sponsorships of one person, or of one organisation, may count on the same day."""


def month_id(sponsorship_id: str, person_id: str, day: date) -> str:
    """The id of what a sponsorship paid for a person in a month.

    Args:
        sponsorship_id: the sponsorship.
        person_id: the person.
        day: a local day of the month.
    """
    return composite(sponsorship_id, person_id, f"{day:%Y-%m}")


@record("domain", fields=("sponsor", "beneficiary"), person="sponsor")
@attrs.frozen
class Sponsorship:
    """A sponsor pays a share of what somebody buys at a legal entity, from a day to a day.

    Attributes:
        id: its id.
        entity_id: the legal entity at whose places it counts.
        sponsor_id: the person or the organisation who pays.
        organisation: whether the sponsor is an organisation.
        beneficiary_id: for whom: a person, or an organisation, which is everybody who belongs to it on the day.
        share: what part of the price it pays, such as "1/2"; "1": all of it.
        at_most: at most so much of each thing that is sold, and of each period of a plan; what that costs more since
            then, but for a visit that lasts longer, is not shared. ``None``: no such limit.
        at_most_a_month: at most so much for each person in a calendar month; ``None``: no such limit.
        product_ids: the products of which it pays; nothing: all.
        place_ids: the places at which it pays; nothing: all of the legal entity.
        first_day: the first local day on which something is charged that it pays of.
        last_day: the last one, included; ``None``: until further notice. The day before the first one: it never counts.
        made_at: when it was agreed, in UTC.

    Index:
        sponsor: sponsor id, made at.
        beneficiary: beneficiary id, made at.
    """

    kind: ClassVar[str] = "sponsorship"
    id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    sponsor_id: str = attrs.field(validator=is_id)
    organisation: bool = attrs.field(validator=is_a(bool))
    beneficiary_id: str = attrs.field(validator=is_id)
    share: Code = attrs.field(converter=to_share, validator=is_text(40))
    at_most: Money | None = attrs.field(validator=maybe(is_a(Money)))
    at_most_a_month: Money | None = attrs.field(validator=maybe(is_a(Money)))
    product_ids: tuple[str, ...] = attrs.field(converter=to_ids, validator=are_ids)
    place_ids: tuple[str, ...] = attrs.field(converter=to_ids, validator=are_ids)
    first_day: date = attrs.field(validator=is_day)
    last_day: date | None = attrs.field(validator=maybe(is_day))
    made_at: datetime = attrs.field(converter=instant)

    def index(self) -> Index:
        yield "sponsor", composite(self.sponsor_id, self.made_at)
        yield "beneficiary", composite(self.beneficiary_id, self.made_at)

    def counts_on(self, day: date) -> bool:
        """Whether it pays of what is charged on a local day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def pays_at(self, entity_id: str, place_id: str, currency: str) -> bool:
        """Whether it pays at a place, in a currency.

        Args:
            entity_id: the legal entity of the place.
            place_id: the place.
            currency: the ISO 4217 code.
        """
        limits = (one for one in (self.at_most, self.at_most_a_month) if one is not None)
        here = entity_id == self.entity_id and (not self.place_ids or place_id in self.place_ids)
        return here and all(one.currency == currency for one in limits)

    def pays_of(self, product_id: str) -> bool:
        """Whether it pays of a product."""
        return not self.product_ids or product_id in self.product_ids

    def part_of(self, price: int, before: int, in_month: int) -> int:
        """What it pays of a price, rounded half up, in minor units.

        Args:
            price: the price, in minor units.
            before: what it paid of the same thing before.
            in_month: what it paid for the person in the month before.
        """
        exact = Fraction(self.share) * max(0, price)
        part = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        if self.at_most is not None:
            part = min(part, self.at_most.amount - before)
        if self.at_most_a_month is not None:
            part = min(part, self.at_most_a_month.amount - in_month)
        return max(0, part)


@record("domain", named=False)
@attrs.frozen
class SponsoredMonth:
    """What a sponsorship with a limit a month paid for a person in a month, without what went back.

    Attributes:
        id: sponsorship, person and month, such as "2026-11", with ``|`` between them.
        amount: how much.
    """

    kind: ClassVar[str] = "sponsored_month"
    id: str = attrs.field(validator=is_text(500))
    amount: Money = attrs.field(validator=is_a(Money))


__all__ = [
    "SponsoredMonth",
    "Sponsorship",
]
