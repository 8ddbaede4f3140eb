"""Running the demonstration: on which store, scene by scene, or from a store that has it."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import attrs

from cantinekit.cantine import Cantine
from cantinekit.demo import _evening, _figures, _month, _month_end, _rooms, _visits, _workshops
from cantinekit.demo._archive import Archive
from cantinekit.demo._blocks import Block, Heading
from cantinekit.demo._printer import PlainPrinter, has_rich, open_printer, show_all
from cantinekit.demo._stage import SETTER, DemoStage
from cantinekit.demo._words import DemoWords
from cantinekit.errors import InputError
from cantinekit.plugins.registry import Registry
from cantinekit.urls import MASK, BackendUrl


@attrs.frozen
class Scene:
    """A part of the day: how it begins, what happens, and what the store tells of it afterwards."""

    begin: Callable[[DemoWords], Block]
    play: Callable[[DemoStage], None]
    tell: Callable[[Archive, DemoWords], Iterator[Block]]


def _opening(archive: Archive, words: DemoWords) -> Iterator[Block]:
    yield from _figures.tell_network(archive, words)
    yield Heading(words("visits"))
    yield from _visits.tell(archive, words)


def _closing(archive: Archive, words: DemoWords) -> Iterator[Block]:
    yield from _month_end.tell(archive, words)
    yield Heading(words("proofs"))
    yield from _figures.tell_proofs(archive, _month_end.END, words)


def _heading(name: str) -> Callable[[DemoWords], Block]:
    return lambda words: Heading(words(name))


SCENES = (
    Scene(_figures.title, _visits.play, _opening),
    Scene(_heading("rooms"), _rooms.play, _rooms.tell),
    Scene(_heading("free workshop"), _workshops.play_free, _workshops.tell_free),
    Scene(_heading("paid workshop"), _workshops.play_paid, _workshops.tell_paid),
    Scene(_heading("figures"), _figures.play, _figures.tell),
    Scene(_heading("month"), _month.play, _month.tell),
    Scene(_heading("evening"), _evening.play, _evening.tell),
    Scene(_heading("month-end"), _month_end.play, _closing),
)


def main(args: Namespace) -> int:
    """Play the day and tell it, or tell a day that was played: ``db``, ``lang``, ``fast``, ``replay``.

    Args:
        args: the arguments as the command line has read them.

    Raises:
        InputError: both a store to play on and one to tell from, a store that is in use, or one without a whole day.
        BackendError: the store cannot be opened.
    """
    if args.db is not None and args.replay is not None:
        raise InputError("--db plays the day, --replay tells one that was played: give one of them")
    printer, words = open_printer(fast=args.fast), DemoWords(args.lang)
    if args.replay is not None:
        replay(as_url(args.replay), printer, words)
    else:
        url = as_url(args.db) if args.db is not None else _new_file()
        play(url, printer, words)
        _hint(url)
    if not has_rich():
        print('cantinekit: in colours and boxes with: pip install "cantinekit[rich]"', file=sys.stderr)
    return 0


def as_url(text: str) -> str:
    """A URL as it is; a path as the URL of an SQLite file."""
    return text if "://" in text else f"sqlite:///{quote(text)}"


def _new_file() -> str:
    return as_url(str(Path(tempfile.mkdtemp(prefix="cantine-demo-"), "cantine.db")))


def play(url: str, printer: PlainPrinter, words: DemoWords) -> None:
    """Play the day on an empty store, and tell each scene from the store as soon as it was played.

    Raises:
        InputError: there is something in the store.
    """
    stage = DemoStage(url, words.lang)
    with stage.cantine as cantine:
        if next(cantine.read.journal(), None) is not None:
            raise InputError(f"{_shown(url)} holds data already: name an empty store, or tell its day with --replay")
        stage.follow = lambda label, items: printer.progress(words(label), items)
        for scene in SCENES:
            printer.show(scene.begin(words))
            scene.play(stage)
            show_all(printer, scene.tell(Archive(cantine.read), words))


def replay(url: str, printer: PlainPrinter, words: DemoWords) -> None:
    """Tell a day from a store that another process played it on.

    Raises:
        InputError: the store keeps nothing beyond a process, or has no whole day.
    """
    parsed = BackendUrl.parse(url)
    if parsed.scheme == "sqlite":
        path = Path(parsed.path[1:])
        if not path.is_file() or not path.stat().st_size:
            raise InputError(f"there is no demonstration in {_shown(url)}: no such file, or it is empty")
    storage = Registry.load().storage(url)
    if not (storage.capabilities.durable and storage.capabilities.shared):
        storage.close()
        raise InputError(f"{_shown(url)} keeps nothing when its process ends: there is nothing to tell again")
    with Cantine.open(storage) as cantine:
        archive = Archive(cantine.read)
        _check(archive, url)
        for scene in SCENES:
            printer.show(scene.begin(words))
            show_all(printer, scene.tell(archive, words))


def _check(archive: Archive, url: str) -> None:
    entries = archive.entries()
    if not entries or entries[0].actor != SETTER:
        raise InputError(f"{_shown(url)} was not made by this edition of the demonstration")
    if not archive.whole(_month_end.END):
        raise InputError(f"the demonstration in {_shown(url)} was broken off: play it again on an empty store")


def _shown(url: str) -> str:
    """The URL without what is secret in it."""
    return str(BackendUrl.parse(url))


def _hint(url: str) -> None:
    """Say how to tell it again. A URL with something secret in it is not repeated."""
    if BackendUrl.parse(url).scheme != "memory":
        again = url if MASK not in _shown(url) else "URL"
        print(f"cantinekit: told again by another process: {_program()} demo --replay {again}", file=sys.stderr)


def _program() -> str:
    """How the command was started: by its name where that is enough, else by its path, from the working directory."""
    started = Path(sys.argv[0])
    if started.name != "cantinekit" or shutil.which("cantinekit") == str(started):
        return "cantinekit"
    path = started.absolute()
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))
