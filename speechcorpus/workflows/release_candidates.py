"""Gathers what a release may be made of: every item of a project, as `corpus/` wants to be told of it."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.columns import measured_cells
from speechcorpus.corpus.documents import ABSENT, Cell
from speechcorpus.corpus.flac import StreamInfo, encoder_vendor, stream_info
from speechcorpus.corpus.selection import Candidate, Consented
from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.facts import Facts
from speechcorpus.store.models import (
    Blob,
    Claim,
    Clip,
    Contributor,
    FindingRow,
    OutcomeRow,
    Prompt,
    Review,
    Segment,
    Sitting,
    Take,
    Task,
    VerdictRow,
)
from speechcorpus.store.shelves import Blobs
from speechcorpus.store.store import Store
from speechcorpus.workflows.audible import Audible, audible_in
from speechcorpus.workflows.events import holds_private
from speechcorpus.workflows.judging import (
    calibrated_row,
    judged_measurement,
    newest_verdict_row,
)
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.release_consents import active_consents
from speechcorpus.workflows.released_devices import Devices
from speechcorpus.workflows.released_dialogues import DialogueTimes
from speechcorpus.workflows.second_texts import ReleasedText, agreement_cer, released_text
from speechcorpus.workflows.settling import was_heard_as_refusable
from speechcorpus.workflows.withdrawn_items import is_withdrawn

PAGE = 500
HEAD_BYTES = 8192  # STREAMINFO and, as every encoder writes it, the Vorbis comment
GENDERS = {"m": "m", "f": "f", "x": "x", "male": "m", "female": "f", "other": "x"}
VERSION = re.compile(r"[0-9]+(\.[0-9]+){0,3}([-+.][0-9A-Za-z]{1,16})?")


def gather_candidates(store: Store, session: Session, project_id: str) -> Iterator[Candidate]:
    """Yield every chosen item of the project on which something was decided."""
    gatherer = _Gatherer(store, session)
    wanted = (
        select(Segment, Claim, Task)
        .join(Claim, Segment.claim_id == Claim.id)
        .join(Task, Claim.task_id == Task.id)
        .where(Task.project_id == project_id, Segment.chosen, _decided())
        .order_by(Segment.created_at, Segment.id)
        .execution_options(yield_per=PAGE)  # else all of them are in memory before the first is looked at
    )
    for segment, claim, task in session.execute(wanted):
        yield gatherer.candidate(segment, claim, task)


def _decided() -> Any:
    return select(OutcomeRow.segment_id).where(OutcomeRow.segment_id == Segment.id).exists()


UNMEASURED: Mapping[str, Cell] = dict.fromkeys(("noise_dbfs", "snr_db", "qc_codes", "speech_share"))


class _Gatherer:
    """Remembers what many items share while one project is walked."""

    def __init__(self, store: Store, session: Session) -> None:
        self.blobs: Blobs = store.blobs
        self.session = session
        self._consents: dict[tuple[str, str], Consented | None] = {}
        self._terms: dict[str, Terms] = {}
        self._devices = Devices(session)
        self._talks = DialogueTimes(session)

    def candidate(self, segment: Segment, claim: Claim, task: Task) -> Candidate:
        take = self.session.get_one(Take, segment.take_id)
        sitting = self.session.get_one(Sitting, take.sitting_id)
        audible = audible_in(self.session, segment, sitting, claim, task)
        person = audible.speaker
        terms = self._terms_of(claim.terms_sha256)
        clip = self.session.get(Clip, segment.id)
        head = self._head(clip)
        info = _info(head)
        return Candidate(
            segment_id=segment.id,
            speaker=person.id,
            session=sitting.id if person.id == sitting.contributor_id else _session_of(sitting, person),
            speakers={
                key: self._consented(key, terms.consent.sha256) if each else None
                for key, each in audible.heard.items()
            },
            outcomes=self._outcomes(segment),
            withdrawn=audible.withdrawn or is_withdrawn(self.session, segment.id, "release"),
            marks=terms.task.transcript.marks,
            blob_sha256=clip.blob_sha256 if clip else "",
            blob_bytes=self._size(clip),
            blob_fault=self._fault(clip),
            info=info,
            constant=info is not None and info.pcm_md5 == _silence_md5(info),
            vendor=encoder_vendor(head),
            recorded_at=take.created_at.isoformat(),
            private=holds_private(self.session, segment),
            facts={
                **self._what(segment, task, take, sitting, audible, terms),
                **self._talks.cells(segment, claim, audible),
                **self._measured(segment),
            },
        )

    def _outcomes(self, segment: Segment) -> tuple[str, ...]:
        """Return what the lines came to; what two refused and we pay for a fault of ours is no corpus."""
        lines = select(OutcomeRow.state).where(OutcomeRow.segment_id == segment.id).order_by(OutcomeRow.line)
        states = tuple(self.session.scalars(lines))
        return (*states, "refused") if was_heard_as_refusable(self.session, segment) else states

    def _what(
        self, segment: Segment, task: Task, take: Take, sitting: Sitting, audible: Audible, terms: Terms
    ) -> dict[str, Cell]:
        person = audible.speaker
        prompt = self.session.get(Prompt, segment.prompt_id) if segment.prompt_id else None
        text = released_text(self.session, segment.id)
        read = task.style == "read"
        named = prompt.id if prompt else ABSENT
        return {
            "dialogue_id": audible.dialogue_id or ABSENT,
            "prompt_id": named if read else ABSENT,
            "topic_id": ABSENT if read else named,
            "language": task.variety,
            "script": terms.task.transcript.script,
            "orthography": terms.task.transcript.orthography,
            "style": task.style,
            "subvariety": person.subvariety or "undisclosed",
            "gender": GENDERS.get(person.gender or "", "undisclosed"),
            "age_band": person.age_band or "undisclosed",
            "text": text.text if text else None,
            "reading": (prompt.reading or ABSENT) if prompt else ABSENT,
            "text_status": self._text_status(segment, text),
            "text_revision": text.revision if text else None,
            "noise_band": task.band,
            "terms_version": terms_name(terms),
            "device": self._devices.name(sitting, person),
            "recorder_version": _recorder(take),
            "capture_path": take.capture_path,
            "source_kind": person.source_kind,
            "recorded_at": take.created_at.date().isoformat(),
        }

    def _measured(self, segment: Segment) -> dict[str, Cell]:
        verdict = newest_verdict_row(self.session, segment.id)
        if verdict is None:
            return dict(UNMEASURED)
        uncalibrated = judged_measurement(self.session, segment.item_sha256, verdict)
        if uncalibrated is None:
            return dict(UNMEASURED)
        row = calibrated_row(self.session, segment, uncalibrated.to_record())
        facts = Facts.from_document(verdict.facts)
        return {
            **measured_cells(row.to_row(), _room_tone_dba(facts)),
            **self._findings(verdict),
            "noise_band_measured": row.band or "uncalibrated",
            "calibration_id": row.calibration_id or ABSENT,
            "calibration_kind": facts.calibration.method if facts.calibration else ABSENT,
            "analyser_version": row.analyser_version,
            "transcriber_agreement_cer": agreement_cer(self.session, segment.id),
        }

    def _findings(self, verdict: VerdictRow) -> dict[str, Cell]:
        codes = self.session.scalars(
            select(FindingRow.code).where(FindingRow.verdict_id == verdict.id).order_by(FindingRow.code)
        ).all()
        return {"qc_codes": " ".join(sorted(set(codes))) or ABSENT, "qc_findings": len(codes)}

    def _text_status(self, segment: Segment, text: ReleasedText | None) -> str:
        """Return who vouches for a text: two people, a third, a listener, or its writer alone."""
        if text is not None and text.status is not None:
            return text.status
        return "reviewed" if self._reviewed(segment) else "self-checked"

    def _reviewed(self, segment: Segment) -> bool:
        accepted = (Review.segment_id == segment.id, Review.decision == "accept", ~Review.void)
        return self.session.scalar(select(Review.id).where(*accepted).limit(1)) is not None

    def _consented(self, contributor_id: str, text_sha256: str) -> Consented | None:
        asked = (contributor_id, text_sha256)
        if asked not in self._consents:
            self._consents[asked] = active_consents(self.session, *asked)
        return self._consents[asked]

    def _terms_of(self, terms_sha256: str) -> Terms:
        if terms_sha256 not in self._terms:
            self._terms[terms_sha256] = terms_by_hash(self.session, terms_sha256)
        return self._terms[terms_sha256]

    def _head(self, clip: Clip | None) -> bytes:
        if clip is None or not self.blobs.exists(clip.blob_sha256):
            return b""
        with closing(self.blobs.open(clip.blob_sha256)) as file:
            return file.read(HEAD_BYTES)

    def _size(self, clip: Clip | None) -> int:
        return self.blobs.size(clip.blob_sha256) if clip and self.blobs.exists(clip.blob_sha256) else 0

    def _fault(self, clip: Clip | None) -> str | None:
        if clip is None:
            return None
        blob = self.session.get(Blob, clip.blob_sha256)
        if blob is None or not self.blobs.exists(clip.blob_sha256):
            return "its blob is missing"
        if blob.state != "ok":
            return f"its blob is {blob.state}"
        return None if blob.bytes == self._size(clip) else "its blob has changed its length"


def terms_name(terms: Terms) -> str:
    """Return how a release names terms: with a letter first, so that no reader takes it for a number."""
    return f"v{terms.project.version}"


def _session_of(sitting: Sitting, partner: Contributor) -> str:
    """Return the id under which a sitting is the partner's: in a corpus a session belongs to one speaker."""
    return str(uuid5(UUID(sitting.id), partner.id))


def _info(head: bytes) -> StreamInfo | None:
    try:
        return stream_info(head)
    except ReleaseError:
        return None


def _silence_md5(info: StreamInfo) -> str:
    return hashlib.md5(bytes(info.frames * info.channels * info.bits // 8), usedforsecurity=False).hexdigest()


def _room_tone_dba(facts: Facts) -> float | None:
    tone: Measurement | None = facts.room_tone
    if tone is None or tone.laeq_dbfs is None or facts.calibration is None:
        return None
    return tone.laeq_dbfs + facts.calibration.offset_db


def _recorder(take: Take) -> str:
    manifest = parse_json(take.manifest or "{}")
    capture = manifest.get("capture", {}) if isinstance(manifest, Mapping) else {}
    said = str(capture.get("recorder", ""))
    # a browser sends it, a release prints it: what is no version number is not repeated
    return f"r{said}" if VERSION.fullmatch(said) else "unknown"
