"""What a text such as ``place.house:open_house`` names, in an installed module or in one of this folder."""

from __future__ import annotations

from typing import Any


def named(text: str, what: str) -> Any:
    """Import what a text names.

    The folder stays on the path of imports, as it does for ``python -m``: what is imported may import more when it is
    called.

    Args:
        text: the module and what is in it, with a colon between them.
        what: what it is to name, for the errors.

    Raises:
        InputError: it is no such text, or there is no such module or name.
    """
    import importlib
    import sys

    from cantinekit.errors import InputError

    module, _, name = text.partition(":")
    if not module or not name:
        raise InputError(f"{text!r} names no {what}: write MODULE:NAME")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InputError(f"the {what} {text} cannot be imported: {error}") from error
