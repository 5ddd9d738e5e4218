"""What both tracks of a dialogue tell becomes findings of their items, from facts frozen with them."""

import json
from dataclasses import replace

import pytest

from speechcorpus.qc.facts import Facts, PartnerFigures
from tests.speechcorpus.qc.test_judge import FACTS, judged

FINE = PartnerFigures(overlap_pct=20.0, share_pct=50.0, turn_s=12.0, bleed_db=-20.0, sync_offset_ms=20.0)


def found(stage="S", **figures):
    facts = replace(FACTS, style="dialogue", stage=stage, partner=replace(FINE, **figures))
    return {each.code: (each.severity, str(each.measured), each.unit) for each in judged(facts).findings}


def test_figures_at_their_limits_say_nothing():
    assert found() == {}
    assert found(overlap_pct=None, share_pct=None, turn_s=None, bleed_db=None, sync_offset_ms=None) == {}


@pytest.mark.parametrize(
    ("figures", "code", "told"),
    [
        ({"overlap_pct": 20.01}, "dialogue.overlap", ("flag", "20.01", "%")),
        ({"sync_offset_ms": 24.5}, "dialogue.unsynced", ("flag", "24.5", "ms")),
    ],
)
def test_overlap_and_what_an_alignment_leaves_are_shown_and_hold_nothing(figures, code, told):
    assert found(**figures) == {code: told}


def test_a_leak_holds_a_sitting_back_before_it_begins_and_is_paid_for_when_it_is_found_later():
    assert found("P", bleed_db=-19.9) == {"dialogue.bleed": ("blocks", "-19.9", "dB")}
    late = found(bleed_db=-19.9)
    assert late["dialogue.bleed"] == ("flag", "-19.9", "dB")
    assert set(late) == {"dialogue.bleed", "platform.late-check"}


def test_long_turns_and_one_sided_talks_are_said_while_people_talk_and_never_of_an_item():
    assert found(share_pct=95.0, turn_s=400.0) == {}


def test_facts_of_before_there_were_two_tracks_are_read_as_nobody_knew():
    document = json.loads(FACTS.to_document())
    del document["partner"]
    assert Facts.from_document(json.dumps(document)) == FACTS
    kept = replace(FACTS, partner=FINE)
    assert Facts.from_document(kept.to_document()) == kept
