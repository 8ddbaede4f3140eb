"""Commands that set a house up: places, spaces, catalogue, people, workshops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from cantinekit.clock import Period, zone
from cantinekit.commands._base import Command
from cantinekit.errors import InputError
from cantinekit.model import Admission, Grant, OpenHours, Openings, Terms
from cantinekit.model._catalogue import MAX_TARIFF_TEXT
from cantinekit.model._fields import (
    are_ids,
    check_text,
    is_a,
    is_count,
    is_id,
    is_one_of,
    is_text,
    maybe,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.model._openings import check_hours, to_hours
from cantinekit.model._workshops import is_prerequisites, is_validity
from cantinekit.money import exponent


@attrs.frozen
class AddEntity(Command):
    """Add a legal entity and the gateway accounts that it may use."""

    name: str = attrs.field(validator=is_text(200))
    accounts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class AddPlace(Command):
    """Add a place: its operator, IANA zone, currency and weekly hours (none: always open)."""

    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field()
    currency: str = attrs.field()
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)
    open_space_id: str | None = attrs.field(default=None, validator=maybe_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        exponent(self.currency)


@attrs.frozen
class MovePlace(Command):
    """Give a place another zone. Bookings keep their instants, sessions the zone they were planned in."""

    place_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field()

    def __attrs_post_init__(self) -> None:
        zone(self.zone)


@attrs.frozen
class ChangeOpenings(Command):
    """Give a place, or a space in it, other opening hours, in place of all that it had.

    Weekly ``hours`` (none: a place is always open, a space whenever its place is), and in ``openings`` seasons, closed
    days and extra openings. They bind what is booked from now on; what is booked stays.
    """

    place_id: str = attrs.field(validator=is_id)
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)
    openings: Openings = attrs.field(factory=Openings, validator=is_a(Openings))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        check_hours(self.hours)


@attrs.frozen
class AddSpace(Command):
    """Add a room, desks that are sold one by one, or a pool of equipment. ``parts``: spaces that a room is made of."""

    place_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    use: str = attrs.field(default="room", validator=is_one_of("room", "desks", "equipment"))
    capacity: int = attrs.field(default=1, validator=is_count())
    parts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(default=0, validator=is_count(least=0))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class ChangeTerms(Command):
    """Change what a space asks of a booking, in place of all that it asked. What is booked or held stays as it is."""

    space_id: str = attrs.field(validator=is_id)
    terms: Terms = attrs.field(validator=is_a(Terms))


@attrs.frozen
class ChangeCapacity(Command):
    """Change how many units of a space can be had at once. Less is refused where more are booked."""

    space_id: str = attrs.field(validator=is_id)
    capacity: int = attrs.field(validator=is_count(least=0))


@attrs.frozen
class CloseSpace(Command):
    """Close a space for a time. Refused where something is booked."""

    space_id: str = attrs.field(validator=is_id)
    period: Period = attrs.field(validator=is_a(Period))
    reason: str = attrs.field(validator=is_text(500))


@attrs.frozen
class ReopenSpace(Command):
    """End a closure of a space before its time."""

    space_id: str = attrs.field(validator=is_id)
    closure_id: str = attrs.field(validator=is_id)


@attrs.frozen
class AddProduct(Command):
    """Add a product to the catalogue of a legal entity. Its price stands in the price list, by ``tariff_product``."""

    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    pricelist_id: str = attrs.field(validator=is_id)
    tariff_product: str = attrs.field(validator=is_id)
    sells: str = attrs.field(validator=is_one_of("visit", "pass", "booking", "seat", "option"))
    stay: str = attrs.field(default="", validator=is_one_of("", "half-day", "day"))
    grant: Grant | None = attrs.field(default=None, validator=maybe(is_a(Grant)))
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if (self.sells == "visit") != bool(self.stay):
            raise InputError("a product that sells visits needs a stay, no other has one")
        if (self.sells == "pass") != (self.grant is not None):
            raise InputError("a product that sells passes needs a grant, no other has one")


def _is_price_list(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or len(value) > MAX_TARIFF_TEXT:
        raise InputError(f"a price list is a TOML text of at most {MAX_TARIFF_TEXT} characters")
    check_text(value, attribute.name, limit=MAX_TARIFF_TEXT)


@attrs.frozen
class PublishTariff(Command):
    """Publish a price list, as the text of its TOML file. ``since``: from when it holds, else from now on."""

    text: str = attrs.field(repr=False, validator=_is_price_list)
    since: datetime | None = attrs.field(default=None, converter=maybe_instant)


@attrs.frozen
class AddAccessCodes(Command):
    """Add access codes (for the Wi-Fi, say) that visitors of a place are given, each code once."""

    place_id: str = attrs.field(validator=is_id)
    codes: tuple[str, ...] = attrs.field(converter=to_ids, validator=are_ids)


@attrs.frozen
class AddWorkshop(Command):
    """Add a workshop. Without a product it is free; ``option_ids`` are products that go with a seat.

    ``prerequisites``: workshops that somebody must have learnt to get a seat. What is learnt here is valid through the
    local day ``valid_months`` later; without them for good. ``admission`` says who may register.
    """

    place_id: str = attrs.field(validator=is_id)
    title: str = attrs.field(validator=is_text(300))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    prerequisites: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)
    admission: Admission = attrs.field(default=Admission(), validator=is_a(Admission))
