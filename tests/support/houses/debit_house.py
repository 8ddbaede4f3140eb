"""A house that collects by direct debit: an organisation with a mandate whose bills wait for a collection."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.bank_answers import read_bank_answer
from cantinekit.plugins.ports import Storage
from support.houses.billing_house import CLOSE, TERMS, billing, booked
from support.houses.small_house import House

IBAN, OURS = "DE89370400440532013000", "FR7630006000011234567890189"
SIGN = c.SignMandate(
    entity_id="asso",
    payer_id="works",
    reference="RUM-WORKS-1",
    name="Canary-Works",
    iban=IBAN,
    signed_on=date(2026, 11, 2),
)
BY_MANDATE = attrs.evolve(TERMS, account="mandate")
DEBIT_DAY = date(2026, 12, 9)
"""A Wednesday: the bill is due the day before, and the payer is told fifteen days before."""
COLLECT = c.CollectDebits(entity_id="asso", collect_on=DEBIT_DAY, iban=OURS, creditor_id="DE98ZZZ09999999999")


def debiting(storage: Storage | None = None, **terms: Any) -> House:
    """A house that bills the organisation ``works`` and collects from it by mandate, two weeks after a bill."""
    return signed(billing() if storage is None else billing(storage=storage), **terms)


def signed(house: House, **terms: Any) -> House:
    """The same, of a house that bills already."""
    house.do(SIGN)
    house.do(attrs.evolve(BY_MANDATE, **{"days_until_due": 14, **terms}))
    return house


def waiting(house: House, hours: int = 1, **more: Any) -> m.Document:
    """A bill that waits to be collected."""
    booked(house, hours, **more)
    return house.do(CLOSE).value


def collected(house: House, **fields: Any) -> m.DebitCollection:
    """What is collected of such bills."""
    return house.do(attrs.evolve(COLLECT, **fields)).value


def key(id: str) -> str:
    """An id as the bank writes it."""
    return id.replace("_", "-")


def rejected(*reasons: tuple[str, str], message: str = "R1") -> bytes:
    """A status report that rejects debits, each with a reason."""
    single = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{key(id)}</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>\n"
        for id, reason in reasons
    )
    return _document(
        "pain.002.001.10",
        f"<CstmrPmtStsRpt><GrpHdr><MsgId>{message}</MsgId></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>x</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>x-1</OrgnlPmtInfId>\n{single}</OrgnlPmtInfAndSts></CstmrPmtStsRpt>",
    )


def whole_file_rejected(collection: m.DebitCollection, reason: str = "FF01") -> bytes:
    """A status report that rejects a whole file."""
    return _document(
        "pain.002.001.10",
        "<CstmrPmtStsRpt><GrpHdr><MsgId>R2</MsgId></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>{key(collection.id)}</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>"
        f"<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt>",
    )


def booking_of(id: str, amount: str, reason: str = "", currency: str = "EUR") -> str:
    """A booking of one debit: its credit; with a reason its return."""
    returned = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else ""
    sign = "DBIT" if reason else "CRDT"
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>ESDD</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{escape(key(id))}</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{amount}</Amt>{returned}</TxDtls></NtryDtls></Ntry>\n'
    )


def batch_booking(collection: m.DebitCollection, amount: str) -> str:
    """The credit of a whole batch in one sum, without its details."""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><Btch><PmtInfId>{key(collection.id)}-1</PmtInfId></Btch></NtryDtls></Ntry>"
    )


def booked_at_bank(*entries: str, message: str = "B1") -> bytes:
    """A notification with these bookings."""
    return _document(
        "camt.054.001.08",
        f"<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>{message}</MsgId></GrpHdr><Ntfctn>\n{''.join(entries)}</Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn>",
    )


def answered(house: House, content: bytes) -> m.DebitAnswer:
    """An answer of the bank, recorded."""
    return house.do(c.RecordBankAnswer(entity_id="asso", answer=read_bank_answer(content))).value


def _document(name: str, body: str) -> bytes:
    space = f"urn:iso:std:iso:20022:tech:xsd:{name}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{space}">{body}</Document>'.encode()
