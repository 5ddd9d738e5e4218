"""Groups of clips in an evaluation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.corpus.columns import BY_NAME
from speechcorpus.corpus.score_groups import (
    BIN_DB,
    COLUMN_OF,
    GROUPINGS,
    USUAL,
    group_of,
    level_edges,
    order_of,
    parse_groupings,
)
from speechcorpus.domain.errors import ReleaseError
from tests.examples import many


def test_every_grouping_is_a_column_of_the_release_and_the_usual_ones_are_groupings():
    assert set(COLUMN_OF.values()) <= set(BY_NAME)
    assert set(USUAL) <= set(GROUPINGS)


@settings(max_examples=many(100))
@given(st.floats(-200, 200))
def test_a_level_lies_in_its_bin_and_a_calibrated_one_is_preferred(level):
    name = group_of({"noise_dba": level, "noise_dbfs": -50.0}, "level")
    low, high, unit = level_edges(name)
    assert low <= level < high
    assert (high - low, unit) == (BIN_DB, "dB(A)")
    low, high, unit = level_edges(group_of({"noise_dba": None, "noise_dbfs": level}, "level"))
    assert low <= level < high
    assert unit == "dBFS"


@pytest.mark.parametrize("level", [None, "loud", float("nan"), float("inf"), 1e30])
def test_a_level_that_is_none_has_no_bin(level):
    assert group_of({"noise_dba": level, "noise_dbfs": level}, "level") is None


def test_levels_stand_from_quiet_to_loud():
    names = ["35 to 40 dB(A)", "-5 to 0 dB(A)", "100 to 105 dB(A)"]
    assert sorted(names, key=lambda name: order_of("level", name)) == [names[1], names[0], names[2]]


def test_a_name_that_holds_the_sign_between_two_groups_does_not_spoil_the_order():
    row = {"subvariety": "a × b", "noise_dba": 36.0}
    name = group_of(row, "subvariety+level")
    assert name == "a x b × 35 to 40 dB(A)"
    assert order_of("subvariety+level", name)[1] == (35.0, "dB(A)")


def test_a_grouping_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(ReleaseError, match="'colour' is not one of variety, band") as refused:
        parse_groupings("band,band+colour")
    assert refused.value.code == "score.grouping"
    assert parse_groupings(" band ,,band") == ("band",)
