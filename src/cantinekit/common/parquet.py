"""What is said of a Parquet file that cannot be read, by whatever reads one."""

from __future__ import annotations

import os

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown


def unreadable(path: str | os.PathLike[str], error: Exception) -> InputError:
    """What is said of a Parquet file that cannot be read.

    Args:
        path: the file.
        error: what pyarrow said.
    """
    name = shown(os.fspath(path))
    if isinstance(error, FileNotFoundError):
        return InputError(f"there is no file {name}")
    text = " ".join(str(error).split())
    if "magic bytes" in text:  # CSV, or a download that was broken off
        return InputError(f"the file {name} is no Parquet file, or only a part of one")
    return InputError(f"the file {name} cannot be read: {shown(text)}")
