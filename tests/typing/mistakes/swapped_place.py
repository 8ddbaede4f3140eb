"""The ids of a place and of a product by position, the wrong way round."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.CheckIn("half-day", "paris")  # mistake
