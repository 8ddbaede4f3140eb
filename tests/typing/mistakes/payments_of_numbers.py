"""A gateway is a URL or an object."""

from cantinekit import Cantine

Cantine.open("memory://", payments={"desk": 1})  # mistake
