"""The text of a row or an entry, which is written straight from the record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.events import EVENTS
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.plugins.store_checks import check_body
from cantinekit.runtime import codec
from support.laws.any_record import strategy

CLASSES = [*(spec.cls for spec in codec.KINDS.values()), *EVENTS.values()]


def plain(text):
    """The text of the same data as the standard library writes it."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_body_is_the_text_that_json_writes(cls, data):
    """The body of any record or event is byte for byte what ``json.dumps`` makes of its data, with the schema first."""
    value = data.draw(strategy(cls))
    if cls in EVENTS.values():
        body = codec.encode_event(value, data.draw(st.datetimes()), "ana", (Key("charge", "c"),)).body
    else:
        body = codec.encode(value, 1).body
    check_body(body)
    assert body == plain(body)
    assert next(iter(json.loads(body))) == "v"
    assert codec.to_json(value) == {name: one for name, one in json.loads(body).items() if name != "v"}


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
@settings(max_examples=200, deadline=None)
def test_any_text_is_written_as_json_writes_it(text):
    """Quotes, backslashes, control characters and what is not ASCII come out as the standard library writes them."""
    written = codec.dump(m.ChargeLine("product", "seat", 1, Money(1, "EUR"), text))
    assert written == plain(written)
    assert json.loads(written).get("tax_class", "") == text
