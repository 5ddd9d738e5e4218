"""Order, bounds, and errors of the local engine."""

import threading
import time
from collections.abc import Iterator

import pytest

from speechcorpus.engines.local import run_batch


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_rows_come_in_the_order_of_the_items_however_long_each_takes(jobs):
    def late_if_even(number: int) -> int:
        time.sleep(0.002 * (number % 2 == 0))
        return number * number

    assert list(run_batch(late_if_even, range(40), jobs=jobs)) == [number**2 for number in range(40)]


def test_items_are_drawn_only_as_they_are_needed():
    drawn = []

    def items() -> Iterator[int]:
        for number in range(100):
            drawn.append(number)
            yield number

    rows = run_batch(abs, items(), jobs=2)
    assert next(rows) == 0
    assert len(drawn) <= 5
    rows.close()


def test_jobs_work_at_the_same_time():
    together = threading.Barrier(3, timeout=5)
    assert list(run_batch(lambda item: (together.wait(), item)[1], range(3), jobs=3)) == [0, 1, 2]


def test_an_error_of_the_function_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        list(run_batch(lambda number: 1 // number, [1, 0, 1], jobs=2))
