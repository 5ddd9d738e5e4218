"""One item in front of a reviewer: sound, text and evidence, and nothing about whose it is.

What `fair-work.md` §11 forbids a reviewer (name, contact, pay, earlier or other decisions) is not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding_codes import CODES, FindingCode
from speechcorpus.domain.terms import BandTerms, Terms
from speechcorpus.store.models import Claim, Prompt, Review, Segment, Sitting, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.contests import contested_codes
from speechcorpus.workflows.translated import Wording
from speechcorpus.workflows.views.believed import CaptureView, capture_view
from speechcorpus.workflows.views.clips import (
    TextView,
    VerdictView,
    measured_rows,
    newest_texts,
    newest_verdicts,
)
from speechcorpus.workflows.views.queue import review_name
from speechcorpus.workflows.views.sound_checks import CheckedPath, checked_path
from speechcorpus.workflows.views.terms import terms_by_sha256

SHOWN_PASSED = (
    "noise.low-snr",
    "audio.too-quiet",
    "audio.clipped",
    "audio.start-cut",
    "audio.end-cut",
    "audio.long-pause",
)
PER_UNIT = {"ms": Decimal(1000), "%": Decimal(100)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A measured value that keeps its limit: shown beside those that do not."""

    code: str
    measured: Decimal
    comparator: str
    limit: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """Everything a reviewer decides by."""

    review_id: str
    name: str
    fence: int
    lease_until: datetime | None
    variety: str
    style: str
    band: BandTerms
    terms_version: str
    rate_hz: int
    capture_path: str  # mstp: every sample was counted; worklet: nobody could; import
    checked_path: CheckedPath | None  # the device check of its sitting
    capture: CaptureView  # what its browser claimed, beside what was measured
    samples: int
    prompt_text: str | None
    text: TextView | None
    verdict: VerdictView | None
    passed: tuple[Passed, ...]
    codes: tuple[FindingCode, ...]
    contested: tuple[FindingCode, ...]  # machine findings to confirm or deny
    clauses: Mapping[str, Mapping[str, str]]
    wording: Wording | None  # the evidence, where its block of texts reads like a translation

    @property
    def duration_s(self) -> float:
        """How long the item is."""
        return self.samples / self.rate_hz


def review_view(store: Store, actor: Actor, review_id: str, *, now: datetime) -> ReviewView:
    """Return an item to the one reviewer who holds it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        shown = shown_review(session, actor, review_id, now=now)
    if shown is None:
        raise not_found("review")
    return shown


def shown_review(session: Session, actor: Actor, review_id: str, *, now: datetime) -> ReviewView | None:
    """Return an item to the one who holds it; None to a reviewer who may take it first, or may not."""
    review = _open_review(session, review_id)
    return _view(session, review) if _held(review, actor, now) else None


def refusal_codes() -> tuple[FindingCode, ...]:
    """Return the reasons a listener may mark and two may refuse for; there is no other, and no "other"."""
    return tuple(code for code in CODES.values() if code.pay == "refusable" and code.field == "agreed_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a decision is about: how long it is, and the codes that may be said of it."""

    rate_hz: int
    samples: int
    codes: tuple[FindingCode, ...]


def judged_item(store: Store, actor: Actor, review_id: str) -> Judged:
    """Return what the reviewer who asks decides about, or decided; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        review = session.get(Review, review_id)
        if review is None or review.reviewer_id != actor.id:
            raise not_found("review")
        segment = session.get_one(Segment, review.segment_id)
        return Judged(
            rate_hz=session.get_one(Take, segment.take_id).rate_hz,
            samples=segment.end_sample - segment.start_sample,
            codes=(*codes_of_item(session, segment), *contested_of_item(session, segment)),
        )


def codes_of_item(session: Session, segment: Segment) -> tuple[FindingCode, ...]:
    """Return what may be said against an item: what ears can mark, its text, and a copy a machine found."""
    verdict = newest_verdicts(session, [segment.id]).get(segment.id)
    return _codes(verdict, newest_texts(session, [segment.id]).get(segment.id))


def _codes(verdict: VerdictView | None, text: TextView | None) -> tuple[FindingCode, ...]:
    found = {finding.code for finding in verdict.findings} if verdict else set()
    said = {"content.duplicate"} & found
    if text is not None:
        said |= {"transcript.not-verbatim"}
    return (*refusal_codes(), *(CODES[code] for code in sorted(said)))


def contested_of_item(session: Session, segment: Segment) -> tuple[FindingCode, ...]:
    """Return the codes whose meter the contributor says is wrong: listeners judge those, without a span."""
    return tuple(CODES[code] for code in sorted(contested_codes(session, segment.id)))


def _open_review(session: Session, review_id: str) -> Review:
    found = session.get(Review, review_id)
    if found is None or found.state not in ("queued", "assigned"):
        raise not_found("review")
    return found


def _held(review: Review, actor: Actor, now: datetime) -> bool:
    lasts = review.lease_until is not None and review.lease_until > now
    return review.state == "assigned" and review.reviewer_id == actor.id and lasts


def _view(session: Session, review: Review) -> ReviewView:
    segment = session.get_one(Segment, review.segment_id)
    take, task = session.get_one(Take, segment.take_id), _task_of(session, segment)
    terms = terms_by_sha256(session, [review.terms_sha256])[review.terms_sha256]
    prompt = session.get(Prompt, segment.prompt_id) if segment.prompt_id else None
    verdict = newest_verdicts(session, [segment.id]).get(segment.id)
    text = newest_texts(session, [segment.id]).get(segment.id)
    return ReviewView(
        review_id=review.id,
        name=review_name(review.id),
        fence=review.fence,
        lease_until=review.lease_until,
        variety=task.variety,
        style=task.style,
        band=terms.band(task.band),
        terms_version=terms.project.version,
        rate_hz=take.rate_hz,
        capture_path=take.capture_path,
        checked_path=checked_path(session, session.get_one(Sitting, take.sitting_id)),
        capture=capture_view(session, take),
        samples=segment.end_sample - segment.start_sample,
        prompt_text=prompt.text if prompt else None,
        text=text,
        verdict=verdict,
        passed=_passed(session, segment, verdict, terms, terms.band(task.band)),
        codes=_codes(verdict, text),
        contested=contested_of_item(session, segment),
        clauses=terms.clauses,
        wording=None if review.wording is None else Wording.from_document(review.wording),
    )


def _task_of(session: Session, segment: Segment) -> Task:
    return session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id)


def _passed(
    session: Session, segment: Segment, verdict: VerdictView | None, terms: Terms, band: BandTerms
) -> tuple[Passed, ...]:
    if segment.item_sha256 is None:
        return ()
    row = measured_rows(session, [segment.item_sha256]).get(segment.item_sha256)
    found = {finding.code for finding in verdict.findings} if verdict else set()
    shown = (_value(CODES[code], row, terms, band) for code in SHOWN_PASSED if row and code not in found)
    return tuple(each for each in shown if each is not None)


def _value(code: FindingCode, row: Mapping[str, Any], terms: Terms, band: BandTerms) -> Passed | None:
    measured = row.get(code.field)
    default = band.min_snr_db if code.code == "noise.low-snr" else code.limit
    if measured is None or default is None:
        return None
    number = Decimal(str(measured)) * PER_UNIT.get(code.unit, Decimal(1))
    limit = default if code.limit is None else terms.limit(code.code, default)
    return Passed(code=code.code, measured=number, comparator=code.comparator, limit=limit, unit=code.unit)
