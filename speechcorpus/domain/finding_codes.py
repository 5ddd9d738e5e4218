"""The closed list of what a finding can say (`LIST_VERSION`); nothing outside it can hold anyone's work back.

Codes are never reused. It is deliberately impossible to express timbre, a voice "not suitable", accent
quality, emotion, "unnatural", "reads instead of speaks" or "other".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

Severity = Literal["blocks", "fix", "flag"]
Comparator = Literal["<", ">", ">=", "<>"]  # `<>`: outside the range [limit, upper_limit]
Who = Literal["M", "H2", "M then H2"]
Pay = Literal["hold", "refusable", "none", "always"]

LIST_VERSION = 1
SEVERITY_RANK: Mapping[str, int] = MappingProxyType({"flag": 0, "fix": 1, "blocks": 2})


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCode:
    """One row of the list: what is measured, when it fires, what it can cost and whom."""

    code: str
    field: str  # of the row of measurements, of the facts, or `span:<kind>`
    comparator: Comparator  # fires when `measured comparator limit`
    limit: Decimal | None  # None: an edge that the terms or the band name
    upper_limit: Decimal | None = None
    unit: str  # of measured and limit alike; "1" for counts and scores
    severity: Severity
    stages: tuple[str, ...]  # P pre-flight, L live, S pre-submit, R review, any
    fixed_for_sitting: bool = False  # `P!`: it may block at P only
    who: Who
    pay: Pay

    @property
    def family(self) -> str:
        """audio, noise, dialogue, content, transcript, consent or platform."""
        return self.code.partition(".")[0]

    @property
    def decided_by_machine(self) -> bool:
        """True if a measurement alone fires it; it grounds no refusal unless contested (V5)."""
        return self.who == "M"

    def looser(self, a: Decimal, b: Decimal) -> Decimal:
        """Return the limit of the two that lets more through."""
        return min(a, b) if self.comparator == "<" else max(a, b)


Row = tuple[str, str, Comparator, str, str, Severity, str, Who, Pay]

# code, field, comparator, limit ("?": the terms name it), unit, severity, stages, who, pay
ROWS: tuple[Row, ...] = (
    ("audio.clipped", "clipped_s", ">", "1.0", "ms", "blocks", "L S", "M", "hold"),
    ("audio.too-quiet", "speech_level_dbfs", "<", "-35", "dBFS", "blocks", "L S", "M", "hold"),
    ("audio.too-loud", "speech_level_dbfs", ">", "-14", "dBFS", "flag", "L S", "M", "none"),
    ("audio.start-cut", "head_silence_s", "<", "150", "ms", "blocks", "S", "M", "hold"),
    ("audio.end-cut", "tail_silence_s", "<", "150", "ms", "blocks", "S", "M", "hold"),
    ("audio.no-speech", "speech_s", "<", "0.15", "s", "blocks", "S", "M", "hold"),
    ("audio.dropout", "dropout_s", ">=", "5", "ms", "blocks", "L S", "M", "hold"),
    ("audio.wrong-format", "rate_hz", "<", "48000", "Hz", "blocks", "P!", "M", "hold"),
    ("audio.band-limited", "bandwidth_cliff_hz", "<", "6000", "Hz", "blocks", "P!", "M", "hold"),
    ("audio.processing-on", "processing_on_n", ">", "0", "1", "blocks", "P!", "M", "hold"),
    ("audio.gain-pumping", "agc_pumping_db", ">", "6", "dB", "flag", "P S", "M", "none"),
    ("audio.hum", "hum_db", ">", "10", "dB", "flag", "P L S", "M", "none"),
    ("audio.reverberant", "reverb_t60_s", ">", "0.8", "s", "flag", "P S", "M", "none"),
    ("audio.click", "span:click", ">", "20", "dB", "flag", "S", "M", "none"),
    ("audio.long-pause", "longest_pause_s", ">", "1.0", "s", "flag", "S", "M", "none"),
    ("audio.edge-silence", "edge_silence_s", ">", "1.0", "s", "flag", "S", "M", "none"),
    ("audio.replayed", "agreed_s", ">", "1.0", "s", "blocks", "R", "H2", "refusable"),
    ("noise.above-band", "noise_laeq_dba", ">", "?", "dB(A)", "blocks", "P L S", "M", "hold"),
    ("noise.below-band", "noise_laeq_dba", "<", "?", "dB(A)", "blocks", "P L S", "M", "hold"),
    ("noise.borderline", "noise_laeq_dba", "<>", "?", "dB(A)", "flag", "P L S", "M", "none"),
    ("noise.band-lost", "out_of_band_s", ">", "5", "s", "flag", "L", "M", "none"),
    ("noise.too-little-quiet", "noise_gap_s", "<", "0.5", "s", "flag", "S", "M", "none"),
    ("noise.burst", "span:burst", ">", "15", "dB", "fix", "L S", "M", "hold"),
    ("noise.low-snr", "snr_db", "<", "?", "dB", "fix", "S", "M", "hold"),
    ("noise.uncalibrated", "calibration_u_db", ">", "3.0", "dB", "blocks", "P!", "M", "hold"),
    ("noise.third-voice", "agreed_s", ">", "1.0", "s", "fix", "R", "H2", "refusable"),
    ("dialogue.overlap", "overlap_pct", ">", "20", "%", "flag", "L S", "M", "none"),
    ("dialogue.one-sided", "share_pct", "<>", "30..70", "%", "flag", "L", "M", "none"),
    ("dialogue.long-turn", "turn_s", ">", "60", "s", "flag", "L", "M", "none"),
    ("dialogue.bleed", "bleed_db", ">", "-20", "dB", "blocks", "P!", "M", "hold"),
    ("dialogue.unsynced", "sync_offset_ms", ">", "20", "ms", "flag", "S", "M", "none"),
    ("content.prompt-differs", "prompt_edits", ">", "1", "1", "flag", "S", "M", "none"),
    ("content.wrong-language", "agreed_s", ">", "2.0", "s", "fix", "R", "H2", "refusable"),
    ("content.personal-data", "agreed_s", ">", "0", "s", "flag", "S R", "H2", "none"),
    ("content.offence", "agreed_s", ">", "0", "s", "fix", "R", "H2", "refusable"),
    ("content.duplicate", "duplicate_score", ">=", "0.95", "1", "blocks", "S R", "M then H2", "refusable"),
    ("transcript.not-verbatim", "cer_pct", ">", "5", "%", "fix", "R", "H2", "refusable"),
    ("transcript.segment-edge", "edge_error_s", ">", "0.3", "s", "flag", "S", "M", "none"),
    ("consent.missing", "consents_missing", ">", "0", "1", "blocks", "P!", "M", "hold"),
    ("consent.under-age", "age_years", "<", "?", "years", "blocks", "P!", "M", "hold"),
    ("consent.withdrawn", "withdrawals", ">", "0", "1", "flag", "any", "M", "always"),
    ("consent.other-speaker", "agreed_s", ">", "2.0", "s", "blocks", "R", "H2", "refusable"),
    ("platform.capture-overrun", "lost_frames", ">", "0", "1", "flag", "L S", "M", "always"),
    ("platform.upload-damaged", "hash_mismatches", ">", "0", "1", "flag", "any", "M", "always"),
    ("platform.prompt-twice", "holders", ">", "1", "1", "flag", "any", "M", "always"),
    ("platform.evaluator-changed", "verdict_changes", ">", "0", "1", "flag", "any", "M", "always"),
    ("platform.late-check", "late_checks", ">", "0", "1", "flag", "L S R", "M", "always"),
    ("platform.outage", "outage_s", ">", "60", "s", "flag", "any", "M", "always"),
    ("platform.review-overdue", "overdue_h", ">", "0", "h", "flag", "R", "M", "always"),
)

# `transcript.` + the rule id of the linter in lower case: E is `fix` and held, W is `flag` and free.
# RATE-* is W or E by its value; its row here carries the milder one, a finding carries its own.
RULES_E = """
    LEN-EMPTY PUN-SET PUN-HALF PUN-RUN PUN-EDGE SPC-ANY UNI-NFC UNI-COMPAT UNI-RADICAL UNI-INVIS UNI-PUA
    UNI-FULLW UNI-CONFUS UNI-SCRIPT UNI-SYMBOL UNI-MOJI MRK-HTML NUM-DIGIT NUM-SYM HAN-SIMP HAN-TRAD TL-NUM
    TL-POJ TL-SYL TL-MARK TL-HYPH TAG-INLINE ANN-PAREN ANN-MASK ANN-SPK
"""
RULES_W = """
    LEN-MAX PUN-TAIL PUN-SPARSE PUN-DENSE HAN-VAR HAN-MOE WRD-CMN WRD-NAN LAT-TL LAT-FORM TL-ALIGN DUP-RUN
    VRB-FILL VRB-CLEAN VRB-PROMPT RATE-HI RATE-LO
"""


def _finding_code(row: Row) -> FindingCode:
    code, field, comparator, limit, unit, severity, stages, who, pay = row
    low, _, high = limit.partition("..")
    return FindingCode(
        code=code,
        field=field,
        comparator=comparator,
        limit=None if limit == "?" else Decimal(low),
        upper_limit=Decimal(high) if high else None,
        unit=unit,
        severity=severity,
        stages=tuple(stage.removesuffix("!") for stage in stages.split()),
        fixed_for_sitting="!" in stages,
        who=who,
        pay=pay,
    )


def _rule_row(rule: str, severity: Severity, pay: Pay) -> Row:
    return (f"transcript.{rule.lower()}", "rule_hits", ">", "0", "1", severity, "S", "M", pay)


RULE_ROWS: tuple[Row, ...] = (
    *(_rule_row(rule, "fix", "hold") for rule in RULES_E.split()),
    *(_rule_row(rule, "flag", "none") for rule in RULES_W.split()),
)
CODES: Mapping[str, FindingCode] = MappingProxyType({r[0]: _finding_code(r) for r in (*ROWS, *RULE_ROWS)})
