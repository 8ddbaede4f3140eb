"""Handlers that are still two functions, one that reads and one that decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Command
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.handling import handles
from cantinekit.domain.state import Reads, State
from cantinekit.domain.unit_of_work import Steps, Uow


def adapt(
    command: type[Command[Any]],
    reads: Callable[[Any, datetime], Reads],
    decide: Callable[[State, Any, datetime, Ids], Decision],
    *,
    rebases: bool = False,
) -> None:
    """Declare a pair of functions as the handler of a command."""

    def handle(c: Any, uow: Uow) -> Steps[Decision]:
        read = yield from reads(c, uow.now)
        state = evolve(read, actor=uow.state.actor, accounts=uow.state.accounts)
        return decide(state, c, uow.now, uow.ids)

    handles(command, rebases=rebases)(handle)
