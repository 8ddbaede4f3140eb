"""Every error that cantinekit raises.

::

    CantineError
    ├── InputError                    the value itself is malformed; nothing was looked up (also a ValueError)
    │   ├── NaiveDatetimeError        a datetime without a time zone
    │   ├── CurrencyError             an unknown currency, or two that were mixed
    │   ├── TextError                 a NUL, a lone surrogate, or too long a text
    │   ├── UnknownDatesError         a closure calendar does not know all of these days; carries those that it knows
    │   ├── RuleError                 a recurrence rule that cannot be read, never matches, or asks for too much
    │   └── UrlError                  a backend URL that cannot be read, or an unknown option in it
    ├── RefusedError                  understood and refused; nothing was changed
    │   ├── NotFoundError             no such record
    │   ├── UnsuitableError           the records do not go together: another kind, another operator, no longer stay
    │   ├── DuplicateError            the id, the e-mail or the open visit is taken
    │   ├── ConflictError             the times overlap what is there; carries clashes and the nearest free times
    │   ├── SeriesClashError          dates of a series cannot be had, or others than agreed; carries all of them
    │   ├── SoldOutError              no unit, seat or code is left
    │   ├── ClosedError               outside opening hours, or closed; carries the nearest free times
    │   │   └── UnavailableError      a facilitator is away, or it is outside their hours
    │   ├── TermsError                the terms of a space do not allow it; carries the typed reason
    │   ├── TrainingError             something has to be learnt first; carries the workshops that are missing
    │   ├── TooEarlyError             the moment for it has not come
    │   ├── TooLateError              the moment for it is over
    │   ├── NotOverError              a person cannot be forgotten yet; carries what is still open
    │   ├── WrongStateError           a cancelled booking cannot be cancelled, a paid charge cannot be paid
    │   ├── NoEntitlementError        no pass of the person covers it
    │   ├── NotForSaleError           the tariff has no price for it; carries the typed refusals
    │   ├── QuoteExpiredError         the promise of the price is over
    │   ├── PriceChangedError         the price is no longer the promised one; carries both
    │   ├── TaxUnknownError           a document must state a tax that the price list does not say
    │   ├── AccountError              a gateway account that does not exist, or that the legal entity may not use
    │   └── RequestMismatchError      the idempotency key was used for another request
    ├── BackendError                  a store, gateway or notifier failed; `retryable` says whether to try again
    │   ├── StorageError
    │   │   ├── StaleVersionError     rows changed since they were read; carries their keys
    │   │   ├── ContentionError       the rows kept changing, try after try; retryable
    │   │   └── SchemaError           the database is newer than this library, or was migrated by another hand
    │   ├── GatewayError
    │   └── NotifierError
    ├── OpenTransactionError          a transaction of the host is open, which could undo what cannot be undone outside
    ├── CodecError                    a stored body that cannot be read: newer schema, or damaged
    ├── TariffError                   a price list that cannot be loaded; carries all problems at once
    ├── CalendarError                 a calendar of which nothing can be read; carries all problems at once
    └── PluginError                   a plug-in that is broken, or two that claim one scheme
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from cantinekit.clock import Period
    from cantinekit.model import DateClash, Subject
    from cantinekit.money import Money
    from cantinekit.ports import Key
    from cantinekit.scheduling.availability import Reason


def _restore(cls: type[CantineError], args: tuple[Any, ...], data: dict[str, Any]) -> CantineError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(data)
    return error


class CantineError(Exception):
    """The base of all errors of cantinekit. They keep what they carry when they cross to another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


# --- malformed input -----------------------------------------------------------------------------------------------


class InputError(CantineError, ValueError):
    """A value that no rule could accept; raised before anything is looked up."""


class NaiveDatetimeError(InputError):
    """A datetime without a time zone was given where an instant is needed."""


class CurrencyError(InputError):
    """An unknown currency code, or amounts of two currencies in one sum."""


class TextError(InputError):
    """A text that cannot be stored: a NUL, a lone surrogate, or more than the permitted length."""


class UnknownDatesError(InputError):
    """A closure calendar has no data for some of the days that were asked for, and does not guess.

    ``calendar`` is its name; ``first`` and ``last`` are the days from which and up to which it knows all.
    """

    def __init__(self, calendar: str, first: date, last: date) -> None:
        super().__init__(f"the closure calendar {calendar!r} knows its days from {first} to {last} only")
        self.calendar = calendar
        self.first = first
        self.last = last


class RuleError(InputError):
    """A recurrence rule that cannot be read, that never matches, or whose occurrences are more than are looked at."""


class UrlError(InputError):
    """A backend URL that cannot be read; the message never contains the secret parts of it."""


# --- refusals ------------------------------------------------------------------------------------------------------


class RefusedError(CantineError):
    """Understood and refused; nothing was changed."""


class NotFoundError(RefusedError):
    """No record of this kind has this id."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} with id {id!r}")
        self.kind = kind
        self.id = id


class UnsuitableError(RefusedError):
    """The records do not go together: a product that sells something else, or of another operator."""


class DuplicateError(RefusedError):
    """Something that may exist once exists already: an id, an e-mail address, an open visit."""

    def __init__(self, what: str, holder: str | None = None) -> None:
        super().__init__(f"{what} exists already" + (f" ({holder})" if holder else ""))
        self.what = what
        self.holder = holder


class ConflictError(RefusedError):
    """The wanted times overlap what is there.

    ``clashes`` are the periods that are in the way, ``nearest`` the free periods of the same length that are nearest.
    """

    def __init__(self, message: str, *, clashes: Sequence[Period] = (), nearest: Sequence[Period] = ()) -> None:
        super().__init__(message)
        self.clashes = tuple(clashes)
        self.nearest = tuple(nearest)


class SeriesClashError(RefusedError):
    """The dates of a series that cannot be had are not those that were agreed to be left out; nothing was stored.

    Of a course no date can be left out.

    ``clashes`` are all dates that cannot be had, each with why and what is free instead; ``free`` those that can.
    ``unexpected`` are dates that cannot be had and were not named, ``freed`` those that were named and can be had.
    """

    def __init__(self, clashes: Sequence[DateClash], free: Sequence[date], skip: Sequence[date] = ()) -> None:
        self.clashes = tuple(clashes)
        self.free = tuple(free)
        self.unexpected = tuple(one.day for one in self.clashes if one.day not in skip)
        self.freed = tuple(day for day in self.free if day in skip)
        said = [f"{one.day.isoformat()} {one.why}" for one in self.clashes if one.day in self.unexpected]
        said += [f"{day.isoformat()} is free" for day in self.freed]
        more = f" and {len(said) - 5} more" if len(said) > 5 else ""
        super().__init__(
            f"dates of the series: {', '.join(said[:5])}{more}" if said else "no date of the series is left"
        )

    @property
    def skip(self) -> tuple[date, ...]:
        """The dates to leave out, as a command names them to agree to it."""
        return tuple(one.day for one in self.clashes)


class SoldOutError(RefusedError):
    """Fewer units are left than were asked for."""

    def __init__(self, what: str, *, wanted: int, left: int, nearest: Sequence[Period] = ()) -> None:
        super().__init__(f"{what}: {wanted} wanted, {left} left")
        self.what = what
        self.wanted = wanted
        self.left = left
        self.nearest = tuple(nearest)


class ClosedError(RefusedError):
    """The place or the space is closed at that time; ``reason`` says why.

    ``nearest`` are the free periods of the same length that are nearest, where they were looked for.
    """

    _said = "closed"

    def __init__(self, what: str, reason: str, *, nearest: Sequence[Period] = ()) -> None:
        super().__init__(f"{what} is {self._said}: {reason}")
        self.what = what
        self.reason = reason
        self.nearest = tuple(nearest)


class UnavailableError(ClosedError):
    """A facilitator is not available at that time: outside their hours, or away; ``reason`` says why."""

    _said = "not available"


class TermsError(RefusedError):
    """The terms of a space do not allow a booking; ``reason`` is the same value as in the answer to a question.

    ``nearest`` are the free periods of the same length that are nearest, where they were looked for.
    """

    def __init__(self, what: str, reason: Reason, *, nearest: Sequence[Period] = ()) -> None:
        super().__init__(f"{what} cannot be booked like that: {reason}")
        self.what = what
        self.reason = reason
        self.nearest = tuple(nearest)


class TrainingError(RefusedError):
    """Something has to be learnt first: ``missing`` are the ids of the workshops, in the order in which they stand."""

    def __init__(self, what: str, missing: Sequence[str], titles: Sequence[str] = ()) -> None:
        super().__init__(f"{what} asks for something to be learnt first: {', '.join(titles or missing)}")
        self.what = what
        self.missing = tuple(missing)


class TooEarlyError(RefusedError):
    """The moment for it has not come: the doors are not open yet, a session is not over."""


class TooLateError(RefusedError):
    """The moment for it is over: a session that began, a hold that ended."""


class WrongStateError(RefusedError):
    """The record is in a state in which this cannot be done."""

    def __init__(self, what: str, *, state: str, wanted: Sequence[str] = ()) -> None:
        need = f"; it must be {' or '.join(wanted)}" if wanted else ""
        super().__init__(f"{what} is {state}{need}")
        self.what = what
        self.state = state
        self.wanted = tuple(wanted)


class NotOverError(RefusedError):
    """Something is still open that has to be over first; ``open`` are the kinds and ids of the records, as subjects."""

    def __init__(self, what: str, open: Sequence[Subject]) -> None:
        listed = ", ".join(f"{one.kind} {one.id}" for one in open[:5])
        more = f" and {len(open) - 5} more" if len(open) > 5 else ""
        super().__init__(f"{what} cannot be forgotten yet; still open: {listed}{more}")
        self.what = what
        self.open = tuple(open)


class NoEntitlementError(RefusedError):
    """No entitlement of the person covers it; ``considered`` says of each one why not."""

    def __init__(self, message: str, *, considered: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.considered = tuple(considered)


class NotForSaleError(RefusedError):
    """The tariff has no price for what was asked; ``refusals`` are the typed reasons of the pricing engine."""

    def __init__(self, message: str, *, refusals: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.refusals = tuple(refusals)


class QuoteExpiredError(RefusedError):
    """The quote was valid until a moment that has passed."""


class PriceChangedError(RefusedError):
    """The price is no longer the promised one."""

    def __init__(self, old: Money, new: Money, why: str) -> None:
        super().__init__(f"the price was {old} and is now {new}: {why}")
        self.old = old
        self.new = new
        self.why = why


class TaxUnknownError(RefusedError):
    """A document must state the tax of something of which the price list does not say it; ``lines`` are their texts."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(f"the price list does not say the tax of {', '.join(lines)}")
        self.lines = tuple(lines)


class AccountError(RefusedError):
    """A gateway account that does not exist, or that the legal entity may not use."""


class RequestMismatchError(RefusedError):
    """The idempotency key was used before, for a request with another content."""


# --- backends ------------------------------------------------------------------------------------------------------


class BackendError(CantineError):
    """A backend failed. ``retryable``: whether the same call may succeed later."""

    retryable: bool = False

    def __init__(self, message: str, *, retryable: bool | None = None) -> None:
        super().__init__(message)
        if retryable is not None:
            self.retryable = retryable


class StorageError(BackendError):
    """The store could not do it, and did nothing of it."""


class StaleVersionError(StorageError):
    """Rows or guards are not, or no longer, at the version that the change was made from. Nothing was stored."""

    retryable = True

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__("changed since they were read: " + ", ".join(f"{k.kind} {k.id!r}" for k in keys[:5]))
        self.keys = tuple(keys)


class ContentionError(StorageError):
    """The rows were changed by others, try after try. Nothing was stored; try again later."""

    retryable = True


class SchemaError(StorageError):
    """The database was made by a newer version of the library, or its migrations are not ours."""


class GatewayError(BackendError):
    """A payment gateway did not answer, or not in a way that can be understood. The outcome is unknown."""

    retryable = True


class NotifierError(BackendError):
    """A message could not be handed over."""

    retryable = True


class OpenTransactionError(CantineError):
    """What reaches outside was to be done inside a transaction that the host may yet roll back; nothing was done."""


# --- data ----------------------------------------------------------------------------------------------------------


class CodecError(CantineError):
    """A stored body cannot be read: it has a newer schema number, or it is damaged."""


class TariffError(CantineError):
    """A price list that cannot be loaded. ``problems`` lists everything that is wrong with it, not only the first."""

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__("\n".join(str(p) for p in problems) or "the tariff cannot be loaded")
        self.problems = tuple(problems)


class CalendarError(CantineError):
    """A calendar file or message of which nothing can be read. ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__("\n".join(str(p) for p in problems) or "the calendar cannot be read")
        self.problems = tuple(problems)


class PluginError(CantineError):
    """A plug-in is broken, or two plug-ins claim one scheme; the message names the distributions."""
