"""A record is never changed in place."""

from cantinekit import Cantine
from cantinekit.records import Person

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.need(Person, "zoe").name = "Zoe"  # mistake
