"""Passes that are bought along with something else: they can be used once its charge stands, and go with it before."""

from __future__ import annotations

from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import PassActivated, PassEnded, UnitsGivenBack
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.state import State


def products_along(state: State, pass_ids: tuple[str, ...]) -> frozenset[str]:
    """The products of passes that were bought along."""
    return frozenset(state.need(Pass, id).product_id for id in pass_ids)


def activate_along(draft: Draft, pass_ids: tuple[str, ...]) -> None:
    """Make passes usable whose sale stands."""
    for id in pass_ids:
        sold = draft.state.need(Pass, id)
        if sold.state == "pending":
            draft.add(PassActivated(id, sold.entitlement_ids))


def drop_along(draft: Draft, pass_ids: tuple[str, ...]) -> None:
    """Take passes back whose sale never stood, with the units that are left of them."""
    for id in pass_ids:
        sold = draft.state.need(Pass, id)
        if sold.state != "pending":
            continue
        for unit_id in sold.entitlement_ids:
            one = draft.state.need(Entitlement, unit_id)
            if one.left:
                draft.add(UnitsGivenBack(unit_id, one.left))
        draft.add(PassEnded(id, "cancelled", draft.now))
