"""Reading documents: one with all that it states, those of a series by their numbers, gaps in the numbers."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise

import attrs

from cantinekit import messages
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.reads.records import RecordReads
from cantinekit.records import (
    Addressee,
    BilledTo,
    Charge,
    ChargeDocuments,
    Document,
    NumberSeries,
    Person,
    series_id,
)
from cantinekit.runtime import codec


@attrs.frozen
class Numbering:
    """The numbers of a series in one year, and which of them are wrong. The law wants none to be missing, double or
    backwards.

    Attributes:
        series_id: the legal entity and the name of the series, with ``|`` between.
        year: the year.
        count: how many documents there are.
        last: the highest number that was given.
        missing: numbers below the last one that no document has.
        double: numbers that several documents have.
        backwards: numbers that were issued before the number in front of them.
    """

    series_id: str
    year: int
    count: int
    last: int
    missing: tuple[int, ...] = ()
    double: tuple[int, ...] = ()
    backwards: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether no number is missing, double or backwards."""
        return not (self.missing or self.double or self.backwards)


class DocumentReads(RecordReads):
    """Answers questions about documents."""

    @checked
    def document(self, id: str) -> Document:
        """A document by its id: the legal entity, ``|``, and the printed number.

        Args:
            id: the id of the document.

        Raises:
            NotFoundError: there is none.
        """
        return self.need(Document, id)

    @checked
    def addressee(self, document_id: str) -> BilledTo | None:
        """Whom a document is addressed to, where it says so. This is personal data.

        Args:
            document_id: the document.

        Raises:
            NotFoundError: there is no such document.
        """
        self._there(Document, document_id)
        found = self.get(Addressee, document_id)
        return None if found is None else found.billed_to

    @checked
    def documents(self, entity_id: str, series: str, year: int | None = None) -> tuple[Document, ...]:
        """The documents of a series, of one year or of all, in the order of their numbers.

        Args:
            entity_id: the legal entity.
            series: the name of the series.
            year: the year, from 1970 to 9999; ``None``: all years.

        Raises:
            NotFoundError: there is no such series.
            InputError: a year that is not from 1970 to 9999.
        """
        if year is not None and not 1970 <= year <= 9999:
            raise InputError("year must be from 1970 to 9999")
        prefix = series_id(entity_id, series)
        self._there(NumberSeries, prefix)
        return tuple(self._of(Document, "series", prefix if year is None else codec.composite(prefix, str(year))))

    @checked
    def documents_of(self, charge_id: str) -> tuple[Document, ...]:
        """The documents of a charge: receipt, invoice, credit notes; those that it has.

        Args:
            charge_id: the charge.

        Raises:
            NotFoundError: there is no such charge.
        """
        self._there(Charge, charge_id)
        found = self.get(ChargeDocuments, charge_id)
        if found is None:
            return ()
        ids = [found.receipt_id, found.invoice_id, *(credit.document_id for credit in found.credits)]
        return tuple(self.need(Document, id) for id in ids if id is not None)

    @checked
    def numbering(self, entity_id: str, series: str) -> tuple[Numbering, ...]:
        """Check the numbers of a series, year by year, against the law: no gap, no double, in the order of time.

        Args:
            entity_id: the legal entity.
            series: the name of the series.

        Raises:
            NotFoundError: there is no such series.
        """
        row = self.need(NumberSeries, series_id(entity_id, series))
        years = {
            year: list(ours)
            for year, ours in groupby(self.documents(entity_id, series), lambda document: document.year)
        }
        given = dict([*row.ended, (row.year, row.last)] if row.last else [])
        elsewhere = dict([row.elsewhere] if row.elsewhere else [])  # another system gave these
        years = {**{year: [] for year in given}, **years}
        found, before = [], None
        for year, ours in sorted(years.items()):
            last = max([document.number for document in ours] + [given.get(year, 0)])
            counted = Counter(document.number for document in ours)
            in_order = ours if before is None else [before, *ours]
            found.append(
                Numbering(
                    row.id,
                    year,
                    len(ours),
                    last,
                    tuple(number for number in range(elsewhere.get(year, 0) + 1, last + 1) if number not in counted),
                    tuple(number for number, times in counted.items() if times > 1),
                    tuple(two.number for one, two in pairwise(in_order) if two.issued_at <= one.issued_at),
                )
            )
            before = ours[-1] if ours else before
        return tuple(found)

    @checked
    def print_document(self, id: str, lang: str = "fr") -> str:
        """A document as Markdown, with its addressee; on a bill the people are named whom its lines are for.

        Args:
            id: the id of the document.
            lang: "fr" or "en".

        Raises:
            NotFoundError: there is none.
            InputError: no such language.
        """
        return messages.print_document(*self._printed(id, lang))

    @checked
    def print_document_html(self, id: str, lang: str = "fr", *, level: int = 1) -> str:
        """A document as an ``article`` of HTML for a page, which says what ``print_document`` says: texts escaped,
        nothing styled, tables with captions and headers, cells of figures with the class ``figure``.

        Args:
            id: the id of the document.
            lang: "fr" or "en".
            level: the level of its heading, 1 to 5; the seller and the customer have one below.

        Raises:
            NotFoundError: there is none.
            InputError: no such language, or the level is out of bounds.
        """
        return messages.print_document_html(*self._printed(id, lang), level=level)

    def _printed(self, id: str, lang: str) -> tuple[Document, BilledTo | None, Document | None, str, dict[str, str]]:
        """A document with all that is printed with it."""
        if lang not in messages.LANGUAGES:
            raise InputError(f"a language is one of {', '.join(messages.LANGUAGES)}, not {shown(lang)}")
        document = self.document(id)
        corrected = self.document(document.corrects) if document.corrects is not None else None
        return document, self.addressee(id), corrected, lang, self._names(document)

    def _names(self, document: Document) -> dict[str, str]:
        """The names of the people whom lines of a bill are for."""
        ids = sorted({one.person_id for one in document.lines if one.person_id}) if len(document.parts) > 1 else []
        return {one.id: one.name for one in self.many(Person, ids) if one is not None and one.name}
