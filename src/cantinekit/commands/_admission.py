"""The command about who may register for a workshop, and what a registration says for it."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.commands._base import Command
from cantinekit.errors import InputError
from cantinekit.model import Admission
from cantinekit.model._admission import Answer
from cantinekit.model._fields import is_a, is_id


@attrs.frozen
class ChangeAdmission(Command):
    """Change who may register for a workshop, in place of all that it asked. What is registered stays as it is."""

    workshop_id: str = attrs.field(validator=is_id)
    admission: Admission = attrs.field(validator=is_a(Admission))


def to_answers(value: Any) -> tuple[tuple[str, Answer], ...]:
    """Take answers as a mapping of keys to texts, integers or yes/no.

    Raises:
        InputError: it is no such mapping.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError("answers are keys of questions with what is answered")
    if any(type(key) is not str for key, _ in pairs):
        raise InputError("the key of an answer is a text")
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def is_born(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a date of birth, or ``None``. The refusal does not repeat it."""
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise InputError(f"{attribute.name} must be a date, not {type(value).__name__}")
