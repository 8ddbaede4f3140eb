"""How a method that blocks becomes one that is awaited, with the same parameters, types and documentation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from cantinekit.aio.threads import Threads

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


class Facade:
    """Stands in front of an object whose methods block.

    Args:
        behind: the object.
        threads: those that call its methods.
    """

    def __init__(self, behind: Any, threads: Threads) -> None:
        self._behind = behind
        self._threads = threads


def awaited(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[Facade, P], Coroutine[Any, Any, R]]:
    """The method of a facade that calls this one in a thread.

    Args:
        method: a method of the class of the object behind it.
    """

    @wraps(method)
    async def call(self: Facade, /, *args: P.args, **kwargs: P.kwargs) -> R:
        work: Callable[[], R] = partial(getattr(self._behind, method.__name__), *args, **kwargs)
        return await self._threads.run(work)

    return call


def iterated(
    method: Callable[Concatenate[S, P], Iterator[R]],
) -> Callable[Concatenate[Facade, P], AsyncGenerator[R, None]]:
    """The method of a facade that iterates, in threads, over what this one gives.

    Args:
        method: a method of the class of the object behind it.
    """

    @wraps(method)
    def call(self: Facade, /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[R, None]:
        start: Callable[[], Iterator[R]] = partial(getattr(self._behind, method.__name__), *args, **kwargs)
        return self._threads.iterate(start)

    return call
