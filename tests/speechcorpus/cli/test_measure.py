"""The command: rows, table, Parquet, bands, exit codes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from click.testing import CliRunner, Result

from benchmarks.signals import pink, voice
from speechcorpus.cli.measure import command
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import RECORD_ONLY, Measurement
from speechcorpus.workflows.measure_tracks import read_tracks_file
from speechcorpus.workflows.opinion import is_installed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number in (2, 1):
        samples = voice(seed=number, duration_s=4, rate_hz=16000).samples
        hiss = pink(level_dbfs=-55, duration_s=4, rate_hz=16000, seed=number)
        soundfile.write(tmp_path / "in" / f"take-{number}.flac", samples + hiss, 16000)
    return tmp_path / "in"


def run(*arguments: object, names: bytes | None = None) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], input=names)


def rows_of(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_is_one_object_a_line_in_order_with_every_key(folder):
    result = run(folder, "--json", "--jobs", 2)
    rows = rows_of(result)
    assert result.exit_code == 0
    assert re.fullmatch(r"2 ok\ndigest [0-9a-f]{64}\n", result.stderr)
    assert [row["path"] for row in rows] == ["take-1.flac", "take-2.flac"]
    for row in rows:
        assert list(row) == [key for key in Measurement.__slots__ if key not in RECORD_ONLY]


def test_the_table_is_for_people_and_names_what_went_wrong(folder):
    (folder / "bad.wav").write_bytes(b"words")
    result = run(folder)
    assert result.exit_code == 1
    assert "dBFS" in result.stdout
    assert "refused: not-audio" in result.stdout
    assert result.stderr.startswith("2 ok, 1 refused\ndigest ")


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
        ("--calibration-db", "nan"),
        ("--calibration", "nowhere.json"),
        ("--calibration", "nowhere.json", "--calibration-db", "90"),
        ("--room-tone", "nowhere.wav"),
        ("--engine", "dask"),
        ("--depth", "deep"),
        ("--resume",),
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


def test_a_calibration_record_holds_for_its_rate_and_its_time(folder, tmp_path):
    record = {"id": "c-1", "offset_db": "100.0", "method": "calibrator", "u_db": "1.0", "rate_hz": 16000}
    (tmp_path / "c.json").write_text(json.dumps(record))
    row = rows_of(run(folder, "--json", "--calibration", tmp_path / "c.json"))[0]
    assert (row["calibration_id"], row["calibration_db"], row["calibration_u_db"]) == ("c-1", 100.0, 1.0)
    (tmp_path / "c.json").write_text(json.dumps({**record, "rate_hz": 48000}))
    row = rows_of(run(folder, "--json", "--calibration", tmp_path / "c.json"))[0]
    assert (row["calibration_id"], row["noise_laeq_dba"], row["band"]) == (None, None, None)
    (tmp_path / "c.json").write_text(json.dumps({**record, "expires_at": "2020-01-01T00:00:00+00:00"}))
    result = run(folder, "--json", "--calibration", tmp_path / "c.json")
    assert result.exit_code == 2
    assert "c-1 expired at 2020-01-01" in result.stderr


def test_names_come_from_standard_input_one_a_line_or_with_nul(folder, tmp_path):
    odd = folder / "two\nlines.flac"
    (folder / "take-1.flac").rename(odd)
    names = [str(folder / "take-2.flac"), str(folder / "gone.flac")]
    rows = rows_of(run("-", "--json", names="\n".join([*names, ""]).encode()))
    assert [(row["path"], row["error_code"]) for row in rows] == [(names[1], "unreadable"), (names[0], None)]
    rows = rows_of(run("-", "-0", "--json", names="\0".join([str(odd), names[0]]).encode()))
    assert [(row["path"], row["status"]) for row in rows] == [(names[0], "ok"), (str(odd), "ok")]


def test_a_room_tone_is_measured_and_used_where_speech_left_no_gap(folder, tmp_path):
    room = pink(level_dbfs=-55, duration_s=5, rate_hz=16000, seed=9)
    soundfile.write(tmp_path / "room.flac", room, 16000)
    talk = voice(seed=3, duration_s=60, rate_hz=16000)
    speaks = np.repeat(talk.speaks, 320)
    without_pauses = talk.samples[: speaks.size][speaks][: 16000 * 4]
    soundfile.write(folder / "take-3.flac", without_pauses + room[: without_pauses.size], 16000)
    before = rows_of(run(folder / "take-3.flac", "--json"))[0]
    row = rows_of(run(folder / "take-3.flac", "--json", "--room-tone", tmp_path / "room.flac"))[0]
    if before["noise_method"] == "la90" and abs(before["la90_dbfs"] + 55) < 2:
        assert row["noise_method"] == "room_tone"
    soundfile.write(tmp_path / "short.flac", room[:16000], 16000)
    result = run(folder, "--room-tone", tmp_path / "short.flac")
    assert result.exit_code == 2
    assert "record the empty room" in result.stderr


def test_depth_core_leaves_the_other_detectors_null(folder):
    core, full = (rows_of(run(folder, "--json", "--depth", depth))[0] for depth in ("core", "full"))
    assert core["settings_sha256"] != full["settings_sha256"]
    assert core["hum_db"] is None
    assert full["hum_db"] is not None
    assert core["noise_laeq_dbfs"] == full["noise_laeq_dbfs"]


def test_the_second_stage_is_never_taken_only_if_it_happens_to_be_there(folder, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run(folder, "--vad", "silero-second")
    assert result.exit_code == 2
    assert "pip install 'speechcorpus[neural]'" in result.stderr


def test_tracks_lie_beside_one_another_whatever_the_inputs_are_called(folder, tmp_path):
    (folder / "bad.wav").write_bytes(b"words")
    (folder / "deep").mkdir()
    (folder / "deep" / "take-1.flac").write_bytes((folder / "take-1.flac").read_bytes())
    out = tmp_path / "tracks"
    result = run(folder, folder / "deep", "--json", "--tracks", out)
    made = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    names = [
        "deep/take-1.flac.parquet",
        "take-1.flac-2.parquet",
        "take-1.flac.parquet",
        "take-2.flac.parquet",
    ]
    assert made == names
    tracks = read_tracks_file(out / "take-1.flac.parquet")
    row = next(row for row in rows_of(result) if row["path"] == "take-1.flac")
    assert len(tracks.laeq_dbfs) == len(tracks.noise_laeq_dbfs) == 4
    assert sum(end_s - start_s for start_s, end_s in tracks.speech) == pytest.approx(
        row["speech_s"], abs=0.01
    )
    assert pq.ParquetFile(out / "take-1.flac.parquet").num_row_groups == 2


def test_a_name_never_leads_out_of_the_folder_of_tracks(folder, tmp_path, monkeypatch):
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert run("../in/take-1.flac", "--tracks", "tracks").exit_code == 0
    assert (tmp_path / "below" / "tracks" / "in" / "take-1.flac.parquet").exists()


def test_the_digest_depends_on_the_rows_and_not_on_how_they_came(folder, tmp_path):
    digests = {run(folder, "--json", "--jobs", jobs).stderr for jobs in (1, 2, 3)}
    digests.add(run(folder, "--json", "--parquet", tmp_path / "rows.parquet").stderr)
    assert len(digests) == 1
    assert run(folder, "--calibration-db", 90).stderr not in digests
    (folder / "take-1.flac").rename(folder / "take-9.flac")
    assert run(folder, "--json").stderr not in digests


def test_measuring_waits_for_no_heavy_import(folder):
    script = (
        "import sys; from speechcorpus.cli.measure import command\n"
        "from speechcorpus.audio.child import shared_children\n"
        "try: command.main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "seen = shared_children().call('tests.speechcorpus.audio.stunts:modules', {}, cpu_s=5).values\n"
        "assert 'speechcorpus.qc.measure' in seen\n"
        "heavy = ['librosa', 'matplotlib', 'numba', 'onnxruntime', 'ray', 'pyloudnorm', 'scipy.signal']\n"
        "print([name for name in heavy if name in sys.modules or name in seen], file=sys.stderr)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script, folder, "--jobs", "1"], capture_output=True, text=True, check=True
    )
    assert shown.stderr.splitlines()[-1] == "[]"


def test_a_second_opinion_stands_beside_a_flagged_recording_of_mandarin_only(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    if not is_installed():
        pytest.skip("the extra `neural` is not installed")
    samples = voice(seed=5, duration_s=4, rate_hz=16000).samples
    clipped = np.clip(8 * samples, -0.5, 0.5)  # flat tops: flagged
    soundfile.write(tmp_path / "a.wav", clipped, 16000, subtype="PCM_16")
    pages = {}
    for variety in ("cmn-TW", "nan-TW"):
        folder = tmp_path / variety
        run(tmp_path / "a.wav", "--report", folder, "--report-variety", variety)
        pages[variety] = (folder / "clips" / "000001.html").read_text(encoding="utf-8")
    assert "DNSMOS" in pages["cmn-TW"]
    assert "DNSMOS" not in pages["nan-TW"]
