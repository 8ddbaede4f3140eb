"""People: adding them, changing what is known of them, forgetting them."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.facts import Fact
from cantinekit.common.fields import is_a, is_id, is_text, is_word, maybe, maybe_id
from cantinekit.domain.base import KEYED, Command, SystemCommand, command
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.people.fields import is_email, is_fact_name, is_name, to_value
from cantinekit.domain.people.records import MAX_PROOF, Erasure, Lang, Person
from cantinekit.errors import InputError


@command
@attrs.frozen(kw_only=True)
class AddPerson(Command[Person]):
    """Add a person whom the place knows.

    Attributes:
        name: the name, not blank, at most 200 characters.
        email: the e-mail address, at most 320 characters, which belongs to one person; empty: none.
        lang: the language of messages, "fr" or "en".
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken, or somebody has the e-mail address.
    """

    name: str = attrs.field(validator=is_name)
    email: str = attrs.field(default="", validator=is_email)
    lang: Lang = attrs.field(default="fr", validator=is_word(Lang))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class ChangePerson(Command[Person]):
    """Change what is known of a person.

    Attributes:
        person_id: id of the person.
        name: the new name; ``None``: as it is.
        email: the new e-mail address, empty to remove it; ``None``: as it is.
        lang: the new language, "fr" or "en"; ``None``: as it is.

    Raises:
        NotFoundError: there is no such person.
        DuplicateError: somebody else has the e-mail address.
        WrongStateError: the person is being forgotten, or was.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str | None = attrs.field(default=None, validator=maybe(is_name))
    email: str | None = attrs.field(default=None, validator=maybe(is_email))
    lang: Lang | None = attrs.field(default=None, validator=maybe(is_word(Lang)))


@command
@attrs.frozen(kw_only=True)
class SetFact(Command[Person]):
    """Say something that price lists may ask to know of a person, such as whether they study, or take it away.

    It is stored with the person, and never in the journal. It counts for what is sold from now on.

    See docs/how-to/what-a-price-asks-to-know.md.

    Attributes:
        person_id: id of the person.
        name: its name, as price lists declare it in ``[facts]``, of 1 to 200 characters. What the person has under this
            name is replaced.
        value: a text of 1 to 200 characters, an integer or a ``Decimal`` from 0 to 100,000 (at most four decimals),
            yes/no, ``Money``, or 1 to 100 words; ``None``: it is taken away.
        until: the last local day on which it counts, that day included; ``None``: until further notice.
        proof: what proves it, such as "card seen by ana", at most 500 characters.

    Raises:
        NotFoundError: there is no such person.
        WrongStateError: the person is being forgotten, or was.
        UnsuitableError: the person has 100 facts.
        InputError: a fact that is taken away has a last day or a proof.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str = attrs.field(validator=is_fact_name, repr=False, metadata=KEYED)
    value: Fact | None = attrs.field(converter=to_value, repr=False, metadata=KEYED)
    until: date | None = attrs.field(default=None, validator=maybe(is_day), repr=False, metadata=KEYED)
    proof: str = attrs.field(default="", validator=is_text(MAX_PROOF), repr=False, metadata=KEYED)

    def __attrs_post_init__(self) -> None:
        if self.value is None and (self.until is not None or self.proof):
            raise InputError("a fact that is taken away has neither a last day nor a proof")


@command
@attrs.frozen(kw_only=True)
class ForgetPerson(Command[Erasure]):
    """Forget who a person is, once nothing of theirs is open: their private records are emptied or removed.

    What was sold and what the law requires to be kept stays, and names nobody.

    See docs/how-to/forget-and-export.md.

    Attributes:
        person_id: id of the person.
        gives_up: whether units that are left expire with it; else they stand in the way.

    Raises:
        NotFoundError: there is no such person.
        NotOverError: something of the person is not over; the error names it, and the person stays.
        WrongStateError: the person is being forgotten, or was.
    """

    person_id: str = attrs.field(validator=is_id, kw_only=False)
    gives_up: bool = attrs.field(default=False, validator=is_a(bool))


@command
@attrs.frozen(kw_only=True)
class SettleForgetting(SystemCommand[Erasure]):
    """Check what is open of a person who is to be forgotten, and forget the person or withdraw.

    Attributes:
        person_id: id of the person.

    Raises:
        NotFoundError: there is no such person.
        NotOverError: something of the person is not over; the error names it, and the person stays.
    """

    person_id: str = attrs.field(kw_only=False)


__all__ = [
    "AddPerson",
    "ChangePerson",
    "ForgetPerson",
    "SetFact",
    "SettleForgetting",
]
