"""What was cancelled may be a pass, which has no period."""

from cantinekit import Cantine

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.cancel("bkg", actor="ana").value.period  # mistake
