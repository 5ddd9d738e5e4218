"""Bands files, and the verdict near an edge."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SignalError
from speechcorpus.noise.band import DEFAULT_BANDS, judge_level, parse_bands


def bands_file(*bands: tuple[str, object, object], unit: str = "dBA") -> str:
    listed = [{"name": name, "low": low, "high": high} for name, low, high in bands]
    return json.dumps({"unit": unit, "bands": listed}, indent=1)


def test_a_bands_file_reads_back_as_it_was_meant():
    bands = parse_bands(bands_file(("low", None, 40), ("high", 40, 70.5)))
    assert [(band.name, band.low, band.high) for band in bands.bands] == [
        ("low", None, 40),
        ("high", 40, 70.5),
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (bands_file(("low", None, 40), ("high", 41, 70)), "bands.order", 10),
        (bands_file(("low", None, 40), ("high", 39, 70)), "bands.order", 10),
        (bands_file(("low", 50, 40)), "bands.order", 5),
        (bands_file(("low", None, None), ("high", 40, 70)), "bands.edge", 5),
        (bands_file(("low", None, 40), ("low", 40, 70)), "bands.name", 10),
        (bands_file(("low", None, "40")), "bands.edge", 5),
        (bands_file(unit="dBA"), "bands.empty", 1),
        (bands_file(("low", None, 40), unit="dB"), "bands.unit", 1),
        ('{"unit": "dBA",\n "bands": [{"name": "low", "low": null, "high": NaN}]}', "bands.json", 1),
        ('{"unit": "dBA",\n "bands": [}', "bands.json", 2),
    ],
)
def test_a_wrong_bands_file_is_refused_with_its_line(text, code, line):
    with pytest.raises(SignalError, match=rf"line {line}\)") as refused:
        parse_bands(text)
    assert refused.value.code == code


@given(level=st.floats(0, 120), uncertainty_db=st.floats(0.1, 12))
def test_a_level_within_its_uncertainty_of_an_edge_is_never_outside(level, uncertainty_db):
    for required in (None, *DEFAULT_BANDS.bands):
        verdict = judge_level(level, DEFAULT_BANDS, required=required, uncertainty_db=uncertainty_db)
        if verdict.margin_db is not None and abs(verdict.margin_db) <= uncertainty_db:
            assert verdict.status == "borderline"
        if required is None and verdict.band != "above":
            assert verdict.status != "outside"


@pytest.mark.parametrize(("level", "name"), [(39.99, "low"), (40, "medium"), (55, "high"), (70, "above")])
def test_an_edge_belongs_to_the_band_above_it(level, name):
    assert judge_level(level, DEFAULT_BANDS, required=None, uncertainty_db=1).band == name
