"""The references of events and records are equal to the code."""

from __future__ import annotations

import re

import attrs
import pytest

from cantinekit import Money, events
from cantinekit import commands as c
from cantinekit import records as model
from cantinekit.plugins.ports import Observation
from cantinekit.runtime import codec
from support.commands.cases import ALSO, ASKING, DOES, House, hour
from support.pages.reference import index_of, meaning_rows, page, rows, said, section, titles

EVENTS, RECORDS = page("events.md"), page("records.md")
SPECS = list(codec.KINDS.values())
PARTS = [
    cls
    for cls in vars(model).values()
    if isinstance(cls, type) and attrs.has(cls) and cls not in [spec.cls for spec in SPECS]
]


TOGETHER = """
[tariff]
id = "together"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.hour]
choose = { take = "cheapest", compare = "rate", same = ["person", "day"] }
offer = [{ id = "time", price = 5.00, per = "1h" }, { id = "day", price = 8.00 }]
"""
"""A price list that prices as a whole what a person books on a day."""


def coded(line: str) -> list[str]:
    return re.findall(r"`([^`]+)`", line)


def listed(cls: type, name: str) -> list[str]:
    """What a line of the list in the section of a record names."""
    found = re.search(rf"^- {name}: (.*)$", section(RECORDS, cls.__name__), re.MULTILINE)
    return coded(found[1]) if found else []


def test_every_event_is_there():
    """Each event has a section, and no section is about anything else."""
    assert sorted(titles(EVENTS)) == sorted(events.EVENTS)


@pytest.mark.parametrize("cls", events.EVENTS.values())
def test_event(cls):
    """The section of an event has what the code says of it, and its fields with their types and meanings."""
    text = section(EVENTS, cls.__name__)
    assert said(cls).text in text
    assert rows(text) == meaning_rows(cls)


def test_every_kind_is_there():
    """Each kind and each value in records has a section, and no section is about anything else."""
    assert sorted(titles(RECORDS)) == sorted(cls.__name__ for cls in [*PARTS, *(spec.cls for spec in SPECS)])


@pytest.mark.parametrize("text", [EVENTS, RECORDS])
def test_nouns(text):
    """The sections stand below the nouns, in the order of their titles, each with a sentence of introduction."""
    generated = text.partition("make pages")[2]
    nouns = titles(generated, 2)
    assert nouns == sorted(set(nouns))
    for noun in nouns:
        assert re.fullmatch(r"[A-Z][^\n]*\.", section(generated, noun).strip())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.cls.kind)
def test_record(spec):
    """The section of a kind has what the code says of it, its fields, name, class, and whether it is written once."""
    text = section(RECORDS, spec.cls.__name__)
    assert f"- kind: `{spec.cls.kind}`, {spec.kind_class}" in text
    assert ("written once" in text) is spec.immutable
    assert said(spec.cls).text in text
    assert rows(text) == meaning_rows(spec.cls)


@pytest.mark.parametrize("spec", [s for s in SPECS if hasattr(s.cls, "state")], ids=lambda spec: spec.cls.kind)
def test_states(spec):
    """The states on the page are those that the record accepts, and no other."""
    validate = attrs.fields(spec.cls).state.validator
    for state in listed(spec.cls, "states"):
        validate(None, attrs.fields(spec.cls).state, state)
    with pytest.raises(ValueError, match="state must be one of") as caught:
        validate(None, attrs.fields(spec.cls).state, "elsewhere")
    accepted = str(caught.value).partition("one of ")[2].partition(", not")[0]
    assert listed(spec.cls, "states") == accepted.split(", ")


def test_states_are_listed_where_there_are_any():
    """A kind without a state lists none."""
    assert [s.cls for s in SPECS if listed(s.cls, "states")] == [s.cls for s in SPECS if hasattr(s.cls, "state")]


def every_record():
    """All that a house holds after each of the commands, and the last states of what the library keeps for itself."""
    for case in (*DOES.values(), *ALSO[c.Expire]):
        house = House()
        house.do(case(house))
        for row in house.cantine._storage._rows.values():
            record = codec.decode(row)
            yield record
            if isinstance(record, model.Document):
                yield attrs.evolve(record, statement_id="clearing")
    house = House()
    house.do(c.Book(space_id="left", product_id="room", period=hour(20), override="a late dinner"))
    house.do(c.Book(space_id="open-space", product_id="desk", period=hour(14), person_id="zoe"))
    house.visit("zoe")
    house.do(c.AddFacilitator(person_id="malo", place_id="paris", id="fac"))
    house.do(c.MoveSession("wednesday", facilitator_ids=("fac",)))
    house.do(c.SetFact("zoe", name="member", value=True))
    house.do(c.Book(space_id="right", product_id=house.product("booking", ASKING), period=hour(14), person_id="zoe"))
    house.do(c.PublishTariff(TOGETHER))
    for start in (10, 12):
        house.do(c.Book(space_id="open-space", product_id="together/hour", period=hour(start), person_id="malo"))
    house.do(c.ChangePlace("paris", publics=[model.Public("member", ("yes",))]))
    house.do(c.AddPerson(name="Lou", id="lou"))
    house.do(c.SetFact("lou", name="member", value=True))
    house.left("lou")
    house.do(c.ForgetPerson("lou"))
    seen = Observation("unknown", "ref", "ev-1", "EUR", 100, 100, 0, house.clock.now())
    house.cantine._outbox.observe("card", seen)
    house.cantine.execute(c.AddPerson(name="Ana"), actor="test", idempotency_key="k")
    for row in house.cantine._storage._rows.values():
        record = codec.decode(row)
        yield record
        if isinstance(record, model.Quarantined):
            yield attrs.evolve(record, resolved=True)
        if isinstance(record, model.Task):
            yield attrs.evolve(record, state="dead")
    day = house.clock.now().date()
    yield model.BillChase("asso|F2026-1", "asso|zoe", "asso", "zoe", day, day, unpaid_on=day)
    mandate = model.DebitMandate("asso|zoe", "asso", "zoe", "core", False, day, 14)
    yield mandate
    yield model.MandateAccount(mandate.id, "zoe", "M-1", "Zoe", "DE89370400440532013000")
    due = model.DueDebit("asso|F2026-1", "asso", "zoe", mandate.id, "core", day, "Europe/Paris")
    yield from (due, attrs.evolve(due, state="refused"))
    amount, now = Money(100, "EUR"), house.clock.now()
    yield model.DebitCollection("ddc_1", "asso", "core", day, now, day, "Asso", "FR76", "FR12ZZZ1", "", amount)
    yield model.Debit("dbt_1", "ddc_1", "asso", "zoe", due.id, "F1", mandate.id, day, False, amount, ())
    yield model.DebitAnswer("asso|0", "asso", "camt.054", "B1", now)
    yield model.SponsoredMonth("spo|zoe|2026-11", amount)


def test_index_fields():
    """The index fields on the page are those by which records of the kind can really be found, no more and no fewer."""
    found: dict[str, set[str]] = {spec.cls.kind: set() for spec in SPECS}
    seen = set()
    for record in every_record():
        seen.add(record.kind)
        found[record.kind].update(name for name, _ in codec.KINDS[record.kind].index(record))
    assert seen == set(found)
    assert {spec.cls.kind: set(listed(spec.cls, "index")) for spec in SPECS} == found
    assert {spec.cls.kind: set(spec.fields) for spec in SPECS} == found, "and those that a reader knows"
    assert {spec.cls.kind: set(index_of(spec.cls)) for spec in SPECS} == found, "and those that its docstring explains"


@pytest.mark.parametrize("cls", PARTS)
def test_values(cls):
    """Each class of the model that is no record has a section as a value, with what the code says and its fields."""
    text = section(RECORDS, cls.__name__)
    assert "a value in records" in text
    assert said(cls).text in text
    assert rows(text) == meaning_rows(cls)
