"""Style, script and fonts as a browser gets them."""

import gzip

from django.test import Client

STYLE = "/static/web/site.css"


def test_style_is_sent_compressed_to_whoever_takes_it_and_never_twice(client: Client) -> None:
    plain = client.get(STYLE)
    small = client.get(STYLE, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain
    assert small["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small["Vary"]
    packed = b"".join(small)
    assert gzip.decompress(packed) == b"".join(plain)
    assert len(packed) < 7_000
    for tag in (plain["ETag"], small["ETag"]):
        again = client.get(STYLE, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
        assert (again.status_code, again["ETag"]) == (304, tag)
    assert client.get(STYLE, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_what_is_compressed_already_is_sent_as_it_is(client: Client) -> None:
    for path in ("fonts/be-vietnam-pro-400.woff2", "icon-192.png"):
        assert "Content-Encoding" not in client.get(f"/static/web/{path}", headers={"Accept-Encoding": "gzip"})


def test_a_part_of_a_file_is_a_part_of_the_file_itself(client: Client) -> None:
    part = client.get(STYLE, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert (part.status_code, b"".join(part)) == (206, b"@font-face")
    assert "Content-Encoding" not in part
