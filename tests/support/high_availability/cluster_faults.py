"""What is done to a cluster while clients book, and what came of it: the lines of the table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import attrs

from support.high_availability import comparison
from support.high_availability.clients import CLIENTS, OPTIONS, Answer, clients, prepare
from support.high_availability.patroni_cluster import FAILOVER, PAUSE, START, Node, Patroni, patroni
from support.postgres.cluster import eventually
from support.races.house_races import open_house


@attrs.frozen
class Result:
    """A line of the table.

    ``documents`` were acknowledged, ``stored`` are there; ``gaps``: numbers that are missing, double or out of order.
    ``replayed`` counts the bookings and documents whose request had been carried out by an earlier try.
    In seconds: ``outage`` is the longest time without a booking from the fault on, ``quiet`` the longest before it,
    ``back`` how long the nodes took to be whole again once the clients were done, ``wall`` all of it.
    """

    mode: str
    fault: str
    acked: int
    refused: int
    lost: int
    double: int
    documents: int
    stored: int
    gaps: int
    replayed: int
    outage: float
    quiet: float
    back: float
    wall: float
    failures: Counter[str] = attrs.field(repr=False)
    wrong: tuple[str, ...]


RESULTS: list[Result] = []


# --- faults: each gives the node that is down afterwards, and returns once the service is due again ------------------


def kill_node(cluster: Patroni) -> Node:
    """The primary's machine is gone: Patroni and PostgreSQL."""
    leader = cluster.leader()
    leader.kill()
    cluster.leader(without=leader)
    return leader


def kill_server(cluster: Patroni) -> None:
    """PostgreSQL of the primary is gone, Patroni is not."""
    cluster.leader().kill_server()
    cluster.leader()


def freeze_node(cluster: Patroni) -> None:
    """The primary's machine hangs, another takes over, and it wakes up believing that it is the primary."""
    leader = cluster.leader()
    leader.freeze()
    cluster.leader(without=leader)
    time.sleep(3)
    leader.thaw()
    eventually(leader.follows, FAILOVER, pause=PAUSE)


def kill_standby(cluster: Patroni) -> Node:
    """The machine of the synchronous standby is gone."""
    standby = cluster.having("sync_standby")
    assert standby is not None
    standby.kill()
    return standby


def lag_and_kill(cluster: Patroni) -> Node:
    """The primary sends its standbys nothing for two seconds, then its machine is gone."""
    cluster.leader().freeze_senders()
    time.sleep(2)
    return kill_node(cluster)


# --- a run -----------------------------------------------------------------------------------------------------------


def run(fault: Callable[[Patroni], Node | None], *, synchronous: bool) -> Result:
    """Let a fault happen under clients, and compare what they were told with what is stored."""
    begun = time.monotonic()
    with patroni(synchronous=synchronous) as cluster:
        url = cluster.url(**OPTIONS)
        with open_house(url) as house:
            prepare(house, CLIENTS)
        with clients(url, cluster.folder) as at_work:
            at_work.served(time.monotonic())
            struck = time.monotonic()
            down = fault(cluster)
            at_work.served(time.monotonic())
            answers = at_work.finish()
        finished = time.monotonic()
        if down is not None:
            down.start()
        eventually(lambda: cluster.whole(synchronous), START, pause=PAUSE)
        whole = time.monotonic()
        wrong = comparison.finish(url)
        with cluster.leader().connect("cantine") as db:
            lost, double = comparison.lost(db, answers), comparison.double(db, answers)
            stored, gaps = comparison.stored(db), comparison.numbers(db, answers)
            wrong += [f"{check.__name__}: {one}" for check in comparison.CHECKS for one in check(db, answers)]
        wrong += comparison.copies(cluster)
    booked, issued = comparison.booked(answers), comparison.issued(answers)
    asked = [one for answer in answers for one in (answer, *answer.documents)]
    result = Result(
        mode="sync" if synchronous else "async",
        fault=fault.__name__.replace("_", " "),
        acked=len(booked),
        refused=len(answers) - len(booked),
        lost=len(lost),
        double=len(double),
        documents=len(issued),
        stored=stored,
        gaps=len(gaps),
        replayed=sum(one.replayed for one in asked),
        outage=longest_gap(booked, struck, answers[-1].at),
        quiet=longest_gap(booked, booked[0].at, struck),
        back=whole - finished,
        wall=time.monotonic() - begun,
        failures=sum((Counter(one.failures) for one in asked), Counter[str]()),
        wrong=tuple(wrong),
    )
    RESULTS.append(result)
    return result


def longest_gap(booked: Sequence[Answer], since: float, until: float) -> float:
    """The longest time between two bookings, whosever they are."""
    times = [since, *(one.at for one in booked if since < one.at < until), until]
    return max(later - earlier for earlier, later in pairwise(times))
