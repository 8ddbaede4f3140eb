"""Every worked example of the price lists of the tests is lived in a house, and is what the list says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cantinekit.living.asking import NoSale, plan
from cantinekit.pricing import Tariff
from support.tariffs.files import DEMO
from support.tariffs.lived import FOLDERS, lists, lived, not_lived

NOT_LIVED: dict[tuple[str, str], str] = {}
"""Examples that are not lived as the list says, by list and id, with the reason."""
ALL = [*(path for folder in FOLDERS for path in lists(folder)), DEMO]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_list_is_lived(path: Path) -> None:
    """Each example is bought, called off or moved as it says, and the house keeps what the list expects; but for those
    that are named above.
    """
    known = {id: why for (stem, id), why in NOT_LIVED.items() if stem == path.stem}
    found = {id: got for (_, id), got in not_lived([path]).items()}
    assert {id: got for id, got in found.items() if id not in known} == {}
    assert sorted(known) == sorted(found), "an example that is lived by now needs no reason"


def test_hardly_any_example_is_left_out() -> None:
    """Of the examples of real lists that a house can be asked, at least 98 in 100 are lived."""
    kinds = Counter(one.kind for path in lists(FOLDERS[0]) for one in lived(path))
    asked = kinds.total() - kinds["no sale"]
    assert asked > 480
    assert kinds["lived"] >= 0.98 * asked


def planned(folder: Path) -> Counter[str]:
    """What the examples of a folder ask a house for."""
    found: Counter[str] = Counter()
    for path in lists(folder):
        tariff = Tariff.load(path)
        for example in tariff.examples:
            meant = plan(example, tariff)
            if isinstance(meant, NoSale):
                found[f"no sale: {meant.why}"] += 1
                continue
            found[meant.way] += 1
            found["refused"] += "refused" in meant.wanted
            if meant.later is not None:
                found[meant.later.what] += 1
    return found


def test_what_real_lists_ask_for() -> None:
    """Each way of selling is asked for, and only what nobody can buy is left out."""
    assert planned(FOLDERS[0]) == {
        "booking": 214,
        "visit": 10,
        "pass": 118,
        "sale": 155,
        "refused": 109,
        "cancelled": 13,
        "ended early": 2,
        "no sale: advice": 20,
        "no sale: the list says no price": 31,
    }
