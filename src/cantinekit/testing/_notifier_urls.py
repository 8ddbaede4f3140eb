"""Playing the notifier contract on a notifier that a URL names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from cantinekit.errors import InputError
from cantinekit.plugins.ports import Message, Notifier
from cantinekit.testing._notifier_contract import notifier_promises, run_notifier_contract
from cantinekit.testing._notifier_stage import Arrived, NotifierStage
from cantinekit.testing._run import PromiseResult
from cantinekit.testing._untried import tried_alone
from cantinekit.urls import BackendUrl

_ALONE = "test_it_is_a_notifier"
_SENT = "test_send_gives_nothing"
_TEXT = "This is a test of a notifier, by cantinekit contract. There is nothing to do.\n"


class NotifierStageMaker(Protocol):
    """A ``NotifierStage``, or a function: what gives the stage for a notifier that was opened from the URL."""

    def __call__(self, notifier: Notifier) -> NotifierStage: ...


def check_notifier_url(
    url: str,
    open: Callable[[str], Notifier],
    *,
    stage: NotifierStageMaker | None = None,
    send_to: str = "",
    only: Iterable[str] | None = None,
    announce: Callable[[str], None] | None = None,
    report: Callable[[PromiseResult], None] | None = None,
) -> tuple[PromiseResult, ...]:
    """Check the notifier contract on the notifier behind a URL, promise by promise.

    Without a ``stage`` the notifiers of the library have stages of their own, whose far ends are on this machine:
    nothing goes to what the URL names, and its options are only checked. Of any other notifier only what can be seen
    without sending is checked; the other promises are reported as not tried, with ``tried`` false.

    Args:
        url: the URL of the notifier.
        open: opens a URL, for example ``Registry.load().notifier``.
        stage: makes the stage of a notifier; it is called with a newly opened one for each promise.
        send_to: an address to which the notifier of the URL sends one message, a test that says so. Then no stage is
            played, and what that message does not show is not tried.
        only: names of the promises to check; ``None`` for all.
        announce: called with a sentence that says what the check sends, before it sends anything.
        report: called with each result as soon as it is known.

    Raises:
        UrlError, PluginError: the URL cannot be opened.
        InputError: both ``stage`` and ``send_to`` are given.
    """
    if stage is not None and send_to:
        raise InputError("give a stage, or an address to send to, not both")
    notifier = open(url)
    say = announce or (lambda where: None)
    if stage is not None:
        say("sends what its stage sends")
        return run_notifier_contract(lambda: stage(open(url)), only=only, report=report)
    own = None if send_to else _own(BackendUrl.parse(url).scheme)
    if own is not None:
        where, make = own
        say(where)
        return run_notifier_contract(make, only=only, report=report)
    checks = {_ALONE: partial(_looked_at, _ALONE, _Alone(notifier))}
    if send_to:
        say(f"sends one message to {send_to}")
        checks[_SENT] = partial(_looked_at, _SENT, _Alone(_Readdressed(notifier, send_to), patience=60.0))
    return tried_alone(notifier_promises(), checks, "NotifierContract", only=only, report=report)


def _looked_at(name: str, stage: NotifierStage) -> PromiseResult:
    (result,) = run_notifier_contract(lambda: stage, only=[name])
    return result


class _Alone(NotifierStage):
    """A notifier whose far end nobody can look into."""

    def __init__(self, notifier: Notifier, patience: float = NotifierStage.patience) -> None:
        self.notifier = notifier
        self.patience = patience

    def arrived(self) -> Sequence[Arrived]:
        raise AssertionError("nobody can look into the far end")


class _Readdressed:
    """Sends one text to one address, whatever it is given."""

    def __init__(self, notifier: Notifier, to: str) -> None:
        self._notifier = notifier
        self._to = to

    def send(self, message: Message) -> Any:
        key = f"tsk_{uuid4().hex}"  # a new one: a mailbox may keep only the first message with a key
        test = Message(key, self._to, "A test of cantinekit", _TEXT, "en", message.template)
        send: Callable[[Message], Any] = self._notifier.send
        return send(test)


def _own(scheme: str) -> tuple[str, Callable[[], NotifierStage]] | None:
    """What the check sends, and the stages of a notifier of the library."""
    if scheme in ("smtp", "smtps"):
        from cantinekit.testing._notifier_mail import MailStage

        return "sends to a mail server of its own on this machine, without TLS, and reaches nobody", MailStage
    from cantinekit.testing import _notifier_doubles

    if scheme == "console":
        return "prints to a stream of its own, which nobody sees", _notifier_doubles.ConsoleStage
    if scheme in ("webhook+http", "webhook+https"):
        return "posts to a receiver of its own on this machine, and reaches nobody", _notifier_doubles.WebhookStage
    if scheme == "apprise":
        return "posts to a service of its own on this machine, and reaches nobody", _notifier_doubles.AppriseStage
    return None
