"""A file that is there whole, or as it was before: for state that survives the end of a process at any moment."""

from __future__ import annotations

import os
from pathlib import Path


def replace_whole(path: Path, text: str) -> None:
    """Write a file by an atomic rename, once all of it is on the disk.

    Args:
        path: the file; another is made beside it, with ``.new`` behind its name.
        text: what is in it from now on.
    """
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
