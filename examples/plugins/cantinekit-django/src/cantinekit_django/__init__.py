"""A store for cantinekit in the database of a Django project, behind ``django://ALIAS``.

This module only registers it: Django is imported when a URL opens a store, so that a plug-in which is installed and not
used costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cantinekit import hookimpl
from cantinekit.errors import UrlError
from cantinekit.plugins.hookspecs import StorageBackend
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit_django.store import DjangoStorage


def open_store(url: BackendUrl) -> DjangoStorage:
    """Open ``django://ALIAS``, where ALIAS is one of ``settings.DATABASES``, in small letters; there are no options.

    Raises:
        UrlError: anything else in the URL.
        StorageError: Django is not set up, or the database is set up in a way that the store cannot work with.
    """
    from cantinekit_django.store import DjangoStorage

    url.check_options([])
    if not url.host or url.port or url.user or url.path not in ("", "/"):
        raise UrlError(
            "write django://ALIAS with the alias of a database in settings.DATABASES, as in django://default"
        )
    return DjangoStorage(url.host)


@hookimpl
def cantinekit_storage_backends() -> Iterable[StorageBackend]:
    """The store of this package."""
    return [StorageBackend("django", open=open_store, summary="the database of a Django project")]
