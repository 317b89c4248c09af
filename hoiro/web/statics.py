"""Our own style and script: addresses that change with their content, so that no browser keeps old ones, and gzip."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


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


class Compressed:
    """Around WhiteNoise, which compresses nothing itself. Its files hold no secret that their length could tell."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.gzip = GZipMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Style, script and drawings compressed where the browser takes it; everything else untouched."""
        if not request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        # What went out compressed has a weak tag, and WhiteNoise compares strong ones.
        if weak := request.META.get("HTTP_IF_NONE_MATCH", "").startswith("W/"):
            request.META["HTTP_IF_NONE_MATCH"] = request.META["HTTP_IF_NONE_MATCH"][2:]
        response = self.get_response(request)
        if weak and response.status_code == 304:
            response["ETag"] = f"W/{response['ETag']}"
        if response.status_code == 200 and response.get("Content-Type", "").startswith(("text/", "image/svg")):
            return self.gzip.process_response(request, response)
        return response
