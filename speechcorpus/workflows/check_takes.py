"""Takes of sound checks: measured once by a worker, in a limited child, before anything rests on them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from speechcorpus.audio.child import cpu_limit_s, shared_children
from speechcorpus.audio.decode import BLOCK_S, Decoder
from speechcorpus.audio.header import check_header, read_header
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SignalError
from speechcorpus.record.check_sound import CheckSound, hear
from speechcorpus.store.models import CheckSoundRow, Sitting, Take
from speechcorpus.store.store import Store

TRACK = "check"
MAX_DURATION_S = 4 * 3600.0  # as any take; what is heard of it is its beginning
HEARD_S = 120
TASK = "speechcorpus.workflows.check_takes:hear_in_child"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTake:
    """A measured take of a sound check of mine."""

    take: Take
    sitting: Sitting
    sound: CheckSound


def measure_check(store: Store, take_id: str, now: datetime) -> None:
    """Measure a stored take of a sound check; a job, safe to run again."""
    with store.catalogue.read() as session:
        if session.get(CheckSoundRow, take_id) is not None:
            return
        take = session.get_one(Take, take_id)
    sound = _listen(store.blobs.path_of(take.master_sha256 or ""))
    with store.catalogue.write() as session:
        if session.get(CheckSoundRow, take_id) is None:
            session.add(CheckSoundRow(take_id=take_id, sound=sound.to_record(), created_at=now))


def _listen(path: Path) -> CheckSound:
    header = read_header(path)
    check_header(header, max_duration_s=MAX_DURATION_S)
    answer = shared_children().call(TASK, {"path": str(path)}, cpu_s=cpu_limit_s(header.claimed_s))
    return CheckSound.from_record(json.loads(answer.data))


def hear_in_child(path: str) -> tuple[dict[str, Any], bytes]:
    """The work itself: the first two minutes of the first channel.

    Raises
    ------
    SignalError : `truncated` if it cannot be decoded whole
    """
    header = read_header(Path(path))
    decoder = Decoder(Path(path), header, max_frames=int(MAX_DURATION_S * header.rate_hz))
    blocks = [block[:, 0] for block in islice(decoder, HEARD_S // BLOCK_S + 1)]
    if decoder.fault or header.length_fault:
        raise SignalError("truncated", header.length_fault or decoder.fault or "it ends too early")
    samples = np.concatenate(blocks) if blocks else np.empty(0, np.int16)
    sound = hear(np.ascontiguousarray(samples[: HEARD_S * header.rate_hz]), header.rate_hz)
    return {}, json.dumps(sound.to_record()).encode()


def measured_checks(session: Session, actor: Actor, take_ids: Sequence[str]) -> list[CheckTake]:
    """Return those of the takes that are the person's, of the track `check`, stored and measured.

    What is somebody else's is left out like what is not here yet.
    """
    found = []
    for take_id in take_ids:
        take, row = session.get(Take, take_id), session.get(CheckSoundRow, take_id)
        if take is None or row is None:
            continue
        sitting = session.get_one(Sitting, take.sitting_id)
        if actor.role == "contributor" and sitting.contributor_id == actor.id and take.track == TRACK:
            found.append(CheckTake(take=take, sitting=sitting, sound=CheckSound.from_record(row.sound)))
    return found
