"""What granian serves."""

import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoiro.settings")
application = get_wsgi_application()


def _warm() -> None:
    from django.db import connection

    from hoiro.claims.match import warm

    try:
        warm()
    finally:
        connection.close()


# So that the first question after a start does not wait for the index.
threading.Thread(target=_warm, name="warm", daemon=True).start()
