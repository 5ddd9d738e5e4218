"""What a withdrawal takes out of the sources of a release."""

from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.corpus.documents import json_document, json_line
from speechcorpus.corpus.purging import remaining, remaining_consents, remaining_release, remaining_rows
from speechcorpus.corpus.withdrawn import withdrawn_in
from tests.release_corpus import made_clip, planned

PLAN = planned(
    [
        made_clip(
            i,
            speaker=i % 12,
            dialogue=f"talk-{i % 12 // 2}" if i % 12 in (0, 1) else "none",
            facts={"subvariety": "鹿港" if i % 12 < 6 else "宜蘭", "reading": "a" if i % 12 == 3 else "none"},
        )
        for i in range(60)
    ],
    include_synthetic=True,
)
SPEAKERS = sorted({str(row["speaker_id"]) for row in PLAN.rows if row["split"] == "train"})
CLIPS = [str(row["utt_id"]) for row in PLAN.rows if row["split"] == "train"]


def named(names):
    rows = [{"utt_id" if "-" in name else "speaker_id": name} for name in names]
    return withdrawn_in(rows)


def without(rows, consents, release, gone):
    told = remaining(rows, gone)
    return (
        list(remaining_rows(rows, gone, told)),
        list(remaining_consents(consents, told)),
        remaining_release(release, gone, told, version="1.0.0+w1", formats=["audio"]),
    )


def in_bytes(found):
    rows, consents, release = found
    return [*map(json_line, rows), *map(json_line, consents), json_document(release)]


NAMES = st.lists(st.sampled_from(SPEAKERS[1:] + CLIPS[10:]), max_size=8)


@settings(max_examples=25, deadline=None)
@given(first=NAMES, then=NAMES)
def test_two_withdrawals_one_after_the_other_come_to_the_same_as_both_at_once(first, then):
    plan = (PLAN.rows, PLAN.consents, PLAN.release)
    once = without(*plan, named(first + then))
    twice = without(*without(*plan, named(first)), named(first + then))
    assert in_bytes(once) == in_bytes(twice)


def test_the_counts_are_those_of_a_plan_without_the_voice():
    talking = {row["speaker_id"] for row in PLAN.rows if row["dialogue_id"] != "none"}
    gone = next(speaker for speaker in SPEAKERS if speaker not in talking)
    _, _, release = without(PLAN.rows, PLAN.consents, PLAN.release, named([gone]))
    rows = [row for row in PLAN.rows if row["speaker_id"] != gone]
    assert release["speakers"].keys() == PLAN.release["speakers"].keys() - {gone}
    before, now = PLAN.release["split"], release["split"]
    assert sum(before["eligible_ds"].values()) - sum(now["eligible_ds"].values()) == sum(
        round(row["duration"] * 10 + 1e-9) for row in PLAN.rows if row["speaker_id"] == gone
    )
    assert before["groups"] - now["groups"] == 1
    assert not any(gone in shard for shards in release["shards"].values() for shard in shards)
    assert len(rows) + sum(row["speaker_id"] == gone for row in PLAN.rows) == len(PLAN.rows)


def test_a_column_that_says_nothing_any_more_leaves_and_a_rare_variety_is_hidden():
    reader = next(str(row["speaker_id"]) for row in PLAN.rows if row["reading"] != "none")
    rows, _, release = without(PLAN.rows, PLAN.consents, PLAN.release, named([reader]))
    assert "reading" in PLAN.rows[0]
    assert "reading" not in rows[0]
    assert "reading" in release["absent_columns"]
    shared = {str(row["speaker_id"]) for row in PLAN.rows if row["subvariety"] == "鹿港"}
    few = sorted(shared & set(SPEAKERS))[: len(shared) - 4]
    rows, _, _ = without(PLAN.rows, PLAN.consents, PLAN.release, named(few))
    assert "鹿港" not in {row["subvariety"] for row in rows}


def test_what_was_pinned_stays_pinned_so_that_nobody_changes_split_later():
    _, _, release = without(PLAN.rows, PLAN.consents, PLAN.release, named(SPEAKERS[1:3]))
    assert release["sentences_pinned"] == PLAN.release["sentences_pinned"]
