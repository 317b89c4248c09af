"""Owed work: nothing is lost, nothing done twice, whatever ends a process."""

import datetime
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils import timezone

from hoiro.claims import tasks, worker
from hoiro.claims.models import Job
from hoiro.claims.tasks import JobError
from tests.conftest import REPO, Run, clean_environment

MAIL = {
    "HOIRO_EMAIL_URL": "smtp://127.0.0.1:1",
    "HOIRO_EMAIL_FROM": "desk@example.org",
    "HOIRO_BASE_URL": "https://hoiro.example",
}
# Lives of tests/crash.py, in two processes side by side.
TOLD_ONCE = ("leaving an address", "publishing", "sending", "sending what was missed", "sealing anew")
OF_A_DISPUTE = ("disputing", "deciding", "sending an outcome")
OF_A_CHANGE = ("following", "correcting", "withdrawing", "sending a change")
NOT_TOLD = ("forgetting", "forgetting what is owed", "expiring", "expiring what is owed")
# What says the same as before is no change: she goes on waiting.
WAITS_ON = "mending without a change"
LIVES = ((*TOLD_ONCE, *OF_A_DISPUTE), (*NOT_TOLD, "telling that it is declined", *OF_A_CHANGE, WAITS_ON))


def test_kill_minus_nine_at_any_step_neither_loses_nor_doubles_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = []
    for number, lives in enumerate(LIVES):
        folder = tmp_path / str(number)
        folder.mkdir()
        with (folder / "cases").open("wb") as cases, (folder / "faults").open("wb") as faults:
            environment = clean_environment(folder / "data", **MAIL)
            command = [sys.executable, "-m", "tests.crash", *lives]
            running.append(subprocess.Popen(command, stdout=cases, stderr=faults, cwd=REPO, env=environment))
    killed = 0
    for number, process in enumerate(running):
        folder = tmp_path / str(number)
        assert process.wait(1200) == 0, (folder / "faults").read_text()[-3000:]
        for line in (folder / "cases").read_text().splitlines():
            case = json.loads(line)
            waits_on = case["life"] == WAITS_ON
            assert case["messages"] == (0 if case["life"] in NOT_TOLD or waits_on else 1), case
            assert case["owed"] == 0, case
            assert (case["addresses"], case["bytes"]) == (int(waits_on), waits_on), case
            # Between the mail server's taking it and our commit it is sent again under the same name, and only there.
            assert case["sent"] <= (3 if case["life"] == "sending" else 2), case
            killed += bool(case["at"])
    with capsys.disabled():
        print(f" [{killed} killed] ", end="")
    assert killed > 450  # PostgreSQL is sent fewer statements


def test_workers_that_are_killed_again_and_again_lose_no_job_and_finish_none_twice(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path / "data", **MAIL)
    script = [sys.executable, "-m", "tests.crowd"]
    subprocess.run([*script, "fill"], cwd=REPO, env=environment, check=True, timeout=300)
    running: list[subprocess.Popen[bytes]] = []
    for round_ in range(4):
        running = [subprocess.Popen([*script, "work"], cwd=REPO, env=environment) for _ in range(3)]
        time.sleep(2.5 + round_ / 3)
        for each in running:
            each.kill()
            each.wait()
    running = [subprocess.Popen([*script, "work"], cwd=REPO, env=environment) for _ in range(3)]
    assert [each.wait(120) for each in running] == [0, 0, 0]
    found = json.loads(subprocess.run([*script, "look"], cwd=REPO, env=environment, stdout=-1, check=True).stdout)
    assert found == {"jobs": 300, "done": 300, "counted": 300}


Doing = Callable[..., Job]


@pytest.fixture
def due(db: None) -> Doing:
    """`due()`: a job of the kind "try", due now."""

    def make(key: str = "try:1", **fields: Any) -> Job:
        return Job.objects.create(**{"key": key, "kind": "try", "run_at": timezone.now(), **fields})

    return make


def ended(job: Job) -> None:
    """A handler that only finishes."""
    with transaction.atomic():
        tasks.finish(job)


def failing(code: str, *, permanent: bool = False) -> tasks.Handler:
    """A handler that says why it could not."""

    def handler(_job: Job) -> None:
        raise JobError(code, permanent=permanent)

    return handler


def make_due() -> None:
    """Time passes."""
    Job.objects.filter(state="due").update(run_at=timezone.now(), leased_until=None)


def test_a_job_is_done_once(due: Doing) -> None:
    job = due()
    done: list[int] = []

    def handler(job: Job) -> None:
        done.append(job.pk)
        ended(job)

    while tasks.run_next({"try": handler}):
        pass
    assert done == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.lease) == ("done", "")


def test_a_leased_job_is_nobody_elses_until_the_lease_runs_out(due: Doing) -> None:
    job = due()

    def handler(mine: Job) -> None:
        assert not tasks.run_next({"try": handler})
        Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - datetime.timedelta(seconds=1))
        assert tasks.run_next({"try": ended})
        with pytest.raises(tasks.LeaseLost), transaction.atomic():
            tasks.finish(mine)
        raise tasks.LeaseLost

    assert tasks.run_next({"try": handler})
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


def test_waits_grow_and_after_eight_tries_it_is_given_up(due: Doing) -> None:
    job = due()
    waits = []
    for _ in range(tasks.ATTEMPTS):
        make_due()
        before = timezone.now()
        assert tasks.run_next({"try": failing("busy")})
        job.refresh_from_db()
        waits.append((job.run_at - before).total_seconds())
    assert (job.state, job.error, job.attempts) == ("dead", "busy", 8)
    assert 40 < waits[0] < 80
    assert all(later > earlier for earlier, later in itertools.pairwise(waits[:6]))
    assert 12 * 3600 < sum(waits) < 24 * 3600
    assert not tasks.run_next({"try": ended})


def test_what_no_try_can_change_is_given_up_at_once(due: Doing) -> None:
    job, other = due(), due("try:2", kind="of another version")
    while tasks.run_next({"try": failing("refused 550", permanent=True)}):
        pass
    job.refresh_from_db()
    other.refresh_from_db()
    assert (job.state, job.error) == ("dead", "refused 550")
    assert (other.state, other.error) == ("dead", "unknown_kind")


def test_a_job_that_ends_every_worker_is_given_up_too(due: Doing) -> None:
    job = due(attempts=tasks.ATTEMPTS)
    assert tasks.run_next({"try": ended})
    job.refresh_from_db()
    assert (job.state, job.error) == ("dead", "crashed")


def test_a_fault_nobody_thought_of_is_kept_as_its_name_alone(due: Doing, caplog: pytest.LogCaptureFixture) -> None:
    def handler(_job: Job) -> None:
        raise RuntimeError("hoa.nguyen@example.com")

    job = due()
    assert tasks.run_next({"try": handler})
    job.refresh_from_db()
    assert (job.state, job.error) == ("due", "RuntimeError")
    assert "hoa.nguyen" not in "".join(record.getMessage() for record in caplog.records)


def test_the_same_key_is_one_job_and_becomes_due_again(due: Doing) -> None:
    job = due(state="done", attempts=3)
    same = Job(key=job.key, kind="try", run_at=timezone.now())
    assert tasks.enqueue([same, Job(key="try:2", kind="try", run_at=timezone.now())]) == 2
    assert Job.objects.filter(kind="try").count() == 2
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("due", 0)


@pytest.mark.django_db
def test_schedules_are_one_row_each_and_come_back() -> None:
    for _ in range(2):
        tasks.ensure_schedules(worker.SCHEDULES)
    assert Job.objects.filter(every__isnull=False).count() == len(worker.SCHEDULES)
    worker.work(go_on=lambda: True, once=True)
    for job in Job.objects.filter(every__isnull=False):
        left = (job.run_at - timezone.now()).total_seconds()
        assert job.state == "due"
        assert (job.every or 0) - 60 < left <= (job.every or 0)


@pytest.mark.django_db
def test_a_schedule_is_never_given_up(due: Doing) -> None:
    job = due(every=60, attempts=50)
    assert tasks.run_next({"try": failing("busy", permanent=True)})
    job.refresh_from_db()
    assert job.state == "due"
    assert job.run_at - timezone.now() < tasks.LONGEST_WAIT * 1.3


def test_what_was_done_long_ago_is_forgotten(due: Doing) -> None:
    due(state="done", run_at=timezone.now() - datetime.timedelta(days=31))
    kept = due("try:2", state="done", run_at=timezone.now() - datetime.timedelta(days=29))
    tasks.ensure_schedules(worker.SCHEDULES)
    worker.work(go_on=lambda: True, once=True)
    assert list(Job.objects.filter(kind="try")) == [kept]


@pytest.mark.django_db
def test_a_worker_outlives_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([Error("away"), False, False])
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)

    def run_next(_handlers: object) -> bool:
        if isinstance(look := next(looks), Error):
            raise look
        return look

    monkeypatch.setattr(tasks, "run_next", run_next)
    goes_on = iter([True] * 6 + [False])
    worker.work(go_on=lambda: next(goes_on))


def test_the_worker_command_ends_cleanly_when_told(hoiro: Run, tmp_path: Path) -> None:
    assert hoiro("manage", "migrate", "-v0").returncode == 0
    assert hoiro("worker", "--once").returncode == 0
    running = subprocess.Popen(
        [sys.executable, "-m", "hoiro.cli", "worker"], env=clean_environment(tmp_path / "data"), cwd=tmp_path
    )
    time.sleep(4)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0


@pytest.mark.sqlite
def test_serve_starts_a_worker_anew_and_takes_it_along(own_server: Any) -> None:
    def workers() -> list[int]:
        found = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, check=True, text=True).stdout
        lines = [line.split(None, 2) for line in found.splitlines()[1:]]
        return [int(pid) for pid, _parent, what in lines if f"worker --parent {own_server.pid}" in what]

    def wait_for(count: int, *, but: int = 0) -> list[int]:
        deadline = time.monotonic() + 30
        while len(found := [pid for pid in workers() if pid != but]) != count:
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
        return found

    first = wait_for(1)[0]
    os.kill(first, signal.SIGKILL)
    assert wait_for(1, but=first)
    own_server.stop()
    wait_for(0)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Any]:
    """A server for one test to end."""
    from tests.conftest import Server

    server = Server(tmp_path / "data")
    yield server
    server.stop()
