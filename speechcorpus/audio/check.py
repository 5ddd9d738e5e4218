"""Does a file decode, whole, to the samples that its encoder hashed?"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechcorpus.audio.child import Answer, Call, cpu_limit_s, shared_children
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import AudioHeader, check_header, read_header
from speechcorpus.domain.errors import SignalError

LONGEST_S = 21_600.0
TASK = "speechcorpus.audio.check:check_in_child"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeCheck:
    """What came out; `pcm_md5` is that of the decoded samples, little-endian, as FLAC's STREAMINFO has it."""

    frames: int
    rate_hz: int
    channels: int
    pcm_md5: str


def decode_check(path: Path) -> DecodeCheck:
    """Return what a WAV or FLAC file decodes to, from inside a limited child.

    Raises
    ------
    SignalError : a code of `domain/measurement.ERROR_CODES`; `audio.md5` if the samples are not those that
        STREAMINFO promises, or if it promises none
    """
    (found,) = decode_checks([path])
    if isinstance(found, SignalError):
        raise found
    return found


def decode_checks(paths: Sequence[Path]) -> list[DecodeCheck | SignalError]:
    """Return for each file, in order, what `decode_check` would return or raise; one child takes them all.

    The child is asked once: a question and its answer cost more than decoding a clip.
    """
    headers = [_header_of(path) for path in paths]
    calls = [
        Call(arguments={"path": str(path)}, cpu_s=cpu_limit_s(header.claimed_s))
        for path, header in zip(paths, headers, strict=True)
        if not isinstance(header, SignalError)
    ]
    answers = iter(shared_children().call_each(TASK, calls))
    return [
        header if isinstance(header, SignalError) else _compared(header, next(answers)) for header in headers
    ]


def _header_of(path: Path) -> AudioHeader | SignalError:
    try:
        header = read_header(path)
        check_header(header, max_duration_s=LONGEST_S)
    except SignalError as error:
        return error
    return header


def _compared(header: AudioHeader, answer: Answer | SignalError) -> DecodeCheck | SignalError:
    if isinstance(answer, SignalError):
        return answer
    check = DecodeCheck(**answer.values)
    if header.pcm_md5 is None or header.pcm_md5 == check.pcm_md5:
        return check
    sentence = f"STREAMINFO says {header.pcm_md5}, the samples are {check.pcm_md5}"
    return SignalError("audio.md5", sentence, promised=header.pcm_md5, decoded=check.pcm_md5)


def check_in_child(path: str) -> tuple[dict[str, Any], bytes]:
    """The work itself: decode everything, hash the samples."""
    header = read_header(Path(path))
    digest = hashlib.md5(usedforsecurity=False)
    decoder = Decoder(Path(path), header, max_frames=round(LONGEST_S * header.rate_hz))
    for block in decoder:
        digest.update(_pcm(block, header.encoding))
    if decoder.fault or header.length_fault:
        raise SignalError("truncated", header.length_fault or decoder.fault or "")
    shape = {"frames": decoder.frames, "rate_hz": header.rate_hz, "channels": header.channels}
    return {**shape, "pcm_md5": digest.hexdigest()}, b""


def _pcm(block: np.ndarray[Any, Any], encoding: str) -> bytes | memoryview:
    if encoding != "pcm_24":
        return block.data  # hashed where it lies
    wide = np.rint(block * 2**23).astype("<i4")
    return np.ascontiguousarray(wide).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
