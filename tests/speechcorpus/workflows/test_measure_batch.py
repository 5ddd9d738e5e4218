"""A chunk of files: one that kills its decoder costs only itself, and a journal answers for what it has."""

from dataclasses import replace
from pathlib import Path

import pytest

from speechcorpus.domain.measurement import Measurement
from speechcorpus.qc.settings import ANALYSER_VERSION, Settings
from speechcorpus.workflows.measure_batch import HowToMeasure, Input, measure_chunk
from speechcorpus.workflows.measure_digest import RowDigest
from speechcorpus.workflows.measure_files import find_inputs, measured_inputs
from speechcorpus.workflows.measure_journal import key_of, open_journal
from tests.speechcorpus.cli.measured_files import make_clips, sound, wav

CORE = HowToMeasure(settings=Settings(depth="core"))
STUNTS = "tests.speechcorpus.audio.stunts"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips") / "in"
    make_clips(folder, 200)
    return folder


def rows_of(folder: Path, how: HowToMeasure = CORE, **options) -> dict[str, Measurement]:
    return {one.row.path: one.row for one in measured_inputs(find_inputs([folder]), how, **options)}


def digest_of(rows: dict[str, Measurement]) -> str:
    digest = RowDigest()
    for row in rows.values():
        digest.add(row)
    return digest.hexdigest()


def test_a_decoder_that_aborts_on_one_clip_among_200_costs_one_row(clips, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number, clip in enumerate(sorted(clips.iterdir())):
        (folder / ("deadly.flac" if number == 77 else clip.name)).symlink_to(clip)
    rows = rows_of(folder, replace(CORE, task=f"{STUNTS}:measure_or_abort"), jobs=2)
    assert [row.path for row in rows.values() if row.status != "ok"] == ["deadly.flac"]
    assert len(rows) == 200
    deadly = rows["deadly.flac"]
    assert (deadly.status, deadly.error_code) == ("crashed", "decoder-crashed")
    assert (deadly.rate_hz, deadly.claimed_frames) == (16_000, 32_000)
    assert deadly.sha256 is not None
    undisturbed = rows_of(clips, jobs=2)
    assert {name: row for name, row in rows.items() if name != "deadly.flac"} == {
        name: row for name, row in undisturbed.items() if name != "clip-0077.flac"
    }


@pytest.mark.parametrize("name", ["inf.wav", "keys.wav"])
def test_a_row_that_is_none_of_ours_is_not_believed(name, tmp_path):
    (tmp_path / name).write_bytes(sound())
    how = replace(CORE, task=f"{STUNTS}:measure_wrongly")
    row = rows_of(tmp_path, how)[name]
    assert (row.status, row.error_code) == ("crashed", "decoder-crashed")


def test_a_file_that_goes_away_under_way_is_unreadable(tmp_path):
    records = measure_chunk([Input(file=str(tmp_path / "x.wav"), name="x")], CORE)
    assert records[0]["error_code"] == "unreadable"


def test_the_journal_answers_by_content_and_is_not_asked_for_what_changed(clips, tmp_path):
    inputs = find_inputs([clips])[:45]
    journal = open_journal(tmp_path / "j", CORE, resume=False)
    first = [one.row for one in measured_inputs(inputs, CORE, journal=journal)]
    journal.close()
    before = (tmp_path / "j").read_bytes()
    other = tmp_path / "other.flac"
    other.write_bytes(Path(inputs[3].file).read_bytes())
    changed = tmp_path / "changed.flac"
    changed.write_bytes(sound(form="FLAC"))
    asked = [*inputs[:3], replace(inputs[3], file=str(other), name="renamed"),
             replace(inputs[4], file=str(changed)), *inputs[5:]]  # fmt: skip
    journal = open_journal(tmp_path / "j", CORE, resume=True)
    again = [one.row for one in measured_inputs(asked, CORE, journal=journal)]
    journal.close()
    added = (tmp_path / "j").read_bytes().removeprefix(before)
    assert added.count(b"\n") == 1
    assert again[3] == replace(first[3], path="renamed")
    assert again[4].sha256 != first[4].sha256
    assert again[:3] + again[5:] == first[:3] + first[5:]


def test_which_records_answer_again(clips):
    clip = sorted(clips.iterdir())[0]
    record = measure_chunk([Input(file=str(clip), name="a")], CORE)[0]
    assert key_of(record, CORE) == record["sha256"]
    crashed = {**record, "status": "crashed", "error_code": "decoder-crashed"}
    too_long = {**record, "status": "refused", "error_code": "too-long"}
    not_finite = {**record, "status": "refused", "error_code": "non-finite"}
    assert key_of(crashed, CORE) is None
    assert key_of(too_long, CORE) is None
    assert key_of(not_finite, CORE) == record["sha256"]
    assert key_of({**record, "analyser_version": ANALYSER_VERSION + "1"}, CORE) is None
    assert key_of(record, HowToMeasure(settings=Settings(vad_mode=1))) is None
    assert key_of(record, replace(CORE, max_duration_s=0.5)) is None
    assert key_of(record, replace(CORE, with_tracks=True)) is None
    assert key_of({key: record[key] for key in list(record)[:-1]}, CORE) is None


def test_a_journal_brings_back_tracks_too(clips, tmp_path):
    how = replace(CORE, with_tracks=True)
    inputs = find_inputs([clips])[:5]
    runs = []
    for resume in (False, True):
        journal = open_journal(tmp_path / "j", how, resume=resume)
        runs.append(list(measured_inputs(inputs, how, journal=journal)))
        journal.close()
    assert runs[0] == runs[1]
    assert runs[0][0].tracks is not None
    assert (tmp_path / "j").read_bytes().count(b"\n") == 5


def test_a_refused_file_has_a_line_in_the_journal(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.wav").write_bytes(wav(rate_hz=0))
    journal = open_journal(tmp_path / "j", CORE, resume=False)
    rows_of(tmp_path / "in", journal=journal)
    journal.close()
    assert '"rate-not-allowed"' in (tmp_path / "j").read_text()


def test_the_digest_is_over_what_is_shown_but_not_over_words(clips):
    rows = rows_of(clips, jobs=2)
    assert digest_of(rows) == digest_of(dict(reversed(rows.items())))
    name = "clip-0007.flac"
    reworded = {**rows, name: replace(rows[name], error_detail="in other words")}
    assert digest_of(reworded) == digest_of(rows)
    assert digest_of({**rows, name: replace(rows[name], peak_dbfs=-1.0)}) != digest_of(rows)
    assert digest_of({**rows, name: replace(rows[name], sha256=None)}) != digest_of(rows)
