"""Django's PostgreSQL, which keeps no NUL in a text: it is left out of what is written and looked for."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg.types.string import StrDumperUnknown


class _WithoutNul(StrDumperUnknown):
    def dump(self, obj: str) -> Any:
        """As psycopg's, which refuses a NUL."""
        return super().dump(obj.replace("\0", ""))


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's own."""

    def get_new_connection(self, conn_params: Any) -> Any:
        """A connection on which no text of anybody's ends in a fault."""
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_dumper(str, _WithoutNul)
        return connection
