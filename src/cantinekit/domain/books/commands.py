"""What can be asked of the books: to close a period, and to map accounts to codes."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs

from cantinekit.common.fields import is_count, is_id, is_text, is_word
from cantinekit.domain.base import Command, SystemCommand, command
from cantinekit.domain.books.records import (
    AccountCode,
    AccountTotal,
    Base,
    Chart,
    Closing,
    DaysOwed,
    JournalCode,
    to_accounts,
    to_journals,
)
from cantinekit.errors import InputError


def _is_day(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a day: a date without a time."""
    if type(value) is not date:
        raise InputError(f"{attribute.name} is a date without a time")


@command
@attrs.frozen(kw_only=True)
class ClosePeriod(Command[Closing]):
    """Close the books of a legal entity up to a day: no entry of its ledger is dated in it any more.

    It is for good: nothing opens a period again. What concerns it later (a refund, a correction, a visit that is
    entered late) is entered on the day on which it is entered, as accountants do. The entries are added up and chained
    at once, which takes as long as it takes to read them. See docs/how-to/close-and-export-the-books.md.

    Attributes:
        entity_id: id of the legal entity.
        until: the last day to close; it is over at all places of the legal entity.

    Raises:
        NotFoundError: there is no such legal entity.
        TooEarlyError: the day is not over yet at one of its places.
        WrongStateError: it is closed up to that day, or beyond it.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    until: date = attrs.field(validator=_is_day)


@command
@attrs.frozen(kw_only=True)
class SealPeriod(SystemCommand[Closing]):
    """Record what the entries of a closed period come to. Nothing changes where it is sealed already.

    Attributes:
        closing_id: id of the closing.
        entries: how many entries it has.
        digest: the SHA-256 of the last of them, chained to all before it, as 64 hexadecimal digits.
        totals: what they come to, by account and currency.
        owed: what was owed at its end for days to come, by product and currency.

    Raises:
        NotFoundError: there is no such closing.
    """

    closing_id: str = attrs.field(validator=is_text(300), kw_only=False)
    entries: int = attrs.field(validator=is_count(least=0, most=10**12))
    digest: str = attrs.field(validator=is_text(64))
    totals: tuple[AccountTotal, ...] = ()
    owed: tuple[DaysOwed, ...] = ()


@command
@attrs.frozen(kw_only=True)
class MapAccounts(Command[Chart]):
    """Say under which codes the accountant of a legal entity knows its ledger accounts and journals.

    It replaces what was said before. See docs/how-to/close-and-export-the-books.md.

    Attributes:
        entity_id: id of the legal entity.
        accounts: for each ledger account, or the beginning of several with a ``*``, a code and a label:
            ``{"account/card": ("512100", "Banque, carte"), "revenue/coffee": ("707000", "Ventes")}``. Where several
            fit, the one that says most of the account counts. Tax is on ``tax/<rate>``, such as ``tax/20%``.
        journals: for the journals ``sales``, ``money`` and ``other`` a code and a label.
        base: the chart in which the rest is looked up: ``fr`` has codes for all accounts; empty: none, so that an
            account that is not mapped refuses the export.

    Raises:
        NotFoundError: there is no such legal entity.
        InputError: a code has other characters than letters and digits, or something is mapped twice.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    accounts: tuple[AccountCode, ...] = attrs.field(default=(), converter=to_accounts)
    journals: tuple[JournalCode, ...] = attrs.field(default=(), converter=to_journals)
    base: Base = attrs.field(validator=is_word(Base), default="fr")


__all__ = [
    "ClosePeriod",
    "MapAccounts",
    "SealPeriod",
]
