"""Money is a whole number of minor units."""

from cantinekit import Cantine, Money, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.RefundCharge("chg", amount=Money(12.5, "EUR"), reason="late")  # mistake
