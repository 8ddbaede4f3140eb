"""Commands about direct debits: mandates, collecting what is due by them, and recording what a bank answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs

from cantinekit.bank_answers import BankAnswer
from cantinekit.common.fields import check_text, is_a, is_count, is_id, is_text, is_word, listed
from cantinekit.domain.base import KEYED, Command, command
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.debits.records import DebitAnswer, DebitCollection, DebitMandate
from cantinekit.errors import InputError
from cantinekit.sepa import Scheme

MAX_BILLS = 500
"""How many bills are in one collection at most; the next one has the others."""


def _is_yes_or_no(_: object, attribute: attrs.Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise InputError(f"{attribute.name} is yes or no, not {type(value).__name__}")


def _to_account(value: Any) -> Any:
    """An IBAN, a BIC or an identifier without spaces, in capitals."""
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _to_documents(values: Any) -> tuple[Any, ...]:
    return listed(values, "document_ids")


def _are_documents(_: object, attribute: attrs.Attribute[Any], value: tuple[Any, ...]) -> None:
    """Validate ids of invoices, each once."""
    for one in value:
        check_text(one, attribute.name, limit=300)
    if len(value) > MAX_BILLS or len(set(value)) != len(value):
        raise InputError(f"{attribute.name} are at most {MAX_BILLS} invoices, each once")


@command
@attrs.frozen(kw_only=True)
class SignMandate(Command[DebitMandate]):
    """Record the mandate by which a payer lets a legal entity collect by SEPA direct debit.

    It takes the place of an earlier one of the same payer; what was collected by that stays as it is. Another account
    is another mandate, with a reference of its own. Needs the extra ``sepa``, which knows the numbers of accounts.

    Attributes:
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.
        reference: the unique mandate reference (RUM in France), 1 to 35 letters, digits and signs of SEPA.
        name: the name of the holder of the account, at most 200 characters; a bank takes 70 of them.
        iban: the IBAN of the account.
        bic: the BIC of the bank; empty: the IBAN is enough.
        signed_on: the day of the signature, today or before.
        scheme: "core", or "b2b" between businesses, whose payer's bank has confirmed it.
        once: whether it is for one collection only.
        notice_days: how many days before a debit the payer is told at least: 14 by the rulebook, fewer where that was
            agreed, 1 at least.

    Raises:
        NotFoundError: there is no such legal entity or payer.
        InputError: the IBAN, the BIC, the reference or the name is wrong, as the message says without repeating it; or
            the extra ``sepa`` is not installed.
        TooEarlyError: the day of the signature is to come.
        WrongStateError: the payer is being forgotten, or was.
    """

    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    reference: str = attrs.field(validator=is_text(35), repr=False, metadata=KEYED)
    name: str = attrs.field(validator=is_text(200), repr=False, metadata=KEYED)
    iban: str = attrs.field(converter=_to_account, validator=is_text(34), repr=False, metadata=KEYED)
    bic: str = attrs.field(default="", converter=_to_account, validator=is_text(11), repr=False, metadata=KEYED)
    signed_on: date = attrs.field(validator=is_day)
    scheme: Scheme = attrs.field(default="core", validator=is_word(Scheme))
    once: bool = attrs.field(default=False, validator=_is_yes_or_no)
    notice_days: int = attrs.field(default=14, validator=is_count(least=1, most=14))


@command
@attrs.frozen(kw_only=True)
class EndMandate(Command[DebitMandate]):
    """End the mandate of a payer, who withdrew it. What is with the bank stays there.

    Attributes:
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.

    Raises:
        NotFoundError: there is no such mandate.
    """

    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)


@command
@attrs.frozen(kw_only=True)
class CollectDebits(Command[DebitCollection]):
    """Collect all bills of a legal entity that are due by mandate up to a day, in one file for the bank.

    They are those of payers whose terms of payment have the account "mandate": at most 500 bills, the oldest first, and
    no more once they have 2,000 charges together; the next collection has the others. Each payer is told before
    (message "debit announced"). ``read.debit_file`` writes the file. What cannot be collected is left out, and the
    collection says why. Needs the extra ``sepa``.

    Attributes:
        entity_id: id of the legal entity.
        collect_on: the banking day (TARGET) on which the accounts are debited.
        iban: the IBAN of the account that is credited.
        creditor_id: the SEPA creditor identifier (ICS in France).
        bic: the BIC of the bank of that account; empty: the IBAN is enough.
        scheme: "core" or "b2b": a file is of one of them.
        document_ids: the invoices to collect, also where a bank refused them before, at most 500; empty: all that are
            due and wait.

    Raises:
        NotFoundError: there is no such legal entity, or an invoice that is named is not collected by direct debit.
        InputError: the IBAN, the BIC or the identifier is wrong; the day is no banking day, or is past; the house makes
            ids that no bank takes; or the extra ``sepa`` is not installed.
        CurrencyError: an invoice that is named is not in EUR.
        UnsuitableError: an invoice that is named cannot be collected, as the message says.
        WrongStateError: nothing can be collected; it says what was left out. What cannot be collected at all is put
            aside by then, so that the next bills come up when it is asked for again.
    """

    entity_id: str = attrs.field(validator=is_id)
    collect_on: date = attrs.field(validator=is_day)
    iban: str = attrs.field(converter=_to_account, validator=is_text(34))
    creditor_id: str = attrs.field(converter=_to_account, validator=is_text(35))
    bic: str = attrs.field(default="", converter=_to_account, validator=is_text(11))
    scheme: Scheme = attrs.field(default="core", validator=is_word(Scheme))
    document_ids: tuple[str, ...] = attrs.field(default=(), converter=_to_documents, validator=_are_documents)


@command
@attrs.frozen(kw_only=True)
class RecordBankAnswer(Command[DebitAnswer]):
    """Record what a bank answers to direct debits: ``read_bank_answer`` of ``cantinekit.bank_answers`` reads its file.

    A debit that is settled pays the charges of its bill. One that is rejected is declined; one that comes back after it
    was settled is taken back, and the bill is owed again. Then the plan of the bill goes on: it is collected and
    reminded of as its terms say. Answers may be recorded in any order, and the same one again changes nothing.

    Attributes:
        entity_id: id of the legal entity.
        answer: the answer.

    Raises:
        NotFoundError: there is no such legal entity.
    """

    entity_id: str = attrs.field(validator=is_id)
    answer: BankAnswer = attrs.field(validator=is_a(BankAnswer))


__all__ = [
    "BankAnswer",
    "CollectDebits",
    "EndMandate",
    "RecordBankAnswer",
    "SignMandate",
]
