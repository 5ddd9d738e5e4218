"""Selection: every reason to stay out has its code, and a broken blob stops everything."""

from dataclasses import replace
from itertools import permutations

import pytest

from speechcorpus.corpus.flac import NO_MD5
from speechcorpus.corpus.selection import select
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.domain.errors import ReleaseError
from tests.release_corpus import made_clip, made_clips, planned

SETTINGS = ReleaseSettings()


def refused_as(candidate) -> str:
    (refusal,) = select([candidate], SETTINGS).refused
    return refusal.code


def test_a_clip_with_everything_in_order_enters():
    assert select([made_clip(1, speaker=0).candidate], SETTINGS).refused == ()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("release.not-accepted", {"outcomes": ("accepted", "refused")}),
        ("release.not-accepted", {"outcomes": ()}),
        ("release.consent-missing", {"consented": False}),
        ("release.withdrawn", {"withdrawn": True}),
        ("release.synthetic", {"facts": {"source_kind": "synthetic"}}),
        ("release.text-violation", {"text": "你好、請坐。"}),
        ("release.text-violation", {"text": " 你好。"}),
        ("release.text-violation", {"text": "你好　請坐。"}),
        ("release.text-violation", {"text": "e\u0301"}),
        ("release.audio-form", {"info": None}),
        ("release.audio-form", {"constant": True}),
        ("release.duration", {"seconds": 0.2}),
        ("release.duration", {"seconds": 31.0}),
    ],
)
def test_each_reason_to_stay_out_has_its_code(code, changes):
    assert refused_as(made_clip(1, speaker=0, **changes).candidate) == code


def test_another_rate_two_channels_or_no_md5_are_no_form_for_a_release():
    clip = made_clip(1, speaker=0).candidate
    for info in ({"rate_hz": 48_000}, {"channels": 2}, {"pcm_md5": NO_MD5}, {"frames": 0}):
        assert refused_as(replace(clip, info=replace(clip.info, **info))) == "release.audio-form"


def test_the_earlier_of_two_equal_recordings_stays():
    first, again = made_clip(1, speaker=0).candidate, made_clip(1, speaker=1).candidate
    again = replace(again, segment_id="segment-9", recorded_at="2026-11-21T00:00:00+00:00")
    found = select([again, first], SETTINGS)
    assert [kept.segment_id for kept in found.kept] == [first.segment_id]
    assert [refusal.code for refusal in found.refused] == ["release.duplicate-audio"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_three_equal_recordings_the_first_stays_and_both_others_name_it(order):
    one = made_clip(1, speaker=0).candidate
    again = [
        replace(one, segment_id=f"s{day}", recorded_at=f"2026-11-2{day}T00:00:00+00:00") for day in range(3)
    ]
    found = select([again[place] for place in order], SETTINGS)
    assert [kept.segment_id for kept in found.kept] == ["s0"]
    assert [(refusal.segment_id, refusal.detail) for refusal in found.refused] == [
        ("s1", "same audio as s0"),
        ("s2", "same audio as s0"),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_broken_blobs_the_earlier_recording_is_named(order):
    broken = [made_clip(i, speaker=0, blob_fault="its blob is missing").candidate for i in range(2)]
    with pytest.raises(ReleaseError, match="clip segment-0000"):
        select([broken[place] for place in order], SETTINGS)


def test_a_broken_blob_stops_the_build_and_names_the_clip():
    broken = made_clip(1, speaker=0, blob_fault="its blob is missing").candidate
    with pytest.raises(ReleaseError, match="clip segment-0001: its blob is missing") as caught:
        select([broken], SETTINGS)
    assert caught.value.code == "release.fixity"


def test_a_clip_without_a_required_measurement_stays_out_and_is_counted():
    clips = [*made_clips(), made_clip(40, speaker=0, facts={"snr_db": None})]
    plan = planned(clips, include_synthetic=True)
    assert plan.release["excluded"]["release.measurement-missing"]["clips"] == 1
    assert plan.refused[0].detail == "snr_db"


def test_a_clip_whose_edges_nobody_could_measure_enters_with_empty_cells():
    unmeasured = {"lead_s": None, "tail_s": None}
    clips = [*made_clips(), made_clip(40, speaker=0, facts=unmeasured)]
    plan = planned(clips, include_synthetic=True)
    assert plan.refused == ()
    silent = [row for row in plan.rows if row["lead_s"] is None]
    assert [{name: row[name] for name in unmeasured} for row in silent] == [unmeasured]


def test_a_subvariety_of_four_speakers_is_not_published():
    clips = [made_clip(i, speaker=i % 9, facts={"subvariety": "lukang"}) for i in range(36)]
    few = [made_clip(i, speaker=i % 9, facts={"subvariety": f"s{i % 9 // 4}"}) for i in range(36)]
    assert {row["subvariety"] for row in planned(clips).rows} == {"lukang"}
    assert {row["subvariety"] for row in planned(few).rows} == {"undisclosed"}
