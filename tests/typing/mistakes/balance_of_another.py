"""What is left is ``left``."""

from cantinekit import Cantine

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.read.balance("zoe")[0].units  # mistake
