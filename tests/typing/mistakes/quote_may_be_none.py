"""A command without a price has no quote."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.preview(commands.CancelBooking("bkg"), actor="ana").quote.total  # mistake
