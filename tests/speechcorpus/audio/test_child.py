"""A child is limited, long-lived, replaced when it dies, and never brings the parent down."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speechcorpus.audio.child import ITEMS_A_CHILD, LimitedChildren
from speechcorpus.domain.errors import SignalError

HERE = "tests.speechcorpus.audio.stunts"


@pytest.fixture
def children() -> Iterator[LimitedChildren]:
    made = LimitedChildren()
    yield made
    made.close()


def call(children: LimitedChildren, name: str, cpu_s: float = 5, **arguments: object):
    return children.call(f"{HERE}:{name}", arguments, cpu_s=cpu_s)


def test_values_and_bytes_come_back_as_they_were(children):
    answer = call(children, "echo", word="台語", number=1.5, none=None)
    assert answer.values == {"word": "台語", "number": 1.5, "none": None}
    assert answer.data == b"\x00\nbytes\n"


@pytest.mark.parametrize(
    ("stunt", "code", "cpu_s"),
    [("abort", "decoder-crashed", 5), ("spin", "decode-timeout", 1), ("sleep", "decode-timeout", 0.2),
     ("swallow", "decode-memory", 5)],
)  # fmt: skip
def test_a_decoder_gone_mad_is_a_code_and_the_next_file_is_fine(stunt, code, cpu_s, children):
    call(children, "echo")
    with pytest.raises(SignalError) as broken:
        call(children, stunt, cpu_s)
    assert broken.value.code == code
    assert call(children, "echo", after=stunt).values == {"after": stunt}


def test_a_child_cannot_write_files_and_runs_one_thread(children, tmp_path: Path):
    with pytest.raises(SignalError):
        call(children, "write", path=str(tmp_path / "x"))
    assert not (tmp_path / "x").exists() or (tmp_path / "x").stat().st_size == 0
    assert call(children, "threads").values == "1"


def test_a_child_lives_for_many_items_and_is_then_replaced(children):
    first = call(children, "identity").values
    for _ in range(ITEMS_A_CHILD - 1):
        assert call(children, "identity").values == first
    assert call(children, "identity").values != first


def test_calls_from_two_threads_use_two_children(children):
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda number: call(children, "echo", number=number).values["number"], range(20))
        )
    assert answers == list(range(20))
