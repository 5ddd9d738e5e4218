"""A released text cannot be taken for a formula by the sheet that opens `metadata.csv`."""

import pytest

from speechcorpus.corpus.wording import permitted_marks, text_fault


@pytest.mark.parametrize("orthography", ["hanji", "hanlo", "tailo", "poj"])
@pytest.mark.parametrize(
    "text", ["=cmd|'/C calc'!A0", "+1+1", "@SUM(A1)", "-1+cmd|'/C calc'!A0", "\t=1", "\uff1d1", "|cmd"]
)
def test_what_a_sheet_would_run_enters_no_release(orthography, text):
    assert text_fault(text, permitted_marks(orthography)) is not None
