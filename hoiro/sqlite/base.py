"""Django's SQLite, without the CHECK on JSON columns: SQLite refuses JSON_VALID there once trusted_schema is off."""

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's own."""

    data_type_check_constraints = {
        name: check
        for name, check in base.DatabaseWrapper.data_type_check_constraints.items()
        if name != "JSONField"
    }
