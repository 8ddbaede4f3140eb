"""Numbered migrations with checksums."""

from __future__ import annotations

import hashlib
import sys

import pytest

from cantinekit.errors import SchemaError
from cantinekit.plugins.sql.migrations import Migration, pending, read_migrations

ONE, TWO, THREE = (Migration.of(n, f"CREATE TABLE t{n} (x integer);\n") for n in (1, 2, 3))


def test_a_checksum_is_of_the_text_with_plain_line_ends():
    """A checkout with other line ends has the same checksum; another text has another."""
    assert Migration.of(1, "a;\r\nb;\r\n") == Migration.of(1, "a;\nb;\n")
    assert Migration.of(1, "a;\n").sha256 == hashlib.sha256(b"a;\n").hexdigest()
    assert Migration.of(1, "a;\n").sha256 != Migration.of(1, "a; \n").sha256


@pytest.mark.parametrize(
    ("applied", "wanted"), [([], [ONE, TWO, THREE]), ([ONE], [TWO, THREE]), ([ONE, TWO, THREE], [])]
)
def test_pending_is_what_comes_after(applied, wanted):
    """What is pending are the migrations after the newest one that was applied."""
    assert list(pending({m.version: m.sha256 for m in applied}, [ONE, TWO, THREE])) == wanted


def test_a_newer_schema_is_refused():
    """A database with more migrations than this library has is refused, with advice."""
    with pytest.raises(SchemaError, match="schema 3, this version of cantinekit knows 2: upgrade"):
        pending({m.version: m.sha256 for m in (ONE, TWO, THREE)}, [ONE, TWO])


@pytest.mark.parametrize("applied", [{1: "other"}, {1: ONE.sha256, 2: "other"}, {2: TWO.sha256}])
def test_a_schema_of_another_hand_is_refused(applied):
    """A changed checksum, or a step that is missing in the middle, is refused."""
    with pytest.raises(SchemaError, match="was not made by this library"):
        pending(applied, [ONE, TWO, THREE])


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_released_migrations_never_change(engine):
    """The text of a migration that was released stays as it is: its checksum is written down here."""
    released = {
        "sqlite": ["9af5e10b6fd9976be5b7ee6a0718cc66e0afd479bdbf4908438bb19d122c35f9"],
        "postgres": [
            "5fea7b2c7b6c2fefa270b0b49336ccc09491febf11082e6a709caa0b151136f5",
            "0ceb285541db4370d7048abafebc9fec593c1fa8034af093b2eb5d1382a7a788",
        ],
    }
    found = read_migrations(f"cantinekit.backends.{engine}")
    assert [m.sha256 for m in found] == released[engine]
    assert [m.version for m in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("names", [["0002_b.sql"], ["0001_a.sql", "0003_c.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_numbers_have_no_gap(tmp_path, monkeypatch, names):
    """Migrations that are not numbered 1, 2, 3 are refused before a database is touched; other files are left out."""
    package = f"pack_{abs(hash(tmp_path))}"
    folder = tmp_path / package / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / package / "__init__.py").write_text("")
    for name in [*names, "README.md", "1_x.sql"]:
        (folder / name).write_text("SELECT 1;\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SchemaError, match="without a gap"):
        read_migrations(package)
    sys.modules.pop(package, None)
