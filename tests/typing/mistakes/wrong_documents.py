"""A series numbers invoices, and is told so by the word ``invoice``."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.OpenSeries(entity_id="asso", name="sales", documents="invoices", prefix="F", zone="Europe/Paris")  # mistake
