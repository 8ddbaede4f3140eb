"""Opening hours are a list of values, and no text."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.ChangeOpenings(place_id="paris", hours="9-18")  # mistake
