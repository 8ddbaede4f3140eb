"""Rows by columns: what the programs over columns can answer, customer by customer; the rest is left to the fold.

Products that share accounts or pools are a family. Where all that a family counts is of a person, the customers are
independent of each other: one of them who has a row that no program answers takes the fold, the others do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.common.extras import arrow, np
from cantinekit.errors import InputError, RowError
from cantinekit.pricing.engine.held import with_needs
from cantinekit.pricing.kernel import Groups, Program, group
from cantinekit.pricing.quote import Quote
from cantinekit.pricing.replaying._answers import FIGURES, PHASES, Answers
from cantinekit.pricing.replaying._columns import Array
from cantinekit.pricing.replaying._fold import Pricer, Standing, fold
from cantinekit.pricing.replaying._frames import Table
from cantinekit.pricing.replaying._giving import Giving
from cantinekit.pricing.replaying._inputs import ProgramColumns, columns_for, keys_of, scope_codes
from cantinekit.pricing.replaying._lots import MOST_LOTS, MOST_UNITS, Account
from cantinekit.pricing.replaying._usages import Usages
from cantinekit.pricing.values import State

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._scanned import Balance, ColumnProgram
    from cantinekit.pricing.compiled._scopes import ScopeMeter
    from cantinekit.pricing.model.product import Product
    from cantinekit.pricing.tariff import Tariff

Kernel = Callable[[Mapping[str, Array], Mapping[str, Array]], Mapping[str, Array]]
"""Columns of inputs and of keys to the outputs of a program."""
Emit = Callable[[Program], tuple[Kernel, int]]
PIECE = 100_000
"""About so many rows are in work at once, where the customers are independent of each other."""


@attrs.frozen(eq=False)
class Counted:
    """The meters of one scope after the rows that columns have answered; grouped when somebody asks for them."""

    scope: Scope
    used: Array

    def table(self) -> Table:
        """The meters as an Arrow table."""
        scope = self.scope
        keys, who = keys_of(scope.usages, scope.scope, scope.firsts)
        lasts = scope.groups.order[scope.groups.starts + scope.groups.counts - 1]
        return arrow.table({"customer": who, "meter": keys, "used": arrow.array(self.used[lasts], arrow.int64())})


@attrs.define(eq=False)
class Batch:
    """The rows of a replay, of which columns answer what they can.

    Attributes:
        programs: the programs of the tariff.
        usages: all rows.
        standing: what there is before them; what columns answer is moved on.
        out: where the answers go.
        emit: makes a program a function of columns, and says whose.
        counted: the meters that columns have moved.
    """

    programs: Any
    usages: Usages
    standing: Standing
    out: Answers
    emit: Emit
    counted: list[Counted] = attrs.field(factory=list)

    def run(self) -> None:
        """Answer what columns can answer; the other rows have no ``way`` afterwards."""
        if not self.programs.plain:
            for name in self.usages.products.values:
                self.programs.columns(name)  # which says why not
            return
        names = list(self.usages.products.values)
        sold = [name for name in names if self._gives(name)]
        if sold:  # what they cost depends on nothing that rows move, and others see what they give by its place
            for name in sold:
                self._family([name])
            rows = self._rows(sold, False)
            rows = rows[(self.out.way[rows] < 0) & ~self.usages.apart[rows]].tolist()
            fold(Pricer(self.programs, programs=True), self.usages, rows, self.standing, self.out)
        for family in self.programs.families(names):
            self._family([name for name in family if name not in sold])

    def _program(self, name: str) -> ColumnProgram | None:
        """The program of a product; none of one whose units could be given too late."""
        product = self.programs.parts.products.get(name)
        found: ColumnProgram | None = self.programs.columns(name)
        return None if product is not None and product.grant and not self._gives(name) else found

    def _gives(self, name: str) -> bool:
        """Whether a product gives units, and its price depends on nothing that rows move."""
        parts = self.programs.parts
        product = parts.products.get(name)
        if any(coupon.limit for coupon in parts.coupons.values()):
            return False
        if product is None or not product.grant or product.cover or product.rank or product.scope or product.needs:
            return False
        return not any(rule.same for rule in product.adjusts)

    def _family(self, names: list[str]) -> None:
        """Answer the rows of products that share something, product by product where a customer has rows of one."""
        usages = self.usages
        groups = _groups(usages)
        left_out = np.zeros(len(usages.customers.values) + usages.length, bool)
        left_out[groups[usages.apart]] = True
        products = [self.programs.parts.products[name] for name in names if name in self.programs.parts.products]
        personal = all("person" in same for product in products for same in _scopes(product))
        programs = {name: program for name in names if (program := self._program(name)) is not None}
        rows = self._rows(names, personal)
        if len(programs) < len(names):
            known = [usages.products.values.index(name) for name in programs]
            left_out[groups[rows[~np.isin(usages.products.codes[rows], known)]]] = True
        mixed = self._mixed(rows, groups) if personal else np.full(len(left_out), len(programs) > 1)
        joined = self.programs.columns(*programs) if len(programs) > 1 and mixed.any() else None
        balances = [balance for program in (*programs.values(), joined) if program for balance in program.balances]
        told = self._told(balances, groups, left_out)
        family = _Family(self, programs, joined, personal, groups, left_out, told, mixed)
        for some in _pieces(rows, groups) if personal else [rows]:
            family.answer(some)

    def _rows(self, names: list[str], personal: bool) -> Array:
        """The rows of products, in an order in which they are folded, of all or of each customer."""
        usages = self.usages
        rows = usages.by_customer if personal else usages.order
        codes = [usages.products.values.index(name) for name in names]
        return rows if len(codes) == len(usages.products.values) else rows[np.isin(usages.products.codes[rows], codes)]

    def _mixed(self, rows: Array, groups: Array) -> Array:
        """Who has rows of several products."""
        products = self.usages.products.codes[rows]
        mixed = np.zeros(len(self.usages.customers.values) + self.usages.length, bool)
        if len(products) and (products != products[0]).any():
            last = np.full(len(mixed), -1, np.int64)
            last[groups[rows]] = products
            mixed[groups[rows[products != last[groups[rows]]]]] = True
        return mixed

    def _told(self, balances: Iterable[Balance], groups: Array, left_out: Array) -> Array:
        """Whose lots have to be told apart: they expire, or are not there from the first day on.

        Who has too many of them, or several that products would use in different orders, is left to the fold; and who
        has a row of which nobody knows when it begins.
        """
        usages = self.usages
        told = np.zeros(len(left_out), bool)
        if not self.standing.lots:
            return told
        days = np.where(usages.days >= 0, usages.days, usages.bought_days)
        first = int(days[days >= 0].min(initial=2**31 - 1))
        codes = {customer: code for code, customer in enumerate(usages.customers.values)}
        for balance in balances:
            account = Account(usages, self.standing, balance)
            for customer in self.standing.lots.keys() & codes.keys():
                code, mine = codes[customer], [one for one in account.held(customer) if one.lot.left]
                told[code] |= any(
                    one.lot.expires is not None or one.first > first or one.bought_at >= 0 for one in mine
                )
                left_out[code] |= sum(one.lot.left for one in mine) > MOST_UNITS or len(mine) > MOST_LOTS
                left_out[code] |= len(mine) > 1 and not balance.one_order
        if told.any():
            left_out[groups[told[groups] & (usages.ends < 0)]] = True
        return told


@attrs.frozen(eq=False)
class _Family:
    """Products that share something.

    Attributes:
        batch: all rows.
        programs: the programs of those that have one.
        joined: that of all of them, for customers who have rows of several.
        personal: whether all that is counted is of a person.
        groups: the customer of each row.
        left_out: the customers who are left to the fold.
        told: those whose lots are told apart.
        mixed: those who have rows of several products.
    """

    batch: Batch
    programs: Mapping[str, ColumnProgram]
    joined: ColumnProgram | None
    personal: bool
    groups: Array
    left_out: Array
    told: Array
    mixed: Array

    def answer(self, rows: Array) -> None:
        """Answer rows of the products; where all is counted by person, all rows of some customers."""
        usages, groups = self.batch.usages, self.groups
        alone: list[tuple[str, ProgramColumns]] = []
        for name, program in self.programs.items():
            codes, values = usages.products.codes, usages.products.values
            mine = rows[codes[rows] == values.index(name)] if len(values) > 1 else rows
            columns = columns_for(program, usages, mine)
            alone.append((name, columns))
            self.left_out[groups[mine[~columns.good]]] = True
        if not self.personal and (self.left_out | self.told)[groups[rows]].any():
            return  # what one row moves any other may read
        for name, columns in alone:
            self._answer((name,), columns.only(~self.mixed[groups[columns.rows]]))
        rows = rows[self.mixed[groups[rows]] & ~self.left_out[groups[rows]]]
        if self.joined is not None and len(rows):
            self._answer(tuple(self.programs), columns_for(self.joined, usages, rows))

    def _answer(self, names: tuple[str, ...], columns: ProgramColumns) -> None:
        """Answer the rows whose customers are not left out: those whose lots are told apart, and the others."""
        told = self.told[self.groups[columns.rows]]
        for lots in (0, MOST_LOTS) if told.any() else (0,):
            mine = columns.only(told == bool(lots))
            program = self.batch.programs.columns(*names, lots=lots) if len(mine.rows) else None
            if program is not None:
                self._answer_all(program, mine)

    def _answer_all(self, program: ColumnProgram, columns: ProgramColumns) -> None:
        """Answer rows, as long as that leaves out others."""
        work = _Work(self.batch, program, *self.batch.emit(program.program))
        while True:
            out = self.left_out[self.groups[columns.rows]]
            if not self.personal and out.any():
                self.left_out[self.groups[columns.rows]] = True
                return
            columns = columns.only(~out)
            if not len(columns.rows):
                return
            wrong = work.answer(columns)
            if wrong is None:
                return
            self.left_out[self.groups[wrong]] = True


def _pieces(rows: Array, groups: Array) -> Iterable[Array]:
    """The rows in pieces, so that not all of them are in work at once; each has all rows of its customers, in order."""
    if len(rows) <= PIECE:
        return [rows]
    piece = (np.cumsum(np.bincount(groups[rows])) // PIECE)[groups[rows]]
    order = np.argsort(piece.astype(np.uint16), kind="stable")  # of 16 bits, which takes no comparisons
    ends = np.cumsum(np.bincount(piece))
    return [one for one in np.split(rows[order], ends[:-1]) if len(one)]


def _groups(usages: Usages) -> Array:
    """A number from 0 for each row, the same for all rows of a customer; who is not named has one for each row."""
    codes = usages.customers.codes
    return (
        codes
        if (codes >= 0).all()
        else np.where(codes >= 0, codes, len(usages.customers.values) + np.arange(usages.length))
    )


def _scopes(product: Product) -> Iterable[tuple[str, ...]]:
    """The scopes in which a product counts something."""
    yield from (cover.same or (cover.limit.same if cover.limit else ("person",)) for cover in product.cover)
    yield from (rule.same or ("person",) for rule in product.adjusts)
    yield product.rank.same if product.rank else ("person",)
    yield product.scope or ("person",)


def everybodys(tariff: Tariff) -> frozenset[str]:
    """The products of which a row sees what others than its customer have used."""
    parts = tariff.parts
    kept = [rule.same for group in parts.order.adjust for rule in group.rules if rule.same]
    kept += [coupon.limit.same for coupon in parts.coupons.values() if coupon.limit is not None]
    if any("person" not in same for same in kept):
        return frozenset(parts.products)
    own = {name for name, product in parts.products.items() if all("person" in same for same in _scopes(product))}
    return frozenset(name for name in parts.products if not own.issuperset(with_needs(parts, name)))


@attrs.define(eq=False)
class _Work:
    """One product by columns."""

    batch: Batch
    program: ColumnProgram
    kernel: Kernel
    way: int

    def answer(self, columns: ProgramColumns) -> Array | None:
        """Answer all rows, or give the rows that only the fold can answer; nothing is written then."""
        batch = self.batch
        known = dict(columns.known)
        accounts = [Account(batch.usages, batch.standing, balance) for balance in self.program.balances]
        for account in accounts:
            known |= account.known(columns)
        scopes = [Scope(batch.usages, meter.scope, columns.rows) for meter in self.program.meters]
        for meter, scope in zip(self.program.meters, scopes, strict=True):
            known[meter.opening] = scope.opening(batch.standing)
        try:
            found = self.kernel(known, columns.keys)
        except InputError:  # a meter beyond what a scan may come to
            return columns.rows
        ok = found["ok"] != 0
        unsure = ok & (found["sure"] == 0)
        if unsure.any():
            return columns.rows[unsure]
        answers = {
            place: self._refusal(int(columns.rows[place]), place, found, known, scopes, accounts)
            for place in np.flatnonzero(~ok).tolist()
        }
        priced = [place for place, answer in answers.items() if answer.ok]
        if priced:
            return columns.rows[priced]
        for place, answer in answers.items():
            batch.out.refuse(columns.rows[place], answer)
        self._write(columns, found, ok)
        for scope in scopes:
            batch.counted.append(scope.after(batch.standing, found))
        for account in accounts:
            account.spend(columns, found)
        giving = Giving(batch.usages, batch.standing.lots, batch.standing.not_given)
        for member in self.program.members:
            if member.product.grant:
                giving.by_columns(member.product, columns.rows[ok], found["gross"][ok])
        return None

    def _write(self, columns: ProgramColumns, found: Mapping[str, Array], ok: Array) -> None:
        out, rows, whole = self.batch.out, columns.rows, bool(ok.all())
        for name in FIGURES:
            out.figures[name][rows] = found[name] if whole else np.where(ok, found[name], 0)
        out.priced[rows] = ok
        out.way[rows] = np.where(ok, self.way, PHASES)
        out.progress.more(len(rows))

    # --- refusals ---

    def _refusal(
        self,
        row: int,
        place: int,
        found: Mapping[str, Array],
        known: Mapping[str, Array],
        scopes: list[Scope],
        accounts: list[Account],
    ) -> Quote:
        """The answer of the phases to a row without a price, with the state that the scans say there was."""
        order = self.batch.usages.question(row)
        meters = {key: int(found[scope.name][place]) for scope in scopes if (key := scope.key(place)) is not None}
        lots = [lot for account in accounts for lot in account.before(row, place, known, found)]
        try:
            return Pricer(self.batch.programs, programs=False).ask(order, State().moved(meters, tuple(lots)))[0]
        except (InputError, OverflowError) as error:
            raise RowError(row, "", "value", str(error)) from None


@attrs.frozen(eq=False, slots=False)
class Scope:
    """The meters of one scope for some rows: a group for each meter."""

    usages: Usages
    scope: ScopeMeter
    rows: Array

    @property
    def name(self) -> str:
        return self.scope.input

    @cached_property
    def groups(self) -> Groups:
        """The rows of each meter."""
        codes = [scope_codes(self.usages, name, self.rows) for name in self.scope.same]
        return group(np, codes, len(self.rows))

    @cached_property
    def firsts(self) -> Array:
        """The first row of each meter."""
        return self.rows[self.groups.order[self.groups.starts]]

    @cached_property
    def keys(self) -> list[str | None]:
        """The key of each meter; ``None``: nobody's."""
        found: list[str | None] = keys_of(self.usages, self.scope, self.firsts)[0].to_pylist()
        return found

    def key(self, place: int) -> str | None:
        """The key of the meter of a row."""
        return self.keys[int(self.groups.code[place])]

    def opening(self, standing: Standing) -> Array:
        """Where the meter of each row stands before the first one."""
        if not standing.meters.values:
            return np.zeros(len(self.rows), np.int64)
        stands = [0 if key is None else standing.meters.at(key) or 0 for key in self.keys]
        return np.array(stands, np.int64)[self.groups.code]

    def after(self, standing: Standing, found: Mapping[str, Array]) -> Counted:
        """Where the meters stand after the last row; the shelf has them no more."""
        for key in self.keys if standing.meters.values else ():
            if key is not None:
                standing.meters.pop(key)
        return Counted(self, found[self.name] + found[f"moved by {self.name}"])
