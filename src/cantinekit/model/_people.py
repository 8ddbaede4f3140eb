"""People. This record is private: it is never in the journal, and can be forgotten."""

from __future__ import annotations

from typing import ClassVar

import attrs

from cantinekit.model._fields import is_id, is_one_of, is_text


@attrs.frozen
class Person:
    """Somebody whom the place knows: a member, a visitor, a holder of passes. ``email`` may be empty."""

    kind: ClassVar[str] = "person"
    id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    email: str = attrs.field(validator=is_text(320), default="")
    lang: str = attrs.field(validator=is_one_of("fr", "en"), default="fr")
