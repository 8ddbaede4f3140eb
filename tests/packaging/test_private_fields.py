"""What may say who somebody is cannot enter an event: no declaration of one passes, and no value inside of one."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest

from cantinekit.common.fields import Code, PrivateText, PublicText
from cantinekit.domain import base
from cantinekit.events import EVENTS, Event
from cantinekit.records import KINDS


def inside(hint: Any) -> Iterator[type]:
    """The classes that a type is made of."""
    if get_origin(hint) in (Union, types.UnionType, tuple, frozenset):
        for part in get_args(hint):
            yield from inside(part)
    elif get_origin(hint) is not Literal and isinstance(hint, type) and attrs.has(hint):
        yield hint


def reached(classes: Iterable[type]) -> set[type]:
    """These classes and all that can stand in their fields, however deep."""
    found: set[type] = set()
    left = list(classes)
    while left:
        cls = left.pop()
        if cls not in found and cls.__module__.startswith(("cantinekit.domain", __name__)):
            found.add(cls)
            hints = get_type_hints(cls)
            left += [one for field in attrs.fields(cls) for one in inside(hints[field.name])]
    return found


def kept_for_ever() -> list[type]:
    """The events, and the records that they make."""
    return [*EVENTS.values(), *(kind.cls for kind in KINDS.values() if kind.kind_class == "domain")]


def test_every_text_that_is_kept_for_ever_says_what_it_is():
    """Each text in an event or a domain record, or in a value inside of one, is an id, a word, a code or public."""
    unsaid = {cls.__name__: base.unsaid_texts(cls) for cls in reached(kept_for_ever()) if base.unsaid_texts(cls)}
    assert unsaid == {}


@attrs.frozen
class Noted:
    """A value with a text of which nothing is said."""

    note: str


@attrs.frozen
class Carries:
    """A value that has such a value."""

    lines: tuple[Noted | None, ...] = ()


def test_a_value_inside_of_an_event_is_looked_into():
    """Control: a text of which nothing is said is found two values deep."""
    assert [cls for cls in reached([Carries]) if base.unsaid_texts(cls)] == [Noted]


@pytest.mark.parametrize("declared", ["str", "PrivateText", "str | None", "tuple[str, ...]", "PrivateText | None"])
def test_a_free_text_on_a_domain_record_is_refused(declared, monkeypatch):
    """A record with a text that may say who somebody is cannot be declared: the message names class and field."""
    monkeypatch.setattr(base, "KINDS", {})
    booking = attrs.make_class("Planted", {"note": attrs.field(type=declared)}, frozen=True)
    booking.kind = "planted"
    with pytest.raises(TypeError, match=r"Planted\.note is kept for ever"):
        base.record("domain")(booking)
    assert base.KINDS == {}


def test_a_private_field_cannot_enter_an_event(monkeypatch):
    """An event with a private text cannot be declared, and is no event then."""
    monkeypatch.setattr(base, "EVENTS", {})

    @attrs.frozen
    class NoteTaken(Event):
        person_id: str
        note: PrivateText

    with pytest.raises(TypeError, match=r"NoteTaken\.note"):
        base.event(NoteTaken)
    assert base.EVENTS == {}


def test_what_is_said_to_be_public_passes(monkeypatch):
    """Ids, codes and public texts can be in a domain record, and private ones in a private record."""
    monkeypatch.setattr(base, "KINDS", {})

    @base.record("domain")
    @attrs.frozen
    class Room:
        kind: ClassVar[str] = "room"
        id: str
        place_id: str
        name: PublicText
        zone: Code

    @base.record("private")
    @attrs.frozen
    class Notes:
        kind: ClassVar[str] = "notes"
        id: str
        text: PrivateText
        more: str = ""

    assert set(base.KINDS) == {"room", "notes"}
