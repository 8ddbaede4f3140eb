"""What the errors of a driver mean: which are tried again, which end the connection, and what the caller is told."""

from __future__ import annotations

import attrs

from cantinekit.errors import ContentionError, StorageError


@attrs.frozen
class Failure:
    """What one error of a driver means.

    Attributes:
        error: what is raised in its place. Its text names a code, never what the driver says: that may quote what is
            stored, and logs are read by many.
        again: whether the whole transaction can be tried again at once, as after a deadlock, or where somebody else has
            created the same row.
        lost: whether the connection is of no use any more. It is closed, and so are those that are not lent out.
    """

    error: StorageError
    again: bool = False
    lost: bool = False


@attrs.frozen
class ErrorCodes:
    """The codes of a driver by what they mean; any other is an error that is not retryable.

    Each is the beginning of a code: ``"08"`` of SQLSTATE is the whole class of lost connections, ``"1213"`` is one
    error of MySQL.

    Attributes:
        again: the transaction was undone and can be tried again at once: deadlock, serialization failure, a row that
            somebody else creates at the same moment.
        contention: a lock was not had in time. The caller is told and may try again.
        lost: the connection is gone or was refused.
        later: the server could not do it now and may do it later: too many clients, a time limit.
    """

    again: tuple[str, ...] = ()
    contention: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    def failure(self, code: str, server: str) -> Failure:
        """What an error with this code means.

        Args:
            code: the code of the error; the empty text for an error without one, which is a lost connection.
            server: how the database is named in a message, for example ``"MariaDB"``.
        """
        if code.startswith((*self.again, *self.contention)):
            error = ContentionError(f"{server} could not lock the rows ({code})")
            return Failure(error, again=code.startswith(self.again))
        if not code or code.startswith(self.lost):
            told = f"the connection to {server} was lost or refused ({code or 'no answer'})"
            return Failure(StorageError(told, retryable=True), lost=True)
        return Failure(StorageError(f"{server} could not do it ({code})", retryable=code.startswith(self.later)))
