"""An amount has a currency, and is no text."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.RefundCharge("chg", amount="12.50", reason="late")  # mistake
