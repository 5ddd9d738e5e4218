"""Outline and spectrogram: known signals give known tiles, however the samples arrive."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.outline import Outline, heights, lows_and_highs
from speechcorpus.dsp.pyramid import Pyramid
from speechcorpus.dsp.spectrogram import Spectrogram, codes_of, loudest_of, spectrogram_rows

RATE_HZ = 16_000
SPLITS = st.lists(st.integers(0, 500), max_size=12)


def cut_at(samples, lengths):
    edges = np.cumsum([0, *lengths])
    return [*(samples[a:b] for a, b in itertools.pairwise(edges)), samples[edges[-1] :]]


@given(seed=st.integers(0, 1000), step=st.integers(1, 90), lengths=SPLITS)
def test_an_outline_holds_every_sample_and_touches_some(seed, step, lengths):
    samples = np.random.default_rng(seed).integers(-32768, 32768, 700, dtype=np.int16)
    outline = Outline(step)
    rows = np.concatenate([*(outline.push(part) for part in cut_at(samples, lengths)), outline.finish()])
    assert rows.shape == (-(-700 // step), 2)
    for row, at in zip(rows, range(0, 700, step), strict=True):
        assert row.tolist() == [samples[at : at + step].min(), samples[at : at + step].max()]


def test_an_outline_is_made_of_sixteen_bit_samples():
    with pytest.raises(SignalError, match="16-bit"):
        Outline(4).push(np.zeros(8, np.float32))


@given(seed=st.integers(0, 1000), step=st.integers(1, 90), bars=st.integers(1, 60))
def test_every_bar_reaches_as_far_as_its_part_of_the_outline(seed, step, bars):
    samples = np.random.default_rng(seed).integers(-32768, 32768, 700, dtype=np.int16)
    outline = Outline(step)
    rows = np.concatenate((outline.push(samples), outline.finish()))
    found = heights(rows, bars)
    edges = [at * len(rows) // bars for at in range(bars + 1)]
    reach = np.abs(samples.astype(int)).max()
    for bar, start, end in zip(found, edges, edges[1:], strict=False):
        part = samples[start * step : max(end, start + 1) * step].astype(int)
        assert bar == pytest.approx(np.abs(part).max() / reach)
    assert max(found) == 1 if bars <= len(rows) else max(found) <= 1


@given(rows=st.integers(0, 90), lengths=SPLITS)
def test_each_level_of_a_pyramid_joins_the_one_below(rows, lengths):
    cells = np.random.default_rng(rows).integers(-99, 99, (rows, 2), dtype=np.int16)
    tiles: dict[int, list[np.ndarray]] = {0: [], 1: [], 2: []}
    pyramid = Pyramid(
        levels=3, factor=4, tile=8, join=lows_and_highs, keep=lambda level, tile: tiles[level].append(tile)
    )
    for part in cut_at(cells, lengths):
        pyramid.push(part)
    pyramid.finish()
    for level, kept in tiles.items():
        assert all(len(tile) == 8 for tile in kept[:-1])
        stretches = [cells[at : at + 4**level] for at in range(0, rows, 4**level)]
        wanted = [[part[:, 0].min(), part[:, 1].max()] for part in stretches]
        assert [row for tile in kept for row in tile.tolist()] == wanted


def tone(frequency_hz, amplitude, rate_hz=RATE_HZ, seconds=1.0):
    moments = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * moments)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_a_tone_lies_in_its_row_at_its_level(rate_hz):
    # 1025 Hz is a bin in the middle of row 20; the sine window leaves 8 % of the power to its neighbours
    columns = Spectrogram(rate_hz).push(tone(1025, 0.1, rate_hz))
    assert columns.shape == (49, spectrogram_rows(rate_hz))
    assert set(columns[2:].argmax(axis=1).tolist()) == {20}
    assert set(columns[2:, 20].tolist()) == {48}  # −23 dBFS, less 0.4 dB: −24, and 12 of 120 dB are 48 codes
    assert columns[2:, 40:].max() < columns[2:, 20].min() - 20


def test_the_rows_of_a_frame_are_its_power():
    noise = np.random.default_rng(5).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)
    powers = 10 ** ((Spectrogram(RATE_HZ).push(noise).astype(float) * 2 - 120) / 10)
    assert 10 * np.log10(powers.sum(axis=1).mean()) == pytest.approx(-20.0, abs=0.1)


@given(lengths=SPLITS)
def test_a_spectrogram_does_not_depend_on_how_samples_arrive(lengths):
    samples = tone(700, 0.3) + tone(3100, 0.01)
    parts = Spectrogram(RATE_HZ)
    together = np.concatenate([parts.push(part) for part in cut_at(samples, lengths)])
    assert np.abs(together.astype(int) - Spectrogram(RATE_HZ).push(samples)).max() <= 1


def test_digital_silence_is_the_lowest_code_and_nothing_short_disappears():
    assert Spectrogram(RATE_HZ).push(np.zeros(RATE_HZ, np.float32)).max() == 0
    columns = codes_of(np.array([[[1e-9], [1e-3], [1e-9]]], np.float32))
    assert loudest_of(columns).tolist() == [[45]]
