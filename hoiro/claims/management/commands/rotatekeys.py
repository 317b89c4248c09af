"""`hoiro manage rotatekeys`: seal every kept address anew, under the first key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hoiro.claims.reply import reseal


class Command(BaseCommand):
    """After a new key was put first in HOIRO_REPLY_KEYS, and before the old one is taken out."""

    help = "Seal every kept address anew under the first of HOIRO_REPLY_KEYS; older keys may be taken out afterwards."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Exit 1 when there is an address that no key opens."""
        done, closed = reseal()
        self.stdout.write(f"{done} sealed anew.")
        if closed:
            raise CommandError(f"{closed} could not be opened by any key. Put back the key that sealed them.")
