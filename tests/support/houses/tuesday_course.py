"""A house with a price list for courses, and a course of eight Tuesdays in room B."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from support.houses import small_house
from support.houses.small_house import House, open_house

FIRST = date(2026, 12, 1)
DAYS = tuple(FIRST + timedelta(weeks=n) for n in range(8))
PRICES = """
[facts]
meetings = "number"
meetings_left = "number"
late = "yes/no"
[product.course]
rate = [{ when = { late = true }, price = 15.00, per = "meetings_left" }, { price = 120.00 }]
[product.lessons]
measure = { unit = "entry", fact = "meetings_left" }
cover = [{ by = "carnet", unit = "entry" }]
beyond = "refuse"
rate = { refuse = "not_sold", why = "lessons are paid with entries" }
"""


def course_house(**options: Any) -> House:
    """The house of the tests, with the workshop ``pottery`` (paid) and ``choir`` (free)."""
    house = open_house(**options)
    house.do(c.PublishTariff(small_house.TARIFF + PRICES))
    for product in ("course", "lessons"):
        house.do(
            c.AddProduct(
                name=product, entity_id="asso", pricelist_id="net", tariff_product=product, sells="seat", id=product
            )
        )
    house.do(
        c.AddWorkshop(place_id="paris", title="Poterie", product_id="course", option_ids=("materials",), id="pottery")
    )
    house.do(c.AddWorkshop(place_id="paris", title="Chorale", id="choir"))
    house.do(c.AddWorkshop(place_id="paris", title="Anglais", product_id="lessons", id="english"))
    return house


def tuesdays(workshop: str = "pottery", space_id: str | None = "b", **more: Any) -> c.AddCourse:
    """The command that adds the course ``crs``: eight Tuesdays from 18:00 to 20:00, three seats."""
    meetings = [(day, time(18), time(20), space_id) for day in more.pop("days", DAYS)]
    return c.AddCourse(workshop_id=workshop, meetings=meetings, seats=more.pop("seats", 3), id="crs", **more)


def after(house: House, number: int) -> None:
    """The morning after so many meetings."""
    house.clock.set(datetime.combine(DAYS[number - 1], time(9), UTC) + timedelta(days=1))


def ids(house: House) -> list[str]:
    """The ids of the meetings, in the order of their start."""
    return [one.id for one in house.get(m.Session, "crs").meetings]


def seat(house: House, person: str, **more: Any) -> m.Registration:
    """A registration that is paid at the desk."""
    return house.do(c.Register(session_id="crs", person_id=person, account="desk", **more)).value


def money(house: House, one: m.Registration) -> tuple[str, str]:
    """What was charged for a registration, and given back of it."""
    charge = house.get(m.Charge, house.get(m.Registration, one.id).charge_id)
    return charge.amount.format(), charge.refunded.format()


def due(house: House) -> None:
    """Carry out what is due until nothing is."""
    while house.cantine.run_due().done:
        pass
