"""A price is explained in ``en`` or ``fr``."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

house.quote(commands.CheckIn(place_id="paris", product_id="day")).explain(lang="en_US")  # mistake
