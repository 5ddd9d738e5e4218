"""A journal survives a torn line, keeps its order, and belongs to one run at a time."""

from pathlib import Path

import pytest

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.engines.journal import Journal, Record


def key(record: Record) -> str | None:
    return record.get("key")


def written(path: Path, *records: Record) -> None:
    journal = Journal(path, key=key, resume=path.exists())
    journal.add(records)
    journal.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_what_was_added_is_found_by_its_key_in_the_next_run(path):
    written(path, {"key": "a", "value": 1.5}, {"key": "台", "value": None}, {"value": "no key"})
    journal = Journal(path, key=key, resume=True)
    assert set(journal.keys()) == {"a", "台"}
    assert journal.find("台") == {"key": "台", "value": None}
    assert journal.find("a") == {"key": "a", "value": 1.5}
    journal.close()


def test_a_later_record_of_a_key_counts(path):
    written(path, {"key": "a", "value": 1})
    written(path, {"key": "a", "value": 2})
    journal = Journal(path, key=key, resume=True)
    assert journal.find("a")["value"] == 2
    journal.close()


@pytest.mark.parametrize("cut", [1, 5, 19])
def test_a_torn_last_line_is_dropped_and_the_next_one_begins_afresh(cut, path):
    written(path, {"key": "a"}, {"key": "b", "long": "x" * 20})
    path.write_bytes(path.read_bytes()[:-cut])
    written(path, {"key": "c"})
    journal = Journal(path, key=key, resume=True)
    assert set(journal.keys()) == {"a", "c"}
    assert (journal.find("a"), journal.find("c")) == ({"key": "a"}, {"key": "c"})
    journal.close()


def test_lines_that_are_no_records_of_ours_are_passed_over(path):
    written(path, {"key": "a"})
    path.write_bytes(b"\0\0\0\n[1]\nwords\n" + path.read_bytes())
    journal = Journal(path, key=key, resume=True)
    assert set(journal.keys()) == {"a"}
    assert journal.find("a") == {"key": "a"}
    journal.close()


def test_a_run_that_resumes_nothing_begins_empty(path):
    written(path, {"key": "a"})
    journal = Journal(path, key=key, resume=False)
    assert not journal.keys()
    assert path.read_bytes() == b""
    journal.close()


def test_there_must_be_something_to_resume(path):
    with pytest.raises(SpeechCorpusError, match="no journal") as broken:
        Journal(path, key=key, resume=True)
    assert broken.value.code == "batch.no-journal"
    assert not path.exists()


def test_two_runs_cannot_write_one_journal_and_the_second_leaves_it_alone(path):
    journal = Journal(path, key=key, resume=False)
    journal.add([{"key": "a"}])
    with pytest.raises(SpeechCorpusError) as busy:
        Journal(path, key=key, resume=False)
    assert busy.value.code == "batch.journal-busy"
    assert path.read_bytes() == b'{"key": "a"}\n'
    journal.close()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(SpeechCorpusError, match="cannot write") as broken:
        Journal(tmp_path / "no" / "such" / "place", key=key, resume=False)
    assert broken.value.code == "batch.journal"
