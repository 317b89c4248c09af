"""The one way out to an address elsewhere. It must lead to the open internet, whatever it, its name server or a
redirect says.

A name is looked up once, every address found is judged, and the connection goes to one of those, so that a name
which answers otherwise a moment later changes nothing.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import SplitResult, quote, urljoin, urlsplit

REDIRECTS = 5
SECONDS = 60.0
"""For all of it: a server that sends a byte a minute is cut off too."""
CONNECT_SECONDS = 10.0
ADDRESSES_TRIED = 4
BYTES_AT_ONCE = 65_536
LONGEST = 1000
NOT_OUTSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        # Each carries an IPv4 address within, or leads through a gateway to one.
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "192.88.99.0/24",
        # Of one site, in old networks.
        "fec0::/10",
    )
)


class FetchError(Exception):
    """Nothing was read. `code` holds no part of the address; `wait` is how long the server asked to be left alone."""

    def __init__(self, code: str, *, wait: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait


@dataclass(frozen=True)
class Fetched:
    """What the server said of what it sent, or that nothing changed."""

    changed: bool
    etag: str = ""
    last_modified: str = ""


def outside(address: str) -> bool:
    """Whether an IP address belongs to the open internet: no private, local, shared, multicast or embedding one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.scope_id):
        # Nobody publishes such an address; a mapped one is a way around these rules.
        return False
    if any(ip.version == network.version and ip in network for network in NOT_OUTSIDE):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def look_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


@dataclass(frozen=True)
class Door:
    """Where the way out may lead. Tests open one to this machine."""

    look_up: Callable[[str, int], list[str]] = look_up
    allowed: Callable[[str], bool] = outside
    ports: Collection[int] = (80, 443)


OUTSIDE = Door()


def fetch(
    address: str,
    into: BinaryIO,
    *,
    most: int,
    etag: str = "",
    last_modified: str = "",
    agent: str = "HoiRo",
    seconds: float = SECONDS,
    door: Door = OUTSIDE,
) -> Fetched:
    """Write what stands at `address` into a file, at most `most` bytes. Raises FetchError.

    With what an earlier answer said of itself (`etag`, `last_modified`), nothing is written where nothing changed.
    """
    ends = time.monotonic() + seconds
    asked = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    if etag:
        asked["If-None-Match"] = etag
    if last_modified:
        asked["If-Modified-Since"] = last_modified
    for _hop in range(REDIRECTS + 1):
        with _answered(address, headers=asked, ends=ends, door=door) as (parts, response):
            if response.status in {301, 302, 303, 307, 308}:
                address = _next(parts, response)
                continue
            if response.status == 304 and (etag or last_modified):
                return Fetched(changed=False, etag=etag, last_modified=last_modified)
            if response.status != 200:
                raise FetchError(f"status_{response.status}", wait=_wait(response))
            _copy(response, into, most=most, ends=ends)
            return Fetched(
                changed=True,
                etag=(response.getheader("ETag") or "")[:300],
                last_modified=(response.getheader("Last-Modified") or "")[:100],
            )
    raise FetchError("too_many_redirects")


def post(address: str, form: bytes, *, agent: str = "HoiRo", seconds: float = SECONDS, door: Door = OUTSIDE) -> None:
    """Send an encoded form. Raises FetchError unless it is taken (2xx); what is answered beside is not read.

    Of redirects only those are followed that ask for the same again elsewhere.
    """
    ends = time.monotonic() + seconds
    headers = {"User-Agent": agent, "Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
    for _hop in range(REDIRECTS + 1):
        with _answered(address, headers=headers, ends=ends, door=door, form=form) as (parts, response):
            if response.status in {307, 308}:
                address = _next(parts, response)
                continue
            if not 200 <= response.status < 300:
                raise FetchError(f"status_{response.status}", wait=_wait(response))
            return
    raise FetchError("too_many_redirects")


@contextlib.contextmanager
def _answered(
    address: str, *, headers: dict[str, str], ends: float, door: Door, form: bytes | None = None
) -> Iterator[tuple[SplitResult, http.client.HTTPResponse]]:
    """One address asked, or sent a form: its parts, and an answer whose body waits to be read. Raises FetchError, also
    for what goes wrong in reading it."""
    parts = checked(address, ports=door.ports)
    found = _judged(parts, door)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    reached: list[socket.socket] = []
    watch = threading.Timer(max(0.0, ends - time.monotonic()), _cut, [reached])
    watch.daemon = True
    watch.start()
    try:
        _connect(connection, found, reached, secure=parts.scheme == "https")
        connection.request("GET" if form is None else "POST", _path(parts), form, headers=headers)
        yield parts, connection.getresponse()
    except FetchError:
        raise
    except ssl.SSLCertVerificationError as fault:
        raise FetchError("bad_certificate") from fault
    except (OSError, ValueError, http.client.HTTPException) as fault:
        late = isinstance(fault, TimeoutError) or time.monotonic() >= ends
        raise FetchError("timed_out" if late else "unreachable") from fault
    finally:
        watch.cancel()
        connection.close()


def checked(address: str, *, ports: Collection[int] = OUTSIDE.ports) -> SplitResult:
    """An http or https address in its parts. Raises FetchError("bad_address") where two programs might read it in
    two ways: with a password, a backslash, a number for a host, a port that is not the web's."""
    if len(address) > LONGEST or any(char <= " " or char in '\\"<>^`{|}' or char == "\x7f" for char in address):
        raise FetchError("bad_address")
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").removesuffix(".")
        if not _is_ip(host):
            host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except ValueError as fault:  # UnicodeError is one
        raise FetchError("bad_address") from fault
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or parts.username is not None
        or parts.password is not None
        or "%" in parts.netloc
        or _port(parts) not in ports
        or not (_is_ip(host) or _is_name(host))
    ):
        raise FetchError("bad_address")
    bare = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=bare if port is None else f"{bare}:{port}")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_name(host: str) -> bool:
    """A name with a dot, none of whose readings is a number: `0x7f.1` and `2130706433` are old ways to write one."""
    labels = host.split(".")
    return (
        len(host) <= 253
        and len(labels) > 1
        and all(0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum() for label in labels)
        and not labels[-1].isdigit()
        and not labels[-1].lower().startswith("0x")
    )


def _judged(parts: SplitResult, door: Door) -> list[str]:
    """Where the host is, every place of it being one we may go to."""
    try:
        found = door.look_up(parts.hostname or "", _port(parts))
    except (OSError, UnicodeError) as fault:
        raise FetchError("no_such_host") from fault
    if not found:
        raise FetchError("no_such_host")
    # All, not one: a name that also leads inside is not to be trusted with the choice.
    if not all(door.allowed(ip) for ip in found):
        raise FetchError("private_address")
    return found


def _connect(
    connection: http.client.HTTPConnection, found: list[str], reached: list[socket.socket], *, secure: bool
) -> None:
    """To an address that was judged, while certificate and Host are those of the name. The socket is also put into
    `reached`, for the watch: http.client lets go of it once the answer has begun."""
    for ip in found[:ADDRESSES_TRIED]:
        try:
            plain = socket.create_connection((ip, connection.port), timeout=CONNECT_SECONDS)
        except OSError:
            continue
        connection.sock = plain
        reached.append(plain)
        if secure:
            wrapped = ssl.create_default_context().wrap_socket(
                plain, server_hostname=connection.host, do_handshake_on_connect=False
            )
            # Before the handshake, so that the watch can end that too.
            connection.sock = wrapped
            reached.append(wrapped)
            wrapped.do_handshake()
        return
    raise FetchError("unreachable")


def _port(parts: SplitResult) -> int:
    return parts.port if parts.port is not None else 443 if parts.scheme == "https" else 80


def _path(parts: SplitResult) -> str:
    """Path and query as they go over the wire; what follows # stays here."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]")
    return f"{path}?{query}" if query else path


def _next(parts: SplitResult, response: http.client.HTTPResponse) -> str:
    place = response.getheader("Location")
    if not place:
        raise FetchError("bad_answer")
    try:
        address = urljoin(parts.geturl(), place.strip())
    except ValueError as fault:
        raise FetchError("bad_address") from fault
    if parts.scheme == "https" and not address.startswith("https:"):
        raise FetchError("bad_address")
    return address


def _wait(response: http.client.HTTPResponse) -> int:
    said = (response.getheader("Retry-After") or "").strip()
    return min(int(said), 7 * 86_400) if said.isascii() and said.isdigit() and len(said) < 9 else 0


def _copy(response: http.client.HTTPResponse, into: BinaryIO, *, most: int, ends: float) -> None:
    taken = 0
    while some := response.read1(BYTES_AT_ONCE):
        taken += len(some)
        if taken > most:
            raise FetchError("too_large")
        into.write(some)
    if time.monotonic() >= ends:  # cut off by us, which may look like an end
        raise FetchError("timed_out")
    if response.length:  # less came than was announced
        raise FetchError("broken_off")


def _cut(reached: list[socket.socket]) -> None:
    """The time is over: end the conversation from our side."""
    for each in reached:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
