"""A command takes the id of a booking, not the booking."""

from cantinekit import Cantine, commands
from cantinekit.records import Booking

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.CancelBooking(house.read.need(Booking, "bkg"))  # mistake
