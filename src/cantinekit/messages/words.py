"""The words of pages: what messages, refusals and pictures write, for a host that shows the same.

Days, times and periods stand on the wall of a place, whose zone is given; no zone and no language of the machine is
ever asked. What a host wrote itself, such as the name of an account, is shown as it is.
"""

from __future__ import annotations

from cantinekit.common import typography
from cantinekit.common.times import (
    clock,
    dated,
    day,
    days,
    moment,
    month,
    period,
    periods,
    short_day,
    short_moment,
    time,
    times,
)
from cantinekit.common.typography import check_lang
from cantinekit.messages._documents import WORDS as DOCUMENT_WORDS
from cantinekit.messages._documents import line_text
from cantinekit.messages._states import ACCOUNTS, AGREEING, FEMININE, LINE_KINDS, OF_KIND, STATES
from cantinekit.messages.refusals._words import KINDS
from cantinekit.money import Money

_DOCUMENTS = ("receipt", "invoice", "credit note")
_ARTICLES = ("the ", "le ", "la ", "les ", "l’")


def money(amount: Money, lang: str) -> str:
    """An amount as messages and documents have it: "1 234,50 €" with spaces that do not break, in English
    "1234.50 EUR". It needs no package; ``Money.localized`` has other languages and the signs of other currencies.

    Args:
        amount: the amount.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return typography.money(amount, lang)


def number(value: object, lang: str) -> str:
    """A number or a percentage: "1 234,5" and "30 %" with spaces that do not break, in English as it is.

    Args:
        value: the number, or its text with a decimal point.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return typography.number(value, lang)


def typeset(text: str, lang: str) -> str:
    """A text of the host as the language sets it: in French the spaces beside : ; ! ? « » and n° do not break.

    Args:
        text: the text, with plain spaces.
        lang: "fr" or "en"; English is left as it is.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return typography.french(text) if lang == "fr" else text


def state(name: str, lang: str, kind: str = "") -> str:
    """The name of a state of a record: ``state("cancelled", "fr", "booking")`` is "annulée".

    Args:
        name: the state, such as ``booking.state``. What is none, such as the "3/12" of a session in an agenda, is shown
            as it is.
        lang: "fr" or "en".
        kind: the kind of the record, such as ``booking.kind``, with which the French agrees; empty: something
            masculine.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    of_kind = OF_KIND.get((kind, name))
    french, english = of_kind or STATES.get(name, (name, name))
    if lang == "en":
        return english
    return AGREEING.get(name, french) if kind in FEMININE and of_kind is None else french


def kind(name: str, lang: str) -> str:
    """What a record is called, without an article: ``kind("booking", "fr")`` is "réservation".

    Args:
        name: the kind, such as ``record.kind``, or ``what`` of a document. What is none is shown as it is.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    if name in _DOCUMENTS:
        return DOCUMENT_WORDS[lang][name].lower()
    said = KINDS[lang].get(name, name)
    return next((said.removeprefix(one) for one in _ARTICLES if said.startswith(one)), said)


def account(name: str, lang: str) -> str:
    """How money comes by an account: ``account("card", "fr")`` is "par carte".

    Args:
        name: the gateway account, such as ``attempt.account``. One of the host that is none of card, cash, cheque,
            credit, desk, mandate, sponsor, transfer and voucher is shown as it is.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return _of(ACCOUNTS.get(name, (name, name)), lang)


def line_kind(name: str, lang: str) -> str:
    """What a line of a charge is: "vente", "pénalité", "caution" or "report".

    Args:
        name: ``line.kind``.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    return _of(LINE_KINDS.get(name, (name, name)), lang)


def _of(said: tuple[str, str], lang: str) -> str:
    french, english = said
    return french if lang == "fr" else english


__all__ = [
    "account",
    "clock",
    "dated",
    "day",
    "days",
    "kind",
    "line_kind",
    "line_text",
    "moment",
    "money",
    "month",
    "number",
    "period",
    "periods",
    "short_day",
    "short_moment",
    "state",
    "time",
    "times",
    "typeset",
]
