"""Units that an organisation shares with those who belong to it: who may use how many, and who uses them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import SharedUnitsUsed, UnitsReturned, UnitsSpent
from cantinekit.domain.passes.records import Belonging, Entitlement, Holding, Wallet
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.state import State, Wish
from cantinekit.plugins.ports import Key

AFTER_OWN = 100_000
"""The priority of shared units, the last that there is: a price list takes a person's own ones first."""


def _belongs(state: State, person_id: str | None) -> tuple[Belonging, ...]:
    """What a person belongs to, as far as their wallet was loaded."""
    wallet = state.get(Wallet, person_id) if person_id is not None and state.knows(Wallet, person_id) else None
    return wallet.belongs if wallet is not None else ()


def belongs_on(state: State, person_id: str | None, day: date) -> list[str]:
    """The organisations to which a person belongs on a local day, as far as their wallet was loaded."""
    return [one.organisation_id for one in _belongs(state, person_id) if one.counts_on(day)]


def shared_wallets(state: State, person_id: str | None) -> list[Wish]:
    """The wallets of the organisations to which a person belongs; none for somebody who belongs to none."""
    return [(Wallet, one.organisation_id) for one in _belongs(state, person_id)]


def shared_lots(state: State, person_id: str | None) -> tuple[str, ...]:
    """The ids of the entitlements that are shared with a person, as far as ``shared_wallets`` were loaded."""
    ids = [id for _, id in shared_wallets(state, person_id) if id is not None and state.knows(Wallet, id)]
    found = [wallet for id in dict.fromkeys(ids) if (wallet := state.get(Wallet, id)) is not None]
    return tuple(id for wallet in found for id in wallet.entitlement_ids)


def shared_holdings(state: State, person_id: str | None, day: date) -> tuple[Holding, ...]:
    """What the organisations to which a person belongs on a local day hold, as far as ``shared_wallets`` were loaded.

    Args:
        state: has the wallet of the person.
        person_id: the person; ``None``: nobody known, who belongs to none.
        day: the local day.
    """
    ids = dict.fromkeys(belongs_on(state, person_id, day))
    wallets = [state.get(Wallet, id) for id in ids if state.knows(Wallet, id)]
    return tuple(one for wallet in wallets if wallet is not None for one in wallet.holdings)


def may_use(state: State, person_id: str | None, one: Entitlement, day: date, back: int) -> int:
    """How many units of an organisation a person may use on a local day, at most those that are left.

    Args:
        state: has the wallet of the person.
        person_id: the person; ``None``: nobody known, who may use none.
        one: the units, which an organisation holds. Vouchers pay for the organisation only.
        day: the day of use.
        back: how many of them the person gives back before.
    """
    mine = [b for b in _belongs(state, person_id) if b.organisation_id == one.holder_id and b.counts_on(day)]
    left = one.left + back
    if not mine or one.money:
        return 0
    limits = [b.at_most for b in mine]
    if None in limits:
        return left
    most = sum(int(limit / Fraction(one.smallest or 1)) for limit in limits if limit is not None)
    return max(0, min(left, most - one.used_by(person_id) + back))


def holders_wallets(state: State) -> list[Wish]:
    """The wallets of whose units were loaded, whoever spent them: they list the units once these go back."""
    return [(Wallet, one.holder_id) for one in state.records.values() if isinstance(one, Entitlement)]


def note_shared(draft: Draft, event: UnitsSpent | UnitsReturned) -> None:
    """Note who uses units of an organisation, or that another held before, or does not any more."""
    sign, subject = (1, event.on) if isinstance(event, UnitsSpent) else (-1, event.of)
    for spend in event.spends:
        one = draft.state.need(Entitlement, spend.entitlement_id)
        person_id = _user(draft.state, subject) if one.organisation or one.users else None
        if person_id in (None, one.holder_id) or not (one.organisation or one.used_by(person_id)):
            continue
        draft.add(SharedUnitsUsed(one.id, person_id, sign * spend.units))
    if sign < 0:
        for id in dict.fromkeys(spend.entitlement_id for spend in event.spends):
            _note_rest(draft, draft.state.need(Entitlement, id))


def _note_rest(draft: Draft, one: Entitlement) -> None:
    """Have nobody use more of some units than is used: what went back was for somebody else than who spent it."""
    over = sum(user.units for user in one.users) - one.used
    for user in one.users:
        part = min(over, user.units)
        if part > 0:
            draft.add(SharedUnitsUsed(one.id, user.person_id, -part))
            over -= part


def _user(state: State, subject: Subject) -> str | None:
    """Whom something is for that takes units: as its record says, or else the sale that is being made of it."""
    record = state.records.get(Key(subject.kind, subject.id))
    found: str | None = getattr(record, "person_id", None) or getattr(record, "holder_id", None)
    if found is not None:
        return found
    sales = (one for one in state.records.values() if isinstance(one, Sale) and one.subject == subject)
    return next((sale.customer_id for sale in sales), None)
