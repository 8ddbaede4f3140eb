"""What a field accepts that gives the reason of an override."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.common.fields import is_text
from cantinekit.errors import InputError


def is_reason(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate the reason of an override, at most 1,000 characters and not blank, or ``None``: no rule is broken."""
    if value is not None:
        is_text(1000)(_, attribute, value)
        if not value.strip():
            raise InputError("an override needs a reason")
