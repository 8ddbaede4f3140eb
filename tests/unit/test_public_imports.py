"""What the front door takes and gives can be named by a host: each class has a public module."""

from __future__ import annotations

import importlib
import inspect
import typing
from collections.abc import Iterator
from typing import Any

import pytest

from cantinekit import Cantine
from cantinekit.reads import Reader

FACES = (
    "cantinekit",
    "cantinekit.commands",
    "cantinekit.errors",
    "cantinekit.events",
    "cantinekit.feeds",
    "cantinekit.plugins.ports",
    "cantinekit.pricing",
    "cantinekit.reads",
    "cantinekit.records",
    "cantinekit.scheduling",
    "cantinekit.scheduling.availability",
    "cantinekit.scheduling.opening",
)


def classes(hint: Any) -> Iterator[type]:
    """The classes of the library in an annotation."""
    if isinstance(hint, type) and hint.__module__.startswith("cantinekit"):
        yield hint
    for part in typing.get_args(hint):
        for one in part if isinstance(part, (list, tuple)) else (part,):
            yield from classes(one)


def spoken_of(cls: type) -> set[type]:
    """The classes of the library in the signatures of the public methods of a class."""
    methods = [inspect.unwrap(one) for name, one in inspect.getmembers(cls, inspect.isfunction) if name[0] != "_"]
    return {one for method in methods for hint in typing.get_type_hints(method).values() for one in classes(hint)}


def named_by(faces: tuple[str, ...]) -> set[Any]:
    modules = [importlib.import_module(face) for face in faces]
    return {id(getattr(module, name)) for module in modules for name in getattr(module, "__all__", vars(module))}


@pytest.mark.parametrize("cls", [Cantine, Reader], ids=lambda cls: cls.__name__)
def test_what_a_host_is_given_can_be_imported(cls):
    """A host can annotate what it is given: each class in a signature is in ``__all__`` of a documented module."""
    spoken, named = spoken_of(cls), named_by(FACES)
    assert len(spoken) > 20
    assert sorted(one.__name__ for one in spoken if id(one) not in named) == []


def test_a_class_that_nobody_can_import_is_found():
    """The control: without its face what belongs to it is missing."""
    found = named_by(tuple(face for face in FACES if face != "cantinekit"))
    assert {"PriceQuote", "DueReport"} <= {one.__name__ for one in spoken_of(Cantine) if id(one) not in found}
