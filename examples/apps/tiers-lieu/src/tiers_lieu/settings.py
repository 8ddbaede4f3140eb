"""What is said about an installation from outside: by the environment, or by whoever makes the application."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class Settings:
    """How an installation runs.

    Attributes:
        store: the URL of the store, such as "sqlite:///tiers-lieu.db" or "postgresql://host/name".
        card: the URL of the gateway that takes cards; empty: a fake one, which moves no money.
        notify: the URL of what sends messages, such as "console://" or "smtp://..."; empty: nobody is written to.
        secret: signs the cookies of the session; random where none is given, so that a restart signs everybody out.
        sessions: the file in which is kept who signed out, shared by the processes of a machine; empty: it is kept
            beside the store where that is on PostgreSQL, else in memory, so that a restart signs everybody out.
        address: where the application is reached from outside, without a slash at the end; gateways send people back
            there.
        demo: whether people sign in by choosing who they are, which is for demonstrations only; ``None``: where the
            store has the invented network, and nowhere else.
        worker: whether this process carries out what is due, such as messages and holds that run out.
        secure: whether cookies go over HTTPS only.
    """

    store: str = "sqlite:///tiers-lieu.db"
    card: str = ""
    notify: str = ""
    sessions: str = ""
    secret: str = attrs.field(factory=lambda: secrets.token_urlsafe(32), repr=False)
    address: str = "http://127.0.0.1:8000"
    demo: bool | None = None
    worker: bool = True
    secure: bool = False

    @property
    def payments(self) -> dict[str, str]:
        """The gateways by the names of their accounts: cash at the desk, and cards."""
        return {"desk": "manual://", "card": self.card or "fake://"}

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings of the variables ``TIERS_LIEU_STORE``, ``_CARD``, ``_NOTIFY`` and so on; the README has all.

        Args:
            environment: the variables.
        """
        names = {"store", "card", "notify", "secret", "sessions", "address"}
        given = {name: environment[key] for name in names if (key := f"TIERS_LIEU_{name.upper()}") in environment}
        return cls(
            **given,  # type: ignore[arg-type]
            demo=environment["TIERS_LIEU_DEMO"] == "yes" if "TIERS_LIEU_DEMO" in environment else None,
            secure=environment.get("TIERS_LIEU_SECURE", "") == "1",
        )
