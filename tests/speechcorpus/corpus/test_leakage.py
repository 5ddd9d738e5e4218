"""The leakage report counts what splits share, finds what nearly repeats, and names clips only by id."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.corpus.leakage import FORBIDDEN, leakage_report, leaks
from speechcorpus.corpus.near_duplicates import NEAR, NEAR_CHARACTERS, near_duplicates
from tests.release_corpus import made_clips, planned

PLAN = planned(made_clips(), include_synthetic=True)
PAIRS = ["dev-test", "train-dev", "train-test"]


def report(rows):
    return leakage_report(rows, PLAN.release)


def moved(change):
    """The table after one change: a clip of test that shares something with one of train."""
    rows = [dict(row) for row in PLAN.rows]
    one = next(row for row in rows if row["split"] == "train")
    other = next(row for row in rows if row["split"] == "test")
    other.update(change(one))
    return rows, sorted([str(one["utt_id"]), str(other["utt_id"])])


def test_a_release_shares_nothing_that_it_must_not_and_says_what_it_holds():
    found = report(PLAN.rows)
    assert leaks(found) == 0
    assert sorted(found["pairs"]) == PAIRS
    assert set(found["pairs"]["dev-test"]["must_be_zero"]) == set(FORBIDDEN)
    assert set(found["pairs"]["dev-test"]["informative"]) == {"topics", "devices", "near_duplicates"}
    total = sum(hours for strata in found["hours"].values() for hours in strata.values())
    assert abs(total - sum(row["duration"] for row in PLAN.rows) / 3600) < 0.002
    assert set(found["distance_from_eligible"]) == {"dev", "test"}
    assert sum(found["hours_lost_to_extra"].values()) > 0


def test_each_kind_of_leak_is_counted_with_the_two_clips_as_example():
    kinds = {
        "speakers": lambda row: {"speaker_id": row["speaker_id"]},
        "sessions": lambda row: {"session_id": row["session_id"]},
        "prompts": lambda row: {"prompt_id": row["prompt_id"]},
        "sentences": lambda row: {"text": row["text"].replace("，", "！")},
        "audio": lambda row: {"pcm_md5": row["pcm_md5"]},
    }
    for kind, change in kinds.items():
        rows, both = moved(change)
        found = report(rows)["pairs"]["train-test"]["must_be_zero"][kind]
        assert found["count"] == 1, kind
        assert sorted(found["examples"][0]) == both, kind


def test_a_shared_topic_or_device_is_told_but_is_no_leak():
    rows, _ = moved(lambda row: {"device": row["device"]})
    found = report(rows)
    assert found["pairs"]["train-test"]["informative"]["devices"]["count"] == 1
    assert leaks(found) == 0


@st.composite
def sentences_and_their_like(draw):
    """Sentences of up to 16 characters, and copies in which a character was changed, left out or added."""
    found = set()
    for base in draw(st.lists(st.text("天地人日月山水", min_size=9, max_size=15), min_size=1, max_size=6)):
        found.add(base)
        for at in draw(st.lists(st.integers(0, len(base) - 1), max_size=4)):
            found |= {
                base[:at] + "火" + base[at + 1 :],
                base[:at] + base[at + 1 :],
                base[:at] + "木" + base[at:],
            }
    return sorted(found)


@given(sentences_and_their_like())
def test_no_pair_that_nearly_repeats_is_missed_and_none_is_made_up(sentences):
    grams = {s: {s[k : k + 3] for k in range(len(s) - 2)} for s in sentences if len(s) >= NEAR_CHARACTERS}
    alike = [
        pair
        for pair in combinations(sorted(grams), 2)
        if len(grams[pair[0]] & grams[pair[1]]) >= NEAR * len(grams[pair[0]] | grams[pair[1]])
    ]
    assert near_duplicates(sentences) == alike
