"""A store that can do what the port says, and no more."""

from __future__ import annotations

from typing import Any


class Plain:
    """A store that has none of the questions that a store may answer beyond the port.

    Args:
        inner: the store that is asked.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.capabilities = inner.capabilities

    def __getattr__(self, name: str) -> Any:
        if name in (
            "find_bodies",
            "find_changed",
            "find_columns",
            "find_first",
            "find_mark",
            "find_newest",
            "find_other_bodies",
        ):
            raise AttributeError(name)
        return getattr(self.inner, name)
