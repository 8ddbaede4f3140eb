"""A read-only mode for cantinekit: while a file is there, commands are refused, with a text for people.

The environment variable ``CANTINEKIT_READ_ONLY`` names the file. Put the file there before a database is moved, an
inventory is taken or the books of a year are closed, and remove it afterwards: running processes need no restart. An
empty file refuses every command; keys in it (TOML) say what people read and what is carried out all the same.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import NamedTuple

from cantinekit import commands, hookimpl
from cantinekit.commands import Command
from cantinekit.errors import RefusedError

VARIABLE = "CANTINEKIT_READ_ONLY"
"""The environment variable that names the file; while it is not set nothing is refused."""
TEXT = "Nothing can be changed at the moment; please try again later."
"""What people read where the file has no text."""


class ReadOnlyError(RefusedError):
    """The house is read-only at the moment; the message is the text for people."""


class Switch(NamedTuple):
    """What the file says.

    Attributes:
        text: what people read.
        actors: beginnings of the names of actors whose commands are carried out all the same, such as ``"desk:"``.
        commands: names of commands that are carried out all the same, such as ``"CheckOut"``.
    """

    text: str = TEXT
    actors: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


def read_switch(path: Path) -> Switch | None:
    """Read the file, ``None`` where there is none.

    Args:
        path: the file.

    Raises:
        ValueError: it is no TOML, has an unknown key, a value of another kind, or a name that no command has.
        OSError: it cannot be read.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if unknown := found.keys() - set(Switch._fields):
        raise ValueError(f"{path}: unknown keys: {', '.join(sorted(unknown))}")
    text = found.get("text", TEXT)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{path}: text is not a text")
    switch = Switch(text, _names(path, "actors", found), _names(path, "commands", found))
    if strangers := [name for name in switch.commands if not _is_command(name)]:
        raise ValueError(f"{path}: no command is called {', '.join(strangers)}")
    return switch


def _names(path: Path, key: str, found: dict[str, object]) -> tuple[str, ...]:
    names = found.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError(f"{path}: {key} is not a list of texts")
    return tuple(names)


def _is_command(name: str) -> bool:
    cls = getattr(commands, name, None)
    return isinstance(cls, type) and issubclass(cls, Command)


@hookimpl
def cantinekit_before_command(command: Command[object], actor: str) -> ReadOnlyError | None:
    """Refuse the command while the file is there, unless the file lets its actor or its kind pass."""
    path = os.environ.get(VARIABLE)
    switch = read_switch(Path(path)) if path else None
    if switch is None or actor.startswith(switch.actors) or type(command).__name__ in switch.commands:
        return None
    return ReadOnlyError(switch.text)
