"""The price lists of the tests, lived in houses: which examples are not lived as expected, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cantinekit.living import LivedExample, live
from cantinekit.pricing import Tariff

FOLDERS = tuple(
    Path(__file__).parents[2] / name for name in ("tariffs", "tariffs_small", "tariffs_mixed", "tariffs_trades")
)


def lists(folder: Path) -> list[Path]:
    """The price lists of a folder."""
    return sorted(folder.glob("*.toml"))


@cache
def lived(path: Path) -> tuple[LivedExample, ...]:
    """The examples of a price list, lived once in a run."""
    return tuple(live(Tariff.load(path)))


def not_lived(paths: Iterable[Path]) -> dict[tuple[str, str], str]:
    """The examples that differ or that no command carries out, with what the house has, by list and id."""
    return {
        (path.stem, one.id): f"{one.kind}: {one.got} {one.why}".strip()
        for path in paths
        for one in lived(path)
        if not one.ok
    }
