"""Measure a chunk of files in a limited child: the function that every engine runs."""

import base64
import hashlib
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechcorpus.audio.child import Answer, Call, cpu_limit_s, shared_children
from speechcorpus.audio.header import AudioHeader, check_header, read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import ERROR_CODES, Measurement
from speechcorpus.engines.journal import Key, Record
from speechcorpus.qc.settings import DEFAULT_SETTINGS, Settings
from speechcorpus.workflows.measure import MAX_DURATION_S, TASK, memory_limit, refused

TRACKS = "tracks"
"""Key of a record beside those of the row: what the child sent with it, as base64."""

DEPENDS_ON_THE_RUN = frozenset({"unreadable", "too-long"})
"""Refusals that another run may not repeat: the file may have come back, the budget may be larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One file to measure, the name its row carries, and why it cannot even be tried."""

    file: str
    name: str
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToMeasure:
    """What is the same for every file of a run; `known` holds the hashes that the journal answers for.

    `elsewhere`: it may be other machines that measure, so a file that cannot be read is told with theirs.
    """

    settings: Settings = DEFAULT_SETTINGS
    max_duration_s: float = MAX_DURATION_S
    with_tracks: bool = False
    known: Collection[Key] = frozenset()
    elsewhere: bool = False
    task: str = TASK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    header: AudioHeader
    call: Call


def measure_chunk(inputs: Sequence[Input], how: HowToMeasure) -> list[Record | Key]:
    """Return the uncalibrated record of each file, or its hash if the journal has it.

    A bad file has a record too; no file can harm this process or cost another file its record.
    """
    begun = [_begun(one, how) for one in inputs]
    calls = [one.call for one in begun if isinstance(one, _Asked)]
    outcomes = iter(shared_children().call_each(how.task, calls) if calls else ())
    return [
        _record(one, asked.header, next(outcomes), how) if isinstance(asked, _Asked) else asked
        for one, asked in zip(inputs, begun, strict=True)
    ]


def _begun(one: Input, how: HowToMeasure) -> Record | Key | _Asked:
    """Whatever needs no decoding: a refusal, a hash that is known; else what to ask a child."""
    path = Path(one.file)
    header: AudioHeader | None = None
    if one.fault is not None:
        return _refused(one, "unreadable", one.fault, how)
    try:
        header = read_header(path)
        check_header(header, max_duration_s=how.max_duration_s)
        if how.known and (sha256 := _sha256(path)) in how.known:
            return sha256
    except SignalError as error:
        record = _refused(one, error.code, str(error), how, header)
        again = error.code not in DEPENDS_ON_THE_RUN and record["sha256"] in how.known
        return str(record["sha256"]) if again else record
    except OSError as error:
        return _refused(one, "unreadable", _reason(error), how)
    return _Asked(header=header, call=_call(path, header, how))


def _call(path: Path, header: AudioHeader, how: HowToMeasure) -> Call:
    arguments: dict[str, Any] = {
        "path": str(path),
        "settings": how.settings.to_values(),
        "max_duration_s": how.max_duration_s,
    }
    if how.with_tracks:
        arguments["with_tracks"] = True
    cpu_s = cpu_limit_s(header.claimed_s)
    return Call(arguments=arguments, cpu_s=cpu_s, memory_bytes=memory_limit(how.settings))


def _record(one: Input, header: AudioHeader, outcome: Answer | SignalError, how: HowToMeasure) -> Record:
    if isinstance(outcome, SignalError):
        code = "non-finite" if outcome.code == "signal.finite" else outcome.code
        if code not in ERROR_CODES:
            raise outcome
        return _refused(one, code, str(outcome), how, header)
    try:
        record = _named(Measurement.from_row(outcome.values), one, how)
    except (SignalError, TypeError) as error:  # a child that a file has taken over may answer anything
        return _refused(one, "decoder-crashed", f"no row of ours came out: {error}", how, header)
    if how.with_tracks:
        record[TRACKS] = base64.b64encode(outcome.data).decode()
    return record


def _refused(
    one: Input, code: str, detail: str, how: HowToMeasure, header: AudioHeader | None = None
) -> Record:
    try:
        row = refused(Path(one.file), code, detail, settings=how.settings, header=header)
    except OSError as error:  # it could be read a moment ago
        row = refused(Path(one.file), "unreadable", _reason(error), settings=how.settings)
    return _named(row, one, how)


def _named(row: Measurement, one: Input, how: HowToMeasure) -> Record:
    """Libraries put the file's name into what they say, and its bytes may be no text."""
    detail = row.error_detail and row.error_detail.encode("utf-8", "backslashreplace").decode()
    if how.elsewhere and row.error_code == "unreadable" and one.fault is None:
        detail = f"{detail} ({socket.gethostname()})"
    return {**row.to_record(), "path": one.name, "error_detail": detail}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
