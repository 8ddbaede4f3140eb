"""A receipt, an invoice or a credit note as Markdown and as HTML, in French or English: one content, two printers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape as html

import attrs

from cantinekit.common.times import short_day
from cantinekit.common.typography import french_words, money, number
from cantinekit.errors import InputError
from cantinekit.money import Money, exponent, round_ratio
from cantinekit.pricing import texts
from cantinekit.pricing.markdown import escape
from cantinekit.records import BilledTo, ChargeLine, Document, DocumentLine, Seller

WORDS: dict[str, dict[str, str]] = {
    "fr": french_words(
        {
            "receipt": "Reçu",
            "invoice": "Facture",
            "credit note": "Avoir",
            "date": "Date : {0}",
            "supplied": "Prestation du {0}",
            "supplied until": "Prestation du {0} au {1}",
            "corrects invoice": "Cet avoir rectifie la facture {0} du {1}",
            "corrects receipt": "Cet avoir rectifie le reçu {0} du {1}",
            "seller": "Vendeur",
            "addressee": "Client",
            "registration": "Immatriculation : {0}",
            "tax id": "Numéro de TVA : {0}",
            "bill lines": "Date|Désignation|Quantité|Prix unitaire HT|Taux|Montant HT|Montant TTC",
            "for": "Pour {0}",
            "from until": "{0} au {1}",
            "lines": "Désignation|Quantité|Prix unitaire HT|Taux|Montant HT|Montant TTC",
            "taxes": "Taux|Base HT|Taxe|Total TTC",
            "none": "sans taxe",
            "net": "Total HT : {0}",
            "tax": "Total des taxes : {0}",
            "residual": "Arrondi : {0}",
            "gross": "Total TTC : {0}",
            "paid": "Déjà réglé : {0}",
            "sponsored": "Dont pris en charge par un tiers : {0}",
            "given back": "Remboursé : {0}",
            "due": "Reste à payer : {0}",
            "due on": "À payer le {0} au plus tard",
            "caption": "Détail",
            "taxes caption": "Taxes",
        }
    ),
    "en": {
        "receipt": "Receipt",
        "invoice": "Invoice",
        "credit note": "Credit note",
        "date": "Date: {0}",
        "supplied": "Supplied on {0}",
        "supplied until": "Supplied from {0} until {1}",
        "corrects invoice": "This credit note corrects invoice {0} of {1}",
        "corrects receipt": "This credit note corrects receipt {0} of {1}",
        "seller": "Seller",
        "addressee": "Customer",
        "registration": "Registration: {0}",
        "tax id": "VAT number: {0}",
        "bill lines": "Date|Description|Quantity|Unit price without tax|Rate|Without tax|With tax",
        "for": "For {0}",
        "from until": "{0} until {1}",
        "lines": "Description|Quantity|Unit price without tax|Rate|Without tax|With tax",
        "taxes": "Rate|Without tax|Tax|With tax",
        "none": "no tax",
        "net": "Total without tax: {0}",
        "tax": "Total tax: {0}",
        "residual": "Rounding: {0}",
        "gross": "Total with tax: {0}",
        "paid": "Paid: {0}",
        "sponsored": "Of which a third party pays: {0}",
        "given back": "Given back: {0}",
        "due": "Still to pay: {0}",
        "due on": "To be paid by {0}",
        "caption": "Details",
        "taxes caption": "Taxes",
    },
}
UNITS = {"minute": "min", "piece": ""}
"""How the units of a price list are printed, where not by their own name."""


def print_document(
    document: Document,
    billed_to: BilledTo | None,
    corrected: Document | None,
    lang: str,
    names: Mapping[str, str] | None = None,
) -> str:
    """A document with all that it states, as Markdown (CommonMark with tables); its texts are escaped.

    The lines of a bill of several charges stand by person and then by charge, each with its day.

    A credit note is printed with the amounts that it takes back, without a sign (EN 16931, type 381).

    Args:
        document: the document.
        billed_to: whom it is addressed to; ``None``: it does not say so.
        corrected: the document that it corrects; ``None`` where it corrects none.
        lang: "fr" or "en".
        names: the names of the people whom lines are for, by id; who has none is named by the id; ``None``: none are
            known.

    Raises:
        LookupError: no such language.
    """
    out = [line for block in _blocks(document, billed_to, corrected, lang, names or {}) for line in _markdown(block)]
    return "\n".join(out).rstrip("\n") + "\n"


def print_document_html(
    document: Document,
    billed_to: BilledTo | None,
    corrected: Document | None,
    lang: str,
    names: Mapping[str, str] | None = None,
    *,
    level: int = 1,
) -> str:
    """A document with all that it states, as an ``article`` of HTML to put into a page: it says what ``print_document``
    says. All texts are escaped, nothing is styled; tables have captions and headers, cells of figures the class
    ``figure``.

    Args:
        document: the document.
        billed_to: whom it is addressed to; ``None``: it does not say so.
        corrected: the document that it corrects; ``None`` where it corrects none.
        lang: "fr" or "en".
        names: the names of the people whom lines are for, by id; who has none is named by the id; ``None``: none are
            known.
        level: the level of its heading, 1 to 5; the seller and the customer have one below.

    Raises:
        LookupError: no such language.
        InputError: the level is out of bounds.
    """
    if type(level) is not int or not 1 <= level <= 5:
        raise InputError("level must be 1 to 5")
    blocks = _blocks(document, billed_to, corrected, lang, names or {})
    return f'<article lang="{lang}">\n{"".join(_html(block, level) for block in blocks)}</article>\n'


# --- what is in it ---------------------------------------------------------------------------------------------------


@attrs.frozen
class _Heading:
    text: str


@attrs.frozen
class _Items:
    lines: list[str]


@attrs.frozen
class _Party:
    title: str
    lines: list[str]


@attrs.frozen
class _Table:
    """A table. The last of its columns on the left names the row; those after it are figures. Markdown shows its
    caption only where it says for whom the lines are.
    """

    head: str
    left: int
    rows: Sequence[Sequence[str]]
    caption: str
    named: bool = False


@attrs.frozen
class _Text:
    text: str


_Block = _Heading | _Items | _Party | _Table | _Text


def _blocks(
    document: Document, billed_to: BilledTo | None, corrected: Document | None, lang: str, names: Mapping[str, str]
) -> Iterator[_Block]:
    words, sign = WORDS[lang], -1 if document.what == "credit note" else 1
    yield _Heading(f"{words[document.what]} {document.printed}")
    yield _Items(list(_dates(document, corrected, words, lang)))
    yield _Party(words["seller"], _of_seller(document.seller, words))
    if billed_to is not None:
        lines = [billed_to.name, *billed_to.address, billed_to.country]
        lines += [words["tax id"].format(billed_to.tax_number)] if billed_to.tax_number else []
        yield _Party(words["addressee"], lines)
    if len(document.parts) > 1:
        yield from _by_person(document, names, words, lang)
    else:
        yield _Table(words["lines"], 1, [_line(line, sign, words, lang) for line in document.lines], words["caption"])
    rows = [
        [number(tax.rate, lang) or words["none"], *(money(sign * one, lang) for one in (tax.net, tax.tax, tax.gross))]
        for tax in document.taxes
    ]
    yield _Table(words["taxes"], 1, rows, words["taxes caption"])
    totals = [words[name].format(money(amount, lang)) for name, amount in _totals(document, sign)]
    due = [words["due on"].format(short_day(document.due_on, lang))] if document.due_on else []
    yield _Items([*totals, *due])
    yield from map(_Text, document.mentions)


# --- how it is printed -----------------------------------------------------------------------------------------------


def _markdown(block: _Block) -> list[str]:
    match block:
        case _Heading(text):
            return [f"# {escape(text)}", ""]
        case _Items(lines):
            return [*(f"- {escape(line)}" for line in lines), ""]
        case _Party(title, lines):  # each line on its own: a backslash breaks it
            return [f"**{title}**\\", "\\\n".join(escape(line) for line in lines if line), ""]
        case _Table(head, left, rows, caption, named):
            return [*([f"**{escape(caption)}**", ""] if named else ()), *print_table(head, left, rows)]
        case _Text(text):
            return [escape(text), ""]


def _html(block: _Block, level: int) -> str:
    match block:
        case _Heading(text):
            return f"<h{level}>{html(text)}</h{level}>\n"
        case _Items(lines):
            return "<ul>\n" + "".join(f"<li>{html(line)}</li>\n" for line in lines) + "</ul>\n"
        case _Party(title, lines):
            said = "<br>\n".join(html(line) for line in lines if line)
            return f"<h{level + 1}>{html(title)}</h{level + 1}>\n<p>{said}</p>\n"
        case _Table():
            return _html_table(block)
        case _Text(text):
            return f"<p>{html(text)}</p>\n"


def _html_table(table: _Table) -> str:
    def classed(n: int) -> str:
        return "" if n < table.left else ' class="figure"'

    head = "".join(f'<th scope="col"{classed(n)}>{html(name)}</th>' for n, name in enumerate(table.head.split("|")))
    rows = []
    for row in table.rows:
        cells = [
            f'<th scope="row">{html(cell)}</th>' if n == table.left - 1 else f"<td{classed(n)}>{html(cell)}</td>"
            for n, cell in enumerate(row)
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>\n")
    return (
        f"<table>\n<caption>{html(table.caption)}</caption>\n<thead>\n<tr>{head}</tr>\n</thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n"
    )


# --- its parts -------------------------------------------------------------------------------------------------------


def _dates(document: Document, corrected: Document | None, words: dict[str, str], lang: str) -> Iterator[str]:
    yield words["date"].format(short_day(document.issued_on, lang))
    first, last = document.supplied_from, document.supplied_until
    if first is not None and last is not None:
        yield words["supplied" if first == last else "supplied until"].format(
            short_day(first, lang), short_day(last, lang)
        )
    if corrected is not None:
        yield words[f"corrects {corrected.what}"].format(corrected.printed, short_day(corrected.issued_on, lang))


def line_text(line: DocumentLine | ChargeLine, lang: str) -> str:
    """What a line of a document or of a charge says: the text of the price list, or of the house in a language.

    Args:
        line: the line.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    return texts.charged(line.said, lang, line.detail) if line.said else line.text


def _of_seller(seller: Seller, words: dict[str, str]) -> list[str]:
    lines = [seller.name, *seller.address, seller.country]
    lines += [words["registration"].format(seller.registration)] if seller.registration else []
    return lines + ([words["tax id"].format(seller.vat_number)] if seller.vat_number else [])


def _line(line: DocumentLine, sign: int, words: dict[str, str], lang: str) -> list[str]:
    net, gross = sign * line.net, sign * line.gross
    rate, unit = number(line.rate, lang) or words["none"], UNITS.get(line.unit, line.unit)
    quantity = f"{line.quantity} {unit}".rstrip()
    return [
        line_text(line, lang),
        quantity,
        _each(net, line.quantity, lang),
        rate,
        money(net, lang),
        money(gross, lang),
    ]


def _by_person(document: Document, names: Mapping[str, str], words: dict[str, str], lang: str) -> Iterator[_Table]:
    """The lines of a bill: a table for each person, first what is for nobody else than the payer."""
    for person_id, groups in document.by_person:
        rows = [
            [_days(part.supplied_from, part.supplied_until, words, lang), *_line(line, 1, words, lang)]
            for part, lines in groups
            for line in lines
        ]
        if person_id is None:
            yield _Table(words["bill lines"], 2, rows, words["caption"])
        else:
            whom = words["for"].format(names.get(person_id) or person_id)
            yield _Table(words["bill lines"], 2, rows, whom, named=True)


def _days(first: date | None, last: date | None, words: dict[str, str], lang: str) -> str:
    """The days of what a charge is for; empty where they are not known."""
    if first is None or last is None:
        return ""
    one = short_day(first, lang)
    return one if first == last else words["from until"].format(one, short_day(last, lang))


def print_table(head: str, left: int, rows: Iterable[Sequence[str]]) -> list[str]:
    names = head.split("|")
    rule = ["---" if n < left else "---:" for n in range(len(names))]
    cells = [names, rule, *([escape(cell) for cell in row] for row in rows)]
    return [*(f"| {' | '.join(row)} |" for row in cells), ""]


def _totals(document: Document, sign: int) -> Iterator[tuple[str, Money]]:
    yield "net", sign * document.net
    yield "tax", sign * document.tax
    if document.residual:
        yield "residual", sign * document.residual
    yield "gross", sign * document.gross
    if document.what == "credit note":
        yield "given back", sign * document.paid
    else:
        yield "paid", document.paid
        if document.sponsored is not None:
            yield "sponsored", document.sponsored
        yield "due", document.gross - document.paid


def _each(amount: Money, count: int, lang: str) -> str:
    """The amount of one of several, with two more decimals where it does not come out even."""
    if amount.amount % count == 0:
        return money(Money(amount.amount // count, amount.currency), lang)
    digits = exponent(amount.currency) + 2
    text = str(round_ratio(abs(amount.amount) * 100, count)).rjust(digits + 1, "0")
    sign = "-" if amount.amount < 0 else ""
    return money(f"{sign}{text[:-digits]}.{text[-digits:]} {amount.currency}", lang)
