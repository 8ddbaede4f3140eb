"""A machine of all that members have: contracts that pause, change and end, units that are used in another city, what
is on account and billed, losses and credit, what was taken over. After each step the laws of ``house_laws`` hold.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.calendar import add_months
from cantinekit.clock import local
from cantinekit.errors import CantineError, RefusedError
from cantinekit.money import Money
from support.houses import small_house
from support.houses.issuing_house import ADDRESS, SELLER
from support.houses.small_house import CountingIds, open_house, period
from support.laws import book_laws, house_laws

ZONE = "Europe/Paris"
START = datetime(2027, 10, 29, 7, 30, tzinfo=UTC)
"""A Friday, two days before the clocks go back; the next February has 29 days."""
LIST = """
[tariff]
id = "net"
name = "Network"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
due = "1 month"
tax = "full"

[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "5.5%" }]

[facts]
days = "decimal"

[product.a]
sells = "plan"
rate = { price = 31.01 }
valid = { lasts = "1 month", ends = "the day before" }
prorate = { rule = "both ends", of = "days of the period" }
end_early = { smaller_of = [{ periods = 0 }] }
grant = { account = "days", unit = "day", units = 10, renews = "month" }
[product.a.term]
period = "1 month"
minimum = 1
renewal = "monthly"
ends = "period end"
notice = "3 days"
notice_day = "counts"

[product.b]
sells = "plan"
rate = { price = 97.00 }
valid = { lasts = "1 month", ends = "the day before" }
prorate = { rule = "both ends", of = "days of the period" }
end_early = { smaller_of = [{ periods = 0 }] }
grant = { account = "days", unit = "day", units = 20, renews = "month" }
[product.b.term]
period = "1 month"
minimum = 1
renewal = "monthly"
ends = "period end"
notice = "3 days"
notice_day = "counts"

[product.day]
measure = { unit = "day", fact = "days", smallest = "0.5" }
cover = { by = "days", unit = "day" }
beyond = "rate"
rate = { price = 10.00, per = "day" }

[product.room]
rate = { price = 15.05, per = "1h" }
tax = "reduced"
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }, { from = 2, percent = "0%" }] }

[product.seat]
rate = { price = 20.01 }
[product.seat.cancel]
delay = { unit = "day" }
keep = [{ from = 0, percent = "100%" }]
no_show = { percent = "50%", fee = 5.00 }

[product.carnet]
sells = "grant"
rate = { price = 80.05 }
grant = { account = "days", unit = "day", units = 10 }
valid = { lasts = "60 days", first_day = "counts" }
"""
CITIES = ("asso", "brest")
PERSONS = ("zoe", "bob", "eve")
PAYERS = (*PERSONS, "works")
STATES = (
    "plan changed",
    "change carried out later",
    "paused",
    "notice",
    "ended",
    "bill of several charges",
    "credit note",
    "written off",
    "credit spent",
    "used elsewhere",
    "cleared",
    "seat missed on account",
    "taken over",
    "debt taken over",
    "credit taken over",
    "forgotten",
    "closed period",
)
"""What the runs of the machine must have seen."""
CITY = st.sampled_from(CITIES)
PAYER = st.sampled_from(PAYERS)
PERSON = st.sampled_from(PERSONS)
ANY = st.integers(0, 999)
CENTS = st.sampled_from([1, 1000, 3101, 5000, 30000])
DAYS = st.sampled_from([0, 0, 1, 5, 20, 40])


class Members(RuleBasedStateMachine):
    """Two legal entities, a company and two people, whose months go by."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.house = open_house(furnished=False, now=START, ids=CountingIds())
        self.hours = 0
        self.rows = 0
        self.set_up()

    def set_up(self) -> None:
        for city in CITIES:
            self.house.do(c.AddEntity(name=city.title(), accounts=("desk",), id=city))
            self.house.do(c.AddPlace(name=city.title(), entity_id=city, zone=ZONE, currency="EUR", id=city))
            self.house.do(c.AddSpace(place_id=city, name="Room", id=f"{city}-room"))
        for command in SELLER:
            self.house.do(command)
        self.house.do(
            c.DescribeEntity(
                "brest", address=ADDRESS, country="FR", registration="987 654 321", vat_number="FR98765432109"
            )
        )
        for name, what, prefix in (
            ("invoices", "invoice", "F"),
            ("credits", "credit note", "A"),
            ("receipts", "receipt", "R"),
        ):
            self.house.do(c.OpenSeries(entity_id="brest", name=name, documents=what, prefix=prefix, zone=ZONE))
        self.house.do(c.PublishTariff(LIST))
        for person in PERSONS:
            self.house.do(c.AddPerson(name=person.title(), lang="fr", id=person))
        self.house.do(c.AddOrganisation(name="Works", address=ADDRESS, country="FR", lang="fr", id="works"))
        for person in PERSONS:
            self.house.do(c.Affiliate(organisation_id="works", person_id=person, role="admin", first_day=self.today))
        for city in CITIES:
            self.house.do(
                c.AgreeClearing(
                    city, other_id=CITIES[1 - CITIES.index(city)], first_day=self.today, share="3/5", expired="1/3"
                )
            )
            for payer in PAYERS:
                said = m.BilledTo(payer.title(), ADDRESS, "FR")
                self.house.do(
                    c.AgreeBillingTerms(
                        entity_id=city,
                        payer_id=payer,
                        series="invoices",
                        billing_day=1,
                        addressee=said,
                        use_credit=city == CITIES[1],
                    )
                )
            self.house.do(c.AddWorkshop(place_id=city, title="W", id=f"{city}-w", product_id="net/seat"))

    @property
    def today(self) -> Any:
        return local(self.house.clock.now(), ZONE).date()

    # --- doing -----------------------------------------------------------------------------------------------------

    def run(self, command: c.Command) -> Any:
        """Preview it, then do it: both say the same of money; what is refused changes nothing."""
        before = domain_of(self.house)
        shown = self._try(lambda: self.house.cantine.preview(command, actor="ana"))
        assert domain_of(self.house) == before
        done = self._try(lambda: self.house.do(command, actor="ana"))
        if isinstance(done, CantineError):
            assert isinstance(done, RefusedError | ValueError), done
            assert type(shown) is type(done), (shown, done)
            assert domain_of(self.house) == before
            self.seen["refusal"] += 1
            return None
        assert not isinstance(shown, CantineError), (command, shown)
        assert (shown.afterwards, shown.given_back) == (done.afterwards, done.given_back)
        assert [one.amount for one in shown.charges] == [one.amount for one in done.charges]
        return done

    @staticmethod
    def _try(call: Any) -> Any:
        try:
            return call()
        except CantineError as error:
            return error

    def pick(self, cls: type[Any], number: int, *states: str) -> Any:
        found = [one for one in self.house.all(cls) if not states or one.state in states]
        return found[number % len(found)] if found else None

    def plan(self, number: int) -> Any:
        found = [one for one in self.house.all(m.Pass) if one.contract and one.state == "active"]
        return found[number % len(found)] if found else None

    @initialize(city=CITY, days=st.sampled_from([5, 40]), cents=st.sampled_from([10000, 30000]), lost=st.booleans())
    def begin(self, city, days, cents, lost) -> None:
        """Plans and a carnet, what is on account, a bill, too much money, and a change to come: most is near."""
        for payer in ("zoe", "works"):
            self.subscribe("a", "asso", payer, True)
            self.book(payer, city, True)
        self.carnet("bob", "asso", True)
        self.use("bob", "brest", "2", True)
        self.bill("works", "asso")
        self.bill("works", "brest")
        self.cancel_booking(1)
        for number in range(2):
            self.credit_note(number, False)
        if lost:
            self.write_off(0, None)
        self.pay_owed("zoe", "asso", cents, "desk")
        self.book("zoe", "asso", True)
        self.pay_owed("zoe", "asso", None, "credit")
        self.change(0, "b", days, True)
        self.import_pass("works", "brest", 10, 3)
        self.import_debt("bob", "brest", 1000)
        self.seat("works", "asso", True, False)
        self.clear("asso", 1)

    @rule(product=st.sampled_from("ab"), city=CITY, payer=PAYER, on_account=st.booleans())
    def subscribe(self, product, city, payer, on_account) -> None:
        how = {"on_account": True} if on_account else {"account": "desk"}
        self.run(c.SellPass(product_id=f"net/{product}", place_id=city, holder_id=payer, **how))

    @rule(payer=PAYER, city=CITY, on_account=st.booleans())
    def carnet(self, payer, city, on_account) -> None:
        how = {"on_account": True} if on_account else {"account": "desk"}
        self.run(c.SellPass(product_id="net/carnet", place_id=city, holder_id=payer, **how))

    @rule(number=ANY, first=DAYS, until=st.none() | DAYS)
    def pause(self, number, first, until) -> None:
        if one := self.plan(number):
            day = self.today + timedelta(days=first)
            last = None if until is None else day + timedelta(days=until)
            done = self.run(c.PausePass(one.id, first_day=day, until=last, reason="r", override="o"))
            self.seen["paused"] += done is not None

    @rule(number=ANY)
    def resume(self, number) -> None:
        if one := self.plan(number):
            self.run(c.ResumePass(one.id))

    @rule(number=ANY, product=st.sampled_from("ab"), days=DAYS, on_account=st.booleans())
    def change(self, number, product, days, on_account) -> None:
        if one := self.plan(number):
            how = {"on_account": True} if on_account else {"account": "desk"}
            day = self.today + timedelta(days=days)
            self.run(c.ChangePass(one.id, product_id=f"net/{product}", day=day, **how))

    @rule(number=ANY)
    def withdraw_change(self, number) -> None:
        if one := self.plan(number):
            self.run(c.WithdrawPassChange(one.id))

    @rule(number=ANY)
    def notice(self, number) -> None:
        if one := self.plan(number):
            self.seen["notice"] += self.run(c.GiveNotice(one.id)) is not None

    @rule(number=ANY)
    def withdraw_notice(self, number) -> None:
        if one := self.plan(number):
            self.run(c.WithdrawNotice(one.id))

    @rule(number=ANY, days=DAYS)
    def end(self, number, days) -> None:
        if one := self.plan(number):
            done = self.run(c.EndPass(one.id, day=self.today + timedelta(days=days), reason="r"))
            self.seen["ended"] += done is not None

    @rule(number=ANY)
    def cancel_pass(self, number) -> None:
        if number % 5 == 0 and (one := self.plan(number)):
            self.run(c.CancelPass(one.id, refund="all", reason="r"))

    @rule(payer=PAYER, city=CITY, on_account=st.booleans())
    def book(self, payer, city, on_account) -> None:
        day, hour = divmod(self.hours, 8)
        self.hours += 1
        how = {"on_account": True} if on_account else {"account": "desk"}
        person = "zoe" if payer == "works" else payer
        self.run(
            c.Book(
                space_id=f"{city}-room",
                product_id="net/room",
                period=period(9 + hour, 10 + hour, self.today + timedelta(days=1 + day)),
                person_id=person,
                payer_id=payer,
                **how,
            )
        )

    @rule(number=ANY)
    def cancel_booking(self, number) -> None:
        if one := self.pick(m.Booking, number, "confirmed"):
            self.run(c.CancelBooking(one.id))

    @rule(payer=PAYER, city=CITY, on_account=st.booleans(), come=st.booleans())
    def seat(self, payer, city, on_account, come) -> None:
        """A seat of today, whose sheet is closed in the evening."""
        how = {"on_account": True} if on_account else {"account": "desk"}
        day = self.today + timedelta(days=1)
        session = self.run(c.AddSession(workshop_id=f"{city}-w", day=day, starts=time(9), ends=time(10), seats=5))
        person = "bob" if payer == "works" else payer
        had = (
            self.run(c.Register(session_id=session.value.id, person_id=person, payer_id=payer, **how))
            if session
            else None
        )
        self.house.wait(days=2)
        if had is None:
            return
        if come:
            self.run(c.MarkAttendance(had.value.id))
        closed = self.run(c.CloseSheet(session.value.id))
        self.seen["seat missed on account"] += bool(closed and on_account and not come)
        self.due()

    @rule(
        person=st.sampled_from(["zoe", "bob"]),
        city=CITY,
        days=st.sampled_from(["0.5", "1", "2"]),
        on_account=st.booleans(),
    )
    def use(self, person, city, days, on_account) -> None:
        how = {"on_account": True} if on_account else {"account": "desk"}
        line = c.SellLine("net/day", facts={"days": Decimal(days)})
        self.run(c.Sell([line], place_id=city, person_id=person, **how))

    @rule(number=ANY)
    def give_back(self, number) -> None:
        if one := self.pick(m.Order, number, "confirmed"):
            self.run(c.CancelOrder(one.id, refund="all", reason="r"))

    @rule(number=ANY, cents=CENTS)
    def refund(self, number, cents) -> None:
        if held := [one for one in self.house.all(m.Charge) if one.held]:
            one = held[number % len(held)]
            self.run(c.RefundCharge(one.id, amount=Money(cents, "EUR"), reason="goodwill"))

    @rule(number=ANY, cents=st.none() | CENTS)
    def write_off(self, number, cents) -> None:
        if one := self.pick(m.Charge, number, "due"):
            amount = None if cents is None else Money(cents, "EUR")
            self.run(c.WriteOff(one.id, amount=amount, reason="gone"))

    @rule(payer=PAYER, city=CITY, cents=st.none() | CENTS, account=st.sampled_from(["desk", "desk", "credit"]))
    def pay_owed(self, payer, city, cents, account) -> None:
        amount = None if cents is None else Money(cents, "EUR")
        self.run(c.PayOwed(payer_id=payer, place_id=city, amount=amount, account=account))

    @rule(payer=PAYER, city=CITY)
    def pay_back(self, payer, city) -> None:
        self.run(c.PayBack(payer_id=payer, place_id=city, account="desk"))

    @rule(number=ANY, account=st.sampled_from(["desk", "credit"]))
    def pay(self, number, account) -> None:
        if one := self.pick(m.Charge, number, "due"):
            self.run(c.Pay(one.id, account=account))

    @rule(payer=PAYER, city=CITY)
    def bill(self, payer, city) -> None:
        told = [one for one in self.house.cantine.read.preview_bills(city, self.today) if one.payer_id == payer]
        done = self.run(c.CloseBill(entity_id=city, payer_id=payer, until=self.today))
        issued = [one for one in done.events if one.type == "DocumentIssued"] if done else []
        told = [one for one in told if not one.problem]
        assert len(told) == len(issued), (told, issued)
        if len(told) == 1:
            for name in ("gross", "net", "tax", "lines", "taxes", "parts", "paid", "due_on"):
                assert getattr(told[0], name) == getattr(done.value, name), name
            self.seen["bill of several charges"] += len(done.value.parts) > 1

    @rule(number=ANY)
    def invoice(self, number) -> None:
        if one := self.pick(m.Charge, number, "due", "settled"):
            said = m.BilledTo("Someone", ADDRESS, "FR")
            self.run(c.IssueDocument(charge_id=one.id, series="invoices", addressee=said))

    @rule(number=ANY)
    def receipt(self, number) -> None:
        if one := self.pick(m.Charge, number, "settled"):
            self.run(c.IssueDocument(charge_id=one.id, series="receipts"))

    @rule(number=ANY, of_refund=st.booleans())
    def credit_note(self, number, of_refund) -> None:
        listed = self.house.all(m.ChargeDocuments)
        if not listed:
            return
        one = listed[number % len(listed)]
        refunds = [
            each for each in self.house.all(m.Refund) if of_refund and each.charge_id in {one.id for one in listed}
        ]
        one = next((each for each in listed if refunds and each.id == refunds[0].charge_id), one)
        refund = refunds[0].id if refunds else None
        done = self.run(c.IssueCreditNote(charge_id=one.id, series="credits", refund_id=refund))
        self.seen["credit note"] += done is not None

    @rule(one=CITY, days=st.integers(1, 3))
    def clear(self, one, days) -> None:
        other = CITIES[1 - CITIES.index(one)]
        done = self.run(c.CloseClearing(one, other_id=other, until=self.today - timedelta(days=days)))
        self.seen["cleared"] += bool(done and done.value.lines)

    @rule(number=ANY)
    def dispute(self, number) -> None:
        if lines := self.house.all(m.ClearingLine):
            self.run(c.DisputeClearing((lines[number % len(lines)].id,), reason="no"))

    @rule(payer=PAYER, city=CITY, ago=st.integers(0, 70), left=st.integers(0, 10))
    def import_pass(self, payer, city, ago, left) -> None:

        first = self.today - timedelta(days=ago)
        n = 1
        while add_months(first, n) <= self.today:
            n += 1
        self.rows += 1
        done = self.run(
            c.ImportPass(
                source=f"row {self.rows}",
                day=self.today,
                product_id="net/a",
                place_id=city,
                holder_id=payer,
                first_day=first,
                paid_until=add_months(first, n) - timedelta(days=1),
                units={"days": left},
                value=Money(900, "EUR") if left % 2 else None,
            )
        )
        self.seen["taken over"] += done is not None

    @rule(payer=PAYER, city=CITY, cents=CENTS)
    def import_debt(self, payer, city, cents) -> None:
        self.rows += 1
        done = self.run(
            c.ImportBalance(
                source=f"row {self.rows}",
                day=self.today,
                place_id=city,
                payer_id=payer,
                owed=Money(cents, "EUR"),
                text="old",
            )
        )
        self.seen["debt taken over"] += done is not None

    @rule(payer=PAYER, cents=CENTS)
    def import_credit(self, payer, cents) -> None:
        self.rows += 1
        row = {"source": f"row {self.rows}", "day": self.today, "place_id": CITIES[1], "payer_id": payer, "text": "old"}
        done = self.run(c.ImportBalance(**row, owed=Money(-cents, "EUR")))
        self.seen["credit taken over"] += done is not None

    @rule(person=st.sampled_from(["eve", "eve", "eve", "zoe"]), gives_up=st.sampled_from([True, True, False]))
    def forget(self, person, gives_up) -> None:
        self.seen["forgotten"] += self.run(c.ForgetPerson(person, gives_up=gives_up)) is not None

    @rule(city=CITY, days=st.integers(1, 20))
    def close_period(self, city, days) -> None:
        done = self.run(c.ClosePeriod(city, until=self.today - timedelta(days=days)))
        self.seen["closed period"] += done is not None

    @rule(days=st.sampled_from([1, 1, 3, 10, 31, 31]), runs=st.sampled_from([True, True, True, False]))
    def wait(self, days, runs) -> None:
        self.house.wait(days=days)
        if runs:
            self.due()

    @rule()
    def due(self) -> None:
        while self.house.cantine.run_due().done:
            pass
        house_laws.settled(self.house.storage, self.house.clock.now())

    # --- laws ------------------------------------------------------------------------------------------------------

    @invariant()
    def laws(self) -> None:
        house_laws.hold(self.house.storage, self.house.clock.now())

    def teardown(self) -> None:
        self.due()
        records = house_laws.hold(self.house.storage, self.house.clock.now())
        house_laws.folds(self.house.storage)
        book_laws.hold(self.house.storage, self.house.clock.now())
        what_the_timeline_says(self.house)
        self.tally(records)
        self.house.cantine.close()

    def tally(self, records: Any) -> None:
        ledger = Counter(entry.what for entry in house_laws.of(records, m.LedgerEntry))
        self.seen["written off"] += ledger["written off"]
        self.seen["credit spent"] += sum(one.account == "credit" for one in house_laws.of(records, m.Attempt))
        self.seen["used elsewhere"] += len(house_laws.of(records, m.ClearingLine))
        for sold in house_laws.of(records, m.Pass):
            self.seen["plan changed"] += len(sold.changes)
            self.seen["change carried out later"] += sum(one.said < one.day for one in sold.changes)


def domain_of(house: Any) -> Any:
    """All records of a house but its tasks."""
    return {key: one for key, one in small_house.records(house.storage).items() if key.kind != m.Task.kind}


def what_the_timeline_says(house: Any) -> None:
    """What the timeline of a year says of what comes is charged in that year."""
    now = house.clock.now()
    today = local(now, ZONE).date()
    until = today + timedelta(days=366)
    told = Counter[str]()
    before = {one.id for one in house.all(m.Charge)}
    for sold in house.all(m.Pass):
        if not sold.contract or sold.state != "active" or sold.open_pause is not None:
            continue
        line = house.cantine.read.timeline(sold.id, until)
        came = sum(one.price.amount for one in line.periods if one.first_day > today)
        came += sum(one.due.amount for one in line.changes if one.day > today)
        told[sold.id] = came
    house.clock.set(datetime.combine(until, time(20), UTC))
    while house.cantine.run_due().done:
        pass
    charged = Counter[str]()
    for one in house.all(m.Charge):
        if one.id not in before and one.subject.kind == "pass":
            charged[one.subject.id] += one.amount.amount
    house_laws.hold(house.storage, house.clock.now())
    for id, cents in told.items():
        if house.get(m.Pass, id).planned or any(x.due.amount < 0 for x in house.get(m.Pass, id).changes):
            continue
        assert charged[id] == cents, (id, charged[id], cents, house.get(m.Pass, id))
