"""``helloasso://``: opening it, its pages, what it makes of states, and what it gives back, against the fake."""

from __future__ import annotations

import json
from datetime import timedelta

import attrs
import pytest

from cantinekit.backends.helloasso import STATES, open_helloasso
from cantinekit.backends.helloasso._shapes import Intent, Operation, Payment
from cantinekit.errors import UrlError
from cantinekit.money import Money
from cantinekit.plugins.ports import FindsByReference
from cantinekit.urls import BackendUrl
from support.payments.helloasso import BACK, NOW, asked, back, clock, fails, fake, gateway, opened, paid

__all__ = ["clock", "fake", "gateway"]

# --- opening ---

GOOD = "client_id=canary&client_secret=canary"


@pytest.mark.parametrize(
    "url",
    [
        "helloasso://",
        f"helloasso://?{GOOD}",
        "helloasso://my-asso",
        "helloasso://my-asso?client_id=canary",
        "helloasso://my-asso?client_id=&client_secret=canary",
        "helloasso://my-asso?client_id=canary&client_secret=env:NO_SUCH_VARIABLE",
        f"helloasso://my-asso/path?{GOOD}",
        f"helloasso://my-asso:443?{GOOD}",
        f"helloasso://ana@my-asso?{GOOD}",
        f"helloasso://one,two?{GOOD}",
        f"helloasso://my.asso?{GOOD}",
        f"helloasso://my-asso?{GOOD}&colour=red",
        f"helloasso://my-asso?{GOOD}&sandbox=yes",
        f"helloasso://my-asso?{GOOD}&timeout=0",
        f"helloasso://my-asso?{GOOD}&timeout=٣",
        f"helloasso://my-asso?{GOOD}&signature_key=",
        f"helloasso://my-asso?{GOOD}&server=evil.example:80",
        f"helloasso://my-asso?{GOOD}&server=127.0.0.1",
        f"helloasso://my-asso?{GOOD}&server=127.0.0.1:x",
        f"helloasso://my-asso?{GOOD}&server=127.0.0.1:80/v5",
        f"helloasso://my-asso?{GOOD}&server=ana@127.0.0.1:80",
        f"helloasso://my-asso?{GOOD}&server=127.0.0.1:80&sandbox=1",
    ],
)
def test_a_url_that_makes_no_sense_is_refused(url):
    """What is unknown, or would show the secret to another host, is an error that does not repeat the secret."""
    with pytest.raises(UrlError) as caught:
        open_helloasso(BackendUrl.parse(url))
    assert "canary" not in str(caught.value)


def test_opening_asks_nobody(monkeypatch):
    """The place is the live one, or that for tries; secrets may be references; nothing is asked, and none is shown."""
    monkeypatch.setenv("HA_SECRET", "canary-env")
    for more, host in (("", "api.helloasso.com"), ("&sandbox=1", "api.helloasso-sandbox.com")):
        url = f"helloasso://my-asso?client_id=canary&client_secret=env:HA_SECRET&signature_key=canary{more}"
        gateway = open_helloasso(BackendUrl.parse(url))
        server = gateway._client._server
        assert (server.host, server.port, server.tls.check_hostname) == (host, 443, True)
        assert "canary" not in f"{gateway} {gateway!r} {gateway._client!r} {server!r} {BackendUrl.parse(url)}"
    assert isinstance(gateway, FindsByReference)
    assert gateway.capabilities.signed_webhooks


# --- charging ---


def test_what_a_page_is_asked_for(fake, gateway):
    """The amount in cents, one instalment, a name of at most 250 characters, the way back, and only ids of ours."""
    result = gateway.charge(asked(text="  Caf\x00é\n" + "x" * 300, amount=Money(1999, "EUR")))
    body = fake.book.intents[int(result.reference)]["asked"]
    assert (body["totalAmount"], body["initialAmount"], body["containsDonation"]) == (1999, 1999, False)
    assert {body[name] for name in ("backUrl", "errorUrl", "returnUrl")} == {BACK}
    assert (len(body["itemName"]), body["itemName"][:6]) == (250, "Caf é ")
    assert body["metadata"] == {
        "cantinekit_key": "pay_1",
        "cantinekit_charge": "chg_1",
        "cantinekit_entity": "ent_1",
        "cantinekit_amount": "1999",
        "cantinekit_made": "2026-11-24T08:30:00.000000Z",
    }
    assert "payer" not in body


@pytest.mark.parametrize(
    "request_",
    [
        asked(amount=Money(1000, "GBP")),
        asked(amount=Money(2**31, "EUR")),
        asked(amount=Money(0, "EUR")),
        asked(means="pm_card"),
        asked(back=None),
        asked(back="http://cantine.invalid/paid"),
        asked(back="https://"),
        asked(back="https://[x"),
        asked(back="https://cantine.invalid/a b"),
        asked(back="cantine.invalid"),
    ],
)
def test_what_cannot_be_charged_is_refused_unasked(fake, gateway, request_):
    """Another currency, a means of payment, no way back by https: refused for good, before HelloAsso is asked."""
    fails(lambda: gateway.charge(request_), retryable=False)
    assert fake.requests == []


def test_one_key_has_one_page_in_a_process(fake, gateway):
    """The key again gives the same address, after it was paid too; another amount is refused."""
    first = gateway.charge(asked())
    fake.pay(first.reference)
    assert gateway.charge(asked()) == first
    fails(lambda: gateway.charge(asked(amount=Money(1001, "EUR"))), retryable=False)
    assert len(fake.book.intents) == 1


# --- looking ---


def test_another_process_asks_by_the_reference(fake, gateway, clock):
    """A process that made no page finds one by its reference, open or paid; by the key alone it finds what is paid."""
    opening = gateway.charge(asked())
    other = opened(fake, clock)
    assert other.lookup("pay_1") is None
    seen = other.lookup_reference("pay_1", opening.reference)
    assert (seen.captured, seen.declined, seen.amount, seen.reference) == (0, "", 1000, opening.reference)
    fake.pay(opening.reference)
    for named in (True, False):
        fake.book.names_intents = named
        assert opened(fake, clock).lookup("pay_1").captured == 1000
    assert other.lookup_reference("pay_1", opening.reference).captured == 1000
    assert other.lookup_reference("pay_1", "").captured == 1000


def test_a_page_that_was_told_is_never_unknown(fake, gateway):
    """A reference that HelloAsso does not know, or that is another charge's, is no None: no second page is made."""
    reference = gateway.charge(asked()).reference
    fails(lambda: gateway.lookup_reference("pay_1", "99"), retryable=True)
    fails(lambda: gateway.lookup_reference("pay_2", reference), retryable=True)
    fails(lambda: gateway.lookup_reference("pay_1", "cs_of_another_provider"), retryable=True)
    fake.pay(reference)
    assert gateway.lookup_reference("pay_1", "99").reference == reference


def test_a_page_that_nobody_paid_comes_to_nothing_after_a_day(fake, gateway, clock):
    """For a day it is pending; then it has expired, unless its key was paid on another page."""
    reference, address = gateway.charge(asked()).reference, gateway.charge(asked()).next_url
    clock.advance(timedelta(hours=24))
    assert gateway.lookup("pay_1").next_url == address
    assert gateway.lookup_reference("pay_1", reference).declined == ""
    clock.advance(timedelta(minutes=1))
    for seen in (gateway.lookup("pay_1"), gateway.lookup_reference("pay_1", reference)):
        assert (seen.declined, seen.next_url) == ("the payment page has expired", None)
    other = opened(fake, clock).charge(asked()).reference
    fake.pay(other)
    assert gateway.lookup_reference("pay_1", reference).reference == other


def test_many_payments_are_read_page_by_page(fake, gateway, clock):
    """A key is found behind more payments than one answer lists; what each page is for is asked once."""
    wanted = paid(fake, gateway)
    clock.advance(timedelta(seconds=1))
    for number in range(105):
        made = fake.book.create_intent({"totalAmount": 5, "itemName": "Other", "metadata": {"n": number}})
        fake.book.intents[made["id"]]["delivered"] = True
        fake.pay(made["id"])
    other = opened(fake, clock)
    assert other.lookup("pay_1").reference == wanted
    before = len(fake.requests)
    assert other.lookup("pay_9") is None
    assert len(fake.requests) - before <= 4


@pytest.mark.parametrize(
    "change",
    [{"date": "2026-11-24T09:30:00"}, {"date": 5}, {"amount": 1000.0}, {"amount": -1}, {"id": None}],
)
def test_a_payment_that_is_not_as_documented(fake, gateway, change):
    """An instant without a zone, an amount that is no integer: nothing is told; of pages of others nothing is read."""
    reference = paid(fake, gateway)
    good = gateway.lookup("pay_1")
    made = fake.book.create_intent({"totalAmount": 5, "itemName": "Other", "metadata": {"cantinekit_key": "pay_1"}})
    fake.book.intents[made["id"]]["delivered"] = True
    fake.book.pay(made["id"]).update(date="2026-11-24T09:30:00.0+01:00", installmentNumber=None)
    assert opened(fake, gateway._clock).lookup("pay_1") == good
    fake.book.payment_of(int(reference)).update(change)
    fails(lambda: gateway.lookup_reference("pay_1", reference), retryable=True)


DOCUMENTED = [
    *("Pending", "Authorized", "Refused", "Unknown", "Registered", "Error", "Refunded", "Refunding", "Waiting"),
    *("Canceled", "Contested", "WaitingBankValidation", "WaitingBankWithdraw", "Abandoned", "WaitingAuthentication"),
    *("AuthorizedPreprod", "Corrected", "Deleted", "Inconsistent", "NoDonation", "Init"),
]
"""The payment states of the published models."""


@pytest.mark.parametrize("state", [*DOCUMENTED, "SomethingNew", "authorized", ""])
def test_each_state_of_a_payment(fake, gateway, state):
    """Each documented state is money, a wait or an end; what is not known waits, and is never taken for paid."""
    reference = gateway.charge(asked()).reference
    fake.begin(reference)
    fake.change(reference, state)
    seen = gateway.lookup_reference("pay_1", reference)
    kind = STATES.get(state, "waits")
    assert (seen.captured == 1000) is (kind == "taken")
    assert seen.declined == (state.lower() if kind == "over" else "")
    assert (seen.refunded, seen.disputed) == ((state == "Refunded") * 1000, (state == "Contested") * 1000)


def test_several_payments_of_a_page():
    """A page on which one payment was refused and another waits is not declined; what was not taken is not back."""
    gone = Operation(9, 1000, "Processed")
    one = Payment(1, 1000, "Refused", NOW, (gone,))
    waits = Intent(5, "pay_1", 1000, NOW, (one, attrs.evolve(one, id=2, state="Waiting")))
    assert waits.observation(NOW).declined == ""
    assert (waits.observation(NOW).captured, waits.observation(NOW).refunded) == (0, 0)
    assert attrs.evolve(waits, payments=(one, one)).observation(NOW).declined == "refused"
    back = attrs.evolve(one, state="Contested", operations=(Operation(9, 400, "Processed"),))
    seen = attrs.evolve(waits, payments=(back,)).observation(NOW)
    assert (seen.captured, seen.refunded, seen.disputed) == (1000, 400, 600)


def test_of_two_pages_with_a_key_the_paid_one_is_told(fake, gateway, clock):
    """Where a payment was begun on another page since, the page that was paid is what is known of the key."""
    reference = paid(fake, gateway)
    clock.advance(timedelta(seconds=1))
    fake.begin(opened(fake, clock).charge(asked()).reference)
    seen = opened(fake, clock).lookup("pay_1")
    assert (seen.reference, seen.captured) == (reference, 1000)


def test_every_documented_state_has_a_line():
    """The table has the states that HelloAsso publishes, all of them and no other; money is in four."""
    assert STATES.keys() == set(DOCUMENTED)
    assert {state for state in STATES if STATES[state] == "taken"} == {
        "Authorized",
        "Refunding",
        "Refunded",
        "Contested",
    }


# --- giving back ---


def test_a_part_is_refused_unasked(fake, gateway):
    """Parts are not given back: HelloAsso has no key by which one could be told from another."""
    reference = paid(fake, gateway)
    assert "all of a payment, or nothing" in fails(
        lambda: gateway.refund(back(reference, Money(400, "EUR"))), retryable=False
    )
    assert not [path for method, path in fake.requests if path.endswith("/refund")]


def test_another_charge_s_payment_is_not_given_back(fake, gateway):
    """A refund whose reference is the page of another charge is declined, and HelloAsso is not asked for one."""
    reference = paid(fake, gateway)
    paid(fake, gateway, key="pay_2")
    assert gateway.refund(back(reference, charge_key="pay_2")).status == "declined"
    assert gateway.lookup("pay_1").refunded == 0


def test_a_refund_that_takes_days(fake, gateway):
    """It is pending as long as it is on its way, asked for once, and settled when it has arrived."""
    reference = paid(fake, gateway)
    fake.book.refund_state = "Processing"
    results = [gateway.refund(back(reference)) for _ in range(3)]
    assert {result.status for result in results} == {"pending"}
    assert gateway.lookup("pay_1").refunded == 0
    fake.book.end_refund(fake.book.payment_of(int(reference))["id"])
    done = gateway.refund(back(reference))
    assert (done.status, done.reference) == ("settled", results[0].reference)
    assert sum(path.endswith("/refund") for _, path in fake.requests) == 1


@pytest.mark.parametrize(
    ("prepare", "status"),
    [
        (lambda book, id: book.change(id, "Contested"), "declined"),
        (lambda book, id: book.change(id, "Refused"), "declined"),
        (lambda book, id: book.refund(id), "settled"),
        (lambda book, id: book.refund(id, 400), "declined"),
        (lambda book, id: setattr(book, "refund_state", "Refused"), "declined"),
    ],
)
def test_what_a_refund_comes_to(fake, gateway, prepare, status):
    """Of what a bank took back, was never paid, went back in parts, or HelloAsso refuses: nothing more goes back."""
    reference = paid(fake, gateway)
    payment = fake.book.payment_of(int(reference))
    prepare(fake.book, payment["id"])
    before = [one["amount"] for one in payment["refundOperations"]]
    result = gateway.refund(back(reference))
    assert (result.status, result.reason == "") == (status, status == "settled")
    assert [one["amount"] for one in payment["refundOperations"]] == before


def test_a_second_factor_is_somebody_s_to_type(fake, gateway):
    """Where HelloAsso wants a code from a telephone, the refund is refused for good, and the error says what to do."""
    reference = paid(fake, gateway)
    fake.book.second_factor = True
    assert "second factor" in fails(lambda: gateway.refund(back(reference)), retryable=False)


def test_what_may_be_asked_again(fake, gateway, monkeypatch):
    """A refund that is being carried out, or of which nobody is sure, is retryable; a state not named is declined."""
    reference = paid(fake, gateway)
    honest = fake.answer

    def answering(status, body):
        def answer(method, target, headers, sent):
            return (status, json.dumps(body).encode()) if "/refund" in target else honest(method, target, headers, sent)

        monkeypatch.setattr(fake, "answer", answer)
        return lambda: gateway.refund(back(reference))

    for code in (109, 112):
        fails(answering(409, {"errors": [{"code": "Error", "message": f"Code : {code} - x"}]}), retryable=True)
    assert answering(409, {"errors": [{"code": "Error", "message": "Code : 115 - x"}]})().reason == "refused: 115"
    assert answering(400, {"errors": "no list"})().reason == "refused: 400"
    for state, status in {"Init": "pending", "Unknown": "pending", "Aborted": "declined", "New": "declined"}.items():
        assert answering(200, {"id": 7, "amount": 1000, "state": state})().status == status
    fails(answering(403, {}), retryable=False)
    fails(answering(200, {"id": "7"}), retryable=True)


def test_a_refusal_because_somebody_was_faster(fake, gateway, monkeypatch):
    """Where the payment went back between the look and the request, what is true is told, and not the refusal."""
    reference, honest = paid(fake, gateway), fake.answer
    payment = fake.book.payment_of(int(reference))

    def answer(method, target, headers, sent):
        if "/refund" in target:
            fake.book.refund(payment["id"])
        return honest(method, target, headers, sent)

    monkeypatch.setattr(fake, "answer", answer)
    result = gateway.refund(back(reference))
    assert (result.status, result.reference) == ("settled", str(payment["refundOperations"][0]["id"]))
    assert len(payment["refundOperations"]) == 1
