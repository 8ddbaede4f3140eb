"""A period is no text."""

from cantinekit import Cantine

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.book("b", "14:00-15:30", product_id="room", actor="ana")  # mistake
