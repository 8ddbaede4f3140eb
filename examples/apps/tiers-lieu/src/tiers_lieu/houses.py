"""Opening the house of an installation; a store that is empty, or has a part of the invented network, gets what is
missing of it. A house that somebody else made stays as it is.
"""

from __future__ import annotations

from datetime import datetime

from cantinekit import Cantine, Registry, SystemClock
from cantinekit.clock import Clock
from tiers_lieu.seed import is_seeded, is_whole, seed
from tiers_lieu.settings import Settings


def open_house(settings: Settings, *, clock: Clock | None = None, seeded_at: datetime | None = None) -> Cantine:
    """The house of an installation.

    Args:
        settings: how the installation runs.
        clock: gives the present instant; ``None``: the clock of the system.
        seeded_at: the instant from which the invented network is counted; ``None``: the present one.
    """
    clock = clock or SystemClock()
    storage = Registry.load().storage(settings.store)
    house = Cantine.open(
        storage,
        payments=settings.payments,
        notify=[settings.notify] if settings.notify else (),
        clock=clock,
        links=links(settings.address),
    )
    if not is_whole(house) and (is_seeded(house) or next(house.read.journal(), None) is None):
        seed(storage, settings.payments, seeded_at or clock.now())
    return house


def shows_the_demo(house: Cantine, settings: Settings) -> bool:
    """Whether people sign in by choosing who they are: as the settings say, else where the network is invented.

    Args:
        house: the house.
        settings: how the installation runs.
    """
    return is_seeded(house) if settings.demo is None else settings.demo


def links(address: str) -> dict[str, str]:
    """The pages that messages lead to, by what a message is about.

    Args:
        address: where the application is reached from outside.
    """
    mine = f"{address}/me"
    return {
        "booking": f"{mine}#bookings",
        "registration": f"{mine}#seats",
        "session": f"{address}/sessions/{{id}}",
        "pass": f"{mine}#held",
        "charge": f"{address}/pay/{{id}}",
        "document": f"{mine}#documents",
    }
