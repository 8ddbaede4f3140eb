"""``helloasso://``: payment pages of HelloAsso, which French associations use. Needs nothing but the library."""

from __future__ import annotations

from cantinekit.backends.helloasso._gateway import HelloAssoGateway
from cantinekit.backends.helloasso._open import open_helloasso
from cantinekit.backends.helloasso._shapes import STATES

__all__ = ["STATES", "HelloAssoGateway", "open_helloasso"]
