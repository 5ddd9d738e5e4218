"""No cell of a table for people is a formula."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from recorder_web.spreadsheet import FORMULA, csv_table


@given(st.lists(st.one_of(st.text(), st.sampled_from(FORMULA).map(lambda sign: f"{sign}cmd|' /C calc'!A0"))))
def test_whatever_is_written_into_a_cell_no_spreadsheet_computes_it(texts):
    (row,) = list(csv.reader(io.StringIO(csv_table([["", *texts]]), newline=""))) if texts else [[""]]
    assert [text for text in row if text.lstrip(" ").startswith(FORMULA)] == []
    assert [shown.removeprefix("'") for shown in row[1:]] == [text.removeprefix("'") for text in texts]


def test_a_number_below_nothing_stays_a_number():
    assert csv_table([[-1.5]]) == "-1.5\r\n"
