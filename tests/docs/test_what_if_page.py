"""The page on ``cantinekit.whatif`` names all that is public, and the fields of each value."""

from __future__ import annotations

import re

import attrs
import pytest

from cantinekit import whatif
from support.pages.reference import page

TEXT = page("what-if.md")
CODE = {word for found in re.findall(r"`+(?:text\n)?([^`]+)`+", TEXT) for word in re.findall(r"\w+", found)}
VALUES = [cls for name in whatif.__all__ if attrs.has(cls := getattr(whatif, name))]


def test_all_that_is_public_is_there():
    """Each public name is on the page."""
    assert set(whatif.__all__) <= CODE


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_fields_are_there(cls):
    """Each field and property of a value is on the page."""
    properties = {name for name, member in vars(cls).items() if isinstance(member, property)}
    assert {field.name for field in attrs.fields(cls)} | properties <= CODE
