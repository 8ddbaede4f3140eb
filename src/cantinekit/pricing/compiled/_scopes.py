"""The state that a program reads and moves: meters of scopes, and units of accounts."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cantinekit.pricing.compiled._inputs import MOST_UNITS, Lowering
from cantinekit.pricing.engine.cover import first_because
from cantinekit.pricing.kernel import Expr, Var
from cantinekit.pricing.model.rules import Cover
from cantinekit.pricing.quote import Use
from cantinekit.pricing.values import Lot, open_twin


@attrs.frozen
class ScopeMeter:
    """A scope that the program reads and moves: a cap, or an allowance.

    ``wanted`` is by how much it would move without a limit, and ``limit`` how far it may come to stand: where the two
    say all of it, it stands where the sum of what was wanted does, up to the limit. ``None``: they do not.
    """

    kind: str
    owner: str
    rule: str
    same: tuple[str, ...]
    input: str
    moved: str
    applied: str
    wanted: Expr | None = attrs.field(default=None, eq=False)
    limit: Expr | None = attrs.field(default=None, eq=False)


@attrs.frozen
class Spent:
    """An account that the program takes units of.

    ``wanted`` is how many it would take of an account without end, where it takes as many of them as there are left;
    ``None``: it does not.
    """

    cover: Cover
    input: str
    taken: str
    wanted: Expr | None = attrs.field(default=None, eq=False)


def spend(
    lots: tuple[Lot, ...], mine: Sequence[Lot], cover: Cover, units: int, id: str
) -> tuple[tuple[Use, ...], tuple[Lot, ...]]:
    """Take units of the lots that may be used, in their order: what was used, and all lots afterwards.

    The lots have so many units.
    """
    if len(lots) == 1 and len(mine) == 1:
        return (_use(mine[0], cover, units, id, "last_usable"),), (mine[0].spent(units),)
    uses: list[Use] = []
    after: dict[str, Lot] = {}
    for place, lot in enumerate(mine):
        if not units:
            break
        taken = min(units, lot.left)
        units -= taken
        why = first_because(lot, mine[place + 1] if place + 1 < len(mine) else None, cover)
        uses.append(_use(lot, cover, taken, id, why))
        after[lot.id] = lot.spent(taken)
    return tuple(uses), tuple([after.get(lot.id, lot) for lot in lots])


_OpenUse = open_twin(Use)


def _use(lot: Lot, cover: Cover, units: int, id: str, why: str) -> Use:
    use = _OpenUse()
    use.lot, use.account, use.units, use.item, use.why = lot.id, cover.account, units, id, why
    use.value, use.money = lot.value, False
    use.__class__ = Use
    return use  # type: ignore[no-any-return]


@attrs.define
class Scopes:
    """The meters of a program under construction."""

    low: Lowering
    product: str
    meters: list[ScopeMeter] = attrs.field(factory=list)

    def meter(
        self,
        kind: str,
        rule: str,
        same: tuple[str, ...],
        moved: str,
        applied: Expr,
        owner: str = "",
        *,
        wanted: Expr | None = None,
        limit: Expr | None = None,
    ) -> Expr:
        """What was counted in a scope before; ``moved`` is the let by which it moves, ``applied`` whether it does.

        ``wanted`` and ``limit`` are those of ``ScopeMeter``.
        """
        owner = owner or self.product
        name = f"{kind} {owner} {rule} {' '.join(same)}"
        used = self.low.want("used", name, MOST_UNITS)
        for other in self.meters:
            if other.input == f"used {name}":
                used = used + Var(other.moved)
        flag = f"applied {moved}"
        self.low.build.let(flag, applied)
        self.meters.append(ScopeMeter(kind, owner, rule, same, f"used {name}", moved, flag, wanted, limit))
        return used
