"""A pass has no period; a booking has."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

sold = house.execute(commands.SellPass(product_id="carnet", place_id="paris", holder_id="zoe"), actor="ana")
sold.value.period  # mistake
