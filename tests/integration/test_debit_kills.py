"""A bill is collected once, whatever is killed and whoever is at it at the same time."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.bank_answers import BankAnswer, BankLine
from cantinekit.errors import WrongStateError
from support.houses.debit_house import COLLECT, debiting, key, waiting
from support.houses.small_house import House
from support.laws import house_laws
from support.races.steps import twin
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import WithoutVersions
from support.stores.dying import Cut, DiesAt

SOON = timedelta(minutes=5)


@cache
def _prepared() -> MemoryStorage:
    storage = MemoryStorage()
    house = debiting(storage=storage)
    for hours in (1, 2):
        waiting(house, hours)
    house.do(c.ChangeOrganisation("works", email="bills@example.org"))
    run_all(house)
    return storage


def prepared() -> MemoryStorage:
    """A house with two bills that wait to be collected."""
    return twin(_prepared())


@cache
def _with_the_bank() -> MemoryStorage:
    storage = prepared()
    later(storage, SOON).do(COLLECT)
    return storage


def answer(storage: MemoryStorage) -> c.RecordBankAnswer:
    """What a bank answers: one debit is settled, one came back."""
    first, second = later(storage, SOON).all(m.DebitCollection)[0].debit_ids
    lines = (BankLine("settled", key(first)), BankLine("back", key(second), "", "AM04"))
    return c.RecordBankAnswer(entity_id="asso", answer=BankAnswer("camt.054", "B", "0" * 64, lines))


def collected(house: House) -> list[str]:
    """The bills that are in collections, and each attempt is in a debit."""
    debits = house.all(m.Debit)
    assert sorted(part.attempt_id for one in debits for part in one.parts) == sorted(
        one.id for one in house.all(m.Attempt) if one.account == "mandate"
    )
    assert {one.id for one in debits} == {id for made in house.all(m.DebitCollection) for id in made.debit_ids}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    return sorted(one.document_id for one in debits)


def test_a_collection_is_made_once_wherever_it_is_cut():
    """Cut before and after each change: all of it is there or nothing is, and asking again makes the rest of it."""
    step, died = 0, True
    while died:
        for after in (False, True):
            storage, died = prepared(), False
            try:
                later(DiesAt(storage, step, after=after)).do(COLLECT)
            except Cut:
                died = True
            house = later(storage, timedelta(minutes=30))
            there = collected(house)
            if not there:
                house.do(COLLECT)
            else:
                with pytest.raises(WrongStateError, match="no bill is due"):
                    house.do(COLLECT)
            run_all(house)
            assert collected(house) == sorted(one.id for one in house.all(m.DueDebit))
            assert len([one for one in house.mail.messages if one.template == "debit announced"]) >= (not there) * 2
        step += 1
    assert step > 1


def test_an_answer_is_recorded_once_wherever_it_is_cut():
    """Cut before and after each change: recorded again, it comes to what it says, and money came in once."""
    step, died = 0, True
    while died:
        for after in (False, True):
            storage, died = twin(_with_the_bank()), False
            try:
                later(DiesAt(storage, step, after=after)).do(answer(storage))
            except Cut:
                died = True
            house = later(storage, timedelta(minutes=30))
            house.do(answer(storage))
            run_all(house)
            collected(house)
            assert sorted(one.paid.amount for one in house.all(m.Charge)) == [0, 1500]
        step += 1
    assert step > 1


def test_two_collect_a_bill_once():
    """Two collect at the same time, in every order of their steps: one has all bills, the other has nothing to do."""
    tried = 0
    for _, results, store in both_at_once(prepared(), [COLLECT] * 2, after=(SOON, SOON)):
        house = later(store, SOON)
        assert sorted(isinstance(one, WrongStateError) for one in results) == [False, True]
        assert len(collected(house)) == 2
        tried += 1
    assert tried > 2


def test_two_on_a_store_without_versions_are_seen():
    """The control: a store that compares no versions collects a bill twice."""
    most = 0
    for _, _, store in both_at_once(prepared(), [COLLECT] * 2, WithoutVersions, after=(SOON, SOON)):
        begun = [entry for entry in store.inner.journal(limit=1000) if entry.type == "DebitBegun"]
        most = max(most, len(begun))
    assert most == 4


def test_two_record_an_answer_once():
    """The same answer by two at the same time: both get it, and money came in once."""
    base = twin(_with_the_bank())
    for _, results, store in both_at_once(base, [answer(base)] * 2, after=(SOON, SOON)):
        house = later(store, SOON)
        assert not any(isinstance(one, Exception) for one in results), results
        assert sorted(one.paid.amount for one in house.all(m.Charge)) == [0, 1500]
        collected(house)


def test_a_payment_against_a_collection():
    """A bill is paid at the desk while it is collected: either is first, and it is paid or debited, not both."""
    base = prepared()
    (charge,) = [one for one in later(base).all(m.Charge) if one.amount.amount == 1500]
    found = set()
    for _, _, store in both_at_once(base, [COLLECT, c.Pay(charge.id, account="desk")], after=(SOON, SOON)):
        house = later(store, SOON)
        attempts = [one.account for one in house.all(m.Attempt) if one.charge_id == charge.id]
        assert len(attempts) == 1
        found.add(attempts[0])
        collected(house)
    assert found == {"desk", "mandate"}
