"""The recogniser an operator names, and one item written down by it in a limited child process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from speechcorpus.audio.child import LimitedChildren
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import check_header, read_header
from speechcorpus.domain.errors import SignalError, StoreError
from speechcorpus.dsp.arrays import Float32Array
from speechcorpus.dsp.peak import full_scale
from speechcorpus.engines.recognisers import ADAPTERS, RATE_HZ, load_recogniser, require_recogniser

LONGEST_S = 30.0  # the longest segment there should be, and all that Whisper hears at once
CPU_S = 120.0  # to load a model
CPU_A_SECOND_OF_AUDIO = 10.0
MEMORY_BYTES = 8 << 30
LONGEST_TEXT = 20_000  # characters, as for any transcript
TASK = "speechcorpus.workflows.recogniser:recognise_in_child"
ENVIRONMENT = "SPEECHCORPUS_RECOGNISER"

CODES: Mapping[str, str] = {
    "decode-memory": "recogniser.memory",
    "decode-timeout": "recogniser.timeout",
    "decoder-crashed": "recogniser.crashed",
}
"""What befalls a child → the code of a draft: here the model is to blame, not the audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserSettings:
    """Which program reads which model folder."""

    kind: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a model wrote down, and which program ran it."""

    text: str
    engine: str


def parse_recogniser(value: str) -> RecogniserSettings:
    """Return what an operator named as `KIND:FOLDER`, and refuse at once what cannot work.

    Raises
    ------
    StoreError : `recogniser.kind`, `recogniser.folder-missing`, `recogniser.package-missing`

    Examples
    --------
    >>> try:
    ...     parse_recogniser("faster-whisper:/no/such/folder")
    ... except StoreError as error:
    ...     print(error.code)
    recogniser.folder-missing
    """
    kind, colon, folder = value.partition(":")
    if not colon or not folder:
        sentence = f"a recogniser is named KIND:FOLDER, with a kind of {', '.join(ADAPTERS)}"
        raise StoreError("recogniser.kind", sentence, kind=kind[:40])
    settings = RecogniserSettings(kind=kind, folder=Path(folder).absolute())
    require_recogniser(settings.kind, settings.folder)
    return settings


def recognise(path: Path, settings: RecogniserSettings) -> Recognised:
    """Return what the model writes for one WAV file of up to 30 s.

    Each file has a child of its own, and the model is loaded anew: its memory is given back at once, and
    nothing of one person's speech is there when the next one is heard.

    Raises
    ------
    SignalError : `recogniser.…`, or the code of a file that cannot be decoded
    """
    header = read_header(path)
    check_header(header, max_duration_s=LONGEST_S)
    children = LimitedChildren(most_memory_bytes=MEMORY_BYTES)
    arguments = {"path": str(path), "kind": settings.kind, "folder": str(settings.folder)}
    try:
        answer = children.call(
            TASK,
            arguments,
            cpu_s=CPU_S + CPU_A_SECOND_OF_AUDIO * header.claimed_s,
            memory_bytes=MEMORY_BYTES,
        )
    except SignalError as error:
        raise SignalError(CODES.get(error.code, error.code), str(error), **error.facts) from error
    finally:
        children.close()
    return _trusted(answer.values)


def recognise_in_child(path: str, kind: str, folder: str) -> tuple[dict[str, Any], bytes]:
    """The work itself."""
    loaded = load_recogniser(kind, Path(folder))
    samples = _samples(Path(path))
    try:
        text = loaded.text(samples)
    except MemoryError:
        raise
    except Exception as error:
        sentence = f"{type(error).__name__}: {error}"
        raise SignalError("recogniser.failed", sentence[:500]) from error
    return {"text": text, "engine": loaded.engine}, b""


def _samples(path: Path) -> Float32Array:
    header = read_header(path)
    decoder = Decoder(path, header, max_frames=round(LONGEST_S * header.rate_hz))
    blocks = [(block / full_scale(block)).mean(axis=1) for block in decoder]
    if decoder.fault or header.length_fault or not blocks:
        raise SignalError("truncated", header.length_fault or decoder.fault or "no samples")
    resampled = soxr.resample(np.concatenate(blocks), header.rate_hz, RATE_HZ, quality="HQ")
    return np.asarray(np.clip(resampled, -1.0, 1.0), dtype=np.float32)


def _trusted(values: Any) -> Recognised:
    """Read what a child says as something that a stranger wrote."""
    text, engine = (values.get(name) for name in ("text", "engine")) if isinstance(values, dict) else (0, 0)
    if not isinstance(text, str) or not isinstance(engine, str):
        raise SignalError("recogniser.failed", "the recogniser answered something that is no text")
    # U+0000 and halves of characters cannot be kept; neither is anything that was said
    kept = "".join(mark for mark in text if mark != "\0" and not "\ud800" <= mark <= "\udfff").strip()
    if not kept:
        raise SignalError("recogniser.nothing-heard", "the recogniser wrote nothing")
    if len(kept) > LONGEST_TEXT:
        raise SignalError("recogniser.failed", f"the recogniser wrote {len(kept)} characters")
    return Recognised(text=kept, engine=engine[:60])
