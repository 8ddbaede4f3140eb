"""What tests of weekly series share, of bookings and of sessions: their Thursdays, and what a refusal leaves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cantinekit.errors import SeriesClashError
from support.houses import small_house

THURSDAY = small_house.TODAY + timedelta(days=2)


def week(number: int) -> date:
    """The Thursday of a week, counted from the first date."""
    return THURSDAY + timedelta(weeks=number)


def refused(house, command, error=SeriesClashError):
    """The refusal of a command, by a preview and for good; nothing is stored by either."""
    before = small_house.snapshot(house.storage)
    with pytest.raises(error) as shown:
        house.cantine.preview(command, actor="ana")
    with pytest.raises(error) as caught:
        house.do(command)
    assert type(caught.value) is error
    assert str(shown.value) == str(caught.value)
    assert small_house.snapshot(house.storage) == before
    return caught.value
