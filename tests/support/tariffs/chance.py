"""Quick draws for large random values: generators of one seed, with the words of ``hypothesis.strategies``.

A tariff is a few hundred choices. Hypothesis would spend its time on them and vary one example a little; here each
example is a seed, and another seed is another tariff. ``strategy`` makes a Hypothesis strategy of a generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
U = TypeVar("U")
P = ParamSpec("P")


class Gen(Generic[T]):
    """Something that is drawn from a source of chance."""

    def __init__(self, draw: Callable[[Random], T]) -> None:
        self.draw = draw

    def map(self, change: Callable[[T], U]) -> Gen[U]:
        return Gen(lambda random: change(self.draw(random)))


Draw = Callable[[Gen[Any]], Any]


def composite(make: Callable[Concatenate[Draw, P], T]) -> Callable[P, Gen[T]]:
    """A generator from a function that draws."""

    def gen(*args: P.args, **kwargs: P.kwargs) -> Gen[T]:
        return Gen(lambda random: make(lambda part: part.draw(random), *args, **kwargs))

    return gen


def integers(low: int, high: int) -> Gen[int]:
    return Gen(lambda random: random.randint(low, high))


def booleans() -> Gen[bool]:
    return Gen(lambda random: random.random() < 0.5)


def just(value: T) -> Gen[T]:
    return Gen(lambda random: value)


def none() -> Gen[None]:
    return just(None)


def sampled_from(values: Sequence[T]) -> Gen[T]:
    return Gen(lambda random: random.choice(values))


def one_of(*parts: Gen[Any]) -> Gen[Any]:
    return Gen(lambda random: random.choice(parts).draw(random))


def lists(part: Gen[T], *, min_size: int = 0, max_size: int = 4, unique: bool = False) -> Gen[list[T]]:
    def draw(random: Random) -> list[T]:
        found = [part.draw(random) for _ in range(random.randint(min_size, max_size))]
        return list(dict.fromkeys(found)) if unique else found

    return Gen(draw)


def strategy(gen: Gen[T]) -> st.SearchStrategy[T]:
    """The generator as a strategy of Hypothesis, over seeds that are all alike to it."""
    return st.integers(0, 2**24 - 1).map(lambda seed: gen.draw(Random(seed)))
