"""hoiro manage createadmin: the first administrator, or one more when the others are locked out."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hoiro.claims.people import LINK_DAYS, create_administrator


class Command(BaseCommand):
    """Prints a link instead of asking for a password, which would stand in a shell's history."""

    help = "Make an administrator of the desk, and print the link with which to choose the password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who it is."""
        parser.add_argument("--username", required=True, help="to sign in with")
        parser.add_argument("--name", required=True, help="as colleagues know them")

    def handle(self, *args: Any, username: str, name: str, **options: Any) -> None:
        """Make the account; refuse with the reason when a name cannot be taken."""
        try:
            token = create_administrator(username=username, name=name)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(
            f"{name} is an administrator. The password is chosen here, once, within {LINK_DAYS} days:\n\n"
            f"  /desk/join/{token}\n\n"
            "Put the address of your desk before it, for example http://127.0.0.1:8000."
        )
