"""The class of a command is no command."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.execute(commands.CheckOut, actor="ana")  # mistake
