"""The log of the desk: whoever changes, deletes, reorders or cuts it is found."""

import json
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hoiro.claims import guards
from hoiro.claims.investigate import open_claim, save_draft, submit, take
from hoiro.claims.log import export, record, verify
from hoiro.claims.models import Event, LogHead, Revision
from hoiro.claims.review import approve
from tests.conftest import LAN, MINH, UNKNOWN, a_draft, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def _a_days_work() -> None:
    """Lan opens a claim and drafts an answer, Minh publishes it."""
    claim = open_claim(kind="check", wording=UNKNOWN, language="vi", by=person(LAN))
    take(claim=claim, by=person(LAN))
    save_draft(claim=claim, draft=a_draft(reason="Bản nháp"), based_on=None, by=person(LAN))
    save_draft(claim=claim, draft=a_draft(), based_on=1, by=person(LAN))
    submit(claim=claim, by=person(LAN))
    approve(claim=claim, by=person(MINH), seen=2)


@pytest.fixture
def _without_guards(_a_days_work: None) -> None:
    """Someone who may do anything with the database."""
    guards.remove()


def swap_two_rows() -> None:
    first, second = Event.objects.order_by("number")[1:3]
    Event.objects.filter(pk=first.pk).update(number=-1)
    Event.objects.filter(pk=second.pk).update(number=first.number)
    Event.objects.filter(pk=-1).update(number=second.number)


def cut_the_tail() -> None:
    Event.objects.filter(number__gt=4).delete()


def cut_the_tail_and_its_head() -> None:
    cut_the_tail()
    LogHead.objects.all().delete()


TAMPERED: list[tuple[Callable[[], object], int]] = [
    (lambda: Event.objects.filter(number=2).update(what="declined"), 2),
    (lambda: Event.objects.filter(number=2).update(by=person(MINH)), 2),
    (lambda: Event.objects.filter(number=3).update(claim=None), 3),
    (lambda: Event.objects.filter(number=3).update(data={}), 3),
    (lambda: Event.objects.filter(number=1).update(at="2026-01-01T00:00:00Z"), 1),
    (lambda: Event.objects.filter(number=1).delete(), 1),
    (lambda: Event.objects.filter(number=4).delete(), 4),
    (swap_two_rows, 2),
    (cut_the_tail, 5),
    (cut_the_tail_and_its_head, 5),
    (lambda: Event.objects.all().delete(), 1),
    (lambda: Revision.objects.filter(number=1).update(content=a_draft(reason="Khác").to_json()), 3),
    (lambda: Revision.objects.filter(number=1).delete(), 3),
]


@pytest.mark.usefixtures("_a_days_work")
def test_a_days_work_is_in_the_log_and_in_order() -> None:
    done = Event.objects.order_by("number").values_list("number", "what", "by__username")
    assert list(done) == [
        (1, "opened", LAN),
        (2, "taken", LAN),
        (3, "saved", LAN),
        (4, "saved", LAN),
        (5, "submitted", LAN),
        (6, "published", MINH),
    ]
    assert verify() is None


@pytest.mark.usefixtures("_without_guards")
@pytest.mark.parametrize(("tamper", "number"), TAMPERED)
def test_whatever_was_tampered_with_is_found_and_named(tamper: Callable[[], object], number: int) -> None:
    tamper()
    fault = verify()
    assert fault is not None
    assert fault.number == number
    with pytest.raises(CommandError, match=f"row {number}: "):
        call_command("checklog")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.integers(1, 6),
    field=st.sampled_from(["what", "previous", "hash", "data"]),
    value=st.text(st.characters(codec="ascii", min_codepoint=32), max_size=40),
)
@pytest.mark.usefixtures("_without_guards")
def test_no_field_of_any_row_can_be_given_another_value(number: int, field: str, value: str) -> None:
    with transaction.atomic():
        event = Event.objects.get(number=number)
        new = {"value": value} if field == "data" else value
        if getattr(event, field) != new:
            Event.objects.filter(number=number).update(**{field: new})
            assert verify() is not None
        transaction.set_rollback(True)


@pytest.mark.usefixtures("_a_days_work")
@pytest.mark.parametrize("table", ["claims_event", "claims_revision"])
def test_the_database_refuses_to_change_or_delete_a_row(table: str) -> None:
    for statement in (f"UPDATE {table} SET number = number + 100", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert verify() is None


@pytest.mark.usefixtures("_a_days_work")
def test_the_log_taken_away_can_be_checked_without_us() -> None:
    lines = [json.loads(line) for line in export()]
    assert [line["previous"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert (lines[-1]["by_name"], lines[-1]["what"]) == ("Minh", "published")
    assert not [line for line in lines if UNKNOWN in json.dumps(line, ensure_ascii=False)]


def test_what_is_undone_leaves_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record("taken", by=person(LAN))
        raise RuntimeError
    assert (Event.objects.count(), verify()) == (0, None)
    record("noted", by=None)
    call_command("checklog")
    assert "1 rows, no fault" in capsys.readouterr().out
