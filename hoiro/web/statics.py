"""Addresses of our own style and script that change with their content, so that no browser keeps old ones."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class VersionedStatic(StaticFilesStorage):
    """`/static/web/site.css?v=0a1b2c3d4e`. Not for fonts and pictures, which the style names without."""

    def url(self, name: str | None) -> str:
        """The address of a file in a static folder."""
        address = super().url(name)
        if not name or not name.endswith((".css", ".js")):
            return address
        found = finders.find(name)
        if not isinstance(found, str):
            return address
        return f"{address}?v={_version(found, Path(found).stat().st_mtime_ns)}"


@lru_cache(maxsize=64)
def _version(path: str, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]
