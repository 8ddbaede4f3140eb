"""A text that is compared by its bytes, on each database that the store can work with."""

from __future__ import annotations

from typing import Any

from django.db import models


class ByteOrderedTextField(models.TextField):
    """COLLATE "C" on PostgreSQL, whatever the locale of the database; SQLite compares by bytes by itself."""

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """What Django makes the column of."""
        parameters: dict[str, Any] = super().db_parameters(connection)
        return {**parameters, "collation": "C" if connection.vendor == "postgresql" else None}
