"""What a command gives is an outcome; its record is the ``value``."""

from cantinekit import Cantine

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.check_in("paris", "half-day", actor="ana").state  # mistake
