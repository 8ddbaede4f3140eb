"""The ports: what a storage, payment or notification backend has to do, and the values that cross.

A backend is any object with these methods; nothing has to be inherited. Everything is synchronous, every value is a
frozen attrs class (``Key`` and ``Guard`` are named tuples), and a field that is added later has a default.
``cantinekit.testing`` proves a backend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

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
    """The name of a row. Keys sort by the code points of their texts, which is the order of their UTF-8 bytes.

    Attributes:
        kind: the kind of the record, such as "booking"; at most 200 bytes of UTF-8.
        id: its id, unique within the kind; at most 800 bytes of UTF-8.
    """

    kind: str
    id: str


@attrs.frozen
class Row:
    """One stored record.

    Attributes:
        kind: the kind of the record.
        id: its id, unique within the kind.
        version: the version after the write: 1 creates the row, and each write adds 1. A store applies version ``n``
            only where it holds ``n - 1`` (no row for 1).
        body: the text of one JSON object without NUL characters; a store returns a text that parses to the same value.
        index: (field, value) pairs by which ``find`` discovers the row; a field may occur several times.
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
    """One fact in the journal.

    Attributes:
        type: the name of the event, at most 200 bytes of UTF-8.
        at: when it happened, an aware datetime in any zone; a store returns the same instant in UTC.
        actor: who asked for the change, as the host names them.
        subjects: the records that it is about; ``journal`` can be filtered by one of them.
        body: the text of one JSON object.
        number: its place in the journal, given by the store; 0 before that.
    """

    type: str
    at: datetime
    actor: str
    subjects: tuple[Key, ...]
    body: str
    number: int = 0


class Guard(NamedTuple):
    """A row that must still be at this version when the change is applied.

    Attributes:
        key: the row.
        version: the version that was read, 1 or more.
    """

    key: Key
    version: int


@attrs.frozen
class Change:
    """What is stored in one atomic step: all of it, or nothing. No key may occur twice in rows, guards and removes
    together.

    Attributes:
        rows: rows to write, each with its version after the write.
        events: journal entries to append, in order; at most 10,000.
        guards: rows that are only compared.
        removes: rows to delete, each at the version that was read.
    """

    rows: tuple[Row, ...] = ()
    events: tuple[JournalEntry, ...] = ()
    guards: tuple[Guard, ...] = ()
    removes: tuple[Guard, ...] = ()


@attrs.frozen
class Page:
    """Rows in the order of (value, id), and the cursor after the last of them; ``None`` when there are no more.

    Attributes:
        rows: the rows of this page, at most as many as the limit.
        next: the cursor to pass as ``after`` for the next page; ``None`` when there are no more rows.
    """

    rows: tuple[Row, ...]
    next: str | None = None


@attrs.frozen
class StorageCapabilities:
    """What a store can do beyond the contract.

    Attributes:
        joins_host_transaction: whether ``apply`` takes part in a transaction that the host has open. Then no outbox
            entry is carried out before the host has committed, and a stale version is the host's to try again. Such a
            store is a ``JoiningStorage``.
        durable: whether what was applied is there after the process has ended, killed or not.
        shared: whether several processes may have the same store open at once.
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

        Args:
            keys: at most ``MAX_KEYS`` keys; one may occur more than once.
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
        """The rows of a kind whose index field has a value in a range.

        Values compare by their UTF-8 bytes. The order is (value, id); a row with two values in range occurs twice. Each
        row is whole and has the value by which it was found.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            eq: the one value to find; not together with ``ge`` or ``lt``.
            ge: the least value, itself included.
            lt: the value below which all lie.
            after: the ``next`` of the page before. It is a position: the page begins with what follows it now.
            limit: the most rows on the page, from 1 to ``MAX_KEYS``.
            reverse: whether the order is backwards.
        """
        ...

    def apply(self, change: Change) -> None:
        """Store all of the change or nothing; durable on return.

        The rows that it guards are durable then too: where a row can be read before it is durable, a change that only
        guards it waits for that as well.

        Args:
            change: what to write, remove, compare and append.

        Raises:
            StaleVersionError: with the keys whose version differs from the one that the change was based on.
        """
        ...

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        """The entries with a number above ``after``, in order.

        A reader that has read up to a number never finds a smaller one later, whatever other writers do. Numbers may
        have gaps, and none is used again. A reader that sees an entry sees the rows and index pairs of its change.

        Args:
            subject: only entries about this record; ``None`` for all.
            after: the number after which to begin; 0 for the beginning.
            limit: the most entries to return, from 1 to ``MAX_KEYS``.
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
        """Call a function after the host has committed, never if it rolls back; at once where no transaction is open.

        Args:
            work: the function to call, without arguments.
        """
        ...


@runtime_checkable
class LendingStorage(Storage, Protocol):
    """A store that can work on a connection of its host, and in the transaction that is open on it."""

    def joining(self, connection: Any) -> JoiningStorage:
        """The same store on a connection of the host.

        Args:
            connection: the connection, of the driver that the store uses; one thread at a time uses it.
        """
        ...

    def tell_committed(self) -> None:
        """Call what was given to ``after_commit`` of these, where the host has committed by now."""
        ...


class RowLock(Protocol):
    """What the holder of the row lock reads and writes through. Its first change releases the lock."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        """As ``Storage.load``.

        Args:
            keys: at most ``MAX_KEYS`` keys.
        """
        ...

    def apply(self, change: Change) -> None:
        """As ``Storage.apply``.

        Args:
            change: what to write, remove, compare and append.
        """
        ...


@runtime_checkable
class LocksRows(Protocol):
    """A row lock, which a store may offer beyond the contract: commands that want one row queue for it."""

    def row_lock(self, key: Key, patience: float, change: Change | None = None) -> AbstractContextManager[RowLock]:
        """Wait for the row lock, across all processes.

        The wait ends when the first rows have been loaded through the result, which reads and writes as the store does
        and may be the store. The lock is a courtesy and guards nothing: it never fails, ends with the process, and
        blocks no other call.

        Args:
            key: the row to lock.
            patience: the longest wait, in seconds; after that the caller goes on without the lock.
            change: what will be applied, except for the row itself, if it is known: the store may prepare it before the
                wait. A store that cannot store it says so when it is applied.
        """
        ...


# --- payments ------------------------------------------------------------------------------------------------------

ChargeStatus = Literal["settled", "pending", "declined"]


@attrs.frozen
class GatewayCapabilities:
    """What a gateway can do.

    Attributes:
        refunds: whether it gives money back.
        partial_refunds: whether it gives back a part of a charge.
        redirects: whether a charge may be pending while the payer is at ``next_url``.
        webhooks: whether it sends webhooks.
        immediate: whether money is in hand when it is charged (cash at a desk), and nobody outside could report it.
        disputes: whether ``Observation.disputed`` has what a payer's bank took back.
        finds_lost: whether ``lookup`` finds a charge whose answer was lost. A gateway without it answers ``None`` where
            nobody was told where to pay, and so nobody can have paid.
        signed_webhooks: whether a webhook without a signature is refused; without it the provider is asked, whatever a
            webhook says.
        dated_webhooks: whether the signature covers a time, so that an old webhook is refused.
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
    """Take an amount.

    Attributes:
        key: idempotency key: the gateway answers a second request with the same key with the result of the first.
        amount: what to take, more than 0.
        charge_id: the id of the charge in the library; of several charges that are paid at once, of the first.
        entity_id: the id of the legal entity that takes the money.
        description: what the payer sees on a page or a statement.
        return_url: where the payer comes back to after paying; ``None``: nowhere.
        means: the gateway's own name of a means of payment that the payer chose before, never the number of a card.
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
    """Give back an amount of an earlier charge.

    Attributes:
        key: idempotency key: a second request with the same key is the same refund.
        charge_key: the key of the charge that is refunded.
        reference: what the gateway calls that payment.
        amount: what to give back, at most what was taken and not refunded yet.
    """

    key: str
    charge_key: str
    reference: str
    amount: Money


@attrs.frozen
class ChargeResult:
    """What became of a request. A decline is a result; an outage is an exception (``GatewayError``).

    Attributes:
        status: "settled", "pending" (the outcome comes later) or "declined".
        reference: what the gateway calls the payment or the refund; empty if it has no name yet.
        reason: why it was declined, in the gateway's words.
        next_url: where the payer has to go to pay; ``None`` if there is nothing to do.
    """

    status: ChargeStatus
    reference: str = ""
    reason: str = ""
    next_url: str | None = None


@attrs.frozen
class Observation:
    """What a gateway says of one charge, as sums since its beginning: repeats and disorder change nothing.

    Attributes:
        key: the idempotency key of the charge.
        reference: what the gateway calls the payment. From the moment on that money was taken it is the same in each
            observation: another reference is another payment.
        event_id: what the gateway calls this report, for the record.
        currency: ISO 4217 code of all amounts.
        amount: what the charge asks for, in minor units.
        captured: what was taken so far, in minor units.
        refunded: what was given back so far, in minor units.
        at: when the gateway says that it was so.
        disputed: what the payer's bank took back, in minor units.
        declined: why the charge was declined, in the gateway's words; empty if it was not.
        next_url: where the payer can pay, for a pending charge whose answer may not have been recorded.
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
        """Take the money, or begin to.

        Args:
            request: the amount, its idempotency key, and what it is for.

        Raises:
            GatewayError: the outcome is unknown.
        """
        ...

    def refund(self, request: RefundRequest) -> ChargeResult:
        """Give money back.

        Args:
            request: the amount, its idempotency key, and the charge that it is of.

        Raises:
            GatewayError: the outcome is unknown.
        """
        ...

    def lookup(self, key: str) -> Observation | None:
        """What became of a charge, after a crash or a lost answer; ``None``: the gateway never received it.

        Args:
            key: the idempotency key of the charge.
        """
        ...

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        """The observations in a webhook, after its signature has been verified on the raw body.

        Args:
            body: the raw bytes as they arrived, at most ``MAX_WEBHOOK_BYTES``.
            headers: the headers of the request; case does not matter.
            now: the instant against which the age of the signature is checked.

        Raises:
            GatewayError: not retryable: a bad signature or an unreadable body.
        """
        ...


@runtime_checkable
class FindsByReference(Protocol):
    """A lookup by the gateway's own reference, which a gateway may offer beyond the contract: for a provider that
    stores no key of ours, and does not list what is still open.
    """

    def lookup_reference(self, key: str, reference: str) -> Observation | None:
        """As ``PaymentGateway.lookup``, for a charge whose reference is known.

        Args:
            key: the idempotency key of the charge.
            reference: what the gateway called the payment.
        """
        ...


# --- messages ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Invitation:
    """A calendar object that goes with a message (RFC 5546).

    Attributes:
        method: "REQUEST" for an invitation or a change, "CANCEL" when the event is off.
        calendar: the bytes of an .ics file whose METHOD is the same.

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
    """A text to a person, rendered when it is sent.

    Attributes:
        key: the same at each try, so that repeats can be recognised.
        to: the address, in the form that the notifier understands (an e-mail address as a rule).
        subject: one line of plain text.
        text: the body, plain text.
        lang: language of subject and text, such as "fr".
        template: the name of the template that it was made from; empty for none.
        invitation: a calendar object that goes with it; only for a notifier that ``Invites``.
        more_invitations: those to the other meetings of a course, or to the session before a move, each about one
            event.
        html: the same as the text, as a page of HTML; empty for none. A notifier that has no use for it sends the text.
    """

    key: str
    to: str
    subject: str
    text: str
    lang: str = "fr"
    template: str = ""
    invitation: Invitation | None = None
    more_invitations: tuple[Invitation, ...] = ()
    html: str = ""


@runtime_checkable
class Notifier(Protocol):
    """Hands messages over to people."""

    def send(self, message: Message) -> None:
        """Hand a message over.

        Args:
            message: what to send, and to whom.

        Raises:
            NotifierError: it was not handed over; ``retryable`` says whether to try again.
        """
        ...


@runtime_checkable
class Invites(Protocol):
    """What a notifier may offer beyond the contract: it sends invitations along with messages on bookings and seats."""

    @property
    def organizer(self) -> str | None:
        """The e-mail address in whose name they are sent; ``None``: none are."""
        ...
