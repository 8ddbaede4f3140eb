"""The outbox: carries out charges, refunds, messages, expiries, documents and second steps. Each is safe to try again.

A task is stored in the change that asks for it, so that nothing is done before the change is committed, and nothing is
forgotten after it. A worker holds a lease; after a crash the lease runs out and another worker takes the task over.
Before money is asked for a second time, the gateway is asked what became of the first request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args
from urllib.parse import quote

import attrs

from cantinekit.backends.payments.checks import check_observation
from cantinekit.clock import MIN_INSTANT, format_instant
from cantinekit.commands import (
    DecideSession,
    Expire,
    IssueDocument,
    ObserveCharge,
    ObserveJointAttempt,
    ObserveRefund,
    Remind,
    SealPeriod,
    SettleForgetting,
    SettleForgettingOrganisation,
    SettleNarrowing,
    SystemCommand,
)
from cantinekit.common.safe_traceback import safe_traceback
from cantinekit.common.telemetry import step, tell
from cantinekit.domain.base import index_field
from cantinekit.domain.documents.amounts import stated_lines
from cantinekit.errors import ContentionError, GatewayError, RefusedError, StaleVersionError, StorageError
from cantinekit.messages import TEXTS, Texts
from cantinekit.messages.delivery import Delivery
from cantinekit.messages.links import Links
from cantinekit.plugins.ports import (
    Change,
    ChargeRequest,
    ChargeResult,
    Notifier,
    Observation,
    PaymentGateway,
    RefundRequest,
    Row,
)
from cantinekit.records import (
    Attempt,
    Charge,
    ChargeDocuments,
    JointAttempt,
    JointPart,
    LegalEntity,
    Organisation,
    Quarantined,
    Refund,
    Subject,
    Task,
    TaskWork,
)
from cantinekit.runtime import codec
from cantinekit.runtime.engine import LEASE, SECOND_STEPS, SYSTEM, Committed, Engine
from cantinekit.runtime.gateway_observations import as_command, fits, look, observing, unexplained


def _settle_forgetting(about: Subject) -> SystemCommand[Any]:
    """The second step of forgetting: of an organisation or of a person."""
    return SettleForgettingOrganisation(about.id) if about.kind == Organisation.kind else SettleForgetting(about.id)


_COMMANDS: dict[str, Callable[[Task], SystemCommand[Any]]] = {
    "expire": lambda task: Expire(task.subject),
    "narrow": lambda task: SettleNarrowing(task.subject.id),
    "forget": lambda task: _settle_forgetting(task.subject),
    "decide": lambda task: DecideSession(task.subject.id),
    "remind": lambda task: Remind(task.subject, task.start),
}
"""Work that is a command of the system about the subject of the task."""
_EVERY: tuple[TaskWork, ...] = get_args(TaskWork)
_MONEY = ("charge", "refund")
"""Work that moves money."""
_OUTWARD = (*_MONEY, "message")
"""Work that plug-ins do."""
log = logging.getLogger("cantinekit.tasks")
_gateways = logging.getLogger("cantinekit.gateways")
MAX_TASK_TRIES = 10
MAX_DESCRIPTION = 500
"""The most characters that a gateway is told of what a payment is for."""
MOST_LEASED = 10
"""How many commands of the system a worker leases at a time."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)


def pause(tries: int) -> timedelta:
    """The backoff after a failure: it doubles from 30 seconds up to six hours.

    Args:
        tries: how many tries have failed.
    """
    return min(FIRST_PAUSE * (1 << max(0, tries - 1)), LONGEST_PAUSE)


@attrs.frozen
class DueReport:
    """What a run of the due tasks came to.

    Attributes:
        done: how many tasks were carried out.
        retried: how many failed and will be tried again.
        dead: how many were given up: they wait until somebody replays them.
    """

    done: int = 0
    retried: int = 0
    dead: int = 0

    def plus(self, outcome: str) -> DueReport:
        """The report with one more task.

        Args:
            outcome: what became of it: "done", "retried" or "dead".
        """
        return attrs.evolve(self, **{outcome: getattr(self, outcome) + 1})


def every_task(done: Committed) -> tuple[Task, ...]:
    """The tasks of a command, and of what had to be ended before it.

    Args:
        done: what the command came to.
    """
    return (*(task for one in done.before for task in every_task(one)), *done.tasks)


def _comes_back(attempt: Attempt) -> str | None:
    """Where the payer comes back to: the host may have left a place for the id of the charge."""
    url = attempt.return_url
    return None if url is None else url.replace("{charge_id}", quote(attempt.charge_id, safe=""))


def _leased(tasks: Iterable[Task], works: Sequence[str]) -> list[Task]:
    """The tasks of these kinds of work that are leased to the command that stored them."""
    return [task for task in tasks if task.leased_until is not None and task.work in works]


def _ask(gateway: PaymentGateway, account: str, key: str, reference: str) -> Observation | None:
    """Ask a gateway what it knows of a charge, and tell that it was asked."""
    with step("gateway", _gateways, account=account, call="lookup") as told:
        seen = look(gateway, key, reference)
        told.note(outcome="found" if seen is not None else "none")
        return seen


def _tell_unknown(attempt: Attempt, error: Exception) -> None:
    """Tell that a gateway did not say what became of an attempt."""
    about = {"account": attempt.account, "error": type(error).__name__}
    tell(_gateways, logging.WARNING, "gateway.unknown", "attempt %s: %s", attempt.id, about["error"], **about)


class Outbox:
    """Runs tasks through the gateways and notifiers of a house.

    Args:
        engine: runs the commands that record what became of a task.
        gateways: the gateways by the names of their accounts.
        notifiers: the notifiers, by channel.
        texts: the texts of the messages.
        links: where the host shows a record that a message is about.
        seal: gives the command that seals a closed period, by the id of the closing.
    """

    def __init__(
        self,
        engine: Engine,
        gateways: Mapping[str, PaymentGateway],
        notifiers: Sequence[Notifier],
        texts: Texts = TEXTS,
        *,
        links: Links | None = None,
        seal: Callable[[str], SealPeriod],
    ) -> None:
        self.engine = engine
        self.gateways = dict(gateways)
        self.seal = seal
        self.post = Delivery(engine, tuple(notifiers), texts, links)
        self._work = {
            "charge": self._charge,
            "refund": self._refund,
            "message": self._message,
            **dict.fromkeys(_COMMANDS, self._command),
            "quarantine": self._quarantine,
            "document": self._document,
            "seal": self._seal,
        }

    # --- running ---------------------------------------------------------------------------------------------------

    def run_inline(
        self, tasks: Iterable[Task], works: Sequence[TaskWork] = get_args(TaskWork)
    ) -> tuple[Committed, ...]:
        """Carry out the tasks that a command leased to itself, and those that follow from them, of these works.

        Args:
            tasks: the tasks that were stored; those that are leased are carried out.
            works: the kinds of work to carry out; tasks of another kind are left alone.

        Raises:
            RefusedError: what was announced could not be (bookings stand in the way of a narrowing, say).
        """
        done: list[Committed] = []
        queue = _leased(tasks, works)
        while queue:
            task = queue.pop(0)
            if not self._in_time(task):
                continue  # ``run_due`` takes it over when the lease has run out
            try:
                result = self._carried_out(task)
            except RefusedError:
                if task.work in SECOND_STEPS:
                    raise
                self._failed(task, "refused", retryable=False)
            except (StaleVersionError, ContentionError):
                self._failed(task, "contention", retryable=True)
            except StorageError:
                raise
            except Exception as error:  # a plug-in may raise anything; the change stands all the same
                if task.work not in _OUTWARD:
                    raise
                self._failed(task, type(error).__name__, retryable=getattr(error, "retryable", True))
            else:
                if result is not None:
                    done.append(result)
                    queue.extend(_leased(every_task(result), works))
        return tuple(done)

    def _carried_out(self, task: Task) -> Committed | None:
        """Do the work of a task, and tell of it."""
        late = (self.engine.now() - task.due) // timedelta(milliseconds=1)
        about = {"task_id": task.id, "kind": task.subject.kind, "tries": task.tries, "late_ms": late}
        with step("task", log, work=task.work, **about):
            return self._work[task.work](task)

    def _in_time(self, task: Task) -> bool:
        """Whether a task that was leased to a command may still be carried out by it: nobody may have taken it over."""
        if task.work == "message":
            return self.post.in_time(task)
        over = task.leased_until is not None and task.leased_until <= self.engine.now()
        return not (over and task.work in _MONEY)

    def run_due(self, now: datetime, limit: int, told: Callable[[DueReport], None] | None = None) -> DueReport:
        """Carry out the tasks that are due, the longest due first.

        Args:
            now: the present instant.
            limit: the most tasks to carry out.
            told: hears after each task what the run has come to so far.
        """
        report, seen = DueReport(), 0
        while seen < limit:
            until = format_instant(now + timedelta(microseconds=1))
            page = self.engine.storage.find(
                Task.kind, index_field(Task.kind, "due"), lt=until, limit=min(100, limit - seen)
            )
            if not page.rows:
                break
            seen += len(page.rows)
            for task, leased in self._begin(page.rows):
                outcome = self._take_over(task, leased=leased)
                report = report if outcome is None else report.plus(outcome)
                if told is not None:
                    told(report)
        sums = attrs.asdict(report)
        level = logging.INFO if any(sums.values()) else logging.DEBUG
        tell(log, level, "run.done", "%(done)s done, %(retried)s to be tried again, %(dead)s given up", sums, **sums)
        return report

    def _begin(self, rows: Iterable[Row]) -> Iterator[tuple[Task, bool]]:
        """The tasks of a page one by one, and whether each is leased already.

        Commands of the system are leased a few at a time, in one change: each is finished in the change that carries it
        out, so that whoever dies between them has only made the others wait. What plug-ins do is leased by itself, and
        so is what was not finished before its lease ended: a task that workers die of is in nobody's way.
        """
        few = list[Task]()
        for row in rows:
            task = codec.decode(row)
            assert isinstance(task, Task)
            command = task.work in _COMMANDS and task.leased_until is None
            if few and (not command or len(few) == MOST_LEASED):
                yield from self._lease_few(few)
                few = []
            if command:
                few.append(task)
            else:
                yield task, False
        yield from self._lease_few(few)

    def _lease_few(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, bool]]:
        """Lease tasks in one change. Where another worker has one of them, or they took long, each is for itself."""
        leased: Sequence[Task] = ()
        if len(tasks) > 1:
            until = self.engine.now() + LEASE
            try:
                leased = self.engine.save_tasks([attrs.evolve(one, leased_until=until) for one in tasks])
            except StaleVersionError:
                count, message = len(tasks), "another worker has one of %s tasks"
                tell(log, logging.INFO, "task.shared", message, count, tasks=count)
        for one in leased or tasks:
            mine = bool(leased) and self.engine.now() < until
            yield (attrs.evolve(one, tries=one.tries + 1) if mine else one), mine  # a try counts once it is begun

    def _take_over(self, task: Task, *, leased: bool = False) -> str | None:
        """Lease a task, unless it is, and carry it out; ``None`` where somebody else was faster."""
        try:
            if not leased:
                lease = self.engine.now() + LEASE
                task = self.engine.save_task(attrs.evolve(task, tries=task.tries + 1, leased_until=lease))
        except StaleVersionError:
            return None
        try:
            result = self._carried_out(task)
        except RefusedError:
            return self._refused(task)
        except (StaleVersionError, ContentionError):
            return self._failed(task, "contention", retryable=True)
        except StorageError:
            raise
        except Exception as error:  # a plug-in may raise anything; the other tasks go on
            if task.work not in _OUTWARD:
                places = safe_traceback(error)
                about: dict[str, Any] = {"task_id": task.id, "work": task.work, "error": type(error).__name__}
                tell(log, logging.ERROR, "task.broken", "task %s (%s): %s", task.id, task.work, places, **about)
            return self._failed(task, type(error).__name__, retryable=getattr(error, "retryable", True))
        if result is not None:
            self.run_inline(every_task(result))
        current = self.engine.get(Task, task.id)
        return "dead" if current is not None and current.state == "dead" else "done"

    def _refused(self, task: Task) -> str:
        """An announcement that was withdrawn is done; any other refusal is a task that cannot be carried out."""
        current = self.engine.get(Task, task.id)
        if current is not None and current.state == "done":
            return "done"
        return self._failed(task, "refused", retryable=False)

    def _failed(self, task: Task, problem: str, *, retryable: bool) -> str:
        """Put a task off, or give it up. The problem is a word: no text of a backend is stored or logged."""
        tries = task.tries - task.forgiven
        dead = not retryable or tries >= MAX_TASK_TRIES
        due = self.engine.now() + pause(tries)
        changed = attrs.evolve(task, state="dead" if dead else "waiting", due=due, leased_until=None, problem=problem)
        message, event = "task %s (%s) failed: %s%s", "task.dead" if dead else "task.retried"
        args = task.id, task.work, problem, ", given up" if dead else ""
        about = {"task_id": task.id, "work": task.work, "problem": problem, "tries": tries}
        tell(log, logging.WARNING, event, message, *args, **about)
        saved = self._save(changed)
        if saved is None:
            return "retried"
        return self._give_up(saved) if dead and task.work == "charge" else "dead" if dead else "retried"

    def _save(self, task: Task) -> Task | None:
        """Store a task; nothing where another has taken it over, and it is theirs to end."""
        try:
            return self.engine.save_task(task)
        except StaleVersionError:
            message, about = "task %s was taken over meanwhile", {"task_id": task.id, "work": task.work}
            tell(log, logging.WARNING, "task.taken_over", message, task.id, **about)
            return None

    def _finish(self, task: Task) -> None:
        self._save(attrs.evolve(task, state="done", leased_until=None, problem=""))

    def _give_up(self, task: Task) -> str:
        """The last look at a charge that is given up: one that was never taken must not stand in the way of another
        try, and one that was taken after all is recorded.
        """
        attempt = self._attempt(task.subject.id)
        gateway = self.gateways.get(attempt.account) if attempt is not None else None
        if attempt is None or gateway is None or attempt.state not in ("started", "pending"):
            return "dead"
        try:
            seen = _ask(gateway, attempt.account, attempt.id, attempt.reference)
            if seen is not None and fits(attempt, seen):
                done = self._seen(task, attempt, seen)
                if done is not None:
                    self.run_inline(every_task(done))
                return "done"
            if seen is None and attempt.state == "started":
                self.engine.run(observing(attempt, state="declined", reason="given up"), SYSTEM)
        except Exception as error:  # the gateway is still away: what became of it stays unknown
            _tell_unknown(attempt, error)
        return "dead"

    # --- money -----------------------------------------------------------------------------------------------------

    def _attempt(self, id: str) -> Attempt | None:
        """An attempt by the key by which the gateway knows it; of several charges at once, the payment as one."""
        found: Attempt | None = self.engine.get(Attempt, id)
        joint: JointAttempt | None = self.engine.get(JointAttempt, id) if found is None else None
        if joint is None:
            return found
        return joint.whole(self.engine.many(Attempt, [part.attempt_id for part in joint.parts]))

    def _parts(self, attempt: Attempt) -> Sequence[JointPart]:
        """The charges of a payment, each with its attempt."""
        if attempt.joint_id is None:
            return (JointPart(attempt.charge_id, attempt.id, attempt.amount),)
        found: JointAttempt = self.engine.get(JointAttempt, attempt.joint_id)
        return found.parts

    def _may_be_asked(self, task: Task, begun: datetime) -> bool:
        """Whether a gateway may have been asked for this before.

        Only the worker that stored the task, or took it first, within the first lease, can know that it was not. A task
        that is older may come from a backup, or from a version that reset the count when a task was replayed.
        """
        return task.tries > 1 or bool(task.problem) or self.engine.now() - begun >= LEASE

    def _charge(self, task: Task) -> Committed | None:
        attempt = self._attempt(task.subject.id)
        assert attempt is not None
        parts = self._parts(attempt)
        charges: list[Charge] = self.engine.many(Charge, [part.charge_id for part in parts])
        if attempt.state not in ("started", "pending"):
            self._finish(task)
            return None
        gateway = self._gateway(attempt.account)
        if attempt.state == "pending" or self._may_be_asked(task, attempt.started_at):
            seen = _ask(gateway, attempt.account, attempt.id, attempt.reference)
            if seen is not None:
                return self._seen(task, attempt, seen)
        gone = [one for one in charges if not one.can_be_paid]
        if attempt.joint_id is not None:
            gone += [one for one, part in zip(charges, parts, strict=True) if one.outstanding < part.amount]
        if gone:
            reason = "no longer wanted" if gone[0].state == "void" else "paid meanwhile"
            declined = observing(attempt, state="declined", reason=reason, changed=True)
            return self._record(task, attempt.started_at, declined)
        texts = dict.fromkeys(one.lines[0].text for one in charges if one.lines)
        request = ChargeRequest(
            key=attempt.id,
            amount=attempt.amount,
            charge_id=attempt.charge_id,
            entity_id=attempt.entity_id,
            description=", ".join(texts)[:MAX_DESCRIPTION],
            return_url=_comes_back(attempt),
            means=attempt.means,
        )
        try:
            with step("gateway", _gateways, account=attempt.account, call="charge") as told:
                result = gateway.charge(request)
                told.note(outcome=result.status)
        except GatewayError as error:
            if error.retryable:
                raise
            result = ChargeResult("declined", reason="the gateway refused the request")
        captured = attempt.amount.amount if result.status == "settled" else 0
        return self._record(
            task,
            attempt.started_at,
            observing(
                attempt,
                state=result.status,
                captured=captured,
                reference=result.reference,
                reason=result.reason,
                next_url=result.next_url,
            ),
        )

    def _gateway(self, account: str) -> PaymentGateway:
        gateway = self.gateways.get(account)
        if gateway is None:
            raise GatewayError("the gateway account is not configured", retryable=True)
        return gateway

    def _record(self, task: Task, begun: datetime, observed: ObserveCharge | ObserveJointAttempt) -> Committed:
        """Record what became of a charge. One that is still pending is looked up again later."""
        if observed.state != "pending":
            return self.engine.run(observed, SYSTEM, task=task)
        done = self.engine.run(observed, SYSTEM)
        self._again(task, begun)
        return done

    def _again(self, task: Task, begun: datetime) -> None:
        """Look at it again once it has waited twice as long: nothing has failed, but it is not over."""
        now = self.engine.now()
        due = now + min(max(now - begun, FIRST_PAUSE), LONGEST_PAUSE)
        again = attrs.evolve(task, state="waiting", due=due, leased_until=None, forgiven=task.tries, problem="")
        self._save(again)

    def _seen(self, task: Task, attempt: Attempt, seen: Observation) -> Committed | None:
        """Record what a gateway knows of a charge that was begun before."""
        if not fits(attempt, seen):
            self.quarantine(attempt.account, seen, "another amount or currency than was asked for")
            self._failed(task, "quarantined", retryable=False)
            return None
        self._explained(attempt.account, seen)  # first: once the task is done nobody looks any more
        return self._record(task, attempt.started_at, as_command(attempt, seen))

    def _refund(self, task: Task) -> Committed | None:
        refund: Refund = self.engine.get(Refund, task.subject.id)
        if refund.state != "started":
            self._finish(task)
            return None
        own: Attempt = self.engine.get(Attempt, refund.attempt_id)
        attempt = own if own.joint_id is None else self._attempt(own.joint_id)
        assert attempt is not None
        gateway = self._gateway(refund.account)
        if self._may_be_asked(task, refund.asked_at) and self._went_back(gateway, attempt, refund):
            return self.engine.run(ObserveRefund(refund.id, state="settled"), SYSTEM, task=task)
        request = RefundRequest(refund.id, attempt.id, attempt.reference, refund.amount)
        try:
            with step("gateway", _gateways, account=refund.account, call="refund") as told:
                result = gateway.refund(request)
                told.note(outcome=result.status)
        except GatewayError as error:
            if error.retryable:
                raise
            result = ChargeResult("declined", reason="the gateway refused the request")
        state = "started" if result.status == "pending" else result.status
        if state != "started":
            return self.engine.run(ObserveRefund(refund.id, state=state, reference=result.reference), SYSTEM, task=task)
        if result.reference and result.reference != refund.reference:
            self.engine.run(ObserveRefund(refund.id, state=state, reference=result.reference), SYSTEM)
        self._again(task, refund.asked_at)
        return None

    def _went_back(self, gateway: PaymentGateway, attempt: Attempt, refund: Refund) -> bool:
        """Whether a gateway has given a refund back that it may have been asked for before.

        It tells the sum of all refunds of a charge. What is in it beyond those that are known to have ended is of those
        that are open; what is beyond these too is kept for somebody to explain. Where that does not decide, the refund
        is asked for again under its key, which is one refund.
        """
        seen = _ask(gateway, attempt.account, attempt.id, attempt.reference)
        if seen is None or not fits(attempt, seen) or self._elsewhere(attempt, refund.asked_at):
            return False
        waiting = self._open_refunds(attempt)
        total = sum(waiting.values())
        more = seen.refunded - (attempt.refunded - attempt.credited - total)
        sums = {waiting.pop(refund.id)}  # of this refund and any of the others; those beyond what is there cannot be it
        for amount in waiting.values():
            sums |= {amount + one for one in sums if amount + one <= more}
        arrived = more in sums or more > total
        if arrived:
            self._explained(attempt.account, seen)
        return arrived

    def _open_refunds(self, attempt: Attempt) -> dict[str, int]:
        """The amounts, by id, of the refunds of an attempt whose outcome is not known yet."""
        parts = self._parts(attempt)
        bounds = [codec.between(id) for id in dict.fromkeys(part.charge_id for part in parts)]
        found = [one for start, end in bounds for one in self._found(Refund, "charge", ge=start, lt=end)]
        mine = {part.attempt_id for part in parts}
        return {one.id: one.amount.amount for one in found if one.attempt_id in mine and one.state == "started"}

    def _elsewhere(self, attempt: Attempt, until: datetime) -> bool:
        """Whether a refund of an attempt was listed, until an instant, that nobody here had asked for."""
        kept = self._found(Quarantined, "open", lt=format_instant(until + timedelta(microseconds=1)))
        told = ((one.account, codec.parse(Observation, one.observation)) for one in kept)
        return any((account, seen.key) == (attempt.account, attempt.id) and seen.refunded for account, seen in told)

    def _found(self, cls: Any, field: str, *, ge: str | None = None, lt: str) -> Iterator[Any]:
        index_field(cls.kind, field)
        after = None
        while True:
            page = self.engine.storage.find(cls.kind, field, ge=ge, lt=lt, after=after)
            yield from map(codec.decode, page.rows)
            after = page.next
            if after is None:
                return

    def ask_again(self, attempt_id: str) -> bool:
        """Ask the gateway what became of an attempt that is pending, and record its answer.

        Args:
            attempt_id: the attempt, which may be a part of a payment of several charges.

        Returns:
            whether there was an answer.
        """
        own: Attempt | None = self.engine.get(Attempt, attempt_id)
        attempt = self._attempt(own.joint_id) if own is not None and own.joint_id is not None else own
        if attempt is None or attempt.state != "pending" or attempt.account not in self.gateways:
            return False
        try:
            seen = _ask(self.gateways[attempt.account], attempt.account, attempt.id, attempt.reference)
        except Exception as error:  # a plug-in may raise anything; the next look is another chance
            _tell_unknown(attempt, error)
            return False
        if seen is None:
            return False
        self.observe(attempt.account, seen)
        return True

    # --- observations ----------------------------------------------------------------------------------------------

    def observe(self, account: str, seen: Observation) -> str:
        """Apply what a gateway says of a charge.

        Args:
            account: the name of the gateway account.
            seen: what the gateway says.

        Returns:
            ``recorded``, or ``quarantined`` where it fits no attempt, or says more than was asked for here.
        """
        attempt = self._attempt(seen.key)
        if attempt is None or attempt.account != account:
            return self.quarantine(account, seen, "no charge with this key")
        if not fits(attempt, seen):
            return self.quarantine(account, seen, "another amount or currency than was asked for")
        done = self.engine.run(as_command(attempt, seen), SYSTEM)
        self.run_inline(every_task(done))
        return self._explained(account, seen)

    def _explained(self, account: str, seen: Observation) -> str:
        """What is said beyond a capture, which is recorded, is kept for somebody to explain."""
        recorded = self._attempt(seen.key)  # another payment may have been faster
        assert recorded is not None
        problem = unexplained(recorded, seen)
        return self.quarantine(account, seen, problem) if problem else "recorded"

    def read_webhook(
        self, account: str, gateway: PaymentGateway, body: bytes, headers: Mapping[str, str]
    ) -> list[Observation]:
        """What a webhook tells, once its signature is checked.

        Args:
            account: the name of the gateway account.
            gateway: the gateway.
            body: the bytes of the request.
            headers: its headers.

        Raises:
            GatewayError: the signature is wrong, the body cannot be read, or it tells what no charge can have.
        """
        with step("gateway", _gateways, account=account, call="read_webhook"):
            return [check_observation(seen) for seen in gateway.read_webhook(body, headers, self.engine.now())]

    def quarantine(self, account: str, seen: Observation, why: str) -> str:
        """Keep an observation that fits nothing. The same observation is kept once, and tried again when tasks are run.

        Args:
            account: the name of the gateway account.
            seen: what the gateway says.
            why: the reason, for whoever looks at it.
        """
        now = self.engine.now()
        same = Subject(account, seen.event_id) if seen.event_id else attrs.evolve(seen, at=MIN_INSTANT)
        id = codec.fingerprint(same)
        record = Quarantined(id, account, why, now, codec.dump(seen))
        again = Task(self.engine.ids("tsk"), "quarantine", Subject(Quarantined.kind, id), now + pause(1))
        try:
            self.engine.storage.apply(Change(rows=(codec.encode(record, 1), codec.encode(again, 1))))
        except StaleVersionError:
            message = "an observation of %s is in quarantine already"
            tell(_gateways, logging.INFO, "observation.repeated", message, account, account=account)
        else:
            message = "an observation of %s fits nothing: %s"
            tell(_gateways, logging.WARNING, "observation.quarantined", message, account, why, account=account, why=why)
        return "quarantined"

    def _quarantine(self, task: Task) -> Committed | None:
        row = self.engine.storage.load([codec.key_of(task.subject)])[0]
        assert row is not None
        kept = codec.decode(row)
        assert isinstance(kept, Quarantined)
        seen = codec.parse(Observation, kept.observation)
        attempt = self._attempt(seen.key)
        known = attempt is not None and attempt.account == kept.account and fits(attempt, seen)
        other = attempt is not None and attempt.reference != seen.reference
        if known and (seen.disputed or seen.refunded or other):
            # A dispute may have been won, a second payment gone back, another refund made meanwhile.
            found = _ask(self._gateway(kept.account), kept.account, seen.key, seen.reference)
            seen = found if found is not None and found.reference == seen.reference else seen
        if attempt is None or not known or not fits(attempt, seen) or unexplained(self._ended(attempt), seen):
            raise GatewayError("still fits nothing", retryable=True)
        done = self.engine.run(as_command(attempt, seen), SYSTEM)
        resolved = codec.encode(attrs.evolve(kept, resolved=True), row.version + 1)
        self.engine.storage.apply(Change(rows=(resolved, self.engine.finished(task))))
        return done

    def _ended(self, attempt: Attempt) -> Attempt:
        """An attempt with those of its refunds that are known to have arrived; an open one explains nothing."""
        return attrs.evolve(attempt, refunded=attempt.refunded - sum(self._open_refunds(attempt).values()))

    # --- the rest --------------------------------------------------------------------------------------------------

    def _message(self, task: Task) -> None:
        self.post.send(task)
        self._finish(task)

    def _command(self, task: Task) -> Committed:
        return self.engine.run(_COMMANDS[task.work](task), SYSTEM, task=task)

    def _document(self, task: Task) -> Committed | None:
        """Issue the receipt of a charge that was settled, unless it is there, owed again, not wanted any more, or
        of what no document states.
        """
        charge: Charge = self.engine.get(Charge, task.subject.id)
        entity: LegalEntity = self.engine.get(LegalEntity, charge.entity_id)
        issued: ChargeDocuments | None = self.engine.get(ChargeDocuments, charge.id)
        there = issued is not None and issued.receipt_id is not None
        if entity.receipts is None or there or not stated_lines(charge):
            self._finish(task)
            return None
        wanted = IssueDocument(charge_id=charge.id, series=entity.receipts.rpartition("|")[2])
        try:
            return self.engine.run(wanted, SYSTEM, task=task)
        except RefusedError:
            if self.engine.get(Charge, charge.id).state != "due":
                raise
        self._finish(task)  # a bank took the payment back: once it is settled again, another task is for its receipt
        return None

    def _seal(self, task: Task) -> Committed:
        """Seal a closed period. Its entries change no more, so that they are read beside the command."""
        return self.engine.run(self.seal(task.subject.id), SYSTEM, task=task)
