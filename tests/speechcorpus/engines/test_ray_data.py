"""What travels between a run and a worker of Ray; the cluster itself: tests/faults/test_ray_cluster.py."""

import json
import pickle
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from speechcorpus.domain.errors import SignalError, SpeechCorpusError
from speechcorpus.engines.ray_data import _answers, _opened, _told


def sums(items: list[int]) -> list[dict[str, int]]:
    if 0 in items:
        raise SignalError("signal.zero", "a zero has no place here", place=items.index(0))
    return [{"sum": sum(items)}]


def answered(items: list[int], made_by: str) -> str:
    batch = {"number": [3], "chunk": [pickle.dumps(items)]}
    answers = _answers(batch, function=sums, made_by=made_by)
    assert answers["number"] == [3]
    return str(answers["answers"][0])


def test_answers_come_as_they_were_and_an_error_of_ours_as_itself() -> None:
    here = version("speechcorpus")
    assert _opened(answered([1, 2], here)) == [{"sum": 3}]
    with pytest.raises(SpeechCorpusError, match="a zero has no place") as caught:
        _opened(answered([5, 0], here))
    assert (caught.value.code, caught.value.facts) == ("signal.zero", {"place": 1})


def test_a_node_with_another_version_does_not_work_and_names_both() -> None:
    said = answered([1, 2], "0.0.7")
    assert "answers" not in json.loads(said)
    with pytest.raises(SpeechCorpusError, match=r"has speechcorpus .*, this run has 0\.0\.7") as caught:
        _opened(said)
    assert caught.value.code == "batch.node"


@pytest.mark.slow
def test_a_cluster_that_gives_up_in_the_middle_is_lost_and_what_came_before_is_kept() -> None:
    ray = pytest.importorskip("ray", reason="no Ray: pip install 'speechcorpus[ray]'")

    class Lost:
        def iter_rows(self) -> Iterator[dict[str, int]]:
            yield {"number": 0}
            raise ray.exceptions.WorkerCrashedError

    rows = _told(Lost())
    assert next(rows) == {"number": 0}
    with pytest.raises(SpeechCorpusError, match=r"the cluster was lost; .*in the journal") as caught:
        next(rows)
    assert caught.value.code == "batch.cluster-lost"
