"""Checking in gives a visit, and no registration."""

from cantinekit import Cantine
from cantinekit.records import Registration

house = Cantine.open("memory://", payments={"desk": "manual://"})

found: Registration = house.check_in("paris", "half-day", actor="ana").value  # mistake
