"""A child is limited, long-lived, replaced when it dies, and never brings the parent down."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speechcorpus.audio.child import ITEMS_A_CHILD, MEMORY_BYTES, Call, LimitedChildren
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


def call_each(children: LimitedChildren, name: str, arguments: list[dict[str, object]], cpu_s: float = 5):
    calls = [Call(arguments=one, cpu_s=cpu_s) for one in arguments]
    return children.call_each(f"{HERE}:{name}", calls)


def values_or_codes(outcomes) -> list[object]:
    return [one.code if isinstance(one, SignalError) else one.values for one in outcomes]


@pytest.mark.parametrize(
    ("stunt", "code", "cpu_s"), [("abort_at", "decoder-crashed", 5), ("spin_at", "decode-timeout", 1)]
)
def test_one_bad_file_among_many_costs_only_its_own_answer(stunt, code, cpu_s, children):
    outcomes = call_each(children, stunt, [{"number": number, "at": 3} for number in range(8)], cpu_s)
    assert values_or_codes(outcomes) == [0, 1, 2, code, 4, 5, 6, 7]


def test_a_child_that_somebody_killed_costs_nobody_an_answer(children, tmp_path: Path):
    arguments = [{"mark": str(tmp_path / f"{number // 3}"), "number": number} for number in range(7)]
    assert values_or_codes(call_each(children, "be_killed_once", arguments)) == list(range(7))
    alone = call(children, "be_killed_once", mark=str(tmp_path / "alone"), number=7)
    assert alone.values == 7


def test_many_calls_wear_out_a_child_as_many_single_ones_do(children):
    outcomes = call_each(children, "identity", [{}] * (ITEMS_A_CHILD + 5))
    first, last = outcomes[0].values, outcomes[-1].values
    assert [one.values for one in outcomes] == [first] * ITEMS_A_CHILD + [last] * 5
    assert first != last


@pytest.mark.parametrize("answer", ["nonsense", "[1]", "null", "{}", '{"code": 1}', "[" * 100_000])
def test_an_answer_that_is_none_is_a_crash_of_the_decoder(answer, children):
    assert values_or_codes(call_each(children, "talk_nonsense", [{"answer": answer}])) == ["decoder-crashed"]
    assert call(children, "echo", after=1).values == {"after": 1}


def test_memory_is_what_the_call_allows(children):
    with pytest.raises(SignalError, match="needs more than 1024 MiB") as broken:
        call(children, "swallow", size=3 * MEMORY_BYTES // 2)
    assert broken.value.code == "decode-memory"
    arguments = {"size": 3 * MEMORY_BYTES // 2}
    more = children.call(f"{HERE}:swallow", arguments, cpu_s=20, memory_bytes=2 * MEMORY_BYTES)
    assert more.values == arguments["size"]
