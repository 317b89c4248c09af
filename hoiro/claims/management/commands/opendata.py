"""`hoiro manage opendata`: write the open data now."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from hoiro.claims import opendata


class Command(BaseCommand):
    """Into a folder, or where the page /data serves it from."""

    help = "Writes the open data: into FOLDER, or where the page /data serves it from."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, and say how much it was."""
        folder: Path | None = options["folder"]
        report = opendata.write(folder.absolute(), base_url=settings.HOIRO_BASE_URL) if folder else opendata.publish()
        if not settings.HOIRO_BASE_URL:
            self.stderr.write("HOIRO_BASE_URL is not set: addresses in the data are paths only.")
        rows = ", ".join(f"{name} {count}" for name, count in report.rows.items())
        self.stdout.write(f"{report.folder}: {rows} ({report.bytes:,} bytes, {report.seconds:.1f} s)")
