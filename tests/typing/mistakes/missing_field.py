"""A field that has no default was left out."""

from datetime import date

from cantinekit import Cantine, commands
from cantinekit.records import Place

house = Cantine.open("memory://", payments={"desk": "manual://"})
place = house.read.need(Place, "paris")
hours = place.period(date(2026, 3, 2), "14:00", "15:30")

commands.Book(space_id="b", product_id="room")  # mistake
