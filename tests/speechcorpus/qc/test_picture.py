"""A picture is drawn from the evaluator's own numbers, and is the same however a file is read."""

from dataclasses import replace

import numpy as np
import pytest

from speechcorpus.qc.measure import DEFAULT_SETTINGS, analyzed
from speechcorpus.qc.picture import LAYERS, NO_LEVEL, draw_picture, level_rows

RATE_HZ = 16_000


def speechlike(seconds=7.3, seed=3):
    """Bursts of a buzz with gaps over a quiet room: what the detector takes for speech."""
    rng = np.random.default_rng(seed)
    moments = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    buzz = np.sign(np.sin(2 * np.pi * 140 * moments)) * (np.sin(2 * np.pi * 3 * moments) > -0.2)
    spoken = buzz * ((moments % 2.0) > 0.9)
    return np.round(6000 * spoken + rng.normal(0, 40, moments.size)).astype(np.int16)


def drawn(blocks, rate_hz=RATE_HZ):
    tiles = {}

    def keep(layer, level, cells):
        tiles.setdefault((layer, level), []).append(cells.copy())

    picture = draw_picture(blocks, rate_hz, keep)
    return picture, {key: np.concatenate(parts) for key, parts in tiles.items()}


@pytest.fixture(scope="module")
def both():
    samples = speechlike()
    quick = replace(DEFAULT_SETTINGS, depth="core")
    return drawn([samples]), analyzed([samples], RATE_HZ, 1, quick)


def test_the_curve_of_seconds_is_the_one_the_evaluator_judges_by(both):
    (_, layers), analysis = both
    seconds = layers["level", 1]
    tracks = analysis.tracks()
    assert [None if c == NO_LEVEL else c / 100 for c in seconds[:, 1].tolist()] == list(
        tracks.noise_laeq_dbfs
    )
    assert [c / 100 for c in seconds[:, 0].tolist()] == list(tracks.laeq_dbfs)
    assert NO_LEVEL in layers["level", 0][:, 1].tolist()  # while somebody speaks nobody knows
    assert analysis.measurement.noise_seconds_dbfs == tracks.noise_laeq_dbfs


def test_less_than_a_tenth_of_a_second_of_background_says_nothing():
    powers, gap = np.full(50, 1e-5), np.arange(50) < 4
    assert level_rows(powers, gap, step=50).tolist() == [[-5000, NO_LEVEL]]
    assert level_rows(powers, np.arange(50) < 5, step=50).tolist() == [[-5000, -5000]]


def test_the_lanes_are_the_speech_the_evaluator_heard(both):
    (picture, _), analysis = both
    assert picture.speech_s == analysis.tracks().speech
    assert len(picture.speech_s) > 2


def test_the_outline_is_of_exactly_the_samples(both):
    (picture, layers), _ = both
    samples = speechlike()
    assert picture.frames == samples.size
    for level in range(LAYERS["wave"].levels):
        step = LAYERS["wave"].step * LAYERS["wave"].factor ** level
        stretches = [samples[at : at + step] for at in range(0, samples.size, step)]
        assert layers["wave", level].tolist() == [[part.min(), part.max()] for part in stretches]


def test_every_column_of_a_coarser_zoom_is_the_loudest_below(both):
    (_, layers), _ = both
    for level in range(1, LAYERS["spectrum"].levels):
        fine, coarse = layers["spectrum", level - 1], layers["spectrum", level]
        for at, column in enumerate(coarse):
            assert column.tolist() == fine[4 * at : 4 * at + 4].max(axis=0).tolist()


@pytest.mark.parametrize("size", [1, 159, 7_777])
def test_a_picture_does_not_depend_on_how_a_file_is_read(size):
    samples = speechlike(1.1) if size == 1 else speechlike()
    blocks = [samples[at : at + size] for at in range(0, samples.size, size)]
    (whole, tiles), (split, again) = drawn([samples]), drawn(blocks)
    assert split == whole
    assert tiles.keys() == again.keys()
    assert all(np.array_equal(tiles[key], again[key]) for key in tiles)


@pytest.mark.parametrize("samples", [0, 1, 319, 640])
def test_the_shortest_sounds_have_a_picture_too(samples):
    picture, layers = drawn([np.full(samples, 7, np.int16)])
    assert picture.frames == samples
    assert sum(len(rows) for (name, level), rows in layers.items() if (name, level) == ("wave", 0)) == -(
        -samples // 128
    )
