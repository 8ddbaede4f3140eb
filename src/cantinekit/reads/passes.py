"""Reading what people have on their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import islice

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_months
from cantinekit.clock import day_bounds, local
from cantinekit.common.arguments import checked
from cantinekit.domain.attendance.learnt import holding_wishes
from cantinekit.domain.passes.records import plain
from cantinekit.domain.passes.sharing import shared_wallets
from cantinekit.domain.passes.timeline import Agreed, Timeline, timeline
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.question import held_on, read_tariff
from cantinekit.domain.sales.records import SaleFacts
from cantinekit.domain.state import State, Wish
from cantinekit.errors import UnsuitableError
from cantinekit.plugins.ports import Key
from cantinekit.reads.records import PAGE
from cantinekit.reads.sponsorships import SponsorReads, named_by_line, named_by_shares


@attrs.frozen
class Balance:
    """What is left on an account of a person or an organisation.

    Attributes:
        account: the account of units, by which a price list covers.
        left: how many units can be used on the day, on all entitlements together, in the unit of the price list (8.5
            hours); of vouchers minor units of money.
        entitlements: the entitlements that have these units, the first to be used first.
        later: how many cannot be used on the day and can be later: they begin after it, or their pass is paused then.
        to_come: the entitlements that have these units, the first to begin first.
    """

    account: str
    left: int | Decimal | Fraction
    entitlements: tuple[m.Entitlement, ...]
    later: int | Decimal | Fraction = 0
    to_come: tuple[m.Entitlement, ...] = ()


def _left(held: Sequence[m.Entitlement]) -> int | Decimal | Fraction:
    return plain(sum((one.left * Fraction(one.smallest or 1) for one in held), Fraction(0)))


class PassReads(SponsorReads):
    """Answers questions about passes and their units."""

    @checked
    def balance(self, person_id: str, day: date | None = None) -> tuple[Balance, ...]:
        """What a person or an organisation can use on a day, by account, in the order of use; and what only later.

        Args:
            person_id: the person or the organisation.
            day: the local day, at the place where units were sold, on which they are to be used; ``None``: today, from
                now on. They are those that are left now, whatever is used or given until that day.

        Raises:
            NotFoundError: there is nobody with this id.
            InputError: the day is none, or out of range.
        """
        self._party(person_id)
        held = [one for one in self._of(m.Entitlement, "holder", person_id) if one.active and one.left]
        now = self._now()
        starts = self._starts_of(held, day) if day is not None else {}
        accounts: dict[str, tuple[list[m.Entitlement], list[m.Entitlement]]] = {}
        for one in held:
            at = starts.get(one.pass_id, now)
            if not one.is_over(at):
                usable, later = accounts.setdefault(one.account, ([], []))
                (usable if one.usable_from(at) == at else later).append(one)
        return tuple(
            Balance(
                account,
                _left(usable),
                tuple(sorted(usable, key=_order_of_use)),
                _left(later),
                tuple(sorted(later, key=lambda one: (one.begins or one.bought_at, one.id))),
            )
            for account, (usable, later) in sorted(accounts.items())
        )

    def _starts_of(self, units: Sequence[m.Entitlement], day: date) -> dict[str, datetime]:
        """From when on units can be used on a day, by their pass: from its beginning at their place; today from now."""
        passes = [one for one in self.many(m.Pass, list({one.pass_id for one in units})) if one is not None]
        places = [one for one in self.many(m.Place, list({one.place_id for one in passes})) if one is not None]
        now = self._now()
        days = {place.id: day_bounds(day, place.zone) for place in places}
        return {one.id: now if days[one.place_id].contains(now) else days[one.place_id].start for one in passes}

    @checked
    def timeline(self, pass_id: str, until: date | None = None) -> Timeline:
        """What a pass is from its first day on: its periods with their prices, its units, and when it can end.

        What it says of the time to come is what will be charged and given, unless a version of the price list is
        published until then, its holder holds something else by then, or the pass is changed. What sponsors pay of it
        is told as if nothing else counted for their limits.

        Args:
            pass_id: the pass, which was sold, or given to be carried on.
            until: the last local day that is looked at; ``None``: twelve months from today.

        Raises:
            NotFoundError: there is no such pass.
            UnsuitableError: it was given once and not sold; or it was sold by facts of a person who was forgotten.
        """
        return self.once()._timeline(self.need(m.Pass, pass_id), until)

    def _timeline(self, sold: m.Pass, until: date | None = None) -> Timeline:
        """The same of a pass that was read, by a reader for one page."""
        if sold.sale_id is None or sold.pricelist_id is None:
            raise UnsuitableError(f"pass {sold.id} was not sold: nothing was agreed about it")
        self._know_plans([sold])
        place = self.need(m.Place, sold.place_id)
        today = local(self._now(), place.zone).date()
        until = until or add_months(today, 12)
        pricelist = self.need(m.PriceList, sold.pricelist_id)
        plans = [*(one.before for one in sold.changes), *(one.plan for one in sold.planned)]
        ids = {sold.tariff_version, *(one.tariff_version for one in pricelist.versions)}
        ids |= {one.tariff_version for one in plans}
        texts = {one.id: one.text for one in self.many(m.TariffText, sorted(ids)) if one is not None}
        held = partial(held_on, self._holdings(sold.holder_id, texts), sold.holder_id)
        planned = tuple((one, self._sale(one.plan.sale_id)) for one in sold.planned)
        agreed = Agreed(sold, self._sale(sold.sale_id), texts, pricelist, place.zone, held, planned)
        former = [(one.day, agreed.with_plan(one.before, self._sale(one.before.sale_id))) for one in sold.changes]
        former = [(day, attrs.evolve(plan, planned=())) for day, plan in former]
        told = timeline(attrs.evolve(agreed, former=tuple(former)), today=today, until=until)
        return self._with_sponsors(sold, told, place)

    def _know_plans(self, plans: Sequence[m.Pass], more: Iterable[Key] = ()) -> None:
        """Read what the timelines of passes look at, all together: three round trips at most.

        Args:
            plans: the passes.
            more: what else is asked for with the first of them.
        """
        self._know([*more, *(key for one in plans for key in _named_by_plan(one))])
        lists = self.many(m.PriceList, list(dict.fromkeys(one.pricelist_id for one in plans if one.pricelist_id)))
        own = State({Key(m.Wallet.kind, id): self.get(m.Wallet, id) for id in {one.holder_id for one in plans} if id})
        wallets = [one for one in own.records.values() if isinstance(one, m.Wallet)]
        charges = self.many(m.Charge, [id for one in plans for id in _charges_of_plan(one)])
        sales = self.many(m.Sale, [id for one in plans for id in _sales_of_plan(one)])
        keys = [Key(m.SaleFacts.kind, one.id) for one in sales if one is not None and one.private_facts]
        keys += [Key(m.TariffText.kind, one.tariff_version) for of in lists if of is not None for one in of.versions]
        keys += [Key(cls.kind, id) for one in wallets for cls, id in shared_wallets(own, one.id) if id is not None]
        keys += [key for one in charges if one is not None for key in named_by_shares(one)]
        lines = [line for one in wallets for line in one.sponsors]
        self._know([*keys, *map(named_by_line, lines), *(Key(m.Sponsorship.kind, one.sponsorship_id) for one in lines)])
        texts = self.many(m.TariffText, [key.id for key in keys if key.kind == m.TariffText.kind])
        asked = {name for one in texts if one is not None for name in read_tariff(one.text).asked_trainings}
        self._know(Key(cls.kind, id) for one in wallets for cls, id in holding_wishes(asked, one.id) if id is not None)

    def _sale(self, sale_id: str) -> m.Sale:
        """A sale with all facts that it was made from."""
        sale = self.need(m.Sale, sale_id)
        return whole_sale(sale, self.get(SaleFacts, sale.id) if sale.private_facts else None)

    def _holdings(self, person_id: str | None, texts: Mapping[str, str]) -> State:
        """What a person holds or shares, as far as price lists ask for it."""
        asked = {name for text in texts.values() for name in read_tariff(text).asked_trainings}
        own = self._state([(m.Wallet, person_id), *holding_wishes(asked, person_id)])
        return State({**own.records, **self._state(shared_wallets(own, person_id)).records})

    def _state(self, wishes: Iterable[Wish]) -> State:
        keys = [Key(cls.kind, id) for cls, id in wishes if id is not None]
        self._know(keys)
        found = zip(keys, self._bodies_of(keys), strict=True)
        return State({key: None if body is None else self._steady_record(key, body) for key, body in found})

    @checked
    def live_passes(self, product_ids: Sequence[str]) -> dict[str, int]:
        """How many live passes were sold as each of these products: paid, and with units left that can be used now or
        later, or without units.

        It looks at all passes of the house, page by page: it is for rare questions, such as the preview of a price
        list.

        Args:
            product_ids: the products, as ``Pass.product_id`` names them.
        """
        wanted, now = set(product_ids), self._now()
        found = dict.fromkeys(product_ids, 0)
        every = (one for one in self.find(m.Pass, "place") if one.product_id in wanted and one.state == "active")
        while some := list(islice(every, PAGE)):
            ids = [id for one in some for id in one.entitlement_ids]
            units = {one.id: one for one in self.many(m.Entitlement, ids) if one is not None}
            for one in some:
                mine = [units[id] for id in one.entitlement_ids if id in units]
                if not mine or any(each.active and each.left and not each.is_over(now) for each in mine):
                    found[one.product_id] += 1
        return found


def _named_by_plan(one: m.Pass) -> Iterator[Key]:
    """What the timeline of a pass begins with."""
    plans = [*(of.before for of in one.changes), *(of.plan for of in one.planned)]
    versions = [one.tariff_version, *(of.tariff_version for of in plans)]
    for cls, ids in (
        (m.Place, [one.place_id]),
        (m.PriceList, [one.pricelist_id]),
        (m.Wallet, [one.holder_id]),
        (m.Sale, _sales_of_plan(one)),
        (m.TariffText, versions),
        (m.Charge, _charges_of_plan(one)),
    ):
        yield from (Key(cls.kind, id) for id in ids if id)


def _sales_of_plan(one: m.Pass) -> list[str]:
    """The sales of a pass and of its plans before and after."""
    found = [one.sale_id, *(of.before.sale_id for of in one.changes), *(of.plan.sale_id for of in one.planned)]
    return [id for id in found if id]


def _charges_of_plan(one: m.Pass) -> list[str]:
    """The charges of the periods and the changes of a pass."""
    found = [one.charge_id, *(of.charge_id for of in one.periods), *(of.charge_id for of in one.changes)]
    return [id for id in found if id]


def _order_of_use(one: m.Entitlement) -> tuple[int, datetime, datetime, str]:
    return one.priority, one.expires or datetime.max.replace(tzinfo=UTC), one.bought_at, one.id
