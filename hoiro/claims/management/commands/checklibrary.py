"""hoiro manage checklibrary [FOLDER]: is every check file right?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hoiro.claims.library import STARTER, LibraryFault, read_library


class Command(BaseCommand):
    """Names every fault with its file and line."""

    help = "Check every file of a library and name each fault with its file and line."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", nargs="?", type=Path, default=STARTER)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, and say what was found."""
        try:
            files = read_library(options["folder"])
        except LibraryFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{len(files)} files, no fault")
