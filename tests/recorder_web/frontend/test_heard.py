"""What the browser is held to when it hears clipping, hum and bursts says something at every rate."""

import json
from pathlib import Path

import pytest

FRONTEND = Path(__file__).resolve().parents[3] / "recorder_web" / "frontend"
DOCUMENT = json.loads((FRONTEND / "tests/vectors/heard.json").read_text())
RATES_HZ = {16_000, 44_100, 48_000}


@pytest.mark.parametrize("kind", ["hums", "bursts"])
def test_there_is_something_to_hear_and_nothing_to_hear_at_each_rate(kind: str) -> None:
    field = {"hums": "hum_db", "bursts": "bursts"}[kind]
    for heard in (True, False):
        assert {each["rate_hz"] for each in DOCUMENT[kind] if bool(each[field]) is heard} == RATES_HZ


def test_clipped_runs_grow_with_the_take_and_some_signals_have_none() -> None:
    runs = [vector["runs"] for vector in DOCUMENT["clips"]]
    assert all(counts == sorted(counts) for counts in runs)
    assert [0, 0, 0] in runs
    assert max(counts[-1] for counts in runs) > 1_000


def test_what_is_voiced_or_lasts_or_is_short_or_swells_is_no_burst() -> None:
    heard = {vector["name"]: len(vector["bursts"]) for vector in DOCUMENT["bursts"]}
    assert heard["a cup beside a word"] == heard["a cup that rattles"] == 1
    assert sum(heard.values()) == 2
