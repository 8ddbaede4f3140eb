"""A language is ``en``, and no locale."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.AddPerson(name="Zoe", lang="en_US")  # mistake
