"""Organisations, which are private like people, and affiliations, which say who belongs to one, from when to when."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import is_count, is_id, is_text, is_word, maybe
from cantinekit.common.typography import Lang
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.documents.fields import are_lines, is_country, to_lines
from cantinekit.domain.index import Index, composite
from cantinekit.domain.people.records import PersonFact, PersonState

OrganisationForm = Literal["company", "association", "public body", "household"]
AffiliationRole = Literal["admin", "member", "dependant"]
"""``admin``: books and buys on the account of the organisation. ``member``: works there. ``dependant``: of a household,
such as a child, whom the others book for.
"""


MAX_SHARE = 1_000_000
"""The greatest limit of what one person may use of a pass of an organisation."""


@record("private")
@attrs.frozen
class Organisation:
    """An organisation that the place knows: who buys for several people, and gets the invoices.

    Attributes:
        id: id of the record.
        name: the name, as invoices state it; empty once the organisation is forgotten.
        form: "company", "association", "public body" or "household".
        address: the lines of the address, at most 10 of at most 300 characters.
        country: ISO 3166-1 code of two letters; empty: not stated.
        vat_number: the VAT number, without spaces; empty: none. Its check digits were right when it was stored.
        registration: the number under which it is registered, such as a SIREN, without spaces; empty: none. It was
            checked as well.
        email: where invoices and other messages go, at most 320 characters; empty: nowhere.
        lang: the language of messages, "fr" or "en".
        state: "present", "leaving" while it is checked whether it can be forgotten, or "forgotten": then the row is
            empty, and stays so that its id is never given to anybody else.
        gives_up: whether the units that are left are given up when it is forgotten.
        facts: what price lists may ask to know of it, in the order of the names, each once, at most 100.
    """

    kind: ClassVar[str] = "organisation"
    id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    form: OrganisationForm = attrs.field(validator=is_word(OrganisationForm), default="company")
    address: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    country: str = attrs.field(default="", validator=is_country)
    vat_number: str = attrs.field(default="", validator=is_text(50))
    registration: str = attrs.field(default="", validator=is_text(50))
    email: str = attrs.field(default="", validator=is_text(320))
    lang: Lang = attrs.field(validator=is_word(Lang), default="fr")
    state: PersonState = attrs.field(validator=is_word(PersonState), default="present")
    gives_up: bool = False
    facts: tuple[PersonFact, ...] = ()


@record("domain", fields=("organisation", "person"), person="person")
@attrs.frozen
class Affiliation:
    """A person belongs to an organisation, from a day to a day.

    Attributes:
        id: its id.
        organisation_id: the organisation.
        person_id: the person.
        role: "admin", "member" or "dependant".
        first_day: the first local day.
        last_day: the last one, included; ``None``: until further notice. The day before the first one: it never counts.
        made_at: when it was entered, in UTC.
        at_most: how many units of each pass of the organisation the person may use, in the unit of the price list, 1 to
            1,000,000; ``None``: all of them.

    Index:
        organisation: organisation id, made at.
        person: person id, made at.
    """

    kind: ClassVar[str] = "affiliation"
    id: str = attrs.field(validator=is_id)
    organisation_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    role: AffiliationRole = attrs.field(validator=is_word(AffiliationRole))
    first_day: date = attrs.field(validator=is_day)
    last_day: date | None = attrs.field(default=None, validator=maybe(is_day))
    made_at: datetime = attrs.field(converter=instant, kw_only=True)
    at_most: int | None = attrs.field(default=None, validator=maybe(is_count(most=MAX_SHARE)), kw_only=True)

    def counts_on(self, day: date) -> bool:
        """Whether the person belongs to the organisation on a local day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def index(self) -> Index:
        yield "organisation", composite(self.organisation_id, self.made_at)
        yield "person", composite(self.person_id, self.made_at)


__all__ = [
    "Affiliation",
    "AffiliationRole",
    "Organisation",
    "OrganisationForm",
]
