"""The two tables."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from cantinekit_django.fields import ByteOrderedTextField


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar[list[Any]] = []

    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("pk", models.CompositePrimaryKey("subject_kind", "subject_id", "number", serialize=False)),
                ("subject_kind", ByteOrderedTextField()),
                ("subject_id", ByteOrderedTextField()),
                ("number", models.BigIntegerField()),
                ("type", models.TextField(null=True)),
                ("at", models.TextField(null=True)),
                ("actor", models.TextField(null=True)),
                ("subjects", models.TextField(null=True)),
                ("body", models.TextField(null=True)),
            ],
            options={"verbose_name_plural": "entries", "db_table": "cantinekit_journal"},
        ),
        migrations.CreateModel(
            name="Row",
            fields=[
                ("pk", models.CompositePrimaryKey("kind", "field", "value", "row_id", serialize=False)),
                ("kind", ByteOrderedTextField()),
                ("field", ByteOrderedTextField()),
                ("value", ByteOrderedTextField()),
                ("row_id", ByteOrderedTextField(db_column="id")),
                ("version", models.BigIntegerField(null=True)),
                ("body", models.TextField(null=True)),
                ("pairs", models.TextField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="cantinekit_row_lines",
                        condition=models.Q(field="", value="", version__gte=1, body__isnull=False, pairs__isnull=False)
                        | (~models.Q(field="") & models.Q(version__isnull=True, body__isnull=True, pairs__isnull=True)),
                    )
                ],
            },
        ),
    ]
