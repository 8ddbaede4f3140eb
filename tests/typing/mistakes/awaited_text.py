"""The parameters of a call that is awaited are those of the house."""

from cantinekit import aio


async def receive(house: aio.Cantine) -> None:
    await house.receive("card", "body", {})  # mistake
