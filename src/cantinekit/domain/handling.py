"""Which handler carries a command out: one generator, which reads and then decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from cantinekit.domain.base import Command, Record
from cantinekit.domain.books.dating import in_open_periods
from cantinekit.domain.clearing.posting import cleared
from cantinekit.domain.decision import Decision
from cantinekit.domain.sponsorships.following import sponsored
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError

Handle = Callable[[Any, Uow], Steps[Decision[Any]]]
C = TypeVar("C")
R = TypeVar("R", bound=Record)


class Handler(NamedTuple):
    """How a command is carried out.

    Attributes:
        handle: the generator function that reads and decides.
        rebases: whether its decisions may be rebased onto other versions of hot rows.
    """

    handle: Handle
    rebases: bool = False


HANDLERS: dict[type[Any], Handler] = {}
"""The handler of each command."""


def handles(
    command: type[Command[R]], *, rebases: bool = False
) -> Callable[[Callable[[C, Uow], Steps[Decision[R]]]], Callable[[C, Uow], Steps[Decision[R]]]]:
    """Declare that a generator function carries a command out.

    The function yields what to load or find and returns the decision. It reads before it decides, in as few batches as
    it can, and it is run again from its first line where a row that it read has changed.

    Args:
        command: the class of the command, which says of what class the record is that its caller gets.
        rebases: whether its decisions have ``rebases``, so that it may decide before it holds the row lock.
    """

    def declare(handle: Callable[[C, Uow], Steps[Decision[R]]]) -> Callable[[C, Uow], Steps[Decision[R]]]:
        HANDLERS[command] = Handler(in_open_periods(sponsored(cleared(handle))), rebases)
        return handle

    return declare


def handler_of(command: Command[Any]) -> Handler:
    """The handler of a command.

    Raises:
        InputError: it is no command.
    """
    try:
        return HANDLERS[type(command)]
    except KeyError:
        raise InputError(f"not a command: {type(command).__name__}") from None
