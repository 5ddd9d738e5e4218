"""Turns are given in the order they were asked for."""

import threading
import time

import pytest

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.turns import Turns


def test_waiters_are_served_in_the_order_they_came() -> None:
    turns, served = Turns(), []

    def wait_in_line(number: int) -> None:
        with turns.mine(wait_s=10):
            served.append(number)

    threads = [threading.Thread(target=wait_in_line, args=(number,)) for number in range(20)]
    with turns.mine(wait_s=1):
        for thread in threads:
            thread.start()
            time.sleep(0.01)  # so that it stands in line before the next one comes
    for thread in threads:
        thread.join()
    assert served == list(range(20))


def test_who_waits_too_long_is_told_busy_and_keeps_nobody_waiting() -> None:
    turns, results = Turns(), []

    def try_briefly() -> None:
        try:
            with turns.mine(wait_s=0.05):
                results.append("served")
        except StoreError as error:
            results.append(error.code)

    with turns.mine(wait_s=1):
        thread = threading.Thread(target=try_briefly)
        thread.start()
        thread.join()
    with turns.mine(wait_s=1):
        results.append("later")
    assert results == ["database.busy", "later"]


def test_a_failed_holder_gives_its_turn_back() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="on purpose"), turns.mine(wait_s=1):
        raise ValueError("on purpose")
    with turns.mine(wait_s=1):
        pass
