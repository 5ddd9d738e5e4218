"""The threads of the local engine: bounded, at the same time, and stopped between chunks."""

import threading
import time
from collections.abc import Iterator
from threading import Event

import pytest

from speechcorpus.engines.local import AHEAD_A_JOB, run_chunks


def numbered(count: int) -> Iterator[list[int]]:
    return ([number] for number in range(count))


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_chunk_is_done_once(jobs):
    done = list(run_chunks(sum, numbered(40), jobs=jobs, stop=Event()))
    assert sorted(done) == [(number, number) for number in range(40)]


def test_chunks_are_drawn_only_as_they_are_needed():
    drawn = []

    def chunks() -> Iterator[list[int]]:
        for number in range(100):
            drawn.append(number)
            yield [number]

    done = run_chunks(sum, chunks(), jobs=2, stop=Event())
    next(done)
    assert len(drawn) <= 5
    done.close()


def test_jobs_work_at_the_same_time():
    together = threading.Barrier(3, timeout=5)
    done = run_chunks(lambda chunk: (together.wait(), chunk)[1], numbered(3), jobs=3, stop=Event())
    assert sorted(done) == [(number, [number]) for number in range(3)]


def test_one_long_chunk_holds_nobody_up_but_only_so_far():
    go_on = Event()

    def first_waits(chunk: list[int]) -> int:
        if chunk[0] == 0:
            assert go_on.wait(20)
        return chunk[0]

    done = run_chunks(first_waits, numbered(1000), jobs=2, stop=Event())
    early = [next(done)[0] for _ in range(2 * AHEAD_A_JOB - 1)]
    assert sorted(early) == list(range(1, 2 * AHEAD_A_JOB))
    go_on.set()
    assert next(done)[0] == 0
    assert len(list(done)) == 1000 - 2 * AHEAD_A_JOB


def test_a_stop_lets_what_is_under_way_be_finished_and_begins_nothing():
    stop, begun = Event(), []

    def slowly(chunk: list[int]) -> int:
        begun.append(chunk[0])
        time.sleep(0.05)
        return chunk[0]

    done = run_chunks(slowly, numbered(100), jobs=2, stop=stop)
    got = [next(done)[0]]
    stop.set()
    got += [number for number, _ in done]
    assert sorted(got) == sorted(begun)
    assert len(got) <= 4


def test_an_error_of_the_function_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        list(run_chunks(lambda chunk: 1 // chunk[0], iter([[1], [0], [1]]), jobs=2, stop=Event()))
