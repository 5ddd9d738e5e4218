"""WAV: the canonical header of an item, and the walk over the chunks of a stranger's file."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from speechcorpus.domain.errors import SignalError

HEADER_BYTES = 44
READ_AHEAD = 65_536  # format and data must begin in the first 64 KiB
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")  # of KSDATAFORMAT_SUBTYPE_*, after the 2-byte tag
ENCODINGS = {(PCM, 16): "pcm_16", (PCM, 24): "pcm_24", (FLOAT, 32): "float_32"}
UNKNOWN_LENGTHS = (0, 0xFFFFFFFF)  # what a recorder that never finished leaves behind


@dataclass(frozen=True, slots=True, kw_only=True)
class WavLayout:
    """What the header says, and where the samples really are."""

    encoding: str
    rate_hz: int
    channels: int
    frame_bytes: int
    claimed_bytes: int | None
    data_offset: int
    data_bytes: int
    length_fault: str | None


def canonical_header(*, rate_hz: int, channels: int, frames: int) -> bytes:
    """Return the 44-byte header of PCM 16: item audio is this header and the samples of its segment.

    Raises
    ------
    SignalError : `wav.too-long` beyond 4 GiB

    Examples
    --------
    >>> len(canonical_header(rate_hz=48000, channels=1, frames=480000))
    44
    """
    frame_bytes = 2 * channels
    size = frames * frame_bytes
    if size + HEADER_BYTES - 8 >= 2**32:
        raise SignalError("wav.too-long", f"{frames} frames do not fit a WAV file", frames=frames)
    form = struct.pack("<HHIIHH", PCM, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, 16)
    riff = struct.pack("<4sI4s4sI", b"RIFF", size + HEADER_BYTES - 8, b"WAVE", b"fmt ", len(form))
    return riff + form + struct.pack("<4sI", b"data", size)


def read_layout(file: BinaryIO, file_bytes: int) -> WavLayout:
    """Return the layout of a RIFF/WAVE file, from its first 64 KiB and whatever follows the samples.

    Raises
    ------
    SignalError : `not-audio` for a broken header, `format-not-allowed` for another encoding, `empty`
    """
    file.seek(0)
    head = file.read(READ_AHEAD)
    form: bytes | None = None
    for name, start, size in _chunks(head):
        if name == b"fmt ":
            form = head[start : start + size]
        if name == b"data":
            if form is None:
                break
            return _layout(form, file, data_offset=start, claimed=size, file_bytes=file_bytes)
    missing = "format" if form is None else "data"
    raise SignalError("not-audio", f"a WAV header without a {missing} chunk in its first 64 KiB")


def _layout(form: bytes, file: BinaryIO, *, data_offset: int, claimed: int, file_bytes: int) -> WavLayout:
    encoding, rate_hz, channels, frame_bytes = _format(form)
    there = file_bytes - data_offset
    extra = there - claimed
    in_order = extra == 0 or (extra > 0 and _ends_in_chunks(file, data_offset + claimed, file_bytes))
    if in_order and claimed == 0:
        raise SignalError("empty", "a WAV file without a single sample")
    unknown = claimed in UNKNOWN_LENGTHS and not in_order
    return WavLayout(
        encoding=encoding,
        rate_hz=rate_hz,
        channels=channels,
        frame_bytes=frame_bytes,
        claimed_bytes=None if unknown else claimed,
        data_offset=data_offset,
        data_bytes=there if unknown else min(claimed, there),
        length_fault=None if in_order else f"the header claims {claimed} bytes of samples, {there} are there",
    )


def _format(form: bytes) -> tuple[str, int, int, int]:
    if len(form) < 16:
        raise SignalError("not-audio", f"a format chunk of {len(form)} bytes")
    tag, channels, rate_hz, _, frame_bytes, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == EXTENSIBLE and len(form) >= 40 and form[26:40] == GUID_TAIL:
        tag = struct.unpack("<H", form[24:26])[0]
    encoding = ENCODINGS.get((tag, bits))
    if encoding is None:
        raise SignalError("format-not-allowed", f"WAV encoding {tag} with {bits} bits", tag=tag, bits=bits)
    if frame_bytes != channels * bits // 8:
        raise SignalError("not-audio", f"{channels} channels of {bits} bits are not {frame_bytes} bytes")
    return encoding, rate_hz, channels, frame_bytes


def _chunks(head: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(head):
        name, size = struct.unpack("<4sI", head[at : at + 8])
        yield name, at + 8, size
        at += 8 + size + size % 2


def _ends_in_chunks(file: BinaryIO, at: int, file_bytes: int) -> bool:
    """Whether whole chunks (notes, cue points) fill the file from here to its end."""
    at += at % 2
    while at < file_bytes:
        file.seek(at)
        entry = file.read(8)
        if len(entry) < 8 or not entry[:4].isascii() or not entry[:4].decode().isprintable():
            return False
        size = int.from_bytes(entry[4:], "little")
        at += 8 + size + size % 2
    return at in (file_bytes, file_bytes + 1)
