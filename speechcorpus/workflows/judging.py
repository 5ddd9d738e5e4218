"""Judging an item from its stored row: no audio is touched, so it may be done in any process."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import decimal_text, parse_json, sha256_of
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.terms import BandName, Style, Terms
from speechcorpus.domain.transcript import TranscriptProfile, Variety, Violation
from speechcorpus.domain.verdict import Verdict
from speechcorpus.noise.calibration import Calibration
from speechcorpus.qc.calibrated import calibrated
from speechcorpus.qc.facts import Outage
from speechcorpus.qc.judge import Facts, PromptFacts, bands_of, judge
from speechcorpus.qc.measure import ANALYSER_VERSION, DEFAULT_SETTINGS
from speechcorpus.record.compare_sound import explained_frames
from speechcorpus.record.manifest import Manifest, parse_manifest
from speechcorpus.store.models import (
    Claim,
    FindingRow,
    MeasurementRow,
    Prompt,
    Revision,
    Segment,
    Sitting,
    Take,
    Task,
    VerdictRow,
)
from speechcorpus.transcribe.check import check
from speechcorpus.workflows.calibration_rows import holding
from speechcorpus.workflows.outages import outages_of, together
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.rule_tables import rule_tables
from speechcorpus.workflows.take_pairs import partner_figures
from speechcorpus.workflows.text_context import facts_with_text, speaker_rate, text_context


def stored_measurement(session: Session, sha256: str | None) -> Measurement | None:
    """Return the row of this audio as today's analyser measured it, None if it has not."""
    return _row_of(session, sha256, ANALYSER_VERSION, DEFAULT_SETTINGS.sha256)


def judged_measurement(session: Session, sha256: str | None, verdict: VerdictRow) -> Measurement | None:
    """Return the row a verdict rests on: a later analyser changes nothing about work that was accepted."""
    row = session.scalar(
        select(MeasurementRow.row)
        .where(MeasurementRow.sha256 == sha256, MeasurementRow.created_at <= verdict.created_at)
        .order_by(MeasurementRow.created_at.desc(), MeasurementRow.id.desc())
        .limit(1)
    )
    return None if row is None else Measurement.from_row(row)


def _row_of(
    session: Session, sha256: str | None, analyser_version: str, settings_sha256: str
) -> Measurement | None:
    row = session.scalar(
        select(MeasurementRow.row).where(
            MeasurementRow.sha256 == sha256,
            MeasurementRow.analyser_version == analyser_version,
            MeasurementRow.settings_sha256 == settings_sha256,
        )
    )
    return None if row is None else Measurement.from_row(row)


def keep_measurement(session: Session, measurement: Measurement, *, now: datetime) -> None:
    """Keep the uncalibrated row of some audio; the same row again changes nothing."""
    if _row_of(session, measurement.sha256, measurement.analyser_version, measurement.settings_sha256):
        return
    session.add(
        MeasurementRow(
            sha256=measurement.sha256,
            analyser_version=measurement.analyser_version,
            settings_sha256=measurement.settings_sha256,
            row=measurement.to_record(),
            created_at=now,
        )
    )
    session.flush()


def room_take(session: Session, take: Take) -> Take | None:
    """Return the room tone that was recorded last before this take in its sitting."""
    before = (Take.sitting_id == take.sitting_id, Take.sequence < take.sequence)
    tones = (Take.track == "room", Take.state == "stored")
    return session.scalars(select(Take).where(*before, *tones).order_by(Take.sequence.desc())).first()


def facts_of(session: Session, segment: Segment) -> Facts:
    """Return everything that counts for an item beside its audio, its text and the terms."""
    take = session.get_one(Take, segment.take_id)
    sitting = session.get_one(Sitting, take.sitting_id)
    task = session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id)
    manifest = parse_manifest(parse_json(take.manifest or ""))
    capture = manifest.capture
    tone = room_take(session, take)
    return Facts(
        style=cast(Style, task.style),
        band=cast(BandName, task.band),
        prompt=_prompt_facts(session.get(Prompt, segment.prompt_id) if segment.prompt_id else None),
        calibration=holding(session, sitting, take, capture),
        room_tone=None if tone is None else stored_measurement(session, tone.master_sha256),
        lost_frames=_lost_frames(session, segment, manifest),
        processing_on_n=capture.processing_on_n,
        capture_path=take.capture_path,
        ended_by=capture.ended_by,
        speaker_rate=speaker_rate(session, segment),
        partner=partner_figures(session, segment),
        outages=together(_outages_told(session, segment), outages_of(session, take)),
    )


def _outages_told(session: Session, segment: Segment) -> tuple[Outage, ...] | None:
    """Return the outages of the verdict before: what one touched stays touched, whatever is cut of it."""
    before = newest_verdict_row(session, segment.id)
    return None if before is None else Facts.from_document(before.facts).outages


def calibration_now(session: Session, segment: Segment) -> Calibration | None:
    """Return the calibration of an item as it counts by all that is known today."""
    take = session.get_one(Take, segment.take_id)
    capture = parse_manifest(parse_json(take.manifest or "")).capture
    return holding(session, session.get_one(Sitting, take.sitting_id), take, capture)


def _lost_frames(session: Session, segment: Segment, manifest: Manifest) -> int:
    """Return what our recorder lost of the take, or where it marked gaps, if that explains the dropouts."""
    row = stored_measurement(session, segment.item_sha256)
    return explained_frames(manifest, row.spans if row else (), first_sample=segment.start_sample)


def _prompt_facts(prompt: Prompt | None) -> PromptFacts | None:
    return None if prompt is None else PromptFacts(id=prompt.id, text=prompt.text, reading=prompt.reading)


def transcript_profile(session: Session, segment: Segment) -> TranscriptProfile:
    """Return what the terms of its claim ask of the text of this item."""
    claim = session.get_one(Claim, segment.claim_id)
    task, terms = session.get_one(Task, claim.task_id), terms_by_hash(session, claim.terms_sha256)
    return replace(terms.profile(cast(Style, task.style)), variety=cast(Variety, task.variety))


def violations_in(
    session: Session, segment: Segment, text: str, profile: TranscriptProfile | None = None
) -> tuple[Violation, ...]:
    """Return what the linter finds in a text of this item, by the terms of its claim.

    Parameters
    ----------
    profile : of this item, from whoever has it at hand
    """
    profile = profile or transcript_profile(session, segment)
    return check(text, profile, rule_tables(), text_context(session, segment, profile))


def judge_segment(
    session: Session, segment: Segment, *, facts: Facts | None = None, now: datetime
) -> VerdictRow | None:
    """Judge an item with its newest text and keep the verdict; None while it is not measured.

    Parameters
    ----------
    facts : None for those of the verdict before, else of the take: a re-judgement changes only what belongs
        to the text
    """
    measurement = stored_measurement(session, segment.item_sha256)
    if measurement is None:
        return None
    before = newest_verdict_row(session, segment.id)
    if facts is None:
        facts = Facts.from_document(before.facts) if before else facts_of(session, segment)
    terms = terms_by_hash(session, session.get_one(Claim, segment.claim_id).terms_sha256)
    revision, violations = newest_text(session, segment.id), None
    if revision is not None:
        profile = transcript_profile(session, segment)
        facts = facts_with_text(session, segment, facts, revision.text, profile)
        violations = check(revision.text, profile, rule_tables(), facts.check_context(measurement))
    verdict = judge(measurement, facts, violations, terms)
    return _keep(session, segment, verdict, facts, revision, before, now)


def _keep(
    session: Session,
    segment: Segment,
    verdict: Verdict,
    facts: Facts,
    revision: Revision | None,
    before: VerdictRow | None,
    now: datetime,
) -> VerdictRow:
    row = VerdictRow(
        id=str(uuid4()),
        segment_id=segment.id,
        sequence=before.sequence + 1 if before else 1,
        revision_number=revision.number if revision else None,
        evaluator=verdict.evaluator,
        terms_sha256=verdict.terms_sha256,
        profile_sha256=sha256_of(transcript_profile(session, segment).to_json()) if revision else None,
        rule_book=rule_tables().version if revision else None,
        facts=facts.to_document(),
        outcome=verdict.outcome,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(finding_row(finding, verdict_id=row.id) for finding in verdict.findings)
    session.flush()
    return row


def finding_row(
    finding: Finding, *, verdict_id: str | None = None, review_id: str | None = None
) -> FindingRow:
    """Return a finding as it is kept: of a verdict or of a review, numbers as decimal strings."""
    return FindingRow(
        verdict_id=verdict_id,
        review_id=review_id,
        code=finding.code,
        severity=finding.severity,
        measured=decimal_text(finding.measured),
        comparator=finding.comparator,
        limit=decimal_text(finding.limit),
        unit=finding.unit,
        uncertainty=_text_or_none(finding.uncertainty),
        start_sample=finding.start_sample,
        end_sample=finding.end_sample,
        channel=finding.channel,
        char_start=finding.char_start,
        char_end=finding.char_end,
        blob_sha256=finding.blob_sha256,
        facts=dict(finding.facts),
    )


def _text_or_none(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)


def newest_verdict_row(session: Session, segment_id: str) -> VerdictRow | None:
    """Return the verdict that counts for an item."""
    newest = (
        select(VerdictRow).where(VerdictRow.segment_id == segment_id).order_by(VerdictRow.sequence.desc())
    )
    return session.scalars(newest).first()


def newest_text(session: Session, segment_id: str) -> Revision | None:
    """Return the text that counts for an item."""
    newest = select(Revision).where(Revision.segment_id == segment_id).order_by(Revision.number.desc())
    return session.scalars(newest).first()


def calibrated_row(session: Session, segment: Segment, row: Mapping[str, Any]) -> Measurement:
    """Return a measured row of an item with the calibration, bands and room tone it was judged with."""
    measurement, verdict = Measurement.from_row(dict(row)), newest_verdict_row(session, segment.id)
    if verdict is None:
        return measurement
    facts = Facts.from_document(verdict.facts)
    terms: Terms = terms_by_hash(session, verdict.terms_sha256)
    return calibrated(
        measurement,
        calibration=facts.calibration,
        bands=bands_of(terms),
        required_band=facts.band,
        room_tone=facts.room_tone,
    )
