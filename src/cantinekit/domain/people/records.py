"""People. A person's record is private: it is never in the journal, and is emptied when the person is forgotten."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import format_instant, instant
from cantinekit.common.facts import MAX_FACT_TEXT, Fact
from cantinekit.common.fields import Code, PrivateText, is_count, is_id, is_text, is_word, maybe
from cantinekit.common.typography import Lang
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import is_day
from cantinekit.domain.directory.words import words_of
from cantinekit.domain.index import Index, composite

PersonState = Literal["present", "leaving", "forgotten"]
KeptFor = Literal["names nobody", "legal duty"]
"""Why a record stays when the person it was about is forgotten."""


_END = "\t"
"""The end of words in an index, since the separator of its parts sorts behind letters."""


MAX_PROOF = 500
"""The most characters of what proves a fact."""


MAX_EARLIER = 24
"""How many earlier values of a fact are kept."""


@attrs.frozen
class EarlierFact:
    """What a fact of a person was before it was replaced. Reports of past days count by it; price lists never see it.

    Attributes:
        value: its value.
        until: the last local day on which it was to count; ``None``: until further notice.
        set_at: when it was said, in UTC.
    """

    value: Fact = attrs.field(repr=False)
    until: date | None = attrs.field(validator=maybe(is_day))
    set_at: datetime = attrs.field(converter=instant)


@attrs.frozen
class PersonFact:
    """Something that price lists may ask to know of a person, such as whether they study.

    Attributes:
        name: its name, as price lists declare it, of 1 to 200 characters.
        value: a text, a number, yes/no, an amount or several words.
        until: the last local day on which it counts, that day included; ``None``: until further notice.
        proof: what proves it, such as "card seen by ana", at most 500 characters; empty: nothing is written down.
        set_at: when it was said, in UTC.
        earlier: what it was before, the oldest first, at most 24; it goes with the fact where that is taken away.
    """

    name: PrivateText = attrs.field(validator=is_text(MAX_FACT_TEXT))
    value: Fact = attrs.field(repr=False)
    until: date | None = attrs.field(default=None, validator=maybe(is_day))
    proof: PrivateText = attrs.field(default="", validator=is_text(MAX_PROOF), repr=False)
    set_at: datetime = attrs.field(converter=instant, kw_only=True)
    earlier: tuple[EarlierFact, ...] = attrs.field(default=(), kw_only=True, repr=False)


@record("private", fields=("name", "word"))
@attrs.frozen
class Person:
    """A person whom the place knows: a member, a visitor, a holder of passes.

    Attributes:
        id: id of the record.
        name: the name; empty once the person is forgotten.
        email: the e-mail address; empty: none.
        lang: the language of messages, "fr" or "en".
        state: "present", "leaving" while it is checked whether the person can be forgotten, or "forgotten": then the
            row is empty, and stays so that its id is never given to anybody else.
        gives_up: whether the units that are left are given up when the person is forgotten.
        facts: what price lists may ask to know of the person, in the order of the names, each once, at most 100.

    Index:
        name: words of the name, person id; of somebody who is forgotten there is none.
        word: word, person id; for each word of the name.
    """

    kind: ClassVar[str] = "person"
    id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    email: str = attrs.field(validator=is_text(320), default="")
    lang: Lang = attrs.field(validator=is_word(Lang), default="fr")
    state: PersonState = attrs.field(validator=is_word(PersonState), default="present")
    gives_up: bool = False
    facts: tuple[PersonFact, ...] = ()

    @property
    def sorts_by(self) -> str:
        """The words of the name, by which people are listed, and an end that sorts before all that could follow."""
        return " ".join(words_of(self.name))[:100] + _END

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the name, in order, each once and with that end: "martin" comes before "martinez"."""
        return tuple(sorted({word + _END for word in words_of(self.name)}))

    def index(self) -> Index:
        if self.name:
            yield "name", composite(self.sorts_by, self.id)
            for word in self.words:
                yield "word", composite(word, self.id)


@record("private", named=False)
@attrs.frozen
class EmailHolder:
    """The holder of an e-mail address, so that one address is one person.

    Attributes:
        id: a hash of the address.
        person_id: id of the person.
    """

    kind: ClassVar[str] = "email"
    id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)


def forgotten_publics_id(place_id: str, month: date) -> str:
    """The id of what is kept of those who were forgotten and came to a place in a month.

    Args:
        place_id: id of the place.
        month: the first day of the month.
    """
    return f"{place_id}|{month:%Y-%m}"


@attrs.frozen
class ForgottenPublic:
    """How many people who were forgotten came in a month and were of a public, as it was known on their last day in it.

    Attributes:
        fact: the name of the fact.
        value: its value, one of those that the place counted.
        next: the first day of the next month in which they came to the place; ``None``: they never did again. By it
            everybody is counted once in a period of several months.
        people: how many.
    """

    fact: Code = attrs.field(validator=is_id)
    value: Code = attrs.field(validator=is_id)
    next: date | None = attrs.field(validator=maybe(is_day))
    people: int = attrs.field(validator=is_count(most=10**9))


@record("private", named=False)
@attrs.frozen
class ForgottenPublics:
    """The publics of those who came to a place in a month and were forgotten since. It says how many, and not who.

    It is private since it comes about when somebody is forgotten: the journal, which says who, must not say of which
    public they were.

    Attributes:
        id: the place and the month.
        place_id: the place.
        month: the first day of the month.
        counts: how many were of each public, in order; those of whom nothing is known are not among them.
    """

    kind: ClassVar[str] = "forgotten_publics"
    id: str = attrs.field(validator=is_text(250))
    place_id: str = attrs.field(validator=is_id)
    month: date = attrs.field(validator=is_day)
    counts: tuple[ForgottenPublic, ...] = ()


@attrs.frozen
class Kept:
    """How many records of a kind were kept when a person was forgotten.

    Attributes:
        kind: the kind of the records.
        count: how many.
        why: "names nobody" (they hold only the id of the person, and no record says any more who it is) or "legal duty"
            (they name the person, and have to be kept).
    """

    kind: Code = attrs.field(validator=is_id)
    count: int = attrs.field(validator=is_count(most=10**9))
    why: KeptFor = attrs.field(validator=is_word(KeptFor))


@record("domain", fields=("all",), immutable=True)
@attrs.frozen
class Erasure:
    """A person was forgotten, and this was kept.

    Attributes:
        id: id of the person.
        at: when.
        kept: how many records of which kinds were kept, and why.

    Index:
        all: at.
    """

    kind: ClassVar[str] = "erasure"
    id: str = attrs.field(validator=is_id)
    at: datetime = attrs.field(converter=instant)
    kept: tuple[Kept, ...] = ()

    def index(self) -> Index:
        yield "all", format_instant(self.at)


__all__ = [
    "EarlierFact",
    "EmailHolder",
    "Erasure",
    "ForgottenPublic",
    "ForgottenPublics",
    "Kept",
    "KeptFor",
    "Lang",
    "Person",
    "PersonFact",
    "PersonState",
    "forgotten_publics_id",
]
