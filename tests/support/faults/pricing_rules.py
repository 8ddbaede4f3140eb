"""Pricing rules with one planted fault each, and the promises that each breaks, without the ``test_``.

They are functions of a module, as those of a plug-in are, so that another process can import them.
"""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from time import localtime
from typing import Any

from cantinekit.errors import InputError
from cantinekit.pricing import About, PricingRule

FAULTS: dict[str, tuple[PricingRule, tuple[str, ...]]] = {}


def read_share(params: Any, complain: Any) -> Any:
    """Some percent."""
    share = params.get("share")
    if type(share) is not int or not 0 < share <= 100:
        return complain("a number of percent is needed", "share")
    return share


def take_share(share: int, amount: int, about: About) -> int:
    """So many percent of the amount."""
    return amount * share // 100


GOOD = PricingRule("share", 1, "adjust", read_share, take_share)


def breaks(*promises: str) -> Callable[[Any], Any]:
    """Plant a way of answering that breaks these promises."""

    def plant(apply: Any) -> Any:
        FAULTS[apply.__name__] = (PricingRule("share", 1, "adjust", read_share, apply), promises)
        return apply

    return plant


def reads(*promises: str) -> Callable[[Any], Any]:
    """Plant a way of reading parameters that breaks these promises."""

    def plant(read: Any) -> Any:
        FAULTS[read.__name__] = (PricingRule("share", 1, "adjust", read, take_share_of_any), promises)
        return read

    return plant


def take_share_of_any(settings: Any, amount: int, about: About) -> int:
    """Half of the amount, whatever was read; it marks what it was given where it can."""
    if isinstance(settings, dict):
        settings["asked"] = True
    return amount // 2


# --- state ---

_seen: dict[Any, int] = {}
_asked: list[int] = []


@breaks("the_same_question_has_the_same_answer")
def counts_how_often_it_is_asked(share: int, amount: int, about: About) -> int:
    """One minor unit more each time."""
    _asked.append(amount)
    return amount + len(_asked)


@breaks("the_same_question_has_the_same_answer")
def gives_what_is_new_since_the_last_time(share: int, amount: int, about: About) -> int:
    """The difference to what it has given before: it takes itself for a meter."""
    before = _seen.get(about.product, 0)
    _seen[about.product] = amount
    return max(0, amount - before)


# --- amounts ---


@breaks("amounts_are_whole")
def gives_floats(share: int, amount: int, about: About) -> Any:
    """A share in floating point."""
    return amount * share / 100


@breaks("amounts_are_whole")
def gives_decimals(share: int, amount: int, about: About) -> Any:
    """An exact number, but no count of minor units."""
    return Decimal(amount) * share / 100


@breaks("amounts_are_whole")
def gives_fractions(share: int, amount: int, about: About) -> Any:
    """Leaves the rounding to somebody else."""
    return Fraction(amount * share, 100)


@breaks("amounts_are_whole")
def gives_a_bool(share: int, amount: int, about: About) -> Any:
    """Whether it is for nothing."""
    return amount == 0


@breaks("amounts_are_whole")
def gives_nothing(share: int, amount: int, about: About) -> Any:
    """Forgets to return."""


@breaks("amounts_are_whole")
def goes_below_zero(share: int, amount: int, about: About) -> int:
    """Takes off a fixed amount, also where there is less."""
    return amount - 50


@breaks("amounts_are_whole", "a_question_with_less_is_answered_or_refused")
def needs_a_length(share: int, amount: int, about: About) -> int:
    """Divides by a length that nobody has to say."""
    return amount * 60 // about.minutes  # type: ignore[operator]


@breaks("amounts_are_whole", "a_question_with_less_is_answered_or_refused")
def raises_untyped(share: int, amount: int, about: About) -> int:
    """A fact that is not there is a KeyError."""
    return amount * int(str(about.facts["heads"]))


@breaks("a_question_with_less_is_answered_or_refused")
def refuses_without_a_word(share: int, amount: int, about: About) -> int:
    """An error that says nothing, where there is neither a day nor a length."""
    if about.day is None and about.minutes is None and about.rank is None and about.count == 11:
        raise InputError("")
    return amount


# --- what it may not look at ---


@breaks("time_and_chance_have_no_say")
def looks_at_the_calendar(share: int, amount: int, about: About) -> int:
    """Costs more in other years."""
    return amount + date.today().year


@breaks("time_and_chance_have_no_say")
def looks_at_now(share: int, amount: int, about: About) -> int:
    """Costs more with every month."""
    now = datetime.datetime.now(datetime.UTC)
    return amount + now.year * 12 + now.month


@breaks("time_and_chance_have_no_say")
def looks_at_the_clock(share: int, amount: int, about: About) -> int:
    """Costs more with every week since 1970."""
    return amount + int(time.time()) // (7 * 86_400)


@breaks("time_and_chance_have_no_say")
def looks_at_local_time(share: int, amount: int, about: About) -> int:
    """Costs more in other years of this machine."""
    return amount + localtime().tm_year


@breaks("time_and_chance_have_no_say")
def throws_dice(share: int, amount: int, about: About) -> int:
    """A price by chance."""
    return amount + random.randrange(1_000)


@breaks("the_order_of_hashes_has_no_say")
def adds_a_hash(share: int, amount: int, about: About) -> int:
    """A price by the hash of a text, which differs in each process."""
    return amount + hash(about.product) % 1_009


@breaks("the_order_of_hashes_has_no_say")
def takes_the_first_of_a_set(share: int, amount: int, about: About) -> int:
    """A price by the order of a set of texts."""
    return amount + len(next(iter({"x" * n for n in range(1, 40)})))


# --- parameters ---


@reads("good_parameters_are_read")
def refuses_good_parameters(params: Any, complain: Any) -> Any:
    """Nothing is good enough."""
    return None


@reads("good_parameters_are_read")
def complains_of_good_parameters(params: Any, complain: Any) -> Any:
    """Reads them, and complains."""
    complain("not like this", "share")
    return 1


@reads("wrong_parameters_are_complained_about")
def reads_anything(params: Any, complain: Any) -> Any:
    """Everything is good enough."""
    return 1


@reads("wrong_parameters_are_complained_about")
def raises_for_wrong_parameters(params: Any, complain: Any) -> Any:
    """What is not there is a KeyError."""
    return params["share"] if params["share"] in range(1, 101) else complain("no percent")


@reads("what_is_given_is_not_changed")
def takes_its_parameters_apart(params: Any, complain: Any) -> Any:
    """Takes out of a table what it reads, where it can."""
    good = read_share(params, complain)
    if hasattr(params, "pop"):
        params.pop("share", None)
    return good


@reads("what_is_given_is_not_changed")
def gives_out_what_is_changed_later(params: Any, complain: Any) -> Any:
    """What it reads is a dictionary, which is written to with each answer."""
    return {"asked": False} if read_share(params, complain) else None


# --- in a price list ---


@breaks("a_price_list_can_name_it")
def differs_in_a_price_list(share: int, amount: int, about: About) -> int:
    """Takes more for what the price list of the kit sells, once it has been asked."""
    mine = ("differs", amount, about.count)
    _seen[mine] = _seen.get(mine, 0) + (about.product == "thing")
    return amount + _seen[mine]


@breaks("the_lines_come_to_the_amount")
def does_not_come_to_its_lines(share: int, amount: int, about: About) -> int:
    """Where there is a fee it answers for one line after the other: the amount at first, then what is left of it."""
    if about.product != "thing" or amount % 700 == 0:
        return amount
    mine = ("lines", amount, about.count)
    rest = amount - _seen.get(mine, 0)
    _seen[mine] = amount
    return rest


def is_reset() -> None:
    """Forget what the faults with a memory remember."""
    _seen.clear()
    _asked.clear()
