"""A child process of a promise: opens the store, does what it is told line by line, and answers line by line.

It ends when its input does, so that it never outlives the process that has started it.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import sys
import threading
import time
import traceback
from queue import SimpleQueue
from typing import Any

_GRACE = 5.0


def main() -> None:
    """Be a child: the first line has the pickled function that opens the store, each further one a job of ``JOBS``."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a driver prints is no answer
    orders: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()

    def say(answer: Any) -> None:
        out.write(json.dumps({"answer": answer}) + "\n")
        out.flush()

    try:
        _work(orders, say)
    except BaseException as error:
        words = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        out.write(json.dumps({"problem": words, "trace": traceback.format_exc()}) + "\n")
        out.flush()
        raise


def _work(orders: SimpleQueue[dict[str, Any] | None], say: Any) -> None:
    from cantinekit.testing._jobs import JOBS

    first = orders.get()
    if first is None:
        return
    storage = pickle.loads(base64.b64decode(first["opener"]))()
    try:
        say("open")
        while (order := orders.get()) is not None:
            say(JOBS[order.pop("job")](storage, say, **order))
    finally:
        storage.close()


def _listen(orders: SimpleQueue[dict[str, Any] | None]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    orders.put(None)
    time.sleep(_GRACE)
    os._exit(3)
