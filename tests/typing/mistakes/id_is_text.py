"""An id is a text."""

from cantinekit import Cantine
from cantinekit.records import Pass

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.need(Pass, 17)  # mistake
