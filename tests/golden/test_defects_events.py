"""Clicks, pops, bursts and echoes put into a voice on purpose, and clean voices that must stay clean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.signals import a_weighted_level_dbfs, pink, voice
from speechcorpus.dsp.arrays import RATES_HZ, hop_samples
from speechcorpus.dsp.defects.burst import Burst, bursts
from speechcorpus.dsp.defects.click import (
    FAR_S,
    GONE,
    LOWEST_MEDIAN,
    NEAR_S,
    OVER_BEFORE,
    OVER_MEDIAN,
    OVER_NEIGHBOURS,
    STILL_HIGH,
    ClickFinder,
    Clicks,
    clicks_of,
)
from speechcorpus.dsp.defects.echo import HELD, EchoFinder
from speechcorpus.dsp.defects.pop import pops
from speechcorpus.dsp.defects.voicing import Voicing
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.low_octaves import LowOctaves, low_octave_powers, low_rate_hz
from speechcorpus.dsp.voice import voice_activity
from speechcorpus.noise.floor import FloorSettings, gap_frames

SPEECH_DBFS = -24.0
CLEAN = [(seed, rate_hz) for rate_hz in (16000, 48000) for seed in range(2 if rate_hz == 48000 else 8)]


def room(seed: int, rate_hz: int, duration_s: float, snr_db: float) -> np.ndarray:
    return pink(level_dbfs=SPEECH_DBFS - snr_db, duration_s=duration_s, rate_hz=rate_hz, seed=seed)


def take(seed: int, rate_hz: int, *, duration_s: float = 5, snr_db: float | None = None):
    """A voice in a room at 10 to 40 dB SNR, and where it speaks."""
    snr_db = (10, 20, 30, 40)[seed % 4] if snr_db is None else snr_db
    made = voice(seed=seed, duration_s=duration_s, rate_hz=rate_hz, level_dbfs=SPEECH_DBFS)
    return made.samples + room(seed, rate_hz, duration_s, snr_db), made.speaks


def clicks(samples, rate_hz, speech, *, block: int | None = None) -> Clicks:
    finder = ClickFinder(rate_hz)
    block = block or 5 * rate_hz
    for start in range(0, samples.size, block):
        finder.push(samples[start : start + block])
    return finder.finish(speech)


def with_click(samples, rate_hz, *, at_s: float, over_db: float, rng, lasts_s: float = 0.001):
    """A click whose first difference lies `over_db` above the mean of the 200 ms around it."""
    start, size = round(at_s * rate_hz), round(lasts_s * rate_hz)
    around = np.diff(samples[max(0, start - rate_hz // 10) : start + rate_hz // 10])
    shape = rng.standard_normal(size)
    shape /= np.sqrt(np.mean(np.square(np.diff(shape, prepend=0, append=0))))
    clicked = samples.copy()
    clicked[start : start + size] += shape * np.sqrt(np.mean(np.square(around))) * 10 ** (over_db / 20)
    return clicked, (start, start + size)


def begins_and_ends(speech) -> tuple[np.ndarray, np.ndarray]:
    change = np.diff(speech.astype(int), prepend=0, append=0)
    return np.flatnonzero(change == 1) * 0.02, np.flatnonzero(change == -1) * 0.02


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_every_click_in_a_voice_and_beside_it_is_found_where_it_is(rate_hz):
    rng = np.random.default_rng(rate_hz)
    for seed in (1, 2):
        samples, speech = take(seed, rate_hz)
        begins_s, ends_s = begins_and_ends(speech)
        truth = []
        for at_s in (begins_s[0] - 0.06, begins_s[0] + 0.5, ends_s[0] + 0.07, begins_s[1] + 0.7):
            samples, place = with_click(samples, rate_hz, at_s=at_s, over_db=30, rng=rng)
            truth.append(place)
        found = clicks(samples, rate_hz, speech)
        assert found.count == 4
        assert min(found.heights_db) > 20
        assert np.abs(np.array(found.places) - truth).max() < 0.005 * rate_hz


def test_a_click_far_from_speech_and_a_noise_that_lasts_are_no_clicks():
    rng = np.random.default_rng(1)
    samples, speech = take(2, 16000)
    begins_s, ends_s = begins_and_ends(speech)
    far, _ = with_click(samples, 16000, at_s=ends_s[0] + 0.35, over_db=30, rng=rng)
    assert clicks(far, 16000, speech).count == 0
    assert clicks(far, 16000, np.ones_like(speech)).count == 1
    lasting, _ = with_click(samples, 16000, at_s=begins_s[0] + 0.5, over_db=30, rng=rng, lasts_s=0.02)
    assert clicks(lasting, 16000, speech).count == 0


def test_what_rings_on_like_a_mouth_or_a_knock_is_no_click_and_what_stops_short_is_one():
    rng = np.random.default_rng(4)
    samples, speech = take(2, 16000)
    at_s = begins_and_ends(speech)[0][0] - 0.06
    start = round(at_s * 16000)
    for decay_db_per_ms, count in ((3, 0), (6, 0), (20, 1), (40, 1)):
        smack, since_ms = samples.copy(), np.arange(480) / 16
        smack[start : start + 480] += (
            0.5 * 10 ** (-decay_db_per_ms * since_ms / 20) * rng.standard_normal(480)
        )
        assert clicks(smack, 16000, speech).count == count, decay_db_per_ms
    for lasts_s in (0.0003, 0.003, 0.006):
        crackle, place = with_click(samples, 16000, at_s=at_s, over_db=35, rng=rng, lasts_s=lasts_s)
        (found,) = clicks(crackle, 16000, speech).places
        assert np.abs(np.array(found) - place).max() < 0.003 * 16000


def test_two_smacks_of_the_lips_a_few_milliseconds_apart_are_no_click():
    samples, speech = take(2, 16000)
    start = round((begins_and_ends(speech)[0][0] - 0.06) * 16000)
    once = samples.copy()
    once[start : start + 3] += (0.3, -0.3, 0.3)
    twice = once.copy()
    twice[start + 96 : start + 99] += (0.15, -0.15, 0.15)
    assert (clicks(once, 16000, speech).count, clicks(twice, 16000, speech).count) == (1, 0)


def test_the_puff_that_opens_a_word_is_no_click():
    rng = np.random.default_rng(2)
    samples = pink(level_dbfs=-75, duration_s=2, rate_hz=16000, seed=1)
    samples[16000:] += pink(level_dbfs=-40, duration_s=1, rate_hz=16000, seed=2)  # breath after the puff
    samples[16000:16040] += 0.05 * rng.standard_normal(40)
    assert clicks(samples, 16000, np.ones(100, dtype=bool)).count == 0


@pytest.mark.parametrize(("seed", "rate_hz"), CLEAN)
def test_a_clean_voice_has_no_click_no_pop_no_burst_no_echo(seed, rate_hz):
    samples, _ = take(seed, rate_hz)
    speech = voice_activity(samples, rate_hz)
    a_powers = frame_powers(samples, rate_hz)[:, A]
    assert clicks(samples, rate_hz, np.ones_like(speech)).count == 0
    assert pops(low_octave_powers(samples, rate_hz), a_powers).count == 0
    assert found_bursts(samples, rate_hz) == []
    if rate_hz == 16000:
        assert echo_of(samples, np.ones_like(speech)) is None


@settings(max_examples=25, deadline=None)
@given(data=st.data(), rate_hz=st.sampled_from([8000, 16000, 22050]))
def test_clicks_do_not_depend_on_how_the_samples_arrive(data, rate_hz):
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    samples = 0.01 * rng.standard_normal(round(rate_hz * data.draw(st.floats(0.1, 2.5))))
    for at in rng.integers(0, samples.size - 8, 5):
        samples[at : at + 8] += rng.standard_normal(8)
    everywhere = np.ones(samples.size // hop_samples(rate_hz), dtype=bool)
    whole = clicks(samples, rate_hz, everywhere, block=samples.size)
    parts = clicks(samples, rate_hz, everywhere, block=data.draw(st.integers(200, 30000)))
    assert parts.places == whole.places
    assert parts.heights_db == pytest.approx(whole.heights_db, abs=1e-4)  # sums of float32


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), click_count=st.integers(0, 6), steps=st.integers(0, 3))
def test_the_quick_search_finds_what_the_definition_says(seed, click_count, steps):
    rng = np.random.default_rng(seed)
    cells = rng.gamma(8, 1e-6, 500)
    for _ in range(steps):
        cells[rng.integers(500) :] *= 10 ** rng.uniform(-3, 3)
    for at in rng.integers(0, 495, click_count):
        cells[at : at + rng.integers(1, 5)] *= 10 ** rng.uniform(1, 4)
    places, ratios = clicks_of(cells.astype(np.float32), reach=100, first=0, last=500)
    assert [tuple(place) for place in places.tolist()] == by_definition(cells.astype(np.float32))
    assert (ratios > OVER_MEDIAN).all()


def by_definition(cells) -> list[tuple[int, int]]:
    near, far = round(NEAR_S * 1000), round(FAR_S * 1000)
    found, silent_after = [], np.append(cells, np.zeros(near, dtype=np.float32))
    for at, height in enumerate(cells):
        before = max(cells[max(0, at - far) : max(0, at - near + 1)], default=np.float32(0))
        after = max(cells[at + near : at + far + 1], default=np.float32(0))
        begins = after > OVER_BEFORE * max(before, LOWEST_MEDIAN) and height <= OVER_MEDIAN * after
        window = min(max(0, at - 100), cells.size - 201)
        limit = OVER_MEDIAN * max(float(np.median(cells[window : window + 201])), LOWEST_MEDIAN)
        highest = height == max(cells[max(0, at - near + 1) : at + near])
        rest = silent_after[at : at + near]
        ended = next((n for n in range(near) if rest[n] <= STILL_HIGH * height), 0)
        tail = max(rest[ended + 1 :], default=np.float32(0))
        rings = tail > max(GONE * height, before, after)
        if (
            begins
            or rings
            or not highest
            or height <= OVER_NEIGHBOURS * max(before, after)
            or height <= limit
        ):
            continue
        start = end = at
        while start > 0 and cells[start - 1] > limit:
            start -= 1
        while end < cells.size and cells[end] > limit:
            end += 1
        if end - start < 15:
            found.append((start, end))
    return found


def thump(rate_hz: int, lasts_s: float, frequency_hz: float) -> np.ndarray:
    time = np.arange(round(lasts_s * rate_hz))
    return 0.3 * np.hanning(time.size) * np.sin(2 * np.pi * frequency_hz * time / rate_hz)


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize("frequency_hz", [70, 90])
def test_the_puff_of_a_plosive_is_a_pop_where_it_hits_the_microphone(frequency_hz, rate_hz):
    for seed in (1, 2, 3):
        samples, speech = take(seed, rate_hz)
        begins_s, ends_s = begins_and_ends(speech)
        truth = []
        for at_s in (begins_s[1] - 0.12, ends_s[0] + 0.3):
            puff = thump(rate_hz, 0.06, frequency_hz)
            start = round(at_s * rate_hz)
            samples[start : start + puff.size] += puff
            truth.append((at_s, at_s + 0.06))
        found = pops(low_octave_powers(samples, rate_hz), frame_powers(samples, rate_hz)[:, A])
        assert found.count == 2
        assert np.abs(0.02 * np.array(found.places) - sorted(truth)).max() < 0.0201
        assert min(found.heights_db) > 15


def test_a_rumble_that_lasts_and_a_knock_that_is_heard_are_no_pops():
    samples, _ = take(1, 16000)
    rumble, knock = samples.copy(), samples.copy()
    rumble[32000:36800] += thump(16000, 0.3, 80)
    knock[32000:32960] += 0.3 * np.random.default_rng(1).standard_normal(960)
    for made in (rumble, knock):
        assert pops(low_octave_powers(made, 16000), frame_powers(made, 16000)[:, A]).count == 0


def found_bursts(samples: np.ndarray, rate_hz: int) -> list[Burst]:
    """What is found where nobody tells who speaks."""
    a_powers, speech = frame_powers(samples, rate_hz)[:, A], voice_activity(samples, rate_hz)
    voicing = Voicing(low_rate_hz(rate_hz))
    voicing.push(LowOctaves(rate_hz).push(samples.astype(np.float32)))
    gap = gap_frames(speech, FloorSettings())
    return bursts(a_powers, speech, gap, voiced=lambda: voicing.finish(speech.size))


def with_bang(
    seed: int, rate_hz: int, *, lasts_s: float, over_db: float, shape=np.ones_like, after_s: float = 0.15
):
    """Two phrases in a room, and after the first one a bang; `shape` is its envelope over [0, 1)."""
    made = voice(seed=seed, duration_s=5, rate_hz=rate_hz)
    noise = room(seed, rate_hz, 5, (20, 30, 40)[seed % 3])
    start_s = begins_and_ends(made.speaks)[1][0] + after_s
    size, start = round(lasts_s * rate_hz), round(start_s * rate_hz)
    made.samples[start - round((after_s - 0.05) * rate_hz) : start + size + rate_hz // 2] = 0
    bang = np.random.default_rng(seed).standard_normal(size)
    bang *= 10 ** (
        (a_weighted_level_dbfs(noise, rate_hz) + over_db - a_weighted_level_dbfs(bang, rate_hz)) / 20
    )
    samples = made.samples + noise
    samples[start : start + size] += bang * shape(np.arange(size) / size)
    return samples, (start_s, start_s + lasts_s)


def swelling(part: np.ndarray) -> np.ndarray:
    """By 20 dB, evenly."""
    return np.asarray(10 ** (part - 1))


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
@pytest.mark.parametrize("over_db", [20, 30])
def test_a_burst_in_a_gap_is_found_though_the_voice_detector_calls_it_speech(over_db, rate_hz):
    called_speech = 0
    for seed in range(6):
        samples, (start_s, end_s) = with_bang(seed, rate_hz, lasts_s=0.3, over_db=over_db)
        (found,) = found_bursts(samples, rate_hz)
        assert found.start_s == pytest.approx(start_s, abs=0.0201)
        assert found.end_s == pytest.approx(end_s, abs=0.0201)
        assert found.over_db == pytest.approx(over_db, abs=2)
        called_speech += (
            voice_activity(samples, rate_hz)[round(start_s * 50) : round(end_s * 50)].mean() > 0.5
        )
    assert called_speech >= 4


def test_a_breath_that_swells_a_word_and_the_t_that_ends_one_are_no_bursts():
    for seed in range(4):
        breath, _ = with_bang(seed, 16000, lasts_s=0.5, over_db=25, shape=swelling)
        end, _ = with_bang(seed, 16000, lasts_s=0.06, over_db=25)
        word, (start_s, _) = with_bang(seed, 16000, lasts_s=0.3, over_db=-60)
        start = round(start_s * 16000)
        said = voice(seed=seed + 40, duration_s=3, rate_hz=16000)
        first = round(begins_and_ends(said.speaks)[0][0] * 16000)
        word[start : start + 4800] += said.samples[first : first + 4800]
        for samples in (breath, end, word):
            assert found_bursts(samples, 16000) == []


def test_a_burst_far_from_speech_is_none_though_the_voice_detector_hears_it_on_and_on():
    for seed in range(4):
        samples, (_, end_s) = with_bang(seed, 16000, lasts_s=0.3, over_db=30, after_s=0.5)
        heard = voice_activity(samples, 16000)
        assert heard[round(end_s * 50) + 1 : round(end_s * 50) + 4].any()
        assert found_bursts(samples, 16000) == []


@pytest.mark.parametrize("seed", [4, 56, 104, 112, 176])  # of 200, those whose syllables come nearest
def test_syllables_that_just_pass_the_noise_are_no_bursts(seed):
    samples, _ = take(seed, 16000)
    assert found_bursts(samples, 16000) == []


@pytest.mark.parametrize("rate_hz", [16000, 48000])
@pytest.mark.parametrize("lasts_s", [0.12, 0.3, 0.8])
def test_a_burst_in_a_gap_is_found_where_a_detector_can_tell_it_from_speech(lasts_s, rate_hz):
    for seed in (1, 2, 3):
        made = voice(seed=seed, duration_s=5, rate_hz=rate_hz)
        made.speaks[round(2.6 * 50) :] = False
        made.samples[round(2.6 * rate_hz) :] = 0
        noise = room(seed, rate_hz, 5, (20, 30, 40)[seed % 3])
        start_s = begins_and_ends(made.speaks)[1][-1] + 0.15
        bang = np.random.default_rng(seed).standard_normal(round(lasts_s * rate_hz))
        over_db = a_weighted_level_dbfs(noise, rate_hz) + 20 - a_weighted_level_dbfs(bang, rate_hz)
        samples, start = made.samples + noise, round(start_s * rate_hz)
        samples[start : start + bang.size] += bang * 10 ** (over_db / 20)
        a_powers = frame_powers(samples, rate_hz)[:, A]
        (found,) = bursts(a_powers, made.speaks, gap_frames(made.speaks, FloorSettings()))
        assert found.start_s == pytest.approx(start_s, abs=0.02)
        assert found.end_s == pytest.approx(start_s + lasts_s, abs=0.02)
        assert found.over_db == pytest.approx(20, abs=2)


def test_what_lasts_what_is_far_from_speech_and_what_joins_speech_is_no_burst():
    a_powers, speech = np.full(399, 1e-6), np.zeros(400, dtype=bool)
    speech[20:80] = True
    a_powers[20:79] = 1e-3
    gap = ~speech[1:] & ~speech[:-1]
    for start, end in ((90, 150), (100, 115), (79, 90)):
        loud = a_powers.copy()
        loud[start:end] = 1e-4
        assert bursts(loud, speech, gap) == []
    assert len(bursts(np.where(np.arange(399) // 5 == 17, 1e-4, a_powers), speech, gap)) == 1


def echo_of(samples, speech, rate_hz: int = 16000, block_s: float = 5):
    finder = EchoFinder(rate_hz)
    block = round(block_s * rate_hz)
    for start in range(0, samples.size, block):
        finder.push(samples[start : start + block])
    return finder.finish(speech)


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("level_db", [-6, -12])
@pytest.mark.parametrize("delay_s", [0.03, 0.08, 0.0803])
def test_a_late_copy_of_the_voice_is_found_and_its_level(delay_s, level_db, rate_hz):
    for seed in (1, 2, 5):
        made = voice(seed=seed, duration_s=5, rate_hz=rate_hz)
        late = round(delay_s * rate_hz)
        heard = made.samples + room(seed, rate_hz, 5, 30)
        heard[late:] += made.samples[:-late] * 10 ** (level_db / 20)
        found = echo_of(heard, np.ones(250, dtype=bool), rate_hz)
        assert found is not None
        assert found.delay_s == pytest.approx(delay_s, abs=0.001)
        assert found.level_db == pytest.approx(level_db, abs=3)


@pytest.mark.parametrize(
    "seed", [31, 106, 158, 171, 195]
)  # of 200, those whose rhythm and pitch come nearest
def test_the_rhythm_of_syllables_and_a_steady_pitch_are_no_echo(seed):
    assert echo_of(take(seed, 16000)[0], np.ones(250, dtype=bool)) is None


def test_echoes_need_three_seconds_of_speech_and_no_particular_blocks():
    made = voice(seed=2, duration_s=7, rate_hz=16000).samples
    made[1280:] += 0.5 * made[:-1280]
    speech = np.zeros(350, dtype=bool)
    speech[50:200] = True
    assert echo_of(made, speech) == echo_of(made, speech, block_s=0.37)
    assert echo_of(made, speech) is not None
    speech[50] = False
    assert echo_of(made, speech) is None


def test_of_a_long_file_only_forty_windows_are_held():
    finder = EchoFinder(8000)
    for number in range(300):
        finder.push(np.full(8000, float(number)))
        assert len(finder._windows) <= HELD
    assert sorted(finder._windows) == list(range(0, 300, 8))
    assert all((held == at).all() for at, held in finder._windows.items())
