"""Commands with values that fit no field: integers of thousands of digits, lists of any depth, wrong types."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.commands import SystemCommand
from cantinekit.errors import CantineError, InputError
from cantinekit.errors.shown import MAX_SHOWN, shown
from cantinekit.scheduling.availability import Filter, Question
from support.commands.examples import EXAMPLES
from support.houses import small_house

BIG = 10**5000


def nested(depth: int) -> Any:
    """A list in a list in a list, as deep as that."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


DEEP = nested(5000)


class Rude:
    """A value whose text cannot be had."""

    def __repr__(self) -> str:
        raise OSError("no")


JUNK: dict[str, Any] = {
    "an integer of 5,001 digits": BIG,
    "less than any": -BIG,
    "a deep list": DEEP,
    "a list of a deep one": [DEEP],
    "a fact that is a deep list": {"a": DEEP},
    "a fact of 5,001 digits": {"a": BIG},
    "a key of 5,001 digits": {BIG: 1},
    "pairs with a deep list": [("a", DEEP)],
    "a pair of 5,001 digits": (("a", BIG),),
    "pairs of three": (("a", 1, 2),),
    "a set of numbers": {1},
    "bytes": b"x",
    "half": 1.5,
    "no number": float("nan"),
    "yes": True,
    "one": 1,
    "nothing": None,
    "no text to be had": Rude(),
    "a long text": "x" * 100_000,
    "a lone surrogate": "\ud800",
}


@pytest.fixture(scope="module")
def examples():
    """An example of each command that people give, each made in a house of its own."""
    return {
        cls: make(small_house.open_house(outcomes=("settled",) * 20))
        for cls, make in EXAMPLES.items()
        if not issubclass(cls, SystemCommand)
    }


@pytest.mark.parametrize("name", JUNK)
def test_a_command_with_junk_is_refused_in_words(examples, name):
    """Whatever a field is given: the command is made, or refused with a typed error that is short. What is made is
    carried out or refused likewise, and its repeat too."""
    house, refused = small_house.open_house(), 0
    for cls, example in examples.items():
        for field in attrs.fields(cls):
            try:
                command = attrs.evolve(example, **{field.name: JUNK[name]})
            except CantineError as error:
                refused += 1
                if len(str(error)) > 500:
                    pytest.fail(f"{cls.__name__}.{field.name} is refused in {len(str(error))} characters")
                continue
            try:
                house.cantine.preview(command, actor="ana")
                house.do(command, key=f"{cls.__name__} {field.name}")
            except CantineError:
                pass
    assert refused > 20


def test_whether_units_are_given_up_is_yes_or_no():
    """``ForgetPerson`` takes True and False, and says so of anything else."""
    for junk in (1, 0, "yes", None, DEEP):
        with pytest.raises(InputError, match="gives_up must be a bool"):
            c.ForgetPerson("zoe", gives_up=junk)


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_a_person_has_a_name(name):
    """An empty name is refused, when a person is added and when one is changed."""
    with pytest.raises(InputError, match="name must not be empty"):
        c.AddPerson(name=name)
    with pytest.raises(InputError, match="name must not be empty"):
        c.ChangePerson("zoe", name=name)


@pytest.mark.parametrize("email", ["foo", "@", "a@", "@b", "a b@c", "a@b c", "a@b@c", "<a@b>", "a@b, c@d", "a@b;c"])
def test_an_address_is_one(email):
    """What cannot be an e-mail address is refused, when a person is added and when one is changed."""
    with pytest.raises(InputError, match="email is no e-mail address"):
        c.AddPerson(name="Zoe", email=email)
    with pytest.raises(InputError, match="email is no e-mail address"):
        c.ChangePerson("zoe", email=email)


def test_addresses_that_are_odd_and_right_are_taken():
    """Plus signs, dots, hosts without a dot, letters of any script, and blanks around: these are addresses."""
    for email in ("a+b@example.org", "a.b@localhost", "zoé@exemple.fr", " a@b ", "a@[192.0.2.1]", ""):
        c.AddPerson(name="Zoe", email=email)
        c.ChangePerson("zoe", email=email)


def test_a_person_that_was_stored_with_less_stays_readable():
    """Stored people without a name, or with an address that is none, are read as they are."""
    house = small_house.open_house()
    from cantinekit.plugins.ports import Change
    from cantinekit.runtime import codec

    house.storage.apply(Change(rows=(codec.encode(m.Person("old", "", "foo"), 1),)))
    assert house.get(m.Person, "old").email == "foo"
    assert house.do(c.ChangePerson("old", name="Old")).value.email == "foo"


@pytest.mark.parametrize("junk", [BIG, DEEP, 5, b"x", Rude()], ids=["big", "deep", "5", "bytes", "rude"])
def test_questions_refuse_junk_in_words(junk):
    """The values of a question are refused as those of a command are."""
    for make in (
        lambda: Filter(use=junk),
        lambda: Filter(seats=junk if junk != 5 else -5),
        lambda: Filter(place_ids=junk),
        lambda: Question(junk),
        lambda: Question(small_house.period(0, 1), junk),
        lambda: Question(small_house.period(0, 1), units=junk if junk != 5 else 0),
        lambda: Question(small_house.period(0, 1), groups=junk),
    ):
        with pytest.raises(InputError):
            make()


def test_what_a_message_shows_is_short_and_never_fails():
    """A value is shown by its beginning, whatever it is."""
    for junk in (*JUNK.values(), "x" * 10**6, ["x" * 10**6] * 1000, DEEP, BIG):
        assert len(shown(junk)) <= MAX_SHOWN + 40
    assert (shown(5), shown("a"), shown(None), shown([1, 2])) == ("5", "'a'", "None", "[1, 2]")
