"""What is packed comes out equal, in order or by place; a plan of many clips holds little of each."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.planning import told
from speechcorpus.corpus.packed import Packed, Picked
from tests.release_corpus import made_clips

CELLS = st.dictionaries(
    st.text(max_size=12), st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300)
)
BYTES_A_CLIP = 2200  # some 1,650 are held at once; as plain rows it was 9,000


@given(rows=st.lists(CELLS, max_size=80), places=st.lists(st.integers(0, 79), max_size=20))
def test_rows_come_out_as_they_went_in(rows, places):
    packed = Packed(rows)
    assert list(packed) == rows == list(packed)
    assert packed == rows
    assert packed != [*rows, {}]
    wanted = [place for place in places if place < len(rows)]
    assert list(Picked(packed, wanted)) == [rows[place] for place in wanted] == [packed[p] for p in wanted]
    assert list(packed[3:9]) == rows[3:9]
    assert [Picked(packed, wanted)[-1]] == [rows[wanted[-1]]] if wanted else True


def test_a_clip_comes_out_whole_and_is_another_object():
    clips = [clip.candidate for clip in made_clips()]
    packed = Packed(clips)
    assert packed == clips
    assert packed[29] is not clips[29]
    assert replace(packed[29], segment_id="x").segment_id == "x"


def test_a_place_beyond_the_end_is_refused():
    with pytest.raises(IndexError):
        Packed(["a"])[1]


def test_a_clip_takes_a_tenth_of_its_size():
    assert Packed(told(1000)).bytes < 300_000


def test_planning_holds_little_of_each_clip():
    """Two sizes, a process each: what one clip more costs is the slope between them."""
    command = [sys.executable, "-m", "benchmarks.planning", "--json", "--clips", "4000", "16000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peaks = [float(line.split('"peak_mib": ')[1].split(",")[0]) for line in done.stdout.splitlines()]
    assert 0 < (peaks[1] - peaks[0]) * 2**20 / 12_000 < BYTES_A_CLIP
