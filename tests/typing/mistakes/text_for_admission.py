"""An admission is a value of its own, and no word."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.AddWorkshop(place_id="paris", title="Welding", admission="members")  # mistake
