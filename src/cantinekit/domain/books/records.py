"""Periods that are closed, what is known of them for good, and the codes of the accounts of a legal entity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import Code, PublicText, is_a, is_count, is_id, is_text, is_word, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

Base = Literal["", "fr"]
"""The chart of accounts that stands behind the codes of a legal entity: none, or the French one."""
JournalKind = Literal["sales", "money", "other", "opening"]
"""What a journal is of: what is charged and taken off again (``sales``), money that comes in or goes out through a
gateway account (``money``), the balances with which a year opens (``opening``), and all else (``other``)."""
_CODE = re.compile(r"[0-9A-Za-z]{3,20}")
_JOURNAL = re.compile(r"[0-9A-Za-z]{1,10}")


def closing_id(entity_id: str, until: date) -> str:
    """The id of the closing of a legal entity by its last day.

    Args:
        entity_id: id of the legal entity.
        until: the last day that it closes.
    """
    return composite(entity_id, until.isoformat())


@attrs.frozen
class ClosedPlace:
    """Which entries of the ledger a closed period has at one place: those from one instant up to another.

    Attributes:
        place_id: id of the place.
        start: the first instant, in UTC; ``None``: from the first entry on.
        end: the first instant after it, in UTC: the end of its last day by the zone that the place had.
    """

    place_id: str = attrs.field(validator=is_id)
    start: datetime | None = attrs.field(converter=maybe_instant)
    end: datetime = attrs.field(converter=instant)


@attrs.frozen
class AccountTotal:
    """What the entries of a period come to on one ledger account.

    Attributes:
        account: the ledger account.
        currency: the ISO 4217 code of the currency.
        debit: the sum of its debits, in minor units.
        credit: the sum of its credits, in minor units.
    """

    account: Code = attrs.field(validator=is_text(300))
    currency: Code = attrs.field(validator=is_text(3))
    debit: int = attrs.field(validator=is_count(least=0, most=10**18))
    credit: int = attrs.field(validator=is_count(least=0, most=10**18))


@attrs.frozen
class DaysOwed:
    """What was earned by the ledger and is owed beyond the end of a day, since passes that were paid last on.

    Attributes:
        product_id: id of the product that was sold.
        amount: how much of what was paid, tax included.
        tax: how much of it is tax.
    """

    product_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field(validator=is_a(Money))
    tax: Money = attrs.field(validator=is_a(Money))


@record("domain", fields=("entity",))
@attrs.frozen
class Closing:
    """A period of a legal entity that is closed: its ledger takes no more entries in it.

    It is sealed as soon as it is closed: its entries are added up and chained by hashes, so that each later change of
    one of them can be seen (article L. 47 A of the LPF and BOI-CF-IOR-60-40-10 ask for entries that nobody can alter).

    Attributes:
        id: legal entity and last day.
        entity_id: id of the legal entity.
        first: its first day; ``None``: from the first entry on.
        until: its last day, on the calendar of each place.
        places: the places that the legal entity had, in the order of their ids.
        closed_at: when it was closed, in UTC.
        sealed_at: when it was sealed, in UTC; ``None``: not yet.
        entries: how many entries it has.
        digest: the SHA-256 of its last entry chained to all before it, those of earlier closings too; empty: not yet.
        totals: what its entries come to, by account and currency.
        owed: what was owed at its end for days to come, by product and currency.

    Index:
        entity: entity id, last day.
    """

    kind: ClassVar[str] = "closing"
    id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    first: date | None = attrs.field()
    until: date = attrs.field()
    places: tuple[ClosedPlace, ...] = attrs.field()
    closed_at: datetime = attrs.field(converter=instant)
    sealed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    entries: int = attrs.field(default=0, validator=is_count(least=0, most=10**12))
    digest: Code = attrs.field(default="", validator=is_text(64))
    totals: tuple[AccountTotal, ...] = ()
    owed: tuple[DaysOwed, ...] = ()

    @property
    def before_id(self) -> str | None:
        """Id of the closing before it; ``None``: it is the first."""
        return None if self.first is None else closing_id(self.entity_id, date.fromordinal(self.first.toordinal() - 1))

    def at(self, place_id: str) -> ClosedPlace | None:
        """Which entries it has at a place; ``None``: the place came later.

        Args:
            place_id: id of the place.
        """
        return next((one for one in self.places if one.place_id == place_id), None)

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.until.isoformat())


@attrs.frozen
class AccountCode:
    """Under which code and name the accountant knows ledger accounts.

    Attributes:
        account: the ledger account; with a ``*`` at its end all that begin with what stands before it.
        code: the code in the chart of accounts, 3 to 20 letters and digits; the first three are digits in France.
        label: the name of the account, at most 200 characters.
    """

    account: Code = attrs.field(validator=is_text(300))
    code: Code = attrs.field()
    label: PublicText = attrs.field(validator=is_text(200))

    def __attrs_post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise InputError(f"a code of an account has 3 to 20 letters and digits: {shown(self.code)}")
        if not self.account or not self.label.strip() or "*" in self.account[:-1]:
            raise InputError(f"an account and its label are not empty, and * is last: {shown(self.account)}")

    def fits(self, account: str) -> bool:
        """Whether it is the code of a ledger account.

        Args:
            account: the ledger account.
        """
        return account.startswith(self.account[:-1]) if self.account.endswith("*") else account == self.account


@attrs.frozen
class JournalCode:
    """Under which code and name the accountant knows a journal.

    Attributes:
        journal: what it is of.
        code: its code, 1 to 10 letters and digits.
        label: its name, at most 200 characters.
    """

    journal: JournalKind = attrs.field(validator=is_word(JournalKind))
    code: Code = attrs.field()
    label: PublicText = attrs.field(validator=is_text(200))

    def __attrs_post_init__(self) -> None:
        if not _JOURNAL.fullmatch(self.code):
            raise InputError(f"a code of a journal has 1 to 10 letters and digits: {shown(self.code)}")
        if not self.label.strip():
            raise InputError(f"a journal has a label: {shown(self.code)}")


def to_accounts(value: Any) -> tuple[AccountCode, ...]:
    """Convert a mapping of ledger accounts to pairs of a code and a label, or account codes, to a tuple of these."""
    return _to_codes(value, AccountCode, "account")


def to_journals(value: Any) -> tuple[JournalCode, ...]:
    """Convert a mapping of kinds of journals to pairs of a code and a label, or journal codes, to a tuple of these."""
    return _to_codes(value, JournalCode, "journal")


def _to_codes(value: Any, cls: type[Any], name: str) -> tuple[Any, ...]:
    if isinstance(value, Mapping):
        pairs = list(value.items())
        if not all(isinstance(pair, tuple | list) and len(pair) == 2 for _, pair in pairs):
            raise InputError(f"each {name} is mapped to a code and a label")
        value = [cls(key, *pair) for key, pair in pairs]
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InputError(f"a mapping of each {name} to a code and a label is needed, not {type(value).__name__}")
    found = tuple(value)
    if not all(isinstance(one, cls) for one in found):
        raise InputError(f"each {name} is mapped to a code and a label")
    if len({getattr(one, name) for one in found}) != len(found):
        raise InputError(f"one {name} is mapped twice")
    return found


@record("domain", steady=True)
@attrs.frozen
class Chart:
    """The codes of the accounts and journals of a legal entity; its id is that of the legal entity.

    Attributes:
        id: id of the legal entity.
        accounts: the codes of ledger accounts. Of several that fit, the one that says most of the account counts.
        journals: the codes of journals.
        base: the chart in which the rest is looked up; empty: in none.
    """

    kind: ClassVar[str] = "chart"
    id: str = attrs.field(validator=is_id)
    accounts: tuple[AccountCode, ...] = ()
    journals: tuple[JournalCode, ...] = ()
    base: Base = attrs.field(validator=is_word(Base), default="fr")


__all__ = [
    "AccountCode",
    "AccountTotal",
    "Base",
    "Chart",
    "ClosedPlace",
    "Closing",
    "DaysOwed",
    "JournalCode",
    "JournalKind",
    "closing_id",
]
