"""Whether an item is the same recording as an earlier one: found when it is measured, settled by people.

Found are the same samples anywhere in the project, and a copy of the same person's earlier sound that was
made louder or quieter, cut at its silent edges, or had a little noise added. Not found are copies that were
played at another speed or through a room, or whose edges were filled so that other speech is measured in
them; nor what two workers measure in the same moment.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Float, Select, and_, cast, func, not_, select
from sqlalchemy.orm import Session

from speechcorpus.audio.child import cpu_limit_s, shared_children
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.domain.measurement import Measurement
from speechcorpus.dsp.likeness import likeness
from speechcorpus.qc.facts import SameSound
from speechcorpus.store.models import Claim, FindingRow, MeasurementRow, Segment, Task
from speechcorpus.workflows.item_owner import owned_by, owner_of
from speechcorpus.workflows.judging import newest_verdict_row
from speechcorpus.workflows.withdrawn_items import withdrawn_from

CODE = "content.duplicate"
LONGEST_S = 60.0  # longer sound is compared sample by sample only
MOST_COMPARED = 8  # earlier items that are decoded for one that is measured
SPEECH_SHARE, SPEECH_S, CREST_DB = 0.1, 0.1, 1.0  # by how much a copy's measurements may differ
SCORE_DECIMALS = 4
TASK = "speechcorpus.workflows.duplicates:likeness_in_child"

AsFile = Callable[[Segment], AbstractContextManager[Path | None]]


def same_samples(session: Session, segment: Segment, sha256: str) -> SameSound | None:
    """Return the item of the project that was measured before and has the very same samples.

    Parameters
    ----------
    sha256 : of the item audio; its header says nothing but form and length
    """
    same = _measured_before(segment).where(Segment.item_sha256 == sha256)
    in_order = session.scalars(same.order_by(Segment.created_at, Segment.id))
    found = next((other for other in in_order if not _is_copy_of(session, other, segment)), None)
    if found is None:
        return None
    own = owner_of(session, found) == owner_of(session, segment)
    return SameSound(id=found.id, score=1.0, exact=True, own=own)


def much_alike(session: Session, segment: Segment, measured: Measurement) -> Sequence[Segment]:
    """Return the items of the same person, measured before, that measure like this one, the likest first.

    Speech lasts as long, and its peak stands as far above its level: neither a shift nor a gain changes that.
    """
    speech_s, peak, level = measured.speech_s, measured.peak_dbfs, measured.speech_level_dbfs
    if speech_s is None or peak is None or level is None or (measured.duration_s or 0) > LONGEST_S:
        return ()
    row = MeasurementRow.row
    crest = cast(row["peak_dbfs"].as_float(), Float) - cast(row["speech_level_dbfs"].as_float(), Float)
    lasting = cast(row["speech_s"].as_float(), Float)
    off_s, off_db = func.abs(lasting - speech_s), func.abs(crest - (peak - level))
    asked = (
        _measured_before(segment)
        .join(MeasurementRow, MeasurementRow.sha256 == Segment.item_sha256)
        .where(
            owned_by(owner_of(session, segment)),
            MeasurementRow.analyser_version == measured.analyser_version,
            MeasurementRow.settings_sha256 == measured.settings_sha256,
            row["duration_s"].as_float() <= LONGEST_S,
            off_s <= SPEECH_S + SPEECH_SHARE * speech_s,
            off_db <= CREST_DB,
        )
        .order_by(off_s / SPEECH_S + off_db / CREST_DB, Segment.id)
    )
    found = session.scalars(asked.limit(MOST_COMPARED)).all()
    return [other for other in found if not _is_copy_of(session, other, segment)]


def named_other(session: Session, segment: Segment) -> str | None:
    """Return the item that the newest verdict about this one names as the same sound, None if none."""
    verdict = newest_verdict_row(session, segment.id)
    of_copy = (FindingRow.verdict_id == (verdict.id if verdict else None), FindingRow.code == CODE)
    found = session.scalars(select(FindingRow).where(*of_copy)).first()
    return str(found.facts["other"]) if found and "other" in found.facts else None


def nearest(path: Path, candidates: Sequence[Segment], as_file: AsFile) -> SameSound | None:
    """Return the candidate that is a copy of the sound in a file, None if none is one by the list's limit.

    Parameters
    ----------
    as_file : gives the sound of an item as a file, None when it is erased
    """
    limit = CODES[CODE].limit
    best: SameSound | None = None
    for candidate in candidates:
        with as_file(candidate) as other:
            score = 0.0 if other is None else round(compared(path, other), SCORE_DECIMALS)
        if (limit is None or score >= limit) and (best is None or score > best.score):
            best = SameSound(id=candidate.id, score=score, exact=False, own=True)
    return best


def compared(first: Path, second: Path) -> float:
    """Return how far two files are the same recording, 0 to 1; decoded in a limited child process."""
    paths = {"first": str(first), "second": str(second)}
    cpu_s = sum(cpu_limit_s(read_header(path).claimed_s) for path in (first, second))
    score: float = shared_children().call(TASK, paths, cpu_s=cpu_s).values["score"]
    return score


def likeness_in_child(first: str, second: str) -> tuple[dict[str, Any], bytes]:
    """The work itself: both files decoded whole, first channel."""
    (mine, my_rate_hz), (theirs, their_rate_hz) = _decoded(Path(first)), _decoded(Path(second))
    return {"score": likeness(mine, my_rate_hz, theirs, their_rate_hz)}, b""


def _decoded(path: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], int]:
    header = read_header(path)
    decoder = Decoder(path, header, max_frames=int(LONGEST_S * header.rate_hz) + 1)
    blocks = [block[:, 0].astype(np.float64) for block in decoder]
    if fault := header.length_fault or decoder.fault:
        raise SignalError("truncated", fault)
    return (np.concatenate(blocks) if blocks else np.empty(0)), header.rate_hz


def _measured_before(segment: Segment) -> Select[Segment]:
    """Select the other items of the project that are measured, count, and are not this one's own sound."""
    project = (
        select(Task.project_id).join(Claim, Claim.task_id == Task.id).where(Claim.id == segment.claim_id)
    )
    return (
        select(Segment)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(
            Task.project_id == project.scalar_subquery(),
            Segment.id != segment.id,
            Segment.chosen.is_(True),
            Segment.item_sha256.is_not(None),
            not_(_overlaps(segment)),
            not_(withdrawn_from("sound")),
        )
    )


def _is_copy_of(session: Session, other: Segment, segment: Segment) -> bool:
    """Say whether the other one was found to be the copy: measured again, an original does not become one."""
    return named_other(session, other) == segment.id


def _overlaps(segment: Segment) -> ColumnElement[bool]:
    """Two lanes of one take may share sound; that is one recording, heard once."""
    return and_(
        Segment.take_id == segment.take_id,
        Segment.start_sample < segment.end_sample,
        Segment.end_sample > segment.start_sample,
    )
