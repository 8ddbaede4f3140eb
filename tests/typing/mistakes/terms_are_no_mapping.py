"""Terms are a value of their own."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.ChangeTerms("b", terms={"notice": 24})  # mistake
