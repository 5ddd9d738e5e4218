"""Splits: disjoint, capped, sticky, independent of order, and large enough to train on."""

import collections
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.corpus.splits import CAP, Before, SplitClip, Splits, plan_splits
from speechcorpus.domain.errors import ReleaseError

STRATA = [(band, "nan-TW", "read", gender) for band in ("low", "high") for gender in ("f", "m")]


@st.composite
def corpora(draw, least_speakers=3):
    speakers = draw(st.integers(least_speakers, 12))
    count = draw(st.integers(speakers, 60))
    sentences = draw(st.integers(3, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    return corpus(speakers, count, sentences, seed, dialogues=draw(st.integers(0, 2)))


def corpus(speakers, count, sentences, seed, dialogues=0, first=0):
    chance = random.Random(seed)
    made = []
    for i in range(first, first + count):
        speaker = i % speakers if i < first + speakers else chance.randrange(speakers)
        dialogue = f"d{chance.randrange(dialogues)}-{speaker // 2}" if dialogues and i % 7 == 0 else None
        made.append(
            SplitClip(
                utt_id=f"spk{speaker:05d}-s0001-{i:06d}",
                speaker_id=f"spk{speaker:05d}",
                dialogue_id=dialogue,
                sentences=(f"t:{chance.randrange(sentences)}",),
                deciseconds=chance.randrange(10, 100),
                stratum=STRATA[i % 2 * 2 + speaker % 2],  # everybody reads in both bands
            )
        )
    return made


def planned(clips, before=None):
    return plan_splits(clips, corpus="demo", major=1, before=before or Before())


def planned_or_none(clips, before=None):
    try:
        return planned(clips, before)
    except ReleaseError as error:
        if error.code not in ("release.too-few-speakers", "release.split-empty"):
            raise
        return None


def time_in(clips, plan: Splits, split):
    return sum(clip.deciseconds for clip in clips if plan.main.get(clip.utt_id) == split)


def shared(clips, plan, value):
    seen = {}
    for clip in clips:
        if clip.utt_id in plan.main:
            for one in value(clip):
                seen.setdefault(one, set()).add(plan.main[clip.utt_id])
    return [one for one, splits in seen.items() if len(splits) > 1]


@given(corpora())
def test_no_speaker_sentence_or_dialogue_is_in_two_splits(clips):
    if plan := planned_or_none(clips):
        assert shared(clips, plan, lambda clip: [clip.speaker_id]) == []
        assert shared(clips, plan, lambda clip: clip.sentences) == []
        assert shared(clips, plan, lambda clip: [clip.dialogue_id] if clip.dialogue_id else []) == []


@given(corpora())
def test_every_clip_is_either_in_the_tree_or_beside_it_with_a_reason(clips):
    if plan := planned_or_none(clips):
        beside = {extra.utt_id: extra.reason for extra in plan.extra}
        assert plan.main.keys() | beside.keys() == {clip.utt_id for clip in clips}
        assert not plan.main.keys() & beside.keys()
        assert set(beside.values()) <= {"split.sentence-across", "split.over-cap", "split.dialogue-across"}


@given(corpora())
def test_a_held_out_split_has_at_most_a_ninth_of_train_unless_one_clip_is_that_long(clips):
    if plan := planned_or_none(clips):
        for split in ("dev", "test"):
            held = time_in(clips, plan, split)
            alone = sum(where == split for where in plan.main.values()) == 1
            assert CAP * held <= time_in(clips, plan, "train") or alone


@given(corpora(), st.randoms(use_true_random=False))
def test_the_order_of_the_clips_changes_nothing(clips, chance):
    shuffled = list(clips)
    chance.shuffle(shuffled)
    assert planned_or_none(clips) == planned_or_none(shuffled)


@settings(max_examples=25)
@given(corpora(), st.integers(0, 2**32 - 1))
def test_over_five_growth_steps_nobody_changes_split_and_no_clip_leaves(clips, seed):
    plan = planned_or_none(clips)
    if plan is None:
        return
    chance = random.Random(seed)
    for step in range(5):
        before = Before(speakers=plan.speakers, sentences=plan.sentences_pinned, clips=plan.main)
        clips = clips + corpus(12, 12, 40, chance.random(), first=1000 * (step + 1))
        grown = planned(clips, before)
        assert {s: grown.speakers[s] for s in plan.speakers} == dict(plan.speakers)
        assert {utt: grown.main.get(utt) for utt in plan.main} == dict(plan.main)
        plan = grown


@settings(max_examples=25)
@given(corpora(least_speakers=6), st.data())
def test_a_withdrawal_moves_nobody_else(clips, data):
    plan = planned_or_none(clips)
    if plan is None:
        return
    gone = data.draw(st.sampled_from(sorted(plan.speakers)))
    rest = [clip for clip in clips if clip.speaker_id != gone]
    before = Before(speakers=plan.speakers, sentences=plan.sentences_pinned, clips=plan.main)
    after = planned_or_none(rest, before)
    if after is not None:
        stayed = {utt: split for utt, split in plan.main.items() if not utt.startswith(gone)}
        assert {utt: after.main.get(utt) for utt in stayed} == stayed


def test_a_new_dialogue_between_speakers_of_different_splits_stays_out_of_the_tree():
    clips = corpus(9, 90, 900, seed=4)
    plan = planned(clips)
    one, other = (
        next(speaker for speaker, split in plan.speakers.items() if split == wanted)
        for wanted in ("train", "test")
    )
    talk = [
        SplitClip(
            utt_id=f"{speaker}-s0009-000001",
            speaker_id=speaker,
            dialogue_id="new",
            sentences=(f"t:new-{speaker}",),
            deciseconds=30,
            stratum=STRATA[0],
        )
        for speaker in (one, other)
    ]
    before = Before(speakers=plan.speakers, sentences=plan.sentences_pinned, clips=plan.main)
    grown = planned([*clips, *talk], before)
    reasons = {extra.utt_id: extra.reason for extra in grown.extra}
    assert [reasons[clip.utt_id] for clip in talk] == ["split.dialogue-across"] * 2


def test_a_corrected_text_that_equals_a_train_sentence_sends_the_held_out_clip_away():
    clips = corpus(9, 90, 9000, seed=4)
    plan = planned(clips)
    held = next(clip for clip in clips if plan.main.get(clip.utt_id) == "test")
    trained = next(clip for clip in clips if plan.main.get(clip.utt_id) == "train")
    corrected = SplitClip(
        utt_id=held.utt_id,
        speaker_id=held.speaker_id,
        dialogue_id=None,
        sentences=trained.sentences,
        deciseconds=held.deciseconds,
        stratum=held.stratum,
    )
    before = Before(speakers=plan.speakers, sentences=plan.sentences_pinned, clips=plan.main)
    after = planned([corrected if clip is held else clip for clip in clips], before)
    assert held.utt_id not in after.main
    assert after.main[trained.utt_id] == "train"


def test_two_speaker_groups_are_too_few():
    clips = corpus(2, 20, 20, seed=1)
    with pytest.raises(ReleaseError, match="need 3 independent speaker groups, here are 2"):
        planned(clips)


def test_partners_of_a_dialogue_are_in_one_split_and_so_are_theirs():
    clips = corpus(12, 120, 9000, seed=6, dialogues=2)
    plan = planned(clips)
    talks = {}
    for clip in clips:
        if clip.dialogue_id:
            talks.setdefault(clip.dialogue_id, set()).add(clip.speaker_id)
    assert any(len(speakers) > 1 for speakers in talks.values())
    for speakers in talks.values():
        assert len({plan.speakers[speaker] for speaker in speakers}) == 1


def test_a_split_over_its_cap_loses_new_clips_with_that_reason_and_keeps_one():
    clips = corpus(3, 60, 9000, seed=2)  # three speakers of like length: no held-out one is a ninth of train
    plan = planned(clips)
    reasons = collections.Counter(extra.reason for extra in plan.extra)
    assert reasons["split.over-cap"] > 0
    for extra in plan.extra:
        assert extra.speaker_split == extra.sentence_split
        assert extra.speaker_split in ("dev", "test")
    assert {"train", "dev", "test"} <= set(plan.main.values())
    assert "split.few-speakers" in plan.warnings


def test_a_cap_that_withdrawals_alone_broke_is_a_warning_and_moves_nobody():
    clips = corpus(9, 90, 9000, seed=4)
    plan = planned(clips)
    trained = sorted(speaker for speaker, split in plan.speakers.items() if split == "train")
    rest = [clip for clip in clips if clip.speaker_id not in trained[1:]]
    before = Before(speakers=plan.speakers, sentences=plan.sentences_pinned, clips=plan.main)
    after = planned(rest, before)
    assert "split.cap-broken" in after.warnings
    assert after.extra == ()


@pytest.mark.parametrize("count", [1_000, 10_000])
def test_at_least_four_fifths_of_the_hours_are_there_to_train_on_and_the_rest_is_like_them(count):
    assert_size(count)


@pytest.mark.slow
@pytest.mark.parametrize("speakers", [50, 100, 400])
@pytest.mark.parametrize("count", [1_000, 5_000, 10_000, 23_929, 50_000])
def test_the_whole_table_of_sizes_is_kept(count, speakers):
    assert_size(count, speakers)


def assert_size(count, speakers=80):
    clips = corpus(speakers, count, 20 * count, seed=count)  # one sentence in about forty is said twice
    plan = planned(clips)
    total = sum(clip.deciseconds for clip in clips)
    assert time_in(clips, plan, "train") >= 0.8 * total
    whole = hours_by_stratum(clips)
    for split in ("dev", "test"):
        held = hours_by_stratum(clip for clip in clips if plan.main.get(clip.utt_id) == split)
        assert held.total() > 0.04 * total
        off = sum(abs(held[name] / held.total() - whole[name] / total) for name in whole)
        assert off / 2 <= 0.10


def hours_by_stratum(clips) -> collections.Counter:
    found = collections.Counter()
    for clip in clips:
        found[clip.stratum] += clip.deciseconds
    return found
