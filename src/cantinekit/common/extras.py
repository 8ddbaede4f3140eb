"""Packages of extras, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cantinekit.errors import InputError


def need(name: str) -> Any:
    """A module of the extra "replay".

    Args:
        name: the name of the module.

    Raises:
        InputError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise InputError(f"this needs {package}: pip install 'cantinekit[replay]'") from None


class ExtraModule:
    """A module of the extra "replay" by its name: imported when something of it is asked for.

    Args:
        name: the name of the module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """Something of the module.

        Raises:
            InputError: the module is not installed.
        """
        return getattr(need(self._name), name)


arrow, compute, np = ExtraModule("pyarrow"), ExtraModule("pyarrow.compute"), ExtraModule("numpy")
