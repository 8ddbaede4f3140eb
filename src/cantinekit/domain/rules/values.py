"""What commands share: their base, promised prices, reasons for an override."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.common.fields import is_text
from cantinekit.errors import InputError


def is_reason(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        is_text(1000)(_, attribute, value)
        if not value.strip():
            raise InputError("an override needs a reason")
