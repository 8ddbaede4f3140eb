"""The result of a refund: by the state of the payment, by HelloAsso's answer, and by its refusal."""

from __future__ import annotations

from cantinekit.backends.helloasso._client import RefusedError
from cantinekit.backends.helloasso._shapes import Operation, Payment
from cantinekit.errors import GatewayError
from cantinekit.plugins.ports import ChargeResult

DONE, ON_ITS_WAY = ("Processed",), ("Init", "Processing", "Unknown")
"""States of a refund; in any other it came to nothing."""
IN_PROCESS, TIMED_OUT = "112", "109"
"""Codes of a refund that may be asked for again: another is being carried out; nobody knows."""


def known(payment: Payment) -> ChargeResult | None:
    """What became of giving a whole payment back, or why it cannot be given back; ``None`` where it can be
    requested.
    """
    going = [one for one in payment.operations if one.state in (*DONE, *ON_ITS_WAY)]
    if payment.state == "Contested":
        return ChargeResult("declined", reason="the payer's bank took it back")
    if payment.state == "Authorized" and not going:
        return None
    if payment.state == "Authorized" and going[-1].amount != payment.taken:
        return ChargeResult("declined", reason="some of it was given back already")
    reference = str(going[-1].id if going else payment.id)
    if payment.state == "Refunded":
        return ChargeResult("settled", reference)
    return result(going[-1]) if payment.state == "Authorized" else ChargeResult("pending", reference)


def result(made: Operation) -> ChargeResult:
    """What a refund comes to."""
    if made.state in DONE:
        return ChargeResult("settled", str(made.id))
    if made.state in ON_ITS_WAY:
        return ChargeResult("pending", str(made.id))
    return ChargeResult("declined", str(made.id), made.state.lower())


def problem(error: RefusedError) -> GatewayError | None:
    """The error of a refused refund; ``None`` if HelloAsso declined it."""
    if any("MFA" in code for code in error.codes):
        said = "helloasso:// asks for a second factor: give this payment back in HelloAsso's own pages"
        return GatewayError(said, retryable=False)
    if error.status == 401:
        return RefusedError(error.status, error.codes, retryable=True)
    if error.status == 403:
        return error
    if {IN_PROCESS, TIMED_OUT} & set(error.codes):
        return GatewayError("helloasso:// is giving it back already, or does not know", retryable=True)
    return None
