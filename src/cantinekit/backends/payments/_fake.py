"""``fake://``: a payment gateway that follows a script and moves no money, for tests and demonstrations.

It behaves as a careful card gateway does: a key is one charge for ever, an answer may be lost after the work was done,
``lookup`` tells the truth, webhooks are signed, and no refund exceeds what was captured.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

import attrs

from cantinekit.backends.payments import _signature
from cantinekit.backends.payments._ledger import FakeCharge, FakeRefund, Ledger, ScriptedLedger
from cantinekit.backends.payments.checks import check_amount
from cantinekit.clock import Clock, SystemClock, format_instant, parse_instant
from cantinekit.errors import GatewayError, UrlError
from cantinekit.errors.shown import shown
from cantinekit.plugins.ports import (
    ChargeRequest,
    ChargeResult,
    ChargeStatus,
    GatewayCapabilities,
    Observation,
    RefundRequest,
)
from cantinekit.urls import BackendUrl, Secret

Step = Literal["settled", "declined", "pending", "outage", "lost", "refused", "busy", "hang"]
STEPS: tuple[Step, ...] = ("settled", "declined", "pending", "outage", "lost", "refused", "busy", "hang")
Look = Literal["answered", "outage", "busy", "hang"]
OPTIONS = ("lose_answer", "outcome", "page", "refund", "secret", "state")
_PAGE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,250}")
_NO_PAGE = "https://fake.invalid"
_DONE = ("settled", "lost")
_STATUS: Mapping[str, ChargeStatus] = {
    "settled": "settled",
    "lost": "settled",
    "declined": "declined",
    "pending": "pending",
}
"""What is recorded."""
_NOTHING: Mapping[str, tuple[str, bool]] = {
    "outage": ("fake:// does not answer", True),
    "hang": ("fake:// did not answer in time", True),
    "busy": ("fake:// was asked too much", True),
    "refused": ("fake:// refuses it", False),
}
"""What is said where nothing is done, and whether it may be tried again."""
_CAPABILITIES = GatewayCapabilities(redirects=True, webhooks=True, disputes=True)


class FakeGateway:
    """A scripted gateway, safe to use from several threads, and from several processes where it has a state file.

    Args:
        outcomes: what becomes of each new charge, one step for each new key; the last step repeats. ``outage``,
            ``hang`` (no answer in time), ``busy`` (asked too much) and ``refused`` (for good) record nothing, so that
            the same key takes the next step when it comes again. What is ``lost`` is settled, but its answer does not
            arrive.
        refunds: the same for refunds.
        lose_answers: do the work of each new charge or refund, then raise; the repeat of the key gets the answer.
        secrets: what webhooks are signed with; the first signs, any of them verifies.
        state: a file of JSON lines that keeps everything, next to a lock file.
        clock: tells when things happened.
        page: what the address of the page of a pending charge begins with; the charge is named behind it.
    """

    def __init__(
        self,
        outcomes: Sequence[Step] = ("settled",),
        *,
        refunds: Sequence[Step] = ("settled",),
        lose_answers: bool = False,
        secrets: Sequence[Secret] = (),
        state: Path | None = None,
        clock: Clock | None = None,
        page: str = _NO_PAGE,
    ) -> None:
        self._page = page
        self._outcomes, self._refunds = tuple(outcomes), tuple(refunds)
        self._lose_answers = lose_answers
        self._secrets = tuple(secrets)
        self._looks: Look = "answered"
        self._ledger = Ledger(state)
        self._clock = clock or SystemClock()

    # --- the port ---

    @property
    def capabilities(self) -> GatewayCapabilities:
        return _CAPABILITIES

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Follow the script. Raises ``GatewayError``, not retryable for a key that came with another amount before."""
        amount = request.amount
        with self._ledger.open() as book:
            known = book.charges.get(request.key)
            if known is not None:
                if known.money != amount:
                    raise GatewayError(f"key {shown(request.key)} was used for {known.money}", retryable=False)
                return _charge_result(known)
            check_amount(amount.amount)
            step = _step(self._outcomes, book.charge_steps)
            book.charge_steps += 1
            if step in _STATUS:
                reference = _reference("ch", request.key)
                made = FakeCharge(
                    key=request.key,
                    amount=amount.amount,
                    currency=amount.currency,
                    status=_STATUS[step],
                    reference=reference,
                    at=format_instant(self._clock.now()),
                    captured=amount.amount if step in _DONE else 0,
                    reason="declined by the script" if step == "declined" else "",
                    next_url=f"{self._page}/pay/{reference}" if step == "pending" else None,
                    description=request.description,
                    return_url=request.return_url,
                )
                book.charges[request.key] = made
        _check_step(step)
        return self._answer(step, _charge_result(made))

    def refund(self, request: RefundRequest) -> ChargeResult:
        """Follow the script; more than is left of what was captured is declined.

        Raises ``GatewayError``, not retryable for a key that came with another content before.
        """
        amount = request.amount
        with self._ledger.open() as book:
            known = book.refunds.get(request.key)
            if known is not None:
                if (known.charge_key, known.amount, known.currency) != (
                    request.charge_key,
                    amount.amount,
                    amount.currency,
                ):
                    raise GatewayError(f"key {shown(request.key)} was used for another refund", retryable=False)
                return _refund_result(known)
            check_amount(amount.amount)
            problem = _refund_problem(book, request)
            step: Step = "declined"
            if not problem:
                step = _step(self._refunds, book.refund_steps)
                book.refund_steps += 1
            if step in _STATUS:
                made = FakeRefund(
                    request.key,
                    request.charge_key,
                    amount.amount,
                    amount.currency,
                    _STATUS[step],
                    _reference("re", request.key),
                    problem or ("declined by the script" if step == "declined" else ""),
                )
                book.refunds[request.key] = made
                if step in _DONE:
                    self._change(book, request.charge_key, refunded=amount.amount)
        _check_step(step)
        return self._answer(step, _refund_result(made))

    def lookup(self, key: str) -> Observation | None:
        """What became of the charge with this key; ``None``: it never arrived. Raises ``GatewayError``, retryable,
        where looks get no answer.
        """
        _check_step(self._looks)
        with self._ledger.look() as book:
            known = book.charges.get(key)
        return None if known is None else _observation(known)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        """The observations in a body that one of the secrets signed within five minutes of ``now``.

        Raises ``GatewayError``, not retryable, for anything else.
        """
        _signature.verify(body, headers, self._secrets, now)
        return _signature.read(body)

    # --- what a test or a demonstration does to it ---

    @property
    def charges(self) -> tuple[FakeCharge, ...]:
        """All charges, the oldest first."""
        with self._ledger.look() as book:
            return tuple(book.charges.values())

    @property
    def refunds(self) -> tuple[FakeRefund, ...]:
        """All refunds, the oldest first."""
        with self._ledger.look() as book:
            return tuple(book.refunds.values())

    def play(self, *, charges: Sequence[Step] = (), refunds: Sequence[Step] = (), looks: Look | None = None) -> None:
        """Begin another script for new charges, new refunds and all lookups; a script that is left out stays.

        Args:
            charges: the steps of new charges, as ``outcomes`` of the constructor.
            refunds: the steps of new refunds.
            looks: what becomes of lookups.
        """
        self._looks = looks or self._looks
        with self._ledger.open() as book:
            if charges:
                self._outcomes, book.charge_steps = tuple(charges), 0
            if refunds:
                self._refunds, book.refund_steps = tuple(refunds), 0

    def settle(self, key: str) -> Observation:
        """The person pays a pending charge, or a pending refund arrives. Raises ``KeyError`` for another key.

        Args:
            key: the key of the charge or refund.
        """
        return self._end(key, "settled", "")

    def decline(self, key: str, reason: str = "declined later") -> Observation:
        """A pending charge or refund fails. Raises ``KeyError`` for another key.

        Args:
            key: the key of the charge or refund.
            reason: why, in the gateway's words.
        """
        return self._end(key, "declined", reason)

    def dispute(self, key: str, amount: int | None = None) -> Observation:
        """The payer's bank takes back some of a settled charge.

        Args:
            key: the key of the charge.
            amount: in minor units; ``None``: all that is left.
        """
        with self._ledger.open() as book:
            charge = book.charges[key]
            left = charge.captured - charge.refunded - charge.disputed
            return self._change(book, key, disputed=left if amount is None else min(amount, left))

    def refund_elsewhere(self, key: str, amount: int) -> Observation:
        """Somebody gives back some of a charge at the provider itself, without a request of ours.

        Args:
            key: the key of the charge.
            amount: in minor units.
        """
        with self._ledger.open() as book:
            return self._change(book, key, refunded=amount)

    def webhook(self, *observations: Observation, now: datetime | None = None) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a webhook, signed with the first secret.

        Args:
            observations: what the webhook reports.
            now: the instant that the signature covers; ``None``: that of the gateway's clock.
        """
        body = _signature.write(observations)
        return body, self.headers(body, self._secrets[:1], now or self._clock.now())

    def headers(self, body: bytes, secrets: Sequence[Secret], now: datetime) -> dict[str, str]:
        """The headers of a webhook with this body, signed with each of the secrets.

        Args:
            body: the raw bytes.
            secrets: the secrets to sign with.
            now: the instant that the signatures cover.
        """
        return {_signature.HEADER: _signature.sign(body, secrets, now), "Content-Type": "application/json"}

    # --- inside ---

    def _answer(self, step: Step, result: ChargeResult) -> ChargeResult:
        if self._lose_answers or step == "lost":
            raise GatewayError("the answer of fake:// was lost; what it was asked for is done", retryable=True)
        return result

    def _end(self, key: str, status: Literal["settled", "declined"], reason: str) -> Observation:
        with self._ledger.open() as book:
            charge, refund = book.charges.get(key), book.refunds.get(key)
            if charge is not None and charge.status == "pending":
                captured = charge.amount if status == "settled" else 0
                book.charges[key] = attrs.evolve(charge, status=status, reason=reason, next_url=None)
                return self._change(book, key, captured=captured)
            if refund is not None and refund.status == "pending":
                book.refunds[key] = attrs.evolve(refund, status=status, reason=reason)
                return self._change(book, refund.charge_key, refunded=refund.amount if status == "settled" else 0)
            raise KeyError(f"nothing is pending with the key {shown(key)}")

    def _change(
        self, book: ScriptedLedger, key: str, *, captured: int = 0, refunded: int = 0, disputed: int = 0
    ) -> Observation:
        old = book.charges[key]
        new = attrs.evolve(
            old,
            captured=old.captured + captured,
            refunded=old.refunded + refunded,
            disputed=old.disputed + disputed,
            at=format_instant(self._clock.now()),
            changes=old.changes + 1,
        )
        book.charges[key] = new
        return _observation(new)


def open_fake(url: BackendUrl) -> FakeGateway:
    """Open ``fake://``; the options are those of ``FakeGateway``.

    ``outcome`` and ``refund`` are scripts such as ``declined,settled``; ``lose_answer`` is ``1`` or ``0``; ``secret``
    may be repeated; ``state`` is the path of a file; ``page`` is the address of a bank with pages to pay on, and new
    charges are then pending where ``outcome`` says nothing else.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: an unknown option or step, or a host or a path.
    """
    url.check_options(OPTIONS)
    if url.host or url.path or url.user:
        raise UrlError("fake:// takes options only, for example fake://?outcome=declined,settled")
    lose = url.option("lose_answer", "0")
    if lose not in ("0", "1"):
        raise UrlError("lose_answer of fake:// is 0 or 1")
    state = url.option("state")
    if state == "":
        raise UrlError("state of fake:// is empty; it is the path of a file")
    secrets = url.secrets("secret")
    if Secret("") in secrets:
        raise UrlError("secret of fake:// is empty")
    page = url.option("page")
    if page is not None and not _PAGE.fullmatch(page):
        raise UrlError("page of fake:// is the address of a fake bank, such as http://127.0.0.1:8180")
    return FakeGateway(
        _script(url, "outcome", "pending" if page else "settled"),
        refunds=_script(url, "refund", "settled"),
        lose_answers=lose == "1",
        secrets=secrets,
        state=Path(state) if state else None,
        page=page or _NO_PAGE,
    )


def _script(url: BackendUrl, option: str, default: Step) -> tuple[Step, ...]:
    steps = (url.option(option) or default).split(",")
    for step in steps:
        if step not in STEPS:
            raise UrlError(f"{option} of fake:// is a list of {', '.join(STEPS)}; {shown(step)} is none of them")
    return cast("tuple[Step, ...]", tuple(steps))


def _check_step(step: str) -> None:
    """Raise what becomes of a step that does nothing."""
    if step in _NOTHING:
        said, retryable = _NOTHING[step]
        raise GatewayError(said, retryable=retryable)


def _step(script: Sequence[Step], done: int) -> Step:
    return script[min(done, len(script) - 1)]


def _refund_problem(book: ScriptedLedger, request: RefundRequest) -> str:
    charge = book.charges.get(request.charge_key)
    if charge is None:
        return "no such charge"
    if request.reference and request.reference != charge.reference:
        return "the reference is of another charge"
    if charge.currency != request.amount.currency:
        return f"the charge is in {charge.currency}"
    waiting = sum(r.amount for r in book.refunds.values() if r.charge_key == charge.key and r.status == "pending")
    left = charge.captured - charge.refunded - charge.disputed - waiting
    return "" if request.amount.amount <= left else "more than is left of what was captured"


def _charge_result(charge: FakeCharge) -> ChargeResult:
    return ChargeResult(charge.status, charge.reference, charge.reason, charge.next_url)


def _refund_result(refund: FakeRefund) -> ChargeResult:
    return ChargeResult(refund.status, refund.reference, refund.reason)


def _observation(charge: FakeCharge) -> Observation:
    return Observation(
        key=charge.key,
        reference=charge.reference,
        event_id=f"{charge.reference}-{charge.changes}",
        currency=charge.currency,
        amount=charge.amount,
        captured=charge.captured,
        refunded=charge.refunded,
        at=parse_instant(charge.at),
        disputed=charge.disputed,
        declined=charge.reason if charge.status == "declined" else "",
        next_url=charge.next_url,
    )


def _reference(prefix: str, key: str) -> str:
    return f"{prefix}_{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"
