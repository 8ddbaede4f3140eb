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
