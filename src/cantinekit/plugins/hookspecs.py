"""The hooks. A hook takes nothing, is called once when the registry loads, and returns descriptors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import attrs
import pluggy

from cantinekit.plugins.ports import API, JournalEntry, Notifier, PaymentGateway, Storage
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit.pricing import PricingRule
    from cantinekit.scheduling.opening import ClosureCalendar

hookspec = pluggy.HookspecMarker("cantinekit")
hookimpl = pluggy.HookimplMarker("cantinekit")


@attrs.frozen
class StorageBackend:
    """A store that a URL scheme chooses. ``open`` imports the driver; the module that registers it does not."""

    scheme: str
    open: Callable[[BackendUrl], Storage]
    summary: str = ""
    api: int = API


@attrs.frozen
class PaymentBackend:
    """A payment gateway that a URL scheme chooses."""

    scheme: str
    open: Callable[[BackendUrl], PaymentGateway]
    summary: str = ""
    api: int = API


@attrs.frozen
class NotificationBackend:
    """A notifier that a URL scheme chooses."""

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


@hookspec
def cantinekit_events_recorded(events: Sequence[JournalEntry]) -> None:
    """Told after each commit what was recorded. Returns nothing, stops nothing: an exception in it is logged.

    Where the store takes part in a transaction of the host, it is told once the host has committed.
    """
