"""The hooks, called through pluggy.

A registration hook takes nothing, is called once when the registry loads, and returns descriptors. Two hooks are called
while a house runs: ``cantinekit_before_command`` and ``cantinekit_events_recorded``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import pluggy

from cantinekit.plugins.ports import API, JournalEntry, Notifier, PaymentGateway, Storage
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit.domain.base import Command
    from cantinekit.errors import RefusedError
    from cantinekit.pricing import PricingRule
    from cantinekit.scheduling.opening import ClosureCalendar

hookspec = pluggy.HookspecMarker("cantinekit")
hookimpl = pluggy.HookimplMarker("cantinekit")


@attrs.frozen
class StorageBackend:
    """A store that a URL scheme chooses. ``open`` imports the driver; the module that registers it does not.

    Attributes:
        scheme: the scheme of the URLs that it opens: lower case letters, digits, ``+``, ``.``, ``-``, a letter first.
            One backend of a kind has it.
        open: called with each URL of the scheme; returns a ``Storage``, and raises ``UrlError`` for a URL
            that it refuses.
        summary: one line for ``cantinekit plugins``; empty says nothing.
        api: the version of the ports that it was written for; another than ``ports.API`` is refused.
    """

    scheme: str
    open: Callable[[BackendUrl], Storage]
    summary: str = ""
    api: int = API


@attrs.frozen
class PaymentBackend:
    """A payment gateway that a URL scheme chooses.

    Attributes:
        scheme: the scheme of the URLs that it opens: lower case letters, digits, ``+``, ``.``, ``-``, a letter first.
            One backend of a kind has it.
        open: called with each URL of the scheme; returns a ``PaymentGateway``, and raises ``UrlError`` for a URL
            that it refuses.
        summary: one line for ``cantinekit plugins``; empty says nothing.
        api: the version of the ports that it was written for; another than ``ports.API`` is refused.
    """

    scheme: str
    open: Callable[[BackendUrl], PaymentGateway]
    summary: str = ""
    api: int = API


@attrs.frozen
class NotificationBackend:
    """A notifier that a URL scheme chooses.

    Attributes:
        scheme: the scheme of the URLs that it opens: lower case letters, digits, ``+``, ``.``, ``-``, a letter first.
            One backend of a kind has it.
        open: called with each URL of the scheme; returns a ``Notifier``, and raises ``UrlError`` for a URL
            that it refuses.
        summary: one line for ``cantinekit plugins``; empty says nothing.
        api: the version of the ports that it was written for; another than ``ports.API`` is refused.
    """

    scheme: str
    open: Callable[[BackendUrl], Notifier]
    summary: str = ""
    api: int = API


@hookspec
def cantinekit_storage_backends() -> Iterable[StorageBackend]:  # type: ignore[empty-body]
    """Register stores.

    Example::

        @hookimpl
        def cantinekit_storage_backends():
            return [StorageBackend("redis", open=open_redis, summary="Redis 7 or later")]
    """


@hookspec
def cantinekit_payment_backends() -> Iterable[PaymentBackend]:  # type: ignore[empty-body]
    """Register payment gateways.

    Example::

        @hookimpl
        def cantinekit_payment_backends():
            return [PaymentBackend("mollie", open=open_mollie, summary="Mollie")]
    """


@hookspec
def cantinekit_notification_backends() -> Iterable[NotificationBackend]:  # type: ignore[empty-body]
    """Register notifiers.

    Example::

        @hookimpl
        def cantinekit_notification_backends():
            return [NotificationBackend("matrix", open=open_matrix, summary="Matrix rooms")]
    """


@hookspec
def cantinekit_pricing_rules() -> Iterable[PricingRule]:  # type: ignore[empty-body]
    """Register pricing rules: forms that a price list can name, and that its own keys cannot say.

    Example::

        @hookimpl
        def cantinekit_pricing_rules():
            return [PricingRule("every nth free", 1, "adjust", read=read_n, apply=take_off)]
    """


@hookspec
def cantinekit_closure_calendars() -> Iterable[ClosureCalendar]:  # type: ignore[empty-body]
    """Register calendars of closed days: public holidays of a country, school holidays of a zone.

    Example::

        @hookimpl
        def cantinekit_closure_calendars():
            return [ClosureCalendar("fr-school-b", resolve=school_holidays, summary="school holidays of zone B")]
    """


@hookspec(firstresult=True)
def cantinekit_before_command(command: Command[Any], actor: str) -> RefusedError | None:
    """Asked before a command that somebody gives is carried out, previewed or quoted. May refuse the command.

    Nothing was read for the command yet, and nothing is stored after a refusal. The first plug-in that refuses decides;
    pluggy asks the plug-in that was loaded last first, unless one says ``tryfirst`` or ``trylast``. Not asked: for what
    the library does by itself (holds that run out, tasks, webhooks), and for reads. Anything else that an
    implementation returns, and whatever it raises, is a ``PluginError`` that names the plug-in, and the command is not
    carried out.

    Args:
        command: the command as it was given, checked by its class; it may hold names and addresses of people.
        actor: who gives the command, such as ``"desk:ana"``; never empty.

    Returns:
        the refusal to raise to the caller, or ``None`` to let the command pass.

    Example::

        @hookimpl
        def cantinekit_before_command(command, actor):
            if isinstance(command, SellPass) and not actor.startswith("desk:"):
                return RefusedError("passes are sold at the desk")
    """


@hookspec
def cantinekit_events_recorded(events: Sequence[JournalEntry]) -> None:
    """Told after each commit what was recorded. Returns nothing, stops nothing: an exception in it is logged.

    Where the store takes part in a transaction of the host, it is told once the host has committed.

    Args:
        events: the journal entries of one change, in order, at least one; their numbers are not known here.
    """
