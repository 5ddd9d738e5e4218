"""Let the database itself hold what a decision, a promise and a log may never do.

A later revision that rebuilds one of these tables on SQLite (a batch ALTER) drops its triggers and must call
`guard` again for it.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

UPDATE, DELETE, WRITE = ("UPDATE",), ("DELETE",), ("INSERT", "UPDATE")

NO_EVIDENCE = "NEW.decision = 'reject' AND NOT EXISTS (SELECT 1 FROM finding WHERE review_id = NEW.id)"
NO_TWO_REJECTS = """NEW.state = 'refused' AND NOT EXISTS (
    SELECT 1 FROM review
    WHERE segment_id = NEW.segment_id AND state = 'decided' AND decision = 'reject'
    GROUP BY round HAVING COUNT(DISTINCT reviewer_id) >= 2)"""
TERMS_CHANGED = """OLD.state <> 'draft' AND (
    NEW.id <> OLD.id OR NEW.project_id <> OLD.project_id OR NEW.version <> OLD.version
    OR NEW.sha256 <> OLD.sha256 OR NEW.document <> OLD.document OR NEW.published_at IS NULL
    OR NEW.published_at <> OLD.published_at OR NEW.state = 'draft'
    OR (OLD.state = 'retired' AND NEW.state <> 'retired'))"""
CONSENT_CHANGED = """OLD.withdrawn_at IS NOT NULL OR NEW.id <> OLD.id
    OR NEW.contributor_id <> OLD.contributor_id OR NEW.purpose <> OLD.purpose
    OR NEW.text_version <> OLD.text_version OR NEW.text_sha256 <> OLD.text_sha256
    OR NEW.language <> OLD.language OR NEW.given_at <> OLD.given_at"""
RELEASE_CHANGED = """OLD.state = 'published' AND (
    NEW.state <> 'published' OR NEW.corpus <> OLD.corpus OR NEW.version <> OLD.version
    OR NEW.corpus_id IS NULL OR NEW.corpus_id <> OLD.corpus_id OR NEW.manifest IS NULL
    OR CAST(NEW.manifest AS TEXT) <> CAST(OLD.manifest AS TEXT))"""

APPEND_ONLY = ("audit", "finding", "receipt", "revision", "verdict")

GUARDS = (
    ("terms", UPDATE, TERMS_CHANGED, "published terms are immutable"),
    ("terms", DELETE, "OLD.state <> 'draft'", "published terms are kept"),
    ("review", WRITE, NO_EVIDENCE, "a reject needs at least one finding"),
    ("review", UPDATE, "OLD.state = 'decided'", "a decided review is final"),
    ("review", DELETE, "OLD.state = 'decided'", "a decided review is kept"),
    ("outcome", WRITE, NO_TWO_REJECTS, "a refusal needs two rejects by different reviewers"),
    ("consent", UPDATE, CONSENT_CHANGED, "a consent can only be withdrawn, once"),
    ("consent", DELETE, "1 = 1", "a consent is kept"),
    ("release", UPDATE, RELEASE_CHANGED, "a published release is immutable"),
    ("release", DELETE, "OLD.state = 'published'", "a published release is kept"),
    *((table, UPDATE, "1 = 1", f"{table} rows are never changed") for table in APPEND_ONLY),
    *((table, DELETE, "1 = 1", f"{table} rows are never removed") for table in APPEND_ONLY),
)


def upgrade() -> None:
    """Put every guard in its place."""
    for number, (table, events, condition, message) in enumerate(GUARDS):
        guard(f"guard_{number:02}_{table}", table, events, condition, message)


def guard(name: str, table: str, events: tuple[str, ...], condition: str, message: str) -> None:
    """Refuse the events on `table` that meet `condition`, as an integrity error with `message`."""
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql(name, table, events, condition, message)
        return
    for event in events:
        op.execute(
            f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgresql(name: str, table: str, events: tuple[str, ...], condition: str, message: str) -> None:
    # a function for each guard, since the WHEN of a trigger may not look into other tables
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$
        BEGIN
            IF {condition} THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $guard$"""
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {' OR '.join(events)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
