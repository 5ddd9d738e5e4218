"""The chart of error rates: the same groups are the same bytes, names are only letters."""

import re

import pytest

from speechcorpus.publish.plots import svg_fault
from speechcorpus.publish.score_plot import MOST_ROWS, score_plot
from speechcorpus.transcribe.error_rates import cer
from speechcorpus.transcribe.evaluation import ScoredClip, evaluate

BY = ("place", "level", "speaker")


def groups(speakers=6, places=("鹿港", "tâi-pak"), second=True):
    clips = [
        ScoredClip(
            utt_id=f"u{number}",
            speaker=f"s{number % speakers:02d}",
            groups={
                "place": places[number % len(places)],
                "level": ("35 to 40 dB(A)", "40 to 45 dB(A)", "-60 to -55 dBFS")[number % 3],
                "speaker": f"s{number % speakers:02d}",
            },
            scores={"cer": cer("天地人日", "天地人日"[: number % 5], str)},
            other={"cer": cer("天地人日", "天地", str)} if second else {},
        )
        for number in range(2 * speakers)
    ]
    return evaluate(clips, BY, resamples=100)


@pytest.fixture(scope="module")
def chart():
    return score_plot(groups(), "cer", of="small 1.0.0, test").decode()


def test_the_same_groups_give_the_same_bytes(chart):
    assert score_plot(groups(), "cer", of="small 1.0.0, test").decode() == chart


def test_a_screen_reader_hears_the_title_and_the_whole(chart):
    assert "<title>Character error rate, small 1.0.0, test</title>" in chart
    assert re.search(r"<desc>As a whole: A [0-9.]+ %; B 50.00 %\. Every number", chart)


def test_every_group_is_named_and_counted_in_letters_that_the_reader_s_font_draws(chart):
    for words in ("鹿港", "tâi-pak", "6 sp., 12 clips, N 48", "4 clips", "background noise, dB(A)", "dBFS"):
        assert f">{words}</text>" in chart or words in chart
    assert svg_fault(chart.encode()) is None


def test_more_groups_than_there_is_room_for_are_dots_in_one_row(chart):
    many = score_plot(groups(speakers=MOST_ROWS + 1), "cer", of="x").decode()
    assert f"{MOST_ROWS + 1} groups" in many
    assert ">s00<" not in many
    assert ">s00<" in chart


def test_a_name_may_be_anything_and_is_never_more_than_letters():
    hostile = ("$\\frac{1}{", "<script>alert(1)</script>" + "字" * 200)
    drawn = score_plot(groups(places=hostile, second=False), "cer", of="$x$ <b>").decode()
    assert svg_fault(drawn.encode()) is None
    assert "$\\frac{1}{" in drawn
    assert "字" * 40 not in drawn
