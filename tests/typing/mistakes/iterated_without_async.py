"""A read that iterates gives its records to ``async for`` there."""

from cantinekit import aio
from cantinekit.records import Booking


async def ids(house: aio.Cantine) -> list[str]:
    return [one.id for one in house.read.find(Booking, "space")]  # mistake
