"""Which version number may follow which: the rule that was broken and the smallest number are named."""

import dataclasses

import pytest

from speechcorpus.corpus.known_clips import older
from speechcorpus.corpus.request import Previous
from speechcorpus.corpus.version_rules import needs_of
from speechcorpus.corpus.versions import Needs, check_follows, parse_version
from speechcorpus.domain.errors import ReleaseError
from tests.release_corpus import made_clip, made_clips, planned


@pytest.fixture(scope="module")
def first():
    return planned(made_clips(), include_synthetic=True)


def previous_of(plan) -> Previous:
    return Previous(
        corpus_id="0" * 64, release=plan.release, clips=plan.rows, withdrawals=(), changelog=plan.changelog
    )


def followed(first, clips, version, **settings):
    settings = {"include_synthetic": True, **settings}
    return planned(clips, version=version, previous=previous_of(first), names=first.new_names, **settings)


def refusal_of(call, *args, **more) -> str:
    with pytest.raises(ReleaseError) as caught:
        call(*args, **more)
    assert caught.value.code == "release.version"
    return str(caught.value)


@pytest.mark.parametrize(
    ("version", "needs", "smallest"),
    [
        ("1.2.3", Needs(), "1.2.4"),
        ("1.2.4", Needs(adds="3 clips are added"), "1.3.0"),
        ("1.9.0", Needs(breaks="the column x is removed", adds="3 clips are added"), "2.0.0"),
        ("0.9.9", Needs(), "1.2.4"),
    ],
)
def test_the_smallest_permitted_version_is_named_with_its_rule(version, needs, smallest):
    last = parse_version("1.2.3")
    said = refusal_of(check_follows, parse_version(version), last, needs)
    assert said.endswith(f"the smallest permitted version is {smallest}")
    assert (needs.breaks or needs.adds or "1.2.3 is already there") in said
    check_follows(parse_version(smallest), last, needs)
    check_follows(parse_version("0.0.1"), None, needs)  # the first may be called anything


def test_a_patch_corrects_texts_and_takes_voices_out_but_adds_nothing(first):
    gone = [clip for clip in made_clips() if clip.candidate.speaker != "person-0"]
    fewer = followed(first, gone, "1.0.1")
    assert len(fewer.rows) < len(first.rows)
    more = [*made_clips(), made_clip(40, speaker=0)]
    assert "1 clips are added; the smallest permitted version is 1.1.0" in refusal_of(
        followed, first, more, "1.0.1"
    )
    assert followed(first, more, "1.1.0").release["version"] == "1.1.0"


def test_a_column_that_somebody_fills_for_the_first_time_makes_a_minor_version(first):
    filled = [
        dataclasses.replace(
            clip,
            candidate=dataclasses.replace(
                clip.candidate, facts={**clip.candidate.facts, "transcriber_agreement_cer": 0.1}
            ),
        )
        for clip in made_clips()
    ]
    said = refusal_of(followed, first, filled, "1.0.1")
    assert "the column transcriber_agreement_cer is added" in said


def test_audio_encoded_anew_or_a_column_removed_makes_a_major_version(first):
    row = dict(first.rows[0])
    again = needs_of(older([row]), [{**row, "sha256": "0" * 64}], (), {})
    assert again.breaks == f"the audio of {row['utt_id']} is encoded anew"
    assert (
        needs_of(older([{**row, "loudness": 1.0}]), [row], (), {}).breaks == "the column loudness is removed"
    )
    other = "dev" if row["split"] != "dev" else "test"
    assert "changes from" in needs_of(older([row]), [{**row, "split": other}], (), {}).breaks
    assert needs_of(older([row]), [row], (), {}) == Needs()


def test_a_clip_does_not_leave_a_major_version_because_of_other_settings(first):
    with pytest.raises(ReleaseError, match=r"would leave by other settings \(release\.duration\)"):
        followed(first, made_clips(), "1.1.0", max_duration_s=0.6)
    again = followed(first, made_clips(), "2.0.0", max_duration_s=0.79)
    assert len(again.rows) <= len(first.rows)
