"""What the database refuses by itself, on SQLite and on PostgreSQL, whatever the program does."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError

from speechcorpus.store.models import (
    Audit,
    Base,
    Consent,
    Contest,
    FindingRow,
    GoldItem,
    OutcomeRow,
    Receipt,
    Release,
    Review,
    Revision,
    TakeClaim,
    TakeHold,
    TermsVersion,
    VerdictRow,
)
from speechcorpus.store.store import Store

SHA = "cd" * 32
Add = Callable[..., None]

pytestmark = pytest.mark.usefixtures("segment_id")


def refused(store: Store, statement: str, because: str) -> None:
    with pytest.raises(IntegrityError, match=because), store.catalogue.write() as session:
        session.execute(text(statement))


def review(reviewer: str, now: datetime, *, round_: int = 1) -> Review:
    return Review(
        id=f"{reviewer}-{round_}",
        segment_id="item",
        round=round_,
        reviewer_id=reviewer,
        terms_sha256=SHA,
        state="assigned",
        created_at=now,
    )


def evidence(review_id: str) -> FindingRow:
    return FindingRow(
        review_id=review_id,
        code="audio.clipped",
        severity="blocks",
        measured="12",
        comparator="<=",
        limit="0",
        unit="samples",
        facts={},
    )


def decide(store: Store, review_id: str, decision: str, now: datetime) -> None:
    with store.catalogue.write() as session:
        session.execute(
            update(Review)
            .where(Review.id == review_id)
            .values(state="decided", decision=decision, decided_at=now)
        )


def test_a_reject_without_evidence_is_refused_by_the_database(store: Store, add: Add, now: datetime) -> None:
    add(review("r1", now))
    with pytest.raises(IntegrityError, match="a reject needs at least one finding"):
        decide(store, "r1-1", "reject", now)


def test_a_reject_with_evidence_that_was_written_first_is_kept(store: Store, add: Add, now: datetime) -> None:
    add(review("r1", now), evidence("r1-1"))
    decide(store, "r1-1", "reject", now)
    with store.catalogue.read() as session:
        assert session.get_one(Review, "r1-1").decision == "reject"


def test_a_review_cannot_be_born_as_a_reject_without_evidence(store: Store, add: Add, now: datetime) -> None:
    born = review("r1", now)
    born.state, born.decision, born.decided_at = "decided", "reject", now
    with pytest.raises(IntegrityError, match="a reject needs at least one finding"):
        add(born)


def test_a_decided_review_is_final(store: Store, add: Add, now: datetime) -> None:
    add(review("r1", now))
    decide(store, "r1-1", "accept", now)
    refused(store, "UPDATE review SET note = 'changed my mind'", "a decided review is final")
    refused(store, "UPDATE review SET state = 'assigned', decision = NULL", "a decided review is final")
    refused(store, "DELETE FROM review", "a decided review is kept")


def test_a_decision_names_who_and_when(store: Store, add: Add, now: datetime) -> None:
    add(review("r1", now))
    refused(store, "UPDATE review SET state = 'decided'", "ck_review_decision_when_decided")
    refused(store, "UPDATE review SET state = 'decided', decision = 'accept'", "ck_review_decided_by_someone")


def test_one_reject_cannot_refuse_an_item(store: Store, add: Add, now: datetime) -> None:
    add(review("r1", now), evidence("r1-1"), OutcomeRow(segment_id="item", line="record", price_minor=100))
    decide(store, "r1-1", "reject", now)
    refused(store, "UPDATE outcome SET state = 'refused'", "two rejects by different reviewers")


def test_two_rejects_by_one_person_cannot_refuse_an_item(store: Store, add: Add, now: datetime) -> None:
    for round_ in (1, 2):
        add(review("r1", now, round_=round_), evidence(f"r1-{round_}"))
        decide(store, f"r1-{round_}", "reject", now)
    with pytest.raises(IntegrityError, match="two rejects by different reviewers"):
        add(OutcomeRow(segment_id="item", line="record", price_minor=100, state="refused"))


def test_rejects_of_two_people_about_different_rounds_cannot_refuse(
    store: Store, add: Add, now: datetime
) -> None:
    for round_, reviewer in ((1, "r1"), (2, "r2")):
        add(review(reviewer, now, round_=round_), evidence(f"{reviewer}-{round_}"))
        decide(store, f"{reviewer}-{round_}", "reject", now)
    with pytest.raises(IntegrityError, match="two rejects by different reviewers"):
        add(OutcomeRow(segment_id="item", line="record", price_minor=100, state="refused"))


def test_two_rejects_by_different_reviewers_may_refuse_an_item(store: Store, add: Add, now: datetime) -> None:
    for reviewer in ("r1", "r2"):
        add(review(reviewer, now), evidence(f"{reviewer}-1"))
        decide(store, f"{reviewer}-1", "reject", now)
    add(OutcomeRow(segment_id="item", line="record", price_minor=100, state="refused"))


@pytest.mark.parametrize("spoil", ["code = 'noise.burst'", "void", "round = 0"])
def test_rejects_that_do_not_agree_or_do_not_count_cannot_refuse(
    store: Store, add: Add, now: datetime, spoil: str
) -> None:
    """Two of one code in one round that counts: everything else refuses nobody."""
    for reviewer in ("r1", "r2"):
        row, found = review(reviewer, now), evidence(f"{reviewer}-1")
        if reviewer == "r2":
            row.void, found.code = spoil == "void", "noise.burst" if "code" in spoil else found.code
            row.round, row.purpose = (0, "gold") if "round" in spoil else (1, "flagged")
        add(row, found)
        decide(store, f"{reviewer}-1", "reject", now)
    with pytest.raises(IntegrityError, match="two rejects by different reviewers"):
        add(OutcomeRow(segment_id="item", line="record", price_minor=100, state="refused"))


def test_gold_stands_outside_the_rounds_and_its_marks_are_kept(store: Store, add: Add, now: datetime) -> None:
    inside = review("r1", now)
    inside.purpose = "gold"
    with pytest.raises(IntegrityError, match="gold stands outside the rounds"):
        add(inside)
    mark = GoldItem(segment_id="item", number=1, decision="accept", reason="marked", marked_by="m")
    mark.marked_at = now
    verdict = next(row for row in append_only_rows(now) if isinstance(row, VerdictRow))
    contest = Contest(id="c", segment_id="item", code="audio.hum", verdict_id="v", words="")
    contest.contested_at = now
    add(mark, verdict)
    add(contest)
    refused(store, "UPDATE gold_item SET decision = 'fix', code = 'x'", "gold_item rows are never changed")
    refused(store, "DELETE FROM gold_item", "gold_item rows are never removed")
    refused(store, "UPDATE contest SET code = 'audio.click'", "a settled contest is final")
    refused(store, "DELETE FROM contest", "a contest is kept")


@pytest.mark.parametrize(
    "change",
    ["document = '[]'", "sha256 = 'x'", "state = 'draft'", "version = '2'", "published_at = NULL"],
)
def test_published_terms_are_immutable(store: Store, change: str) -> None:
    refused(store, f"UPDATE terms SET {change}", "published terms are immutable")


def test_published_terms_may_be_retired_but_not_removed_or_revived(store: Store) -> None:
    refused(store, "DELETE FROM terms", "published terms are kept")
    with store.catalogue.write() as session:
        session.execute(text("UPDATE terms SET state = 'retired'"))
    refused(store, "UPDATE terms SET state = 'published'", "published terms are immutable")


def test_draft_terms_may_still_be_written(store: Store, add: Add) -> None:
    add(TermsVersion(id="d", project_id="project", version="2", sha256=SHA, document="{}"))
    with store.catalogue.write() as session:
        session.execute(text("UPDATE terms SET document = '[]' WHERE id = 'd'"))
        session.execute(delete(TermsVersion).where(TermsVersion.id == "d"))


def test_a_consent_can_be_withdrawn_once_and_never_rewritten(store: Store, add: Add, now: datetime) -> None:
    add(
        Consent(
            id="k",
            contributor_id="c",
            purpose="corpus",
            text_version="1",
            text_sha256=SHA,
            language="zh-Hant",
            given_at=now,
        )
    )
    refused(store, "UPDATE consent SET purpose = 'other'", "a consent can only be withdrawn, once")
    refused(store, "DELETE FROM consent", "a consent is kept")
    with store.catalogue.write() as session:
        session.execute(update(Consent).values(withdrawn_at=now))
    refused(store, "UPDATE consent SET withdrawn_at = NULL", "a consent can only be withdrawn, once")


def append_only_rows(now: datetime) -> list[Base]:
    return [
        Revision(segment_id="item", number=1, text="食飽未？", author="contributor:c", created_at=now),
        Receipt(id="q", kind="upload", subject_id="take", contributor_id="c", document="{}", created_at=now),
        Audit(seq=1, at=now, actor="a", action="b", object="c", detail="{}", prev=SHA, hash=SHA),
        VerdictRow(
            id="v",
            segment_id="item",
            sequence=1,
            evaluator="e",
            terms_sha256=SHA,
            facts="{}",
            outcome="rejected",
            created_at=now,
        ),
        evidence_of_verdict(),
    ]


def evidence_of_verdict() -> FindingRow:
    row = evidence("r")
    row.review_id, row.verdict_id = None, "v"
    return row


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("revision", "text = ''"),
        ("receipt", "document = ''"),
        ("audit", "detail = ''"),
        ("verdict", "outcome = 'accepted'"),
        ("finding", "measured = '0'"),
    ],
)
def test_what_was_written_down_is_never_changed_nor_removed(
    store: Store, add: Add, now: datetime, table: str, change: str
) -> None:
    add(*append_only_rows(now))
    refused(store, f"UPDATE {table} SET {change}", f"{table} rows are never changed")
    refused(store, f"DELETE FROM {table}", f"{table} rows are never removed")


def release(now: datetime) -> Release:
    return Release(
        id="rel",
        project_id="project",
        corpus="taigi",
        version="1.0.0",
        state="published",
        settings={},
        released_on="2026-03-02",
        corpus_id=SHA,
        manifest={"README.md": {"sha256": SHA}},
        built_by="manager:m1",
        approved_by="manager:m2",
        created_at=now,
    )


@pytest.mark.parametrize(
    "change", ["manifest = '{}'", "manifest = NULL", "state = 'built'", "corpus_id = 'x'"]
)
def test_a_published_release_is_immutable(store: Store, add: Add, now: datetime, change: str) -> None:
    add(release(now))
    refused(store, f"UPDATE release SET {change}", "a published release is immutable")
    refused(store, "DELETE FROM release", "a published release is kept")


def test_who_built_a_release_does_not_approve_it(store: Store, add: Add, now: datetime) -> None:
    alone = release(now)
    alone.approved_by = alone.built_by
    with pytest.raises(IntegrityError, match="ck_release_two_people"):
        add(alone)


def test_a_claim_and_a_decided_hold_are_never_changed_nor_removed(
    store: Store, add: Add, now: datetime
) -> None:
    add(
        TakeClaim(take_id="take", row="meter", says="agrees", measured={"off_db": "0"}, created_at=now),
        TakeHold(take_id="take", code="take.rate", claimed={}, measured={}, held_at=now),
    )
    refused(store, "UPDATE take_claim SET says = 'ours'", "take_claim rows are never changed nor removed")
    refused(store, "DELETE FROM take_claim", "take_claim rows are never changed nor removed")
    refused(store, "UPDATE take_hold SET decision = 'use'", "ck_take_hold_decided_by_someone")
    with store.catalogue.write() as session:
        session.execute(update(TakeHold).values(decision="use", decided_by="manager:m", decided_at=now))
    refused(store, "UPDATE take_hold SET decision = 'aside'", "a decided hold is final")
    refused(store, "DELETE FROM take_hold", "a decided hold is final")
