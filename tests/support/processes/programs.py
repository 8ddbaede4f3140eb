"""Modules of ``support`` that another process runs as programs."""

from __future__ import annotations

import sys
from pathlib import Path

SUPPORT = Path(__file__).parents[1]


def program(module: str) -> list[str]:
    """The start of a command that runs a module, such as ``races.attempts``, in any folder and environment."""
    return [sys.executable, str(SUPPORT), module]
