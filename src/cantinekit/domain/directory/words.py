"""Words as they are looked up: accents and case are set aside."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import combining, normalize

MAX_WORD = 40
"""The most characters of a word that are looked at."""
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=1024)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in their order, without accents and in lower case: "Élan vital" has "elan" and "vital".

    Args:
        text: any text.
    """
    bare = "".join(one for one in normalize("NFKD", text.casefold()) if not combining(one))
    return tuple(word[:MAX_WORD] for word in _WORD.findall(bare.casefold()))
