"""hoiro manage checklog: is the log of the desk as it was written?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hoiro.claims.log import verify
from hoiro.claims.models import LogHead


class Command(BaseCommand):
    """Names the first row that was changed, deleted, put elsewhere or cut off."""

    help = "Check that no row of the desk's log, and no saved draft, was changed, deleted or put elsewhere."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the whole chain, and say what was found."""
        if fault := verify():
            raise CommandError(f"The log is broken at row {fault}")
        head = LogHead.objects.filter(pk=1).first()
        self.stdout.write(f"{head.number if head else 0} rows, no fault. The last hash: {head.hash if head else '-'}")
