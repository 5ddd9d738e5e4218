"""Our loudness and octaves beside those of other people's programs."""

from types import ModuleType

import numpy as np
import pytest

from benchmarks.signals import pink, voice, white
from speechcorpus.qc.measure import DEFAULT_SETTINGS, analyze
from speechcorpus.qc.tracks import read_tracks

SIGNALS = ("pink", "white", "voice in noise")
WHOLE_UP_TO_HZ = {16000: 4500, 48000: 9000}  # at 16 kHz the octave 8000 is cut, by each program in its way


@pytest.fixture(scope="module")
def pyebur128() -> ModuleType:
    return pytest.importorskip("pyebur128", reason="the peer pyebur128 is not installed")


@pytest.fixture(scope="module")
def pyloudnorm() -> ModuleType:
    return pytest.importorskip("pyloudnorm", reason="the peer pyloudnorm is not installed")


@pytest.fixture(scope="module")
def octave_bands() -> ModuleType:
    """PyOctaveBand; from Python 3.13 on it is called phonometry."""
    try:
        return pytest.importorskip("pyoctaveband")
    except pytest.skip.Exception:
        return pytest.importorskip("phonometry", reason="neither PyOctaveBand nor phonometry is installed")


def made(name: str, rate_hz: int) -> np.ndarray:
    if name != "voice in noise":
        maker = {"pink": pink, "white": white}[name]
        return maker(level_dbfs=-25, duration_s=8, rate_hz=rate_hz, seed=4)
    noise = pink(level_dbfs=-50, duration_s=8, rate_hz=rate_hz, seed=5)
    return voice(seed=6, duration_s=8, rate_hz=rate_hz).samples + noise


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize("name", SIGNALS)
def test_libebur128_hears_the_same_loudness_in_one_channel_and_in_two(name, rate_hz, pyebur128):
    mono = made(name, rate_hz)
    both = np.stack((mono, 0.5 * np.roll(mono, 7)), axis=1)
    for samples, channels in ((mono, 1), (both, 2)):
        state = pyebur128.R128State(channels, rate_hz, pyebur128.MeasurementMode.MODE_I)
        state.add_frames(np.ascontiguousarray(samples.reshape(-1)), samples.shape[0])
        peer_lufs = pyebur128.get_loudness_global(state)
        assert analyze([samples], rate_hz, channels).loudness_lufs == pytest.approx(peer_lufs, abs=0.15)


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize("name", SIGNALS)
def test_pyloudnorm_hears_the_same_loudness(name, rate_hz, pyloudnorm):
    samples = made(name, rate_hz)
    peer_lufs = pyloudnorm.Meter(rate_hz).integrated_loudness(samples)
    assert analyze([samples], rate_hz, 1).loudness_lufs == pytest.approx(peer_lufs, abs=0.15)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
@pytest.mark.parametrize("make", [pink, white])
def test_an_octave_filter_bank_reads_the_same_octaves_within_three_tenths(make, rate_hz, octave_bands):
    noise = make(level_dbfs=-30, duration_s=40, rate_hz=rate_hz, seed=6)
    tracks = read_tracks([noise], rate_hz, 1, DEFAULT_SETTINGS)
    ours_dbfs = 10 * np.log10(tracks.octave_powers(np.ones(tracks.a.size, dtype=bool)))
    limits_hz = [50, WHOLE_UP_TO_HZ[rate_hz]]
    levels, middles_hz = octave_bands.octavefilter(noise, rate_hz, fraction=1, limits=limits_hz, dbfs=True)
    assert len(levels) == (8 if rate_hz == 48000 else 7)
    for ours, peer, middle_hz in zip(ours_dbfs, levels, middles_hz, strict=False):
        assert ours == pytest.approx(peer, abs=0.3), middle_hz
