"""hoiro manage embedlibrary: make the vectors that ship with the starter library anew."""

from typing import Any

from django.core.management.base import BaseCommand

from hoiro.claims import match
from hoiro.claims.library import load


class Command(BaseCommand):
    """For a release, so that a first start need not embed two thousand sentences."""

    help = "For a release: make the shipped vectors of the starter library anew."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the starter library, then embed what has no vector yet."""
        load()
        self.stdout.write(f"{match.embed_library()} claims embedded into {match.SHIPPED_VECTORS}")
