"""What fields of names, e-mail addresses and facts accept: of people, and of organisations."""

from __future__ import annotations

import re
from typing import Any

import attrs

from cantinekit.common.facts import MAX_FACT_TEXT, Fact
from cantinekit.common.fields import check_text
from cantinekit.domain.sales.values import FactLike, to_fact
from cantinekit.errors import InputError

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def is_name(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a name of at most 200 characters, not blank."""
    if not check_text(value, attribute.name, limit=200).strip():
        raise InputError(f"{attribute.name} must not be empty")


def is_email(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate an e-mail address, as far as that goes without writing to it; an empty text is none."""
    address = check_text(value, attribute.name, limit=320).strip()
    if address and not _EMAIL.fullmatch(address):
        raise InputError(f"{attribute.name} is no e-mail address: it is written as name@example.org")


def is_fact_name(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate the name of a fact, of 1 to 200 characters."""
    if not check_text(value, attribute.name, limit=MAX_FACT_TEXT):
        raise InputError(f"{attribute.name} must not be empty")


def to_value(value: FactLike | None) -> Fact | None:
    """Convert to the value of a fact; ``None`` stays: the fact is taken away."""
    return None if value is None else to_fact(value, "value")
