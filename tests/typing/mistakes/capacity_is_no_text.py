"""A capacity is a count."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.ChangeCapacity("b", capacity="4")  # mistake
