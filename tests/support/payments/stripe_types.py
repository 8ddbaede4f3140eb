"""Whether a JSON object is one that the SDK's own types describe: every member known, none that is demanded missing."""

from __future__ import annotations

import inspect
import types
import typing
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

import stripe
from stripe import checkout


def problems(cls: type, value: Any, where: str = "") -> list[str]:
    """What is wrong with an object that should be of this class of the SDK."""
    if not isinstance(value, dict):
        return [f"{where}: no object"]
    hints = {
        name: hint for part in reversed(cls.__mro__) for name, hint in vars(part).get("__annotations__", {}).items()
    }
    hints = {n: h for n, h in hints.items() if not n.startswith("_") and n != "OBJECT_NAME" and not _class_var(h)}
    found = [f"{where}.{name}: the SDK has no such member" for name in value if name not in hints]
    for name, hint in hints.items():
        if name in value:
            found += _misfits(hint, value[name], f"{where}.{name}")
        elif not _optional(hint):
            found.append(f"{where}.{name}: missing")
    return found


def _misfits(hint: Any, value: Any, where: str) -> list[str]:
    if isinstance(hint, ForwardRef):
        hint = getattr(stripe, hint.__forward_arg__, None) or getattr(checkout, hint.__forward_arg__, None) or Any
    origin = get_origin(hint)
    if hint is Any or isinstance(hint, typing.TypeVar):
        return []
    if origin in (Union, types.UnionType):
        tries = [_misfits(part, value, where) for part in get_args(hint)]
        return [] if any(not problem for problem in tries) else min((t for t in tries if t), key=len)
    if origin is Literal:
        return [] if value in get_args(hint) else [f"{where}: {value!r} is none of the words of the SDK"]
    if origin is list:
        return _list(hint, value, where)
    if inspect.isclass(origin or hint):
        kind = origin or hint
        if kind.__name__ in ("UntypedStripeObject", "ListObject", "dict", "Dict", "SearchResultObject"):
            return [] if isinstance(value, dict) else [f"{where}: no object"]
        if issubclass(kind, stripe.StripeObject):
            return problems(kind, value, where)
        return [] if type(value) is kind else [f"{where}: {value!r} is no {kind.__name__}"]
    return [] if hint is None and value is None else [f"{where}: {value!r} against {hint}"]


def _list(hint: Any, value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{where}: no list"]
    return [problem for n, item in enumerate(value) for problem in _misfits(get_args(hint)[0], item, f"{where}[{n}]")]


def _optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


def _class_var(hint: Any) -> bool:
    return get_origin(hint) is typing.ClassVar
