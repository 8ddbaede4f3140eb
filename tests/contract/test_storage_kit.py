"""The kit itself: how it runs, what it reports, and how it keeps apart from what is stored behind a URL."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from functools import partial
from pathlib import Path

import psycopg
import pytest

import cantinekit.errors
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.errors import StaleVersionError, StorageError, UrlError
from cantinekit.plugins.ports import Change, Guard, Key, StorageCapabilities
from cantinekit.plugins.registry import Registry
from cantinekit.testing import PromiseResult, StorageContract, check_storage_url, promises, run_storage_contract
from cantinekit.testing._isolation import _Apart
from cantinekit.testing._stepping import SlowEvents, Stepping, at_step, mapped
from cantinekit.testing._storage_base import check, entry, equal, put, refused, retrying, row, same, stale
from support.faults.stores.broken_stores import Good, fault
from support.faults.stores.filed_store import Filed
from support.postgres import postgres_server
from support.stores import other_process
from support.stores.quick_folder import quick_folder

SOURCE = str(Path(cantinekit.errors.__file__).parents[2])
QUICK = 0.02
SHARED = {
    "test_two_handles_see_each_other",
    "test_two_handles_lose_no_increment",
    "test_processes_lose_no_increment",
    "test_a_row_is_created_by_one_of_many_processes",
    "test_crossed_reads_and_writes_of_processes",
    "test_processes_could_have_gone_one_by_one",
    "test_a_process_sees_what_another_has_applied",
    "test_no_entry_turns_up_late_from_another_process",
    "test_a_killed_process_holds_nobody_up",
}
DURABLE = {
    "test_a_second_handle_is_refused_or_shares",
    "test_what_was_applied_is_there_after_reopening",
    "test_numbers_go_on_after_reopening",
    "test_what_was_acknowledged_survives_a_kill",
    "test_a_change_that_a_kill_cuts_short_is_whole_or_not_there",
    "test_a_large_change_that_a_timer_kills_is_whole_or_not_there",
}
UNANSWERED = {
    "test_the_first_row_of_each_range",
    "test_fields_of_the_rows_of_a_range",
    "test_ranges_of_rows_that_have_changed",
}
"""What the store in memory is not asked."""
UNCLAIMED = len(SHARED) + len(DURABLE) + len(UNANSWERED)


# --- running --------------------------------------------------------------------------------------------------------


def test_a_store_that_claims_nothing_is_skipped_where_it_claims_nothing():
    """Promises of durable and shared stores are skipped for a store in memory, with the reason; all others are kept."""
    results = run_storage_contract(MemoryStorage, scale=QUICK)
    assert [r.name for r in results] == [name for name, _ in promises()]
    assert all(r.ok for r in results)
    skipped = {r.name: r.skipped for r in results if r.skipped}
    assert skipped == {
        **dict.fromkeys(SHARED, "the store does not claim to be shared"),
        **dict.fromkeys(DURABLE, "the store does not claim to be durable"),
        **dict.fromkeys(UNANSWERED, "the store does not answer that question"),
    }


def test_a_claim_without_an_opener_is_a_failure():
    """A store that claims to be durable or shared, without a way to open it again, does not pass by being skipped."""
    results = run_storage_contract(Good, scale=QUICK)
    failed = {r.name: r.problem for r in results if not r.ok}
    assert set(failed) == {*SHARED, *DURABLE, "test_a_change_that_a_timer_breaks_off_leaves_nothing"}
    assert all("override opener" in problem for problem in failed.values())


def test_with_an_opener_nothing_else_is_needed():
    """``opener`` is enough: what opens the data in another process opens it in this one as well."""
    only = ["test_two_handles_see_each_other", "test_numbers_go_on_after_reopening"]
    results = run_storage_contract(Filed.fresh, opener=lambda s: s.opener(), only=only, scale=QUICK)
    assert [(r.ok, r.skipped) for r in results] == [(True, "")] * 2


def test_only_some_promises():
    """Only the promises that are named are run, each with its sentence and its time."""
    (result,) = run_storage_contract(MemoryStorage, only=["test_kinds_are_apart"])
    assert result.promise == dict(promises())["test_kinds_are_apart"]
    assert result.seconds > 0
    assert result == PromiseResult(result.name, result.promise, True, "", result.seconds, "")


def test_what_is_wrong_is_said():
    """A broken promise says what was wanted and what came; an exception of the store is named."""

    class Odd(MemoryStorage):
        def load(self, keys):
            return super().load(keys)[::-1]

        def find(self, *arguments, **options):
            raise ZeroDivisionError("odd")

    results = {r.name: r for r in run_storage_contract(Odd, scale=QUICK)}
    order = results["test_load_answers_in_the_order_asked"].problem
    assert "wanted ['c', 'a', 'b', 'a', None, 'c'], got ['c', None, 'a', 'b', 'a', 'c']" in order
    assert results["test_find_by_a_value"].problem == "ZeroDivisionError: odd"


def test_a_store_that_does_not_open_fails_every_promise():
    """When the factory raises, each promise is broken, with the error."""

    def broken():
        raise StorageError("no disk")

    results = run_storage_contract(broken)
    assert {r.problem for r in results} == {"StorageError: no disk"}
    assert not any(r.ok for r in results)


def test_everything_that_was_opened_is_closed():
    """The kit closes every store that it opens, whether the promise was kept or not."""
    opened = []

    class Watched(Good, fault=False):
        closed_once = False

        def __init__(self, core=None):
            super().__init__(core)
            opened.append(self)

        def close(self):
            self.closed_once = True
            super().close()

    only = [name for name, _ in promises() if "process" not in name and "kill" not in name]
    results = run_storage_contract(Watched, lambda s: s.again(), only=only, scale=QUICK)
    assert all(r.ok for r in results)
    assert len(opened) > 60
    assert all(store.closed_once for store in opened)


def test_a_call_that_hangs_is_a_broken_promise():
    """A store whose call does not come back breaks the promise after the deadline, and the run goes on."""
    release = threading.Event()

    class Hanging(MemoryStorage):
        def apply(self, change):
            if threading.current_thread() is not threading.main_thread():
                release.wait(20)
            super().apply(change)

    begun = time.monotonic()
    results = run_storage_contract(
        Hanging, only=["test_no_increment_is_lost", "test_kinds_are_apart"], scale=QUICK, deadline=0.3
    )
    release.set()
    assert time.monotonic() - begun < 10
    assert [(r.ok, "did not come back within 0.3 s" in r.problem) for r in results] == [(True, False), (False, True)]


def test_the_kit_works_without_assertions_and_without_pytest():
    """Under python -O a fault is still found, and neither pytest nor hypothesis is imported."""
    script = """
        import sys
        from cantinekit.backends.memory import MemoryStorage
        from cantinekit.testing import run_storage_contract
        class Lazy(MemoryStorage):
            def journal(self, **how):
                return []
        results = run_storage_contract(Lazy, scale=0.02, patience=0.05)
        print(__debug__, sum(not r.ok for r in results) > 5, {"pytest", "hypothesis"} & set(sys.modules))
    """
    command = [sys.executable, "-O", "-c", textwrap.dedent(script)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": SOURCE}, capture_output=True, text=True, timeout=300
    )
    assert (done.stdout, done.stderr) == ("False True set()\n", "")


def test_another_name_of_the_kit():
    """A name that the kit does not have is an AttributeError; the machine is there when it is asked for."""
    from cantinekit import testing

    assert testing.StorageMachine.__name__ == "StorageMachine"
    assert set(testing.__all__) >= {"StorageContract", "StorageMachine", "check_storage_url", "run_storage_contract"}
    with pytest.raises(AttributeError, match="nothing"):
        testing.nothing  # noqa: B018


def test_without_a_factory_the_contract_says_what_to_override():
    """The factory and the machine's factory say that they are to be overridden."""
    from cantinekit.testing import StorageMachine

    with pytest.raises(NotImplementedError, match="override open_storage"):
        StorageContract().open_storage()
    with pytest.raises(NotImplementedError, match="override open_storage"):
        StorageMachine()


# --- the tools of the promises --------------------------------------------------------------------------------------


def test_check_and_equal():
    """A failed check is an AssertionError with its text; a long value is cut."""
    check(True, "nothing")
    with pytest.raises(AssertionError, match=r"^why$"):
        check(False, "why")
    equal([1], [1], "lists")
    with pytest.raises(AssertionError, match=r"a list: wanted \[1\], got 'x+\.\.\. \(1002 characters\)"):
        equal("x" * 1000, [1], "a list")


def test_refused_tells_the_errors_apart():
    """The wanted error is given back; another error and no error are failures that name what came."""

    def stale_error():
        raise StaleVersionError([Key("k", "a")])

    assert refused(StorageError, stale_error, "it").keys == (Key("k", "a"),)
    with pytest.raises(AssertionError, match="it must raise UrlError, raised StaleVersionError"):
        refused(UrlError, stale_error, "it")
    with pytest.raises(AssertionError, match="it must raise UrlError, gave 7"):
        refused(UrlError, lambda: 7, "it")


def test_retrying():
    """What may be retried is tried again until the deadline; the rest is a failure, and ``but`` is raised at once."""
    answers = [StorageError("busy", retryable=True), StorageError("busy", retryable=True), 5]

    def work():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert retrying(work, 10) == 5
    answers[:] = [StorageError("broken")]
    with pytest.raises(AssertionError, match="cannot be retried: broken"):
        retrying(work, 10)
    answers[:] = [StorageError("busy", retryable=True)] * 3
    with pytest.raises(AssertionError, match="still failed"):
        retrying(work, -1)
    answers[:] = [StaleVersionError(())]
    with pytest.raises(StaleVersionError):
        retrying(work, 10, but=StaleVersionError)


def test_slow_events_are_slow_each_time():
    """A store stalls whenever it goes through slow entries, in a loop and in a copy; the tuple is otherwise as any."""
    events = SlowEvents([entry("a"), entry("b")])
    for walk in (list, tuple, lambda e: [x for x in e], lambda e: dict(enumerate(e))):  # noqa: C416
        begun = time.monotonic()
        assert len(walk(events)) == 2
        assert time.monotonic() - begun > 0.015
    assert events[0].type == "a"
    assert len(events) == 2


def test_steps_are_taken_at_each_item():
    """A store that goes through the items takes a step before and behind each; one of them may do the work."""
    taken = []
    items = Stepping("ab", at_step(3, lambda: taken.append("third")))
    assert list(items) == ["a", "b"]
    assert taken == ["third"]
    again = mapped(items, str.upper)
    assert (tuple.__getitem__(again, 0), type(again), again.step) == ("A", Stepping, items.step)
    assert mapped(("a",), str.upper) == ("A",)


def test_same_tells_types_apart():
    """Equal values of other types are not the same, however deep."""
    same({"a": [1, None, "x"]}, {"a": [1, None, "x"]}, "it")
    for got in ({"a": [1.0, None, "x"]}, {"a": [True, None, "x"]}, {"a": (1, None, "x")}, {"a": [1, None]}):
        with pytest.raises(AssertionError, match="it: wanted"):
            same(got, {"a": [1, None, "x"]}, "it")


# --- behind a URL ---------------------------------------------------------------------------------------------------


SOME = [
    "test_a_row_comes_back_equal",
    "test_a_fresh_store_is_empty",
    "test_no_entry_turns_up_late_behind_a_slow_writer",
    "test_two_handles_see_each_other",
    "test_numbers_go_on_after_reopening",
    "test_a_process_sees_what_another_has_applied",
    "test_a_change_that_a_kill_cuts_short_is_whole_or_not_there",
]
"""Promises of every sort: in one process, of several handles, of several processes, of killed ones."""


def kept(results, wanted=None):
    assert [(r.name, r.problem) for r in results if not r.ok] == []
    assert {r.name for r in results} == ({name for name, _ in promises()} if wanted is None else set(wanted))
    return sum(bool(r.skipped) for r in results)


def test_a_store_in_memory_behind_a_url():
    """memory:// is opened anew for each promise."""
    assert kept(check_storage_url("memory://", Registry.load().storage, scale=QUICK)) == UNCLAIMED


def test_an_sqlite_file_is_not_touched(tmp_path):
    """The file that the URL names is left as it is, and no file of the check stays; options are handed on."""
    path = tmp_path / "cantine.db"
    storage = SqliteStorage(path)
    put(storage, row("a"))
    storage.close()
    before = path.read_bytes()
    urls = []

    def open_and_note(url):
        urls.append(url)
        return Registry.load(entry_points=False).storage(url)

    results = check_storage_url(f"sqlite:///{path}?timeout=7", open_and_note, only=SOME, scale=QUICK)
    assert kept(results, SOME) == 0
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["cantine.db"]
    assert all(url.endswith(".db?timeout=7") and str(path) not in url for url in urls)


def test_an_sqlite_file_need_not_exist(tmp_path, monkeypatch):
    """A relative path of a file that is not there is checked, and the file is not made."""
    monkeypatch.chdir(tmp_path)
    kept(check_storage_url("sqlite:///new file.db", Registry.load().storage, only=SOME, scale=QUICK), SOME)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("sqlite://x.db", UrlError),
        ("sqlite:///none/x.db", StorageError),
        ("sqlite:///x.db?colour=red", UrlError),
        ("postgresql:///x?host=/nowhere", StorageError),
        ("postgresql:///x?colour=red", UrlError),
        ("memory://x", UrlError),
        ("nonsense", UrlError),
    ],
)
def test_a_url_that_does_not_open_is_an_error_at_once(url, error, tmp_path, monkeypatch):
    """A URL that cannot be opened is one error, not sixty broken promises, and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        check_storage_url(url, Registry.load().storage)
    assert os.listdir(tmp_path) == []


@pytest.mark.timeout(900)
def test_a_postgres_schema_is_not_touched(pg_url):
    """The schema that the URL names is left as it is, and the schemas of the check are dropped."""
    open_ = Registry.load().storage
    storage = open_(pg_url)
    put(storage, row("a"))
    assert kept(check_storage_url(pg_url, open_, only=SOME, scale=QUICK), SOME) == 0
    (found,) = storage.load([Key("space", "a")])
    assert found.version == 1
    assert storage.journal() == []
    storage.close()
    with postgres_server.connect() as db:
        names = [name for (name,) in db.execute("SELECT nspname FROM pg_namespace").fetchall()]
    assert [name for name in names if name.startswith("cantine_contract_")] == []


def test_postgres_schemas_are_dropped_after_an_error(pg_url):
    """When opening fails half-way the schemas of the check are dropped all the same."""
    registry, opened = Registry.load(), []

    def failing(url):
        opened.append(url)
        storage = registry.storage(url)
        if len(opened) > 3:
            storage.close()
            raise KeyboardInterrupt
        return storage

    with pytest.raises(KeyboardInterrupt):
        check_storage_url(pg_url, failing, scale=QUICK)
    with psycopg.connect(postgres_server.server_dsn()) as db:
        statement = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'cantine_contract_%'"
        assert db.execute(statement).fetchone() == (0,)
    assert len(opened) == 4


# --- stores of others -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///used.db", "removes them; used.db is not touched"),
        ("other:///{fresh}.db", "they STAY: delete them"),
        ("other://x", "INTO THIS STORE, which is empty; its rows STAY"),
        ("memory://", "gone when they are closed"),
    ],
)
def test_it_is_announced_where_the_check_writes(url, words, tmp_path, monkeypatch):
    """Before anything is written it is said once where the check writes, and what stays."""
    monkeypatch.chdir(tmp_path)
    said = []

    def open_(url):
        scheme, _, rest = url.partition("://")
        if scheme == "memory":
            return MemoryStorage()
        storage = SqliteStorage(rest.removeprefix("/").partition("?")[0] or "x")
        if said == [] and "other://x" not in url:
            storage.close()
            raise AssertionError("opened before it was announced")
        return storage

    there = other_process.named_after_a_slash
    results = check_storage_url(url, open_, elsewhere=there, only=SOME, scale=QUICK, announce=said.append)
    assert kept(results, SOME) in (0, 4)
    (where,) = said
    assert words in where


def test_it_is_announced_that_schemas_are_made(pg_url):
    """On PostgreSQL the announcement says that schemas are made and dropped."""
    said = []

    def stop(url):
        raise StorageError("no further")

    with pytest.raises(StorageError, match="no further"):
        check_storage_url(pg_url, stop, announce=said.append)
    assert "makes schemas cantine_contract_... in the database and drops them" in said[0]


def test_results_are_reported_as_they_come():
    """Each result is reported before the next promise is checked, and the same results are given at the end."""
    events = []

    class Watched(MemoryStorage):
        def __init__(self):
            events.append("opened")
            super().__init__()

    only = ["test_kinds_are_apart", "test_close_may_be_called_twice"]
    results = run_storage_contract(Watched, only=only, report=events.append)
    assert events == ["opened", results[0], "opened", results[1]]


def test_a_placeholder_gives_another_store_each_time(tmp_path):
    """Where the URL of another backend has {fresh}, each promise has a store of its own name."""
    folder = tmp_path / "stores"
    folder.mkdir()

    results = check_storage_url(f"other://{folder}/{{fresh}}.db", other_process.named, only=SOME, scale=QUICK)
    assert kept(results, SOME) == 0
    assert len(os.listdir(folder)) > len(SOME)


def test_another_store_is_checked_under_prefixes_when_it_is_empty():
    """A store that cannot be had fresh is checked under prefixes, when its journal is empty."""
    in_one = {name for name, _ in promises() if not {"process", "kill", "kills", "timer"} & {*name.split("_")}}
    only = in_one.union(SOME)
    with quick_folder() as folder:
        at = partial(other_process.at, folder / "other.db")
        assert kept(check_storage_url("other://x", at, only=only, scale=QUICK), only) == 0


def test_another_store_that_is_in_use_is_refused(tmp_path):
    """A store of another backend that holds something is refused, with advice, and nothing is written to it."""
    storage = SqliteStorage(tmp_path / "other.db")
    storage.apply(Change(events=(entry("mine"),)))
    with pytest.raises(StorageError, match=r"in use.*\{fresh\}"):
        check_storage_url("other://x", lambda url: SqliteStorage(tmp_path / "other.db"))
    assert [e.type for e in storage.journal()] == ["mine"]
    storage.close()


def test_another_store_that_is_not_shared_needs_a_placeholder(tmp_path):
    """A durable store of which only one can be open is refused without {fresh}, with advice, and nothing is written."""

    class Alone(SqliteStorage):
        capabilities = StorageCapabilities(durable=True, shared=False)

    with pytest.raises(StorageError, match=r"not shared.*\{fresh\}"):
        check_storage_url("other://x", lambda url: Alone(tmp_path / "other.db"))
    storage = SqliteStorage(tmp_path / "other.db")
    assert (storage.journal(), storage.load([Key("space", "a")])) == ([], [None])
    storage.close()


def test_another_store_that_lasts_not_is_opened_anew():
    """A store of another backend that is neither durable nor shared is opened anew, without prefixes."""
    kinds = set()

    class Watched(MemoryStorage):
        def apply(self, change):
            super().apply(change)
            kinds.update(row.kind for row in change.rows)

    assert kept(check_storage_url("other://x", lambda url: Watched(), scale=QUICK)) == UNCLAIMED
    assert "space" in kinds


def test_faults_are_seen_under_prefixes():
    """Prefixes hide no fault: a store that does not compare guards is caught."""
    core, only = MemoryStorage(), ["test_a_guard_at_another_version_stops_the_change", "test_kinds_are_apart"]
    results = check_storage_url("other://x", lambda url: fault("IgnoresGuards")(core), only=only, scale=QUICK)
    assert [r.name for r in results if not r.ok] == only[:1]


def test_two_parts_of_one_store_are_apart():
    """Two prefixes on one store see nothing of each other, and errors name keys without the prefix."""
    core = MemoryStorage()
    one, two = _Apart(Good(core), "one."), _Apart(Good(core), "two.")
    made = row("a", index=(("f", "v"),))
    one.apply(Change(rows=(made,), events=(entry("told", made.key), entry("more"))))
    assert one.load([made.key]) == [made]
    assert one.find("space", "f").rows == (made,)
    assert [(e.type, e.subjects) for e in one.journal()] == [("told", (made.key,)), ("more", ())]
    assert len(one.journal(limit=1)) == 1
    assert (two.load([made.key]), two.find("space", "f").rows, two.journal()) == ([None], (), [])
    stale(one, Change(guards=(Guard(made.key, 2),)), [made.key], "a guard through a part")
    one.apply(Change(removes=(Guard(made.key, 1),)))
    assert core._rows == {}
    assert one.capabilities == StorageCapabilities()
    one.close()
    with pytest.raises(StorageError):
        one.load([])


def test_slow_entries_stay_slow_in_a_part():
    """Entries that stall a writer stall it inside the store, not before it."""
    seen = []

    class Watched(MemoryStorage):
        def apply(self, change):
            seen.append(type(change.events))
            super().apply(change)

    _Apart(Watched(), "p.").apply(Change(events=SlowEvents([entry("a")])))
    _Apart(Watched(), "p.").apply(Change(events=(entry("a"),)))
    assert seen == [SlowEvents, tuple]
