"""The body of a webhook is bytes."""

from cantinekit import Cantine

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.receive("desk", "{}", {})  # mistake
