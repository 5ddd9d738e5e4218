"""Defects put into a signal on purpose, and clean signals that must stay clean."""

import numpy as np
import pytest

from benchmarks.signals import pink, sine, voice
from speechcorpus.qc.measure import analyze

RATE_HZ = 48000


def pcm(samples: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)


def spoken(seed: int = 1, duration_s: float = 6, rate_hz: int = RATE_HZ) -> np.ndarray:
    hiss = pink(level_dbfs=-60, duration_s=duration_s, rate_hz=rate_hz, seed=seed)
    return voice(seed=seed, duration_s=duration_s, rate_hz=rate_hz).samples + hiss


def kinds(row) -> list[str]:
    return [span.kind for span in row.spans if span.kind in ("clip", "dropout", "repeat")]


@pytest.mark.parametrize("as_pcm", [True, False])
def test_a_voice_driven_over_full_scale_is_clipped_where_it_was_cut(as_pcm):
    loud = spoken() * 12
    over = np.abs(loud) >= 0.999
    clipped = np.clip(loud, -1.0, 32767 / 32768)
    row = analyze([pcm(clipped) if as_pcm else clipped], RATE_HZ, 1)
    assert row.full_scale_ratio == pytest.approx(over.mean(), rel=0.02)
    assert row.clip_runs > 0
    for span in row.spans:
        if span.kind == "clip":
            assert over[span.start_sample + 1 : span.end_sample - 1].all()


@pytest.mark.parametrize("as_pcm", [True, False])
def test_a_flat_top_far_below_full_scale_is_found_run_for_run(as_pcm):
    tone = sine(200, level_dbfs=-6, duration_s=1, rate_hz=RATE_HZ)
    flat = np.clip(tone, -0.4, 0.4)
    row = analyze([pcm(flat) if as_pcm else flat], RATE_HZ, 1)
    assert row.clip_runs == 400  # 200 Hz for a second, two sides
    assert kinds(row).count("clip") == 200
    assert row.spans_left_out == 200
    assert row.clipped_s == pytest.approx(np.mean(np.abs(tone) >= 0.4), abs=0.001)


def test_clipping_on_one_side_only_is_found_on_that_side():
    tone = np.minimum(sine(200, level_dbfs=-6, duration_s=1, rate_hz=RATE_HZ), 0.4)
    assert analyze([pcm(tone)], RATE_HZ, 1).clip_runs == 200


def test_a_clean_low_tone_and_faint_noise_are_not_clipped():
    tone = sine(100, level_dbfs=-10, duration_s=2, rate_hz=RATE_HZ)
    faint = np.random.default_rng(1).integers(-3, 4, 2 * RATE_HZ).astype(np.int16)
    assert analyze([pcm(tone)], RATE_HZ, 1).clip_runs == 0
    assert analyze([faint], RATE_HZ, 1).clip_runs == 0


def test_one_loud_sample_makes_the_flat_tops_below_it_clean_again():
    flat = np.clip(sine(200, level_dbfs=-6, duration_s=12, rate_hz=RATE_HZ), -0.4, 0.4)
    flat[-RATE_HZ // 2] = 0.7
    flat[-RATE_HZ // 2 + 1] = -0.7
    assert analyze([pcm(flat)], RATE_HZ, 1).clip_runs == 0


def test_a_clip_across_two_blocks_is_one_run():
    quiet = 0.1 * np.ones(10 * RATE_HZ)
    quiet[::2] = -0.1
    quiet[5 * RATE_HZ - 10 : 5 * RATE_HZ + 10] = 1.0
    row = analyze([quiet], RATE_HZ, 1)
    assert [(s.start_sample, s.end_sample) for s in row.spans if s.kind == "clip"] == [
        (5 * RATE_HZ - 10, 5 * RATE_HZ + 10)
    ]


@pytest.mark.parametrize(("gap_ms", "found"), [(4, 0), (6, 1)])
def test_zeros_inside_speech_count_from_5_ms_and_exactly_where_they_are(gap_ms, found):
    take = pcm(spoken())
    start = round(1.2 * RATE_HZ)
    take[start : start + gap_ms * RATE_HZ // 1000] = 0
    take[[start - 1, start + gap_ms * RATE_HZ // 1000]] = 500
    row = analyze([take], RATE_HZ, 1)
    assert row.dropout_count == found
    dropouts = [(s.start_sample, s.end_sample) for s in row.spans if s.kind == "dropout"]
    assert dropouts == [(start, start + 288)] * found
    assert row.dropout_s == (0.006 if found else 0.0)


def test_digital_silence_between_words_is_not_a_dropout():
    take = pcm(spoken())
    take[: RATE_HZ // 4] = 0
    assert analyze([take], RATE_HZ, 1).dropout_count == 0


@pytest.mark.parametrize("block", [128, 441, 2048])
@pytest.mark.parametrize("at_s", [1.2, 5.0])
def test_a_block_played_twice_is_found_also_across_our_own_blocks(block, at_s):
    take = pcm(spoken(seed=4, duration_s=8))
    assert analyze([take], RATE_HZ, 1).repeat_count == 0
    start = round(at_s * RATE_HZ) - block // 2
    take[start : start + block] = take[start - block : start]
    row = analyze([take], RATE_HZ, 1)
    repeats = [span for span in row.spans if span.kind == "repeat"]
    assert row.repeat_count == 1
    assert repeats[0].start_sample == pytest.approx(start, abs=2)
    assert repeats[0].end_sample == pytest.approx(start + block, abs=2)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_clean_voices_have_no_clipping_and_no_dropouts(rate_hz):
    for seed in range(5):
        assert kinds(analyze([pcm(spoken(seed, 4, rate_hz))], rate_hz, 1)) == []


def test_speech_that_begins_or_ends_with_the_file_is_cut():
    whole = spoken(seed=2)
    row = analyze([whole], RATE_HZ, 1)
    assert (row.head_cut, row.tail_cut) == (False, False)
    first = round((row.head_silence_s + 0.1) * RATE_HZ)
    assert analyze([whole[first:]], RATE_HZ, 1).head_cut is True
    last = round((row.duration_s - row.tail_silence_s - 0.2) * RATE_HZ)
    assert analyze([whole[:last]], RATE_HZ, 1).tail_cut is True


@pytest.mark.parametrize("margin_s", [0.04, 0.1, 0.2, 0.6])
def test_the_silence_before_speech_is_measured(margin_s):
    made = voice(seed=3, duration_s=4, rate_hz=16000)
    begins = np.flatnonzero(made.speaks)[0] * 320
    samples = np.concatenate((np.zeros(round(margin_s * 16000)), made.samples[begins:]))
    hiss = pink(level_dbfs=-70, duration_s=samples.size / 16000, rate_hz=16000, seed=3)
    assert analyze([samples + hiss], 16000, 1).head_silence_s == pytest.approx(margin_s, abs=0.06)


def test_a_pause_between_words_is_measured_and_placed():
    parts = [spoken(seed, 2.4, 16000) for seed in (1, 2)]
    quiet = pink(level_dbfs=-60, duration_s=2, rate_hz=16000, seed=9)
    row = analyze([np.concatenate((parts[0], quiet, parts[1]))], 16000, 1)
    assert row.longest_pause_s == pytest.approx(2 + 0.5 + 0.65, abs=0.4)
    assert [span.kind for span in row.spans].count("long-pause") == 1


def test_in_a_room_too_loud_to_hear_pauses_nothing_is_said_about_edges_and_pauses():
    made = voice(seed=1, duration_s=6, rate_hz=16000, level_dbfs=-24)
    loud = pink(level_dbfs=-27, duration_s=6, rate_hz=16000, seed=1)
    row = analyze([made.samples + loud], 16000, 1)
    assert row.speech_ratio > 0.95  # the detector takes the noise for speech, up to both edges
    assert (row.noise_method, row.noise_gap_kept_s) == ("la90", 0.0)
    named = ("head_silence_s", "tail_silence_s", "head_cut", "tail_cut", "longest_pause_s")
    assert {name: getattr(row, name) for name in named} == dict.fromkeys(named)
    assert [span.kind for span in row.spans] == []


@pytest.mark.parametrize("level_dbfs", [-60, -45, -32, -27, -20])
def test_edges_are_measured_exactly_where_a_gap_is(level_dbfs):
    made = voice(seed=3, duration_s=4, rate_hz=16000, level_dbfs=-24)
    row = analyze([made.samples + pink(level_dbfs=level_dbfs, duration_s=4, rate_hz=16000, seed=3)], 16000, 1)
    assert (row.noise_gap_kept_s >= 0.3) == (row.noise_method == "gap")
    assert (row.head_silence_s is not None) == (row.noise_method == "gap")
