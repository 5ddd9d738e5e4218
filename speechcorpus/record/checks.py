"""Whether a manifest adds up with what was received: `recorder.md` §8, the samples win.

A manifest that does not add up is refused with the first difference and never repaired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.manifest import Manifest, bad_markers, prompt_spans
from speechcorpus.record.upload import BYTES_PER_SAMPLE, chunk_count, place_of

SPARE_S = 5  # a take may be this much longer than the time the server saw


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What the server knows of the take: its registration and its chunks (index -> length in bytes, hash)."""

    take: str
    sitting: str
    rate_hz: int
    channels: int
    capture_path: str
    prompt_ids: tuple[str, ...]
    chunks: Mapping[int, tuple[int, str]]


def check_manifest(manifest: Manifest, received: Received) -> None:
    """Hold a manifest against the registration and the chunks; `take_sha256` is checked with the master.

    Raises
    ------
    SittingError : the first difference: `manifest.take`, `take.frames`, `manifest.chunks`,
        `take.incomplete` (with the missing indices), `chunk.length`, `manifest.markers`
    """
    _check_registration(manifest, received)
    _check_chunks(manifest, received)
    _check_markers(manifest, received)


def _check_registration(manifest: Manifest, received: Received) -> None:
    claims = (
        ("take", manifest.take, received.take),
        ("sitting", manifest.sitting, received.sitting),
        ("rate_hz", manifest.rate_hz, received.rate_hz),
        ("channels", manifest.channels, received.channels),
        ("capture.path", manifest.capture.path, received.capture_path),
    )
    for field, claimed, registered in claims:
        if claimed != registered:
            raise SittingError(
                "manifest.take",
                f"{field} is {claimed} in the manifest and {registered} in the take",
                field=field,
                claimed=claimed,
                registered=registered,
            )


def _check_chunks(manifest: Manifest, received: Received) -> None:
    count = chunk_count(manifest.frames, manifest.rate_hz)
    if manifest.frames == 0 or len(manifest.chunks) != count:
        raise SittingError(
            "take.frames",
            f"{manifest.frames} frames make {count} chunks, {len(manifest.chunks)} are listed",
            frames=manifest.frames,
            chunks=len(manifest.chunks),
            expected=count,
        )
    beyond = [index for index in received.chunks if index >= count]
    if beyond:
        raise SittingError(
            "take.frames",
            f"chunk {min(beyond)} was received, the manifest ends before it",
            index=min(beyond),
            frames=manifest.frames,
        )
    _check_hashes(manifest, received)
    _check_missing(manifest, received)
    _check_lengths(manifest, received)


def _check_hashes(manifest: Manifest, received: Received) -> None:
    for index, (_, kept) in sorted(received.chunks.items()):
        if manifest.chunks[index] != kept:
            raise SittingError(
                "manifest.chunks",
                f"chunk {index} was received with another hash than the manifest lists",
                index=index,
                kept=kept,
                claimed=manifest.chunks[index],
            )


def _check_missing(manifest: Manifest, received: Received) -> None:
    missing = [index for index in range(len(manifest.chunks)) if index not in received.chunks]
    if missing:
        listed = ",".join(str(index) for index in missing[:500])
        raise SittingError(
            "take.incomplete", f"{len(missing)} chunks are missing", missing=listed, missing_n=len(missing)
        )


def _check_lengths(manifest: Manifest, received: Received) -> None:
    frame_bytes = BYTES_PER_SAMPLE * manifest.channels
    for index, (length, _) in sorted(received.chunks.items()):
        expected = place_of(index, manifest.frames, manifest.rate_hz).frames * frame_bytes
        if length != expected:
            raise SittingError(
                "chunk.length",
                f"chunk {index} has {length} bytes, a take of {manifest.frames} frames needs {expected}",
                index=index,
                bytes=length,
                expected=expected,
            )


def _check_markers(manifest: Manifest, received: Received) -> None:
    places = [marker.at_sample for marker in manifest.markers]
    if any(place > manifest.frames for place in places):
        raise bad_markers("a marker lies behind the end of the take")
    if any(later < earlier for earlier, later in pairwise(places)):
        raise bad_markers("the markers are not in order")
    unknown = {m.prompt_id for m in manifest.markers} - {None, *received.prompt_ids}
    if unknown:
        raise bad_markers("a marker names a prompt that is not of this take")
    spans = prompt_spans(manifest)
    if any(end <= start for _, start, end in spans):
        raise bad_markers("a prompt ends before it begins")


def check_duration(frames: int, rate_hz: int, elapsed: timedelta) -> None:
    """Hold the length of a take against the time that has passed.

    Raises
    ------
    SittingError : `take.too-long` if it is more than 5 s longer; its bytes stay where they are
    """
    seconds = frames / rate_hz
    if seconds > elapsed.total_seconds() + SPARE_S:
        raise SittingError(
            "take.too-long",
            f"{seconds:.1f} s were sent, {elapsed.total_seconds():.1f} s have passed",
            duration_s=round(seconds, 3),
            elapsed_s=round(elapsed.total_seconds(), 3),
        )


def known_prompts(prompt_ids: Sequence[str], held: Sequence[str]) -> None:
    """Refuse a take of prompts that its claim does not hold.

    Raises
    ------
    SittingError : `take.prompt`, naming the first one
    """
    foreign = [prompt_id for prompt_id in prompt_ids if prompt_id not in held]
    if foreign:
        raise SittingError("take.prompt", f"prompt {foreign[0]} is not of this claim", prompt_id=foreign[0])
