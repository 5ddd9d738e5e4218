"""A recogniser against a split: what is missing, what is of another split, what cannot be believed."""

import pytest

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.workflows.release_scores import Asked, score_release
from tests.score_tree import clip_row, core_tree

SAID = "天地人，日月。"
ROWS = [clip_row(speaker, number) for speaker in range(6) for number in range(3)]
IDS = [row["utt_id"] for row in ROWS]
PERFECT = dict.fromkeys(IDS, SAID)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    train = [clip_row(7, number, split="train") for number in range(2)]
    return core_tree(tmp_path_factory.mktemp("scores") / "tree", [*ROWS, *train])


def evaluated(tree, hypotheses, against=None, **options):
    asked = Asked(**{"split": "test", "by": ("band", "level"), "resamples": 200, **options})
    return score_release(tree, hypotheses, asked, against)


def codes(found):
    return [warned.code for warned in found.warnings]


def rates(found, number=0):
    return {rate.metric: rate for rate in found.groups[number].rates}


def test_a_perfect_recogniser_has_no_error_and_nothing_to_be_told_but_few_speakers(tree):
    found = evaluated(tree, PERFECT)
    assert {metric: rate.estimate.value for metric, rate in rates(found).items()} == {"cer": 0, "mixed_er": 0}
    assert [(group.grouped_by, group.name, group.clips) for group in found.groups[1:]] == [
        ("band", "low", 6),
        ("band", "medium", 6),
        ("band", "high", 6),
        ("level", "35 to 40 dB(A)", 6),
        ("level", "45 to 50 dB(A)", 6),
        ("level", "60 to 65 dB(A)", 6),
    ]
    assert codes(found) == ["score.few-speakers"]
    assert "all (6), band low (6)" in found.warnings[0].sentence


def test_a_clip_without_a_hypothesis_counts_as_all_deleted_and_is_named(tree):
    hypotheses = dict.fromkeys(IDS[1:], SAID)
    found = evaluated(tree, hypotheses)
    counts = rates(found)["cer"].score.folded
    assert (counts.deletions, counts.reference_length) == (5, 5 * len(IDS))
    assert found.clips[0].missing
    (told,) = [each for each in found.warnings if each.code == "score.missing"]
    assert told.sentence == f"1 of 18 clips have no hypothesis and are counted as all deleted: {IDS[0]}."


def test_clips_without_a_hypothesis_can_be_left_out_for_both_recognisers_alike(tree):
    first, second = dict.fromkeys(IDS[1:], SAID), dict.fromkeys(IDS[:-1], SAID)
    found = evaluated(tree, first, second, skip_missing=True)
    assert found.groups[0].clips == len(IDS) - 2
    assert rates(found)["cer"].other.folded.reference_length == 5 * (len(IDS) - 2)
    told = [each.sentence for each in found.warnings if each.code == "score.missing"]
    assert [sentence[:4] for sentence in told] == ["A: 1", "B: 1"]


def test_an_empty_hypothesis_is_no_missing_one(tree):
    found = evaluated(tree, PERFECT | {IDS[0]: ""})
    assert rates(found)["cer"].score.folded.deletions == 5
    assert codes(found) == ["score.few-speakers"]


def test_hypotheses_of_other_splits_and_of_no_clip_are_told_apart_and_left_out(tree):
    more = {f"spk00007-s0001-00000{n}": "x" for n in range(2)} | {f"unknown-{n}": "y" for n in range(7)}
    found = evaluated(tree, PERFECT | more)
    assert rates(found)["cer"].estimate.value == 0
    other, unknown, _ = (warned.sentence for warned in found.warnings)
    assert other.startswith("2 hypotheses are of clips of other splits")
    assert unknown.startswith("7 hypotheses are of no clip of this release")
    assert unknown.endswith("unknown-4 and 2 more.")


def test_hypotheses_of_which_none_is_of_the_split_are_refused(tree):
    for systems in (({"x": SAID},), (PERFECT, {"x": SAID})):
        with pytest.raises(ReleaseError, match="no hypothesis has the utt_id of a clip of the split") as no:
            evaluated(tree, *systems)
        assert no.value.code == "score.no-match"


def test_a_split_without_clips_to_compare_with_is_refused(tree):
    for options in ({"split": "dev"}, {"reference": "reading"}):
        with pytest.raises(ReleaseError) as refused:
            evaluated(tree, PERFECT, **options)
        assert refused.value.code == "score.no-clips"


def test_both_scripts_are_folded_clip_by_clip(tmp_path):
    rows = [clip_row(1, 0, "說話。"), clip_row(2, 0, "说话。", script="Hans")]
    tree = core_tree(tmp_path / "tree", rows)
    # a recogniser that writes traditional characters only is right about simplified speech
    found = evaluated(tree, {row["utt_id"]: "說話" for row in rows})
    assert rates(found)["cer"].score.folded.errors == 0


def test_syllables_are_counted_where_the_text_is_romanised_and_against_the_reading(tmp_path):
    rows = [
        clip_row(1, 0, "Guá sī lâng.", orthography="tailo"),
        clip_row(2, 0, "我是人。", reading="guá sī lâng"),
        clip_row(3, 0, "好。"),
    ]
    tree = core_tree(tmp_path / "tree", rows)
    texts = {row["utt_id"]: "góa si7 lang5" for row in rows}
    written = rates(evaluated(tree, texts))
    assert written["ser"].score.folded.reference_length == 3
    assert (written["ser"].estimate.value, written["cer"].score.pairs) == (0, 3)
    found = evaluated(tree, texts, reference="reading")
    assert [(name, rate.estimate.value) for name, rate in rates(found).items()] == [
        ("ser", 0),
        ("ser_toneless", 0),
    ]
    assert found.warnings[0].sentence == "2 clips of the split have no reading and are left out."


def test_a_table_that_was_changed_is_nobody_s_measure(tmp_path):
    tree = core_tree(tmp_path / "tree", ROWS)
    (tree / "SHA256SUMS").write_bytes(b"")
    assert "score.references-changed" in codes(evaluated(tree, PERFECT))


def test_references_of_one_speaker_in_mandarin_wording_are_named(tmp_path):
    taigi = [clip_row(1, number, "伊真好。") for number in range(10)]
    mandarin = [clip_row(2, number, "他們很喜歡在這裡。") for number in range(10)]
    spoken = [clip_row(3, number, "他們很喜歡在這裡。", language="cmn-TW") for number in range(10)]
    tree = core_tree(tmp_path / "tree", [*taigi, *mandarin, *spoken])
    found = evaluated(tree, {taigi[0]["utt_id"]: "好"})
    (told,) = [each.sentence for each in found.warnings if each.code == "score.mandarin-references"]
    assert told.startswith("The references spk00002-s0001-000000 to spk00002-s0001-000009 of spk00002 read")


def test_the_groups_of_one_speaker_each_are_no_warning(tree):
    assert codes(evaluated(tree, PERFECT, by=("speaker", "speaker+band"))) == ["score.few-speakers"]
    (warned,) = evaluated(tree, PERFECT, by=("speaker", "speaker+band")).warnings
    assert "speaker spk" not in warned.sentence
