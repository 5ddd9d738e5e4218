"""A project with money, people who hold claims, items that are decided at once: for tests of the ledger."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    Appeal,
    Claim,
    FindingRow,
    LedgerAccount,
    OutcomeRow,
    Prompt,
    Review,
    Segment,
    Sitting,
    Take,
    Task,
    TaskPrompt,
    TermsVersion,
)
from speechcorpus.store.store import Store
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows import people, projects
from speechcorpus.workflows.claim_money import (
    cover_open_lines,
    nominal_minor,
    price_of,
    price_of_line,
    reserve_for_claim,
)
from speechcorpus.workflows.ledger_check import check_ledger
from speechcorpus.workflows.outcomes import LineEvent, close_line
from speechcorpus.workflows.sign_in import SignedIn
from tests.rig.authenticator import proven
from tests.stage import terms_text

RATE_HZ = 16_000
BY_MINUTE = {'record = { unit = "item", minor = 1500 }': 'record = { unit = "minute", minor = 1500 }'}


@dataclass(kw_only=True)
class Money:
    """One project and whoever is paid by it; items are rows, for no sound is judged here."""

    store: Store
    now: datetime
    terms: Terms
    manager: Actor
    numbers: "count[int]" = field(default_factory=count)
    reviewers: list[str] = field(default_factory=list)

    @property
    def project(self) -> str:
        return self.terms.project.id

    def person(self) -> str:
        return people.create_contributor(self.store, locale="zh-Hant", now=self.now)

    def signed_in(self, role: str, staff_id: str | None = None) -> SignedIn:
        """A member of staff who has just shown their passkey."""
        return proven(self.store, role, self.now, staff_id)

    def claim(self, person: str, prompts: int = 2, *, style: str = "read") -> str:
        """A claim of so many prompts with its reserve, as it is made when a task is taken."""
        number, claim_id = next(self.numbers), str(uuid4())
        task = Task(id=str(uuid4()), project_id=self.project, variety="nan-TW", style=style, band="low")
        task.state, task.created_at = "claimed", self.now
        claim = Claim(id=claim_id, task_id=task.id, contributor_id=person, fence=1, evaluator="e")
        claim.terms_sha256, claim.price = self.terms.sha256, to_plain(self.terms.price)
        claim.claimed_at, claim.lease_until = self.now, self.now + timedelta(days=1)
        claim.state = "active"
        with self.store.catalogue.write() as session:
            published = select(TermsVersion.id).where(TermsVersion.sha256 == self.terms.sha256)
            task.terms_id = session.scalars(published).one()
            session.add(task)
            session.flush()
            for position in range(prompts):
                prompt = Prompt(id=f"m{number}-{position}", project_id=self.project, kind=style)
                prompt.variety, prompt.text, prompt.licence = "nan-TW", "食飽未？", "CC0-1.0"
                session.add(prompt)
                session.flush()
                session.add(TaskPrompt(task_id=task.id, position=position, prompt_id=prompt.id))
            session.add(claim)
            session.flush()
            reserve_for_claim(session, claim, self.terms, now=self.now)
        return claim_id

    def item(
        self, claim_id: str, *, seconds: float = 3.0, refusable: bool = False, seat: str | None = None
    ) -> str:
        """A recorded item with both lines open; `refusable`: two people rejected it.

        `seat` is who recorded it, where that is not the holder: in a dialogue with two devices.
        """
        segment_id, at = str(uuid4()), self.now
        with self.store.catalogue.write() as session:
            claim = session.get_one(Claim, claim_id)
            owner = seat or claim.contributor_id
            sitting = Sitting(id=str(uuid4()), contributor_id=owner, claim_id=claim_id)
            sitting.band, sitting.device, sitting.body_sha256 = "low", {}, "0" * 64
            sitting.state, sitting.opened_at, sitting.last_seen_at = "closed", at, at
            take = Take(id=str(uuid4()), sitting_id=sitting.id, sequence=1, track="main", prompt_ids=[])
            take.rate_hz, take.channels, take.capture_path = RATE_HZ, 1, "mstp"
            take.first_sitting_sample, take.body_sha256, take.created_at = 0, "0" * 64, at
            segment = Segment(id=segment_id, take_id=take.id, claim_id=claim_id, start_sample=0)
            segment.end_sample, segment.created_at = round(seconds * RATE_HZ), at
            for row in (sitting, take, segment):
                session.add(row)
                session.flush()
            for line in ("record", "transcribe"):
                minor = nominal_minor(session, segment, price_of_line(price_of(session, claim), line))
                session.add(OutcomeRow(segment_id=segment_id, line=line, price_minor=minor))
            session.flush()
            cover_open_lines(session, claim, now=at)
        if refusable:
            self._reject_twice(segment_id)
        return segment_id

    def close(self, segment_id: str, line: str, event: LineEvent) -> None:
        with self.store.catalogue.write() as session:
            if event == "overturn":
                appeal = self._appeal(segment_id, line)
                session.add(appeal)
                session.flush()
                appeal.state, appeal.decided_at = "expired", self.now  # nobody answered in time: it pays
                session.flush()
            close_line(session, session.get_one(OutcomeRow, (segment_id, line)), event, now=self.now)

    def balances(self) -> dict[str, int]:
        """What each account holds; those at 0 are left out."""
        held = select(LedgerAccount).where(LedgerAccount.balance_minor != 0)
        with self.store.catalogue.read() as session:
            return {row.name: row.balance_minor for row in session.scalars(held)}

    def faults(self) -> list[tuple[str, str]]:
        with self.store.catalogue.read() as session:
            return [(fault.rule, fault.object) for fault in check_ledger(session)]

    def _appeal(self, segment_id: str, line: str) -> Appeal:
        appeal = Appeal(id=str(uuid4()), segment_id=segment_id, line=line, code="noise.third-voice")
        appeal.opened_by, appeal.opened_at, appeal.due_at = "contributor", self.now, self.now
        appeal.words, appeal.state = "", "open"
        return appeal

    def _reject_twice(self, segment_id: str) -> None:
        while len(self.reviewers) < 2:
            reviewer = people.create_staff(self.store, name="QC", role="reviewer", now=self.now)
            self.reviewers.append(reviewer)
        for reviewer in self.reviewers:
            review = Review(id=str(uuid4()), segment_id=segment_id, reviewer_id=reviewer, state="assigned")
            review.terms_sha256, review.created_at = self.terms.sha256, self.now
            finding = FindingRow(review_id=review.id, code="noise.third-voice", severity="fix", measured="2")
            finding.comparator, finding.limit, finding.unit, finding.facts = ">", "1", "s", {}
            with self.store.catalogue.write() as session:
                session.add(review)
                session.flush()
                session.add(finding)
                session.flush()
                review.state, review.decision, review.decided_at = "decided", "reject", self.now


def money(store: Store, now: datetime, *, budget_minor: int = 1_000_000, **terms: str) -> Money:
    """A project whose published terms put in so much."""
    manager = Actor(role="manager", id=people.create_staff(store, name="M", role="manager", now=now))
    budget = {"budget_minor = 100000000": f"budget_minor = {budget_minor}"}
    agreed = parse_terms(terms_text(**budget, **terms))
    projects.create_project(store, manager, terms=agreed, title="Taigi", now=now)
    return Money(store=store, now=now, terms=agreed, manager=manager)
