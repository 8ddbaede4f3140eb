"""What a price list answers to a question near its worked examples is what a house keeps of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from cantinekit.pricing import Tariff
from support.run.soak import scaled
from support.tariffs.lived import FOLDERS, lists
from support.tariffs.near_examples import lived

NOT_CARRIED = ("nobody is missed where nothing was booked",)
"""What no command does."""
GROUPS = [(folder, part) for folder in FOLDERS for part in range(3)]


@pytest.mark.parametrize(("folder", "part"), GROUPS, ids=lambda one: getattr(one, "stem", one))
def test_what_is_near_an_example_is_lived(folder: Path, part: int) -> None:
    """With another count or day, with more beside it, bought earlier, or called off at another time."""
    kinds: Counter[str] = Counter()
    wrong = []
    for number, path in enumerate(lists(folder)[part::3]):
        for seed in range(scaled(1)):
            for example, found in lived(Tariff.load(path), Random(f"{path.stem} {number} {seed}")):
                kinds[found.kind] += 1
                if not found.ok and found.got not in NOT_CARRIED:
                    wrong.append((path.stem, example, found))
    assert wrong == []
    assert kinds["lived"] >= 15
