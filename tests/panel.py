"""A panel of reviewers and what they decided about many people's items, written straight into the store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from speechcorpus.store.models import (
    Appeal,
    Base,
    Claim,
    Contributor,
    FindingRow,
    GoldItem,
    OutcomeRow,
    Review,
    Segment,
    Sitting,
    Staff,
    Take,
    Task,
    TermsVersion,
)
from speechcorpus.store.store import Store
from tests.stage import RATE_HZ

SHA = "ab" * 32
SECONDS = 4
ACCEPT = "accept"  # beside the codes, by which a reviewer rejects


@dataclass(kw_only=True)
class Panel:
    """Reviewers by name; every contributor has one claim, of which items are heard."""

    store: Store
    project_id: str
    now: datetime
    reviewers: tuple[str, ...] = ("ann", "ben", "cyd", "judge")
    groups: dict[str, dict[str, str]] = field(default_factory=dict)  # what a contributor said of themselves
    rows: dict[type[Base], list[dict[str, object]]] = field(default_factory=dict)
    decided: list[tuple[str, str, datetime]] = field(default_factory=list)
    known: set[object] = field(default_factory=set)  # ids

    def __post_init__(self) -> None:
        for name in self.reviewers:
            self._put(Staff, id=name, name=name, role="reviewer", locale="en", created_at=self.now)
        with self.store.catalogue.read() as session:
            terms = session.scalars(select(TermsVersion)).one()
        self.terms_id, self.terms_sha256 = terms.id, terms.sha256

    def item(
        self,
        contributor: str,
        *heard: tuple[str, str],
        double: bool = False,
        purpose: str = "random",
        band: str = "low",
        variety: str = "nan-TW",
        at: datetime | None = None,
        after: timedelta = timedelta(hours=5),
    ) -> str:
        """One item that these reviewers heard: each accepts, or rejects by a code."""
        at = at or self.now
        claim = self._claim(contributor, band, variety)
        segment_id = str(uuid4())
        self._put(
            Segment,
            id=segment_id,
            take_id=f"take-{claim}",
            claim_id=claim,
            start_sample=0,
            end_sample=SECONDS * RATE_HZ,
            created_at=at,
        )
        number = 0 if purpose == "gold" else 1
        for reviewer, said in heard:
            self._review(segment_id, reviewer, said, number, purpose, double, at - after, at)
        return segment_id

    def gold(self, reviewer: str, code: str | None, said: str, *, at: datetime | None = None) -> None:
        """One gold item as a reviewer answered it."""
        segment_id = self.item("golden", (reviewer, said), purpose="gold", at=at)
        decision = "accept" if code is None else "reject"
        mark = {"decision": decision, "code": code, "reason": "marked", "marked_by": "m"}
        self._put(GoldItem, segment_id=segment_id, number=1, marked_at=self.now, **mark)

    def refused(self, segment_id: str, *, code: str, line: str = "record", appeal: str | None = None) -> None:
        """A line that two of them refused, and how its appeal ended."""
        self._put(
            OutcomeRow,
            segment_id=segment_id,
            line=line,
            state="refused",
            price_minor=100,
            decided_at=self.now,
        )
        if appeal is not None:
            self._put(
                Appeal,
                id=f"appeal-{segment_id}"[:36],
                segment_id=segment_id,
                line=line,
                code=code,
                opened_by="contributor",
                opened_at=self.now,
                due_at=self.now + timedelta(hours=72),
                words="please",
                state=appeal,
                judge_id=None,
            )

    def keep(self) -> None:
        """Write everything down, parents first; a reject after its finding, as the database wants it."""
        ended = {row["id"]: row["state"] for row in self.rows.get(Appeal, ())}
        for row in self.rows.get(Appeal, ()):
            row["state"] = "open"
        refused = self.rows.pop(OutcomeRow, [])
        appeals = self.rows.pop(Appeal, [])
        with self.store.catalogue.write() as session:
            self._insert(
                session, (Staff, Contributor, Task, Claim, Sitting, Take, Segment, Review, FindingRow)
            )
            self._insert(session, (GoldItem,))
            for review_id, decision, at in self.decided:
                values = {"state": "decided", "decision": decision, "decided_at": at}
                session.execute(update(Review).where(Review.id == review_id).values(**values))
            for table, rows in ((OutcomeRow, refused), (Appeal, appeals)):
                if rows:
                    session.execute(insert(table), rows)
            for appeal_id, state in ended.items():
                if state == "open":
                    continue
                values = {"state": state, "decided_at": self.now, "judge_id": "judge", "reason": "heard"}
                session.execute(update(Appeal).where(Appeal.id == appeal_id).values(**values))
        self.rows, self.decided = {}, []

    def _claim(self, contributor: str, band: str, variety: str) -> str:
        """The claim of a contributor in a band, with its task, sitting and take."""
        name = f"{contributor}-{band}-{variety}"
        if name in self.known:
            return name
        if contributor not in self.known:
            self._put(
                Contributor,
                id=contributor,
                pseudonym=f"P-{contributor}"[:16],
                locale="en",
                variety=variety,
                created_at=self.now,
                **self.groups.get(contributor, {}),
            )
        task = {"terms_id": self.terms_id, "variety": variety, "style": "read", "band": band}
        self._put(
            Task,
            id=f"task-{name}",
            project_id=self.project_id,
            state="in_review",
            created_at=self.now,
            **task,
        )
        self._put(
            Claim,
            id=name,
            task_id=f"task-{name}",
            contributor_id=contributor,
            fence=1,
            terms_sha256=self.terms_sha256,
            price={},
            evaluator="e",
            state="submitted",
            claimed_at=self.now,
            lease_until=self.now,
        )
        self._put(
            Sitting,
            id=f"sitting-{name}",
            contributor_id=contributor,
            claim_id=name,
            band=band,
            device={"class": "phone"},
            body_sha256=SHA,
            opened_at=self.now,
            last_seen_at=self.now,
        )
        self._put(
            Take,
            id=f"take-{name}",
            sitting_id=f"sitting-{name}",
            sequence=1,
            track="main",
            prompt_ids=[],
            rate_hz=RATE_HZ,
            channels=1,
            capture_path="mstp",
            first_sitting_sample=0,
            body_sha256=SHA,
            state="stored",
            created_at=self.now,
        )
        return name

    def _review(
        self,
        segment_id: str,
        reviewer: str,
        said: str,
        number: int,
        purpose: str,
        double: bool,
        queued: datetime,
        at: datetime,
    ) -> None:
        review_id = str(uuid4())
        self._put(
            Review,
            id=review_id,
            segment_id=segment_id,
            round=number,
            purpose=purpose,
            double=double,
            reviewer_id=reviewer,
            terms_sha256=self.terms_sha256,
            state="assigned",
            taken_at=at - timedelta(minutes=1),
            created_at=queued,
        )
        self.decided.append((review_id, ACCEPT if said == ACCEPT else "reject", at))
        if said != ACCEPT:
            measured = {"measured": "2.0", "comparator": ">", "limit": "1.0", "unit": "s", "facts": {}}
            measured |= {"start_sample": 0, "end_sample": 2 * RATE_HZ}
            self._put(FindingRow, review_id=review_id, code=said, severity="fix", **measured)

    def _put(self, table: type[Base], **values: object) -> None:
        self.known.add(values.get("id"))
        self.rows.setdefault(table, []).append(values)

    def _insert(self, session: Session, tables: Sequence[type[Base]]) -> None:
        for table in tables:
            if self.rows.get(table):
                session.execute(insert(table), self.rows[table])
