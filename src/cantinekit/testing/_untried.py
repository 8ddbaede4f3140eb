"""The checks of a contract that need only a URL, and those that need a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cantinekit.testing._run import PromiseResult

Checks = Mapping[str, Callable[[], PromiseResult]]


def tried_alone(
    promises: Sequence[tuple[str, str]],
    checks: Checks,
    contract: str,
    *,
    only: Iterable[str] | None,
    report: Callable[[PromiseResult], None] | None,
) -> tuple[PromiseResult, ...]:
    """Each of these promises: checked where there is a check of it, else not tried, with what would try it."""
    reason = f"needs a stage: name it with --stage MODULE:CLASS, or subclass {contract}"
    wanted = None if only is None else set(only)
    results = []
    for name, sentence in promises:
        if wanted is None or name in wanted:
            check = checks.get(name)
            result = PromiseResult(name, sentence, True, skipped=reason, tried=False) if check is None else check()
            results.append(result)
            if report is not None:
                report(result)
    return tuple(results)
