"""Reading direct debits: the debits of a collection as data and as the file for the bank, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.domain.debits.collecting import creditor_of, written
from cantinekit.errors import WrongStateError
from cantinekit.money import Money
from cantinekit.reads.bills import first_owed, owed_of
from cantinekit.reads.records import RecordReads
from cantinekit.sepa import direct_debit_file, end_to_end_id


@attrs.frozen
class RefusedDebit:
    """A bill that was to be collected by direct debit, and came back or could not be collected.

    Attributes:
        document_id: id of the invoice.
        printed: its number.
        payer_id: id of the person or the organisation who owes it.
        owed: what is still owed of it.
        due_on: the local day on which it was due.
        reason: the code of the bank, such as "AM04", or a sentence.
    """

    document_id: str
    printed: str
    payer_id: str
    owed: Money
    due_on: date
    reason: str


class DebitReads(RecordReads):
    """Answers questions about direct debits."""

    @checked
    def debits(self, collection_id: str) -> tuple[m.Debit, ...]:
        """The debits of a collection, in the order of its file, each with what became of it.

        Args:
            collection_id: the collection.

        Raises:
            NotFoundError: there is no such collection.
        """
        found = self.many(m.Debit, self.need(m.DebitCollection, collection_id).debit_ids)
        return tuple(one for one in found if one is not None)

    @checked
    def debit_file(self, collection_id: str) -> bytes:
        """The file of a collection for the bank (pain.008.001.08), the same bytes each time.

        It has the accounts as they were when it was made. It needs the extra ``sepa``.

        Args:
            collection_id: the collection.

        Raises:
            NotFoundError: there is no such collection.
            WrongStateError: a payer of it was forgotten since, and with them the account.
        """
        collection = self.need(m.DebitCollection, collection_id)
        debits = []
        for debit, account in zip(
            self.debits(collection_id), self.many(m.MandateAccount, collection.debit_ids), strict=True
        ):
            if account is None:
                raise WrongStateError(f"collection {collection_id}", state=f"without the account of {debit.id}")
            debits.append(written(debit.id, debit.printed, debit.amount, account, debit, collection.collect_on))
        return direct_debit_file(
            creditor_of(collection, collection.name),
            debits,
            collect_on=collection.collect_on,
            message_id=end_to_end_id(collection.id),
            now=collection.made_at,
            scheme=collection.scheme,
            today=collection.day,
        )

    @checked
    def refused_debits(self, entity_id: str, *, after: str | None = None, limit: int = 100) -> tuple[RefusedDebit, ...]:
        """The bills whose direct debit came back, or that could not be collected, and that are still owed.

        They are in the order of their ids. One that waits for a collection again is left out.

        Args:
            entity_id: the legal entity.
            after: the id of the invoice after which to go on, the last one of the page before; ``None``: the first
                page.
            limit: the most bills to have, 1 to 1,000.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: no such limit.
        """
        self._there(m.LegalEntity, entity_id)
        return first_owed(self._refused(entity_id, after), limit)

    def _refused(self, entity_id: str, after: str | None) -> Iterator[RefusedDebit]:
        """The bills that were refused, also those that were paid since."""
        for due in self.find(m.DueDebit, "refused", f"{entity_id}|{after or ''}", f"{entity_id}}}"):
            if due.id != after:
                bill = self.need(m.Document, due.id)
                yield RefusedDebit(bill.id, bill.printed, due.payer_id, owed_of(self, bill), due.due_on, due.reason)
