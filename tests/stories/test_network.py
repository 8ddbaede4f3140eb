"""What cities of a network expect of each other: a carnet of one opens the doors of all, and they share its money."""

from __future__ import annotations

from datetime import date, timedelta

from cantinekit import commands as c
from support.houses.network_house import FIRST, agree, carnet, lines, network, owed, use
from support.laws import house_laws


def test_a_carnet_of_toulouse_in_nantes():
    """A carnet of ten is bought in Toulouse for 80.05; three days are used in Nantes, and one of them is given back.

    Three fifths of what was paid for a day are owed to Nantes. The statement of October says what two days come to;
    the ledgers of both are balanced, and what one owes the other gets.
    """
    house = network()
    agree(house, "toulouse", "nantes", share="60%")
    sold = carnet(house, "toulouse")
    days = [use(house, "nantes").value for _ in range(3)]
    use(house, "toulouse")
    assert [(one.what, one.amount.amount) for one in lines(house)] == [("use", 480), ("use", 481), ("use", 480)]
    house.do(c.CancelOrder(days[1].id, refund="all", reason="the heating was off"))
    assert (owed(house, "nantes"), owed(house, "toulouse"), owed(house, "brest")) == (960, -960, 0)
    house.wait(days=10)
    until = date(2026, 10, 31)
    told = house.do(c.CloseClearing("toulouse", other_id="nantes", until=until)).value
    assert (told.first, told.lines, [one.amount for one in told.owed_to("nantes")]) == (None, 4, [960])
    for city, other, amount in (("nantes", "toulouse", 960), ("toulouse", "nantes", -960)):
        balance = {
            account: one.amount for account, one in house.cantine.read.trial_balance(city, FIRST.replace(day=31))
        }
        assert sum(balance.values()) == 0
        balance = {account: one.amount for account, one in house.cantine.read.trial_balance(city, date(2026, 11, 30))}
        assert sum(balance.values()) == 0
        assert balance[f"statements/{other}"] == amount
        assert f"clearing/{other}" not in balance
    use(house, "nantes")
    assert owed(house, "nantes", until + timedelta(days=1)) == 481
    assert house.cantine.read.balance("zoe")[0].left == 6
    assert sold.entity_id == "toulouse"
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
