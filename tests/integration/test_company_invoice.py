"""An invoice to a company, as text and as data: two rates of tax, a down payment, a credit. Then the file for the tax
office of the same weeks, read by the published rules.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.clock_house import local
from support.houses.issuing_house import SELLER
from support.houses.one_list import at, book, eur, place
from support.laws import fec_rules

SEMINAR = """
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "10%" }]

[product.hall]
name = "La halle, une soirée"
tax = "full"
rate = { price = 600.00 }
down_payment = { percent = "30%", rest = "14 days" }

[product.lunch]
name = "Déjeuner"
tax = "reduced"
rate = { price = 11.00, per = "piece" }

[product.room]
name = "Salle de réunion"
tax = "full"
rate = { price = 24.00, per = "1h" }
"""
COMPANY = c.AddOrganisation(
    name="Atelier du Port SARL", address=("7 quai du Port", "35000 Rennes"), country="FR", id="works"
)
ASKED, HELD, ISSUED = date(2026, 6, 1), date(2026, 7, 10), date(2026, 7, 11)
HEAD = """\
- Date : 11/07/2026
{about}

**Vendeur**\\
Asso\\
1 rue du Port\\
35000 Rennes\\
FR\\
Immatriculation : 123 456 789\\
Numéro de TVA : FR12345678901

**Client**\\
Atelier du Port SARL\\
7 quai du Port\\
35000 Rennes\\
FR

| Désignation | Quantité | Prix unitaire HT | Taux | Montant HT | Montant TTC |
| --- | ---: | ---: | ---: | ---: | ---: |
"""
INVOICE = (
    "# Facture F2026-000001\n\n"
    + HEAD.format(about="- Prestation du 10/07/2026")
    + """\
| La halle, une soirée | 1 | 500,00 € | 20 % | 500,00 € | 600,00 € |
| Déjeuner | 20 | 10,00 € | 10 % | 200,00 € | 220,00 € |

| Taux | Base HT | Taxe | Total TTC |
| --- | ---: | ---: | ---: |
| 10 % | 200,00 € | 20,00 € | 220,00 € |
| 20 % | 500,00 € | 100,00 € | 600,00 € |

- Total HT : 700,00 €
- Total des taxes : 120,00 €
- Total TTC : 820,00 €
- Déjà réglé : 450,00 €
- Reste à payer : 370,00 €

Association loi 1901
"""
)
CREDIT_NOTE = (
    "# Avoir A2026-000001\n\n"
    + HEAD.format(about="- Cet avoir rectifie la facture F2026-000001 du 11/07/2026")
    + """\
| La halle, une soirée | 1 | 50,00 € | 20 % | 50,00 € | 60,00 € |

| Taux | Base HT | Taxe | Total TTC |
| --- | ---: | ---: | ---: |
| 20 % | 50,00 € | 10,00 € | 60,00 € |

- Total HT : 50,00 €
- Total des taxes : 10,00 €
- Total TTC : 60,00 €
- Remboursé : 60,00 €

Association loi 1901
"""
)


@pytest.fixture
def house():
    """A company that paid 50.00 too much for a room, and orders a hall and twenty lunches."""
    with place(SEMINAR, local(9, day=ASKED)) as house:
        for command in (*SELLER, COMPANY):
            house.do(command)
        book(house, "room", at(9, 10, date(2026, 6, 2)), person=None, payer_id="works", on_account=True)
        house.do(c.PayOwed(payer_id="works", place_id="paris", amount=eur(7400), account="desk", reference="74"))
        yield house


def invoice(house, *, credit: bool = True) -> m.Document:
    """Order it, paying the down payment of 180.00 for the hall and 220.00 for lunch, then use the credit; the invoice
    comes after the evening.
    """
    lines = [c.SellLine("list/hall", day=HELD), c.SellLine("list/lunch", count=20, day=HELD)]
    (charge,) = house.do(c.Sell(lines, place_id="paris", payer_id="works", account="desk")).charges
    assert (charge.paid, charge.outstanding) == (eur(40000), eur(42000))
    if credit:
        house.do(c.PayOwed(payer_id="works", place_id="paris", account="credit", charge_ids=(charge.id,)))
    house.clock.set(local(9, day=ISSUED))
    return house.do(c.IssueDocument(charge_id=charge.id, series="invoices")).value


def correct(house, bill: m.Document) -> m.Document:
    """The hall was cold: 60.00 of it go back, with a credit note."""
    house.do(c.RefundLines(bill.charge_id, lines=((0, eur(6000)),), reason="the hall was cold"))
    (refund,) = house.cantine.read.refunds(bill.charge_id)
    return house.do(c.IssueCreditNote(charge_id=bill.charge_id, series="credits", refund_id=refund.id)).value


def told(document: m.Document) -> list[tuple]:
    """What a document says of each rate, in cents."""
    return [(one.rate, one.net.amount, one.tax.amount, one.gross.amount) for one in document.taxes]


def printed(house, document: m.Document) -> str:
    """A document in French; its no-break spaces are spaces."""
    text = house.cantine.read.print_document(document.id, "fr")
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_invoice_as_text(house):
    """The whole page: both rates, what is in each, what the down payment and the credit have paid, what is left."""
    assert printed(house, invoice(house)) == INVOICE


def test_the_invoice_as_data(house):
    """The same as data: the paid amount (BT-113) is down payment, lunch and credit, the rest is due (BT-115)."""
    bill = invoice(house)
    assert told(bill) == [("10%", 20000, 2000, 22000), ("20%", 50000, 10000, 60000)]
    assert (bill.net, bill.tax, bill.residual, bill.gross) == (eur(70000), eur(12000), eur(0), eur(82000))
    assert (bill.paid, bill.gross - bill.paid) == (eur(18000 + 22000 + 5000), eur(37000))
    assert house.get(m.Charge, bill.charge_id).outstanding == bill.gross - bill.paid
    assert house.cantine.read.addressee(bill.id).name == "Atelier du Port SARL"


def test_without_the_credit_more_is_due(house):
    """Control: the credit is no discount. Without it the invoice has the same tax, and states 50.00 less as paid."""
    bill = invoice(house, credit=False)
    assert told(bill) == [("10%", 20000, 2000, 22000), ("20%", 50000, 10000, 60000)]
    assert bill.paid == eur(40000)
    assert [one.amount for one in house.cantine.read.payer_credits("works")] == [eur(5000)]


def test_the_credit_note(house):
    """What goes back later has a credit note that names the invoice, which stays as it is."""
    bill = invoice(house)
    note = correct(house, bill)
    assert printed(house, note) == CREDIT_NOTE
    assert (told(note), note.corrects) == ([("20%", -5000, -1000, -6000)], bill.id)
    assert printed(house, bill) == INVOICE


def test_the_file_of_these_weeks(house):
    """The FEC keeps all published rules, and has of each rate what the invoice and the credit note say."""
    bill = invoice(house)
    note = correct(house, bill)
    file = house.cantine.read.fec("asso", ASKED, date(2026, 7, 31))
    text = "".join(file.lines)
    assert (file.name, fec_rules.problems(file.name, text)) == ("123456789FEC20260731.txt", [])
    rows = fec_rules.rows_of(text)
    for document in (bill, note):
        sold = [row for row in rows if row["PieceRef"] == document.printed and row["JournalCode"] == "VE"]
        for code, column in (("706000", 1), ("445710", 2)):
            booked = sorted(_cents(row) for row in sold if row["CompteNum"] == code)
            assert booked == sorted(one[column] for one in told(document))
    codes = ("411000", "419100", "512000")
    left = {code: sum(_cents(row) for row in rows if row["CompteNum"] == code) for code in codes}
    assert left == {"411000": -37000, "419100": 0, "512000": -(7400 + 40000 - 6000)}


def _cents(row: fec_rules.Row) -> int:
    """What a row is in credit, in cents."""
    return int((fec_rules.amount(row["Credit"]) - fec_rules.amount(row["Debit"])) * Decimal(100))
