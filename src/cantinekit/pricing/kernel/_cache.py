"""Compiled kernels, kept by the hash of the program's canonical text."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from cantinekit.pricing.kernel._check import check_size
from cantinekit.pricing.kernel._ir import Program, digest

KEPT = 256
"""How many kernels of each emitter are kept; the one that was used longest ago goes first."""
_Kernel = TypeVar("_Kernel")


def cached(emit: Callable[[Program], _Kernel]) -> Callable[[Program], _Kernel]:
    """Make an emitter give the same kernel for the same program."""
    kept: OrderedDict[str, _Kernel] = OrderedDict()
    lock = threading.Lock()

    @wraps(emit)
    def emitter(program: Program) -> _Kernel:
        check_size(program)
        key = digest(program)
        with lock:
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        kernel = emit(program)
        with lock:
            kernel = kept.setdefault(key, kernel)
            while len(kept) > KEPT:
                kept.popitem(last=False)
        return kernel

    return emitter
