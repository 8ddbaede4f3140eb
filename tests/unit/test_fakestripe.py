"""The fake of Stripe's API: what the official SDK sees of it, over HTTP."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
import stripe
import stripe.params as params
from stripe.params import checkout as checkout_params

from cantinekit.testing.fakestripe import AUTHENTICATED, DECLINED, KEY, SECRET, FakeStripe, Fault
from cantinekit.testing.fakestripe._routes import ROUTES
from support.payments.stripe_types import problems

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
CHARGE = {"amount": 1000, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
PAGE = {
    "mode": "payment",
    "success_url": "https://cantine.invalid/",
    "line_items": [
        {"quantity": 2, "price_data": {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Day"}}}
    ],
    "metadata": {"a": "b"},
    "payment_intent_data": {"metadata": {"a": "b"}},
}


@pytest.fixture
def fake():
    with FakeStripe(accounts=["acct_b"]) as server:
        yield server


def client(fake, *, key=KEY, account=None, timeout=5.0, retries=0):
    return stripe.StripeClient(
        key,
        stripe_account=account,
        base_addresses={"api": f"http://127.0.0.1:{fake.port}"},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


def charge(sdk, key="k1", **changes):
    return sdk.v1.payment_intents.create({**CHARGE, **changes}, {"idempotency_key": key})


# --- shapes ---


def test_every_object_is_of_the_types_of_the_sdk(fake):
    """Each object in each state, in lists and events, has the members that the SDK's types have, and their types."""
    sdk = client(fake).v1
    paid = charge(client(fake), "paid", description="Day", metadata={"x": "1"})
    waiting = charge(client(fake), "waiting", payment_method=AUTHENTICATED, return_url="https://cantine.invalid/")
    quiet = charge(client(fake), "quiet", payment_method=AUTHENTICATED)
    with pytest.raises(stripe.CardError):
        charge(client(fake), "declined", payment_method=DECLINED)
    page = sdk.checkout.sessions.create(PAGE)
    fake.pay(page.id)
    fake.decline(sdk.checkout.sessions.create(PAGE).id)
    sdk.refunds.create({"payment_intent": paid.id, "amount": 300})
    fake.book().refund_status = "pending"
    back = fake.book().create_refund({"payment_intent": paid.id, "amount": 100})
    fake.book().end_refund(back, "failed")
    sdk.payment_intents.cancel(quiet.id)
    fake.close_dispute(fake.dispute(paid.id, 1000), "lost")
    fake.dispute(paid.id, 5, "warning_needs_response")
    seen = [
        *sdk.payment_intents.list({"limit": 100, "expand": ["data.latest_charge"]}).data,
        *sdk.checkout.sessions.list({"limit": 100}).data,
        *sdk.refunds.list({"payment_intent": paid.id}).data,
        *sdk.disputes.list({"payment_intent": paid.id}).data,
        *sdk.events.list({"limit": 100}).data,
        *[event.data.object for event in sdk.events.list({"limit": 100}).data],
        sdk.payment_intents.retrieve(waiting.id, {"expand": ["latest_charge"]}),
        sdk.charges.retrieve(fake.book().intents[paid.id]["latest_charge"]),
    ]
    wrong, kinds = [], set()
    for one in seen:
        kinds.add(type(one).__name__)
        wrong += problems(type(one), one.to_dict(), type(one).__name__)
    assert wrong == [], "\n".join(wrong)
    assert kinds == {"PaymentIntent", "Charge", "Refund", "Dispute", "Session", "Event"}


def test_the_types_bite(fake):
    """The control: a member that the SDK does not know, one that is missing and one of another type are found."""
    good = charge(client(fake)).to_dict()
    assert problems(stripe.PaymentIntent, good) == []
    for spoilt in (
        {**good, "colour": 1},
        {**good, "amount": "1000"},
        {**good, "status": 5},
        {**good, "next_action": []},
    ):
        assert problems(stripe.PaymentIntent, spoilt) != []
    del good["livemode"]
    assert problems(stripe.PaymentIntent, good) == [".livemode: missing"]


TYPED = {
    ("POST", "payment_intents"): params.PaymentIntentCreateParams,
    ("GET", "payment_intents"): params.PaymentIntentListParams,
    ("GET", "payment_intents/search"): params.PaymentIntentSearchParams,
    ("POST", "refunds"): params.RefundCreateParams,
    ("GET", "refunds"): params.RefundListParams,
    ("GET", "disputes"): params.DisputeListParams,
    ("POST", "checkout/sessions"): checkout_params.SessionCreateParams,
    ("GET", "checkout/sessions"): checkout_params.SessionListParams,
    ("GET", "events"): params.EventListParams,
}


def test_parameters_are_those_of_the_sdk():
    """No endpoint takes a parameter that the SDK does not have."""
    met = 0
    for route in ROUTES:
        typed = TYPED.get((route.method, route.path.pattern.removeprefix("/v1/")))
        if typed is not None:
            met += 1
            assert set(route.schema) <= set(typed.__annotations__), route.path.pattern
    assert met == len(TYPED)


# --- refusals ---


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"colour": "red"}, "parameter_unknown"),
        ({"automatic_payment_methods": {"enabled": True, "colour": "red"}}, "parameter_unknown"),
        ({"amount": "ten"}, "parameter_invalid_integer"),
        ({"amount": 0}, "parameter_invalid_integer"),
        ({"amount": 49}, "amount_too_small"),
        ({"amount": 10**8}, "amount_too_large"),
        ({"currency": None}, "parameter_missing"),
        ({"metadata": {"x" * 41: "1"}}, None),
        ({"metadata": {"x": "1" * 501}}, None),
        ({"currency": "tnd", "amount": 12_345}, None),
        ({"payment_method": "card_4242"}, "resource_missing"),
        ({"confirm": False, "return_url": "https://cantine.invalid/"}, None),
    ],
)
def test_a_bad_request_is_refused(fake, change, code):
    """Unknown parameters and values that Stripe does not take are errors of the SDK, and make nothing."""
    asked = {name: value for name, value in {**CHARGE, **change}.items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client(fake).v1.payment_intents.create(asked)
    assert (caught.value.http_status, caught.value.code) == (400, code)
    assert [one for one in fake.book().intents.values() if one["amount_received"]] == []


def test_strangers_are_refused(fake):
    """Another key, another account and another path are refused; the accounts see nothing of each other."""
    with pytest.raises(stripe.AuthenticationError) as caught:
        charge(client(fake, key="sk_test_somebody_else"))
    assert "somebody" not in str(caught.value)
    with pytest.raises(stripe.PermissionError):
        charge(client(fake, account="acct_c"))
    with pytest.raises(stripe.InvalidRequestError):
        client(fake).v1.customers.list()
    made = charge(client(fake, account="acct_b"))
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client(fake).v1.payment_intents.retrieve(made.id)
    assert caught.value.code == "resource_missing"


def test_more_than_is_left_is_not_refunded(fake):
    """Refunds add up to what was captured, and no further."""
    sdk, made = client(fake).v1, charge(client(fake))
    sdk.refunds.create({"payment_intent": made.id, "amount": 600})
    for amount, code in ((401, None), (0, "parameter_invalid_integer")):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            sdk.refunds.create({"payment_intent": made.id, "amount": amount})
        assert caught.value.code == code
    sdk.refunds.create({"payment_intent": made.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.refunds.create({"payment_intent": made.id})
    assert caught.value.code == "charge_already_refunded"


def test_a_decline_is_an_error_with_the_payment(fake):
    """A declined card is a CardError that names the PaymentIntent, and comes again under its key."""
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            charge(client(fake), payment_method=DECLINED)
        assert caught.value.code == "card_declined"
        assert caught.value.json_body["error"]["payment_intent"]["status"] == "requires_payment_method"
    assert len(fake.book().intents) == 1


# --- idempotency ---


def test_a_key_is_one_request(fake):
    """The same key with the same parameters is the first answer; with others, an IdempotencyError, as Stripe has it."""
    first = charge(client(fake))
    assert charge(client(fake)).to_dict() == first.to_dict()
    for change in ({"amount": 1001}, {"metadata": {"a": "b"}}):
        with pytest.raises(stripe.IdempotencyError) as caught:
            charge(client(fake), **change)
        assert caught.value.http_status == 400
    assert len(fake.book().intents) == 1
    charge(client(fake), "k2")
    assert len(fake.book().intents) == 2


def test_a_refused_request_is_not_kept(fake):
    """A request that fails validation leaves its key free."""
    with pytest.raises(stripe.InvalidRequestError):
        charge(client(fake), colour="red")
    assert charge(client(fake)).status == "succeeded"


def test_a_pruned_key_is_a_new_request(fake):
    """A key that was pruned makes a second charge: whoever comes back after a day has to look first."""
    charge(client(fake))
    fake.forget_keys()
    charge(client(fake))
    assert len(fake.book().intents) == 2


# --- faults ---


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["drop", "hang", "500", "429"])
def test_faults(fake, when, what):
    """Before: nothing is done, and the key is free. After: it is done once; an answer of 500 stays with the key."""
    fake.fail(Fault(when, what, times=1))
    with pytest.raises(stripe.StripeError) as caught:
        charge(client(fake, timeout=1.5 if what == "hang" else 5))
    assert caught.value.http_status == {"500": 500, "429": 429}.get(what)
    assert len(fake.book().intents) == (1 if when == "after" else 0)
    if (when, what) == ("after", "500"):
        with pytest.raises(stripe.APIError):
            charge(client(fake))
    else:
        assert charge(client(fake)).status == "succeeded"
    assert [one["amount_received"] for one in fake.book().intents.values()] == [1000]


def test_the_sdk_repeats_with_our_key(fake):
    """The SDK's own retries have the key that it was given, so that a lost answer is one charge."""
    fake.fail(Fault("after", "drop", times=1))
    assert charge(client(fake, retries=1)).status == "succeeded"
    assert [key for _, _, key in fake.requests] == ["k1", "k1"]
    assert len(fake.book().intents) == 1


def test_two_at_once_with_one_key(fake):
    """A key that is being worked on is a conflict that may be retried, never a second charge."""
    outcomes = []

    def work():
        try:
            outcomes.append(charge(client(fake)).id)
        except stripe.StripeError as error:
            outcomes.append(error.http_status)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake.book().intents) == 1
    assert set(outcomes) - {409} == set(fake.book().intents)


# --- webhooks ---


def test_webhooks_are_verified_by_the_sdk(fake):
    """What the fake signs the SDK accepts; another secret, or another body, it does not."""
    charge(client(fake))
    now = datetime.now(UTC)
    for body, headers in fake.webhooks(now):
        assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], SECRET).object == "event"
        for forged, secret in ((body + b" ", SECRET), (body, "whsec_other")):
            with pytest.raises(stripe.SignatureVerificationError):
                stripe.Webhook.construct_event(forged, headers["Stripe-Signature"], secret)


def test_webhooks_come_late_twice_and_in_disorder(fake):
    """Every event is there as often as asked for, in another order, with the time at which it is sent."""
    for number in range(5):
        charge(client(fake), f"k{number}")
    hooks = fake.webhooks(NOW, copies=2, order=random.Random(3))
    ids = [json.loads(body)["id"] for body, _ in hooks]
    straight = [event["id"] for event in fake.book().events]
    assert sorted(ids) == sorted(straight * 2)
    assert ids != straight * 2
    assert {headers["Stripe-Signature"].partition(",")[0] for _, headers in hooks} == {f"t={int(NOW.timestamp())}"}


def test_an_event_is_a_snapshot(fake):
    """An event keeps what its object was, whatever becomes of it later."""
    made = charge(client(fake), payment_method=AUTHENTICATED)
    fake.pay(made.id)
    states = [e["data"]["object"]["status"] for e in fake.book().events if e["type"].startswith("payment_intent")]
    assert states == ["requires_payment_method", "requires_action", "succeeded"]


def test_pages_are_the_newest_first(fake):
    """Lists are paged, the newest first, and are not behind; search is behind by a minute."""
    made = [charge(client(fake), f"k{n}", metadata={"n": str(n)}).id for n in range(5)]
    sdk = client(fake).v1.payment_intents
    first = sdk.list({"limit": 2})
    rest = sdk.list({"limit": 100, "starting_after": first.data[-1].id})
    assert [one.id for one in [*first.data, *rest.data]] == made[::-1]
    assert (first.has_more, rest.has_more) == (True, False)
    assert sdk.search({"query": "metadata['n']:'3'"}).data == []


def test_fixtures_are_opt_in(tmp_path):
    """A conftest that names the plug-in has its fixtures, one that does not has none."""
    (tmp_path / "test_it.py").write_text(
        "import urllib.request, urllib.error\n"
        "def test_it(fake_stripe, payment_stage):\n"
        "    assert payment_stage.gateway.lookup('k') is None\n"
        "    try:\n"
        "        urllib.request.urlopen(f'http://127.0.0.1:{fake_stripe.port}/v1/refunds')\n"
        "    except urllib.error.HTTPError as error:\n"
        "        assert error.code == 401\n"
        "        error.close()\n"
        "    else:\n"
        "        raise AssertionError\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    without = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (without.returncode, "fixture 'fake_stripe' not found" in without.stdout) == (1, True)
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['cantinekit.testing.plugin']\n", "utf-8")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
