"""One item with all that stands behind it, for tests of what the database itself holds."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from speechcorpus.store.models import (
    Base,
    Claim,
    Contributor,
    Project,
    Prompt,
    Segment,
    Sitting,
    Staff,
    Take,
    Task,
    TermsVersion,
)
from speechcorpus.store.store import Store

SHA = "ab" * 32


@pytest.fixture
def segment_id(store: Store, now: datetime) -> str:
    """A recorded item of contributor `c`, with staff `r1`, `r2` and published terms `t`."""
    claim = Claim(
        id="claim",
        task_id="task",
        contributor_id="c",
        fence=1,
        terms_sha256=SHA,
        price={},
        evaluator="e",
        claimed_at=now,
        lease_until=now + timedelta(days=2),
    )
    sitting = Sitting(
        id="sitting",
        contributor_id="c",
        claim_id="claim",
        band="low",
        device={},
        body_sha256=SHA,
        opened_at=now,
        last_seen_at=now,
    )
    take = Take(
        id="take",
        sitting_id="sitting",
        sequence=1,
        track="main",
        prompt_ids=["p"],
        rate_hz=48_000,
        channels=1,
        capture_path="mstp",
        first_sitting_sample=0,
        body_sha256=SHA,
        created_at=now,
    )
    rows: list[Base] = [
        Contributor(id="c", pseudonym="c-0001", locale="zh-Hant", created_at=now),
        Staff(id="r1", name="One", role="reviewer", locale="en", created_at=now),
        Staff(id="r2", name="Two", role="reviewer", locale="en", created_at=now),
        Project(id="project", title="A project", created_at=now),
        TermsVersion(
            id="t",
            project_id="project",
            version="1",
            sha256=SHA,
            document="{}",
            state="published",
            published_at=now,
        ),
        Prompt(
            id="p", project_id="project", kind="read", variety="nan-TW", text="食飽未？", licence="CC0-1.0"
        ),
        Task(
            id="task",
            project_id="project",
            terms_id="t",
            variety="nan-TW",
            style="read",
            band="low",
            fence=1,
            created_at=now,
        ),
        claim,
        sitting,
        take,
        Segment(
            id="item", take_id="take", claim_id="claim", start_sample=0, end_sample=48_000, created_at=now
        ),
    ]
    with store.catalogue.write() as session:
        for row in rows:
            session.add(row)
            session.flush()
    return "item"


@pytest.fixture
def add(store: Store) -> Callable[..., None]:
    """Write rows in one transaction, one after the other."""

    def write(*rows: Base) -> None:
        with store.catalogue.write() as session:
            for row in rows:
                session.add(row)
                session.flush()

    return write
