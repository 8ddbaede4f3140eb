"""Another process of the host: what the storage contract starts, to see what several processes do, and killed ones."""

from __future__ import annotations

from typing import Any

from cantinekit.plugins.ports import Storage


def open_store(database: dict[str, Any], alias: str) -> Storage:
    """Set Django up with one database, and open the store in it. The threads of such a process all end with it."""
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": database, alias: database},
        INSTALLED_APPS=["cantinekit_django"],
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    django.setup()
    from cantinekit_django.store import DjangoStorage

    return DjangoStorage(alias)
