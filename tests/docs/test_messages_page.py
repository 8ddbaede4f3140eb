"""What the page on messages says of templates and words is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from cantinekit.messages import TEXTS, words_of

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "send-messages.md"


def test_every_template_with_its_words():
    """The table has each template of the library with the words that it may use."""
    table = PAGE.read_text(encoding="utf-8").partition("| template | words |")[2].partition("\n\n")[0]
    listed = {
        name: tuple(re.findall(r"`\$(\w+)`", words))
        for name, words in re.findall(r"^\| `(.+?)` \| (.*) \|$", table, re.M)
    }
    assert listed == {name: words_of(name) for name in TEXTS}
