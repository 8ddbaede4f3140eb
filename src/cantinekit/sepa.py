"""SEPA direct debits: the file (pain.008.001.08) that a bank takes, checked beyond what its schema checks.

The schema lets pass an IBAN whose check digits are wrong, a mandate of tomorrow, a collection of yesterday. The rules
here are those of the SEPA Core Direct Debit rulebook of the European Payments Council (EPC016-06): what a first and a
last collection is, when a mandate lapses, when a bank collects. Nothing is sent, and nothing is kept: who was collected
from when is the caller's to know; where a house keeps mandates, ``CollectDebits`` knows it.

Needs the extra ``cantinekit[sepa]``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, get_args

import attrs
from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from cantinekit.clock import instant
from cantinekit.errors import InputError
from cantinekit.money import Money

Collection = Literal["FRST", "RCUR", "FNAL", "OOFF"]
"""The first of several, one of several, the last of several, the only one."""
Scheme = Literal["core", "b2b"]
"""``core``, open to everybody; ``b2b``, between businesses, without the right to a refund."""
SCHEMA = "pain.008.001.08"
LARGEST = 99_999_999_999
"""The largest amount of one debit, in cents."""
FORGOTTEN_AFTER = relativedelta(months=36)
"""A mandate that was not collected from for so long may not be used any more."""
MOST_DEBITS = 10_000
NOTHING = "there is nothing to collect"
"""What is said where there are no debits."""
_ID = re.compile(r"[A-Za-z0-9+?:().,'-][A-Za-z0-9+?:().,' -]{0,34}")
_MESSAGE = re.compile(r"[A-Za-z0-9+?:().,'-]{1,29}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_NOT_SEPA = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")


@attrs.frozen
class Creditor:
    """Who collects.

    Attributes:
        name: the name of the legal entity, as its bank knows it.
        iban: IBAN of the account that is credited.
        creditor_id: SEPA Creditor Identifier (ICS in France).
        bic: BIC of its bank; empty where the IBAN is enough.
    """

    name: str
    iban: str
    creditor_id: str
    bic: str = ""


@attrs.frozen
class Mandate:
    """What a payer has signed.

    Attributes:
        id: the unique mandate reference that the payer's bank knows.
        payer: the name of the holder of the account.
        iban: IBAN of the account that is debited.
        signed_on: the day of the signature.
        last_collected: the day of the last collection, ``None`` before the first. A mandate lapses after 36 months
            without one.
        ended: whether it was collected from for the last time, or revoked.
        bic: BIC of the payer's bank; empty where the IBAN is enough.
    """

    id: str
    payer: str
    iban: str
    signed_on: date
    last_collected: date | None = None
    ended: bool = False
    bic: str = ""


@attrs.frozen
class Debit:
    """One collection.

    Attributes:
        key: 1 to 35 characters, unique in the file; it comes back with every answer of the banks, which write ``-``
            where it has ``_``.
        mandate: the mandate under which it is collected.
        amount: what is collected, from 0.01 to 999,999,999.99 EUR.
        sequence: which collection of the mandate it is: "FRST" (first), "RCUR" (recurrent), "FNAL" (last) or "OOFF"
            (the only one).
        text: what the payer reads on the statement.
    """

    key: str
    mandate: Mandate
    amount: Money
    sequence: Collection
    text: str


def direct_debit_file(
    creditor: Creditor,
    debits: Sequence[Debit],
    *,
    collect_on: date,
    message_id: str,
    now: datetime,
    scheme: Scheme = "core",
    today: date | None = None,
) -> bytes:
    """The file of a batch of direct debits, valid by the schema and the same each time for the same arguments.

    Texts are written with the letters that all banks accept.

    Args:
        creditor: who collects.
        debits: the collections, at least one.
        collect_on: the banking day on which the accounts are debited.
        message_id: the name of the file: 1 to 29 characters, never used before.
        now: the instant that the file says it was made at.
        scheme: under which rules all of it is collected: "core" or "b2b"; a file is of one of them.
        today: the local day on which the file is handed in; ``None``: the day of ``now`` in UTC.

    Raises:
        InputError: with every problem; no account number is in the message.
        ImportError: the extra ``sepa`` is not installed.
    """
    problems = check_direct_debits(creditor, debits, collect_on=collect_on, today=today or instant(now).date())
    if not _MESSAGE.fullmatch(message_id):
        problems = ("the message id has 1 to 29 letters, digits or signs of SEPA", *problems)
    if scheme not in get_args(Scheme):
        problems = (f"a scheme is one of {', '.join(get_args(Scheme))}", *problems)
    if problems:
        more = f"; and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise InputError("; ".join(problems[:20]) + more)
    return _written(creditor, debits, collect_on, message_id, now, scheme)


def end_to_end_id(key: str) -> str:
    """A key as the banks write it: with hyphens, since they have no underscore.

    Args:
        key: the ``key`` of a debit.
    """
    return key.replace("_", "-")


def check_direct_debits(
    creditor: Creditor, debits: Sequence[Debit], *, collect_on: date, today: date
) -> tuple[str, ...]:
    """Everything that a bank would refuse of these debits, or should: one sentence each, without account numbers.

    Args:
        creditor: who collects.
        debits: the collections.
        collect_on: the banking day on which the accounts are debited.
        today: the day on which the file is handed in.

    Raises:
        ImportError: the extra ``sepa`` is not installed.
    """
    return tuple(_problems(creditor, debits, collect_on, today))


# --- what is wrong -------------------------------------------------------------------------------------------------


def check_signed(mandate: Mandate) -> tuple[str, ...]:
    """What a bank would refuse of a mandate when it is signed: one sentence each, without account numbers.

    Args:
        mandate: the mandate.

    Raises:
        ImportError: the extra ``sepa`` is not installed.
    """
    return tuple(_of_mandate(mandate))


def _problems(creditor: Creditor, debits: Sequence[Debit], collect_on: date, today: date) -> Iterator[str]:
    yield from _of_party("the creditor", creditor.name, creditor.iban, creditor.bic)
    if not _is_creditor_id(creditor.creditor_id):
        yield "the creditor identifier is wrong: its check digits do not fit"
    if isinstance(collect_on, datetime):
        yield "the day of collection is a date, without a time"
        return
    if collect_on < next_banking_day(today):
        yield f"the day of collection, {collect_on}, is before the next day of the banks, {next_banking_day(today)}"
    elif not is_banking_day(collect_on):
        yield f"the banks do not collect on {collect_on}"
    if not debits:
        yield NOTHING
    elif len(debits) > MOST_DEBITS:
        yield f"a file has at most {MOST_DEBITS} debits"
    keys = Counter(end_to_end_id(debit.key) for debit in debits)
    yield from (f"the key {key} is there {count} times" for key, count in keys.items() if count > 1)
    mandates = Counter(debit.mandate.id for debit in debits if debit.sequence != "RCUR")
    for debit in debits:
        if debit.sequence != "RCUR" and mandates[debit.mandate.id] > 1:
            yield f"{debit.key}: a first, a last or an only collection of its mandate is in the file already"
        yield from (f"{debit.key}: {problem}" for problem in _of_debit(debit, collect_on, today))


def _of_debit(debit: Debit, collect_on: date, today: date) -> Iterator[str]:
    mandate, last = debit.mandate, debit.mandate.last_collected
    if not _ID.fullmatch(end_to_end_id(debit.key)):
        yield "a key has 1 to 35 letters, digits or signs of SEPA"
    yield from _of_mandate(mandate)
    if debit.amount.currency != "EUR":
        yield f"direct debits are in EUR, not {debit.amount.currency}"
    elif not 1 <= debit.amount.amount <= LARGEST:
        yield "the amount is not between 0.01 and 999,999,999.99"
    if mandate.signed_on > today:
        yield f"the mandate is signed in the future, on {mandate.signed_on}"
    if mandate.ended:
        yield "the mandate has ended"
    if (last or mandate.signed_on) + FORGOTTEN_AFTER < collect_on:
        yield "the mandate was not used for 36 months, and has lapsed"
    if last is not None and last >= collect_on:
        yield f"it was collected from on {last}, not before {collect_on}"
    if debit.sequence not in get_args(Collection):
        yield f"a collection is one of {', '.join(get_args(Collection))}"
    elif debit.sequence in ("FRST", "OOFF") and last is not None:
        yield f"{debit.sequence} is for a mandate that was never collected from"
    elif debit.sequence == "FNAL" and last is None:
        yield "FNAL is for a mandate that was collected from before"
    if not _plain(debit.text, 140):
        yield "the text for the payer is empty"


def _of_mandate(mandate: Mandate) -> Iterator[str]:
    if not _ID.fullmatch(mandate.id):
        yield "the id of a mandate has 1 to 35 letters, digits or signs of SEPA"
    yield from _of_party("the payer", mandate.payer, mandate.iban, mandate.bic)


def _of_party(who: str, name: str, iban: str, bic: str) -> Iterator[str]:
    if not _plain(name, 70):
        yield f"{who} has no name that a bank can write"
    if not _is_iban(iban):
        yield f"the IBAN of {who} is wrong"
    if bic and not _BIC.fullmatch(bic):
        yield f"the BIC of {who} is wrong"


def _is_iban(iban: str) -> bool:
    """By its check digits (ISO 7064, mod 97-10) and, where it has rules, by those of its country. No spaces."""
    from stdnum import iban as ibans

    return iban.isascii() and iban.isalnum() and iban == iban.upper() and bool(ibans.is_valid(iban))


def _is_creditor_id(text: str) -> bool:
    from stdnum.eu import at_02

    return text.isascii() and text.isalnum() and text == text.upper() and bool(at_02.is_valid(text))


# --- the days of the banks -----------------------------------------------------------------------------------------


def is_banking_day(day: date) -> bool:
    """Whether TARGET, the payment system of the euro's central banks, is open on a day.

    It is closed at weekends, on 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December.

    Args:
        day: the day to look at.
    """
    closed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    sunday = easter(day.year)
    return (
        day.weekday() < 5
        and (day.month, day.day) not in closed
        and day not in (sunday - timedelta(days=2), sunday + timedelta(days=1))
    )


def next_banking_day(day: date) -> date:
    """The first banking day after a day: what is handed in on the day can be collected then.

    Args:
        day: the day before which the result does not lie.
    """
    day += timedelta(days=1)
    while not is_banking_day(day):
        day += timedelta(days=1)
    return day


# --- writing -------------------------------------------------------------------------------------------------------


def _written(
    creditor: Creditor, debits: Sequence[Debit], collect_on: date, message_id: str, now: datetime, scheme: Scheme
) -> bytes:
    from xml.etree import ElementTree

    from sepaxml import SepaDD
    from sepaxml.validation import try_valid_xml

    config = {
        "name": _plain(creditor.name, 70),
        "IBAN": creditor.iban,
        "batch": True,
        "creditor_id": creditor.creditor_id,
        "currency": "EUR",
        "instrument": scheme.upper(),
        **({"BIC": creditor.bic} if creditor.bic else {}),
    }
    file = SepaDD(config, schema=SCHEMA, clean=False)
    for debit in debits:
        mandate = debit.mandate
        file.add_payment(
            {
                "name": _plain(mandate.payer, 70),
                "IBAN": mandate.iban,
                "amount": debit.amount.amount,
                "type": debit.sequence,
                "collection_date": collect_on,
                "mandate_id": mandate.id,
                "mandate_date": mandate.signed_on,
                "description": _plain(debit.text, 140),
                "endtoend_id": end_to_end_id(debit.key),
                **({"BIC": mandate.bic} if mandate.bic else {}),
            }
        )
    space = f"{{urn:iso:std:iso:20022:tech:xsd:{SCHEMA}}}"
    root = ElementTree.fromstring(file.export(validate=False))
    for node in root.iter(f"{space}MsgId"):
        node.text = message_id
    for node in root.iter(f"{space}CreDtTm"):
        node.text = instant(now).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number, node in enumerate(root.iter(f"{space}PmtInfId"), 1):
        node.text = f"{message_id}-{number}"
    text: bytes = b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "utf-8")
    try_valid_xml(text, SCHEMA)
    return text


def _plain(text: str, most: int) -> str:
    """The text with the letters that all banks take (EPC230-15), cut."""
    from text_unidecode import unidecode

    return " ".join(_NOT_SEPA.sub(" ", unidecode(text)).replace("//", "/").split())[:most].strip(" /-")
