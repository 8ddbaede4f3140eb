"""The desk and the fake gateway: what they answer, remember and refuse."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.backends.payments import FakeGateway, ManualGateway, open_fake, open_manual
from cantinekit.clock import ManualClock
from cantinekit.errors import GatewayError, UrlError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, PaymentGateway, RefundRequest
from cantinekit.urls import BackendUrl, Secret

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def charge(key: str = "k1", amount: Money | None = None) -> ChargeRequest:
    return ChargeRequest(
        key=key, amount=eur(1000) if amount is None else amount, charge_id="c-1", entity_id="e-1", description="a day"
    )


def refund(key: str = "r1", amount: int = 400, charge_key: str = "k1", reference: str = "") -> RefundRequest:
    return RefundRequest(key=key, charge_key=charge_key, reference=reference, amount=eur(amount))


def fake(options: str = "") -> FakeGateway:
    return open_fake(BackendUrl.parse("fake://" + options))


def lost(call, request) -> GatewayError:
    """The error of a call whose outcome is unknown."""
    with pytest.raises(GatewayError) as caught:
        call(request)
    return caught.value


# --- the desk ---


def test_desk_settles():
    """What is paid at the desk is settled at once, and so is what is given back."""
    desk = open_manual(BackendUrl.parse("manual://"))
    assert isinstance(desk, PaymentGateway)
    assert desk.capabilities.immediate
    assert desk.charge(charge("k1")) == ChargeResult("settled", reference="desk:k1")
    assert desk.refund(refund("r1")) == ChargeResult("settled", reference="desk:r1")


def test_desk_repeats():
    """The same key gives the same answer, in another process too, since nothing is kept."""
    assert ManualGateway().charge(charge("k1")) == ManualGateway().charge(charge("k1"))


def test_desk_knows_nothing():
    """Nobody can be asked what was paid at the desk, and no webhook comes from it."""
    desk = ManualGateway()
    desk.charge(charge("k1"))
    assert desk.lookup("k1") is None
    with pytest.raises(GatewayError) as caught:
        desk.read_webhook(b"{}", {}, NOW)
    assert not caught.value.retryable


def test_desk_label():
    """The label names the desk in the references."""
    assert (
        open_manual(BackendUrl.parse("manual://?label=Bar%20du%20fond")).charge(charge("k")).reference
        == "Bar du fond:k"
    )


@pytest.mark.parametrize(
    "text", ["manual://?lable=x", "manual://?label=", "manual://bar", "manual:///bar", "manual://u@"]
)
def test_desk_urls(text):
    """A URL with anything but a label is refused."""
    with pytest.raises(UrlError):
        open_manual(BackendUrl.parse(text))


@pytest.mark.parametrize("gateway", [ManualGateway(), FakeGateway()], ids=["manual", "fake"])
@pytest.mark.parametrize("amount", [0, -1])
def test_no_amount(gateway, amount):
    """An amount that is not above zero is refused for good, by either gateway."""
    assert not lost(gateway.charge, charge(amount=eur(amount))).retryable
    gateway.charge(charge("k1"))
    assert not lost(gateway.refund, refund(amount=amount)).retryable


# --- the script ---


def test_settled():
    """Without a script every charge is settled, and the gateway says so when asked."""
    gateway = FakeGateway(clock=ManualClock(NOW))
    assert isinstance(gateway, PaymentGateway)
    result = gateway.charge(charge())
    assert (result.status, result.reason, result.next_url) == ("settled", "", None)
    seen = gateway.lookup("k1")
    assert (seen.key, seen.reference, seen.currency, seen.amount) == ("k1", result.reference, "EUR", 1000)
    assert (seen.captured, seen.refunded, seen.disputed, seen.declined, seen.at) == (1000, 0, 0, "", NOW)


def test_declined():
    """A decline is a result with a reason; nothing is captured, and a repeat is declined as well."""
    gateway = fake("?outcome=declined,settled")
    result = gateway.charge(charge())
    assert result.status == "declined"
    assert result.reason
    assert gateway.charge(charge()) == result
    assert (gateway.lookup("k1").captured, gateway.lookup("k1").declined) == (0, result.reason)


def test_pending():
    """A pending charge has a page to go to and captures nothing until it is settled."""
    gateway = fake("?outcome=pending")
    result = gateway.charge(charge())
    assert result.status == "pending"
    assert result.next_url.startswith("https://fake.invalid/")
    assert gateway.lookup("k1").captured == 0
    assert gateway.settle("k1").captured == 1000
    assert gateway.charge(charge()) == ChargeResult("settled", result.reference)


def test_pending_declined_later():
    """A pending charge may be declined later, and then says why."""
    gateway = fake("?outcome=pending")
    gateway.charge(charge())
    assert gateway.decline("k1", "no cover").declined == "no cover"
    assert gateway.charge(charge()).status == "declined"


@pytest.mark.parametrize("call", ["settle", "decline"])
def test_nothing_pending(call):
    """Only what is pending can end; a settled or unknown charge cannot."""
    gateway = FakeGateway()
    gateway.charge(charge())
    for key in ("k1", "unknown"):
        with pytest.raises(KeyError):
            getattr(gateway, call)(key)
    assert gateway.lookup("k1").captured == 1000


def test_outage():
    """In an outage nothing arrives: the error is retryable, and nobody knows of the charge."""
    gateway = fake("?outcome=outage")
    for _ in range(3):
        assert lost(gateway.charge, charge()).retryable
    assert gateway.lookup("k1") is None
    assert gateway.charges == ()


def test_outage_then_settled():
    """A key that met an outage takes the next step when it comes again."""
    gateway = fake("?outcome=outage,settled")
    lost(gateway.charge, charge())
    assert gateway.charge(charge()).status == "settled"
    assert len(gateway.charges) == 1


def test_script():
    """A script is followed one step for each new key; repeats take no step, and the last step goes on for ever."""
    gateway = fake("?outcome=declined,pending,settled")
    statuses = [gateway.charge(charge(key)).status for key in ("a", "a", "b", "a", "b", "c", "d", "a")]
    assert statuses == ["declined", "declined", "pending", "declined", "pending", "settled", "settled", "declined"]


@given(st.lists(st.sampled_from("abc"), max_size=20), st.lists(st.sampled_from(["settled", "declined"]), min_size=1))
def test_one_charge_for_each_key(keys, script):
    """However often and in whatever order keys come, each is one charge with one answer."""
    gateway = FakeGateway(script)
    answers: dict[str, set[ChargeResult]] = {}
    for key in keys:
        answers.setdefault(key, set()).add(gateway.charge(charge(key)))
    assert all(len(results) == 1 for results in answers.values())
    assert [known.key for known in gateway.charges] == list(dict.fromkeys(keys))


# --- keys and lost answers ---


@pytest.mark.parametrize("other", [Money(999, "EUR"), Money(1000, "CHF")])
def test_key_with_another_amount(other):
    """A key that comes again with another amount or currency is refused for good, and the first charge stands."""
    gateway = FakeGateway()
    first = gateway.charge(charge())
    assert not lost(gateway.charge, charge(amount=other)).retryable
    assert gateway.charge(charge()) == first
    assert len(gateway.charges) == 1


def test_lost_answer():
    """A lost answer leaves the charge made: the repeat gets the answer, and the money is taken once."""
    gateway = fake("?lose_answer=1")
    assert lost(gateway.charge, charge()).retryable
    assert gateway.lookup("k1").captured == 1000
    assert gateway.charge(charge()).status == "settled"
    assert [known.captured for known in gateway.charges] == [1000]


def test_lost_answer_to_a_refund():
    """The same for a refund: the repeat gets the answer, and the money goes back once."""
    gateway = fake("?lose_answer=1")
    lost(gateway.charge, charge())
    assert lost(gateway.refund, refund()).retryable
    assert gateway.refund(refund()).status == "settled"
    assert gateway.lookup("k1").refunded == 400


def test_new_key_is_a_new_charge():
    """The control of the two tests above: another key after a lost answer takes the money twice."""
    gateway = fake("?lose_answer=1")
    lost(gateway.charge, charge("k1"))
    lost(gateway.charge, charge("k2"))
    assert sum(known.captured for known in gateway.charges) == 2000


# --- refunds ---


def test_partial_refunds():
    """Refunds add up in what the gateway says, and each has a reference of its own."""
    gateway = FakeGateway()
    reference = gateway.charge(charge()).reference
    first, second = gateway.refund(refund("r1", 400)), gateway.refund(refund("r2", 600, reference=reference))
    assert (first.status, second.status) == ("settled", "settled")
    assert len({reference, first.reference, second.reference}) == 3
    assert (gateway.lookup("k1").captured, gateway.lookup("k1").refunded) == (1000, 1000)


def test_refund_repeats():
    """A refund that is sent twice with one key is one refund; with another content it is refused for good."""
    gateway = FakeGateway()
    gateway.charge(charge("k1"))
    gateway.charge(charge("k2"))
    assert gateway.refund(refund("r1", 400)) == gateway.refund(refund("r1", 400))
    assert gateway.lookup("k1").refunded == 400
    for other in (refund("r1", 401), refund("r1", 400, charge_key="k2")):
        assert not lost(gateway.refund, other).retryable
    assert (gateway.lookup("k1").refunded, gateway.lookup("k2").refunded) == (400, 0)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (refund(amount=1001), "more than is left"),
        (refund(charge_key="other"), "no such charge"),
        (refund(reference="ch_other"), "of another charge"),
        (RefundRequest("r1", "k1", "", Money(400, "CHF")), "is in EUR"),
    ],
)
def test_refunds_that_cannot_be(request_, reason):
    """A refund of too much, of nothing known or in another currency is declined with its reason, each time it comes."""
    gateway = FakeGateway()
    gateway.charge(charge())
    result = gateway.refund(request_)
    assert result.status == "declined"
    assert reason in result.reason
    assert gateway.refund(request_) == result
    assert gateway.lookup("k1").refunded == 0


@pytest.mark.parametrize("outcome", ["declined", "pending"])
def test_refund_of_what_was_not_captured(outcome):
    """What was never captured cannot be given back."""
    gateway = fake(f"?outcome={outcome}")
    gateway.charge(charge())
    assert gateway.refund(refund()).status == "declined"


def test_refund_script():
    """Refunds have a script of their own; an outage records nothing."""
    gateway = fake("?refund=outage,declined,settled")
    gateway.charge(charge())
    assert lost(gateway.refund, refund("r1")).retryable
    assert gateway.refunds == ()
    assert gateway.refund(refund("r1")).status == "declined"
    assert gateway.refund(refund("r2")).status == "settled"
    assert gateway.lookup("k1").refunded == 400


def test_pending_refund():
    """A pending refund is not yet given back, but what it will take is no longer there for others."""
    gateway = fake("?refund=pending")
    gateway.charge(charge())
    assert gateway.refund(refund("r1", 700)).status == "pending"
    assert gateway.lookup("k1").refunded == 0
    assert gateway.refund(refund("r2", 400)).status == "declined"
    assert gateway.settle("r1").refunded == 700
    assert gateway.refund(refund("r1", 700)).status == "settled"


def test_pending_refund_that_fails():
    """A pending refund that fails gives its amount free again."""
    gateway = fake("?refund=pending")
    gateway.charge(charge())
    gateway.refund(refund("r1", 700))
    assert gateway.decline("r1").refunded == 0
    assert gateway.refund(refund("r2", 1000)).status == "pending"


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 700), st.booleans()), max_size=15))
def test_never_more_than_captured(steps):
    """Whatever is refunded, repeated and disputed, no more goes back than was captured."""
    gateway = FakeGateway()
    gateway.charge(charge())
    for key, amount, disputed in steps:
        if disputed:
            gateway.dispute("k1", amount)
            continue
        with contextlib.suppress(GatewayError):
            gateway.refund(refund(f"r{key}", amount))
    seen = gateway.lookup("k1")
    assert 0 <= seen.refunded + seen.disputed <= seen.captured == 1000
    assert seen.refunded == sum(r.amount for r in gateway.refunds if r.status == "settled")


def test_dispute():
    """A dispute takes back what is left, or the amount that is named, and shows in what the gateway says."""
    gateway = FakeGateway()
    gateway.charge(charge())
    gateway.refund(refund("r1", 400))
    assert gateway.dispute("k1", 100).disputed == 100
    assert gateway.dispute("k1").disputed == 600
    assert gateway.refund(refund("r2", 1)).status == "declined"


def test_every_change_has_its_event():
    """Each change of a charge has an event id of its own; asking changes nothing."""
    clock = ManualClock(NOW)
    gateway = FakeGateway(["pending"], clock=clock)
    gateway.charge(charge())
    ids = [gateway.lookup("k1").event_id, gateway.lookup("k1").event_id]
    clock.advance(timedelta(hours=1))
    ids.append(gateway.settle("k1").event_id)
    gateway.refund(refund())
    ids += [gateway.lookup("k1").event_id, gateway.dispute("k1").event_id]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert gateway.lookup("k1").at == NOW + timedelta(hours=1)


# --- webhooks ---


def signed(*secrets: str, now: datetime = NOW) -> tuple[FakeGateway, bytes, dict[str, str]]:
    """A gateway with these secrets, and a webhook of it about a settled charge."""
    gateway = FakeGateway(["pending"], secrets=[Secret(s) for s in secrets], clock=ManualClock(now))
    gateway.charge(charge())
    body, headers = gateway.webhook(gateway.settle("k1"))
    return gateway, body, headers


def refused(gateway: FakeGateway, body: bytes, headers: dict[str, str], now: datetime = NOW) -> str:
    with pytest.raises(GatewayError) as caught:
        gateway.read_webhook(body, headers, now)
    assert not caught.value.retryable
    return str(caught.value)


def test_webhook():
    """A signed webhook is read as the observations that it was made from, twice if it comes twice."""
    gateway, body, headers = signed("s1")
    assert gateway.read_webhook(body, headers, NOW) == (gateway.lookup("k1"),)
    assert gateway.read_webhook(body, headers, NOW) == (gateway.lookup("k1"),)


def test_webhook_headers_in_any_case():
    """The names of headers have no case."""
    gateway, body, headers = signed("s1")
    assert gateway.read_webhook(body, {name.upper(): value for name, value in headers.items()}, NOW)


def test_webhook_in_disorder():
    """Observations are sums: the newest is the same whichever order they come in."""
    gateway = FakeGateway(["pending"], secrets=[Secret("s1")], clock=ManualClock(NOW))
    gateway.charge(charge())
    first = gateway.settle("k1")
    gateway.refund(refund())
    second = gateway.lookup("k1")
    read = [gateway.read_webhook(*gateway.webhook(seen), NOW)[0] for seen in (second, first, second)]
    assert max(read, key=lambda seen: (seen.captured, seen.refunded)) == second
    assert gateway.read_webhook(*gateway.webhook(first, second), NOW) == (first, second)


def test_webhook_age():
    """A signature is good for five minutes, before and after; then it is refused."""
    gateway, body, headers = signed("s1")
    for seconds in (-300, 300):
        assert gateway.read_webhook(body, headers, NOW + timedelta(seconds=seconds))
    for seconds in (-301, 301, 3 * 86400):
        assert "too old" in refused(gateway, body, headers, NOW + timedelta(seconds=seconds))


def test_webhook_rotation():
    """While a secret is replaced both verify; when the old one is gone, what it signed is refused."""
    _, body, headers = signed("old")
    both, only_new = FakeGateway(secrets=[Secret("new"), Secret("old")]), FakeGateway(secrets=[Secret("new")])
    assert both.read_webhook(body, headers, NOW)
    assert "wrong" in refused(only_new, body, headers)


def test_webhook_tampered():
    """A webhook with one byte changed, anywhere in its body or its time, is refused."""
    gateway, body, headers = signed("s1")
    for place in range(0, len(body), 7):
        assert refused(gateway, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], headers)
    assert "wrong" in refused(gateway, body + b" ", headers)
    later = headers["Fake-Signature"].replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 1}")
    assert "wrong" in refused(gateway, body, {"Fake-Signature": later})


@pytest.mark.parametrize(
    "header",
    [
        *("", "t=1", "v1=00", "t=,v1=", "t=x,v1=00", "t=-1,v1=00", "t=\u0661,v1=00", "t=1,v2=00", "t=1,v1=\u00e9"),
        *("t=1,v1=\ud800", "t" * 9999, "t=99999999999999999999,v1=00", "t=1;v1=00", "=,=", "t=1,v1"),
    ],
)
def test_webhook_unreadable_signature(header):
    """A header that is no signature is refused; none makes the reader fail in another way."""
    gateway, body, _ = signed("s1")
    assert refused(gateway, body, {"Fake-Signature": header})


def test_webhook_without_header_or_secret():
    """A webhook without a signature is refused, and so is any webhook where no secret is configured."""
    gateway, body, headers = signed("s1")
    assert "not signed" in refused(gateway, body, {})
    assert "secret" in refused(FakeGateway(), body, headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"observations": 5}',
        b'{"observations": [5]}',
        b'{"observations": [{}]}',
        b"\xff",
        b"[" * 99999,
    ],
)
def test_webhook_unreadable_body(body):
    """A body that is signed but cannot be read is refused, never half read."""
    from cantinekit.backends.payments import _signature

    secrets = [Secret("s1")]
    headers = {"Fake-Signature": _signature.sign(body, secrets, NOW)}
    assert "cannot be read" in refused(FakeGateway(secrets=secrets), body, headers)


@pytest.mark.parametrize(
    ("field", "value"),
    [("captured", "1000"), ("captured", True), ("captured", 10.0), ("key", None), ("at", "yesterday"), ("more", 1)],
)
def test_webhook_wrong_types(field, value):
    """A field of another type, or one too many, is refused: no amount is a text, a bool or a float."""
    from cantinekit.backends.payments import _signature

    gateway, body, _ = signed("s1")
    rows = json.loads(body)
    rows["observations"][0][field] = value
    body = json.dumps(rows).encode()
    headers = {"Fake-Signature": _signature.sign(body, [Secret("s1")], NOW)}
    assert "cannot be read" in refused(gateway, body, headers)


def test_secret_is_read_late(monkeypatch):
    """A secret that is a reference is read when a webhook comes; while it is not set, nothing is believed."""
    gateway, body, headers = signed("s1")
    gateway = fake("?secret=env:CANTINE_TEST_HOOK")
    monkeypatch.delenv("CANTINE_TEST_HOOK", raising=False)
    with pytest.raises(UrlError, match="CANTINE_TEST_HOOK is not set"):
        gateway.read_webhook(body, headers, NOW)
    monkeypatch.setenv("CANTINE_TEST_HOOK", "s1")
    assert gateway.read_webhook(body, headers, NOW)


# --- threads, processes and crashes ---


@pytest.mark.parametrize("in_file", [False, True], ids=["memory", "file"])
def test_threads(in_file, tmp_path):
    """Many threads with one key make one charge; with refunds at once, no more than was captured goes back."""
    gateway = FakeGateway(state=tmp_path / "fake.json" if in_file else None)
    start = threading.Barrier(8)

    def work(number):
        start.wait()
        first = gateway.charge(charge("k1")).reference
        return first, gateway.refund(refund(f"r{number}", 300)).status

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert len({reference for reference, _ in results}) == 1
    assert len(gateway.charges) == 1
    assert [status for _, status in results].count("settled") == 3
    assert gateway.lookup("k1").refunded == 900


def test_memory_keeps_nothing_of_a_refused_call():
    """A call that is refused leaves the book as it was, in memory as in a file."""
    gateway = fake("?outcome=settled,declined")
    lost(gateway.charge, charge(amount=eur(0)))
    assert gateway.charge(charge()).status == "settled"


def test_state_file(tmp_path):
    """With a state file another gateway knows all that the first did: charges, refunds and how far the script is."""
    url = f"?outcome=pending,declined,settled&refund=pending&state={tmp_path / 'fake.json'}"
    first = fake(url)
    first.charge(charge("k1"))
    first.settle("k1")
    first.refund(refund("r1"))
    second = fake(url)
    assert second.lookup("k1") == first.lookup("k1")
    assert second.charge(charge("k2")).status == "declined"
    assert second.settle("r1").refunded == 400
    assert (first.charges, first.refunds) == (second.charges, second.refunds)
    assert not (tmp_path / "fake.json.new").exists()


CHILD = """
import os, sys
from cantinekit.backends.payments import open_fake
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest
from cantinekit.urls import BackendUrl
gateway = open_fake(BackendUrl.parse(sys.argv[1]))
for number in range(int(sys.argv[2])):
    try:
        gateway.charge(ChargeRequest(f"k{number}", Money(1000, "EUR"), "c", "e"))
    except GatewayError:
        os._exit(9)
"""


def child(url: str, count: int = 1) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CHILD, url, str(count)])


def test_crash_after_the_charge(tmp_path):
    """When a process dies after the gateway took the money, a fresh one learns it by ``lookup``."""
    url = f"fake://?lose_answer=1&state={tmp_path / 'fake.json'}"
    assert child(url).wait() == 9
    gateway = open_fake(BackendUrl.parse(url))
    assert gateway.lookup("k0").captured == 1000
    assert gateway.charge(charge("k0")).status == "settled"
    assert len(gateway.charges) == 1


def test_crash_before_the_charge(tmp_path):
    """The control: after an outage the fresh process learns that nothing was taken."""
    url = f"fake://?outcome=outage,settled&state={tmp_path / 'fake.json'}"
    assert child(url).wait() == 9
    gateway = open_fake(BackendUrl.parse(url))
    assert gateway.lookup("k0") is None
    assert gateway.charge(charge("k0")).status == "settled"


def test_processes(tmp_path):
    """Two processes that write one state file at once lose nothing of each other."""
    url = f"fake://?state={tmp_path / 'fake.json'}"
    children = [child(url, 25), child(url, 30)]
    assert [process.wait() for process in children] == [0, 0]
    assert len(open_fake(BackendUrl.parse(url)).charges) == 30


def test_half_written_draft(tmp_path):
    """A process that died while it wrote leaves a draft behind, which nobody reads."""
    path = tmp_path / "fake.json"
    gateway = FakeGateway(state=path)
    gateway.charge(charge())
    (tmp_path / "fake.json.new").write_text('{"charges": {"k', encoding="utf-8")
    assert gateway.lookup("k1").captured == 1000
    assert gateway.charge(charge("k2")).status == "settled"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"charges": 1, "refunds": {}}', '{"charges": {"k": {}}, "refunds": {}}']
)
def test_damaged_state(text, tmp_path):
    """A damaged state file is an error that is not retryable; it is not taken for an empty one, nor overwritten."""
    path = tmp_path / "fake.json"
    path.write_text(text, encoding="utf-8")
    assert not lost(FakeGateway(state=path).charge, charge()).retryable
    assert path.read_text(encoding="utf-8") == text


def test_state_in_a_missing_folder(tmp_path):
    """A state file in a folder that is not there is an error of the gateway, not of the file system."""
    assert "lock file" in str(lost(FakeGateway(state=tmp_path / "none" / "fake.json").charge, charge()))


def test_state_file_is_private(tmp_path):
    """The lock file is for its owner only."""
    FakeGateway(state=tmp_path / "fake.json").charge(charge())
    assert os.stat(tmp_path / "fake.json.lock").st_mode & 0o077 == 0


# --- its URL ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fake://?outcom=declined", "known options: lose_answer, outcome, page, refund, secret, state"),
        ("fake://?outcome=refusal", "settled, declined, pending, outage"),
        ("fake://?outcome=settled,", "'' is none of them"),
        ("fake://?refund=Settled", "refund of fake://"),
        ("fake://?lose_answer=yes", "0 or 1"),
        ("fake://?state=", "state of fake:// is empty"),
        ("fake://?secret=", "secret of fake:// is empty"),
        ("fake://host", "takes options only"),
        ("fake:///path", "takes options only"),
    ],
)
def test_fake_urls(text, words):
    """An option or a step that is not known is refused, with what is."""
    with pytest.raises(UrlError) as caught:
        open_fake(BackendUrl.parse(text))
    assert words in str(caught.value)


def test_secrets_from_the_url():
    """A secret may be repeated: all verify, the first signs."""
    gateway = fake("?secret=new&secret=old")
    gateway.charge(charge())
    body, headers = gateway.webhook(gateway.dispute("k1"), now=NOW)
    assert headers["Fake-Signature"].count("v1=") == 1
    assert FakeGateway(secrets=[Secret("new")]).read_webhook(body, headers, NOW)
    assert "wrong" in refused(FakeGateway(secrets=[Secret("old")]), body, headers)


@pytest.mark.parametrize(("step", "retryable"), [("outage", True), ("busy", True), ("hang", True), ("refused", False)])
def test_a_step_that_does_nothing(step, retryable):
    """A step that does nothing records nothing, says whether it may be tried again, and the key takes the next one."""
    gateway = FakeGateway([step, "settled"], refunds=[step, "settled"], clock=ManualClock(NOW))
    with pytest.raises(GatewayError) as caught:
        gateway.charge(charge())
    assert caught.value.retryable is retryable
    assert (gateway.charges, gateway.lookup("k1")) == ((), None)
    assert gateway.charge(charge()).status == "settled"


@pytest.mark.parametrize("look", ["outage", "busy", "hang"])
def test_a_look_without_an_answer(look):
    """Where looks get no answer a lookup is a retryable error, for a key that is known and for one that is not."""
    gateway = FakeGateway(clock=ManualClock(NOW))
    gateway.charge(charge())
    gateway.play(looks=look)
    for key in ("k1", "unknown"):
        with pytest.raises(GatewayError) as caught:
            gateway.lookup(key)
        assert caught.value.retryable
    gateway.play(looks="answered")
    assert gateway.lookup("k1").captured == charge().amount.amount
    assert gateway.lookup("unknown") is None
