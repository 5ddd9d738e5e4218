"""Items: measured and judged by a worker, cut for the release once accepted, and heard by their speaker."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from speechcorpus.audio.clip import encode_clip
from speechcorpus.audio.wav import HEADER_BYTES, canonical_header
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import Measurement
from speechcorpus.qc.facts import SameSound
from speechcorpus.record.upload import BYTES_PER_SAMPLE
from speechcorpus.store.audit import append_audit
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Clip, Segment, Take, Tombstone, VerdictRow
from speechcorpus.store.shelves import Blobs, Readable, stretch
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_segment
from speechcorpus.workflows.duplicates import much_alike, nearest, same_samples
from speechcorpus.workflows.judging import (
    facts_of,
    judge_segment,
    keep_measurement,
    newest_verdict_row,
    room_take,
    stored_measurement,
)
from speechcorpus.workflows.measure import measure_path
from speechcorpus.workflows.picture_rows import want_picture
from speechcorpus.workflows.transcripts import Saved, check_text, save_transcript
from speechcorpus.workflows.withdrawn_items import is_withdrawn, require_heard

__all__ = [
    "HeardItem",
    "ItemAudio",
    "Saved",
    "audit_verdict",
    "check_text",
    "cut_clip",
    "hear_item",
    "item_audio",
    "item_wav",
    "judge_item",
    "keep_heard",
    "measure_item",
    "measure_take",
    "save_transcript",
]

RELEASE_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAudio:
    """Item audio without a copy: a canonical header, and where its samples lie in the master.

    Nothing is read before it is asked for. Of a master that lies in a bucket only these samples come, and
    none of them stays here; `path` alone fetches the whole of it.
    """

    header: bytes
    blobs: Blobs = field(repr=False)
    master: str  # its SHA-256
    offset: int  # bytes
    length: int  # bytes

    @property
    def path(self) -> Path:
        """A file here with the master, for a child to read."""
        return self.blobs.path_of(self.master)

    def exists(self) -> bool:
        """Say whether the master is there: not erased, not held as damaged."""
        return self.blobs.exists(self.master)

    def open(self) -> Readable:
        """Open the master; FileNotFoundError without."""
        return self.blobs.open(self.master)

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes of the WAV file."""
        yield self.header
        yield from stretch(self.open, self.offset, self.length)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardItem:
    """What was measured of an item, and the version of its edges that was."""

    version: int
    measurement: Measurement
    alike: SameSound | None = None  # an earlier item of the same person that this is a copy of


def item_wav(store: Store, actor: Actor, segment_id: str) -> ItemAudio:
    """Return the audio of one's own item: the bytes every number and finding is about."""
    with store.catalogue.read() as session:
        segment, _ = own_segment(session, actor, segment_id)
        return item_audio(store, session, segment)


def item_audio(store: Store, session: Session, segment: Segment) -> ItemAudio:
    """Return where the audio of an item lies; who may hear it is for the caller.

    Raises
    ------
    AccessError : `not-found` for an item that was withdrawn, to everybody
    """
    require_heard(session, segment.id)
    return _sound_of(store, session, segment)


def _sound_of(store: Store, session: Session, segment: Segment) -> ItemAudio:
    """Return where the audio of an item lies for a machine that measures it: nobody hears it by that."""
    take = session.get_one(Take, segment.take_id)
    frames = segment.end_sample - segment.start_sample
    return ItemAudio(
        header=canonical_header(rate_hz=take.rate_hz, channels=1, frames=frames),
        blobs=store.blobs,
        master=take.master_sha256 or "",
        offset=HEADER_BYTES + segment.start_sample * BYTES_PER_SAMPLE,
        length=frames * BYTES_PER_SAMPLE,
    )


def measure_item(store: Store, segment_id: str, now: datetime) -> None:
    """Measure an item and judge it; a job, safe to run again.

    One that was taken back is measured too as long as its sound is there: it is paid if it passes.
    """
    with store.catalogue.read() as session:
        segment = session.get_one(Segment, segment_id)
        if stored_measurement(session, segment.item_sha256) and newest_verdict_row(session, segment_id):
            return
        take = session.get_one(Take, segment.take_id)
        if take.master_sha256 and session.get(Tombstone, take.master_sha256) is not None:
            return
        tone = room_take(session, take)
    if tone is not None:
        measure_take(store, tone.id, now)
    keep_heard(store, segment_id, hear_item(store, segment_id), now)


def hear_item(store: Store, segment_id: str) -> HeardItem:
    """Measure the audio of an item as its edges are now."""
    with store.catalogue.read() as session:
        segment = session.get_one(Segment, segment_id)
        audio, version = _sound_of(store, session, segment), segment.version
    with _as_file(audio) as path:
        measured = _require_measured(measure_path(path))
        with store.catalogue.read() as session:
            candidates = much_alike(session, segment, measured)
        alike = nearest(path, candidates, partial(_file_of, store))
        return HeardItem(version=version, measurement=measured, alike=alike)


@contextmanager
def _file_of(store: Store, segment: Segment) -> Iterator[Path | None]:
    """Give the sound of an item as a file of its own, None when it is erased."""
    with store.catalogue.read() as session:
        audio = _sound_of(store, session, segment)
    if not audio.exists():
        yield None
        return
    with _as_file(audio) as path:
        yield path


def keep_heard(store: Store, segment_id: str, heard: HeardItem, now: datetime) -> None:
    """Keep what was measured, and judge the item by it unless its edges have moved meanwhile."""
    with store.catalogue.write() as session:
        segment = session.get_one(Segment, segment_id, with_for_update=True)
        keep_measurement(session, heard.measurement, now=now)
        if segment.version != heard.version:
            return  # the job of that move measures it
        segment.item_sha256 = heard.measurement.sha256
        want_picture(store, session, segment, now=now)
        same = same_samples(session, segment, heard.measurement.sha256 or "") or heard.alike
        facts = replace(facts_of(session, segment), same_sound=same)
        verdict = judge_segment(session, segment, facts=facts, now=now)
        audit_verdict(session, segment, verdict, now)


def judge_item(store: Store, segment_id: str, now: datetime) -> str | None:
    """Judge a measured item anew with its newest text and return the outcome; no audio is decoded."""
    with store.catalogue.write() as session:
        segment = session.get_one(Segment, segment_id, with_for_update=True)
        verdict = judge_segment(session, segment, now=now)
        audit_verdict(session, segment, verdict, now)
        return None if verdict is None else verdict.outcome


def measure_take(store: Store, take_id: str, now: datetime) -> None:
    """Measure a whole take, as room tone is; a job, safe to run again."""
    with store.catalogue.read() as session:
        take = session.get_one(Take, take_id)
        if stored_measurement(session, take.master_sha256) is not None:
            return
    measurement = _require_measured(measure_path(store.blobs.path_of(take.master_sha256 or "")))
    with store.catalogue.write() as session:
        keep_measurement(session, measurement, now=now)


def _require_measured(measurement: Measurement) -> Measurement:
    if measurement.status != "ok":
        why = f"{measurement.error_code}: {measurement.error_detail}"
        raise SignalError("item.unmeasured", f"the item could not be measured ({why})")
    return measurement


@contextmanager
def _as_file(audio: ItemAudio) -> Iterator[Path]:
    """Give the item audio as a file of its own, for as long as it is needed."""
    with TemporaryDirectory(prefix="item-") as folder:
        path = Path(folder) / "item.wav"
        with path.open("wb") as file:
            file.writelines(audio.blocks())
        yield path


def audit_verdict(session: Session, segment: Segment, verdict: VerdictRow | None, now: datetime) -> None:
    """Write down that a worker judged an item; nothing for None, which is no verdict."""
    if verdict is not None:
        append_audit(
            session,
            actor="worker",
            action="item.judged",
            object=f"segment:{segment.id}",
            detail={"outcome": verdict.outcome, "sequence": verdict.sequence, "evaluator": verdict.evaluator},
            now=now,
        )


def cut_clip(store: Store, segment_id: str, now: datetime) -> None:
    """Make the release's copy of an accepted item, resampled and encoded once; a job, safe to run again."""
    with store.catalogue.read() as session:
        if session.get(Clip, segment_id) is not None or is_withdrawn(session, segment_id):
            return
        audio = item_audio(store, session, session.get_one(Segment, segment_id))
    with _as_file(audio) as path:
        clip = encode_clip(path, rate_hz=RELEASE_RATE_HZ)
    sha256 = store.blobs.put_bytes(clip.flac)
    with store.catalogue.write() as session:
        if session.get(Clip, segment_id) is not None:
            return
        note_blob(session, sha256, size=len(clip.flac), now=now)
        session.add(
            Clip(
                segment_id=segment_id,
                blob_sha256=sha256,
                rate_hz=clip.rate_hz,
                frames=clip.frames,
                encoder=clip.encoder[:60],
                created_at=now,
            )
        )
        append_audit(
            session,
            actor="worker",
            action="clip.cut",
            object=f"segment:{segment_id}",
            detail={"blob_sha256": sha256, "rate_hz": clip.rate_hz},
            now=now,
        )
