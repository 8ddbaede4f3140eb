"""A table of what was used last."""

from __future__ import annotations

import threading

from cantinekit.common.recent import Recent


def test_what_was_used_least_recently_goes() -> None:
    """A full table lets go what was neither put nor asked for the longest time."""
    kept: Recent[str, int] = Recent(3)
    for number, key in enumerate("abc"):
        kept.put(key, number)
    assert kept.get("a") == 0
    kept.put("d", 3)
    assert list(kept._kept) == ["c", "a", "d"]
    assert kept.get("b") is None
    assert len(kept) == 3
    kept.put("c", 9)
    kept.put("e", 4)
    assert kept.get("c") == 9
    assert kept.get("a") is None


def test_many_threads_use_one_table() -> None:
    """Threads that put and ask at once break nothing: the table never has more than its limit, nor a wrong value."""
    kept: Recent[int, int] = Recent(8)
    wrong: list[object] = []

    def work(seed: int) -> None:
        for step in range(5_000):
            key = (step * seed) % 24
            kept.put(key, key * 10)
            found = kept.get((key + step) % 24)
            if found is not None and found != (key + step) % 24 * 10:
                wrong.append(found)
            if len(kept) > 9:  # one that is just being added
                wrong.append(len(kept))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 5, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(kept) == 8
