"""Records come in order, each is on the disk before it is seen, and a run can be stopped and resumed."""

import json
import time
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.engines.batch import CHUNK_ITEMS, check_engine, chunks, run_batch
from speechcorpus.engines.journal import Journal

MADE = []


def squares(items: list[int]) -> list[dict]:
    time.sleep(0.002 * (items[0] % 3))
    MADE.extend(items)
    return [{"item": item, "square": item * item} for item in items]


def journal_at(path: Path, *, resume: bool = False) -> Journal:
    return Journal(path, key=lambda record: str(record["item"]), resume=resume)


def found_again(journal: Journal):
    def squares_unless_known(items: list[int]) -> list[dict | str]:
        known = [str(item) for item in items if str(item) in journal.keys()]  # noqa: SIM118 (a journal is no dict)
        return [str(item) if str(item) in known else squares([item])[0] for item in items]

    return squares_unless_known


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_records_come_in_the_order_of_the_items_however_long_each_takes(jobs):
    records = list(run_batch(squares, range(503), jobs=jobs))
    assert [record["square"] for record in records] == [number**2 for number in range(503)]


@given(st.lists(st.floats(0, 3)))
def test_chunks_lose_nothing_and_long_work_is_not_put_together(weights):
    made = list(chunks(weights, weigh=lambda weight: weight))
    assert [weight for chunk in made for weight in chunk] == weights
    for chunk in made:
        assert 1 <= len(chunk) <= CHUNK_ITEMS
        assert sum(chunk[:-1]) < 1


def test_a_record_is_on_the_disk_before_it_is_seen(tmp_path: Path):
    journal = journal_at(tmp_path / "j")
    for seen, _ in enumerate(run_batch(squares, range(100), jobs=2, journal=journal), 1):
        assert len((tmp_path / "j").read_bytes().splitlines()) >= seen
    journal.close()


def test_what_the_journal_has_is_not_done_again_and_comes_at_its_place(tmp_path: Path):
    journal = journal_at(tmp_path / "j")
    first = list(run_batch(squares, range(0, 90, 3), journal=journal))
    journal.close()
    MADE.clear()
    journal = journal_at(tmp_path / "j", resume=True)
    records = list(run_batch(found_again(journal), range(90), jobs=2, journal=journal))
    journal.close()
    assert [record["square"] for record in records] == [number**2 for number in range(90)]
    assert sorted(MADE) == [number for number in range(90) if number % 3]
    assert len((tmp_path / "j").read_bytes().splitlines()) == 90
    assert first == records[::3]


def test_a_stopped_run_says_so_and_keeps_what_was_done(tmp_path: Path):
    journal, stop = journal_at(tmp_path / "j"), Event()
    records = run_batch(squares, range(1000), jobs=2, journal=journal, stop=stop)
    next(records)
    stop.set()
    with pytest.raises(SpeechCorpusError, match="stopped") as stopped:
        list(records)
    assert stopped.value.code == "batch.stopped"
    journal.close()
    kept = [json.loads(line)["item"] for line in (tmp_path / "j").read_text().splitlines()]
    assert CHUNK_ITEMS <= len(set(kept)) == len(kept) < 500


def test_an_engine_that_is_not_there_is_named_with_what_brings_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    check_engine("local")
    with pytest.raises(SpeechCorpusError, match=r"pip install 'speechcorpus\[ray\]'"):
        check_engine("ray")
