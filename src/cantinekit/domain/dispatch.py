"""All handlers: importing this module declares them, and the life cycles."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from cantinekit import domain
from cantinekit.domain.handling import HANDLERS, handler_of


def _declare() -> None:
    """Import the handlers and the life cycle of each noun, which declares them: a new noun needs no line here."""
    for noun in pkgutil.iter_modules(domain.__path__):
        if noun.ispkg:
            package = import_module(f"{domain.__name__}.{noun.name}")
            for part in pkgutil.iter_modules(package.__path__):
                if part.name in ("handlers", "life_cycle"):
                    import_module(f"{package.__name__}.{part.name}")


_declare()

__all__ = ["HANDLERS", "handler_of"]
