"""Plans that change in a house: what is refused, earned, ended and given back, and two who are at it at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from support.houses.clock_house import local
from support.houses.lasting_house import hold_plan
from support.houses.one_list import eur, left, place, sell
from support.houses.small_house import open_house
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions

JUNE = date(2026, 6, 1)
BY_DAYS = """
valid = { month = "calendar" }
prorate = { rule = "both ends", of = "days of the month" }
end_early = { smaller_of = [{ periods = 0 }] }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "month end", stub = "does not count" }
"""
TERM = 'term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }'
LIST = f"""
[product.small]
sells = "plan"
rate = {{ price = 300.00 }}
tax = "service"
{BY_DAYS}
grant = {{ account = "days", unit = "day", units = 5, renews = "month" }}

[product.large]
sells = "plan"
rate = {{ price = 600.00 }}
tax = "service"
{BY_DAYS}
grant = [
  {{ account = "days", unit = "day", units = 10, renews = "month" }},
  {{ account = "prints", unit = "page", units = 50 }},
]

[product.rolling]
sells = "plan"
rate = {{ price = 30.00 }}
{BY_DAYS}
grant = {{ account = "hours", unit = "1h", units = 2, renews = "week", rollover = true }}

[product.rolling-too]
sells = "plan"
rate = {{ price = 30.00 }}
{BY_DAYS}
grant = {{ account = "hours", unit = "1h", units = 3, renews = "week", rollover = true }}

[product.whole]
sells = "plan"
rate = {{ price = 50.00 }}
{TERM}

[product.whole-too]
sells = "plan"
rate = {{ price = 80.00 }}
{TERM}

[product.year]
sells = "plan"
rate = {{ price = 500.00 }}
term = {{ period = "1 year", minimum = 1, renewal = "monthly", ends = "period end" }}

[product.pass]
sells = "membership"
rate = {{ price = 20.00 }}
valid = {{ year = "calendar" }}

[product.with-club]
sells = "plan"
needs = {{ product = "pass", add = true }}
rate = {{ price = 20.00 }}
{TERM}

[product.gone]
sells = "plan"
eligible = [{{ id = "gone", when = {{ count = {{ from = 1 }} }}, refuse = "not_sold" }}]
rate = {{ price = 20.00 }}
{TERM}

[product.day]
cover = {{ by = "days", unit = "piece" }}
beyond = "refuse"
rate = {{ price = 20.00, per = "piece" }}

[tax.service]
rates = [{{ from = 2014-01-01, rate = "20%" }}]
"""


@pytest.fixture
def house():
    """The place of one list, on 1 June at ten."""
    with place(LIST, local(10, day=JUNE)) as found:
        yield found


def on(house, day: date, hour: int = 9) -> None:
    """Let the clock run to an hour of a day, and do what has become due."""
    house.clock.set(local(hour, day=day))
    house.cantine.run_due()


def billed(house, person: str = "zoe") -> list[int]:
    """What was charged to somebody and still stands, in cents, the oldest first."""
    return [one.billed.amount for one in house.cantine.read.statement(person) if one.state != "void"]


def change(house, sold: m.Pass, product: str, day: date | None = None, **more: object):
    """Change the plan of a pass."""
    return house.do(c.ChangePass(sold.id, product_id=f"list/{product}", day=day, **more))


def use_a_day(house) -> None:
    """Zoé spends one of her days."""
    house.do(c.Sell([c.SellLine("list/day", facts={})], place_id="paris", person_id="zoe"))


# --- what it comes to ------------------------------------------------------------------------------------------------


def test_a_cheaper_plan_gives_money_back(house):
    """What was paid for the days that are left, less those of the cheaper plan, goes back; what was used counts."""
    sold = sell(house, "large").value
    for _ in range(3):
        use_a_day(house)
    on(house, date(2026, 6, 16))
    told = house.cantine.preview(c.ChangePass(sold.id, product_id="list/small"), actor="desk").afterwards
    done = change(house, sold, "small")
    assert told == done.afterwards
    assert (done.afterwards.refund, done.given_back, billed(house)) == (eur(15000), eur(15000), [45000])
    assert (left(house, "days"), left(house, "prints")) == (2, 0)


def test_what_is_not_paid_is_owed_no_more(house):
    """A cheaper plan of which nothing is paid yet: the charge is lowered, and nothing goes back."""
    sold = sell(house, "large", on_account=True).value
    on(house, date(2026, 6, 16))
    done = change(house, sold, "small")
    assert (done.given_back, billed(house)) == (None, [45000])
    assert house.cantine.read.statement("zoe")[0].outstanding == eur(45000)


def test_more_was_used_than_the_new_plan_gives(house):
    """Seven days of ten were used, the new plan gives five: none is left, none is owed; one that comes back is."""
    sold = sell(house, "large").value
    line = c.SellLine("list/day", facts={}, day=date(2026, 6, 20))
    used = [house.do(c.Sell([line], place_id="paris", person_id="zoe")).value for _ in range(7)]
    change(house, sold, "small", day=date(2026, 6, 1))
    assert left(house, "days") == 0
    house.do(c.CancelOrder(used[0].id))
    assert left(house, "days") == 1
    on(house, date(2026, 7, 1))
    assert left(house, "days") == 5


def test_units_that_rolled_over_stay_however_late_the_worker_was(house):
    """Four weeks of units came at once, since nothing was run: those of the present week are exchanged, no others."""
    sold = sell(house, "rolling").value
    on(house, date(2026, 6, 23))
    assert left(house, "hours") == 8
    change(house, sold, "rolling-too")
    assert left(house, "hours") == 9
    change(house, sold, "small")
    assert left(house, "hours") == 6
    change(house, sold, "rolling")
    assert left(house, "hours") == 8


def test_a_change_of_last_week(house):
    """A change that is entered later counts from its day on, as if it had been entered then."""
    sold = sell(house, "small").value
    on(house, date(2026, 6, 25))
    done = change(house, sold, "large", day=date(2026, 6, 16))
    assert (done.charges[-1].amount, left(house, "days"), left(house, "prints")) == (eur(15000), 10, 50)


def test_several_changes_in_one_month(house):
    """Ten days of each of three plans: what stands is what these days cost, however it was charged and given back."""
    sold = sell(house, "small").value
    on(house, date(2026, 6, 11))
    change(house, sold, "large")
    on(house, date(2026, 6, 21))
    change(house, sold, "small")
    assert sum(billed(house)) == 10000 + 20000 + 10000
    told = house.cantine.read.timeline(sold.id, date(2026, 7, 31))
    assert [(one.day, one.product, one.due) for one in told.changes] == [
        (date(2026, 6, 11), "large", eur(20000)),
        (date(2026, 6, 21), "small", eur(-10000)),
    ]
    assert [one.price for one in told.periods] == [eur(30000), eur(30000)]


def test_what_is_paid_is_earned_by_the_days_of_each_plan(house):
    """A dearer and a cheaper plan: what is owed at the end of a day is what the days after it cost."""
    sold = sell(house, "small").value
    cheap = sell(house, "large", person="bob").value
    on(house, date(2026, 6, 16))
    change(house, sold, "large")
    change(house, cheap, "small")

    def owed(day: date) -> int:
        found = dict(house.cantine.read.trial_balance("asso", day))
        return -sum(found.get(f"deferred/list/{name}", eur(0)).amount for name in ("small", "large"))

    assert [owed(date(2026, 6, day)) for day in (20, 29, 30)] == [(2000 + 1000) * 10, 3000, 0]


def test_the_invoice_of_a_difference(house):
    """One document says both plans, with the tax of the difference."""
    sold = sell(house, "small").value
    on(house, date(2026, 6, 16))
    charge = change(house, sold, "large", account="desk").charges[-1]
    house.do(
        c.DescribeEntity("asso", address=("2 quai du Port", "35000 Rennes"), country="FR", vat_number="FR83404833048")
    )
    house.do(c.OpenSeries(entity_id="asso", name="invoices", documents="invoice", prefix="F", zone="Europe/Paris"))
    firm = m.BilledTo("Zoé SARL", address=("1 place de la Comédie", "69001 Lyon"), country="FR")
    invoice = house.do(c.IssueDocument(charge_id=charge.id, series="invoices", addressee=firm)).value
    assert [(line.product_id, line.gross) for line in invoice.lines] == [
        ("list/large", eur(30000)),
        ("list/small", eur(-15000)),
    ]
    assert [(one.rate, one.gross, one.tax) for one in invoice.taxes] == [("20%", eur(15000), eur(2500))]


# --- later -----------------------------------------------------------------------------------------------------------


def test_a_change_to_come_is_withdrawn(house):
    """What was planned is withdrawn: it goes on as it was; a second time there is nothing to withdraw."""
    sold = sell(house, "small").value
    before = house.get(m.Pass, sold.id)
    change(house, sold, "large", day=date(2026, 6, 20))
    change(house, sold, "small", day=date(2026, 9, 1))
    with pytest.raises(e.WrongStateError, match="withdraw that first"):
        change(house, sold, "large", day=date(2026, 6, 20))
    with pytest.raises(e.WrongStateError, match="not to be changed on 2026-07-01"):
        house.do(c.WithdrawPassChange(sold.id, day=date(2026, 7, 1)))
    house.do(c.WithdrawPassChange(sold.id, day=date(2026, 9, 1)))
    assert house.do(c.WithdrawPassChange(sold.id)).value == before
    with pytest.raises(e.WrongStateError, match="not to be changed"):
        house.do(c.WithdrawPassChange(sold.id))
    on(house, date(2026, 9, 2))
    assert billed(house) == [30000] * 4


def test_a_change_to_come_waits_for_the_end_of_a_pause(house):
    """Planned for a day that is paused later: it is carried out on the first day after the pause."""
    sold = sell(house, "small").value
    change(house, sold, "large", day=date(2026, 6, 16))
    house.do(
        c.PausePass(sold.id, first_day=date(2026, 6, 11), until=date(2026, 6, 20), reason="ill", override="agreed")
    )
    told = house.cantine.read.timeline(sold.id, date(2026, 7, 31))
    assert [one.day for one in told.changes] == [date(2026, 6, 21)]
    on(house, date(2026, 6, 20))
    assert house.get(m.Pass, sold.id).tariff_product == "small"
    on(house, date(2026, 6, 21), 0)
    assert (house.get(m.Pass, sold.id).tariff_product, billed(house)) == ("large", [30000, told.changes[0].due.amount])


def test_a_pause_moves_the_period_of_a_change_that_cannot_be_divided(house):
    """Planned for the first day of a period that a pause moves: without a pro rata it comes with the period."""
    sold = sell(house, "whole").value
    change(house, sold, "whole-too", day=date(2026, 7, 1))
    house.do(
        c.PausePass(sold.id, first_day=date(2026, 6, 11), until=date(2026, 6, 20), reason="ill", override="agreed")
    )
    told = house.cantine.read.timeline(sold.id, date(2026, 7, 31))
    assert [(one.day, one.due) for one in told.changes] == [(date(2026, 7, 11), eur(0))]
    on(house, date(2026, 7, 11))
    assert billed(house) == [5000, 8000]


def test_notice_is_given_before_a_change_to_come(house):
    """It ends before the change: nothing of that comes; the notice is withdrawn, and it does."""
    sold = sell(house, "small").value
    change(house, sold, "large", day=date(2026, 7, 16))
    house.do(c.GiveNotice(sold.id))
    assert house.cantine.read.timeline(sold.id).changes == ()
    house.do(c.WithdrawNotice(sold.id))
    on(house, date(2026, 7, 17))
    assert billed(house) == [30000, 30000, round(60000 * 16 / 31) - round(30000 * 16 / 31)]


@pytest.mark.parametrize(("old", "new", "due", "back"), [("small", "large", 15000, 0), ("large", "small", 0, 15000)])
def test_a_notice_tells_of_changes_before_the_end(house, old, new, due, back):
    """What a notice says is still charged until the end is what is: also of a change within a period. The timeline says
    what goes back.
    """
    sold = sell(house, old).value
    change(house, sold, new, day=date(2026, 6, 16))
    before = sum(billed(house))
    told = house.do(c.GiveNotice(sold.id)).afterwards
    assert told.due == eur(due)
    assert [one.due for one in house.cantine.read.timeline(sold.id).changes] == [eur(due - back)]
    on(house, date(2026, 8, 1))
    assert sum(billed(house)) - before == due - back


def test_a_plan_that_was_changed_is_ended(house):
    """Ended five days after the change: the days that are left go back by the new plan; not before the change."""
    sold = sell(house, "small").value
    on(house, date(2026, 6, 20))
    change(house, sold, "large", day=date(2026, 6, 16), account="desk")
    with pytest.raises(e.UnsuitableError, match="whose plan was changed"):
        house.do(c.CancelPass(sold.id))
    with pytest.raises(e.InputError, match="its plan was changed on 2026-06-16"):
        house.do(c.EndPass(sold.id, day=date(2026, 6, 10), reason="she moves away"))
    ended = house.do(c.EndPass(sold.id, reason="she moves away"))
    assert (ended.afterwards.refund, sum(billed(house))) == (eur(20000), 15000 + 10000)
    on(house, date(2026, 8, 1))
    assert sum(billed(house)) == 25000


def test_a_plan_is_ended_before_a_change_that_was_planned(house):
    """Of a change in a period that does not come nothing is told and nothing comes."""
    sold = sell(house, "small").value
    change(house, sold, "large", day=date(2026, 7, 16))
    on(house, date(2026, 6, 10))
    house.do(c.EndPass(sold.id, day=date(2026, 6, 20), reason="she moves away"))
    told = house.cantine.read.timeline(sold.id, date(2026, 12, 31))
    assert (told.end, [one.first_day for one in told.periods], told.changes) == (date(2026, 6, 20), [JUNE], ())
    on(house, date(2026, 8, 1))
    assert (billed(house), house.cantine.read.tasks("dead")) == ([20000], ())


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ("small", "pass", e.UnsuitableError, "not renewed"),
        ("whole", "year", e.UnsuitableError, "other periods"),
        ("small", "whole", e.UnsuitableError, "other periods"),
        ("whole", "with-club", e.UnsuitableError, "something else that is held"),
        ("whole", "gone", e.NotForSaleError, "not sold"),
        ("whole", "nothing", e.NotFoundError, "nothing"),
        ("pass", "small", e.UnsuitableError, "not renewed"),
    ],
)
def test_what_cannot_follow_is_refused(house, old, new, kind, said):
    """No contract, other periods, sold with something else, not for sale or unknown: each with its reason."""
    sold = sell(house, old).value
    with pytest.raises(kind, match=said):
        change(house, sold, new)


def test_in_the_middle_of_a_period_the_list_has_to_prorate(house):
    """A list without a pro rata: a change on the first day of a period only, which the refusal names."""
    sold = sell(house, "whole").value
    on(house, date(2026, 6, 10))
    with pytest.raises(e.UnsuitableError, match="such as 2026-07-01"):
        change(house, sold, "whole-too")
    change(house, sold, "whole-too", day=JUNE)
    assert billed(house) == [5000, 3000]


def test_when_it_is_refused(house):
    """Before the period that runs, before another change, in a pause, beyond an end, unpaid, or on account twice."""
    sold = sell(house, "small").value
    on(house, date(2026, 7, 10))
    with pytest.raises(e.InputError, match="the period that runs began on 2026-07-01"):
        change(house, sold, "large", day=date(2026, 6, 30))
    change(house, sold, "large")
    with pytest.raises(e.WrongStateError, match="changed on 2026-07-10"):
        change(house, sold, "small", day=date(2026, 7, 9))
    with pytest.raises(e.InputError, match="leave the account out"):
        c.ChangePass(sold.id, product_id="small", account="desk", on_account=True)
    house.do(c.PausePass(sold.id, until=date(2026, 7, 12), reason="ill", override="agreed"))
    for day in (date(2026, 7, 12), date(2026, 7, 14)):
        with pytest.raises(e.WrongStateError, match="paused"):
            change(house, sold, "small", day=day)
    on(house, date(2026, 7, 20))
    end = house.do(c.GiveNotice(sold.id)).value.end
    with pytest.raises(e.WrongStateError, match=f"ending on {end}"):
        change(house, sold, "small", day=end + timedelta(days=1))
    unpaid = sell(house, "small", person="bob", account=None).value
    with pytest.raises(e.WrongStateError, match="pending"):
        change(house, unpaid, "large")


def test_the_payer_of_the_first_charge_pays(house):
    """Bob pays Zoé's plan: the difference is his, and her holdings say the new plan."""
    sold = sell(house, "small", payer_id="bob").value
    on(house, date(2026, 6, 16))
    charge = change(house, sold, "large").charges[-1]
    assert (charge.payer_id, charge.lines[0].person_id, billed(house, "bob")) == ("bob", "zoe", [30000, 15000])
    assert [one.tariff_product for one in house.get(m.Wallet, "zoe").holdings] == ["large"]


def test_an_organisation_pays_and_holds(house):
    """Plans that an organisation pays and holds: differences are its, at once and later, and so are the units."""
    acme = house.do(c.AddOrganisation(name="Acme")).value.id
    house.do(c.Affiliate(organisation_id=acme, person_id="zoe", role="admin", first_day=JUNE))
    paid, held = sell(house, "small", payer_id=acme).value, sell(house, "large", person=acme).value
    on(house, date(2026, 6, 16))
    assert change(house, paid, "large").charges[-1].organisation
    change(house, held, "small")
    assert (billed(house, acme), left(house, "days", acme)) == ([30000, 45000, 15000], 5)
    change(house, paid, "small", day=date(2026, 6, 20))
    change(house, held, "large", day=date(2026, 7, 20))
    on(house, date(2026, 7, 25))
    assert billed(house, acme) == [30000, 45000, 4000, 30000, 30000, 11613]


# --- at once ---------------------------------------------------------------------------------------------------------

DECEMBER = timedelta(days=8)


def prepared() -> tuple[MemoryStorage, str]:
    """A house in which somebody has a desk since today, 24 November: it is renewed on 1 December."""
    storage = MemoryStorage()
    return storage, hold_plan(open_house(storage=storage))


def raced(fault: type[Around], other: str) -> set[tuple[object, ...]]:
    """What comes of a change on 2 December against another decision at the same time, in every order of their calls."""
    storage, desk = prepared()
    beside = {
        "renewal": c.Expire(m.Subject("pass", desk)),
        "pause": c.PausePass(desk, first_day=date(2026, 12, 10), until=date(2026, 12, 19), reason="r", override="o"),
        "change": c.ChangePass(desk, product_id="plans/office"),
    }[other]
    changes = c.ChangePass(desk, product_id="plans/office")
    found = set()
    for _, results, store in both_at_once(storage, [changes, beside], fault, after=(DECEMBER, DECEMBER)):
        assert fault is WithoutVersions or not any(isinstance(one, Exception) for one in results)
        after = later(store, DECEMBER)
        run_all(after)
        sold = after.get(m.Pass, desk)
        charges = sorted(one.amount.amount for one in after.all(m.Charge) if one.subject.id == desk)
        found.add((sold.tariff_product, tuple(charges), len(sold.periods), len(sold.changes), len(sold.pauses)))
        if fault is Around:
            house_laws.hold(store, after.clock.now())
            house_laws.folds(store)
    return found


@pytest.mark.parametrize("other", ["renewal", "change"])
def test_a_change_against_a_renewal_and_another_change(other):
    """December is charged once by the old plan, and the difference once, in every order of their steps."""
    found = {(name, sum(charges), *rest) for name, charges, *rest in raced(Around, other)}
    assert found == {("office", 7000 + 30000 + 14516, 1, 1, 0)}


def test_a_change_against_a_pause():
    """Both hold, whoever comes first; the difference is that of the days that are had."""
    found = raced(Around, "pause")
    assert {(one[0], one[3], one[4]) for one in found} == {("office", 1, 1)}


@pytest.mark.parametrize("other", ["renewal", "pause", "change"])
def test_changes_at_once_on_a_store_without_versions(other):
    """The control: on a store that compares no versions one of the two is lost, or a charge is made twice."""
    assert raced(WithoutVersions, other) - raced(Around, other)
