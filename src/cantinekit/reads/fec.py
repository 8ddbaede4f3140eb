"""Writing entries for an accountant: the French *fichier des écritures comptables*, and CSV.

The FEC has the 18 columns of article A. 47 A-1, VII of the *Livre des procédures fiscales*, in their order, with a tab
between them, dates as eight digits and a decimal comma.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date

import attrs

from cantinekit.errors import CurrencyError, UnsuitableError
from cantinekit.money import exponent
from cantinekit.reads.entries import AccountingEntry, AccountingLine
from cantinekit.records import LegalEntity

FEC_COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip
"""The columns of a FEC."""
CSV_COLUMNS = (
    "number", "journal", "day", "code", "label", "party", "party_name", "piece", "piece_day", "what", "text", "debit",
    "credit", "currency", "account", "entry",
)  # fmt: skip
"""The columns of the CSV file."""
TEXTS = {
    "raised": "Vente",
    "voided": "Annulation de vente",
    "lowered": "Réduction de vente",
    "taken": "Encaissement",
    "refund asked": "Avoir",
    "refunded": "Remboursement",
    "refund declined": "Remboursement refusé",
    "charged back": "Reprise par la banque",
    "deposit taken": "Dépôt de garantie encaissé",
    "deposit dropped": "Dépôt de garantie abandonné",
    "deposit kept": "Dépôt de garantie conservé",
    "deposit returned": "Dépôt de garantie rendu",
    "deferred": "Produit constaté d'avance",
    "recognised": "Reprise de produit constaté d'avance",
    "written off": "Créance irrécouvrable",
    "loss reversed": "Reprise de créance irrécouvrable",
    "cleared": "Compensation entre structures",
    "stated": "Décompte entre structures",
    "taken over": "Reprise de l'ancien système",
    "opening balances": "À-nouveaux",
    "days owed": "Produits constatés d'avance",
    "days owed before": "Reprise des produits constatés d'avance",
}
"""What an entry says, in French, by what it records."""
_BREAKS = re.compile(r"[\t\r\n|\"]+")


@attrs.frozen
class FecFile:
    """A FEC.

    Attributes:
        name: the name that the law wants, from the SIREN and the last day: "123456789FEC20251231.txt".
        lines: its lines, each with its end, the heads of the columns first. They are read from the store as they are
            taken, once; encode them as UTF-8.
    """

    name: str
    lines: Iterator[str]


def fec_name(entity: LegalEntity, last: date) -> str:
    """The name of a FEC.

    Args:
        entity: the legal entity, whose registration number is a SIREN or a SIRET.
        last: the last day.

    Raises:
        UnsuitableError: it has no such number.
    """
    number = re.sub(r"^SIRE[NT]|[\s.:]", "", entity.registration)
    if not re.fullmatch(r"\d{9}(\d{5})?", number, re.ASCII):
        raise UnsuitableError(f"a FEC is named by the SIREN, and {entity.name} has none yet: DescribeEntity gives it")
    return f"{number[:9]}FEC{last:%Y%m%d}.txt"


def fec_lines(entries: Iterable[AccountingEntry]) -> Iterator[str]:
    """The lines of a FEC.

    Args:
        entries: the entries.

    Raises:
        CurrencyError: an entry is not in euros, in which a FEC is kept.
        UnsuitableError: the code of an account does not begin with three digits.
    """
    yield "\t".join(FEC_COLUMNS) + "\r\n"
    for entry in entries:
        if entry.currency != "EUR":
            raise CurrencyError(f"a FEC is in euros; entry {entry.entry_id or entry.what} is in {entry.currency}")
        for line in entry.lines:
            yield "\t".join(map(_plain, _fec_line(entry, line))) + "\r\n"


def _fec_line(entry: AccountingEntry, line: AccountingLine) -> tuple[str, ...]:
    if not line.code[:3].isdigit():
        raise UnsuitableError(f"the code of {line.account} begins with three digits in a FEC, unlike {line.code}")
    day = f"{entry.day:%Y%m%d}"
    return (
        entry.journal, entry.journal_label, str(entry.number), day, line.code, line.label, line.party, line.party_name,
        entry.piece, f"{entry.piece_day:%Y%m%d}", _text(entry), _amount(line.debit, "EUR", ","),
        _amount(line.credit, "EUR", ","), "", "", day, "", "",
    )  # fmt: skip


def csv_lines(entries: Iterable[AccountingEntry]) -> Iterator[str]:
    """The lines of a CSV file of entries.

    Args:
        entries: the entries.
    """
    yield _csv(CSV_COLUMNS)
    for entry in entries:
        for line in entry.lines:
            yield _csv(
                (
                    str(entry.number), entry.journal, entry.day.isoformat(), line.code, line.label, line.party,
                    line.party_name, entry.piece, entry.piece_day.isoformat(), entry.what, _text(entry),
                    _amount(line.debit, entry.currency, "."), _amount(line.credit, entry.currency, "."),
                    entry.currency, line.account, entry.entry_id,
                )
            )  # fmt: skip


def _text(entry: AccountingEntry) -> str:
    """What an entry says: what it records, and what proves it."""
    text = TEXTS.get(entry.what, entry.what)
    return f"{text} {entry.piece}" if entry.entry_id else text


def _amount(amount: int, currency: str, point: str) -> str:
    digits = exponent(currency)
    whole, part = divmod(amount, 10**digits)
    return f"{whole}{point}{part:0{digits}d}" if digits else str(whole)


def _plain(text: str) -> str:
    """A text without what separates columns and lines."""
    return _BREAKS.sub(" ", text).strip()


def _csv(cells: Iterable[str]) -> str:
    """A line of CSV. No cell is a formula to a spreadsheet."""
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells])
    return out.getvalue()
