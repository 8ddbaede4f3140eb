"""A quoted price is a promise, and no amount."""

from datetime import date

from cantinekit import Cantine, Money
from cantinekit.records import Place

house = Cantine.open("memory://", payments={"desk": "manual://"})
place = house.read.need(Place, "paris")
hours = place.period(date(2026, 3, 2), "14:00", "15:30")

house.book("b", hours, product_id="room", actor="ana", quote=Money(1200, "EUR"))  # mistake
