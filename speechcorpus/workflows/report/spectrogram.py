"""The spectrogram of a recording: power from the limited child, mel and colours here.

What the child hands over is a table of bytes of a known size, so a file that took the decoder over can
spoil its own picture and nothing else.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechcorpus.audio.child import Answer, cpu_limit_s, shared_children
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import Measurement
from speechcorpus.dsp.arrays import RATES_HZ
from speechcorpus.workflows.report.spectrum import LOWEST_DB, MOST_COLUMNS, STEPS_A_DB, frame_samples
from speechcorpus.workflows.report.style import SPECTROGRAM_COLOURS

TASK = "speechcorpus.workflows.report.spectrum:spectrum_in_child"
MEL_BANDS = 96
SHOWN_DB = (-100.0, -25.0)  # the same for every recording, so that two pictures can be compared
MARKS_HZ = (500, 1000, 2000, 4000, 8000, 16000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A frequency beside the picture; `y` in percent from the top."""

    y: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrogramPicture:
    """The picture, highest frequency at the top, and the frequencies that stand beside it."""

    png: bytes
    top_khz: str
    marks: tuple[Mark, ...]


def spectrogram_picture(row: Measurement, file: Path) -> SpectrogramPicture | None:
    """Return the spectrogram of a measured file, or None where nothing was decoded.

    Raises
    ------
    SignalError : codes of a row, where the file no longer decodes
    """
    if row.status not in ("ok", "partial") or not row.decoded_frames:
        return None
    arguments = {"path": str(file), "frames": row.decoded_frames}
    answer = shared_children().call(TASK, arguments, cpu_s=cpu_limit_s(row.duration_s or 0.0))
    return _picture(checked_table(answer), answer.values["rate_hz"])


def checked_table(answer: Answer) -> NDArray[np.uint8]:
    """Return the table of a child's answer, shape (columns, bins).

    Raises
    ------
    SignalError : `decoder-crashed`, if its sizes are none that our child would send
    """
    sizes: Any = answer.values
    rate_hz, columns, bins = sizes["rate_hz"], sizes["columns"], sizes["bins"]
    sound = rate_hz in RATES_HZ and isinstance(columns, int) and 0 < columns <= MOST_COLUMNS
    if not sound or bins != frame_samples(rate_hz) // 2 + 1 or len(answer.data) != columns * bins:
        raise SignalError("decoder-crashed", "the decoder's answer has another size than it says")
    return np.frombuffer(answer.data, dtype=np.uint8).reshape(columns, bins)


def _picture(table: NDArray[np.uint8], rate_hz: int) -> SpectrogramPicture:
    import librosa

    powers = np.power(10.0, (table.T / STEPS_A_DB + LOWEST_DB) / 10)
    bands = librosa.feature.melspectrogram(S=powers, sr=rate_hz, n_mels=MEL_BANDS, norm=None)
    decibels = librosa.power_to_db(bands, ref=1.0, amin=1e-13, top_db=None)
    top = float(librosa.hz_to_mel(rate_hz / 2))
    marks = tuple(
        Mark(y=round(100 - 100 * float(librosa.hz_to_mel(hz)) / top, 2), text=f"{hz / 1000:g}")
        for hz in MARKS_HZ
        if hz < 0.45 * rate_hz
    )
    return SpectrogramPicture(png=_png(decibels), top_khz=f"{rate_hz / 2000:g}", marks=marks)


def _png(decibels: NDArray[np.floating[Any]]) -> bytes:
    """One byte a pixel with a palette: a quarter of the size of full colour."""
    from matplotlib.colors import LinearSegmentedColormap
    from PIL import Image

    low_db, high_db = SHOWN_DB
    shown = np.clip((decibels - low_db) / (high_db - low_db), 0, 1)
    image = Image.fromarray(np.rint(shown[::-1] * 255).astype(np.uint8))
    colours = LinearSegmentedColormap.from_list("spectrogram", SPECTROGRAM_COLOURS, N=256)
    image.putpalette((colours(np.arange(256))[:, :3] * 255).astype(np.uint8).tobytes())
    kept = io.BytesIO()
    image.save(kept, format="PNG", optimize=True)
    return kept.getvalue()
