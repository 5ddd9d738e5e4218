"""Samples of a checked file, block by block; call it in a limited child only."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from speechcorpus.audio.header import AudioHeader
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.peak import Samples

BLOCK_S = 5
SMALL_STEP = 256


class Decoder:
    """Iterates over blocks of shape (n, channels): int16 for PCM 16, else float32.

    After the loop `frames` says how many came, and `fault` why fewer came than the header claims.

    Raises
    ------
    SignalError : `too-long` as soon as more than `max_frames` come out
    """

    def __init__(self, path: Path, header: AudioHeader, *, max_frames: int) -> None:
        self._path, self._header, self._max_frames = path, header, max_frames
        self.frames = 0
        self.fault: str | None = None

    def __iter__(self) -> Iterator[Samples]:
        """Yield the blocks, 5 s each; a second loop reads the file again."""
        self.frames, self.fault = 0, None
        blocks = self._wav() if self._header.container == "wav" else self._flac()
        for block in blocks:
            self.frames += block.shape[0]
            if self.frames > self._max_frames:
                raise SignalError("too-long", f"more than {self._max_frames} frames came out")
            yield block
        claimed = self._header.claimed_frames
        if claimed is not None and self.frames < claimed:
            self.fault = self.fault or f"{claimed} frames claimed, {self.frames} came out"

    def _wav(self) -> Iterator[Samples]:
        header = self._header
        sample_bytes = int(header.encoding.rsplit("_", 1)[1]) // 8
        frame_bytes = sample_bytes * header.channels
        left = header.data_bytes // frame_bytes * frame_bytes
        with self._path.open("rb") as file:
            file.seek(header.data_offset)
            while left:
                data = _exactly(file, min(left, BLOCK_S * header.rate_hz * frame_bytes), frame_bytes)
                if not data:
                    return
                left -= len(data)
                yield _samples(data, header.encoding).reshape(-1, header.channels)

    def _flac(self) -> Iterator[Samples]:
        try:
            yield from self._read_flac(BLOCK_S * self._header.rate_hz, skip=0)
        except soundfile.SoundFileError as error:
            self.fault = str(error)
            # the block with the fault came back as nothing at all: read it again in small steps
            with contextlib.suppress(soundfile.SoundFileError):
                yield from self._read_flac(SMALL_STEP, skip=self.frames)

    def _read_flac(self, step: int, *, skip: int) -> Iterator[Samples]:
        dtype = "int16" if self._header.encoding == "pcm_16" else "float32"
        with soundfile.SoundFile(self._path) as file:
            while skip:
                skip -= file.read(
                    min(skip, BLOCK_S * self._header.rate_hz), dtype=dtype, always_2d=True
                ).shape[0]
            left = file.frames - file.tell()  # a read past the end would cost a clip a tenth of its decoding
            while left > 0 and (block := file.read(step, dtype=dtype, always_2d=True)).shape[0]:
                left -= block.shape[0]
                yield block


def _exactly(file: BinaryIO, size: int, frame_bytes: int) -> bytes:
    data = file.read(size)
    return data[: len(data) // frame_bytes * frame_bytes]


def _samples(data: bytes, encoding: str) -> Samples:
    if encoding == "pcm_16":
        return np.frombuffer(data, dtype="<i2")
    if encoding == "float_32":
        return np.frombuffer(data, dtype="<f4")
    padded = np.zeros((len(data) // 3, 4), dtype=np.uint8)
    padded[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
    return np.asarray(padded.view("<i4").reshape(-1) / np.float32(2**31), dtype=np.float32)
