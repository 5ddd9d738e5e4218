"""Published terms can be taken up as text again, and what changed is named by key."""

from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.work.terms_diff import terms_changes
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.work.terms_text import terms_toml

DATA = resources.files("speechcorpus.workflows") / "demo_data"
TAIGI = (DATA / "terms_nan-TW.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["terms_nan-TW.toml", "terms_cmn-TW.toml"])
def test_terms_written_as_text_are_read_as_the_same_terms(name):
    terms = parse_terms((DATA / name).read_text(encoding="utf-8"))
    assert parse_terms(terms_toml(terms)) == terms
    assert parse_terms(terms_toml(terms)).sha256 == terms.sha256


@settings(max_examples=30)
@given(
    said=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40),
    edge=st.decimals(min_value=40, max_value=54, places=3),
    clipped=st.decimals(min_value=1, max_value=100, places=2),
    minor=st.integers(400, 10**9),
)
def test_any_words_and_numbers_come_back(said, edge, clipped, minor):
    text = TAIGI.replace("40.0", str(edge)).replace("minor = 1500", f"minor = {minor}")
    text = text.replace("[limits]", f'[limits]\n"audio.clipped" = {clipped}\n[unused]').replace(
        "[unused]", ""
    )
    terms = parse_terms(text)
    object.__setattr__(terms, "clauses", {"K1": {"zh": said, "en": said}})
    assert parse_terms(terms_toml(terms)) == terms


def test_changes_are_named_by_the_keys_of_the_file():
    before = parse_terms(TAIGI)
    after = parse_terms(
        TAIGI.replace('"1.0.0"', '"1.1.0"')
        .replace("40.0", "42")
        .replace("[limits]", '[limits]\n"audio.clipped" = 2.5')
        .replace("chained = false", "chained = true")
    )
    assert {change.key: (change.before, change.after) for change in terms_changes(before, after)} == {
        "project.version": ("1.0.0", "1.1.0"),
        "task.chained": ("false", "true"),
        "bands.low.to": ("40", "42"),
        "bands.medium.from": ("40", "42"),
        'limits."audio.clipped"': (None, "2.5"),
    }


def test_the_same_terms_have_no_change():
    terms = parse_terms(TAIGI)
    assert terms_changes(terms, parse_terms(TAIGI.replace("40.0", "40"))) == ()
    assert terms.limit("audio.clipped", Decimal(1)) == 1
