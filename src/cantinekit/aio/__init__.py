"""Houses for programs with an event loop: ``Cantine.open(...)``, then every call and every read is awaited."""

from __future__ import annotations

from cantinekit.aio.calls import Reader
from cantinekit.aio.house import Cantine, Opening

__all__ = ["Cantine", "Opening", "Reader"]
