"""Power cuts: what was not synced never happened, and nothing that was acknowledged is lost.

A library that is loaded before the C library keeps what the disk has at each sync (``power_cut.c`` in
``support/stores``). Two kinds of cut: the disk has what was synced; or any part of what was not synced as well, drawn
by lot in sectors of 512 bytes.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from support.run.soak import scaled
from support.stores.sqlite_writers import Found, first, killed, look, start

SOURCE = Path(__file__).parents[1] / "support" / "stores" / "power_cut.c"
DELETE = {"driver": "sqlite3", "wal": False}
WAL = {"driver": "apsw", "wal": True}
CHECKPOINTS = {**WAL, "settings": {"wal_autocheckpoint": 12}}  # pages: so that cuts meet checkpoints, which sync
OFF, NORMAL, FULL = 0, 1, 2
ROUNDS, MOST = 10, 40
SECTOR = 512


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """The library, compiled."""
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed, so no power cut can be simulated")
    path = tmp_path_factory.mktemp("power") / "power_cut.so"
    subprocess.run(["gcc", "-Wall", "-Werror", "-O1", "-shared", "-fPIC", "-o", path, SOURCE], check=True)
    return path


def cut(live: Path, disk: Path, after: Path, chance: random.Random | None) -> None:
    """What is on the disk after the cut; with ``chance`` also any part of what was written and not synced."""
    after.mkdir()
    names = {path.name for folder in (live, disk) for path in folder.iterdir()}
    for name in sorted(names - {".half", "cantine.db-shm"}):
        written, synced = (
            (folder / name).read_bytes() if (folder / name).exists() else None for folder in (live, disk)
        )
        if chance is None or written == synced:
            content = synced
        elif written is None or synced is None:
            content = chance.choice([written, synced])  # made or removed, and its folder was not synced
        else:
            content = torn(written, synced, chance)
        if content is not None:
            (after / name).write_bytes(content)


def torn(written: bytes, synced: bytes, chance: random.Random) -> bytes:
    """Each sector of one or of the other."""
    size = chance.choice([len(written), len(synced)])
    sectors = [chance.choice([written, synced])[at : at + SECTOR] for at in range(0, size, SECTOR)]
    return b"".join(sector.ljust(SECTOR, b"\0") for sector in sectors)[:size]


def cut_power(library: Path, folder: Path, options: dict, *, lots: bool, seed: int) -> tuple[int, Found]:
    """Write, cut the power at any moment, open what is left; how many were acknowledged, and what was found."""
    chance = random.Random(seed)
    live, disk = folder / f"live{seed}", folder / f"disk{seed}"
    live.mkdir()
    disk.mkdir()
    process = start(
        live / "cantine.db",
        "a",
        {**options, "pause": 0.002},
        preload={"LD_PRELOAD": str(library), "POWER_LIVE": str(live), "POWER_DISK": str(disk)},
    )
    for _ in range(chance.randrange(1, 30)):
        read = first(process)
    time.sleep(chance.random() * 0.01)
    known = killed(process, read)
    cut(live, disk, folder / f"after{seed}", chance if lots else None)
    found = look(folder / f"after{seed}" / "cantine.db", {"a": known})
    shutil.rmtree(live)
    shutil.rmtree(disk)
    return known, found


@pytest.mark.parametrize("lots", [False, True], ids=["synced", "by lot"])
@pytest.mark.parametrize("options", [DELETE, WAL, CHECKPOINTS], ids=["delete", "wal", "checkpoints"])
def test_power_cuts(library, tmp_path, options, lots):
    """With the settings of the store no acknowledged change is lost in a power cut, and none is there by halves."""
    acknowledged = unknown = 0
    for seed in range(scaled(ROUNDS)):
        known, found = cut_power(library, tmp_path, options, lots=lots, seed=seed)
        assert (found.lost, found.odd) == (0, ()), f"seed {seed}"
        acknowledged, unknown = acknowledged + known, unknown + found.unknown
    print(f"{scaled(ROUNDS)} power cuts: {acknowledged} acknowledged, 0 lost, {unknown} stored and not acknowledged")
    assert acknowledged > ROUNDS


@pytest.mark.parametrize(
    ("options", "synchronous"),
    [(DELETE, OFF), (DELETE, FULL), (WAL, OFF), (WAL, NORMAL)],
    ids=["delete-off", "delete-full", "wal-off", "wal-normal"],
)
def test_a_weaker_setting_loses(library, tmp_path, options, synchronous):
    """The control: with a weaker ``synchronous`` the same power cuts lose what was acknowledged."""
    weaker = {**options, "settings": {"synchronous": synchronous}}
    for seed in range(MOST):
        known, found = cut_power(library, tmp_path, weaker, lots=False, seed=seed)
        if found.lost:
            print(f"cut {seed + 1}: {found.lost} of {known} acknowledged changes are lost")
            return
    pytest.fail(f"nothing was lost in {MOST} power cuts")
