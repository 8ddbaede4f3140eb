"""Copies of records: as ``attrs.evolve`` makes them, and only what is new is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.common.evolve import evolve
from cantinekit.errors import InputError
from cantinekit.events import EVENTS
from cantinekit.runtime import codec
from support.laws.any_record import strategy

CLASSES = [*(spec.cls for spec in codec.KINDS.values()), *EVENTS.values()]
PARTS = [cls for cls in vars(m).values() if isinstance(cls, type) and attrs.has(cls) and cls not in CLASSES]
"""What records and events are made of."""
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
BALANCED = (m.LedgerLine("receivable", 5), m.LedgerLine("lost", -5))
ENTRY = m.LedgerEntry("led", "asso", "paris", NOW, "raised", m.Subject("charge", "chg"), "EUR", BALANCED)
ODD = st.sampled_from([None, "", -1, 0, "held", "|", 10**9, (), ("a", "a"), NOW, NOW.replace(tzinfo=None)])


def made(way, record, changes):
    """The copy, or what its making was refused with."""
    try:
        return way(record, **changes)
    except (InputError, TypeError, ValueError, AttributeError, LookupError) as error:
        return type(error), str(error)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_copy_is_what_attrs_would_make(data):
    """For any record or event, fields and values, fitting or not: the same copy, or the same refusal."""
    cls = data.draw(st.sampled_from(CLASSES))
    record, other = data.draw(strategy(cls)), data.draw(strategy(cls))
    names = data.draw(st.lists(st.sampled_from([field.name for field in attrs.fields(cls)]), max_size=3, unique=True))
    changes = {name: data.draw(st.just(getattr(other, name)) | ODD) for name in names}
    assert made(evolve, record, changes) == made(attrs.evolve, record, changes)


@pytest.mark.parametrize("cls", CLASSES + PARTS, ids=lambda cls: cls.__name__)
@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_a_validator_looks_at_its_own_value_only(cls, data):
    """No validator of a field reads another field, which may be the one that changes: it never gets the record."""
    try:
        record = data.draw(strategy(cls))
    except InputError:
        reject()
    for field in attrs.fields(cls):
        if field.validator is not None:
            field.validator(None, field, getattr(record, field.name))


def test_what_is_taken_over_is_not_looked_at_again():
    """Only the new value is validated; ``attrs.evolve`` would look at all of them."""
    looked = []

    @attrs.frozen
    class Pair:
        left: int = attrs.field(validator=lambda _, field, value: looked.append(field.name))
        right: int = attrs.field(validator=lambda _, field, value: looked.append(field.name))

    pair = Pair(1, 2)
    looked.clear()
    assert evolve(pair, right=3) == Pair(1, 3)
    assert looked == ["right", "left", "right"]  # the last two are those of the pair to compare with


def test_a_new_value_is_converted():
    """An instant of another zone becomes one of UTC, as when the record is made."""
    later = NOW.astimezone(timezone(timedelta(hours=5)))
    assert evolve(ENTRY, at=later).at.tzinfo is UTC


def test_a_copy_is_checked_as_a_whole():
    """What a class checks of all of its fields holds for a copy too: a ledger entry sums to zero."""
    with pytest.raises(InputError, match="sum to zero"):
        evolve(ENTRY, lines=BALANCED[:1])


def test_a_field_that_is_not_there_is_refused():
    """A name that the class does not have is a fault of the program."""
    with pytest.raises(TypeError, match="no field"):
        evolve(ENTRY, sum=0)
