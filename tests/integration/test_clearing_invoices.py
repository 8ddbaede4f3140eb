"""The invoices of a statement between legal entities: what they state, whom they are for, and what is taken back."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.clearing import handlers
from cantinekit.errors import NotFoundError, UnsuitableError
from cantinekit.money import Money
from support.houses.network_house import FIRST, agree, carnet, give_back, lines, network, use
from support.houses.small_house import START, snapshot
from support.laws import book_laws, fec_rules, house_laws
from support.races.two_at_once import both_at_once, later
from support.stores.around import WithoutVersions
from support.stores.dying import Cut, DiesAt

EXEMPT = {"tax": "exempt", "mention": "Exonération de TVA, art. 261-7-1° du CGI", "code": "VATEX-EU-132-1I"}


@pytest.fixture
def house():
    """A network in which Nantes invoices with 20 % of tax, and Brest without; the laws hold in the end."""
    house = network()
    ready(house)
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    book_laws.hold(house.storage, house.clock.now())


def ready(house):
    """The three cities have addresses; Nantes and Brest invoice; Toulouse sells a carnet and owes 3/5 of it."""
    for n, city in enumerate(("brest", "nantes", "toulouse"), 1):
        vat = "FR40303265045" if city == "nantes" else ""
        described = c.DescribeEntity(city, address=(f"{n} quai",), country="FR", registration=f"12345678{n}")
        house.do(attrs.evolve(described, vat_number=vat))
    invoicing(house, "nantes", tax="standard", rate="20%", days_until_due=30)
    invoicing(house, "brest", **EXEMPT)
    agree(house, "toulouse")
    carnet(house, "toulouse")


def invoicing(house, city, **how):
    for name, documents, prefix in (("I", "invoice", "F"), ("N", "credit note", "A")):
        house.do(c.OpenSeries(entity_id=city, name=name, documents=documents, prefix=prefix, zone="Europe/Paris"))
    return house.do(c.InvoiceClearing(city, invoices="I", credit_notes="N", **how)).value


def close(house, days=0, one="toulouse", other="nantes"):
    """Close what two cities owe each other up to a day after the first, on the day after."""
    until = FIRST + timedelta(days=days)
    behind = (until - house.clock.now().date()).days
    house.wait(days=max(0, behind + 1))
    return house.do(c.CloseClearing(one, other_id=other, until=until)).value


def documents(house):
    """All documents: what, whose, the printed number, net, tax, gross."""
    found = sorted(house.all(m.Document), key=lambda one: (one.issued_at, one.what != "invoice"))
    return [(one.what, one.entity_id, one.printed, one.net.amount, one.tax.amount, one.gross.amount) for one in found]


def balance(house, city):
    last = house.clock.now().date() + timedelta(days=2)
    return {account: amount.amount for account, amount in house.cantine.read.trial_balance(city, last)}


# --- what is stated --------------------------------------------------------------------------------------------------


def test_a_statement_has_its_invoice(house):
    """Two days in Nantes of a carnet of Toulouse are invoiced by Nantes: numbered, addressed, with the tax in what is
    owed, and due on its day. The tax leaves revenue and cost in both ledgers.
    """
    use(house, "nantes")
    use(house, "nantes")
    statement = close(house)
    (invoice,) = house.cantine.read.clearing_documents(statement.id)
    assert statement.owed_to("nantes") == (Money(961, "EUR"),)
    assert documents(house) == [("invoice", "nantes", "F2026-000001", 801, 160, 961)]
    assert (invoice.statement_id, invoice.charge_ids, invoice.payer_id) == (statement.id, (), None)
    (line,) = invoice.lines
    assert (line.text, line.rate, line.gross.amount) == ("units used: days (2)", "20%", 961)
    assert (invoice.supplied_from, invoice.supplied_until) == (FIRST, FIRST)
    assert invoice.due_on == invoice.issued_on + timedelta(days=30)
    billed = house.get(m.Addressee, invoice.id).billed_to
    assert (billed.name, billed.address, billed.country) == ("Toulouse", ("3 quai",), "FR")
    assert balance(house, "nantes") == {"revenue/clearing": -801, "statements/toulouse": 961, "tax/20%": -160}
    theirs = balance(house, "toulouse")
    assert [theirs[name] for name in ("costs/clearing", "input tax/20%", "statements/nantes")] == [801, 160, -961]


def test_why_there_is_no_tax_is_said(house):
    """Brest invoices without tax, says why, and enters none."""
    use(house, "brest")
    (invoice,) = house.cantine.read.clearing_documents(close(house, other="brest").id)
    assert (invoice.net, invoice.tax.amount, invoice.mentions[0]) == (invoice.gross, 0, EXEMPT["mention"])
    assert (invoice.lines[0].category, invoice.lines[0].code) == ("E", EXEMPT["code"])
    assert not [name for name in balance(house, "brest") if "tax" in name]


@pytest.mark.parametrize(
    ("how", "category", "rate"),
    [
        ({"tax": "reverse", "mention": "Autoliquidation", "code": "VATEX-EU-AE"}, "AE", "0%"),
        ({"tax": "not subject", "mention": "TVA non applicable, art. 293 B du CGI"}, "E", ""),
        ({"tax": "outside scope", "mention": "Hors du champ de la TVA"}, "O", ""),
        ({"tax": "standard", "rate": "0%"}, "Z", "0%"),
    ],
)
def test_each_kind_of_tax(house, how, category, rate):
    """Each kind has its category and sentence; the whole is the net, and who buys owes the tax or nobody does."""
    house.do(c.InvoiceClearing("nantes", invoices="I", credit_notes="N", **how))
    use(house, "nantes")
    (invoice,) = house.cantine.read.clearing_documents(close(house).id)
    assert (invoice.lines[0].category, invoice.lines[0].rate, invoice.net) == (category, rate, invoice.gross)
    assert list(invoice.mentions) == ([how["mention"]] if "mention" in how else [])
    assert not [name for name in balance(house, "nantes") if "tax" in name]


def test_each_direction_has_its_own(house):
    """What each served to the other is invoiced by itself, not the difference, which is what the statement has."""
    invoicing(house, "toulouse", **EXEMPT)
    agree(house, "nantes")
    carnet(house, "nantes", "bob")
    use(house, "nantes")
    use(house, "toulouse", "bob")
    use(house, "toulouse", "bob")
    statement = close(house)
    assert [(whose, gross) for _, whose, _, _, _, gross in documents(house)] == [("nantes", 480), ("toulouse", 961)]
    assert statement.owed_to("toulouse") == (Money(481, "EUR"),)


def test_what_is_called_off_before_is_not_invoiced(house):
    """A day that is called off before the close is on no document; where nothing is left there is none."""
    one, _ = use(house, "nantes").value, use(house, "nantes")
    give_back(house, one)
    close(house)
    assert [gross for *_, gross in documents(house)] == [481]
    assert close(house, 3).balances == ()
    assert len(documents(house)) == 1


def test_who_does_not_invoice_has_statements_alone(house):
    """A city that nobody has said anything of issues none; nor does one that has stopped."""
    use(house, "nantes")
    house.do(c.InvoiceClearing("nantes", invoices=None, credit_notes="N", tax="standard", rate="20%"))
    assert house.cantine.read.clearing_documents(close(house).id) == ()
    assert house.cantine.read.clearing_invoicing("toulouse") is None
    assert house.cantine.read.clearing_invoicing("nantes").invoices_id is None
    with pytest.raises(NotFoundError):
        house.cantine.read.clearing_documents("none")


# --- what is taken back ----------------------------------------------------------------------------------------------


def test_a_dispute_is_credited_at_once(house):
    """A line that an invoice has is taken back: a credit note of that invoice, taxed as it is, at once and once; the
    next statement has the correction, and no second document of it.
    """
    use(house, "nantes")
    use(house, "nantes")
    (invoice,) = house.cantine.read.clearing_documents(close(house).id)
    house.do(c.InvoiceClearing("nantes", invoices="I", credit_notes="N", **EXEMPT))
    house.do(c.DisputeClearing((lines(house)[0].id,), reason="closed on that day"))
    _, note = house.cantine.read.clearing_documents(invoice.statement_id)
    assert (note.what, note.corrects, note.printed, note.net.amount, note.tax.amount, note.gross.amount) == (
        "credit note", invoice.id, "A2026-000001", -400, -80, -480,
    )  # fmt: skip
    assert house.get(m.Addressee, note.id).billed_to == house.get(m.Addressee, invoice.id).billed_to
    assert balance(house, "nantes")["tax/20%"] == -80
    assert close(house, 5).owed_to("nantes") == (Money(-480, "EUR"),)
    assert len(documents(house)) == 2


def test_a_dispute_before_the_close_is_on_no_document(house):
    """What is taken back before it is invoiced is left out of the invoice, and needs no credit note."""
    use(house, "nantes")
    use(house, "nantes")
    house.do(c.DisputeClearing((lines(house)[0].id,), reason="closed on that day"))
    close(house)
    assert [(what, gross) for what, *_, gross in documents(house)] == [("invoice", 481)]


def test_what_is_called_off_after_the_invoice_is_credited_by_the_next_statement(house):
    """A day that is called off once it is invoiced is credited by the next statement, beside what that has to invoice;
    both are in the year of the note, and it names the invoice.
    """
    one = use(house, "nantes").value
    (invoice,) = house.cantine.read.clearing_documents(close(house).id)
    give_back(house, one)
    use(house, "nantes")
    second = close(house, 4)
    assert [(what, gross) for what, *_, gross in documents(house)] == [
        ("invoice", 480),
        ("invoice", 480),
        ("credit note", -480),
    ]
    *_, note = house.cantine.read.clearing_documents(second.id)
    assert note.corrects == invoice.id
    assert second.balances == ()


def test_what_is_called_off_is_credited_with_the_tax_of_its_invoice(house):
    """Nantes invoices without tax from now on: what the invoice before said of tax is taken back, and none is left."""
    one = use(house, "nantes").value
    (invoice,) = house.cantine.read.clearing_documents(close(house).id)
    house.do(c.InvoiceClearing("nantes", invoices="I", credit_notes="N", **EXEMPT))
    give_back(house, one)
    (note,) = house.cantine.read.clearing_documents(close(house, 4).id)
    assert (note.corrects, note.tax, note.taxes[0].rate) == (invoice.id, -invoice.tax, "20%")
    assert not [name for city in ("nantes", "toulouse") for name in balance(house, city) if "tax" in name]


def test_a_dispute_of_what_no_invoice_has_waits(house):
    """A statement of before somebody invoiced has no invoice to correct: what is taken back is in the next one."""
    house.do(c.InvoiceClearing("nantes", invoices=None, credit_notes="N", tax="standard", rate="20%"))
    use(house, "nantes")
    close(house)
    house.do(c.DisputeClearing((lines(house)[0].id,), reason="closed on that day"))
    assert documents(house) == []
    house.do(c.InvoiceClearing("nantes", invoices="I", credit_notes="N", tax="standard", rate="20%"))
    close(house, 4)
    (note,) = house.all(m.Document)
    assert (note.what, note.gross.amount, note.corrects) == ("credit note", -480, None)


# --- once, whatever is killed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
def test_whoever_is_killed_has_one_invoice_or_none(house, after):
    """Killed before or after it is stored: closing again gives the same statement, with one invoice and no gap."""
    use(house, "nantes")
    house.wait(days=1)
    command = c.CloseClearing("toulouse", other_id="nantes", until=FIRST)
    before = snapshot(house.storage)
    dying = later(DiesAt(house.storage, 0, after=after), house.clock.now() - START)
    with pytest.raises(Cut):
        dying.do(command)
    assert (snapshot(house.storage) == before) is not after
    first = house.do(command).value
    assert house.do(command).value == first
    assert [printed for _, _, printed, *_ in documents(house)] == ["F2026-000001"]


def test_two_who_close_at_once_issue_one():
    """Two processes close the same day in every order of their storage calls: one statement, one invoice."""
    assert max(len(found) for found in raced()) == 1


def test_without_versions_there_would_be_two():
    """The control: in a store that checks no version of a row, some order issues two invoices."""
    assert any(len(found) != 1 for found in raced(WithoutVersions))


def raced(*around):
    """The entries of the journal that issue a document, for each order of the calls of two who close the same day."""
    base = network()
    ready(base)
    use(base, "nantes")
    base.wait(days=1)
    asked = [c.CloseClearing("toulouse", other_id="nantes", until=FIRST)] * 2
    for _, _, store in both_at_once(base.storage, asked, *around):
        entries = store.journal(limit=1000)
        yield [one for one in entries if one.type == "DocumentIssued"]


def test_the_control_where_credits_are_forgotten(house, monkeypatch):
    """Negative control: where nobody looks for the invoice, what is disputed is credited by no note at once."""
    monkeypatch.setattr(handlers, "invoice_of", lambda state, pair, line: None)
    use(house, "nantes")
    close(house)
    house.do(c.DisputeClearing((lines(house)[0].id,), reason="closed on that day"))
    assert [what for what, *_ in documents(house)] == ["invoice"]


# --- what is refused, and the export ---------------------------------------------------------------------------------


def test_an_invoice_names_both(house):
    """Without the address of whom it is for there is no invoice, and so no statement: it says whose is missing."""
    metz = c.AddEntity(name="Metz", accounts=("desk",), id="metz")
    place = c.AddPlace(name="Metz", entity_id="metz", zone="Europe/Paris", currency="EUR", id="metz")
    for command in (metz, place):
        house.do(command)
    agree(house, "metz")
    carnet(house, "metz", "bob")
    use(house, "nantes", "bob")
    with pytest.raises(UnsuitableError, match="Metz has none yet"):
        close(house, one="metz")
    assert house.all(m.ClearingStatement) == []
    house.do(c.DescribeEntity("metz", address=("4 quai",), country="FR"))
    assert len(house.cantine.read.clearing_documents(close(house, one="metz").id)) == 1


def test_the_fec_has_the_tax_and_the_number(house):
    """The export of both has the tax on its accounts, proved by the invoice; what was stated stays on 467200."""
    use(house, "nantes")
    close(house)
    year = date(2026, 1, 1), date(2026, 12, 31)
    for city, code, side in (("nantes", "445710", "Credit"), ("toulouse", "445660", "Debit")):
        fec = house.cantine.read.fec(city, *year)
        text = "".join(fec.lines)
        assert fec_rules.problems(fec.name, text) == []
        (row,) = [row for row in fec_rules.rows_of(text) if row["CompteNum"] == code]
        assert (row[side], row["PieceRef"], row["EcritureLib"]) == (
            "0,80", "F2026-000001", "Décompte entre structures F2026-000001",
        )  # fmt: skip


def test_it_is_printed_in_both_languages(house):
    """The invoice is printed with its lines in the language that is asked for, and read as any document is."""
    use(house, "nantes")
    (invoice,) = house.cantine.read.clearing_documents(close(house).id)
    read = house.cantine.read
    for lang, said in (("fr", "unités utilisées"), ("en", "units used")):
        assert said in str(read.print_document(invoice.id, lang=lang)).replace("\u00a0", " ")
    assert read.documents("nantes", "I") == (invoice,)
    assert read.addressee(invoice.id).name == "Toulouse"
