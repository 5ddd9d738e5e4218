"""The rules by name: how serious each is, and the English sentence that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass

from speechcorpus.domain.transcript import Severity, TranscriptProfile


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
            id="LEN-MAX",
            severity="warning",
            reason="{measured} are more than one segment should hold ({limit}). Split it at a pause.",
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
            id="UNI-RADICAL",
            severity="error",
            reason="{found} is a radical from a chart, not a character; the character is {written}.",
        ),
        Rule(
            id="UNI-INVIS",
            severity="error",
            reason="An invisible character ({found}) hides here. Delete it.",
        ),
        Rule(
            id="UNI-PUA",
            severity="error",
            reason="{found} is a private-use character, legible only with its font; write {written}.",
        ),
        Rule(
            id="UNI-FULLW",
            severity="error",
            reason="The full-width letter {char} is written {written}.",
        ),
        Rule(
            id="UNI-CONFUS",
            severity="error",
            reason="{char} ({found}) only looks like {written}. Write the character that was meant.",
        ),
        Rule(
            id="UNI-SCRIPT",
            severity="error",
            reason="{word} is written in another script. Write it in Han characters, as it was said.",
        ),
        Rule(
            id="UNI-SYMBOL",
            severity="error",
            reason="{symbol} is no word and no mark. Write what was said, or delete it.",
        ),
        Rule(
            id="UNI-MOJI",
            severity="error",
            reason="{found} is garbled: the text was once read in a wrong encoding. Write it anew.",
        ),
        Rule(
            id="MRK-HTML",
            severity="error",
            reason="{found} is mark-up of a web page. Delete it, or write the character that it stands for.",
        ),
        Rule(
            id="NUM-DIGIT",
            severity="error",
            reason="{token} can be read in several ways. Write the words that were spoken.",
        ),
        Rule(
            id="NUM-SYM",
            severity="error",
            reason="The sign {sign} is read aloud as a word. Write the words that were spoken.",
        ),
        Rule(
            id="HAN-SIMP",
            severity="error",
            reason="{char} is a simplified character; traditional text writes {written}.",
        ),
        Rule(
            id="HAN-TRAD",
            severity="error",
            reason="{char} is a traditional character; simplified text writes {written}.",
        ),
        Rule(
            id="HAN-VAR",
            severity="warning",
            reason="{char} is written {written} in Taiwan.",
        ),
        Rule(
            id="HAN-MOE",
            severity="warning",
            reason="The dictionary of the Ministry of Education writes {written} for {word}.",
        ),
        Rule(
            id="WRD-CMN",
            severity="warning",
            reason="{word} is Mandarin wording; Taigi usually says {written}. Listen again.",
        ),
        Rule(
            id="WRD-NAN",
            severity="warning",
            reason="{char} is a character of Taigi; Mandarin writes {written}. Or mark it as code-switch.",
        ),
        Rule(
            id="LAT-TL",
            severity="warning",
            reason="{word} is romanised Taigi. Write it in Han characters.",
        ),
        Rule(
            id="LAT-FORM",
            severity="warning",
            reason="The Latin word {word} is written {written} here.",
        ),
        Rule(
            id="TL-NUM",
            severity="error",
            reason="The tone of {word} is written with a mark, not with a figure: {written}.",
        ),
        Rule(
            id="TL-POJ",
            severity="error",
            reason="{word} is spelt in the other romanisation; this tier writes {written}.",
        ),
        Rule(
            id="TL-SYL",
            severity="error",
            reason="{word} is not a syllable of Taigi. Check the letters and the tone.",
        ),
        Rule(
            id="TL-MARK",
            severity="error",
            reason="The tone mark of {word} stands elsewhere: {written}.",
        ),
        Rule(
            id="TL-HYPH",
            severity="error",
            reason="Syllables are joined with a plain hyphen, not with {found}.",
        ),
        Rule(
            id="TL-ALIGN",
            severity="warning",
            reason="{han} characters stand beside {syllables} syllables. Check the reading.",
        ),
        Rule(
            id="TAG-INLINE",
            severity="error",
            reason="{found} is an event, not speech. Move it to the event track at its time.",
        ),
        Rule(
            id="ANN-PAREN",
            severity="error",
            reason="{found} is a note in brackets. Keep only what was spoken.",
        ),
        Rule(
            id="ANN-MASK",
            severity="error",
            reason="{found} hides what was said. Listen again, or mark the place as private.",
        ),
        Rule(
            id="ANN-SPK",
            severity="error",
            reason="{found} names a speaker or a time. Those are kept beside the text: delete it.",
        ),
        Rule(
            id="DUP-RUN",
            severity="warning",
            reason="{char} stands {count} times in a row. Check that it was said so often.",
        ),
        Rule(
            id="VRB-FILL",
            severity="warning",
            reason="The filler {form} is written {written}.",
        ),
        Rule(
            id="VRB-CLEAN",
            severity="warning",
            reason="{seconds} s of free speech without a filler or a repeat. Listen for what was left out.",
        ),
        Rule(
            id="VRB-PROMPT",
            severity="warning",
            reason="{count} characters in a row are the same as in {source}. Write what was said.",
        ),
        Rule(
            id="RATE-LO",
            severity="warning",
            reason="{rate} syllables a second are few (limit {limit}). Check that nothing is missing.",
        ),
        Rule(
            id="RATE-HI",
            severity="warning",
            reason="{rate} syllables a second are many (limit {limit}). Check that nothing was added.",
        ),
    )
}


def severity_of(rule: str, profile: TranscriptProfile) -> Severity:
    """How serious a rule is in texts of this profile; what a project forbids is an error."""
    if rule == "LAT-FORM" and profile.latin == "forbid":
        return "error"
    return RULES[rule].severity
