"""A verdict as islands read it: for every finding the place in seconds and the sentence in a language."""

from recorder_web.i18n import Messages
from recorder_web.sentences import finding_sentence
from speechcorpus.domain.canonical import decimal_text
from speechcorpus.domain.finding import Finding
from speechcorpus.workflows.views.clips import VerdictView


def verdict_json(
    verdict: VerdictView | None, *, rate_hz: int, messages: Messages
) -> dict[str, object] | None:
    """Return a verdict for an island; None while the item is being measured."""
    if verdict is None:
        return None
    findings = [finding_json(each, rate_hz=rate_hz, messages=messages) for each in verdict.findings]
    return {"outcome": verdict.outcome, "findings": findings}


def finding_json(finding: Finding, *, rate_hz: int, messages: Messages) -> dict[str, object]:
    """Return a finding for an island: numbers as decimal strings, place in seconds of the item audio."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "measured": decimal_text(finding.measured),
        "limit": decimal_text(finding.limit),
        "unit": finding.unit,
        "start_s": place_s(finding.start_sample, rate_hz),
        "end_s": place_s(finding.end_sample, rate_hz),
        "sentence": finding_sentence(finding, locale=messages.locale, rate_hz=rate_hz, messages=messages),
    }


def place_s(sample: int | None, rate_hz: int) -> float | None:
    """Return the place of a sample in seconds, to the millisecond.

    Examples
    --------
    >>> place_s(66_150, 44_100), place_s(None, 44_100)
    (1.5, None)
    """
    return None if sample is None else round(sample / rate_hz, 3)
