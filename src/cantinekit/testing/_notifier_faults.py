"""Promises on faults at the far end, and on what must show nowhere."""

from __future__ import annotations

import base64
import io
import logging
import unittest
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import attrs

from cantinekit.testing._notifier_stage import MESSAGE, Fault, NotifierBase, NotifierStage, failing, send, trying
from cantinekit.testing._storage_base import check, equal

_SAID: dict[Fault, str] = {
    "outage": "an outage",
    "refused": "a refusal",
    "lost": "a lost answer",
    "hang": "a far end that does not answer",
    "babble": "an answer that says much",
}
_NOT_TAKEN: tuple[Fault, ...] = ("outage", "refused", "babble")
_LATER = attrs.evolve(MESSAGE, key="tsk_later", subject="later")
_LONGEST = 2_500
_PERSONAL = (MESSAGE.to, "canary.zoe", MESSAGE.subject, "Canary-Zoé")


class FaultPromises(NotifierBase):
    """What fails is told, and may be tried again where that can help."""

    def test_an_outage_may_be_tried_again(self) -> None:
        """Where the far end takes nothing for now a NotifierError says that the message may be tried again."""
        self._told("outage", retryable=True)

    def test_a_refusal_is_final(self) -> None:
        """Where the far end refuses the message for good a NotifierError says that trying again is of no use."""
        self._told("refused", retryable=False)

    def test_a_lost_answer_may_be_tried_again(self) -> None:
        """Where nobody knows whether the message arrived a NotifierError says that it may be tried again."""
        self._told("lost", retryable=True)

    def test_a_hang_ends(self) -> None:
        """Where the far end does not answer a NotifierError comes in time, and says that it may be tried again."""
        self._told("hang", retryable=True)

    def _told(self, fault: Fault, *, retryable: bool) -> None:
        stage = self.fresh(fault)
        stage.play(fault)
        error = failing(stage, what=_SAID[fault])
        equal(error.retryable, retryable, f"retryable after {_SAID[fault]}")

    def test_what_was_refused_did_not_arrive(self) -> None:
        """A message that the far end did not take is not there."""
        playable = self.playable()
        for fault in _NOT_TAKEN:
            if fault in playable:
                stage = self.fresh()
                stage.play(fault)
                failing(stage, what=_SAID[fault])
                equal(list(stage.arrived()), [], f"what arrived in {_SAID[fault]}")

    def test_a_second_try_is_the_same_message(self) -> None:
        """A message that is tried again after a lost answer is at the far end, under one key for all that arrived."""
        stage = self.fresh("lost")
        stage.play("lost")
        failing(stage, what=_SAID["lost"])
        send(stage)
        found = stage.arrived()
        check(bool(found), "after a second try nothing is there")
        equal(len({one.key for one in found}), 1, "the number of keys that one message has at the far end")

    def test_it_works_again_after_a_fault(self) -> None:
        """After each fault the same notifier sends the next message."""
        for fault in self.playable():
            stage = self.fresh()
            stage.play(fault)
            failing(stage, what=_SAID[fault])
            send(stage, _LATER)
            found = [one.subject for one in stage.arrived()]
            equal(found[-1:], [_LATER.subject], f"the last that arrived, after {_SAID[fault]}")

    def test_many_faults_in_a_row(self) -> None:
        """Ten faults in a row are ten NotifierErrors, and the message after them arrives."""
        fault: Fault = next((one for one in self.playable() if one != "hang"), "hang")
        stage = self.fresh()
        for _ in range(10):
            stage.play(fault)
            failing(stage, what=_SAID[fault])
        send(stage, _LATER)
        check(_LATER.subject in [one.subject for one in stage.arrived()], "after ten faults nothing arrives any more")


class SecrecyPromises(NotifierBase):
    """Secrets and people show nowhere."""

    def test_what_the_far_end_says_is_bounded(self) -> None:
        """A long answer that repeats what was sent is told in at most 2,500 characters, without a secret or a person,
        and the message may be tried again.
        """
        stage = self.fresh("babble")
        stage.play("babble")
        error = failing(stage, what=_SAID["babble"])
        equal(error.retryable, True, f"retryable after {_SAID['babble']}")
        texts = _texts(error)
        check(max(map(len, texts)) <= _LONGEST, f"an error, or what hangs on it, is longer than {_LONGEST} characters")
        found = [one for one in (*_PERSONAL, *stage.secrets) if any(one in text for text in texts)]
        check(not found, f"an error holds {len(found)} secrets or people that the far end has repeated")

    def test_secrets_show_nowhere(self) -> None:
        """No secret, as it is or in base64, is in what is printed of the notifier, in an error, a log or an output."""
        if not self.fresh().secrets:
            raise unittest.SkipTest("the stage names no secret")
        text, secrets = self._shown()
        forms = [form for secret in secrets for form in (secret, *_encoded(secret))]
        check(not any(form in text for form in forms), "a secret shows")

    def test_people_show_nowhere(self) -> None:
        """No address, name or subject of a message is in an error or in a log."""
        text, _ = self._shown(output=False)
        found = [one for one in _PERSONAL if one in text]
        check(not found, f"an error or a log holds {found}")

    def _shown(self, *, output: bool = True) -> tuple[str, tuple[str, ...]]:
        """All that the notifier shows while it sends and fails."""
        stage = self.fresh()
        with _watched(stage, output) as shown:
            shown += [repr(stage.notifier), str(stage.notifier)]
            send(stage)
            for fault in stage.faults:
                stage.play(fault)
                shown += _texts(trying(stage, MESSAGE, what=f"a fault ({fault})"))
            shown += _texts(trying(stage, attrs.evolve(MESSAGE, subject=MESSAGE.subject + "\r\n"), what="a line end"))
        return "\n".join(shown), tuple(stage.secrets)


@contextmanager
def _watched(stage: NotifierStage, output: bool) -> Iterator[list[str]]:
    """Collect logs of every level, and what is printed; the far end's own logs are left out."""
    shown: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(tuple(stage.foreign_loggers) or "\0"):
                shown.append(logging.Formatter().format(record))

    root, handler, printed = logging.getLogger(), Keeping(), io.StringIO()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            yield shown
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    if output:
        shown.append(printed.getvalue())


def _texts(error: BaseException | None) -> list[str]:
    """The texts of an error and of all that hangs on it."""
    found: list[str] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None:
            found += [str(one), repr(one), repr(one.args)]
            waiting += [one.__cause__, one.__context__]
    return found


def _encoded(secret: str) -> list[str]:
    """The middle of a secret in base64, at each of the three ways in which it can be cut into threes."""
    raw = secret.encode()
    forms = [base64.b64encode(b"\0" * shift + raw)[4:-4].decode() for shift in range(3)]
    return [form for form in forms if len(form) >= 8]
