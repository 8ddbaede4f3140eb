"""A place by position: its name and its entity changed places."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.AddPlace("asso", "Paris", "Europe/Paris", "EUR")  # mistake
