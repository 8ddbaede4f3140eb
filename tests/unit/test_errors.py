"""The errors: their tree, their data and their messages."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from cantinekit import errors
from cantinekit.errors import (
    BackendError,
    CalendarError,
    CantineError,
    ConflictError,
    ContentionError,
    DuplicateError,
    GatewayError,
    IncompleteError,
    InputError,
    NoEntitlementError,
    NotForSaleError,
    NotFoundError,
    NotifierError,
    PriceChangedError,
    RefusedError,
    SoldOutError,
    StaleVersionError,
    StorageError,
    TariffError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.plugins.ports import Key
from cantinekit.pricing import Refusal

ALL = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.CantineError)]


def asks(*facets: str) -> Refusal:
    """A reason of a price list that has to know these facets."""
    return Refusal("incomplete", "studio", facets=facets)


def drawn() -> dict[str, str | None]:
    """Each class of the tree in the docstring, with the one that it hangs on."""
    parents: dict[str, str | None] = {}
    stack: list[tuple[int, str]] = []
    for line in errors.__doc__.splitlines():
        match = re.match(r"(?P<lead>[ │├└─]*)(?P<name>[A-Z]\w+Error)\b", line)
        if match is None:
            continue
        depth = len(match["lead"])
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parents[match["name"]] = stack[-1][1] if stack else None
        stack.append((depth, match["name"]))
    return parents


def test_tree_is_complete():
    """The tree at the top of the module has every class, each under its base."""
    expected = {cls.__name__: cls.__bases__[0].__name__ if cls is not CantineError else None for cls in ALL}
    assert drawn() == expected


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_documented(cls):
    """Each error says when it is raised, and its name ends with Error."""
    assert issubclass(cls, CantineError)
    assert inspect.getdoc(cls)
    assert cls.__doc__ != cls.__mro__[1].__doc__
    assert cls.__name__.endswith("Error")


def test_bases():
    """A refusal, a failed backend and a malformed value are told apart by their base; only the last is a ValueError."""
    kinds = (InputError, RefusedError, BackendError)
    for cls in ALL:
        assert sum(issubclass(cls, kind) for kind in kinds) <= 1
        assert issubclass(cls, ValueError) == issubclass(cls, InputError)
        assert not issubclass(cls, (OSError, RuntimeError, AssertionError))


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (BackendError("x"), False),
        (StorageError("x"), False),
        (StaleVersionError([Key("visit", "v")]), True),
        (ContentionError("x"), True),
        (GatewayError("x"), True),
        (GatewayError("x", retryable=False), False),
        (NotifierError("x"), True),
        (NotifierError("x", retryable=False), False),
        (StorageError("x", retryable=True), True),
    ],
)
def test_retryable(error, retryable):
    """Every failure of a backend says whether to try again; one error's word changes nothing for the next."""
    assert error.retryable is retryable
    assert GatewayError("another").retryable is True


@pytest.mark.parametrize(
    ("error", "message", "data"),
    [
        (NotFoundError("pass", "p-1"), "no pass with id 'p-1'", {"kind": "pass", "id": "p-1"}),
        (DuplicateError("this e-mail"), "this e-mail exists already", {"what": "this e-mail", "holder": None}),
        (DuplicateError("open visit", "v-1"), "open visit exists already (v-1)", {"holder": "v-1"}),
        (ConflictError("taken"), "taken", {"clashes": (), "nearest": ()}),
        (SoldOutError("Studio", wanted=3, left=1), "Studio: 3 wanted, 1 left", {"wanted": 3, "left": 1, "nearest": ()}),
        (errors.ClosedError("Studio", "Noël"), "Studio is closed: Noël", {"what": "Studio", "reason": "Noël"}),
        (
            WrongStateError("booking b", state="cancelled"),
            "booking b is cancelled",
            {"state": "cancelled", "wanted": ()},
        ),
        (WrongStateError("c", state="paid", wanted=["raised", "due"]), "c is paid; it must be raised or due", {}),
        (NoEntitlementError("none", considered=[("p", "expired")]), "none", {"considered": (("p", "expired"),)}),
        (NoEntitlementError("none", refusals=[1]), "none", {"considered": (), "refusals": (1,)}),
        (NotForSaleError("no price", refusals=[1, 2]), "no price", {"refusals": (1, 2)}),
        (
            IncompleteError("more", refusals=[asks("day", "student"), asks("student", "holds")]),
            "more",
            {"facets": ("day", "student", "holds"), "refusals": (asks("day", "student"), asks("student", "holds"))},
        ),
        (IncompleteError("more"), "more", {"facets": (), "refusals": ()}),
        (
            PriceChangedError(Money(700, "EUR"), Money(800, "EUR"), "the cap was used"),
            "the price was 7.00 EUR and is now 8.00 EUR: the cap was used",
            {"old": Money(700, "EUR"), "new": Money(800, "EUR")},
        ),
        (
            StaleVersionError([Key("visit", "v")]),
            "changed since they were read: visit 'v'",
            {"keys": (Key("visit", "v"),)},
        ),
        (TariffError(["a", "b"]), "a\nb", {"problems": ("a", "b")}),
        (TariffError([]), "the tariff cannot be loaded", {"problems": ()}),
        (CalendarError(["a", "b"]), "a\nb", {"problems": ("a", "b")}),
        (CalendarError([]), "the calendar cannot be read", {"problems": ()}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_data(error, message, data):
    """An error that knows something carries it as data, and says it in its message."""
    assert str(error) == message
    for name, value in data.items():
        assert getattr(error, name) == value


def test_many_stale_keys():
    """An error about very many keys names a few and carries all."""
    error = StaleVersionError([Key("row", f"r{number}") for number in range(1000)])
    assert len(str(error)) < 200
    assert len(error.keys) == 1000


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("booking", "b"),
        SoldOutError("desks", wanted=2, left=1),
        ConflictError("taken", clashes=[], nearest=[]),
        StaleVersionError([Key("visit", "v")]),
        PriceChangedError(Money(700, "EUR"), Money(800, "EUR"), "the cap was used"),
        BackendError("away", retryable=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_to_another_process(error):
    """An error comes out of a pickle with its type, its message and its data."""
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__
