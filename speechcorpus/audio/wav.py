"""The canonical WAV header: the 44 bytes before the samples of every master and every item."""

import struct

from speechcorpus.domain.errors import SignalError

HEADER_BYTES = 44
BYTES_PER_SAMPLE = 2
PCM, BITS = 1, 16
MOST_DATA_BYTES = 2**32 - HEADER_BYTES  # the RIFF size field counts data + 36 in 32 bits


def canonical_header(*, rate_hz: int, channels: int, frames: int) -> bytes:
    """Return the 44-byte RIFF/WAVE header of PCM s16le, a function of these three numbers alone.

    Raises
    ------
    SignalError : `wav.too-long` beyond what the header can count

    Examples
    --------
    >>> header = canonical_header(rate_hz=48_000, channels=1, frames=240_000)
    >>> len(header), header[:4], header[8:12], int.from_bytes(header[40:44], "little")
    (44, b'RIFF', b'WAVE', 480000)
    """
    frame_bytes = channels * BYTES_PER_SAMPLE
    data_bytes = frames * frame_bytes
    if data_bytes > MOST_DATA_BYTES:
        raise SignalError("wav.too-long", f"{data_bytes} bytes do not fit a WAV file", bytes=data_bytes)
    riff = struct.pack("<4sI4s", b"RIFF", 36 + data_bytes, b"WAVE")
    form = (16, PCM, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, BITS)
    return riff + struct.pack("<4sIHHIIHH", b"fmt ", *form) + struct.pack("<4sI", b"data", data_bytes)
