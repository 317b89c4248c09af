"""The `hoiro` command. Django is read only by the subcommands that need it."""

import argparse
import contextlib
import io
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from typing import BinaryIO, TextIO

MOST_FETCHED, FETCH_SECONDS = 2_000_000_000, 3_600
"""Of what is imported from an address by hand."""
EXAMPLE = "uong nuoc toi co khoi covid ko"
STARTING = 4_852_770
"""Names the lock of who makes the tables; any number that nobody else's program takes."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one subcommand."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # These two have a command line of their own.
    if arguments[:1] == ["manage"]:
        return manage(arguments[1:])
    if arguments[:1] == ["evaluate"]:
        return evaluate(arguments[1:])
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "demo":
        return serve(host="127.0.0.1", port=_free_port(), demo=True)
    if options.command == "serve":
        return serve(host=options.host, port=options.port, demo=False)
    if options.command == "worker":
        return worker(once=options.once, parent=options.parent)
    if options.command == "calibrate":
        return calibrate(apply=options.apply, shipped=options.shipped)
    if options.command == "import-claimreview":
        return import_claimreview(options.source)
    if options.command == "ask":
        return ask(options.question, as_json=options.json, dry_run=options.dry_run, language=options.language)
    parser.print_help()
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hoiro",
        description="Is this health message true? HOIRO_DATA names the data folder.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("demo", help="load the starter library and serve it on a free port of this machine")
    server = commands.add_parser("serve", help="serve the pages and the API")
    server.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    server.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    working = commands.add_parser(
        "worker", help="send owed replies and do other owed work (serve starts one on SQLite)"
    )
    working.add_argument("--once", action="store_true", help="do what is due now, then end")
    working.add_argument("--parent", type=int, metavar="PID", help="end when this process does, which started it")
    asking = commands.add_parser("ask", help="ask one question, or one a line from standard input with -")
    asking.add_argument("question", help="the question, or - to read one a line")
    asking.add_argument("--json", action="store_true", help="print one JSON object for each question")
    asking.add_argument("--dry-run", action="store_true", help="store nothing")
    asking.add_argument("--language", choices=("vi", "en"), default="vi", help="of the answer (vi)")
    importing = commands.add_parser("import-claimreview", help="take in checks by others, from a file or an address")
    importing.add_argument("source", metavar="FILE|URL", help="JSON-LD, a page with it, JSON Lines, DataFeed or feed")
    refitting = commands.add_parser("calibrate", help="refit the engine's thresholds from what the desk judged")
    setting = refitting.add_mutually_exclusive_group()
    setting.add_argument("--apply", action="store_true", help="set them; without it nothing is changed")
    setting.add_argument("--shipped", action="store_true", help="bring back those that the engine came with")
    commands.add_parser("manage", help="Django's own commands, and checklibrary, loadlibrary", add_help=False)
    commands.add_parser("evaluate", help="measure the engine on a folder of evaluation sets", add_help=False)
    return parser


def manage(arguments: Sequence[str]) -> None:
    """Django's management commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoiro.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["hoiro manage", *arguments])


def evaluate(arguments: Sequence[str]) -> None:
    """The engine's own measurements; needs no Django."""
    from hoiro.matching.evaluate import main as measure

    sys.exit(measure(list(arguments)))


def calibrate(*, apply: bool, shipped: bool) -> None:
    """Print what the desk's judgements say about the thresholds; `apply` sets them, `shipped` goes back."""
    _ready(say=sys.stderr)
    from hoiro.claims.calibrate import as_text, use_shipped
    from hoiro.claims.calibrate import calibrate as refit

    if shipped:
        use_shipped()
    print(as_text(refit(apply=apply)))


def import_claimreview(source: str) -> None:
    """Take in checks by others: one line for each record that is not taken, then what became of all.

    Ends with 0 when the source was read to its end, with 1 when it was not, with 3 when nothing of it was taken.
    """
    _ready(say=sys.stderr)
    from hoiro.claims import imports
    from hoiro.claims.claimreview import UnknownFormat
    from hoiro.claims.fetch import FetchError, fetch

    def tell(each: imports.NotTaken) -> None:
        # As its sender wrote it, which may be anything: nothing of it may steer the terminal.
        address = f" {each.url!a}" if each.url else ""
        print(f"{each.number}: {each.reason}: {imports.REASONS[each.reason]}{address}")

    def progress(counts: imports.Counts) -> None:
        if sys.stderr.isatty():
            print(f"\r{counts.records:,} …", end="", file=sys.stderr, flush=True)

    with contextlib.ExitStack() as stack:
        try:
            if source.startswith(("http://", "https://")):
                file: BinaryIO = stack.enter_context(tempfile.TemporaryFile())
                fetch(source, file, most=MOST_FETCHED, agent=imports.agent(), seconds=FETCH_SECONDS)
                file.seek(0)
            else:
                file = stack.enter_context(open(source, "rb"))  # noqa: PTH123 - closed by the stack
            counts = imports.take_in(file, tell=tell, progress=progress)
        except OSError as fault:
            raise SystemExit(f"hoiro: {source}: {fault.strerror}") from fault
        except (FetchError, UnknownFormat) as fault:
            raise SystemExit(f"hoiro: {source}: {fault.code}: {imports.WHOLE.get(fault.code, '')}") from fault
    rejected = sum(counts.rejected.values())
    print(
        f"{counts.records:,} records: {counts.new:,} new, {counts.changed:,} changed, "
        f"{counts.same:,} known already, {rejected:,} rejected"
    )
    for reason, number in counts.rejected.most_common():
        print(f"  {number:,} {reason}: {imports.REASONS[reason]}")
    if unread := imports.waiting():
        print(f"{unread:,} wait for `hoiro worker` to read them; until then no question finds them.")
    if not (counts.new or counts.changed or counts.same):
        sys.exit(3)


def ask(question: str, *, as_json: bool, dry_run: bool, language: str) -> None:
    """Answer on standard output, in the order asked. Bytes that are not UTF-8 become U+FFFD."""
    _ready(say=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    lines: Iterator[str] = iter([question])
    if question == "-":
        # Split at line feeds only: a forward may hold any other line separator.
        lines = (raw.decode("utf-8", "replace").rstrip("\r\n") for raw in sys.stdin.buffer)
    for number, line in enumerate(lines):
        text = line.removeprefix("\ufeff") if number == 0 else line
        said = _ask_json(text, dry_run, language) if as_json else _ask_words(text, dry_run, language)
        try:
            print(said, flush=True)
        except BrokenPipeError:
            # Whoever reads has had enough (`| head`). Nothing is left for Python to flush at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return


def _ask_json(text: str, dry_run: bool, language: str) -> str:
    from hoiro.claims.ask import ask as ask_desk
    from hoiro.claims.errors import AskError

    try:
        asked = ask_desk(text, language=language, channel="cli", dry_run=dry_run)
    except AskError:
        # Empty or far too long: refused, and nothing of it would be stored.
        refused = {"decision": "declined", "urgent": False, "text": "", "hits": [], "claim": None, "elsewhere": []}
        return json.dumps(refused)
    said = json.dumps(
        {
            "decision": asked.decision,
            "urgent": asked.urgent is not None,
            "text": asked.text,
            "hits": [
                {
                    "key": hit.key,
                    "probability": round(float(hit.probability), 6),
                    "reasons": list(hit.reasons),
                }
                for hit in asked.hits
            ],
            "claim": asked.claim,
            "elsewhere": [
                {
                    "publisher": check.publisher,
                    "site": check.site,
                    "url": check.url,
                    "claim": check.claim,
                    "rating": check.rating,
                    "probability": round(float(check.probability), 6),
                    "answers": check.answers,
                }
                for check in asked.elsewhere
            ],
        },
        ensure_ascii=False,
    )
    # JSON allows these three as they are, but most readers would see a new line.
    return said.translate({0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"})


def _ask_words(text: str, dry_run: bool, language: str) -> str:
    from django.conf import settings
    from django.utils.translation import gettext as _
    from django.utils.translation import override

    from hoiro.claims.answer import as_text
    from hoiro.claims.ask import ask as ask_desk
    from hoiro.claims.elsewhere import as_text as elsewhere_as_text
    from hoiro.claims.errors import AskError

    with override(language):
        try:
            asked = ask_desk(text, language=language, channel="cli", dry_run=dry_run)
        except AskError as refusal:
            return f"{refusal.title}. {refusal.detail}"
        parts: list[str] = []
        if asked.urgent:
            parts.append(
                _("This may be an emergency. Call %(number)s now.") % {"number": settings.HOIRO_EMERGENCY_NUMBER}
            )
        if asked.restored:
            parts.append(_("You asked: %(question)s") % {"question": asked.read_as})
        if asked.decision == "answer":
            parts += [as_text(answer) for answer in asked.answers]
        elif asked.decision == "suggest":
            listed = "\n".join(f"- {each.claim}" for each in asked.suggestions)
            parts.append(_("Is it one of these?") + "\n" + listed)
        elif asked.decision == "unknown":
            parts.append(_("This has not been checked yet."))
        else:
            parts.append(_("This is not something we can check. Nothing of it was stored."))
        if asked.elsewhere:
            if not asked.elsewhere[0].answers:
                parts.append(_("Others have checked something like it:"))
            parts += [elsewhere_as_text(check) for check in asked.elsewhere]
        if asked.follow:
            parts.append(_("To see what becomes of it: %(address)s") % {"address": f"/follow/{asked.follow}"})
        return "\n\n".join(parts)


def serve(*, host: str, port: int, demo: bool) -> None:
    """Migrate, load the starter library into an empty database, and serve until interrupted."""
    _ready(say=sys.stdout, always_load=demo)
    if host not in {"127.0.0.1", "localhost", "::1"}:
        print(f"Serving on {host}:{port}; HOIRO_HOSTS must name the host people use.", flush=True)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    cast = _demo_cast() if demo else ""
    threading.Thread(target=_tell_when_up, args=(host, port, demo, cast), daemon=True).start()
    server = Granian(
        "hoiro.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1 if demo else min(4, os.cpu_count() or 1),
        # Threads beyond a few only wait for the model.
        blocking_threads=4,
        # An address or a follow link in a log would tell who asked what.
        log_access=False,
        log_level=LogLevels.warning,
        websockets=False,
        backpressure=256,
    )
    with _worker_beside():
        server.serve()


@contextlib.contextmanager
def _worker_beside() -> Iterator[None]:
    """On SQLite, all on one machine, a `hoiro worker` runs as long as the server does; if it dies, another."""
    from django.db import connection

    if connection.vendor != "sqlite":
        print("Owed replies are sent by `hoiro worker`: run one or more beside this.", flush=True)
        yield
        return
    ending = threading.Event()
    command = [sys.executable, "-m", "hoiro.cli", "worker", "--parent", str(os.getpid())]
    child = subprocess.Popen(command)  # noqa: S603 - this very program

    def watch() -> None:
        nonlocal child
        while True:
            child.wait()
            # Not at once: what ended it may still be there.
            if ending.wait(1):
                return
            child = subprocess.Popen(command)  # noqa: S603 - this very program

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        # Twice, for one that was just being started anew.
        while watcher.is_alive():
            child.terminate()
            watcher.join(1)


def worker(*, once: bool, parent: int | None) -> None:
    """Do owed work until told to stop; a job begun is finished first."""
    _set_up()
    from hoiro.claims.worker import work

    told_to_stop = False

    def stop(*_signal: object) -> None:
        nonlocal told_to_stop
        told_to_stop = True

    def go_on() -> bool:
        return not told_to_stop and (parent is None or os.getppid() == parent)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if _wants_migrating():
        print("The tables are not up to date: waiting for `hoiro serve` or `hoiro manage migrate`.", flush=True)
        while go_on() and _wants_migrating():
            time.sleep(1)
    work(go_on=go_on, once=once)


def _demo_cast() -> str:
    """The password of Lan, Minh and Thu, who are made at the first demo; empty where a real desk has people."""
    from django.conf import settings

    from hoiro.claims.models import User
    from hoiro.claims.people import create_demo_cast

    kept = settings.HOIRO_DATA / "demo-password"
    if not User.objects.exists():
        # Of this folder alone: whoever serves it to others later has not opened it to everyone.
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(9))
        create_demo_cast(password=kept.read_text())
    return kept.read_text() if kept.exists() else ""


def _tell_when_up(host: str, port: int, demo: bool, cast: str) -> None:
    here = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    for _attempt in range(600):
        try:
            with urllib.request.urlopen(f"http://{here}:{port}/health", timeout=60) as answer:
                answer.read()
            break
        except OSError:
            time.sleep(0.1)
    print(f"\n  Hỏi Rõ:  http://{here}:{port}/", flush=True)
    if cast:
        # By this name, because a passkey cannot belong to a number.
        print(f"  Desk:    http://localhost:{port}/desk/  lan, minh or thu, password {cast}", flush=True)
    if demo:
        print(f"  Ask it:  {EXAMPLE}\n  Stop it: Ctrl+C\n", flush=True)


def _free_port() -> int:
    """8000 where it is free, so that an address can be remembered; else any."""
    for port in (8000, 0):
        with socket.socket() as probe:
            # Else a port stays taken for a minute after the last stop.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("No port of this machine is free.")


def _set_up() -> None:
    """Read the settings, have a data folder and reach the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoiro.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, connection

    try:
        django.setup()
        _folder()
        connection.ensure_connection()
    except (ImproperlyConfigured, OperationalError) as fault:
        raise SystemExit(f"hoiro: {fault}") from fault


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Machines that share a PostgreSQL and start together do not all make the tables; SQLite is one machine's."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:

        def held() -> bool:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [STARTING])
            return bool(cursor.fetchone()[0])

        # Tried again and again: a statement that waits is given up long before a slow machine has made the tables.
        while not held():
            time.sleep(0.5)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [STARTING])


def _wants_migrating() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _ready(*, say: TextIO, always_load: bool = False) -> None:
    """Tables as they should be, and in an empty database the starter library."""
    _set_up()
    from django.core.management import call_command

    from hoiro.claims import match
    from hoiro.claims.library import load
    from hoiro.claims.models import Claim

    with _one_at_a_time():
        if _wants_migrating():
            call_command("migrate", verbosity=0, interactive=False)
        empty = not Claim.objects.exists()
        done = load() if empty or always_load else None
    if done and (done.new or done.changed):
        print(
            f"Library: {done.new} new, {done.changed} changed. Reading it into the index …",
            file=say,
            flush=True,
        )
        # Here, where it can be said, and so that the server finds every vector in the file.
        match.warm()


def _folder() -> None:
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        settings.HOIRO_DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise ImproperlyConfigured(f"HOIRO_DATA: {settings.HOIRO_DATA}: {fault.strerror}") from fault


if __name__ == "__main__":
    main()
