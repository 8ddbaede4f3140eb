"""A booking may be nobody's, and then there is nobody to forget."""

from cantinekit import Cantine, commands
from cantinekit.records import Booking

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.ForgetPerson(house.read.need(Booking, "bkg").person_id)  # mistake
