"""People: adding them, changing what is known of them, forgetting them."""

from __future__ import annotations

import attrs

from cantinekit.commands._base import Command
from cantinekit.model._fields import is_id, is_one_of, is_text, maybe, maybe_id, maybe_text


@attrs.frozen
class AddPerson(Command):
    """Add a person whom the place knows. One e-mail address is one person."""

    name: str = attrs.field(validator=is_text(200))
    email: str = attrs.field(default="", validator=is_text(320))
    lang: str = attrs.field(default="fr", validator=is_one_of("fr", "en"))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class ChangePerson(Command):
    """Change what is known of a person; what is not given stays. An empty ``email`` takes the address away."""

    person_id: str = attrs.field(validator=is_id)
    name: str | None = attrs.field(default=None, validator=maybe_text(200))
    email: str | None = attrs.field(default=None, validator=maybe_text(320))
    lang: str | None = attrs.field(default=None, validator=maybe(is_one_of("fr", "en")))


@attrs.frozen
class ForgetPerson(Command):
    """Forget who a person is, once nothing of theirs is open. With ``gives_up``, units that are left expire."""

    person_id: str = attrs.field(validator=is_id)
    gives_up: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))
