"""The rules by name: how serious each is, and the English sentence that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass

from speechcorpus.domain.transcript import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `reason` is filled in from the facts of a violation."""

    id: str
    severity: Severity
    reason: str


RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(
            id="LEN-EMPTY",
            severity="error",
            reason="There is no word here. Write down what was said.",
        ),
        Rule(
            id="PUN-SET",
            severity="error",
            reason="{mark} is not one of the marks of this project ({marks}). Choose one of them, or none.",
        ),
        Rule(
            id="PUN-HALF",
            severity="error",
            reason="The half-width mark {mark} is written {written} in Chinese text.",
        ),
        Rule(
            id="PUN-RUN",
            severity="error",
            reason="Only one mark may stand here, not {count}. Keep one.",
        ),
        Rule(
            id="PUN-EDGE",
            severity="error",
            reason="A transcript cannot begin with a mark. Delete it.",
        ),
        Rule(
            id="PUN-TAIL",
            severity="warning",
            reason="A sentence ends with 。, ？ or ！. Choose the one that was spoken.",
        ),
        Rule(
            id="PUN-SPARSE",
            severity="warning",
            reason="{count} characters without a mark; clauses rarely have over {limit}. Listen for a pause.",
        ),
        Rule(
            id="PUN-DENSE",
            severity="warning",
            reason="{count} clauses of one character in a row. Check that each was a pause.",
        ),
        Rule(
            id="SPC-ANY",
            severity="error",
            reason="A blank may stand only between two words in Latin letters, and only one. Remove it.",
        ),
        Rule(
            id="UNI-NFC",
            severity="error",
            reason="These letters are stored in parts ({found}); the standard form is {written}.",
        ),
        Rule(
            id="UNI-COMPAT",
            severity="error",
            reason="{found} is a compatibility copy; the character itself is {written}.",
        ),
        Rule(
            id="UNI-INVIS",
            severity="error",
            reason="An invisible character ({found}) hides here. Delete it.",
        ),
        Rule(
            id="NUM-DIGIT",
            severity="error",
            reason="{token} can be read in several ways. Write the words that were spoken.",
        ),
        Rule(
            id="HAN-SIMP",
            severity="error",
            reason="{char} is a simplified character; traditional text writes {written}.",
        ),
    )
}
