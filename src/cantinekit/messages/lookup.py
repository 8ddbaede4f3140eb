"""What a message reads from: the records as they are when it is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol


class Lookup(Protocol):
    """Gives records and the present instant."""

    def now(self) -> datetime:
        """The present instant."""
        ...

    def get(self, cls: Any, id: str) -> Any:
        """A record as it is now, or ``None``.

        Args:
            cls: the class of the record.
            id: its id.
        """
        ...

    def versioned(self, cls: Any, id: str) -> tuple[Any, int]:
        """A record, and the version of the row in which it was read.

        Args:
            cls: the class of the record.
            id: its id.

        Raises:
            NotFoundError: there is none.
        """
        ...
