"""The one app with tables."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClaimsConfig(AppConfig):
    """Everything the desk keeps."""

    name = "hoiro.claims"
    label = "claims"
    verbose_name = "Hỏi Rõ"

    def ready(self) -> None:
        """Have the database's own guards made after every migrate."""
        from hoiro.claims import guards

        post_migrate.connect(guards.install, sender=self)
