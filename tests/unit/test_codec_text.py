"""The text of a row or an entry, which is written straight from the record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.errors import InputError
from cantinekit.events import EVENTS
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.plugins.store_checks import WrittenBody, check_body
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
    """The body of any record or event is byte for byte what ``json.dumps`` makes of its data, with the schema first.

    Stores do not parse it, and would take it if they did.
    """
    value = data.draw(strategy(cls))
    if cls in EVENTS.values():
        body = codec.encode_event(value, data.draw(st.datetimes()), "ana", (Key("charge", "c"),)).body
    else:
        body = codec.encode(value, 1).body
    assert type(body) is WrittenBody
    check_body(str(body))
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


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2.0**53, [1e300]])
def test_a_number_that_no_field_may_hold_is_refused_where_it_is_written(value):
    """NaN, infinity and a float that stores would change are refused by the codec, whose bodies no store parses."""
    line = m.ChargeLine("product", "seat", value, Money(1, "EUR"))
    with pytest.raises(InputError, match="without NaN"):
        codec.dump(line)


def test_what_a_field_may_not_hold_is_written_where_it_is_no_harm():
    """A value of another type is written as JSON writes it: reading tells that it is none of the field."""
    line = m.ChargeLine("product", "seat", 2.5, Money(1, "EUR"))
    assert json.loads(codec.dump(line))["quantity"] == 2.5
    assert json.loads(codec.dump(m.ChargeLine("product", "seat", True, Money(1, "EUR"))))["quantity"] is True
