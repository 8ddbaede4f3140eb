"""What ``cantinekit due due_house:opened`` opens: the house of the application, as the environment says."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from cantinekit import Cantine, SystemClock
from tiers_lieu.houses import open_house
from tiers_lieu.settings import Settings


class Ahead:
    """The clock of the system, some seconds ahead."""

    def __init__(self, seconds: int) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead


def opened() -> Cantine:
    """The house of the store in ``TIERS_LIEU_STORE``; its clock is ``APP_LOAD_AHEAD`` seconds ahead."""
    return open_house(Settings.of(), clock=Ahead(int(os.environ.get("APP_LOAD_AHEAD", "0"))))
