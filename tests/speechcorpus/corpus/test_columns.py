"""The table of a release and the row of a measurement are held together."""

import dataclasses
import re

import pytest

from speechcorpus.corpus.column_meanings import MEANINGS
from speechcorpus.corpus.columns import ADDED, BY_NAME, COLUMNS, check_row, measured_cells
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.domain.measurement import Measurement
from tests.release_corpus import made_clips, planned


def test_every_source_of_a_column_is_a_field_of_the_measured_row():
    fields = {field.name for field in dataclasses.fields(Measurement)}
    assert {column.field for column in COLUMNS if column.field} - fields == set()


def test_the_table_has_the_columns_of_the_specification(shared):
    text = (shared / "spec" / "release.md").read_text("utf-8")
    table = text.split("## 5. `clips.jsonl`: the table")[1].split("Where a column is a measurement")[0]
    named = set()
    for line in table.splitlines():
        if line.startswith("| `"):
            named |= set(re.findall(r"`([a-z0-9_]+)`", line.split("|")[1]))
    octaves = {name for name in BY_NAME if re.fullmatch(r"noise_\d+hz_db", name)}
    assert named | octaves | set(ADDED) == set(BY_NAME)  # those of decision 0106


def test_release_and_acoustics_name_the_same_source_for_every_measured_column(shared):
    spec = (shared / "spec" / "release.md").read_text("utf-8")
    said = spec.split("Where a column is a measurement")[1].split("and a test holds")[0]
    together = "`lead_s` / `tail_s` = `head_silence_s` / `tail_silence_s`"
    said = said.replace(together, "`lead_s` = `head_silence_s`, `tail_s` = `tail_silence_s`")
    acoustics = (shared / "spec" / "acoustics.md").read_text("utf-8")
    rows = acoustics.split("## 3. The row of")[1].split("A span:")[0]
    fields = set()
    for line in rows.splitlines():
        if line.startswith("| `"):
            fields |= set(re.findall(r"`([a-z0-9_]+)`", line.split("|")[1]))
    octaves = {f"noise_octave_{hz}_dbfs" for hz in (63, 125, 250, 500, 1000, 2000, 4000)}
    measured = {column.name: column.field for column in COLUMNS if column.field}
    assert {field for field in measured.values() if field not in fields} <= octaves
    for name, field in re.findall(r"`([a-z0-9_]+)` = `([a-z0-9_]+)`", said):
        assert measured[name] == field
    for name, field in measured.items():  # what the specification does not name has its own field's name
        assert name == field or f"`{field}`" in said or field in octaves


def test_every_column_says_what_it_means_on_the_card():
    assert set(MEANINGS) == set(BY_NAME)


def test_measured_values_are_rounded_once_and_counts_follow_from_seconds():
    row = {"noise_laeq_dbfs": -61.23456, "clipped_s": 0.002, "rate_hz": 48_000, "dropout_count": 1}
    cells = measured_cells({**row, "repeat_count": 2, "peak_dbfs": -0.001, "speech_ratio": 0.123456}, None)
    assert (cells["noise_dbfs"], cells["clipped_samples"], cells["dropouts"]) == (-61.23, 96, 3)
    assert str(cells["peak_dbfs"]) == "0.0"
    assert cells["speech_share"] == 0.1235


def test_where_no_gap_was_left_the_l90_of_the_whole_file_is_the_l90():
    cells = measured_cells({"noise_laeq_dbfs": -40.0, "noise_la90_dbfs": None, "noise_method": "la90"}, None)
    assert cells["noise_l90_dbfs"] == -40.0


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("split", "validation", "not one of train, dev, test"),
        ("num_samples", None, "has no value"),
        ("num_samples", 1.5, "is no integer"),
        ("snr_db", 20, "is no float"),
        ("snr_db", 20.123, "not rounded to 2 decimals"),
        ("speech_share", 1.5, "outside 0.0–1.0"),
        ("device", "nan", "take for a missing value"),
        ("device", "12", "take for a number"),
    ],
)
def test_a_cell_that_breaks_its_column_is_named(column, value, says):
    row = dict(planned(made_clips(), include_synthetic=True).rows[0])
    columns = [c for c in COLUMNS if c.name in row]
    check_row(row, columns)
    with pytest.raises(ReleaseError, match=f"{row['utt_id']}: {column} .*{re.escape(says)}"):
        check_row({**row, column: value}, columns)
