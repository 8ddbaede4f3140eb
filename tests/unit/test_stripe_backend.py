"""``stripe://``: what it makes of Stripe's answers, errors and events, by the official SDK against the fake."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.backends.stripe import StripeGateway, _client, _gateway, open_stripe
from cantinekit.backends.stripe._amounts import from_stripe, to_stripe
from cantinekit.clock import ManualClock
from cantinekit.errors import GatewayError, UrlError
from cantinekit.money import Money
from cantinekit.money._currencies import EXPONENTS
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, RefundRequest
from cantinekit.testing.fakestripe import AUTHENTICATED, DECLINED, SECRET, FakeStripe, Fault, signed
from cantinekit.urls import BackendUrl

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
BACK = "https://cantine.invalid/paid"
TEN = Money(1000, "EUR")


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def fake(clock):
    with FakeStripe(clock=clock, accounts=["acct_b"]) as server:
        yield server


def opened(fake, clock=None, **options):
    wanted = {"key": fake.key, "webhook": SECRET, "retries": "0", **options}
    query = "&".join(f"{name}={value}" for name, value in wanted.items() if value)
    gateway = open_stripe(BackendUrl.parse(f"stripe://127.0.0.1:{fake.port}?{query}"))
    if clock is not None:
        gateway._clock = clock
    return gateway


@pytest.fixture
def gateway(fake, clock):
    return opened(fake, clock)


def asked(key="pay_1", amount=TEN, means="pm_card_visa", back=BACK, text="Day"):
    return ChargeRequest(key, amount, "chg_1", "ent_1", text, back, means)


def refund(key="ref_1", amount=TEN, charge_key="pay_1", reference=""):
    return RefundRequest(key, charge_key, reference, amount)


def events(fake, gateway, since=0):
    return [gateway.read_webhook(body, headers, NOW) for body, headers in fake.webhooks(NOW, since=since)]


# --- opening ---


@pytest.mark.parametrize(
    "url",
    [
        "stripe://",
        "stripe://?key=pk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "stripe://?key=sk_test_abcd%20efgh",
        "stripe://?key=sk_test_abcdef&webhook=",
        "stripe://?key=sk_test_abcdef&account=somebody",
        "stripe://?key=sk_test_abcdef&timeout=0",
        "stripe://?key=sk_test_abcdef&timeout=1.5",
        "stripe://?key=sk_test_abcdef&retries=9",
        "stripe://?key=sk_test_abcdef&retries=٣",
        "stripe://?key=sk_test_abcdef&colour=red",
        "stripe://api.stripe.com?key=sk_test_abcdef",
        "stripe://evil.example:443?key=sk_test_abcdef",
        "stripe://127.0.0.1?key=sk_test_abcdef",
        "stripe://127.0.0.1.evil.example:80?key=sk_test_abcdef",
        "stripe://10.0.0.1:80?key=sk_test_abcdef",
        "stripe://ana@127.0.0.1:80?key=sk_test_abcdef",
        "stripe:///path?key=sk_test_abcdef",
    ],
)
def test_a_url_that_makes_no_sense_is_refused(url):
    """What is unknown, or would show the key to another host, is an error that does not repeat the key."""
    with pytest.raises(UrlError) as caught:
        open_stripe(BackendUrl.parse(url))
    assert "abcdef" not in str(caught.value)
    assert "4eC39" not in str(caught.value)


@pytest.mark.parametrize("host", ["", "127.0.0.1:80", "localhost:80", "[::1]:80"])
def test_this_machine_may_stand_in(host, monkeypatch):
    """Opening asks nobody; the key may be a reference, and is read at once."""
    monkeypatch.setenv("STRIPE_KEY", "rk_live_abcdef")
    assert isinstance(open_stripe(BackendUrl.parse(f"stripe://{host}?key=env:STRIPE_KEY")), StripeGateway)
    monkeypatch.delenv("STRIPE_KEY")
    with pytest.raises(UrlError):
        open_stripe(BackendUrl.parse(f"stripe://{host}?key=env:STRIPE_KEY"))


# --- charging ---


def test_a_bank_that_wants_to_see_the_payer_is_pending(fake, gateway):
    """3-D Secure is pending with the bank's address; without a way back it is pending with none."""
    result = gateway.charge(asked(means=AUTHENTICATED))
    assert (result.status, result.next_url) == ("pending", f"https://hooks.fake.invalid/3ds/{result.reference}")
    fake.pay(result.reference)
    assert gateway.lookup("pay_1").captured == 1000
    assert gateway.charge(asked("pay_2", means=AUTHENTICATED, back=None)).next_url is None


def test_a_bank_that_says_no_is_declined(fake, gateway):
    """A card that is declined, and a payer whom the bank did not know, are declined with Stripe's word for why."""
    result = gateway.charge(asked(means=DECLINED))
    assert (result.status, result.reason) == ("declined", "generic_decline")
    assert result.reference in fake.book().intents
    fake.decline(gateway.charge(asked("pay_2", means=AUTHENTICATED)).reference)
    assert gateway.lookup("pay_2").declined == "authentication_failure"


def test_a_payment_page(fake, gateway):
    """Without a means of payment a page is opened; who fails there may try again, and an expired page is a decline."""
    result = gateway.charge(asked(means=""))
    assert result == ChargeResult(
        "pending", result.reference, next_url=f"https://checkout.fake.invalid/c/pay/{result.reference}"
    )
    assert (gateway.lookup("pay_1").captured, gateway.lookup("pay_1").declined) == (0, "")
    fake.pay(result.reference)
    seen = gateway.lookup("pay_1")
    assert (seen.captured, seen.reference[:3]) == (1000, "pi_")
    gone = gateway.charge(asked("pay_2", means=""))
    fake.decline(gone.reference)
    assert gateway.lookup("pay_2").declined == "the payment page has expired"
    with pytest.raises(GatewayError, match="return_url"):
        gateway.charge(asked("pay_3", means="", back=None))


def test_a_failure_on_a_page_is_not_the_end(fake, gateway):
    """A payment that failed on a page waits for another card; one that was canceled is declined."""
    made = fake.book().create_intent(
        {"amount": 1000, "currency": "eur", "metadata": {"cantinekit_key": "pay_1", "cantinekit_flow": "checkout"}}
    )
    fake.book().decline(made, "card_declined", "insufficient_funds")
    assert gateway.lookup("pay_1").declined == ""
    fake.book().cancel(made, "abandoned")
    assert gateway.lookup("pay_1").declined == "abandoned"


def test_means_may_be_kept_with_a_customer(fake, gateway):
    """A means of payment that is kept with a customer is charged with it."""
    result = gateway.charge(asked(means="cus_123/pm_card_visa"))
    assert fake.book().intents[result.reference]["customer"] == "cus_123"


@pytest.mark.parametrize(
    "means", ["4242 4242 4242 4242", "4242424242424242", "pm", "pm_x/pm_y", "cus_1/", "pm_x\r\nA: b"]
)
def test_what_is_no_means_of_payment_is_refused(gateway, fake, means):
    """The number of a card is no means of payment; it is refused, not sent, and not repeated."""
    with pytest.raises(GatewayError) as caught:
        gateway.charge(asked(means=means))
    assert not caught.value.retryable
    assert "4242" not in str(caught.value)
    assert fake.requests == []


def test_nothing_about_a_person_is_in_metadata(fake, gateway):
    """Metadata have our ids only."""
    result = gateway.charge(asked())
    assert fake.book().intents[result.reference]["metadata"] == {
        "cantinekit_key": "pay_1",
        "cantinekit_flow": "card",
        "cantinekit_charge": "chg_1",
        "cantinekit_entity": "ent_1",
    }


# --- finding by key ---


def test_a_lost_charge_is_found_where_search_is_behind(fake, gateway, monkeypatch):
    """Lists find a charge whose answer was lost at once, when search does not; so it is not made again after a day."""
    fake.fail(Fault("after", "drop", times=1))
    with pytest.raises(GatewayError):
        gateway.charge(asked())
    assert gateway._search("pay_1") is None
    assert gateway.lookup("pay_1").captured == 1000


def test_without_lists_a_charge_is_made_twice(fake, gateway, monkeypatch):
    """The control: with search alone lookup knows nothing, and where the key was pruned the money is taken twice."""
    monkeypatch.setattr(_gateway, "LOOK_BACK", timedelta(0))
    fake.fail(Fault("after", "drop", times=1))
    with pytest.raises(GatewayError):
        gateway.charge(asked())
    fake.book().intents[next(iter(fake.book().intents))]["created"] -= 1
    assert gateway.lookup("pay_1") is None
    fake.forget_keys()
    gateway.charge(asked())
    assert sum(one["amount_received"] for one in fake.book().intents.values()) == 2000


def test_an_old_charge_is_found_by_search(fake, gateway, clock):
    """What is older than lists are read is found by search, and read again: search may tell of an older state."""
    gateway.charge(asked())
    gateway.charge(asked("pay_2", means=""))
    clock.advance(timedelta(days=9))
    assert gateway.lookup("pay_1").captured == 1000
    assert gateway.lookup("PAY_1") is None
    assert gateway.lookup("pay_2") is None


def test_a_key_is_found_on_any_page(fake, gateway):
    """A key is found behind hundreds of others."""
    gateway.charge(asked("pay_first"))
    for number in range(230):
        fake.book().create_intent({"amount": 100, "currency": "eur", "metadata": {"cantinekit_key": f"pay_{number}"}})
    assert gateway.lookup("pay_first").captured == 1000
    assert len([path for _, path, _ in fake.requests if path == "/v1/payment_intents"]) == 4


def test_an_error_that_stripe_keeps_is_seen_through(fake, gateway):
    """Stripe repeats an answer of 500 under a key for a day: lookup tells what was captured, a refund is found."""
    fake.fail(Fault("after", "500", times=1))
    for _ in range(2):
        with pytest.raises(GatewayError) as caught:
            gateway.charge(asked())
        assert caught.value.retryable
    assert gateway.lookup("pay_1").captured == 1000
    fake.fail(Fault("after", "500", path="/v1/refunds", times=1))
    with pytest.raises(GatewayError):
        gateway.refund(refund())
    assert gateway.refund(refund()).status == "settled"
    assert gateway.lookup("pay_1").refunded == 1000


def test_the_sdk_may_try_again_by_itself(fake):
    """With retries the SDK itself makes a lost answer good, under our key."""
    fake.fail(Fault("after", "drop", times=1))
    assert opened(fake, retries="1").charge(asked()).status == "settled"
    assert [key for _, _, key in fake.requests] == ["pay_1", "pay_1"]


# --- errors ---


@pytest.mark.parametrize(("what", "said"), [("429", "status 429"), ("500", "status 500"), ("drop", "no answer")])
def test_what_may_be_retried(fake, gateway, what, said):
    """Without an answer, or with one of 429 or 5xx, nobody knows the outcome: it may be retried."""
    fake.fail(Fault("before", what, ""))
    for work in (lambda: gateway.charge(asked()), lambda: gateway.lookup("pay_1"), lambda: gateway.refund(refund())):
        with pytest.raises(GatewayError, match=said) as caught:
            work()
        assert caught.value.retryable


def test_a_hanging_provider_ends_at_the_timeout(fake):
    """A provider that does not answer is an outage when the timeout ends."""
    fake.fail(Fault("before", "hang"))
    with pytest.raises(GatewayError) as caught:
        opened(fake, timeout="1").charge(asked())
    assert caught.value.retryable


def test_what_is_refused_for_good(fake, gateway):
    """A wrong key, and a request that Stripe does not take, are refused for good, without Stripe's text."""
    other = opened(fake, key="sk_test_somebody_else")
    with pytest.raises(GatewayError, match=r"stripe:// failed: status 401, invalid_request_error") as caught:
        other.charge(asked())
    assert (caught.value.retryable, "somebody" in str(caught.value)) == (False, False)
    with pytest.raises(GatewayError, match=r"status 400, invalid_request_error, amount_too_small, amount") as caught:
        gateway.charge(asked(amount=Money(7, "EUR")))
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"[]", b"{}", b'{"id": 5}', b'{"object": "payment_intent"}', b"null"]
)
def test_an_answer_that_is_no_answer_is_an_outage(fake, gateway, monkeypatch, answer):
    """A proxy's page, or an object that lacks what it should have, leaves the outcome unknown."""
    monkeypatch.setattr(fake, "answer", lambda *request: (200, answer))
    for work in (lambda: gateway.charge(asked()), lambda: gateway.charge(asked(means="")), lambda: gateway.lookup("k")):
        with pytest.raises(GatewayError) as caught:
            work()
        assert caught.value.retryable


def test_errors_have_no_cause_with_somebodys_data(fake, gateway, monkeypatch):
    """A message of Stripe's that quotes what was sent is in no text of ours, nor in what led to the error."""
    body = json.dumps({"error": {"type": "invalid_request_error", "message": "bad zoe@example.org", "code": "zoe@x"}})
    monkeypatch.setattr(fake, "answer", lambda *request: (400, body.encode()))
    with pytest.raises(GatewayError) as caught:
        gateway.charge(asked())
    assert "zoe" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_the_sdks_logs_are_kept_quiet(fake, gateway, caplog, monkeypatch):
    """What the SDK logs of our calls is dropped; the control shows what it would have told."""
    caplog.set_level(logging.DEBUG)
    gateway.charge(asked(text="zoe@example.org"))
    assert "zoe@example.org" not in caplog.text
    monkeypatch.setattr(_client, "_OURS", _client.contextvars.ContextVar("never", default=False))
    monkeypatch.setattr(_client, "_quiet", _client.contextmanager(lambda: iter([None])))
    gateway.charge(asked("pay_2", text="zoe@example.org"))
    assert "zoe@example.org" in caplog.text


# --- refunds and disputes ---


def test_a_refund_needs_the_charge_that_it_names(fake, gateway):
    """A reference of another charge is declined; the right one saves looking."""
    mine, other = gateway.charge(asked()), gateway.charge(asked("pay_2"))
    assert gateway.refund(refund(reference=other.reference)).status == "declined"
    assert gateway.refund(refund(reference=mine.reference, amount=Money(400, "EUR"))).status == "settled"
    assert (gateway.lookup("pay_1").refunded, gateway.lookup("pay_2").refunded) == (400, 0)


def test_a_refund_that_is_turned_back_later(fake, gateway):
    """A refund that the bank turns back is declined when it is asked for again, and no longer counts."""
    gateway.charge(asked())
    fake.book().refund_status = "pending"
    assert gateway.refund(refund()).status == "pending"
    (made,) = fake.book().refunds.values()
    fake.book().end_refund(made, "failed")
    assert gateway.refund(refund()) == ChargeResult("declined", made["id"], "lost_or_stolen_card")
    assert gateway.lookup("pay_1").refunded == 0


@pytest.mark.parametrize(
    ("status", "closed", "disputed"),
    [
        ("needs_response", None, 1000),
        ("under_review", None, 1000),
        ("needs_response", "lost", 1000),
        ("needs_response", "won", 0),
        ("warning_needs_response", None, 0),
    ],
)
def test_disputes(fake, gateway, status, closed, disputed):
    """A dispute takes the money back until it is won; an inquiry moves nothing."""
    paid = gateway.charge(asked())
    dispute = fake.dispute(paid.reference, 1000, status)
    if closed:
        fake.close_dispute(dispute, closed)
    assert gateway.lookup("pay_1").disputed == disputed
    assert events(fake, gateway)[-1][0].disputed == disputed
    wanted = "declined" if disputed else "settled"
    assert gateway.refund(refund()).status == wanted


# --- webhooks ---


def test_every_event_tells_the_present(fake, gateway):
    """Whatever event comes, and however late, it tells what is true when it is read."""
    gateway.charge(asked())
    gateway.refund(refund(amount=Money(300, "EUR")))
    seen = [one for found in events(fake, gateway) for one in found]
    assert {(one.key, one.captured, one.refunded) for one in seen} == {("pay_1", 1000, 300)}
    assert len(seen) == len(fake.book().events) == len({one.event_id for one in seen})


def test_events_of_a_page(fake, gateway):
    """A page that was paid is told by its own event too, and one that expired as declined."""
    fake.pay(gateway.charge(asked(means="")).reference)
    fake.decline(gateway.charge(asked("pay_2", means="")).reference)
    told = {one.key: one for found in events(fake, gateway) for one in found}
    assert (told["pay_1"].captured, told["pay_2"].declined) == (1000, "the payment page has expired")


def test_what_others_made_is_passed_over(fake, gateway):
    """An event about a payment that we did not make, or about nothing that we know, tells nothing."""
    book = fake.book()
    made = book.create_intent({"amount": 1000, "currency": "eur"})
    book.pay(made)
    book.decline(book.create_intent({"amount": 1000, "currency": "eur"}), "card_declined", "generic_decline")
    book.tell("customer.created", {"id": "cus_1", "object": "customer"})
    book.tell("charge.succeeded", {"id": "ch_1", "object": "charge", "payment_intent": None})
    assert [list(found) for found in events(fake, gateway)] == [[]] * len(book.events)


@pytest.mark.parametrize("id", ["pi_1/../../balance", "pi_1?expand", "", 7, "x" * 256])
def test_an_id_that_is_none_of_stripes_is_not_asked_for(fake, gateway, id):
    """A signed event about a payment whose id could be another address is refused for good, and nothing is asked."""
    fake.book().tell("charge.succeeded", {"id": "ch_1", "object": "charge", "payment_intent": id})
    body, before = json.dumps(fake.book().events[-1]).encode(), list(fake.requests)
    with pytest.raises(GatewayError) as caught:
        gateway.read_webhook(*signed(body, NOW, [SECRET]), NOW)
    assert not caught.value.retryable
    assert fake.requests == before


def test_live_and_test_are_not_mixed_up(fake, gateway, clock):
    """An event of the other mode is refused for good, though it is signed."""
    gateway.charge(asked())
    body = json.dumps({**fake.book().events[-1], "livemode": True}).encode()
    with pytest.raises(GatewayError, match="mixed up") as caught:
        gateway.read_webhook(*signed(body, NOW, [SECRET]), NOW)
    assert not caught.value.retryable
    with FakeStripe(key="sk_live_fakestripe", clock=clock) as live:
        opened(live).charge(asked())
        assert [one.captured for found in events(live, opened(live)) for one in found][-1] == 1000


def test_accounts_are_not_mixed_up(fake, gateway):
    """An event of one account is refused by the gateway of another, and so is one of none."""
    other = opened(fake, gateway._clock, account="acct_b")
    other.charge(asked())
    gateway.charge(asked())
    assert gateway.lookup("pay_1").reference != other.lookup("pay_1").reference
    for account, mine, stranger in (("acct_b", other, gateway), ("", gateway, other)):
        hook = fake.webhooks(NOW, account=account)[-1]
        assert mine.read_webhook(*hook, NOW)[0].captured == 1000
        with pytest.raises(GatewayError, match="another account"):
            stranger.read_webhook(*hook, NOW)


def test_a_webhook_while_stripe_is_away_may_come_again(fake, gateway):
    """Where the payment cannot be read the webhook is not taken: Stripe sends it again."""
    gateway.charge(asked())
    fake.fail(Fault("before", "500", "GET"))
    hook = fake.webhooks(NOW)[-1]
    with pytest.raises(GatewayError) as caught:
        gateway.read_webhook(*hook, NOW)
    assert caught.value.retryable
    fake.fail()
    assert gateway.read_webhook(*hook, NOW)[0].captured == 1000


def test_without_a_secret_no_webhook_is_read(fake):
    """Without the option webhook every webhook is refused."""
    with pytest.raises(GatewayError, match="option webhook"):
        opened(fake, webhook="").read_webhook(b"{}", {}, NOW)


# --- amounts ---


@pytest.mark.parametrize(
    ("amount", "theirs"),
    [
        (Money(1999, "EUR"), 1999),
        (Money(500, "JPY"), 500),
        (Money(12_340, "TND"), 12_340),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(1200, "MGA"), 12),
        (Money(1999, "HUF"), 1999),
    ],
)
def test_amounts_as_stripe_counts_them(amount, theirs):
    """Stripe's smallest units are those of its documentation, not of ISO 4217 everywhere."""
    assert to_stripe(amount) == (theirs, amount.currency.lower())
    assert from_stripe(theirs, amount.currency.lower()) == amount.amount


@pytest.mark.parametrize("amount", [Money(12_345, "TND"), Money(1250, "MGA")])
def test_parts_that_stripe_does_not_take(amount):
    """An amount that Stripe cannot charge exactly is refused for good, never rounded."""
    with pytest.raises(GatewayError) as caught:
        to_stripe(amount)
    assert not caught.value.retryable


@given(st.integers(1, 10**9), st.sampled_from(sorted(EXPONENTS)))
def test_amounts_come_back(amount, currency):
    """What is told to Stripe comes back as it was, to the last unit, in every currency."""
    try:
        theirs, code = to_stripe(Money(amount, currency))
    except GatewayError:
        return
    assert from_stripe(theirs, code) == amount
