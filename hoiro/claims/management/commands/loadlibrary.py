"""hoiro manage loadlibrary [FOLDER]: bring the database up to the check files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hoiro.claims.library import STARTER, LibraryFault, load


class Command(BaseCommand):
    """Loads what is new or changed; a fault anywhere loads nothing."""

    help = "Load a library. Unchanged files write nothing; a fault anywhere loads nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", nargs="?", type=Path, default=STARTER)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what was done."""
        try:
            done = load(options["folder"])
        except LibraryFault as fault:
            raise CommandError(f"{fault}\nNothing was loaded.") from fault
        self.stdout.write(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")
        if done.left_alone:
            self.stdout.write("left alone, the desk has worked on them: " + ", ".join(done.left_alone))
