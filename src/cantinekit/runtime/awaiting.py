"""A repeat of a request, while somebody is asking the gateway: wait for the answer, but not for ever."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from cantinekit.domain.base import index_field
from cantinekit.records import Attempt, JointAttempt, Task
from cantinekit.runtime import codec
from cantinekit.runtime.engine import Engine

PATIENCE = timedelta(seconds=10)
"""How long a repeat waits where the house says nothing else."""
FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5
"""Seconds between two looks: short at first, and each time twice as long."""
rest = time.sleep
"""What a repeat does between two looks."""


def await_answer(engine: Engine, begun: Sequence[Attempt], patience: timedelta) -> bool:
    """Wait until no gateway is being asked for attempts that have begun, as long as patience lasts.

    It reads by looks, not by a signal: whoever is asking may be another process. Inside a transaction of the host it
    does not wait, since that may never see what others store.

    Args:
        engine: the engine of the house.
        begun: the attempts, as they were read.
        patience: how long to wait at most.

    Returns:
        whether it waited at all, so that there may be an answer.
    """
    if engine.in_host_transaction():
        return False
    end, pause, waited = time.monotonic() + patience.total_seconds(), FIRST_LOOK, False
    while any(_being_asked(engine, one) for one in begun):
        left = end - time.monotonic()
        if left <= 0:
            break
        rest(min(pause, left))
        pause, waited = min(2 * pause, LONGEST_LOOK), True
        found: list[Attempt | None] = engine.many(Attempt, [one.id for one in begun])
        begun = [one for one in found if one is not None and one.state == "started"]
    return waited


def _being_asked(engine: Engine, attempt: Attempt) -> bool:
    """Whether somebody has the lease of the task that asks the gateway, for one charge or for several at once."""
    joint = attempt.joint_id
    about = codec.composite(JointAttempt.kind, joint) if joint else codec.composite(Attempt.kind, attempt.id)
    page = engine.storage.find(Task.kind, index_field(Task.kind, "subject"), eq=about)
    tasks = [codec.decode(row) for row in page.rows]
    return any(
        isinstance(task, Task)
        and task.work == "charge"
        and task.state == "waiting"
        and task.leased_until is not None
        and task.leased_until > engine.now()
        for task in tasks
    )
