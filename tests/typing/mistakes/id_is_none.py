"""A visit that may be missing has no id."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.CheckOut(None)  # mistake
