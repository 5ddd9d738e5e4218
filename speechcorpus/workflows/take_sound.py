"""Where a take speaks and how loud it is, listened to once by a worker, in a limited child."""

import math
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from speechcorpus.audio.child import cpu_limit_s, shared_children
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import check_header, read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import hop_samples
from speechcorpus.dsp.blocks import rechunked
from speechcorpus.dsp.level import power_dbfs
from speechcorpus.dsp.peak import Samples, full_scale
from speechcorpus.dsp.voice import MODE, VoiceActivity
from speechcorpus.record.segmentation import FRAMES_PER_S, Levels, Sound, Span, speech_spans
from speechcorpus.store.models import Take, TakeSound

MAX_DURATION_S = 21_600.0
BLOCK_S = 5
HALF_DB = 2  # a level counts half decibels
DETECTOR = f"webrtc-{MODE}"
TASK = "speechcorpus.workflows.take_sound:listen_in_child"


def listen(path: Path) -> Sound:
    """Return the sound of the first channel of a take's master.

    Raises
    ------
    SignalError : if it cannot be decoded whole
    """
    header = read_header(path)
    check_header(header, max_duration_s=MAX_DURATION_S)
    answer = shared_children().call(TASK, {"path": str(path)}, cpu_s=cpu_limit_s(header.claimed_s))
    return Sound(
        rate_hz=int(answer.values["rate_hz"]),
        frames=int(answer.values["frames"]),
        speech=spans_of(answer.values["speech"]),
        levels=np.frombuffer(answer.data, dtype=np.uint8),
    )


def listen_in_child(path: str) -> tuple[dict[str, Any], bytes]:
    """The work itself: spans of speech, and a byte of level for each 10 ms."""
    header = read_header(Path(path))
    decoder = Decoder(Path(path), header, max_frames=int(MAX_DURATION_S * header.rate_hz))
    sound = sound_of((block[:, 0] for block in decoder), header.rate_hz)
    if decoder.fault or header.length_fault:
        raise SignalError("truncated", header.length_fault or decoder.fault or "it ends too early")
    return {"rate_hz": sound.rate_hz, "frames": sound.frames, "speech": sound.speech}, sound.levels.tobytes()


def sound_of(blocks: Iterable[Samples], rate_hz: int) -> Sound:
    """Return the sound of one channel, block by block.

    Parameters
    ----------
    blocks : each of shape (n,), as decoded

    Examples
    --------
    >>> quiet, loud = np.full(1_600, 0.001), np.full(1_600, 0.5)
    >>> sound_of([quiet, loud], 16_000).levels[[0, -1]].tolist()
    [120, 12]
    """
    voice, step, hop = VoiceActivity(rate_hz), rate_hz // FRAMES_PER_S, hop_samples(rate_hz)
    both = math.lcm(step, hop)  # blocks of whole hops and whole levels: neither is torn at an end
    hops, levels, frames = [], [], 0
    for block in rechunked(blocks, channels=1, size=max(1, BLOCK_S * rate_hz // both) * both):
        samples = np.ascontiguousarray(block[:, 0])
        hops.append(voice.push(samples))
        levels.append(_levels(samples, step))
        frames += samples.size
    hops.append(voice.finish())
    speech = np.concatenate(hops)[: frames // hop]
    return Sound(
        rate_hz=rate_hz,
        frames=frames,
        speech=speech_spans(speech, hop, rate_hz=rate_hz),
        levels=np.concatenate(levels) if levels else np.empty(0, np.uint8),
    )


def keep_sound(session: Session, take: Take, sound: Sound, *, now: datetime) -> None:
    """Keep what was heard of a take; a second listening changes nothing."""
    if session.get(TakeSound, take.id) is None:
        spans = [list(span) for span in sound.speech]
        row = TakeSound(take_id=take.id, speech=spans, levels=sound.levels.tobytes(), detector=DETECTOR)
        row.created_at = now
        session.add(row)
        session.flush()


def kept_sound(session: Session, take: Take) -> Sound | None:
    """Return what was heard of a take, None where nobody listened yet."""
    row = session.get(TakeSound, take.id)
    if row is None or take.frames is None:
        return None
    return Sound(
        rate_hz=take.rate_hz,
        frames=take.frames,
        speech=spans_of(row.speech),
        levels=np.frombuffer(row.levels, dtype=np.uint8),
    )


def spans_of(pairs: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    """Return spans as they travel in JSON.

    Examples
    --------
    >>> spans_of([[0, 320], [640, 960]])
    ((0, 320), (640, 960))
    """
    return tuple((int(start), int(end)) for start, end in pairs)


def _levels(samples: Samples, step: int) -> Levels:
    whole = samples[: samples.size // step * step].reshape(-1, step) * np.float32(1 / full_scale(samples))
    power = np.mean(np.square(whole, dtype=np.float64), axis=1)
    return np.asarray(np.clip(np.rint(-HALF_DB * power_dbfs(power)), 0, 255), dtype=np.uint8)
