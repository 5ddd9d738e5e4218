"""Columns made of buffers are those that the library makes of lists."""

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.publish.arrow_columns import column

VALUES = {
    pa.string(): st.text(),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.float64(): st.floats(allow_nan=False),
}


@pytest.mark.parametrize("kind", VALUES, ids=str)
@given(data=st.data())
def test_a_column_is_what_the_library_makes_of_the_list(kind, data):
    values = data.draw(st.lists(st.none() | VALUES[kind].filter(_is_writable)))
    made = column(values, kind)
    made.validate(full=True)
    assert made.equals(pa.array(values, kind))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5], pa.int64()),
        ([True], pa.int32()),
        (["1.5"], pa.float64()),
        ([1], pa.float64()),
        ([7], pa.string()),
    ],
)
def test_no_value_is_made_another_to_fit(values, kind):
    with pytest.raises(TypeError, match="in a column of"):
        column(values, kind)


def _is_writable(value):
    return not isinstance(value, str) or value.isascii() or value.encode("utf-8", "ignore").decode() == value


def test_no_other_library_of_tables_is_imported_for_it():
    code = "import sys, pyarrow as pa; from speechcorpus.publish.arrow_columns import column; "
    code += "column(['a'], pa.string()); sys.exit('pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
