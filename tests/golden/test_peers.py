"""Our loudness, true peak and octaves beside those of other people's programs."""

from types import ModuleType

import numpy as np
import pytest

from benchmarks.signals import pink, voice, white
from speechcorpus.dsp.true_peak import true_peak_dbtp
from speechcorpus.qc.measure import DEFAULT_SETTINGS, analyze
from speechcorpus.qc.tracks import read_tracks

SIGNALS = ("pink", "white", "voice in noise")
ABOVE_DB, BELOW_DB = 0.2, 0.4  # EBU Tech 3341: how far a true peak may lie above and below
BAND_OF_RATE = 0.35  # above it, filters of 12 taps a phase differ by more, ours and the peer's from the truth
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


def peer_true_peaks_dbtp(samples: np.ndarray, rate_hz: int, pyebur128: ModuleType) -> list[float]:
    """What libebur128 reads in each channel of `samples`, shape (n, channels)."""
    size, channels = samples.shape
    state = pyebur128.R128State(channels, rate_hz, pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    state.add_frames(np.ascontiguousarray(samples.reshape(-1)), size)
    return [float(20 * np.log10(pyebur128.get_true_peak(state, number))) for number in range(channels)]


def faded_tone(rate_hz: int, *, period: float, phase_degrees: float, amplitude: float = 1.0) -> np.ndarray:
    n = np.arange(rate_hz // 4)
    fade = np.minimum(1, np.minimum(n, n[::-1]) / 1000)
    return amplitude * fade * np.sin(2 * np.pi * n / period + np.radians(phase_degrees))


def band_limited_burst(rate_hz: int, *, seed: int, peak: float = 0.98) -> np.ndarray:
    """0.2 s of noise that swells and dies, nothing above 0.35 of the rate; `peak` is its highest sample."""
    size, rng = rate_hz // 5, np.random.default_rng(seed)
    turns = rng.standard_normal(size // 2 + 1) * np.exp(2j * np.pi * rng.random(size // 2 + 1))
    burst = np.fft.irfft(np.where(np.fft.rfftfreq(size) < BAND_OF_RATE, turns, 0), size) * np.hanning(size)
    return np.asarray(peak * burst / np.abs(burst).max())


def interpolated_peak_dbtp(samples: np.ndarray, times: int = 16) -> float:
    """The crest of what a signal of limited band is between its samples, by zeros behind its spectrum."""
    between = np.fft.irfft(np.fft.rfft(samples), samples.size * times) * times
    return float(20 * np.log10(np.abs(between).max()))


def sample_peak_dbfs(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.abs(samples).max()))


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize(
    ("period", "phase_degrees"), [(4, 45), (4, 0), (4, 20), (3, 30), (6, 30), (8, 22.5), (5, 10)]
)
def test_libebur128_sees_the_same_crest_of_a_tone_wherever_the_samples_fall(
    period, phase_degrees, rate_hz, pyebur128
):
    tone = faded_tone(rate_hz, period=period, phase_degrees=phase_degrees)
    (peer_dbtp,) = peer_true_peaks_dbtp(tone[:, None], rate_hz, pyebur128)
    for truth_dbtp in (peer_dbtp, 0.0):
        assert -BELOW_DB <= true_peak_dbtp(tone) - truth_dbtp <= ABOVE_DB
    if (period, phase_degrees) == (4, 45):  # the samples themselves miss 3 dB of it
        assert sample_peak_dbfs(tone) == pytest.approx(-3.01, abs=0.01)
        assert peer_dbtp > -BELOW_DB


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
def test_libebur128_sees_the_same_crests_between_the_samples_of_bursts(rate_hz, pyebur128):
    hidden_db = []
    for seed in range(40):
        burst = band_limited_burst(rate_hz, seed=seed)
        (peer_dbtp,) = peer_true_peaks_dbtp(burst[:, None], rate_hz, pyebur128)
        for truth_dbtp in (peer_dbtp, interpolated_peak_dbtp(burst)):
            assert -BELOW_DB <= true_peak_dbtp(burst) - truth_dbtp <= ABOVE_DB, seed
        hidden_db.append(peer_dbtp - sample_peak_dbfs(burst))
    assert max(hidden_db) > 0.5  # a meter that read samples only would fail above


@pytest.mark.parametrize("rate_hz", [16000, 48000])
@pytest.mark.parametrize("louder", [0, 1])
def test_of_two_channels_the_row_has_the_true_peak_of_the_worse_one(louder, rate_hz, pyebur128):
    quiet = band_limited_burst(rate_hz, seed=7, peak=0.75)
    loud = band_limited_burst(rate_hz, seed=8, peak=1.05)  # a float file may pass full scale
    both = np.stack((loud, quiet) if louder == 0 else (quiet, loud), axis=1)
    peers_dbtp = peer_true_peaks_dbtp(both, rate_hz, pyebur128)
    assert int(np.argmax(peers_dbtp)) == louder
    row_dbtp = analyze([both], rate_hz, 2).true_peak_dbtp
    assert row_dbtp is not None
    assert -BELOW_DB <= row_dbtp - max(peers_dbtp) <= ABOVE_DB


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
