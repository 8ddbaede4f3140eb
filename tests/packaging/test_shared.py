"""Shared test material: absent, it skips a test or fails it, as the environment says."""

from __future__ import annotations

import pytest

from support.run import shared_material


def test_there(tmp_path):
    """Where the folder is there, it is given."""
    assert shared_material.shared_folder(tmp_path) == tmp_path


def test_absent(tmp_path, monkeypatch):
    """Where it is absent the test is skipped."""
    monkeypatch.delenv("CANTINEKIT_REQUIRE_SHARED", raising=False)
    with pytest.raises(pytest.skip.Exception):
        shared_material.shared_folder(tmp_path / "none")


def test_absent_and_required(tmp_path, monkeypatch):
    """Where it is absent and required the test fails, and does not skip."""
    monkeypatch.setenv("CANTINEKIT_REQUIRE_SHARED", "1")
    with pytest.raises(pytest.fail.Exception, match="beside the repository"):
        shared_material.shared_folder(tmp_path / "none")
