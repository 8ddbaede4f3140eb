"""What several rules note in one way: an unknown word, a fact that is no number, a key that does not go there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.model.conditions import NUMBERS, Words


def check_known(table: TariffTable, names: Iterable[str], known: Collection[str], key: str, said: str) -> None:
    """Note each word that is none of the known ones; ``said`` has ``{}`` in its place."""
    for name in names:
        if name not in known:
            table.problem(said.format(repr(name)), key, table.notes.near(name, known))


def check_products(table: TariffTable, names: Iterable[str], key: str = "product") -> None:
    """Note what is no product of the tariff."""
    check_known(table, names, table.notes.words.products, key, "no product {}")


def check_facts(table: TariffTable, names: Iterable[str], key: str) -> None:
    """Note what is no fact of the tariff."""
    check_known(table, names, table.notes.words.facts, key, "no fact {}")


def check_tax(table: TariffTable, tax: str) -> None:
    """Note a tax class that the tariff does not have."""
    check_known(table, [tax] if tax else [], table.notes.words.taxes, "tax", "no tax class {} in [tax]")


def check_declared(table: TariffTable, name: str, key: str, types: Sequence[str] = NUMBERS) -> None:
    """Note a fact that is not declared as a number, or as money where that is what is wanted."""
    words: Words = table.notes.words
    if name and words.facts.get(name) not in types:
        what = "'money'" if types == ("money",) else "a number"
        table.problem(f"{name!r} is not declared in [facts] as {what}", key)


def check_reached(table: TariffTable, whens: Sequence[object], key: str, said: str = "has no condition") -> None:
    """Note each entry that always fits and has others behind it: the first that fits is taken."""
    for number, when in enumerate(whens[:-1]):
        if not when:
            table.problem(f"never reached beyond entry {number}: it {said}", key)


def check_absent(table: TariffTable, keys: Iterable[str], said: str) -> None:
    """Note each of some keys that is there; ``said`` has ``{}`` in its place."""
    for key in keys:
        if key in table:
            table.problem(said.format(repr(key)), key)


def check_refusal(table: TariffTable, refuse: str, amounts: Sequence[str], what: str = "an amount") -> None:
    """Note the words of a refusal in a row that has none, and amounts in one that has."""
    if refuse:
        check_absent(table, amounts, f"{{}} goes with {what}")
    else:
        check_absent(table, ["why"], "{} goes with a refusal")
