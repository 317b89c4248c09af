"""Listed for its templates and static files; no tables."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The doors."""

    name = "hoiro.web"
    label = "web"
