"""Numbers that several processes add up never go back and lose nothing that was written down."""

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.store.counters import BUCKET, SUM, Counters

ADDS = """
import os, signal, sys
from pathlib import Path
from speechcorpus.store.counters import Counters
counters = Counters(Path(sys.argv[1]))
counters.add("requests", "GET", by=7)
counters.flush()
counters.add("requests", "GET", by=100)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_had_written_down_stays(tmp_path: Path) -> None:
    for _ in range(2):
        subprocess.run([sys.executable, "-c", ADDS, str(tmp_path)], check=False)
    next_one = Counters(tmp_path)
    next_one.add("requests", "GET")
    next_one.flush()
    assert next_one.totals() == {("requests", "GET"): 15.0}
    assert len(list(tmp_path.glob("*.json"))) == 2  # its own, and the sum of those that ended
    assert Counters(tmp_path).totals() == {("requests", "GET"): 15.0}


def test_a_living_process_is_not_folded(tmp_path: Path) -> None:
    first, second = Counters(tmp_path), Counters(tmp_path)
    for each in (first, second, first, second):
        each.add("x")
        each.flush()
    assert first.totals() == {("x",): 4.0}


@given(values=st.lists(st.floats(0, 20), max_size=30))
def test_every_value_is_in_one_bucket_that_it_fits(values: list[float]) -> None:
    bounds, counters = (1.0, 5.0, 10.0), Counters(Path("unused"))
    for value in values:
        counters.observe(value, bounds, "s")
    for at, (low, high) in enumerate(zip((-1.0, *bounds), (*bounds, float("inf")), strict=True)):
        held = sum(low < value <= high for value in values)
        assert counters._mine.get(("s", BUCKET, str(at)), 0) == held
    assert abs(counters._mine.get(("s", SUM), 0) - sum(values)) < 1e-6


def test_a_disk_that_takes_nothing_costs_only_what_others_counted(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    counters = Counters(tmp_path / "a file" / "counters")
    counters.add("x")
    counters.flush()
    assert counters.totals() == {("x",): 1.0}
