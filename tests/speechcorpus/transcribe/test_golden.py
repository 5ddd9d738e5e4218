"""Every row of the golden tables: the right rule, place, fix and candidates; silence on the near misses."""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.transcribe.rulebook import RULES
from speechcorpus.workflows.rule_tables import rule_tables

FOLDER = Path(__file__).parents[2] / "golden" / "transcripts"


class Row(NamedTuple):
    rule: str
    profile: TranscriptProfile
    context: CheckContext
    case: dict[str, str]

    @property
    def text(self) -> str:
        return unescaped(self.case["text"])


def unescaped(text: str) -> str:
    return re.sub(r"\\u\{([0-9A-F]+)\}", lambda found: chr(int(found[1], 16)), text)


def situation(described: str) -> tuple[TranscriptProfile, CheckContext]:
    """The profile of a row, and what is known of the clip beside its text."""
    variety, *settings = described.split()
    named: dict[str, Any] = dict(item.split("=") for item in settings if "=" in item)
    known: dict[str, Any] = {
        field: float(named.pop(field)) if field.endswith("_s") else named.pop(field)
        for field in ("duration_s", "voiced_s", "prompt_text", "reading")
        if field in named
    }
    context = CheckContext(sentence_prompt="sentence" in settings, **known)
    return TranscriptProfile(variety=variety, **named), context


def rows() -> list[Row]:
    found = []
    for path in sorted(FOLDER.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for case in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                profile, context = situation(case["profile"])
                found.append(Row(path.stem.upper(), profile, context, case))
    return found


ROWS = rows()
BAD = [row for row in ROWS if row.case["case"] == "bad"]
NEAR = [row for row in ROWS if row.case["case"] == "near"]


def name(row: Row) -> str:
    return f"{row.rule}: {row.case['text']}"


def test_every_rule_has_five_bad_examples_and_three_near_misses():
    assert {rule for rule, count in Counter(row.rule for row in BAD).items() if count >= 5} == set(RULES)
    assert {rule for rule, count in Counter(row.rule for row in NEAR).items() if count >= 3} == set(RULES)


@pytest.mark.parametrize("row", BAD, ids=name)
def test_a_bad_example_is_found_with_its_place_and_its_way_out(row: Row):
    found = [v for v in check(row.text, row.profile, rule_tables(), row.context) if v.rule == row.rule]
    expected = tuple(
        "" if candidate == "∅" else unescaped(candidate)
        for candidate in row.case["candidates"].split(" ")
        if candidate != "-"
    )
    assert " ".join(f"{v.start}:{v.end}" for v in found) == row.case["span"]
    assert {(v.fix, v.candidates) for v in found} == {(row.case["fix"], expected)}


@pytest.mark.parametrize("row", BAD, ids=name)
def test_a_bad_example_is_repaired_exactly(row: Row):
    assert safe_fix(row.text, row.profile, rule_tables()).text == unescaped(row.case["fixed"])


@pytest.mark.parametrize("row", NEAR, ids=name)
def test_a_near_miss_is_left_alone(row: Row):
    violations = check(row.text, row.profile, rule_tables(), row.context)
    assert row.rule not in {violation.rule for violation in violations}


@pytest.mark.parametrize("row", BAD, ids=name)
def test_spans_agree_in_code_points_and_in_utf16(row: Row):
    in_utf16 = row.text.encode("utf-16-le")
    for v in check(row.text, row.profile, rule_tables(), row.context):
        assert row.text[v.start : v.end] == v.found
        assert in_utf16[2 * v.start_utf16 : 2 * v.end_utf16].decode("utf-16-le") == v.found
        assert [f"U+{ord(char):04X}" for char in v.found] == list(v.codepoints)
        assert "{" not in v.reason
        assert v.reason.endswith(".")
