"""``cantinekit new-plugin KIND NAME``: a small project for a plug-in, whose tests pass as it is written."""

from __future__ import annotations

import argparse
import os
import re
import warnings
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40
_RESERVED = {"apprise", "file", "ftp", "http", "https", "postgres", "smtp", "stripe", "webhook"}
_TOKEN = re.compile(r"@([A-Z]+)@")
_COMMON = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    ".gitignore": "gitignore.txt",
    "src/@PACKAGE@/__init__.py": "plugin.py.txt",
    "tests/test_contract.py": "contract_test.py.txt",
    "tests/test_opening.py": "opening_test.py.txt",
}
_FILES = {
    "storage": {**_COMMON, "src/@PACKAGE@/store.py": "store.py.txt"},
    "notification": {**_COMMON, "src/@PACKAGE@/notifier.py": "notifier.py.txt"},
}
"""For each kind of plug-in the files of its project, and the templates that they are made from."""

_CLASSES = {"storage": "Storage", "notification": "Notifier"}
"""How the class of a plug-in ends."""


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "new-plugin",
        help="write a small project for a plug-in",
        description=(
            "Writes the project cantinekit-NAME: a package with a store or a notifier that works and is yours to "
            "replace, its entry point, and tests that pass at once, the contract of the port among them."
        ),
    )
    parser.add_argument("kind", choices=sorted(_FILES, reverse=True), help="what the plug-in brings")
    parser.add_argument("name", metavar="NAME", help="the scheme of its URLs, for example shelf for shelf://")
    parser.add_argument(
        "--into", metavar="DIR", default=".", help="the folder that gets the project (default: this one)"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    _check_name(args.name)
    target = write_project(args.name, Path(args.into), args.kind)
    print(f"{target} is written. In it, with a virtual environment active:\n  pip install -e '.[test]'\n  pytest")
    return 0


def write_project(name: str, into: Path, kind: str = "storage") -> Path:
    """Write the project into the folder, all of it or nothing, and give its path.

    Raises:
        InputError: there is no such folder, it cannot be written, or the project is there already.
    """
    import tempfile

    from cantinekit.errors import InputError

    target = into / f"cantinekit-{name}"
    if not into.is_dir():
        raise InputError(f"there is no folder {into}")
    if os.path.lexists(target):
        raise InputError(f"{target} exists already: choose another name, or another folder with --into")
    words = _words(name, kind)
    try:
        with tempfile.TemporaryDirectory(prefix=".cantinekit-new-", dir=into, ignore_cleanup_errors=True) as scratch:
            project = Path(scratch, "project")
            for path, template in _FILES[kind].items():
                file = project / _filled(path, words)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_filled(_template(kind, template), words), encoding="utf-8")
            project.rename(target)
    except OSError as error:
        raise InputError(f"the project cannot be written to {target}: {error.strerror}") from error
    return target


def _check_name(name: str) -> None:
    from cantinekit.errors import InputError
    from cantinekit.registry import PluginWarning, Registry

    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise InputError(
            f"{name!r} cannot be the name: use at most {_LONGEST} small letters and digits, a letter first, and single "
            "hyphens between words, for example cold-shelf"
        )
    if name == "cantinekit" or name.startswith("cantinekit-"):
        raise InputError("leave cantinekit out of the name: the project is called cantinekit-NAME anyway")
    if name in _RESERVED:
        raise InputError(f"{name}:// is reserved: choose another name")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        registry = Registry.load()
    for backend in registry.backends:
        if backend.scheme == name:
            raise InputError(f"{name}:// is taken by {backend.distribution} {backend.version}: choose another name")


def _words(name: str, kind: str) -> dict[str, str]:
    from cantinekit import __version__

    return {
        "SCHEME": name,
        "DISTRIBUTION": f"cantinekit-{name}",
        "PACKAGE": f"cantinekit_{name.replace('-', '_')}",
        "CLASS": "".join(part.capitalize() for part in name.split("-")) + _CLASSES[kind],
        "VERSION": __version__,
    }


def _template(kind: str, name: str) -> str:
    from importlib import resources

    return (resources.files("cantinekit.cli") / f"{kind}_plug_in" / name).read_text(encoding="utf-8")


def _filled(text: str, words: dict[str, str]) -> str:
    return _TOKEN.sub(lambda match: words[match[1]], text)
