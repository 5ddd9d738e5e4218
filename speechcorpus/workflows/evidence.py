"""The evidence of a decision: what a listener marked, with a number that we measured ourselves."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.review import is_beyond, marked_finding
from speechcorpus.store.models import FindingRow, Segment, Take
from speechcorpus.transcribe.error_rates import cer
from speechcorpus.workflows.contests import contested_codes
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.judging import newest_text, newest_verdict_row, transcript_profile
from speechcorpus.workflows.masking import CODE as PERSONAL_DATA
from speechcorpus.workflows.views.clips import finding_of

NOT_VERBATIM: Final = "transcript.not-verbatim"
OWN_TEXT: Final = "own_text"
TENTH: Final = Decimal("0.1")


def checked(
    session: Session, segment: Segment, finding: Finding, terms: Terms, decision: str, own_text: str | None
) -> Finding:
    """Return a reviewer's finding as we measure it: by the span they marked, their own text, or the meter.

    Raises
    ------
    SittingError : `review.code` for one that grounds no refusal, `review.span-required`,
        `review.text-required`, `review.within-limit`
    SignalError : `finding.*`
    """
    row, contested = CODES[finding.code], contested_codes(session, segment.id)
    if decision == "reject" and row.pay != "refusable" and finding.code not in contested:
        raise SittingError("review.code", f"{finding.code} grounds no refusal", finding=finding.code)
    if decision == "accept" and finding.code != PERSONAL_DATA:
        raise SittingError("review.code", "what is accepted has nothing against it", finding=finding.code)
    if finding.code == NOT_VERBATIM:
        return _against_own_text(session, segment, terms, own_text)
    if row.field != "agreed_s":
        return _as_measured(session, segment, finding.code)
    if finding.start_sample is None or finding.end_sample is None:
        raise SittingError("review.span-required", "a finding needs its span", finding=finding.code)
    return marked_finding(
        finding.code,
        start_sample=finding.start_sample,
        end_sample=finding.end_sample,
        frames=segment.end_sample - segment.start_sample,
        rate_hz=session.get_one(Take, segment.take_id).rate_hz,
        terms=terms,
        blob_sha256=segment.item_sha256 or "",
        facts=finding.facts,
    )


def _as_measured(session: Session, segment: Segment, code: str) -> Finding:
    """Return what the newest verdict measured by this code: a listener confirms it, and adds no number."""
    verdict = newest_verdict_row(session, segment.id)
    here = (FindingRow.verdict_id == (verdict.id if verdict else None), FindingRow.code == code)
    found = session.scalars(select(FindingRow).where(*here).order_by(FindingRow.id)).first()
    if found is None or verdict is None:
        raise SittingError("review.code", f"{code} was not measured in this item", finding=code)
    return replace(finding_of(found), terms_sha256=verdict.terms_sha256)


def _against_own_text(session: Session, segment: Segment, terms: Terms, own_text: str | None) -> Finding:
    """Return how far the contributor's text is from what the reviewer wrote down, after the scoring fold."""
    written, heard = newest_text(session, segment.id), (own_text or "").strip()
    if written is None or not heard:
        raise SittingError("review.text-required", "write down what you hear", finding=NOT_VERBATIM)
    row, fold = CODES[NOT_VERBATIM], fold_for(transcript_profile(session, segment).script)
    rate = cer(heard, written.text, fold).folded.rate
    finding = Finding(
        code=row.code,
        severity=row.severity,
        measured=Decimal(100 * (rate or 0)).quantize(TENTH),
        comparator=row.comparator,
        limit=terms.limit(row.code, row.limit or Decimal(0)),
        unit=row.unit,
        char_start=0,
        char_end=len(written.text),
        blob_sha256=segment.item_sha256,
        terms_sha256=terms.sha256,
        facts={OWN_TEXT: heard},
    )
    if not is_beyond(finding):
        raise SittingError("review.within-limit", "the texts differ by less than the limit", finding=row.code)
    return finding
