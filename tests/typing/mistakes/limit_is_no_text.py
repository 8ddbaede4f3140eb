"""A limit is a number."""

from cantinekit import Cantine

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.run_due(limit="10")  # mistake
