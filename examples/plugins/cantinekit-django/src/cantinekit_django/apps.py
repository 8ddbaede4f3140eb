"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class CantinekitConfig(AppConfig):
    """``cantinekit_django`` in INSTALLED_APPS; its label, and so the beginning of its tables' names, is cantinekit."""

    name = "cantinekit_django"
    label = "cantinekit"
    verbose_name = "cantinekit"
