"""Only records can be read."""

from cantinekit import Cantine, Money

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.need(Money, "zoe")  # mistake
