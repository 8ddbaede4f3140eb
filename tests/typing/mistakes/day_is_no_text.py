"""A day is a date, and no text."""

from cantinekit import Cantine
from cantinekit.records import Place

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.need(Place, "paris").period("2026-03-02", "14:00", "15:30")  # mistake
