"""The ports: what a storage, payment or notification backend has to do, and the values that cross.

A backend is any object with these methods; nothing has to be inherited. Everything is synchronous, every value is a
frozen attrs class (``Key`` and ``Guard`` are named tuples), and a field that is added later has a default.
``cantinekit.testing`` proves a backend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import attrs

from cantinekit.errors import InputError
from cantinekit.money import Money

API = 1
"""The number of this set of ports; each backend descriptor names the one that it was written for."""

MAX_KEYS = 30_000
"""The most keys that one ``load`` may ask for."""

MAX_WEBHOOK_BYTES = 1_000_000
"""The largest body that ``read_webhook`` reads; one that is larger is refused before its signature is computed."""


# --- storage -------------------------------------------------------------------------------------------------------


class Key(NamedTuple):
    """What names a row: its kind and its id. Keys sort by the code points of their texts, which is UTF-8 byte order."""

    kind: str
    id: str


@attrs.frozen
class Row:
    """One stored record.

    ``version`` is 1 when the row is created and one more at each write: a change that carries a row at version ``n``
    is applied only if the store has it at ``n - 1`` (absent for 1). ``body`` is the text of one JSON object without
    NUL characters; a store gives back a text that parses to the same value. ``index`` holds (field, value) pairs by
    which ``find`` discovers the row; a field may occur several times.
    """

    kind: str
    id: str
    version: int
    body: str
    index: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        """What names the row."""
        return Key(self.kind, self.id)


@attrs.frozen
class JournalEntry:
    """One fact in the journal. ``number`` is 0 until the store has given it one; ``body`` is a JSON object's text.

    ``at`` is an instant in any zone; a store gives the same instant back in UTC.
    """

    type: str
    at: datetime
    actor: str
    subjects: tuple[Key, ...]
    body: str
    number: int = 0


class Guard(NamedTuple):
    """A row that must still be at this version when the change is applied."""

    key: Key
    version: int


@attrs.frozen
class Change:
    """What is stored in one atomic step: all of it, or nothing.

    ``rows`` are written, ``removes`` deleted, ``guards`` only compared. No key may occur twice in the three together.
    """

    rows: tuple[Row, ...] = ()
    events: tuple[JournalEntry, ...] = ()
    guards: tuple[Guard, ...] = ()
    removes: tuple[Guard, ...] = ()


@attrs.frozen
class Page:
    """Rows in the order of (value, id), and the cursor after the last of them; ``None`` when there are no more."""

    rows: tuple[Row, ...]
    next: str | None = None


@attrs.frozen
class StorageCapabilities:
    """What a store can do beyond the contract.

    ``joins_host_transaction``: ``apply`` takes part in a transaction that the host has open; then no effect runs before
    the host has committed, and a clash is the host's. Such a store is a ``JoiningStorage``. ``durable``: what was
    applied is there after the process has ended, killed or not. ``shared``: several processes may have the same store
    open at once.
    """

    joins_host_transaction: bool = False
    durable: bool = True
    shared: bool = True


@runtime_checkable
class Storage(Protocol):
    """A place where rows and the journal are kept. Used from several threads at once."""

    @property
    def capabilities(self) -> StorageCapabilities: ...

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        """The rows of these keys, in their order, as of one moment; ``None`` where there is no row.

        Takes up to ``MAX_KEYS`` keys, and the same key more than once.
        """
        ...

    def find(
        self,
        kind: str,
        field: str,
        *,
        eq: str | None = None,
        ge: str | None = None,
        lt: str | None = None,
        after: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> Page:
        """The rows of a kind whose index field has a value that is ``eq``, or at least ``ge`` and below ``lt``.

        Values compare by their UTF-8 bytes. The order is (value, id), backwards with ``reverse``; a row with two
        values in range comes twice. Each row is whole and has the value by which it was found. ``after`` is the
        ``next`` of the page before: a place, behind which the page begins with what is there now.
        """
        ...

    def apply(self, change: Change) -> None:
        """Store all of the change or nothing; durable on return.

        So are then the rows that it guards: where one can be read before it is durable, a change that only guards it
        waits for that too.

        Raises ``StaleVersionError`` with the keys whose version is another than the change was made from.
        """
        ...

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        """The entries with a number above ``after``, in order; those that name ``subject``, where given.

        Whoever has read up to a number never finds a smaller one later, whatever other writers do. Numbers may have
        gaps, and none is used again. Whoever sees an entry sees the rows and index pairs of its change.
        """
        ...

    def close(self) -> None:
        """Release what is held open. A second call does nothing."""
        ...


@runtime_checkable
class JoiningStorage(Storage, Protocol):
    """A store that takes part in the transaction of its host, where one is open for the calling thread.

    A change that is refused there leaves the transaction as it was before the call.
    """

    def in_host_transaction(self) -> bool:
        """Whether a transaction of the host is open for this thread, so that what is applied may yet be undone."""
        ...

    def after_commit(self, work: Callable[[], None]) -> None:
        """Call it when the host has committed, never if it rolls back; at once where no transaction is open."""
        ...


class Turn(Protocol):
    """What somebody who has a turn reads and writes through. Its first change ends the turn."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        """As ``Storage.load``."""
        ...

    def apply(self, change: Change) -> None:
        """As ``Storage.apply``."""
        ...


@runtime_checkable
class TakesTurns(Protocol):
    """What a store may offer beyond the contract: where many want one row, they come to it one after the other."""

    def turn(self, key: Key, patience: float, change: Change | None = None) -> AbstractContextManager[Turn]:
        """Wait until nobody else has a turn on this row, in any process; but no longer than so many seconds.

        The wait is over when the first rows were loaded through what this gives, which reads and writes as the store
        does and may be the store. It is a courtesy, not a lock: it never fails, ends when the process does, and hinders
        no other call. ``change`` is what will be applied, where that is known but for the row: it can be made ready
        before the wait. Where it cannot be stored this is told when it is applied.
        """
        ...


# --- payments ------------------------------------------------------------------------------------------------------

ChargeStatus = Literal["settled", "pending", "declined"]


@attrs.frozen
class GatewayCapabilities:
    """What a gateway can do.

    ``immediate``: money is in hand when it is charged (cash at a desk), and nobody outside could tell of it.
    ``redirects``: a charge may be pending while the payer is at ``next_url``. ``disputes``: what a payer's bank took
    back is in ``Observation.disputed``. ``finds_lost``: ``lookup`` tells of a charge whose answer was lost; a gateway
    without it says ``None`` where nobody was told where to pay, and so nobody can have paid. ``signed_webhooks``: one
    that is not signed is refused; without it the provider is asked, whatever a webhook says. ``dated_webhooks``: the
    signature has a time, so that an old one is refused.
    """

    refunds: bool = True
    partial_refunds: bool = True
    redirects: bool = False
    webhooks: bool = False
    immediate: bool = False
    disputes: bool = False
    finds_lost: bool = True
    signed_webhooks: bool = True
    dated_webhooks: bool = True


@attrs.frozen
class ChargeRequest:
    """Take ``amount``. The same ``key`` twice is one charge: the gateway answers the second with the first's result.

    ``means`` is the gateway's own name of a means of payment that the payer chose before, never the number of a card.
    """

    key: str
    amount: Money
    charge_id: str
    entity_id: str
    description: str = ""
    return_url: str | None = None
    means: str = ""


@attrs.frozen
class RefundRequest:
    """Give ``amount`` of the charge with ``charge_key`` back. The same ``key`` twice is one refund."""

    key: str
    charge_key: str
    reference: str
    amount: Money


@attrs.frozen
class ChargeResult:
    """What became of a request. A decline is a result; an outage is an exception (``GatewayError``)."""

    status: ChargeStatus
    reference: str = ""
    reason: str = ""
    next_url: str | None = None


@attrs.frozen
class Observation:
    """What a gateway says of one charge, as sums since its beginning: repeats and disorder change nothing.

    ``reference`` is what the gateway calls the payment: from the moment on that money was taken it is the same in each
    observation of it, since another one is another payment. ``next_url`` is where the payer goes, of a charge that is
    pending and whose answer may not have been recorded.
    """

    key: str
    reference: str
    event_id: str
    currency: str
    amount: int
    captured: int
    refunded: int
    at: datetime
    disputed: int = 0
    declined: str = ""
    next_url: str | None = None


@runtime_checkable
class PaymentGateway(Protocol):
    """Moves money. Values in, values out: it never sees our records."""

    @property
    def capabilities(self) -> GatewayCapabilities: ...

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Take the money, or begin to. Raises ``GatewayError`` when the outcome is unknown."""
        ...

    def refund(self, request: RefundRequest) -> ChargeResult:
        """Give money back. Raises ``GatewayError`` when the outcome is unknown."""
        ...

    def lookup(self, key: str) -> Observation | None:
        """What became of the charge with this key, after a crash or a lost answer; ``None``: it never arrived."""
        ...

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        """The observations in a webhook, after its signature has been verified on the raw body.

        Raises ``GatewayError(retryable=False)`` for a bad signature or an unreadable body.
        """
        ...


@runtime_checkable
class FindsByReference(Protocol):
    """What a gateway may offer beyond the contract: it is asked by the reference that it gave, where there is one.

    For a provider that keeps no key of ours, and does not list what is still open.
    """

    def lookup_reference(self, key: str, reference: str) -> Observation | None:
        """As ``PaymentGateway.lookup``, of the charge with this key to which the gateway gave this reference."""
        ...


# --- messages ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Invitation:
    """A calendar object that goes with a message (RFC 5546); ``calendar`` is an .ics whose METHOD is ``method``.

    Raises:
        InputError: another method, or the calendar does not say the same.
    """

    method: Literal["REQUEST", "CANCEL"]
    calendar: bytes = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        if self.method not in ("REQUEST", "CANCEL"):
            raise InputError("the method of an invitation is REQUEST or CANCEL")
        if b"\r\nMETHOD:%b\r\n" % self.method.encode() not in self.calendar:
            raise InputError("the calendar of an invitation does not say its method")


@attrs.frozen
class Message:
    """A text to a person, rendered when it is sent. ``key`` is the same at each try, so that repeats can be seen.

    ``invitation`` is only there for a notifier that ``Invites``. ``more_invitations`` are those to the other meetings
    of a course, each about one event.
    """

    key: str
    to: str
    subject: str
    text: str
    lang: str = "fr"
    template: str = ""
    invitation: Invitation | None = None
    more_invitations: tuple[Invitation, ...] = ()


@runtime_checkable
class Notifier(Protocol):
    """Hands messages over to people."""

    def send(self, message: Message) -> None:
        """Hand over. Raises ``NotifierError``; ``retryable`` says whether to try again."""
        ...


@runtime_checkable
class Invites(Protocol):
    """What a notifier may offer beyond the contract: it sends invitations along with messages on bookings and seats."""

    @property
    def organizer(self) -> str | None:
        """The e-mail address in whose name they are sent; ``None``: none are."""
        ...
