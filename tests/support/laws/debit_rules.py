"""What a bank looks at in a file of direct debits (pain.008.001.08), written from the published rules alone.

Sources: ISO 20022 pain.008.001.08 (order of elements, which are required), EPC130-08 (what SEPA requires and forbids:
euros, SLEV, one scheme a file, the creditor identifier), EPC230-15 (letters), ISO 13616 and ISO 7064 (check digits).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.008.001.08}"
ORDER: dict[str, tuple[tuple[str, bool], ...]] = {
    "Document": (("CstmrDrctDbtInitn", True),),
    "CstmrDrctDbtInitn": (("GrpHdr", True), ("PmtInf", True)),
    "GrpHdr": (("MsgId", True), ("CreDtTm", True), ("NbOfTxs", True), ("CtrlSum", True), ("InitgPty", True)),
    "PmtInf": (
        ("PmtInfId", True), ("PmtMtd", True), ("BtchBookg", False), ("NbOfTxs", True), ("CtrlSum", True),
        ("PmtTpInf", True), ("ReqdColltnDt", True), ("Cdtr", True), ("CdtrAcct", True), ("CdtrAgt", True),
        ("ChrgBr", True), ("CdtrSchmeId", True), ("DrctDbtTxInf", True),
    ),
    "PmtTpInf": (("SvcLvl", True), ("LclInstrm", True), ("SeqTp", True)),
    "DrctDbtTxInf": (
        ("PmtId", True), ("InstdAmt", True), ("DrctDbtTx", True), ("DbtrAgt", True), ("Dbtr", True),
        ("DbtrAcct", True), ("RmtInf", False),
    ),
    "PmtId": (("InstrId", False), ("EndToEndId", True)),
    "MndtRltdInf": (("MndtId", True), ("DtOfSgntr", True)),
}  # fmt: skip
"""What is in an element, in this order, and whether it has to be there."""
MANY = ("PmtInf", "DrctDbtTxInf")
LETTERS = re.compile(r"[A-Za-z0-9/?:().,'+ -]*")
LENGTHS = {"MsgId": 35, "PmtInfId": 35, "EndToEndId": 35, "MndtId": 35, "Nm": 70, "Ustrd": 140}


def check_file(file: bytes) -> list[str]:
    """What is wrong with a file: a sentence each.

    Args:
        file: the bytes.
    """
    return list(_problems(ElementTree.fromstring(file)))


def _problems(root: Element) -> Iterator[str]:
    for node in root.iter():
        yield from _shape(node)
    batches = list(root.iter(f"{SPACE}PmtInf"))
    for batch in batches:
        yield from _batch(batch)
    for whole in (*root.iter(f"{SPACE}GrpHdr"), *batches):
        debits = list((root if whole.tag.endswith("GrpHdr") else whole).iter(f"{SPACE}DrctDbtTxInf"))
        amounts = [Decimal(_text(one, "InstdAmt")) for one in debits]
        if int(_text(whole, "NbOfTxs")) != len(debits):
            yield f"NbOfTxs is not {len(debits)}"
        if Decimal(_text(whole, "CtrlSum")) != sum(amounts):
            yield f"CtrlSum is not {sum(amounts)}"
    for name in ("EndToEndId", "PmtInfId"):
        found = [node.text for node in root.iter(SPACE + name)]
        if len(found) != len(set(found)):
            yield f"{name} twice"
    if len({_text(one, "LclInstrm") for one in batches}) > 1:
        yield "two schemes in one file"


def _shape(node: Element) -> Iterator[str]:
    """The elements in an element, their order, their letters and their lengths."""
    name = node.tag.removeprefix(SPACE)
    if name in ORDER:
        there = [child.tag.removeprefix(SPACE) for child in node]
        known = [one for one, _ in ORDER[name]]
        yield from (f"{name} without {one}" for one, needed in ORDER[name] if needed and one not in there)
        yield from (f"{one} in {name}" for one in there if one not in known)
        yield from (f"{one} twice in {name}" for one in set(there) - set(MANY) if there.count(one) > 1)
        if [one for one in there if one in known] != sorted((one for one in there if one in known), key=known.index):
            yield f"{name} in another order"
    text = (node.text or "").strip()
    if not LETTERS.fullmatch(text):
        yield f"{name} with a letter that not all banks take"
    if len(text) > LENGTHS.get(name, 1000):
        yield f"{name} longer than {LENGTHS[name]}"
    if name == "IBAN" and not _fits(text[4:] + text[:4]):
        yield "an IBAN whose check digits do not fit"
    if name in ("MsgId", "PmtInfId", "EndToEndId", "MndtId") and (not text or text[0] == "/" or "//" in text):
        yield f"{name} that begins with a slash, or has two"


def _batch(batch: Element) -> Iterator[str]:
    """What SEPA says of a batch, and of the debits in it."""
    for name, wanted in (("PmtMtd", ("DD",)), ("SvcLvl", ("SEPA",)), ("ChrgBr", ("SLEV",)),
                         ("LclInstrm", ("CORE", "B2B")), ("SeqTp", ("FRST", "RCUR", "FNAL", "OOFF"))):  # fmt: skip
        if _text(batch, name) not in wanted:
            yield f"{name} is {_text(batch, name)}"
    day = date.fromisoformat(_text(batch, "ReqdColltnDt"))
    if day.weekday() > 4:
        yield "a day on which banks are closed"
    scheme = _text(batch, "CdtrSchmeId").removesuffix("SEPA")
    if not _fits(scheme[7:] + scheme[:4]):
        yield "a creditor identifier whose check digits do not fit"
    for debit in batch.iter(f"{SPACE}DrctDbtTxInf"):
        amount = debit.find(f"{SPACE}InstdAmt")
        if amount is None or amount.get("Ccy") != "EUR":
            yield "an amount that is not in euros"
        elif not re.fullmatch(r"\d{1,9}\.\d\d", amount.text or "") or not Decimal(amount.text or "0"):
            yield f"the amount {amount.text}"
        if date.fromisoformat(_text(debit, "DtOfSgntr")) > day:
            yield "a mandate that is signed after the debit"


def _text(node: Element, name: str) -> str:
    found = node.find(f".//{SPACE}{name}")
    return "".join(found.itertext()).strip() if found is not None else ""


def _fits(text: str) -> bool:
    """Whether check digits fit: letters are numbers from 10, and the whole leaves 1 (ISO 7064, mod 97-10)."""
    return text.isalnum() and int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1
