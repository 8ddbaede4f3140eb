"""A period is no text."""

from cantinekit import Cantine

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.book("b", "room", "14:00-15:30", actor="ana")  # mistake
