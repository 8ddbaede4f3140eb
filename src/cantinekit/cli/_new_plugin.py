"""``cantinekit new-plugin KIND NAME``: a small project for a plug-in, whose tests pass as it is written."""

from __future__ import annotations

import argparse
import os
import re
import warnings
from pathlib import Path
from typing import Any, NamedTuple

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40
_RESERVED = {"apprise", "file", "ftp", "helloasso", "http", "https", "postgres", "smtp", "stripe", "webhook"}
_TOKEN = re.compile(r"@([A-Z]+)@")
_EVERY = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    ".gitignore": "gitignore.txt",
    "src/@PACKAGE@/__init__.py": "plugin.py.txt",
    "tests/test_contract.py": "contract_test.py.txt",
    "tests/test_opening.py": "opening_test.py.txt",
}


class PluginKind(NamedTuple):
    """What a plug-in may bring: the folder of its templates, the end of its class's name, its files."""

    folder: str
    suffix: str
    files: dict[str, str]


KINDS = {
    "notification": PluginKind(
        "notification_plug_in",
        "Notifier",
        {**_EVERY, "src/@PACKAGE@/notifier.py": "notifier.py.txt", "tests/stage.py": "stage.py.txt"},
    ),
    "payment": PluginKind(
        "payment_plug_in",
        "Gateway",
        {
            **_EVERY,
            "src/@PACKAGE@/gateway.py": "gateway.py.txt",
            "src/@PACKAGE@/provider.py": "provider.py.txt",
            "tests/stage.py": "stage.py.txt",
        },
    ),
    "storage": PluginKind("storage_plug_in", "Storage", {**_EVERY, "src/@PACKAGE@/store.py": "store.py.txt"}),
}
SERVER_STORE = PluginKind(
    "server_store_plug_in",
    "Storage",
    {
        **_EVERY,
        "src/@PACKAGE@/server.py": "server.py.txt",
        "src/@PACKAGE@/store.py": "store.py.txt",
        "src/@PACKAGE@/migrations/0001_tables.sql": "tables.sql.txt",
        "tests/conftest.py": "conftest.py.txt",
    },
)


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "new-plugin",
        help="write a small project for a plug-in",
        description=(
            "Writes the project cantinekit-NAME: a package with a store, a payment gateway or a notifier that works "
            "and is yours to replace, its entry point, and tests that pass at once, the contract among them."
        ),
    )
    parser.add_argument("kind", choices=sorted(KINDS), help="what the plug-in brings")
    parser.add_argument("name", metavar="NAME", help="the scheme of its URLs, for example shelf for shelf://")
    parser.add_argument(
        "--into", metavar="DIR", default=".", help="the folder that gets the project (default: this one)"
    )
    parser.add_argument(
        "--server", action="store_true", help="a store on a database server, not in a file; its tests start one"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    kind = _kind(args.kind, server=args.server)
    _check_name(args.name)
    target = write_project(kind, args.name, Path(args.into))
    print(f"{target} is written. In it, with a virtual environment active:\n  pip install -e '.[test]'\n  pytest")
    return 0


def _kind(name: str, *, server: bool) -> PluginKind:
    from cantinekit.errors import InputError

    if server and name != "storage":
        raise InputError(f"--server goes with storage only, not with {name}")
    return SERVER_STORE if server else KINDS[name]


def write_project(kind: PluginKind, name: str, into: Path) -> Path:
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
    words = _words(kind, name)
    try:
        with tempfile.TemporaryDirectory(prefix=".cantinekit-new-", dir=into, ignore_cleanup_errors=True) as scratch:
            project = Path(scratch, "project")
            for path, template in kind.files.items():
                file = project / _filled(path, words)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_filled(_template(kind, template), words), encoding="utf-8")
            project.rename(target)
    except OSError as error:
        raise InputError(f"the project cannot be written to {target}: {error.strerror}") from error
    return target


def _check_name(name: str) -> None:
    from cantinekit.errors import InputError
    from cantinekit.plugins.registry import PluginWarning, Registry

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


def _words(kind: PluginKind, name: str) -> dict[str, str]:
    from cantinekit import __version__

    return {
        "SCHEME": name,
        "DISTRIBUTION": f"cantinekit-{name}",
        "PACKAGE": f"cantinekit_{name.replace('-', '_')}",
        "CLASS": "".join(part.capitalize() for part in name.split("-")) + kind.suffix,
        "VARIABLE": name.replace("-", "_").upper(),
        "VERSION": __version__,
    }


def _template(kind: PluginKind, name: str) -> str:
    from importlib import resources

    return (resources.files("cantinekit.cli") / kind.folder / name).read_text(encoding="utf-8")


def _filled(text: str, words: dict[str, str]) -> str:
    return _TOKEN.sub(lambda match: words[match[1]], text)
