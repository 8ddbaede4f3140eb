"""Words: amounts, times and states as a reader of a language expects them, and sentences out of the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Protocol

from cantinekit.clock import Period, local
from cantinekit.demo._blocks import Block, Detail, MailBlock, ReasonsBlock
from cantinekit.demo._stage import ZONE
from cantinekit.demo._texts import TEXTS
from cantinekit.errors import ClosedError, ConflictError, RefusedError, SoldOutError
from cantinekit.messages import words
from cantinekit.money import Money
from cantinekit.plugins.ports import Message
from cantinekit.pricing import Quote
from cantinekit.records import Lang, Space

NONE = "–"


class Stated(Protocol):
    """A record that has a state."""

    @property
    def kind(self) -> str: ...

    @property
    def state(self) -> str: ...


class DemoWords:
    """The texts in one language. Calling it gives a text by its name, filled with values."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, name: str, /, **values: object) -> str:
        return TEXTS[name][self.lang].format(**values)

    def money(self, amount: Money) -> str:
        """``7.00 EUR``, in French ``7,00 €``."""
        return words.money(amount, self.lang)

    def money_or_none(self, amount: Money) -> str:
        """An amount, or a dash for nothing."""
        return self.money(amount) if amount else NONE

    def time(self, at: datetime) -> str:
        """What the wall clock of the network shows."""
        return words.clock(at, ZONE, self.lang)

    def span(self, period: Period) -> str:
        """From when to when."""
        return f"{self.time(period.start)}–{self.time(period.end)}"

    def day_span(self, period: Period) -> str:
        """On which day, from when to when."""
        return f"{self.day(local(period.start, ZONE).date())}, {self.span(period)}"

    def spans(self, periods: Sequence[Period]) -> str:
        """Several periods, in the order of time."""
        return ", ".join(map(self.span, sorted(periods)))

    def written(self, day: date) -> str:
        """A day; in French the first of a month is an ordinal."""
        return words.dated(day, self.lang)

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return words.day(day, self.lang)

    def names(self, names: Sequence[str]) -> str:
        """A, B and C."""
        *first, last = names
        return f"{', '.join(first)} {self('and')} {last}" if first else last

    def rank(self, number: int) -> str:
        """first, second, ...; numbers where the words end."""
        known = self("ranks").split()
        return known[number - 1] if number <= len(known) else str(number)

    def state(self, record: Stated) -> str:
        """The state of a record as a word."""
        return words.state(record.state, self.lang, record.kind)

    def account(self, account: str) -> str:
        """The name of a gateway account."""
        return self(f"account {account}")

    def by(self, account: str) -> str:
        """How money moves through a gateway account."""
        return self(f"by {account}")

    # --- blocks ---

    def reasons(self, quote: Quote) -> ReasonsBlock:
        """A price with its reasons, as the price list gives them; the last line of those is the total again."""
        return ReasonsBlock(
            self("price", total=self.money(quote.total)), tuple(quote.explain(self.lang).splitlines()[:-1])
        )

    def mails(self, messages: Sequence[Message], *, whole: str = "") -> Iterator[Block]:
        """Messages that were sent: to whom and about what; those of the template ``whole`` with their text."""
        for message in messages:
            lines = tuple(message.text.strip().splitlines()) if message.template == whole else ()
            yield MailBlock(self("mail", to=message.to, subject=message.subject), lines)

    def refusal(self, refusal: RefusedError, space: Space) -> Iterator[Block]:
        """Why something was refused, and what is free instead."""
        match refusal:
            case ConflictError():
                yield Detail(self("conflict", space=space.name, clashes=self.spans(refusal.clashes)))
            case SoldOutError():
                yield Detail(self("sold out", wanted=refusal.wanted, left=refusal.left))
            case ClosedError():
                yield Detail(self("closed", what=refusal.what))
            case _:
                yield Detail(refusal.text(self.lang))
        nearest = getattr(refusal, "nearest", ())
        yield Detail(self("nearest", spans=self.spans(nearest)) if nearest else self("nothing near"))
