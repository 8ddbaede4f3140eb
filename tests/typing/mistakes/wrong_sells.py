"""A product sells seats by the word ``seat``."""

from cantinekit import Cantine, commands

house = Cantine.open("memory://", payments={"desk": "manual://"})

commands.AddProduct(
    id="seat",
    name="A seat",
    entity_id="asso",
    pricelist_id="net",
    tariff_product="seat",
    sells="seats",  # mistake
)
