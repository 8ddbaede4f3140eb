"""A call of a house for programs with a loop is awaited; before that there is no outcome."""

from cantinekit import aio


async def visit(house: aio.Cantine) -> str:
    return house.check_in("paris", "half-day", actor="ana").value.id  # mistake
