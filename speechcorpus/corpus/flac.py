"""What the head of a FLAC file says of its audio: STREAMINFO and the encoder's name."""

from dataclasses import dataclass

from speechcorpus.corpus.packed import quickly_packed
from speechcorpus.domain.errors import ReleaseError

STREAMINFO_END = 42  # "fLaC", a block header of 4 bytes, 34 bytes of STREAMINFO (RFC 9639, section 8.2)
VORBIS_COMMENT = 4  # block type, RFC 9639, table 1
NO_MD5 = "0" * 32


@quickly_packed
@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """STREAMINFO of one FLAC file (RFC 9639, section 8.2)."""

    rate_hz: int
    channels: int
    bits: int
    frames: int
    pcm_md5: str  # of the unencoded audio; 32 zeros when the encoder left it out


def stream_info(head: bytes) -> StreamInfo:
    """Return what the first 42 bytes of a FLAC file state.

    Raises
    ------
    ReleaseError : `release.audio-form` when this is no FLAC

    Examples
    --------
    >>> packed = (16000 << 44 | 0 << 41 | 15 << 36 | 48000).to_bytes(8, "big")
    >>> stream_info(b"fLaC" + bytes(14) + packed + bytes(16)).frames
    48000
    """
    if len(head) < STREAMINFO_END or head[:4] != b"fLaC" or head[4] & 0x7F != 0:
        raise ReleaseError("release.audio-form", "this is no FLAC file: it does not begin with STREAMINFO")
    packed = int.from_bytes(head[18:26], "big")  # 20 bits rate, 3 channels - 1, 5 bits - 1, 36 samples
    return StreamInfo(
        rate_hz=packed >> 44,
        channels=(packed >> 41 & 0x7) + 1,
        bits=(packed >> 36 & 0x1F) + 1,
        frames=packed & (1 << 36) - 1,
        pcm_md5=head[26:42].hex(),
    )


def encoder_vendor(head: bytes) -> str | None:
    """Return the encoder's name from the Vorbis comment block, None when `head` does not hold it whole."""
    at, last = 4, False
    while not last and at + 4 <= len(head):
        last, kind = bool(head[at] & 0x80), head[at] & 0x7F
        body = head[at + 4 : at + 4 + int.from_bytes(head[at + 1 : at + 4], "big")]
        if kind == VORBIS_COMMENT and len(body) >= 4:
            length = int.from_bytes(body[:4], "little")
            return body[4 : 4 + length].decode("utf-8", "replace") if len(body) >= 4 + length else None
        at += 4 + int.from_bytes(head[at + 1 : at + 4], "big")
    return None
