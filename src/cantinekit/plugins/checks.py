"""Checks of what a plug-in registers, made when the registry loads, so that a mistake does not wait for its first use;
and the names of plug-ins.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cantinekit.errors import PluginError
from cantinekit.plugins.ports import API

if TYPE_CHECKING:
    import pluggy

    from cantinekit.pricing import PricingRule
    from cantinekit.scheduling.opening import ClosureCalendar

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
ROLES = {"cantinekit_before_command": "a veto", "cantinekit_events_recorded": "an observer"}
"""What a plug-in is called that has one of the hooks that are called while a house runs."""


def check_function(implementation: pluggy.HookImpl, at_run_time: bool, where: str) -> None:
    """Refuse an implementation of a hook that pluggy would take and never call rightly.

    Args:
        implementation: the function with its marks, as pluggy registered it.
        at_run_time: whether the hook is called while a house runs; a registration hook may yield its descriptors, and
            has no wrappers.
        where: the plug-in and the hook, for the message.

    Raises:
        PluginError: it is async, a wrapper where none can be, or has arguments that are not passed.
    """
    function = implementation.function
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise PluginError(f"{where} is async; hooks are plain functions")
    if implementation.hookwrapper:
        raise PluginError(f"{where} is a wrapper of the old style; wrappers are marked with wrapper=True")
    if implementation.wrapper and not at_run_time:
        raise PluginError(f"{where} is a wrapper; a registration hook has none")
    if implementation.kwargnames:
        listed = ", ".join(implementation.kwargnames)
        raise PluginError(f"{where} has arguments with defaults ({listed}); they would not be passed")
    if any(p.kind is p.KEYWORD_ONLY for p in inspect.signature(function).parameters.values()):
        raise PluginError(f"{where} has keyword-only arguments; they would not be passed")
    if at_run_time and not implementation.wrapper and inspect.isgeneratorfunction(function):
        raise PluginError(f"{where} is a generator; it would never run")


def listed(function: Callable[[], Any], wanted: type[Any], where: str) -> list[Any]:
    """The list that a hook returns, each item of the class that the hook asks for.

    Args:
        function: the implementation of the hook, which is called.
        wanted: the class of each descriptor; a subclass is refused.
        where: the plug-in and the hook, for the message.

    Raises:
        PluginError: it raised, or returned something else.
    """
    try:
        answer = function()
        if inspect.isawaitable(answer):
            discard(answer)
            raise PluginError(f"{where} returned an awaitable; hooks are plain functions")
        if not isinstance(answer, Iterable):
            raise PluginError(f"{where} returned {type(answer).__name__}, not a list of {wanted.__name__}")
        items = list(answer)
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"{where} raised {type(error).__name__}: {error}") from error
    for item in items:
        if type(item) is not wanted:
            raise PluginError(f"{where} returned a {type(item).__name__} where a {wanted.__name__} is needed")
    return items


def check_descriptor(item: Any, where: str) -> None:
    """Refuse a backend that no URL could open.

    Args:
        item: the descriptor of the backend.
        where: the plug-in and the hook, for the message.

    Raises:
        PluginError: its scheme, its api, its ``open`` or its summary is not valid.
    """
    if not isinstance(item.scheme, str) or not _SCHEME.fullmatch(item.scheme):
        raise PluginError(f"{where}: {item.scheme!r} is no URL scheme (lower case letters, digits, + . -)")
    _check_rest(item, "open", f"{item.scheme}://", where)


def check_calendar(item: ClosureCalendar, where: str) -> None:
    """Refuse a closure calendar that cannot be asked.

    Args:
        item: the calendar.
        where: the plug-in and the hook, for the message.

    Raises:
        PluginError: its name, its api, its ``resolve`` or its summary is not valid.
    """
    if not isinstance(item.name, str) or not _SCHEME.fullmatch(item.name):
        raise PluginError(f"{where}: {item.name!r} is no name (lower case letters, digits, + . -)")
    _check_rest(item, "resolve", item.name, where)


def _check_rest(item: Any, does: str, name: str, where: str) -> None:
    """Refuse a descriptor for another api, without a plain function, or whose summary is no text."""
    if type(item.api) is not int or item.api != API:
        raise PluginError(f"{where}: {name} is for api {item.api!r}; this version of cantinekit has {API}")
    work = getattr(item, does)
    if not callable(work) or inspect.iscoroutinefunction(work):
        raise PluginError(f"{where}: {does} of {name} is not a plain function")
    if not isinstance(item.summary, str):
        raise PluginError(f"{where}: the summary of {name} is not a text")


def discard(awaitable: Any) -> None:
    """Close a coroutine that nobody will await, so that it does not warn when it is collected.

    Args:
        awaitable: what an async function returned.
    """
    close = getattr(awaitable, "close", None)
    if callable(close):
        close()


# --- names ---------------------------------------------------------------------------------------------------------


def label(plugin: object) -> str:
    """The name of an object that was passed in as a plug-in.

    Args:
        plugin: a module, a class or an instance.
    """
    return str(getattr(plugin, "__name__", type(plugin).__name__))


def named(distribution: str, version: str) -> str:
    """A distribution with its version, where it has one.

    Args:
        distribution: the name of the distribution.
        version: its version; empty where there is none.
    """
    return f"{distribution} {version}".rstrip()


def told(
    descriptors: Sequence[tuple[str, Any]],
    rules: Sequence[PricingRule],
    calendars: Sequence[ClosureCalendar],
    hooks: Collection[str],
) -> str:
    """What a plug-in brings, by name; of several calendars how many.

    Args:
        descriptors: its backends, each with its kind.
        rules: its pricing rules.
        calendars: its closure calendars.
        hooks: the names of the hooks that it has among those that are called while a house runs.
    """
    names = [f"{kind} {descriptor.scheme}://" for kind, descriptor in descriptors]
    names += [f"pricing rule {rule}" for rule in rules]
    if calendars:
        more = f"{len(calendars)} closure calendars"
        names.append(f"closure calendar {calendars[0].name}" if len(calendars) == 1 else more)
    return ", ".join([*names, *(role for hook, role in ROLES.items() if hook in hooks)])


def normal(name: str) -> str:
    """The name of a distribution in its normal form (PEP 503).

    Args:
        name: the name as it is written.
    """
    return re.sub(r"[-_.]+", "-", name).lower()
