"""The face of the library: a running house, of one place or of a network."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import attrs

from cantinekit import commands as cmd
from cantinekit.clock import Clock, Period, SystemClock, instant
from cantinekit.commands import Command, PricePromise, Register, SellLine, ShareFeed, SystemCommand
from cantinekit.common.arguments import checked
from cantinekit.common.fields import check_text
from cantinekit.common.typography import Lang
from cantinekit.domain.catalogue.publication import CheckedTariff, with_passes
from cantinekit.domain.decision import Ids, PriceQuote
from cantinekit.domain.passes.timeline import Timeline
from cantinekit.domain.payments.records import NO_GATEWAYS
from cantinekit.domain.people.events import PersonForgotten
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.values import FactLike
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import State
from cantinekit.errors import (
    AccountError,
    CantineError,
    CurrencyError,
    InputError,
    NotForSaleError,
    OpenTransactionError,
    PublicationError,
    RefusedError,
    TariffError,
    WrongStateError,
)
from cantinekit.errors.shown import shown
from cantinekit.messages import Texts, own_texts
from cantinekit.messages.links import Links, check_links
from cantinekit.plugins.ports import JournalEntry, Key, LendingStorage, Notifier, PaymentGateway, Storage
from cantinekit.plugins.registry import Registry
from cantinekit.pricing import Quote
from cantinekit.reads import OrganisationExport, PaymentPage, PersonExport, Reader
from cantinekit.reads.books import sealing
from cantinekit.reads.kept import forget_answers
from cantinekit.reads.people import export_organisation, export_person
from cantinekit.reads.status import Status, status_of
from cantinekit.records import (
    Attempt,
    Booking,
    BookingSeries,
    Erasure,
    FeedLink,
    Order,
    Pass,
    Person,
    Record,
    Registration,
    Subject,
    Task,
    Visit,
)
from cantinekit.runtime import codec
from cantinekit.runtime.awaiting import PATIENCE, await_answer
from cantinekit.runtime.dry_run import DryRunStorage
from cantinekit.runtime.engine import SECOND_STEPS, Committed, Effects, Engine, IdempotentRequest
from cantinekit.runtime.indexing import index_people
from cantinekit.runtime.outbox import DueReport, Outbox, every_task
from cantinekit.runtime.outcome import Outcome, outcome_of
from cantinekit.runtime.retention import sweep
from cantinekit.scheduling.availability import Availability, Question
from cantinekit.scheduling.calendars import new_feed_token
from cantinekit.taking_over import Imports

R = TypeVar("R")


def random_ids(prefix: str) -> str:
    """A new id: the prefix and 24 random hexadecimal digits.

    Args:
        prefix: what the id begins with, such as "bkg"; an underscore follows.
    """
    return f"{prefix}_{secrets.token_hex(12)}"


@attrs.frozen
class SharedFeed:
    """A secret address of a feed, as it was made.

    Attributes:
        token: the secret: whoever has it sees the feed. It is stored nowhere, and shown by no ``repr``.
        link: what is stored of it.
    """

    token: str = attrs.field(repr=False)
    link: FeedLink


class Cantine:
    """A running house: its store, its gateway accounts, its notifiers.

    Use ``Cantine.open``. It is safe to use from several threads, and several processes may open one store.

    Args:
        storage: the open store.
        gateways: the open gateways, by the names of their accounts.
        notifiers: the open notifiers; each message is sent once through each of them.
        clock: gives the present instant; ``None``: the clock of the system.
        ids: makes new ids from a prefix.
        registry: the plug-ins whose observers hear of stored events; ``None``: nobody does.
        effects: what a command carries out before it returns, of what follows from it: "payments" (charges, refunds
            and whatever else is no message), "all" (messages too) or "none". The rest waits for ``run_due``.
            A store that joins the host's transaction always has "none".
        messages: texts of the host in the place of those of the library.
        patience: how long a repeat of a request waits for the answer of a gateway that is being asked, from nothing on.
        links: where the pages of the host show what a message is about, as ``Cantine.open`` says.

    Raises:
        InputError: an account is called "credit", "mandate", "opening", "sponsor" or "voucher"; or ``messages`` names a
            template or a word that there is not; or ``links`` lead nowhere; or ``effects`` is none of its words; or
            ``patience`` is less than nothing.

    Attributes:
        read: the ``Reader`` of this house.
        imports: takes rows of another system over, and says before what is wrong with them.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        gateways: Mapping[str, PaymentGateway] | None = None,
        notifiers: Sequence[Notifier] = (),
        clock: Clock | None = None,
        ids: Ids = random_ids,
        registry: Registry | None = None,
        effects: Effects = "payments",
        messages: Texts | None = None,
        patience: timedelta = PATIENCE,
        links: Links | None = None,
    ) -> None:
        if taken := NO_GATEWAYS.intersection(gateways or {}):
            raise InputError(f"a gateway account is not called {min(taken)}: the house calls what is no gateway so")
        if patience < timedelta():
            raise InputError("patience is how long to wait: nothing, or more")
        self._patience = patience
        self._storage = storage
        self._gateways = dict(gateways or {})
        self._notifiers = tuple(notifiers)
        self._clock = clock or SystemClock()
        self._ids = ids
        recorded, self._before = _called_at_run_time(registry)
        self._recorded = partial(_recorded, recorded)
        self._alike = partial(
            Cantine,
            gateways=self._gateways,
            notifiers=self._notifiers,
            clock=self._clock,
            ids=ids,
            registry=registry,
            messages=messages,
            patience=patience,
            links=links,
        )
        self._engine = self._make_engine(
            storage, effects="none" if storage.capabilities.joins_host_transaction else effects
        )
        self._journal = 0
        self.read = Reader(storage, self.now)
        self.imports = Imports(self._carry, self._rehearsal, self.read)
        self._outbox = Outbox(
            self._engine,
            self._gateways,
            self._notifiers,
            own_texts(messages),
            links=check_links(links),
            seal=partial(sealing, self.read),
        )

    @classmethod
    def open(
        cls,
        storage: str | Storage,
        *,
        payments: str | PaymentGateway | Mapping[str, str | PaymentGateway] | None = None,
        notify: Sequence[str | Notifier] = (),
        clock: Clock | None = None,
        ids: Ids = random_ids,
        registry: Registry | None = None,
        effects: Effects = "payments",
        messages: Texts | None = None,
        patience: timedelta = PATIENCE,
        links: Links | None = None,
    ) -> Cantine:
        """Open a house by the URLs of its backends, or by objects in their place.

        Args:
            storage: the store, as a URL such as "sqlite:///cantine.db" or as an object.
            payments: the gateways by the names of their accounts, each a URL or an object; a single one is called
                ``default``.
            notify: the notifiers, each a URL or an object; each message is sent once through each of them.
            clock: gives the present instant; ``None``: the clock of the system.
            ids: makes new ids from a prefix.
            registry: the plug-ins that open URLs and observe events; ``None``: those that are installed.
            effects: what a command carries out before it returns, of what follows from it: "payments" (charges,
                refunds and whatever else is no message), "all" (messages too) or "none". The rest waits for
                ``run_due``. A store that joins the host's transaction always has "none".
            messages: texts of yours in the place of those of the library.
            patience: how long a repeat of a request waits for the answer of a gateway that is being asked, from nothing
                on.
            links: where your pages show what a message is about: URLs by the kind of record, such as
                ``{"booking": "https://example.org/bookings/{id}"}``, or a function that gives one for a ``Subject``,
                or ``None``. The link stands in the message.

        Raises:
            InputError: an account is called "credit", "mandate", "opening", "sponsor" or "voucher"; ``messages`` names
                a template or a word that there is not, or ``links`` a kind of record or a URL that leads nowhere: all
                mistakes are listed; ``effects`` is none of its words; ``patience`` is less than nothing.
            UrlError: an unknown scheme or option.
            PluginError: two plug-ins claim one scheme.
            BackendError: a backend cannot be opened.
        """
        registry = registry or Registry.load()
        if payments is not None and not isinstance(payments, Mapping):
            payments = {"default": payments}
        gateways = {
            name: registry.gateway(one) if isinstance(one, str) else one for name, one in (payments or {}).items()
        }
        notifiers = [registry.notifier(one) if isinstance(one, str) else one for one in notify]
        opened = registry.storage(storage) if isinstance(storage, str) else storage
        return cls(
            opened,
            gateways=gateways,
            notifiers=notifiers,
            clock=clock,
            ids=ids,
            registry=registry,
            effects=effects,
            messages=messages,
            patience=patience,
            links=links,
        )

    def _make_engine(self, storage: Storage, *, effects: Effects) -> Engine:
        accounts = {name: gateway.capabilities for name, gateway in self._gateways.items()}
        return Engine(
            storage,
            self._clock,
            self._ids,
            accounts,
            channels=len(self._notifiers),
            effects=effects,
            recorded=self._recorded,
        )

    def within(self, connection: Any) -> Cantine:
        """This house on a connection of the host: what it stores stands or falls with the transaction of the host.

        Nothing is charged and nobody told before the commit: call ``run_due`` of this house after it. Where rows
        changed meanwhile, ``StaleVersionError`` says so; the transaction is then as it was before the call.

        Args:
            connection: a ``psycopg.Connection`` to the database of the house. One thread at a time uses it, and what is
                made here with it. Closing what is made here leaves it open.

        Raises:
            InputError: the store of the house takes no connection, or not such a one.
            StorageError: its texts are not in UTF-8.
        """
        if not isinstance(self._storage, LendingStorage):
            raise InputError("the store of this house works on no connection of the host: that of PostgreSQL does")
        return self._alike(self._storage.joining(connection))

    def close(self) -> None:
        """Close the store."""
        self._storage.close()

    def __enter__(self) -> Cantine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> datetime:
        """The present instant, by the clock that was passed in."""
        return self._engine.now()

    # --- the general door ------------------------------------------------------------------------------------------

    def execute(self, command: Command[R], *, actor: str, idempotency_key: str | None = None) -> Outcome[R]:
        """Carry a command out: store one atomic change, then what follows from it.

        Args:
            command: what to do, a value of ``cantinekit.commands``.
            actor: who asks for it, as the host names them; not empty, at most 200 characters.
            idempotency_key: with a key the same request again, by the same actor, is answered with the same record. A
                repeat that comes while the gateway is being asked waits for its answer, up to ``patience``.

        Raises:
            RefusedError: understood and refused; nothing is changed by it. (Where something stands in the way of a
                narrowing or of forgetting somebody, the journal has it: announced and withdrawn.)
            InputError: the command, the actor or the key is not valid.
            BackendError: the store failed; with a key it is safe to try again.
            StaleVersionError: rows changed meanwhile, inside a transaction of the host, which has to try again.
            PluginError: a plug-in that is asked before each command failed; nothing was done.
        """
        _check(command, actor)
        asked = IdempotentRequest.of(command, actor, idempotency_key) if idempotency_key is not None else None
        if self._before is not None and (refusal := self._before(command, actor)) is not None:
            if asked is None:
                raise refusal
            asked = attrs.evolve(asked, refusal=refusal)
        before: list[Committed] = []
        try:
            done = self._engine.run(command, actor, asked=asked, before=before)
        except RefusedError:  # what had to be ended first is done all the same
            self._outbox.run_inline(task for one in before for task in every_task(one))
            raise
        followed = self._outbox.run_inline(every_task(done))
        return outcome_of(self.read.many, done, followed, self._wait)

    def _wait(self, begun: Sequence[Attempt]) -> bool:
        """Wait for the gateways that are being asked; whether there was anything to wait for."""
        return await_answer(self._engine, begun, self._patience)

    def preview(self, command: Command[R], *, actor: str) -> Outcome[R]:
        """A dry run: what ``execute`` would come to, with nothing stored, charged or sent.

        What a gateway would answer is not known: a charge through one is shown as begun. Of a price list the outcome
        says what its publication would change, and counts the live passes that it concerns. It raises what ``execute``
        raises.

        Args:
            command: what would be done.
            actor: who would ask for it.
        """
        return self._dry_run(command, actor)[0]

    def _dry_run(
        self, command: Command[R], actor: str, known: Mapping[Key, str | None] | None = None
    ) -> tuple[Outcome[R], Reader]:
        """What a command would come to, and a reader of the store as it would be then."""
        _check(command, actor)
        if self._before is not None and (refusal := self._before(command, actor)) is not None:
            raise refusal
        overlay = DryRunStorage(self._storage, known)
        engine = self._make_engine(overlay, effects="all")
        engine.recorded = lambda entries: None
        done = engine.run(command, actor)
        read = Reader(overlay, self.now)
        followed = Outbox(engine, {}, (), seal=partial(sealing, read)).run_inline(
            done.tasks, (*SECOND_STEPS, "expire", "seal")
        )
        outcome: Outcome[R] = outcome_of(read.many, done, followed)
        if outcome.publication is not None:
            counted = with_passes(outcome.publication, self.read.live_passes)
            outcome = attrs.evolve(outcome, publication=counted)
        return outcome, read

    def preview_timeline(
        self,
        command: Command[Pass],
        *,
        until: date | None = None,
        actor: str = "quote",
        known: Mapping[Key, str | None] | None = None,
    ) -> Timeline:
        """What a pass would be and cost, period by period, if a command were carried out: ``read.timeline`` of what is
        not bought, changed or paused yet. Nothing is stored.

        So a page says what a plan costs after its first period, which may be shorter, before somebody buys it.

        Args:
            command: what would be done, such as ``SellPass``, ``ChangePass``, ``PausePass`` or ``GiveNotice``.
            until: the last local day that is looked at; ``None``: twelve months from today.
            actor: who asks, as the host names them.
            known: what a reader for one page has read, ``known()`` of it: the store is not asked for it again;
                ``None``: nothing.

        Raises:
            RefusedError: it could not be done now.
            UnsuitableError: what it gives is given once and not sold.
            InputError: it is about no pass.
        """
        outcome, then = self._dry_run(command, actor, known)
        if not isinstance(outcome.value, Pass):
            raise InputError(f"command is about no pass: {type(command).__name__}")
        return then.timeline(outcome.value.id, until)

    def check_tariff(self, text: str, *, since: datetime | None = None, actor: str = "check") -> CheckedTariff:
        """What is wrong with a text of a price list, what becomes of its worked examples, and what its publication
        would change. Nothing is stored, and a text with faults is no error: it is for the page on which it is written.

        The passes that it concerns are counted, as by ``preview``.

        Args:
            text: the text of its TOML file, at most 262,144 characters.
            since: from when it would hold; ``None``: from now on.
            actor: who asks, as the host names them.

        Raises:
            InputError: the text is longer.
        """
        command = cmd.PublishTariff(text, since=since)
        try:
            tariff = read_tariff(text)
        except TariffError as error:
            return CheckedTariff(tuple(error.problems))
        examples = tuple(tariff.check())
        try:
            found = self.preview(command, actor=actor).publication
        except CurrencyError as error:
            return CheckedTariff(tariff.problems([(("tariff", "currency"), str(error))]), examples)
        except PublicationError as error:
            found = with_passes(error.publication, self.read.live_passes)
        return CheckedTariff(found.problems if found is not None else (), examples, found)

    def price_under(
        self,
        text: str,
        product_id: str,
        place_id: str,
        *,
        period: Period | None = None,
        day: date | None = None,
        count: int = 1,
        person_id: str | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        actor: str = "check",
    ) -> Quote:
        """What something would cost once a text of a price list were published: for the page on which it is written.

        What the person holds and has used counts, as in ``read.price``, which says what it costs now. Nothing is
        stored. What only speaks against the publication, such as a worked example that does not come out, is for
        ``check_tariff``.

        Args:
            text: the text of its TOML file.
            product_id: a product of the catalogue, or "list/product" of the text.
            place_id: where it would be sold.
            period: from when until when, of what has a time.
            day: the local day, of what has a day; not together with ``period``.
            count: how many, from 1 to 10,000.
            person_id: for whom; ``None``: nobody known, who holds nothing.
            facts: what the text asks to know, by name.
            codes: codes that were given, such as a coupon.
            actor: who asks, as the host names them.

        Raises:
            TariffError: the text is no price list; carries the problems.
            NotFoundError: there is no such product, place or person.
            NotForSaleError: the text refuses it; carries the reasons.
            IncompleteError: the text has to know more; says what.
            NoEntitlementError: it is sold for units only, and the person has none.
            WrongStateError: the product is retired, or the person is being forgotten, or was.
            CurrencyError: the text is in another currency than the place, or than the price list.
            InputError: an argument is out of range, the text is longer than a price list may be, or a fact is none that
                the text knows.
        """
        _, then = self._dry_run(cmd.PublishTariff(text, override="asked what it would cost"), actor)
        told = {"count": count, "person_id": person_id, "facts": facts, "codes": codes}
        return then.price(product_id, place_id, period=period, day=day, **told).price  # type: ignore[arg-type]

    def quote(self, command: Command[Any], *, actor: str = "quote") -> PriceQuote:
        """The price of a command with its reasons, and a promise that the command may carry.

        Args:
            command: what would be bought.
            actor: who asks, as the host names them.

        Raises:
            NotForSaleError: the command has no price.
            RefusedError: it could not be done now.
        """
        found = self.preview(command, actor=actor).quote
        if found is None:
            raise NotForSaleError(f"{type(command).__name__} has no price")
        return found

    def _carry(self, command: Command[Any], actor: str) -> bool:
        """Carry a command out, and say whether it changed anything."""
        return bool(self.execute(command, actor=actor).events)

    def _rehearsal(self) -> Callable[[Command[Any], str], bool]:
        """What does the same on a store in memory over the own one: each command sees what those before it made."""
        engine = self._make_engine(DryRunStorage(self._storage), effects="all")
        engine.recorded = lambda entries: None

        def carry(command: Command[Any], actor: str) -> bool:
            _check(command, actor)
            if self._before is not None and (refusal := self._before(command, actor)) is not None:
                raise refusal
            return bool(engine.run(command, actor).entries)

        return carry

    # --- what follows ----------------------------------------------------------------------------------------------

    @checked
    def run_due(self, *, limit: int = 1000, told: Callable[[DueReport], None] | None = None) -> DueReport:
        """Carry out the tasks of the outbox that are due: holds that ran out, charges and messages that wait or failed.

        It is safe to run anywhere but inside a transaction of the host, which could undo the record of a charge.

        Args:
            limit: the most tasks to carry out, 1 or more.
            told: called after each task with what the run has come to so far, for a bar that shows it. What it raises
                ends the run; what is leased by then waits for two minutes.

        Raises:
            OpenTransactionError: the store takes part in a transaction that is open; nothing was done.
            InputError: ``limit`` is less than 1.
        """
        if limit < 1:
            raise InputError("limit must be at least 1")
        if self._engine.in_host_transaction():
            raise OpenTransactionError("run_due inside a transaction of the host: call it after the commit")
        if isinstance(self._storage, LendingStorage):
            self._storage.tell_committed()
        return self._outbox.run_due(self.now(), limit, told)

    @checked
    def receive(self, account: str, body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
        """Take a webhook of a gateway account.

        Args:
            account: the name of the gateway account, as it was opened.
            body: the bytes of the request, as they came.
            headers: the headers of the request.

        Returns:
            for each observation in it ``recorded`` or ``quarantined``.

        Raises:
            AccountError: no such account.
            GatewayError: the signature is wrong, the body cannot be read, or it tells what no charge can have; then
                nothing of it is recorded.
        """
        gateway = self._gateways.get(account)
        if gateway is None:
            raise AccountError(f"there is no gateway account {shown(account)}")
        found = self._outbox.read_webhook(account, gateway, body, headers)
        return tuple(self._outbox.observe(account, seen) for seen in found)

    @checked
    def check_payment(self, charge_id: str) -> PaymentPage:
        """Ask the gateway what became of a charge that somebody was to pay, record it, and say where it stands.

        It is for the page to which the person comes back, who is there before the webhook is. Where there is nothing to
        ask, or the gateway does not answer, it says what is known, as ``read.payment_page`` does. Of a charge that is
        not owed any more the gateway is asked too: money that came too late goes back at once, and ``charge.refunded``
        says how much.

        Args:
            charge_id: the charge.

        Raises:
            NotFoundError: there is no such charge.
            BackendError: the store failed.
        """
        page = self.read.payment_page(charge_id)
        tried = page.charge.attempt_ids if page.state in ("open", "waiting", "over") else ()
        if tried and self._outbox.ask_again(tried[-1]):
            return self.read.payment_page(charge_id)
        return page

    @checked
    def replay_task(self, task_id: str) -> None:
        """Try a dead task again, starting with the first pause.

        A charge or refund that may already have been requested is looked up at its gateway first, however long ago that
        was.

        Args:
            task_id: the id of a task whose state is "dead".

        Raises:
            NotFoundError: there is no such task.
            WrongStateError: it is not dead.
        """
        task = self.read.need(Task, task_id)
        if task.state != "dead":
            raise WrongStateError(f"task {task.id}", state=task.state, wanted=["dead"])
        self._engine.save_task(
            attrs.evolve(task, state="waiting", forgiven=task.tries, due=self.now(), leased_until=None)
        )

    @checked
    def sweep(self, *, before: datetime) -> int:
        """Remove rows that only operation needed and that ended before an instant.

        Done tasks, answered requests and resolved quarantine are removed, and nothing that the journal made. It reads
        the requests and the quarantine that it removes, and all tasks. One change removes 500 rows, so other writers
        wait no longer than for that.

        Args:
            before: what ended at this instant or later stays.

        Returns:
            how many rows were removed.
        """
        return sweep(self._storage, instant(before))

    def status(self) -> Status:
        """How the house is: whether its store answers, what waits to be carried out, and what is stuck.

        It looks at what is not done, and never at what is, so that it costs the same however old the house is; of a
        kind it counts at most 10,000. It raises nothing where the store fails: the status says so.
        """
        found = status_of(self._storage, self.now(), after=self._journal)
        self._journal = found.journal or self._journal
        return found

    def index_people(self) -> int:
        """Make the index whole by which ``read.people`` finds people, in a store that an earlier version wrote.

        Whoever is added or changed is in the index by that. So it is needed once, after that version was replaced. It
        reads the whole journal. It may be ended, and called again at any time: it writes what is not there.

        Returns:
            how many rows were written.
        """
        return index_people(self._storage)

    # --- typed sugar for the common commands -----------------------------------------------------------------------

    def book(
        self,
        space_id: str,
        period: Period,
        *,
        actor: str,
        product_id: str | None = None,
        units: int = 1,
        person_id: str | None = None,
        account: str | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        extras: Mapping[str, int] | None = None,
        payer_id: str | None = None,
        on_account: bool = False,
        override: str | None = None,
        return_url: str | None = None,
        quote: PriceQuote | PricePromise | None = None,
        groups: Sequence[str] = (),
        with_units: Mapping[str, int] | None = None,
        id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Outcome[Booking]:
        """Book a space: ``commands.Book``. It raises what ``execute`` raises.

        Args:
            space_id: the space.
            period: from when until when.
            actor: who asks for it, as the host names them.
            product_id: what is bought, of the catalogue or of a price list, which says what it costs; ``None``: the
                product of the space.
            units: how many units of the space, 1 or more.
            person_id: who has it and pays; ``None``: nobody in particular.
            account: the gateway account that takes the money now; ``None``: it stays due, for ``Pay``.
            facts: what the price list asks to know, by name.
            codes: codes that were given, such as a coupon.
            extras: products of the price list that are bought along with it, and how many of each.
            payer_id: the person who owes it; ``None``: the person it is for.
            on_account: whether it stands and is paid later, on the day that the price list gives.
            override: why staff book against the opening hours or the terms of the space; ``None``: these rules hold.
            return_url: where the gateway sends the payer back to.
            quote: a price that ``quote`` promised, which is charged; ``None``: the price of now.
            groups: the requester's groups as the host knows them, checked against the audience of the space.
            with_units: how many units of each equipment go with it, by the id of the equipment.
            id: the id of the booking; ``None``: one is made up.
            idempotency_key: with a key the same request again is answered with the same record.
        """
        command = cmd.Book(
            space_id=space_id,
            product_id=product_id,
            period=period,
            units=units,
            person_id=person_id,
            account=account,
            facts=facts or {},
            codes=codes,
            extras=extras or {},
            payer_id=payer_id,
            on_account=on_account,
            override=override,
            return_url=return_url,
            quote=quote,
            groups=groups,
            with_units=with_units or {},
            id=id,
        )
        return self.execute(command, actor=actor, idempotency_key=idempotency_key)

    @checked
    def cancel(
        self, id: str, *, actor: str, idempotency_key: str | None = None
    ) -> Outcome[Booking | BookingSeries | Registration | Order | Pass]:
        """Cancel a booking, a series of bookings, a registration, an order or a pass, whichever has this id.

        Args:
            id: the id of what to cancel.
            actor: who asks for it, as the host names them.
            idempotency_key: with a key the same request again is answered with the same record.

        Raises:
            NotFoundError: none of them has it.
        """
        found = self.read.which((Booking, BookingSeries, Registration, Order, Pass), id)
        command = {
            Booking: cmd.CancelBooking,
            BookingSeries: cmd.CancelSeries,
            Registration: cmd.CancelRegistration,
            Order: cmd.CancelOrder,
            Pass: cmd.CancelPass,
        }[found](id)
        return self.execute(command, actor=actor, idempotency_key=idempotency_key)

    def sell(
        self,
        lines: Sequence[SellLine | Register | str],
        *,
        actor: str,
        place_id: str,
        person_id: str | None = None,
        account: str | None = None,
        codes: Sequence[str] = (),
        facts: Mapping[str, FactLike] | None = None,
        extras: Mapping[str, int] | None = None,
        payer_id: str | None = None,
        on_account: bool = False,
        quote: PriceQuote | PricePromise | None = None,
        return_url: str | None = None,
        id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Outcome[Order]:
        """Sell several things together: ``commands.Sell``. It raises what ``execute`` raises.

        Args:
            lines: what is sold, in order: ``SellLine`` values, ``Register`` commands, or names of products.
            actor: who asks for it, as the host names them.
            place_id: where it is sold.
            person_id: who it is for; ``None``: a walk-in.
            account: the gateway account that takes the money now; ``None``: it stays due, for ``Pay``.
            codes: codes that were given, such as a coupon.
            facts: what the price list asks to know, by name.
            extras: products of the price list that are bought along with it, and how many of each.
            payer_id: the person who owes it; ``None``: the person it is for.
            on_account: whether it stands and is paid later, on the day that the price list gives.
            quote: a price that ``quote`` promised, which is charged; ``None``: the price of now.
            return_url: where the gateway sends the payer back to.
            id: the id of the order; ``None``: one is made up.
            idempotency_key: with a key the same request again is answered with the same record.
        """
        command = cmd.Sell(
            lines,
            place_id=place_id,
            person_id=person_id,
            account=account,
            codes=codes,
            facts=facts or {},
            extras=extras or {},
            payer_id=payer_id,
            on_account=on_account,
            quote=quote,
            return_url=return_url,
            id=id,
        )
        return self.execute(command, actor=actor, idempotency_key=idempotency_key)

    def sell_pass(
        self,
        product_id: str,
        place_id: str,
        *,
        actor: str,
        holder_id: str,
        account: str | None = None,
        return_url: str | None = None,
        quote: PriceQuote | PricePromise | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        extras: Mapping[str, int] | None = None,
        payer_id: str | None = None,
        on_account: bool = False,
        idempotency_key: str | None = None,
    ) -> Outcome[Pass]:
        """Sell a pass: ``commands.SellPass``. It raises what ``execute`` raises.

        Args:
            product_id: the pass in the catalogue.
            place_id: where it is sold.
            actor: who asks for it, as the host names them.
            holder_id: the person whose pass it is.
            account: the gateway account that takes the money now; ``None``: it stays due, for ``Pay``.
            return_url: where the gateway sends the payer back to.
            quote: a price that ``quote`` promised, which is charged; ``None``: the price of now.
            facts: what the price list asks to know, by name.
            codes: codes that were given, such as a coupon.
            extras: products of the price list that are bought along with it, and how many of each.
            payer_id: the person who owes it; ``None``: the person it is for.
            on_account: whether it stands and is paid later, on the day that the price list gives.
            idempotency_key: with a key the same request again is answered with the same record.
        """
        command = cmd.SellPass(
            product_id=product_id,
            place_id=place_id,
            holder_id=holder_id,
            account=account,
            return_url=return_url,
            quote=quote,
            facts=facts or {},
            codes=codes,
            extras=extras or {},
            payer_id=payer_id,
            on_account=on_account,
        )
        return self.execute(command, actor=actor, idempotency_key=idempotency_key)

    def check_in(
        self,
        place_id: str,
        product_id: str,
        *,
        actor: str,
        person_id: str | None = None,
        account: str | None = None,
        return_url: str | None = None,
        quote: PriceQuote | PricePromise | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        extras: Mapping[str, int] | None = None,
        payer_id: str | None = None,
        on_account: bool = False,
        override: str | None = None,
        groups: Sequence[str] = (),
        space_id: str | None = None,
        at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> Outcome[Visit]:
        """Check somebody in: ``commands.CheckIn``. It raises what ``execute`` raises.

        Args:
            place_id: the place.
            product_id: what the visit is sold as.
            actor: who asks for it, as the host names them.
            person_id: who comes; ``None``: a walk-in.
            account: the gateway account that takes the money, of a visit by the clock when it ends; ``None``: it stays
                due, for ``Pay``.
            return_url: where the gateway sends the payer back to.
            quote: a price that ``quote`` promised, which is charged; ``None``: the price of now.
            facts: what the price list asks to know, by name.
            codes: codes that were given, such as a coupon.
            extras: products of the price list that are bought along with it, and how many of each.
            payer_id: the person who owes it; ``None``: the person it is for.
            on_account: whether it stands and is paid later, on the day that the price list gives.
            override: why staff let somebody in against the opening hours or the terms; ``None``: these rules hold.
            groups: the visitor's groups as the host knows them, checked against the audience of the zone.
            space_id: the zone, a space of desks; ``None``: the open space of the place.
            at: when the visitor came, where that is noted late; ``None``: now.
            idempotency_key: with a key the same request again is answered with the same record.
        """
        command = cmd.CheckIn(
            place_id=place_id,
            product_id=product_id,
            person_id=person_id,
            account=account,
            return_url=return_url,
            quote=quote,
            facts=facts or {},
            codes=codes,
            extras=extras or {},
            payer_id=payer_id,
            on_account=on_account,
            override=override,
            groups=groups,
            space_id=space_id,
            at=at,
        )
        return self.execute(command, actor=actor, idempotency_key=idempotency_key)

    def check_out(
        self,
        visit_id: str,
        *,
        actor: str,
        at: datetime | None = None,
        account: str | None = None,
        return_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Outcome[Visit]:
        """Check somebody out: ``commands.CheckOut``. It raises what ``execute`` raises.

        Args:
            visit_id: the visit.
            actor: who asks for it, as the host names them.
            at: when the visitor left, where that is noted late; ``None``: now.
            account: the gateway account that takes what is charged by the clock; ``None``: the one of the check-in.
            return_url: where the gateway sends the payer back to.
            idempotency_key: with a key the same request again is answered with the same record.
        """
        command = cmd.CheckOut(visit_id, at=at, account=account, return_url=return_url)
        return self.execute(command, actor=actor, idempotency_key=idempotency_key)

    def register(
        self,
        session_id: str,
        person_id: str,
        *,
        actor: str,
        option_ids: Sequence[str] = (),
        account: str | None = None,
        return_url: str | None = None,
        quote: PriceQuote | PricePromise | None = None,
        seats: int = 1,
        override: str | None = None,
        groups: Sequence[str] = (),
        born: date | None = None,
        bursary: bool = False,
        answers: Mapping[str, str | int | bool] | None = None,
        facts: Mapping[str, FactLike] | None = None,
        codes: Sequence[str] = (),
        extras: Mapping[str, int] | None = None,
        payer_id: str | None = None,
        on_account: bool = False,
        idempotency_key: str | None = None,
    ) -> Outcome[Registration]:
        """Register somebody for a session: ``commands.Register``. It raises what ``execute`` raises.

        Args:
            session_id: the session, or course.
            person_id: who takes part.
            actor: who asks for it, as the host names them.
            option_ids: products that go with the seat.
            account: the gateway account that takes the money now; ``None``: it stays due, for ``Pay``.
            return_url: where the gateway sends the payer back to.
            quote: a price that ``quote`` promised, which is charged; ``None``: the price of now.
            seats: how many seats, 1 or more.
            override: why staff register somebody in spite of a rule of the workshop; ``None``: these rules hold.
            groups: the person's groups as the host knows them, checked against the admission of the workshop.
            born: the date of birth, where the workshop asks for an age. It is looked at and not stored.
            bursary: whether a solidarity seat is asked for.
            answers: the answers to the questions of the workshop, by their keys.
            facts: what the price list asks to know, by name.
            codes: codes that were given, such as a coupon.
            extras: products of the price list that are bought along with it, and how many of each.
            payer_id: the person who owes it; ``None``: the person it is for.
            on_account: whether it stands and is paid later, on the day that the price list gives.
            idempotency_key: with a key the same request again is answered with the same record.
        """
        command = cmd.Register(
            session_id=session_id,
            person_id=person_id,
            option_ids=option_ids,
            account=account,
            return_url=return_url,
            quote=quote,
            seats=seats,
            override=override,
            groups=groups,
            born=born,
            bursary=bursary,
            answers=answers or {},
            facts=facts or {},
            codes=codes,
            extras=extras or {},
            payer_id=payer_id,
            on_account=on_account,
        )
        return self.execute(command, actor=actor, idempotency_key=idempotency_key)

    def forget(
        self, person_id: str, *, actor: str, gives_up: bool = False, idempotency_key: str | None = None
    ) -> Outcome[Erasure]:
        """Forget who a person is: ``commands.ForgetPerson``. The value is the ``Erasure``, which says what was kept.

        Where outbox entries wait for ``run_due`` (``effects="none"``, or inside a host's transaction) the value is
        ``None`` until then. It raises what ``execute`` raises.

        Args:
            person_id: the person.
            actor: who asks for it, as the host names them.
            gives_up: whether the units that are left expire.
            idempotency_key: with a key the same request again is answered with the same record.
        """
        return self.execute(
            cmd.ForgetPerson(person_id, gives_up=gives_up), actor=actor, idempotency_key=idempotency_key
        )

    def share_feed(self, person_id: str, *, actor: str) -> SharedFeed:
        """Make a secret address of the feed of a person: ``commands.ShareFeed``, with a token that is made here.

        The token is shown this once: what is stored is its hash. ``RevokeFeed`` takes it back. It raises what
        ``execute`` raises.

        Args:
            person_id: the person whose feed it opens.
            actor: who asks for it, as the host names them.
        """
        text, made = new_feed_token(Subject(Person.kind, person_id), self.now(), secrets.token_bytes)
        done = self.execute(ShareFeed(person_id, link_id=made.id, digest=made.digest.hex()), actor=actor)
        return SharedFeed(text, done.value)

    @checked
    def export(self, person_id: str) -> PersonExport:
        """All that is stored about a person, to hand over as JSON.

        Args:
            person_id: the person.

        Raises:
            NotFoundError: there is nobody with this id.
        """
        return export_person(self.read, person_id, self.now())

    @checked
    def export_organisation(self, organisation_id: str) -> OrganisationExport:
        """All that is stored about an organisation, to hand over as JSON.

        Args:
            organisation_id: the organisation.

        Raises:
            NotFoundError: there is no such organisation.
        """
        return export_organisation(self.read, organisation_id, self.now())

    def text(
        self,
        error: CantineError,
        lang: Lang = "en",
        *,
        place_id: str | None = None,
        people: bool = False,
        names: Mapping[str, str] | None = None,
    ) -> str:
        """What an error says to a visitor, with the names of what it is about, and times on the wall of a place. It is
        ``Reader.text``, and raises the same.

        Args:
            error: the error.
            lang: "fr" or "en".
            place_id: the place in whose zone times are written; ``None``: in UTC, which is said.
            people: whether people are named, as on a page for staff. Their names are personal.
            names: names that the host gives beside those, such as the texts of questions by their keys; ``None``: none.
        """
        return self.read.text(error, lang, place_id=place_id, people=people, names=names)

    def availability(
        self,
        space_id: str,
        within: Period,
        *,
        units: int = 1,
        length: timedelta | None = None,
        person_id: str | None = None,
        groups: Sequence[str] = (),
    ) -> tuple[Period, ...]:
        """When units of a space can be booked, by all its terms. It is ``Reader.availability``, and raises the same.

        Args:
            space_id: the space.
            within: the period to look at, at most 62 days.
            units: how many units are wanted, 1 or more.
            length: how long it is wanted; ``None``: any length.
            person_id: who would book; ``None``: nobody known.
            groups: the groups of the requester as the host knows them.
        """
        return self.read.availability(space_id, within, units=units, length=length, person_id=person_id, groups=groups)

    def find_free(self, question: Question, *, terms: Mapping[str, Terms] | None = None) -> Availability:
        """Which spaces are free, when first, and why each other is not.

        Args:
            question: the spaces or the place, the length and the period that are asked about.
            terms: terms by the id of the space, in place of those that are stored.

        Raises:
            NotFoundError: a space or a place that the question names is not there.
            InputError: the answer would take more occupancy pages than can be read at once.
        """
        return self.read.find_free(question, terms=terms)


def _called_at_run_time(
    registry: Registry | None,
) -> tuple[Callable[[Sequence[JournalEntry]], None], Callable[[Command[Any], str], RefusedError | None] | None]:
    """Whom to tell what was recorded, and whom to ask before a command; nobody where no plug-in implements the hook."""
    if registry is None:
        return lambda entries: None, None
    return registry.recorded, registry.before_command if registry.has("cantinekit_before_command") else None


def _recorded(told: Callable[[Sequence[JournalEntry]], None], entries: Sequence[JournalEntry]) -> None:
    """Keep no name of somebody who was forgotten, and tell the plug-ins what was recorded."""
    if any(entry.type == PersonForgotten.__name__ for entry in entries):
        forget_answers()
    told(entries)


def _check(command: Command[Any], actor: str) -> None:
    if not isinstance(command, Command) or isinstance(command, SystemCommand):
        raise InputError(f"not a command that a person can give: {type(command).__name__}")
    check_text(actor, "actor", limit=200)
    if not actor.strip():
        raise InputError("an actor must be named: who asks for it")


def fold(entries: Iterable[JournalEntry], before: State | None = None) -> State:
    """The domain records, made from the journal alone.

    Args:
        entries: journal entries in their order, from the first on, or from the first behind those of ``before``.
        before: what the entries before them came to, by this function; it stays as it is. Nothing: there are none.
    """
    records: dict[Key, Record | None] = dict(before.records) if before else {}
    state = State(records, complete=True)
    for entry in entries:
        records.update((Key(r.kind, r.id), r) for r in codec.decode_event(entry).changes(state))
    return state
