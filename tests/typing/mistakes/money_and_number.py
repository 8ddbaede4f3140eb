"""Money is compared with money."""

from cantinekit import Cantine
from cantinekit.records import Charge

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.need(Charge, "chg").amount > 1200  # mistake
