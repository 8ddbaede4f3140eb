"""A theme is a text."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.ExtendSessions("ser", themes=[1, 2])  # mistake
