"""Plots are drawn alike everywhere, speak to who cannot see them, and cannot do harm."""

import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from speechcorpus.corpus.plots import plots
from speechcorpus.corpus.statistics import gather
from speechcorpus.publish.plots import drawn, svg_fault
from tests.release_corpus import made_clips, planned

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def shown():
    plan = planned(made_clips(), include_synthetic=True)
    return plots(plan.release, gather(plan.rows))


def test_a_plot_begins_with_its_title_keeps_text_as_text_and_refers_to_nothing_outside(shown):
    for plot in shown:
        data = drawn(plot)
        picture = ET.fromstring(data)
        assert [picture[0].tag, picture[1].tag] == [f"{SVG}title", f"{SVG}desc"]
        assert picture[0].text == plot.title
        assert svg_fault(data) is None
        words = {text.text for text in picture.iter(f"{SVG}text")}
        assert plot.title in words
        assert all(series.name in words for panel in plot.panels[:1] for series in panel.series)
        assert data.endswith(b"</svg>\n")
        assert len(data) < 100_000


def test_series_are_told_apart_by_hatches_too(shown):
    hours = ET.fromstring(drawn(shown[0]))
    assert len(list(hours.iter(f"{SVG}pattern"))) == len(shown[0].panels[0].series) - 1


@pytest.mark.parametrize(
    "part",
    [
        b"<script>alert(1)</script>",
        b'<rect onload="alert(1)"/>',
        b'<use xlink:href="https://example.org/x.svg#a"/>',
        b"<style>@import url(//example.org)</style>",
        b'<rect style="fill: url(//example.org)"/>',
        b"<foreignObject/>",
        b"<image/>",
        b"<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    ],
)
def test_a_picture_that_could_do_harm_is_named(part, shown):
    data = drawn(shown[0]).replace(b"</svg>", part + b"</svg>")
    assert "which no plot of ours does" in (svg_fault(data) or "")


def test_drawing_changes_no_setting_of_the_process(shown):
    before = dict(mpl.rcParams)
    drawn.cache_clear()
    drawn(shown[1])
    assert dict(mpl.rcParams) == before
