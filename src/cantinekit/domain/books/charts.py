"""Charts of accounts: the codes of ledger accounts and journals, of a legal entity and of the French standard.

The French codes are those of the *plan comptable général* (ANC 2014-03).
"""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.domain.books.records import AccountCode, Chart, JournalCode, JournalKind
from cantinekit.errors import UnmappedError

FRENCH = (
    AccountCode("receivable", "411000", "Clients"),
    AccountCode("revenue/*", "706000", "Prestations de services"),
    AccountCode("revenue/kept deposits", "758000", "Produits divers de gestion courante"),
    AccountCode("tax/*", "445710", "TVA collectée"),
    AccountCode("input tax/*", "445660", "TVA déductible sur autres biens et services"),
    AccountCode("deferred/*", "487000", "Produits constatés d'avance"),
    AccountCode("account/*", "512000", "Banque"),
    AccountCode("account/cash", "530000", "Caisse"),
    AccountCode("deposits", "165000", "Dépôts et cautionnements reçus"),
    AccountCode("vouchers", "419100", "Clients - Avances et acomptes reçus"),
    AccountCode("credits", "419100", "Clients - Avances et acomptes reçus"),
    AccountCode("sponsored", "467300", "Parts prises en charge par des tiers"),
    AccountCode("refunds payable", "419800", "Clients - Avoirs à établir"),
    AccountCode("costs/*", "611000", "Sous-traitance générale"),
    AccountCode("clearing/*", "467100", "Compensation entre lieux, à arrêter"),
    AccountCode("statements/*", "467200", "Compensation entre lieux, arrêtée"),
    AccountCode("opening", "890000", "Bilan d'ouverture"),
    AccountCode("result/profit", "120000", "Résultat de l'exercice (bénéfice)"),
    AccountCode("result/loss", "129000", "Résultat de l'exercice (perte)"),
    AccountCode("lost", "654000", "Pertes sur créances irrécouvrables"),
    AccountCode("losses", "654000", "Pertes sur créances irrécouvrables"),
)
"""The codes of the ``fr`` base."""
FRENCH_JOURNALS = (
    JournalCode("sales", "VE", "Journal des ventes"),
    JournalCode("money", "BQ", "Journal de banque"),
    JournalCode("other", "OD", "Journal des opérations diverses"),
    JournalCode("opening", "AN", "Journal des à-nouveaux"),
)
"""The codes of journals of the ``fr`` base."""


_OF_RESULT = ("revenue/", "costs/", "lost", "losses")
"""What the ledger accounts of a result begin with: what is on them does not go on into the next year."""


class Codes:
    """The codes of a legal entity.

    Args:
        chart: what was said of them; ``None``: nothing.
        entity_id: id of the legal entity.
        country: its country; one that is in France, or does not say, has the French codes where nothing was said.
    """

    def __init__(self, chart: Chart | None, entity_id: str, country: str) -> None:
        own = chart or Chart(entity_id, base="fr" if country in ("", "FR") else "")
        french = own.base == "fr"
        self._entity_id, self._french = entity_id, french
        self._accounts = (*_most_first(own.accounts), *_most_first(FRENCH if french else ()))
        self._journals: dict[JournalKind, JournalCode] = {
            one.journal: one for one in (*(FRENCH_JOURNALS if french else ()), *own.journals)
        }

    def account(self, name: str) -> AccountCode:
        """The code of a ledger account.

        Args:
            name: the ledger account.

        Raises:
            UnmappedError: it has none.
        """
        for one in self._accounts:
            if one.fits(name):
                return one
        raise UnmappedError(self._entity_id, name)

    def of_result(self, name: str) -> bool:
        """Whether what is on a ledger account makes the result of a year, and is not carried over to the next one.

        In the French plan the class says it, 6 and 7; else what the account is of.

        Args:
            name: the ledger account.

        Raises:
            UnmappedError: it has no code.
        """
        return self.account(name).code[0] in "67" if self._french else name.startswith(_OF_RESULT)

    def journal(self, kind: JournalKind) -> JournalCode:
        """The code of a journal.

        Args:
            kind: what it is of.

        Raises:
            UnmappedError: it has none.
        """
        if kind not in self._journals:
            raise UnmappedError(self._entity_id, f"journal {kind}")
        return self._journals[kind]


def _most_first(accounts: Iterable[AccountCode]) -> list[AccountCode]:
    """Codes in the order in which they are tried: those of one account, then those that say most of it."""
    return sorted(accounts, key=lambda one: (one.account.endswith("*"), -len(one.account)))
