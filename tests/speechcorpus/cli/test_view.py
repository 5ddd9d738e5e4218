"""A place is marked under the characters it means, whatever their width."""

import regex
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.cli._view import ROOM, marked, side_by_side, visible, width
from speechcorpus.transcribe.alignment import align
from tests.speechcorpus.transcribe.scoring_texts import hostile


@given(st.text(), st.data())
def test_marks_begin_and_end_in_the_columns_of_their_place(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown, marks = marked(text, start, end)
    before, under = len(marks) - len(marks.lstrip(" ")), marks.count("^")
    if width(visible(text)) <= ROOM:
        assert (shown, before) == (visible(text), width(visible(text[:start])))
        assert under == max(width(visible(text[start:end])), 1)


@given(st.text())
def test_nothing_that_moves_the_cursor_or_hides_reaches_the_terminal(text):
    assert not regex.search(r"[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]", visible(text))


@given(hostile, hostile)
def test_every_row_of_an_alignment_is_as_wide_as_the_others_and_none_too_wide(first, second):
    rows = list(side_by_side(align(first, second)))
    assert len(rows) % 3 == 0
    assert all(width(row) <= ROOM + 9 for row in rows)


def test_a_long_alignment_goes_on_below():
    rows = list(side_by_side(align("好" * 60, "好" * 60)))
    assert len(rows) == 6
    assert "".join(rows[0::3]).count("好") == 60


def test_double_width_and_combining_letters_keep_their_columns():
    assert list(side_by_side((("我", "我"), ("o̍", "𪜶"), (None, "a"), ("人", None)))) == [
        "ref  我 o̍  - 人",
        "hyp  我 𪜶 a -",
        "        S  I D",
    ]
