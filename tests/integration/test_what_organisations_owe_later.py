"""What comes after a sale that an organisation paid: whatever command it is, the organisation owes it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.sales.selling import SellingCommand
from support.commands import examples
from support.houses import small_house
from support.houses.small_house import TODAY, House, open_house
from support.laws import house_laws

SAYS_WHO = c.ImportBalance | c.CloseBill | c.CollectDebits | c.RecordBankAnswer
"""These say themselves who owes, or are about a bill of whom it says."""
LATER = [cls for cls in examples.EXAMPLES if not issubclass(cls, SellingCommand | c.SystemCommand | SAYS_WHO)]
"""The commands on what was sold."""
CHARGE = (c.EndPass, c.ChangePass, c.MeasureOrder, c.CorrectVisit, c.RecordOverrun)
"""Those of the commands that charge something in their example."""


@attrs.frozen
class PayingHouse(House):
    """A house in which an organisation pays for all that is sold."""

    def do(self, command: c.Command[Any], **more: Any) -> Outcome[Any]:
        if isinstance(command, SellingCommand) and command.payer_id is None:
            command = attrs.evolve(command, payer_id="payer")
        return House.do(self, command, **more)


def paying_house() -> PayingHouse:
    house = open_house()
    house.do(c.AddOrganisation(name="Works", id="payer"))
    for person in small_house.PERSONS:
        house.do(c.Affiliate(organisation_id="payer", person_id=person, role="admin", first_day=TODAY))
    return PayingHouse(house.cantine, house.clock, house.card, house.mail, house.storage)


@pytest.mark.parametrize("cls", LATER, ids=lambda cls: cls.__name__)
def test_what_comes_later_is_owed_by_who_paid(cls):
    """Each command on something that the organisation paid works as ever, and charges nobody else."""
    house = paying_house()
    command = examples.EXAMPLES[cls](house)
    before = {one.id for one in house.all(m.Charge)}
    house.do(command)
    assert (cls in CHARGE) == bool({one.id for one in house.all(m.Charge)} - before)
    house.wait(days=40)
    house.cantine.run_due()
    assert {one.payer_id for one in house.all(m.Charge)} <= {"payer"}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
