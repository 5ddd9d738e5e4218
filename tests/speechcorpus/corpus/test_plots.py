"""What a plot shows is numbers first: counted once, bounded, each of them in a table beside the picture."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.corpus.card import card
from speechcorpus.corpus.charts import FARTHEST, Mark, histogram, tables
from speechcorpus.corpus.coverage import Coverage
from speechcorpus.corpus.plots import MOST_BARS, gini, plots, speaker_bars
from speechcorpus.corpus.statistics import Statistics, gather
from tests.release_corpus import made_clips, planned

PLAN = planned(made_clips(), include_synthetic=True)
NAMES = ["hours", "noise-level", "snr", "speech-level", "duration", "speakers", "coverage"]


@given(st.lists(st.floats(-1e308, 1e308), min_size=1, max_size=40))
def test_every_value_is_in_one_bin_and_nothing_that_a_row_says_fills_the_memory(values):
    found = histogram("x", "dB", [("all", values)], width=1.0)
    assert sum(found.series[0].values) == len(values)
    assert len(found.labels) <= 2 * FARTHEST + 1


def test_a_value_on_an_edge_belongs_to_the_bin_above_it_and_marks_outside_are_not_drawn():
    marks = [Mark(name="40", at=40.0), Mark(name="90", at=90.0)]
    found = histogram("x", "dB", [("low", [39.99, 40.0]), ("high", [])], width=1.0, marks=marks)
    assert (found.labels, found.series[0].values) == (("39", "40"), (1, 1))
    assert [mark.name for mark in found.marks] == ["40"]


def test_a_release_has_its_seven_plots_and_the_card_has_every_number_of_them():
    statistics = gather(PLAN.rows)
    shown = plots(PLAN.release, statistics)
    assert [plot.name for plot in shown] == NAMES
    text = card(PLAN.release, statistics, 0)
    for plot in shown:
        assert f"]({plot.path})" in text
        if plot.name != "hours":  # its table has clips and speakers too
            assert all(table in text for _, table in tables(plot))
    for series in shown[0].panels[0].series:
        assert all(not value or f"{value:.4f}" in text for value in series.values)


def test_the_noise_of_clips_without_calibration_is_drawn_apart_without_edges():
    rows = [{**row, "noise_dba": None if i % 2 else row["noise_dba"]} for i, row in enumerate(PLAN.rows)]
    calibrated, other = plots(PLAN.release, gather(rows))[1].panels
    assert [mark.name for mark in calibrated.marks] == ["40", "55"]
    assert other.marks == ()
    assert "full scale" in other.along


def test_a_thousand_speakers_share_bars_and_none_is_lost():
    many = Statistics()
    for i in range(1000):
        many.spoken["mfx"[i % 3], f"spk{i:05d}"] = 3600.0 * i
    bars = speaker_bars(many)
    assert sum(count for _, count, _ in bars) == 1000
    assert len(bars) <= MOST_BARS + 3
    assert sum(count * hours for _, count, hours in bars) == pytest.approx(sum(range(1000)), rel=1e-6)
    assert [hours for _, _, hours in bars] == sorted((hours for _, _, hours in bars), reverse=True)


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=30))
def test_inequality_does_not_depend_on_the_unit(values):
    assert 0 <= gini(values) < 1
    assert gini([3 * value for value in values]) == pytest.approx(gini(values), abs=1e-3)


def test_readings_are_counted_as_syllables_with_and_without_tone():
    found = Coverage()
    base = {"split": "train", "text": "臺灣人", "reading": "Tâi-uân-lâng"}
    for row in (base, {**base, "reading": "tai7 uan5 xqz"}, {**base, "split": "dev", "text": "新人"}):
        found.add(row)
    assert (found.toned.by(1), found.toned.by(2), found.bare.by(2)) == (3, 4, 3)
    assert found.parts["∅", "uan"] == 3
    assert found.out_of_train("dev") == 0.5
    assert found.out_of_train("test") is None
    assert found.characters.by(3) == 4
    assert len(plots(PLAN.release, replace(gather(PLAN.rows), coverage=found))[-1].panels) == 3


def test_without_readings_the_plot_says_so():
    says = plots(PLAN.release, gather(PLAN.rows))[-1].says
    assert says.endswith("no reading given.")


def test_the_noise_evidence_is_five_sentences_with_the_edges_of_the_bands():
    text = card(PLAN.release, gather(PLAN.rows), 0)
    evidence = text.split("## Noise evidence\n\n")[1].split("\n\n")[0]
    assert len(re.findall(r"\.(?= |$)", evidence)) == 5
    for edges in ("low −∞ to 40 dB(A)", "medium 40 to 55 dB(A)", "high 55 to 70 dB(A)"):
        assert edges in evidence
