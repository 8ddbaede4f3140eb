"""The base of the notifier promises: the stage to build, messages, sending with a deadline."""

from __future__ import annotations

import threading
import unittest
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import attrs

from cantinekit.errors import NotifierError
from cantinekit.plugins.checks import discard
from cantinekit.plugins.ports import Message, Notifier
from cantinekit.testing._storage_base import check

Fault = Literal["outage", "refused", "lost", "hang", "babble"]
FAULTS: tuple[Fault, ...] = ("outage", "refused", "lost", "hang", "babble")
MESSAGE = Message(
    "tsk_canary0123456789abcd",
    "canary.zoe@example.org",
    "Réservation confirmée : Salle B",
    "Bonjour Canary-Zoé,\n\nla Salle B est à vous.\nÀ demain !\n",
    "fr",
    "booking confirmed",
)


@attrs.frozen
class Arrived:
    """A message at the far end, once for each person who got it.

    Attributes:
        to: the address that got it.
        subject: its subject, as it arrived.
        text: its body, as it arrived.
        key: what distinguishes a repeat from another message there, a Message-ID for example; empty where nothing does.
        html: its HTML, as it arrived; empty where the far end has none.
    """

    to: str
    subject: str
    text: str
    key: str = ""
    html: str = ""


class NotifierStage:
    """A notifier together with its far end: what a promise needs to try it. Subclass it and set what is yours.

    ``notifier`` is what is tried, ``faults`` which of the faults the far end can play, ``secrets`` what must show
    nowhere. ``patience`` is how many seconds one ``send`` may take at most, a hang included: open the notifier with
    short timeouts. ``foreign_loggers`` are those of the far end, where it runs in this process.
    """

    notifier: Notifier
    faults: Iterable[Fault] = ()
    secrets: Sequence[str] = ()
    patience: float = 10.0
    foreign_loggers: Sequence[str] = ()

    def arrived(self) -> Sequence[Arrived]:
        """What is at the far end by now, in its order. Override it."""
        raise NotImplementedError("override arrived: it gives what is at the far end by now")

    def play(self, fault: Fault) -> None:
        """Have the next message meet a fault at the far end. Override it where ``faults`` names any.

        Args:
            fault: ``outage``: the message is not accepted now, and may be later. ``refused``: it is never accepted.
                ``lost``: it is accepted, and the answer gets lost. ``hang``: no answer comes. ``babble``: as
                ``outage``, and the answer is a text of 20,000 characters or more that repeats what was sent, the
                address, the subject and the secrets of the stage included.
        """
        raise NotImplementedError("override play: faults names what the far end can play")

    def close(self) -> None:
        """Release what is held open."""


class NotifierBase:
    """The base of the notifier promises."""

    def open_stage(self) -> NotifierStage:
        """A fresh stage at each call. Override it."""
        raise NotImplementedError("override open_stage: it returns a fresh stage at each call")

    def setup_method(self) -> None:
        """Called before each promise."""
        self._stages: list[NotifierStage] = []

    def teardown_method(self) -> None:
        """Called after each promise: closes what it opened."""
        for stage in self._stages:
            stage.close()

    def fresh(self, *needs: Fault) -> NotifierStage:
        """A fresh stage; skips the promise where its far end cannot play the faults."""
        stage = self.open_stage()
        self._stages.append(stage)
        for fault in needs:
            if fault not in stage.faults:
                raise unittest.SkipTest(f"the far end cannot play {fault}")
        return stage

    def playable(self) -> tuple[Fault, ...]:
        """The faults that the far end can play; skips the promise where it can play none."""
        found = tuple(fault for fault in FAULTS if fault in self.fresh().faults)
        if not found:
            raise unittest.SkipTest("the far end can play no fault")
        return found


def send(stage: NotifierStage, message: Message = MESSAGE) -> None:
    """Send, and fail where the call does not come back in time or gives something back."""
    given = within(stage.patience, lambda: stage.notifier.send(message))
    discard(given)
    check(given is None, f"send gave {type(given).__name__} back: it raises or gives nothing")


def failing(stage: NotifierStage, message: Message = MESSAGE, *, what: str) -> NotifierError:
    """Send what must fail; gives the error. Fails for any other error, and where none comes."""
    error = trying(stage, message, what=what)
    if error is None:
        raise AssertionError(f"{what}: send came back as if the message had been handed over")
    return error


def trying(stage: NotifierStage, message: Message, *, what: str) -> NotifierError | None:
    """Send what may fail with a NotifierError; gives the error."""
    try:
        send(stage, message)
    except NotifierError as error:
        return error
    except AssertionError:
        raise
    except BaseException as other:
        raise AssertionError(f"{what}: send raised {type(other).__name__}, which is no NotifierError") from other
    return None


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """Run a function in a thread of its own, fail when it takes too long, and raise here what it raises."""
    result: list[Any] = []
    problem: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:
            problem.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    check(not thread.is_alive(), f"send did not come back within {seconds:g} s")
    if problem:
        raise problem[0]
    return result[0]


def lines(text: str) -> list[str]:
    """The lines of a text, whatever ends them; an end of the last line does not count."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n")
