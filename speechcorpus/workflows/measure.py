"""Measure a file, whatever it is: every input has its row, and no input can harm this process."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from speechcorpus.audio.child import MEMORY_BYTES, cpu_limit_s, shared_children
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import AudioHeader, check_header, read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import ERROR_CODES, Measurement
from speechcorpus.qc.measure import ANALYSER, ANALYSER_VERSION, DEFAULT_SETTINGS, Settings, analyzed
from speechcorpus.qc.seconds import tracks_to_bytes

MAX_DURATION_S = 21_600.0
HASHED_AT_ONCE = 1 << 20
NEURAL_MEMORY_BYTES = 2 << 30
TASK = "speechcorpus.workflows.measure:measure_in_child"


def measure_path(
    path: Path, *, settings: Settings = DEFAULT_SETTINGS, max_duration_s: float = MAX_DURATION_S
) -> Measurement:
    """Return the uncalibrated row of one file; `path` in it is the file's name.

    The file is decoded and analysed in a limited child process. A bad file is a row too: `refused` when we
    would not decode it, `partial` when less came out than it claims, `crashed` when it broke the child.
    """
    header: AudioHeader | None = None
    try:
        header = read_header(path)
        check_header(header, max_duration_s=max_duration_s)
        arguments = {
            "path": str(path),
            "settings": settings.to_values(),
            "max_duration_s": max_duration_s,
        }
        answer = shared_children().call(
            TASK, arguments, cpu_s=cpu_limit_s(header.claimed_s), memory_bytes=memory_limit(settings)
        )
        return Measurement.from_row(answer.values)
    except SignalError as error:
        code = "non-finite" if error.code == "signal.finite" else error.code
        if code not in ERROR_CODES:
            raise
        return refused(path, code, str(error), settings=settings, header=header)


def measure_in_child(
    path: str, settings: dict[str, Any], max_duration_s: float, with_tracks: bool = False
) -> tuple[dict[str, Any], bytes]:
    """The work itself: hash, decode, analyse; values of the record and, if asked for, its tracks."""
    file, header = Path(path), read_header(Path(path))
    decoder = Decoder(file, header, max_frames=int(max_duration_s * header.rate_hz))
    facts = {
        "path": file.name,
        "container": header.container,
        "encoding": header.encoding,
        **_file_facts(file),
        **_header_facts(header),
    }
    try:
        found = analyzed(
            decoder, header.rate_hz, header.channels, Settings.from_values(settings), facts=facts
        )
    except OSError as error:  # the disk, not the file
        raise SignalError("unreadable", error.strerror or type(error).__name__) from error
    measured, fault = found.measurement, header.length_fault or decoder.fault
    if fault:
        code = "length-mismatch" if header.length_fault else "truncated"
        measured = replace(measured, status="partial", error_code=code, error_detail=fault)
    return measured.to_record(), tracks_to_bytes(found.tracks()) if with_tracks else b""


def refused(
    path: Path,
    code: str,
    detail: str,
    *,
    settings: Settings = DEFAULT_SETTINGS,
    header: AudioHeader | None = None,
) -> Measurement:
    """Return the row of a file that gave no numbers; the code's status comes from `ERROR_CODES`."""
    return Measurement(
        path=path.name,
        status=ERROR_CODES[code],
        error_code=code,
        error_detail=detail,
        analyser=ANALYSER,
        analyser_version=ANALYSER_VERSION,
        settings_sha256=settings.sha256,
        vad_backend="webrtc",
        noise_gap_s=0.0,
        noise_gap_kept_s=0.0,
        **({} if code == "unreadable" else _file_facts(path)),
        **(_header_facts(header) if header else {}),
    )


def _header_facts(header: AudioHeader) -> dict[str, Any]:
    return {"rate_hz": header.rate_hz, "channels": header.channels, "claimed_frames": header.claimed_frames}


def _file_facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while part := file.read(HASHED_AT_ONCE):
            digest.update(part)
        return {"sha256": digest.hexdigest(), "bytes": file.tell()}


def memory_limit(settings: Settings) -> int:
    """Return the memory that a child may have: a neural network needs more."""
    return MEMORY_BYTES if settings.vad_backend == "webrtc" else NEURAL_MEMORY_BYTES
