"""A charge is settled, and never ``confirmed``."""

from cantinekit import Cantine
from cantinekit.records import Charge

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.need(Charge, "chg").state == "confirmed"  # mistake
