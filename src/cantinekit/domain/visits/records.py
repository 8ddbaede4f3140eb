"""Visits to a place, longer stays that await their payment, what was seen of visitors, what is priced by the clock, and
the access codes of visitors.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import LineKind
from cantinekit.domain.sales.records import MeterMove, SaleItem
from cantinekit.domain.sales.values import Facts

VisitState = Literal["held", "open", "closed", "lapsed", "cancelled"]
"""``held`` until it is paid, ``open`` while somebody is there, ``closed`` after it, ``lapsed`` when it was not paid,
``cancelled`` when staff took it back: it never was."""
VisitEnd = Literal["closed", "lapsed", "cancelled"]
"""The states in which a visit is over."""
SightingWay = Literal["in", "out", "cancelled", "reopened"]
"""``in`` and ``out``: somebody came or left. ``cancelled``: it was no visit. ``reopened``: the visitor had not left."""
TabPeriod = Literal["", "day", "week", "month", "year"]
"""The longest period in which a price list counts visits together; empty: for ever."""


@attrs.frozen
class Upgrade:
    """A longer stay that is held until its difference in price is paid.

    Attributes:
        product_id: the product of the whole, longer stay.
        placed: the claims on the desk from the end of the first stay on; none where the stay gets no longer.
        until: when the longer stay ends, in UTC.
        expires: until when it is held, in UTC.
        spends: the units of entitlements that it took beyond those of the first stay.
        returns: the units of the first stay that go back to their entitlements once it is paid.
        pass_id: the pass that is sold with it, ``None`` where entitlements covered all of it.
        charge_id: the charge of the difference, ``None`` where nothing is due.
        meters: how far it moved meters beyond the first stay; negative where it moved them back.
        sale_id: the sale that priced the whole stay.
    """

    product_id: str = attrs.field(validator=is_id)
    placed: tuple[Placed, ...] = attrs.field()
    until: datetime = attrs.field(converter=instant)
    expires: datetime = attrs.field(converter=instant)
    spends: tuple[Spend, ...] = ()
    returns: tuple[Spend, ...] = ()
    pass_id: str | None = attrs.field(default=None, validator=maybe_id)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class Clocked:
    """How a visit that is priced by the clock will be priced when it ends.

    Attributes:
        tab_id: the tab on which it is priced together with other visits.
        entity_id: the legal entity that sells it.
        pricelist_id: the price list.
        tariff_product: the name of its product in the price list.
        period: the period over which the price list counts visits together, by which the tab was chosen.
        zone: the IANA name of the zone in which the price list means days.
        facts: what the price list was told at check-in.
        account: the gateway account named at check-in, which takes the money at check-out; ``None`` without one.
        codes: the codes that were given.
        on_account: whether the charge stands and is paid later.
        payer_id: the person or the organisation who owes it; ``None``: the visitor.
        ordered_by_id: who ordered it on the account of an organisation; ``None``: the visitor, or nobody did.
    """

    tab_id: str = attrs.field(validator=is_text(800))
    entity_id: str = attrs.field(validator=is_id)
    pricelist_id: str = attrs.field(validator=is_id)
    tariff_product: Code = attrs.field(validator=is_id)
    period: TabPeriod = attrs.field(validator=is_word(TabPeriod))
    zone: Code = attrs.field(validator=is_text(100))
    facts: Facts = ()
    account: Code | None = attrs.field(default=None, validator=maybe_id)
    codes: tuple[Code, ...] = ()
    on_account: bool = False
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    ordered_by_id: str | None = attrs.field(default=None, validator=maybe_id)


@record("domain", fields=("place", "person"), person="person")
@attrs.frozen
class Visit:
    """A stay of somebody in a visited zone of a place: at a desk of its open space, in its workshop, in a phone box.

    Attributes:
        id: its id.
        place_id: the place.
        space_id: the zone, a space of desks; by default the open space of the place, as it was at check-in.
        product_id: the product that was bought; after an upgrade that of the whole stay.
        opened_at: when it began, in UTC, as it was seen or corrected.
        until: when it ends at the latest, in UTC: the desk is free from then on.
        person_id: the visitor, ``None`` for a walk-in.
        state: ``held`` until it is paid, ``open``, ``closed`` after check-out or at its end, ``lapsed`` when it was
            never paid, ``cancelled`` when staff took it back.
        closed_at: when it ended, in UTC; ``None`` while it is held or open.
        expires: until when the desk is held for a payment, in UTC; ``None`` unless it is held.
        pass_id: the pass that was sold with it, ``None`` where entitlements covered it.
        spends: the units of entitlements that it took.
        charge_ids: its charges, that of each paid upgrade among them.
        placed: its claims on the desk.
        access_code: the code that the visitor was given; empty where the place had none left.
        upgrade: a longer stay that awaits its payment, ``None`` without one.
        meters: how far its price moved meters.
        clocked: how it is priced when it ends, by the time that was spent; ``None``: it was priced at check-in.
        unpriced: why the price list refused to price it when it ended, a code of ``REFUSAL_CODES``; empty otherwise.
        supposed: whether nobody saw the visitor leave, and the visit ended because its time was over.
        zoned: whether it is in another zone than the open space, so that the person may be in that too.
        sighted: how many sightings there are of it, 0 to 10,000; 0 for a visit of before sightings were kept.
        sale_id: the sale that priced it; after an upgrade that of the whole stay.

    Index:
        place: place id, opened at.
        person: person id, opened at.
    """

    kind: ClassVar[str] = "visit"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    opened_at: datetime = attrs.field(converter=instant)
    until: datetime = attrs.field(converter=instant)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    state: VisitState = attrs.field(validator=is_word(VisitState), default="open")
    closed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    pass_id: str | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    charge_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    placed: tuple[Placed, ...] = ()
    access_code: Code = ""
    upgrade: Upgrade | None = None
    meters: tuple[MeterMove, ...] = ()
    clocked: Clocked | None = None
    unpriced: Code = ""
    supposed: bool = False
    zoned: bool = False
    sighted: int = attrs.field(validator=is_count(least=0), default=0)
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.opened_at)
        if self.person_id:
            yield "person", composite(self.person_id, self.opened_at)


@record("domain", fields=("place", "person", "visit"), person="person", immutable=True)
@attrs.frozen
class Sighting:
    """What was seen of a visitor, or what corrected it, as it was noted. It is written once and never rewritten.

    Attributes:
        id: its id.
        place_id: the place.
        space_id: the zone, a space of desks.
        visit_id: the visit that it belongs to.
        way: whether the visitor came or left, or what was taken back.
        at: when that was, in UTC.
        recorded_at: when it was noted, in UTC; later than ``at`` where it was noted late.
        source: who or what saw it, at most 100 characters: "desk", "door", or "correction".
        actor: who noted it, as the host names them, at most 200 characters.
        person_id: the visitor, ``None`` for a walk-in.
        reason: why it corrects what was seen before, at most 1,000 characters; empty for what was seen.
        number: the how manieth of its visit it is, from 1 to 10,000.

    Index:
        place: place id, at.
        person: person id, at.
        visit: visit id, number with five digits.
    """

    kind: ClassVar[str] = "sighting"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    visit_id: str = attrs.field(validator=is_id)
    way: SightingWay = attrs.field(validator=is_word(SightingWay))
    at: datetime = attrs.field(converter=instant)
    recorded_at: datetime = attrs.field(converter=instant)
    source: Code = attrs.field(validator=is_text(100))
    actor: Code = attrs.field(validator=is_text(200))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    reason: PublicText = attrs.field(validator=is_text(1000), default="")
    number: int = attrs.field(validator=is_count(), default=1)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.at)
        if self.person_id:
            yield "person", composite(self.person_id, self.at)
        yield "visit", composite(self.visit_id, f"{self.number:05}")


@attrs.frozen
class TabStay:
    """A stay on a tab: what the price list is asked for it.

    Attributes:
        visit_id: the visit.
        product_id: the product.
        space_id: the zone.
        item: the product of the price list, with the time that was spent and what the list was told.
        codes: the codes that were given; those of one stay count for all that is priced together.
    """

    visit_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    item: SaleItem = attrs.field()
    codes: tuple[Code, ...] = ()


@attrs.frozen
class TabLine:
    """What was charged on a tab of one product, tax class and kind, less what was taken off again.

    Attributes:
        product_id: the product.
        tax_class: the tax class in the price list; empty without one.
        amount: minor units; negative where one product takes off what another is charged for.
        kind: what the money is, as the price list says.
    """

    product_id: str = attrs.field(validator=is_id)
    tax_class: Code = attrs.field(validator=is_text(200))
    amount: int = attrs.field()
    kind: LineKind = attrs.field(validator=is_word(LineKind), default="revenue")


@record("domain", named=False)
@attrs.frozen
class Tab:
    """What the visits of a person come to that are priced by the clock and counted together, such as those of one day.

    The price of all of it is derived again whenever a stay is added, corrected or taken off, and the difference is
    charged or given back.

    Attributes:
        id: the person, the legal entity, the price list and the period; a walk-in has a tab for each visit. At most 800
            characters.
        stays: the stays that are over, in the order of their beginnings.
        unpriced_ids: the visits among them that the price list refuses to price.
        lines: what was charged for them.
        spends: the units of entitlements that they took.
        meters: how far they moved meters.
        charge_ids: the charges that were raised for them, but for those that were voided.
    """

    kind: ClassVar[str] = "tab"
    id: str = attrs.field(validator=is_text(800))
    stays: tuple[TabStay, ...] = ()
    unpriced_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    lines: tuple[TabLine, ...] = ()
    spends: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    charge_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@record("domain")
@attrs.frozen
class CodePool:
    """The access codes of a place that no visitor has been given yet.

    Attributes:
        id: the id of the place.
        codes: the codes that are left, in the order in which they are given out.
        given: how many were given out, 0 to 10^9.
    """

    kind: ClassVar[str] = "codes"
    id: str = attrs.field(validator=is_id)
    codes: tuple[Code, ...] = ()
    given: int = attrs.field(validator=is_count(least=0, most=10**9), default=0)


__all__ = [
    "Clocked",
    "CodePool",
    "Sighting",
    "SightingWay",
    "Tab",
    "TabLine",
    "TabPeriod",
    "TabStay",
    "Upgrade",
    "Visit",
    "VisitEnd",
    "VisitState",
]
