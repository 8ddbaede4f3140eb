"""What a tariff answers: a quote of lines, uses, moves of meters, typed refusals, and the trace that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing.values import FrozenMap, State, frozen

if TYPE_CHECKING:
    from cantinekit.common.typography import Lang
    from cantinekit.pricing.tax import TaxDocument

SEMANTICS = 5
"""The number of this engine's meaning: the same tariff, question, state and number give the same quote for ever."""

REFUSAL_CODES = (
    "on_quote", "from", "about", "between", "unpublished", "not_for", "not_at", "missing", "not_sold", "over_capacity",
    "limit_reached", "expired", "unstated", "tax_unknown", "incomplete",
)  # fmt: skip
"""The closed list of reasons why there is no price."""

Names = Mapping[str, str]
"""The names of products by their ids."""
NO_NAMES: Names = MappingProxyType({})

Kind = Literal["revenue", "held", "penalty", "debt"]
Phase = Literal["eligible", "gather", "measure", "cover", "rate", "adjust", "order", "tax", "settle"]
Status = Literal["applied", "refused", "not_applicable"]


@attrs.frozen(weakref_slot=False)
class Line:
    """One line of the bill. Lines of the kinds "held" and "debt" are no part of the price.

    Attributes:
        item: id of the item.
        product: id of the product.
        text: what the bill says.
        quantity: how many units.
        unit: the name of the unit.
        unit_price: the printed price of one unit; ``None`` where there is none.
        amount: what the customer pays for the line. It may differ from ``quantity`` times ``unit_price``, where a cap
            applies or tax is added (the trace says which).
        tax_class: the tax class of the tariff.
        kind: "revenue", "held" (a deposit), "penalty" or "debt".
        tags: words of the product that rules of the order may name.
        net: the amount without tax; ``None``: not known.
        basis: "incl" if ``amount`` includes the tax; "excl" only where the tax is not known.
    """

    item: str
    product: str
    text: str
    quantity: int | Decimal
    unit: str
    unit_price: Money | None
    amount: Money
    tax_class: str
    kind: Kind = "revenue"
    tags: tuple[str, ...] = ()
    net: Money | None = None
    basis: Literal["incl", "excl"] = "incl"


@attrs.frozen(weakref_slot=False)
class Use:
    """Units of a lot that cover an item.

    Attributes:
        lot: id of the lot.
        account: its account.
        units: how many units.
        item: id of the item.
        why: the code of why this lot came first (see the trace).
        value: what was paid for one unit, in minor units; ``None``: not known.
        money: whether the units are minor units of money: a voucher that pays.
    """

    lot: str
    account: str
    units: int
    item: str
    why: str
    value: int | None = None
    money: bool = False


@attrs.frozen
class Granted:
    """What a product gives to the buyer.

    Attributes:
        account: the account that is filled.
        units: how many units, in minor units for an account of money; ``None``: no limit.
        unit: the name of the unit.
        renews: the period after which they are given again; empty: once.
        rollover: whether unused units stay when they are given again.
        item: id of the item that gives them; of a product that was bought along with it ``item+product``.
    """

    account: str
    units: int | None
    unit: str
    renews: str = ""
    rollover: bool = False
    item: str = ""


@attrs.frozen
class DueLater:
    """An amount that is due later.

    Attributes:
        item: id of the item.
        amount: how much is due.
        kind: "revenue" for the rest of a price, "held" for a deposit.
        day: until when; ``None`` where the list does not say.
    """

    item: str
    amount: Money
    kind: Literal["revenue", "held"]
    day: date | None


@attrs.frozen
class Refusal:
    """Why there is no price for an item.

    Attributes:
        code: one of ``REFUSAL_CODES``.
        what: what it is about: the rule, fact or product that stands against it.
        item: id of the item; empty: the whole order.
        why: the reason in the words of the list.
        facets: what has to be asked for ("incomplete").
        low: the least amount that the list prints ("from", "about", "between"); never a price.
        high: the greatest amount that the list prints; never a price.
        due_now: the least down payment.
        limit: for "limit_reached": how many units may be used in the scope ``same``; ``None`` where an account has too
            few.
        unit: the unit of the limit.
        same: the scope of the limit.
    """

    code: str
    what: str
    item: str = ""
    why: str = ""
    facets: tuple[str, ...] = ()
    low: Money | None = None
    high: Money | None = None
    due_now: Money | None = None
    limit: int | None = None
    unit: str = ""
    same: tuple[str, ...] = ()

    def text(self, lang: Lang = "en", names: Names = NO_NAMES) -> str:
        """The refusal as a sentence.

        Args:
            lang: "fr" or "en".
            names: names of products by id (``Tariff.names``).
        """
        from cantinekit.pricing import texts

        return texts.refusal(self, lang, names)


@attrs.frozen(weakref_slot=False)
class Step:
    """What became of one declared rule, for one item.

    Attributes:
        item: id of the item.
        product: id of the product.
        phase: the phase in which the rule is looked at.
        rule: the kind of rule, by its key in the file.
        id: its id in the file.
        status: "applied", "refused" or "not_applicable".
        why: the code of the reason.
        before: the sum of the item's lines before it.
        after: the sum of the item's lines after it.
        values: what the result was computed from.
    """

    item: str
    product: str
    phase: Phase
    rule: str
    id: str
    status: Status
    why: str
    before: Money
    after: Money
    values: Mapping[str, Any] = attrs.field(factory=FrozenMap, converter=frozen)

    @property
    def amount(self) -> Money:
        return self.after - self.before

    def data(self) -> dict[str, Any]:
        """The step as plain data for JSON; amounts are texts that ``Money.parse`` reads."""
        return {field.name: plain(getattr(self, field.name)) for field in attrs.fields(Step)}


class Reasons(Protocol):
    """Where a quote has its reasons from."""

    @property
    def trace(self) -> tuple[Step, ...]: ...

    @property
    def documents(self) -> tuple[TaxDocument, ...]: ...

    @property
    def later(self) -> tuple[DueLater, ...]: ...

    @property
    def names(self) -> Names: ...

    def explanation(self) -> list[dict[str, Any]]: ...


@attrs.frozen
class Told:
    """Reasons that are there already."""

    trace: tuple[Step, ...] = ()
    documents: tuple[TaxDocument, ...] = ()
    later: tuple[DueLater, ...] = ()
    names: Names = NO_NAMES

    def explanation(self) -> list[dict[str, Any]]:
        return [step.data() for step in self.trace]


@attrs.frozen(weakref_slot=False)
class Quote:
    """The answer to a question: a price in lines, or refusals.

    Lines, uses and moves of a refused item are left out, so that ``total`` is the known part; where only the tax is not
    known ("tax_unknown") they are kept, without it.

    Attributes:
        total: the sum of the lines that are part of the price.
        lines: the lines of the bill.
        uses: the units that cover items.
        meters: (meter, move) pairs, each meter once, no move below 0; a meter with a move of 0 was read and decided
            something.
        state: the state after the purchase.
        tariff_id: id of the tariff.
        tariff_version: hash of the content of the tariff.
        semantics: the version of the meaning of the engine: the same tariff, question, state and number give the same
            quote.
        refusals: why items have no price.
        net: what the customer pays without tax; ``None``: the tariff does not say enough.
        gross: what the customer pays; ``None``: the tariff does not say enough.
        due_now: what is due at once; ``None``: the list does not say.
        in_units: what is due in units that are not money, by unit.
        grants: what is given to the buyer.
        pending: (item, fact) pairs of facts that are measured after use.
        reasons: makes the trace and the documents when they are asked for.
    """

    total: Money
    lines: tuple[Line, ...]
    uses: tuple[Use, ...]
    meters: tuple[tuple[str, int], ...]
    state: State
    tariff_id: str
    tariff_version: str
    semantics: int
    refusals: tuple[Refusal, ...]
    net: Money | None = attrs.field(default=None, eq=False, repr=False)
    gross: Money | None = None
    due_now: Money | None = None
    in_units: Mapping[str, int | Decimal] = attrs.field(factory=FrozenMap)
    grants: tuple[Granted, ...] = ()
    pending: tuple[tuple[str, str], ...] = ()
    reasons: Reasons = attrs.field(default=Told(), eq=False, repr=False)

    @property
    def trace(self) -> tuple[Step, ...]:
        """What became of every declared rule, item by item."""
        return self.reasons.trace

    @property
    def documents(self) -> tuple[TaxDocument, ...]:
        """The tax documents; credits stand in a document of their own."""
        return self.reasons.documents

    @property
    def due_later(self) -> tuple[DueLater, ...]:
        """What is not due at once, by the day."""
        return self.reasons.later

    @property
    def tax(self) -> Money | None:
        """The tax of the whole; ``None`` where it is not known."""
        taxes = [document.tax for document in self.documents]
        return None if None in taxes else Money(sum(tax or 0 for tax in taxes), self.total.currency)

    @property
    def paid(self) -> Money:
        """What vouchers pay of it."""
        return Money(sum(use.units for use in self.uses if use.money), self.total.currency)

    @property
    def held(self) -> Money:
        """What is held and given back."""
        return self._of("held")

    @property
    def debt(self) -> Money:
        """What is owed and was not paid."""
        return self._of("debt")

    def _of(self, kind: str) -> Money:
        return Money.sum((line.amount for line in self.lines if line.kind == kind), self.total.currency)

    @property
    def value_used(self) -> Money | None:
        """What was paid for the units that are used; ``None`` where a lot does not say it."""
        values = [None if use.value is None else use.value * use.units for use in self.uses]
        return None if None in values else Money(sum(value or 0 for value in values), self.total.currency)

    @property
    def ok(self) -> bool:
        """Whether everything has a price."""
        return not self.refusals

    def explain(self, lang: Lang = "en", form: Literal["text", "markdown"] = "text", names: Names | None = None) -> str:
        """The quote with its reasons, as text or as Markdown.

        Args:
            lang: "fr" or "en".
            form: "text" or "markdown".
            names: names of products by id; ``None``: those of the tariff that made the quote. A product that they do
                not have is named by its id.

        Raises:
            InputError: no such language or form.
        """
        if form not in ("text", "markdown"):
            raise InputError(f"no explanation as {shown(form)}; there are 'text' and 'markdown'")
        from cantinekit.pricing import markdown, texts

        write = texts.quote if form == "text" else markdown.markdown
        return write(self, lang, self.reasons.names if names is None else names)

    def explanation(self) -> list[dict[str, Any]]:
        """The steps as plain data for JSON. Amounts are texts that ``Money.parse`` reads."""
        return self.reasons.explanation()


def plain(value: object) -> Any:
    """The same value in lists, dictionaries, texts, integers and truths alone."""
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


NO_UNITS: FrozenMap[int | Decimal] = FrozenMap()
