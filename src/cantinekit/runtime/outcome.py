"""What a command came to, for its caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar, get_args

import attrs

from cantinekit.domain.catalogue.publication import Publication
from cantinekit.domain.decision import PriceQuote
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.money import Money
from cantinekit.plugins.ports import JournalEntry, Key
from cantinekit.records import Attempt, Charge, Record, Refund
from cantinekit.runtime import codec
from cantinekit.runtime.engine import Committed

Many = Callable[[Any, Sequence[str]], Sequence[Any]]
"""Gives records of a class by their ids."""
Wait = Callable[[Sequence[Attempt]], bool]
"""Waits for an answer about attempts that have begun, and says whether there may be one."""


PaysState = Literal["page", "unpaid", "pending", "paid", "nothing"]
"""What a page does next of whoever has to pay; where several charges differ, the first of these is told."""
_URGENT: tuple[PaysState, ...] = get_args(PaysState)
V = TypeVar("V", covariant=True)


@attrs.frozen
class Pays:
    """What the page does next of whoever has to pay for what a command did.

    Attributes:
        state: ``page``: go to ``next_url``, where the gateway waits; ``unpaid``: show a page on which ``charge`` can be
            paid, no gateway was asked for it, or the last one declined; ``pending``: a gateway has not answered yet, or
            its answer takes time, and nobody has to go anywhere; ``paid``: what was to be paid now is; ``nothing``:
            nothing was, or not now, such as what is on account.
        charge: the charge that it is about, the first one where it is about several; ``None``: there is nothing to pay.
        next_url: the page of the gateway; ``None`` unless it is ``page``.
        declined: the try that a gateway declined, with its ``reason``; ``None`` unless it is ``unpaid`` for that.
    """

    state: PaysState = "nothing"
    charge: Charge | None = None
    next_url: str | None = None
    declined: Attempt | None = None


@attrs.frozen
class Outcome(Generic[V]):
    """What a command came to.

    Attributes:
        value: the record that the command is about, as it is now; its class is that of ``Command[...]``.
        quote: the price with its reasons; ``None`` where the command has none, and for a replayed answer.
        charges: what is owed or was paid of what the command is about, and of what work after it changed, such as of
            each seat of a session.
        messages: what is sent, each as the name of its template and the id of the person.
        events: the journal entries, in their order.
        replayed: the request was answered before. What a page goes on with is answered again, as it is now: ``value``,
            ``charges``, ``refunds``, ``next_url``, ``pending``, ``declined`` and ``pays``. ``quote``, ``messages``,
            ``events``, ``afterwards`` and ``publication`` are told once.
        next_url: the page of the gateway to which the person has to be sent, where there is one.
        pending: whether a gateway has yet to say what becomes of a charge that is due: somebody has to pay at
            ``next_url``, or it has not answered, and ``read.payment_page`` knows the page once it has. A preview asks
            no gateway.
        declined: attempts that a gateway declined, of charges that are still due; each says why, as the gateway does.
        refunds: the refunds that this command asks for. A preview has them too, before any gateway has answered; a
            replayed answer lacks those that work after it asked for, and the charges of that work.
            ``refunded`` of a charge is the sum of all its refunds, earlier ones too.
        afterwards: what this command makes of something that was sold: the fee, what goes back, and why; ``None`` for
            other commands, and for a replayed answer.
        publication: what the publication of a price list changes, and for whom; ``None``: nothing is published, or the
            answer is replayed.
        pays: what the page does next of whoever has to pay: one answer made of ``next_url``, ``pending``, ``declined``
            and the charges. A preview asks no gateway, so that it says ``pending`` where one would be asked.
    """

    value: V
    quote: PriceQuote | None = None
    charges: tuple[Charge, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()
    events: tuple[JournalEntry, ...] = ()
    replayed: bool = False
    next_url: str | None = None
    pending: bool = False
    declined: tuple[Attempt, ...] = ()
    refunds: tuple[Refund, ...] = ()
    afterwards: Afterwards | None = None
    publication: Publication | None = None
    pays: Pays = Pays()

    @property
    def given_back(self) -> Money | None:
        """The sum of the refunds of this command, without what a gateway declined; ``None``: there are none."""
        amounts = [one.amount for one in self.refunds if one.state != "declined"]
        return Money.sum(amounts, amounts[0].currency) if amounts else None


def outcome_of(many: Many, done: Committed, followed: Sequence[Committed], wait: Wait | None = None) -> Outcome[Any]:
    """The outcome of a command and of the outbox entries that were carried out for it, as it can be read now.

    Args:
        many: reads records of a class by their ids.
        done: what the command came to.
        followed: what the outbox entries came to.
        wait: waits for the gateways that may be asked by another right now, where the request was answered before;
            ``None``: nobody waits.
    """
    every = (*done.before, done, *followed)
    worked = any(task.leased_until is not None and task.work != "message" for one in every for task in one.tasks)
    known = {} if worked else done.records  # work that followed may have changed them, here or by another's hand
    ids = list(dict.fromkeys(id for one in (done, *followed) for id in one.charge_ids))
    charges = tuple(one for one in _look(many, known, Charge, ids) if one is not None)
    own = [one for one in charges if one.id in done.charge_ids]
    due = [charge.attempt_ids[-1] for charge in own if charge.state == "due" and charge.attempt_ids]
    attempts = [one for one in _look(many, known, Attempt, due) if one is not None]
    begun = [one for one in attempts if one.state == "started"]
    if done.replayed and begun and wait is not None and wait(begun):
        return outcome_of(many, done, followed)
    asked = list(dict.fromkeys(id for one in (done, *followed) for id in one.refund_ids))
    told = [task for one in every for task in one.tasks if task.work == "message" and task.channel == 0]
    return Outcome(
        value=_look(many, known, codec.KINDS[done.value.kind].cls, [done.value.id])[0],
        quote=done.price,
        charges=charges,
        messages=tuple((task.template, task.person_id or "") for task in told),
        events=tuple(entry for one in every for entry in one.entries),
        replayed=done.replayed,
        next_url=next((one.next_url for one in attempts if one.next_url), None),
        pending=any(one.state in ("started", "pending") for one in attempts),
        declined=tuple(one for one in attempts if one.state == "declined"),
        refunds=tuple(one for one in _look(many, known, Refund, asked) if one is not None),
        afterwards=done.afterwards,
        publication=done.publication,
        pays=_pays(own, {one.id: one for one in attempts}),
    )


def _pays(charges: Sequence[Charge], attempts: Mapping[str, Attempt]) -> Pays:
    """What is to be paid of some charges now, and how, by their last attempts. What a sponsor owes of something is not,
    unless it is all that the command is about, as when the sponsor pays it.
    """
    own = [one for one in charges if not one.claim] or charges
    found = [_pays_of(one, attempts.get(one.attempt_ids[-1]) if one.attempt_ids else None) for one in own]
    return min(found, key=lambda one: _URGENT.index(one.state), default=Pays())


def _pays_of(charge: Charge, last: Attempt | None) -> Pays:
    if charge.state == "due" and last is not None and last.state != "settled":
        if last.state == "declined":
            return Pays("unpaid", charge, declined=last)
        return Pays("page", charge, last.next_url) if last.next_url else Pays("pending", charge)
    if charge.state == "due" and not (charge.on_account or charge.stands):  # a voucher may have paid a part of it
        return Pays("unpaid", charge)
    return Pays("paid", charge) if charge.state != "void" and charge.kept.amount > 0 else Pays()


def _look(many: Many, known: Mapping[Key, Record | None], cls: Any, ids: Sequence[str]) -> list[Any]:
    """Records by their ids: those that are known, and the others from the store."""
    missing = [id for id in ids if Key(cls.kind, id) not in known]
    found = dict(zip(missing, many(cls, missing), strict=True)) if missing else {}
    return [known[key] if (key := Key(cls.kind, id)) in known else found[id] for id in ids]
