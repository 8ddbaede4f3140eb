"""Errors of what failed: backends, open transactions, data that cannot be read, plug-ins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cantinekit.errors._base import CantineError
from cantinekit.errors.shown import cut, shown

if TYPE_CHECKING:
    from cantinekit.plugins.ports import Key


# --- backends ------------------------------------------------------------------------------------------------------


class BackendError(CantineError):
    """A backend failed.

    Args:
        message: the sentence to show; it holds no secret.

    Attributes:
        retryable: whether the same call may succeed later; ``None`` takes the default of the class.
    """

    retryable: bool = False

    def __init__(self, message: str, *, retryable: bool | None = None) -> None:
        super().__init__(message)
        if retryable is not None:
            self.retryable = retryable


class StorageError(BackendError):
    """The store could not do it, and did nothing of it."""


class StaleVersionError(StorageError):
    """Rows or guards are not, or no longer, at the version that the change was based on. Nothing was stored.

    Attributes:
        keys: the keys of those rows.
    """

    retryable = True

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__("changed since they were read: " + ", ".join(f"{k.kind} {shown(k.id)}" for k in keys[:5]))
        self.keys = tuple(keys)


class ContentionError(StorageError):
    """The rows were changed by others, try after try. Nothing was stored; try again later."""

    retryable = True


class SchemaError(StorageError):
    """The database was made by a newer version of the library, or its migrations are not ours."""


class GatewayError(BackendError):
    """A payment gateway did not answer, or not in a way that can be understood. The outcome is unknown."""

    retryable = True


class NotifierError(BackendError):
    """A message could not be handed over."""

    retryable = True


class BusyError(BackendError):
    """No thread was free for a call in time; nothing was done of it. Try again later."""

    retryable = True


class OpenTransactionError(CantineError):
    """What reaches outside was to be done inside a transaction that the host may yet roll back; nothing was done."""


# --- data ----------------------------------------------------------------------------------------------------------


class CodecError(CantineError):
    """A stored body cannot be read: it has a newer schema number, or it is damaged."""


_MOST_LISTED = 500
"""How many problems the message of an error lists; the error carries all."""


def _listed(problems: Sequence[Any]) -> str:
    """Problems for a message, each in a line."""
    lines = [cut(str(problem)) for problem in problems[:_MOST_LISTED]]
    return "\n".join([*lines, f"and {len(problems) - _MOST_LISTED} more"] if problems[_MOST_LISTED:] else lines)


class TariffError(CantineError):
    """A price list that cannot be loaded.

    Attributes:
        problems: everything that is wrong with it, not only the first problem; the message lists the first 500.
    """

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__()
        self.args = (_listed(problems) or "the tariff cannot be loaded",)
        self.problems = tuple(problems)


class PublicationError(TariffError):
    """A price list that can be loaded and must not be published as it is: a worked example of its own fails, something
    in use would no longer be sold, or the house does not carry out what it says or could not state it. Nothing was
    published.

    Attributes:
        problems: all problems at once, each with its path and its line; the message lists the first 500.
        publication: what it would have changed (``Publication``), in spite of what speaks against it.
    """

    def __init__(self, problems: Sequence[Any], publication: Any = None) -> None:
        super().__init__(problems)
        self.publication = publication


class CalendarError(CantineError):
    """A calendar file or message of which nothing can be read.

    Attributes:
        problems: everything that is wrong with it; the message lists the first 500.
    """

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__()
        self.args = (_listed(problems) or "the calendar cannot be read",)
        self.problems = tuple(problems)


class PluginError(CantineError):
    """A plug-in is broken, or two plug-ins claim one scheme; the message names the distributions."""
