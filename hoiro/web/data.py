"""The open data: a page about it, and its files."""

import json
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from hoiro.claims import opendata
from hoiro.claims.structured import LICENCE
from hoiro.web.context import base_url, spoken
from hoiro.web.feeds import for_everyone


@gzip_page
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What there is, under which licence, and where."""
    base = base_url(request)
    made = opendata.latest()
    said: dict[str, Any] = {"made": made, "desk": settings.HOIRO_DESK_NAME, "licence": LICENCE, "address": base}
    if made:
        dataset = opendata.dataset(
            made,
            base_url=base,
            page=base + request.path,
            language=spoken(),
            file_address=lambda name: base + reverse("data_file", args=[name]),
        )
        # A script's content ends at the first `</`, whatever stands around it.
        said["dataset"] = json.dumps(dataset, ensure_ascii=False).replace("<", "\\u003c")
    return render(request, "web/data.html", said)


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of the files, by its name; nothing else of the folder."""
    path = opendata.path_of(name)
    if path is None:
        raise Http404
    opened = path.open("rb")
    facts = path.stat()
    etag = quote_etag(f"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}")
    response = FileResponse(opened, as_attachment=True, filename=name, content_type=opendata.media_type(name))
    response["ETag"] = etag
    response["Last-Modified"] = http_date(facts.st_mtime)
    unsent = HttpResponse(headers={"ETag": etag, "Last-Modified": response["Last-Modified"]})
    said = get_conditional_response(request, etag=etag, last_modified=int(facts.st_mtime), response=unsent)
    if said is unsent:
        return for_everyone(response)
    opened.close()
    return for_everyone(said or unsent)
