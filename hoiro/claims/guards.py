"""What the database itself refuses, whoever writes the row: triggers, which Django cannot declare.

Away during every migrate and installed after it: SQLite makes a changed table anew, which loses its triggers and
fails on those of other tables that name it.
"""

from typing import Any

from django.db import connections

from hoiro.claims.models import PUBLIC

# A condition under which a change is refused, for each table and moment. Read with the models beside.
_PUBLIC = "('{}')".format("', '".join(PUBLIC))
_WROTE_SINCE_LAST_APPROVAL = f"""
    EXISTS (
        SELECT 1 FROM claims_revision r JOIN claims_claimreview v ON v.id = r.review_id
        WHERE v.claim_id = NEW.claim_id AND v.state <> 'discarded' AND r.author_id = NEW.reviewer_id
        AND r.id > COALESCE((
            SELECT MAX(a.id) FROM claims_revision a JOIN claims_claimreview w ON w.id = a.review_id
            WHERE w.claim_id = NEW.claim_id AND w.id <> NEW.id AND w.state IN {_PUBLIC}), 0))
"""  # noqa: S608 - no value in it comes from outside
_PUBLIC_PARENT = (
    "EXISTS (SELECT 1 FROM claims_claimreview v "  # noqa: S608
    f"WHERE v.id = {{row}}.review_id AND v.state IN {_PUBLIC})"
)

GUARDS: tuple[tuple[str, str, str, str, str], ...] = (
    # name, moment, table, refused when, said
    ("review_not_born_published", "BEFORE INSERT", "claims_claimreview", f"NEW.state IN {_PUBLIC}",
     "a review begins as a draft"),
    ("review_published_has_evidence", "BEFORE UPDATE", "claims_claimreview",
     "NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM claims_evidence e WHERE e.review_id = NEW.id)",
     "published without evidence"),
    ("review_published_has_words", "BEFORE UPDATE", "claims_claimreview",
     "NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM claims_reviewtext t WHERE t.review_id = NEW.id)",
     "published without words"),
    ("review_reviewer_wrote_none_of_it", "BEFORE UPDATE", "claims_claimreview",
     f"NEW.state = 'published' AND OLD.state <> 'published' AND {_WROTE_SINCE_LAST_APPROVAL}",
     "the reviewer wrote part of it since the last approval"),
    ("review_public_only_by_publishing", "BEFORE UPDATE", "claims_claimreview",
     f"OLD.state NOT IN {_PUBLIC} AND NEW.state IN ('superseded', 'withdrawn')",
     "what was never published can be neither replaced nor withdrawn"),
    ("review_discarded_is_not_published", "BEFORE UPDATE", "claims_claimreview",
     "OLD.state = 'discarded' AND NEW.state <> 'discarded' AND NEW.state <> 'draft'",
     "what was discarded is a draft first, if it comes back"),
    ("review_starter_is_not_written_here", "BEFORE UPDATE", "claims_claimreview",
     "NEW.starter = {true} AND (OLD.starter <> NEW.starter OR (NEW.state = 'published' AND EXISTS "
     "(SELECT 1 FROM claims_revision r WHERE r.review_id = NEW.id)))",
     "what the desk wrote is not starter content"),
    ("review_public_stays", "BEFORE UPDATE", "claims_claimreview",
     f"OLD.state IN {_PUBLIC} AND (NEW.state NOT IN {_PUBLIC} OR NEW.claim_id <> OLD.claim_id "
     "OR NEW.version <> OLD.version OR NEW.starter <> OLD.starter OR NEW.as_of <> OLD.as_of "
     "OR NEW.review_by <> OLD.review_by OR NEW.published_at <> OLD.published_at OR NEW.reason <> OLD.reason "
     "OR COALESCE(NEW.rating, '') <> COALESCE(OLD.rating, '') "
     "OR COALESCE(NEW.author_id, 0) <> COALESCE(OLD.author_id, 0) "
     "OR COALESCE(NEW.reviewer_id, 0) <> COALESCE(OLD.reviewer_id, 0))",
     "a published version stays as it is"),
    ("review_public_kept", "BEFORE DELETE", "claims_claimreview", f"OLD.state IN {_PUBLIC}",
     "a published version is kept"),
    *(
        (f"{short}_public_{moment.lower()}", f"BEFORE {moment}", f"claims_{short}",
         " OR ".join(_PUBLIC_PARENT.format(row=row) for row in rows), "a published version stays as it is")
        for short in ("reviewtext", "evidence")
        for moment, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",)))
    ),
    ("dispute_not_born_decided", "BEFORE INSERT", "claims_dispute", "NEW.state <> 'open'",
     "a dispute begins undecided"),
    ("dispute_decided_by_another", "BEFORE UPDATE", "claims_dispute",
     "NEW.decided_by_id IS NOT NULL AND (EXISTS (SELECT 1 FROM claims_revision r WHERE r.review_id = NEW.review_id "
     "AND r.author_id = NEW.decided_by_id) OR EXISTS (SELECT 1 FROM claims_claimreview v WHERE v.id = NEW.review_id "
     "AND v.author_id = NEW.decided_by_id))",
     "whoever decides wrote part of what is disputed"),
    ("dispute_outcome_stays", "BEFORE UPDATE", "claims_dispute",
     "OLD.state <> 'open' AND (NEW.state <> OLD.state OR NEW.outcome <> OLD.outcome OR NEW.claim_id <> OLD.claim_id "
     "OR NEW.review_id <> OLD.review_id OR NEW.decided_at <> OLD.decided_at "
     "OR NEW.decided_by_id <> OLD.decided_by_id)",
     "the outcome of a dispute stays as it is"),
    *(
        (f"{short}_append_only_{moment.lower()}", f"BEFORE {moment}", f"claims_{short}", "{always}", "append-only")
        for short in ("revision", "event")
        for moment in ("UPDATE", "DELETE")
    ),
)  # fmt: skip


def install(using: str = "default", **_signal: Any) -> None:
    """Put every guard in place; those there already are made anew."""
    connection = connections[using]
    postgres = connection.vendor == "postgresql"
    remove(using)
    with connection.cursor() as cursor:
        for name, moment, table, refused, said in GUARDS:
            when = refused.replace("{true}", "TRUE" if postgres else "1").replace(
                "{always}", "TRUE" if postgres else "1"
            )
            for statement in (_postgres if postgres else _sqlite)(name, moment, table, when, said):
                cursor.execute(statement)


def remove(using: str = "default", **_signal: Any) -> None:
    """Take every guard away: while tables change, for repairing a database by hand, and for tests that empty one."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, _moment, table, _refused, _said in GUARDS:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS guard_{name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS guard_{name}")


def _sqlite(name: str, moment: str, table: str, when: str, said: str) -> tuple[str, ...]:
    return (f"CREATE TRIGGER guard_{name} {moment} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{said}'); END",)


def _postgres(name: str, moment: str, table: str, when: str, said: str) -> tuple[str, ...]:
    # WHEN may hold no subquery there, so the condition stands in the function.
    back = "OLD" if moment.endswith("DELETE") else "NEW"
    return (
        f"CREATE OR REPLACE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION '{said}' USING ERRCODE = 'check_violation'; END IF; "
        f"RETURN {back}; END $$",
        f"CREATE TRIGGER guard_{name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()",
    )
