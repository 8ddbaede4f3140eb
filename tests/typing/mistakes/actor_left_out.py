"""Who asks for it has to be said."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.execute(commands.CancelBooking("bkg"))  # mistake
