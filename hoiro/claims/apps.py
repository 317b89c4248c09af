"""The one app with tables."""

from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate, pre_migrate


class ClaimsConfig(AppConfig):
    """Everything the desk keeps."""

    name = "hoiro.claims"
    label = "claims"
    verbose_name = "Hỏi Rõ"

    def ready(self) -> None:
        """Have the database's own guards, and the table of the cache, made after every migrate."""
        from hoiro.claims import guards

        pre_migrate.connect(guards.remove, sender=self)
        post_migrate.connect(guards.install, sender=self)
        post_migrate.connect(_make_cache_table, sender=self)


def _make_cache_table(using: str = "default", **_signal: Any) -> None:
    call_command("createcachetable", database=using, verbosity=0)
