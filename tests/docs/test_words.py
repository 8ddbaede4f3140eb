"""The glossary names what the code has, and explains every record."""

from __future__ import annotations

import re
from pathlib import Path

from cantinekit import cantine, money
from cantinekit import records as model
from cantinekit.runtime import codec

TEXT = (Path(__file__).parents[2] / "docs" / "explanation" / "words.md").read_text(encoding="utf-8")
INNER = {"StandingPage", "OccupancyPage", "TariffText", "CodePool", "LedgerEntry", "Unique", "Override"}
"""Records that have a word of their own without being called by the name of their class, or no word at all."""
INNER |= {"Request", "Quarantined", "EmailHolder"}


def test_words_are_names():
    """What the glossary writes as code is a class or a field of the library."""
    names = set(vars(model)) | set(vars(cantine)) | set(vars(money))
    fields = {field for cls in vars(model).values() for field in getattr(cls, "__annotations__", ())}
    coded = re.findall(r"`(\w+)`", re.sub(r"^(#.*|\| English.*)$", "", TEXT, flags=re.MULTILINE))
    assert len(coded) > 20
    assert [word for word in coded if word not in names | fields | {"code"}] == []


def test_records_have_words():
    """Each record that a developer meets is in the glossary."""
    missing = {spec.cls.__name__ for spec in codec.KINDS.values() if f"`{spec.cls.__name__}`" not in TEXT}
    assert missing == INNER


def test_one_word_for_one_idea():
    """No English word is explained twice."""
    first = [row.split("|")[1].strip() for row in TEXT.splitlines() if re.match(r"\| (?!English|---)", row)]
    words = [word.strip() for cell in first for word in re.sub(r" \(.*?\)", "", cell).split(",")]
    assert len(words) == len(set(words))
