"""What a type checker sees of the calls that are awaited: checked by mypy, never run."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import assert_type

from cantinekit import Cantine, Money, Outcome, aio
from cantinekit.commands import CheckOut
from cantinekit.domain.decision import PriceQuote
from cantinekit.plugins.ports import JournalEntry
from cantinekit.records import Booking, Visit


async def calls(house: aio.Cantine) -> None:
    """Each call gives what the house gives, and takes what it takes."""
    assert_type(await house.execute(CheckOut("vis_1"), actor="web"), Outcome[Visit])
    assert_type(await house.check_out("vis_1", actor="web"), Outcome[Visit])
    assert_type(await house.quote(CheckOut("vis_1")), PriceQuote)
    assert_type(await house.read.get(Booking, "bkg_1"), Booking | None)
    assert_type(await house.read.need(Booking, "bkg_1"), Booking)
    assert_type(await house.read.bill_balance("zoe"), Money)
    assert_type(house.read.find(Booking, "space", eq="b"), AsyncGenerator[Booking, None])
    async for entry in house.read.journal(after=3):
        assert_type(entry, JournalEntry)
    assert_type(await house.call(house.sync.read.name_of, "fac_1"), str)
    await house.execute(CheckOut("vis_1"))  # type: ignore[call-arg]
    await house.receive("card", "body", {})  # type: ignore[arg-type]
    await house.read.need(Booking, 1)  # type: ignore[arg-type]


async def opening() -> None:
    """A house is opened by awaiting it or by entering it; one that is open is put behind a facade."""
    assert_type(await aio.Cantine.open("memory://"), aio.Cantine)
    async with aio.Cantine.open("memory://", effects="all").sized(threads=2) as house:
        assert_type(house, aio.Cantine)
        assert_type(house.sync, Cantine)
    async with aio.Cantine(Cantine.open("memory://")) as other:
        assert_type(other, aio.Cantine)
    aio.Cantine.open("memory://", payments=3)  # type: ignore[arg-type]
    aio.Cantine.open("memory://", paymets={})  # type: ignore[call-arg]
