"""A quote holds its total, and is none."""

from cantinekit import Cantine, Money, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.quote(commands.CheckIn(place_id="paris", product_id="day")) + Money(100, "EUR")  # mistake
