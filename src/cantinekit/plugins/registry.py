"""The registry: which backends there are, who brought them, and which plug-ins failed to load.

It is an immutable value that a host makes and passes on; nothing is loaded at import and nothing is global, but that
pricing rules are made known to price lists. Every plug-in has a plug-in manager of its own, so that a broken one is
known by name and cannot reach the others.
"""

from __future__ import annotations

import difflib
import inspect
import logging
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import attrs
import pluggy

from cantinekit.backends import builtin
from cantinekit.common.safe_traceback import safe_traceback
from cantinekit.errors import CantineError, InputError, PluginError, UrlError
from cantinekit.errors.shown import MAX_SHOWN, cut, shown
from cantinekit.plugins import hookspecs
from cantinekit.plugins.checks import (
    check_calendar,
    check_descriptor,
    check_function,
    discard,
    label,
    listed,
    named,
    normal,
    told,
)
from cantinekit.plugins.hookspecs import NotificationBackend, PaymentBackend, StorageBackend
from cantinekit.plugins.ports import JournalEntry, Notifier, PaymentGateway, Storage
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit.pricing import PricingRule
    from cantinekit.scheduling.opening import ClosureCalendar

GROUP = "cantinekit"
"""The entry-point group in which distributions name their plug-ins."""

Kind = Literal["storage", "payment", "notification"]
Descriptor = StorageBackend | PaymentBackend | NotificationBackend
Observer = Callable[[Sequence[JournalEntry]], Any]
Opener = Callable[[BackendUrl], Any]

_log = logging.getLogger(__name__)
_OBSERVER = "cantinekit_events_recorded"
_RULES = "cantinekit_pricing_rules"
_CALENDARS = "cantinekit_closure_calendars"
_REGISTRATIONS: dict[str, tuple[Kind, type[Descriptor]]] = {
    "cantinekit_storage_backends": ("storage", StorageBackend),
    "cantinekit_payment_backends": ("payment", PaymentBackend),
    "cantinekit_notification_backends": ("notification", NotificationBackend),
}
_ORDER = (*_REGISTRATIONS, _RULES, _CALENDARS, _OBSERVER)
_PORTS: dict[Kind, type[Any]] = {"storage": Storage, "payment": PaymentGateway, "notification": Notifier}


class PluginWarning(UserWarning):
    """A plug-in could not be loaded and was left out; ``Registry.failures`` says more."""


@attrs.frozen
class Backend:
    """One backend and where it comes from; ``version`` is empty for an object that was passed in."""

    kind: Kind
    scheme: str
    summary: str
    distribution: str
    version: str
    api: int


@attrs.frozen
class LoadedRule:
    """One pricing rule and where it comes from; ``version`` is that of the distribution."""

    rule: PricingRule
    distribution: str
    version: str


@attrs.frozen
class LoadedCalendar:
    """One closure calendar and where it comes from; ``version`` is that of the distribution."""

    calendar: ClosureCalendar
    distribution: str
    version: str


@attrs.frozen
class Failure:
    """A plug-in that was left out, and why."""

    distribution: str
    version: str
    entry_point: str
    error: str

    def __str__(self) -> str:
        return f"plug-in {shown(self.entry_point)} of {named(self.distribution, self.version)}: {self.error}"


@attrs.frozen
class _Plugin:
    distribution: str
    version: str
    descriptors: tuple[tuple[Kind, Descriptor], ...]
    rules: tuple[PricingRule, ...]
    calendars: tuple[ClosureCalendar, ...]
    observers: tuple[Observer, ...]


@attrs.frozen(eq=False)
class Registry:
    """What was loaded, in the order: built in, passed in, installed. Make one with ``Registry.load``."""

    backends: tuple[Backend, ...]
    rules: tuple[LoadedRule, ...]
    calendars: tuple[LoadedCalendar, ...]
    failures: tuple[Failure, ...]
    _open: Mapping[tuple[Kind, str], tuple[str, Opener]] = attrs.field(repr=False)
    _observers: tuple[tuple[str, Observer], ...] = attrs.field(repr=False)

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
        own = _examine(builtin, "cantinekit", _own_version())
        loaded = [attrs.evolve(own, calendars=_built_in_calendars())]
        for plugin in plugins:
            loaded.append(_examine(plugin, f"{label(plugin)} (passed in)", ""))
        failures: list[Failure] = []
        for found in _installed(allow) if entry_points else ():
            if isinstance(found, _Plugin):
                loaded.append(found)
                continue
            if strict:
                raise PluginError(str(found))
            failures.append(found)
            _log.info("left out: %s", found)
            warnings.warn(f"left out: {found}", PluginWarning, stacklevel=2)
        return cls._of(loaded, failures)

    @classmethod
    def _of(cls, plugins: Sequence[_Plugin], failures: Sequence[Failure]) -> Registry:
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
        observers = [(named(p.distribution, p.version), call) for p in plugins for call in p.observers]
        rules, calendars = _rules(plugins), _calendars(plugins)
        return cls(tuple(rows.values()), rules, calendars, tuple(failures), MappingProxyType(opens), tuple(observers))

    def closure_calendar(self, name: str) -> ClosureCalendar:
        """The calendar of closed days with this name: public holidays, school holidays.

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
        """Open the store that the URL names.

        Raises:
            UrlError: no backend has this scheme, or the backend refuses the URL.
            PluginError: the backend needs a module that is not installed, or opens something that is no store.
        """
        opened = self._opened("storage", url)
        del url  # a traceback would show it
        store: Storage = _or_raised(opened)
        return store

    def gateway(self, url: str) -> PaymentGateway:
        """Open the payment gateway that the URL names; raises as ``storage`` does."""
        opened = self._opened("payment", url)
        del url  # a traceback would show it
        gateway: PaymentGateway = _or_raised(opened)
        return gateway

    def notifier(self, url: str) -> Notifier:
        """Open the notifier that the URL names; raises as ``storage`` does."""
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

    def recorded(self, events: Sequence[JournalEntry]) -> None:
        """Tell every observer what was committed. One that fails is logged by name; the others still hear it."""
        if not events:
            return
        facts = tuple(events)
        for owner, observer in self._observers:
            try:
                answer = observer(facts)
            except (Exception, SystemExit) as error:
                _log.error("%s of %s failed; nothing else was affected: %s", _OBSERVER, owner, safe_traceback(error))
                continue
            if inspect.isawaitable(answer):
                discard(answer)
                _log.error("%s of %s returned an awaitable, which nobody awaits", _OBSERVER, owner)


# --- finding plug-ins ----------------------------------------------------------------------------------------------


def _or_raised(opened: Any) -> Any:
    if isinstance(opened, CantineError):
        raise opened
    return opened


def _installed(allow: Collection[str] | None) -> Iterator[_Plugin | Failure]:
    allowed = None if allow is None else {normal(name) for name in allow}
    seen: set[str] = set()
    found = [(*_origin(point), point) for point in metadata.entry_points(group=GROUP)]
    for distribution, version, point in sorted(found, key=lambda f: (f[0], f[2].name, f[2].value)):
        seen.add(normal(distribution))
        if allowed is None or normal(distribution) in allowed:
            yield _load(point, distribution, version)
        else:
            _log.info("plug-in %r of %s is not allowed, and was not imported", point.name, named(distribution, version))
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


def _load(point: metadata.EntryPoint, distribution: str, version: str) -> _Plugin | Failure:
    try:
        return _examine(point.load(), distribution, version)
    except PluginError as error:
        return Failure(distribution, version, point.name, str(error))
    except (Exception, SystemExit) as error:
        return Failure(distribution, version, point.name, f"{type(error).__name__}: {error}")


def _examine(plugin: object, distribution: str, version: str) -> _Plugin:
    """Take a plug-in apart.

    Raises:
        PluginError: what it registers is not what the hooks ask for; the message names the plug-in.
    """
    name = named(distribution, version)
    if inspect.isclass(plugin):
        raise PluginError(f"{name}: {plugin.__name__} is a class; a plug-in is a module or an instance")
    manager = pluggy.PluginManager("cantinekit")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"{name}: {' '.join(str(error).split())}") from error
    except Exception as error:
        raise PluginError(f"{name}: it cannot be inspected: {type(error).__name__}: {error}") from error
    found = [(hook, one) for hook in _ORDER for one in getattr(manager.hook, hook).get_hookimpls()]
    if not found:
        raise PluginError(f"{name}: it implements no hook of cantinekit (is @hookimpl missing?)")
    descriptors: list[tuple[Kind, Descriptor]] = []
    rules: list[PricingRule] = []
    calendars: list[ClosureCalendar] = []
    observers: list[Observer] = []
    for hook, implementation in found:
        where = f"{name}: {hook}"
        check_function(implementation, hook == _OBSERVER, where)
        if hook == _OBSERVER:
            observers.append(_observer(implementation))
        elif hook == _RULES:
            from cantinekit.pricing import PricingRule

            rules += listed(implementation.function, PricingRule, where)
        elif hook == _CALENDARS:
            from cantinekit.scheduling.opening import ClosureCalendar

            for calendar in listed(implementation.function, ClosureCalendar, where):
                check_calendar(calendar, where)
                calendars.append(calendar)
        else:
            kind, wanted = _REGISTRATIONS[hook]
            for item in listed(implementation.function, wanted, where):
                check_descriptor(item, where)
                descriptors.append((kind, item))
    _log.info("%s loaded: %s", name, told(descriptors, rules, calendars, len(observers)))
    return _Plugin(distribution, version, tuple(descriptors), tuple(rules), tuple(calendars), tuple(observers))


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


def _observer(implementation: pluggy.HookImpl) -> Observer:
    function = implementation.function
    return function if implementation.argnames else lambda events: function()


def _own_version() -> str:
    from cantinekit import __version__

    return __version__
