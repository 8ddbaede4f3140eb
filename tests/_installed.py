"""Plug-ins that are really installed, and an interpreter that sees them.

Each plug-in is a wheel that is written here and installed by unpacking it into a folder, as an installer does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path


def install(site: Path, name: str, source: str, *, version: str = "1.0", points: Sequence[str] = ("main",)) -> None:
    """Write a wheel with one module, and unpack it into the folder."""
    module = name.replace("-", "_") + "_plugin"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    wheel = site / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    entries = "\n".join(f"{point} = {module}" for point in points)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{module}.py", source)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", f"[cantinekit]\n{entries}\n")
        archive.writestr(f"{info}/RECORD", "")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    wheel.unlink()


def python(site: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that sees the plug-ins of the folder."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run([sys.executable, *argv], capture_output=True, text=True, env=environment, check=False)
