"""Two tables: the rows with their index values, and the journal with its subjects.

Each has one index, its primary key, and two sorts of lines in it. A row stands in the first once for itself, and once
for each index value by which it is found; an entry stands in the second once for itself, and once for each of its
subjects. The first column that tells them apart is empty in the line of the thing itself, and begins with ``=`` in the
others, so that a field or a kind may have any name. What ``find`` and ``journal`` read is a range of the primary key.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from cantinekit_django.fields import ByteOrderedTextField


class Row(models.Model):
    """A line of a row: of the row itself (``field`` and ``value`` empty), or of one of its index values."""

    pk = models.CompositePrimaryKey("kind", "field", "value", "row_id")
    kind = ByteOrderedTextField()
    field = ByteOrderedTextField()
    value = ByteOrderedTextField()
    row_id = ByteOrderedTextField(db_column="id")
    version = models.BigIntegerField(null=True)
    body = models.TextField(null=True)
    pairs = models.TextField(null=True)

    class Meta:
        """Of Django."""

        constraints: ClassVar[list[models.CheckConstraint]] = [
            models.CheckConstraint(
                name="cantinekit_row_lines",
                condition=models.Q(field="", value="", version__gte=1, body__isnull=False, pairs__isnull=False)
                | (~models.Q(field="") & models.Q(version__isnull=True, body__isnull=True, pairs__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class Entry(models.Model):
    """A line of a journal entry: of the entry itself (``subject_kind`` empty), or of one of its subjects.

    On PostgreSQL a line whose ``subject_kind`` is ``!`` says from where numbers are counted; see ``_postgresql``.
    ``at`` is the instant in UTC as ISO 8601 writes it, so that the order of the texts is that of the instants.
    """

    pk = models.CompositePrimaryKey("subject_kind", "subject_id", "number")
    subject_kind = ByteOrderedTextField()
    subject_id = ByteOrderedTextField()
    number = models.BigIntegerField()
    type = models.TextField(null=True)
    at = models.TextField(null=True)
    actor = models.TextField(null=True)
    subjects = models.TextField(null=True)
    body = models.TextField(null=True)

    class Meta:
        """Of Django."""

        db_table = "cantinekit_journal"
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.number} {self.type or self.subject_kind}"
