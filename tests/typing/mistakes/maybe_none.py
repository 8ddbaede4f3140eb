"""There may be no such person."""

from cantinekit import Cantine
from cantinekit.records import Person

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.get(Person, "zoe").name  # mistake
