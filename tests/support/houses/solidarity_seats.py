"""A house with a workshop of solidarity seats, for tests of admission."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.plugins.ports import Storage
from support.houses.small_house import TARIFF, TODAY, House, open_house

LISTED = (
    TARIFF
    + """
[product.one]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "carnet", units = 1, unit = "entry" }
valid = { lasts = "180 days", first_day = "counts" }
[product.member]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "club", units = 1, unit = "entry" }
valid = { lasts = "365 days", first_day = "counts" }
"""
)

DAY = TODAY + timedelta(days=4)
HALF = m.Admission(bursaries=m.Quota(percent=50), bursary_product_id="solidarity")
"""Half of the seats are solidarity seats, at 7.00 in place of 10.00."""
FREE = m.Admission(bursaries=m.Quota(percent=50))
SIZE = m.RegistrationQuestion("size", "Taille", "Size", "choice", ("S", "M"), required=True)
LAPTOP = m.RegistrationQuestion("laptop", "Ordinateur ?", "Laptop?", "yes_no")
DIET = m.RegistrationQuestion("diet", "Régime", "Diet")


def admitting(admission: m.Admission, seats: int = 4, storage: str | Storage = "memory://", **how: Any) -> House:
    """A house whose welding workshop asks this, with a session ``ses`` of it in four days.

    ``one`` is a pass with one unit that covers a visit or a seat, ``member`` one that covers neither.
    """
    house = open_house(storage, **how)
    house.do(c.PublishTariff(LISTED))
    house.do(
        c.AddProduct(
            name="Solidaire",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="half-day",
            sells="seat",
            id="solidarity",
        )
    )
    house.do(
        c.AddProduct(
            name="One",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="one",
            sells="pass",
            id="one",
        )
    )
    house.do(
        c.AddProduct(
            name="Member",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="member",
            sells="pass",
            id="member",
        )
    )
    house.do(c.ChangeAdmission("welding", admission=admission))
    add_session(house, seats)
    return house


def add_session(house: House, seats: int, day: date = DAY, starts: time = time(18), id: str = "ses") -> None:
    house.do(c.AddSession(workshop_id="welding", day=day, starts=starts, ends=time(20), seats=seats, id=id))


def session(house: House) -> m.Session:
    return house.get(m.Session, "ses")


def register(house: House, person: str, **said: Any) -> Any:
    return house.do(c.Register(session_id="ses", person_id=person, **said))
