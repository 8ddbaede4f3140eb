"""A bank that moves no money: pages to pay on, signed webhooks, and a state that survives the end of its process.

``FakeBank`` is the server; ``cantinekit fake-bank`` runs it as a process of its own.
"""

from __future__ import annotations

from cantinekit.testing.fakebank._bank import FakeBank
from cantinekit.testing.fakebank._provider import STYLES, Style

__all__ = ["STYLES", "FakeBank", "Style"]
