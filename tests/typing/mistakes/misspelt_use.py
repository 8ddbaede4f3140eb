"""A space is a room, and no rom."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.AddSpace(place_id="paris", name="B", use="rom", capacity=1)  # mistake
