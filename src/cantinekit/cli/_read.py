"""Reading a price list for a command: with the plug-ins that bring its forms, and only where it has such forms."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cantinekit.pricing import Problem, Tariff


def read(path: str | os.PathLike[str]) -> Tariff:
    """Read a price list. Plug-ins are loaded where it names an unknown form; a broken plug-in is reported on stderr.

    Raises:
        TariffError: it cannot be read.
        PluginError: two plug-ins bring one form, or claim one scheme.
    """
    from cantinekit.errors import TariffError
    from cantinekit.pricing import Tariff

    try:
        return Tariff.load(path)
    except TariffError as error:
        if not any(map(_about_a_form, error.problems)):
            raise
    from cantinekit.plugins.registry import PluginWarning, Registry

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        registry = Registry.load()
    for failure in registry.failures:
        print(f"left out: {failure}", file=sys.stderr)
    return Tariff.load(path)


def _about_a_form(problem: Problem) -> bool:
    """Whether a plug-in may mend it: a form that nobody brings, or not in this version."""
    path, _, key = problem.path.rpartition(".")
    return key in ("form", "version") and "adjust" in path
