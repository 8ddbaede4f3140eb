"""Refusals: the request was understood and refused; nothing was changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cantinekit.errors._base import CantineError
from cantinekit.errors.shown import shown

if TYPE_CHECKING:
    from datetime import date

    from cantinekit.clock import Period
    from cantinekit.money import Money
    from cantinekit.records import DateClash, Subject
    from cantinekit.scheduling.admission import BadAnswer
    from cantinekit.scheduling.availability import Reason


class RefusedError(CantineError):
    """Understood and refused; nothing was changed."""


class NotFoundError(RefusedError):
    """No record of this kind has this id.

    Attributes:
        kind: the kind of the record that was looked for, such as "booking".
        id: the id that no record of this kind has.
    """

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} with id {shown(id)}")
        self.kind = kind
        self.id = id


class UnsuitableError(RefusedError):
    """The records do not go together: a product that sells something else, or of another operator."""


class DuplicateError(RefusedError):
    """Something that may exist once exists already: an id, an e-mail address, an open visit.

    Attributes:
        what: a phrase for the message that names what exists already.
        holder: the id of the record that exists, ``None`` if it is not known.
    """

    def __init__(self, what: str, holder: str | None = None) -> None:
        super().__init__(f"{what} exists already" + (f" ({holder})" if holder else ""))
        self.what = what
        self.holder = holder


class ConflictError(RefusedError):
    """The requested times overlap existing ones.

    Args:
        message: the sentence to show.

    Attributes:
        clashes: the periods that are in the way.
        nearest: the free periods of the same length that start nearest to the requested one.
        holders: the ids of what is in the way of a closure, of fewer units or of the end of a space: bookings, visits
            and sessions, in the order of the clashes; of a booking that clashes they are not told.
    """

    def __init__(
        self,
        message: str,
        *,
        clashes: Sequence[Period] = (),
        nearest: Sequence[Period] = (),
        holders: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.clashes = tuple(clashes)
        self.nearest = tuple(nearest)
        self.holders = tuple(holders)


class SeriesClashError(RefusedError):
    """The unavailable dates of a series differ from those that the caller agreed to leave out. Nothing was stored.

    No date of a course can be left out.

    Args:
        skip: the dates that the command agreed to leave out.

    Attributes:
        clashes: all unavailable dates, each with the reason and the free times instead.
        free: the available dates.
        unexpected: unavailable dates that were not named in ``skip``.
        freed: dates that were named in ``skip`` and are available.
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
    """Fewer units are left than were requested.

    Attributes:
        what: the name of the space, session or product, for the message.
        wanted: how many units were requested.
        left: how many units are left.
        nearest: the nearest free periods of the same length, where they were looked for.
    """

    def __init__(self, what: str, *, wanted: int, left: int, nearest: Sequence[Period] = ()) -> None:
        super().__init__(f"{what}: {wanted} wanted, {left} left")
        self.what = what
        self.wanted = wanted
        self.left = left
        self.nearest = tuple(nearest)


class ClosedError(RefusedError):
    """The place or the space is closed at that time.

    Attributes:
        what: the name of the place or space, for the message.
        reason: why it is closed, in words.
        nearest: the nearest free periods of the same length, where they were looked for.
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
    """The terms of a space do not allow a booking.

    Attributes:
        what: the name of the space, for the message.
        reason: the first rule that is broken, the same value as in the answer to a question.
        nearest: the nearest free periods of the same length, where they were looked for.
    """

    def __init__(self, what: str, reason: Reason, *, nearest: Sequence[Period] = ()) -> None:
        super().__init__(f"{what} cannot be booked like that: {reason}")
        self.what = what
        self.reason = reason
        self.nearest = tuple(nearest)


class AdmissionError(RefusedError):
    """The person may not register for a workshop.

    Attributes:
        what: the title of the workshop, for the message.
        reasons: every rule of its admission that is broken.
    """

    def __init__(self, what: str, reasons: Sequence[Reason]) -> None:
        super().__init__(f"no registration for {what}: {'; '.join(map(str, reasons))}")
        self.what = what
        self.reasons = tuple(reasons)


class AnswersError(RefusedError):
    """The answers to the questions of a workshop are not acceptable.

    Attributes:
        problems: each bad answer once, by the key of its question.
    """

    def __init__(self, problems: Sequence[BadAnswer]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


class TrainingError(RefusedError):
    """The person must complete other workshops first.

    Args:
        titles: their titles for the message, in the same order; the ids are shown without them.

    Attributes:
        what: the name of what requires them, for the message.
        missing: ids of the workshops, in the order in which they are required.
    """

    def __init__(self, what: str, missing: Sequence[str], titles: Sequence[str] = ()) -> None:
        super().__init__(f"{what} asks for something to be learnt first: {', '.join(titles or missing)}")
        self.what = what
        self.missing = tuple(missing)


class TooEarlyError(RefusedError):
    """The moment for it has not come: the doors are not open yet, a session is not over."""


class TooLateError(RefusedError):
    """The moment for it is over: a session that began, a hold that ended."""


class WrongStateError(RefusedError):
    """The state of the record does not allow this.

    Attributes:
        what: the record, for the message, such as "visit v1".
        state: its state now.
        wanted: the states in which it is allowed.
    """

    def __init__(self, what: str, *, state: str, wanted: Sequence[str] = ()) -> None:
        need = f"; it must be {' or '.join(wanted)}" if wanted else ""
        super().__init__(f"{what} is {state}{need}")
        self.what = what
        self.state = state
        self.wanted = tuple(wanted)


class NotOverError(RefusedError):
    """The person cannot be forgotten while records of theirs are still open.

    Attributes:
        what: the person, for the message.
        open: kind and id of each record that is open.
    """

    def __init__(self, what: str, open: Sequence[Subject]) -> None:
        listed = ", ".join(f"{one.kind} {one.id}" for one in open[:5])
        more = f" and {len(open) - 5} more" if len(open) > 5 else ""
        super().__init__(f"{what} cannot be forgotten yet; still open: {listed}{more}")
        self.what = what
        self.open = tuple(open)


class NoEntitlementError(RefusedError):
    """No entitlement of the person covers the request.

    Args:
        message: the sentence to show.

    Attributes:
        considered: (id, account) of each entitlement that could have been spent.
        refusals: the typed reasons of the pricing engine.
    """

    def __init__(
        self, message: str, *, considered: Sequence[tuple[str, str]] = (), refusals: Sequence[Any] = ()
    ) -> None:
        super().__init__(message)
        self.considered = tuple(considered)
        self.refusals = tuple(refusals)


class NotForSaleError(RefusedError):
    """The price list has no price for the request.

    Args:
        message: the sentence to show.

    Attributes:
        refusals: the typed reasons of the pricing engine.
    """

    def __init__(self, message: str, *, refusals: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.refusals = tuple(refusals)


class IncompleteError(NotForSaleError):
    """The price list has to know more before it can say a price: ask for it, and try again.

    Args:
        message: the sentence to show.
        refusals: the typed reasons of the pricing engine.

    Attributes:
        refusals: the typed reasons of the pricing engine.
        facets: what has to be known, each once: names of facts, or "period", "day", "until", "as_of", "holds".
    """

    def __init__(self, message: str, *, refusals: Sequence[Any] = ()) -> None:
        super().__init__(message, refusals=refusals)
        self.facets = tuple(dict.fromkeys(facet for refusal in refusals for facet in refusal.facets))


class QuoteExpiredError(RefusedError):
    """The quote was valid until a moment that has passed."""


class PriceChangedError(RefusedError):
    """The price is no longer the promised one.

    Attributes:
        old: the promised price.
        new: the price now.
        why: the reason of the change, in words.
    """

    def __init__(self, old: Money, new: Money, why: str) -> None:
        super().__init__(f"the price was {old} and is now {new}: {why}")
        self.old = old
        self.new = new
        self.why = why


class TaxUnknownError(RefusedError):
    """A document must state a tax that the price list does not give.

    Attributes:
        lines: the texts of the lines whose tax is unknown.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(f"the price list does not say the tax of {', '.join(lines)}")
        self.lines = tuple(lines)


class AccountError(RefusedError):
    """A gateway account that does not exist, or that the legal entity may not use."""


class UnmappedError(RefusedError):
    """A ledger account has no code in the chart of accounts of its legal entity: ``MapAccounts`` gives it one.

    Attributes:
        entity_id: the legal entity.
        account: the ledger account.
    """

    def __init__(self, entity_id: str, account: str) -> None:
        super().__init__(f"the ledger account {account!r} of {entity_id} has no code: give it one with MapAccounts")
        self.entity_id = entity_id
        self.account = account


class RequestMismatchError(RefusedError):
    """The idempotency key was used before, for a request with another content."""
