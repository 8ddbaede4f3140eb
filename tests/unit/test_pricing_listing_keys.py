"""The print-out is the list: every key of the format, in every form, changes what is printed, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import PricingRule, Tariff
from cantinekit.pricing.format import toml
from cantinekit.pricing.listing import _later, _rules, price_list
from cantinekit.pricing.model.load import NESTED
from support.tariffs.changed_keys import (
    TOP,
    above,
    at,
    leaves,
    names_in,
    names_of,
    nodes_at,
    others,
    schema_keys,
    with_other,
    without,
    words_of,
)
from support.tariffs.every_key import LISTS, SHARED, SWAPS

LANGUAGES = ("en", "fr")
HIDDEN = {
    "examples": "the worked examples prove the list and are no part of it",
    "product.*.valid.covers": "says in words what 'bought_from' says; it can only say that",
}
"""The keys that do not show, each with the reason."""
_AMOUNTS = "a refusal with amounts stands as a rate of its own"
_PRODUCTS = "a form of a plug-in stands among the rules of a product"
_COVERED = "a code bears on what there is to pay"
IMPOSSIBLE = {
    **{f"{place}.refuse = {word}": _AMOUNTS
       for place in ("$rate.upto", "$rate.lists.upto", "product.*.eligible") for word in ("from", "about", "between")},
    **{f"coupon.*.{key}": _PRODUCTS
       for key in ("form", "version", "with", "lists.form", "lists.version", "lists.with")},
    **{f"coupon.*.when_covered{end}": _COVERED for end in ("", " = due", " = not due")},
}  # fmt: skip
"""What the schema has and the reader refuses, each with the reason."""
ENOUGH = 2
"""So many other texts of a key are tried where any word may stand."""
NTH = [PricingRule(name, version, "adjust", lambda params, complain: params, lambda settings, amount, about: amount)
       for name in ("every nth free", "zzz") for version in (1, 2)]  # fmt: skip


def load(data: dict[str, Any]) -> Tariff | None:
    """The tariff; ``None`` where it cannot be read."""
    try:
        return Tariff.load(toml.write(data, NESTED), rules=NTH)
    except (TariffError, AttributeError, TypeError):  # no table where the writer needs one
        return None


def shown(tariff: Tariff) -> tuple[str, ...]:
    return tuple(price_list(tariff, lang) for lang in LANGUAGES)


def hidden(names: list[str]) -> bool:
    return any(name == key or name.startswith(f"{key}.") for name in names for key in HIDDEN)


def changes(name: str) -> Iterator[tuple[tuple[Any, ...], Any, dict[str, Any]]]:
    """The list with one key left out or changed: where, what stands there instead, and the list."""
    data = LISTS[name]
    for path, nodes in leaves(data, TOP, () if name == "shared" else SHARED):
        if not hidden([each for each, _ in nodes]):
            yield path, None, without(data, path)
            for other in others(at(data, path), nodes, names_in(data)):
                yield path, other, with_other(data, path, other)
    for list_name, path, other in SWAPS:
        if list_name == name:
            yield path, other, with_other(data, path, other)


def compared(name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Which keys of a list were left out or changed, with the words that they had, and which of them did not show."""
    data = LISTS[name]
    old = load(data)
    assert old is not None, name
    before, seen, lost, found = shown(old), set(), [], Counter()
    for path, other, changed in changes(name):
        nodes, value = nodes_at(path), at(data, path)
        if found[path] >= ENOUGH and isinstance(other, str) and not words_of(nodes):
            continue
        new = load(changed)
        if new is None or new == old:
            continue
        found[path] += 1
        seen |= above(path) | names_of(value, nodes) | names_of(other, nodes)
        for lang, one, two in zip(LANGUAGES, before, shown(new), strict=True):
            if one == two:
                lost.append(f"{lang}: {'.'.join(map(str, path))}: {value!r} -> {other!r}")
    return frozenset(seen), tuple(lost)


def test_every_key_changes_what_is_printed() -> None:
    """A list with a key and the same list without it, or with another value of it, print differently, in English and in
    French; and no key of the published schema, and no word that a key may have, is left out of the comparison."""
    found = {name: compared(name) for name in LISTS}
    assert {name: lost for name, (_, lost) in found.items() if lost} == {}
    seen = frozenset().union(*(each for each, _ in found.values()))
    keys = {key: words for key, words in schema_keys().items() if "." in key and not hidden([key])}
    assert len(keys) > 300
    wanted = {*keys, *(f"{key} = {word}" for key, words in keys.items() for word in words)}
    assert sorted(wanted - seen - set(IMPOSSIBLE)) == []
    assert sorted(set(IMPOSSIBLE) & seen) == []


def test_the_comparison_notices_what_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where the listing forgets one key, the comparison names it, in both languages."""
    monkeypatch.setitem(_later._CANCEL, "no_show", None)
    _, lost = compared("calling off in days")
    assert {place.split(": ")[1] for place in lost} == {"product.x.cancel.no_show"}
    assert {place.split(": ")[0] for place in lost} == {"en", "fr"}


@pytest.mark.parametrize("name", LISTS)
def test_every_key_has_words(name: str) -> None:
    """No key is printed as the file spells it, which is what happens to one that has no words yet."""
    tariff = load(LISTS[name])
    assert tariff is not None
    for text in shown(tariff):
        assert re.findall(r"\b(?!n\b)\w+ = ", text) == []


def test_a_key_without_words_is_printed_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost: a key that is new to the format is printed in the spelling of the file until it has words."""
    monkeypatch.delitem(_later._CANCEL, "no_show")
    monkeypatch.delitem(_later._TERM, "notice")
    monkeypatch.delitem(_rules._PRODUCT, "afterwards")
    assert all('afterwards = ["grams"]' in text for text in shown(load(LISTS["product"]) or pytest.fail("product")))
    shown_now = [shown(load(LISTS[name]) or pytest.fail(name)) for name in ("calling off in days", "term")]
    assert all('no_show = "100%"' in text for text in shown_now[0])
    assert all("notice = 14 days" in text for text in shown_now[1])
