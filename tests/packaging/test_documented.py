"""What is public is documented, field by field and parameter by parameter."""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

import attrs
import pytest

import cantinekit
from cantinekit import events as public_events
from cantinekit.domain.base import KINDS, Event
from cantinekit.domain.dispatch import HANDLERS
from cantinekit.plugins import ports

FIELDS_ONLY = "cantinekit.domain."
"""Modules whose classes document their fields, while functions and methods need not list their parameters: they are
deciders and handlers, which all take the same few (a command, a unit of work, a draft, a state). Public is what stands
around them: the faces, ``cantine``, ``reads``, ``messages``, ``plugins``, ``runtime``, ``pricing``, ``scheduling``,
``backends``, ``testing`` and the other modules without an underscore."""

BEHIND_A_FACE = (
    "backends.connection", "backends.http", "backends.payments.checks", "pricing", "scheduling",
    "testing.fakebank", "testing.fakehelloasso", "testing.fakeserver", "testing.fakestripe", "testing.payment_stage",
)  # fmt: skip
"""Where ``__all__`` of a package says what is public; a module in there without ``__all__`` serves its neighbours."""


class Documented(NamedTuple):
    """A class or a function, the names that it has to document, and where they may stand."""

    where: str
    names: list[str]
    texts: list[str]


def is_checked(module: str) -> bool:
    """Whether a module is one of the library's own."""
    return module.partition(".")[0] == "cantinekit"


def serves_neighbours(module: str) -> bool:
    """Whether a face stands for a module, so that nothing is public by being in it."""
    inside = any(f"{module}.".startswith(f"cantinekit.{one}.") for one in BEHIND_A_FACE)
    return inside and not hasattr(importlib.import_module(module), "__all__")


def public_modules() -> list[str]:
    """The modules without an underscore in their names, but for those not done yet and those behind a face."""
    found = ["cantinekit"]
    for info in pkgutil.walk_packages(cantinekit.__path__, "cantinekit."):
        hidden = any(part.startswith("_") for part in info.name.split("."))
        if is_checked(info.name) and not hidden and not serves_neighbours(info.name):
            found.append(info.name)
    return found


def public_values(module) -> Iterator[tuple[str, object]]:
    """What ``__all__`` names, or without it the module's own classes and functions."""
    for name in getattr(module, "__all__", vars(module)):
        value = getattr(module, name)
        if not name.startswith("_") and (hasattr(module, "__all__") or value_home(value) == module.__name__):
            yield name, value


def value_home(value: object) -> str:
    """The module that a class or a function says it is from."""
    return getattr(value, "__module__", None) or ""


def parameters(function: Callable[..., object]) -> list[str]:
    names = inspect.signature(function).parameters
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def described(field: attrs.Attribute) -> bool:
    """Whether it is a key of a price list, which carries a description of its own for editors."""
    return bool(getattr(field.metadata.get("cantinekit.key"), "doc", ""))


def fields(cls: type) -> list[str]:
    """What a class is made from: the fields of a value, else the parameters of its own constructor."""
    if attrs.has(cls):
        return [f.alias for f in attrs.fields(cls) if f.init and not f.name.startswith("_") and not described(f)]
    if hasattr(cls, "_fields"):
        return list(cls._fields)
    plain = issubclass(cls, enum.Enum) or getattr(cls, "_is_protocol", False) or "__init__" not in vars(cls)
    return [] if plain else parameters(vars(cls)["__init__"])


def same_method(cls: type, name: str) -> list[str]:
    """The docstrings of a method: its own, those of the classes below it, and those of the ports that have it."""
    found = [*cls.__mro__, *(port for port in vars(ports).values() if getattr(port, "_is_protocol", False))]
    return [inspect.getdoc(vars(one)[name]) or "" for one in found if name in vars(one)]


def docstrings(cls: type) -> list[str]:
    """The docstrings of a class and of those below it, where the fields that it inherits are documented once."""
    below = [one for one in cls.__mro__ if is_checked(one.__module__) or one is cls or attrs.has(one)]
    return [*(inspect.cleandoc(vars(one).get("__doc__") or "") for one in below), inspect.getdoc(cls.__init__) or ""]


def of_class(cls: type) -> Iterator[Documented]:
    """The class itself, and the public methods that it has of its own."""
    where = f"{cls.__module__}.{cls.__qualname__}"
    yield Documented(where, fields(cls), docstrings(cls))
    if where.startswith(FIELDS_ONLY):
        return
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)
        if inspect.isfunction(function) and not name.startswith("_"):
            yield Documented(f"{where}.{name}", parameters(function), same_method(cls, name))


def documented(value: object) -> Iterator[Documented]:
    if inspect.isclass(value):
        yield from of_class(value)
    elif callable(value) and inspect.isfunction(function := inspect.unwrap(value)):
        if value_home(function).startswith(FIELDS_ONLY):
            return
        where = f"{function.__module__}.{function.__qualname__}"
        yield Documented(where, parameters(function), [inspect.getdoc(function) or ""])


def missing(one: Documented) -> list[str]:
    """The names that stand neither in a list of fields or parameters nor between backticks."""
    text = "\n".join(one.texts)
    return [
        name for name in one.names if not re.search(rf"`\*{{0,2}}{name}`|^ +\*{{0,2}}{name}: \S", text, re.MULTILINE)
    ]


MODULES = public_modules()


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_documented(name):
    """Each public class, method and function says what each of its fields or parameters means."""
    wrong = {
        one.where: lost
        for _, value in public_values(importlib.import_module(name))
        if is_checked(value_home(value))
        for one in documented(value)
        if (lost := missing(one))
    }
    assert wrong == {}


def test_the_gate_sees_enough():
    """The modules that are checked have many hundreds of classes, methods and functions, with thousands of names, and
    each command, event and record is among them."""
    values = {id(value): value for name in MODULES for _, value in public_values(importlib.import_module(name))}
    found = [one for value in values.values() if is_checked(value_home(value)) for one in documented(value)]
    assert len(found) > 1_300
    assert sum(len(one.names) for one in found) > 3_000
    events = [
        one
        for one in vars(public_events).values()
        if inspect.isclass(one) and issubclass(one, Event) and one is not Event
    ]
    every = [*HANDLERS, *events, *(kind.cls for kind in KINDS.values())]
    assert {f"{one.__module__}.{one.__qualname__}" for one in every} <= {one.where for one in found}


# --- controls ---


@attrs.frozen
class Undescribed:
    """A value of two numbers."""

    first: int
    second: int


@attrs.frozen
class HalfDescribed:
    """A value of two numbers.

    Attributes:
        first: the one.
        second:
    """

    first: int
    second: int


@attrs.frozen
class Base:
    """What has a number.

    Attributes:
        number: the number.
    """

    number: int


@attrs.frozen
class Inherits(Base):
    """What has a number of its base, which says what it means, and two of its own.

    Attributes:
        own: its own number.
    """

    own: int
    silent: int


class Pair(NamedTuple):
    """Two numbers: the ``first`` one, and the other."""

    first: int
    second: int


class Port(Protocol):
    """Something with a method."""

    def method(self, taken: int, *, mode: Literal["a", "b"] = "a") -> int:
        """Take a number.

        Args:
            taken: the number.
        """
        ...


class Built:
    """Something that a number is given to."""

    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def of(cls, text: str) -> Built:
        """Read a text."""
        return cls(int(text))


class Derived(Built):
    """Three methods: a port documents the second one, nothing documents the others."""

    @classmethod
    def of(cls, text: str) -> Built:
        return cls(int(text) + 1)

    def load(self, keys: list[int]) -> None:
        """As a port documents it."""

    def add(self, more: int) -> int:
        return self.number + more


def undescribed(number: int, *more: int) -> int:
    """Add numbers; the number of them does not matter, nor does what is more."""
    return number + sum(more)


@pytest.mark.parametrize(
    ("value", "lost"),
    [
        (Undescribed, ["first", "second"]),
        (HalfDescribed, ["second"]),
        (Inherits, ["silent"]),
        (Pair, ["second"]),
        (Port, ["mode"]),
        (Built, ["number", "text"]),
        (Derived, ["text", "more"]),
        (undescribed, ["number", "more"]),
    ],
)
def test_what_is_not_documented_is_found(value, lost):
    """Control: names that are only mentioned, listed without a meaning, or not there at all, are found missing."""
    assert [name for one in documented(value) for name in missing(one)] == lost


def test_of_the_domain_only_fields_are_asked_for(monkeypatch):
    """Control: a class of the domain documents its fields all the same; its methods and functions need not."""
    monkeypatch.setattr(sys.modules[__name__], "FIELDS_ONLY", __name__)
    found = {value: [one.where for one in documented(value)] for value in (Undescribed, Derived, undescribed)}
    assert found == {Undescribed: [f"{__name__}.Undescribed"], Derived: [f"{__name__}.Derived"], undescribed: []}
