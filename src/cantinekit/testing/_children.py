"""Child processes that open the same store: started, told, heard with a deadline, killed, and always cleaned up."""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from cantinekit.plugins.ports import Storage

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from cantinekit.testing._child import main; main()"
_HINT = (
    "opener must give what another process can import: a class or a function of a module, or a functools.partial of one"
)


class Child:
    """A fresh interpreter with the module path of this one, in which the store is open.

    Raises AssertionError when the store cannot be opened there, or when it does not answer in time.
    """

    def __init__(self, opener: Callable[[], Storage], deadline: float) -> None:
        try:
            packed = base64.b64encode(pickle.dumps(opener)).decode("ascii")
        except Exception as error:
            raise AssertionError(f"the store cannot be opened in another process ({error}): {_HINT}") from error
        self._deadline = deadline
        self._busy = True
        self._answers: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - end closes it
        command = [sys.executable, "-c", _BOOT, json.dumps(sys.path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, encoding="utf-8"
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._send({"opener": packed})

    def opened(self) -> None:
        """Wait until the store is open."""
        try:
            self.answer()
        except AssertionError as error:
            raise AssertionError(f"{error} ({_HINT})") from error

    def tell(self, job: str, **options: Any) -> None:
        """Give it a job of ``_jobs``."""
        self._busy = True
        self._send({"job": job, **options})

    def answer(self) -> Any:
        """Wait for the next answer.

        Raises AssertionError with the problem where there is one, and when none comes within the deadline.
        """
        try:
            found = self._answers.get(timeout=self._deadline)
        except Empty:
            raise AssertionError(f"another process did not answer within {self._deadline} s") from None
        if found is None:
            self._answers.put(None)
            raise AssertionError(f"another process ended: {self._last_words()}")
        if "problem" in found:
            raise _told(found)
        self._busy = False
        return found["answer"]

    def ask(self, job: str, **options: Any) -> Any:
        """Give it a job and wait for the answer."""
        self.tell(job, **options)
        return self.answer()

    def heard(self) -> list[Any]:
        """What it has said meanwhile, without waiting. Raises AssertionError with the problem where there is one."""
        found = []
        while not self._answers.empty():
            found.append(self.answer())
        return found

    def rest(self) -> list[Any]:
        """What it has still said before it ended; waits for the end."""
        self._process.wait(self._deadline)
        self._listener.join(self._deadline)
        found: list[Any] = []
        while (one := self._answers.get()) is not None:
            if "problem" in one:
                raise _told(one)
            found.append(one["answer"])
        return found

    def kill(self) -> None:
        """Kill it (SIGKILL)."""
        self._process.kill()

    def end(self) -> None:
        """Let it close the store and end; kill it if it is at work or does not end."""
        if self._busy:
            self._process.kill()
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(min(5.0, self._deadline))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._process.stdout.close()  # type: ignore[union-attr]
        self._errors.close()

    def _send(self, order: dict[str, Any]) -> None:
        with suppress(OSError):  # it has ended, which the next answer says
            self._process.stdin.write(json.dumps(order) + "\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def _listen(self) -> None:
        for line in self._process.stdout:  # type: ignore[union-attr]
            if line.endswith("\n"):  # half a line is what it was killed in
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def _last_words(self) -> str:
        self._process.kill()
        self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return said[-1] if said else f"with the code {self._process.returncode}"


def _told(problem: dict[str, Any]) -> AssertionError:
    """What went wrong there, with where it arose."""
    error = AssertionError(f"in another process: {problem['problem']}")
    error.add_note(f"There:\n{problem['trace']}")
    return error
