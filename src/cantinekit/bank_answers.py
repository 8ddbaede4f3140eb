"""What a bank answers to direct debits: rejects (pain.002) and bookings with returns (camt.054), read from bytes.

The bytes come from outside, so nothing is expanded and everything is bounded: a document type is refused, and so are
entities, more bytes, elements or depth than such a message has. Only what is about direct debits is kept, and of that
no name and no account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Literal, NoReturn
from xml.parsers import expat

import attrs

from cantinekit.common.fields import Code, check_text, is_count, is_text, is_word
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

MOST_BYTES = 10_000_000
"""How large an answer is at most."""
MOST_LINES = 2_000
"""How many direct debits an answer is about at most."""
_MOST_ELEMENTS, _MOST_DEPTH, _MOST_TEXT = 400_000, 40, 2_000
BankWord = Literal["settled", "back"]
"""``settled``: the money of a debit was credited. ``back``: it was rejected, returned or refunded."""
_KINDS = ("pain.002", "camt.054")
_SPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(pain\.002|camt\.054)\.001\.\d\d")
_AMOUNT = re.compile(r"\d{1,15}(?:\.\d{1,5})?")
_CODE = re.compile(r"[A-Za-z0-9]{1,35}")
_ISSUED = "IDDT"
"""The family of bookings of direct debits that the owner of the account issued (ISO 20022 bank transaction codes)."""


def _are_amounts(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or len(value) > 3 or any(not isinstance(one, Money) for one in value):
        raise InputError(f"{attribute.name} are at most three amounts of money")


@attrs.frozen
class BankLine:
    """What a bank says of one debit, or of all debits of one file.

    Attributes:
        what: "settled" or "back".
        key: the end-to-end id of the debit as the bank writes it, at most 100 characters; empty: all of the file.
        message: the id of the file, or of its one batch, at most 100 characters; empty: not stated.
        reason: the ISO 20022 code of the reason, such as "AM04"; empty: none.
        amounts: what the bank says that it is about: of a return it may state the debit and the debit with fees;
            nothing: it does not say.
        line: the line of the answer on which it stands, from 1.
    """

    what: BankWord = attrs.field(validator=is_word(BankWord))
    key: Code = attrs.field(validator=is_text(100))
    message: Code = attrs.field(default="", validator=is_text(100))
    reason: Code = attrs.field(default="", validator=is_text(35))
    amounts: tuple[Money, ...] = attrs.field(default=(), validator=_are_amounts)
    line: int = attrs.field(default=1, validator=is_count())


def _are_lines(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or any(not isinstance(one, BankLine) for one in value):
        raise InputError(f"{attribute.name} are lines of an answer: read_bank_answer gives them")
    if len(value) > MOST_LINES:
        raise InputError(f"{attribute.name} are at most {MOST_LINES}")


@attrs.frozen
class BankAnswer:
    """What a file of a bank says of direct debits. ``read_bank_answer`` makes it.

    Attributes:
        kind: "pain.002" or "camt.054".
        message: the id of the answer, at most 100 characters.
        digest: the SHA-256 of its bytes: the same file is known again by it.
        lines: what it says, in its order.
    """

    kind: Code = attrs.field(validator=is_text(20))
    message: Code = attrs.field(validator=is_text(100))
    digest: Code = attrs.field(validator=is_text(64))
    lines: tuple[BankLine, ...] = attrs.field(validator=_are_lines)

    def __attrs_post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise InputError(f"an answer of a bank is one of {', '.join(_KINDS)}, not {shown(self.kind)}")
        if not re.fullmatch("[0-9a-f]{64}", self.digest):
            raise InputError("digest is a SHA-256, of 64 hexadecimal digits")


def read_bank_answer(content: bytes) -> BankAnswer:
    """Read a status report (pain.002) or a notification of bookings (camt.054), of any version.

    A payment that was accepted is not said to be settled. A booking is read once it is booked. What is no direct
    debit, such as a transfer that came in, is left out.

    Args:
        content: the bytes of the file, at most 10,000,000.

    Raises:
        InputError: it is too large, no well-formed XML, has a document type or an entity, is another message, says
            something that such a message cannot say, or is about more than 2,000 debits; with the line.
    """
    if not isinstance(content, bytes):
        raise InputError(f"an answer of a bank is read from bytes, not {type(content).__name__}")
    if len(content) > MOST_BYTES:
        raise InputError(f"an answer of a bank has at most {MOST_BYTES} bytes, this has {len(content)}")
    root = _Builder().read(content)
    space, _, name = root.tag.rpartition(" ")
    found = _SPACE.fullmatch(space)
    if name != "Document" or found is None:
        _refuse(root, f"a pain.002 or a camt.054 is expected, found {shown(root.tag)}")
    kind = found[1]
    report, read = ("CstmrPmtStsRpt", _statuses) if kind == "pain.002" else ("BkToCstmrDbtCdtNtfctn", _bookings)
    body = root.one(report)
    if body is None:
        _refuse(root, f"{kind} without {report}")
    lines = list[BankLine]()
    for line in read(body):
        lines.append(line)
        if len(lines) > MOST_LINES:
            _refuse(root, f"it is about more than {MOST_LINES} direct debits")
    return BankAnswer(kind, _id(body, "GrpHdr", "MsgId"), sha256(content).hexdigest(), tuple(lines))


# --- the tree --------------------------------------------------------------------------------------------------------


class _Node:
    """An element: its name, its text, what is in it, its line, and the currency that it states."""

    __slots__ = ("children", "currency", "line", "space", "tag", "text")

    def __init__(self, tag: str, space: str, line: int, currency: str) -> None:
        self.tag, self.space, self.line, self.currency = tag, space, line, currency
        self.text = ""
        self.children = list[_Node]()

    def all(self, *path: str) -> list[_Node]:
        """The elements at a path, by their names in the space of the document."""
        found = [self]
        for name in path:
            found = [one for node in found for one in node.children if one.tag == f"{self.space} {name}"]
        return found

    def one(self, *path: str) -> _Node | None:
        """The first element at a path."""
        return next(iter(self.all(*path)), None)

    def said(self, *path: str) -> str:
        """The text of the first element at a path; empty where there is none."""
        found = self.one(*path)
        return found.text.strip() if found is not None else ""


def _refuse(node: _Node, why: str) -> NoReturn:
    raise InputError(f"line {node.line} of the answer: {why}")


class _Builder:
    """Builds a small tree, and refuses what such a message never has."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._root: _Node | None = None
        self._open = list[_Node]()
        self._count = 0

    def read(self, content: bytes) -> _Node:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            raise InputError(f"line {error.lineno} of the answer: {expat.ErrorString(error.code)}") from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not have
            if isinstance(error, InputError):
                raise
            raise InputError(f"line {self._parser.CurrentLineNumber} of the answer: unknown encoding") from None
        assert self._root is not None  # else it was not well-formed
        return self._root

    def _no(self, why: str) -> NoReturn:
        raise InputError(f"line {self._parser.CurrentLineNumber} of the answer: {why}")

    def _doctype(self, *_: object) -> None:
        self._no("a document type, which no bank writes")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._open) >= _MOST_DEPTH:
            self._no(f"more than {_MOST_ELEMENTS} elements, or deeper than {_MOST_DEPTH}")
        space = self._root.space if self._root is not None else tag.rpartition(" ")[0]
        node = _Node(tag, space, self._parser.CurrentLineNumber, attributes.get("Ccy", ""))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        node = self._open[-1]
        if not node.text and not text.strip():  # how the file is laid out
            return
        if len(node.text) + len(text) > _MOST_TEXT:
            self._no(f"a text of more than {_MOST_TEXT} characters")
        node.text += text


# --- pain.002 --------------------------------------------------------------------------------------------------------


def _statuses(body: _Node) -> Iterator[BankLine]:
    """What was rejected: a file, a batch of it, single debits. What was only accepted is no news."""
    for group in body.all("OrgnlGrpInfAndSts"):
        name = group.said("OrgnlMsgNmId")
        if name and not name.startswith("pain.008"):
            return  # it answers to transfers
        if group.said("GrpSts") == "RJCT":
            yield BankLine("back", "", _id(group, "OrgnlMsgId"), _reason(group, "StsRsnInf"), (), group.line)
            return
    for batch in body.all("OrgnlPmtInfAndSts"):
        if batch.said("PmtInfSts") == "RJCT":
            yield BankLine("back", "", _id(batch, "OrgnlPmtInfId"), _reason(batch, "StsRsnInf"), (), batch.line)
            continue
        for one in batch.all("TxInfAndSts"):
            if one.said("TxSts") == "RJCT":
                amounts = _amounts(one, ("OrgnlTxRef", "Amt", "InstdAmt"))
                key = _id(one, "OrgnlEndToEndId") or "NOTPROVIDED"
                yield BankLine("back", key, "", _reason(one, "StsRsnInf"), amounts, one.line)


# --- camt.054 --------------------------------------------------------------------------------------------------------


def _bookings(body: _Node) -> Iterator[BankLine]:
    """What was booked of direct debits: credits, and what came back of them."""
    for entry in body.all("Ntfctn", "Ntry"):
        status = entry.said("Sts", "Cd") or entry.said("Sts")
        if status not in ("", "BOOK"):
            continue
        for details in entry.all("NtryDtls"):
            single = details.all("TxDtls")
            for one in single:
                yield from _booked(entry, one)
            batch = details.one("Btch")
            if batch is not None and not single and _word(entry, entry) == "settled" and _is_debit(entry, entry):
                message = _id(batch, "PmtInfId") or _id(batch, "MsgId")
                yield BankLine("settled", "", message, "", _amounts(entry, ("Amt",)), entry.line)


def _booked(entry: _Node, one: _Node) -> Iterator[BankLine]:
    if not _is_debit(entry, one):
        return
    key = _id(one, "Refs", "EndToEndId")
    paths = (("AmtDtls", "InstdAmt", "Amt"), ("AmtDtls", "TxAmt", "Amt"), ("Amt",))
    amounts = _amounts(one, *paths) or (_amounts(entry, ("Amt",)) if len(entry.all("NtryDtls", "TxDtls")) == 1 else ())
    yield BankLine(_word(entry, one), key or "NOTPROVIDED", "", _reason(one, "RtrInf"), amounts, one.line)


def _word(entry: _Node, one: _Node) -> BankWord:
    """Whether money came, or went back."""
    sign = one.said("CdtDbtInd") or entry.said("CdtDbtInd")
    if sign not in ("CRDT", "DBIT"):
        _refuse(one, "a booking says CRDT or DBIT")
    back = sign == "DBIT" or one.one("RtrInf") is not None or entry.said("RvslInd") in ("true", "1")
    return "back" if back else "settled"


def _is_debit(entry: _Node, one: _Node) -> bool:
    """Whether a booking is of a direct debit that the house issued."""
    families = [node.said("BkTxCd", "Domn", "Fmly", "Cd") for node in (one, entry)]
    family = next((name for name in families if name), "")
    return family == _ISSUED if family else bool(one.said("Refs", "MndtId"))


# --- values ----------------------------------------------------------------------------------------------------------


def _id(node: _Node, *path: str) -> str:
    text = node.said(*path)
    try:
        return check_text(text, path[-1], limit=100)
    except InputError as error:
        _refuse(node, str(error))


def _reason(node: _Node, name: str) -> str:
    """The code of the reason, or the bank's own word for it."""
    for information in node.all(name):
        found = information.said("Rsn", "Cd") or information.said("Rsn", "Prtry")
        if found and not _CODE.fullmatch(found):
            _refuse(information, f"{shown(found)} is no code of a reason")
        if found:
            return found
    return ""


def _amounts(node: _Node, *paths: tuple[str, ...]) -> tuple[Money, ...]:
    """The amounts at these paths, each once."""
    found = list[Money]()
    for path in paths:
        one = node.one(*path)
        if one is not None and (amount := _money(one)) not in found:
            found.append(amount)
    return tuple(found)


def _money(node: _Node) -> Money:
    number = node.text.strip()
    if not _AMOUNT.fullmatch(number):
        _refuse(node, f"{shown(number)} is no amount")
    try:
        return Money.parse(number, node.currency)
    except InputError as error:
        _refuse(node, str(error))


__all__ = [
    "MOST_BYTES",
    "MOST_LINES",
    "BankAnswer",
    "BankLine",
    "BankWord",
    "read_bank_answer",
]
