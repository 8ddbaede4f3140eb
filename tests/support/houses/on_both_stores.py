"""A fixture: a house on a store in memory, and on SQLite, whose laws hold when its test has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.houses.small_house import House
from support.laws import house_laws


def on_both_stores(opens: Callable[..., House]) -> Any:
    """A fixture that gives a house; ``opens`` opens it on the store of a URL."""

    @pytest.fixture(params=["memory", "sqlite"])
    def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
        url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/house.db"
        house = opens(storage=url)
        yield house
        house_laws.hold(house.storage, house.clock.now())
        house_laws.folds(house.storage)

    return house
