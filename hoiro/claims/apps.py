"""The one app with tables."""

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """Everything the desk keeps."""

    name = "hoiro.claims"
    label = "claims"
    verbose_name = "Hỏi Rõ"
