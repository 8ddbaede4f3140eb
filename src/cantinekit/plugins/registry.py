"""The registry: which backends there are, who brought them, and which plug-ins failed to load.

It is an immutable value that a host makes and passes on; nothing is loaded at import and nothing is global, but that
pricing rules are made known to price lists. All plug-ins of a registry are registered with one plug-in manager of
pluggy, which calls them; ``guards`` stand before their functions, so that a broken one is known by name.
"""

from __future__ import annotations

import difflib
import inspect
import logging
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import attrs
import pluggy

from cantinekit.backends import builtin
from cantinekit.common.telemetry import tell
from cantinekit.errors import CantineError, InputError, PluginError, RefusedError, UrlError
from cantinekit.errors.shown import MAX_SHOWN, cut, shown
from cantinekit.plugins import hookspecs
from cantinekit.plugins.checks import (
    check_calendar,
    check_descriptor,
    check_function,
    label,
    named,
    normal,
    told,
)
from cantinekit.plugins.guards import Brought, guard_observer, guard_registration, guard_veto
from cantinekit.plugins.hookspecs import NotificationBackend, PaymentBackend, StorageBackend
from cantinekit.plugins.ports import JournalEntry, Notifier, PaymentGateway, Storage
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit.domain.base import Command
    from cantinekit.pricing import PricingRule
    from cantinekit.scheduling.opening import ClosureCalendar

GROUP = "cantinekit"
"""The entry-point group in which distributions name their plug-ins."""

Kind = Literal["storage", "payment", "notification"]
Descriptor = StorageBackend | PaymentBackend | NotificationBackend
Opener = Callable[[BackendUrl], Any]

_log = logging.getLogger(__name__)
_VETO = "cantinekit_before_command"
_OBSERVER = "cantinekit_events_recorded"
_RULES = "cantinekit_pricing_rules"
_CALENDARS = "cantinekit_closure_calendars"
_BACKENDS: dict[str, tuple[Kind, type[Descriptor]]] = {
    "cantinekit_storage_backends": ("storage", StorageBackend),
    "cantinekit_payment_backends": ("payment", PaymentBackend),
    "cantinekit_notification_backends": ("notification", NotificationBackend),
}
_REGISTRATIONS = (*_BACKENDS, _RULES, _CALENDARS)
_AT_RUN_TIME = (_VETO, _OBSERVER)
_PORTS: dict[Kind, type[Any]] = {"storage": Storage, "payment": PaymentGateway, "notification": Notifier}


class PluginWarning(UserWarning):
    """A plug-in could not be loaded and was left out; ``Registry.failures`` says more."""


@attrs.frozen
class Backend:
    """One backend and where it comes from.

    Attributes:
        kind: what its URLs open.
        scheme: the scheme of its URLs.
        summary: what it is, in one line; may be empty.
        distribution: the name of the distribution, or of the object that was passed in.
        version: the version of the distribution; empty for an object that was passed in.
        api: the version of the ports that it was written for.
    """

    kind: Kind
    scheme: str
    summary: str
    distribution: str
    version: str
    api: int


@attrs.frozen
class LoadedRule:
    """One pricing rule and where it comes from.

    Attributes:
        rule: the pricing rule.
        distribution: the name of the distribution, or of the object that was passed in.
        version: the version of the distribution; empty for an object that was passed in.
    """

    rule: PricingRule
    distribution: str
    version: str


@attrs.frozen
class LoadedCalendar:
    """One closure calendar and where it comes from.

    Attributes:
        calendar: the closure calendar.
        distribution: the name of the distribution, or of the object that was passed in.
        version: the version of the distribution; empty for an object that was passed in.
    """

    calendar: ClosureCalendar
    distribution: str
    version: str


@attrs.frozen
class LoadedHook:
    """An implementation of a hook that is called while a house runs, and where it comes from.

    Attributes:
        hook: the name of the hook.
        distribution: the name of the distribution, or of the object that was passed in.
        version: the version of the distribution; empty for an object that was passed in.
        wrapper: whether it wraps the calls of the others.
    """

    hook: str
    distribution: str
    version: str
    wrapper: bool = False


@attrs.frozen
class Failure:
    """A plug-in that was left out, and why.

    Attributes:
        distribution: the name of the distribution.
        version: its version; empty where it is not installed, or its metadata are damaged.
        entry_point: the name of the entry point; empty where the distribution is not installed.
        error: what is wrong with it.
    """

    distribution: str
    version: str
    entry_point: str
    error: str

    def __str__(self) -> str:
        return f"plug-in {shown(self.entry_point)} of {named(self.distribution, self.version)}: {self.error}"


@attrs.frozen
class _Registered:
    """A plug-in that pluggy has; without an ``entry_point`` it is built in or was passed in."""

    name: str
    distribution: str
    version: str
    entry_point: str | None


@attrs.frozen
class _Plugin:
    distribution: str
    version: str
    descriptors: tuple[tuple[Kind, Descriptor], ...]
    rules: tuple[PricingRule, ...]
    calendars: tuple[ClosureCalendar, ...]


@attrs.frozen(eq=False)
class Registry:
    """What was loaded, in the order: built in, passed in, installed. Make one with ``Registry.load``.

    Attributes:
        backends: the stores, payment gateways and notifiers that a URL can open.
        rules: the pricing rules that a price list can name.
        calendars: the closure calendars.
        hooks: the vetoes, then the observers, each in the order in which pluggy calls them.
        failures: the installed plug-ins that were left out.
    """

    backends: tuple[Backend, ...]
    rules: tuple[LoadedRule, ...]
    calendars: tuple[LoadedCalendar, ...]
    hooks: tuple[LoadedHook, ...]
    failures: tuple[Failure, ...]
    _open: Mapping[tuple[Kind, str], tuple[str, Opener]] = attrs.field(repr=False)
    _manager: pluggy.PluginManager = attrs.field(repr=False)

    @classmethod
    def load(
        cls,
        *,
        plugins: Iterable[object] = (),
        entry_points: bool = True,
        allow: Collection[str] | None = None,
        strict: bool = False,
    ) -> Registry:
        """Load the built-in backends, then the plug-ins that are passed in, then the installed ones.

        Args:
            plugins: modules or instances with ``hookimpl`` functions; a broken one raises.
            entry_points: whether to look for installed plug-ins at all.
            allow: names of the distributions that may be loaded; ``None`` allows all. Others are not even imported.
            strict: raise for an installed plug-in that is broken, instead of warning and leaving it out.

        Raises:
            PluginError: two plug-ins claim one scheme or bring one pricing rule, or one is broken (see above).
        """
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        found: list[_Registered | Failure | str] = [_register(manager, builtin, "cantinekit", _own_version())]
        found += [_register(manager, plugin, f"{label(plugin)} (passed in)", "") for plugin in plugins]
        found += _installed(manager, allow) if entry_points else ()
        brought = _call_registrations(manager)
        loaded: list[_Plugin] = []
        failures: list[Failure] = []
        for one in found:
            if isinstance(one, str):
                tell(_log, logging.INFO, "plugin.left_out", "%s", one)
                continue
            if isinstance(one, _Registered):
                problem = _problem(brought[one.name])
                if problem is None:
                    loaded.append(_plugin(manager, one, brought[one.name]))
                    continue
                if one.entry_point is None:
                    raise problem
                manager.unregister(name=one.name)
                one = Failure(one.distribution, one.version, one.entry_point, str(problem))
            if strict:
                raise PluginError(str(one))
            failures.append(one)
            tell(_log, logging.INFO, "plugin.left_out", "left out: %s", one)
            warnings.warn(f"left out: {one}", PluginWarning, stacklevel=2)
        origins = {one.name: one for one in found if isinstance(one, _Registered)}
        return cls._of(loaded, _hooks(manager, origins), failures, manager)

    @classmethod
    def _of(
        cls,
        plugins: Sequence[_Plugin],
        hooks: tuple[LoadedHook, ...],
        failures: Sequence[Failure],
        manager: pluggy.PluginManager,
    ) -> Registry:
        rows: dict[tuple[Kind, str], Backend] = {}
        opens: dict[tuple[Kind, str], tuple[str, Opener]] = {}
        for plugin in plugins:
            name = named(plugin.distribution, plugin.version)
            for kind, descriptor in plugin.descriptors:
                slot = (kind, descriptor.scheme)
                if slot in rows:
                    first = named(rows[slot].distribution, rows[slot].version)
                    raise PluginError(f"two {kind} backends claim {descriptor.scheme}://: {first} and {name}")
                rows[slot] = Backend(
                    kind, descriptor.scheme, descriptor.summary, plugin.distribution, plugin.version, descriptor.api
                )
                opens[slot] = (name, descriptor.open)
        rules, calendars = _rules(plugins), _calendars(plugins)
        return cls(tuple(rows.values()), rules, calendars, hooks, tuple(failures), MappingProxyType(opens), manager)

    def closure_calendar(self, name: str) -> ClosureCalendar:
        """The calendar of closed days with this ``name``: public holidays, school holidays.

        Raises:
            InputError: there is none.
        """
        for one in self.calendars:
            if one.calendar.name == name:
                return one.calendar
        known = sorted(one.calendar.name for one in self.calendars)
        more = f" and {len(known) - 20} more" if len(known) > 20 else ""
        near = "".join(f"; did you mean {other}?" for other in difflib.get_close_matches(name, known, n=1))
        raise InputError(f"no closure calendar {shown(name)}; known: {', '.join(known[:20])}{more}{near}")

    def storage(self, url: str) -> Storage:
        """Open the store that the ``url`` names.

        Raises:
            UrlError: no backend has this scheme, or the backend refuses the URL.
            PluginError: the backend needs a module that is not installed, or opens something that is no store.
        """
        opened = self._opened("storage", url)
        del url  # a traceback would show it
        store: Storage = _or_raised(opened)
        return store

    def gateway(self, url: str) -> PaymentGateway:
        """Open the payment gateway that the ``url`` names; raises as ``storage`` does."""
        opened = self._opened("payment", url)
        del url  # a traceback would show it
        gateway: PaymentGateway = _or_raised(opened)
        return gateway

    def notifier(self, url: str) -> Notifier:
        """Open the notifier that the ``url`` names; raises as ``storage`` does."""
        opened = self._opened("notification", url)
        del url  # a traceback would show it
        notifier: Notifier = _or_raised(opened)
        return notifier

    def _opened(self, kind: Kind, text: str) -> Any:
        """What the URL opens, or the error to raise: a frame that has the text must not be in its traceback."""
        try:
            return self._open_url(kind, BackendUrl.parse(text))
        except CantineError as error:
            return error.with_traceback(None)

    def _open_url(self, kind: Kind, url: BackendUrl) -> Any:
        if (kind, url.scheme) not in self._open:
            raise UrlError(self._unknown(kind, url.scheme))
        owner, opener = self._open[kind, url.scheme]
        try:
            opened = opener(url)
        except ImportError as error:
            missing = error.name or str(error)
            raise PluginError(f"{url.scheme}:// ({owner}) needs {shown(missing)}, which cannot be imported") from error
        if not isinstance(opened, _PORTS[kind]):
            port = _PORTS[kind].__name__
            raise PluginError(f"{url.scheme}:// ({owner}) opened a {type(opened).__name__}, which is no {port}")
        return opened

    def _unknown(self, kind: Kind, scheme: str) -> str:
        known = sorted(name for of, name in self._open if of == kind)
        named = cut(scheme, MAX_SHOWN)
        text = f"no {kind} backend for {named}://; known: {', '.join(name + '://' for name in known)}"
        elsewhere = [of for of, name in self._open if name == scheme]
        if elsewhere:
            return f"{text}; {scheme}:// is a {elsewhere[0]} backend"
        near = difflib.get_close_matches(named, known, n=1)
        return f"{text}; did you mean {near[0]}://?" if near else text

    def has(self, hook: str) -> bool:
        """Whether a plug-in implements a hook that is called while a house runs.

        Args:
            hook: the name of the hook, such as ``"cantinekit_before_command"``.
        """
        return any(one.hook == hook for one in self.hooks)

    def before_command(self, command: Command[Any], actor: str) -> RefusedError | None:
        """Ask the plug-ins whether a command may be carried out. The first refusal is the answer, else ``None``.

        Args:
            command: the command that somebody gives.
            actor: who gives it.

        Raises:
            PluginError: a plug-in raised, or answered neither a refusal nor ``None``; it is named.
        """
        refusal: RefusedError | None = self._manager.hook.cantinekit_before_command(command=command, actor=actor)
        # A plug-in may return one and the same refusal each time: its traceback must not grow with each.
        return None if refusal is None else refusal.with_traceback(None)

    def recorded(self, events: Sequence[JournalEntry]) -> None:
        """Tell every observer what was committed. One that fails is logged by name; the others still hear it.

        Args:
            events: the journal entries of one change; where there are none nobody is told.
        """
        if events and self.hooks:
            self._manager.hook.cantinekit_events_recorded(events=tuple(events))


# --- finding plug-ins ----------------------------------------------------------------------------------------------


def _or_raised(opened: Any) -> Any:
    if isinstance(opened, CantineError):
        raise opened
    return opened


def _installed(manager: pluggy.PluginManager, allow: Collection[str] | None) -> Iterator[_Registered | Failure | str]:
    """Each installed plug-in: registered, failed, or what the log says of one that is not allowed."""
    allowed = None if allow is None else {normal(name) for name in allow}
    seen: set[str] = set()
    found = [(*_origin(point), point) for point in metadata.entry_points(group=GROUP)]
    for distribution, version, point in sorted(found, key=lambda f: (f[0], f[2].name, f[2].value)):
        seen.add(normal(distribution))
        if allowed is None or normal(distribution) in allowed:
            yield _load(manager, point, distribution, version)
        else:
            yield f"plug-in {point.name!r} of {named(distribution, version)} is not allowed, and was not imported"
    for name in sorted((allowed or set()) - seen):
        yield Failure(
            name, "", "", f"is allowed, but no installed distribution of this name is in the group {shown(GROUP)}"
        )


def _origin(point: metadata.EntryPoint) -> tuple[str, str]:
    """The distribution's name and version, also where its metadata is damaged."""
    try:
        name, version = (point.dist.name, point.dist.version) if point.dist else (None, None)
    except Exception:
        name = version = None
    return name or "(unknown)", version or ""


def _load(
    manager: pluggy.PluginManager, point: metadata.EntryPoint, distribution: str, version: str
) -> _Registered | Failure:
    try:
        return _register(manager, point.load(), distribution, version, point.name)
    except PluginError as error:
        return Failure(distribution, version, point.name, str(error))
    except (Exception, SystemExit) as error:
        return Failure(distribution, version, point.name, f"{type(error).__name__}: {error}")


# --- registering and calling plug-ins --------------------------------------------------------------------------------


def _register(
    manager: pluggy.PluginManager, plugin: object, distribution: str, version: str, entry_point: str | None = None
) -> _Registered:
    """Register a plug-in under the name of its distribution, and guard its functions.

    Raises:
        PluginError: pluggy cannot call it as the hooks ask for; the message names the plug-in.
    """
    origin = named(distribution, version)
    if inspect.isclass(plugin):
        raise PluginError(f"{origin}: {plugin.__name__} is a class; a plug-in is a module or an instance")
    name, number = distribution, 1
    while manager.has_plugin(name):
        number += 1
        name = f"{distribution} #{number}"
    try:
        if manager.is_registered(plugin):
            raise PluginError(f"{origin}: it is loaded already, as {manager.get_name(plugin)}")
        manager.register(plugin, name)
        manager.check_pending()
        implemented = [
            (hook, one)
            for hook in (*_REGISTRATIONS, *_AT_RUN_TIME)
            for one in getattr(manager.hook, hook).get_hookimpls()
            if one.plugin_name == name
        ]
        if not implemented:
            raise PluginError(f"{origin}: it implements no hook of cantinekit (is @hookimpl missing?)")
        for hook, one in implemented:
            check_function(one, hook in _AT_RUN_TIME, f"{origin}: {hook}")
            one.function = _guarded(hook, one, origin)
    except BaseException as error:
        if manager.has_plugin(name):
            manager.unregister(name=name)
        if isinstance(error, pluggy.PluginValidationError):
            raise PluginError(f"{origin}: {' '.join(str(error).split())}") from error
        if isinstance(error, PluginError) or not isinstance(error, Exception):
            raise
        raise PluginError(f"{origin}: it cannot be inspected: {type(error).__name__}: {error}") from error
    return _Registered(name, distribution, version, entry_point)


def _guarded(hook: str, implementation: pluggy.HookImpl, origin: str) -> Callable[..., Any]:
    """What pluggy calls in place of an implementation."""
    function, where = implementation.function, f"{hook} of {origin}"
    if hook == _OBSERVER:
        return guard_observer(function, where, wrapper=implementation.wrapper)
    if hook == _VETO:
        return guard_veto(function, where, wrapper=implementation.wrapper)
    wanted: type[Any]
    check: Callable[[Any, str], None] = check_descriptor
    if hook == _RULES:
        from cantinekit.pricing import PricingRule

        wanted, check = PricingRule, lambda item, where: None
    elif hook == _CALENDARS:
        from cantinekit.scheduling.opening import ClosureCalendar

        wanted, check = ClosureCalendar, check_calendar
    else:
        wanted = _BACKENDS[hook][1]
    return guard_registration(function, implementation.plugin_name, f"{origin}: {hook}", wanted, check)


def _call_registrations(manager: pluggy.PluginManager) -> Mapping[str, Mapping[str, Sequence[Brought]]]:
    """What each plug-in answered to each registration hook, by its name and that of the hook."""
    found: defaultdict[str, defaultdict[str, list[Brought]]] = defaultdict(lambda: defaultdict(list))
    for hook in _REGISTRATIONS:
        for answer in reversed(getattr(manager.hook, hook)()):  # pluggy calls the last one first
            found[answer.plugin][hook].append(answer)
    return found


def _problem(brought: Mapping[str, Sequence[Brought]]) -> PluginError | None:
    return next((one.problem for answers in brought.values() for one in answers if one.problem), None)


def _plugin(manager: pluggy.PluginManager, one: _Registered, brought: Mapping[str, Sequence[Brought]]) -> _Plugin:
    """What a plug-in brings; the log tells it."""

    def items(hook: str) -> tuple[Any, ...]:
        return tuple(item for answer in brought.get(hook, ()) for item in answer.items)

    descriptors = tuple((kind, item) for hook, (kind, _) in _BACKENDS.items() for item in items(hook))
    rules, calendars = items(_RULES), items(_CALENDARS)
    implemented = {caller.name for caller in manager.get_hookcallers(manager.get_plugin(one.name)) or ()}
    all_of_it = told(descriptors, rules, calendars, implemented)
    tell(_log, logging.INFO, "plugin.loaded", "%s loaded: %s", named(one.distribution, one.version), all_of_it)
    if one.distribution == "cantinekit" and one.entry_point is None:
        calendars = _built_in_calendars()
    return _Plugin(one.distribution, one.version, descriptors, rules, calendars)


def _hooks(manager: pluggy.PluginManager, origins: Mapping[str, _Registered]) -> tuple[LoadedHook, ...]:
    return tuple(
        LoadedHook(hook, origin.distribution, origin.version, one.wrapper)
        for hook in _AT_RUN_TIME
        for one in reversed(getattr(manager.hook, hook).get_hookimpls())
        for origin in [origins[one.plugin_name]]
    )


# --- what they brought -----------------------------------------------------------------------------------------------


def _rules(plugins: Sequence[_Plugin]) -> tuple[LoadedRule, ...]:
    """The pricing rules, each with its origin; from here on price lists can name them."""
    found: dict[tuple[str, int], LoadedRule] = {}
    for plugin in plugins:
        for rule in plugin.rules:
            mine = LoadedRule(rule, plugin.distribution, plugin.version)
            first = found.setdefault((rule.name, rule.version), mine)
            if first is not mine:
                both = " and ".join(named(one.distribution, one.version) for one in (first, mine))
                raise PluginError(f"two pricing rules are {rule}: {both}")
    if found:
        from cantinekit.pricing import register_rules

        try:
            register_rules(one.rule for one in found.values())
        except InputError as error:
            raise PluginError(f"{error}; one of them was registered in this process before") from error
    return tuple(found.values())


def _calendars(plugins: Sequence[_Plugin]) -> tuple[LoadedCalendar, ...]:
    """The closure calendars, each with its origin."""
    found: dict[str, LoadedCalendar] = {}
    for plugin in plugins:
        for calendar in plugin.calendars:
            mine = LoadedCalendar(calendar, plugin.distribution, plugin.version)
            first = found.setdefault(calendar.name, mine)
            if first is not mine:
                both = " and ".join(named(one.distribution, one.version) for one in (first, mine))
                raise PluginError(f"two closure calendars are called {calendar.name}: {both}")
    return tuple(found.values())


def _built_in_calendars() -> tuple[ClosureCalendar, ...]:
    from cantinekit.scheduling.opening import BUILT_IN

    return BUILT_IN


def _own_version() -> str:
    from cantinekit import __version__

    return __version__
