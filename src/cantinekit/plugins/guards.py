"""What stands between pluggy and an implementation of a hook: one plug-in that fails is named, and stops what it may.

Pluggy stops a call at the first exception and does not say whose it was. So the function of each implementation is
replaced, once it is registered, by a guard that calls it.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, NoReturn

import attrs

from cantinekit.common.safe_traceback import safe_traceback
from cantinekit.common.telemetry import tell
from cantinekit.errors import PluginError, RefusedError
from cantinekit.plugins.checks import discard, listed

_log = logging.getLogger("cantinekit.plugins.registry")

Function = Callable[..., Any]


@attrs.frozen
class Brought:
    """What one implementation of a registration hook answered.

    Attributes:
        plugin: the name under which its plug-in is registered.
        items: the descriptors that it returned; empty where there is a ``problem``.
        problem: why the answer cannot be used, ``None`` where it can.
    """

    plugin: str
    items: tuple[Any, ...] = ()
    problem: PluginError | None = None


def guard_registration(
    function: Function, plugin: str, where: str, wanted: type[Any], check: Callable[[Any, str], None]
) -> Function:
    """Guard a registration hook: the guard returns a ``Brought`` and raises nothing but an interrupt.

    Args:
        function: the implementation.
        plugin: the name under which its plug-in is registered.
        where: the plug-in and the hook, for messages.
        wanted: the class of each descriptor.
        check: called with each descriptor and ``where``; raises ``PluginError`` for one that cannot be used.
    """

    def guarded() -> Brought:
        try:
            items = listed(function, wanted, where)
            for item in items:
                check(item, where)
        except PluginError as problem:
            return Brought(plugin, problem=problem)
        return Brought(plugin, tuple(items))

    return guarded


def guard_observer(function: Function, where: str, *, wrapper: bool) -> Function:
    """Guard an observer: what it raises is logged, so that the others still hear of the events.

    Args:
        function: the implementation.
        where: the hook and the plug-in, for the log.
        wrapper: whether ``function`` wraps the calls of the others.
    """

    def failed(error: BaseException) -> None:
        message, name = "%s failed; nothing else was affected: %s", type(error).__name__
        tell(_log, logging.ERROR, "hook.failed", message, where, safe_traceback(error), error=name)

    def guarded(*args: Any) -> None:
        try:
            answer = function(*args)
        except (Exception, SystemExit) as error:
            failed(error)
            return
        if inspect.isawaitable(answer):
            discard(answer)
            tell(_log, logging.ERROR, "hook.failed", "%s returned an awaitable, which nobody awaits", where)

    return _guard_wrapper(function, failed, lambda answer: answer) if wrapper else guarded


def guard_veto(function: Function, where: str, *, wrapper: bool) -> Function:
    """Guard a veto: anything but ``None`` or a refusal is a ``PluginError`` that names the plug-in.

    Args:
        function: the implementation.
        where: the hook and the plug-in, for the message of the error.
        wrapper: whether ``function`` wraps the calls of the others.
    """

    def failed(error: BaseException) -> NoReturn:
        hint = "; a refusal is returned, not raised" if isinstance(error, RefusedError) else ""
        raise PluginError(f"{where} raised {type(error).__name__}, so nothing was done{hint}") from error

    def checked(answer: Any) -> RefusedError | None:
        if answer is None or isinstance(answer, RefusedError):
            return answer
        if inspect.isawaitable(answer):
            discard(answer)
        raise PluginError(f"{where} returned {_kind(answer)}, not a RefusedError or None, so nothing was done")

    def guarded(*args: Any) -> RefusedError | None:
        try:
            answer = function(*args)
        except (Exception, SystemExit) as error:
            failed(error)
        return checked(answer)

    return _guard_wrapper(function, failed, checked) if wrapper else guarded


def _kind(answer: Any) -> str:
    return f"the class {answer.__name__}" if inspect.isclass(answer) else f"a {type(answer).__name__}"


def _guard_wrapper(
    function: Function, failed: Callable[[BaseException], None], checked: Callable[[Any], Any]
) -> Function:
    """Guard a wrapper: it may replace the answer, and what it raises itself goes to ``failed``.

    What is thrown into it (an interrupt, the error of another plug-in) and leaves it again is not its own failure.
    """

    def guarded(*args: Any) -> Generator[None, Any, Any]:
        try:
            body = function(*args)
            next(body)
        except (Exception, SystemExit) as error:
            failed(error)
            return (yield)
        answer, thrown = None, None
        try:
            answer = yield
        except BaseException as error:
            thrown = error
        resume = partial(body.send, answer) if thrown is None else partial(body.throw, thrown)
        try:
            resume()
        except StopIteration as end:
            return checked(end.value)
        except (Exception, SystemExit) as error:
            if error is not thrown:
                failed(error)
        else:
            body.close()
            failed(RuntimeError("a second yield"))
        if thrown is not None:
            raise thrown
        return answer

    return guarded
