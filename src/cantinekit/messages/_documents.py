"""A receipt, an invoice or a credit note as text (Markdown), in French or English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from cantinekit.common.typography import french_words, money, number
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
    words, sign = WORDS[lang], -1 if document.what == "credit note" else 1
    out = [f"# {words[document.what]} {escape(document.printed)}", ""]
    out += [f"- {escape(line)}" for line in _dates(document, corrected, words, lang)]
    out += ["", *_party(words["seller"], _of_seller(document.seller, words))]
    if billed_to is not None:
        lines = [billed_to.name, *billed_to.address, billed_to.country]
        lines += [words["tax id"].format(billed_to.tax_number)] if billed_to.tax_number else []
        out += _party(words["addressee"], lines)
    if len(document.parts) > 1:
        out += _by_person(document, names or {}, words, lang)
    else:
        out += print_table(words["lines"], 1, (_line(line, sign, words, lang) for line in document.lines))
    rows = [
        [number(tax.rate, lang), *(money(sign * one, lang) for one in (tax.net, tax.tax, tax.gross))]
        for tax in document.taxes
    ]
    out += print_table(words["taxes"], 1, rows)
    out += [f"- {words[name].format(money(amount, lang))}" for name, amount in _totals(document, sign)]
    out += [f"- {words['due on'].format(print_day(document.due_on, lang))}"] if document.due_on else []
    mentions = [line for text in document.mentions for line in (escape(text), "")]
    return "\n".join([*out, "", *mentions]).rstrip("\n") + "\n"


def _dates(document: Document, corrected: Document | None, words: dict[str, str], lang: str) -> Iterator[str]:
    yield words["date"].format(print_day(document.issued_on, lang))
    first, last = document.supplied_from, document.supplied_until
    if first is not None and last is not None:
        yield words["supplied" if first == last else "supplied until"].format(
            print_day(first, lang), print_day(last, lang)
        )
    if corrected is not None:
        yield words[f"corrects {corrected.what}"].format(corrected.printed, print_day(corrected.issued_on, lang))


def line_text(line: DocumentLine | ChargeLine, lang: str) -> str:
    """What a line of a document or of a charge says: the text of the price list, or of the house in a language.

    Args:
        line: the line.
        lang: "fr" or "en".

    Raises:
        InputError: there are no texts in this language.
    """
    return texts.charged(line.said, lang, line.detail) if line.said else line.text


def print_day(day: date, lang: str) -> str:
    return day.strftime("%d/%m/%Y") if lang == "fr" else day.isoformat()


def _of_seller(seller: Seller, words: dict[str, str]) -> list[str]:
    lines = [seller.name, *seller.address, seller.country]
    lines += [words["registration"].format(seller.registration)] if seller.registration else []
    return lines + ([words["tax id"].format(seller.vat_number)] if seller.vat_number else [])


def _party(title: str, lines: Iterable[str]) -> list[str]:
    """A name and an address, each line on its own (a backslash breaks it)."""
    return [f"**{title}**\\", "\\\n".join(escape(line) for line in lines if line), ""]


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


def _by_person(document: Document, names: Mapping[str, str], words: dict[str, str], lang: str) -> Iterator[str]:
    """The lines of a bill: a table for each person, first what is for nobody else than the payer."""
    for person_id, groups in document.by_person:
        if person_id is not None:
            yield from (f"**{escape(words['for'].format(names.get(person_id) or person_id))}**", "")
        rows = [
            [_days(part.supplied_from, part.supplied_until, words, lang), *_line(line, 1, words, lang)]
            for part, lines in groups
            for line in lines
        ]
        yield from print_table(words["bill lines"], 2, rows)


def _days(first: date | None, last: date | None, words: dict[str, str], lang: str) -> str:
    """The days of what a charge is for; empty where they are not known."""
    if first is None or last is None:
        return ""
    one = print_day(first, lang)
    return one if first == last else words["from until"].format(one, print_day(last, lang))


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
