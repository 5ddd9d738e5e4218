"""The command: rows, table, Parquet, bands, exit codes."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from click.testing import CliRunner, Result

from benchmarks.signals import pink, voice
from speechcorpus.cli.measure import command
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import Measurement


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number in (2, 1):
        samples = voice(seed=number, duration_s=4, rate_hz=16000).samples
        hiss = pink(level_dbfs=-55, duration_s=4, rate_hz=16000, seed=number)
        soundfile.write(tmp_path / "in" / f"take-{number}.flac", samples + hiss, 16000)
    return tmp_path / "in"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def rows_of(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_is_one_object_a_line_in_order_with_every_key(folder):
    result = run(folder, "--json", "--jobs", 2)
    rows = rows_of(result)
    assert (result.exit_code, result.stderr) == (0, "2 ok\n")
    assert [row["path"] for row in rows] == ["take-1.flac", "take-2.flac"]
    for row in rows:
        assert list(row) == list(Measurement.__slots__)


def test_the_table_is_for_people_and_names_what_went_wrong(folder):
    (folder / "bad.wav").write_bytes(b"words")
    result = run(folder)
    assert result.exit_code == 1
    assert "dBFS" in result.stdout
    assert "refused: not-audio" in result.stdout
    assert result.stderr == "2 ok, 1 refused\n"


def test_a_calibration_turns_dbfs_into_dba_and_a_band(folder):
    plain = rows_of(run(folder, "--json"))[0]
    offset_db = round(48 - plain["noise_laeq_dbfs"], 2)
    row = rows_of(run(folder, "--json", "--calibration-db", offset_db, "--require-band", "medium"))[0]
    assert (row["noise_laeq_dba"], row["band"], row["required_band"]) == (48.0, "medium", "medium")
    assert (row["calibration_u_db"], row["band_status"]) == (3.0, "inside")
    assert plain["noise_laeq_dba"] is None


def test_bands_of_ones_own_in_dbfs_need_no_calibration(folder, tmp_path):
    bands = {"unit": "dBFS", "bands": [{"name": "still", "low": None, "high": -40}]}
    (tmp_path / "bands.json").write_text(json.dumps(bands))
    row = rows_of(run(folder, "--json", "--bands", tmp_path / "bands.json"))[0]
    assert (row["band"], row["band_status"]) == ("still", "inside")


def test_parquet_holds_the_same_rows(folder, tmp_path):
    loud = np.clip(soundfile.read(folder / "take-1.flac")[0] * 30, -1, 1)
    soundfile.write(folder / "take-1.flac", loud, 16000)
    result = run(folder, "--json", "--parquet", tmp_path / "rows.parquet")
    table = pq.read_table(tmp_path / "rows.parquet")
    assert table.to_pylist() == rows_of(result)
    assert table.to_pylist()[0]["spans"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--calibration-u-db", "1"),
        ("--jobs", "0"),
        ("--bands", "nowhere.json"),
        ("--parquet", "no/such/place"),
    ],
)
def test_a_wrong_command_measures_nothing_and_exits_2(arguments, folder, tmp_path):
    result = run(folder, *arguments)
    assert result.exit_code == 2
    assert not result.stdout


def test_nothing_to_measure_is_a_wrong_command(tmp_path):
    assert run(tmp_path).exit_code == 2
    assert run().exit_code == 2


def test_a_wrong_band_or_bands_file_is_an_error_that_names_it(folder, tmp_path):
    with pytest.raises(SignalError, match="low, medium, high"):
        command.main([str(folder), "--require-band", "silent"], standalone_mode=False)
    (tmp_path / "bands.json").write_text('{"unit": "dBA",\n "bands": [}')
    with pytest.raises(SignalError, match="line 2"):
        command.main([str(folder), "--bands", str(tmp_path / "bands.json")], standalone_mode=False)
