"""Organisations: adding them, changing what is known of them, forgetting them, and saying who belongs to them."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.facts import Fact
from cantinekit.common.fields import is_a, is_count, is_id, is_text, is_word, maybe, maybe_id
from cantinekit.common.typography import Lang
from cantinekit.domain.base import KEYED, Command, SystemCommand, command
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.documents.fields import are_lines, is_country, to_lines
from cantinekit.domain.organisations.records import (
    MAX_SHARE,
    Affiliation,
    AffiliationRole,
    Organisation,
    OrganisationForm,
)
from cantinekit.domain.people.fields import is_email, is_fact_name, is_name, to_value
from cantinekit.domain.people.records import MAX_PROOF, Erasure
from cantinekit.errors import InputError


@command
@attrs.frozen(kw_only=True)
class AddOrganisation(Command[Organisation]):
    """Add an organisation that buys for people: a company, an association, a public body, a household.

    See docs/how-to/companies-and-households.md.

    Attributes:
        name: the name as invoices state it, not blank, at most 200 characters.
        form: "company", "association", "public body" or "household".
        address: the lines of the address, at most 10 of at most 300 characters.
        country: ISO 3166-1 code of two letters; empty: not stated.
        vat_number: the VAT number, at most 50 characters; spaces are left out; empty: none.
        registration: the registration number, of France a SIREN, a SIRET or an RNA, at most 50 characters; spaces are
            left out; empty: none.
        email: where invoices and other messages go, at most 320 characters; empty: nowhere. Several may share one.
        lang: the language of messages, "fr" or "en".
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken, by an organisation or a person.
        InputError: a number is wrong, or cannot be checked: its country is not known, or the extra ``numbers`` is not
            installed.
    """

    name: str = attrs.field(validator=is_name, repr=False)
    form: OrganisationForm = attrs.field(default="company", validator=is_word(OrganisationForm))
    address: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines, repr=False)
    country: str = attrs.field(default="", validator=is_country)
    vat_number: str = attrs.field(default="", validator=is_text(50), repr=False)
    registration: str = attrs.field(default="", validator=is_text(50), repr=False)
    email: str = attrs.field(default="", validator=is_email, repr=False)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ChangeOrganisation(Command[Organisation]):
    """Change what is known of an organisation. Documents that were issued stay as they are.

    Attributes:
        organisation_id: id of the organisation.
        name: the new name; ``None``: as it is.
        form: the new form; ``None``: as it is.
        address: the lines of the new address; ``None``: as it is.
        country: the new country, empty to remove it; ``None``: as it is.
        vat_number: the new VAT number, empty to remove it; ``None``: as it is.
        registration: the new registration number, empty to remove it; ``None``: as it is.
        email: the new e-mail address, empty to remove it; ``None``: as it is.
        lang: the new language, "fr" or "en"; ``None``: as it is.

    Raises:
        NotFoundError: there is no such organisation.
        WrongStateError: it is being forgotten, or was.
        InputError: a number is wrong for the country, or cannot be checked.
    """

    organisation_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str | None = attrs.field(default=None, validator=maybe(is_name), repr=False)
    form: OrganisationForm | None = attrs.field(default=None, validator=maybe(is_word(OrganisationForm)))
    address: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(to_lines), validator=maybe(are_lines), repr=False
    )
    country: str | None = attrs.field(default=None, validator=maybe(is_country))
    vat_number: str | None = attrs.field(default=None, validator=maybe(is_text(50)), repr=False)
    registration: str | None = attrs.field(default=None, validator=maybe(is_text(50)), repr=False)
    email: str | None = attrs.field(default=None, validator=maybe(is_email), repr=False)
    lang: Lang | None = attrs.field(default=None, validator=maybe(is_word(Lang)))


@command
@attrs.frozen(kw_only=True)
class SetOrganisationFact(Command[Organisation]):
    """Say something of an organisation that price lists may ask to know, such as its tariff, or take it away.

    It counts for what the organisation pays or holds from now on. It goes before a fact of the place; a fact of the
    person and one of the command go before it. It is never in the journal.

    Attributes:
        organisation_id: id of the organisation.
        name: its name, as price lists declare it in ``[facts]``, of 1 to 200 characters. What the organisation has
            under this name is replaced.
        value: a text of 1 to 200 characters, an integer or a ``Decimal`` from 0 to 100,000 (at most four decimals),
            yes/no, ``Money``, or 1 to 100 words; ``None``: it is taken away.
        until: the last local day on which it counts, that day included; ``None``: until further notice.
        proof: what proves it, such as "statutes seen by ana", at most 500 characters.

    Raises:
        NotFoundError: there is no such organisation.
        WrongStateError: it is being forgotten, or was.
        UnsuitableError: it has 100 facts.
        InputError: a fact that is taken away has a last day or a proof.
    """

    organisation_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str = attrs.field(validator=is_fact_name, repr=False, metadata=KEYED)
    value: Fact | None = attrs.field(converter=to_value, repr=False, metadata=KEYED)
    until: date | None = attrs.field(default=None, validator=maybe(is_day), repr=False, metadata=KEYED)
    proof: str = attrs.field(default="", validator=is_text(MAX_PROOF), repr=False, metadata=KEYED)

    def __attrs_post_init__(self) -> None:
        if self.value is None and (self.until is not None or self.proof):
            raise InputError("a fact that is taken away has neither a last day nor a proof")


@command
@attrs.frozen(kw_only=True)
class ForgetOrganisation(Command[Erasure]):
    """Forget who an organisation is, once nothing of it is open: its private records are emptied or removed.

    Nobody belongs to it any more. What was sold to it and what the law requires to be kept stays, and names nobody.

    See docs/how-to/companies-and-households.md.

    Attributes:
        organisation_id: id of the organisation.
        gives_up: whether units that are left expire with it; else they stand in the way.

    Raises:
        NotFoundError: there is no such organisation.
        NotOverError: something of it is not over; the error names it, and the organisation stays.
        WrongStateError: it is being forgotten, or was.
    """

    organisation_id: str = attrs.field(validator=is_id, kw_only=False)
    gives_up: bool = attrs.field(default=False, validator=is_a(bool))


@command
@attrs.frozen(kw_only=True)
class Affiliate(Command[Affiliation]):
    """Say that a person belongs to an organisation.

    See docs/how-to/companies-and-households.md.

    Attributes:
        organisation_id: id of the organisation.
        person_id: id of the person; a child needs no e-mail address.
        role: "admin": may be named to charge the organisation; "member"; or "dependant", in a household.
        first_day: the first local day, past or future.
        last_day: the last one, included; ``None``: until further notice.
        at_most: how many units of each pass of the organisation the person may use, in the unit of the price list, 1 to
            1,000,000; ``None``: all of them. The person's own units are used first.
        id: id of the new record; ``None``: one is made.

    Raises:
        NotFoundError: there is no such organisation or person.
        WrongStateError: one of them is being forgotten, or was.
        DuplicateError: the id is taken, or the person belongs to the organisation on one of these days already.
        UnsuitableError: a dependant of what is no household, or the person belongs to 50 organisations.
        InputError: it ends before it begins.
    """

    organisation_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    role: AffiliationRole = attrs.field(validator=is_word(AffiliationRole))
    first_day: date = attrs.field(validator=is_day)
    last_day: date | None = attrs.field(default=None, validator=maybe(is_day))
    at_most: int | None = attrs.field(default=None, validator=maybe(is_count(most=MAX_SHARE)))
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if self.last_day is not None and self.last_day < self.first_day:
            raise InputError("last_day is before first_day")


@command
@attrs.frozen(kw_only=True)
class EndAffiliation(Command[Affiliation]):
    """Say on which day a person ceases to belong to an organisation, past or future. What was bought before stays.

    Attributes:
        affiliation_id: id of the affiliation.
        last_day: its last local day; the day before its first one: it never counts.

    Raises:
        NotFoundError: there is no such affiliation.
        UnsuitableError: the day is more than a day before the first one, or after an end that was agreed.
    """

    affiliation_id: str = attrs.field(validator=is_id, kw_only=False)
    last_day: date = attrs.field(validator=is_day)


@command
@attrs.frozen(kw_only=True)
class SettleForgettingOrganisation(SystemCommand[Erasure]):
    """Check what is open of an organisation that is to be forgotten, and forget it or withdraw.

    Attributes:
        organisation_id: id of the organisation.

    Raises:
        NotFoundError: there is no such organisation.
        NotOverError: something of it is not over; the error names it, and the organisation stays.
    """

    organisation_id: str = attrs.field(kw_only=False)


__all__ = [
    "AddOrganisation",
    "Affiliate",
    "ChangeOrganisation",
    "EndAffiliation",
    "ForgetOrganisation",
    "SetOrganisationFact",
    "SettleForgettingOrganisation",
]
