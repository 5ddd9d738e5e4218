"""Accepted clips in a store: the rows that a release reads, written as the flow leaves them."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.measurement import Measurement
from speechcorpus.qc.facts import Facts
from speechcorpus.qc.judge import EVALUATOR
from speechcorpus.qc.measure import analyze
from speechcorpus.store.models import (
    Blob,
    Claim,
    Clip,
    Consent,
    MeasurementRow,
    OutcomeRow,
    Prompt,
    Revision,
    Segment,
    Sitting,
    Take,
    Task,
    TermsVersion,
    VerdictRow,
)
from speechcorpus.store.store import Store
from tests.release_corpus import sentence, tone
from tests.stage import Stage

MEASURED = {
    "noise_laeq_dbfs": -60.0,
    "noise_la90_dbfs": -62.0,
    "noise_method": "gap",
    "noise_gap_kept_s": 0.4,
    "noise_se_db": 1.0,
    "snr_db": 25.0,
    "loudness_lufs": -23.0,
    "speech_level_dbfs": -24.0,
    "speech_s": 0.5,
    "speech_ratio": 0.7,
    "head_silence_s": 0.2,
    "tail_silence_s": 0.2,
}


def accepted_clips(stage: Stage, *, speakers: int = 5, clips: int = 20) -> list[Actor]:
    """Let so many speakers have so many accepted clips; return the speakers."""
    people = [stage.contributor() for _ in range(speakers)]
    row = analyze([np.zeros(16_000)], 16_000, 1)
    for i in range(clips):
        _accepted_clip(stage, people[i % speakers], i, row)
    return people


def _accepted_clip(stage: Stage, actor: Actor, i: int, measured: Measurement) -> None:
    store, at, flac = stage.store, stage.now + timedelta(seconds=i), tone(200.0 + 7 * i, 0.6 + i % 5 / 10)
    segment, take, sitting, claim, item = (str(uuid4()) for _ in range(5))
    sha256 = store.blobs.put_bytes(flac)
    row = replace(measured, sha256=f"{i:064x}", **MEASURED)
    with store.catalogue.write() as session:
        terms = session.scalars(select(TermsVersion).where(TermsVersion.project_id == stage.project_id)).one()
        task = Task(id=str(uuid4()), project_id=stage.project_id, terms_id=terms.id, variety="nan-TW")
        task.style, task.band, task.state, task.created_at = "read", "low", "accepted", at
        session.add(task)
        session.add(_prompt(stage.project_id, i))
        session.flush()
        held = Claim(id=claim, task_id=task.id, contributor_id=actor.id, fence=1, state="submitted")
        held.terms_sha256, held.price, held.evaluator = terms.sha256, {"currency": "TWD"}, EVALUATOR
        held.claimed_at, held.lease_until = at, at + timedelta(hours=1)
        session.add(held)
        session.flush()
        session.add(_sitting(sitting, claim, actor, at))
        session.flush()
        session.add(_take(take, sitting, at))
        session.flush()
        session.add(_segment(segment, take, claim, i, row, at))
        session.flush()
        session.add_all(_judged(segment, item, terms.sha256, i, row, at))
        session.add(Blob(sha256=sha256, bytes=len(flac), state="ok", stored_at=at))
        session.flush()
        clip = Clip(segment_id=segment, blob_sha256=sha256, rate_hz=16_000, frames=1, encoder="test")
        clip.created_at = at
        session.add(clip)


def _prompt(project_id: str, i: int) -> Prompt:
    prompt = Prompt(id=f"r{i}", project_id=project_id, kind="read", variety="nan-TW", text=sentence(i))
    prompt.licence = "CC0-1.0"
    return prompt


def _sitting(sitting: str, claim: str, actor: Actor, at: datetime) -> Sitting:
    row = Sitting(id=sitting, contributor_id=actor.id, claim_id=claim, band="low", device={"class": "usb"})
    row.body_sha256, row.state, row.opened_at, row.last_seen_at = "0" * 64, "closed", at, at
    return row


def _take(take: str, sitting: str, at: datetime) -> Take:
    row = Take(
        id=take, sitting_id=sitting, sequence=1, track="main", prompt_ids=[], rate_hz=16_000, channels=1
    )
    row.capture_path, row.first_sitting_sample, row.body_sha256 = "mstp", 0, "0" * 64
    row.state, row.created_at = "stored", at
    row.manifest = canonical_json({"capture": {"recorder": "0.1.0"}}).decode()
    return row


def _segment(segment: str, take: str, claim: str, i: int, row: Measurement, at: datetime) -> Segment:
    found = Segment(id=segment, take_id=take, claim_id=claim, prompt_id=f"r{i}", item_sha256=row.sha256)
    found.start_sample, found.end_sample, found.created_at = 0, 16_000, at
    return found


def _judged(
    segment: str, verdict: str, terms_sha256: str, i: int, row: Measurement, at: datetime
) -> list[object]:
    facts = Facts(style="read", band="low").to_document()
    said = VerdictRow(id=verdict, segment_id=segment, sequence=1, revision_number=1, evaluator=EVALUATOR)
    said.terms_sha256, said.facts, said.outcome, said.created_at = terms_sha256, facts, "accepted", at
    kept = MeasurementRow(sha256=row.sha256, analyser_version=row.analyser_version, row=row.to_record())
    kept.settings_sha256, kept.created_at = row.settings_sha256, at
    lines = [
        OutcomeRow(segment_id=segment, line=line, state="accepted", price_minor=1500, decided_at=at)
        for line in ("record", "transcribe")
    ]
    return [
        said,
        kept,
        Revision(segment_id=segment, number=1, text=sentence(i), author="t", created_at=at),
        *lines,
    ]


def withdraw(store: Store, actor: Actor, now: datetime) -> None:
    """Take back the person's consent to the release."""
    with store.catalogue.write() as session:
        rows = session.scalars(select(Consent).where(Consent.contributor_id == actor.id))
        for row in rows:
            if row.purpose == "release":
                row.withdrawn_at = now
