"""``helloasso://``: its tokens, what it makes of faults and odd answers, and notifications, against the fake."""

from __future__ import annotations

import json
import random
import threading
import time
from datetime import timedelta

import pytest

from cantinekit.backends.helloasso._http import _wait
from cantinekit.plugins.ports import MAX_WEBHOOK_BYTES
from cantinekit.testing.fakehelloasso import Fault, signed
from support.payments.helloasso import NOW, PAGES, Believes, asked, back, clock, fails, fake, gateway, opened, paid

__all__ = ["clock", "fake", "gateway"]

# --- tokens ---


def test_one_token_for_all_threads(fake, gateway):
    """Many threads that begin at once get one token; none is asked for before it is needed."""
    assert fake.grants == []
    threads = [threading.Thread(target=gateway.charge, args=(asked(f"pay_{n}"),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake.book.intents) == 8
    assert fake.grants == ["client_credentials"]


def test_a_token_is_renewed(fake, gateway, clock):
    """By the refresh token shortly before it ends, or when it is not taken; by the secret where that is gone too."""
    gateway.lookup("pay_1")
    clock.advance(timedelta(minutes=29))
    gateway.lookup("pay_1")
    fake.end_tokens()
    gateway.lookup("pay_1")
    fake.end_tokens(refresh=True)
    gateway.lookup("pay_1")
    assert fake.grants == ["client_credentials", "refresh_token", "refresh_token", "client_credentials"]


def test_an_outage_keeps_the_refresh_token(fake, gateway, clock):
    """While no token can be had the error is retryable, and the refresh token serves afterwards."""
    gateway.lookup("pay_1")
    clock.advance(timedelta(minutes=30))
    fake.fail(Fault("before", "500", path="/oauth2/"))
    fails(lambda: gateway.lookup("pay_1"), retryable=True)
    fake.fail()
    gateway.lookup("pay_1")
    assert fake.grants == ["client_credentials", "refresh_token"]


def test_a_token_that_is_never_taken_is_renewed_once(fake, gateway, monkeypatch):
    """401 to the new token as well, or no token to be had: a charge is refused, a look or a refund may come again."""
    reference = paid(fake, gateway)
    calls = (
        lambda: gateway.charge(asked("pay_2")),
        lambda: gateway.lookup("pay_1"),
        lambda: gateway.refund(back(reference)),
    )
    fake.end_tokens(refresh=True)
    monkeypatch.setattr("cantinekit.testing.fakehelloasso._server.LIFE", timedelta(seconds=0))
    before = len(fake.grants)
    for call, retryable in zip(calls, (False, True, True), strict=True):
        assert "401" in fails(call, retryable)
    assert len(fake.grants) - before == 5
    monkeypatch.setattr("cantinekit.testing.fakehelloasso._server.CLIENT_SECRET", "changed")
    fake.end_tokens(refresh=True)
    for call, retryable in zip(calls, (False, True, True), strict=True):
        assert "invalid_client" in fails(call, retryable)


def test_a_refund_whose_token_ends_on_the_way(fake, gateway, monkeypatch):
    """401 to the refund itself says nothing of the refund: it may come again."""
    reference, honest = paid(fake, gateway), fake.answer

    def answer(method, target, headers, sent):
        return (401, b"{}") if "/refund" in target else honest(method, target, headers, sent)

    monkeypatch.setattr(fake, "answer", answer)
    fails(lambda: gateway.refund(back(reference)), retryable=True)


# --- faults ---


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["drop", "500", "429"])
def test_no_answer_may_be_retried(fake, gateway, when, what):
    """A cut, a 500 and a 429 leave open what became of the page; a new one is made, and nobody pays the lost one."""
    fake.fail(Fault(when, what, path=PAGES, times=1))
    fails(lambda: gateway.charge(asked()), retryable=True)
    if what == "429":
        gateway._clock.advance(timedelta(seconds=1))
    assert gateway.lookup("pay_1") is None
    result = gateway.charge(asked())
    fake.pay(result.reference)
    assert gateway.lookup("pay_1").captured == 1000
    lost = [one["id"] for one in fake.book.intents.values() if not one["delivered"]]
    assert len(lost) == (when == "after")
    for id in lost:
        with pytest.raises(LookupError):
            fake.pay(id)


def test_a_server_that_says_nothing(fake, clock):
    """The time of a request is limited."""
    gateway = opened(fake, clock, "&timeout=1")
    fake.fail(Fault("before", "hang", path=PAGES))
    began = time.monotonic()
    assert "the time is over" in fails(lambda: gateway.charge(asked()), retryable=True)
    assert time.monotonic() - began < 20


def test_told_to_wait_it_waits(fake, gateway, clock):
    """After a 429 nobody is asked until the time of Retry-After is over, which is at most five minutes."""
    fake.retry_after = 999_999
    fake.fail(Fault("before", "429", "GET", times=1))
    fails(lambda: gateway.lookup("pay_1"), retryable=True)
    before = len(fake.requests)
    clock.advance(timedelta(minutes=4))
    assert "waits" in fails(lambda: gateway.lookup("pay_1"), retryable=True)
    assert len(fake.requests) == before
    clock.advance(timedelta(minutes=1))
    assert gateway.lookup("pay_1") is None


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"{"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b"[" * 100_000),
        (200, b'{"id": 9, "redirectUrl": "http://plain.invalid"}'),
        (200, b'{"id": 9, "redirectUrl": 5}'),
        (200, b'{"id": "9", "redirectUrl": "https://x.invalid"}'),
        (200, b'{"id": true, "redirectUrl": "https://x.invalid"}'),
        (200, b'{"id": 99999999999999, "redirectUrl": "https://x.invalid"}'),
        (200, b'{"id": 1' + b" " * 4_000_001 + b"}"),
        (302, b"{}"),
        (408, b"{}"),
        (502, b"<html>"),
    ],
)
def test_an_answer_that_is_not_as_documented(fake, gateway, monkeypatch, answer):
    """What cannot be understood leaves the outcome open, so it is retryable."""
    gateway.lookup("pay_1")
    monkeypatch.setattr(fake, "answer", lambda *of: answer)
    fails(lambda: gateway.charge(asked()), retryable=True)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_is_for_good(fake, gateway, monkeypatch, status):
    """A charge that HelloAsso refuses is refused; a look may come again; of its words only codes are repeated."""
    gateway.lookup("pay_1")
    body = {"errors": [{"code": "ArgumentInvalid", "message": "zoe@example.org"}, {"code": "zoe@example.org"}, 5]}
    monkeypatch.setattr(fake, "answer", lambda *of: (status, json.dumps(body).encode()))
    said = fails(lambda: gateway.charge(asked()), retryable=False)
    assert said == f"helloasso:// failed: status {status}, ArgumentInvalid"
    assert fails(lambda: gateway.lookup("pay_1"), retryable=True) == said


# --- notifications ---


def forged(**data):
    return json.dumps({"eventType": "Payment", "data": data, "metadata": {"cantinekit_key": "pay_1"}}).encode()


def test_a_notification_proves_nothing(fake, gateway):
    """One that somebody made up tells what HelloAsso says of the page that it names, or nothing."""
    reference = int(gateway.charge(asked()).reference)
    claims = {"amount": 1000, "state": "Authorized"}
    (seen,) = gateway.read_webhook(forged(id=1, order={"checkoutIntentId": reference}, **claims), {}, NOW)
    assert (seen.key, seen.captured) == ("pay_1", 0)
    for made_up in (forged(id=77, **claims), forged(id=77, order={"id": 78}, **claims)):
        assert gateway.read_webhook(made_up, {}, NOW) == ()


def test_whoever_believes_a_notification_is_paid_by_anybody(fake, gateway):
    """The control: a gateway that trusts the body takes a forged payment for a true one."""
    gateway.charge(asked())
    gateway.__class__ = Believes
    (seen,) = gateway.read_webhook(forged(id=77, amount=1000, state="Authorized"), {}, NOW)
    assert seen.captured == 1000


def test_notifications_in_any_order_say_what_is_true(fake, gateway):
    """Orders, payments, repeats: all tell the same sums, under one event for one truth."""
    reference = paid(fake, gateway)
    fake.change(reference, "Contested")
    hooks = fake.notifications(copies=2, order=random.Random(3))
    found = {gateway.read_webhook(*hook, NOW) for hook in hooks}
    ((seen,),) = found
    assert (len(hooks), seen.captured, seen.disputed) == (6, 1000, 1000)
    assert seen.event_id == f"{reference}-1000-0-1000-none"


def test_what_is_not_ours_is_passed_over(fake, gateway):
    """A donation, a shop's order, another kind of event: nothing is told, and nothing raised."""
    made = fake.book.create_intent({"totalAmount": 5, "itemName": "Other"})
    fake.book.intents[made["id"]]["delivered"] = True
    fake.pay(made["id"])
    assert [gateway.read_webhook(*hook, NOW) for hook in fake.notifications()] == [(), ()]
    assert gateway.read_webhook(b'{"eventType": "Form", "data": {}}', {}, NOW) == ()
    fake.book.orders[fake.book.intents[made["id"]]["order"]].pop("checkoutIntentId")
    assert gateway.read_webhook(*fake.notifications()[0], NOW) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"eventType": "Payment"}',
        b'{"eventType": "Payment", "data": {}}',
        b'{"eventType": "Payment", "data": {"id": "1"}}',
        b'{"eventType": "Payment", "data": {"id": -1}}',
        b'{"eventType": "Payment", "data": {"id": 1.5}}',
        b'{"eventType": "Payment", "data": {"id": 99999999999}}',
        b'{"eventType": "Order", "data": {"id": "../payments/1"}}',
        b'{"eventType": 5, "data": {"id": 1}}',
        b" " * (MAX_WEBHOOK_BYTES + 1),
    ],
)
def test_what_is_no_notification_is_refused_unasked(fake, gateway, body):
    """Within limits of size and depth, and ids only where ids are; HelloAsso is not asked about rubbish."""
    fails(lambda: gateway.read_webhook(body, {}, NOW), retryable=False)
    assert fake.requests == []


def test_with_a_key_only_signed_notifications_are_looked_up(fake, clock):
    """Where a key is configured nothing else is read, and HelloAsso is not asked about what nobody signed."""
    gateway = opened(fake, clock, "&signature_key=old&signature_key=new")
    paid(fake, gateway)
    body, _ = fake.notifications()[0]
    before = len(fake.requests)
    for headers in ({}, {"x-ha-signature": ""}, {"x-ha-signature": "é"}, signed(body, "other").headers):
        fails(lambda headers=headers: gateway.read_webhook(body, headers, NOW), retryable=False)
    assert len(fake.requests) == before
    for key in ("old", "new"):
        assert gateway.read_webhook(*signed(body, key), NOW)[0].captured == 1000


def test_a_notification_in_an_outage_comes_again(fake, gateway):
    """While HelloAsso cannot be asked, a notification is retryable, so that it is sent again."""
    paid(fake, gateway)
    fake.fail(Fault("before", "500", "GET"))
    fails(lambda: gateway.read_webhook(*fake.notifications()[0], NOW), retryable=True)


@pytest.mark.parametrize(
    ("told", "wait"), [("120", 120), ("999999", 999_999), ("1000000", 0), ("9" * 5_000, 0), ("-1", 0)]
)
def test_a_time_to_wait_that_nobody_waits_is_not_read(told, wait):
    """A Retry-After of up to six digits is read as seconds; what is longer, or no number, is none."""
    assert _wait(told) == wait
