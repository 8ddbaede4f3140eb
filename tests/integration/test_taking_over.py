"""Taking over what another system knows: each kind of row, once, and what becomes of it afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.money import Money
from cantinekit.taking_over import KINDS
from support.houses.clock_house import local
from support.houses.one_list import HEAD, at, book, eur, place, sell
from support.houses.small_house import journal
from support.races.two_at_once import later
from support.stores.dying import Cut, DiesAt

TEXT = """
[tax.club]
kind = "exempt"
mention = [{ text = "Exonération de TVA, art. 261-7-1 du CGI", code = "VATEX-FR-CGI261-7" }]
[order]
vouchers = "card"
[product.desk]
sells = "plan"
price_date = "renewal"
rate = { price = 300.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
grant = { account = "hours", unit = "1h", units = 4, renews = "month", rollover = true }
[product.plain]
sells = "plan"
rate = { price = 50.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
[product.year]
sells = "membership"
rate = { price = 20.00 }
valid = { lasts = "1 year", ends = "the day before" }
[product.carnet]
sells = "grant"
rate = { price = 80.00 }
grant = { account = "carnet", units = 10, unit = "entry" }
valid = { lasts = "180 days", first_day = "counts" }
[product.open]
sells = "membership"
rate = { price = 5.00 }
[product.card]
sells = "grant"
tax = "club"
rate = { price = 50.00 }
grant = { account = "card", unit = "EUR", value = 50.00 }
[product.entry]
rate = { price = 9.00 }
cover = { by = "carnet", unit = "entry", beyond = "rate" }
[product.room]
rate = { price = 10.00, per = "1h" }
[product.hours]
rate = { price = 10.00, per = "1h" }
cover = { by = "hours", unit = "1h" }
beyond = "rate"
"""
TODAY = date(2026, 11, 24)
BASE = {"day": TODAY, "place_id": "paris"}
DESK = c.ImportPass(
    source="old 1",
    **BASE,
    product_id="list/desk",
    holder_id="zoe",
    first_day=date(2025, 5, 31),
    paid_until=date(2026, 11, 29),
    units={"hours": 3},
)
PLAIN = attrs.evolve(DESK, product_id="list/plain", units={})
UNITS = c.ImportUnits(
    source="old 2", **BASE, account="carnet", units=4, pricelist_id="list", holder_id="zoe", value=Money(3000, "EUR")
)
BALANCE = c.ImportBalance(source="old 3", **BASE, payer_id="zoe", owed=Money(4200, "EUR"), text="invoice F2026-118")
PAST = c.ImportBooking(
    source="old 4",
    day=TODAY,
    space_id="room",
    period=at(9, 11, date(2026, 11, 2)),
    person_id="zoe",
    product_id="list/room",
)
NUMBERS = c.ContinueSeries(source="old 5", day=TODAY, entity_id="asso", name="invoices", year=2026, last=118)


@pytest.fixture
def house():
    """The place of one list, on 24 November at nine, with a series of invoices."""
    with place(TEXT.replace("units = 4, renews", "units = 4, renews")) as found:
        series = c.OpenSeries(entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris")
        found.do(series)
        yield found


def balances(house) -> dict[str, int]:
    """What the ledger of the operator comes to at the end of today, by account, in cents; it sums to zero."""
    found = dict(house.cantine.read.trial_balance("asso", house.clock.now().date()))
    assert sum(amount.amount for amount in found.values()) == 0
    return {account: amount.amount for account, amount in found.items()}


def on(house, day: date) -> None:
    """Let the clock run to noon of a day, and do what has become due."""
    house.clock.set(local(12, day=day))
    while house.cantine.run_due().done:
        pass


def test_a_plan_goes_on_and_nothing_of_the_past_is_charged(house):
    """Since May 2025, paid until 29 November: the first charge is that of 30 November, on the days of the 31st."""
    desk = house.do(DESK).value
    assert (desk.state, desk.last_day, desk.period_first) == ("active", date(2026, 11, 29), date(2026, 10, 31))
    assert house.all(m.Charge) == []
    assert [one.left for one in house.cantine.read.balance("zoe")] == [3]
    on(house, date(2026, 11, 29))
    assert house.all(m.Charge) == []
    on(house, date(2027, 1, 30))
    raised = [(one.amount.amount, one.payer_id) for one in house.all(m.Charge)]
    assert raised == [(30000, "zoe"), (30000, "zoe")]
    told = house.cantine.read.timeline(desk.id, date(2027, 1, 30))
    assert [one.price.amount for one in told.periods] == [0] * 18 + [30000, 30000]
    assert sum(one.left for one in house.cantine.read.balance("zoe")) == 11


def test_what_was_paid_of_days_to_come_is_earned_day_by_day(house):
    """30.00 of the five days until the 29th are not had: the ledger opens with them, and each day earns its part."""
    house.do(attrs.evolve(DESK, paid_until=date(2026, 11, 29), value=eur(600), units={"hours": 0}))
    assert balances(house) == {"opening": 600, "deferred/list/desk": -500, "revenue/list/desk": -100}
    assert house.cantine.read.takings("paris", TODAY).earned == ()
    on(house, date(2026, 11, 26))
    assert balances(house) == {"opening": 600, "deferred/list/desk": -300, "revenue/list/desk": -300}
    on(house, date(2026, 11, 29))
    assert balances(house) == {"opening": 600, "revenue/list/desk": -600}


def test_a_payer_who_is_another_pays_what_comes(house):
    """A company pays the plan of its member, as it did in the other system: the renewal is the company's."""
    house.do(c.AddOrganisation(name="Works", id="works"))
    house.do(attrs.evolve(DESK, payer_id="works", facts={}))
    on(house, date(2026, 11, 30))
    (renewal,) = house.all(m.Charge)
    assert (renewal.payer_id, renewal.organisation, renewal.lines[0].person_id) == ("works", True, "zoe")


def test_a_payer_who_was_forgotten_owes_nothing_new(house):
    """Whoever paid in the other system was forgotten here, a person or a company: the holder owes what comes."""
    house.do(c.AddOrganisation(name="Works", id="works"))
    for number, payer in enumerate(("bob", "works")):
        house.do(attrs.evolve(DESK, source=f"plan {number}", payer_id=payer, facts={}))
    house.cantine.forget("bob", actor="ana")
    house.do(c.ForgetOrganisation("works"))
    house.cantine.run_due()
    assert (house.get(m.Person, "bob").state, house.get(m.Organisation, "works").state) == ("forgotten", "forgotten")
    on(house, date(2026, 11, 30))
    assert [(one.payer_id, one.organisation) for one in house.all(m.Charge)] == [("zoe", False)] * 2


def test_a_plan_that_is_behind_is_charged_what_it_owes(house):
    """Paid until 30 September: October and November are charged at once, and nothing before."""
    plan = attrs.evolve(PLAIN, first_day=date(2024, 1, 1), paid_until=date(2026, 9, 30))
    house.do(plan)
    while house.cantine.run_due().done:
        pass
    assert [one.amount.amount for one in house.all(m.Charge)] == [5000, 5000]


def test_a_plan_that_is_paid_ahead_waits(house):
    """A year was paid ahead: the first charge is in the year after."""
    plan = attrs.evolve(PLAIN, first_day=date(2024, 1, 1), paid_until=date(2027, 6, 30))
    taken = house.do(plan).value
    on(house, date(2027, 6, 30))
    assert house.all(m.Charge) == []
    on(house, date(2027, 7, 1))
    assert [one.amount.amount for one in house.all(m.Charge)] == [5000]
    assert house.get(m.Pass, taken.id).last_day == date(2027, 7, 31)


def test_the_end_that_was_agreed_stays(house):
    """Notice was given in the other system: it ends at the end of the year, after one more period."""
    plan = attrs.evolve(PLAIN, first_day=date(2026, 1, 1), paid_until=date(2026, 11, 30))
    taken = house.do(attrs.evolve(plan, end=date(2026, 12, 31))).value
    assert (taken.end, taken.held_until) == (date(2026, 12, 31), date(2026, 12, 31))
    on(house, date(2027, 3, 1))
    assert [one.amount.amount for one in house.all(m.Charge)] == [5000]
    assert not house.get(m.Pass, taken.id).held_on(date(2027, 1, 1))


def test_notice_pauses_and_ends_are_those_of_any_pass(house):
    """What was taken over is paused, given notice of and ended like what began here; nothing of what was paid elsewhere
    goes back.
    """
    plan = attrs.evolve(PLAIN, first_day=date(2026, 1, 1), paid_until=date(2026, 11, 30))
    taken = house.do(plan).value
    paused = house.do(
        c.PausePass(taken.id, first_day=date(2026, 11, 25), until=date(2026, 11, 29), reason="ill", override="agreed")
    ).value
    assert paused.last_day == date(2026, 12, 5)
    given = house.do(c.GiveNotice(taken.id))
    assert given.value.end is not None
    house.do(c.WithdrawNotice(taken.id))
    ended = house.do(c.EndPass(taken.id, day=date(2026, 12, 1), reason="moves", refund="nothing"))
    assert ended.afterwards.refund == eur(0)
    on(house, date(2027, 3, 1))
    assert house.all(m.Charge) == []


def test_a_plan_changes_from_the_first_period_on_that_is_charged_here(house):
    """What its days came to in the other system nobody knows: within them the plan cannot change, after them it can, at
    once or planned. The difference is owed by who paid there.
    """
    by_days = """
[product.{name}]
sells = "plan"
rate = {{ price = {price} }}
valid = {{ lasts = "1 month", ends = "the day before" }}
prorate = {{ rule = "both ends", of = "days of the period" }}
term = {{ period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }}
"""
    plans = [by_days.format(name=name, price=price) for name, price in (("zero", "0.00"), ("large", "300.00"))]
    house.do(c.PublishTariff(HEAD.replace("list", "days") + "".join(plans)))
    row = attrs.evolve(
        PLAIN, product_id="days/zero", payer_id="bob", first_day=date(2026, 10, 10), paid_until=date(2026, 12, 9)
    )
    sold = house.do(row).value
    for day in (None, date(2026, 12, 1)):
        with pytest.raises(e.UnsuitableError, match=r"in another system .* change it from 2026-12-10 on"):
            house.do(c.ChangePass(sold.id, product_id="days/large", day=day))
    assert house.all(m.Charge) == []
    house.do(c.ChangePass(sold.id, product_id="days/large", day=date(2026, 12, 11)))
    house.do(
        c.PausePass(sold.id, first_day=date(2026, 11, 25), until=date(2026, 11, 28), reason="away", override="yes")
    )
    (told,) = house.cantine.read.timeline(sold.id, date(2026, 12, 31)).changes
    assert (told.day, told.due) == (date(2026, 12, 14), eur(0))  # the pause moved it into the days that were paid
    house.do(c.WithdrawPassChange(sold.id))
    house.do(c.ChangePass(sold.id, product_id="days/large", day=date(2026, 12, 20)))
    house.clock.set(local(9, day=date(2026, 12, 20)))
    house.cantine.run_due()
    (owed,) = house.all(m.Charge)
    assert (owed.payer_id, owed.amount > eur(20000)) == ("bob", True)


def test_a_membership_and_a_carnet_are_held_until_their_days(house):
    """What is not renewed ends as the list says, or as the other system does; what is left of a carnet is spent."""
    year = house.do(attrs.evolve(DESK, product_id="list/year", units={}, paid_until=None, first_day=date(2026, 2, 1)))
    assert (year.value.last_day, year.value.contract, year.value.next_at) == (date(2027, 1, 31), False, None)
    carnet = c.ImportPass(
        source="old 12",
        **BASE,
        product_id="list/carnet",
        holder_id="bob",
        first_day=date(2026, 9, 1),
        last_day=date(2027, 3, 31),
        units={"carnet": 3},
        value=eur(2400),
    )
    sold = house.do(carnet).value
    assert sold.last_day == date(2027, 3, 31)
    assert balances(house) == {"opening": 2400, "deferred/list/carnet": -2400}
    house.do(c.CheckIn(place_id="paris", product_id="list/entry", person_id="bob"))
    assert balances(house) == {"opening": 2400, "deferred/list/carnet": -1600, "revenue/list/carnet": -800}
    on(house, date(2027, 4, 1))
    assert balances(house) == {"opening": 2400, "revenue/list/carnet": -2400}


def test_units_are_owed_until_they_are_used_or_expire(house):
    """Four entries that were paid 30.00 elsewhere: one is used, the others expire, and the ledger earns them then."""
    house.do(attrs.evolve(UNITS, last_day=date(2026, 12, 31)))
    assert balances(house) == {"opening": 3000, "deferred/list/carnet": -3000}
    assert house.cantine.read.takings("paris", TODAY).earned == ()
    house.do(c.CheckIn(place_id="paris", product_id="list/entry", person_id="zoe"))
    assert balances(house) == {"opening": 3000, "deferred/list/carnet": -2250, "revenue/list/carnet": -750}
    on(house, date(2027, 1, 1))
    assert balances(house) == {"opening": 3000, "revenue/list/carnet": -3000}


def test_credit_is_a_voucher_and_pays(house):
    """12.50 of credit is owed as a voucher, and pays a part of an hour of a room."""
    house.do(attrs.evolve(UNITS, account="card", units=Decimal("12.50"), value=None))
    assert balances(house) == {"opening": 1250, "vouchers": -1250}
    booked = book(house, "room", at(14, 16), account="desk")
    assert [one.state for one in booked.charges] == ["settled"]
    assert balances(house) == {"opening": 1250, "account/desk": 750, "revenue/list/room": -2000}
    with pytest.raises(e.UnsuitableError, match="value"):
        house.do(attrs.evolve(UNITS, source="old 22", account="card", units=1))


def test_a_debt_is_due_and_is_no_revenue(house):
    """What was owed is on the statement, is paid at the desk, and gets neither revenue nor a document."""
    house.do(c.DescribeEntity("asso", address=("1 quai",), country="FR"))
    house.do(c.OpenSeries(entity_id="asso", name="receipts", documents="receipt", prefix="R", zone="Europe/Paris"))
    house.do(c.AutomateReceipts("asso", series="receipts"))
    owed = house.do(BALANCE).value
    assert balances(house) == {"opening": -4200, "receivable": 4200}
    assert (owed.due_on, owed.due_by(TODAY), owed.state) == (TODAY, eur(4200), "due")
    assert [one.id for one in house.cantine.read.statement("zoe")] == [owed.id]
    with pytest.raises(e.RefusedError):
        house.do(c.IssueDocument(charge_id=owed.id, series="receipts"))
    house.do(c.Pay(owed.id, account="desk"))
    assert house.get(m.Charge, owed.id).state == "settled"
    while house.cantine.run_due().done:
        pass
    assert balances(house) == {"opening": -4200, "account/desk": 4200}
    assert house.all(m.Document) == []
    house.do(c.RefundCharge(owed.id, amount=eur(4200), reason="by mistake"))
    assert balances(house) == {}


CREDIT = attrs.evolve(BALANCE, source="old 33", owed=Money(-4200, "EUR"), text="transfer of October")


def test_credit_of_another_system_is_credit_here(house):
    """What was paid too much there is against ``opening``, and no takings; it pays what is owed here, or goes back."""
    for _ in range(2):
        paid = house.do(CREDIT).value
    assert (paid.account, paid.amount, paid.credit, paid.reference) == ("opening", eur(4200), 4200, "old 33")
    assert balances(house) == {"opening": 4200, "credits": -4200}
    assert [one.amount for one in house.cantine.read.payer_credits("zoe")] == [eur(4200)]
    told = house.cantine.read.payer_statement("zoe", "asso", TODAY, TODAY)
    assert ([line.what for line in told.lines], told.closing) == (["taken over"], eur(-4200))
    owed = house.do(attrs.evolve(BALANCE, owed=eur(1500))).value
    house.do(c.PayOwed(payer_id="zoe", place_id="paris", account="credit"))
    assert house.get(m.Charge, owed.id).state == "settled"
    house.do(c.PayBack(payer_id="zoe", place_id="paris", account="desk"))
    assert balances(house) == {"opening": 2700, "account/desk": -2700}
    with pytest.raises(e.DuplicateError):
        house.do(attrs.evolve(CREDIT, source="old 34", id=paid.id))


@pytest.mark.parametrize(
    "wrong", [{"owed": Money(0, "EUR")}, {"due_on": TODAY}, {"text": " "}], ids=["nothing", "a day", "no text"]
)
def test_credit_that_makes_no_sense(wrong):
    """Nothing is neither owed nor credit, and credit is due on no day."""
    with pytest.raises(e.InputError):
        attrs.evolve(CREDIT, **wrong)


def test_a_debt_that_is_not_expected_any_more_is_written_off(house):
    """What was taken over is a loss like any other, in part or whole, until its money comes after all."""
    one = house.do(BALANCE).value
    house.do(c.WriteOff(one.id, amount=Money(1200, "EUR"), reason="gone"))
    house.do(c.WriteOff(one.id, reason="gone"))
    assert balances(house) == {"losses": 4200, "opening": -4200}
    house.do(c.Pay(one.id, account="desk"))
    assert balances(house) == {"account/desk": 4200, "opening": -4200}


def test_a_debt_of_a_day_to_come_is_told_then(house):
    """The payer hears of it on its day, once; of what is due already nobody is told by the import."""
    house.do(attrs.evolve(BALANCE, due_on=TODAY + timedelta(days=3)))
    house.do(attrs.evolve(BALANCE, source="old 32"))
    on(house, TODAY + timedelta(days=2))
    assert len(house.mail.received) == 0
    on(house, TODAY + timedelta(days=4))
    assert len(house.mail.received) == 1


def test_a_past_booking_is_history_and_nothing_else(house):
    """It is in the reads of the space and the person, moves no money, and leaves the time as it was."""
    free = house.cantine.availability("room", at(8, 22, date(2026, 11, 25)))
    past = house.do(PAST).value
    assert (past.state, past.charge_id, past.placed, balances(house)) == ("confirmed", None, (), {})
    assert house.cantine.availability("room", at(8, 22, date(2026, 11, 25))) == free
    assert [one.id for one in house.cantine.read.bookings("zoe")] == [past.id]
    assert house.cantine.export("zoe").to_json().count(past.id) >= 1
    for command in (
        c.CancelBooking(past.id),
        c.MoveBooking(past.id, period=at(9, 11, date(2026, 11, 25))),
        c.RecordOverrun(past.id, until=local(13, day=date(2026, 11, 2))),
    ):
        with pytest.raises(e.RefusedError):
            house.do(command)
    with pytest.raises(e.TooEarlyError, match="period"):
        house.do(attrs.evolve(PAST, source="old 42", period=at(9, 11, date(2026, 11, 25))))


def test_numbers_go_on_without_a_gap(house):
    """After 118 comes 119, the year after begins with 1, and the check of the numbers finds nothing missing."""
    series = house.do(NUMBERS).value
    assert (series.year, series.last, series.elsewhere) == (2026, 118, (2026, 118))
    house.do(c.DescribeEntity("asso", address=("1 quai",), country="FR"))
    whom = m.BilledTo("Zoe", ("2 quai",))

    def invoice() -> str:
        charge = sell(house, "card").charges[0].id
        return str(house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=whom)).value.printed)

    assert [invoice(), invoice()] == ["F2026-000119", "F2026-000120"]
    on(house, date(2027, 1, 2))
    assert invoice() == "F2027-000001"
    told = house.cantine.read.numbering("asso", "invoices")
    assert [(one.year, one.last, one.missing) for one in told] == [(2026, 120, ()), (2027, 1, ())]
    with pytest.raises(e.WrongStateError):
        house.do(attrs.evolve(NUMBERS, source="old 52"))


ALL = [DESK, UNITS, BALANCE, PAST, NUMBERS]


@pytest.mark.parametrize("row", ALL, ids=lambda row: type(row).__name__)
def test_the_same_row_again_changes_nothing(house, row):
    """It is answered with the same record, and the journal has no entry more; another content is refused."""
    first = house.do(row)
    before = len(journal(house.storage))
    again = house.do(row)
    assert (again.value, len(journal(house.storage)), again.events) == (first.value, before, ())
    other = {"owed": eur(1)} if row is BALANCE else {"units": 2} if row in (UNITS, PAST) else {"day": date(2026, 11, 1)}
    with pytest.raises(e.RequestMismatchError, match="another content"):
        house.do(attrs.evolve(row, **other))
    assert len(journal(house.storage)) == before


@pytest.mark.parametrize("row", ALL, ids=lambda row: type(row).__name__)
def test_a_day_to_come_is_refused(house, row):
    """Nothing is taken over as of tomorrow."""
    with pytest.raises(e.InputError, match="day"):
        house.do(attrs.evolve(row, day=TODAY + timedelta(days=1)))


KIND_OF = {cls: kind for kind, cls in KINDS.items()}
ROWS = [{"kind": KIND_OF[type(row)], **attrs.asdict(row, recurse=False)} for row in ALL]
"""The same, as rows."""


class Forgets(DiesAt):
    """Keeps what a row made, and not that the row was taken over: the control."""

    def apply(self, change):
        super().apply(attrs.evolve(change, rows=tuple(row for row in change.rows if row.kind != m.Imported.kind)))


def cut(house, kind: type[DiesAt], step: int, *, after: bool):
    """What another process has in the end that begins with the first row again, after a first one died."""
    with pytest.raises(Cut):
        later(kind(house.storage, step, after=after)).cantine.imports.run(ROWS, actor="ana")
    second = later(house.storage, timedelta(minutes=9))
    return second, second.cantine.imports.run(ROWS, actor="ana")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", range(5))
def test_whoever_is_killed_begins_again_and_all_is_there_once(house, step, after):
    """Killed before or after each row is stored: the second run takes over the rest, and nothing is there twice."""
    second, report = cut(house, DiesAt, step, after=after)
    done = step + (1 if after else 0)
    assert (report.rows, report.taken, report.known, report.problems) == (5, 5 - done, done, ())
    assert len(second.all(m.Imported)) == 5
    assert [len(second.all(cls)) for cls in (m.Pass, m.Charge, m.Booking)] == [2, 1, 1]
    assert balances(second) == {"opening": 3000 - 4200, "receivable": 4200, "deferred/list/carnet": -3000}


def test_without_the_note_of_a_row_it_would_be_taken_over_twice(house):
    """The control: where it is not kept that a row was taken over, the second run makes a second pass."""
    second, _ = cut(house, Forgets, 1, after=True)
    assert len(second.all(m.Pass)) > 2


def test_who_paid_elsewhere_owes_what_ending_costs(house):
    """The organisation that paid owes the fee of an early end and the renewals; once it is forgotten, the holder."""
    text = TEXT.replace(
        "[product.plain]",
        '[product.bound]\nend_early = { smaller_of = [{ periods = 1 }, { share = "50%" }] }\n[product.plain]',
        1,
    )
    bound = 'sells = "plan"\nrate = { price = 50.00 }\nterm = { period = "1 month", minimum = 6, renewal = "monthly"'
    house.do(
        c.PublishTariff(
            HEAD.replace("list", "bound")
            + text.replace("[product.bound]", f'[product.bound]\n{bound}, ends = "period end" }}')
        )
    )
    house.do(c.AddOrganisation(name="Works", id="works"))
    row = attrs.evolve(PLAIN, product_id="bound/bound", payer_id="works", first_day=date(2026, 10, 30))
    kept, ended = (house.do(attrs.evolve(row, source=f"old {number}")).value.id for number in (61, 62))
    house.do(c.EndPass(ended, day=date(2026, 11, 29), reason="moves"))
    (fee,) = house.all(m.Charge)
    assert (fee.payer_id, fee.organisation, fee.amount) == ("works", True, eur(5000))
    house.do(c.Pay(fee.id, account="desk"))
    house.clock.set(local(12, day=date(2026, 12, 2)))
    house.do(c.ForgetOrganisation("works"))
    on(house, date(2026, 12, 2))
    (renewal,) = (one for one in house.all(m.Charge) if one.subject.id == kept)
    assert (renewal.payer_id, renewal.organisation) == ("zoe", False)


def test_the_accountant_gets_what_was_taken_over(house):
    """The entries of the day balance, against 890000, and once the period is closed the opening stays in it."""
    house.do(c.DescribeEntity("asso", address=("1 quai",), country="FR", registration="123456789"))
    house.do(attrs.evolve(PLAIN, value=eur(600), paid_until=date(2026, 11, 30), first_day=date(2026, 1, 1)))
    house.do(UNITS)
    house.do(BALANCE)
    entries = [one for one in house.cantine.read.accounting_entries("asso", TODAY, TODAY) if one.what == "taken over"]
    lines = [(line.code, line.debit - line.credit) for one in entries for line in one.lines]
    assert sorted(lines) == sorted(
        [("890000", 600), ("706000", -600), ("890000", 3000), ("487000", -3000), ("411000", 4200), ("890000", -4200)]
    )
    fec = "".join(house.cantine.read.fec("asso", TODAY, TODAY).lines)
    assert fec.count("Reprise de l'ancien système") == 6
    on(house, TODAY + timedelta(days=2))
    house.do(c.ClosePeriod("asso", until=TODAY))
    house.do(attrs.evolve(BALANCE, source="old 73"))
    after = dict(house.cantine.read.trial_balance("asso", TODAY))
    assert after["opening"] == eur(600 + 3000 - 4200)


def test_given_anew_it_would_drift(house):
    """The control: a plan of the 31st that is given from the end of November on has other days than the one that is
    taken over with its first day.
    """
    taken = house.do(attrs.evolve(PLAIN, paid_until=date(2026, 11, 29))).value
    given = house.do(
        c.GrantPass(product_id="list/plain", place_id="paris", holder_id="bob", reason="anew", renews=True,
                    first_day=date(2026, 11, 24))
    ).value  # fmt: skip
    until = date(2027, 5, 31)
    days = [
        [one.first_day.day for one in house.cantine.read.timeline(one.id, until).periods][-6:] for one in (taken, given)
    ]
    assert days[0] == [31, 31, 28, 31, 30, 31]
    assert days[0] != days[1]
