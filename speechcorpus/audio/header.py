"""The header check that every stranger's file passes before a decoder sees it."""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from speechcorpus.audio.wav import read_layout
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import RATES_HZ

FLAC_MARK = b"fLaC"
STREAMINFO_BYTES = 34
FLAC_BITS = (16, 24)
OTHER_FORMATS = {b"RF64": "RF64", b"BW64": "BW64", b"RIFX": "big-endian WAV", b"FORM": "AIFF", b"OggS": "Ogg"}
MOST_CHANNELS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioHeader:
    """What a file says about itself; `data_offset` and `data_bytes` locate the samples of a WAV file."""

    container: str
    encoding: str
    rate_hz: int
    channels: int
    claimed_frames: int | None
    data_offset: int = 0
    data_bytes: int = 0
    length_fault: str | None = None
    pcm_md5: str | None = None

    @property
    def claimed_s(self) -> float:
        """Claimed duration; for an unknown one what the bytes would hold."""
        if self.claimed_frames is not None:
            return self.claimed_frames / self.rate_hz
        return self.data_bytes / (2 * self.channels * self.rate_hz)


def read_header(path: Path) -> AudioHeader:
    """Return the header of a WAV or FLAC file, read by our own code.

    Raises
    ------
    SignalError : `unreadable`, `empty`, `not-audio`, `format-not-allowed`; the sentence names the facts
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SignalError("unreadable", "not a regular file")
        with path.open("rb") as file:
            return _parsed(file, status.st_size)
    except OSError as error:
        raise SignalError("unreadable", error.strerror or type(error).__name__) from error


def check_header(header: AudioHeader, *, max_duration_s: float) -> None:
    """Refuse what we do not measure.

    Raises
    ------
    SignalError : `rate-not-allowed`, `channels-not-allowed`, `too-long`
    """
    if header.rate_hz not in RATES_HZ:
        raise SignalError("rate-not-allowed", f"{header.rate_hz} Hz", rate_hz=header.rate_hz)
    if not 1 <= header.channels <= MOST_CHANNELS:
        raise SignalError("channels-not-allowed", f"{header.channels} channels", channels=header.channels)
    if header.claimed_frames is not None and header.claimed_s > max_duration_s:
        sentence = f"claimed {header.claimed_frames} frames, {max_duration_s:g} s are allowed"
        raise SignalError("too-long", sentence, frames=header.claimed_frames)


def _parsed(file: BinaryIO, file_bytes: int) -> AudioHeader:
    mark = file.read(12)
    if not mark:
        raise SignalError("empty", "0 bytes")
    if mark[:4] in OTHER_FORMATS:
        raise SignalError("format-not-allowed", OTHER_FORMATS[mark[:4]])
    if mark[:4] == b"RIFF" and mark[8:12] == b"WAVE":
        return _wav(file, file_bytes)
    if mark[:4] == FLAC_MARK:
        file.seek(len(FLAC_MARK))
        return _flac(file.read(4 + STREAMINFO_BYTES))
    raise SignalError("not-audio", f"begins with {mark[:4]!r}, neither WAV nor FLAC")


def _wav(file: BinaryIO, file_bytes: int) -> AudioHeader:
    layout = read_layout(file, file_bytes)
    known = layout.claimed_bytes is not None and layout.frame_bytes > 0
    return AudioHeader(
        container="wav",
        encoding=layout.encoding,
        rate_hz=layout.rate_hz,
        channels=layout.channels,
        claimed_frames=(layout.claimed_bytes or 0) // layout.frame_bytes if known else None,
        data_offset=layout.data_offset,
        data_bytes=layout.data_bytes,
        length_fault=layout.length_fault,
    )


def _flac(block: bytes) -> AudioHeader:
    """Read STREAMINFO (RFC 9639, section 8.2), which must come first."""
    if len(block) < 4 + STREAMINFO_BYTES or block[0] & 0x7F != 0:
        raise SignalError("not-audio", "a FLAC file without STREAMINFO")
    packed = int.from_bytes(block[14:22], "big")
    rate_hz, channels, bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    frames = packed & (2**36 - 1)
    if bits not in FLAC_BITS:
        raise SignalError("format-not-allowed", f"FLAC with {bits} bits", bits=bits)
    return AudioHeader(
        container="flac",
        encoding=f"pcm_{bits}",
        rate_hz=rate_hz,
        channels=channels,
        claimed_frames=frames or None,
        pcm_md5=block[22:38].hex(),
    )
