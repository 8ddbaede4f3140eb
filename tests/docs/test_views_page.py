"""The page on SQL views has every view with its columns, in their order, with their types."""

from __future__ import annotations

import re

import pytest

from cantinekit.reads.views import view_of
from cantinekit.runtime.codec import KINDS
from support.pages.reference import page, section, titles


def test_every_view_has_a_section():
    """There is a section for each kind, and none for anything else."""
    assert sorted(titles(page("views.md"))) == sorted(view_of(spec).name for spec in KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_columns(kind):
    """A section lists exactly the columns of its view."""
    view = view_of(KINDS[kind])
    text = section(page("views.md"), view.name)
    assert re.findall(r"`(\w+)` (\w+)[,.]", text) == [(column.name, column.type) for column in view.columns]
    assert ("private=True" in text) is (KINDS[kind].kind_class == "private")
