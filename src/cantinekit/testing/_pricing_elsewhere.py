"""A pricing rule at another time, with other random numbers, and in a process in which texts have other hashes."""

from __future__ import annotations

import datetime
import json
import os
import pickle
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date as _Date
from datetime import datetime as _Datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.pricing import About, PricingRule

_TIMES = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")


class _LikeDate(type):
    """So that what was a date before is one still."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _Datetime if issubclass(cls, _Datetime) else _Date)


def _moved(days: int) -> dict[int, object]:
    """What tells the time, by the id of the original, as it will be so many days and some hours from now."""
    shift = datetime.timedelta(days=days, hours=7, minutes=13)
    seconds = int(shift.total_seconds())

    class Date(_Date, metaclass=_LikeDate):
        @classmethod
        def today(cls) -> Any:
            return (_Datetime.now() + shift).date()

    class Datetime(_Datetime, metaclass=_LikeDate):
        @classmethod
        def now(cls, *zone: Any, **named: Any) -> Any:
            return _Datetime.now(*zone, **named) + shift

        @classmethod
        def today(cls) -> Any:
            return _Datetime.now() + shift

        @classmethod
        def utcnow(cls) -> Any:
            return _Datetime.now(datetime.UTC).replace(tzinfo=None) + shift

    made: dict[int, object] = {id(_Date): Date, id(_Datetime): Datetime}
    for name in _TIMES:
        made[id(getattr(time, name))] = _later(getattr(time, name), seconds * (10**9 if name.endswith("_ns") else 1))
    for name in ("localtime", "gmtime"):
        made[id(getattr(time, name))] = _from_now(getattr(time, name), seconds)
    return made


def _later(tells: Callable[[], Any], more: int) -> Callable[[], Any]:
    return lambda: tells() + more


def _from_now(tells: Callable[[float], Any], more: int, now: Callable[[], float] = time.time) -> Callable[..., Any]:
    return lambda seconds=None: tells(now() + more if seconds is None else seconds)


def _modules_of(rule: PricingRule) -> list[ModuleType]:
    """The modules of the package in which the rule is written; not those of the library itself."""
    tops = {str(getattr(function, "__module__", "")).partition(".")[0] for function in (rule.read, rule.apply)}
    own = tops - {"", "cantinekit"}
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in own and isinstance(module, ModuleType)
    ]


@contextmanager
def at_another_time(rule: PricingRule, days: int) -> Iterator[None]:
    """In this context the modules of the rule find the clock so many days ahead, and other random numbers."""
    moved = _moved(days)
    places: list[tuple[dict[str, Any], str, object]] = []
    of_rule = [getattr(function, "__globals__", {}) for function in (rule.read, rule.apply)]
    spaces = [vars(module) for module in (time, datetime, *_modules_of(rule))] + of_rule
    state = random.getstate()
    try:
        for space in spaces:
            for name, value in list(space.items()):
                if id(value) in moved:
                    places.append((space, name, value))
                    space[name] = moved[id(value)]
        random.seed(days)
        yield
    finally:
        random.setstate(state)
        for space, name, value in reversed(places):
            space[name] = value


_PROGRAM = """
import json, pickle, sys
sys.path[:] = json.loads(sys.stdin.buffer.readline())
try:
    rule, params, questions = pickle.load(sys.stdin.buffer)
except (ImportError, AttributeError) as error:
    print(json.dumps({"skipped": f"{type(error).__name__}: {error}"}))
    sys.exit()
from cantinekit.testing._pricing_base import answers, frozen
settings = rule.read(frozen(params), lambda message, key=None: None)
print(json.dumps({"answers": list(map(repr, answers(rule, settings, questions)))}))
"""


def in_another_process(
    rule: PricingRule, params: Mapping[str, object], questions: Sequence[tuple[int, About]], seed: int
) -> list[str] | str:
    """The answers of a fresh interpreter with this hash seed, as texts, or why it cannot be asked."""
    try:
        body = pickle.dumps((rule, dict(params), list(questions)))
    except Exception as error:
        return f"no other process can import the functions of the rule: {type(error).__name__}: {error}"
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    given = json.dumps(sys.path).encode() + b"\n" + body
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM], input=given, capture_output=True, env=environment, check=False
    )
    if result.returncode:
        last = (result.stderr.decode(errors="replace").splitlines() or ["no word"])[-1]
        raise AssertionError(f"in another process: {last}")
    told = json.loads(result.stdout.splitlines()[-1])
    return told["answers"] if "answers" in told else f"no other process can import the rule: {told['skipped']}"
