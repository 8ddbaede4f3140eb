"""Entries as an accountant books them."""

from __future__ import annotations

from datetime import date

import attrs


@attrs.frozen
class AccountingLine:
    """An amount on an account of the accountant. One of debit and credit is zero.

    Attributes:
        account: the ledger account; ``tax/<rate>`` for tax.
        code: the code of the account.
        label: the name of the account.
        debit: the debit, in minor units.
        credit: the credit, in minor units.
        party: who owes it, by the id of the person; empty: it is no receivable, or nobody is known.
        party_name: their name; the id where names were not asked for, or the person was forgotten.
    """

    account: str
    code: str
    label: str
    debit: int
    credit: int
    party: str = ""
    party_name: str = ""


@attrs.frozen
class AccountingEntry:
    """An entry as an accountant books it. Its debits are its credits.

    Attributes:
        number: its number in the export, from 1 without gaps.
        journal: the code of its journal.
        journal_label: the name of its journal.
        day: the local day on which it is dated.
        piece: the reference of what it is proved by: an invoice, receipt or credit note that was issued by the end of
            the export, else the id of the charge, attempt, refund or entitlement.
        piece_day: the day of that.
        what: what it records, as ``LedgerEntry.what`` says; ``days owed`` and ``days owed before`` for what is owed for
            days to come, ``opening balances`` for what is carried over from before.
        currency: the ISO 4217 code of the currency.
        lines: its lines, debits first.
        entry_id: id of the ledger entry; empty: it is of days owed, or of opening balances.
    """

    number: int
    journal: str
    journal_label: str
    day: date
    piece: str
    piece_day: date
    what: str
    currency: str
    lines: tuple[AccountingLine, ...]
    entry_id: str = ""
