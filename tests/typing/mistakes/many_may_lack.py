"""Of several ids some may be nothing."""

from cantinekit import Cantine
from cantinekit.records import Charge

house = Cantine.open("memory://", payments={"desk": "manual://"})

[charge.amount for charge in house.read.many(Charge, ["a", "b"])]  # mistake
