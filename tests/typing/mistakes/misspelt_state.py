"""No booking is ever ``canceled``: the word has two l."""

from cantinekit import Cantine
from cantinekit.records import Booking

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.need(Booking, "x").state == "canceled"  # mistake
