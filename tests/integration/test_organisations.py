"""Organisations that pay and hold: who may charge them, what is told of them, how they are forgotten."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.errors import (
    DuplicateError,
    InputError,
    NotFoundError,
    NotOverError,
    UnsuitableError,
    WrongStateError,
)
from support.commands import examples
from support.houses import small_house
from support.houses.one_list import at, eur, place
from support.houses.small_house import TODAY, open_house, period
from support.laws import house_laws

NAME, STREET, EMAIL = "Canary-Works & Co", "7 Canary-quai", "canary-bills@example.org"
VAT, SIREN = "FR40303265045", "303265045"
FACT, PROOF = "canary-tier", "canary-contract seen"
CANARIES = (NAME, STREET, EMAIL, VAT, SIREN, FACT, PROOF)
WORKS = c.AddOrganisation(
    name=NAME,
    address=(STREET, "35000 Rennes"),
    country="FR",
    vat_number="FR 40 303 265 045",
    registration="303 265 045",
    email=EMAIL,
    lang="en",
    id="works",
)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(params=["memory", "sqlite"])
def house(request, tmp_path):
    """A house with an organisation, whose rows follow from its journal in the end."""
    house = open_house("memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'house.db'}")
    house.do(WORKS)
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house.cantine.close()


def belongs(person="zoe", role="admin", first=TODAY, last=None, organisation="works", **more):
    return c.Affiliate(
        organisation_id=organisation, person_id=person, role=role, first_day=first, last_day=last, **more
    )


def booked(person="zoe", **more):
    asked = c.Book(space_id="b", product_id="room", period=period(10, 11), person_id=person, payer_id="works")
    return attrs.evolve(asked, **more)


# --- who it is -------------------------------------------------------------------------------------------------------


def test_numbers_are_kept_as_they_are_written_without_spaces(house):
    """A VAT number and a registration number are stored in one spelling, and the organisation is found by its id."""
    works = house.get(m.Organisation, "works")
    assert (works.vat_number, works.registration, works.country) == (VAT, SIREN, "FR")
    house.do(c.ChangeOrganisation("works", registration="W751234567", vat_number=""))
    works = house.get(m.Organisation, "works")
    assert (works.vat_number, works.registration, works.address[0]) == ("", "W751234567", STREET)


@pytest.mark.parametrize(
    "number",
    [
        {"vat_number": "FR40303265046"},
        {"vat_number": "303265045"},
        {"vat_number": "12-3456789", "country": "US"},
        {"registration": "303265046", "country": "FR"},
        {"registration": "303265045"},
        {"registration": "303265045", "country": "US"},
    ],
)
def test_a_number_that_is_wrong_or_cannot_be_checked_is_refused(house, number):
    """A wrong digit, or a country of which no rules are known: nothing is stored that was not checked."""
    before = small_house.snapshot(house.storage)
    with pytest.raises(InputError):
        house.do(c.AddOrganisation(name="Others", **number))
    assert small_house.snapshot(house.storage) == before


@pytest.mark.parametrize(
    ("country", "given", "kept"),
    [("CH", "CHE-107.787.577 IVA", "CHE107787577IVA"), ("FR", "40303265045", VAT), ("GB", "980780684", "980780684")],
)
def test_a_vat_number_without_prefix_is_of_the_country(house, country, given, kept):
    """Its rules are those of the stated country, whose prefix it gets within the EU."""
    made = house.do(c.AddOrganisation(name="Others", country=country, vat_number=given)).value
    assert made.vat_number == kept


def test_another_country_checks_the_numbers_again(house):
    """A registration of one country is none of another; a VAT number of the EU says its country itself."""
    with pytest.raises(InputError):
        house.do(c.ChangeOrganisation("works", country="BE"))
    house.do(c.ChangeOrganisation("works", country="BE", registration=""))
    assert house.get(m.Organisation, "works").vat_number == VAT


def test_without_the_extra_numbers_are_refused_and_all_else_goes(house, monkeypatch):
    """The error says what to install; an organisation without numbers is stored."""
    monkeypatch.setitem(sys.modules, "stdnum", None)
    with pytest.raises(InputError, match=r"cantinekit\[numbers\]"):
        house.do(c.AddOrganisation(name="Others", country="FR", vat_number=VAT))
    with pytest.raises(InputError, match=r"cantinekit\[numbers\]"):
        house.do(c.AddOrganisation(name="Others", country="FR", registration=SIREN))
    house.do(c.AddOrganisation(name="Others", country="FR"))
    house.do(c.ChangeOrganisation("works", name="Works"))
    assert house.get(m.Organisation, "works").vat_number == VAT


def test_ids_of_people_and_organisations_are_apart(house):
    """Both pay by their ids, so that none is given to one of each."""
    with pytest.raises(DuplicateError):
        house.do(c.AddPerson(name="Works", id="works"))
    with pytest.raises(DuplicateError):
        house.do(c.AddOrganisation(name="Zoe", id="zoe"))


# --- who belongs to it -----------------------------------------------------------------------------------------------


def test_members_of_a_day_and_organisations_of_a_person(house):
    """Both reads count the first day and the last one, and no day beside them."""
    house.do(c.AddOrganisation(name="The Zoes", form="household", id="home"))
    house.do(belongs("zoe", "admin", last=TOMORROW))
    house.do(belongs("bob", "member", first=TOMORROW))
    house.do(belongs("zoe", "dependant", organisation="home"))
    read = house.cantine.read
    roles = {
        day: [(one.person_id, one.role) for one in read.members("works", TODAY + timedelta(days=day))]
        for day in (-1, 0, 1, 2)
    }
    admin, member = ("zoe", "admin"), ("bob", "member")
    assert roles == {-1: [], 0: [admin], 1: [admin, member], 2: [member]}
    assert [one.organisation_id for one in read.organisations("zoe")] == ["works", "home"]
    assert [one.organisation_id for one in read.organisations("zoe", TODAY + timedelta(days=2))] == ["home"]
    for ask in (read.members, read.organisations):
        with pytest.raises(NotFoundError):
            ask("nobody", TODAY)


def test_a_person_belongs_once_on_each_day(house):
    """A second role begins after the first has ended; one that never counted is in nobody's way."""
    first = house.do(belongs(last=TOMORROW)).value
    with pytest.raises(DuplicateError):
        house.do(belongs(role="member", first=TOMORROW))
    house.do(belongs(role="member", first=TODAY + timedelta(days=2)))
    house.do(c.EndAffiliation(first.id, last_day=TODAY - timedelta(days=1)))
    house.do(belongs(last=TOMORROW))


def test_an_end_is_agreed_once(house):
    """It can come earlier, and not later: what comes after it is entered anew. The same again changes nothing."""
    made = house.do(belongs(last=TOMORROW)).value
    with pytest.raises(UnsuitableError):
        house.do(c.EndAffiliation(made.id, last_day=TODAY + timedelta(days=2)))
    assert house.do(c.EndAffiliation(made.id, last_day=TODAY)).value.last_day == TODAY
    assert house.do(c.EndAffiliation(made.id, last_day=TODAY)).events == ()


def test_dependants_are_of_households(house):
    """A company has none."""
    with pytest.raises(UnsuitableError, match="household"):
        house.do(belongs("bob", "dependant"))


# --- who may charge it -----------------------------------------------------------------------------------------------

SELLS = [cls for cls in c.COMMANDS if issubclass(cls, SellingCommand)]


@pytest.mark.parametrize("cls", SELLS, ids=lambda cls: cls.__name__)
def test_what_each_command_charges_is_the_organisations(cls):
    """With an organisation as payer each command that sells charges it, and the lines say for whom."""
    house = open_house()
    command = examples.EXAMPLES[cls](house)
    house.do(WORKS)
    for person in small_house.PERSONS:
        house.do(belongs(person))
    before = {one.id for one in house.all(m.Charge)}
    house.do(attrs.evolve(command, payer_id="works", account=None, on_account=True))
    house.wait(hours=2)
    house.cantine.run_due()
    made = [one for one in house.all(m.Charge) if one.id not in before]
    assert {(one.payer_id, one.organisation) for one in made} <= {("works", True)}
    assert {line.person_id for one in made for line in one.lines} <= {*small_house.PERSONS, None}
    assert made or cls in (c.MoveBooking, c.MoveBookingSeries, c.MoveRegistration, c.UpgradeVisit, c.CheckIn)
    assert [one.id for one in house.cantine.read.statement("works")] == sorted(one.id for one in made)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_only_an_admin_of_the_day_charges_it(house):
    """A member does not, nor somebody who was an admin until yesterday, or will be; nor nobody of it."""
    day = timedelta(days=1)
    house.do(belongs("bob", "member"))
    house.do(belongs("eve", "admin", TODAY - day, TODAY - day))
    house.do(belongs("max", "admin", TODAY + day))
    before = small_house.snapshot(house.storage)
    for person in ("zoe", "bob", "eve", "max"):
        with pytest.raises(UnsuitableError, match="no admin"):
            house.do(booked(person))
    assert small_house.snapshot(house.storage) == before
    house.do(belongs("zoe", "admin", TODAY, TODAY))
    assert house.do(booked("zoe")).charges[0].payer_id == "works"


def test_an_admin_orders_for_a_member(house):
    """Who ordered stands on the charge, whom it is for on its lines; a member cannot be named as the one who orders."""
    house.do(belongs("zoe", "admin"))
    house.do(belongs("bob", "member"))
    with pytest.raises(UnsuitableError, match="no admin"):
        house.do(booked("bob", ordered_by_id="bob"))
    (charge,) = house.do(booked("bob", ordered_by_id="zoe")).charges
    assert (charge.payer_id, charge.ordered_by_id, {line.person_id for line in charge.lines}) == (
        "works",
        "zoe",
        {"bob"},
    )
    with pytest.raises(UnsuitableError, match="ordered_by_id"):
        house.do(booked("bob", ordered_by_id="zoe", payer_id=None, period=period(12, 13)))


def test_staff_take_an_order_for_nobody_known(house):
    """A room for the company itself needs no person."""
    (charge,) = house.do(booked(None, on_account=True)).charges
    assert (charge.payer_id, {line.person_id for line in charge.lines}) == ("works", {None})


def test_nobody_pays_who_is_not_there(house):
    """An unknown payer is refused as ever, and so is an organisation that is being forgotten."""
    with pytest.raises(NotFoundError):
        house.do(booked(payer_id="nobody"))
    house.cantine._engine.run(c.ForgetOrganisation("works"), "ana")
    with pytest.raises(WrongStateError):
        house.do(booked(None))


def test_what_comes_later_is_the_organisations_too(house):
    """A longer stay and a fee after the sale are owed by whoever owed the sale, not by the member who was there."""
    house.do(belongs())
    overrun = examples._overrun
    late = overrun(house)
    booking = house.get(m.Booking, late.booking_id)
    assert house.get(m.Charge, booking.charge_id).payer_id == "zoe"
    again = house.do(booked(period=period(12, 13), product_id="late/hour", space_id="a", account="desk")).value
    house.clock.set(period(12, 13).end + timedelta(minutes=40))
    more = house.do(c.RecordOverrun(again.id, until=house.clock.now(), account="card")).charges[-1]
    assert (more.payer_id, more.organisation, more.lines[0].person_id) == ("works", True, "zoe")


def test_a_visit_by_the_clock_is_the_organisations(house):
    """Who may charge it is asked at check-in; the charge is made when the visitor leaves, even if they may no more."""
    for command in examples.clock_house.set_up():
        house.do(command)
    enter = c.CheckIn(place_id="paris", product_id="hour", person_id="zoe", payer_id="works", on_account=True)
    with pytest.raises(UnsuitableError, match="no admin"):
        house.do(enter)
    admin = house.do(belongs()).value
    visit = house.do(enter).value
    house.do(c.EndAffiliation(admin.id, last_day=TODAY - timedelta(days=1)))
    house.wait(minutes=60)
    (charge,) = house.do(c.CheckOut(visit.id)).charges
    assert (charge.payer_id, charge.organisation, charge.lines[0].person_id) == ("works", True, "zoe")


# --- what it holds ---------------------------------------------------------------------------------------------------


def test_an_organisation_holds_passes_and_units(house):
    """It buys a carnet and is given units: they are its own, it owes the carnet, and messages go to its address."""
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="works", account="desk"))
    assert (sold.value.holder_id, sold.charges[0].payer_id, sold.charges[0].organisation) == ("works", "works", True)
    given = c.GrantUnits(
        holder_id="works", place_id="paris", pricelist_id="net", account="carnet", units=2, reason="gift"
    )
    house.do(given)
    pending = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="works")).charges[0]
    account = house.cantine.read.organisation_account("works")
    assert [one.holder_id for one in account.passes] == ["works", "works"]
    assert [one.id for one in account.due] == [pending.id]
    (balance,) = house.cantine.read.balance("works")
    assert (balance.account, balance.left) == ("carnet", 12)
    assert EMAIL in {message.to for message in house.mail.messages}
    house.do(c.Pay(pending.id, account="desk"))
    house.do(c.CancelPass(sold.value.id))


def test_nobody_is_given_passes_who_is_not_there(house):
    """Neither a person nor an organisation: the answer is the one for people."""
    for make in (
        c.SellPass(product_id="carnet", place_id="paris", holder_id="nobody"),
        c.GrantPass(product_id="carnet", place_id="paris", holder_id="nobody", reason="gift"),
    ):
        with pytest.raises(NotFoundError):
            house.do(make)


# --- what price lists know of it -------------------------------------------------------------------------------------

TIERS = """
[facts]
tier = ["none", "town", "works", "member", "asked"]
[product.room]
rate = [
  { when = { tier = "town" }, price = 40.00 },
  { when = { tier = "works" }, price = 30.00 },
  { when = { tier = "member" }, price = 20.00 },
  { when = { tier = "asked" }, price = 10.00 },
  { price = 50.00 },
]
"""


def _total(house, hour, **more):
    asked = c.Book(
        space_id="room", product_id="list/room", period=at(hour, hour + 1), person_id="zoe", payer_id="works",
        on_account=True,
    )  # fmt: skip
    return house.do(attrs.evolve(asked, **more)).charges[0].amount


def test_facts_go_from_the_place_to_the_command():
    """A fact of the organisation beats that of the place, one of the person both, and that of the command all."""
    with place(TIERS) as house:
        house.do(WORKS)
        house.do(belongs())
        house.do(c.SetPlaceFacts("paris", facts={"tier": "town"}))
        assert _total(house, 10, payer_id=None) == eur(4000)
        house.do(c.SetOrganisationFact("works", name="tier", value="works", until=TODAY))
        assert _total(house, 11, payer_id=None) == eur(4000)
        assert _total(house, 12) == eur(3000)
        assert _total(house, 13, person_id=None) == eur(3000)
        house.do(c.SetFact("zoe", name="tier", value="member"))
        assert _total(house, 14) == eur(2000)
        assert _total(house, 15, facts={"tier": "asked"}) == eur(1000)
        house.do(c.SetFact("zoe", name="tier", value=None))
        house.wait(days=1)
        later = at(10, 11, day=TOMORROW)
        assert _total(house, 10, period=later) == eur(4000)


def test_facts_of_an_organisation_are_private():
    """No sale and no journal entry has them; the price is explained by what is kept beside it, and moves with it."""
    with place(TIERS) as house:
        house.do(WORKS)
        house.do(belongs())
        house.do(c.SetOrganisationFact("works", name="tier", value="works"))
        asked = c.Book(
            space_id="room", product_id="list/room", period=at(10, 11), person_id="zoe", payer_id="works",
            on_account=True,
        )  # fmt: skip
        booking = house.do(asked).value
        sale = house.get(m.Sale, booking.sale_id)
        kept = house.get(m.SaleFacts, sale.id)
        assert (sale.items[0].facts, sale.private_facts, kept.organisation_id) == ((), True, "works")
        (price,) = house.cantine.read.explain(m.Subject("booking", booking.id))
        assert price.total == eur(3000)
        moved = house.do(c.MoveBooking(booking.id, period=at(12, 13)))
        assert ([one.billed for one in moved.charges], moved.given_back) == ([eur(3000)], None)
        told = [
            one for one in small_house.journal(house.storage) if one.type not in ("TariffPublished", "ListPublished")
        ]
        assert not [one.type for one in told if "tier" in one.body]


TAXED = """
[tariff]
id = "taxed"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[product.room]
rate = { price = 12.00, per = "1h" }
"""


# --- the invoice -----------------------------------------------------------------------------------------------------


def test_the_invoice_is_for_the_organisation(house):
    """Name, address, country and VAT number stand on it, and whom each line is for; the same again is the same one."""
    house.do(c.PublishTariff(TAXED))
    house.do(c.DescribeEntity("asso", address=("1 rue", "35000 Rennes"), country="FR", vat_number="FR40303265045"))
    house.do(c.OpenSeries(entity_id="asso", name="F", documents="invoice", prefix="F", zone="Europe/Paris"))
    house.do(belongs())
    (charge,) = house.do(booked(on_account=True, product_id="taxed/room")).charges
    asked = c.IssueDocument(charge_id=charge.id, series="F")
    document = house.do(asked).value
    addressee = house.get(m.Addressee, document.id)
    assert addressee.billed_to == m.BilledTo(NAME, (STREET, "35000 Rennes"), "FR", VAT)
    assert (document.payer_id, {line.person_id for line in document.lines}) == ("works", {"zoe"})
    house.do(c.ChangeOrganisation("works", name="Works after all"))
    assert house.do(asked).value == document
    with pytest.raises(DuplicateError):
        house.do(attrs.evolve(asked, addressee=m.BilledTo("Zoe", ("1 rue",), "FR")))


# --- handed over, forgotten ------------------------------------------------------------------------------------------


def lived(house) -> None:
    """It had members, a fact, a carnet and a booking; all of it is over."""
    house.do(attrs.evolve(WORKS, id="gone"), key="k-1")
    house.do(c.ChangeOrganisation("gone", lang="fr"), key="k-2")
    house.do(c.SetOrganisationFact("gone", name=FACT, value=True, proof=PROOF), key="k-3")
    house.do(belongs(organisation="gone"))
    house.do(belongs("bob", "member", organisation="gone", first=date(2027, 1, 1)))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="gone", account="card"))
    house.do(booked(payer_id="gone", account="card"))
    house.do(c.ForgetOrganisation("works"))  # it has the same words
    house.wait(days=2)


def seen(house) -> set[str]:
    """The words of the organisation that any row or journal entry has."""
    rows = [f"{row.id} {row.body} {row.index}" for row in small_house.rows(house.storage).values()]
    told = [f"{one.actor} {one.subjects} {one.body}" for one in small_house.journal(house.storage)]
    return {
        canary for canary in CANARIES if any(json.dumps(canary, ensure_ascii=False)[1:-1] in t for t in (*rows, *told))
    }


def test_nothing_is_left_of_a_forgotten_organisation(house):
    """Its words are in rows before, never in the journal, and nowhere afterwards; nobody belongs to it any more."""
    lived(house)
    assert seen(house) == set(CANARIES)
    assert [one for one in house.all(m.Request) if one.result.id == "gone"]
    told = [f"{one.actor} {one.subjects} {one.body}" for one in small_house.journal(house.storage)]
    assert not any(canary in text for canary in CANARIES for text in told)
    erasure = house.do(c.ForgetOrganisation("gone", gives_up=True)).value
    assert {one.kind: one.why for one in erasure.kept} == {
        "affiliation": "names nobody",
        "charge": "names nobody",
        "entitlement": "names nobody",
        "pass": "names nobody",
    }
    house.cantine.sweep(before=house.clock.now() + timedelta(days=1))
    assert seen(house) == set()
    assert not [one for one in house.all(m.Request) if one.result.id == "gone"]
    day = house.clock.now().date() + timedelta(days=1)
    assert house.cantine.read.members("gone", day) == house.cantine.read.members("gone", date(2027, 1, 2)) == ()
    assert house.get(m.Organisation, "gone") == m.Organisation("gone", "", state="forgotten")
    with pytest.raises(WrongStateError):
        house.do(booked(None, payer_id="gone", period=period(12, 13, house.clock.now().date())))


@pytest.mark.parametrize("open_one", ["units", "charge", "contract"])
def test_what_is_open_keeps_an_organisation(house, open_one):
    """Units that are left, money owed, a contract that it pays for somebody: it stays, and is as it was."""
    if open_one == "units":
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="works", account="desk"))
    elif open_one == "charge":
        house.do(booked(None, on_account=True))
    else:
        monthly = """
[tariff]
id = "monthly"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.plan]
sells = "plan"
rate = { price = 30.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
"""
        house.do(c.PublishTariff(monthly))
        house.do(belongs())
        sell = c.SellPass(
            product_id="monthly/plan", place_id="paris", holder_id="zoe", payer_id="works", account="desk"
        )
        house.do(sell)
    before = house.get(m.Organisation, "works")
    with pytest.raises(NotOverError):
        house.do(c.ForgetOrganisation("works"))
    assert house.get(m.Organisation, "works") == before
    house.do(c.ChangeOrganisation("works", lang="fr"))


def test_who_is_forgotten_belongs_nowhere(house):
    """A person who is forgotten is no member from that day on, and cannot be made one."""
    house.do(belongs(first=TODAY - timedelta(days=9)))
    house.cantine.forget("zoe", actor="ana")
    assert house.cantine.read.members("works", TOMORROW) == ()
    with pytest.raises(WrongStateError):
        house.do(belongs(first=TODAY + timedelta(days=9)))


def test_a_copy_of_what_is_stored(house):
    """All of it is handed over: who it is, who belongs to it, what it holds and owes; and nothing of others."""
    lived(house)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="desk"))
    data = json.loads(house.cantine.export_organisation("gone").to_json())
    assert (data["format"], data["organisation"]["name"]) == ("cantinekit organisation export 1", NAME)
    assert {one["person_id"] for one in data["records"]["affiliation"]} == {"zoe", "bob"}
    assert {one["payer_id"] for one in data["records"]["charge"]} == {"gone"}
    assert {one["holder_id"] for one in data["records"]["pass"]} == {"gone"}
    assert [
        one["organisation_id"] for one in json.loads(house.cantine.export("bob").to_json())["records"]["affiliation"]
    ] == ["gone"]
    with pytest.raises(NotFoundError):
        house.cantine.export_organisation("zoe")
