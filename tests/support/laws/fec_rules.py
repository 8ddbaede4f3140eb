"""What article A. 47 A-1 of the *Livre des procédures fiscales* says of a file of entries, checked on its text alone.

It knows nothing of the library: it is written from VII and VIII of the article (flat files: 18 columns in their order,
a tab or a ``|`` between them, dates AAAAMMJJ, a decimal comma, no thousands separator) and from BOI-CF-IOR-60-40-20.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby

COLUMNS = [
    "JournalCode",  # 1. code of the journal
    "JournalLib",  # 2. name of the journal
    "EcritureNum",  # 3. number in an unbroken sequence
    "EcritureDate",  # 4. date of the entry in the books
    "CompteNum",  # 5. number of the account: the first three are digits of the French plan
    "CompteLib",  # 6. name of the account
    "CompAuxNum",  # 7. number of the auxiliary account, blank if not used
    "CompAuxLib",  # 8. its name, blank if not used
    "PieceRef",  # 9. reference of the proof
    "PieceDate",  # 10. date of the proof
    "EcritureLib",  # 11. text of the entry
    "Debit",  # 12.
    "Credit",  # 13.
    "EcritureLet",  # 14. matching, blank if not used
    "DateLet",  # 15. its date, blank if not used
    "ValidDate",  # 16. date of validation
    "Montantdevise",  # 17. amount in another currency, blank if not used
    "Idevise",  # 18. that currency, blank if not used
]
MUST = [name for name in COLUMNS if name not in ("CompAuxNum", "CompAuxLib", "EcritureLet", "DateLet", *COLUMNS[-2:])]
BLANK_TOGETHER = [("CompAuxNum", "CompAuxLib"), ("EcritureLet", "DateLet"), ("Montantdevise", "Idevise")]
AMOUNT = re.compile(r"\d+(,\d+)?")

Row = dict[str, str]


def rows_of(text: str) -> list[Row]:
    """The rows of a file, by the names in its first line."""
    lines = re.split(r"\r\n|\n|\r", text.removesuffix("\n").removesuffix("\r"))
    separator = "\t" if "\t" in lines[0] else "|"
    return [dict(zip(lines[0].split(separator), line.split(separator), strict=True)) for line in lines[1:]]


def problems(name: str, text: str) -> list[str]:
    """What is wrong with a file; nothing where it keeps all rules."""
    return list(_problems(name, text))


def _problems(name: str, text: str) -> Iterator[str]:
    named = re.fullmatch(r"(\d{9})FEC(\d{8})(\.\w+)?", name)
    closing = _date(named[2]) if named else None
    if closing is None:
        yield f"name: {name}"
    lines = re.split(r"\r\n|\n|\r", text.removesuffix("\n").removesuffix("\r"))
    separator = "\t" if "\t" in lines[0] else "|"
    if lines[0].split(separator) != COLUMNS:
        yield "columns"
        return
    cells = [line.split(separator) for line in lines[1:]]
    if any(len(row) != len(COLUMNS) for row in cells):
        yield "a row has not 18 cells"
        return
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in cells]
    for row in rows:
        yield from _of_row(row, closing)
    yield from _of_entries(rows)
    for code, label in (("JournalCode", "JournalLib"), ("CompteNum", "CompteLib"), ("CompAuxNum", "CompAuxLib")):
        if len({row[code] for row in rows}) != len({(row[code], row[label]) for row in rows}):
            yield f"a {code} has two names"


def _of_row(row: Row, closing: date | None) -> Iterator[str]:
    for column in MUST:
        if not row[column].strip():
            yield f"{column} is blank"
    for one, other in BLANK_TOGETHER:
        if bool(row[one]) != bool(row[other]):
            yield f"{one} without {other}"
    for column in ("EcritureDate", "PieceDate", "ValidDate", "DateLet"):
        if row[column] and _date(row[column]) is None:
            yield f"{column}: {row[column]}"
    if not re.match(r"\d{3}", row["CompteNum"]):
        yield f"CompteNum: {row['CompteNum']}"
    if not (AMOUNT.fullmatch(row["Debit"]) and AMOUNT.fullmatch(row["Credit"])):
        yield f"amount: {row['Debit']} {row['Credit']}"
    elif (amount(row["Debit"]) == 0) == (amount(row["Credit"]) == 0):
        yield "neither or both of debit and credit"
    day, valid = _date(row["EcritureDate"]), _date(row["ValidDate"])
    if day and closing and day > closing:
        yield f"EcritureDate after the closing: {day}"
    if day and valid and valid < day:
        yield f"validated before it was entered: {valid}"


def _of_entries(rows: list[Row]) -> Iterator[str]:
    numbers, days = [], []
    for number, found in groupby(rows, lambda row: row["EcritureNum"]):
        entry = list(found)
        numbers.append(number)
        days.append(entry[0]["EcritureDate"])
        for column in ("JournalCode", "EcritureDate"):
            if len({row[column] for row in entry}) != 1:
                yield f"entry {number} has two of {column}"
        readable = all(AMOUNT.fullmatch(row[side]) for row in entry for side in ("Debit", "Credit"))
        if readable and sum(amount(row["Debit"]) - amount(row["Credit"]) for row in entry):
            yield f"entry {number} does not balance"
    if numbers != [str(n) for n in range(1, len(numbers) + 1)]:
        yield "the numbers have gaps"
    if days != sorted(days):
        yield "the dates go back"


def amount(cell: str) -> Decimal:
    """The amount in a cell."""
    return Decimal(cell.replace(",", "."))


def _date(cell: str) -> date | None:
    try:
        return date(int(cell[:4]), int(cell[4:6]), int(cell[6:])) if re.fullmatch(r"\d{8}", cell) else None
    except ValueError:
        return None
