from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES, LIST_VERSION, SEVERITY_RANK
from speechcorpus.domain.verdict import Verdict, worst_outcome

CLIPPED = Finding(
    code="audio.clipped",
    severity="blocks",
    measured=Decimal("1.50"),
    comparator=">",
    limit=Decimal("1.0"),
    unit="ms",
    start_sample=10,
    end_sample=30,
)


def test_the_list_is_version_1_with_its_seven_families():
    assert LIST_VERSION == 1
    assert {row.family for row in CODES.values()} == {
        "audio", "noise", "dialogue", "content", "transcript", "consent", "platform",
    }  # fmt: skip
    assert len(CODES) == 49 + 47


@pytest.mark.parametrize(
    "taste", ["timbre", "voice", "accent", "emotion", "unnatural", "reads", "suitable", "other"]
)
def test_taste_cannot_be_expressed(taste):
    named = [code for code in CODES if taste in code.partition(".")[2].split("-")]
    assert named in ([], ["noise.third-voice"], ["consent.other-speaker"])


@pytest.mark.parametrize("row", CODES.values(), ids=lambda row: row.code)
def test_every_code_says_who_decides_and_what_it_can_cost(row):
    assert row.severity in SEVERITY_RANK
    assert row.unit
    assert row.stages
    if row.pay in ("none", "always"):
        assert row.severity == "flag"  # what costs nothing holds nothing back
    if row.pay == "refusable":
        assert not row.decided_by_machine  # V5: a machine grounds no refusal
    if row.family == "platform":
        assert row.pay == "always"  # our fault is paid
    if row.fixed_for_sitting:
        assert "P" in row.stages


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "audio.timbre"}, "finding.unknown-code"),
        ({"code": "other"}, "finding.unknown-code"),
        ({"severity": "refused"}, "finding.severity"),
        ({"measured": Decimal("NaN")}, "finding.not-a-number"),
        ({"limit": Decimal("Infinity")}, "finding.not-a-number"),
        ({"uncertainty": Decimal("NaN")}, "finding.not-a-number"),
        ({"unit": ""}, "finding.unit"),
        ({"start_sample": 31}, "finding.span"),
        ({"start_sample": -1}, "finding.span"),
        ({"end_sample": None}, "finding.span"),
        ({"char_start": 2}, "finding.span"),
        ({"char_start": 2, "char_end": 1}, "finding.span"),
    ],
)
def test_a_finding_is_complete_at_birth_or_refused(changes, code):
    with pytest.raises(SignalError) as refused:
        replace(CLIPPED, **changes)
    assert refused.value.code == code


def test_a_finding_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        CLIPPED.limit = Decimal(0)


def test_a_finding_is_written_with_every_field_and_shortest_numbers():
    document = CLIPPED.to_json()
    assert set(document) == set(Finding.__slots__)
    assert (document["measured"], document["limit"], document["uncertainty"]) == ("1.5", "1", None)
    assert canonical_json(document)


def test_findings_are_sorted_by_place_then_code_with_the_whole_clip_first():
    whole = replace(CLIPPED, start_sample=None, end_sample=None)
    later = replace(CLIPPED, code="audio.dropout", start_sample=11)
    assert sorted([later, CLIPPED, whole], key=lambda f: f.sort_key) == [whole, CLIPPED, later]


@given(severities=st.lists(st.sampled_from(["flag", "fix", "blocks"])))
def test_the_worst_finding_decides(severities):
    outcome = worst_outcome(tuple(replace(CLIPPED, severity=severity) for severity in severities))
    expected = "rejected" if "blocks" in severities else "repairable" if "fix" in severities else "accepted"
    assert outcome == expected


def test_one_fault_of_ours_pays_every_line():
    ours = replace(CLIPPED, code="platform.capture-overrun", severity="flag", unit="1")
    verdict = Verdict(outcome="rejected", findings=(CLIPPED, ours), evaluator="e", terms_sha256="t")
    assert verdict.always_paid
    assert not replace(verdict, findings=(CLIPPED,)).always_paid
