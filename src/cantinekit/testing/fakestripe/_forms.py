"""The requests of the Stripe API as they travel: forms with nested names, of which only known parameters are taken.

A schema is a dict of parameter names; a value is a type, a dict (a nested object), a list of one schema, a tuple of
words, or ``ANY_TEXTS`` (metadata).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\[\]]*)\]")
ANY_TEXTS = "metadata"
MAX_METADATA, MAX_METADATA_NAME, MAX_METADATA_TEXT = 50, 40, 500


class StripeRefusal(Exception):
    """An answer that is an error: the status, and the members of ``error`` in the body."""

    def __init__(self, status: int, type: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": type, "message": message, **more}


def invalid(message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> StripeRefusal:
    """An ``invalid_request_error``."""
    named = {name: value for name, value in (("code", code), ("param", param)) if value is not None}
    return StripeRefusal(status, "invalid_request_error", message, **named)


def parse(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a form, by the schema.

    Raises:
        StripeRefusal: a parameter is unknown, or is not of its type.
    """
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="strict"):
        path = [name.partition("[")[0], *_PART.findall(name)]
        here = tree
        for step in path[:-1]:
            here = here.setdefault(step, {})
            if not isinstance(here, dict):
                raise invalid(f"Invalid hash: {name}", param=name)
        here[path[-1]] = value
    return _checked(tree, schema, "")


def need(params: dict[str, Any], *names: str) -> None:
    """Refuse a request that lacks one of these."""
    for name in names:
        if params.get(name) in (None, ""):
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _checked(tree: dict[str, Any], schema: dict[str, Any], above: str) -> dict[str, Any]:
    found = {}
    for name, value in tree.items():
        full = f"{above}[{name}]" if above else name
        if name not in schema:
            raise invalid(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
        found[name] = _value(value, schema[name], full)
    return found


def _value(value: Any, wanted: Any, full: str) -> Any:
    if wanted == ANY_TEXTS:
        return _metadata(value, full)
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=full)
        return _checked(value, wanted, full)
    if isinstance(wanted, list):
        if not isinstance(value, dict):
            raise invalid("Invalid array", param=full)
        ordered = [value[index] for index in sorted(value, key=int)]
        return [_value(item, wanted[0], f"{full}[{index}]") for index, item in enumerate(ordered)]
    if isinstance(value, dict):
        raise invalid("Invalid string", param=full)
    if wanted is int:
        if not re.fullmatch(r"-?[0-9]{1,12}", value):
            raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=full)
        return int(value)
    if wanted is bool:
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=full)
        return value == "true"
    if isinstance(wanted, tuple) and value not in wanted:
        raise invalid(f"Invalid {full}: must be one of {', '.join(wanted)}", param=full)
    return value


def _metadata(value: Any, full: str) -> dict[str, str]:
    if value == "":
        return {}
    if not isinstance(value, dict) or any(isinstance(text, dict) for text in value.values()):
        raise invalid("Invalid metadata", param=full)
    if len(value) > MAX_METADATA or any(
        len(name) > MAX_METADATA_NAME or len(text) > MAX_METADATA_TEXT for name, text in value.items()
    ):
        raise invalid("Metadata has too many names, or one that is too long", param=full)
    return dict(value)
