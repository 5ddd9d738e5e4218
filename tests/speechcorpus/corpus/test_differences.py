"""What differs between two tables is told clip by clip, and never depends on anything but the rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.corpus.differences import EXTRA, Changed, Moved, differences, paired
from speechcorpus.domain.errors import ReleaseError

NAMES = st.dictionaries(st.integers(0, 12).map("u{:02d}".format), st.integers(0, 3), max_size=10)


def rows(clips, **more):
    return [
        {"utt_id": name, "split": "train", "text": f"t{n}", "snr_db": float(n), **more}
        for name, n in sorted(clips.items())
    ]


@settings(max_examples=30)
@given(old=NAMES, new=NAMES)
def test_added_removed_and_changed_clips_are_those_of_the_sets(old, new):
    found = differences(rows(old), rows(new))
    changed = tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name]))
    assert found.added == tuple(sorted(new.keys() - old.keys()))
    assert found.removed == tuple(sorted(old.keys() - new.keys()))
    assert tuple(c.utt_id for c in found.text_changed) == changed
    assert tuple(c.utt_id for c in found.metadata_changed) == changed
    assert len(list(paired(rows(old), rows(new)))) == len(old.keys() | new.keys())


@settings(max_examples=30)
@given(clips=NAMES)
def test_nothing_differs_from_itself(clips):
    found = differences(rows(clips), rows(clips), tuple(clips))
    assert not any((found.added, found.removed, found.moved, found.text_changed, found.metadata_changed))


def test_a_changed_cell_is_told_with_its_old_and_new_value_and_a_move_is_no_metadata():
    old = [{"utt_id": "a", "split": "dev", "audio_path": "audio/dev/a", "text": "好", "gender": None}]
    new = [{"utt_id": "a", "split": "test", "audio_path": "audio/test/a", "text": "好", "gender": "f"}]
    found = differences(old, new)
    assert found.moved == (Moved(utt_id="a", old="dev", new="test"),)
    assert found.metadata_changed == (Changed(utt_id="a", column="gender", old=None, new="f"),)


def test_a_clip_that_stands_beside_the_new_tree_moved_there_and_was_not_removed():
    found = differences(rows({"a": 1, "b": 1}), rows({"b": 1}), extra=("a",))
    assert (found.removed, found.moved) == ((), (Moved(utt_id="a", old="train", new=EXTRA),))


def test_a_column_that_came_is_told_once_and_not_for_every_clip():
    found = differences(rows({"a": 1, "b": 1}), rows({"a": 1, "b": 1}, hum_db=None))
    assert (found.columns_added, found.columns_removed, found.metadata_changed) == (("hum_db",), (), ())


def test_a_table_out_of_order_cannot_be_compared():
    with pytest.raises(ReleaseError, match=r"NEW: clips\.jsonl: 'a' is not after 'b'"):
        differences([], list(reversed(rows({"a": 1, "b": 1}))))
