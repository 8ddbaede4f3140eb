"""Commands that take over what another system knows, row by row; the same row again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import check_id, is_a, is_count, is_id, is_text, is_word, maybe, maybe_id
from cantinekit.common.typography import Lang
from cantinekit.domain.base import KEYED, command
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.dates.fields import is_day, maybe_day
from cantinekit.domain.documents.fields import are_lines, is_country, to_lines
from cantinekit.domain.documents.records import NumberSeries
from cantinekit.domain.imports.rows import ImportCommand
from cantinekit.domain.organisations.records import (
    MAX_SHARE,
    Affiliation,
    AffiliationRole,
    Organisation,
    OrganisationForm,
)
from cantinekit.domain.passes.records import MAX_UNITS, Pass
from cantinekit.domain.payments.records import Charge, PayerPayment
from cantinekit.domain.people.fields import is_email, is_name
from cantinekit.domain.people.records import Person
from cantinekit.domain.sales.values import Facts, to_facts
from cantinekit.errors import InputError
from cantinekit.money import Money

MAX_ACCOUNTS = 50
"""Of how many accounts of one pass it may be said what is left."""
Left = tuple[tuple[str, int | Decimal], ...]
"""What is left on accounts: pairs of an account and a number of its units."""


def _is_number(value: object) -> bool:
    """Whether a value is a number of units: not negative, with at most four places."""
    if type(value) is int:
        return 0 <= value <= MAX_UNITS
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 <= value <= MAX_UNITS:
        return False
    places = value.as_tuple().exponent
    return isinstance(places, int) and places >= -4


def _to_left(value: Any) -> Left:
    """Convert a mapping of accounts to what is left on each, or such pairs; each account once.

    Raises:
        InputError: it is no such mapping.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise InputError("units are accounts with what is left on each, for example {'hours': 3}")
    found: dict[str, int | Decimal] = {}
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2 or not _is_number(pair[1]):
            raise InputError(f"units are accounts with a number from 0 to {MAX_UNITS} of at most four places")
        if check_id(pair[0], "units") in found:
            raise InputError("units names each account once")
        found[pair[0]] = pair[1]
    if len(found) > MAX_ACCOUNTS:
        raise InputError(f"units names at most {MAX_ACCOUNTS} accounts")
    return tuple(sorted(found.items()))


def _is_units(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate how many units are left: more than nothing."""
    if not _is_number(value) or not value:
        raise InputError(f"{attribute.name} is a number from 0.0001 to {MAX_UNITS} of at most four places")


def _is_more(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate an amount of more than nothing."""
    if not isinstance(value, Money):
        raise InputError(f"{attribute.name} must be Money, not {type(value).__name__}")
    if value.amount <= 0:
        raise InputError(f"{attribute.name} is more than nothing, not {value}")


@command
@attrs.frozen(kw_only=True)
class ImportPass(ImportCommand[Pass]):
    """Take over what somebody holds in another system: a membership, a plan, a carnet that lasts.

    It goes on from the first day as it was then. What was paid there is not charged again: the period after
    ``paid_until`` is the first that is charged here, by ``run_due``, like those of any other pass.

    See docs/how-to/take-over-an-old-system.md.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, row 17"; it says
            nothing of a person. The same row again changes nothing and is answered with what it made.
        day: the local day as of which the other system said so, at most today.
        product_id: the product of the price list, or of the catalogue.
        place_id: the place whose operator owes it from now on.
        holder_id: the person or the organisation who holds it.
        payer_id: the person or the organisation who pays what comes; ``None``: the holder.
        first_day: the local day on which it began there. The days of its periods are counted from it.
        paid_until: the last local day that is paid, which is the last one of a period; needed for what is renewed, and
            left out for all else.
        last_day: its last local day, of what is not renewed; ``None``: as the price list says.
        end: the last local day of a contract of which the end is agreed; ``None``: it goes on, or ends as the price
            list says.
        facts: what was agreed that the price list asks to know.
        units: what is left now of the units that it gives, by the account, in the unit of the price list; an account
            that is not named has all of them left. Nothing is left of a period that is over.
        value: what was paid of what is not had yet, without the tax that was declared: the ledger opens with it as
            deferred revenue. Vouchers that it gives are entered beside it. ``None``: nothing.
        id: the id of the pass; ``None``: one is made up.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        DuplicateError: there is a pass with this id.
        NotFoundError: there is no such product, place, person or organisation.
        WrongStateError: the holder or the payer is being forgotten, or was.
        UnsuitableError: the product gives nothing to hold, or is not sold by the operator of this place; it does not
            give units on an account that is named; or what has no end has a value.
        InputError: no period ends on ``paid_until``, or it is beyond the period that runs although units are given
            again before; ``paid_until``, ``last_day`` or ``end`` is missing or does not fit; or units are no whole
            number of the smallest part in which their account counts.
        TooLateError: it is over.
        NotForSaleError, IncompleteError: the price list has no price for it, or has to know more.
        CurrencyError: the value is in another currency than the place.
    """

    product_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    holder_id: str = attrs.field(validator=is_id)
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    first_day: date = attrs.field(validator=is_day)
    paid_until: date | None = attrs.field(default=None, validator=maybe_day)
    last_day: date | None = attrs.field(default=None, validator=maybe_day)
    end: date | None = attrs.field(default=None, validator=maybe_day)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    units: Left = attrs.field(default=(), converter=_to_left)
    value: Money | None = attrs.field(default=None, validator=maybe(_is_more))
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        for name in ("paid_until", "last_day", "end"):
            day = getattr(self, name)
            if day is not None and day < self.first_day:
                raise InputError(f"{name} is before first_day")


@command
@attrs.frozen(kw_only=True)
class ImportUnits(ImportCommand[Pass]):
    """Take over the units that somebody has left in another system: of a carnet, of a voucher. The value is the pass
    that holds them.

    What was paid for them is deferred revenue of the operator, as it is of units that are sold here; a voucher is owed
    for what it is good for. The ledger opens with it against the account ``opening``.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, row 17"; it says
            nothing of a person. The same row again changes nothing and is answered with what it made.
        day: the local day as of which the other system said so, at most today.
        account: the account of the price list, or one of its units that are no money.
        units: how many are left, in the unit of the price list: an integer, or a ``Decimal`` with at most four places.
            Money is written in its main unit: ``Decimal("12.50")``.
        pricelist_id: the price list.
        place_id: the place whose operator owes them from now on.
        holder_id: the person or the organisation who can spend them.
        last_day: the last local day on which they can be spent; ``None``: without end.
        value: what was paid for what is left, without the tax that was declared; ``None``: nothing, or it is not known.
            Of a voucher it is left out.
        id: the id of the pass; ``None``: one is made up.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        DuplicateError: there is a pass with this id.
        NotFoundError: there is no such price list, place, person or organisation.
        WrongStateError: the holder is being forgotten, or was.
        UnsuitableError: the price list has no such account, or a voucher has a value.
        NotForSaleError: the price list is not in force yet.
        InputError: the units are no whole number of the smallest part in which the account counts, or too many; or the
            day is to come.
        TooLateError: their last day is over.
        CurrencyError: the price list or the value is in another currency than the place.
    """

    account: str = attrs.field(validator=is_id)
    units: int | Decimal = attrs.field(validator=_is_units)
    pricelist_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    holder_id: str = attrs.field(validator=is_id)
    last_day: date | None = attrs.field(default=None, validator=maybe_day)
    value: Money | None = attrs.field(default=None, validator=maybe(_is_more))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ImportBalance(ImportCommand[Charge | PayerPayment]):
    """Take over what somebody owes in another system: a charge that is due here, and is paid like any other. Or what
    they paid there beyond what they owed: credit, which pays what they owe here, or goes back.

    It is no revenue of this house and no document is issued for it, since the other system did both: the ledger has it
    against the account ``opening``. A voucher is taken over by ``ImportUnits``.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, row 17"; it says
            nothing of a person. The same row again changes nothing and is answered with what it made.
        day: the local day as of which the other system said so, at most today.
        place_id: the place whose operator it is owed to.
        payer_id: the person or the organisation who owes it, or has the credit.
        owed: how much, with tax; less than nothing for credit.
        due_on: the local day on which it is due; ``None``: ``day``. Credit has none.
        text: what it is for, such as "invoice F2026-118", at most 500 characters; it says nothing of a person.
        id: the id of the charge, or of the payment that made the credit; ``None``: one is made up.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        DuplicateError: there is a charge, or a payment, with this id.
        NotFoundError: there is no such place, person or organisation.
        WrongStateError: the payer is being forgotten, or was.
        CurrencyError: it is in another currency than the place.
        InputError: the text is blank, nothing is owed, credit is due on a day, or the day is to come.
    """

    place_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    owed: Money = attrs.field(validator=is_a(Money))
    due_on: date | None = attrs.field(default=None, validator=maybe_day)
    text: str = attrs.field(validator=is_text(500))
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if not self.text.strip():
            raise InputError("text says what it is for")
        if not self.owed:
            raise InputError("owed is not nothing: less than nothing is credit")
        if self.owed.amount < 0 and self.due_on is not None:
            raise InputError("due_on: credit is due on no day")


@command
@attrs.frozen(kw_only=True)
class ImportBooking(ImportCommand[Booking]):
    """Take over a booking that took place, as history: it moves no money and claims no time.

    What is booked for days to come is booked here (``Book``), so that it is known whether it is free.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, row 17"; it says
            nothing of a person. The same row again changes nothing and is answered with what it made.
        day: the local day as of which the other system said so, at most today.
        space_id: the space.
        period: from when until when; it is over.
        product_id: the product as which it was sold; ``None``: that of the space.
        units: how many units of the space, 1 to 10,000.
        person_id: who had it; ``None``: nobody in particular.
        id: the id of the booking; ``None``: one is made up.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        DuplicateError: there is a booking with this id.
        NotFoundError: there is no such space or person.
        WrongStateError: the person is being forgotten, or was.
        UnsuitableError: the space has no product of its own, and none is named.
        TooEarlyError: it is not over.
        InputError: the day, or the year, is to come.
    """

    space_id: str = attrs.field(validator=is_id)
    period: Period = attrs.field(validator=is_a(Period))
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    units: int = attrs.field(default=1, validator=is_count())
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ContinueSeries(ImportCommand[NumberSeries]):
    """Have a series of numbers go on where another system stopped: the next document has the number after ``last``.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, row 17"; it says
            nothing of a person. The same row again changes nothing and is answered with what it made.
        day: the local day as of which the other system said so, at most today.
        entity_id: id of the legal entity.
        name: the name of the series within it, which was opened with the prefix that the other system printed.
        year: the year of the last number there, at most this one.
        last: the last number that was given there in that year.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        NotFoundError: there is no such series.
        WrongStateError: it has numbers already, or was continued.
        InputError: the day, or the year, is to come.
    """

    entity_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_id)
    year: int = attrs.field(validator=is_count(least=1970, most=9997))
    last: int = attrs.field(validator=is_count(most=10**12 - 1))


@command
@attrs.frozen(kw_only=True)
class ImportPerson(ImportCommand[Person]):
    """Take over a person whom another system knows. Who they are is in their own record, and never in the journal.

    See docs/how-to/take-over-an-old-system.md.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, person 17"; it says
            nothing of a person. The same row again changes nothing, also when the person was changed here since, or
            forgotten.
        day: the local day as of which the other system said so, at most today.
        name: the name, not blank, at most 200 characters.
        email: the e-mail address, at most 320 characters, which belongs to one person; empty: none.
        lang: the language of messages, "fr" or "en".
        id: id of the person, by which other rows name them; ``None``: one is made.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        DuplicateError: the id is taken, or somebody has the e-mail address.
        InputError: the day is to come.
    """

    name: str = attrs.field(validator=is_name, repr=False, metadata=KEYED)
    email: str = attrs.field(default="", validator=is_email, repr=False, metadata=KEYED)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ImportOrganisation(ImportCommand[Organisation]):
    """Take over an organisation that another system knows. What it is called is in its own record, and never in the
    journal.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, company 4"; it says
            nothing of a person. The same row again changes nothing, also when it was changed here since, or forgotten.
        day: the local day as of which the other system said so, at most today.
        name: the name as invoices state it, not blank, at most 200 characters.
        form: "company", "association", "public body" or "household".
        address: the lines of the address, at most 10 of at most 300 characters.
        country: ISO 3166-1 code of two letters; empty: not stated.
        vat_number: the VAT number, at most 50 characters; spaces are left out; empty: none.
        registration: the registration number, at most 50 characters; spaces are left out; empty: none.
        email: where invoices and other messages go, at most 320 characters; empty: nowhere.
        lang: the language of messages, "fr" or "en".
        id: id of the organisation, by which other rows name it; ``None``: one is made.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        DuplicateError: the id is taken, by an organisation or a person.
        InputError: the day is to come, or a number is wrong or cannot be checked.
    """

    name: str = attrs.field(validator=is_name, repr=False, metadata=KEYED)
    form: OrganisationForm = attrs.field(default="company", validator=is_word(OrganisationForm))
    address: tuple[str, ...] = attrs.field(
        default=(), converter=to_lines, validator=are_lines, repr=False, metadata=KEYED
    )
    country: str = attrs.field(default="", validator=is_country)
    vat_number: str = attrs.field(default="", validator=is_text(50), repr=False, metadata=KEYED)
    registration: str = attrs.field(default="", validator=is_text(50), repr=False, metadata=KEYED)
    email: str = attrs.field(default="", validator=is_email, repr=False, metadata=KEYED)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ImportAffiliation(ImportCommand[Affiliation]):
    """Take over that a person belongs to an organisation. Both are here already.

    Attributes:
        source: the key of the row in the other system, of 1 to 200 bytes, such as "old 2026-11, company 4, 2"; it says
            nothing of a person. The same row again changes nothing.
        day: the local day as of which the other system said so, at most today.
        organisation_id: id of the organisation.
        person_id: id of the person.
        role: "admin": may be named to charge the organisation; "member"; or "dependant", in a household.
        first_day: the first local day, past or future.
        last_day: the last one, included; ``None``: until further notice.
        at_most: how many units of each pass of the organisation the person may use, 1 to 1,000,000; ``None``: all.
        id: id of the affiliation; ``None``: one is made.

    Raises:
        RequestMismatchError: this row was taken over before, with another content.
        NotFoundError: there is no such organisation or person.
        WrongStateError: one of them is being forgotten, or was.
        DuplicateError: the id is taken, or the person belongs to the organisation on one of these days already.
        UnsuitableError: a dependant of what is no household, or the person belongs to 50 organisations.
        InputError: the day is to come, or it ends before it begins.
    """

    organisation_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    role: AffiliationRole = attrs.field(validator=is_word(AffiliationRole))
    first_day: date = attrs.field(validator=is_day)
    last_day: date | None = attrs.field(default=None, validator=maybe_day)
    at_most: int | None = attrs.field(default=None, validator=maybe(is_count(most=MAX_SHARE)))
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if self.last_day is not None and self.last_day < self.first_day:
            raise InputError("last_day is before first_day")


__all__ = [
    "ContinueSeries",
    "ImportAffiliation",
    "ImportBalance",
    "ImportBooking",
    "ImportOrganisation",
    "ImportPass",
    "ImportPerson",
    "ImportUnits",
]
