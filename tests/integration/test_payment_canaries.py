"""Card numbers, IBANs, addresses and keys are planted wherever a payment passes, and no log and no error shows one."""

from __future__ import annotations

import json
import logging
import traceback
from contextlib import suppress

import pytest

from cantinekit import Registry
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import CantineError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, RefundRequest
from cantinekit.testing.fakehelloasso import CLIENT_SECRET, FakeHelloAsso
from cantinekit.testing.fakestripe import FakeStripe, signed
from support.houses.edges import charge_of
from support.houses.small_house import CANARIES as NAMES
from support.houses.small_house import START, open_house

CARD, IBAN, MAIL = "4000056655665556", "FR7630006000011234567890189", "canary.zoe@example.org"
KEY, SECRET, OTHER = "sk_test_canaryKEY", "whsec_canarySECRET", "whsec_canaryOTHER"
SAID = f"{CARD} {IBAN} {MAIL}"
CANARIES = (CARD, IBAN, MAIL, "canaryKEY", "canarySECRET", "canaryOTHER", CLIENT_SECRET, "payer.invalid", *NAMES)
NOW = START
TEN = Money(1000, "EUR")


class Listener(logging.Handler):
    """Every record of every logger, with its traceback, as text."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(logging.Formatter().format(record))


@pytest.fixture
def log():
    listener, root = Listener(), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    yield listener.lines
    root.setLevel(level)
    root.removeHandler(listener)


@pytest.fixture
def fake():
    with FakeStripe(key=KEY, secrets=[SECRET]) as server:
        yield server


@pytest.fixture
def asso():
    with FakeHelloAsso() as server:
        yield server


def texts(error):
    """All that an error says, with all that led to it."""
    found = ["".join(traceback.format_exception(error))]
    while error is not None:
        found += [str(error), repr(error), repr(error.args)]
        error = error.__cause__ or error.__context__
    return found


def told(*calls):
    """What calls said: the texts of errors; of what went well the reprs of nothing but the result's type."""
    found = []
    for call in calls:
        try:
            call()
        except CantineError as error:
            found += texts(error)
    return found


def assert_silent(lines):
    assert lines
    for word in CANARIES:
        assert [line for line in lines if word in line] == [], word


def gateways(fake):
    registry = Registry.load(entry_points=False)
    return {
        "fake": registry.gateway(f"fake://?secret={SECRET}&outcome=declined,outage,settled&refund=outage"),
        "manual": registry.gateway("manual://"),
        "stripe": registry.gateway(f"stripe://127.0.0.1:{fake.port}?key={KEY}&webhook={SECRET}&retries=0"),
    }


ANSWERS = [
    (400, {"error": {"type": "invalid_request_error", "message": SAID, "code": CARD, "param": MAIL}}),
    (401, {"error": {"type": "invalid_request_error", "message": f"Invalid API Key provided: {KEY}"}}),
    (402, {"error": {"type": "card_error", "message": SAID, "code": CARD, "decline_code": IBAN}}),
    (402, {"error": {"type": "card_error", "message": SAID, "payment_intent": {"id": "pi_1", "receipt_email": MAIL}}}),
    (429, {"error": {"type": "invalid_request_error", "message": SAID}}),
    (500, {"error": {"type": "api_error", "message": SAID}}),
    (200, {"id": SAID, "object": "payment_intent", "metadata": SAID}),
    (200, SAID),
]


@pytest.mark.parametrize("name", ["fake", "manual", "stripe"])
def test_no_gateway_repeats_what_it_was_given(fake, log, name, monkeypatch):
    """What is in requests, webhooks and the provider's answers is in no log and no error of any gateway."""
    gateway = gateways(fake)[name]
    charge = ChargeRequest("pay_1", TEN, "chg_1", "ent_1", SAID, f"https://x.invalid/{MAIL}", "pm_card_visa")
    odd = ChargeRequest("pay_2", Money(-1, "EUR"), "chg_1", "ent_1", SAID, None, CARD)
    card = ChargeRequest("pay_3", TEN, "chg_1", "ent_1", SAID, None, CARD)
    back = RefundRequest("ref_1", "pay_1", "", TEN)
    event = json.dumps({"object": "event", "id": SAID, "data": {"object": SAID}}).encode()
    hooks = [signed(body, NOW, [secret]) for body in (event, SAID.encode()) for secret in (SECRET, OTHER)]
    calls = [
        *(lambda request=request: gateway.charge(request) for request in (charge, odd, card, charge)),
        lambda: gateway.refund(back),
        lambda: gateway.refund(RefundRequest("ref_2", "pay_1", "", Money(0, "EUR"))),
        *(lambda hook=hook: gateway.read_webhook(*hook, NOW) for hook in hooks),
        lambda: gateway.read_webhook(event, {"Stripe-Signature": SAID, "Fake-Signature": SAID}, NOW),
    ]
    lines = [repr(gateway), str(gateway), *told(*calls)]
    if name == "stripe":
        for status, answer in ANSWERS:
            monkeypatch.setattr(fake, "answer", lambda *of, s=status, a=answer: (s, json.dumps(a).encode()))
            for request in (charge, ChargeRequest("pay_4", TEN, "chg_1", "ent_1", SAID, "https://x.invalid/")):
                lines += told(lambda r=request: gateway.charge(r), lambda: gateway.refund(back))
                with suppress(CantineError):
                    lines.append(repr(gateway.charge(request)))
            lines += told(lambda: gateway.lookup("pay_1"))
    assert_silent([*lines, *log, ""])


ASSO_ANSWERS = [
    (400, {"errors": [{"code": MAIL, "message": SAID}, {"code": "ArgumentInvalid", "message": SAID}]}),
    (401, {"errors": [{"code": "Unauthorized", "message": SAID}]}),
    (409, {"errors": [{"code": "Error", "message": f"Code : 113 - {SAID}"}]}),
    (429, {"message": SAID}),
    (500, SAID),
    (200, {"id": SAID, "redirectUrl": SAID, "metadata": SAID}),
    (200, SAID),
]


def test_helloasso_repeats_nothing(asso, log, monkeypatch):
    """What is in requests, notifications and answers, payers with them, is in no log and no error of ``helloasso://``."""
    gateway = Registry.load(entry_points=False).gateway(f"{asso.url}&signature_key={SECRET}")
    charge = ChargeRequest("pay_1", TEN, "chg_1", "ent_1", SAID, f"https://x.invalid/{MAIL}")
    asso.pay(gateway.charge(charge).reference)
    lines = [
        repr(gateway),
        repr(gateway.lookup("pay_1")),
        repr(gateway.refund(RefundRequest("ref_1", "pay_1", "", TEN))),
    ]
    for hook in (*asso.notifications(key=SECRET), *asso.notifications(key=OTHER)):
        with suppress(CantineError):
            lines.append(repr(gateway.read_webhook(*hook, NOW)))
    odd = [
        ChargeRequest("pay_2", TEN, "chg_1", "ent_1", SAID, f"http://x.invalid/{MAIL}"),
        ChargeRequest("pay_3", TEN, "chg_1", "ent_1", SAID, f"https://x.invalid/{MAIL}", CARD),
    ]
    lines += told(*(lambda request=request: gateway.charge(request) for request in odd))
    lines += told(lambda: gateway.read_webhook(SAID.encode(), {"x-ha-signature": SAID}, NOW))
    fresh = ChargeRequest("pay_4", TEN, "chg_1", "ent_1", SAID, f"https://x.invalid/{MAIL}")
    for status, answer in ASSO_ANSWERS:
        monkeypatch.setattr(asso, "answer", lambda *of, s=status, a=answer: (s, json.dumps(a).encode()))
        lines += told(lambda: gateway.charge(fresh), lambda: gateway.lookup("pay_1"), lambda: gateway.lookup("pay_5"))
    assert len(lines) > 40
    assert_silent([*lines, *log])


def test_no_url_shows_its_secrets(log):
    """A gateway URL that is refused does not show its key, whatever is wrong with it."""
    registry = Registry.load(entry_points=False)
    urls = [
        f"stripe://?key=pk_{KEY}",
        f"stripe://?key={KEY}&colour=red",
        f"stripe://evil.example:80?key={KEY}&webhook={SECRET}",
        f"stripe://?key={KEY}&timeout={SECRET}",
        f"stripe://?key={KEY}&account={SECRET}",
        f"stripe://?key=env:NO_SUCH_VARIABLE&webhook={SECRET}",
        f"fake://?secret={SECRET}&outcome=red",
        f"fake://{SECRET.replace('_', '-')}?secret={SECRET}",
        f"strype://?key={KEY}",
        f"helloasso://{KEY}?client_secret={SECRET}",
        f"helloasso://x?client_id={KEY}&client_secret={SECRET}&server={OTHER}:80",
        f"helloasso://x?client_id={KEY}&client_secret={SECRET}&sandbox={OTHER}",
    ]
    lines = told(*(lambda url=url: registry.gateway(url) for url in urls))
    assert len(lines) >= 4 * len(urls)
    assert_silent([*lines, *log])


def test_a_house_keeps_quiet(fake, log, monkeypatch):
    """Passes that are declined, fail and are charged in the end leave no canary in any log."""
    gateway = gateways(fake)["stripe"]
    house, honest = open_house(card=gateway), fake.answer
    for status, answer in (ANSWERS[2], ANSWERS[5], ANSWERS[7]):
        charge = charge_of(house, house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe")).value)
        monkeypatch.setattr(fake, "answer", lambda *of, s=status, a=answer: (s, json.dumps(a).encode()))
        house.do(c.Pay(charge.id, account="card", means="pm_card_visa"))
        house.wait(minutes=1)
        house.cantine.run_due()
    monkeypatch.setattr(fake, "answer", honest)
    house.wait(hours=1)
    house.cantine.run_due()
    assert [one.state for one in house.all(m.Attempt)] == ["declined", "settled", "settled"]
    with pytest.raises(CantineError):
        house.cantine.receive("card", SAID.encode(), {"Stripe-Signature": SAID})
    assert log
    assert_silent(log)


def test_the_listener_hears(log):
    """The control: what any logger says, with its traceback, is heard, and a canary in it is found."""
    try:
        raise ValueError(SAID)
    except ValueError:
        logging.getLogger("anything").exception("failed")
    assert any(CARD in line for line in log)
    with pytest.raises(AssertionError):
        assert_silent(log)
