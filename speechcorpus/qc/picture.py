"""What a recording looks like: outline, spectrogram, level and speech, each at several zooms, in one pass.

Level, background and speech are the evaluator's own (`qc.tracks`, `noise.floor`): the curve beside a finding
is drawn from the numbers that the finding was judged by.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from speechcorpus.dsp.arrays import HOP_S, BoolArray, Floats
from speechcorpus.dsp.blocks import rechunked
from speechcorpus.dsp.outline import Int16Array, Outline, lows_and_highs
from speechcorpus.dsp.peak import Samples, full_scale
from speechcorpus.dsp.pyramid import Cells, Pyramid
from speechcorpus.dsp.runs import runs
from speechcorpus.dsp.spectrogram import Spectrogram, loudest_of
from speechcorpus.noise.floor import background
from speechcorpus.qc.seconds import FEWEST_FRAMES, Levels, second_levels
from speechcorpus.qc.settings import DEFAULT_SETTINGS, Settings
from speechcorpus.qc.tracks import BLOCK_S, Tracks, read_tracks

LayerName = Literal["wave", "spectrum", "level"]
KeepTile = Callable[[LayerName, int, Cells], None]
"""Takes layer, level of zoom (0 the finest) and the next tile of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """How one layer is cut: `step` of its finest level, in samples (wave) or frames of 20 ms."""

    step: int
    factor: int  # each level is so much coarser
    levels: int
    tile: int  # rows of a tile


LAYERS: dict[LayerName, Layer] = {
    "wave": Layer(step=128, factor=8, levels=5, tile=4096),  # lows and highs, int16
    "spectrum": Layer(step=1, factor=4, levels=6, tile=512),  # codes of 160 rows at most, uint8
    "level": Layer(step=5, factor=10, levels=3, tile=4000),  # all, and the background: int16
}
NO_LEVEL = -32768
CENTI = 100  # levels are kept in hundredths of a dB, as the record writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is told of a picture beside its tiles."""

    rate_hz: int
    frames: int
    speech_s: tuple[tuple[float, float], ...]  # stretches of it, as the evaluator heard them


def draw_picture(
    blocks: Iterable[Samples], rate_hz: int, keep: KeepTile, settings: Settings = DEFAULT_SETTINGS
) -> Picture:
    """Hand on every tile of a recording of one channel, the tiles of a level in their order.

    Memory does not grow with the outline and the spectrogram, only with the tracks of the evaluator.

    Parameters
    ----------
    blocks : each of shape (n,) or (n, 1), int16; any lengths: the tiles are the same

    Raises
    ------
    SignalError : `signal.rate`, `signal.shape`
    """
    drawing = _Drawing(rate_hz, keep)
    quick = replace(settings, depth="core")  # the same levels and speech, without looking for defects
    tracks = read_tracks(drawing.watched(blocks), rate_hz, 1, quick)
    drawing.finish()
    _draw_levels(tracks, keep, settings)
    speech = (runs(tracks.speech) * HOP_S).round(3).tolist()
    return Picture(
        rate_hz=rate_hz, frames=tracks.frames, speech_s=tuple((start, end) for start, end in speech)
    )


class _Drawing:
    """Draws outline and spectrogram of the samples that pass by."""

    def __init__(self, rate_hz: int, keep: KeepTile) -> None:
        self._rate_hz = rate_hz
        self._outline, self._spectrogram = Outline(LAYERS["wave"].step), Spectrogram(rate_hz)
        self._wave = _pyramid("wave", lows_and_highs, keep)
        self._spectrum = _pyramid("spectrum", loudest_of, keep)

    def watched(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the same samples, in blocks of one length: so every sum runs over the same pieces."""
        for block in rechunked(blocks, channels=1, size=BLOCK_S * self._rate_hz):
            samples = np.ascontiguousarray(block[:, 0])
            self._wave.push(self._outline.push(samples))
            self._spectrum.push(self._spectrogram.push(samples * np.float32(1 / full_scale(samples))))
            yield block

    def finish(self) -> None:
        """Hand on the last tiles."""
        self._wave.push(self._outline.finish())
        for pyramid in (self._wave, self._spectrum):
            pyramid.finish()


def _pyramid(name: LayerName, join: Callable[[Cells], Cells], keep: KeepTile) -> Pyramid:
    layer = LAYERS[name]
    return Pyramid(
        levels=layer.levels,
        factor=layer.factor,
        tile=layer.tile,
        join=join,
        keep=lambda level, rows: keep(name, level, rows),
    )


def _draw_levels(tracks: Tracks, keep: KeepTile, settings: Settings) -> None:
    """Each zoom is computed from the frames: a mean of means would be another number."""
    layer = LAYERS["level"]
    floor = background(tracks.a, tracks.z, tracks.speech, settings.floor)
    gap = np.zeros(tracks.a.size, dtype=np.bool_) if floor is None else floor.gap
    for level in range(layer.levels):
        rows = level_rows(tracks.a, gap, step=layer.step * layer.factor**level)
        for at in range(0, rows.shape[0], layer.tile):
            keep("level", level, rows[at : at + layer.tile])


def level_rows(a_powers: Floats, gap: BoolArray, *, step: int) -> Int16Array:
    """Return the level of all frames and of those between speech, window by window, in 0.01 dB.

    Parameters
    ----------
    a_powers : shape (frames,), A-weighted mean squares
    gap : shape (frames,), which of them are background
    step : frames of a window

    Returns
    -------
    rows : shape (windows, 2); −32768 where there are fewer than five frames of background

    Examples
    --------
    >>> powers = np.repeat([1e-4, 1e-5], 5)
    >>> level_rows(powers, powers < 5e-5, step=5).tolist()
    [[-4000, -32768], [-5000, -5000]]
    """
    everything = second_levels(a_powers, np.ones(a_powers.size, dtype=np.bool_), fewest_frames=1, step=step)
    between = second_levels(a_powers, gap, fewest_frames=FEWEST_FRAMES, step=step)
    return np.stack((_centi(everything), _centi(between)), axis=1)


def _centi(levels_dbfs: Levels) -> Int16Array:
    codes = (NO_LEVEL if level is None else round(level * CENTI) for level in levels_dbfs)
    return np.fromiter(codes, dtype=np.int16, count=len(levels_dbfs))
