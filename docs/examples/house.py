"""A small house for the examples: one place, a few desks, a room of two halves, a carnet, a workshop, a member.

The clock stands at 09:30 in Paris on Tuesday 24 November 2026, and moves only when it is told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Literal

from cantinekit import Cantine, ManualClock
from cantinekit import commands as c
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.plugins.ports import PaymentGateway, Storage
from cantinekit.records import OpenHours

MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)

PRICES = """
[tariff]
id = "house"
name = "House prices"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]

[product.day]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]

[product.carnet]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "carnet", units = 10, unit = "entry" }
valid = { lasts = "180 days", first_day = "counts" }

[product.club]
rate = { price = 30.00 }
sells = "membership"
valid = { lasts = "365 days", first_day = "counts" }

[product.room]
rate = { price = 15.00, per = "1h" }

[product.desk]
rate = { price = 3.00, per = "1h" }
adjust = [{ id = "daily-cap", at_most = 10.00, same = ["person", "day"] }]

[product.seat]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]

[product.materials]
rate = { price = 8.00 }
"""


def set_up(cantine: Cantine, actor: str = "setup") -> None:
    """Give an empty store what the examples need."""
    week = OpenHours.weekly(range(7), time(9), time(18))
    for command in [
        c.AddEntity(name="La Cantine", accounts=("desk", "card"), id="asso"),
        c.AddPlace(
            name="Paris",
            entity_id="asso",
            zone="Europe/Paris",
            currency="EUR",
            hours=week,
            open_space_id="open-space",
            id="paris",
        ),
        c.AddSpace(place_id="paris", name="Open space", use="desks", capacity=3, id="open-space"),
        c.AddSpace(place_id="paris", name="Left half", id="left"),
        c.AddSpace(place_id="paris", name="Right half", id="right"),
        c.AddSpace(place_id="paris", name="Large room", parts=("left", "right"), id="large"),
        c.PublishTariff(PRICES),
        c.AddProduct(
            name="Half-day",
            entity_id="asso",
            pricelist_id="house",
            tariff_product="half-day",
            sells="visit",
            id="half-day",
        ),
        c.AddProduct(
            name="Day",
            entity_id="asso",
            pricelist_id="house",
            tariff_product="day",
            sells="visit",
            id="day",
        ),
        c.AddProduct(
            name="Carnet",
            entity_id="asso",
            pricelist_id="house",
            tariff_product="carnet",
            sells="pass",
            id="carnet",
        ),
        c.AddProduct(
            name="Room", entity_id="asso", pricelist_id="house", tariff_product="room", sells="booking", id="room"
        ),
        c.AddProduct(
            name="Desk", entity_id="asso", pricelist_id="house", tariff_product="desk", sells="booking", id="desk"
        ),
        c.AddProduct(
            name="Seat", entity_id="asso", pricelist_id="house", tariff_product="seat", sells="seat", id="seat"
        ),
        c.AddProduct(
            name="Materials",
            entity_id="asso",
            pricelist_id="house",
            tariff_product="materials",
            sells="option",
            id="materials",
        ),
        c.AddPerson(name="Zoé", email="zoe@example.org", lang="en", id="zoe"),
        c.AddPerson(name="Malo", email="malo@example.org", lang="en", id="malo"),
        c.AddWorkshop(
            place_id="paris", title="Soldering", product_id="seat", option_ids=("materials",), id="soldering"
        ),
        c.AddSession(
            workshop_id="soldering",
            day=date(2026, 11, 25),
            starts=time(18),
            ends=time(20),
            seats=2,
            space_id="large",
            id="wednesday",
        ),
    ]:
        cantine.execute(command, actor=actor)


def open_house(
    storage: str | Storage = "memory://",
    payments: Mapping[str, str | PaymentGateway] | None = None,
    *,
    effects: Literal["payments", "all", "none"] = "all",
) -> tuple[Cantine, ManualClock, RecordingNotifier]:
    """The house, its clock, and the messages that went out."""
    clock, outbox = ManualClock(MORNING), RecordingNotifier()
    accounts = payments or {"desk": "manual://", "card": "fake://"}
    cantine = Cantine.open(storage, payments=accounts, notify=[outbox], clock=clock, effects=effects)
    set_up(cantine)
    return cantine, clock, outbox
