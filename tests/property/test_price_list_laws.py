"""Laws of what is made of a tariff beside its prices: the list in words, the schema, the comparison, the question."""

from __future__ import annotations

import argparse
import contextlib
import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit.cli import _ask
from cantinekit.errors import InputError, TariffError
from cantinekit.pricing import Order, Tariff
from cantinekit.pricing.diff import AREAS, difference
from cantinekit.pricing.format import toml
from cantinekit.pricing.listing import price_list
from cantinekit.pricing.model.load import NESTED
from cantinekit.pricing.schema import tariff_schema
from support.run.soak import half
from support.tariffs.files import FILES, HOUSE
from support.tariffs.strategies import load, tariffs

VALIDATOR = jsonschema.Draft202012Validator(tariff_schema())
TARIFF = Tariff.load(HOUSE)

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def plain(value: Any) -> Any:
    """The data of a TOML file as JSON has it."""

    def other(part: Any) -> Any:
        return part.isoformat() if isinstance(part, date) else float(part)

    return json.loads(json.dumps(value, default=other))


@SLOW
@given(tariffs())
def test_every_tariff_has_a_list_in_words(data: dict[str, Any]) -> None:
    """Any tariff can be printed in both languages, with every product, and as many lines in one as in the other."""
    tariff = load(data)
    english, french = (price_list(tariff, lang) for lang in ("en", "fr"))
    assert len(english.splitlines()) == len(french.splitlines())
    for product in tariff.products.values():
        assert product.name in english
        assert product.name in french


@SLOW
@given(tariffs())
def test_every_tariff_that_can_be_loaded_validates(data: dict[str, Any]) -> None:
    """The schema refuses nothing that the reader takes."""
    errors = VALIDATOR.iter_errors(plain(tomllib.loads(load(data).dump())))
    assert [error.message for error in errors] == []


@SLOW
@given(tariffs(), tariffs())
def test_differences_are_there_where_the_content_differs(one: dict[str, Any], two: dict[str, Any]) -> None:
    """Two tariffs have no differences exactly if they are equal; each difference has two sides that differ."""
    old, new = load(one), load(two)
    assert difference(old, load(one)) == ()
    found = difference(old, new)
    assert (found == ()) == (old == new)
    assert all(each.before != each.after for each in found)
    assert [AREAS.index(each.area) for each in found] == sorted(AREAS.index(each.area) for each in found)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the numbers, the days and the flags of a tariff stand; examples apart."""
    if isinstance(value, dict):
        for key, part in value.items():
            if path or key != "examples":
                yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for key, part in enumerate(value):
            yield from leaves(part, (*path, key))
    elif isinstance(value, (bool, int, Decimal, date)):
        yield path


def changed(data: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The same data with another value in one place."""
    out = deepcopy(data)
    inner: Any = out
    for key in path[:-1]:
        inner = inner[key]
    value = inner[path[-1]]
    if isinstance(value, bool):
        inner[path[-1]] = not value
    else:
        inner[path[-1]] = value + (timedelta(days=1) if isinstance(value, date) else 1)
    return out


def test_one_value_that_differs_is_a_difference() -> None:
    """Whichever single number, day or flag of a price list is another one, the comparison says so."""
    compared = 0
    for path in FILES:
        old = Tariff.load(path)
        data = old.parts.data()
        for place in leaves(data):
            try:
                new = Tariff.load(toml.write(changed(data, place), NESTED))
            except TariffError:
                continue  # it makes no sense
            if new != old:
                told = [each for each in difference(bare(old), bare(new)) if each.area != "example"]
                assert told, (path.stem, place)
                compared += 1
    assert compared > 300


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_value_that_differs_is_printed(path: Path) -> None:
    """Whichever single number, day or flag of a price list is another one, the list in words is another one too."""
    old = bare(Tariff.load(path))
    data = old.parts.data()
    before = [price_list(old, lang) for lang in ("en", "fr")]
    lost = []
    for place in leaves(data):
        try:
            new = Tariff.load(toml.write(changed(data, place), NESTED))
        except TariffError:
            continue  # it makes no sense
        if new != old:
            after = [price_list(new, lang) for lang in ("en", "fr")]
            lost += [(place, one == two) for one, two in zip(before, after, strict=True) if one == two]
    assert lost == []


def bare(tariff: Tariff) -> Tariff:
    """The tariff without its examples, which would be asked each time."""
    return attrs.evolve(tariff, parts=attrs.evolve(tariff.parts, examples=()))


TEXTS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{0,5})?", fullmatch=True),
    st.sampled_from(["2026-11-24", "2026-11-24T09:00", "18:00", "nothing", "membership", "2", "yes", "student"]),
)
OPTIONS = ("at", "hours", "minutes", "until", "day", "holds", "customer", "as_of")


@settings(max_examples=half(200), deadline=None)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(OPTIONS, TEXTS)),
    st.lists(st.tuples(st.sampled_from([*TARIFF.facts, "nonsense"]), TEXTS), max_size=4),
    st.lists(TEXTS, max_size=2),
)
def test_any_texts_are_a_question_or_an_error(
    options: dict[str, str], pairs: list[tuple[str, str]], codes: list[str]
) -> None:
    """Whatever is typed, it becomes an order or an ``InputError``, and nothing else is raised."""
    args = argparse.Namespace(**dict.fromkeys(OPTIONS) | options, product="half-day", count=1, facts=pairs, code=codes)
    with contextlib.suppress(InputError):
        assert isinstance(_ask.order([args], TARIFF), Order)


@settings(max_examples=half(200), deadline=None)
@given(
    st.one_of(
        TEXTS, st.sampled_from(["days=3,expires=", "days=9999999999", "days=-1", "=", "days=1,paid=x", "12345678901"])
    )
)
def test_any_text_is_what_is_held_or_needed_or_an_error(text: str) -> None:
    """The same of units that are held, of a need and of the moment of a change."""
    for ask in (
        lambda: _ask.lots([text], TARIFF),
        lambda: _ask.need(text, TARIFF),
        lambda: _ask.when(text, "--cancelled", TARIFF.zone),
    ):
        with contextlib.suppress(InputError):
            ask()


def test_the_control_would_notice_another_error() -> None:
    """An error of another kind comes through: nothing above catches it."""
    args = argparse.Namespace(**dict.fromkeys(OPTIONS), product="half-day", count=1, facts=[("days", None)], code=[])
    with pytest.raises(TypeError):
        _ask.order([args], TARIFF)
