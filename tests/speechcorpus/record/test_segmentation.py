"""Segments of a take without prompt markers: all speech is in one of them, and no edge in speech."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.record.segmentation import Piece, Sound, cut_lanes, overlaps, snapped, speech_spans
from speechcorpus.record.segmentation import speech_without_text as unwritten

RATE_HZ = 16_000
HOP = RATE_HZ // 50


def sound(spans_s, *, length_s: float | None = None, seed: int = 0) -> Sound:
    """A lane that speaks in these spans, with a background that is nowhere equally quiet."""
    spans = tuple((round(start * RATE_HZ), round(end * RATE_HZ)) for start, end in spans_s)
    frames = round((length_s or (spans_s[-1][1] + 1 if spans_s else 5)) * RATE_HZ)
    levels = np.random.default_rng(seed).integers(90, 130, frames // 160).astype(np.uint8)
    for start, end in spans:
        levels[start // 160 : -(-end // 160)] = 40
    return Sound(rate_hz=RATE_HZ, frames=frames, speech=spans, levels=levels)


def cut(heard: Sound) -> list[tuple[int, int]]:
    return [(piece.start_sample, piece.end_sample) for piece in cut_lanes({None: heard})]


@st.composite
def talks(draw: st.DrawFn) -> Sound:
    """Speech and pauses as people make them, in hops of 20 ms, from a breath to a minute without one."""
    hops = st.lists(st.tuples(st.integers(1, 250), st.integers(8, 900)), min_size=1, max_size=40)
    at, spans = draw(st.integers(0, 60)), []
    for pause, speech in draw(hops):
        spans.append(((at + pause) * HOP, (at + pause + speech) * HOP))
        at += pause + speech
    frames = (at + draw(st.integers(0, 60))) * HOP
    levels = np.random.default_rng(draw(st.integers(0, 99))).integers(60, 130, frames // 160)
    for start, end in spans:
        levels[start // 160 : end // 160] //= 2
    return Sound(rate_hz=RATE_HZ, frames=frames, speech=tuple(spans), levels=levels.astype(np.uint8))


@settings(max_examples=150, deadline=None)
@given(heard=talks())
def test_all_speech_is_covered_once_in_segments_of_30_s_at_most_that_do_not_overlap(heard):
    pieces = cut(heard)
    assert all(0 <= start < end <= heard.frames for start, end in pieces)
    assert all(end - start <= 30 * RATE_HZ for start, end in pieces)
    assert all(one[1] <= other[0] for one, other in pairwise(pieces))
    for start, end in heard.speech:
        covered = sum(max(0, min(end, b) - max(start, a)) for a, b in pieces)
        assert covered == end - start


@settings(max_examples=150, deadline=None)
@given(heard=talks())
def test_an_edge_lies_in_speech_only_where_nobody_pauses_for_30_s(heard):
    for start, end in heard.speech:
        if end - start <= 29.4 * RATE_HZ:
            edges = [edge for piece in cut(heard) for edge in piece]
            assert not any(start < edge < end for edge in edges)


@settings(max_examples=100, deadline=None)
@given(heard=talks())
def test_a_segment_keeps_a_fifth_to_a_third_of_a_second_of_silence_where_there_is_so_much(heard):
    speech = np.array(heard.speech)
    for start, end in cut(heard):
        inside = speech[(speech[:, 0] >= start) & (speech[:, 1] <= end)]
        if inside.size == 0:
            continue  # a piece of a minute without a pause
        before = speech[speech[:, 1] <= start]
        room = inside[0, 0] - (before[-1, 1] if before.size else 0)
        if room >= 0.6 * RATE_HZ:
            assert 0.2 * RATE_HZ - 80 <= inside[0, 0] - start <= 0.3 * RATE_HZ + 80


def test_a_pause_of_half_a_second_is_enough_and_a_shorter_one_is_not():
    long_enough = sound([(1, 9), (9.5, 18)])
    assert len(cut(long_enough)) == 2
    too_short = sound([(1, 9), (9.44, 18)])
    assert len(cut(too_short)) == 1


def test_short_sentences_are_kept_together_up_to_15_s():
    talk = sound([(n * 3.0, n * 3.0 + 2.0) for n in range(20)])
    lengths = [(end - start) / RATE_HZ for start, end in cut(talk)]
    assert all(3 <= length <= 15 for length in lengths)
    assert len(lengths) < 20


def test_a_pause_that_would_be_flagged_is_never_inside_a_segment():
    assert len(cut(sound([(1, 2), (5.5, 7)]))) == 2
    assert len(cut(sound([(1, 2), (4.5, 6)]))) == 1


def test_a_minute_with_short_pauses_is_cut_at_the_longest_of_them():
    talk = sound([(0.5, 14), (14.2, 26), (26.38, 40)])
    (_, first_end), (second_start, _) = cut(talk)
    assert first_end == second_start
    assert 26 * RATE_HZ <= first_end <= 26.38 * RATE_HZ


def test_an_hour_without_a_breath_is_cut_at_quiet_places():
    talk = sound([(0, 65)])
    talk.levels[2000] = 90
    pieces = cut(talk)
    assert pieces[0][1] == 2000 * 160 + 80
    assert max(end - start for start, end in pieces) <= 30 * RATE_HZ


def test_silence_has_no_segments():
    assert cut(sound([])) == []


def test_lanes_are_cut_apart_and_sorted_by_start_then_speaker():
    lanes = {"b": sound([(1, 5)], length_s=20), "a": sound([(1, 5), (9, 13)], length_s=20)}
    pieces = cut_lanes(lanes)
    assert [piece.speaker for piece in pieces] in (["a", "b", "a"], ["b", "a", "a"])
    assert list(pieces) == sorted(pieces, key=lambda piece: (piece.start_sample, piece.speaker))
    (both,) = overlaps(pieces)
    assert both.start_sample == max(pieces[0].start_sample, pieces[1].start_sample)


def test_segments_of_one_lane_are_no_overlap():
    touching = [
        Piece(start_sample=0, end_sample=9, speaker="a"),
        Piece(start_sample=8, end_sample=12, speaker="a"),
    ]
    assert overlaps(touching) == ()


@pytest.mark.parametrize(("spoken_s", "warned"), [(0.6, False), (0.62, True)])
def test_more_than_six_tenths_of_a_second_without_text_are_a_warning(spoken_s, warned):
    talk = sound([(1, 3), (5, 5 + spoken_s)])
    found = unwritten(talk, [(0, 4 * RATE_HZ)])
    assert found == (((5 * RATE_HZ, round((5 + spoken_s) * RATE_HZ)),) if warned else ())


def test_speech_in_several_places_of_one_gap_counts_together():
    talk = sound([(1, 1.4), (2, 2.4)])
    assert unwritten(talk, []) == ((RATE_HZ, round(2.4 * RATE_HZ)),)
    assert unwritten(talk, [(round(1.5 * RATE_HZ), round(1.6 * RATE_HZ))]) == ()


def test_a_click_that_stands_alone_is_no_speech_but_a_short_syllable_is():
    hops = np.zeros(300, dtype=bool)
    hops[20:26] = hops[100:108] = hops[120] = True
    spans = speech_spans(hops, HOP, rate_hz=RATE_HZ)
    assert spans == ((100 * HOP, 108 * HOP), (120 * HOP, 121 * HOP))  # the last one belongs to its phrase


@settings(max_examples=100, deadline=None)
@given(heard=talks(), at=st.floats(0, 1))
def test_a_snapped_edge_is_near_and_never_moves_into_speech(heard, at):
    place = round(at * heard.frames)
    moved = snapped(heard, place)
    assert abs(moved - place) <= 0.3 * RATE_HZ
    assert moved == place or not any(start <= moved < end for start, end in heard.speech)
