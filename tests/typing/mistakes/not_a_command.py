"""A record is no command."""

from cantinekit import Cantine
from cantinekit.records import Visit

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.execute(house.read.need(Visit, "vis"), actor="ana")  # mistake
