"""Opening the house of an installation; a store without the whole invented network gets what is missing of it."""

from __future__ import annotations

from datetime import datetime

from cantinekit import Cantine, Registry, SystemClock
from cantinekit.clock import Clock
from tiers_lieu.seed import is_whole, seed
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
    if not is_whole(house):
        seed(storage, settings.payments, seeded_at or clock.now())
    return house


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
